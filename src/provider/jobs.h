/*
 * Batch jobs: chats that a provider works off by itself within a day, at half the price. What is sent and how what
 * comes back is read. Pure. https://platform.openai.com/docs/guides/batch and
 * https://docs.claude.com/en/docs/build-with-claude/batch-processing
 */
#ifndef LLMC_PROVIDER_JOBS_H
#define LLMC_PROVIDER_JOBS_H

#include "model/response.h"
#include "provider/provider.h"

/* How one API has them. */
typedef struct llmc__jobs_api {
    bool has_files;                 /* requests go up as a file, results come down as two: answers and errors */
    size_t max_requests, max_bytes; /* of one job */
    const char *content_type;       /* of the upload */
    const char *upload_path;        /* where it goes */
    const char *path;               /* of jobs */
} llmc__jobs_api;

bool llmc__jobs_is_id(const char *id); /* whether it may be one of a provider's, without its name; NULL is none */

/* NULL with `error` set to UNSUPPORTED: the provider has no such jobs, or others than these. */
const llmc__jobs_api *llmc__jobs_of(const llmc__target *target, llmc_error *error);

/* ---- the upload ---- */

/* Begins, adds a request by its index and encoded form, ends. TOO_LARGE: it has no place in this job. */
llmc_status llmc__jobs_begin(const llmc__jobs_api *api, llmc__buf *out);
llmc_status llmc__jobs_add(const llmc__jobs_api *api, llmc__buf *out, size_t max_bytes, size_t index,
                           const llmc__target *target, const llmc__http_request *request);
llmc_status llmc__jobs_end(const llmc__jobs_api *api, llmc__buf *out);

/* The id of the file that was uploaded, to be freed. BAD_RESPONSE: the answer has none; NO_MEMORY. */
llmc_status llmc__jobs_file_id(const char *body, size_t len, char **out);

/* What starts the job of that file. `request` is what was encoded for one of its chats: the job is of its kind. */
llmc_status llmc__jobs_create(llmc__buf *out, const char *file_id, const char *endpoint);

/* The endpoint of a job as it calls it: "/v1/chat/completions". To be freed; NULL: no memory. */
char *llmc__jobs_endpoint(const llmc__target *target, const llmc__http_request *request);

/* ---- how it goes ---- */

typedef enum llmc__jobs_phase {
    LLMC__JOBS_RUNNING = 0,
    LLMC__JOBS_ENDED,     /* there may be results, of all or of some */
    LLMC__JOBS_EXPIRED,   /* the same, its day was over */
    LLMC__JOBS_CANCELLED, /* the same, it was cancelled */
    LLMC__JOBS_FAILED     /* there are none; `message` says why */
} llmc__jobs_phase;

/* Owned; a zeroed one is empty. */
typedef struct llmc__jobs_state {
    char *id;
    llmc__jobs_phase phase;
    char *results, *errors; /* paths of what can be fetched; NULL: there is none */
    char *message;
} llmc__jobs_state;

/* Reads what the provider says of a job, replacing what was there. BAD_RESPONSE, NO_MEMORY with `error` set. */
llmc_status llmc__jobs_read(const llmc__jobs_api *api, const char *body, size_t len, llmc__jobs_state *out,
                            llmc_error *error);
void llmc__jobs_state_clear(llmc__jobs_state *state);

/* ---- results ---- */

/*
 * Reads one line: whose result it is, and the result, into a fresh response. LLMC_OK, also when the result is an error;
 * BAD_RESPONSE: the line is no result of ours; NO_MEMORY.
 */
llmc_status llmc__jobs_read_line(const llmc__jobs_api *api, const llmc__target *target, const char *line, size_t len,
                                 size_t *index, llmc_response *response);

#endif
