/* The models of a provider: one call a page, each ending by starting the next. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "api/argument.h"
#include "api/work.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/error.h"

#define MAX_NAME  64
#define MAX_PAGES 1000

struct llmc_model_list {
    llmc__work work;
    llmc_request *like; /* how each page is asked for */
    int64_t due_us;     /* INT64_MAX: never */

    /* Of the thread whose call has ended, until `known`; then constant. */
    llmc__result **pages; /* counted */
    size_t page_count, count;
    llmc_response *response; /* counted; NULL: no memory for one */
    size_t page_cap;
    atomic_bool known;

    llmc__errand errand; /* the page under way */
    size_t max_models;
    llmc_models_fn on_done;
    void *user_data;
};

/* Takes the response. */
static void finish(llmc_model_list *list, llmc_status status, llmc_response *response) {
    list->work.status = status;
    list->response = response;
    atomic_store_explicit(&list->known, true, memory_order_release);
    if (list->on_done)
        list->on_done(list, status, list->user_data);
    llmc__work_finish(&list->work);
    llmc_model_list_free(list);
}

static void fail(llmc_model_list *list, llmc_status status, const char *message) {
    finish(list, status, llmc__work_refusal(&list->work, status, message));
}

/* ---- pages ---- */

static bool add_page(llmc_model_list *list, llmc__result *page) {
    if (!llmc__mem_make_room(&list->pages, list->page_count, &list->page_cap, sizeof *list->pages))
        return false;
    list->pages[list->page_count++] = llmc__result_ref(page);
    list->count += page->model_count;
    return true;
}

/* A server that answers every page with the same one would never end. */
static bool repeats(const llmc_model_list *list, const char *cursor) {
    for (size_t i = 0; i + 1 < list->page_count; i++)
        if (strcmp(list->pages[i]->next, cursor) == 0)
            return true;
    return false;
}

/* Lends the call a request for the page. */
static llmc_status start_page(llmc_model_list *list, const char *cursor, int64_t left_ms) {
    llmc__hooks hooks = {0};
    llmc__input *input = llmc__input_new(LLMC__OP_MODELS, 0);
    llmc_request page = *list->like;
    llmc_status status;
    page.input = input;
    if (left_ms > 0)
        page.timeouts.total_ms = left_ms;
    if (input && cursor)
        input->cursor = llmc__mem_strdup(cursor);
    if (!input || (cursor && !input->cursor))
        status = llmc__argument_no_room("the request of a page");
    else
        status = llmc__errand_start(&list->errand, &page, &hooks);
    llmc__input_unref(input);
    return status;
}

static llmc_response *pop_response(llmc_model_list *list) {
    llmc_response *response = list->errand.response;
    list->errand.response = NULL;
    return response;
}

static void next_page(llmc_model_list *list, const char *cursor) {
    llmc_response *refused;
    int64_t left_ms = 0;
    llmc_status status;
    if (list->due_us != INT64_MAX) {
        left_ms = (list->due_us - llmc__clock_us()) / 1000;
        if (left_ms <= 0) {
            fail(list, LLMC_ERR_TIMEOUT_TOTAL, "the whole time of the list was up before its last page");
            return;
        }
    }
    status = start_page(list, cursor, left_ms);
    if (status == LLMC_OK)
        return;
    if (status == LLMC_ERR_CLOSED)
        status = LLMC_ERR_CANCELLED; /* by the client's end */
    refused = pop_response(list);
    finish(list, status, refused ? refused : llmc__work_refusal(&list->work, status, llmc__error_last_text()));
}

/* What the page leads to. */
static void take_page(llmc_model_list *list, llmc_response *response) {
    const char *cursor = response->result->next;
    if (list->count > list->max_models || (cursor && list->count == list->max_models)) {
        list->count = list->max_models;
        fail(list, LLMC_ERR_TOO_LARGE, "the provider has more models than max_models");
    } else if (!cursor) {
        finish(list, LLMC_OK, llmc__response_ref(response));
    } else if (list->page_count >= MAX_PAGES || repeats(list, cursor)) {
        fail(list, LLMC_ERR_BAD_RESPONSE, "the provider's list of models does not come to an end");
    } else {
        next_page(list, cursor);
    }
}

/* One page is under way at a time: nobody else looks at the errand. */
static void go_on(llmc__work *work) {
    llmc_model_list *list = (llmc_model_list *)work;
    llmc_response *response = pop_response(list);
    llmc__mutex_lock(&work->lock);
    llmc__list_remove(&work->rest->ended, &list->errand.node);
    llmc__mutex_unlock(&work->lock);
    if (response->status != LLMC_OK)
        finish(list, response->status, llmc__response_ref(response));
    else if (!add_page(list, response->result))
        fail(list, LLMC_ERR_NO_MEMORY, "no memory for a page of models");
    else
        take_page(list, response);
    llmc__response_unref(response);
}

/* ---- making one ---- */

static llmc_status check(const llmc_client *client, const char *provider, const llmc_list_options *options) {
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    if (!llmc__targets_name_is_valid(provider))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "provider: must be a provider's name, 1 to %d of a-z 0-9 . _ -", MAX_NAME);
    return options ? llmc__argument_check_size(options->size, sizeof *options, "llmc_list_options") : LLMC_OK;
}

/* The models of another provider are no answer, so there are no fallbacks. */
static llmc_request *make_like(const char *provider, const llmc_request *settings) {
    char model[MAX_NAME + sizeof "/models"];
    llmc_request plain = {.parallel_tools = -1};
    llmc_request *like;
    if (settings)
        plain = *settings; /* lent to the copy */
    plain.fallbacks = NULL;
    plain.fallback_count = 0;
    (void)snprintf(model, sizeof model, "%s/models", provider);
    like = llmc__request_for(model, &plain, LLMC__OP_MODELS, NULL);
    if (like)
        like->cache_mode = LLMC_CACHE_BYPASS;
    return like;
}

static int64_t due_of(const llmc_model_list *list) {
    int64_t own = list->like->timeouts.total_ms, now = llmc__clock_us();
    int64_t total = own ? own : list->work.client->options.timeout_ms;
    return llmc__deadline_after(now, total);
}

static void clear(llmc__work *work) {
    llmc_model_list *list = (llmc_model_list *)work;
    for (size_t i = 0; i < list->page_count; i++)
        llmc__result_unref(list->pages[i]);
    llmc__mem_free(list->pages);
    llmc__request_free(list->like);
    llmc__response_unref(list->response);
    llmc__response_unref(list->errand.response);
}

static const llmc__work_kind kind = {clear, go_on};

static llmc_model_list *make(llmc_client *client, const char *provider, const llmc_list_options *options) {
    llmc_model_list *list = llmc__work_new(client, sizeof *list, &kind);
    if (!list)
        return NULL;
    list->errand.work = &list->work;
    list->max_models = options && options->max_models ? options->max_models : 10000;
    list->like = make_like(provider, options ? options->settings : NULL);
    if (list->like) {
        list->due_us = due_of(list);
        return list;
    }
    llmc_model_list_free(list);
    return NULL;
}

llmc_model_list *llmc_model_list_ref(llmc_model_list *list) {
    return llmc__work_ref(list);
}

void llmc_model_list_free(llmc_model_list *list) {
    llmc__work_unref(list);
}

void llmc_model_list_cancel(llmc_model_list *list) {
    llmc__work_cancel(list);
}

/* A list whose first page is on its way; NULL, and *status why not. */
static llmc_model_list *start(llmc_client *client, const char *provider, const llmc_list_options *options,
                              llmc_models_fn on_done, void *user_data, llmc_status *status) {
    llmc_model_list *list = make(client, provider, options);
    if (!list) {
        *status = llmc__argument_no_room("a list of models");
        return NULL;
    }
    list->on_done = on_done;
    list->user_data = user_data;
    llmc_model_list_ref(list); /* given back by `finish` */
    *status = start_page(list, NULL, 0);
    if (*status == LLMC_OK)
        return list;
    llmc_model_list_free(list);
    llmc_model_list_free(list);
    return NULL;
}

llmc_status llmc_list_models_async(llmc_client *client, const char *provider, const llmc_list_options *options,
                                   llmc_models_fn on_done, void *user_data, llmc_model_list **out) {
    llmc_model_list *list;
    llmc_status status = check(client, provider, options);
    if (out)
        *out = NULL;
    if (status != LLMC_OK)
        return status;
    list = start(client, provider, options, on_done, user_data, &status);
    if (out)
        *out = list;
    else
        llmc_model_list_free(list);
    return status;
}

/* ---- waiting ---- */

llmc_status llmc_model_list_wait(llmc_model_list *list) {
    return llmc__work_join(list, "list");
}

llmc_status llmc_list_models(llmc_client *client, const char *provider, const llmc_list_options *options,
                             llmc_model_list **out) {
    llmc_model_list *list;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    status = check(client, provider, options);
    if (status == LLMC_OK)
        status = llmc__client_may_block(client);
    if (status != LLMC_OK)
        return status;
    list = start(client, provider, options, NULL, NULL, &status);
    if (!list)
        return status;
    *out = list;
    return llmc__work_wait(&list->work, list->like->interrupt, list->like->interrupt_data);
}

/* ---- what came of it ---- */

static bool is_known(const llmc_model_list *list) {
    return list && atomic_load_explicit(&((llmc_model_list *)(uintptr_t)list)->known, memory_order_acquire);
}

llmc_status llmc_model_list_status(const llmc_model_list *list) {
    if (!list)
        return LLMC_ERR_INVALID_ARGUMENT;
    return is_known(list) ? list->work.status : LLMC_OK;
}

size_t llmc_model_list_count(const llmc_model_list *list) {
    return is_known(list) ? list->count : 0;
}

static const char *text_of(const char *text) {
    return text ? text : "";
}

bool llmc_model_list_at(const llmc_model_list *list, size_t index, llmc_model_info *out) {
    const llmc__model *model;
    size_t page = 0;
    if (!is_known(list) || !out || index >= list->count)
        return false;
    while (index >= list->pages[page]->model_count)
        index -= list->pages[page++]->model_count;
    model = &list->pages[page]->models[index];
    *out = (llmc_model_info){text_of(model->id),   text_of(model->name), text_of(model->owner), model->context_tokens,
                             model->output_tokens, model->created_s,     text_of(model->json)};
    return true;
}

const llmc_response *llmc_model_list_response(const llmc_model_list *list) {
    return is_known(list) ? list->response : NULL;
}
