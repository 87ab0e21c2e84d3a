/* What the caller asks, as data. Immutable once a call holds it. */
#ifndef LLMC_MODEL_REQUEST_H
#define LLMC_MODEL_REQUEST_H

#include <stdbool.h>
#include "llmclient.h"
#include "model/operation.h"

/* Arguments of a call that are no JSON go back as a text in an object, under this name. */
#define LLMC__REQUEST_BROKEN_ARGUMENTS "INVALID_JSON"

/* What a message is made of. */
typedef enum llmc__part_kind {
    LLMC__PART_TEXT = 0,
    LLMC__PART_IMAGE_URL,   /* text: the URL */
    LLMC__PART_IMAGE,       /* text: raw bytes, mime: "image/png" */
    LLMC__PART_FILE_URL,    /* text: the URL */
    LLMC__PART_FILE,        /* text: raw bytes, mime: "application/pdf", name: of the file, may be NULL */
    LLMC__PART_TOOL_CALL,   /* assistant: id, name, text: arguments, whole JSON */
    LLMC__PART_TOOL_RESULT, /* user: id of the call, name of the tool, text: what it gave; is_error */
    /*
     * Assistant: an earlier answer in the form of the API it came from (text: JSON, origin: name of the adapter, which
     * alone knows what it means). For that adapter it stands in place of the message's other parts, so that opaque
     * blocks (signatures, encrypted reasoning) go back byte for byte; others leave it out and take the rest.
     */
    LLMC__PART_REPLAY
} llmc__part_kind;

typedef struct llmc__part {
    llmc__part_kind kind;
    char *text; /* terminated, text_len long */
    size_t text_len;
    char *mime, *name, *id, *origin; /* NULL where the kind has none */
    bool is_error;
    bool cache_mark; /* the provider's prompt cache should reach up to here */
} llmc__part;

/* A message of one text has no parts: text holds it. One that has parts has text NULL. */
typedef struct llmc__message {
    llmc_role role;
    char *text; /* terminated, text_len long */
    size_t text_len;
    bool cache_mark;
    llmc__part *parts;
    size_t part_count, part_cap;
} llmc__message;

/* Its parts, one text alike; `scratch` is used for that. part(): NULL past the last. */
size_t llmc__message_parts(const llmc__message *message);
const llmc__part *llmc__message_part(const llmc__message *message, size_t index, llmc__part *scratch);
/* The part for that adapter, or NULL. */
const llmc__part *llmc__message_replay(const llmc__message *message, const char *adapter);

typedef struct llmc__tool {
    char *name, *description; /* description may be NULL */
    char *schema;             /* a JSON object */
    bool strict;
    bool cache_mark;
} llmc__tool;

typedef struct llmc__header {
    char *name, *value;
} llmc__header;

/* Timeouts: 0 the client's, -1 none. */
typedef struct llmc__timeouts {
    int64_t queue_ms, connect_ms, first_byte_ms, first_content_ms, idle_ms, total_ms;
} llmc__timeouts;

/*
 * What a request may carry beyond messages, as bits: adapters and rows say which they take, the docs' table is made of
 * them.
 */
typedef enum llmc__field {
    LLMC__FIELD_TEMPERATURE = 1 << 0,
    LLMC__FIELD_TOP_P = 1 << 1,
    LLMC__FIELD_TOP_K = 1 << 2,
    LLMC__FIELD_FREQUENCY_PENALTY = 1 << 3,
    LLMC__FIELD_PRESENCE_PENALTY = 1 << 4,
    LLMC__FIELD_SEED = 1 << 5,
    LLMC__FIELD_MAX_TOKENS = 1 << 6,
    LLMC__FIELD_STOP = 1 << 7,
    LLMC__FIELD_N = 1 << 8,
    LLMC__FIELD_LOGPROBS = 1 << 9,
    LLMC__FIELD_USER = 1 << 10,
    LLMC__FIELD_SERVICE_TIER = 1 << 11,
    LLMC__FIELD_METADATA = 1 << 12,
    LLMC__FIELD_TOOLS = 1 << 13,
    LLMC__FIELD_TOOL_CHOICE = 1 << 14,
    LLMC__FIELD_PARALLEL_TOOLS = 1 << 15,
    LLMC__FIELD_JSON_MODE = 1 << 16,
    LLMC__FIELD_JSON_SCHEMA = 1 << 17,
    LLMC__FIELD_REASONING_EFFORT = 1 << 18,
    LLMC__FIELD_REASONING_BUDGET = 1 << 19,
    LLMC__FIELD_CACHE_MARK = 1 << 20, /* a hint: left out in silence where prompt caching needs no marks */
    LLMC__FIELD_IMAGE_URL = 1 << 21,
    LLMC__FIELD_IMAGE = 1 << 22,
    LLMC__FIELD_FILE_URL = 1 << 23,
    LLMC__FIELD_FILE = 1 << 24
} llmc__field;

struct llmc_request {
    char *model; /* as given: "openai/gpt-4.1" */
    llmc__op op;
    llmc__input *input; /* counted; what the operation takes; NULL: nothing but what else the request says */
    llmc__message *messages;
    size_t message_count, message_cap;
    char **stops;
    size_t stop_count;
    llmc__header *headers;
    size_t header_count;
    char *user;
    char *extra_json; /* a valid JSON object or NULL */
    llmc__tool *tools;
    size_t tool_count, tool_cap;
    bool tool_added_last;         /* a cache mark goes to the last tool, not to the last part */
    llmc_tool_choice tool_choice; /* LLMC_TOOL_CHOICE_UNSET: not sent */
    char *tool_choice_name;       /* LLMC_TOOL_CHOICE_NAMED */
    int parallel_tools;           /* -1 not said, 0, 1; a zeroed request is made with -1 */
    bool json_mode;
    char *schema_name, *schema; /* structured output: a JSON object; NULL none */
    bool schema_strict;
    llmc_reasoning_effort reasoning_effort; /* LLMC_REASONING_UNSET: not sent */
    bool has_reasoning_budget, has_top_k, has_n, has_logprobs;
    int64_t reasoning_budget, top_k, n;
    int64_t top_logprobs; /* with has_logprobs; 0: the chosen tokens only */
    char *service_tier;
    llmc__header *metadata; /* name, value */
    size_t metadata_count;
    bool has_temperature, has_top_p, has_frequency_penalty, has_presence_penalty, has_seed, has_max_tokens;
    double temperature, top_p, frequency_penalty, presence_penalty;
    int64_t seed, max_tokens;
    llmc__timeouts timeouts;
    int32_t max_retries;    /* 0 the client's, -1 none */
    int64_t retry_delay_ms; /* 0 the client's */
    llmc_priority priority;
    llmc_cache_mode cache_mode;
    uint32_t cache_ttl_s; /* 0 the client's */
    char *tenant;
    char **fallbacks; /* models, as given */
    size_t fallback_count;
    int64_t hedge_delay_ms; /* 0 the client's, -1 none */
    double cost_limit_usd;  /* 0 the client's, -1 none */
    llmc_interrupt_fn interrupt;
    void *interrupt_data;
};

/* A request of its own with the same content; NULL when there is no memory. The input is shared. */
llmc_request *llmc__request_copy(const llmc_request *request);
/*
 * A request for another operation: model and input (NULL: none) in place of those of `settings`, and its messages left
 * out; all else as it says. `settings` may be NULL. Takes a reference of its own of the input. NULL: no memory.
 */
llmc_request *llmc__request_for(const char *model, const llmc_request *settings, llmc__op op, llmc__input *input);
void llmc__request_free(llmc_request *request);
void llmc__request_clear_messages(llmc_request *request);
void llmc__request_drop_message(llmc_request *request); /* the last one */
void llmc__request_drop_tool(llmc_request *request);    /* the last one */
void llmc__part_clear(llmc__part *part);                /* frees what it holds */

/* The fields it carries: bits of llmc__field. */
uint32_t llmc__request_fields(const llmc_request *request);
uint32_t llmc__part_field(llmc__part_kind kind); /* the bit of what a part is; 0: of a text and a replay */
const char *llmc__field_name(llmc__field field); /* as the setters call it: "top_k" */

#endif
