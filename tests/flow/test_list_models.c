/* Lists of models through the whole library, against the mock: formats, pages, limits, errors, cancelling, waiting. */
#include "support_providers.h"
#include <stdatomic.h>

static const char *const all[] = {"openai", "mistral",  "anthropic", "gemini",    "cohere",     "ollama", "bedrock",
                                  "azure",  "azure_ai", "groq",      "vertex_ai", "perplexity", NULL};
static const char *const ids[] = {"alpha", "beta-2", "gamma", "delta", "epsilon", "zeta", "eta"};
#define COUNT (sizeof ids / sizeof ids[0])

static int point(void **state) {
    if (flow_setup(state) != 0)
        return -1;
    providers_point(*state, all);
    return 0;
}

#define LIST_TEST(name) cmocka_unit_test_setup_teardown(name, point, flow_teardown)

static void set_models(flow *f, size_t count, size_t per_page) {
    assert_int_equal(llmc_mock_set_models(f->mock, ids, count, per_page), LLMC_OK);
}

static llmc_model_list *list(flow *f, const char *provider, const llmc_list_options *options, llmc_status expected) {
    llmc_model_list *found = NULL;
    llmc_status status = llmc_list_models(f->client, provider, options, &found);
    if (status != expected)
        fail_msg("%s: %s: %s", provider, llmc_status_name(status),
                 llmc_response_error_message(llmc_model_list_response(found)));
    return found;
}

static void assert_models(const llmc_model_list *found, size_t count) {
    llmc_model_info info;
    assert_int_equal(llmc_model_list_count(found), count);
    for (size_t i = 0; i < count; i++) {
        assert_true(llmc_model_list_at(found, i, &info));
        assert_string_equal(info.id, ids[i]);
        assert_string_equal(info.name, "");
        assert_non_null(strstr(info.json, ids[i]));
    }
    assert_false(llmc_model_list_at(found, count, &info));
}

/* ---- formats and pages ---- */

static void every_format(void **state) {
    static const struct {
        const char *provider, *path, *owner;
        int64_t created;
        bool counts;
        size_t requests; /* with two models a page */
    } rows[] = {
        {"openai", "/v1/models", "llmclient", 1735689600, true, 1},
        {"mistral", "/v1/models", "llmclient", 1735689600, true, 1},
        {"groq", "/openai/v1/models", "llmclient", 1735689600, true, 1},
        {"azure", "/openai/v1/models", "llmclient", 1735689600, true, 1},
        {"azure_ai", "/openai/v1/models", "llmclient", 1735689600, true, 1},
        {"anthropic", "/v1/models?limit=1000", "", 1735689600, true, 4},
        {"gemini", "/v1beta/models?pageSize=1000", "", -1, true, 4},
        {"cohere", "/v1/models?page_size=1000", "", -1, true, 4},
        {"ollama", "/api/tags", "", -1, false, 1},
        {"bedrock", "/foundation-models", "Mock", -1, true, 1},
    };
    flow *f = *state;
    set_models(f, COUNT, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_model_list *found;
        llmc_model_info info;
        llmc_mock_request seen;
        llmc_mock_clear_requests(f->mock);
        found = list(f, rows[i].provider, NULL, LLMC_OK);
        assert_models(found, COUNT);
        assert_int_equal(llmc_model_list_status(found), LLMC_OK);
        assert_int_equal(llmc_mock_request_count(f->mock), rows[i].requests);
        assert_true(llmc_mock_request_at(f->mock, 0, &seen));
        assert_string_equal(seen.method, "GET");
        assert_string_equal(seen.path, rows[i].path);
        assert_true(llmc_model_list_at(found, 6, &info));
        assert_string_equal(info.owner, rows[i].owner);
        assert_int_equal(info.created_s, rows[i].created);
        assert_int_equal(info.context_tokens, rows[i].counts ? 1006 : -1);
        assert_int_equal(info.max_output_tokens, rows[i].counts ? 106 : -1);
        assert_string_equal(llmc_response_provider(llmc_model_list_response(found)), rows[i].provider);
        llmc_model_list_free(found);
    }
    flow_assert_balanced(f->client);
}

static void pages_of_any_size(void **state) {
    static const char *const paged[] = {"anthropic", "gemini", "cohere"};
    flow *f = *state;
    for (size_t p = 0; p < 3; p++)
        for (size_t count = 1; count <= COUNT; count++)
            for (size_t per_page = 0; per_page <= COUNT; per_page += 3) {
                llmc_model_list *found;
                set_models(f, count, per_page);
                found = list(f, paged[p], NULL, LLMC_OK);
                assert_models(found, count);
                llmc_model_list_free(found);
            }
}

static void who_lists_none(void **state) {
    flow *f = *state;
    llmc_model_list *found = NULL;
    static const char *const none[] = {"vertex_ai", "perplexity"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(llmc_list_models(f->client, none[i], NULL, &found), LLMC_ERR_UNSUPPORTED);
        assert_null(found);
        assert_non_null(strstr(llmc_last_error_message(), none[i]));
        assert_non_null(strstr(llmc_last_error_message(), "models"));
    }
}

/* ---- limits ---- */

static void is_bounded(void **state) {
    static const char *const providers[] = {"openai", "anthropic"};
    flow *f = *state;
    llmc_list_options options = LLMC_LIST_OPTIONS_INIT;
    set_models(f, COUNT, 2);
    for (size_t p = 0; p < 2; p++)
        for (options.max_models = 1; options.max_models <= COUNT + 1; options.max_models++) {
            bool fits = options.max_models >= COUNT;
            llmc_model_list *found = list(f, providers[p], &options, fits ? LLMC_OK : LLMC_ERR_TOO_LARGE);
            assert_models(found, fits ? COUNT : options.max_models);
            if (!fits)
                assert_non_null(strstr(llmc_response_error_message(llmc_model_list_response(found)), "max_models"));
            llmc_model_list_free(found);
        }
}

/* A server that never comes to an end, be it by the same page again and again or by ever new ones without models. */
static void endless_lists_end(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_script();
    llmc_model_list *found;
    script.body = "{\"models\":[{\"name\":\"models/alpha\"}],\"nextPageToken\":\"again\"}";
    flow_default(f, script);
    found = list(f, "gemini", NULL, LLMC_ERR_BAD_RESPONSE);
    assert_non_null(strstr(llmc_response_error_message(llmc_model_list_response(found)), "end"));
    assert_int_equal(llmc_model_list_count(found), 2);
    assert_int_equal(flow_mock_stats(f).requests, 2);
    llmc_model_list_free(found);
    script.body = "{\"data\":[{\"id\":\"alpha\"}],\"has_more\":true}";
    flow_default(f, script);
    found = list(f, "anthropic", NULL, LLMC_ERR_BAD_RESPONSE);
    llmc_model_list_free(found);
}

/* ---- errors ---- */

static void what_came_is_kept(void **state) {
    flow *f = *state;
    llmc_mock_script script = flow_script();
    llmc_model_list *found;
    set_models(f, COUNT, 2);
    script.repeat = 2;
    flow_push(f, script);
    script = flow_answer("the list is gone");
    script.status = 404;
    flow_push(f, script);
    found = list(f, "cohere", NULL, LLMC_ERR_NOT_FOUND);
    assert_models(found, 4);
    assert_int_equal(llmc_model_list_status(found), LLMC_ERR_NOT_FOUND);
    assert_non_null(strstr(llmc_response_error_message(llmc_model_list_response(found)), "the list is gone"));
    llmc_model_list_free(found);
}

static void pages_are_retried(void **state) {
    llmc_client_options options = flow_options();
    llmc_mock_script script = flow_script();
    llmc_model_list *found;
    flow f;
    (void)state;
    options.max_retries = 2;
    options.retry_delay_ms = 1;
    flow_open(&f, &options);
    providers_point(&f, all);
    set_models(&f, COUNT, 3);
    flow_push(&f, script);
    script.status = 503;
    flow_push(&f, script);
    script = flow_script();
    script.fault = LLMC_MOCK_CLOSE;
    script.cut_at = 250;
    flow_push(&f, script);
    found = list(&f, "anthropic", NULL, LLMC_OK);
    assert_models(found, COUNT);
    assert_int_equal(flow_mock_stats(&f).requests, 3 + 2);
    llmc_model_list_free(found);
    flow_close(&f);
}

static void bad_bodies(void **state) {
    static const char *const bodies[] = {"{\"data\":[{\"object\":\"model\"}]}", "{\"object\":\"list\"}", "[[]]",
                                         "nothing", "{\"data\":7}"};
    flow *f = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        llmc_mock_script script = flow_script();
        llmc_model_list *found;
        script.body = bodies[i];
        flow_push(f, script);
        found = list(f, "openai", NULL, LLMC_ERR_BAD_RESPONSE);
        assert_int_equal(llmc_model_list_count(found), 0);
        assert_string_equal(llmc_response_raw_body(llmc_model_list_response(found), NULL), bodies[i]);
        llmc_model_list_free(found);
    }
}

static void refused_arguments(void **state) {
    static const struct {
        const char *provider;
        llmc_status status;
        const char *word;
    } rows[] = {
        {NULL, LLMC_ERR_INVALID_ARGUMENT, "provider"},
        {"", LLMC_ERR_INVALID_ARGUMENT, "provider"},
        {"open ai", LLMC_ERR_INVALID_ARGUMENT, "provider"},
        {"openai/x", LLMC_ERR_INVALID_ARGUMENT, "provider"},
        {"nobody", LLMC_ERR_UNKNOWN_PROVIDER, "nobody"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", LLMC_ERR_INVALID_ARGUMENT, "64"},
    };
    flow *f = *state;
    llmc_list_options options = LLMC_LIST_OPTIONS_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_model_list *found = (llmc_model_list *)(void *)f;
        assert_int_equal(llmc_list_models(f->client, rows[i].provider, NULL, &found), rows[i].status);
        assert_null(found);
        if (strstr(llmc_last_error_message(), rows[i].word) == NULL)
            fail_msg("row %zu: %s", i, llmc_last_error_message());
        found = (llmc_model_list *)(void *)f;
        assert_int_equal(llmc_list_models_async(f->client, rows[i].provider, NULL, NULL, NULL, &found), rows[i].status);
        assert_null(found);
    }
    options.size++;
    llmc_model_list *found = NULL;
    assert_int_equal(llmc_list_models(f->client, "openai", &options, &found), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_list_models(f->client, "openai", NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_list_models(NULL, "openai", NULL, &found), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(flow_mock_stats(f).requests, 0);
}

static void nothing_is_legal(void **state) {
    llmc_model_info info;
    (void)state;
    assert_int_equal(llmc_model_list_status(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_model_list_wait(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_model_list_count(NULL), 0);
    assert_false(llmc_model_list_at(NULL, 0, &info));
    assert_null(llmc_model_list_response(NULL));
    assert_null(llmc_model_list_ref(NULL));
    llmc_model_list_cancel(NULL);
    llmc_model_list_free(NULL);
}

/* ---- settings ---- */

static void settings_count(void **state) {
    flow *f = *state;
    llmc_list_options options = LLMC_LIST_OPTIONS_INIT;
    llmc_request *settings = NULL;
    llmc_model_list *found;
    set_models(f, COUNT, 4);
    assert_int_equal(llmc_request_new("not/counted", &settings), LLMC_OK);
    assert_int_equal(llmc_request_add_header(settings, "X-Trace", "7"), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(settings, "openai/gpt-4.1"), LLMC_OK);
    options.settings = settings;
    found = list(f, "anthropic", &options, LLMC_OK);
    assert_models(found, COUNT);
    llmc_model_list_free(found);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(llmc_mock_request_header(f->mock, i, "x-trace"), "7");
    /* Another provider's models are no answer. */
    llmc_mock_script script = flow_script();
    script.status = 500;
    flow_push(f, script);
    found = list(f, "anthropic", &options, LLMC_ERR_SERVER);
    assert_int_equal(flow_mock_stats(f).requests, 3);
    llmc_model_list_free(found);
    llmc_request_free(settings);
}

/* One deadline for all pages. */
static void time_is_of_all_pages(void **state) {
    flow *f = *state;
    llmc_list_options options = LLMC_LIST_OPTIONS_INIT;
    llmc_request *settings = NULL;
    llmc_model_list *found;
    llmc_status status;
    int64_t start = flow_now_ms();
    set_models(f, COUNT, 1);
    flow_default(f, flow_slow(120));
    assert_int_equal(llmc_request_new("not/counted", &settings), LLMC_OK);
    assert_int_equal(llmc_request_set_timeout_ms(settings, 300), LLMC_OK);
    options.settings = settings;
    status = llmc_list_models(f->client, "gemini", &options, &found);
    assert_int_equal(status, LLMC_ERR_TIMEOUT_TOTAL);
    assert_in_range(llmc_model_list_count(found), 0, 2); /* a page takes 120 ms */
    assert_true(flow_now_ms() - start >= 290);
    llmc_model_list_free(found);
    llmc_request_free(settings);
}

static void is_never_cached(void **state) {
    llmc_client_options options = flow_options();
    flow f;
    (void)state;
    options.enable_cache = true;
    flow_open(&f, &options);
    for (size_t count = 1; count <= 3; count++) {
        llmc_model_list *found;
        set_models(&f, count, 0);
        found = list(&f, "openai", NULL, LLMC_OK);
        assert_models(found, count);
        llmc_model_list_free(found);
    }
    flow_close(&f);
}

static int always(void *count) {
    ++*(int *)count;
    return 1;
}

static void is_interrupted(void **state) {
    flow *f = *state;
    llmc_list_options options = LLMC_LIST_OPTIONS_INIT;
    llmc_request *settings = NULL;
    llmc_model_list *found;
    int asked = 0;
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_request_new("not/counted", &settings), LLMC_OK);
    assert_int_equal(llmc_request_set_interrupt(settings, always, &asked), LLMC_OK);
    options.settings = settings;
    found = list(f, "openai", &options, LLMC_ERR_CANCELLED);
    assert_true(asked > 0);
    llmc_model_list_free(found);
    llmc_request_free(settings);
}

/* ---- async ---- */

typedef struct ending {
    flow_tally tally;
    llmc_client *client;
    size_t count;
    llmc_status blocking;
} ending;

static void on_models(llmc_model_list *found, llmc_status status, void *user_data) {
    ending *end = user_data;
    llmc_model_list *other = NULL;
    end->count = llmc_model_list_count(found);
    end->blocking = llmc_model_list_wait(found);
    if (status != llmc_model_list_status(found) ||
        llmc_list_models(end->client, "openai", NULL, &other) != LLMC_ERR_WOULD_DEADLOCK)
        end->blocking = LLMC_OK;
    flow_tally_add(&end->tally, status);
}

static void begin(ending *end, flow *f) {
    memset(end, 0, sizeof *end);
    flow_tally_init(&end->tally);
    end->client = f->client;
}

static void async_ends_once(void **state) {
    flow *f = *state;
    llmc_model_list *found = NULL;
    ending end;
    begin(&end, f);
    set_models(f, COUNT, 2);
    assert_int_equal(llmc_list_models_async(f->client, "gemini", NULL, on_models, &end, &found), LLMC_OK);
    assert_int_equal(llmc_model_list_wait(found), LLMC_OK);
    assert_int_equal(end.tally.done, 1);
    assert_int_equal(end.count, COUNT);
    assert_int_equal(end.blocking, LLMC_ERR_WOULD_DEADLOCK);
    assert_models(found, COUNT);
    assert_int_equal(llmc_model_list_wait(found), LLMC_OK);
    assert_ptr_equal(llmc_model_list_ref(found), found);
    llmc_model_list_free(found);
    llmc_model_list_free(found);
    /* Nobody holds it. */
    assert_int_equal(llmc_list_models_async(f->client, "gemini", NULL, on_models, &end, NULL), LLMC_OK);
    assert_true(flow_tally_wait(&end.tally, 2));
    assert_int_equal(end.tally.ok, 2);
    flow_tally_destroy(&end.tally);
}

static void nothing_is_told_before_the_end(void **state) {
    flow *f = *state;
    llmc_model_list *found = NULL;
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_list_models_async(f->client, "openai", NULL, NULL, NULL, &found), LLMC_OK);
    assert_int_equal(llmc_model_list_count(found), 0);
    assert_null(llmc_model_list_response(found));
    llmc_model_list_cancel(found);
    assert_int_equal(llmc_model_list_wait(found), LLMC_ERR_CANCELLED);
    assert_int_equal(llmc_response_status(llmc_model_list_response(found)), LLMC_ERR_CANCELLED);
    llmc_model_list_cancel(found);
    llmc_model_list_free(found);
}

static bool second_page_asked(void *ctx) {
    return flow_mock_stats(ctx).requests >= 2;
}

/* Cancelled between pages or while one is on its way: it ends, with the pages that had come. */
static void is_cancelled_at_any_time(void **state) {
    flow *f = *state;
    llmc_mock_script quick = flow_script();
    llmc_model_list *found = NULL;
    set_models(f, COUNT, 2);
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    flow_push(f, quick);
    assert_int_equal(llmc_list_models_async(f->client, "cohere", NULL, NULL, NULL, &found), LLMC_OK);
    assert_true(flow_until(second_page_asked, f));
    llmc_model_list_cancel(found);
    assert_int_equal(llmc_model_list_wait(found), LLMC_ERR_CANCELLED);
    assert_models(found, 2);
    llmc_model_list_free(found);
    flow_default(f, quick);
    for (int i = 0; i < 200; i++) {
        llmc_status status;
        assert_int_equal(llmc_list_models_async(f->client, "cohere", NULL, NULL, NULL, &found), LLMC_OK);
        for (volatile int spin = 0; spin < i * 500; spin++) {
        }
        llmc_model_list_cancel(found);
        status = llmc_model_list_wait(found);
        assert_true(status == LLMC_OK || status == LLMC_ERR_CANCELLED);
        llmc_model_list_free(found);
    }
}

static void outlives_its_client(void **state) {
    llmc_model_list *found = NULL;
    flow f;
    (void)state;
    flow_open(&f, NULL);
    providers_point(&f, all);
    set_models(&f, COUNT, 2);
    flow_push(&f, flow_script());
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_list_models_async(f.client, "cohere", NULL, NULL, NULL, &found), LLMC_OK);
    assert_true(flow_until(second_page_asked, &f));
    llmc_client_free(f.client);
    assert_int_equal(llmc_model_list_status(found), LLMC_ERR_CANCELLED);
    assert_models(found, 2);
    llmc_model_list_free(found);
    llmc_mock_free(f.mock);
}

static void without_threads(void **state) {
    llmc_client_options options = flow_options();
    llmc_model_list *found;
    flow f;
    (void)state;
    options.io_threads = 0;
    flow_open(&f, &options);
    providers_point(&f, all);
    set_models(&f, COUNT, 3);
    found = list(&f, "anthropic", NULL, LLMC_OK);
    assert_models(found, COUNT);
    llmc_model_list_free(found);
    flow_close(&f);
}

typedef struct crowd {
    flow f;
    atomic_int wrong;
} crowd;

static void list_often(size_t number, void *ctx) {
    crowd *c = ctx;
    static const char *const names[] = {"openai", "anthropic", "gemini", "cohere"};
    for (int i = 0; i < 20; i++) {
        llmc_model_list *found = NULL;
        if (llmc_list_models(c->f.client, names[number % 4], NULL, &found) != LLMC_OK ||
            llmc_model_list_count(found) != COUNT)
            atomic_fetch_add(&c->wrong, 1);
        llmc_model_list_free(found);
    }
}

static void many_at_once(void **state) {
    llmc_client_options options = flow_options();
    crowd c;
    (void)state;
    options.io_threads = 3;
    flow_open(&c.f, &options);
    atomic_init(&c.wrong, 0);
    providers_point(&c.f, all);
    set_models(&c.f, COUNT, 2);
    flow_run_threads(8, list_often, &c);
    assert_int_equal(atomic_load(&c.wrong), 0);
    flow_assert_balanced(c.f.client);
    flow_close(&c.f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        LIST_TEST(every_format),
        LIST_TEST(pages_of_any_size),
        LIST_TEST(who_lists_none),
        LIST_TEST(is_bounded),
        LIST_TEST(endless_lists_end),
        LIST_TEST(what_came_is_kept),
        cmocka_unit_test(pages_are_retried),
        LIST_TEST(bad_bodies),
        LIST_TEST(refused_arguments),
        cmocka_unit_test(nothing_is_legal),
        LIST_TEST(settings_count),
        LIST_TEST(time_is_of_all_pages),
        cmocka_unit_test(is_never_cached),
        LIST_TEST(is_interrupted),
        LIST_TEST(async_ends_once),
        LIST_TEST(nothing_is_told_before_the_end),
        LIST_TEST(is_cancelled_at_any_time),
        cmocka_unit_test(outlives_its_client),
        cmocka_unit_test(without_threads),
        cmocka_unit_test(many_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
