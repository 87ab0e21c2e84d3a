/* How often a call asks for memory once the connection and the pools stand; what libcurl takes is its own. */
#include <stdatomic.h>
#include "base/mem.h"
#include "support_flow.h"

#define MOST_OF_A_CALL 12

static atomic_int taken;

/* The mock takes its memory through the same door; its thread is told by not being the client's. */
static _Thread_local bool is_mine;

static int count(void *ctx) {
    (void)ctx;
    if (is_mine)
        atomic_fetch_add(&taken, 1);
    return 1;
}

/* In host-loop mode every allocation of the client is made in this thread. */
static void open_host(flow *f) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    options.io_threads = 0;
    options.ignore_environment = true;
    flow_open(f, &options);
    is_mine = true;
    llmc__mem_set_gate(count, NULL);
}

static void close_host(flow *f) {
    llmc__mem_set_gate(NULL, NULL);
    is_mine = false;
    flow_close(f);
}

static int of_a_call(flow *f, const llmc_request *request) {
    llmc_response *response = NULL;
    int before = atomic_load(&taken);
    assert_int_equal(llmc_execute(f->client, request, &response), LLMC_OK);
    llmc_response_free(response);
    return atomic_load(&taken) - before;
}

static void a_plain_call(void **state) {
    flow f;
    llmc_request *request = NULL;
    (void)state;
    open_host(&f);
    assert_int_equal(llmc_request_new(FLOW_MODEL, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "How often?"), LLMC_OK);
    for (int i = 0; i < 20; i++)
        (void)of_a_call(&f, request);
    for (int i = 0; i < 20; i++)
        assert_true(of_a_call(&f, request) <= MOST_OF_A_CALL);
    llmc_request_free(request);
    close_host(&f);
}

static int see(llmc_call *call, const llmc_event *event, void *ctx) {
    (void)call;
    *(int *)ctx += llmc_event_type(event) == LLMC_EVENT_TEXT;
    return 0;
}

/* Of a stream of so many pieces. */
static int of_a_stream(flow *f, const llmc_request *request, int pieces) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_call *call = NULL;
    int seen = 0, before;
    const char **deltas = calloc((size_t)pieces, sizeof *deltas);
    assert_non_null(deltas);
    for (int i = 0; i < pieces; i++)
        deltas[i] = i % 3 ? "word " : "line\n";
    script.deltas = deltas;
    script.delta_count = (size_t)pieces;
    assert_int_equal(llmc_mock_set_default(f->mock, &script), LLMC_OK);
    before = atomic_load(&taken);
    assert_int_equal(llmc_execute_stream_async(f->client, request, see, NULL, &seen, &call), LLMC_OK);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_OK);
    llmc_call_unref(call);
    free(deltas);
    assert_int_equal(seen, pieces);
    return atomic_load(&taken) - before;
}

/* Only the answer's text grows, by doubling: from 64 pieces to 4096 that is six times. */
static void a_piece_of_a_stream(void **state) {
    flow f;
    llmc_request *request = NULL;
    (void)state;
    open_host(&f);
    assert_int_equal(llmc_request_new(FLOW_MODEL, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "How often?"), LLMC_OK);
    (void)of_a_stream(&f, request, 4096);
    int few = of_a_stream(&f, request, 64);
    int many = of_a_stream(&f, request, 4096);
    assert_in_range(many - few, 0, 10);
    llmc_request_free(request);
    close_host(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_call),
        cmocka_unit_test(a_piece_of_a_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
