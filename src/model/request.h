/* What the caller asks, as data. Immutable once a call holds it. */
#ifndef LLMC_MODEL_REQUEST_H
#define LLMC_MODEL_REQUEST_H

#include <stdbool.h>
#include "llmclient.h"

typedef struct llmc__message {
    llmc_role role;
    char *text; /* terminated, text_len long */
    size_t text_len;
} llmc__message;

typedef struct llmc__header {
    char *name, *value;
} llmc__header;

/* Timeouts: 0 the client's, -1 none. */
typedef struct llmc__timeouts {
    int64_t queue_ms, connect_ms, first_byte_ms, first_content_ms, idle_ms, total_ms;
} llmc__timeouts;

struct llmc_request {
    char *model; /* as given: "openai/gpt-4.1" */
    llmc__message *messages;
    size_t message_count, message_cap;
    char **stops;
    size_t stop_count;
    llmc__header *headers;
    size_t header_count;
    char *user;
    char *extra_json; /* a valid JSON object or NULL */
    bool has_temperature, has_top_p, has_frequency_penalty, has_presence_penalty, has_seed, has_max_tokens;
    double temperature, top_p, frequency_penalty, presence_penalty;
    int64_t seed, max_tokens;
    llmc__timeouts timeouts;
    int32_t max_retries;    /* 0 the client's, -1 none */
    int64_t retry_delay_ms; /* 0 the client's */
    llmc_interrupt_fn interrupt;
    void *interrupt_data;
};

/* A request of its own with the same content; NULL when there is no memory. */
llmc_request *llmc__request_copy(const llmc_request *request);
void llmc__request_free(llmc_request *request);

#endif
