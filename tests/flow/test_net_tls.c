/* TLS and HTTP/2 of src/net against a real nginx. */
#include "support_net.h"
#include "support_nginx.h"

typedef struct site {
    llmc_mock *mock;
    nginx *nginx;
    rig rig;
    bool up;
    char url[64], wrong_url[64];
} site;

static nginx *running; /* to be stopped when an assertion leaves a test early */

static int stop_nginx(void **state) {
    (void)state;
    if (running != NULL) {
        nginx_stop(running);
        running = NULL;
    }
    return 0;
}

static bool open_site(site *s, bool http2, llmc_http_version version, uint32_t max_connections) {
    static nginx server; /* outlives the test function */
    *s = (site){.nginx = &server};
    assert_int_equal(llmc_mock_new(&s->mock), LLMC_OK);
    llmc_mock_set_recording(s->mock, false);
    s->up = nginx_start(s->nginx, llmc_mock_port(s->mock), http2);
    running = s->up ? s->nginx : NULL;
    if (!s->up) {
        llmc_mock_free(s->mock);
        return false;
    }
    snprintf(s->url, sizeof s->url, "https://localhost:%d/v1", s->nginx->port);
    snprintf(s->wrong_url, sizeof s->wrong_url, "https://localhost:%d/v1", s->nginx->wrong_host_port);
    llmc__net_config config = rig_config(max_connections, 20);
    config.http_version = version;
    rig_open(&s->rig, s->url, config);
    rig_aim(&s->rig, 1, s->url, s->nginx->ca_file);
    return true;
}

static void close_site(site *s) {
    rig_close(&s->rig);
    stop_nginx(NULL);
    llmc_mock_free(s->mock);
}

static void trusts_only_the_given_ca(void **state) {
    (void)state;
    site s;
    seen t = {0};
    if (!open_site(&s, false, LLMC_HTTP_AUTO, 100)) {
        return;
    }
    assert_int_equal(rig_run(&s.rig, &t), LLMC_OK);
    assert_int_equal(t.result.http_status, 200);
    rig_aim(&s.rig, 2, s.url, s.nginx->other_ca);
    assert_int_equal(rig_run(&s.rig, &t), LLMC_ERR_TLS);
    assert_false(t.result.request_left);
    rig_aim(&s.rig, 3, s.url, NULL); /* the system's roots */
    assert_int_equal(rig_run(&s.rig, &t), LLMC_ERR_TLS);
    rig_aim(&s.rig, 4, s.wrong_url, s.nginx->ca_file);
    assert_int_equal(rig_run(&s.rig, &t), LLMC_ERR_TLS);
    assert_int_equal(t.sending, 0);
    close_site(&s);
}

/* A pool speaks either TLS or not: an https base never goes out in the clear. */
static void https_pool_refuses_plain_http(void **state) {
    (void)state;
    site s;
    seen t = {0};
    if (!open_site(&s, false, LLMC_HTTP_AUTO, 100)) {
        return;
    }
    llmc__net_origin secure = s.rig.origin;
    rig_aim(&s.rig, 1, llmc_mock_base_url(s.mock), s.nginx->ca_file);
    s.rig.origin = secure;
    assert_int_equal(rig_run(&s.rig, &t), LLMC_ERR_BAD_RESPONSE);
    assert_false(t.result.request_left);
    close_site(&s);
}

static void forced_h2_uses_one_connection_a_hundred(void **state) {
    (void)state;
    site s;
    size_t requests = 0;
    if (!open_site(&s, true, LLMC_HTTP_2, 100)) {
        return;
    }
    llmc_mock_script slow = flow_slow(100);
    assert_int_equal(llmc_mock_set_default(s.mock, &slow), LLMC_OK);
    rig_drive(&s.rig, 1000, 1000);
    assert_int_equal(s.rig.ok, 1000);
    assert_int_equal(nginx_connections_after(s.nginx, 1000, &requests), 10);
    assert_int_equal(requests, 1000);
    rig_drive(&s.rig, 1000, 1000);
    assert_int_equal(nginx_connections_after(s.nginx, 2000, &requests), 10);
    close_site(&s);
}

static void h2_keeps_to_max_connections(void **state) {
    (void)state;
    site s;
    size_t requests = 0;
    if (!open_site(&s, true, LLMC_HTTP_2, 2)) {
        return;
    }
    rig_drive(&s.rig, 600, 600);
    assert_int_equal(s.rig.ok, 600);
    assert_int_equal(nginx_connections_after(s.nginx, 600, &requests), 2);
    close_site(&s);
}

static void forced_h2_still_speaks_to_an_h1_server(void **state) {
    (void)state;
    site s;
    size_t requests = 0;
    if (!open_site(&s, false, LLMC_HTTP_2, 10)) {
        return;
    }
    llmc_mock_script slow = flow_slow(20);
    assert_int_equal(llmc_mock_set_default(s.mock, &slow), LLMC_OK);
    rig_drive(&s.rig, 100, 100);
    assert_int_equal(s.rig.ok, 100);
    size_t used = nginx_connections(s.nginx, &requests);
    assert_true(used > 1 && used <= 10);
    close_site(&s);
}

/* All at once, before anybody knows what the server speaks. */
static void a_first_burst_waits_for_the_first_handshake(void **state) {
    (void)state;
    site s;
    size_t requests = 0;
    if (!open_site(&s, true, LLMC_HTTP_AUTO, 1000)) {
        return;
    }
    llmc_mock_script slow = flow_slow(100);
    assert_int_equal(llmc_mock_set_default(s.mock, &slow), LLMC_OK);
    rig_drive(&s.rig, 600, 600);
    assert_int_equal(s.rig.ok, 600);
    assert_true(nginx_connections_after(s.nginx, 600, &requests) <= 600 / 64 + 1);
    close_site(&s);
}

static void a_first_burst_to_an_h1_server_runs_side_by_side(void **state) {
    (void)state;
    site s;
    size_t requests = 0;
    if (!open_site(&s, false, LLMC_HTTP_AUTO, 100)) {
        return;
    }
    llmc_mock_script slow = flow_slow(500);
    assert_int_equal(llmc_mock_set_default(s.mock, &slow), LLMC_OK);
    int64_t start_us = llmc__clock_us();
    rig_drive(&s.rig, 60, 60);
    int64_t took_ms = (llmc__clock_us() - start_us) / 1000;
    assert_int_equal(s.rig.ok, 60);
    assert_int_equal(nginx_connections_after(s.nginx, 60, &requests), 60);
    if (FLOW_MEASURES) {
        assert_true(took_ms < 30 * 500); /* one after the other it were 60 times 500 */
    }
    close_site(&s);
}

static void auto_finds_h2(void **state) {
    (void)state;
    site s;
    seen t = {0};
    size_t requests = 0;
    if (!open_site(&s, true, LLMC_HTTP_AUTO, 100)) {
        return;
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig_run(&s.rig, &t), LLMC_OK);
        assert_int_equal(t.result.http_version, 20);
        assert_int_equal(t.result.reused, i > 0);
    }
    rig_drive(&s.rig, 500, 100);
    assert_int_equal(s.rig.ok, 500);
    assert_int_equal(nginx_connections(s.nginx, &requests), 1);
    close_site(&s);
}

/* The first burst cannot know: it may open many connections, later ones must not need them. */
static void auto_burst_settles_on_h2(void **state) {
    (void)state;
    site s;
    llmc__net_counts counts;
    if (!open_site(&s, true, LLMC_HTTP_AUTO, 50)) {
        return;
    }
    rig_drive(&s.rig, 400, 400);
    assert_int_equal(s.rig.ok, 400);
    rig_drive(&s.rig, 300, 90);
    assert_int_equal(s.rig.ok, 300);
    llmc__net_count(s.rig.net, &counts);
    assert_true(counts.connections_open <= 20);
    close_site(&s);
}

static void forced_h1_stays_h1(void **state) {
    (void)state;
    site s;
    seen t = {0};
    if (!open_site(&s, true, LLMC_HTTP_1_1, 100)) {
        return;
    }
    assert_int_equal(rig_run(&s.rig, &t), LLMC_OK);
    assert_int_equal(t.result.http_version, 11);
    close_site(&s);
}

static void cancelling_a_stream_leaves_the_others(void **state) {
    (void)state;
    site s;
    static seen seens[20];
    size_t requests = 0;
    if (!open_site(&s, true, LLMC_HTTP_2, 100)) {
        return;
    }
    llmc_mock_script slow = flow_slow(200);
    assert_int_equal(llmc_mock_set_default(s.mock, &slow), LLMC_OK);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rig_start(&s.rig, &seens[i]), LLMC_OK);
    }
    rig_turn_ms(&s.rig, 100);
    for (int i = 0; i < 20; i += 2) {
        llmc__net_cancel(s.rig.net, seens[i].transfer);
    }
    for (int i = 1; i < 20; i += 2) {
        rig_wait(&s.rig, &seens[i]);
        assert_int_equal(seens[i].result.status, LLMC_OK);
    }
    assert_int_equal(nginx_connections(s.nginx, &requests), 1);
    close_site(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(trusts_only_the_given_ca, stop_nginx),
        cmocka_unit_test_teardown(https_pool_refuses_plain_http, stop_nginx),
        cmocka_unit_test_teardown(forced_h2_uses_one_connection_a_hundred, stop_nginx),
        cmocka_unit_test_teardown(h2_keeps_to_max_connections, stop_nginx),
        cmocka_unit_test_teardown(forced_h2_still_speaks_to_an_h1_server, stop_nginx),
        cmocka_unit_test_teardown(a_first_burst_waits_for_the_first_handshake, stop_nginx),
        cmocka_unit_test_teardown(a_first_burst_to_an_h1_server_runs_side_by_side, stop_nginx),
        cmocka_unit_test_teardown(auto_finds_h2, stop_nginx),
        cmocka_unit_test_teardown(auto_burst_settles_on_h2, stop_nginx),
        cmocka_unit_test_teardown(forced_h1_stays_h1, stop_nginx),
        cmocka_unit_test_teardown(cancelling_a_stream_leaves_the_others, stop_nginx),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
