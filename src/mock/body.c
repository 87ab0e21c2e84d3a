/* Answers in the shape of OpenAI's chat completions API, as recorded from it in 2025. */
#include "mock/inner.h"

#include <string.h>
#include "base/str.h"

#define FINGERPRINT "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_6d6f636b21\""

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

static bool ends_with(llmc__mock_span path, const char *end) {
    size_t len = strlen(end);
    return path.len >= len && memcmp(path.data + path.len - len, end, len) == 0;
}

static bool span_is(llmc__mock_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

llmc__mock_route llmc__mock_route_of(const llmc__mock_asked *asked) {
    llmc__mock_span path = asked->path;
    const char *query = memchr(path.data, '?', path.len);
    if (query != NULL) {
        path.len = (size_t)(query - path.data);
    }
    if (span_is(asked->method, "POST") && ends_with(path, "/chat/completions")) {
        return LLMC__MOCK_CHAT;
    }
    return span_is(asked->method, "GET") && ends_with(path, "/models") ? LLMC__MOCK_MODELS : LLMC__MOCK_NOWHERE;
}

bool llmc__mock_is_anthropic(const llmc__mock_asked *asked) {
    return ends_with(asked->path, "/messages");
}

static const char *error_type(int status) {
    if (status == 429) {
        return "requests";
    }
    return status >= 500 ? "server_error" : "invalid_request_error";
}

static const char *error_code(int status) {
    switch (status) {
    case 401:
        return "\"invalid_api_key\"";
    case 404:
        return "\"model_not_found\"";
    case 429:
        return "\"rate_limit_exceeded\"";
    default:
        return "null";
    }
}

void llmc__mock_body_error(llmc__mock_answer *answer, int status, llmc__mock_span message) {
    llmc__buf *body = answer->body;
    answer->status = status;
    answer->json = true;
    answer->events = false;
    llmc__mock_put_str(answer, body, "{\"error\":{\"message\":\"");
    llmc__mock_put(answer, body, message.data, message.len);
    llmc__mock_put_str(answer, body, "\",\"type\":\"");
    llmc__mock_put_str(answer, body, error_type(status));
    llmc__mock_put_str(answer, body, "\",\"param\":null,\"code\":");
    llmc__mock_put_str(answer, body, error_code(status));
    llmc__mock_put_str(answer, body, "}}");
}

static void put_models(llmc__mock_answer *answer) {
    llmc__mock_put_str(answer, answer->body,
                       "{\"object\":\"list\",\"data\":[{\"id\":\"mock\",\"object\":\"model\","
                       "\"created\":1735689600,\"owned_by\":\"llmclient\"}]}");
}

/* What the answer says, escaped. */
static llmc__mock_span answer_text(const llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    if (plan != NULL && plan->has_text) {
        return (llmc__mock_span){plan->text, plan->text_len};
    }
    if (plan != NULL && plan->deltas != NULL) {
        return (llmc__mock_span){plan->deltas, plan->delta_ends[plan->delta_count - 1]};
    }
    return answer->ask.user;
}

static void put_usage(llmc__mock_answer *answer, llmc__mock_span text) {
    const llmc__mock_plan *plan = answer->plan;
    llmc__buf *body = answer->body;
    int64_t in = plan != NULL && plan->tokens_in > 0 ? plan->tokens_in : (int64_t)answer->ask.words;
    int64_t out =
        plan != NULL && plan->tokens_out > 0 ? plan->tokens_out : (int64_t)llmc__mock_scan_words(text.data, text.len);
    llmc__mock_put_str(answer, body, "\"usage\":{\"prompt_tokens\":");
    llmc__mock_put_int(answer, body, in);
    llmc__mock_put_str(answer, body, ",\"completion_tokens\":");
    llmc__mock_put_int(answer, body, out);
    llmc__mock_put_str(answer, body, ",\"total_tokens\":");
    llmc__mock_put_int(answer, body, in + out);
    llmc__mock_put_str(answer, body,
                       ",\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
                       "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
                       "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}");
}

/* {"id":..,"object":..,"created":..,"model":.. */
static void put_start(llmc__mock_answer *answer, llmc__buf *to, const char *object) {
    llmc__mock_put_str(answer, to, "{\"id\":\"chatcmpl-");
    llmc__mock_put(answer, to, answer->id, 29);
    llmc__mock_put_str(answer, to, "\",\"object\":\"");
    llmc__mock_put_str(answer, to, object);
    llmc__mock_put_str(answer, to, "\",\"created\":");
    llmc__mock_put_int(answer, to, answer->created);
    llmc__mock_put_str(answer, to, ",\"model\":\"");
    llmc__mock_put(answer, to, answer->ask.model.data, answer->ask.model.len);
    llmc__mock_put_str(answer, to, "\",");
}

static const char *finish_reason(const llmc__mock_answer *answer) {
    return answer->plan != NULL ? answer->plan->finish_reason : "stop";
}

static void put_completion(llmc__mock_answer *answer) {
    llmc__buf *body = answer->body;
    llmc__mock_span text = answer_text(answer);
    put_start(answer, body, "chat.completion");
    llmc__mock_put_str(answer, body, "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
    llmc__mock_put(answer, body, text.data, text.len);
    llmc__mock_put_str(answer, body, "\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"");
    llmc__mock_put_str(answer, body, finish_reason(answer));
    llmc__mock_put_str(answer, body, "\"}],");
    put_usage(answer, text);
    llmc__mock_put_str(answer, body, "," FINGERPRINT "}");
}

/* ---- streams ---- */

static void end_event(llmc__mock_answer *answer) {
    llmc__mock_put(answer, answer->body, "\n\n", 2);
    llmc__mock_put_mark(answer, answer->events_at, answer->body->len);
}

/* A chunk whose delta is `delta` followed by `text`, and `close` behind them. */
static void put_chunk(llmc__mock_answer *answer, const char *delta, llmc__mock_span text, const char *close,
                      const char *finish) {
    llmc__buf *body = answer->body;
    llmc__mock_put(answer, body, answer->prefix->data, answer->prefix->len);
    llmc__mock_put_str(answer, body, "\"choices\":[{\"index\":0,\"delta\":{");
    llmc__mock_put_str(answer, body, delta);
    llmc__mock_put(answer, body, text.data, text.len);
    llmc__mock_put_str(answer, body, close);
    llmc__mock_put_str(answer, body, "},\"logprobs\":null,\"finish_reason\":");
    if (finish == NULL) {
        llmc__mock_put_str(answer, body, "null}]");
    } else {
        llmc__mock_put(answer, body, "\"", 1);
        llmc__mock_put_str(answer, body, finish);
        llmc__mock_put_str(answer, body, "\"}]");
    }
    /* With include_usage every chunk has the field and all but the last have it null. */
    llmc__mock_put_str(answer, body, answer->ask.include_usage ? ",\"usage\":null}" : "}");
    end_event(answer);
}

static void put_delta(llmc__mock_answer *answer, const char *text, size_t len) {
    put_chunk(answer, "\"content\":\"", (llmc__mock_span){text, len}, "\"", NULL);
}

/* Cuts before each space: "one two" is "one", " two". Spaces are never inside an escape. */
static void put_words(llmc__mock_answer *answer, llmc__mock_span text) {
    size_t start = 0;
    while (start < text.len) {
        const char *space = start + 1 < text.len ? memchr(text.data + start + 1, ' ', text.len - start - 1) : NULL;
        size_t end = space == NULL ? text.len : (size_t)(space - text.data);
        put_delta(answer, text.data + start, end - start);
        start = end;
    }
}

static void put_stream(llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    llmc__mock_span none = {"", 0};
    llmc__mock_span text = answer_text(answer);
    answer->events = true;
    llmc__buf_clear(answer->prefix);
    llmc__mock_put_str(answer, answer->prefix, "data: ");
    put_start(answer, answer->prefix, "chat.completion.chunk");
    llmc__mock_put_str(answer, answer->prefix, FINGERPRINT ",");
    if (answer->failed) {
        return;
    }
    put_chunk(answer, "\"role\":\"assistant\",\"content\":\"\",\"refusal\":null", none, "", NULL);
    if (plan != NULL && plan->deltas != NULL) {
        for (size_t i = 0; i < plan->delta_count; i++) {
            size_t start = i == 0 ? 0 : plan->delta_ends[i - 1];
            put_delta(answer, plan->deltas + start, plan->delta_ends[i] - start);
        }
    } else {
        put_words(answer, text);
    }
    put_chunk(answer, "", none, "", finish_reason(answer));
    if (answer->ask.include_usage) {
        llmc__mock_put(answer, answer->body, answer->prefix->data, answer->prefix->len);
        llmc__mock_put_str(answer, answer->body, "\"choices\":[],");
        put_usage(answer, text);
        llmc__mock_put_str(answer, answer->body, "}");
        end_event(answer);
    }
    if (plan == NULL || !plan->no_done) {
        llmc__mock_put_str(answer, answer->body, "data: [DONE]");
        end_event(answer);
    }
}

/* ---- bodies given by the script ---- */

/* Events of a body end at empty lines. */
static void mark_events(llmc__mock_answer *answer) {
    const llmc__buf *body = answer->body;
    size_t line = 0;
    for (size_t i = 0; i < body->len; i++) {
        if (body->data[i] != '\n') {
            continue;
        }
        bool empty = i == line || (i == line + 1 && body->data[line] == '\r');
        if (empty && line > 0) {
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
    size_t i = 0;
    llmc__mock_put(answer, answer->body, plan->body, plan->body_len);
    while (i < plan->body_len && strchr(" \t\r\n", plan->body[i]) != NULL && plan->body[i] != '\0') {
        i++;
    }
    bool is_json = i < plan->body_len && (plan->body[i] == '{' || plan->body[i] == '[');
    answer->events = answer->streamed && answer->status < 400 && !is_json;
    answer->json = !answer->events;
    if (answer->events && !answer->failed) {
        mark_events(answer);
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
    bool says = plan != NULL && (plan->has_text || plan->deltas != NULL);
    answer->status = plan != NULL ? plan->status : 200;
    answer->json = true;
    if (answer->verdict.status != 0) {
        llmc__mock_limit_body(answer);
    } else if (plan != NULL && plan->body != NULL) {
        put_given(answer);
    } else if (answer->status >= 400) {
        put_said_error(answer);
    } else if (!says && answer->route == LLMC__MOCK_MODELS) {
        put_models(answer);
    } else if (!says && answer->route == LLMC__MOCK_NOWHERE) {
        put_unknown(answer);
    } else if (!says && !answer->ask.is_object) {
        const char *text = "We could not parse the JSON body of your request.";
        llmc__mock_body_error(answer, 400, (llmc__mock_span){text, strlen(text)});
    } else if (answer->ask.stream) {
        put_stream(answer);
    } else {
        put_completion(answer);
    }
}
