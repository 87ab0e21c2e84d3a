/* A store behind the cache: what it keeps is found by another client, and whatever it does wrong is a miss. */
#include <stdatomic.h>
#include "llmclient/store.h"
#include "support_resil.h"

#define SLOTS 16

/* A store in memory, written by hand; misbehaves as told. */
typedef struct shelf {
    llmc_store store; /* first */
    llmc__mutex lock;
    struct {
        unsigned char key[LLMC_STORE_KEY_BYTES];
        char *value;
        size_t len;
    } slots[SLOTS];
    size_t count;
    atomic_uint gets, puts, clears, closed;
    bool fails, damages, holds; /* holds: get never calls back until released */
    llmc_store_done_fn held_done;
    void *held_ctx;
    const void *_Atomic get_thread;
} shelf;

static size_t find(shelf *s, const unsigned char *key) {
    size_t i = 0;
    while (i < s->count && memcmp(s->slots[i].key, key, LLMC_STORE_KEY_BYTES) != 0)
        i++;
    return i;
}

static void shelf_get(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                      void *ctx) {
    shelf *s = (shelf *)store;
    char *copy = NULL;
    size_t i, len = 0;
    (void)timeout_ms;
    atomic_fetch_add(&s->gets, 1);
    atomic_store(&s->get_thread, llmc__thread_self());
    llmc__mutex_lock(&s->lock);
    i = find(s, key);
    if (i < s->count && !s->fails) {
        len = s->slots[i].len;
        copy = malloc(len);
        memcpy(copy, s->slots[i].value, len);
        if (s->damages)
            copy[len / 2] = (char)(copy[len / 2] ^ 1);
    }
    if (s->holds) {
        s->held_done = done;
        s->held_ctx = ctx;
    }
    llmc__mutex_unlock(&s->lock);
    if (!s->holds)
        done(ctx, copy ? LLMC_STORE_DONE : s->fails ? LLMC_STORE_FAILED : LLMC_STORE_ABSENT, copy, len);
    free(copy);
}

static void shelf_put(llmc_store *store, const unsigned char *key, const void *value, size_t len, int64_t ttl_ms,
                      int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    shelf *s = (shelf *)store;
    bool kept = false;
    size_t i;
    (void)timeout_ms;
    llmc__mutex_lock(&s->lock);
    i = find(s, key);
    if (i < SLOTS && ttl_ms > 0 && !s->fails) {
        memcpy(s->slots[i].key, key, LLMC_STORE_KEY_BYTES);
        free(s->slots[i].value);
        s->slots[i].value = malloc(len);
        memcpy(s->slots[i].value, value, len);
        s->slots[i].len = len;
        s->count += i == s->count ? 1 : 0;
        kept = true;
    }
    llmc__mutex_unlock(&s->lock);
    atomic_fetch_add(&s->puts, 1);
    done(ctx, kept ? LLMC_STORE_DONE : LLMC_STORE_FAILED, NULL, 0);
}

static void shelf_remove(llmc_store *store, const unsigned char *key, int64_t timeout_ms, llmc_store_done_fn done,
                         void *ctx) {
    (void)store, (void)key, (void)timeout_ms;
    done(ctx, LLMC_STORE_ABSENT, NULL, 0);
}

static void shelf_clear(llmc_store *store, int64_t timeout_ms, llmc_store_done_fn done, void *ctx) {
    shelf *s = (shelf *)store;
    (void)timeout_ms;
    llmc__mutex_lock(&s->lock);
    for (size_t i = 0; i < s->count; i++) {
        free(s->slots[i].value);
        s->slots[i].value = NULL;
    }
    s->count = 0;
    llmc__mutex_unlock(&s->lock);
    atomic_fetch_add(&s->clears, 1);
    done(ctx, LLMC_STORE_DONE, NULL, 0);
}

/* The test's own; a client closes it, and another may be given it again. */
static void shelf_close(llmc_store *store) {
    atomic_fetch_add(&((shelf *)store)->closed, 1);
}

static void shelf_open(shelf *s, uint32_t flags) {
    memset(s, 0, sizeof(*s));
    assert_int_equal(llmc__mutex_init(&s->lock), LLMC_OK);
    s->store = (llmc_store){sizeof(llmc_store), LLMC_STORE_VERSION, flags,       "shelf",     NULL, shelf_get,
                            shelf_put,          shelf_remove,       shelf_clear, shelf_close, NULL, NULL};
}

static void shelf_end(shelf *s) {
    for (size_t i = 0; i < s->count; i++)
        free(s->slots[i].value);
    llmc__mutex_destroy(&s->lock);
}

static llmc_client *client_of(shelf *s, llmc_mock *mock) {
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
    return atomic_load(&((shelf *)ctx)->puts) > 0;
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
        shelf s;
        shelf_open(&s, flags);
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
        shelf_end(&s);
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
    shelf s;
    (void)state;
    shelf_open(&s, LLMC_STORE_BLOCKS);
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
    shelf_end(&s);
    llmc_mock_free(mock);
}

/* Past its time it stands in for a failure, though memory never had it. */
static void an_old_answer_stands_in(void **state) {
    llmc_client_options options = resil_options();
    llmc_mock_script busy = resil_refusal(503, NULL), denied = resil_refusal(401, NULL);
    llmc_response *response = NULL;
    llmc_mock *mock;
    shelf s;
    (void)state;
    shelf_open(&s, 0);
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
    shelf_end(&s);
    llmc_mock_free(mock);
}

static void what_goes_wrong_is_a_miss(void **state) {
    (void)state;
    for (int fault = 0; fault < 2; fault++) {
        llmc_client *client;
        llmc_mock *mock;
        shelf s;
        shelf_open(&s, 0);
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
        shelf_end(&s);
        llmc_mock_free(mock);
    }
}

/* A store that never answers costs no more than its timeout, and what it says later is not used. */
static void silence_costs_its_timeout(void **state) {
    llmc_client_options options = resil_options();
    llmc_client *client;
    llmc_mock *mock;
    shelf s;
    (void)state;
    shelf_open(&s, 0);
    s.holds = true;
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    options.enable_cache = true;
    options.cache_store = &s.store;
    options.cache_store_timeout_ms = 40;
    client = flow_client(llmc_mock_base_url(mock), &options);
    int64_t began = flow_now_ms();
    assert_false(asks(client));
    assert_true(flow_now_ms() - began >= 39);
    assert_non_null(s.held_done);
    s.held_done(s.held_ctx, LLMC_STORE_ABSENT, NULL, 0); /* far too late, and harmless */
    assert_true(asks(client));
    llmc_client_free(client);
    assert_int_equal(atomic_load(&s.closed), 1);
    shelf_end(&s);
    llmc_mock_free(mock);
}

/* The client may end while the store still thinks; the store is closed when it has answered. */
static void client_ends_before_the_store_answers(void **state) {
    llmc_request *request = flow_request("one two");
    llmc_client *client;
    flow_tally tally;
    llmc_mock *mock;
    shelf s;
    (void)state;
    shelf_open(&s, 0);
    s.holds = true;
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    client = client_of(&s, mock);
    flow_tally_init(&tally);
    assert_int_equal(llmc_execute_async(client, request, flow_on_done, &tally, NULL), LLMC_OK);
    while (atomic_load(&s.gets) == 0)
        flow_pass_ms(1);
    llmc_client_free(client);
    assert_int_equal(tally.cancelled, 1);
    assert_int_equal(atomic_load(&s.closed), 0);
    s.held_done(s.held_ctx, LLMC_STORE_ABSENT, NULL, 0);
    assert_int_equal(atomic_load(&s.closed), 1);
    flow_tally_destroy(&tally);
    llmc_request_free(request);
    shelf_end(&s);
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
    shelf s;
    (void)state;
    shelf_open(&s, LLMC_STORE_BLOCKS);
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
    shelf_end(&s);
    llmc_mock_free(mock);
}

static void many_misses_ask_once(void **state) {
    llmc_request *request = flow_request("one two");
    flow_tally tally;
    llmc_client *client;
    llmc_mock *mock;
    llmc_mock_stats stats;
    llmc_mock_script slow = flow_slow(100);
    shelf s;
    (void)state;
    shelf_open(&s, LLMC_STORE_BLOCKS);
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
    shelf_end(&s);
    llmc_mock_free(mock);
}

static void ignore_log(llmc_log_level level, const char *text, void *user_data) {
    (void)level, (void)text, (void)user_data;
}

static void failures_are_counted(void **state) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    llmc_client *client;
    llmc_mock *mock;
    shelf s;
    (void)state;
    shelf_open(&s, LLMC_STORE_BLOCKS);
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
    shelf_end(&s);
    llmc_mock_free(mock);
}

/* The client closes what it was given in any case, and lends it its log. */
static void a_store_is_owned_without_a_cache_too(void **state) {
    llmc_client_options options = resil_options();
    llmc_client *client;
    shelf s;
    (void)state;
    shelf_open(&s, LLMC_STORE_BLOCKS);
    options.cache_store = &s.store;
    options.on_log = ignore_log;
    options.log_user_data = &s;
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    assert_true(s.store.on_log == ignore_log);
    assert_ptr_equal(s.store.log_user_data, &s);
    assert_int_equal(atomic_load(&s.closed), 0);
    llmc_client_free(client);
    assert_int_equal(atomic_load(&s.closed), 1);
    shelf_end(&s);
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
    shelf s;
    (void)state;
    shelf_open(&s, 0);
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
    shelf_end(&s);
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
