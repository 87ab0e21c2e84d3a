/* Pull streams: a push stream plus a bounded queue of copied events. */
#include <limits.h>
#include <string.h>

#include "api/argument.h"
#include "api/work.h"
#include "base/list.h"
#include "base/mem.h"
#include "engine/call.h"
#include "engine/engine.h"
#include "model/error.h"

/* The provider is held back when this much waits unread, and let go again at half of it. */
#define HIGH_WATER ((size_t)256 << 10)

/* A copied event; its strings stand behind it in the same block. */
typedef struct piece {
    llmc__list_node node;
    llmc_event event;
    size_t bytes;
    char text[];
} piece;

struct llmc_stream {
    llmc__work work; /* two references: the owner's and the call's */
    llmc_call *call;
    piece *lent; /* owner's thread only */
    llmc_interrupt_fn interrupt;
    void *interrupt_data;

    /* Under lock. */
    bool held_back;
    llmc_response *response; /* counted; once ended */
    llmc__list pieces;
    size_t bytes;
};

static void clear(llmc__work *work) {
    llmc_stream *stream = (llmc_stream *)work;
    llmc__list_node *node;
    while ((node = llmc__list_pop_front(&stream->pieces)))
        llmc__mem_free(LLMC__CONTAINER(node, piece, node));
    llmc__mem_free(stream->lent);
    llmc__response_unref(stream->response);
}

static size_t text_size(const char *text) {
    return text ? strlen(text) + 1 : 0;
}

/* Copies a terminated text to *at and moves it on. */
static const char *place(char **at, const char *text, size_t size) {
    char *copy = *at;
    if (!text)
        return NULL;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

static piece *copy_event(const llmc_event *e) {
    size_t text = e->text ? e->text_len + 1 : 0;
    size_t id = text_size(e->tool_id), name = text_size(e->tool_name), raw = text_size(e->finish_raw);
    size_t bytes = sizeof(piece) + text + id + name + raw;
    piece *p = llmc__mem_alloc(bytes);
    char *at;
    if (!p)
        return NULL;
    memset(p, 0, sizeof *p);
    p->event = *e;
    p->bytes = bytes;
    at = p->text;
    p->event.text = place(&at, e->text, text);
    p->event.tool_id = place(&at, e->tool_id, id);
    p->event.tool_name = place(&at, e->tool_name, name);
    p->event.finish_raw = place(&at, e->finish_raw, raw);
    p->event.model = p->event.id = NULL;
    return p;
}

static int on_event(llmc_call *call, const llmc_event *event, void *user_data) {
    llmc_stream *stream = user_data;
    piece *p = copy_event(event);
    int verdict = 0;
    (void)call;
    llmc__mutex_lock(&stream->work.lock);
    if (p) {
        llmc__list_push_back(&stream->pieces, &p->node);
        stream->bytes += p->bytes;
        if (stream->bytes > HIGH_WATER) {
            stream->held_back = true;
            verdict = LLMC__EVENT_PAUSE;
        }
    } else {
        verdict = LLMC__EVENT_NO_MEMORY;
    }
    llmc__cond_broadcast(&stream->work.rest->changed);
    llmc__mutex_unlock(&stream->work.lock);
    return verdict;
}

static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    llmc_stream *stream = user_data;
    (void)call;
    llmc__mutex_lock(&stream->work.lock);
    stream->response = llmc__response_ref(response);
    llmc__mutex_unlock(&stream->work.lock);
    llmc__work_finish(&stream->work);
    llmc__work_unref(stream);
}

llmc_status llmc_execute_stream(llmc_client *client, const llmc_request *request, llmc_stream **out) {
    static const llmc__work_kind kind = {clear, NULL}; /* its call is not an errand: events come of it */
    llmc_stream *stream;
    llmc_status status;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    status = llmc__client_check(client);
    if (status != LLMC_OK)
        return status;
    stream = llmc__work_new(client, sizeof *stream, &kind);
    if (!stream)
        return llmc__argument_no_room("a stream");
    llmc__hooks hooks = {
        .on_event = on_event, .on_done = on_done, .user_data = stream, .streamed = true, .may_pause = true};
    status = llmc__call_new(client, request, &hooks, &stream->call, NULL);
    if (status == LLMC_OK) {
        stream->interrupt = request->interrupt;
        stream->interrupt_data = request->interrupt_data;
        llmc__work_ref(stream); /* given back by on_done */
        status = llmc__call_submit(stream->call);
        if (status != LLMC_OK)
            llmc__work_unref(stream);
    }
    if (status != LLMC_OK) {
        llmc__call_unref(stream->call);
        llmc__work_unref(stream);
        return status;
    }
    *out = stream;
    return LLMC_OK;
}

static bool has_news(void *ctx) {
    llmc_stream *stream = ctx;
    return llmc__list_first(&stream->pieces) || stream->work.finished;
}

static void cancel_it(void *ctx) {
    llmc_stream_cancel(ctx);
}

/* The next piece, or NULL at the end; tells whether the provider is to be let go again. */
static piece *pop(llmc_stream *stream, bool *let_go) {
    llmc__list_node *node;
    piece *p = NULL;
    *let_go = false;
    llmc__mutex_lock(&stream->work.lock);
    node = llmc__list_pop_front(&stream->pieces);
    if (node) {
        p = LLMC__CONTAINER(node, piece, node);
        stream->bytes -= p->bytes;
        *let_go = stream->held_back && stream->bytes < HIGH_WATER / 2;
        if (*let_go)
            stream->held_back = false;
    }
    llmc__mutex_unlock(&stream->work.lock);
    return p;
}

/* After on_done nothing of the stream changes any more. */
static llmc_status final_status(const llmc_stream *stream) {
    return stream->response->status == LLMC_OK ? LLMC_END : stream->response->status;
}

llmc_status llmc_stream_next(llmc_stream *stream, const llmc_event **out) {
    llmc__wait wait;
    bool let_go;
    if (out)
        *out = NULL;
    if (!stream || !out)
        return llmc__argument_null(stream ? "out" : "stream");
    if (llmc__client_in_callback(stream->work.client))
        return llmc__error_last(LLMC_ERR_WOULD_DEADLOCK, "llmc_stream_next was called from a callback");
    wait = (llmc__wait){&stream->work.lock,
                        &stream->work.rest->changed,
                        has_news,
                        stream->interrupt,
                        stream->interrupt_data,
                        cancel_it,
                        stream};
    llmc__engine_wait(stream->work.client, &wait, INT64_MAX);
    llmc__mem_free(stream->lent);
    stream->lent = pop(stream, &let_go);
    if (let_go)
        llmc__call_resume(stream->call);
    if (!stream->lent)
        return final_status(stream);
    *out = &stream->lent->event;
    return LLMC_OK;
}

llmc_response *llmc_stream_response(llmc_stream *stream) {
    llmc_response *response;
    if (!stream)
        return NULL;
    llmc__mutex_lock(&stream->work.lock);
    response = stream->work.finished ? stream->response : NULL;
    llmc__mutex_unlock(&stream->work.lock);
    return response;
}

void llmc_stream_cancel(llmc_stream *stream) {
    if (stream)
        llmc_call_cancel(stream->call);
}

void llmc_stream_free(llmc_stream *stream) {
    if (!stream)
        return;
    llmc_call_cancel(stream->call);
    llmc__call_unref(stream->call);
    llmc__work_unref(stream);
}
