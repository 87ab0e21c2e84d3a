/*
 * The answer as it builds up. Written by the loop thread only, until it is handed out; then never changed.
 * Plain and streamed answers are folded from the same events.
 */
#ifndef LLMC_MODEL_RESPONSE_H
#define LLMC_MODEL_RESPONSE_H

#include <stdatomic.h>
#include "base/buf.h"
#include "model/cost.h"
#include "model/error.h"
#include "model/event.h"
#include "model/operation.h"

typedef struct llmc__tool_call {
    char *id, *name;
    llmc__buf arguments; /* empty stands for {} */
    bool ended;
} llmc__tool_call;

typedef struct llmc__choice {
    llmc__buf text, reasoning, refusal;
    llmc__tool_call *tools;
    size_t tool_count, tool_cap;
    llmc_finish_reason finish;
    char *finish_raw;
} llmc__choice;

/* A piece kept as it came: SIGNATURE, REDACTED, CITATION, LOGPROBS. */
typedef struct llmc__opaque {
    llmc_event_kind kind;
    char *text;
    size_t len;
} llmc__opaque;
#define LLMC__MAX_OPAQUES 65536

typedef struct llmc__attempt_node {
    struct llmc__attempt_node *next;
    llmc_attempt data; /* provider and model stand behind the node */
} llmc__attempt_node;

/* Room for the words of an ordinary answer: whose it is, its model, its ids, why it ended. */
#define LLMC__RESPONSE_WORDS 192

/* Small members stand first: what lies within 128 bytes is reached by shorter code. */
struct llmc_response {
    atomic_uint refs;
    llmc_status status;                       /* LLMC_OK until error is set */
    char *provider, *model, *id, *request_id; /* these and the first choice's finish_raw: see llmc__response_word */
    llmc__result *result;                     /* counted; of an operation that is no chat; NULL: none */
    double cost_usd; /* -1 unknown; of an answer of the cache or of another call: what it had cost */
    int64_t latency_ms, ttft_ms;
    bool from_cache, shared;
    llmc__attempt_node *attempts, *attempts_tail;
    size_t attempt_count;
    size_t max_bytes; /* of each growing part */
    llmc__buf raw_body;
    llmc__choice first;   /* choice 0 */
    llmc__choice *others; /* 1.., only when n > 1 */
    size_t other_count;
    llmc_error error;
    llmc__usage usage;
    llmc__cost cost;       /* parts of cost_usd */
    llmc__buf headers;     /* response headers: "name\0value\0" pairs, last response only */
    char *job_id;          /* of the batch job it is a result of; NULL: of none */
    llmc__opaque *opaques; /* of choice 0, in the order they came */
    size_t opaque_count, opaque_cap;
    size_t logprobs_at, logprobs_cap; /* the opaque that all LOGPROBS go to, and its room; 0: none yet */
    llmc__buf replay;                 /* the answer in the form its API takes back: JSON members joined by commas */
    char *replay_origin;              /* whose form; NULL none */
    /* Not NULL: the content lies in memory of `owner`, is never written to, and ends with this call. See packed.h. */
    void (*give_back)(void *owner);
    void *owner;
    size_t words_used;
    char words[LLMC__RESPONSE_WORDS];
};

/* Puts a copy of the text into a slot of the response's own words; false: no memory, and the slot is as before. */
bool llmc__response_word(llmc_response *response, char **slot, const char *text, size_t len);
/* Whether a word lies in the response itself rather than in memory of its own. */
bool llmc__response_has(const llmc_response *response, const char *word);

llmc_response *llmc__response_new(size_t max_bytes); /* one reference; NULL: no memory */
/* The same with `room` zeroed bytes behind it, which end with it. */
llmc_response *llmc__response_new_with(size_t max_bytes, size_t room);
llmc_response *llmc__response_ref(llmc_response *response);
void llmc__response_unref(llmc_response *response);

/*
 * Adds an event: text to its choice, tool calls by tool_index, usage (only known fields replace), model, id, finish.
 * Log probabilities become one JSON array, to which an array adds its elements and any other value itself.
 * LLMC_OK, LLMC_ERR_NO_MEMORY, LLMC_ERR_TOO_LARGE.
 */
llmc_status llmc__response_fold(llmc_response *response, const llmc_event *event);

/* Gives the response a result (takes the reference), whose usage, model and id become the response's. */
void llmc__response_take_result(llmc_response *response, llmc__result *result);

/* The choice, made when it is not there yet; NULL: no memory or choice > 127. */
#define LLMC__MAX_CHOICES 128
llmc__choice *llmc__response_choice(llmc_response *response, size_t choice);

/* The index'th piece of a kind; NULL past the last. */
const llmc__opaque *llmc__response_opaque(const llmc_response *response, llmc_event_kind kind, size_t index);

/* Drops what a failed attempt left (text, tools, usage, raw body, headers, error) and keeps the attempts. */
void llmc__response_reset(llmc_response *response);

/* Moves the attempts of `from` behind those of `to`. */
void llmc__response_take_attempts(llmc_response *to, llmc_response *from);
void llmc__response_drop_attempts(llmc_response *response);

/* Adds an attempt; strings copied (`why` is static). False: no memory. */
bool llmc__response_add_attempt(llmc_response *response, const llmc_attempt *attempt);

/* A response header by name in any case; NULL. */
const char *llmc__response_header(const llmc_response *response, const char *name);
llmc_status llmc__response_add_header(llmc_response *response, const char *name, size_t name_len, const char *value,
                                      size_t value_len);

#endif
