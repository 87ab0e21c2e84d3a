#include "wire/sse.h"

#include <string.h>

static const char bom[] = "\xEF\xBB\xBF";

/* One call of feed. A data line that lies whole in the fed bytes is held there, not copied, until a second one comes.
 */
typedef struct sse_pass {
    llmc__sse *sse;
    llmc__sse_fn fn;
    void *ctx;
    const char *held; /* NULL: the event's data, if it has any, is in sse->data */
    size_t held_len;
} sse_pass;

void llmc__sse_init(llmc__sse *sse, size_t max_event_bytes) {
    memset(sse, 0, sizeof(*sse));
    llmc__buf_init(&sse->line, max_event_bytes);
    llmc__buf_init(&sse->data, max_event_bytes);
}

void llmc__sse_free(llmc__sse *sse) {
    llmc__buf_free(&sse->line);
    llmc__buf_free(&sse->data);
}

static llmc_status dispatch(sse_pass *pass) {
    llmc__sse *sse = pass->sse;
    llmc__sse_event event = {sse->name, pass->held, pass->held_len};
    int stop;

    if (!sse->has_data && !sse->has_name)
        return LLMC_OK;
    if (pass->held == NULL) {
        event.data = llmc__buf_str(&sse->data);
        event.data_len = sse->data.len;
    }
    sse->events++;
    stop = pass->fn(pass->ctx, &event);
    pass->held = NULL;
    pass->held_len = 0;
    llmc__buf_clear(&sse->data);
    sse->name[0] = '\0';
    sse->has_data = false;
    sse->has_name = false;
    return stop != 0 ? LLMC_ERR_CANCELLED : LLMC_OK;
}

static llmc_status keep_held(sse_pass *pass) {
    llmc_status status = llmc__buf_append(&pass->sse->data, pass->held, pass->held_len);

    pass->held = NULL;
    pass->held_len = 0;
    return status;
}

static llmc_status take_data(sse_pass *pass, const char *value, size_t len, bool lent) {
    llmc__sse *sse = pass->sse;
    bool first = !sse->has_data;
    llmc_status status = LLMC_OK;

    sse->has_data = true;
    if (first && lent) {
        pass->held = value;
        pass->held_len = len;
        return LLMC_OK;
    }
    if (pass->held != NULL)
        status = keep_held(pass);
    if (status == LLMC_OK && !first)
        status = llmc__buf_append_char(&sse->data, '\n');
    if (status == LLMC_OK)
        status = llmc__buf_append(&sse->data, value, len);
    return status;
}

static void take_name(llmc__sse *sse, const char *value, size_t len) {
    if (len >= sizeof(sse->name))
        len = sizeof(sse->name) - 1;
    memcpy(sse->name, value, len);
    sse->name[len] = '\0';
    sse->has_name = len > 0;
}

static bool field_is(const char *line, size_t len, const char *name) {
    return len == strlen(name) && memcmp(line, name, len) == 0;
}

/* `lent`: the line lies in the fed bytes. WHATWG HTML 9.2.6; `id` and `retry` serve reconnection, which a POST has not.
 */
static llmc_status take_line(sse_pass *pass, const char *line, size_t len, bool lent) {
    const char *colon, *value;
    size_t name_len;

    if (len == 0)
        return dispatch(pass);
    if (line[0] == ':') {
        pass->sse->comments++;
        return LLMC_OK;
    }
    colon = memchr(line, ':', len);
    name_len = colon != NULL ? (size_t)(colon - line) : len;
    value = colon != NULL ? colon + 1 : line + len;
    if (value < line + len && *value == ' ')
        value++;
    len -= (size_t)(value - line);
    if (field_is(line, name_len, "data"))
        return take_data(pass, value, len, lent);
    if (field_is(line, name_len, "event"))
        take_name(pass->sse, value, len);
    return LLMC_OK;
}

/* A line's end was found: the line is what was kept of earlier feeds, then these bytes. */
static llmc_status end_line(sse_pass *pass, const char *bytes, size_t len) {
    llmc__buf *kept = &pass->sse->line;
    llmc_status status;

    if (kept->len == 0)
        return len <= kept->max ? take_line(pass, bytes, len, true) : LLMC_ERR_TOO_LARGE;
    status = llmc__buf_append(kept, bytes, len);
    if (status == LLMC_OK)
        status = take_line(pass, kept->data, kept->len, false);
    llmc__buf_clear(kept);
    return status;
}

/* Answers how many bytes belong to a mark at the very start. Bytes that only began like one go back to the line. */
static llmc_status skip_bom(llmc__sse *sse, const char *bytes, size_t len, size_t *used) {
    *used = 0;
    while (!sse->started && *used < len) {
        if (bytes[*used] != bom[sse->bom_seen]) {
            sse->started = true;
            return llmc__buf_append(&sse->line, bom, sse->bom_seen);
        }
        ++*used;
        sse->started = ++sse->bom_seen == 3;
    }
    return LLMC_OK;
}

/* The next such byte, found once: text that has none of one kind is not searched for it again at every line. */
static const char *next_of(const char *last, char c, const char *p, const char *end) {
    if (last != NULL && last >= p)
        return last;
    last = memchr(p, c, (size_t)(end - p));
    return last != NULL ? last : end;
}

static llmc_status split_lines(sse_pass *pass, const char *p, const char *end) {
    llmc__sse *sse = pass->sse;
    const char *lf = NULL, *cr = NULL;
    llmc_status status = LLMC_OK;

    while (p < end && status == LLMC_OK) {
        const char *stop;
        if (sse->last_was_cr && *p == '\n') {
            sse->last_was_cr = false;
            p++;
            continue;
        }
        lf = next_of(lf, '\n', p, end);
        cr = next_of(cr, '\r', p, end);
        stop = lf < cr ? lf : cr;
        if (stop == end) {
            sse->last_was_cr = false;
            return llmc__buf_append(&sse->line, p, (size_t)(end - p));
        }
        status = end_line(pass, p, (size_t)(stop - p));
        sse->last_was_cr = *stop == '\r';
        p = stop + 1;
    }
    return status;
}

llmc_status llmc__sse_feed(llmc__sse *sse, const char *bytes, size_t len, llmc__sse_fn fn, void *ctx) {
    sse_pass pass = {sse, fn, ctx, NULL, 0};
    size_t used;
    llmc_status status = skip_bom(sse, bytes, len, &used);

    if (status == LLMC_OK)
        status = split_lines(&pass, bytes + used, bytes + len);
    if (status == LLMC_OK && pass.held != NULL)
        status = keep_held(&pass);
    return status;
}

llmc_status llmc__sse_finish(llmc__sse *sse, llmc__sse_fn fn, void *ctx) {
    sse_pass pass = {sse, fn, ctx, NULL, 0};
    llmc_status status = LLMC_OK;

    if (!sse->started)
        status = llmc__buf_append(&sse->line, bom, sse->bom_seen);
    sse->started = true;
    if (status == LLMC_OK && sse->line.len > 0)
        status = end_line(&pass, "", 0);
    if (status == LLMC_OK)
        status = dispatch(&pass);
    return status;
}
