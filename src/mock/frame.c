/* From a body to the bytes on the wire: head, framing (RFC 9112 sections 6 and 7) and where to pause. */
#include "mock/speak.h"

#include <stdio.h>
#include <string.h>

const char *llmc__mock_reason(int status) {
    static const struct {
        int status;
        const char *reason;
    } known[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {413, "Content Too Large"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {529, "Site Is Overloaded"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].status == status) {
            return known[i].reason;
        }
    }
    return "Unknown";
}

/* These never have a body (RFC 9110 section 6.4.1). */
static bool is_bodyless(const llmc__mock_answer *answer) {
    llmc__mock_span method = answer->asked->method;
    return answer->status == 204 || answer->status == 304 || (method.len == 4 && memcmp(method.data, "HEAD", 4) == 0);
}

static llmc_mock_framing framing_of(const llmc__mock_answer *answer) {
    llmc_mock_framing framing = answer->plan != NULL ? answer->plan->framing : LLMC_MOCK_FRAMING_AUTO;
    if (framing == LLMC_MOCK_FRAMING_AUTO) {
        framing = answer->events ? LLMC_MOCK_FRAMING_CHUNKED : LLMC_MOCK_FRAMING_LENGTH;
    }
    /* HTTP/1.0 knows no chunks. */
    return framing == LLMC_MOCK_FRAMING_CHUNKED && answer->asked->http10 ? LLMC_MOCK_FRAMING_CLOSE : framing;
}

/* What the provider itself adds. */
static void put_own_lines(llmc__mock_answer *answer) {
    const llmc__mock_speaker *speaker = answer->speaker;
    llmc__mock_put_str(answer, answer->out, speaker->more_headers != NULL ? speaker->more_headers : "");
    if (speaker->id_header != NULL) {
        llmc__mock_write(answer, answer->out, "%s: req_%v\r\n", speaker->id_header, (llmc__mock_span){answer->req, 32});
    }
    if (answer->error_type != NULL) {
        llmc__mock_write(answer, answer->out, "x-amzn-errortype: %s\r\n", answer->error_type);
    }
}

static void put_head(llmc__mock_answer *answer, llmc_mock_framing framing) {
    llmc__buf *out = answer->out;
    llmc__mock_put_str(answer, out, "HTTP/1.1 ");
    llmc__mock_put_int(answer, out, answer->status);
    llmc__mock_put(answer, out, " ", 1);
    llmc__mock_put_str(answer, out, llmc__mock_reason(answer->status));
    llmc__mock_put_str(answer, out, "\r\ndate: ");
    llmc__mock_put_str(answer, out, answer->date);
    if (answer->plan == NULL || !answer->plan->has_content_type) {
        llmc__mock_put_str(answer, out, "\r\ncontent-type: ");
        llmc__mock_put_str(answer, out, answer->events ? answer->speaker->stream_type : "application/json");
    }
    if (framing == LLMC_MOCK_FRAMING_CHUNKED) {
        llmc__mock_put_str(answer, out, "\r\ntransfer-encoding: chunked");
    } else if (framing == LLMC_MOCK_FRAMING_LENGTH && answer->status != 204) {
        llmc__mock_put_str(answer, out, "\r\ncontent-length: ");
        llmc__mock_put_int(answer, out, (int64_t)answer->body->len);
    }
    llmc__mock_put_str(answer, out, answer->closes ? "\r\nconnection: close" : "\r\nconnection: keep-alive");
    llmc__mock_put_str(answer, out, "\r\n");
    put_own_lines(answer);
    llmc__mock_limit_headers(answer);
    if (answer->plan != NULL && answer->plan->headers != NULL) {
        llmc__mock_put_str(answer, out, answer->plan->headers);
    }
    llmc__mock_put_str(answer, out, "\r\n");
}

/* How many bytes of the body, from `at`, are the next piece. */
static size_t next_piece(const llmc__mock_answer *answer, size_t at, size_t *event) {
    size_t end = answer->body->len;
    if (answer->plan != NULL && answer->plan->split_at > 0) {
        size_t most = answer->plan->split_at;
        return end - at < most ? end - at : most;
    }
    if (*event < llmc__mock_mark_count(answer->events_at)) {
        end = llmc__mock_mark_at(answer->events_at, *event);
        *event += 1;
    }
    return end - at;
}

static void put_pieces(llmc__mock_answer *answer, bool chunked, bool marked) {
    llmc__buf *body = answer->body;
    char line[24];
    size_t event = 0;
    for (size_t at = 0; at < body->len && !answer->failed;) {
        size_t len = next_piece(answer, at, &event);
        if (chunked) {
            int digits = snprintf(line, sizeof line, "%zx\r\n", len);
            llmc__mock_put(answer, answer->out, line, (size_t)digits);
        }
        llmc__mock_put(answer, answer->out, body->data + at, len);
        if (chunked) {
            llmc__mock_put(answer, answer->out, "\r\n", 2);
        }
        at += len;
        if (marked && at < body->len) {
            llmc__mock_put_mark(answer, answer->marks, answer->out->len);
        }
    }
}

void llmc__mock_frame_make(llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    llmc_mock_framing framing = framing_of(answer);
    bool splits = plan != NULL && plan->split_at > 0;
    bool marked = splits || (plan != NULL && plan->chunk_delay_us > 0);
    bool bodyless = is_bodyless(answer);
    answer->closes = answer->closes || (framing == LLMC_MOCK_FRAMING_CLOSE && !bodyless);
    put_head(answer, bodyless ? LLMC_MOCK_FRAMING_LENGTH : framing);
    if (bodyless) {
        return;
    }
    if (splits) {
        llmc__mock_put_mark(answer, answer->marks, answer->out->len);
    }
    if (framing != LLMC_MOCK_FRAMING_CHUNKED && !marked) {
        llmc__mock_put(answer, answer->out, answer->body->data, answer->body->len);
        return;
    }
    put_pieces(answer, framing == LLMC_MOCK_FRAMING_CHUNKED, marked);
    if (framing == LLMC_MOCK_FRAMING_CHUNKED) {
        llmc__mock_put_str(answer, answer->out, "0\r\n\r\n");
    }
}
