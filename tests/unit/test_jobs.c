/* Batch jobs as bytes: uploads, states and lines of results, of both kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/jobs.h"
#include "support_adapter.h"

static const char *const names[] = {"openai", "anthropic"};

/* A request to each, written. */
static void begin(adapter_case *c, size_t kind) {
    adapter_begin(c, names[kind], kind == 0 ? "gpt-x" : "claude-x");
    assert_int_equal(llmc_request_add_message(c->request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    assert_int_equal(adapter_encode(c, false), LLMC_OK);
}

static const llmc__jobs_api *api_of(const adapter_case *c) {
    llmc_error error;
    llmc__error_init(&error);
    const llmc__jobs_api *api = llmc__jobs_of(&c->target, &error);
    assert_non_null(api);
    return api;
}

static void who_has_them(void **state) {
    static const char *const have[] = {"openai", "openai-responses", "anthropic", "groq"};
    static const char *const lack[] = {"mistral", "gemini", "cohere", "deepseek", "bedrock"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        adapter_case c;
        adapter_begin(&c, have[i], "m");
        (void)api_of(&c);
        adapter_end(&c);
    }
    for (size_t i = 0; i < 5; i++) {
        adapter_case c;
        llmc_error error;
        llmc__error_init(&error);
        adapter_begin(&c, lack[i], "m");
        assert_null(llmc__jobs_of(&c.target, &error));
        assert_int_equal(error.status, LLMC_ERR_UNSUPPORTED);
        assert_non_null(strstr(error.message, lack[i]));
        llmc__error_clear(&error);
        adapter_end(&c);
    }
}

static void uploads(void **state) {
    (void)state;
    for (size_t kind = 0; kind < 2; kind++) {
        adapter_case c;
        llmc__buf out;
        begin(&c, kind);
        const llmc__jobs_api *api = api_of(&c);
        llmc__buf_init(&out, 1 << 20);
        assert_int_equal(llmc__jobs_begin(api, &out), LLMC_OK);
        assert_int_equal(llmc__jobs_add(api, &out, 1 << 20, 0, &c.target, &c.http), LLMC_OK);
        size_t one = out.len;
        assert_int_equal(llmc__jobs_add(api, &out, 1 << 20, 12345, &c.target, &c.http), LLMC_OK);
        /* What has no place leaves nothing behind. */
        size_t two = out.len;
        assert_int_equal(llmc__jobs_add(api, &out, two + 10, 7, &c.target, &c.http), LLMC_ERR_TOO_LARGE);
        assert_int_equal(out.len, two);
        assert_int_equal(strlen(out.data), two);
        assert_int_equal(llmc__jobs_end(api, &out), LLMC_OK);
        assert_non_null(strstr(out.data, "\"custom_id\":\"llmc-12345\""));
        assert_null(strstr(out.data, "llmc-7"));
        assert_true(two - one > 50);
        /* Exactly as large as is allowed fits. */
        size_t whole = out.len;
        llmc__buf_clear(&out);
        assert_int_equal(llmc__jobs_begin(api, &out), LLMC_OK);
        assert_int_equal(llmc__jobs_add(api, &out, whole, 0, &c.target, &c.http), LLMC_OK);
        assert_int_equal(llmc__jobs_add(api, &out, whole, 12345, &c.target, &c.http), LLMC_OK);
        llmc__buf_free(&out);
        adapter_end(&c);
    }
}

static void read_state(size_t kind, const char *text, llmc_status expected, llmc__jobs_state *out) {
    adapter_case c;
    llmc_error error;
    llmc__error_init(&error);
    begin(&c, kind);
    *out = (llmc__jobs_state){0};
    assert_int_equal(llmc__jobs_read(api_of(&c), text, strlen(text), out, &error), expected);
    assert_int_equal(error.status, expected);
    llmc__error_clear(&error);
    adapter_end(&c);
}

static void states_of_openai(void **state) {
    static const struct {
        const char *word;
        llmc__jobs_phase phase;
    } words[] = {
        {"validating", LLMC__JOBS_RUNNING}, {"in_progress", LLMC__JOBS_RUNNING},   {"finalizing", LLMC__JOBS_RUNNING},
        {"cancelling", LLMC__JOBS_RUNNING}, {"something_new", LLMC__JOBS_RUNNING}, {"completed", LLMC__JOBS_ENDED},
        {"expired", LLMC__JOBS_EXPIRED},    {"cancelled", LLMC__JOBS_CANCELLED},   {"failed", LLMC__JOBS_FAILED}};
    llmc__jobs_state read;
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "{\"id\":\"batch_1\",\"status\":\"%s\",\"output_file_id\":null}",
                       words[i].word);
        read_state(0, text, LLMC_OK, &read);
        assert_int_equal(read.phase, words[i].phase);
        assert_string_equal(read.id, "batch_1");
        assert_null(read.results);
        llmc__jobs_state_clear(&read);
    }
    read_state(0, "{\"id\":\"b\",\"status\":\"completed\",\"output_file_id\":\"file-a\",\"error_file_id\":\"file-b\"}",
               LLMC_OK, &read);
    assert_string_equal(read.results, "/files/file-a/content");
    assert_string_equal(read.errors, "/files/file-b/content");
    llmc__jobs_state_clear(&read);
    read_state(0, "{\"id\":\"b\",\"status\":\"failed\",\"errors\":{\"data\":[{\"message\":\"line 3\"}]}}", LLMC_OK,
               &read);
    assert_string_equal(read.message, "line 3");
    llmc__jobs_state_clear(&read);
}

static void states_of_anthropic(void **state) {
    llmc__jobs_state read;
    (void)state;
    read_state(1, "{\"id\":\"msgbatch_1\",\"processing_status\":\"canceling\"}", LLMC_OK, &read);
    assert_int_equal(read.phase, LLMC__JOBS_RUNNING);
    llmc__jobs_state_clear(&read);
    /* The address it names is not taken: it could lead anywhere. */
    read_state(1, "{\"id\":\"msgbatch_1\",\"processing_status\":\"ended\",\"results_url\":\"https://evil.example/x\"}",
               LLMC_OK, &read);
    assert_int_equal(read.phase, LLMC__JOBS_ENDED);
    assert_string_equal(read.results, "/messages/batches/msgbatch_1/results");
    llmc__jobs_state_clear(&read);
}

/* Ids become parts of paths. */
static void states_that_are_none(void **state) {
    static const char *const bad[] = {"",
                                      "{}",
                                      "[]",
                                      "<html>",
                                      "{\"id\":\"b\"}",
                                      "{\"id\":7,\"status\":\"completed\"}",
                                      "{\"id\":\"\",\"status\":\"completed\"}",
                                      "{\"id\":\"../files/x\",\"status\":\"completed\"}",
                                      "{\"id\":\"a?b\",\"status\":\"completed\"}",
                                      "{\"id\":\"a\\r\\nb\",\"status\":\"completed\"}"};
    llmc__jobs_state read;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        read_state(0, bad[i], LLMC_ERR_BAD_RESPONSE, &read);
    read_state(0, "{\"id\":\"b\",\"status\":\"completed\",\"output_file_id\":\"../../x\"}", LLMC_OK, &read);
    assert_null(read.results);
    llmc__jobs_state_clear(&read);
}

/* ---- results ---- */

static llmc_status read_line(size_t kind, const char *line, size_t len, size_t *index, llmc_response **out) {
    adapter_case c;
    begin(&c, kind);
    *out = llmc__response_new(1 << 20);
    assert_non_null(*out);
    llmc_status status = llmc__jobs_read_line(api_of(&c), &c.target, line, len, index, *out);
    adapter_end(&c);
    return status;
}

static void line_is(size_t kind, const char *line, size_t wanted_index, llmc_status wanted, const char *text) {
    llmc_response *response = NULL;
    size_t index = SIZE_MAX;
    assert_int_equal(read_line(kind, line, strlen(line), &index, &response), LLMC_OK);
    assert_int_equal(index, wanted_index);
    if (llmc_response_status(response) != wanted)
        fail_msg("%s: %s", line, llmc_response_error_message(response));
    if (wanted == LLMC_OK)
        assert_string_equal(llmc_response_output(response), text);
    else if (strstr(llmc_response_error_message(response), text) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", text, llmc_response_error_message(response));
    assert_string_equal(llmc_response_provider(response), names[kind]);
    llmc_response_free(response);
}

#define CHAT                                                                                                           \
    "{\"id\":\"c\",\"object\":\"chat.completion\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"message\":{"         \
    "\"role\":\"assistant\",\"content\":\"Yes.\\n\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,"     \
    "\"completion_tokens\":2,\"total_tokens\":5}}"
#define MESSAGE                                                                                                        \
    "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-x\",\"content\":[{\"type\":"         \
    "\"text\","                                                                                                        \
    "\"text\":\"Yes.\\n\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}"

static void lines_of_openai(void **state) {
    (void)state;
    line_is(
        0,
        "{\"id\":\"r\",\"custom_id\":\"llmc-4\",\"response\":{\"status_code\":200,\"request_id\":\"q\",\"body\":" CHAT
        "},\"error\":null}",
        4, LLMC_OK, "Yes.\n");
    line_is(
        0,
        "{\"custom_id\":\"llmc-0\",\"response\":{\"status_code\":429,\"body\":{\"error\":{\"message\":\"slow down\","
        "\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}},\"error\":null}",
        0, LLMC_ERR_RATE_LIMITED, "slow down");
    line_is(0,
            "{\"custom_id\":\"llmc-1\",\"response\":null,\"error\":{\"code\":\"batch_expired\",\"message\":\"late\"}}",
            1, LLMC_ERR_TIMEOUT_TOTAL, "batch_expired: late");
    line_is(0, "{\"custom_id\":\"llmc-1\",\"response\":null,\"error\":{\"code\":\"batch_cancelled\"}}", 1,
            LLMC_ERR_CANCELLED, "batch_cancelled");
    line_is(0, "{\"custom_id\":\"llmc-1\",\"response\":null}", 1, LLMC_ERR_SERVER, "unknown");
    line_is(0, "{\"custom_id\":\"llmc-1\",\"response\":{\"status_code\":200,\"body\":{}}}", 1, LLMC_ERR_BAD_RESPONSE,
            "");
    line_is(0, "{\"custom_id\":\"llmc-1\",\"response\":{\"status_code\":200}}", 1, LLMC_ERR_BAD_RESPONSE, "");
}

static void lines_of_anthropic(void **state) {
    (void)state;
    line_is(1, "{\"custom_id\":\"llmc-4\",\"result\":{\"type\":\"succeeded\",\"message\":" MESSAGE "}}", 4, LLMC_OK,
            "Yes.\n");
    line_is(1,
            "{\"custom_id\":\"llmc-2\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{"
            "\"type\":\"invalid_request_error\",\"message\":\"max_tokens\"}}}}",
            2, LLMC_ERR_BAD_REQUEST, "max_tokens");
    line_is(1,
            "{\"custom_id\":\"llmc-2\",\"result\":{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{"
            "\"type\":\"overloaded_error\",\"message\":\"busy\"}}}}",
            2, LLMC_ERR_OVERLOADED, "busy");
    line_is(1, "{\"custom_id\":\"llmc-2\",\"result\":{\"type\":\"errored\"}}", 2, LLMC_ERR_SERVER, "");
    line_is(1, "{\"custom_id\":\"llmc-3\",\"result\":{\"type\":\"expired\"}}", 3, LLMC_ERR_TIMEOUT_TOTAL, "expired");
    line_is(1, "{\"custom_id\":\"llmc-3\",\"result\":{\"type\":\"canceled\"}}", 3, LLMC_ERR_CANCELLED, "canceled");
}

static void lines_that_are_none(void **state) {
    static const char *const bad[] = {"",
                                      "x",
                                      "{}",
                                      "[]",
                                      "{\"custom_id\":7}",
                                      "{\"custom_id\":\"mine\"}",
                                      "{\"custom_id\":\"llmc-\"}",
                                      "{\"custom_id\":\"llmc--1\"}",
                                      "{\"custom_id\":\"llmc-1x\"}",
                                      "{\"custom_id\":\"llmc-99999999999999999999\"}"};
    (void)state;
    for (size_t kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            llmc_response *response = NULL;
            size_t index = SIZE_MAX;
            assert_int_equal(read_line(kind, bad[i], strlen(bad[i]), &index, &response), LLMC_ERR_BAD_RESPONSE);
            llmc_response_free(response);
        }
}

/* Changed bytes: no crash, a status that fits, and an error that says something. */
static void hostile_lines(void **state) {
    static const char *const good[] = {
        "{\"custom_id\":\"llmc-4\",\"response\":{\"status_code\":200,\"body\":" CHAT "},\"error\":null}",
        "{\"custom_id\":\"llmc-4\",\"result\":{\"type\":\"succeeded\",\"message\":" MESSAGE "}}"};
    uint64_t seed = 20261127;
    (void)state;
    for (int round = 0; round < 4000; round++) {
        char line[1024];
        size_t kind = (size_t)round % 2, len = strlen(good[kind]), index = SIZE_MAX;
        llmc_response *response = NULL;
        memcpy(line, good[kind], len + 1);
        for (int i = 0; i < 3; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            line[(seed >> 33) % len] = "{}[]\",:0\\x"[(seed >> 20) % 10];
        }
        llmc_status status = read_line(kind, line, len - (seed >> 40) % 3, &index, &response);
        assert_true(status == LLMC_OK || status == LLMC_ERR_BAD_RESPONSE);
        if (status == LLMC_OK && llmc_response_status(response) != LLMC_OK)
            assert_true(*llmc_response_error_message(response) != '\0');
        llmc_response_free(response);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_them),         cmocka_unit_test(uploads),
        cmocka_unit_test(states_of_openai),     cmocka_unit_test(states_of_anthropic),
        cmocka_unit_test(states_that_are_none), cmocka_unit_test(lines_of_openai),
        cmocka_unit_test(lines_of_anthropic),   cmocka_unit_test(lines_that_are_none),
        cmocka_unit_test(hostile_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
