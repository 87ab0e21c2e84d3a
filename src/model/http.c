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

static void wipe(llmc__buf *buf) {
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->len);
}

void llmc__http_request_free(llmc__http_request *request) {
    wipe(&request->headers);
    llmc__buf_free(&request->headers);
    llmc__buf_free(&request->url);
    llmc__buf_free(&request->body);
}

const char *llmc__http_request_next_header(const llmc__http_request *request, const char *line) {
    const llmc__buf *headers = &request->headers;
    if (headers->len == 0)
        return NULL;
    const char *next = line == NULL ? headers->data : line + strlen(line) + 1;
    return next < headers->data + headers->len ? next : NULL;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Whether a "Name: value" line is of that name. */
static bool is_of(const char *line, const char *name, size_t name_len) {
    size_t i = 0;
    while (i < name_len && lower(line[i]) == lower(name[i]))
        i++;
    return i == name_len && line[i] == ':';
}

/* Takes the line of that name out, if there is one. */
static void drop_header(llmc__http_request *request, const char *name, size_t name_len) {
    llmc__buf *headers = &request->headers;
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(request, line)) != NULL) {
        if (!is_of(line, name, name_len))
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
    size_t want = 2 * headers->len + more < 255 ? 255 : 2 * headers->len + more;
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

static bool is_name(const char *name, size_t len) {
    return len > 0 && !llmc__str_has_control(name, len) && memchr(name, ':', len) == NULL &&
           memchr(name, ' ', len) == NULL;
}

static char *put(char *at, const char *bytes, size_t len) {
    memcpy(at, bytes, len);
    return at + len;
}

llmc_status llmc__http_request_header_of(llmc__http_request *request, const char *name, const char *prefix,
                                         const char *value) {
    llmc__buf *headers = &request->headers;
    size_t name_len = strlen(name), prefix_len = strlen(prefix), value_len = strlen(value);
    if (!is_name(name, name_len) || llmc__str_has_control(prefix, prefix_len) ||
        llmc__str_has_control(value, value_len))
        return LLMC_ERR_INVALID_HEADER;
    llmc_status status = make_room(headers, name_len + prefix_len + value_len + 3);
    if (status != LLMC_OK)
        return status;
    drop_header(request, name, name_len);
    char *at = headers->data + headers->len;
    at = put(at, name, name_len);
    at = put(at, ": ", 2);
    at = put(at, prefix, prefix_len);
    at = put(at, value, value_len);
    at = put(at, "\0", 2); /* the line's own NUL and the one behind the buffer's end */
    headers->len = (size_t)(at - headers->data) - 1;
    return LLMC_OK;
}

llmc_status llmc__http_request_header(llmc__http_request *request, const char *name, const char *value) {
    return llmc__http_request_header_of(request, name, "", value);
}
