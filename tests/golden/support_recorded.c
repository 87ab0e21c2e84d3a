#include "support_recorded.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/classify.h"
#include "wire/eventstream.h"
#include "wire/json.h"
#include "wire/jsonprint.h"
#include "wire/ndjson.h"
#include "wire/sse.h"

static const llmc__target plain_target = {.name = "test"};

#define MAX_BYTES RECORDED_MAX_BYTES

static recorded_api api;
static const llmc__target *target = &plain_target; /* of the case that runs */
static size_t mismatches;

void recorded_set(const recorded_api *chosen) {
    api = *chosen;
}

void recorded_use_target(const llmc__target *chosen) {
    target = chosen;
}

size_t recorded_mismatches(void) {
    return mismatches;
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

void recorded_free(recorded_outcome *result) {
    llmc__response_unref(result->response);
    llmc__error_clear(&result->error);
}

recorded_outcome recorded_feed(const char *bytes, size_t len, const recorded_cutting *plan) {
    recorded_outcome result = {llmc__response_new(MAX_BYTES), LLMC_OK, {0}};
    llmc__decoder *decoder = api.adapter->decoder_new(target, MAX_BYTES);
    llmc__error_init(&result.error);
    size_t next = 0;
    for (size_t at = 0; at < len && result.status == LLMC_OK;) {
        while (next < plan->count && plan->cuts[next] <= at)
            next++;
        size_t end = plan->bytewise ? at + 1 : next < plan->count && plan->cuts[next] < len ? plan->cuts[next] : len;
        /* A copy of the exact size, so that a sanitizer sees each read past the piece. */
        char *piece = malloc(end - at);
        memcpy(piece, bytes + at, end - at);
        result.status = api.adapter->decode_bytes(decoder, piece, end - at, fold, result.response, &result.error);
        free(piece);
        at = end;
    }
    if (result.status == LLMC_OK)
        result.status = api.adapter->decode_end(decoder, fold, result.response, &result.error);
    api.adapter->decoder_free(decoder);
    return result;
}

recorded_outcome recorded_stream(const char *bytes, size_t len, size_t cut) {
    recorded_cutting plan = {.cuts = {cut}, .count = 1, .bytewise = cut == SIZE_MAX};
    return recorded_feed(bytes, len, &plan);
}

static recorded_outcome decode_plain(const char *body, size_t len) {
    recorded_outcome result = {llmc__response_new(MAX_BYTES), LLMC_OK, {0}};
    llmc__decoder *decoder = api.adapter->decoder_new(target, MAX_BYTES);
    llmc__error_init(&result.error);
    result.status = api.adapter->decode_body(decoder, body, len, fold, result.response, &result.error);
    api.adapter->decoder_free(decoder);
    return result;
}

void recorded_complain(const char *what, const char *got, const char *want) {
    printf("    %s: got \"%.300s\", expected \"%.300s\"\n", what, got, want);
    mismatches++;
}

void recorded_same_text(const char *what, const char *got, const char *want) {
    got = got != NULL ? got : "";
    want = want != NULL ? want : "";
    if (strcmp(got, want) != 0)
        recorded_complain(what, got, want);
}

static void same_number(const char *what, int64_t got, int64_t want) {
    if (got != want) {
        printf("    %s: got %lld, expected %lld\n", what, (long long)got, (long long)want);
        mismatches++;
    }
}

static const char *string_at(const llmc__json_doc *doc, const llmc__json *object, const char *name) {
    return llmc__json_string(doc, llmc__json_get(object, name), NULL);
}

/* Counts that were expected; null expects an unknown one. */
static void same_count(const llmc__json_doc *doc, const llmc__json *expect, const char *name, int64_t got) {
    int64_t want = -1;
    const llmc__json *value = llmc__json_get(expect, name);
    if (value == NULL)
        return;
    (void)llmc__json_int64(doc, value, &want);
    same_number(name, got, want);
}

static void print_json(const char *text, size_t len, llmc__buf *out) {
    llmc__json_doc *doc = NULL;
    if (llmc__json_parse(text, len, &doc, NULL) == LLMC_OK)
        assert_int_equal(llmc__jsonprint_value(doc, llmc__json_root(doc), out), LLMC_OK);
    llmc__json_free(doc);
}

static void same_arguments(const llmc__json_doc *doc, const llmc__json *want, const llmc__tool_call *got) {
    llmc__buf left, right;
    const char *sent = got->arguments.len > 0 ? got->arguments.data : "{}";
    const char *raw = string_at(doc, want, "__raw__");
    if (raw != NULL) {
        recorded_same_text("raw arguments", sent, raw);
        same_number("cut call ended", got->ended, 0);
        return;
    }
    llmc__buf_init(&left, MAX_BYTES);
    llmc__buf_init(&right, MAX_BYTES);
    print_json(sent, strlen(sent), &left);
    if (llmc__json_type_of(want) == LLMC__JSON_NULL) /* "null", which stands for no arguments */
        assert_int_equal(llmc__buf_append_str(&right, "{}"), LLMC_OK);
    else
        assert_int_equal(llmc__jsonprint_value(doc, want, &right), LLMC_OK);
    recorded_same_text("arguments", llmc__buf_str(&left), llmc__buf_str(&right));
    same_number("call ended", got->ended, 1);
    llmc__buf_free(&left);
    llmc__buf_free(&right);
}

/* Google's calls mostly have no id: the adapter makes one up. */
static void same_id(const llmc__json_doc *doc, const llmc__json *want, const char *got, size_t index) {
    char made_up[32];
    (void)snprintf(made_up, sizeof made_up, "call_%zu", index);
    bool is_absent = llmc__json_type_of(want) == LLMC__JSON_NULL;
    recorded_same_text("tool id", got, api.is_google && is_absent ? made_up : llmc__json_string(doc, want, NULL));
}

static void same_tools(const llmc__json_doc *doc, const llmc__json *expect, const llmc__choice *choice) {
    size_t at = 0;
    const llmc__json *tools = llmc__json_get(expect, "tool_calls");
    same_number("tool calls", (int64_t)choice->tool_count, (int64_t)llmc__json_count(tools));
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL && at < choice->tool_count;
         tool = llmc__json_next(tool), at++) {
        if (api.makes_ids && string_at(doc, tool, "id") == NULL)
            same_number("tool has an id", choice->tools[at].id != NULL && choice->tools[at].id[0] != '\0', 1);
        else
            same_id(doc, llmc__json_get(tool, "id"), choice->tools[at].id, at);
        recorded_same_text("tool name", choice->tools[at].name, string_at(doc, tool, "name"));
        if (llmc__json_get(tool, "input") != NULL)
            recorded_same_text("input", llmc__buf_str(&choice->tools[at].arguments), string_at(doc, tool, "input"));
        else
            same_arguments(doc, llmc__json_get(tool, "arguments"), &choice->tools[at]);
    }
}

static void same_error(const llmc__json_doc *doc, const llmc__json *want, const llmc_error *got) {
    int64_t number = 0;
    char digits[32] = "";
    const llmc__json *code = llmc__json_get(want, "code");
    if (llmc__json_int64(doc, code, &number))
        (void)snprintf(digits, sizeof digits, "%lld", (long long)number);
    recorded_same_text("error type", got->provider_type, string_at(doc, want, "type"));
    recorded_same_text("error code", got->provider_code,
                       digits[0] != '\0' ? digits : llmc__json_string(doc, code, NULL));
    recorded_same_text("error message", got->provider_message, string_at(doc, want, "message"));
    recorded_same_text("error param", got->provider_param, string_at(doc, want, "param"));
    const char *delay = string_at(doc, want, "retry_delay");
    if (delay != NULL)
        same_number("retry delay", got->retry_after_ms, llmc__words_duration(delay, strlen(delay)));
    if (llmc__json_get(want, "status") != NULL) {
        (void)llmc__json_int64(doc, llmc__json_get(want, "status"), &number);
        same_number("HTTP status", got->http_status, number);
    }
}

/* A word that says no more than that the answer is complete may be told as tool_calls (INDEX.md). */
static const char *finish_class(const llmc__json_doc *doc, const llmc__json *expect) {
    const char *class = string_at(doc, expect, "finish_class");
    bool calls = api.tells_calls && llmc__json_first(llmc__json_get(expect, "tool_calls")) != NULL;
    return calls && class != NULL && strcmp(class, "stop") == 0 ? "tool_calls" : class;
}

static void same_reasoning(const llmc__json_doc *doc, const llmc__json *expect, const llmc_response *response) {
    const char *plan = api.tells_plan ? string_at(doc, expect, "tool_plan") : NULL;
    const char *reasoning = string_at(doc, expect, "reasoning_text");
    int64_t citations = 0;
    llmc__buf want;
    llmc__buf_init(&want, MAX_BYTES);
    (void)llmc__buf_appendf(&want, "%s%s", plan != NULL ? plan : "", reasoning != NULL ? reasoning : "");
    recorded_same_text("reasoning", llmc__buf_str(&response->first.reasoning), llmc__buf_str(&want));
    llmc__buf_free(&want);
    while (llmc__response_opaque(response, LLMC_EVENT_CITATION, (size_t)citations) != NULL)
        citations++;
    if (api.tells_plan) /* of the adapters that tell no citations, none expects their count */
        same_count(doc, expect, "citations", citations);
}

/* The wire's output is without the thoughts, its prompt without what tools of Google's own put in. */
static void same_google_usage(const llmc__json_doc *doc, const llmc__json *expect, const llmc__usage *usage) {
    int64_t in = -1, out = -1, thoughts = -1, total = -1;
    (void)llmc__json_int64(doc, llmc__json_get(expect, "input_tokens"), &in);
    (void)llmc__json_int64(doc, llmc__json_get(expect, "output_tokens"), &out);
    (void)llmc__json_int64(doc, llmc__json_get(expect, "reasoning_tokens"), &thoughts);
    (void)llmc__json_int64(doc, llmc__json_get(expect, "total_tokens"), &total);
    if (thoughts >= 0)
        out = (out > 0 ? out : 0) + thoughts;
    if (total >= 0)
        in = total - (out > 0 ? out : 0);
    same_number("input_tokens", usage->tokens_in, in);
    same_number("output_tokens", usage->tokens_out, out);
}

/* The wire's input is without what the cache gave and took. */
static void same_claude_usage(const llmc__json_doc *doc, const llmc__json *expect, const llmc__usage *usage) {
    int64_t cached = usage->cached > 0 ? usage->cached : 0, written = usage->cache_write > 0 ? usage->cache_write : 0;
    same_count(doc, expect, "input_tokens", usage->tokens_in - cached - written);
    same_count(doc, expect, "output_tokens", usage->tokens_out);
    same_count(doc, expect, "cache_write_tokens", usage->cache_write);
}

static void same_opaques(const llmc__json_doc *doc, const llmc__json *expect, const char *name,
                         const llmc_response *response, llmc_event_kind kind) {
    int64_t count = 0, want = 0;
    while (llmc__response_opaque(response, kind, (size_t)count) != NULL)
        count++;
    (void)llmc__json_int64(doc, llmc__json_get(expect, name), &want);
    same_number(name, count, want);
}

static void same_claude_blocks(const llmc__json_doc *doc, const llmc__json *expect, const llmc_response *response) {
    same_opaques(doc, expect, "thinking_signatures", response, LLMC_EVENT_SIGNATURE);
    same_opaques(doc, expect, "redacted_thinking_blocks", response, LLMC_EVENT_REDACTED);
    same_opaques(doc, expect, "citations", response, LLMC_EVENT_CITATION);
}

static bool has_quirk(llmc__quirk quirk) {
    return target->row != NULL && (target->row->quirks & (uint32_t)quirk) != 0;
}

/* Where the wire counts reasoning outside of its output, as the total or the vendor's row tells, it was put back in. */
static int64_t reasoning_outside(const llmc__json_doc *doc, const llmc__json *expect, const llmc__usage *usage) {
    int64_t in = -1, out = -1, total = -1;
    (void)llmc__json_int64(doc, llmc__json_get(expect, "input_tokens"), &in);
    (void)llmc__json_int64(doc, llmc__json_get(expect, "output_tokens"), &out);
    (void)llmc__json_int64(doc, llmc__json_get(expect, "total_tokens"), &total);
    if (usage->reasoning <= 0)
        return 0;
    bool told = total >= 0 && total == in + out + usage->reasoning;
    return told || (total < 0 && has_quirk(LLMC__QUIRK_REASONING_OUTSIDE)) ? usage->reasoning : 0;
}

static void same_usage(const llmc__json_doc *doc, const llmc__json *expect, const llmc__usage *usage) {
    if (api.is_google) {
        same_google_usage(doc, expect, usage);
    } else if (api.is_claude) {
        same_claude_usage(doc, expect, usage);
    } else {
        same_count(doc, expect, "input_tokens", usage->tokens_in);
        same_count(doc, expect, "output_tokens", usage->tokens_out - reasoning_outside(doc, expect, usage));
    }
    same_count(doc, expect, "total_tokens", usage->total);
    same_count(doc, expect, "cached_tokens", usage->cached);
    same_count(doc, expect, "reasoning_tokens", usage->reasoning);
}

static void same_answer(const llmc__json_doc *doc, const llmc__json *expect, const recorded_outcome *result) {
    const llmc_response *response = result->response;
    bool done = true;
    const llmc__json *stream = llmc__json_get(expect, "stream");
    const llmc__json *error = llmc__json_get(expect, "error");
    recorded_same_text("text", llmc__buf_str(&response->first.text), string_at(doc, expect, "text"));
    recorded_same_text("finish reason", response->first.finish_raw, string_at(doc, expect, "finish_reason"));
    recorded_same_text("finish class", llmc_finish_reason_name(response->first.finish), finish_class(doc, expect));
    recorded_same_text("model", response->model, string_at(doc, expect, "model"));
    if (llmc__json_get(expect, "id") != NULL)
        recorded_same_text("id", response->id, string_at(doc, expect, "id"));
    same_usage(doc, expect, &response->usage);
    same_tools(doc, expect, &response->first);
    same_reasoning(doc, expect, response);
    if (api.is_claude)
        same_claude_blocks(doc, expect, response);
    recorded_same_text("refusal", llmc__buf_str(&response->first.refusal), string_at(doc, expect, "refusal"));
    same_count(doc, expect, "n_choices", (int64_t)response->other_count + 1);
    if (stream != NULL && api.lines)
        (void)llmc__json_bool(llmc__json_get(stream, "done"), &done);
    if (stream != NULL && api.ends_by_mark && !has_quirk(LLMC__QUIRK_NO_DONE))
        (void)llmc__json_bool(llmc__json_get(stream, "done_sentinel"), &done);
    if (error != NULL) {
        same_error(doc, error, &result->error);
        same_number("an error came", result->status <= LLMC_ERR_BAD_REQUEST, 1);
    } else if (api.is_google && llmc__json_get(expect, "block_reason") != NULL) {
        recorded_same_text("status", llmc_status_name(result->status), "LLMC_ERR_CONTENT_FILTER");
        recorded_same_text("block reason", result->error.provider_code, string_at(doc, expect, "block_reason"));
    } else {
        recorded_same_text("status", llmc_status_name(result->status),
                           llmc_status_name(done ? LLMC_OK : LLMC_ERR_INCOMPLETE));
    }
}

static int count_event(void *ctx, const llmc__sse_event *event) {
    int64_t *events = ctx;
    *events += event->data_len > 0 && !(event->data_len == 6 && memcmp(event->data, "[DONE]", 6) == 0);
    return 0;
}

static int count_line(void *ctx, const char *line, size_t len) {
    int64_t *events = ctx;
    (void)line;
    *events += len > 0;
    return 0;
}

static void same_lines(const llmc__json_doc *doc, const llmc__json *expect, const char *bytes, size_t len) {
    llmc__ndjson lines;
    int64_t events = 0;
    llmc__ndjson_init(&lines, MAX_BYTES);
    assert_int_equal(llmc__ndjson_feed(&lines, bytes, len, count_line, &events), LLMC_OK);
    assert_int_equal(llmc__ndjson_finish(&lines, count_line, &events), LLMC_OK);
    same_count(doc, llmc__json_get(expect, "stream"), "events", events);
    llmc__ndjson_free(&lines);
}

static void same_framing(const llmc__json_doc *doc, const llmc__json *expect, const char *bytes, size_t len) {
    llmc__sse sse;
    int64_t events = 0;
    const llmc__json *stream = llmc__json_get(expect, "stream");
    llmc__sse_init(&sse, MAX_BYTES);
    assert_int_equal(llmc__sse_feed(&sse, bytes, len, count_event, &events), LLMC_OK);
    assert_int_equal(llmc__sse_finish(&sse, count_event, &events), LLMC_OK);
    same_count(doc, stream, "events", events);
    same_count(doc, stream, "comments", (int64_t)sse.comments);
    llmc__sse_free(&sse);
}

static int pass_frame(void *ctx, const llmc__eventstream_frame *frame) {
    (void)ctx;
    (void)frame;
    return 0;
}

static void same_frames(const llmc__json_doc *doc, const llmc__json *expect, const char *bytes, size_t len) {
    llmc__eventstream frames;
    llmc__eventstream_init(&frames, MAX_BYTES);
    assert_int_equal(llmc__eventstream_feed(&frames, bytes, len, pass_frame, NULL), LLMC_OK);
    same_number("cut frame", llmc__eventstream_is_cut(&frames), 0);
    same_count(doc, llmc__json_get(expect, "stream"), "frames", (int64_t)frames.frames);
    llmc__eventstream_free(&frames);
}

static void check_error_answer(const llmc__json_doc *doc, const llmc__json *expect, const wire_case *one,
                               const char *body, size_t len) {
    llmc_error error;
    const char *type_header = api.adapter->error_type_header;
    char *hint = type_header != NULL ? wire_header(one, type_header) : NULL;
    llmc__error_init(&error);
    api.adapter->classify(NULL, one->http_status, body, len, hint, &error);
    free(hint);
    same_error(doc, llmc__json_get(expect, "error"), &error);
    same_number("an error status", error.status <= LLMC_ERR_BAD_REQUEST, 1);
    same_number("a message", error.message != NULL && error.message[0] != '\0', 1);
    llmc__error_clear(&error);
}

static void check_answer(const llmc__json_doc *doc, const llmc__json *expect, const wire_case *one, const char *body,
                         size_t len) {
    const char *dot = strrchr(one->body_path, '.');
    bool is_stream = dot != NULL && strcmp(dot, api.lines ? ".ndjson" : api.frames ? ".bin" : ".sse") == 0;
    recorded_outcome result = is_stream ? recorded_stream(body, len, len) : decode_plain(body, len);
    same_answer(doc, expect, &result);
    if (is_stream && api.lines)
        same_lines(doc, expect, body, len);
    else if (is_stream && api.frames)
        same_frames(doc, expect, body, len);
    else if (is_stream)
        same_framing(doc, expect, body, len);
    /* A plain body where a stream was asked for is decoded as well, so it too is cut everywhere. */
    if (is_stream || body[0] == '{')
        recorded_check_splits(body, len, &result);
    recorded_free(&result);
}

/* Mismatches found in one case. */
static size_t check_case(const wire_case *one) {
    size_t body_len = 0, expect_len = 0, before = mismatches;
    llmc__json_doc *doc = NULL;
    target = api.target_of != NULL ? api.target_of(one) : &plain_target;
    char *body = wire_read(one->body_path, &body_len);
    char *expect = wire_read(one->expect_path, &expect_len);
    assert_non_null(body);
    assert_non_null(expect);
    assert_int_equal(llmc__json_parse(expect, expect_len, &doc, NULL), LLMC_OK);
    if (one->http_status >= 400)
        check_error_answer(doc, llmc__json_root(doc), one, body, body_len);
    else
        check_answer(doc, llmc__json_root(doc), one, body, body_len);
    llmc__json_free(doc);
    free(body);
    free(expect);
    if (mismatches != before)
        printf("  in %s\n", one->name);
    return mismatches - before;
}

void recorded_run(void) {
    size_t count = 0, failed = 0, checked = 0, of_provider = 0;
    if (wire_dir() == NULL) {
        printf("no recorded answers here (LLMC_WIRE_DIR or ../shared/wire): only hand-written tests ran\n");
        skip();
    }
    wire_case *cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++) {
        if (api.is_ours(&cases[i])) {
            of_provider++;
            failed += check_case(&cases[i]) != 0;
        }
        if (i + 1 == count || strcmp(cases[i].provider, cases[i + 1].provider) != 0) {
            if (of_provider > 0)
                printf("%-16s %zu cases\n", cases[i].provider, of_provider);
            checked += of_provider;
            of_provider = 0;
        }
    }
    printf("%-16s %zu cases, %zu failed\n", "all", checked, failed);
    free(cases);
    assert_true(checked > 0);
    assert_int_equal(failed, 0);
}
