/*
 * The OpenAI chat completions adapter, inside: what its files share, among themselves and with the adapter of the
 * Responses API, which is asked and framed alike. Pure, as all of provider/.
 */
#ifndef LLMC_PROVIDER_OPENAI_H
#define LLMC_PROVIDER_OPENAI_H

#include "base/buf.h"
#include "provider/body.h"
#include "provider/classify.h"
#include "provider/sink.h"
#include "wire/json.h"
#include "wire/shape.h"
#include "wire/sse.h"

/* Whether a value that came with a 2xx status is an error all the same. */
bool llmc__openai_words_present(const llmc__json *root);
void llmc__openai_words_read(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out);

void llmc__openai_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                           const char *type_hint, llmc_error *error);

const char *llmc__openai_role_name(llmc_role role);
const char *llmc__openai_effort_name(llmc_reasoning_effort effort); /* NULL: not set */
bool llmc__openai_is_host(const char *base_url);                    /* OpenAI's own API, whose limits are known */
bool llmc__openai_part_wanted(const llmc__body *body, const llmc__part *part);
bool llmc__openai_image_good(llmc__body *body, const llmc__part *part); /* else it has been refused */
const char *llmc__openai_file_name(const llmc__part *part);

/* What adapters of OpenAI's kind write alike. `flat`: as the Responses API has it. */
void llmc__openai_write_chat(llmc__body *body); /* a whole body of chat completions */
void llmc__openai_write_messages(llmc__body *body);
void llmc__openai_write_tools(llmc__body *body, bool flat); /* tools, which of them, how many at once */
bool llmc__openai_has_format(const llmc__body *body);
void llmc__openai_write_format(llmc__body *body, bool flat);
void llmc__openai_write_labels(llmc__body *body); /* user, service_tier, metadata */

#define LLMC__OPENAI_CHAT_TAKES                                                                                        \
    (LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY |                 \
     LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP | LLMC__FIELD_N |     \
     LLMC__FIELD_LOGPROBS | LLMC__FIELD_USER | LLMC__FIELD_SERVICE_TIER | LLMC__FIELD_METADATA | LLMC__FIELD_TOOLS |   \
     LLMC__FIELD_TOOL_CHOICE | LLMC__FIELD_PARALLEL_TOOLS | LLMC__FIELD_JSON_MODE | LLMC__FIELD_JSON_SCHEMA |          \
     LLMC__FIELD_REASONING_EFFORT | LLMC__FIELD_IMAGE_URL | LLMC__FIELD_IMAGE | LLMC__FIELD_FILE)

/* Key, organization and project: of both APIs. */
llmc_status llmc__openai_headers(llmc__body *body);
/* At Azure: the address of `what` ("/chat/completions") for the body's model, or for none when that is NULL. */
llmc_status llmc__azure_url(llmc__body *body, const char *what);
llmc_status llmc__azure_ai_url(llmc__body *body, const char *what);
/* Of the resource, whatever part of it base_url names: its list of models, and Cohere's API. */
llmc_status llmc__azure_url_models(llmc__body *body);
llmc_status llmc__azure_ai_url_cohere(llmc__body *body, const char *what);
llmc_status llmc__azure_headers(llmc__body *body);
/* Whose answers a request can send back in their own form: of the vendor, since many speak this API. */
const char *llmc__openai_origin(const llmc__target *target);
llmc_status llmc__openai_encode(llmc__body *body);

typedef struct llmc__openai_call {
    char *id, *name;
    llmc__buf arguments; /* kept, since the END event carries them whole */
    int64_t index;       /* as sent; -1 not sent, -2 the legacy function_call */
    bool started, ended;
} llmc__openai_call;

typedef struct llmc__openai_choice {
    llmc__openai_call *calls;
    size_t call_count, call_cap;
    llmc_finish_reason finish;
    bool finished;
    bool spoke; /* something of it was emitted */
} llmc__openai_choice;

/* What goes back with the next request: see openai_replay.c. */
typedef struct llmc__openai_keep {
    const char *origin;  /* the vendor's name, the target's; NULL: nothing is kept */
    llmc__buf reasoning; /* text of reasoning_content */
    llmc__buf details;   /* entries of reasoning_details that are whole, joined by commas */
    const char *member;  /* of the entry that grows: which of its members does; NULL: none grows */
    int64_t index;
    llmc__buf text, others;
    bool dropped;
} llmc__openai_keep;

void llmc__openai_keep_init(llmc__openai_keep *keep, size_t max_bytes);
void llmc__openai_keep_free(llmc__openai_keep *keep);

typedef enum llmc__openai_mode {
    LLMC__OPENAI_UNKNOWN, /* nothing but white space came yet */
    LLMC__OPENAI_EVENTS,
    LLMC__OPENAI_WHOLE /* a plain body where a stream was asked for */
} llmc__openai_mode;

struct llmc__openai_decoder;

/* The string of a chunk that did nothing but tell it: the next of that shape need not be read. */
typedef struct llmc__openai_piece {
    const llmc__json *value; /* NULL: the chunk did something else */
    llmc_event_kind kind;
    size_t place; /* which choice or block it goes to */
} llmc__openai_piece;

/* What one API's answers do not share with the other's. */
typedef struct llmc__openai_dialect {
    /* An event of the stream, or a whole body. */
    void (*read)(struct llmc__openai_decoder *decoder, const llmc__json *root, bool whole);
    /* `event: error`, or data of that type. NULL: it fails with these words. */
    void (*fail)(struct llmc__openai_decoder *decoder, const llmc__words *words);
    /* What `read` would do with a chunk that differs from the last in the string of its piece. NULL: no such chunks. */
    void (*say)(struct llmc__openai_decoder *decoder, const char *text, size_t len);
    const char *const *idle; /* with it: see llmc__shape_learn */
    bool ends_by_mark;       /* data: [DONE] ends the answer; else it says nothing */
    const char *api;         /* for messages: where base_url should lead to */
    const char *end;         /* and what ends a stream */
} llmc__openai_dialect;

typedef struct llmc__openai_decoder {
    llmc__sink sink; /* what fails sticks in its status */
    const llmc__openai_dialect *dialect;
    llmc__openai_mode mode;
    bool done;
    uint32_t quirks;              /* bits of llmc__quirk */
    llmc__openai_choice *choices; /* `only` while there is one */
    size_t choice_count;
    llmc__openai_piece piece; /* told by `read` */
    size_t citations_told;
    llmc__openai_choice only;
    llmc__openai_keep keep;
    llmc__buf whole;
    llmc__shape shape; /* of the last chunk, when that was a piece */
    llmc__sse sse;
} llmc__openai_decoder;

void llmc__openai_decoder_init(llmc__openai_decoder *decoder, const llmc__openai_dialect *dialect, size_t max_bytes);
/* What the vendor's row and name say of its answers. */
void llmc__openai_decoder_know(llmc__openai_decoder *decoder, const llmc__target *target);
void llmc__openai_decoder_release(llmc__openai_decoder *decoder); /* what it holds, not itself */
/* Where a call of one of the slots puts what it reads. False: there is nothing more to be read. */
bool llmc__openai_enter(llmc__openai_decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error);
/* Fails for a stream that ended before the answer did, also where what came last was wrong: it was cut off. */
void llmc__openai_fail_end(llmc__openai_decoder *decoder);
/* JSON that is none of the API's. */
void llmc__openai_fail_shape(llmc__openai_decoder *decoder);
/* The slots of llmc__provider, for any decoder whose struct begins with llmc__openai_decoder. */
llmc_status llmc__openai_decode_bytes(llmc__decoder *decoder, const char *bytes, size_t len, llmc__emit_fn emit,
                                      void *ctx, llmc_error *error);
llmc_status llmc__openai_decode_end(llmc__decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error);
llmc_status llmc__openai_decode_body(llmc__decoder *decoder, const char *body, size_t len, llmc__emit_fn emit,
                                     void *ctx, llmc_error *error);

/* All that follow read of decoder->sink.doc, and fail by its status. */

/* Learns model and id, and emits START when both are known. */
void llmc__openai_head_read(llmc__openai_decoder *decoder, const llmc__json *root);
/* Keeps a piece of a call's arguments. */
void llmc__openai_add_arguments(llmc__sink *sink, llmc__buf *arguments, const char *text, size_t len);
llmc__openai_choice *llmc__openai_choice_at(llmc__openai_decoder *decoder, size_t index); /* NULL: it has failed */

void llmc__openai_keep_reasoning(llmc__openai_decoder *decoder, const llmc__json *delta);
void llmc__openai_keep_words(llmc__openai_decoder *decoder, const char *reasoning, size_t len);
void llmc__openai_keep_details(llmc__openai_decoder *decoder, const llmc__json *details);
void llmc__openai_keep_emit(llmc__openai_decoder *decoder); /* REPLAY, when there is anything to be sent back */

void llmc__openai_logprobs_read(llmc__openai_decoder *decoder, const llmc__json *logprobs, size_t choice);
void llmc__openai_annotations_read(llmc__openai_decoder *decoder, const llmc__json *annotations, size_t choice);
void llmc__openai_citations_read(llmc__openai_decoder *decoder, const llmc__json *root);

/* One chunk of a stream, or a whole body: its events, then its error if it has one. */
void llmc__openai_chunk_read(llmc__openai_decoder *decoder, const llmc__json *root, bool whole);

/* openai_piece.c: sets decoder->piece for a chunk that has been read; says the next one of that shape. */
void llmc__openai_piece_find(llmc__openai_decoder *decoder, const llmc__json *root);
void llmc__openai_piece_say(llmc__openai_decoder *decoder, const char *text, size_t len);
extern const char *const llmc__openai_idle[]; /* once START was emitted */

/* The `tool_calls` and `function_call` of a delta or a whole message. */
void llmc__openai_tools_read(llmc__openai_decoder *decoder, const llmc__json *delta, size_t choice, bool whole);
/* One element of them: {"id", "function": {"name", "arguments"}}. `place` is its index, wherever that was sent. */
void llmc__openai_tool_read(llmc__openai_decoder *decoder, const llmc__json *item, const llmc__json *place,
                            size_t choice, bool whole);
/* Ends the calls of a choice whose arguments have come whole. */
void llmc__openai_tools_end(llmc__openai_decoder *decoder, size_t choice);

/* Counts from `usage` wherever this chunk has one; false when it has none. */
bool llmc__openai_usage_read(const llmc__json_doc *doc, const llmc__json *root, llmc__usage *out);
/* What the provider says in its usage that it charges, in USD; -1: nothing. */
double llmc__openai_cost_read(const llmc__json *usage);
/* Counts reasoning into the output where it came beside it. */
void llmc__openai_usage_settle(llmc__usage *usage, uint32_t quirks);

#endif
