/*
 * Batch jobs: OpenAI's files and batches, Anthropic's message batches. A job's requests are kept as they came; its
 * results are made when they are fetched, each an echo as a chat's answer would be.
 */
#include "mock/endpoint.h"

#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "mock/cursor.h"

#define MAX_KEPT 1024 /* files and jobs; the oldest go */

struct llmc__mock_job {
    llmc__mock_job *next;
    char id[48];
    bool is_file;
    llmc__buf input; /* lines of requests, or the body of a message batch */
    uint32_t looks;
    bool cancelled;
};

/* ---- settings and what is kept ---- */

static char *copy_of(const char *text) {
    return text != NULL ? llmc__mem_strdup(text) : NULL;
}

static void clear_settings(llmc__mock_jobs *jobs) {
    llmc__mem_free(jobs->ends_as);
    llmc__mem_free(jobs->failed_text);
    llmc__mem_free(jobs->missing_text);
    jobs->ends_as = jobs->failed_text = jobs->missing_text = NULL;
}

llmc_status llmc_mock_set_batches(llmc_mock *mock, const llmc_mock_batch_options *options) {
    const llmc_mock_batch_options defaults = LLMC_MOCK_BATCH_OPTIONS_INIT;
    llmc_status status = LLMC_OK;
    if (mock == NULL || (options != NULL && options->size != sizeof *options)) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    llmc__mutex_lock(&mock->mutex);
    llmc__mock_jobs *jobs = &mock->shared.jobs;
    clear_settings(jobs);
    jobs->options = options != NULL ? *options : defaults;
    jobs->ends_as = copy_of(jobs->options.ends_as);
    jobs->failed_text = copy_of(jobs->options.failed_text);
    jobs->missing_text = copy_of(jobs->options.missing_text);
    if ((jobs->options.ends_as != NULL && jobs->ends_as == NULL) ||
        (jobs->options.failed_text != NULL && jobs->failed_text == NULL) ||
        (jobs->options.missing_text != NULL && jobs->missing_text == NULL)) {
        status = LLMC_ERR_NO_MEMORY;
    }
    llmc__mutex_unlock(&mock->mutex);
    return status;
}

static void forget(llmc__mock_job *job) {
    llmc__buf_free(&job->input);
    llmc__mem_free(job);
}

void llmc__mock_jobs_free(llmc__mock_jobs *jobs) {
    while (jobs->first != NULL) {
        llmc__mock_job *job = jobs->first;
        jobs->first = job->next;
        forget(job);
    }
    clear_settings(jobs);
}

/* The newest stands first. */
static void forget_oldest(llmc__mock_jobs *jobs) {
    llmc__mock_job **at = &jobs->first;
    while (*at != NULL && (*at)->next != NULL) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        forget(*at);
        *at = NULL;
        jobs->kept--;
    }
}

/* With the mutex, as all that looks at jobs. */
static llmc__mock_job *add(llmc__mock_answer *answer, const char *prefix, bool is_file) {
    llmc__mock_jobs *jobs = &answer->mock->shared.jobs;
    llmc__mock_job *job = llmc__mem_calloc(1, sizeof *job);
    if (jobs->kept >= MAX_KEPT) {
        forget_oldest(jobs);
    }
    if (job == NULL) {
        answer->failed = true;
        return NULL;
    }
    memcpy(job->id, prefix, strlen(prefix));
    llmc__str_from_int64((int64_t)++jobs->serial, job->id + strlen(prefix));
    job->is_file = is_file;
    llmc__buf_init(&job->input, LLMC__MOCK_MAX_BODY);
    job->next = jobs->first;
    jobs->first = job;
    jobs->kept++;
    return job;
}

static llmc__mock_job *find(llmc__mock_answer *answer, llmc__mock_span id) {
    llmc__mock_job *job = answer->mock->shared.jobs.first;
    while (job != NULL && !(strlen(job->id) == id.len && memcmp(job->id, id.data, id.len) == 0)) {
        job = job->next;
    }
    return job;
}

/* The segment of the path behind this one; empty when it has none. */
static llmc__mock_span id_behind(const llmc__mock_answer *answer, const char *segment) {
    llmc__mock_span path = answer->asked->path, id = {"", 0};
    const char *at = memmem(path.data, path.len, segment, strlen(segment));
    if (at == NULL) {
        return id;
    }
    id.data = at + strlen(segment);
    size_t left = (size_t)(path.data + path.len - id.data);
    while (id.len < left && id.data[id.len] != '/' && id.data[id.len] != '?') {
        id.len++;
    }
    return id;
}

static void refuse(llmc__mock_answer *answer, int status, const char *message) {
    llmc__buf_clear(answer->body);
    llmc__mock_body_error(answer, status, (llmc__mock_span){message, strlen(message)});
}

/* ---- uploads ---- */

/* What stands between the part's empty line and the boundary that closes it. */
static llmc__mock_span file_in(llmc__mock_span body) {
    static const char mark[] = "filename=";
    llmc__mock_span file = {"", 0};
    const char *end = body.data + body.len;
    const char *part = memmem(body.data, body.len, mark, sizeof mark - 1);
    const char *start = part != NULL ? memmem(part, (size_t)(end - part), "\r\n\r\n", 4) : NULL;
    const char *close = start != NULL ? memmem(start + 4, (size_t)(end - start - 4), "\r\n--", 4) : NULL;
    if (close != NULL) {
        file.data = start + 4;
        file.len = (size_t)(close - file.data);
    }
    return file;
}

void llmc__mock_jobs_upload(llmc__mock_answer *answer) {
    llmc__mock_span body = answer->asked->body;
    llmc__mock_span file = file_in(body);
    if (file.len == 0 || memmem(body.data, body.len, "\r\n\r\nbatch\r\n", 11) == NULL) {
        refuse(answer, 400, "The upload needs a file and a purpose.");
        return;
    }
    llmc__mutex_lock(&answer->mock->mutex);
    llmc__mock_job *kept = add(answer, "file-", true);
    if (kept != NULL) {
        llmc__mock_put(answer, &kept->input, file.data, file.len);
        llmc__mock_write(
            answer, answer->body,
            "{\"id\":\"%s\",\"object\":\"file\",\"bytes\":%d,\"created_at\":%d,\"filename\":\"batch.jsonl\","
            "\"purpose\":\"batch\",\"status\":\"processed\"}",
            kept->id, (int64_t)file.len, answer->created);
    }
    llmc__mutex_unlock(&answer->mock->mutex);
}

/* ---- the state ---- */

static const char *word_of(const llmc__mock_jobs *jobs, const llmc__mock_job *job) {
    if (job->looks <= jobs->options.looks) {
        return job->cancelled ? "cancelling" : "in_progress";
    }
    return job->cancelled ? "cancelled" : jobs->ends_as != NULL ? jobs->ends_as : "completed";
}

static void put_openai_state(llmc__mock_answer *answer, const llmc__mock_job *job) {
    const char *word = word_of(&answer->mock->shared.jobs, job);
    bool ended = strcmp(word, "completed") == 0 || strcmp(word, "expired") == 0 || strcmp(word, "cancelled") == 0;
    llmc__mock_write(answer, answer->body,
                     "{\"id\":\"%s\",\"object\":\"batch\",\"endpoint\":\"/v1/chat/completions\",\"errors\":", job->id);
    if (strcmp(word, "failed") == 0) {
        llmc__mock_put_str(answer, answer->body,
                           "{\"object\":\"list\",\"data\":[{\"code\":\"invalid_json_line\",\"message\":\"Line 1 is not "
                           "valid JSON.\",\"param\":null,\"line\":1}]}");
    } else {
        llmc__mock_put_str(answer, answer->body, "null");
    }
    llmc__mock_write(
        answer, answer->body,
        ",\"input_file_id\":\"file-0\",\"completion_window\":\"24h\",\"status\":\"%s\",\"output_file_id\":", word);
    if (ended) {
        llmc__mock_write(answer, answer->body, "\"out-%s\",\"error_file_id\":\"err-%s\"", job->id, job->id);
    } else {
        llmc__mock_put_str(answer, answer->body, "null,\"error_file_id\":null");
    }
    llmc__mock_write(answer, answer->body, ",\"created_at\":%d}", answer->created);
}

static void put_anthropic_state(llmc__mock_answer *answer, const llmc__mock_job *job) {
    const char *word = word_of(&answer->mock->shared.jobs, job);
    bool running = strcmp(word, "in_progress") == 0, cancelling = strcmp(word, "cancelling") == 0;
    llmc__mock_write(
        answer, answer->body,
        "{\"id\":\"%s\",\"type\":\"message_batch\",\"processing_status\":\"%s\",\"request_counts\":{"
        "\"processing\":0,\"succeeded\":0,\"errored\":0,\"canceled\":0,\"expired\":0},\"results_url\":null}",
        job->id,
        running      ? "in_progress"
        : cancelling ? "canceling"
                     : "ended");
}

static bool is_anthropic(const llmc__mock_answer *answer) {
    return answer->speaker == &llmc__mock_speak_anthropic;
}

static void put_state(llmc__mock_answer *answer, const llmc__mock_job *job) {
    if (is_anthropic(answer)) {
        put_anthropic_state(answer, job);
    } else {
        put_openai_state(answer, job);
    }
}

void llmc__mock_jobs_create(llmc__mock_answer *answer) {
    llmc__mock_cursor c = {answer->asked->body.data, answer->asked->body.data + answer->asked->body.len, NULL, false};
    llmc__mock_span key, file = {"", 0};
    llmc__mutex_lock(&answer->mock->mutex);
    if (llmc__mock_cursor_accept(&c, '{')) {
        while (llmc__mock_cursor_key(&c, &key)) {
            if (llmc__mock_key_is(key, "input_file_id") && llmc__mock_cursor_is_string(&c)) {
                file = llmc__mock_cursor_string(&c);
            } else {
                llmc__mock_cursor_skip(&c);
            }
        }
    }
    const llmc__mock_job *kept = is_anthropic(answer) ? NULL : find(answer, file);
    if (!is_anthropic(answer) && (kept == NULL || !kept->is_file)) {
        refuse(answer, 400, "There is no such input file.");
    } else {
        llmc__mock_job *job = add(answer, is_anthropic(answer) ? "msgbatch_" : "batch_", false);
        llmc__mock_span input = answer->asked->body;
        if (kept != NULL) {
            input = (llmc__mock_span){llmc__buf_str(&kept->input), kept->input.len};
        }
        if (job != NULL) {
            llmc__mock_put(answer, &job->input, input.data, input.len);
            put_state(answer, job);
        }
    }
    llmc__mutex_unlock(&answer->mock->mutex);
}

static void look_at(llmc__mock_answer *answer, bool cancels) {
    llmc__mutex_lock(&answer->mock->mutex);
    llmc__mock_job *job = find(answer, id_behind(answer, "/batches/"));
    if (job == NULL || job->is_file) {
        refuse(answer, 404, "There is no such batch.");
    } else {
        job->looks++;
        if (cancels) {
            job->cancelled = true;
            job->looks = 0;
        }
        put_state(answer, job);
    }
    llmc__mutex_unlock(&answer->mock->mutex);
}

void llmc__mock_jobs_look(llmc__mock_answer *answer) {
    look_at(answer, false);
}

void llmc__mock_jobs_cancel(llmc__mock_answer *answer) {
    look_at(answer, true);
}

/* ---- results ---- */

typedef struct item {
    llmc__mock_span id, body, url;
} item;

/* At an object of custom_id and body or params. */
static item read_item(llmc__mock_cursor *c) {
    item found = {{"", 0}, {"", 0}, {"", 0}};
    llmc__mock_span key;
    if (!llmc__mock_cursor_accept(c, '{')) {
        llmc__mock_cursor_skip_item(c);
        return found;
    }
    while (llmc__mock_cursor_key(c, &key)) {
        const char *start = c->at;
        if (llmc__mock_key_is(key, "custom_id") && llmc__mock_cursor_is_string(c)) {
            found.id = llmc__mock_cursor_string(c);
        } else if (llmc__mock_key_is(key, "url") && llmc__mock_cursor_is_string(c)) {
            found.url = llmc__mock_cursor_string(c);
        } else {
            bool is_body = llmc__mock_key_is(key, "body") || llmc__mock_key_is(key, "params");
            llmc__mock_cursor_skip(c);
            found.body = is_body ? (llmc__mock_span){start, (size_t)(c->at - start)} : found.body;
        }
    }
    return found;
}

static void keep_item(llmc__mock_answer *answer, llmc__buf *items, const item *found) {
    llmc__mock_put(answer, items, (const char *)found, sizeof *found);
}

/* All requests of a job: lines of objects, or {"requests":[...]}. */
static void read_items(llmc__mock_answer *answer, const llmc__mock_job *job, llmc__buf *items) {
    llmc__mock_cursor c = {llmc__buf_str(&job->input), llmc__buf_str(&job->input) + job->input.len, NULL, false};
    llmc__mock_span key;
    if (!is_anthropic(answer)) {
        while (c.at < c.end) {
            item found = read_item(&c);
            if (found.id.len > 0) {
                keep_item(answer, items, &found);
            }
        }
        return;
    }
    if (!llmc__mock_cursor_accept(&c, '{')) {
        return;
    }
    while (llmc__mock_cursor_key(&c, &key)) {
        if (!llmc__mock_key_is(key, "requests") || !llmc__mock_cursor_accept(&c, '[')) {
            llmc__mock_cursor_skip(&c);
            continue;
        }
        while (llmc__mock_cursor_element(&c)) {
            item found = read_item(&c);
            keep_item(answer, items, &found);
        }
    }
}

static bool has_text(const item *one, const char *text) {
    return text != NULL && memmem(one->body.data, one->body.len, text, strlen(text)) != NULL;
}

/* The answer to a request, or its refusal, in the API's own words. */
static void put_body(llmc__mock_answer *answer, const item *one, bool fails) {
    static const char message[] = "The request was refused.";
    llmc__mock_answer inner = *answer;
    bool by_responses = memmem(one->url.data, one->url.len, "/responses", 10) != NULL;
    inner.plan = NULL;
    inner.streamed = false;
    inner.speaker = by_responses ? &llmc__mock_speak_responses : answer->speaker;
    inner.failed = !llmc__mock_scan(one->body.data, one->body.len, &answer->mock->loop.joined, &inner.ask);
    inner.status = fails ? 400 : 200;
    if (fails) {
        inner.speaker->put_error(&inner, (llmc__mock_span){message, sizeof message - 1});
    } else {
        inner.speaker->put_plain(&inner);
    }
    answer->failed = answer->failed || inner.failed;
}

static void put_openai_result(llmc__mock_answer *answer, const item *one, bool fails, const char *left_out) {
    llmc__mock_write(answer, answer->body, "{\"id\":\"batch_req_1\",\"custom_id\":\"%v\",\"response\":", one->id);
    if (left_out != NULL) {
        llmc__mock_write(answer, answer->body,
                         "null,\"error\":{\"code\":\"batch_%s\",\"message\":\"This request was not run.\"}}\n",
                         left_out);
        return;
    }
    llmc__mock_write(answer, answer->body,
                     "{\"status_code\":%d,\"request_id\":\"req_%v\",\"body\":", (int64_t)(fails ? 400 : 200), one->id);
    put_body(answer, one, fails);
    llmc__mock_put_str(answer, answer->body, "},\"error\":null}\n");
}

static void put_anthropic_result(llmc__mock_answer *answer, const item *one, bool fails, const char *left_out) {
    llmc__mock_write(answer, answer->body, "{\"custom_id\":\"%v\",\"result\":{\"type\":\"%s\"", one->id,
                     left_out != NULL ? left_out
                     : fails          ? "errored"
                                      : "succeeded");
    if (left_out == NULL) {
        llmc__mock_put_str(answer, answer->body, fails ? ",\"error\":" : ",\"message\":");
        put_body(answer, one, fails);
    }
    llmc__mock_put_str(answer, answer->body, "}}\n");
}

/* What of the job a file has: OpenAI parts answers and errors. */
typedef enum part { ALL = 0, ANSWERS, ERRORS } part;

static void put_result(llmc__mock_answer *answer, const item *one, part wanted, bool is_late) {
    const llmc__mock_jobs *jobs = &answer->mock->shared.jobs;
    const char *ends_as = jobs->ends_as != NULL ? jobs->ends_as : "";
    bool expires = strcmp(ends_as, "expired") == 0;
    const char *left_out = !is_late ? NULL : expires ? "expired" : is_anthropic(answer) ? "canceled" : "cancelled";
    bool fails = has_text(one, jobs->failed_text);
    bool is_error = fails || left_out != NULL;
    if (has_text(one, jobs->missing_text) || (wanted != ALL && is_error != (wanted == ERRORS))) {
        return;
    }
    if (is_anthropic(answer)) {
        put_anthropic_result(answer, one, fails, left_out);
    } else {
        put_openai_result(answer, one, fails, left_out);
    }
}

static void put_results(llmc__mock_answer *answer, const llmc__mock_job *job, part wanted) {
    const llmc__mock_jobs *jobs = &answer->mock->shared.jobs;
    bool is_cut = job->cancelled || (jobs->ends_as != NULL && strcmp(jobs->ends_as, "expired") == 0);
    llmc__buf items;
    llmc__buf_init(&items, LLMC__MOCK_MAX_BODY);
    read_items(answer, job, &items);
    size_t count = items.len / sizeof(item);
    for (size_t i = 0; i < count; i++) {
        item one;
        size_t at = jobs->options.reversed ? count - 1 - i : i;
        memcpy(&one, items.data + at * sizeof one, sizeof one);
        for (int times = jobs->options.doubled ? 2 : 1; times > 0; times--) {
            put_result(answer, &one, wanted, is_cut && at >= count / 2);
        }
    }
    llmc__buf_free(&items);
}

void llmc__mock_jobs_results(llmc__mock_answer *answer) {
    llmc__mock_span id = id_behind(answer, is_anthropic(answer) ? "/batches/" : "/files/");
    part wanted = ALL;
    if (!is_anthropic(answer) && id.len > 4) {
        wanted = memcmp(id.data, "err-", 4) == 0 ? ERRORS : ANSWERS;
        id = (llmc__mock_span){id.data + 4, id.len - 4};
    }
    llmc__mutex_lock(&answer->mock->mutex);
    const llmc__mock_job *job = find(answer, id);
    if (job == NULL || job->is_file) {
        refuse(answer, 404, "There is no such file.");
    } else {
        put_results(answer, job, wanted);
    }
    llmc__mutex_unlock(&answer->mock->mutex);
}
