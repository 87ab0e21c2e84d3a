/* Each allocation of a cached call fails in turn: what is told is true, and the cache stays whole. */
#include "support_oom_shelf.h"
#include "base/mem.h"
#include "engine/call.h"
#include "policy/cache_key.h"

/* ---- clients ---- */

static llmc_client *client_with(uint32_t io_threads, shelf *s) {
    llmc_client_options options = oom_options(io_threads);
    options.enable_cache = true;
    options.cache_ttl_s = 3600;
    options.cache_stale_s = 3600;
    options.cache_error_s = 3600;
    options.cache_store = s != NULL ? &s->store : NULL;
    options.cache_store_timeout_ms = OOM_DEADLINE_MS;
    options.cache_salt = "oom";
    return oom_client_of(&options);
}

static llmc_client *cached_client(uint32_t io_threads) {
    return client_with(io_threads, NULL);
}

static llmc_client *shelf_client(uint32_t io_threads) {
    return client_with(io_threads, shelf_new(0));
}

static llmc_client *blocking_shelf_client(uint32_t io_threads) {
    return client_with(io_threads, shelf_new(LLMC_STORE_BLOCKS));
}

/* A client of its own with cache and store: on failure the store stays the caller's. */
static llmc_status new_and_free(llmc_client *none) {
    llmc_client_options options = oom_options(1);
    shelf *s = shelf_new(LLMC_STORE_BLOCKS);
    llmc_client *client = NULL;
    llmc_status status;
    (void)none;
    options.enable_cache = true;
    options.cache_store = &s->store;
    options.cache_salt = "salt";
    status = llmc_client_new(&options, &client);
    if (status != LLMC_OK)
        s->store.close(&s->store);
    llmc_client_free(client);
    return status;
}

/* ---- questions ---- */

static void check_text(const llmc_response *response, oom_server server) {
    if (server == OOM_ECHO) {
        assert_string_equal(llmc_response_output(response), OOM_TEXT);
        return;
    }
    assert_string_equal(llmc_response_output(response), "Zero.");
    assert_string_equal(llmc_response_reasoning(response), "Why \xc3\xa9?");
    assert_string_equal(llmc_response_model(response), "oom-1-2026");
    assert_int_equal(llmc_response_tool_call_count(response), 2);
    assert_string_equal(llmc_response_tool_call_arguments(response, 0), "{\"city\":\"Paris\"}");
    assert_int_equal(llmc_response_choice_count(response), 2);
    assert_int_equal(llmc_response_tokens_in(response), 9);
}

static llmc_status ask_in_mode(llmc_client *client, oom_server server, llmc_cache_mode mode, bool *from_cache) {
    llmc_request *request = oom_request(server);
    llmc_response *response = NULL;
    llmc_status status;
    assert_int_equal(llmc_request_set_cache_mode(request, mode), LLMC_OK);
    status = llmc_execute(client, request, &response);
    assert_true(response != NULL || status == LLMC_ERR_NO_MEMORY);
    if (status == LLMC_OK)
        check_text(response, server);
    if (from_cache != NULL)
        *from_cache = llmc_response_from_cache(response);
    llmc_response_free(response);
    llmc_request_free(request);
    return status;
}

static llmc_status ask(llmc_client *client, oom_server server) {
    return ask_in_mode(client, server, LLMC_CACHE_USE, NULL);
}

/* With no allocation failing. */
static void fill(llmc_client *client, oom_server server) {
    oom_pause(true);
    assert_int_equal(ask(client, server), LLMC_OK);
    oom_pause(false);
}

static uint64_t entries(llmc_client *client) {
    llmc_cache_stats stats = LLMC_CACHE_STATS_INIT;
    assert_int_equal(llmc_client_cache_stats(client, &stats), LLMC_OK);
    return stats.entries;
}

static llmc_status pull(llmc_client *client, oom_server server, bool *from_cache) {
    llmc_request *request = oom_request(server);
    llmc_stream *stream = NULL;
    const llmc_event *event;
    llmc_status status = llmc_execute_stream(client, request, &stream);
    char text[64] = "";
    llmc_request_free(request);
    if (status != LLMC_OK)
        return status;
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK)
        if (llmc_event_type(event) == LLMC_EVENT_TEXT && llmc_event_choice(event) == 0)
            strncat(text, llmc_event_text(event), sizeof text - strlen(text) - 1);
    if (status == LLMC_END) {
        check_text(llmc_stream_response(stream), server);
        assert_string_equal(text, llmc_response_output(llmc_stream_response(stream)));
    }
    if (from_cache != NULL)
        *from_cache = llmc_response_from_cache(llmc_stream_response(stream));
    llmc_stream_free(stream);
    return status == LLMC_END ? LLMC_OK : status;
}

/* ---- scenarios: memory ---- */

static llmc_status fill_plain(llmc_client *client) {
    return ask(client, OOM_ECHO);
}

/* A hit that finds no memory for its handle asks the provider: it may fail only as other calls do. */
static llmc_status hit_plain(llmc_client *client) {
    bool from_cache = false;
    llmc_status status;
    fill(client, OOM_RICH);
    status = ask_in_mode(client, OOM_RICH, LLMC_CACHE_USE, &from_cache);
    assert_true(from_cache || oom_struck());
    assert_int_equal(entries(client), 1);
    return status;
}

/* The handle is all that a hit allocates: the second allocation and all after it would fail. */
static void a_hit_allocates_its_handle(void **state) {
    llmc_client *client = cached_client(1);
    llmc_request *request = oom_request(OOM_RICH_STREAM);
    llmc_response *first = NULL, *second = NULL;
    (void)state;
    assert_int_equal(pull(client, OOM_RICH_STREAM, NULL), LLMC_OK);
    oom_gate(true);
    oom_arm(1, true);
    assert_int_equal(llmc_execute(client, request, &first), LLMC_OK);
    oom_arm(1, true);
    assert_int_equal(llmc_execute(client, request, &second), LLMC_OK);
    assert_false(oom_struck());
    oom_disarm();
    oom_gate(false);
    assert_true(llmc_response_from_cache(first) && llmc_response_from_cache(second));
    assert_ptr_equal(llmc_response_output(first), llmc_response_output(second)); /* by reference */
    llmc_response_free(first);
    llmc_client_free(client);
    check_text(second, OOM_RICH_STREAM); /* it outlives cache and client */
    llmc_response_free(second);
    llmc_request_free(request);
}

static llmc_status hit_async(llmc_client *client) {
    llmc_request *request = oom_request(OOM_ECHO);
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    oom_tally tally;
    llmc_status status;
    fill(client, OOM_ECHO);
    oom_tally_init(&tally);
    status = llmc_execute_async(client, request, oom_on_done, &tally, &call);
    if (status == LLMC_OK) {
        status = llmc_call_wait(call, &response);
        assert_int_equal(tally.done, 1);
        assert_int_equal(tally.status, status);
        if (status == LLMC_OK)
            check_text(response, OOM_ECHO);
    }
    assert_int_equal(tally.done, call != NULL ? 1 : 0);
    llmc_response_free(response);
    llmc_call_unref(call);
    llmc_request_free(request);
    oom_tally_destroy(&tally);
    return status;
}

static llmc_status fill_by_stream(llmc_client *client) {
    return pull(client, OOM_RICH_STREAM, NULL);
}

static llmc_status replay(llmc_client *client) {
    bool from_cache = false;
    llmc_status status;
    oom_pause(true);
    assert_int_equal(pull(client, OOM_RICH_STREAM, NULL), LLMC_OK);
    oom_pause(false);
    status = pull(client, OOM_RICH_STREAM, &from_cache);
    assert_true(from_cache || oom_struck());
    return status;
}

static llmc_status fill_and_replay(llmc_client *client) {
    llmc_status filled = pull(client, OOM_RICH_STREAM, NULL), replayed = pull(client, OOM_RICH_STREAM, NULL);
    oom_assert_status(filled, LLMC_OK);
    return filled != LLMC_OK ? filled : replayed;
}

/* An answer fetched anew that cannot be kept leaves the old one. */
static llmc_status refresh(llmc_client *client) {
    llmc_status status;
    fill(client, OOM_RICH);
    status = ask_in_mode(client, OOM_RICH, LLMC_CACHE_REFRESH, NULL);
    assert_int_equal(entries(client), 1);
    return status;
}

/* ---- scenarios: entries past their time ---- */

static void name(llmc_client *client, const llmc_request *request, llmc__cache_scope *scope, llmc__cache_probe *probe) {
    *scope = (llmc__cache_scope){.secret = client->hash_key};
    scope->identity = llmc__targets_identity(client, request->model, &scope->model);
    assert_int_equal(llmc__cache_key_probe(scope, request, client->hash_key, probe), LLMC_OK);
}

/* Gives one request the answer that is cached for another, as if stored some seconds ago with one to live. */
static void put_old(llmc_client *client, oom_server from, oom_server to, int64_t stale_us) {
    const llmc__cache_life life = {.ttl_us = 1000000, .stale_us = stale_us, .error_us = (int64_t)3600 * 1000000};
    llmc_request *one = oom_request(from), *other = oom_request(to);
    llmc__cache *cache = client->caching.memory;
    int64_t now_us = llmc__clock_us();
    llmc__cache_scope scope;
    llmc__cache_probe probe;
    llmc__cache_hit hit;
    llmc__buf key;
    const void *value;
    size_t len;
    oom_pause(true);
    name(client, one, &scope, &probe);
    assert_int_equal(llmc__cache_lookup(cache, &probe.key, now_us, UINT64_MAX, &hit), LLMC__CACHE_FRESH);
    name(client, other, &scope, &probe);
    llmc__buf_init(&key, (size_t)1 << 20);
    assert_int_equal(llmc__cache_key_write(&scope, other, &key), LLMC_OK);
    probe.key.bytes = key.data;
    value = llmc__cache_entry_value(hit.entry, &len);
    assert_int_equal(llmc__cache_put(cache, &probe.key, value, len, NULL, &life, now_us - 5000000), LLMC_OK);
    llmc__cache_entry_unref(hit.entry);
    llmc__buf_free(&key);
    llmc_request_free(one);
    llmc_request_free(other);
    oom_pause(false);
}

/* The stale answer is served, whatever becomes of the call that fetches it anew in the background. */
static llmc_status stale_hit(llmc_client *client) {
    bool from_cache = false;
    llmc_status status;
    fill(client, OOM_ECHO);
    put_old(client, OOM_ECHO, OOM_ECHO, (int64_t)3600 * 1000000);
    status = ask_in_mode(client, OOM_ECHO, LLMC_CACHE_USE, &from_cache);
    assert_true(from_cache || oom_struck());
    oom_wait_until_idle(client);
    assert_int_equal(entries(client), 1);
    return status;
}

/* The provider is busy: the old answer stands in. Without memory for it the call tells what the provider said. */
static llmc_status answer_instead(llmc_client *client) {
    llmc_request *request = oom_request(OOM_BUSY);
    llmc_response *response = NULL;
    llmc_status status;
    fill(client, OOM_ECHO);
    put_old(client, OOM_ECHO, OOM_BUSY, 0);
    status = llmc_execute(client, request, &response);
    if (status == LLMC_OK) {
        check_text(response, OOM_ECHO);
        assert_true(llmc_response_from_cache(response));
    }
    if (status == LLMC_ERR_RATE_LIMITED && oom_struck())
        status = LLMC_ERR_NO_MEMORY;
    llmc_response_free(response);
    llmc_request_free(request);
    return status;
}

/* ---- scenarios: a store ---- */

/* What the store is asked for is asked once more by the call itself, and what it is given may be lost. */
static llmc_status fill_store(llmc_client *client) {
    return ask(client, OOM_RICH);
}

static llmc_status hit_store(llmc_client *client) {
    llmc_status status;
    fill(client, OOM_RICH);
    shelf_wait(shelf_of(client), 2); /* a get and a put */
    oom_pause(true);
    llmc__cache_clear(client->caching.memory);
    oom_pause(false);
    status = ask(client, OOM_RICH);
    return status;
}

static llmc_status replay_from_store(llmc_client *client) {
    bool from_cache = false;
    llmc_status status;
    oom_pause(true);
    assert_int_equal(pull(client, OOM_RICH_STREAM, NULL), LLMC_OK);
    shelf_wait(shelf_of(client), 2);
    llmc__cache_clear(client->caching.memory);
    oom_pause(false);
    status = pull(client, OOM_RICH_STREAM, &from_cache);
    assert_true(from_cache || oom_struck());
    return status;
}

static llmc_status clear(llmc_client *client) {
    fill(client, OOM_ECHO);
    llmc_client_clear_cache(client);
    assert_int_equal(entries(client), 0);
    return LLMC_OK;
}

/* ---- the tests ---- */

#define ON(make, scenario, threads)                                                                                    \
    static void make##_##scenario##_##threads(void **state) {                                                          \
        (void)state;                                                                                                   \
        oom_run_on(make, scenario, threads, LLMC_OK);                                                                  \
    }

ON(cached_client, fill_plain, 1)
ON(cached_client, hit_plain, 1)
ON(cached_client, hit_plain, 0)
ON(cached_client, hit_async, 1)
ON(cached_client, fill_by_stream, 1)
ON(cached_client, replay, 1)
ON(cached_client, replay, 0)
ON(cached_client, fill_and_replay, 1)
ON(cached_client, refresh, 1)
ON(cached_client, stale_hit, 1)
ON(cached_client, answer_instead, 1)
ON(shelf_client, fill_store, 1)
ON(shelf_client, hit_store, 1)
ON(shelf_client, hit_store, 0)
ON(shelf_client, replay_from_store, 1)
ON(shelf_client, clear, 1)
ON(blocking_shelf_client, fill_store, 1)
ON(blocking_shelf_client, hit_store, 1)

static void new_client_with_a_store(void **state) {
    (void)state;
    oom_run_bare(new_and_free, LLMC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hit_allocates_its_handle),
        cmocka_unit_test(new_client_with_a_store),
        cmocka_unit_test(cached_client_fill_plain_1),
        cmocka_unit_test(cached_client_hit_plain_1),
        cmocka_unit_test(cached_client_hit_plain_0),
        cmocka_unit_test(cached_client_hit_async_1),
        cmocka_unit_test(cached_client_fill_by_stream_1),
        cmocka_unit_test(cached_client_replay_1),
        cmocka_unit_test(cached_client_replay_0),
        cmocka_unit_test(cached_client_fill_and_replay_1),
        cmocka_unit_test(cached_client_refresh_1),
        cmocka_unit_test(cached_client_stale_hit_1),
        cmocka_unit_test(cached_client_answer_instead_1),
        cmocka_unit_test(shelf_client_fill_store_1),
        cmocka_unit_test(shelf_client_hit_store_1),
        cmocka_unit_test(shelf_client_hit_store_0),
        cmocka_unit_test(shelf_client_replay_from_store_1),
        cmocka_unit_test(shelf_client_clear_1),
        cmocka_unit_test(blocking_shelf_client_fill_store_1),
        cmocka_unit_test(blocking_shelf_client_hit_store_1),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests_name("oom_cache", tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
