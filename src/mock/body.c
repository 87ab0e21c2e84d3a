/* What the body of an answer is: the script's own, an error, or what the format of the path makes of the script. */
#include "mock/endpoint.h"
#include "mock/speak.h"

#include <string.h>
#include "base/str.h"

void llmc__mock_put(llmc__mock_answer *answer, llmc__buf *to, const char *text, size_t len) {
    if (llmc__buf_append(to, text, len) != LLMC_OK) {
        answer->failed = true;
    }
}

void llmc__mock_put_str(llmc__mock_answer *answer, llmc__buf *to, const char *text) {
    llmc__mock_put(answer, to, text, strlen(text));
}

void llmc__mock_put_int(llmc__mock_answer *answer, llmc__buf *to, int64_t value) {
    char digits[24];
    llmc__mock_put(answer, to, digits, llmc__str_from_int64(value, digits));
}

void llmc__mock_put_mark(llmc__mock_answer *answer, llmc__buf *to, size_t value) {
    llmc__mock_put(answer, to, (const char *)&value, sizeof value);
}

size_t llmc__mock_mark_count(const llmc__buf *marks) {
    return marks->len / sizeof(size_t);
}

size_t llmc__mock_mark_at(const llmc__buf *marks, size_t index) {
    size_t value = 0;
    memcpy(&value, marks->data + index * sizeof value, sizeof value);
    return value;
}

static bool span_is(llmc__mock_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

void llmc__mock_route_find(llmc__mock_answer *answer) {
    const llmc__mock_asked *asked = answer->asked;
    llmc__mock_span path = asked->path;
    const char *query = memchr(path.data, '?', path.len);
    if (query != NULL) {
        path.len = (size_t)(query - path.data);
    }
    answer->endpoint = llmc__mock_endpoint_of(asked->method, path);
    bool is_known = llmc__mock_speaker_of(path, &answer->speaker);
    if (answer->endpoint != NULL) {
        answer->route = LLMC__MOCK_ENDPOINT;
        answer->speaker = answer->endpoint->speaker;
    } else if (is_known && span_is(asked->method, "POST")) {
        answer->route = LLMC__MOCK_CHAT;
    } else {
        answer->route =
            span_is(asked->method, "GET") && llmc__mock_is_models(path) ? LLMC__MOCK_MODELS : LLMC__MOCK_NOWHERE;
    }
}

void llmc__mock_body_error(llmc__mock_answer *answer, int status, llmc__mock_span message) {
    answer->status = status;
    answer->json = true;
    answer->events = false;
    answer->speaker->put_error(answer, message);
}

/* ---- bodies given by the script ---- */

/* Events of a body end at empty lines, or at every line, by the format. */
static void mark_events(llmc__mock_answer *answer, bool by_line) {
    const llmc__buf *body = answer->body;
    size_t line = 0;
    for (size_t i = 0; i < body->len; i++) {
        if (body->data[i] != '\n') {
            continue;
        }
        bool empty = i == line || (i == line + 1 && body->data[line] == '\r');
        if (by_line || (empty && line > 0)) {
            llmc__mock_put_mark(answer, answer->events_at, i + 1);
        }
        line = i + 1;
    }
    size_t count = llmc__mock_mark_count(answer->events_at);
    if (count > 0 && llmc__mock_mark_at(answer->events_at, count - 1) != body->len) {
        llmc__mock_put_mark(answer, answer->events_at, body->len);
    }
}

/* Sent as it stands. Asked for a stream it is called one, unless it is plainly JSON, as errors in a 200 are. */
static void put_given(llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    const char *event_end = answer->speaker->event_end;
    bool by_line = strcmp(event_end, "\n") == 0;
    size_t i = 0;
    llmc__mock_put(answer, answer->body, plan->body, plan->body_len);
    while (i < plan->body_len && strchr(" \t\r\n", plan->body[i]) != NULL && plan->body[i] != '\0') {
        i++;
    }
    bool is_json = !by_line && i < plan->body_len && (plan->body[i] == '{' || plan->body[i] == '[');
    answer->events = answer->streamed && answer->status < 400 && !is_json;
    answer->json = !answer->events;
    if (answer->events && !answer->failed && *event_end != '\0') {
        mark_events(answer, by_line);
    }
}

static void put_said_error(llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    const char *reason = llmc__mock_reason(answer->status);
    llmc__mock_span message = {reason, strlen(reason)};
    if (plan->has_text) {
        message = (llmc__mock_span){plan->text, plan->text_len};
    }
    llmc__mock_body_error(answer, answer->status, message);
}

static void put_unknown(llmc__mock_answer *answer) {
    const char *text = "Invalid URL";
    llmc__mock_body_error(answer, 404, (llmc__mock_span){text, strlen(text)});
}

void llmc__mock_body_make(llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    bool says = plan != NULL && (plan->has_text || plan->deltas != NULL || plan->call_count > 0);
    answer->status = plan != NULL ? plan->status : 200;
    answer->json = true;
    if (answer->verdict.status != 0) {
        llmc__mock_limit_body(answer);
    } else if (plan != NULL && plan->body != NULL) {
        put_given(answer);
    } else if (answer->status >= 400) {
        put_said_error(answer);
    } else if (answer->route == LLMC__MOCK_ENDPOINT) {
        answer->endpoint->put(answer);
    } else if (!says && answer->route == LLMC__MOCK_MODELS) {
        llmc__mock_put_models(answer);
    } else if (!says && answer->route == LLMC__MOCK_NOWHERE) {
        put_unknown(answer);
    } else if (!says && !answer->ask.is_object) {
        const char *text = "We could not parse the JSON body of your request.";
        llmc__mock_body_error(answer, 400, (llmc__mock_span){text, strlen(text)});
    } else if (answer->streamed) {
        answer->json = false;
        answer->events = true;
        answer->speaker->put_stream(answer);
    } else {
        answer->speaker->put_plain(answer);
    }
}
