/* URLs parsed once: requests of one pool go where each of them says, over handles that are used again. */
#include "support_net.h"

static void aim(rig *r, const char *rest) {
    llmc__buf_clear(&r->request.url);
    assert_int_equal(llmc__buf_append_str(&r->request.url, llmc_mock_base_url(rig_mock)), LLMC_OK);
    assert_int_equal(llmc__buf_append_str(&r->request.url, rest), LLMC_OK);
}

static void assert_path_ends(size_t index, const char *rest) {
    llmc_mock_request request;
    size_t len, rest_len = strlen(rest);
    assert_true(llmc_mock_request_at(rig_mock, index, &request));
    len = strlen(request.path);
    assert_true(len >= rest_len);
    assert_string_equal(request.path + len - rest_len, rest);
}

static void each_request_goes_to_its_own_path(void **state) {
    static const char *const rests[] = {"/chat/completions", "/chat/completions",     "/chat/completions?a=1",
                                        "/chat/completions", "/chat/completions?a=2", "/chat/completions?a=2"};
    rig r;
    seen s = {0};
    llmc__net_counts counts;
    (void)state;
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(100, 20));
    for (size_t i = 0; i < 60; i++) {
        aim(&r, rests[i % 6]);
        assert_int_equal(rig_run(&r, &s), LLMC_OK);
        assert_path_ends(i, rests[i % 6]);
    }
    llmc__net_count(r.net, &counts);
    assert_int_equal(counts.connections_opened, 1);
    rig_close(&r);
}

/* Two at once hold a handle each: what one is set to must outlive the pool's own. */
static void handles_keep_what_they_are_set_to(void **state) {
    rig r;
    seen first = {0}, second = {0};
    (void)state;
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(100, 20));
    for (size_t i = 0; i < 20; i++) {
        aim(&r, "/chat/completions?who=first");
        assert_int_equal(rig_start(&r, &first), LLMC_OK);
        aim(&r, i % 2 == 0 ? "/chat/completions?who=second" : "/chat/completions?who=third");
        assert_int_equal(rig_start(&r, &second), LLMC_OK);
        rig_wait(&r, &first);
        rig_wait(&r, &second);
        assert_int_equal(first.result.http_status, 200);
        assert_int_equal(second.result.http_status, 200);
    }
    assert_int_equal(llmc_mock_request_count(rig_mock), 40);
    rig_close(&r);
}

static void assert_refused(rig *r, const char *url, const char *detail) {
    seen s = {0};
    llmc__buf_clear(&r->request.url);
    assert_int_equal(llmc__buf_append_str(&r->request.url, url), LLMC_OK);
    assert_int_not_equal(rig_run(r, &s), LLMC_OK);
    assert_false(s.result.request_left);
    if (strstr(s.detail, detail) == NULL)
        fail_msg("'%s' tells nothing of '%s'", s.detail, detail);
}

/* libcurl says itself what is wrong with a URL; the next request is not touched by it. */
static void bad_urls_are_told_and_left_behind(void **state) {
    rig r;
    seen s = {0};
    (void)state;
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(100, 20));
    for (size_t i = 0; i < 3; i++) {
        assert_refused(&r, "http://", "URL");
        assert_refused(&r, "http://user:secret@127.0.0.1:1/v1", "denied");
        assert_refused(&r, "ftp://127.0.0.1/v1", "ftp");
        aim(&r, "/chat/completions");
        assert_int_equal(rig_run(&r, &s), LLMC_OK);
        assert_path_ends(i, "/chat/completions");
    }
    assert_int_equal(llmc_mock_request_count(rig_mock), 3);
    rig_close(&r);
}

static const char *sent(const char *name) {
    return llmc_mock_request_header(rig_mock, llmc_mock_request_count(rig_mock) - 1, name);
}

/* What the server gets, whichever of the lines libcurl writes itself. */
static void lines_arrive_one_by_one(void **state) {
    rig r;
    seen s = {0};
    char host[32];
    (void)state;
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(100, 20));
    (void)snprintf(host, sizeof host, "127.0.0.1:%d", llmc_mock_port(rig_mock));
    assert_int_equal(llmc__http_request_header(&r.request, "X-Own", "1"), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&r.request, "X-Blank", ""), LLMC_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig_run(&r, &s), LLMC_OK);
        assert_string_equal(sent("Host"), host);
        assert_string_equal(sent("Content-Type"), "application/json");
        assert_string_equal(sent("Authorization"), "Bearer x");
        assert_string_equal(sent("User-Agent"), "rig/1");
        assert_string_equal(sent("Accept"), "*/*");
        assert_string_equal(sent("X-Own"), "1");
        assert_string_equal(sent("X-Blank"), "");
    }
    assert_int_equal(llmc__http_request_header(&r.request, "host", "named.example"), LLMC_OK);
    assert_int_equal(llmc__http_request_header(&r.request, "Accept", "a/b"), LLMC_OK);
    assert_int_equal(rig_run(&r, &s), LLMC_OK);
    assert_string_equal(sent("Host"), "named.example");
    assert_string_equal(sent("Accept"), "a/b");
    assert_string_equal(sent("Authorization"), "Bearer x");
    rig_close(&r);
}

/* The mock stands in for the proxy, too. */
static void a_proxy_is_told_the_server_s_host(void **state) {
    rig r;
    seen s = {0};
    char proxy[64];
    (void)state;
    rig_open(&r, "http://named.example:8080/v1", rig_config(100, 20));
    (void)snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", llmc_mock_port(rig_mock));
    r.origin.proxy = proxy;
    (void)rig_run(&r, &s);
    assert_int_equal(llmc_mock_request_count(rig_mock), 1);
    assert_string_equal(sent("Host"), "named.example:8080");
    assert_string_equal(sent("Authorization"), "Bearer x");
    assert_string_equal(sent("User-Agent"), "rig/1");
    rig_close(&r);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_open_mock, rig_close_mock)
    const struct CMUnitTest tests[] = {
        TEST(each_request_goes_to_its_own_path), TEST(handles_keep_what_they_are_set_to),
        TEST(bad_urls_are_told_and_left_behind), TEST(lines_arrive_one_by_one),
        TEST(a_proxy_is_told_the_server_s_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
