/* The mock's rate limit and its random failures, talked to with plain sockets. */
#include "support_socket.h"

#include <stdio.h>
#include <unistd.h>

#define LONG_MS  60000 /* a window that does not end while the test runs */
#define SHORT_MS 400

static int setup(void **state) {
    llmc_mock *mock = NULL;
    if (llmc_mock_new(&mock) != LLMC_OK) {
        return -1;
    }
    *state = mock;
    return 0;
}

static int teardown(void **state) {
    llmc_mock_free(*state);
    return 0;
}

static llmc_mock_stats stats_of(llmc_mock *mock) {
    llmc_mock_stats stats;
    llmc_mock_get_stats(mock, &stats);
    return stats;
}

/* The head of one answer. Free with free(). */
static char *head_of(llmc_mock *mock) {
    char *lines = NULL;
    free(mock_ask(mock, HELLO, &lines));
    assert_non_null(lines);
    return lines;
}

/* The status of one answer; its head too if asked. */
static int status_of(llmc_mock *mock, char **head) {
    char *lines = head_of(mock);
    int status = atoi(lines + strlen("HTTP/1.1 "));
    if (head == NULL)
        free(lines);
    else
        *head = lines;
    return status;
}

static void pass_ms(int ms) {
    int64_t end = mock_now_ms() + ms + 1; /* both ends are cut to the millisecond */
    while (mock_now_ms() < end) {
        usleep(1000);
    }
}

static long header_number(const char *head, const char *name) {
    const char *at = strstr(head, name);
    assert_non_null(at);
    return strtol(at + strlen(name), NULL, 10);
}

static void test_limit_and_headers(void **state) {
    llmc_mock *mock = *state;
    char *head = NULL;
    assert_int_equal(llmc_mock_set_rate_limit(mock, 2, LONG_MS), LLMC_OK);
    assert_int_equal(status_of(mock, &head), 200);
    mock_assert_has(head, "\r\nx-ratelimit-limit-requests: 2\r\n");
    mock_assert_has(head, "\r\nx-ratelimit-remaining-requests: 1\r\n");
    mock_assert_has(head, "\r\nx-ratelimit-reset-requests: 60.000s\r\n");
    mock_assert_lacks(head, "retry-after");
    free(head);
    assert_int_equal(status_of(mock, NULL), 200);

    char *body = mock_ask(mock, HELLO, &head);
    mock_assert_has(head, "HTTP/1.1 429 Too Many Requests\r\n");
    mock_assert_has(head, "\r\nx-ratelimit-remaining-requests: 0\r\n");
    mock_assert_has(body, "\"code\":\"rate_limit_exceeded\"");
    mock_assert_has(body, "Please try again in ");
    long ms = header_number(head, "\r\nretry-after-ms: ");
    long s = header_number(head, "\r\nretry-after: ");
    assert_true(ms > LONG_MS - DEADLINE_MS && ms <= LONG_MS);
    assert_int_equal(s, (ms + 999) / 1000);
    free(head);
    free(body);

    llmc_mock_stats stats = stats_of(mock);
    assert_int_equal(stats.rate_limited, 1);
    assert_int_equal(stats.too_early, 0);
    assert_int_equal(stats.requests, 3);
    assert_int_equal(llmc_mock_set_rate_limit(mock, 0, 0), LLMC_OK);
    assert_int_equal(status_of(mock, &head), 200);
    mock_assert_lacks(head, "x-ratelimit");
    free(head);
}

static void test_window_opens_again(void **state) {
    llmc_mock *mock = *state;
    char *head = NULL;
    assert_int_equal(llmc_mock_set_rate_limit(mock, 1, SHORT_MS), LLMC_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(status_of(mock, NULL), 200);
        assert_int_equal(status_of(mock, &head), 429);
        pass_ms((int)header_number(head, "\r\nretry-after-ms: "));
        free(head);
    }
    assert_int_equal(stats_of(mock).too_early, 0);
    assert_int_equal(stats_of(mock).rate_limited, 3);
}

/* On one connection whoever comes again was told; on others only after a while. */
static void test_too_early(void **state) {
    llmc_mock *mock = *state;
    received got;
    assert_int_equal(llmc_mock_set_rate_limit(mock, 1, LONG_MS), LLMC_OK);
    int fd = mock_dial(mock);
    for (int i = 0; i < 4; i++) {
        mock_send_post(fd, HELLO);
        free(mock_read_response(fd, &got));
        mock_forget(&got);
    }
    assert_int_equal(stats_of(mock).too_early, 2); /* the third and the fourth */
    close(fd);

    pass_ms(300);
    assert_int_equal(status_of(mock, NULL), 429);
    assert_int_equal(stats_of(mock).too_early, 3);
    assert_int_equal(stats_of(mock).rate_limited, 4);
}

/* Many at once: none of them could know. A set limit begins anew. */
static void test_burst_is_not_too_early(void **state) {
    llmc_mock *mock = *state;
    int fds[16];
    received got;
    assert_int_equal(llmc_mock_set_rate_limit(mock, 4, LONG_MS), LLMC_OK);
    for (size_t i = 0; i < 16; i++) {
        fds[i] = mock_dial(mock);
    }
    int64_t began = mock_now_ms();
    for (size_t i = 0; i < 16; i++) {
        mock_send_post(fds[i], HELLO);
    }
    assert_true(llmc_mock_wait_requests(mock, 16, DEADLINE_MS));
    bool in_time = mock_now_ms() - began < 20;
    for (size_t i = 0; i < 16; i++) {
        free(mock_read_response(fds[i], &got));
        mock_forget(&got);
        close(fds[i]);
    }
    assert_int_equal(stats_of(mock).rate_limited, 12);
    if (in_time) { /* a machine that stands still would be told apart from a client that does not wait */
        assert_int_equal(stats_of(mock).too_early, 0);
    }
}

static void test_limit_takes_no_script(void **state) {
    llmc_mock *mock = *state;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    script.text = "scripted";
    assert_int_equal(llmc_mock_set_rate_limit(mock, 1, SHORT_MS), LLMC_OK);
    assert_int_equal(status_of(mock, NULL), 200);
    assert_int_equal(llmc_mock_push(mock, &script), LLMC_OK);
    assert_int_equal(status_of(mock, NULL), 429);
    pass_ms(SHORT_MS);
    char *body = mock_ask(mock, HELLO, NULL);
    mock_assert_has(body, "\"content\":\"scripted\"");
    free(body);
}

static void outcomes(llmc_mock *mock, uint32_t percent, uint64_t seed, char *out, size_t count) {
    assert_int_equal(llmc_mock_set_failure_rate(mock, percent, 503, seed), LLMC_OK);
    for (size_t i = 0; i < count; i++) {
        int status = status_of(mock, NULL);
        assert_true(status == 200 || status == 503);
        out[i] = status == 200 ? '.' : 'x';
    }
    out[count] = '\0';
}

static void test_failures_follow_the_seed(void **state) {
    llmc_mock *mock = *state;
    char first[101];
    char again[101];
    char other[101];
    outcomes(mock, 30, 7, first, 100);
    uint64_t failed = mock_count_of(first, "x");
    assert_int_equal(stats_of(mock).failures, failed);
    assert_true(failed > 15 && failed < 45);
    outcomes(mock, 30, 7, again, 100);
    assert_string_equal(first, again);
    outcomes(mock, 30, 8, other, 100);
    assert_string_not_equal(first, other);
    outcomes(mock, 100, 1, other, 5);
    assert_string_equal(other, "xxxxx");
    outcomes(mock, 0, 1, other, 5);
    assert_string_equal(other, ".....");
}

static void test_failures_by_reset(void **state) {
    llmc_mock *mock = *state;
    received got;
    assert_int_equal(llmc_mock_set_failure_rate(mock, 100, 0, 1), LLMC_OK);
    int fd = mock_dial(mock);
    mock_send_post(fd, HELLO);
    mock_read_to_end(fd, &got);
    assert_int_equal(got.len, 0);
    assert_int_equal(got.end, RESET);
    mock_forget(&got);
    close(fd);
    assert_int_equal(stats_of(mock).failures, 1);
}

static void test_arguments(void **state) {
    llmc_mock *mock = *state;
    assert_int_equal(llmc_mock_set_rate_limit(NULL, 1, 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_rate_limit(mock, 1, 0), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_rate_limit(mock, 1, INT64_MAX), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_failure_rate(NULL, 1, 500, 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_failure_rate(mock, 101, 500, 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_failure_rate(mock, 1, 200, 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_mock_set_failure_rate(mock, 1, 600, 1), LLMC_ERR_INVALID_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_limit_and_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_window_opens_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_early, setup, teardown),
        cmocka_unit_test_setup_teardown(test_burst_is_not_too_early, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit_takes_no_script, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures_follow_the_seed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures_by_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arguments, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
