/*
 * Single texts of many threads, gathered into few requests. A text waits while it is likely that others come soon, and
 * no longer: until the request is full, until the stream of texts pauses, or for max_delay_ms. One that comes alone is
 * sent at once. Packs go the way of llmc_embed, which finds equal texts, looks at the cache and divides what is
 * refused.
 */
#include <limits.h>
#include <string.h>

#include "api/argument.h"
#include "api/embed.h"
#include "api/work.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/job.h"
#include "model/error.h"
#include "policy/gather.h"

#define ITEM(n)   LLMC__CONTAINER(n, item, node)
#define FLIGHT(n) LLMC__CONTAINER(n, flight, node)

/* A text that waits or is under way. */
typedef struct item {
    llmc__list_node node;
    char *text; /* owned */
    size_t len;
    llmc_vector_fn on_done; /* NULL: somebody waits */
    void *user_data;
    float *vector;
    size_t capacity, dimensions;
    llmc_response *reason; /* counted; of a failure */
    llmc_status status;
    llmc__cond cond; /* of somebody who waits */
    bool ended;
} item;

/* Texts that were sent together. */
typedef struct flight {
    llmc_batcher *batcher; /* counted */
    llmc__list_node node;
    llmc_embeddings *embeddings; /* counted; NULL before it is started */
    item **items;
    size_t count;
} flight;

struct llmc_batcher {
    llmc__work work;

    /* Under lock. */
    bool closed;   /* no more texts are taken */
    bool released; /* the loop has let it go */
    size_t queued_bytes;
    llmc__list queue, flights, refused;
    llmc__gather gather;

    /* Constant. */
    llmc__job job;
    char *model, *task;
    llmc_request *settings;
    size_t max_queued;
    llmc_embed_options embed; /* its pointers are those above, or NULL */
};

static void clear(llmc__work *work) {
    llmc_batcher *b = (llmc_batcher *)work;
    llmc__mem_free(b->model);
    llmc__mem_free(b->task);
    llmc_request_free(b->settings);
}

/* ---- the end of texts ---- */

static void item_free(item *it) {
    llmc__response_unref(it->reason);
    llmc__mem_free(it->text);
    llmc__mem_free(it);
}

/* Whoever waits owns the item. */
static void end_item(llmc_batcher *b, item *it, const float *vector) {
    if (it->on_done) {
        it->on_done(it->status, it->reason ? &it->reason->error : NULL, vector, vector ? it->dimensions : 0,
                    it->user_data);
        item_free(it);
        return;
    }
    if (vector && it->capacity >= it->dimensions)
        memcpy(it->vector, vector, it->dimensions * sizeof *vector);
    llmc__mutex_lock(&b->work.lock);
    it->ended = true;
    llmc__cond_broadcast(&it->cond);
    llmc__mutex_unlock(&b->work.lock);
}

static void refuse_item(llmc_batcher *b, item *it, llmc_status status, const char *message) {
    it->status = status;
    it->reason = llmc__work_refusal(&b->work, status, message);
}

static void end_refused(llmc_batcher *b) {
    llmc__list refused;
    llmc__list_node *node;
    llmc__list_init(&refused);
    llmc__mutex_lock(&b->work.lock);
    llmc__list_move_all(&refused, &b->refused);
    llmc__mutex_unlock(&b->work.lock);
    while ((node = llmc__list_pop_front(&refused)))
        end_item(b, ITEM(node), NULL);
}

/* ---- sending ---- */

static void call_loop(llmc_batcher *b) {
    llmc__mutex_lock(&b->work.lock);
    if (!b->released)
        llmc__job_call(&b->job);
    llmc__mutex_unlock(&b->work.lock);
}

static void flight_free(flight *f) {
    llmc_batcher *b = f->batcher;
    llmc_embeddings_unref(f->embeddings);
    llmc__mem_free(f->items);
    llmc__mem_free(f);
    llmc__work_unref(b);
}

static void send_due(llmc_batcher *b);

static void on_done(llmc_embeddings *e, llmc_status status, void *user_data) {
    flight *f = user_data;
    llmc_batcher *b = f->batcher;
    (void)status;
    llmc__mutex_lock(&b->work.lock);
    llmc__list_remove(&b->flights, &f->node);
    llmc__gather_ended(&b->gather);
    llmc__mutex_unlock(&b->work.lock);
    send_due(b);  /* who has waited for this one need not wait for what is done with it */
    call_loop(b); /* and who is to wait a little more has a timer from now on */
    for (size_t i = 0; i < f->count; i++) {
        item *it = f->items[i];
        it->status = llmc__embed_text_of(e, i, &it->reason);
        it->dimensions = llmc_embeddings_dimensions(e);
        end_item(b, it, llmc_embeddings_vector(e, i));
    }
    flight_free(f);
}

/* With the lock held: the oldest texts, as many as one request takes. NULL: no memory. */
static flight *take(llmc_batcher *b) {
    size_t most = b->queue.count < b->gather.max_texts ? b->queue.count : b->gather.max_texts, bytes = 0;
    flight *f = llmc__mem_calloc(1, sizeof *f);
    if (f)
        f->items = llmc__mem_calloc(most, sizeof *f->items);
    if (!f || !f->items) {
        llmc__mem_free(f);
        return NULL;
    }
    while (f->count < most) {
        item *it = ITEM(llmc__list_first(&b->queue));
        if (f->count && b->gather.max_bytes && bytes + it->len > b->gather.max_bytes)
            break;
        bytes += it->len;
        llmc__list_remove(&b->queue, &it->node);
        f->items[f->count++] = it;
    }
    b->queued_bytes -= bytes;
    f->batcher = llmc__work_ref(b);
    llmc__list_push_back(&b->flights, &f->node);
    llmc__gather_sent(&b->gather, f->count, llmc__clock_us());
    return f;
}

static llmc__text text_at(const void *from, size_t index) {
    const item *it = ((const flight *)from)->items[index];
    return (llmc__text){it->text, it->len};
}

static llmc_status start(llmc_batcher *b, flight *f) {
    llmc__embed_source source = {text_at, f};
    llmc_embeddings *e = NULL;
    llmc_status status = llmc__embed_new(b->work.client, b->model, &source, f->count, &b->embed, &e);
    bool closed;
    if (status != LLMC_OK)
        return status;
    e->on_done = on_done;
    e->user_data = f;
    llmc__mutex_lock(&b->work.lock);
    f->embeddings = llmc_embeddings_ref(e);
    closed = b->closed;
    llmc__mutex_unlock(&b->work.lock);
    if (closed) /* since these texts were taken: whoever closed it could not cancel them yet */
        llmc_embeddings_cancel(e);
    status = llmc__embed_post(e);
    llmc_embeddings_unref(e);
    return status;
}

/* In the loop, never in the call that brought them; when the client has ended there is no loop any more. */
static void tell_refused(llmc_batcher *b) {
    bool released;
    llmc__mutex_lock(&b->work.lock);
    released = b->released;
    llmc__mutex_unlock(&b->work.lock);
    if (released)
        end_refused(b);
    else
        call_loop(b);
}

static void give_back(llmc_batcher *b, flight *f, llmc_status status) {
    for (size_t i = 0; i < f->count; i++)
        refuse_item(b, f->items[i], status == LLMC_ERR_CLOSED ? LLMC_ERR_CANCELLED : status, llmc__error_last_text());
    llmc__mutex_lock(&b->work.lock);
    llmc__list_remove(&b->flights, &f->node);
    llmc__gather_ended(&b->gather);
    for (size_t i = 0; i < f->count; i++)
        llmc__list_push_back(&b->refused, &f->items[i]->node);
    llmc__mutex_unlock(&b->work.lock);
    tell_refused(b);
    flight_free(f);
}

/* With the lock held: nothing can be sent, and waiting does not help. */
static void refuse_all(llmc_batcher *b) {
    for (llmc__list_node *node = llmc__list_first(&b->queue); node; node = llmc__list_next(&b->queue, node))
        refuse_item(b, ITEM(node), LLMC_ERR_NO_MEMORY, "no memory for a request");
    llmc__list_move_all(&b->refused, &b->queue);
    b->queued_bytes = 0;
}

static void send_out(llmc_batcher *b, flight *f) {
    llmc_status status = start(b, f);
    if (status != LLMC_OK)
        give_back(b, f, status);
}

/* Once it is closed nothing more is sent, though what waits may not have been ended yet. */
static int64_t due_us(const llmc_batcher *b) {
    return b->closed ? INT64_MAX : llmc__gather_due(&b->gather, b->queue.count, b->queued_bytes);
}

/* Sends what is due. Any thread. */
static void send_due(llmc_batcher *b) {
    bool due = true;
    while (due) {
        flight *f = NULL;
        llmc__mutex_lock(&b->work.lock);
        due = due_us(b) <= llmc__clock_us();
        if (due && !(f = take(b)))
            refuse_all(b);
        llmc__mutex_unlock(&b->work.lock);
        if (f)
            send_out(b, f);
        else if (due)
            tell_refused(b);
    }
}

/* ---- in the loop ---- */

static void close_queue(llmc_batcher *b) {
    llmc__list queue;
    llmc__list_node *node;
    llmc__list_init(&queue);
    llmc__mutex_lock(&b->work.lock);
    b->closed = true;
    llmc__list_move_all(&queue, &b->queue);
    b->queued_bytes = 0;
    llmc__mutex_unlock(&b->work.lock);
    while ((node = llmc__list_pop_front(&queue))) {
        item *it = ITEM(node);
        refuse_item(b, it, LLMC_ERR_CANCELLED, "the batcher was freed before this text was sent");
        end_item(b, it, NULL);
    }
}

static void wake_later(llmc_batcher *b) {
    int64_t due;
    llmc__mutex_lock(&b->work.lock);
    due = due_us(b);
    llmc__mutex_unlock(&b->work.lock);
    llmc__job_wake_at(&b->job, due);
}

static void run(llmc__job *job, llmc__job_reason reason) {
    llmc_batcher *b = LLMC__CONTAINER(job, llmc_batcher, job);
    bool closed;
    end_refused(b);
    llmc__mutex_lock(&b->work.lock);
    closed = b->closed || reason == LLMC__JOB_CLOSING;
    if (reason == LLMC__JOB_NO_TIMER)
        llmc__gather_hurry(&b->gather);
    llmc__mutex_unlock(&b->work.lock);
    if (closed) {
        close_queue(b);
        llmc__job_end(job);
        return;
    }
    send_due(b);
    if (reason != LLMC__JOB_NO_TIMER)
        wake_later(b);
}

static void release(llmc__job *job) {
    llmc_batcher *b = LLMC__CONTAINER(job, llmc_batcher, job);
    llmc__mutex_lock(&b->work.lock);
    b->released = true;
    llmc__mutex_unlock(&b->work.lock);
    end_refused(b);
    llmc__work_unref(b);
}

/* ---- taking texts ---- */

static llmc_status check(const llmc_batcher *b, const char *text, size_t len) {
    llmc_status status;
    if (!b || !text)
        return llmc__argument_null(b ? "text" : "batcher");
    status = llmc__client_check(b->work.client);
    if (status == LLMC_OK && len == 0)
        return llmc__argument_refuse("text is empty");
    return status;
}

static item *item_new(const char *text, size_t len) {
    item *it = llmc__mem_calloc(1, sizeof *it);
    if (!it)
        return NULL;
    it->text = llmc__mem_strndup(text, len);
    it->len = len;
    if (it->text)
        return it;
    llmc__mem_free(it);
    return NULL;
}

/* Takes the item on LLMC_OK. The thread that brings the text which makes a request due sends it. */
static llmc_status enqueue(llmc_batcher *b, item *it) {
    llmc_status status = LLMC_OK;
    bool first = false;
    llmc__mutex_lock(&b->work.lock);
    if (b->closed) {
        status = llmc__error_last(LLMC_ERR_CLOSED, "the batcher is being freed");
    } else if (b->queue.count >= b->max_queued) {
        status =
            llmc__error_last(LLMC_ERR_QUEUE_FULL, "the batcher holds max_queued (%zu) texts already", b->max_queued);
    } else {
        llmc__list_push_back(&b->queue, &it->node);
        b->queued_bytes += it->len;
        first = b->queue.count == 1;
        llmc__gather_came(&b->gather, first, llmc__clock_us());
    }
    llmc__mutex_unlock(&b->work.lock);
    if (status != LLMC_OK)
        return status;
    send_due(b);
    if (first)
        call_loop(b); /* the loop's timer looks after what was not sent */
    return LLMC_OK;
}

llmc_status llmc_batcher_embed_async(llmc_batcher *batcher, const char *text, size_t len, llmc_vector_fn on_done_fn,
                                     void *user_data) {
    llmc_status status = check(batcher, text, len);
    item *it;
    if (status == LLMC_OK && !on_done_fn)
        status = llmc__argument_null("on_done");
    if (status != LLMC_OK)
        return status;
    it = item_new(text, len);
    if (!it)
        return llmc__argument_no_room("a text");
    it->on_done = on_done_fn;
    it->user_data = user_data;
    llmc__work_ref(batcher);
    status = enqueue(batcher, it);
    if (status != LLMC_OK)
        item_free(it);
    llmc__work_unref(batcher);
    return status;
}

static bool has_ended(void *ctx) {
    return ((item *)ctx)->ended;
}

static llmc_status wait_for(llmc_batcher *b, item *it) {
    llmc__wait wait = {.lock = &b->work.lock, .cond = &it->cond, .ready = has_ended, .ctx = it};
    llmc__engine_wait(b->work.client, &wait, INT64_MAX);
    if (it->status != LLMC_OK)
        return llmc__error_last(it->status, "%s",
                                it->reason ? llmc_error_message(&it->reason->error) : llmc_status_message(it->status));
    if (it->capacity >= it->dimensions)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "capacity is %zu, but the vector has %zu dimensions",
                            it->capacity, it->dimensions);
}

llmc_status llmc_batcher_embed(llmc_batcher *batcher, const char *text, size_t len, float *vector, size_t capacity,
                               size_t *dimensions) {
    llmc_status status = check(batcher, text, len);
    item *it;
    if (dimensions)
        *dimensions = 0;
    if (status == LLMC_OK && !vector)
        status = llmc__argument_null("vector");
    if (status == LLMC_OK)
        status = llmc__client_may_block(batcher->work.client);
    if (status != LLMC_OK)
        return status;
    it = item_new(text, len);
    if (!it || llmc__cond_init(&it->cond) != LLMC_OK) {
        if (it)
            item_free(it);
        return llmc__argument_no_room("a text");
    }
    it->vector = vector;
    it->capacity = capacity;
    llmc__work_ref(batcher); /* it may be freed while this waits */
    status = enqueue(batcher, it);
    if (status == LLMC_OK)
        status = wait_for(batcher, it);
    if (dimensions)
        *dimensions = it->dimensions;
    llmc__cond_destroy(&it->cond);
    item_free(it);
    llmc__work_unref(batcher);
    return status;
}

/* ---- making and freeing one ---- */

static llmc_status check_options(const llmc_client *client, const char *model, const llmc_batcher_options *options) {
    llmc_status status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    status = llmc__embed_check_model(model);
    if (status != LLMC_OK)
        return status;
    status = llmc__argument_check_size(options->size, sizeof *options, "llmc_batcher_options");
    if (status != LLMC_OK)
        return status;
    if (options->max_delay_ms < LLMC_TIMEOUT_NONE || options->max_delay_ms > 60000)
        return llmc__argument_refuse("options.max_delay_ms is below -1 or above 60000");
    return options->embed ? llmc__embed_check_options(options->embed) : LLMC_OK;
}

static int64_t delay_us(int64_t delay_ms) {
    return delay_ms < 0 ? 0 : (delay_ms ? delay_ms : 5) * 1000;
}

static bool fill(llmc_batcher *b, const char *model, const llmc_batcher_options *options) {
    llmc__op_limits limits;
    b->embed = options->embed ? *options->embed : llmc__embed_defaults;
    b->model = llmc__mem_strdup(model);
    b->task = llmc__mem_strdup(b->embed.task);
    b->settings = llmc__request_for(model, b->embed.settings, LLMC__OP_EMBED, NULL);
    if (!b->model || (b->embed.task && !b->task) || !b->settings)
        return false;
    b->embed.task = b->task;
    b->embed.settings = b->settings;
    b->embed.lengths = NULL;
    b->embed.vectors = NULL;
    b->embed.on_progress = NULL;
    b->embed.interrupt = NULL;
    llmc__route_limits(b->work.client, b->settings, &limits);
    llmc__gather_init(&b->gather,
                      options->max_texts ? options->max_texts
                      : limits.texts     ? limits.texts
                                         : 256,
                      options->max_bytes ? options->max_bytes : limits.bytes,
                      options->max_concurrency ? options->max_concurrency : 4, delay_us(options->max_delay_ms));
    b->max_queued = options->max_queued ? options->max_queued : 100000;
    return true;
}

llmc_status llmc_batcher_new(llmc_client *client, const char *model, const llmc_batcher_options *options,
                             llmc_batcher **out) {
    static const llmc_batcher_options defaults = LLMC_BATCHER_OPTIONS_INIT;
    static const llmc__work_kind kind = {clear, NULL}; /* it has no errands */
    llmc_batcher *b;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    options = options ? options : &defaults;
    status = check_options(client, model, options);
    if (status != LLMC_OK)
        return status;
    b = llmc__work_new(client, sizeof *b, &kind);
    if (!b || !fill(b, model, options)) {
        llmc__work_unref(b);
        return llmc__argument_no_room("a batcher");
    }
    b->job.run = run;
    b->job.release = release;
    b->work.job = &b->job;
    llmc__work_ref(b); /* the loop's */
    status = llmc__work_post(&b->work);
    if (status == LLMC_OK) {
        *out = b;
        return status;
    }
    llmc__work_unref(b);
    llmc__work_unref(b);
    return status;
}

void llmc_batcher_free(llmc_batcher *batcher) {
    llmc_batcher *b = batcher;
    llmc__list_node *node;
    if (!b)
        return;
    llmc__mutex_lock(&b->work.lock);
    b->closed = true;
    for (node = llmc__list_first(&b->flights); node; node = llmc__list_next(&b->flights, node))
        if (FLIGHT(node)->embeddings)
            llmc_embeddings_cancel(FLIGHT(node)->embeddings);
    llmc__mutex_unlock(&b->work.lock);
    call_loop(b);
    llmc__work_unref(b);
}
