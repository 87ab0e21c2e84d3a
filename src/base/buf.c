#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"

#define FIRST_CAP 64

/* Called in so many places that the library is smaller when each calls it. So are the others that are never inlined. */
__attribute__((noinline)) void llmc__buf_init(llmc__buf *buf, size_t max) {
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    buf->max = max < SIZE_MAX ? max : SIZE_MAX - 1; /* the NUL has to be countable too */
}

__attribute__((noinline)) void llmc__buf_free(llmc__buf *buf) {
    if (buf->data != NULL)
        llmc__mem_free(buf->data);
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
}

void llmc__buf_clear(llmc__buf *buf) {
    buf->len = 0;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/*
 * At first what is asked for; then doubles, so that a long run of small appends costs linear time. Never past the
 * maximum.
 */
static size_t next_cap(const llmc__buf *buf, size_t need) {
    size_t cap = buf->cap > 0 ? buf->cap : need > FIRST_CAP ? need : FIRST_CAP;

    while (cap < need && cap <= SIZE_MAX / 2)
        cap *= 2;
    if (cap < need)
        cap = need;
    return cap <= buf->max ? cap : buf->max + 1;
}

llmc_status llmc__buf_reserve(llmc__buf *buf, size_t more) {
    size_t cap;
    char *data;

    if (more > buf->max - buf->len)
        return LLMC_ERR_TOO_LARGE;
    if (buf->len + more < buf->cap)
        return LLMC_OK;
    cap = next_cap(buf, buf->len + more + 1);
    data = llmc__mem_realloc(buf->data, cap);
    if (data == NULL)
        return LLMC_ERR_NO_MEMORY;
    data[buf->len] = '\0';
    buf->data = data;
    buf->cap = cap;
    return LLMC_OK;
}

llmc_status llmc__buf_append(llmc__buf *buf, const void *bytes, size_t len) {
    llmc_status status;

    if (len == 0)
        return LLMC_OK;
    if (len >= buf->cap - buf->len) { /* the NUL has its place, too */
        status = llmc__buf_reserve(buf, len);
        if (status != LLMC_OK)
            return status;
    }
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return LLMC_OK;
}

llmc_status llmc__buf_append_str(llmc__buf *buf, const char *text) {
    return llmc__buf_append(buf, text, strlen(text));
}

llmc_status llmc__buf_append_char(llmc__buf *buf, char c) {
    return llmc__buf_append(buf, &c, 1);
}

llmc_status llmc__buf_appendf(llmc__buf *buf, const char *format, ...) {
    va_list args;
    int len;
    llmc_status status;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return LLMC_ERR_INVALID_ARGUMENT;
    status = llmc__buf_reserve(buf, (size_t)len);
    if (status != LLMC_OK)
        return status;
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
    return LLMC_OK;
}

void llmc__buf_consume(llmc__buf *buf, size_t n) {
    if (n >= buf->len) {
        llmc__buf_clear(buf);
        return;
    }
    memmove(buf->data, buf->data + n, buf->len - n + 1);
    buf->len -= n;
}

__attribute__((noinline)) const char *llmc__buf_str(const llmc__buf *buf) {
    return buf->data != NULL ? buf->data : "";
}

char *llmc__buf_take(llmc__buf *buf, size_t *len) {
    char *data;

    if (llmc__buf_reserve(buf, 0) != LLMC_OK)
        return NULL;
    data = buf->data;
    if (len != NULL)
        *len = buf->len;
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
    return data;
}
