/* A store behind the cache: what it keeps is found by another client, and whatever it does wrong is a miss. */
#include "support_rack.h"
#include "support_resil.h"

static llmc_client *client_of(rack *s, llmc_mock *mock) {
    llmc_client_options options = resil_options();
    options.enable_cache = true;
    options.cache_store = &s->store;
    options.cache_salt = "shared by the test";
    options.cache_store_timeout_ms = 5000;
    return flow_client(llmc_mock_base_url(mock), &options);
}

static bool asks(llmc_client *client) {
    llmc_response *response = NULL;
    bool from_cache;
    assert_int_equal(llmc_ask(client, FLOW_MODEL, "one two", &response), LLMC_OK);
    assert_string_equal(llmc_response_output(response), "one two");
    from_cache = llmc_response_from_cache(response);
    llmc_response_free(response);
    return from_cache;
}

static bool was_put(void *ctx) {
    return atomic_load(&((rack *)ctx)->puts) > 0;
}

static uint64_t store_hits(llmc_client *client) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    assert_int_equal(llmc_client_cache_stats(client, &stats), LLMC_OK);
    return stats.store_hits;
}

static void another_client_finds_it(void **state) {
    (void)state;
    for (uint32_t flags = 0; flags <= LLMC_STORE_BLOCKS; flags++) {
        llmc_client *first, *second;
        llmc_mock *mock;
        rack s;
        rack_init(&s, flags);
        assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
        first = client_of(&s, mock);
        assert_false(asks(first));
        assert_true(flow_until(was_put, &s));
        assert_true(asks(first)); /* from memory */
        assert_int_equal(atomic_load(&s.gets), 1);
        llmc_client_free(first);
        assert_int_equal(atomic_load(&s.closed), 1);
        second = client_of(&s, mock);
        assert_true(asks(second));
        assert_int_equal(store_hits(second), 1);
        assert_true(asks(second)); /* from memory now */
        assert_int_equal(atomic_load(&s.gets), 2);
        llmc_client_free(second);
        assert_int_equal(atomic_load(&s.closed), 2);
        rack_end(&s);
        llmc_mock_free(mock);
    }
}

static void streams_find_it_too(void **state) {
    llmc_client *first, *second;
    llmc_request *request = flow_request("one two");
    llmc_stream *stream = NULL;
    const llmc_event *event;
    char text[64] = "";
    llmc_mock *mock;
    rack s;
    (void)state;
    rack_init(&s, LLMC_STORE_BLOCKS);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    first = client_of(&s, mock);
    assert_false(asks(first));
    llmc_client_free(first); /* waits for the put */
    assert_int_equal(atomic_load(&s.puts), 1);
    second = client_of(&s, mock);
    assert_int_equal(llmc_execute_stream(second, request, &stream), LLMC_OK);
    while (llmc_stream_next(stream, &event) == LLMC_OK)
        if (llmc_event_type(event) == LLMC_EVENT_TEXT)
            strncat(text, llmc_event_text(event), sizeof text - strlen(text) - 1);
    assert_string_equal(text, "one two");
    assert_true(llmc_response_from_cache(llmc_stream_response(stream)));
    llmc_stream_free(stream);
    llmc_request_free(request);
    llmc_client_free(second);
    rack_end(&s);
    llmc_mock_free(mock);
}

/* Past its time it stands in for a failure, though memory never had it. */
static void an_old_answer_stands_in(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script busy = resil_refusal(503, NULL), denied = resil_refusal(401, NULL);
    llmc_response *response = NULL;
    llmc_mock *mock;
    rack s;
    (void)state;
    rack_init(&s, 0);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    options.max_retries = -1;
    options.enable_cache = true;
    options.cache_store = &s.store;
    options.cache_ttl_s = 1;
    options.cache_error_s = 600;
    for (int i = 0; i < 2; i++) {
        llmc_client *client = flow_client(llmc_mock_base_url(mock), &options);
        llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
        if (i) {
            flow_pass_ms(2100); /* records tell whole seconds */
            assert_int_equal(llmc_mock_push(mock, &denied), LLMC_OK);
            assert_int_equal(llmc_ask(client, FLOW_MODEL, "one two", &response), LLMC_ERR_AUTH);
            llmc_response_free(response);
            assert_int_equal(llmc_mock_push(mock, &busy), LLMC_OK);
        }
        assert_int_equal(asks(client), i);
        assert_int_equal(llmc_client_cache_stats(client, &stats), LLMC_OK);
        assert_int_equal(stats.error_hits, i);
        assert_int_equal(stats.store_hits, 0);
        llmc_client_free(client);
    }
    rack_end(&s);
    llmc_mock_free(mock);
}

static void what_goes_wrong_is_a_miss(void **state) {
    (void)state;
    for (int fault = 0; fault < 2; fault++) {
        llmc_client *client;
        llmc_mock *mock;
        rack s;
        rack_init(&s, 0);
        assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
        client = client_of(&s, mock);
        assert_false(asks(client));
        llmc_client_free(client);
        s.fails = fault == 0;
        s.damages = fault == 1;
        client = client_of(&s, mock);
        assert_false(asks(client));
        assert_int_equal(store_hits(client), 0);
        llmc_client_free(client);
        rack_end(&s);
        llmc_mock_free(mock);
    }
}

/* A store that never answers costs no more than its timeout, and what it says later is not used. */
static void silence_costs_its_timeout(void **state) {
    llmc_client_options options = resil_options();
    llmc_client *client;
    llmc_mock *mock;
    rack s;
    (void)state;
    rack_init(&s, 0);
    s.answers = 0;
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    options.enable_cache = true;
    options.cache_store = &s.store;
    options.cache_store_timeout_ms = 40;
    client = flow_client(llmc_mock_base_url(mock), &options);
    int64_t began = flow_now_ms();
    assert_false(asks(client));
    assert_true(flow_now_ms() - began >= 39);
    assert_int_equal(atomic_load(&s.held_count), 1);
    rack_release(&s); /* far too late, and harmless */
    assert_true(asks(client));
    llmc_client_free(client);
    assert_int_equal(atomic_load(&s.closed), 1);
    rack_end(&s);
    llmc_mock_free(mock);
}

/* The client may end while the store still thinks; the store is closed when it has answered. */
static void client_ends_before_the_store_answers(void **state) {
    llmc_request *request = flow_request("one two");
    llmc_client *client;
    flow_tally tally;
    llmc_mock *mock;
    rack s;
    (void)state;
    rack_init(&s, 0);
    s.answers = 0;
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    client = client_of(&s, mock);
    flow_tally_init(&tally);
    assert_int_equal(llmc_execute_async(client, request, flow_on_done, &tally, NULL), LLMC_OK);
    while (atomic_load(&s.gets) == 0)
        flow_pass_ms(1);
    llmc_client_free(client);
    assert_int_equal(tally.cancelled, 1);
    assert_int_equal(atomic_load(&s.closed), 0);
    rack_release(&s);
    assert_int_equal(atomic_load(&s.closed), 1);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    rack_end(&s);
    llmc_mock_free(mock);
}

static void note_thread(llmc_call *call, llmc_response *response, void *user_data) {
    (void)call, (void)response;
    *(const void **)user_data = llmc__thread_self();
}

static void a_store_that_waits_is_not_run_in_the_loop(void **state) {
    llmc_request *request = flow_request("one two");
    const void *loop = NULL;
    llmc_call *call = NULL;
    llmc_client *client;
    llmc_mock *mock;
    rack s;
    (void)state;
    rack_init(&s, LLMC_STORE_BLOCKS);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    client = client_of(&s, mock);
    assert_int_equal(llmc_execute_async(client, request, note_thread, &loop, &call), LLMC_OK);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_OK);
    assert_non_null(atomic_load(&s.get_thread));
    assert_ptr_not_equal(atomic_load(&s.get_thread), loop);
    assert_ptr_not_equal(atomic_load(&s.get_thread), llmc__thread_self());
    llmc_call_unref(call);
    llmc_request_free(request);
    llmc_client_free(client);
    rack_end(&s);
    llmc_mock_free(mock);
}

static void many_misses_ask_once(void **state) {
    llmc_request *request = flow_request("one two");
    flow_tally tally;
    llmc_client *client;
    llmc_mock *mock;
    llmc_mock_stats stats;
    llmc_mock_script slow = flow_slow(100);
    rack s;
    (void)state;
    rack_init(&s, LLMC_STORE_BLOCKS);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    assert_int_equal(llmc_mock_set_default(mock, &slow), LLMC_OK);
    client = client_of(&s, mock);
    flow_tally_init(&tally);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(llmc_execute_async(client, request, flow_on_done, &tally, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&tally, 1000));
    assert_int_equal(tally.ok, 1000);
    assert_int_equal(atomic_load(&s.gets), 1);
    llmc_mock_get_stats(mock, &stats);
    assert_int_equal(stats.requests, 1);
    llmc_client_clear_cache(client);
    llmc_client_free(client);
    assert_int_equal(atomic_load(&s.clears), 1);
    assert_int_equal(s.count, 0);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    rack_end(&s);
    llmc_mock_free(mock);
}

static void ignore_log(llmc_log_level level, const char *text, void *user_data) {
    (void)level, (void)text, (void)user_data;
}

static void failures_are_counted(void **state) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    llmc_client *client;
    llmc_mock *mock;
    rack s;
    (void)state;
    rack_init(&s, LLMC_STORE_BLOCKS);
    s.fails = true;
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    client = client_of(&s, mock);
    assert_false(asks(client));
    assert_true(flow_until(was_put, &s));
    llmc_client_clear_cache(client);
    assert_false(asks(client));
    assert_int_equal(llmc_client_cache_stats(client, &stats), LLMC_OK);
    assert_true(stats.store_faults >= 3); /* two gets and a put; the second put may be under way */
    llmc_client_free(client);
    rack_end(&s);
    llmc_mock_free(mock);
}

/* The client closes what it was given in any case, and lends it its log. */
static void a_store_is_owned_without_a_cache_too(void **state) {
    llmc_client_options options = resil_options();
    llmc_client *client;
    rack s;
    (void)state;
    rack_init(&s, LLMC_STORE_BLOCKS);
    options.cache_store = &s.store;
    options.on_log = ignore_log;
    options.log_user_data = &s;
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    assert_true(s.store.on_log == ignore_log);
    assert_ptr_equal(s.store.log_user_data, &s);
    assert_int_equal(atomic_load(&s.closed), 0);
    llmc_client_free(client);
    assert_int_equal(atomic_load(&s.closed), 1);
    rack_end(&s);
}

static void assert_refused(const llmc_store *store, const char *why) {
    llmc_client_options options = resil_options();
    llmc_client *client = NULL;
    options.enable_cache = true;
    options.cache_store = (llmc_store *)(uintptr_t)store;
    assert_int_equal(llmc_client_new(&options, &client), LLMC_ERR_INVALID_ARGUMENT);
    assert_null(client);
    assert_non_null(strstr(llmc_last_error_message(), why));
}

static void what_is_no_store_is_refused(void **state) {
    llmc_store bad;
    rack s;
    (void)state;
    rack_init(&s, 0);
    bad = s.store;
    bad.version = LLMC_STORE_VERSION + 1;
    assert_refused(&bad, "version");
    bad = s.store;
    bad.size = sizeof bad - 1;
    assert_refused(&bad, "size");
    for (int member = 0; member < 6; member++) {
        bad = s.store;
        bad.name = member == 0 ? NULL : bad.name;
        bad.get = member == 1 ? NULL : bad.get;
        bad.put = member == 2 ? NULL : bad.put;
        bad.remove = member == 3 ? NULL : bad.remove;
        bad.clear = member == 4 ? NULL : bad.clear;
        bad.close = member == 5 ? NULL : bad.close;
        assert_refused(&bad, "lacks a member");
    }
    assert_int_equal(atomic_load(&s.closed), 0);
    rack_end(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_client_finds_it),
        cmocka_unit_test(streams_find_it_too),
        cmocka_unit_test(an_old_answer_stands_in),
        cmocka_unit_test(what_goes_wrong_is_a_miss),
        cmocka_unit_test(silence_costs_its_timeout),
        cmocka_unit_test(client_ends_before_the_store_answers),
        cmocka_unit_test(a_store_that_waits_is_not_run_in_the_loop),
        cmocka_unit_test(many_misses_ask_once),
        cmocka_unit_test(failures_are_counted),
        cmocka_unit_test(a_store_is_owned_without_a_cache_too),
        cmocka_unit_test(what_is_no_store_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
