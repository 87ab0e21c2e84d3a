/* Sixteen threads share one client and do everything at once; the counters balance afterwards. For TSan above all. */
#include "support_flow.h"
#include <stdatomic.h>

#define THREADS 16
#define ROUNDS  25

typedef struct crowd {
    flow f;
    flow_tally tally; /* of calls with a callback */
    atomic_uint asynchronous, faults;
    llmc_request *request; /* shared, read only */
} crowd;

static void fault_if(crowd *c, bool wrong) {
    if (wrong)
        atomic_fetch_add(&c->faults, 1);
}

static void do_ask(crowd *c, size_t number) {
    char prompt[48];
    llmc_response *response = NULL;
    (void)snprintf(prompt, sizeof(prompt), "thread %zu", number);
    fault_if(c, llmc_ask(c->f.client, FLOW_MODEL, prompt, &response) != LLMC_OK);
    fault_if(c, strcmp(llmc_response_output(response), prompt) != 0);
    llmc_response_free(response);
}

static void do_async(crowd *c, bool cancel) {
    llmc_call *call = NULL;
    llmc_status status = llmc_execute_async(c->f.client, c->request, flow_on_done, &c->tally, &call);
    fault_if(c, status != LLMC_OK);
    if (status != LLMC_OK)
        return;
    atomic_fetch_add(&c->asynchronous, 1);
    if (cancel)
        llmc_call_cancel(call);
    status = llmc_call_wait(call, NULL);
    fault_if(c, status != LLMC_OK && !(cancel && status == LLMC_ERR_CANCELLED));
    llmc_call_unref(call);
}

static void do_stream(crowd *c) {
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_status status = llmc_execute_stream(c->f.client, c->request, &stream);
    fault_if(c, status != LLMC_OK);
    while (status == LLMC_OK)
        status = llmc_stream_next(stream, &event);
    fault_if(c, status != LLMC_END);
    llmc_stream_free(stream);
}

static void do_batch(crowd *c) {
    const llmc_request *const row[4] = {c->request, c->request, c->request, c->request};
    llmc_response *results[4] = {NULL};
    fault_if(c, llmc_execute_batch(c->f.client, row, 4, NULL, results) != LLMC_OK);
    for (int i = 0; i < 4; i++)
        llmc_response_free(results[i]);
}

static void do_settings(crowd *c, size_t number) {
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(c->f.mock));
    llmc_stats stats = LLMC_STATS_INIT;
    provider.api_key = number % 2 == 0 ? FLOW_KEY : "sk-the-other-key";
    fault_if(c, llmc_client_set_provider(c->f.client, "openai", &provider) != LLMC_OK);
    fault_if(c, llmc_client_stats(c->f.client, &stats) != LLMC_OK);
    fault_if(c, stats.calls_started !=
                    stats.calls_succeeded + stats.calls_failed + stats.calls_cancelled + stats.calls_active);
    llmc_client_clear_cache(c->f.client);
    llmc_client_reset_circuit_breakers(c->f.client);
}

static void do_everything(size_t number, void *ctx) {
    crowd *c = ctx;
    for (size_t i = 0; i < ROUNDS; i++) {
        switch ((number + i) % 6) {
        case 0:
            do_ask(c, number);
            break;
        case 1:
            do_async(c, false);
            break;
        case 2:
            do_async(c, true);
            break;
        case 3:
            do_stream(c);
            break;
        case 4:
            do_batch(c);
            break;
        default:
            do_settings(c, number);
            break;
        }
    }
}

static void crowd_run(uint32_t io_threads) {
    llmc_client_options options = flow_options();
    crowd c;
    memset(&c, 0, sizeof(c));
    options.io_threads = io_threads;
    options.max_connections = 12;
    flow_open(&c.f, &options);
    llmc_mock_set_recording(c.f.mock, false);
    flow_tally_init(&c.tally);
    c.request = flow_request("a b c");
    flow_run_threads(THREADS, do_everything, &c);
    assert_int_equal(atomic_load(&c.faults), 0);
    assert_true(flow_tally_wait(&c.tally, atomic_load(&c.asynchronous)));
    flow_assert_balanced(c.f.client);
    assert_true(flow_mock_stats(&c.f).connections_max <= 12 + THREADS); /* a cancelled one may linger at the server */
    flow_close(&c.f);
    assert_int_equal(flow_tally_done(&c.tally), atomic_load(&c.asynchronous));
    flow_tally_destroy(&c.tally);
    llmc_request_free(c.request);
}

static void one_loop(void **state) {
    (void)state;
    crowd_run(1);
}

static void two_loops(void **state) {
    (void)state;
    crowd_run(2);
}

static void four_loops(void **state) {
    (void)state;
    crowd_run(4);
}

static void the_host_loop(void **state) {
    (void)state;
    crowd_run(0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_loop),
        cmocka_unit_test(two_loops),
        cmocka_unit_test(four_loops),
        cmocka_unit_test(the_host_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
