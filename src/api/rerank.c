/* Documents ordered by how well they answer a query: checked and copied into one request. */
#include <string.h>

#include "api/argument.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"
#include "model/request.h"
#include "model/response.h"

/* What the caller gave. */
typedef struct ranking {
    const char *model, *query;
    const char *const *documents;
    size_t count;
    const llmc_rerank_options *options;
} ranking;

static size_t length_of(const ranking *r, size_t index) {
    return r->options && r->options->lengths ? r->options->lengths[index] : strlen(r->documents[index]);
}

static llmc_status check_document(const ranking *r, size_t index) {
    size_t len = length_of(r, index), good;
    if (len == 0)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "documents[%zu]: must not be empty", index);
    good = llmc__str_utf8_prefix(r->documents[index], len);
    if (good != len)
        return llmc__error_last(LLMC_ERR_INVALID_UTF8, "documents[%zu]: byte %zu is not valid UTF-8", index, good);
    return LLMC_OK;
}

static llmc_status check(const ranking *r) {
    llmc_status status = llmc__argument_check_text("query", r->query);
    if (status == LLMC_OK && r->options)
        status = llmc__argument_check_size(r->options->size, sizeof *r->options, "llmc_rerank_options");
    if (status != LLMC_OK)
        return status;
    if (!r->documents || r->count == 0)
        return llmc__argument_refuse("documents: there must be at least one");
    status = llmc__argument_check_list("documents", r->documents, r->count);
    for (size_t i = 0; i < r->count && status == LLMC_OK; i++)
        status = check_document(r, i);
    return status;
}

static void release(void *arena) {
    llmc__mem_free(arena);
}

/* All documents in one piece of memory, which the input keeps. */
static bool copy_documents(const ranking *r, llmc__input *input) {
    size_t bytes = 0, at = 0;
    char *arena;
    for (size_t i = 0; i < r->count; i++) {
        size_t len = length_of(r, i);
        if (len > SIZE_MAX - bytes)
            return false;
        bytes += len;
    }
    arena = llmc__mem_alloc(bytes);
    if (!arena)
        return false;
    for (size_t i = 0; i < r->count; i++) {
        size_t len = length_of(r, i);
        memcpy(arena + at, r->documents[i], len);
        input->texts[i] = (llmc__text){arena + at, len};
        at += len;
    }
    input->keeper = arena;
    input->release = release;
    return true;
}

static llmc__input *make_input(const ranking *r) {
    llmc__input *input = llmc__input_new(LLMC__OP_RERANK, r->count);
    size_t top_n = r->options ? r->options->top_n : 0;
    if (!input)
        return NULL;
    input->top_n = (int64_t)(top_n < r->count ? top_n : r->count); /* 0 stays: all */
    input->query = llmc__mem_strdup(r->query);
    if (input->query && copy_documents(r, input))
        return input;
    llmc__input_unref(input);
    return NULL;
}

static llmc_status make_request(const ranking *r, llmc_request **out) {
    llmc_request *named = NULL;
    llmc__input *input;
    llmc_status status = llmc_request_new(r->model, &named); /* checks the name */
    llmc_request_free(named);
    if (status == LLMC_OK)
        status = check(r);
    if (status != LLMC_OK)
        return status;
    input = make_input(r);
    *out = input ? llmc__request_for(r->model, r->options ? r->options->settings : NULL, LLMC__OP_RERANK, input) : NULL;
    llmc__input_unref(input);
    return *out ? LLMC_OK : llmc__argument_no_memory("documents");
}

llmc_status llmc_rerank(llmc_client *client, const char *model, const char *query, const char *const *documents,
                        size_t count, const llmc_rerank_options *options, llmc_response **out) {
    ranking r = {model, query, documents, count, options};
    llmc_request *request = NULL;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    status = make_request(&r, &request);
    if (status == LLMC_OK)
        status = llmc_execute(client, request, out);
    llmc_request_free(request);
    return status;
}

llmc_status llmc_rerank_async(llmc_client *client, const char *model, const char *query, const char *const *documents,
                              size_t count, const llmc_rerank_options *options, llmc_done_fn on_done, void *user_data,
                              llmc_call **out) {
    ranking r = {model, query, documents, count, options};
    llmc_request *request = NULL;
    llmc_status status;
    if (out)
        *out = NULL;
    status = make_request(&r, &request);
    if (status == LLMC_OK)
        status = llmc_execute_async(client, request, on_done, user_data, out);
    llmc_request_free(request);
    return status;
}

/* ---- the answer ---- */

static const llmc__result *result_of(const llmc_response *response) {
    const llmc__result *result = response ? response->result : NULL;
    return result && result->op == LLMC__OP_RERANK ? result : NULL;
}

size_t llmc_response_rank_count(const llmc_response *response) {
    const llmc__result *result = result_of(response);
    return result ? result->rank_count : 0;
}

bool llmc_response_rank(const llmc_response *response, size_t place, llmc_rank *out) {
    const llmc__result *result = result_of(response);
    if (!result || !out || place >= result->rank_count)
        return false;
    *out = (llmc_rank){result->ranks[place].index, result->ranks[place].score};
    return true;
}

int64_t llmc_response_search_units(const llmc_response *response) {
    const llmc__result *result = result_of(response);
    return result ? result->count : -1;
}
