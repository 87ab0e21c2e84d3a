/* The requests to the provider, and what their answers lead to. */
#include <stdio.h>
#include <string.h>

#include "api/argument.h"
#include "api/batch_jobs.h"
#include "base/mem.h"
#include "model/error.h"
#include "model/request.h"

#define MAX_TRIES       5
#define MAX_RESULTS     ((size_t)1 << 30)
#define MAX_STATE_BYTES ((size_t)1 << 20)

/* ---- sending ---- */

llmc_response *llmc__batch_take(llmc__batch_job *job) {
    llmc__work *work = job->errand.work;
    llmc_response *answer = NULL;
    llmc__mutex_lock(&work->lock);
    if (!job->errand.call) {
        llmc__list_remove(&work->rest->ended, &job->errand.node);
        answer = job->errand.response;
        job->errand.response = NULL;
    }
    llmc__mutex_unlock(&work->lock);
    return answer;
}

/* What must not be done twice is not tried again by the engine, which cannot know whether it was done. */
static llmc_status start(llmc__batch_job *job, llmc__input *input, bool once) {
    llmc_request *request = llmc__request_for(job->model, NULL, LLMC__OP_RAW, input);
    llmc__hooks hooks = {0};
    llmc_status status;
    if (!request)
        return llmc__argument_no_room("a request of a batch job");
    request->cache_mode = LLMC_CACHE_BYPASS;
    request->max_retries = once ? -1 : 0;
    status = llmc__errand_start(&job->errand, request, &hooks);
    if (status != LLMC_OK)
        llmc_response_free(llmc__batch_take(job)); /* the last error says as much */
    llmc_request_free(request);
    return status;
}

static llmc__input *make_input(const char *method, const char *path, size_t max_response_bytes) {
    llmc__input *input = llmc__input_new(LLMC__OP_RAW, 0);
    if (!input)
        return NULL;
    input->method = method;
    input->path = llmc__mem_strdup(path);
    input->max_response_bytes = max_response_bytes;
    if (input->path)
        return input;
    llmc__input_unref(input);
    return NULL;
}

/* Of a job by its id: "/batches/ID" and what follows. */
static llmc__input *job_input(const llmc__batch_job *job, const char *method, const char *after) {
    char path[512];
    const char *id = strchr(job->name, '/');
    (void)snprintf(path, sizeof path, "%s/%s%s", job->api->path, id ? id + 1 : "", after);
    return make_input(method, path, MAX_STATE_BYTES);
}

static llmc__input *creation(llmc__batch_job *job) {
    llmc__input *input;
    if (!job->api->has_files)
        return llmc__input_ref(job->upload);
    input = make_input("POST", job->api->path, MAX_STATE_BYTES);
    if (input && llmc__jobs_create(&input->body, job->file_id, job->endpoint) == LLMC_OK)
        return input;
    llmc__input_unref(input);
    return NULL;
}

static llmc__input *input_of(llmc__batch_job *job, llmc__batch_phase phase) {
    switch (phase) {
    case LLMC__BATCH_UPLOADING:
        return llmc__input_ref(job->upload);
    case LLMC__BATCH_CREATING:
        return creation(job);
    case LLMC__BATCH_LOOKING:
        return job_input(job, "GET", "");
    case LLMC__BATCH_CANCELLING:
        return job_input(job, "POST", "/cancel");
    case LLMC__BATCH_FETCHING:
        return make_input("GET", job->in_errors ? job->state.errors : job->state.results, MAX_RESULTS);
    case LLMC__BATCH_BUILDING:
    case LLMC__BATCH_WAITING:
    case LLMC__BATCH_READING:
    case LLMC__BATCH_FAILING:
    case LLMC__BATCH_OVER:
        break;
    }
    return NULL;
}

static void fail(llmc__batch_job *job, llmc_status status, const char *message) {
    llmc__batch_job_drop_upload(job);
    if (job->phase == LLMC__BATCH_CANCELLING) {
        job->phase = LLMC__BATCH_OVER;
        return;
    }
    if (job->name)
        llmc__batch_job_fail(job, status, "batch job %s: %s", job->name, message);
    else
        llmc__batch_job_fail(job, status, "the batch job was not created: %s", message);
}

void llmc__batch_send(llmc__batch_job *job, llmc__batch_phase phase) {
    llmc__input *input = input_of(job, phase);
    llmc_status status;
    job->phase = phase;
    status =
        input ? start(job, input, phase == LLMC__BATCH_CREATING) : llmc__argument_no_room("a request of a batch job");
    llmc__input_unref(input);
    if (status == LLMC_ERR_CLOSED) /* the end of the client, which comes to the batch as well */
        fail(job, LLMC_ERR_CANCELLED, "the client was freed");
    else if (status != LLMC_OK)
        fail(job, status, llmc__error_last_text());
}

/* ---- what answers lead to ---- */

/* The same once more, after a pause that grows. */
static void try_again(llmc__batch_job *job, const llmc_response *answer) {
    int64_t ms = (int64_t)1000 << job->tries, hint = llmc_error_retry_after_ms(llmc_response_error(answer));
    if (ms > job->all->options.job_max_poll_ms)
        ms = job->all->options.job_max_poll_ms;
    job->tries++;
    llmc__batch_job_wait(job, job->phase, hint > ms ? hint : ms);
}

/* Whether it is certain that nothing was created. */
static bool was_refused(llmc_status status) {
    switch ((int)status) {
    case LLMC_ERR_RATE_LIMITED:
    case LLMC_ERR_OVERLOADED:
    case LLMC_ERR_CONNECT:
    case LLMC_ERR_RESOLVE:
    case LLMC_ERR_TIMEOUT_CONNECT:
    case LLMC_ERR_TIMEOUT_QUEUE:
    case LLMC_ERR_QUEUE_FULL:
    case LLMC_ERR_BREAKER_OPEN:
        return true;
    default:
        return false;
    }
}

/* Whether it may have been created all the same. */
static bool is_doubtful(llmc_status status) {
    return status == LLMC_ERR_CONNECTION_LOST || status == LLMC_ERR_INCOMPLETE || status == LLMC_ERR_BAD_RESPONSE ||
           status == LLMC_ERR_SERVER || (status <= LLMC_ERR_TIMEOUT_FIRST_BYTE && status >= LLMC_ERR_TIMEOUT_TOTAL);
}

static void judge_failure(llmc__batch_job *job, const llmc_response *answer) {
    llmc_status status = llmc_response_status(answer);
    bool creating = job->phase == LLMC__BATCH_CREATING;
    bool again = creating ? was_refused(status) : llmc_error_retryable(llmc_response_error(answer));
    if (job->phase == LLMC__BATCH_LOOKING && again) /* the job goes on; only the batch's deadline ends the looking */
        llmc__batch_job_wait(job, LLMC__BATCH_LOOKING, job->wait_ms);
    else if (again && job->tries < MAX_TRIES)
        try_again(job, answer);
    else if (creating && is_doubtful(status))
        fail(job, status, "its creation broke off; it may exist all the same: look at the provider's list of jobs");
    else
        fail(job, status, llmc_response_error_message(answer));
}

static bool read_state(llmc__batch_job *job, const llmc_response *answer) {
    size_t len = 0;
    const char *body = llmc_response_raw_body(answer, &len);
    llmc_error error;
    llmc_status status;
    llmc__error_init(&error);
    status = llmc__jobs_read(job->api, body, len, &job->state, &error);
    if (status != LLMC_OK)
        fail(job, status, llmc_error_message(&error));
    llmc__error_clear(&error);
    return status == LLMC_OK;
}

static void judge_upload(llmc__batch_job *job, const llmc_response *answer) {
    size_t len = 0;
    const char *body = llmc_response_raw_body(answer, &len);
    llmc_status status = llmc__jobs_file_id(body, len, &job->file_id);
    job->tries = 0;
    if (status == LLMC_OK)
        llmc__batch_send(job, LLMC__BATCH_CREATING);
    else
        fail(job, status,
             status == LLMC_ERR_NO_MEMORY ? llmc_status_message(status) : "the answer to the upload names no file");
}

static void judge_creation(llmc__batch_job *job, const llmc_response *answer) {
    char name[512];
    llmc_batch *batch = job->all->batch;
    if (!read_state(job, answer))
        return;
    (void)snprintf(name, sizeof name, "%s/%s", job->target->name, job->state.id);
    job->name = llmc__mem_strdup(name);
    job->tries = 0;
    llmc__batch_job_drop_upload(job);
    if (job->all->options.on_job) /* also without memory: its id must not be lost */
        job->all->options.on_job(batch, name, job->all->options.user_data);
    if (job->name)
        llmc__batch_job_wait(job, LLMC__BATCH_LOOKING, job->wait_ms);
    else
        llmc__batch_job_fail(job, LLMC_ERR_NO_MEMORY, "batch job %s: no memory to wait for it", name);
}

static void grow_wait(llmc__batch_job *job) {
    job->wait_ms += job->wait_ms / 2 + 1;
    if (job->wait_ms > job->all->options.job_max_poll_ms)
        job->wait_ms = job->all->options.job_max_poll_ms;
}

static void judge_look(llmc__batch_job *job, const llmc_response *answer) {
    if (!read_state(job, answer))
        return;
    job->tries = 0;
    if (job->state.phase == LLMC__JOBS_RUNNING) {
        llmc__batch_job_wait(job, LLMC__BATCH_LOOKING, job->wait_ms);
        grow_wait(job);
        return;
    }
    job->in_errors = job->state.results == NULL;
    if (job->state.results || job->state.errors)
        llmc__batch_send(job, LLMC__BATCH_FETCHING);
    else
        fail(job, LLMC_ERR_BAD_REQUEST,
             job->state.message ? job->state.message : "it ended without results; look at it at the provider");
}

static void judge_fetch(llmc__batch_job *job, llmc_response *answer) {
    job->tries = 0;
    job->results = llmc_response_ref(answer);
    job->cursor = 0;
    job->phase = LLMC__BATCH_READING;
}

void llmc__batch_judge(llmc__batch_job *job, llmc_response *answer) {
    if (job->phase == LLMC__BATCH_CANCELLING)
        job->phase = LLMC__BATCH_OVER; /* whatever came of it */
    else if (llmc_response_status(answer) != LLMC_OK)
        judge_failure(job, answer);
    else if (job->phase == LLMC__BATCH_UPLOADING)
        judge_upload(job, answer);
    else if (job->phase == LLMC__BATCH_CREATING)
        judge_creation(job, answer);
    else if (job->phase == LLMC__BATCH_LOOKING)
        judge_look(job, answer);
    else
        judge_fetch(job, answer);
}
