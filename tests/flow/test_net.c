/* Transfers of src/net against the mock: what they report, what they reuse, how they end. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include "support_net.h"

static void open_rig(rig *r) {
    rig_open(r, llmc_mock_base_url(rig_mock), rig_config(100, 20));
}

static void tells_the_whole_answer(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    assert_int_equal(s.result.http_status, 200);
    assert_int_equal(s.result.http_version, 11);
    assert_int_equal(s.sending, 1);
    assert_int_equal(s.heads, 1);
    assert_true(s.headers >= 1);
    assert_non_null(strstr(s.body, "hello net"));
    assert_false(s.result.reused);
    assert_true(s.result.request_left);
    assert_true(s.result.connect_us >= 0 && s.result.first_byte_us >= s.result.connect_us);
    assert_true(s.result.total_us >= s.result.first_byte_us);
    assert_true(s.result.bytes_sent == r.request.body.len && s.result.bytes_received > s.body_len);
    assert_string_equal(llmc_mock_request_header(rig_mock, 0, "Authorization"), "Bearer x");
    assert_string_equal(llmc_mock_request_header(rig_mock, 0, "User-Agent"), "rig/1");
    assert_string_equal(llmc_mock_request_header(rig_mock, 0, "Expect"), "");
    rig_close(&r);
}

static void a_request_names_its_own_agent(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    assert_int_equal(llmc__http_request_header(&r.request, "user-agent", "own/2"), LLMC_OK);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    assert_string_equal(llmc_mock_request_header(rig_mock, llmc_mock_request_count(rig_mock) - 1, "User-Agent"),
                        "own/2");
    rig_close(&r);
}

/* libcurl would ask before a body of more than 1 MiB, and wait for the answer. */
static void large_bodies_go_out_unasked(void **state) {
    static const size_t sizes[] = {(size_t)1 << 20, ((size_t)1 << 20) + 1, (size_t)3 << 20};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        rig r;
        seen s = {0};
        open_rig(&r);
        llmc__buf_clear(&r.request.body);
        assert_int_equal(llmc__buf_append_str(&r.request.body, "{\"messages\":[]}"), LLMC_OK);
        assert_int_equal(llmc__buf_reserve(&r.request.body, sizes[i]), LLMC_OK);
        memset(r.request.body.data + r.request.body.len, ' ', sizes[i] - r.request.body.len);
        r.request.body.len = sizes[i];
        assert_int_equal(rig_run(&r, &s), LLMC_OK);
        assert_string_equal(llmc_mock_request_header(rig_mock, llmc_mock_request_count(rig_mock) - 1, "Expect"), "");
        assert_true(s.result.bytes_sent == sizes[i]);
        rig_close(&r);
    }
}

static void reuses_a_kept_connection(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rig_run(&r, &s), LLMC_OK);
        assert_int_equal(s.result.reused, i > 0);
        assert_int_equal(s.result.connect_us == 0, i > 0);
    }
    llmc__net_counts counts;
    llmc__net_count(r.net, &counts);
    assert_int_equal(counts.connections_opened, 1);
    assert_int_equal(counts.connections_open, 1);
    assert_int_equal(counts.transfers, 20);
    rig_close(&r);
}

static void runs_500_at_once_in_many_shards(void **state) {
    (void)state;
    rig r;
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(500, 20));
    llmc_mock_script slow = flow_slow(50);
    assert_int_equal(llmc_mock_set_default(rig_mock, &slow), LLMC_OK);
    rig_drive(&r, 1500, 500);
    assert_int_equal(llmc_mock_set_default(rig_mock, NULL), LLMC_OK);
    assert_int_equal(r.ok, 1500);
    llmc__net_counts counts;
    llmc__net_count(r.net, &counts);
    assert_true(counts.connections_opened <= 520);
    rig_close(&r);
}

static void cancels_at_once(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    flow f = {rig_mock, NULL};
    flow_push(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(rig_start(&r, &s), LLMC_OK);
    int64_t end_us = llmc__clock_us() + FLOW_DEADLINE_MS * 1000;
    while (s.sending == 0 && llmc__clock_us() < end_us) {
        llmc__loop_turn(r.loop, 10);
    }
    llmc__net_result progress;
    rig_turn_ms(&r, 20);
    llmc__net_progress(s.transfer, &progress);
    assert_true(progress.request_left);
    assert_int_equal(progress.first_byte_us, -1);
    int64_t before_us = llmc__clock_us();
    llmc__net_cancel(r.net, s.transfer);
    assert_true(llmc__clock_us() - before_us < 10000);
    rig_turn_ms(&r, 20);
    assert_int_equal(s.done, 0);
    llmc__net_counts counts;
    llmc__net_count(r.net, &counts);
    assert_int_equal(counts.connections_open, 0);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    rig_close(&r);
}

static void a_callback_that_refuses_ends_it(void **state) {
    (void)state;
    rig r;
    open_rig(&r);
    seen head = {.refuse_header = 1};
    assert_int_equal(rig_run(&r, &head), LLMC_ERR_CANCELLED);
    assert_int_equal(head.body_len, 0);
    seen data = {.refuse_data = 1};
    assert_int_equal(rig_run(&r, &data), LLMC_ERR_CANCELLED);
    assert_true(data.body_len > 0);
    rig_close(&r);
}

static void header_flood(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    enum { LINE = 1000, LINES = 300 };
    char *flood = calloc(1, LINE * LINES + 1);
    assert_non_null(flood);
    for (size_t i = 0; i < LINES; i++) {
        char *line = flood + i * LINE;
        memset(line, 'a', LINE);
        memcpy(line, "x-flood: ", 9);
        memcpy(line + LINE - 2, "\r\n", 2);
    }
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    script.headers = flood;
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK);
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_BAD_RESPONSE);
    assert_non_null(strstr(s.detail, "256 KiB"));
    memset(flood, 'b', LINE * LINES - 2);
    memcpy(flood, "x-one: ", 7);
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK); /* one line over libcurl's own limit */
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_BAD_RESPONSE);
    free(flood);
    rig_close(&r);
}

/* A port that was ours a moment ago and that nobody listens on. */
static void closed_port(char *url, size_t size) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    snprintf(url, size, "http://127.0.0.1:%d/v1", ntohs(address.sin_port));
}

static void names_what_went_wrong_on_the_way(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    char url[64];
    open_rig(&r);
    assert_int_equal(rig_run(&r, &s), LLMC_OK); /* so that the handle has a past */
    closed_port(url, sizeof url);
    rig_aim(&r, 1, url, NULL);
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_CONNECT);
    assert_false(s.result.request_left);
    assert_int_equal(s.result.connect_us, -1);
    assert_int_equal(s.sending, 0);
    assert_true(strlen(s.detail) > 0);
    rig_aim(&r, 3, "http://nonexistent.invalid/v1", NULL);
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_RESOLVE);
    assert_false(s.result.request_left);
    rig_close(&r);
}

static void cut_answers(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    llmc_mock_script script = flow_answer("some text that will not arrive whole");
    script.fault = LLMC_MOCK_CLOSE;
    script.framing = LLMC_MOCK_FRAMING_LENGTH;
    script.cut_at = 200;
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK);
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_INCOMPLETE);
    assert_int_equal(s.result.http_status, 200);
    script = flow_script();
    script.fault = LLMC_MOCK_RESET;
    script.fault_on_read = true;
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK);
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_CONNECTION_LOST);
    assert_true(s.result.request_left);
    assert_int_equal(s.result.first_byte_us, -1);
    rig_close(&r);
}

static void does_not_let_libcurl_send_twice(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    script.fault = LLMC_MOCK_CLOSE;
    script.fault_on_read = true;
    size_t before = llmc_mock_request_count(rig_mock);
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK);
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_CONNECTION_LOST);
    assert_true(s.result.resend_stopped);
    assert_true(s.result.request_left);
    assert_int_equal(s.sending, 1);
    rig_turn_ms(&r, 50);
    assert_int_equal(llmc_mock_request_count(rig_mock) - before, 1);
    llmc__net_counts counts;
    llmc__net_count(r.net, &counts);
    assert_int_equal(counts.resends_stopped, 1);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    rig_close(&r);
}

static void survives_a_server_that_hangs_up_idle_ones(void **state) {
    (void)state;
    rig r;
    seen s = {0};
    open_rig(&r);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(rig_run(&r, &s), LLMC_OK);
        llmc_mock_close_idle(rig_mock);
        rig_turn_ms(&r, 30);
        llmc__net_counts counts;
        llmc__net_count(r.net, &counts);
        assert_int_equal(counts.connections_open, 0);
        assert_int_equal(counts.resends_stopped, 0);
    }
    rig_close(&r);
}

static void pauses_and_resumes(void **state) {
    (void)state;
    rig r;
    open_rig(&r);
    llmc_mock_script script = flow_answer("a b c d e f g h i j");
    script.split_at = 20;
    script.chunk_delay_ms = 1;
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK);
    seen s = {.pause_data = true};
    assert_int_equal(rig_start(&r, &s), LLMC_OK);
    rig_turn_ms(&r, 300);
    assert_int_equal(s.done, 0);
    size_t held = s.body_len;
    assert_true(held > 0);
    rig_turn_ms(&r, 50);
    assert_int_equal(s.body_len, held);
    llmc__net_resume(s.transfer);
    assert_int_equal(s.body_len, held); /* never from inside resume */
    rig_wait(&r, &s);
    assert_int_equal(s.result.status, LLMC_OK);
    assert_true(s.body_len > held);
    rig_close(&r);
}

static void cancels_a_paused_one(void **state) {
    (void)state;
    rig r;
    open_rig(&r);
    seen s = {.pause_data = true};
    llmc_mock_script script = flow_answer("a b c d e f g h i j");
    script.split_at = 20;
    assert_int_equal(llmc_mock_push(rig_mock, &script), LLMC_OK);
    assert_int_equal(rig_start(&r, &s), LLMC_OK);
    rig_turn_ms(&r, 50);
    llmc__net_resume(s.transfer);
    llmc__net_cancel(r.net, s.transfer);
    rig_turn_ms(&r, 10);
    assert_int_equal(s.done, 0);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open_mock, rig_close_mock)
        TEST(tells_the_whole_answer),
        TEST(a_request_names_its_own_agent),
        TEST(large_bodies_go_out_unasked),
        TEST(reuses_a_kept_connection),
        TEST(runs_500_at_once_in_many_shards),
        TEST(cancels_at_once),
        TEST(a_callback_that_refuses_ends_it),
        TEST(header_flood),
        TEST(names_what_went_wrong_on_the_way),
        TEST(cut_answers),
        TEST(does_not_let_libcurl_send_twice),
        TEST(survives_a_server_that_hangs_up_idle_ones),
        TEST(pauses_and_resumes),
        TEST(cancels_a_paused_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
