#include "model/http.h"

#include <string.h>
#include "base/mem.h"
#include "base/str.h"

#define MAX_URL     ((size_t)16 << 10)
#define MAX_HEADERS ((size_t)256 << 10)

void llmc__http_request_init(llmc__http_request *request, size_t max_body) {
    llmc__buf_init(&request->url, MAX_URL);
    llmc__buf_init(&request->body, max_body);
    llmc__buf_init(&request->headers, MAX_HEADERS);
    request->method = NULL;
    request->stream = false;
}

/* Through a volatile pointer, so that the compiler keeps the writes to memory about to be freed. */
static void wipe(llmc__buf *buf) {
    volatile char *bytes = buf->data;
    for (size_t i = 0; bytes != NULL && i < buf->len; i++)
        bytes[i] = 0;
}

void llmc__http_request_free(llmc__http_request *request) {
    wipe(&request->headers);
    llmc__buf_free(&request->headers);
    llmc__buf_free(&request->url);
    llmc__buf_free(&request->body);
}

/* Length of the name in a "Name: value" line. */
static size_t name_length(const char *line) {
    return strcspn(line, ":");
}

const char *llmc__http_request_next_header(const llmc__http_request *request, const char *line) {
    const llmc__buf *headers = &request->headers;
    if (headers->len == 0)
        return NULL;
    const char *next = line == NULL ? headers->data : line + strlen(line) + 1;
    return next < headers->data + headers->len ? next : NULL;
}

/* Takes the line of that name out, if there is one. */
static void drop_header(llmc__http_request *request, const char *name) {
    llmc__buf *headers = &request->headers;
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(request, line)) != NULL) {
        if (!llmc__str_ieq_n(line, name_length(line), name))
            continue;
        size_t at = (size_t)(line - headers->data);
        size_t size = strlen(line) + 1;
        memmove(headers->data + at, headers->data + at + size, headers->len - at - size);
        headers->len -= size;
        headers->data[headers->len] = '\0';
        return;
    }
}

/*
 * Room for `more` bytes. Moves to new memory by hand and wipes the old, since a realloc would leave a copy of the key
 * behind.
 */
static llmc_status make_room(llmc__buf *headers, size_t more) {
    if (headers->data != NULL && headers->cap - headers->len > more)
        return LLMC_OK;
    llmc__buf fresh;
    llmc__buf_init(&fresh, headers->max);
    size_t want = 2 * headers->len + more < 512 ? 512 : 2 * headers->len + more;
    llmc_status status = llmc__buf_reserve(&fresh, want < headers->max ? want : headers->len + more);
    if (status == LLMC_OK && headers->len > 0)
        status = llmc__buf_append(&fresh, headers->data, headers->len);
    if (status != LLMC_OK) {
        llmc__buf_free(&fresh);
        return status;
    }
    wipe(headers);
    llmc__buf_free(headers);
    *headers = fresh;
    return LLMC_OK;
}

llmc_status llmc__http_request_header(llmc__http_request *request, const char *name, const char *value) {
    size_t name_len = strlen(name);
    size_t value_len = strlen(value);
    if (name_len == 0 || llmc__str_has_control(name, name_len) || strpbrk(name, ": ") != NULL ||
        llmc__str_has_control(value, value_len))
        return LLMC_ERR_INVALID_HEADER;
    llmc_status status = make_room(&request->headers, name_len + value_len + 3);
    if (status != LLMC_OK)
        return status;
    drop_header(request, name);
    /* The room was made above, so none of these can fail half way. */
    (void)llmc__buf_append(&request->headers, name, name_len);
    (void)llmc__buf_append(&request->headers, ": ", 2);
    (void)llmc__buf_append(&request->headers, value, value_len);
    return llmc__buf_append(&request->headers, "", 1);
}
