/* Rankings through the whole library, against the mock: every provider's format, and the ways of every call. */
#include "support_providers.h"

static const char *const documents[] = {"Bees dance.", "The sky is \"blue\".\n", "gr\xc3\xbc\xc3\x9f dich",
                                        "Cats sleep.", "\xf0\x9f\x8c\x8d"};
#define COUNT (sizeof documents / sizeof documents[0])
#define QUERY "Which \"color\" has the sky?"
#define MODEL "cohere/rerank-v3.5"

static double score_of(size_t index) {
    return llmc_mock_score(QUERY, strlen(QUERY), documents[index], strlen(documents[index]));
}

/* Of `count` documents the best `most` are there, the best first, with the mock's scores. */
static void assert_ranking(const llmc_response *response, size_t count, size_t most) {
    bool seen[COUNT] = {false};
    llmc_rank rank, before = {0, 2.0};
    assert_int_equal(llmc_response_rank_count(response), most);
    for (size_t i = 0; i < most; i++) {
        assert_true(llmc_response_rank(response, i, &rank));
        assert_in_range(rank.index, 0, count - 1);
        assert_false(seen[rank.index]);
        seen[rank.index] = true;
        assert_true(rank.score == score_of(rank.index));
        assert_true(rank.score <= before.score);
        before = rank;
    }
    for (size_t i = 0; i < count; i++)
        assert_true(seen[i] || score_of(i) <= before.score);
    assert_false(llmc_response_rank(response, most, &rank));
}

static int point(void **state) {
    static const char *const names[] = {"cohere",       "bedrock",    "azure_ai",    "together_ai",
                                        "fireworks_ai", "openrouter", "hosted_vllm", "llamacpp",
                                        "anthropic",    "voyage",     "jina_ai",     NULL};
    if (flow_setup(state) != 0)
        return -1;
    providers_point(*state, names);
    return 0;
}

#define RANK_TEST(name) cmocka_unit_test_setup_teardown(name, point, flow_teardown)

static llmc_response *rank(flow *f, const char *model, const llmc_rerank_options *options, llmc_status expected) {
    llmc_response *response = NULL;
    llmc_status status = llmc_rerank(f->client, model, QUERY, documents, COUNT, options, &response);
    if (status != expected)
        fail_msg("%s: %s: %s", model, llmc_status_name(status), llmc_response_error_message(response));
    return response;
}

static void every_format(void **state) {
    static const struct {
        const char *model, *path;
        int64_t units, tokens;
    } rows[] = {
        {MODEL, "/v2/rerank", 1, -1},
        {"together_ai/Salesforce/Llama-Rank-v1", "/v1/rerank", -1, 11},
        {"fireworks_ai/qwen3", "/inference/v1/rerank", -1, 11},
        {"openrouter/cohere/rerank-v3.5", "/api/v1/rerank", -1, 11},
        {"hosted_vllm/bge", "/v1/rerank", -1, 11},
        {"llamacpp/bge", "/v1/rerank", -1, 11},
        {"azure_ai/Cohere-rerank-v4", "/providers/cohere/v2/rerank", 1, -1},
        {"bedrock/cohere.rerank-v3-5:0", "/model/cohere.rerank-v3-5%3A0/invoke", -1, -1},
        {"bedrock/amazon.rerank-v1:0", "/model/amazon.rerank-v1%3A0/invoke", -1, -1},
    };
    flow *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_response *response = rank(f, rows[i].model, NULL, LLMC_OK);
        llmc_mock_request seen;
        assert_ranking(response, COUNT, COUNT);
        assert_int_equal(llmc_response_search_units(response), rows[i].units);
        assert_int_equal(llmc_response_tokens_in(response), rows[i].tokens);
        assert_int_equal(llmc_response_attempt_count(response), 1);
        assert_true(llmc_mock_request_at(f->mock, i, &seen));
        assert_string_equal(seen.path, rows[i].path);
        llmc_response_free(response);
    }
    flow_assert_balanced(f->client);
}

/* Those who rank and do not chat. */
static void voyage_and_jina(void **state) {
    flow *f = *state;
    llmc_rerank_options options = LLMC_RERANK_OPTIONS_INIT;
    llmc_response *response = NULL;
    llmc_mock_request seen;
    options.top_n = 2;
    response = rank(f, "voyage/rerank-2.5", &options, LLMC_OK);
    assert_ranking(response, COUNT, 2);
    llmc_response_free(response);
    response = rank(f, "jina/jina-reranker-v3", &options, LLMC_OK);
    assert_ranking(response, COUNT, 2);
    assert_string_equal(llmc_response_provider(response), "jina_ai");
    llmc_response_free(response);
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_non_null(strstr(seen.body, "\"top_k\":2"));
    assert_true(llmc_mock_request_at(f->mock, 1, &seen));
    assert_non_null(strstr(seen.body, "\"top_n\":2,\"return_documents\":false"));
    assert_int_equal(llmc_ask(f->client, "voyage/rerank-2.5", "hello", &response), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_response_error_message(response), "chats: provider \"voyage\""));
    llmc_response_free(response);
    assert_int_equal(flow_mock_stats(f).requests, 2);
}

static void best_and_lengths(void **state) {
    static const size_t lengths[COUNT] = {4, 1, 4, 3, 4};
    flow *f = *state;
    llmc_rerank_options options = LLMC_RERANK_OPTIONS_INIT;
    llmc_response *response;
    llmc_mock_request seen;
    for (size_t top = 1; top <= COUNT + 1; top++) {
        options.top_n = top;
        response = rank(f, MODEL, &options, LLMC_OK);
        assert_ranking(response, COUNT, top < COUNT ? top : COUNT);
        llmc_response_free(response);
    }
    options = (llmc_rerank_options)LLMC_RERANK_OPTIONS_INIT;
    options.lengths = lengths;
    response = rank(f, MODEL, &options, LLMC_OK);
    assert_int_equal(llmc_response_rank_count(response), COUNT);
    llmc_response_free(response);
    assert_true(llmc_mock_request_at(f->mock, COUNT + 1, &seen));
    assert_non_null(strstr(seen.body, "[\"Bees\",\"T\",\"gr\xc3\xbc\",\"Cat\",\"\xf0\x9f\x8c\x8d\"]"));
}

static void refused_arguments(void **state) {
    static const char *const gap[] = {"a", NULL}, *const empty[] = {"a", ""}, *const broken[] = {"a", "b\xff"};
    static const struct {
        const char *model, *query;
        const char *const *documents;
        size_t count;
        llmc_status status;
        const char *word;
    } rows[] = {
        {NULL, "q", documents, 1, LLMC_ERR_INVALID_ARGUMENT, "model"},
        {"", "q", documents, 1, LLMC_ERR_INVALID_MODEL, "model"},
        {MODEL, NULL, documents, 1, LLMC_ERR_INVALID_ARGUMENT, "query"},
        {MODEL, "", documents, 1, LLMC_ERR_INVALID_ARGUMENT, "query"},
        {MODEL, "\xff", documents, 1, LLMC_ERR_INVALID_UTF8, "query"},
        {MODEL, "q", NULL, 1, LLMC_ERR_INVALID_ARGUMENT, "documents"},
        {MODEL, "q", documents, 0, LLMC_ERR_INVALID_ARGUMENT, "documents"},
        {MODEL, "q", gap, 2, LLMC_ERR_INVALID_ARGUMENT, "documents[1]"},
        {MODEL, "q", empty, 2, LLMC_ERR_INVALID_ARGUMENT, "documents[1]"},
        {MODEL, "q", broken, 2, LLMC_ERR_INVALID_UTF8, "documents[1]: byte 1"},
        {"nobody/x", "q", documents, 1, LLMC_ERR_UNKNOWN_PROVIDER, "nobody"},
        {"anthropic/claude", "q", documents, 1, LLMC_ERR_UNSUPPORTED, "anthropic"},
        {"openai/gpt-4.1", "q", documents, 1, LLMC_ERR_UNSUPPORTED, "openai"},
    };
    flow *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc_response *response = NULL;
        llmc_call *call = (llmc_call *)(void *)f;
        llmc_status status =
            llmc_rerank(f->client, rows[i].model, rows[i].query, rows[i].documents, rows[i].count, NULL, &response);
        if (status != rows[i].status || strstr(llmc_last_error_message(), rows[i].word) == NULL)
            fail_msg("row %zu: %s, %s", i, llmc_status_name(status), llmc_last_error_message());
        llmc_response_free(response);
        status = llmc_rerank_async(f->client, rows[i].model, rows[i].query, rows[i].documents, rows[i].count, NULL,
                                   NULL, NULL, &call);
        assert_int_equal(status, rows[i].status);
        assert_null(call);
    }
    llmc_rerank_options options = LLMC_RERANK_OPTIONS_INIT;
    llmc_response *response = NULL;
    options.size--;
    assert_int_equal(llmc_rerank(f->client, MODEL, "q", documents, 1, &options, &response), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_rerank(f->client, MODEL, "q", documents, 1, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_rerank(NULL, MODEL, "q", documents, 1, NULL, &response), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(flow_mock_stats(f).requests, 0);
}

static void getters_of_nothing(void **state) {
    flow *f = *state;
    llmc_response *chat = flow_ask(f, "hello", LLMC_OK);
    llmc_rank place = {7, 7};
    assert_int_equal(llmc_response_rank_count(NULL), 0);
    assert_false(llmc_response_rank(NULL, 0, &place));
    assert_int_equal(llmc_response_search_units(NULL), -1);
    assert_int_equal(llmc_response_rank_count(chat), 0);
    assert_false(llmc_response_rank(chat, 0, &place));
    assert_int_equal(llmc_response_search_units(chat), -1);
    llmc_response_free(chat);
}

static void bad_bodies(void **state) {
    static const char *const bodies[] = {
        "{\"results\":[{\"index\":9,\"relevance_score\":0.5}]}",
        "{\"results\":[{\"index\":0,\"relevance_score\":0.5},{\"index\":0,\"relevance_score\":0.4}]}",
        "{\"results\":[{\"index\":0}]}",
        "{\"results\":{}}",
        "[]",
        "nothing",
    };
    flow *f = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        llmc_mock_script script = flow_script();
        llmc_response *response;
        script.body = bodies[i];
        flow_push(f, script);
        response = rank(f, MODEL, NULL, LLMC_ERR_BAD_RESPONSE);
        assert_int_equal(llmc_response_rank_count(response), 0);
        assert_string_equal(llmc_response_raw_body(response, NULL), bodies[i]);
        llmc_response_free(response);
    }
}

static void retries_and_errors(void **state) {
    llmc_client_options options = flow_options();
    static const char *const names[] = {"cohere", NULL};
    llmc_mock_script script = flow_script();
    llmc_response *response;
    flow f;
    (void)state;
    options.max_retries = 3;
    options.retry_delay_ms = 1;
    flow_open(&f, &options);
    providers_point(&f, names);
    script.status = 503;
    flow_push(&f, script);
    script.status = 429;
    flow_push(&f, script);
    script = flow_script();
    script.fault = LLMC_MOCK_CLOSE;
    script.cut_at = 300;
    flow_push(&f, script);
    response = rank(&f, MODEL, NULL, LLMC_OK);
    assert_ranking(response, COUNT, COUNT);
    assert_int_equal(llmc_response_attempt_count(response), 4);
    llmc_response_free(response);
    script = flow_answer("no such model");
    script.status = 404;
    flow_push(&f, script);
    response = rank(&f, MODEL, NULL, LLMC_ERR_NOT_FOUND);
    assert_non_null(strstr(llmc_response_error_message(response), "no such model"));
    llmc_response_free(response);
    flow_close(&f);
}

static void settings_and_fallbacks(void **state) {
    flow *f = *state;
    llmc_rerank_options options = LLMC_RERANK_OPTIONS_INIT;
    llmc_request *settings = NULL;
    llmc_mock_request seen;
    llmc_response *response;
    assert_int_equal(llmc_request_new("not/counted", &settings), LLMC_OK);
    assert_int_equal(llmc_request_add_message(settings, LLMC_ROLE_USER, "not counted"), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(settings, MODEL), LLMC_OK);
    assert_int_equal(llmc_request_add_header(settings, "X-Trace", "7"), LLMC_OK);
    assert_int_equal(llmc_request_set_extra_json(settings, "{\"max_tokens_per_doc\":64}"), LLMC_OK);
    options.settings = settings;
    response = rank(f, "anthropic/claude", &options, LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "cohere");
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(llmc_mock_request_header(f->mock, 0, "x-trace"), "7");
    assert_non_null(strstr(seen.body, "\"max_tokens_per_doc\":64"));
    assert_null(strstr(seen.body, "not counted"));
    llmc_response_free(response);
    llmc_request_free(settings);
}

static void rankings_are_cached(void **state) {
    static const char *const names[] = {"cohere", NULL};
    llmc_client_options options = flow_options();
    llmc_rerank_options few = LLMC_RERANK_OPTIONS_INIT;
    flow f;
    (void)state;
    options.enable_cache = true;
    flow_open(&f, &options);
    providers_point(&f, names);
    few.top_n = 2;
    for (int i = 0; i < 3; i++) {
        llmc_response *response = rank(&f, MODEL, NULL, LLMC_OK);
        assert_ranking(response, COUNT, COUNT);
        assert_int_equal(llmc_response_search_units(response), 1);
        assert_int_equal(llmc_response_from_cache(response), i > 0);
        llmc_response_free(response);
        response = rank(&f, MODEL, &few, LLMC_OK);
        assert_ranking(response, COUNT, 2);
        llmc_response_free(response);
    }
    assert_int_equal(flow_mock_stats(&f).requests, 2);
    flow_close(&f);
}

static void async_and_cancel(void **state) {
    flow *f = *state;
    flow_tally tally;
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    char *own = strdup(documents[1]);
    const char *given[] = {documents[0], own};
    flow_tally_init(&tally);
    assert_int_equal(llmc_rerank_async(f->client, MODEL, QUERY, given, 2, NULL, flow_on_done, &tally, &call), LLMC_OK);
    memset(own, '?', strlen(own)); /* they were copied */
    free(own);
    assert_int_equal(llmc_call_wait(call, &response), LLMC_OK);
    assert_ranking(response, 2, 2);
    llmc_response_free(response);
    llmc_call_unref(call);
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_rerank_async(f->client, MODEL, QUERY, documents, COUNT, NULL, flow_on_done, &tally, &call),
                     LLMC_OK);
    llmc_call_cancel(call);
    assert_int_equal(llmc_call_wait(call, NULL), LLMC_ERR_CANCELLED);
    llmc_call_unref(call);
    assert_int_equal(tally.done, 2);
    flow_tally_destroy(&tally);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RANK_TEST(every_format),
        RANK_TEST(voyage_and_jina),
        RANK_TEST(best_and_lengths),
        RANK_TEST(refused_arguments),
        RANK_TEST(getters_of_nothing),
        RANK_TEST(bad_bodies),
        cmocka_unit_test(retries_and_errors),
        RANK_TEST(settings_and_fallbacks),
        cmocka_unit_test(rankings_are_cached),
        RANK_TEST(async_and_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
