/* Batch jobs: the upload and the state. Results are read in jobs_result.c. */
#include "provider/jobs.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "wire/json.h"
#include "wire/jsonform.h"
#include "wire/jsonw.h"

/* Lines of JSON have no CR LF in them, so that no boundary can occur in the file. */
#define BOUNDARY "llmclient-batch-5f0e1c7d9a"
#define MAX_PATH 1024

static const char file_head[] = "--" BOUNDARY "\r\n"
                                "Content-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                                "--" BOUNDARY "\r\n"
                                "Content-Disposition: form-data; name=\"file\"; filename=\"batch.jsonl\"\r\n"
                                "Content-Type: application/jsonl\r\n\r\n";
static const char file_tail[] = "\r\n--" BOUNDARY "--\r\n";
static const char list_head[] = "{\"requests\":[";
static const char list_tail[] = "]}";

static const llmc__jobs_api openai = {
    true, 50000, (size_t)200 * 1000 * 1000, "multipart/form-data; boundary=" BOUNDARY, "/files", "/batches"};
static const llmc__jobs_api anthropic = {
    false, 100000, (size_t)256 * 1000 * 1000, "application/json", "/messages/batches", "/messages/batches"};

/* Providers whose jobs are OpenAI's in all that is used here; names of the user's own say by their adapter that they
 * are. */
static const char like_openai[] = "openai\0openai-responses\0groq\0";

static bool is_like_openai(const llmc__target *target) {
    const char *adapter = target->provider->name, *name = target->row != NULL ? target->row->name : adapter;
    return llmc__str_ieq_any(name, like_openai);
}

const llmc__jobs_api *llmc__jobs_of(const llmc__target *target, llmc_error *error) {
    if (strcmp(target->provider->name, "anthropic") == 0)
        return &anthropic;
    if (is_like_openai(target))
        return &openai;
    (void)llmc__error_set(error, LLMC_ERR_UNSUPPORTED,
                          "batch jobs: provider \"%s\" has none that this library knows; take mode LLMC_BATCH_CALLS",
                          target->name);
    return NULL;
}

/* ---- the upload ---- */

llmc_status llmc__jobs_begin(const llmc__jobs_api *api, llmc__buf *out) {
    return llmc__buf_append_str(out, api->has_files ? file_head : list_head);
}

llmc_status llmc__jobs_end(const llmc__jobs_api *api, llmc__buf *out) {
    return llmc__buf_append_str(out, api->has_files ? file_tail : list_tail);
}

/* Behind the base URL, which may end with the version or not. */
static const char *path_of(const llmc__target *target, const llmc__http_request *request) {
    const char *url = llmc__buf_str(&request->url);
    size_t len = strlen(target->base_url);
    return strncmp(url, target->base_url, len) == 0 ? url + len : url;
}

/* The three in a row, to be freed; NULL: no memory. */
static char *join(const char *before, const char *middle, const char *after) {
    llmc__buf out;
    char *joined = NULL;
    llmc__buf_init(&out, MAX_PATH);
    if (llmc__buf_appendf(&out, "%s%s%s", before, middle, after) == LLMC_OK)
        joined = llmc__buf_take(&out, NULL);
    llmc__buf_free(&out);
    return joined;
}

char *llmc__jobs_endpoint(const llmc__target *target, const llmc__http_request *request) {
    return join("/v1", path_of(target, request), "");
}

static llmc_status write_line(const llmc__jobs_api *api, llmc__buf *out, size_t index, const llmc__target *target,
                              const llmc__http_request *request) {
    llmc__jsonw json;
    char id[32] = "llmc-";
    const char *body = llmc__buf_str(&request->body);
    llmc__str_from_int64((int64_t)index, id + 5);
    llmc__jsonw_init(&json, out);
    if (!api->has_files) {
        llmc__jsonform_write(&json, "{custom_id:%s,params:%j}", id, body);
        return json.status;
    }
    char *endpoint = llmc__jobs_endpoint(target, request);
    if (endpoint == NULL)
        return LLMC_ERR_NO_MEMORY;
    llmc__jsonform_write(&json, "{custom_id:%s,method:'POST',url:%s,body:%j}", id, endpoint, body);
    llmc__mem_free(endpoint);
    return json.status == LLMC_OK ? llmc__buf_append_char(out, '\n') : json.status;
}

llmc_status llmc__jobs_add(const llmc__jobs_api *api, llmc__buf *out, size_t max_bytes, size_t index,
                           const llmc__target *target, const llmc__http_request *request) {
    size_t before = out->len;
    size_t head = api->has_files ? sizeof file_head - 1 : sizeof list_head - 1;
    size_t tail = api->has_files ? sizeof file_tail - 1 : sizeof list_tail - 1;
    llmc_status status = LLMC_OK;
    if (!api->has_files && before > head)
        status = llmc__buf_append_char(out, ',');
    if (status == LLMC_OK)
        status = write_line(api, out, index, target, request);
    if (status == LLMC_OK && out->len + tail > max_bytes)
        status = LLMC_ERR_TOO_LARGE;
    if (status != LLMC_OK && out->data != NULL) {
        out->len = before;
        out->data[before] = '\0';
    }
    return status;
}

llmc_status llmc__jobs_file_id(const char *body, size_t len, char **out) {
    llmc__json_doc *doc = NULL;
    llmc_status status = llmc__json_parse(body, len, &doc, NULL);
    const char *id = status == LLMC_OK ? llmc__json_text(NULL, llmc__json_root(doc), "id", NULL) : NULL;
    *out = llmc__mem_strdup(id);
    if (status != LLMC_ERR_NO_MEMORY)
        status = id == NULL ? LLMC_ERR_BAD_RESPONSE : *out == NULL ? LLMC_ERR_NO_MEMORY : LLMC_OK;
    llmc__json_free(doc);
    return status;
}

llmc_status llmc__jobs_create(llmc__buf *out, const char *file_id, const char *endpoint) {
    llmc__jsonw json;
    llmc__jsonw_init(&json, out);
    llmc__jsonform_write(&json, "{input_file_id:%s,endpoint:%s,completion_window:'24h'}", file_id, endpoint);
    return json.status;
}

/* ---- how it goes ---- */

void llmc__jobs_state_clear(llmc__jobs_state *state) {
    llmc__mem_free(state->id);
    llmc__mem_free(state->results);
    llmc__mem_free(state->errors);
    llmc__mem_free(state->message);
    *state = (llmc__jobs_state){0};
}

static const struct {
    char word[10];
    uint8_t phase;
} phases[] = {
    {"completed", LLMC__JOBS_ENDED},     {"ended", LLMC__JOBS_ENDED},   {"expired", LLMC__JOBS_EXPIRED},
    {"cancelled", LLMC__JOBS_CANCELLED}, {"failed", LLMC__JOBS_FAILED},
};

/* Words that are not known, of today's and tomorrow's, are those of a job under way. */
static llmc__jobs_phase phase_of(const char *word) {
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++)
        if (strcmp(word, phases[i].word) == 0)
            return (llmc__jobs_phase)phases[i].phase;
    return LLMC__JOBS_RUNNING;
}

/* Ids go into paths: those with other characters than ids have are none. */
bool llmc__jobs_is_id(const char *id) {
    size_t len = id != NULL ? llmc__str_span(id, "_-.:") : 0;
    return len > 0 && len < 256 && id[len] == '\0';
}

/* False: no memory. */
static bool put_path(char **slot, const char *before, const char *id, const char *after) {
    if (!llmc__jobs_is_id(id))
        return true;
    *slot = join(before, id, after);
    return *slot != NULL;
}

static bool read_files(const llmc__json *root, llmc__jobs_state *out) {
    const llmc__json *first = llmc__json_first(llmc__json_get(llmc__json_get(root, "errors"), "data"));
    const char *message = llmc__json_text(NULL, first, "message", NULL);
    out->message = llmc__mem_strdup(message);
    return (message == NULL || out->message != NULL) &&
           put_path(&out->results, "/files/", llmc__json_word(root, "output_file_id"), "/content") &&
           put_path(&out->errors, "/files/", llmc__json_word(root, "error_file_id"), "/content");
}

static llmc_status no_state(llmc_error *error, llmc_status status) {
    return llmc__error_set(error, status, "%s",
                           status == LLMC_ERR_NO_MEMORY ? llmc_status_message(status)
                                                        : "what the provider says of the batch job could not be read");
}

llmc_status llmc__jobs_read(const llmc__jobs_api *api, const char *body, size_t len, llmc__jobs_state *out,
                            llmc_error *error) {
    llmc__json_doc *doc = NULL;
    llmc__jobs_state state = {0};
    llmc_status status = llmc__json_parse(body, len, &doc, NULL);
    const llmc__json *root = status == LLMC_OK ? llmc__json_root(doc) : NULL;
    const char *id = llmc__json_word(root, "id");
    const char *says = llmc__json_text(NULL, root, api->has_files ? "status" : "processing_status", NULL);
    if (status != LLMC_ERR_NO_MEMORY)
        status = llmc__jobs_is_id(id) && says != NULL ? LLMC_OK : LLMC_ERR_BAD_RESPONSE;
    if (status == LLMC_OK) {
        state.phase = phase_of(says);
        state.id = llmc__mem_strdup(id);
        bool good =
            state.id != NULL && (api->has_files ? read_files(root, &state)
                                                : put_path(&state.results, "/messages/batches/", id, "/results"));
        status = good ? LLMC_OK : LLMC_ERR_NO_MEMORY;
    }
    llmc__json_free(doc);
    if (status != LLMC_OK) {
        llmc__jobs_state_clear(&state);
        return no_state(error, status);
    }
    llmc__jobs_state_clear(out);
    *out = state;
    return LLMC_OK;
}
