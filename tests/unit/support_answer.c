#include "support_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"

uint64_t answer_random(uint64_t *seed) {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return *seed * 2685821657736338717U;
}

size_t answer_below(uint64_t *seed, size_t limit) {
    return (size_t)(answer_random(seed) >> 16) % limit;
}

static bool maybe(uint64_t *seed) {
    return answer_below(seed, 2) == 0;
}

/* Bytes of any kind, NUL among them; in static memory, four at a time. */
static const char *some_text(uint64_t *seed, size_t *len) {
    static char texts[4][600];
    static size_t turn;
    char *text = texts[turn++ % 4];
    *len = answer_below(seed, maybe(seed) ? 20 : 599);
    for (size_t i = 0; i < *len; i++)
        text[i] = (char)(answer_below(seed, 16) == 0 ? 0 : 'a' + (int)answer_below(seed, 26));
    text[*len] = '\0';
    return text;
}

static const char *some_word(uint64_t *seed) {
    static const char *const words[] = {"alpha", "b", "gpt-4.1-mini-2025-04-14", "chatcmpl-0123456789",
                                        "\xc3\xa9t\xc3\xa9"};
    return words[answer_below(seed, sizeof words / sizeof words[0])];
}

static void put(llmc_response *response, const llmc_event *event) {
    if (llmc__response_fold(response, event) != LLMC_OK)
        abort();
}

static void put_text(llmc_response *response, uint64_t *seed, llmc_event_kind kind, size_t choice) {
    llmc_event event = {.kind = kind, .choice = choice};
    event.text = some_text(seed, &event.text_len);
    event.origin = "openai";
    put(response, &event);
}

static void put_tool(llmc_response *response, uint64_t *seed, size_t choice, bool partial) {
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START, .choice = choice, .tool_index = answer_below(seed, 4)};
    event.tool_id = maybe(seed) ? some_word(seed) : NULL;
    event.tool_name = some_word(seed);
    put(response, &event);
    event.kind = LLMC_EVENT_TOOL_CALL_DELTA;
    event.text = some_text(seed, &event.text_len);
    if (maybe(seed))
        put(response, &event);
    event.kind = LLMC_EVENT_TOOL_CALL_END;
    event.text = "{}";
    event.text_len = maybe(seed) ? 2 : 0;
    if (!partial || maybe(seed))
        put(response, &event);
}

static void put_usage(llmc_response *response, uint64_t *seed) {
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = LLMC__USAGE_INIT};
    event.usage.tokens_in = (int64_t)answer_below(seed, 100000);
    event.usage.tokens_out = maybe(seed) ? (int64_t)answer_below(seed, 100000) : -1;
    event.usage.cached = maybe(seed) ? 0 : -1;
    event.usage.reasoning = maybe(seed) ? (int64_t)answer_below(seed, 10) : -1;
    event.usage.total = maybe(seed) ? 17 : -1;
    event.usage.cache_write = maybe(seed) ? 3 : -1;
    put(response, &event);
}

static void put_finish(llmc_response *response, uint64_t *seed, size_t choice) {
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .choice = choice};
    event.finish = (llmc_finish_reason)(1 + answer_below(seed, 7));
    event.finish_raw = maybe(seed) ? some_word(seed) : NULL;
    put(response, &event);
}

static void put_one(llmc_response *response, uint64_t *seed, bool partial) {
    static const llmc_event_kind opaque[] = {LLMC_EVENT_SIGNATURE, LLMC_EVENT_REDACTED, LLMC_EVENT_CITATION,
                                             LLMC_EVENT_LOGPROBS, LLMC__EVENT_REPLAY};
    static const llmc_event_kind text[] = {LLMC_EVENT_TEXT, LLMC_EVENT_REASONING, LLMC_EVENT_REFUSAL};
    size_t choice = answer_below(seed, 6) == 0 ? answer_below(seed, 4) : 0;
    switch (answer_below(seed, 5)) {
    case 0:
        put_tool(response, seed, choice, partial);
        break;
    case 1:
        put_text(response, seed, opaque[answer_below(seed, 5)], 0);
        break;
    case 2:
        put_usage(response, seed);
        break;
    default:
        put_text(response, seed, text[answer_below(seed, 3)], choice);
        break;
    }
}

static void put_rest(llmc_response *response, uint64_t *seed) {
    size_t len;
    llmc_attempt attempt = {.provider = "openai",
                            .model = "gpt-4.1",
                            .status = LLMC_ERR_OVERLOADED,
                            .http_status = 529,
                            .queue_us = 1,
                            .connect_us = 2,
                            .first_byte_us = 3,
                            .total_us = 4,
                            .bytes_sent = 5,
                            .bytes_received = 6,
                            .reused_connection = true,
                            .why = "a test"};
    response->provider = llmc__mem_strdup("openai");
    response->request_id = llmc__mem_strdup(some_word(seed));
    response->cost_usd = maybe(seed) ? 0.125 : -1.0;
    response->latency_ms = 1234;
    response->ttft_ms = 56;
    (void)llmc__response_add_header(response, "x-request-id", 12, "abc", 3);
    (void)llmc__buf_append_str(&response->raw_body, some_text(seed, &len));
    (void)llmc__response_add_attempt(response, &attempt);
    if (maybe(seed)) {
        response->status = LLMC_ERR_SERVER;
        llmc__error_set(&response->error, LLMC_ERR_SERVER, "server says %s", "no");
        response->error.http_status = 500;
        response->error.retryable = true;
        response->error.retry_after_ms = 77;
        llmc__error_word(&response->error.provider_code, "oops", 4);
    }
    attempt.status = LLMC_OK;
    (void)llmc__response_add_attempt(response, &attempt);
}

/* Of an operation with a record; most answers are of chats and have none. */
static void put_result(llmc_response *response, uint64_t *seed) {
    static const llmc__op ops[] = {LLMC__OP_EMBED, LLMC__OP_RERANK, LLMC__OP_COUNT_TOKENS};
    llmc__result *result = llmc__result_new(ops[answer_below(seed, 3)]);
    result->count = (int64_t)answer_below(seed, 3) - 1;
    result->vector_count = answer_below(seed, 4);
    result->dimensions = 1 + answer_below(seed, 5);
    result->vectors = llmc__mem_calloc(result->vector_count * result->dimensions + 1, sizeof *result->vectors);
    for (size_t i = 0; i < result->vector_count * result->dimensions; i++)
        result->vectors[i] = (float)answer_below(seed, 1000) / -7.0F;
    result->rank_count = answer_below(seed, 4);
    result->ranks = llmc__mem_calloc(result->rank_count + 1, sizeof *result->ranks);
    for (size_t i = 0; i < result->rank_count; i++)
        result->ranks[i] = (llmc__rank){answer_below(seed, 1000), (double)answer_below(seed, 1000) / 7.0};
    response->result = result;
}

llmc_response *answer_new(uint64_t *seed, bool partial) {
    llmc_response *response = llmc__response_new((size_t)1 << 20);
    llmc_event start = {.kind = LLMC_EVENT_START, .model = some_word(seed), .id = maybe(seed) ? some_word(seed) : NULL};
    size_t pieces = answer_below(seed, 14);
    if (!partial || maybe(seed))
        put(response, &start);
    for (size_t i = 0; i < pieces; i++)
        put_one(response, seed, partial);
    for (size_t i = 0; i <= response->other_count; i++)
        if (!partial || maybe(seed))
            put_finish(response, seed, i);
    put_rest(response, seed);
    if (answer_below(seed, 3) == 0)
        put_result(response, seed);
    return response;
}

llmc_response *answer_of_length(size_t len) {
    llmc_response *response = llmc__response_new(len + 1);
    llmc_event event = {.kind = LLMC_EVENT_TEXT, .text_len = len};
    char *text = llmc__mem_calloc(1, len + 1);
    memset(text, 'x', len);
    event.text = text;
    put(response, &event);
    event = (llmc_event){.kind = LLMC_EVENT_FINISH, .finish = LLMC_FINISH_STOP};
    put(response, &event);
    llmc__mem_free(text);
    return response;
}

/* ---- comparison ---- */

static bool same_text(const char *a, const char *b) {
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool same_buf(const llmc__buf *a, const llmc__buf *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static const char *choice_differs(const llmc__choice *a, const llmc__choice *b) {
    if (!same_buf(&a->text, &b->text))
        return "text";
    if (!same_buf(&a->reasoning, &b->reasoning))
        return "reasoning";
    if (!same_buf(&a->refusal, &b->refusal))
        return "refusal";
    if (a->finish != b->finish || !same_text(a->finish_raw, b->finish_raw))
        return "finish";
    if (a->tool_count != b->tool_count)
        return "tool_count";
    for (size_t i = 0; i < a->tool_count; i++)
        if (!same_text(a->tools[i].id, b->tools[i].id) || !same_text(a->tools[i].name, b->tools[i].name) ||
            !same_buf(&a->tools[i].arguments, &b->tools[i].arguments) || a->tools[i].ended != b->tools[i].ended)
            return "tool";
    return NULL;
}

/* By kind and number, as everything in the library asks for them. */
static bool same_opaques(const llmc_response *a, const llmc_response *b) {
    if (a->opaque_count != b->opaque_count)
        return false;
    for (int kind = LLMC_EVENT_SIGNATURE; kind <= LLMC_EVENT_LOGPROBS; kind++)
        for (size_t i = 0; i < a->opaque_count; i++) {
            const llmc__opaque *x = llmc__response_opaque(a, (llmc_event_kind)kind, i);
            const llmc__opaque *y = llmc__response_opaque(b, (llmc_event_kind)kind, i);
            if ((x == NULL) != (y == NULL))
                return false;
            if (x != NULL && (x->len != y->len || memcmp(x->text, y->text, x->len) != 0))
                return false;
        }
    return true;
}

static const char *choices_differ(const llmc_response *a, const llmc_response *b) {
    const char *what = choice_differs(&a->first, &b->first);
    if (what != NULL)
        return what;
    if (a->other_count != b->other_count)
        return "other_count";
    for (size_t i = 0; i < a->other_count && what == NULL; i++)
        what = choice_differs(&a->others[i], &b->others[i]);
    return what;
}

const char *answer_content_differs(const llmc_response *a, const llmc_response *b) {
    const char *what = choices_differ(a, b);
    if (what != NULL)
        return what;
    if (!same_text(a->model, b->model))
        return "model";
    if (!same_text(a->id, b->id))
        return "id";
    if (memcmp(&a->usage, &b->usage, sizeof a->usage) != 0)
        return "usage";
    if (!same_opaques(a, b))
        return "opaques";
    return same_buf(&a->replay, &b->replay) && same_text(a->replay_origin, b->replay_origin) ? NULL : "replay";
}

static bool same_error(const llmc_error *a, const llmc_error *b) {
    return a->status == b->status && a->http_status == b->http_status && a->retryable == b->retryable &&
           a->retry_after_ms == b->retry_after_ms && same_text(a->message, b->message) &&
           same_text(a->provider_type, b->provider_type) && same_text(a->provider_code, b->provider_code) &&
           same_text(a->provider_message, b->provider_message) && same_text(a->provider_param, b->provider_param);
}

static bool same_attempts(const llmc_response *a, const llmc_response *b) {
    const llmc__attempt_node *x = a->attempts, *y = b->attempts;
    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        if (!same_text(x->data.provider, y->data.provider) || !same_text(x->data.model, y->data.model) ||
            x->data.status != y->data.status || x->data.total_us != y->data.total_us ||
            x->data.bytes_received != y->data.bytes_received)
            return false;
    return x == NULL && y == NULL && a->attempt_count == b->attempt_count;
}

static bool same_result(const llmc__result *a, const llmc__result *b) {
    size_t floats;
    if (a == NULL || b == NULL)
        return a == b;
    floats = a->vector_count * a->dimensions;
    if (a->op != b->op || a->count != b->count || floats != b->vector_count * b->dimensions ||
        (floats > 0 && (a->dimensions != b->dimensions || memcmp(a->vectors, b->vectors, floats * sizeof(float)) != 0)))
        return false;
    if (a->rank_count != b->rank_count)
        return false;
    for (size_t i = 0; i < a->rank_count; i++)
        if (a->ranks[i].index != b->ranks[i].index || a->ranks[i].score < b->ranks[i].score ||
            a->ranks[i].score > b->ranks[i].score)
            return false;
    return true;
}

const char *answer_differs(const llmc_response *a, const llmc_response *b) {
    const char *what = answer_content_differs(a, b);
    if (what != NULL)
        return what;
    if (a->status != b->status || !same_error(&a->error, &b->error))
        return "error";
    if (!same_text(a->provider, b->provider) || !same_text(a->request_id, b->request_id))
        return "provider";
    if (a->cost_usd < b->cost_usd || a->cost_usd > b->cost_usd || a->from_cache != b->from_cache)
        return "cost";
    if (!same_buf(&a->raw_body, &b->raw_body) || !same_buf(&a->headers, &b->headers))
        return "body";
    if (!same_result(a->result, b->result))
        return "result";
    return same_attempts(a, b) ? NULL : "attempts";
}

/* ---- memory that fails ---- */

static int pass(void *ctx) {
    answer_gate *gate = ctx;
    int at = gate->seen++;
    return gate->fail_at < 0 || (gate->for_ever ? at < gate->fail_at : at != gate->fail_at);
}

void answer_gate_set(answer_gate *gate, int fail_at, bool for_ever) {
    *gate = (answer_gate){fail_at, 0, for_ever};
    llmc__mem_set_gate(pass, gate);
}

void answer_gate_drop(void) {
    llmc__mem_set_gate(NULL, NULL);
}
