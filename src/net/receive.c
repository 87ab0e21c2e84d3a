/* What libcurl tells a transfer while it runs. */
#include <string.h>
#include "base/str.h"
#include "net/inner.h"

/* "HTTP/1.1 200 OK" or "HTTP/2 200": version as 10, 11, 20; status 0 when the line is none. */
static bool is_status_line(const char *line, size_t len) {
    return len >= 5 && memcmp(line, "HTTP/", 5) == 0;
}

static int digit_at(const char *line, size_t len, size_t at) {
    return at < len && line[at] >= '0' && line[at] <= '9' ? line[at] - '0' : -1;
}

static void parse_status_line(llmc__transfer *t, const char *line, size_t len) {
    int major = digit_at(line, len, 5);
    int minor = len > 6 && line[6] == '.' ? digit_at(line, len, 7) : 0;
    t->http_version = major < 0 ? 0 : major * 10 + (minor < 0 ? 0 : minor);
    const char *space = memchr(line, ' ', len);
    t->http_status = 0;
    if (space != NULL) {
        size_t at = (size_t)(space - line) + 1;
        for (int d = digit_at(line, len, at); d >= 0 && t->http_status < 1000; d = digit_at(line, len, ++at)) {
            t->http_status = t->http_status * 10 + d;
        }
    }
}

static int call_header(llmc__transfer *t, const char *name, size_t name_len, const char *value, size_t value_len) {
    int stop =
        t->ops->on_header == NULL ? 0 : t->ops->on_header(t->ctx, t->http_status, name, name_len, value, value_len);
    t->refused = t->refused || stop != 0;
    return stop;
}

/* 1xx answers, 101 aside which ends the exchange, only announce the real one (RFC 9110, 15.2). */
static int take_status(llmc__transfer *t, const char *line, size_t len) {
    parse_status_line(t, line, len);
    t->skip_block = t->http_status >= 100 && t->http_status < 200 && t->http_status != 101;
    if (t->skip_block) {
        t->http_status = 0;
        return 0;
    }
    if (t->first_byte_us == 0) {
        t->first_byte_us = llmc__loop_now_us(t->pool->net->loop);
    }
    llmc__pool_learn(t->pool, t->http_version);
    return call_header(t, "", 0, "", 0);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* Most lines have one blank behind the colon and none elsewhere. */
static const char *trim(const char *text, size_t *len) {
    if (*len > 0 && *text == ' ') {
        text++;
        --*len;
    }
    return *len > 0 && (is_blank(*text) || is_blank(text[*len - 1])) ? llmc__str_trim(text, len) : text;
}

static int take_line(llmc__transfer *t, const char *line, size_t len) {
    const char *colon = memchr(line, ':', len);
    if (colon == NULL || colon == line) {
        return 0;
    }
    size_t name_len = (size_t)(colon - line), value_len = len - name_len - 1;
    const char *name = trim(line, &name_len), *value = trim(colon + 1, &value_len);
    /* Blanks in front stay: that line goes on from the one before, and its name must be nobody's. */
    return call_header(t, line, (size_t)(name - line) + name_len, value, value_len);
}

size_t llmc__receive_header(char *line, size_t size, size_t count, void *user) {
    llmc__transfer *t = user;
    size_t whole = size * count;
    size_t len = whole;
    t->bytes_received += whole;
    t->header_bytes += whole;
    if (t->header_bytes > LLMC__HEADER_BYTES_MAX) {
        t->head_too_big = true;
        return 0;
    }
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
        len--;
    }
    int stop = 0;
    if (is_status_line(line, len)) {
        stop = take_status(t, line, len);
    } else if (len == 0) {
        t->head_done = t->head_done || !t->skip_block;
    } else if (!t->skip_block) {
        stop = take_line(t, line, len);
    }
    return stop == 0 ? whole : 0;
}

size_t llmc__receive_data(char *bytes, size_t size, size_t count, void *user) {
    llmc__transfer *t = user;
    size_t len = size * count;
    t->bytes_received += len;
    if (t->ops->on_data != NULL && t->ops->on_data(t->ctx, t->http_status, bytes, len) != 0) {
        t->refused = true;
        return len == 0 ? 1 : 0;
    }
    return len;
}

void llmc__receive_stop_resend(llmc__transfer *t) {
    if (!t->resend_stopped) {
        t->resend_stopped = true;
        atomic_fetch_add_explicit(&t->pool->net->resends_stopped, 1, memory_order_relaxed);
    }
}

/*
 * libcurl calls this before each request it writes. A second call within one transfer means that a kept connection died
 * under the request and libcurl sends it again by itself; the server may have executed the first one, so that decision
 * is not libcurl's.
 */
int llmc__receive_prereq(void *user, char *remote_ip, char *local_ip, int remote_port, int local_port) {
    (void)remote_ip;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    llmc__transfer *t = user;
    if (t->sending) {
        llmc__receive_stop_resend(t);
        return CURL_PREREQFUNC_ABORT;
    }
    if (t->ops->on_sending != NULL && t->ops->on_sending(t->ctx) != 0) {
        t->refused = true;
        return CURL_PREREQFUNC_ABORT;
    }
    t->sending = true;
    t->reused = !t->opened;
    /* Only of a new connection does it matter how long the way to here took. The loop's time goes on with it: the
     * answer may be read in the same breath, and came later. */
    t->sending_us = t->opened ? llmc__loop_refresh_us(t->pool->net->loop) : llmc__loop_now_us(t->pool->net->loop);
    return CURL_PREREQFUNC_OK;
}
