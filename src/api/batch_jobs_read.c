/* Results become responses, line by line. */
#include <string.h>

#include "api/batch_jobs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "model/error.h"

#define SLICE_LINES 64

/* Whether the item may have its result from this job, and has none yet: lines come in any order, and twice. */
static bool is_awaited(const llmc__batch_job *job, size_t index) {
    const llmc__batch_jobs *all = job->all;
    return index < all->batch->count && !all->told[index] && (!all->item_job || all->item_job[index] == job->number);
}

/* False: no memory. */
static bool read_line(llmc__batch_job *job, const char *line, size_t len) {
    llmc__batch_jobs *all = job->all;
    llmc_response *response = llmc__response_new(all->client->options.max_response_bytes);
    size_t index = SIZE_MAX;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    if (response)
        status = llmc__jobs_read_line(job->api, job->target, line, len, &index, response);
    if (status == LLMC_OK && !(response->job_id = llmc__mem_strdup(job->name)))
        status = LLMC_ERR_NO_MEMORY;
    if (status == LLMC_OK && is_awaited(job, index)) {
        llmc__batch_charge(job, index, response);
        response->latency_ms = (llmc__clock_us() - all->started_us) / 1000;
        llmc__batch_jobs_tell(all, index, response);
        return true;
    }
    llmc_response_free(response);
    return status != LLMC_ERR_NO_MEMORY; /* a line that is none of ours is passed over */
}

/* The file is read; there may be one more. */
static void close_file(llmc__batch_job *job) {
    llmc_response_free(job->results);
    job->results = NULL;
    if (!job->in_errors && job->state.errors) {
        job->in_errors = true;
        llmc__batch_send(job, LLMC__BATCH_FETCHING);
    } else if (job->state.phase == LLMC__JOBS_EXPIRED) {
        llmc__batch_job_fail(job, LLMC_ERR_TIMEOUT_TOTAL, "batch job %s expired before this request was run",
                             job->name);
    } else if (job->state.phase == LLMC__JOBS_CANCELLED) {
        llmc__batch_job_fail(job, LLMC_ERR_CANCELLED, "batch job %s was cancelled before this request was run",
                             job->name);
    } else {
        llmc__batch_job_fail(job, LLMC_ERR_INCOMPLETE, "batch job %s has no result for this request", job->name);
    }
}

void llmc__batch_read(llmc__batch_job *job) {
    size_t len = 0;
    const char *body = llmc_response_raw_body(job->results, &len);
    for (int i = 0; i < SLICE_LINES && job->cursor < len; i++) {
        const char *line = body + job->cursor;
        const char *end = memchr(line, '\n', len - job->cursor);
        size_t line_len = end ? (size_t)(end - line) : len - job->cursor;
        job->cursor += line_len + (end != NULL);
        if (line_len > 0 && !read_line(job, line, line_len)) {
            llmc_response_free(job->results);
            job->results = NULL;
            llmc__batch_job_fail(job, LLMC_ERR_NO_MEMORY, "batch job %s: no memory for its results", job->name);
            return;
        }
    }
    if (job->cursor >= len)
        close_file(job);
    else
        job->all->more = true;
}
