/* A name lookup that hangs: this program's own getaddrinfo takes the place of the system's, also for libcurl. */
#include "support_flow.h"
#include <netdb.h>
#include <stdatomic.h>

static llmc__mutex gate_lock;
static llmc__cond gate_opened;
static bool gate_open;
static atomic_uint lookups; /* that hang right now */

__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints, struct addrinfo **out) {
    (void)name;
    (void)service;
    (void)hints;
    *out = NULL;
    atomic_fetch_add(&lookups, 1);
    llmc__mutex_lock(&gate_lock);
    while (!gate_open)
        llmc__cond_wait(&gate_opened, &gate_lock);
    llmc__mutex_unlock(&gate_lock);
    atomic_fetch_sub(&lookups, 1);
    return EAI_NONAME;
}

static void close_gate(void) {
    llmc__mutex_lock(&gate_lock);
    gate_open = false;
    llmc__mutex_unlock(&gate_lock);
}

static void open_gate(void) {
    llmc__mutex_lock(&gate_lock);
    gate_open = true;
    llmc__cond_broadcast(&gate_opened);
    llmc__mutex_unlock(&gate_lock);
}

static bool a_lookup_hangs(void *ctx) {
    return atomic_load(&lookups) >= *(unsigned *)ctx;
}

static bool none_hangs(void *ctx) {
    (void)ctx;
    return atomic_load(&lookups) == 0;
}

static llmc_client *hung_client(const llmc_client_options *base) {
    llmc_client_options options = base != NULL ? *base : flow_options();
    options.allow_insecure_http = true;
    return flow_client("http://hung.example.invalid/v1", &options);
}

static int compare_us(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

#define RUNS 100

static int64_t cancel_p99(llmc_client *client, unsigned *hanging) {
    static int64_t took[RUNS];
    llmc_request *request = flow_request("hello");
    for (size_t i = 0; i < RUNS; i++) {
        llmc_call *call = NULL;
        int64_t begun;
        assert_int_equal(llmc_execute_async(client, request, NULL, NULL, &call), LLMC_OK);
        (*hanging)++;
        assert_true(flow_until(a_lookup_hangs, hanging));
        begun = llmc__clock_us();
        llmc_call_cancel(call);
        assert_int_equal(llmc_call_wait(call, NULL), LLMC_ERR_CANCELLED);
        took[i] = llmc__clock_us() - begun;
        llmc_call_unref(call);
    }
    llmc_request_free(request);
    qsort(took, RUNS, sizeof(took[0]), compare_us);
    return took[RUNS * 99 / 100];
}

static void cancel_is_quick_while_a_lookup_hangs(void **state) {
    llmc_client *client = hung_client(NULL);
    unsigned hanging = 0;
    int64_t p99 = 0;
    (void)state;
    close_gate();
    for (int round = 0; round < 3; round++) { /* another program may have had the processor */
        p99 = cancel_p99(client, &hanging);
        print_message("cancel to callback while a lookup hangs, p99 of %d: %lld us\n", RUNS, (long long)p99);
        if (p99 <= 10000)
            break;
    }
    if (FLOW_MEASURES)
        assert_true(p99 <= 10000);
    flow_assert_balanced(client);
    open_gate();
    assert_true(flow_until(none_hangs, NULL));
    llmc_client_free(client);
}

static void others_go_on_while_a_lookup_hangs(void **state) {
    flow f;
    llmc_provider_options far = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_client_options options = flow_options();
    llmc_request *request = NULL;
    llmc_call *call = NULL;
    llmc_response *response = NULL;
    unsigned one = 1;
    (void)state;
    close_gate();
    options.allow_insecure_http = true;
    flow_open(&f, &options);
    far.base_url = "http://hung.example.invalid/v1";
    assert_int_equal(llmc_client_set_provider(f.client, "far", &far), LLMC_OK);
    assert_int_equal(llmc_request_new("far/m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "x"), LLMC_OK);
    assert_int_equal(llmc_execute_async(f.client, request, NULL, NULL, &call), LLMC_OK);
    assert_true(flow_until(a_lookup_hangs, &one));
    for (int i = 0; i < 20; i++) { /* 127.0.0.1 needs no lookup */
        assert_int_equal(llmc_ask(f.client, FLOW_MODEL, "near", &response), LLMC_OK);
        llmc_response_free(response);
    }
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_ERR_CANCELLED);
    llmc_call_unref(call);
    llmc_request_free(request);
    open_gate();
    assert_true(flow_until(none_hangs, NULL));
    flow_close(&f);
}

static void the_connect_timeout_covers_the_lookup(void **state) {
    llmc_client_options options = flow_options();
    llmc_client *client;
    llmc_response *response = NULL;
    int64_t begun;
    (void)state;
    close_gate();
    options.connect_timeout_ms = 150;
    client = hung_client(&options);
    begun = flow_now_ms();
    assert_int_equal(llmc_ask(client, FLOW_MODEL, "hello", &response), LLMC_ERR_TIMEOUT_CONNECT);
    assert_in_range(flow_now_ms() - begun, 140, 5000);
    llmc_response_free(response);
    open_gate();
    assert_true(flow_until(none_hangs, NULL));
    llmc_client_free(client);
}

static void freeing_the_client_does_not_wait_for_it(void **state) {
    llmc_client *client = hung_client(NULL);
    llmc_request *request = flow_request("hello");
    flow_tally tally;
    unsigned one = 1;
    int64_t begun;
    (void)state;
    close_gate();
    flow_tally_init(&tally);
    assert_int_equal(llmc_execute_async(client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_until(a_lookup_hangs, &one));
    begun = flow_now_ms();
    llmc_client_free(client);
    assert_true(flow_now_ms() - begun < 3000);
    assert_int_equal(tally.cancelled, 1);
    open_gate();
    assert_true(flow_until(none_hangs, NULL));
    flow_tally_destroy(&tally);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancel_is_quick_while_a_lookup_hangs),
        cmocka_unit_test(others_go_on_while_a_lookup_hangs),
        cmocka_unit_test(the_connect_timeout_covers_the_lookup),
        cmocka_unit_test(freeing_the_client_does_not_wait_for_it),
    };
    int failed;
    if (llmc__mutex_init(&gate_lock) != LLMC_OK || llmc__cond_init(&gate_opened) != LLMC_OK)
        return 99;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed;
}
