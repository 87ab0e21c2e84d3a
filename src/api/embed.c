/* Embeddings: what is checked, made and waited for; how it runs stands in embed_run.c. */
#include <limits.h>
#include <string.h>

#include "api/argument.h"
#include "api/embed.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"

const llmc_embed_options llmc__embed_defaults = LLMC_EMBED_OPTIONS_INIT;

/* ---- checks ---- */

llmc_status llmc__embed_check_options(const llmc_embed_options *options) {
    llmc_status status = llmc__argument_check_size(options->size, sizeof *options, "llmc_embed_options");
    if (status != LLMC_OK)
        return status;
    if (options->dimensions < 0)
        return llmc__argument_refuse("options.dimensions is negative");
    status =
        llmc__argument_check_enum("options.encoding", (int)options->encoding, LLMC_EMBED_BASE64, "llmc_embed_encoding");
    if (status == LLMC_OK)
        status = llmc__argument_check_enum("options.truncate", (int)options->truncate, LLMC_EMBED_TRUNCATE_YES,
                                           "llmc_embed_truncate");
    if (status != LLMC_OK)
        return status;
    if (options->vectors && !options->vector_dimensions)
        return llmc__argument_refuse(
            "options.vector_dimensions is 0: it tells how long the rows of options.vectors are");
    if (options->task &&
        (!*options->task || options->task[llmc__str_utf8_prefix(options->task, strlen(options->task))]))
        return llmc__argument_refuse("options.task is empty or not UTF-8");
    return LLMC_OK;
}

llmc_status llmc__embed_check_model(const char *model) {
    if (!model)
        return llmc__argument_refuse("model is NULL");
    if (!*model || llmc__str_has_control(model, strlen(model)))
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "model is empty or has a control character");
    return LLMC_OK;
}

static llmc_status check(const llmc_client *client, const char *model, const llmc_embed_options *options) {
    llmc_status status = llmc__client_check(client);
    if (status == LLMC_OK)
        status = llmc__embed_check_options(options);
    return status == LLMC_OK ? llmc__embed_check_model(model) : status;
}

/* A text that no provider takes fails alone, before it could make its neighbours fail. */
static void check_texts(llmc_embeddings *e) {
    for (size_t i = 0; i < e->text_count; i++) {
        const llmc__text *text = &e->texts[i].text;
        llmc_status status = text->len ? llmc__argument_check_utf8("the text", text->data, text->len)
                                       : llmc__argument_refuse("the text is empty");
        llmc_response *reason;
        if (status == LLMC_OK)
            continue;
        reason = llmc__work_refusal(&e->work, status, llmc__error_last_text());
        llmc__embed_fail(e, &i, 1, reason);
        llmc__response_unref(reason);
    }
}

/* ---- making one ---- */

static size_t or_known(size_t asked, size_t known) {
    return asked ? asked : known;
}

static bool fill(llmc_embeddings *e, const char *model, size_t count, const llmc_embed_options *options) {
    e->count = count;
    e->like = llmc__request_for(model, options->settings, LLMC__OP_EMBED, NULL);
    e->task = llmc__mem_strdup(options->task);
    if (!e->like || (options->task && !e->task))
        return false;
    e->dimensions_asked = options->dimensions;
    e->encoding = (llmc__encoding)options->encoding;
    e->truncate = (int)options->truncate - 1;
    e->rows = options->vectors;
    e->row_dimensions = options->vector_dimensions;
    e->width = options->max_concurrency ? options->max_concurrency : 10;
    e->on_progress = options->on_progress;
    e->progress_data = options->user_data;
    e->too_many_bytes = SIZE_MAX;
    llmc__route_limits(e->work.client, e->like, &e->limits);
    e->limits.texts = or_known(options->max_texts, e->limits.texts);
    e->limits.bytes = or_known(options->max_bytes, e->limits.bytes);
    e->limits.tokens = or_known(options->max_tokens, e->limits.tokens);
    return true;
}

/* Of one text at a time; the key must have all that can change the vector. */
static bool make_look(llmc_embeddings *e) {
    if (!e->work.client->caching.memory || e->like->cache_mode == LLMC_CACHE_BYPASS)
        return true;
    e->look = llmc__input_new(LLMC__OP_EMBED, 1);
    if (!e->look)
        return false;
    e->look->dimensions = e->dimensions_asked;
    e->look->truncate = e->truncate;
    e->look->task = llmc__mem_strdup(e->task);
    return e->look->task || !e->task;
}

llmc_status llmc__embed_new(llmc_client *client, const char *model, const llmc__embed_source *source, size_t count,
                            const llmc_embed_options *options, llmc_embeddings **out) {
    llmc_embeddings *e = llmc__work_new(client, sizeof *e, &llmc__embed_kind.work);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    if (!e || !fill(e, model, count, options) || !make_look(e))
        goto done;
    status = llmc__embed_collect(e, source);
    if (status != LLMC_OK)
        goto done;
    check_texts(e);
    llmc__embed_look(e);
    status = llmc__embed_ask_new(e);
    if (status == LLMC_OK && !e->ask)
        status = llmc__embed_divide(e);
done:
    if (status == LLMC_OK) {
        *out = e;
        return status;
    }
    llmc_embeddings_unref(e);
    return llmc__error_last(status, "no memory for %zu texts to embed", count);
}

void llmc__embed_clear(llmc__work *work) {
    llmc_embeddings *e = (llmc_embeddings *)work;
    for (size_t i = 0; i < e->text_count; i++) {
        llmc__result_unref(e->texts[i].holder);
        llmc__response_unref(e->texts[i].reason);
        llmc__response_unref(e->texts[i].stale);
    }
    llmc__embed_ask_unref(e->ask);
    llmc__embed_drop(e);
    llmc__pack_free(&e->packs);
    llmc__mem_free(e->texts);
    llmc__mem_free(e->places);
    llmc__mem_free(e->nexts);
    llmc__mem_free(e->arena);
    llmc__mem_free(e->task);
    llmc__mem_free(e->provider);
    llmc__mem_free(e->model);
    llmc_request_free(e->like);
    llmc__input_unref(e->look);
}

/* ---- the handle ---- */

llmc_embeddings *llmc_embeddings_ref(llmc_embeddings *embeddings) {
    return llmc__work_ref(embeddings);
}

void llmc_embeddings_unref(llmc_embeddings *embeddings) {
    llmc__work_unref(embeddings);
}

void llmc_embeddings_cancel(llmc_embeddings *embeddings) {
    llmc__work_cancel(embeddings);
}

/* ---- starting and waiting ---- */

/* Texts as a program gives them. */
typedef struct given {
    const char *const *texts;
    const size_t *lengths; /* NULL: they are terminated */
} given;

static llmc__text text_at(const void *from, size_t index) {
    const given *g = from;
    const char *text = g->texts[index];
    return (llmc__text){text, g->lengths ? g->lengths[index] : strlen(text)};
}

static llmc_status make(llmc_client *client, const char *model, const char *const *texts, size_t count,
                        const llmc_embed_options *options, llmc_embeddings **out) {
    given g = {.texts = texts};
    llmc__embed_source source = {text_at, &g};
    llmc_status status = check(client, model, options);
    if (status == LLMC_OK)
        status = llmc__argument_check_list("texts", texts, count);
    if (status != LLMC_OK)
        return status;
    g.lengths = options->lengths;
    return llmc__embed_new(client, model, &source, count, options, out);
}

llmc_status llmc_embed_async(llmc_client *client, const char *model, const char *const *texts, size_t count,
                             const llmc_embed_options *options, llmc_embed_done_fn on_done, void *user_data,
                             llmc_embeddings **out) {
    llmc_embeddings *e = NULL;
    llmc_status status = make(client, model, texts, count, options ? options : &llmc__embed_defaults, &e);
    if (out)
        *out = NULL;
    if (status != LLMC_OK || !e)
        return status;
    e->on_done = on_done;
    e->user_data = user_data;
    status = llmc__embed_post(e);
    if (status == LLMC_OK && out)
        *out = e;
    else
        llmc_embeddings_unref(e);
    return status;
}

llmc_status llmc_embeddings_wait(llmc_embeddings *embeddings) {
    return llmc__work_join(embeddings, "embeddings");
}

/* Where nothing was had, the reason of the first text is the reason of the call. */
static void tell_reason(const llmc_embeddings *e, llmc_status status) {
    const llmc_error *error = e->count ? llmc_embeddings_text_error(e, 0) : NULL;
    if (status != LLMC_OK && status != LLMC_ERR_PARTIAL)
        llmc__error_last(status, "%s", error ? llmc_error_message(error) : llmc_status_message(status));
}

llmc_status llmc_embed(llmc_client *client, const char *model, const char *const *texts, size_t count,
                       const llmc_embed_options *options, llmc_embeddings **out) {
    llmc_embeddings *e = NULL;
    llmc_status status = LLMC_OK;
    if (out)
        *out = NULL;
    options = options ? options : &llmc__embed_defaults;
    if (!out && (options->size != sizeof *options || !options->vectors))
        return llmc__argument_refuse("out is NULL, and options.vectors too: there is nowhere to put the vectors");
    status = make(client, model, texts, count, options, &e);
    if (status == LLMC_OK)
        status = llmc__client_may_block(client);
    if (status == LLMC_OK)
        status = llmc__embed_post(e);
    if (status != LLMC_OK || !e) {
        llmc_embeddings_unref(e);
        return status;
    }
    status = llmc__work_wait(&e->work, options->interrupt, options->user_data);
    tell_reason(e, status);
    if (out)
        *out = e;
    else
        llmc_embeddings_unref(e);
    return status;
}
