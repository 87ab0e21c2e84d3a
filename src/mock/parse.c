/* HTTP/1.x requests (RFC 9112), read by hand: request line, header lines, a body by length or in chunks. */
#include "mock/inner.h"

#include <string.h>
#include "base/str.h"

void llmc__mock_parser_init(llmc__mock_parser *parser) {
    memset(parser, 0, sizeof *parser);
    llmc__buf_init(&parser->body, LLMC__MOCK_MAX_BODY);
}

void llmc__mock_parser_reset(llmc__mock_parser *parser) {
    llmc__buf body = parser->body;
    llmc__buf_free(&body);
    memset(parser, 0, sizeof *parser);
    parser->body = body;
}

static llmc__mock_span trimmed(const char *data, size_t len) {
    while (len > 0 && (*data == ' ' || *data == '\t')) {
        data++;
        len--;
    }
    while (len > 0 && (data[len - 1] == ' ' || data[len - 1] == '\t' || data[len - 1] == '\r')) {
        len--;
    }
    return (llmc__mock_span){data, len};
}

/* Takes one line off `lines`; false when none is left. A line without a colon has an empty name. */
static bool next_line(llmc__mock_span *lines, llmc__mock_span *name, llmc__mock_span *value) {
    if (lines->len == 0) {
        return false;
    }
    const char *end = memchr(lines->data, '\n', lines->len);
    size_t len = end == NULL ? lines->len : (size_t)(end - lines->data);
    const char *colon = memchr(lines->data, ':', len);
    size_t name_len = colon == NULL ? 0 : (size_t)(colon - lines->data);
    *name = (llmc__mock_span){lines->data, name_len};
    *value = colon == NULL ? (llmc__mock_span){"", 0} : trimmed(colon + 1, len - name_len - 1);
    len += end == NULL ? 0 : 1;
    lines->data += len;
    lines->len -= len;
    return true;
}

bool llmc__mock_find_header(llmc__mock_span lines, const char *wanted, llmc__mock_span *out) {
    llmc__mock_span name;
    llmc__mock_span value;
    while (next_line(&lines, &name, &value)) {
        if (llmc__str_ieq_n(name.data, name.len, wanted)) {
            *out = value;
            return true;
        }
    }
    *out = (llmc__mock_span){"", 0};
    return false;
}

/* The request line without its line end: method, target, version. */
static bool read_request_line(llmc__mock_asked *asked, const char *line, size_t len) {
    const char *space = memchr(line, ' ', len);
    if (space == NULL || space == line) {
        return false;
    }
    const char *target = space + 1;
    size_t rest = len - (size_t)(target - line);
    const char *second = memchr(target, ' ', rest);
    if (second == NULL || second == target) {
        return false;
    }
    llmc__mock_span version = trimmed(second + 1, rest - (size_t)(second + 1 - target));
    if (version.len != 8 || memcmp(version.data, "HTTP/1.", 7) != 0) {
        return false;
    }
    asked->method = (llmc__mock_span){line, (size_t)(space - line)};
    asked->path = (llmc__mock_span){target, (size_t)(second - target)};
    asked->http10 = version.data[7] == '0';
    asked->keep_alive = !asked->http10;
    return true;
}

static llmc__mock_parsed read_header_line(llmc__mock_parser *parser, llmc__mock_span name, llmc__mock_span value) {
    int64_t number = 0;
    switch (name.len) { /* most headers are none of these: the length tells without looking */
    case 6:
        if (llmc__str_ieq_n(name.data, name.len, "expect")) {
            parser->expects = llmc__str_ieq_n(value.data, value.len, "100-continue");
        }
        break;
    case 10:
        if (llmc__str_ieq_n(name.data, name.len, "connection")) {
            parser->asked.keep_alive = llmc__str_ieq_n(value.data, value.len, "keep-alive") ||
                                       (!llmc__str_ieq_n(value.data, value.len, "close") && !parser->asked.http10);
        }
        break;
    case 14:
        if (llmc__str_ieq_n(name.data, name.len, "content-length")) {
            if (!llmc__str_to_int64(value.data, value.len, &number) || number < 0) {
                return LLMC__MOCK_BAD;
            }
            if ((uint64_t)number > LLMC__MOCK_MAX_BODY) {
                return LLMC__MOCK_LONG_BODY;
            }
            parser->content_length = (size_t)number;
        }
        break;
    case 17:
        if (llmc__str_ieq_n(name.data, name.len, "transfer-encoding")) {
            parser->chunked = llmc__str_ieq_n(value.data, value.len, "chunked");
            return parser->chunked ? LLMC__MOCK_WHOLE : LLMC__MOCK_BAD;
        }
        break;
    default:
        break;
    }
    return LLMC__MOCK_WHOLE;
}

/* The parts of a head that is complete. Spans are made anew at each call because the input may have moved. */
static llmc__mock_parsed read_head(llmc__mock_parser *parser, const char *data) {
    const char *line_end = memchr(data, '\n', parser->head_len);
    llmc__mock_span name;
    llmc__mock_span value;
    if (line_end == NULL || !read_request_line(&parser->asked, data, (size_t)(line_end - data))) {
        return LLMC__MOCK_BAD;
    }
    llmc__mock_span lines = {line_end + 1, parser->head_len - (size_t)(line_end + 1 - data) - 2};
    parser->asked.headers = lines;
    while (next_line(&lines, &name, &value)) {
        llmc__mock_parsed parsed = read_header_line(parser, name, value);
        if (parsed != LLMC__MOCK_WHOLE) {
            return parsed;
        }
    }
    return LLMC__MOCK_WHOLE;
}

static llmc__mock_parsed find_head(llmc__mock_parser *parser, const char *data, size_t len) {
    size_t from = parser->searched > 3 ? parser->searched - 3 : 0;
    const char *end = memmem(data + from, len - from, "\r\n\r\n", 4);
    if (end == NULL) {
        parser->searched = len;
        return len > LLMC__MOCK_MAX_HEAD ? LLMC__MOCK_LONG_HEAD : LLMC__MOCK_MORE;
    }
    parser->head_len = (size_t)(end - data) + 4;
    parser->chunk_at = parser->head_len;
    return parser->head_len > LLMC__MOCK_MAX_HEAD ? LLMC__MOCK_LONG_HEAD : LLMC__MOCK_WHOLE;
}

/* Hex digits up to an extension or the line's end; -1 when there are none or too many. */
static int64_t chunk_size(const char *line, size_t len) {
    int64_t size = 0;
    size_t i = 0;
    for (; i < len && i < 9; i++) {
        char c = line[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            break;
        }
        size = size * 16 + digit;
    }
    return i == 0 || i == 9 ? -1 : size;
}

/* After the last chunk: trailers up to an empty line. */
static llmc__mock_parsed read_trailers(const char *data, size_t len, size_t at, size_t *used) {
    while (at < len) {
        const char *end = memchr(data + at, '\n', len - at);
        if (end == NULL) {
            break;
        }
        bool empty = end == data + at || (end == data + at + 1 && data[at] == '\r');
        at = (size_t)(end - data) + 1;
        if (empty) {
            *used = at;
            return LLMC__MOCK_WHOLE;
        }
    }
    return LLMC__MOCK_MORE;
}

static llmc__mock_parsed read_chunks(llmc__mock_parser *parser, const char *data, size_t len, size_t *used) {
    while (parser->chunk_at < len) {
        const char *line = data + parser->chunk_at;
        const char *end = memchr(line, '\n', len - parser->chunk_at);
        if (end == NULL) {
            return len - parser->chunk_at > LLMC__MOCK_MAX_HEAD ? LLMC__MOCK_BAD : LLMC__MOCK_MORE;
        }
        int64_t size = chunk_size(line, (size_t)(end - line));
        size_t start = (size_t)(end + 1 - data);
        if (size < 0) {
            return LLMC__MOCK_BAD;
        }
        if (size == 0) {
            return read_trailers(data, len, start, used);
        }
        if (parser->body.len + (size_t)size > LLMC__MOCK_MAX_BODY) {
            return LLMC__MOCK_LONG_BODY;
        }
        if (len - start < (size_t)size + 2) {
            return LLMC__MOCK_MORE;
        }
        if (memcmp(data + start + (size_t)size, "\r\n", 2) != 0 ||
            llmc__buf_append(&parser->body, data + start, (size_t)size) != LLMC_OK) {
            return LLMC__MOCK_BAD;
        }
        parser->chunk_at = start + (size_t)size + 2;
    }
    return LLMC__MOCK_MORE;
}

llmc__mock_parsed llmc__mock_parser_run(llmc__mock_parser *parser, const char *data, size_t len, size_t *used) {
    bool is_new = parser->head_len == 0;
    llmc__mock_parsed parsed = is_new ? find_head(parser, data, len) : LLMC__MOCK_WHOLE;
    if (parsed == LLMC__MOCK_WHOLE && is_new) {
        parsed = read_head(parser, data);
    }
    if (parsed != LLMC__MOCK_WHOLE) {
        return parsed;
    }
    if (parser->chunked) {
        parsed = read_chunks(parser, data, len, used);
    } else {
        *used = parser->head_len + parser->content_length;
        parsed = len >= *used ? LLMC__MOCK_WHOLE : LLMC__MOCK_MORE;
    }
    if (parsed != LLMC__MOCK_WHOLE) {
        return parsed;
    }
    if (!is_new) {
        parsed = read_head(parser, data);
    }
    parser->asked.body = parser->chunked ? (llmc__mock_span){llmc__buf_str(&parser->body), parser->body.len}
                                         : (llmc__mock_span){data + parser->head_len, parser->content_length};
    return parsed;
}
