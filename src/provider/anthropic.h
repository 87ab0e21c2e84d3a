/*
 * Anthropic's Messages API (https://docs.claude.com/en/api/messages): bodies and events of Claude, apart from the frame
 * they come in, so that the clouds that serve it (Vertex AI, Amazon Bedrock) need a frame only. Pure.
 *
 * To encode elsewhere: a llmc__body_form of one's own URL and headers, with .messages = "messages" and a .write that
 * calls llmc__anthropic_write with a form. Vertex AI: {.version = "vertex-2023-10-16", .says_stream = true}; Bedrock's
 * invoke: {.version = "bedrock-2023-05-31"}. To decode server-sent events: the decoder slots of
 * llmc__provider_anthropic as they are. To decode in another frame: a llmc__anthropic_answer, fed one JSON value an
 * event.
 */
#ifndef LLMC_PROVIDER_ANTHROPIC_H
#define LLMC_PROVIDER_ANTHROPIC_H

#include "base/buf.h"
#include "provider/blocks.h"
#include "provider/body.h"
#include "provider/provider.h"
#include "wire/json.h"

/* ---- requests ---- */

typedef struct llmc__anthropic_form {
    const char *version; /* the member anthropic_version; NULL: it is a header */
    bool says_model;     /* the member model; else it stands in the URL */
    bool says_stream;    /* the member stream */
    bool counts;         /* only what makes up the prompt, for an endpoint that counts its tokens and takes no more */
} llmc__anthropic_form;

#define LLMC__ANTHROPIC_TAKES                                                                                          \
    (LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP |     \
     LLMC__FIELD_USER | LLMC__FIELD_SERVICE_TIER | LLMC__FIELD_TOOLS | LLMC__FIELD_TOOL_CHOICE |                       \
     LLMC__FIELD_PARALLEL_TOOLS | LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_REASONING_EFFORT |                             \
     LLMC__FIELD_REASONING_BUDGET | LLMC__FIELD_CACHE_MARK | LLMC__FIELD_IMAGE_URL | LLMC__FIELD_IMAGE |               \
     LLMC__FIELD_FILE_URL | LLMC__FIELD_FILE)

/* All members of the body. */
void llmc__anthropic_write(llmc__body *body, const llmc__anthropic_form *form);

llmc_status llmc__anthropic_encode(llmc__body *body);

/* base_url, the version unless that ends in it, and the path; the key's header and the version's. */
llmc_status llmc__anthropic_url(llmc__body *body, const char *path);
llmc_status llmc__anthropic_headers(llmc__body *body);

/* `system` and `messages`. */
void llmc__anthropic_messages(llmc__body *body);
/* One part as a content block, with the cache's mark or without; nothing for an empty text. */
void llmc__anthropic_part(llmc__body *body, const llmc__part *part, bool mark);
/* "cache_control", when the mark is set and to be sent. */
void llmc__anthropic_mark(llmc__body *body, bool mark);

/* Version of a Claude by its name, 100 * major + minor: "claude-3-7-sonnet-20250219" 307. Unknown ones count as new,
 * other models as 4. */
int llmc__anthropic_version(const char *model);

/* How a request's reasoning is told: `thinking` and `output_config.effort`. */
typedef struct llmc__anthropic_thinking {
    const char *type;   /* "enabled", "adaptive", "disabled"; NULL: not sent */
    int64_t budget;     /* with "enabled" */
    const char *effort; /* NULL: not sent */
    int64_t max_tokens; /* the request's, or the default with room for the reasoning */
} llmc__anthropic_thinking;

/* Refuses (by body) what cannot be told. */
llmc__anthropic_thinking llmc__anthropic_think(llmc__body *body);

/* ---- answers ---- */

typedef enum llmc__anthropic_kind {
    LLMC__ANTHROPIC_OTHER = 0, /* of server tools and what is to come: kept to be sent back */
    LLMC__ANTHROPIC_TEXT,
    LLMC__ANTHROPIC_THINKING,
    LLMC__ANTHROPIC_REDACTED,
    LLMC__ANTHROPIC_TOOL_USE
} llmc__anthropic_kind;

typedef struct llmc__anthropic_answer {
    llmc__blocks blocks; /* .head: the members it began with, without those kept apart; .text: also a tool's input */
    size_t kept;         /* bytes kept for a replay, at most max_bytes of the sink */
    bool replay_lost;    /* there were more: no replay */
    bool done;           /* message_stop came */
    llmc_finish_reason finish;

    /* Of the last event, when it did nothing but tell a piece of a block's text; else NULL. */
    const llmc__json *piece;
    size_t piece_block;

    llmc__usage counts; /* as told so far; tokens_in is without what the cache gave and took */
} llmc__anthropic_answer;

/* The sink is lent. */
void llmc__anthropic_answer_init(llmc__anthropic_answer *answer, llmc__sink *sink);
void llmc__anthropic_answer_free(llmc__anthropic_answer *answer); /* what it holds, not itself */

/*
 * One event of a stream, or a whole message, of the sink's document. What goes wrong sticks in the sink: an error told
 * inside the answer, BAD_RESPONSE, TOO_LARGE, NO_MEMORY; or what emit returned.
 */
void llmc__anthropic_event(llmc__anthropic_answer *answer, const llmc__json *event);
/* What that event would do with another text. */
void llmc__anthropic_say(llmc__anthropic_answer *answer, const char *text, size_t len);
void llmc__anthropic_whole(llmc__anthropic_answer *answer, const llmc__json *message);

/* content_block_start, _delta and _stop. */
void llmc__anthropic_block_start(llmc__anthropic_answer *answer, const llmc__json *event);
void llmc__anthropic_block_delta(llmc__anthropic_answer *answer, const llmc__json *event);
void llmc__anthropic_block_stop(llmc__anthropic_answer *answer, const llmc__json *event);
/* An element of `content` of a whole message. */
void llmc__anthropic_block_whole(llmc__anthropic_answer *answer, const llmc__json *block);
/* Emits LLMC__EVENT_REPLAY, when the API wants the answer's blocks back as they are. */
void llmc__anthropic_replay(llmc__anthropic_answer *answer);

/* Who can send a replay back: whoever serves Claude, signatures hold everywhere. */
#define LLMC__ANTHROPIC_ORIGIN "anthropic"

#endif
