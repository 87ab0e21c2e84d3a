#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/http.h"
#include "model/request.h"

static llmc_request *fresh(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("openai/gpt-4.1", &request), LLMC_OK);
    return request;
}

/* The status, and that the message begins with the name of what is at fault. */
static void refused(llmc_status got, llmc_status want, const char *name) {
    assert_int_equal(got, want);
    if (strncmp(llmc_last_error_message(), name, strlen(name)) != 0)
        fail_msg("message \"%s\" does not begin with \"%s\"", llmc_last_error_message(), name);
}

static void test_new(void **state) {
    llmc_request *request = NULL;
    (void)state;
    refused(llmc_request_new("m", NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    refused(llmc_request_new(NULL, &request), LLMC_ERR_INVALID_ARGUMENT, "model");
    assert_null(request);
    refused(llmc_request_new("", &request), LLMC_ERR_INVALID_MODEL, "model");
    refused(llmc_request_new("a\nb", &request), LLMC_ERR_INVALID_MODEL, "model");
    refused(llmc_request_new("/m", &request), LLMC_ERR_INVALID_MODEL, "model");
    refused(llmc_request_new("openai/", &request), LLMC_ERR_INVALID_MODEL, "model");
    refused(llmc_request_new("ab\xff", &request), LLMC_ERR_INVALID_UTF8, "model: byte 2");
    assert_null(request);
    assert_int_equal(llmc_request_new("openrouter/meta/llama:free", &request), LLMC_OK);
    assert_string_equal(request->model, "openrouter/meta/llama:free");
    llmc_request_free(request);
    llmc_request_free(NULL);
}

static void test_messages(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_add_message(NULL, LLMC_ROLE_USER, "x"), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_message(request, LLMC_ROLE_USER, NULL), LLMC_ERR_INVALID_ARGUMENT, "text");
    refused(llmc_request_add_message(request, LLMC_ROLE_USER, ""), LLMC_ERR_INVALID_ARGUMENT, "text");
    refused(llmc_request_add_message(request, (llmc_role)9, "x"), LLMC_ERR_INVALID_ARGUMENT, "role");
    refused(llmc_request_add_message(request, LLMC_ROLE_USER, "a\xc3"), LLMC_ERR_INVALID_UTF8, "text: byte 1");
    assert_int_equal(request->message_count, 0);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, ""), LLMC_OK);
    assert_int_equal(llmc_request_add_message_n(request, LLMC_ROLE_USER, "a\0bc", 3), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_DEVELOPER, "third"), LLMC_OK);
    assert_int_equal(request->message_count, 3);
    assert_memory_equal(request->messages[1].text, "a\0b\0", 4);
    assert_int_equal(request->messages[1].text_len, 3);
    llmc_request_clear_messages(request);
    llmc_request_clear_messages(NULL);
    assert_int_equal(request->message_count, 0);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "again"), LLMC_OK);
    llmc_request_free(request);
}

static void test_sampling_ranges(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_temperature(request, -0.1), LLMC_ERR_INVALID_ARGUMENT, "temperature");
    refused(llmc_request_set_temperature(request, 2.1), LLMC_ERR_INVALID_ARGUMENT, "temperature");
    refused(llmc_request_set_temperature(request, (double)NAN), LLMC_ERR_INVALID_ARGUMENT, "temperature");
    refused(llmc_request_set_top_p(request, 1.01), LLMC_ERR_INVALID_ARGUMENT, "top_p");
    refused(llmc_request_set_frequency_penalty(request, 3), LLMC_ERR_INVALID_ARGUMENT, "penalty");
    refused(llmc_request_set_presence_penalty(request, -3), LLMC_ERR_INVALID_ARGUMENT, "penalty");
    refused(llmc_request_set_max_tokens(request, 0), LLMC_ERR_INVALID_ARGUMENT, "max_tokens");
    assert_false(request->has_temperature || request->has_top_p || request->has_max_tokens);
    assert_int_equal(llmc_request_set_temperature(request, 2), LLMC_OK);
    assert_int_equal(llmc_request_set_top_p(request, 0), LLMC_OK);
    assert_int_equal(llmc_request_set_frequency_penalty(request, -2), LLMC_OK);
    assert_int_equal(llmc_request_set_presence_penalty(request, 2), LLMC_OK);
    assert_int_equal(llmc_request_set_seed(request, INT64_MIN), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(request, 1), LLMC_OK);
    refused(llmc_request_set_temperature(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_seed(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    llmc_request_free(request);
}

static void test_texts(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_add_stop(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "stop");
    refused(llmc_request_add_stop(request, ""), LLMC_ERR_INVALID_ARGUMENT, "stop");
    refused(llmc_request_set_user(request, "\xff"), LLMC_ERR_INVALID_UTF8, "user: byte 0");
    assert_int_equal(llmc_request_add_stop(request, "\n"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "u1"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "u2"), LLMC_OK);
    assert_string_equal(request->user, "u2");
    assert_int_equal(llmc_request_set_user(request, NULL), LLMC_OK);
    assert_null(request->user);
    llmc_request_free(request);
}

static void test_extra_json(void **state) {
    static const char *const bad[] = {"", "[1]", "{\"a\":}", "{\"a\":1} x", "{'a':1}", "\"a\"", "{\"a\":\"\xff\"}"};
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(llmc_request_set_extra_json(request, " {\"a\": 1.50} "), LLMC_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(llmc_request_set_extra_json(request, bad[i]), LLMC_ERR_INVALID_JSON, "json: ");
    refused(llmc_request_set_extra_json(request, "{\"a\":}"), LLMC_ERR_INVALID_JSON, "json: ");
    assert_non_null(strstr(llmc_last_error_message(), "byte 5"));
    assert_string_equal(request->extra_json, " {\"a\": 1.50} ");
    assert_int_equal(llmc_request_set_extra_json(request, NULL), LLMC_OK);
    assert_null(request->extra_json);
    llmc_request_free(request);
}

static void test_headers(void **state) {
    static const char *const owned[] = {"host", "CONTENT-LENGTH", "Transfer-Encoding", "connection", "Expect"};
    llmc_request *request = fresh();
    (void)state;
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        refused(llmc_request_add_header(request, owned[i], "x"), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_header(request, NULL, "x"), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_header(request, "X", NULL), LLMC_ERR_INVALID_ARGUMENT, "value");
    refused(llmc_request_add_header(request, "", "x"), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_header(request, "X: y", "x"), LLMC_ERR_INVALID_HEADER, "name");
    refused(llmc_request_add_header(request, "X-Key", "secret\r\nEvil: 1"), LLMC_ERR_INVALID_HEADER, "value");
    assert_null(strstr(llmc_last_error_message(), "secret"));
    assert_int_equal(request->header_count, 0);
    assert_int_equal(llmc_request_add_header(request, "X-Trace", "1 2"), LLMC_OK);
    assert_int_equal(request->header_count, 1);
    llmc_request_free(request);
}

static int never(void *user_data) {
    return user_data != NULL;
}

static void test_limits(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_set_timeout_ms(request, -2), LLMC_ERR_INVALID_ARGUMENT, "timeout_ms");
    refused(llmc_request_set_idle_timeout_ms(NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_set_max_retries(request, -2), LLMC_ERR_INVALID_ARGUMENT, "max_retries");
    refused(llmc_request_set_retry_delay_ms(request, -1), LLMC_ERR_INVALID_ARGUMENT, "retry_delay_ms");
    assert_int_equal(llmc_request_set_timeout_ms(request, 1), LLMC_OK);
    assert_int_equal(llmc_request_set_queue_timeout_ms(request, 2), LLMC_OK);
    assert_int_equal(llmc_request_set_connect_timeout_ms(request, 3), LLMC_OK);
    assert_int_equal(llmc_request_set_first_byte_timeout_ms(request, 4), LLMC_OK);
    assert_int_equal(llmc_request_set_first_content_timeout_ms(request, 5), LLMC_OK);
    assert_int_equal(llmc_request_set_idle_timeout_ms(request, LLMC_TIMEOUT_NONE), LLMC_OK);
    assert_int_equal(llmc_request_set_max_retries(request, -1), LLMC_OK);
    assert_int_equal(llmc_request_set_retry_delay_ms(request, 7), LLMC_OK);
    assert_int_equal(llmc_request_set_interrupt(request, never, NULL), LLMC_OK);
    assert_int_equal(request->timeouts.total_ms, 1);
    assert_int_equal(request->timeouts.queue_ms, 2);
    assert_int_equal(request->timeouts.connect_ms, 3);
    assert_int_equal(request->timeouts.first_byte_ms, 4);
    assert_int_equal(request->timeouts.first_content_ms, 5);
    assert_int_equal(request->timeouts.idle_ms, -1);
    assert_int_equal(request->max_retries, -1);
    assert_ptr_equal(request->interrupt, never);
    llmc_request_free(request);
}

static llmc_request *full(void) {
    llmc_request *request = fresh();
    assert_int_equal(llmc_request_add_message_n(request, LLMC_ROLE_USER, "a\0b", 3), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, "c"), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "s1"), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "s2"), LLMC_OK);
    assert_int_equal(llmc_request_add_header(request, "X-A", "1"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "u"), LLMC_OK);
    assert_int_equal(llmc_request_set_extra_json(request, "{}"), LLMC_OK);
    assert_int_equal(llmc_request_set_max_tokens(request, 9), LLMC_OK);
    return request;
}

static void test_copy(void **state) {
    llmc_request *copy = NULL, *request = full();
    (void)state;
    refused(llmc_request_copy(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "out");
    refused(llmc_request_copy(NULL, &copy), LLMC_ERR_INVALID_ARGUMENT, "request");
    assert_int_equal(llmc_request_copy(request, &copy), LLMC_OK);
    llmc_request_free(request);
    assert_memory_equal(copy->messages[0].text, "a\0b\0", 4);
    assert_int_equal(copy->message_count, 2);
    assert_string_equal(copy->stops[1], "s2");
    assert_string_equal(copy->headers[0].value, "1");
    assert_string_equal(copy->user, "u");
    assert_string_equal(copy->extra_json, "{}");
    assert_int_equal(copy->max_tokens, 9);
    assert_int_equal(llmc_request_add_message(copy, LLMC_ROLE_USER, "more"), LLMC_OK);
    llmc_request_free(copy);
}

static int countdown(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

static void test_copy_without_memory(void **state) {
    llmc_request *copy = NULL, *request = full();
    (void)state;
    for (int allowed = 0;; allowed++) {
        int left = allowed;
        llmc__mem_set_gate(countdown, &left);
        llmc_status status = llmc_request_copy(request, &copy);
        llmc__mem_set_gate(NULL, NULL);
        if (status == LLMC_OK)
            break;
        assert_int_equal(status, LLMC_ERR_NO_MEMORY);
        assert_null(copy);
        assert_true(allowed < 100);
    }
    llmc_request_free(copy);
    llmc_request_free(request);
}

static void test_failed_add_changes_nothing(void **state) {
    llmc_request *request = full();
    (void)state;
    for (int allowed = 0; allowed < 2; allowed++) {
        int left = allowed;
        llmc__mem_set_gate(countdown, &left);
        llmc_status message = llmc_request_add_message(request, LLMC_ROLE_USER, "x");
        left = allowed;
        llmc_status stop = llmc_request_add_stop(request, "x");
        left = allowed;
        llmc_status header = llmc_request_add_header(request, "X-B", "x");
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(message, LLMC_ERR_NO_MEMORY);
        assert_int_equal(stop, LLMC_ERR_NO_MEMORY);
        assert_int_equal(header, LLMC_ERR_NO_MEMORY);
    }
    assert_int_equal(request->message_count + request->stop_count + request->header_count, 5);
    llmc_request_free(request);
}

static void test_http_headers_replace_by_name(void **state) {
    llmc__http_request http;
    char big[900];
    (void)state;
    memset(big, 'b', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    llmc__http_request_init(&http, 1024);
    assert_null(llmc__http_request_next_header(&http, NULL));
    assert_int_equal(llmc__http_request_header(&http, "A", "1"), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&http, "Bb", "2"), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&http, "C", big), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&http, "bB", "3"), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&http, "D", "x\r\n"), LLMC_ERR_INVALID_HEADER);
    assert_int_equal(llmc__http_request_header(&http, "D:", "x"), LLMC_ERR_INVALID_HEADER);
    const char *line = llmc__http_request_next_header(&http, NULL);
    assert_string_equal(line, "A: 1");
    line = llmc__http_request_next_header(&http, line);
    assert_int_equal(strlen(line), 3 + sizeof big - 1);
    line = llmc__http_request_next_header(&http, line);
    assert_string_equal(line, "bB: 3");
    assert_null(llmc__http_request_next_header(&http, line));
    llmc__http_request_free(&http);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_sampling_ranges),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_extra_json),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_copy_without_memory),
        cmocka_unit_test(test_failed_add_changes_nothing),
        cmocka_unit_test(test_http_headers_replace_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
