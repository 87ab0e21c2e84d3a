/* Requests become uploads: those of one model go together, as many as a job takes. */
#include <string.h>

#include "api/argument.h"
#include "api/batch_jobs.h"
#include "base/mem.h"
#include "model/error.h"

#define SLICE_ITEMS 64
#define SLICE_BYTES ((size_t)1 << 20)
#define MAX_BODY    ((size_t)256 << 20)

static const llmc_request *request_at(const llmc__batch_jobs *all, size_t index) {
    return all->batch->requests[index];
}

/* Items end at once that never get into a job; the response has its error already, or is to get it. */
static void refuse(llmc__batch_jobs *all, size_t index, llmc_status status, const char *message) {
    all->item_job[index] = UINT32_MAX;
    llmc__batch_jobs_tell(all, index, llmc__work_refusal(&all->batch->work, status, message));
}

/* Where the request goes: its own model, of a route the first. */
static llmc_status resolve(llmc__batch_job *job, const llmc_request *request) {
    llmc_client *client = job->all->client;
    uint8_t
        order[LLMC__ROUTE_MAX_TARGETS]; /* of those by cost the first that was given: jobs have prices of their own */
    llmc__named_route *route = llmc__routes_find(client, request->model, order);
    job->model = llmc__mem_strdup(route ? route->targets[order[0]].model : request->model);
    llmc__routes_drop(route);
    if (!job->model)
        return llmc__argument_no_room("a batch job");
    return llmc__targets_resolve(client, job->model, &job->target, &job->bare);
}

static bool make_upload(llmc__batch_job *job) {
    job->upload = llmc__input_new(LLMC__OP_RAW, 0);
    if (!job->upload)
        return false;
    job->upload->method = "POST";
    job->upload->path = llmc__mem_strdup(job->api->upload_path);
    job->upload->content_type = llmc__mem_strdup(job->api->content_type);
    return job->upload->path && job->upload->content_type && llmc__jobs_begin(job->api, &job->upload->body) == LLMC_OK;
}

static void fail_upload(llmc__batch_job *job) {
    llmc__batch_job_drop_upload(job);
    llmc__batch_job_fail(job, LLMC_ERR_NO_MEMORY, "no memory for the upload of a batch job");
}

/* A job for the item; the items of its kind will follow. False: it was refused. */
static bool begin(llmc__batch_jobs *all, size_t index) {
    llmc__batch_job *job = llmc__batch_job_add(all);
    llmc_status status = job ? resolve(job, request_at(all, index)) : llmc__argument_no_room("a batch job");
    if (!job || status != LLMC_OK)
        refuse(all, index, status, llmc__error_last_text());
    else if (!(job->api = llmc__jobs_of(job->target, &job->fault)))
        refuse(all, index, status = LLMC_ERR_UNSUPPORTED, llmc_error_message(&job->fault));
    if (job && status != LLMC_OK)
        llmc__batch_job_drop(all);
    if (!job || status != LLMC_OK)
        return false;
    job->cursor = index;
    all->item_job[index] = job->number;
    if (!make_upload(job))
        fail_upload(job);
    return true;
}

bool llmc__batch_build_begin(llmc__batch_jobs *all) {
    size_t count = all->batch->count;
    if (!all->item_job)
        return false;
    for (int i = 0; i < SLICE_ITEMS; i++) {
        while (all->placed_up_to < count && all->item_job[all->placed_up_to])
            all->placed_up_to++;
        if (all->placed_up_to == count)
            return false;
        if (begin(all, all->placed_up_to))
            return true;
    }
    return true;
}

/* ---- a slice ---- */

static size_t least(size_t limit, size_t wanted) {
    return wanted && wanted < limit ? wanted : limit;
}

/* Writes the request for the provider. False: the item was refused. */
static bool encode(llmc__batch_job *job, size_t index, llmc__http_request *http) {
    llmc__batch_jobs *all = job->all;
    llmc_response *response = llmc__response_new(all->client->options.max_response_bytes);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    if (response)
        status = llmc__provider_encode(job->target, job->bare, request_at(all, index), false, http, &response->error);
    if (status == LLMC_OK) {
        llmc_response_free(response);
        return true;
    }
    if (response) {
        response->status = status;
        if (response->error.status == LLMC_OK)
            llmc__error_set(&response->error, status, "%s", llmc_status_message(status));
    }
    all->item_job[index] = UINT32_MAX;
    llmc__batch_jobs_tell(all, index, response);
    return false;
}

/* Whether it may cost what it may cost, and can be written. */
static bool take(llmc__batch_job *job, size_t index, llmc__http_request *http) {
    llmc_status status = llmc__batch_reserve(job, index);
    if (status == LLMC_OK)
        return encode(job, index, http);
    refuse(job->all, index, status, llmc__error_last_text());
    return false;
}

/* False: the job is full. */
static bool add(llmc__batch_job *job, size_t index, const llmc__http_request *http) {
    llmc__batch_jobs *all = job->all;
    size_t max_bytes = least(job->api->max_bytes, all->options.job_max_bytes);
    llmc_status status = LLMC_OK;
    if (job->api->has_files && !job->endpoint && !(job->endpoint = llmc__jobs_endpoint(job->target, http)))
        status = LLMC_ERR_NO_MEMORY;
    if (status == LLMC_OK)
        status = llmc__jobs_add(job->api, &job->upload->body, max_bytes, index, job->target, http);
    if (status == LLMC_ERR_TOO_LARGE && job->added > 0) {
        all->item_job[index] = 0;
        llmc__batch_release(all, index, false);
        return false;
    }
    if (status == LLMC_OK)
        job->added++;
    else if (status == LLMC_ERR_TOO_LARGE)
        refuse(all, index, status, "the request is larger than the upload of a batch job may be");
    else
        refuse(all, index, status, llmc_status_message(status));
    return true;
}

/* Its upload is whole. */
static void close_upload(llmc__batch_job *job) {
    if (job->added == 0 || llmc__jobs_end(job->api, &job->upload->body) != LLMC_OK)
        fail_upload(job);
    else
        llmc__batch_send(job, job->api->has_files ? LLMC__BATCH_UPLOADING : LLMC__BATCH_CREATING);
}

static bool belongs(const llmc__batch_job *job, const llmc_request *kind, size_t index) {
    const llmc__batch_jobs *all = job->all;
    return all->item_job[index] == job->number ||
           (all->item_job[index] == 0 && strcmp(request_at(all, index)->model, kind->model) == 0);
}

void llmc__batch_build(llmc__batch_job *job) {
    llmc__batch_jobs *all = job->all;
    const llmc_request *kind = request_at(all, all->placed_up_to); /* the item it was begun for */
    size_t max_requests = least(job->api->max_requests, all->options.job_max_requests);
    size_t begun = job->upload->body.len;
    bool full = false;
    for (int i = 0; i < SLICE_ITEMS && !full && job->cursor < all->batch->count; job->cursor++) {
        llmc__http_request http;
        if (!belongs(job, kind, job->cursor))
            continue;
        all->item_job[job->cursor] = job->number;
        llmc__http_request_init(&http, MAX_BODY);
        if (take(job, job->cursor, &http))
            full = !add(job, job->cursor, &http) || job->added == max_requests;
        llmc__http_request_free(&http);
        i = job->upload->body.len - begun > SLICE_BYTES ? SLICE_ITEMS : i + 1;
    }
    if (full || job->cursor == all->batch->count)
        close_upload(job);
    else
        all->more = true;
}
