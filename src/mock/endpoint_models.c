/* Lists of models in every format; which of them is meant is told by the path and by what the query calls its pages. */
#include "mock/endpoint.h"

#include <string.h>
#include "base/mem.h"
#include "base/str.h"

/* ---- settings ---- */

void llmc__mock_models_free(llmc__mock_models *models) {
    for (size_t i = 0; i < models->count; i++) {
        llmc__mem_free(models->ids[i]);
    }
    llmc__mem_free(models->ids);
    memset(models, 0, sizeof *models);
}

static bool copy_ids(llmc__mock_models *models, const char *const *ids, size_t count) {
    models->ids = llmc__mem_calloc(count > 0 ? count : 1, sizeof *models->ids);
    for (size_t i = 0; models->ids != NULL && i < count; i++) {
        models->ids[i] = llmc__mem_strdup(ids[i]);
        if (models->ids[i] == NULL) {
            return false;
        }
        models->count++;
    }
    return models->ids != NULL;
}

llmc_status llmc_mock_set_models(llmc_mock *mock, const char *const *ids, size_t count, size_t per_page) {
    llmc__mock_models fresh = {NULL, 0, per_page}, old;
    if (mock == NULL || (ids == NULL && count > 0)) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    if (!copy_ids(&fresh, ids, count)) {
        llmc__mock_models_free(&fresh);
        return LLMC_ERR_NO_MEMORY;
    }
    llmc__mutex_lock(&mock->mutex);
    old = mock->shared.models;
    mock->shared.models = fresh;
    llmc__mutex_unlock(&mock->mutex);
    llmc__mock_models_free(&old);
    return LLMC_OK;
}

/* ---- what was asked ---- */

static bool ends_with(llmc__mock_span path, const char *end) {
    size_t len = strlen(end);
    return path.len >= len && memcmp(path.data + path.len - len, end, len) == 0;
}

bool llmc__mock_is_models(llmc__mock_span path) {
    return ends_with(path, "/models") || ends_with(path, "/api/tags") || ends_with(path, "/foundation-models");
}

/* The value behind "name=" in the query; data NULL: there is none. */
static llmc__mock_span query_value(llmc__mock_span path, const char *name) {
    size_t name_len = strlen(name);
    const char *end = path.data + path.len;
    const char *at = memchr(path.data, '?', path.len);
    while (at != NULL && at + 1 + name_len < end) {
        const char *next = memchr(at + 1, '&', (size_t)(end - at - 1));
        if (memcmp(at + 1, name, name_len) == 0 && at[1 + name_len] == '=') {
            const char *value = at + 2 + name_len;
            return (llmc__mock_span){value, (size_t)((next != NULL ? next : end) - value)};
        }
        at = next;
    }
    return (llmc__mock_span){NULL, 0};
}

typedef enum list_format {
    LIST_OPENAI,
    LIST_ANTHROPIC,
    LIST_GEMINI,
    LIST_COHERE,
    LIST_OLLAMA,
    LIST_BEDROCK
} list_format;

static list_format format_of(llmc__mock_span path) {
    const char *query = memchr(path.data, '?', path.len);
    llmc__mock_span bare = {path.data, query != NULL ? (size_t)(query - path.data) : path.len};
    if (ends_with(bare, "/api/tags")) {
        return LIST_OLLAMA;
    }
    if (ends_with(bare, "/foundation-models")) {
        return LIST_BEDROCK;
    }
    if (query_value(path, "limit").data != NULL) {
        return LIST_ANTHROPIC;
    }
    if (query_value(path, "pageSize").data != NULL) {
        return LIST_GEMINI;
    }
    return query_value(path, "page_size").data != NULL ? LIST_COHERE : LIST_OPENAI;
}

/* ---- writing ---- */

typedef struct page {
    llmc__mock_answer *answer;
    list_format format;
    const llmc__mock_models *models;
    size_t from, to;
} page;

static void put_model(const page *p, const char *id, size_t index) {
    static const char *const templates[] = {
        [LIST_OPENAI] = "{\"id\":\"%s\",\"object\":\"model\",\"created\":1735689600,\"owned_by\":\"llmclient\","
                        "\"context_length\":%d,\"max_completion_tokens\":%d}",
        [LIST_ANTHROPIC] = "{\"type\":\"model\",\"id\":\"%s\",\"created_at\":\"2025-01-01T00:00:00Z\","
                           "\"max_input_tokens\":%d,\"max_tokens\":%d}",
        [LIST_GEMINI] = "{\"name\":\"models/%s\",\"inputTokenLimit\":%d,\"outputTokenLimit\":%d}",
        [LIST_COHERE] = "{\"name\":\"%s\",\"endpoints\":[\"chat\"],\"context_length\":%d,\"max_output_tokens\":%d}",
        [LIST_OLLAMA] = "{\"name\":\"%s\",\"size\":%d,\"details\":{\"parameter_count\":%d}}",
        [LIST_BEDROCK] =
            "{\"modelId\":\"%s\",\"providerName\":\"Mock\",\"context_length\":%d,\"max_output_tokens\":%d}",
    };
    llmc__mock_write(p->answer, p->answer->body, templates[p->format], id, (int64_t)(1000 + index),
                     (int64_t)(100 + index));
}

static void put_end(const page *p) {
    llmc__buf *body = p->answer->body;
    bool more = p->to < p->models->count;
    if (p->format == LIST_ANTHROPIC) {
        llmc__mock_write(p->answer, body, "],\"has_more\":%s", more ? "true" : "false");
        if (p->to > p->from) {
            llmc__mock_write(p->answer, body, ",\"first_id\":\"%s\",\"last_id\":\"%s\"", p->models->ids[p->from],
                             p->models->ids[p->to - 1]);
        }
        llmc__mock_put_str(p->answer, body, "}");
    } else if (more && p->format == LIST_GEMINI) {
        llmc__mock_write(p->answer, body, "],\"nextPageToken\":\"at/%d\"}", (int64_t)p->to);
    } else if (more && p->format == LIST_COHERE) {
        llmc__mock_write(p->answer, body, "],\"next_page_token\":\"at/%d\"}", (int64_t)p->to);
    } else {
        llmc__mock_put_str(p->answer, body, "]}");
    }
}

static void put_page(const page *p) {
    static const char *const begins[] = {
        [LIST_OPENAI] = "{\"object\":\"list\",\"data\":[",
        [LIST_ANTHROPIC] = "{\"data\":[",
        [LIST_GEMINI] = "{\"models\":[",
        [LIST_COHERE] = "{\"models\":[",
        [LIST_OLLAMA] = "{\"models\":[",
        [LIST_BEDROCK] = "{\"modelSummaries\":[",
    };
    llmc__mock_put_str(p->answer, p->answer->body, begins[p->format]);
    for (size_t i = p->from; i < p->to; i++) {
        llmc__mock_write(p->answer, p->answer->body, "%c", i > p->from);
        put_model(p, p->models->ids[i], i);
    }
    put_end(p);
}

/* Where the page begins: behind the model of that id, or at the number behind "at/". */
static size_t begin_of(const llmc__mock_models *models, llmc__mock_span path) {
    static const char mark[] = "at%2F";
    llmc__mock_span id = query_value(path, "after_id"), token = query_value(path, "pageToken");
    int64_t at = 0;
    token = token.data != NULL ? token : query_value(path, "page_token");
    for (size_t i = 0; id.data != NULL && i < models->count; i++) {
        if (strlen(models->ids[i]) == id.len && memcmp(models->ids[i], id.data, id.len) == 0) {
            return i + 1;
        }
    }
    if (token.len > sizeof mark - 1 && memcmp(token.data, mark, sizeof mark - 1) == 0 &&
        llmc__str_to_int64(token.data + sizeof mark - 1, token.len - (sizeof mark - 1), &at) && at > 0 &&
        (uint64_t)at < models->count) {
        return (size_t)at;
    }
    return 0;
}

static bool has_pages(list_format format) {
    return format == LIST_ANTHROPIC || format == LIST_GEMINI || format == LIST_COHERE;
}

void llmc__mock_put_models(llmc__mock_answer *answer) {
    static char only[] = "mock";
    static char *ids[] = {only};
    static const llmc__mock_models standard = {ids, 1, 0};
    llmc_mock *mock = answer->mock;
    const llmc__mock_span path = answer->asked->path;
    page p = {.answer = answer, .format = format_of(path)};
    llmc__mutex_lock(&mock->mutex);
    p.models = mock->shared.models.count > 0 ? &mock->shared.models : &standard;
    p.from = begin_of(p.models, path);
    p.to = p.models->count;
    if (has_pages(p.format) && p.models->per_page > 0 && p.to - p.from > p.models->per_page) {
        p.to = p.from + p.models->per_page;
    }
    put_page(&p);
    llmc__mutex_unlock(&mock->mutex);
}
