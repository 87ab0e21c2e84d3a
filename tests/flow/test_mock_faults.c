/* The mock provider's delays, pieces and faults, and many connections and threads at once. */
#include "support_socket.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* ---- time ---- */

static void test_delay_blocks_nobody(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    received got;
    char *body;
    int slow = mock_dial(*state);
    int64_t start = mock_now_ms();
    script.delay_ms = 150;
    script.text = "slow";
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    mock_send_post(slow, HELLO);
    assert_true(llmc_mock_wait_requests(*state, 1, DEADLINE_MS));
    for (int i = 0; i < 5; i++) {
        body = mock_ask(*state, HELLO, NULL);
        mock_assert_has(body, "Hello");
        free(body);
    }
    llmc_mock_stats stats;
    llmc_mock_get_stats(*state, &stats);
    assert_int_equal(stats.in_flight, 1);
    assert_int_equal(stats.responses, 5);
    body = mock_read_response(slow, &got);
    assert_true(mock_now_ms() - start >= 149);
    mock_assert_has(body, "slow");
    free(body);
    mock_forget(&got);
    close(slow);
}

static void test_chunk_delay(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    received got;
    char *body;
    int fd = mock_dial(*state);
    int64_t start = mock_now_ms();
    script.chunk_delay_ms = 10;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    mock_send_post(fd, HELLO_STREAM);
    body = mock_read_response(fd, &got);
    assert_true(mock_now_ms() - start >= 49); /* six events, five pauses */
    assert_true(got.reads > 1);
    assert_int_equal(mock_count_of(body, "data: "), 6);
    free(body);
    mock_forget(&got);
    close(fd);
}

static void test_split_at(void **state) {
    for (size_t split = 1; split <= 7; split += 3) {
        llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
        received got;
        char *body;
        int fd = mock_dial(*state);
        script.body = "data: abcdefg\n\n";
        script.split_at = split;
        assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
        mock_send_post(fd, HELLO_STREAM);
        body = mock_read_response(fd, &got);
        assert_string_equal(body, script.body);
        char *first = strstr(got.data, "\r\n\r\n");
        assert_int_equal(strtoul(first + 4, NULL, 16), split);
        free(body);
        mock_forget(&got);
        script.chunk_delay_ms = 5;
        script.framing = LLMC_MOCK_FRAMING_LENGTH;
        int64_t start = mock_now_ms();
        assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
        mock_send_post(fd, HELLO);
        body = mock_read_response(fd, &got);
        assert_string_equal(body, script.body);
        assert_true(mock_now_ms() - start >= (int64_t)((15 + split - 1) / split - 1) * 5 - 1);
        free(body);
        mock_forget(&got);
        close(fd);
    }
}

static void test_large_answer_through_a_full_socket(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    const size_t len = 16 * 1024 * 1024;
    char *big = malloc(len + 1);
    char piece[65536];
    size_t total = 0;
    int fd = mock_dial(*state);
    assert_non_null(big);
    memset(big, 'x', len);
    big[len] = '\0';
    script.body = big;
    script.close_after = true;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    free(big);
    mock_send_post(fd, HELLO);
    assert_true(llmc_mock_wait_requests(*state, 1, DEADLINE_MS));
    for (ssize_t n = 1; n > 0; total += n > 0 ? (size_t)n : 0) {
        struct pollfd poller = {fd, POLLIN, 0};
        assert_int_equal(poll(&poller, 1, DEADLINE_MS), 1);
        n = recv(fd, piece, sizeof piece, 0);
        assert_true(n >= 0);
    }
    assert_true(total > len && total < len + 1024);
    WAIT_STAT(*state, responses, 1);
    close(fd);
}

/* ---- faults ---- */

/* The response a script gives without its fault, to compare with: ids and dates aside only its length matters. */
static void check_cut(llmc_mock *mock, llmc_mock_fault fault, size_t cut) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_mock_stats stats;
    received got;
    int fd = mock_dial(mock);
    script.fault = fault;
    script.cut_at = cut;
    script.text = "cut short";
    assert_int_equal(llmc_mock_push(mock, &script), LLMC_OK);
    mock_send_post(fd, HELLO);
    if (fault == LLMC_MOCK_STALL) {
        mock_begin(&got);
        while (got.len < cut) {
            assert_true(mock_read_more(fd, &got, DEADLINE_MS));
        }
        assert_false(mock_read_more(fd, &got, 20));
        assert_int_equal(got.end, OPEN);
        llmc_mock_get_stats(mock, &stats);
        assert_int_equal(stats.in_flight, 1);
    } else {
        mock_read_to_end(fd, &got);
        assert_int_equal(got.end, fault == LLMC_MOCK_CLOSE ? ENDED : RESET);
        llmc_mock_get_stats(mock, &stats);
        assert_int_equal(stats.in_flight, 0);
    }
    assert_int_equal(got.len, cut);
    mock_forget(&got);
    close(fd);
    WAIT_STAT(mock, connections_now, 0);
    WAIT_STAT(mock, in_flight, 0);
}

static void test_faults_at_each_place(void **state) {
    static const size_t cuts[] = {0, 1, 9, 17, 120, 500};
    llmc_mock_stats stats;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        check_cut(*state, LLMC_MOCK_CLOSE, cuts[i]);
        check_cut(*state, LLMC_MOCK_RESET, cuts[i]);
        check_cut(*state, LLMC_MOCK_STALL, cuts[i]);
    }
    llmc_mock_get_stats(*state, &stats);
    assert_int_equal(stats.requests, 18);
    assert_int_equal(stats.responses, 0);
    assert_int_equal(stats.aborted, 6); /* the stalled ones, which the client left */
}

static void test_fault_after_the_end(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_mock_stats stats;
    received got;
    int fd = mock_dial(*state);
    script.fault = LLMC_MOCK_CLOSE;
    script.cut_at = SIZE_MAX;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    mock_send_post(fd, HELLO);
    mock_read_to_end(fd, &got);
    mock_assert_has(got.data, "connection: keep-alive"); /* it did not say it would close */
    mock_assert_has(got.data, "\"fp_");
    llmc_mock_get_stats(*state, &stats);
    assert_int_equal(stats.responses, 1);
    mock_forget(&got);
    close(fd);
}

static void test_fault_on_read(void **state) {
    static const llmc_mock_fault faults[] = {LLMC_MOCK_CLOSE, LLMC_MOCK_RESET};
    for (size_t i = 0; i < 2; i++) {
        llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
        received got;
        int fd = mock_dial(*state);
        script.fault = faults[i];
        script.fault_on_read = true;
        script.delay_ms = 60000;
        script.cut_at = 50;
        assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
        mock_send_post(fd, HELLO);
        mock_read_to_end(fd, &got);
        assert_int_equal(got.len, 0);
        assert_int_equal(got.end, i == 0 ? ENDED : RESET);
        mock_forget(&got);
        close(fd);
    }
}

static void test_cut_in_a_paced_stream(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    received got;
    int fd = mock_dial(*state);
    script.chunk_delay_ms = 2;
    script.fault = LLMC_MOCK_RESET;
    script.cut_at = 700;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    mock_send_post(fd, HELLO_STREAM);
    mock_read_to_end(fd, &got);
    assert_int_equal(got.len, 700);
    assert_int_equal(got.end, RESET);
    mock_forget(&got);
    close(fd);
}

static void test_client_leaves(void **state) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    int fd = mock_dial(*state);
    script.delay_ms = 60000;
    assert_int_equal(llmc_mock_push(*state, &script), LLMC_OK);
    mock_send_post(fd, HELLO);
    assert_true(llmc_mock_wait_requests(*state, 1, DEADLINE_MS));
    WAIT_STAT(*state, in_flight, 1);
    close(fd);
    WAIT_STAT(*state, aborted, 1);
    WAIT_STAT(*state, in_flight, 0);
    WAIT_STAT(*state, connections_now, 0);
}

/* ---- many ---- */

static void test_many_connections_delayed_at_once(void **state) {
    enum { MANY = 2000 };
    static int fds[MANY];
    llmc_mock *mock = *state;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_mock_stats stats;
    script.delay_ms = 500;
    assert_int_equal(llmc_mock_set_default(mock, &script), LLMC_OK);
    llmc_mock_set_recording(mock, false);
    for (int i = 0; i < MANY; i++) {
        fds[i] = mock_dial(mock);
    }
    int64_t start = mock_now_ms();
    for (int i = 0; i < MANY; i++) {
        mock_send_post(fds[i], HELLO);
    }
    for (int i = 0; i < MANY; i++) {
        received got;
        char *body;
        body = mock_read_response(fds[i], &got);
        mock_assert_has(body, "Hello");
        free(body);
        mock_forget(&got);
        close(fds[i]);
    }
    int64_t took = mock_now_ms() - start;
    assert_true(took >= 499 && took < DEADLINE_MS);
    llmc_mock_get_stats(mock, &stats);
    assert_int_equal(stats.responses, MANY);
    assert_int_equal(stats.connections_max, MANY);
    assert_true(stats.in_flight_max > MANY / 2);
    WAIT_STAT(mock, connections_now, 0);
}

static void *pester(void *ctx) {
    llmc_mock *mock = ctx;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    for (int i = 0; i < 50; i++) {
        llmc_mock_stats stats;
        llmc_mock_request seen;
        script.text = "from a thread";
        (void)llmc_mock_push(mock, &script);
        (void)llmc_mock_set_default(mock, i % 2 == 0 ? &script : NULL);
        llmc_mock_get_stats(mock, &stats);
        (void)llmc_mock_request_at(mock, llmc_mock_request_count(mock) / 2, &seen);
        (void)llmc_mock_request_header(mock, 0, "host");
        if (i % 10 == 0) {
            llmc_mock_close_idle(mock);
        }
    }
    return NULL;
}

static void test_calls_from_many_threads(void **state) {
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, pester, *state), 0);
    }
    /* On connections that close_idle may take: only that the server stays sound is looked at. */
    for (int i = 0; i < 50; i++) {
        received got;
        char text[1024];
        size_t len = mock_format_post(text, sizeof text, "/v1/chat/completions", HELLO);
        int fd = mock_dial(*state);
        mock_begin(&got);
        if (send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len) {
            (void)mock_read_more(fd, &got, DEADLINE_MS);
        }
        mock_forget(&got);
        close(fd);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    char *body = mock_ask(*state, HELLO, NULL);
    mock_assert_has(body, "from a thread");
    free(body);
}

static void test_free_with_requests_under_way(void **state) {
    llmc_mock *mock = NULL;
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    received got;
    (void)state;
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    int fd = mock_dial(mock);
    script.delay_ms = 60000;
    script.repeat = 5;
    assert_int_equal(llmc_mock_push(mock, &script), LLMC_OK);
    mock_send_post(fd, HELLO);
    assert_true(llmc_mock_wait_requests(mock, 1, DEADLINE_MS));
    llmc_mock_free(mock);
    mock_read_to_end(fd, &got);
    assert_int_equal(got.len, 0);
    mock_forget(&got);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_delay_blocks_nobody),
        TEST(test_chunk_delay),
        TEST(test_split_at),
        TEST(test_large_answer_through_a_full_socket),
        TEST(test_faults_at_each_place),
        TEST(test_fault_after_the_end),
        TEST(test_fault_on_read),
        TEST(test_cut_in_a_paced_stream),
        TEST(test_client_leaves),
        TEST(test_many_connections_delayed_at_once),
        TEST(test_calls_from_many_threads),
        TEST(test_free_with_requests_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
