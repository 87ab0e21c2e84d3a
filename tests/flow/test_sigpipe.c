/*
 * SIGPIPE in a thread of the host that drives the loop. It is held as long as anything of the loop may raise it: TLS
 * libraries and name lookups do not promise to stay silent. Plain http to an address is, and costs no system call.
 */
#include <signal.h>
#include "support_lead.h"
#include "support_net.h"

static bool is_held(void) {
    sigset_t mask;
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGPIPE) == 1;
}

static bool is_pending(void) {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

/* ---- what may raise it ---- */

typedef struct origin {
    const char *url, *proxy;
    bool held;
} origin;

/* The callers of libcurl come and go as those of an engine do. */
static void assert_held_for(const origin *o) {
    rig r;
    seen s = {0};
    llmc__sigpipe hold = {0}, next = {0};
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(4, 4));
    rig_aim(&r, 7, o->url, NULL);
    r.origin.proxy = o->proxy;
    llmc__net_lend(r.net, &hold);
    assert_false(is_held());
    assert_int_equal(rig_start(&r, &s), LLMC_OK);
    assert_int_equal(is_held(), o->held);
    llmc__net_cancel(r.net, s.transfer);
    llmc__net_lend(r.net, NULL);
    llmc__sigpipe_release(&hold);
    assert_false(is_held());
    llmc__net_lend(r.net, &next); /* its connections are still there */
    assert_int_equal(is_held(), o->held);
    llmc__net_lend(r.net, NULL);
    llmc__sigpipe_release(&next);
    assert_false(is_held());
    rig_close(&r);
}

static void held_for_what_may_raise_it(void **state) {
    static const origin origins[] = {
        {"http://127.0.0.1:1/v1", NULL, false},
        {"http://127.0.0.1/v1", "", false},
        {"HTTP://127.0.0.1", NULL, false},
        {"http://[::1]:1/v1", NULL, false},
        {"http://localhost:1/v1", NULL, false},
        {"https://127.0.0.1:1/v1", NULL, true},
        {"HTTPS://[::1]:1/v1", NULL, true},
        {"http://127.0.0.1:1/v1", "https://127.0.0.1:2", true},
        {"http://127.0.0.1:1/v1", "socks5h://127.0.0.1:2", true},
        {"http://models.invalid:1/v1", NULL, true},
        {"http://localhost.invalid:1/v1", NULL, true},
        {"http://127.0.0.1.invalid:1/v1", NULL, true},
        {"http://1.2.3.4.5.6.7.8.9.10.11.12.13:1/v1", NULL, true},
        {"http://1.2.3:1/v1", NULL, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++)
        assert_held_for(&origins[i]);
}

static void held_once_for_many_origins(void **state) {
    rig r;
    seen plain = {0}, secure = {0}, more = {0};
    llmc__sigpipe hold = {0};
    sigset_t before, after;
    (void)state;
    rig_open(&r, llmc_mock_base_url(rig_mock), rig_config(4, 4));
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    llmc__net_lend(r.net, &hold);
    assert_int_equal(rig_run(&r, &plain), LLMC_OK);
    assert_false(is_held());
    rig_aim(&r, 8, "https://127.0.0.1:1/v1", NULL);
    assert_int_equal(rig_run(&r, &secure), LLMC_ERR_CONNECT);
    assert_true(is_held());
    rig_aim(&r, 9, "https://127.0.0.1:2/v1", NULL);
    assert_int_equal(rig_run(&r, &more), LLMC_ERR_CONNECT);
    llmc__net_lend(r.net, NULL);
    llmc__sigpipe_release(&hold);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_int_equal(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
    rig_close(&r);
}

static void the_loop_thread_is_left_alone(void **state) {
    rig r;
    seen s = {0};
    (void)state;
    rig_open(&r, "https://127.0.0.1:1/v1", rig_config(4, 4));
    assert_int_equal(rig_run(&r, &s), LLMC_ERR_CONNECT);
    assert_false(is_held());
    rig_close(&r);
}

/* ---- calls that turn to https ---- */

/* What the last final callback or price saw; it raises the signal where that is safe. */
typedef struct sight {
    const void *thread;
    bool held;
    int count;
} sight;

static void look(sight *s) {
    s->thread = llmc__thread_self();
    s->held = is_held();
    s->count++;
    if (s->held)
        raise(SIGPIPE); /* as a TLS library would: it must not get out */
}

static int tell_price(const char *provider, const char *model, int64_t tokens_in, llmc_price *out, void *user_data) {
    (void)provider;
    (void)model;
    (void)tokens_in;
    out->input_mtok_usd = 1;
    look(user_data);
    return 0;
}

static void set_secure(llmc_client *client, const char *name) {
    char url[64];
    llmc_provider_options provider;
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/v1", flow_closed_port());
    provider = flow_provider(url);
    assert_int_equal(llmc_client_set_provider(client, name, &provider), LLMC_OK);
}

static void assert_nothing_got_out(const sight *s, bool held) {
    assert_ptr_equal(s->thread, llmc__thread_self());
    assert_int_equal(s->held, held);
    assert_false(is_held());
    assert_false(is_pending());
}

#ifndef LLMC_USE_POLL

static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    (void)call;
    (void)response;
    look(user_data);
}

static void drive(flow *f, const llmc_request *request, sight *s, bool held) {
    llmc_call *call = NULL;
    assert_int_equal(llmc_execute_async(f->client, request, on_done, s, &call), LLMC_OK);
    (void)llmc_call_wait(call, NULL);
    llmc_call_unref(call);
    assert_nothing_got_out(s, held);
}

static void host_open(flow *f) {
    llmc_client_options options = flow_options();
    options.io_threads = 0;
    flow_open(f, &options);
}

static void by_base_url(void **state) {
    sight s = {0};
    flow f;
    llmc_request *request = flow_request("hello");
    (void)state;
    host_open(&f);
    drive(&f, request, &s, false);
    set_secure(f.client, "openai");
    drive(&f, request, &s, true);
    assert_int_equal(s.count, 2);
    llmc_request_free(request);
    flow_close(&f);
}

static void by_fallback(void **state) {
    sight s = {0};
    flow f;
    llmc_request *request = flow_request("hello");
    llmc_mock_script bad = flow_script();
    (void)state;
    host_open(&f);
    set_secure(f.client, "secure");
    assert_int_equal(llmc_request_add_fallback(request, "secure/m"), LLMC_OK);
    drive(&f, request, &s, false); /* not needed yet */
    bad.status = 500;
    flow_push(&f, bad);
    drive(&f, request, &s, true);
    drive(&f, request, &s, true); /* it stays possible: the loop has been there */
    llmc_request_free(request);
    flow_close(&f);
}

static void by_route(void **state) {
    const llmc_route_target plain = {FLOW_MODEL, 1}, both[] = {{"secure/m", 1}, {FLOW_MODEL, 1}};
    sight s = {0};
    flow f;
    llmc_request *request = NULL;
    (void)state;
    host_open(&f);
    set_secure(f.client, "secure");
    assert_int_equal(llmc_client_set_route(f.client, "main", LLMC_ROUTE_IN_ORDER, &plain, 1), LLMC_OK);
    assert_int_equal(llmc_request_new("main", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "hello"), LLMC_OK);
    drive(&f, request, &s, false);
    assert_int_equal(llmc_client_set_route(f.client, "main", LLMC_ROUTE_IN_ORDER, both, 2), LLMC_OK);
    drive(&f, request, &s, true);
    llmc_request_free(request);
    flow_close(&f);
}

#endif

/* A call that leads is told apart by the thread in which its price is asked. */
static void by_fallback_while_a_call_leads(void **state) {
    sight s = {0};
    llmc_client_options options = flow_options();
    llmc_request *request = NULL;
    int64_t end = flow_now_ms() + FLOW_DEADLINE_MS;
    flow f;
    (void)state;
    options.price = tell_price;
    options.price_user_data = &s;
    flow_open(&f, &options);
    set_secure(f.client, "secure");
    assert_int_equal(llmc_request_new("secure/m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "hello"), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(request, FLOW_MODEL), LLMC_OK);
    do { /* the loop thread may take the loop back at any time */
        llmc_response *response = NULL;
        assert_true(lead_series(f.client));
        assert_false(is_held());
        assert_int_equal(llmc_execute(f.client, request, &response), LLMC_OK);
        llmc_response_free(response);
        assert_true(flow_now_ms() < end);
    } while (s.thread != llmc__thread_self());
    assert_nothing_got_out(&s, true);
    llmc_request_free(request);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(held_for_what_may_raise_it, rig_open_mock, rig_close_mock),
        cmocka_unit_test_setup_teardown(held_once_for_many_origins, rig_open_mock, rig_close_mock),
        cmocka_unit_test_setup_teardown(the_loop_thread_is_left_alone, rig_open_mock, rig_close_mock),
#ifndef LLMC_USE_POLL
        cmocka_unit_test(by_base_url),
        cmocka_unit_test(by_fallback),
        cmocka_unit_test(by_route),
#endif
        cmocka_unit_test(by_fallback_while_a_call_leads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
