/* Lists of models, rankings and token counts with each allocation failing. */
#include "support_oom.h"

/* Providers of APIs that have them, at the echoing server. */
static void add_provider(llmc_client *client, const char *name, const char *adapter) {
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    oom_pause(true);
    provider.api_key = "sk-oom";
    provider.base_url = oom_base_url(OOM_ECHO);
    provider.adapter = adapter;
    assert_int_equal(llmc_client_set_provider(client, name, &provider), LLMC_OK);
    oom_pause(false);
}

/* What is told must be what had come, in order. */
static void check_list(const llmc_model_list *list, llmc_status status) {
    static const char *const ids[] = {"a", "b", "c"};
    size_t count = llmc_model_list_count(list);
    llmc_model_info info;
    assert_int_equal(llmc_model_list_status(list), status);
    assert_true(status == LLMC_OK ? count == 3 : count <= 3);
    for (size_t i = 0; i < count; i++) {
        assert_true(llmc_model_list_at(list, i, &info));
        assert_string_equal(info.id, ids[i]);
    }
}

static llmc_status list_models(llmc_client *client) {
    llmc_list_options options = LLMC_LIST_OPTIONS_INIT;
    llmc_request *settings = oom_request(OOM_ECHO);
    llmc_model_list *list = NULL;
    llmc_status status;
    add_provider(client, "lister", "anthropic");
    options.settings = settings;
    status = llmc_list_models(client, "lister", &options, &list);
    if (list != NULL)
        check_list(list, status);
    assert_true(status == LLMC_OK || list != NULL || *llmc_last_error_message() != '\0');
    llmc_model_list_free(list);
    llmc_request_free(settings);
    return status;
}

static void on_models(llmc_model_list *list, llmc_status status, void *user_data) {
    oom_tally *tally = user_data;
    check_list(list, status);
    llmc__mutex_lock(&tally->lock);
    tally->done++;
    tally->status = status;
    llmc__cond_broadcast(&tally->changed);
    llmc__mutex_unlock(&tally->lock);
}

static llmc_status list_models_async(llmc_client *client) {
    llmc_model_list *list = NULL;
    llmc_status status;
    oom_tally tally;
    oom_tally_init(&tally);
    add_provider(client, "lister", "gemini");
    status = llmc_list_models_async(client, "lister", NULL, on_models, &tally, &list);
    assert_true((list != NULL) == (status == LLMC_OK));
    if (status == LLMC_OK) {
        status = llmc_model_list_wait(list);
        assert_int_equal(tally.status, status);
    }
    assert_int_equal(tally.done, list != NULL ? 1 : 0);
    llmc_model_list_free(list);
    oom_tally_destroy(&tally);
    return status;
}

static const char *const documents[] = {"Bees dance.", "The sky is blue.", "Cats sleep."};

static void check_ranking(const llmc_response *response, llmc_status status) {
    llmc_rank best, next;
    if (response == NULL)
        return;
    assert_int_equal(llmc_response_status(response), status);
    if (status != LLMC_OK && llmc_response_rank_count(response) == 0)
        return; /* else it had come, as text may have, when the call failed */
    assert_int_equal(llmc_response_rank_count(response), 2);
    assert_true(llmc_response_rank(response, 0, &best));
    assert_true(llmc_response_rank(response, 1, &next));
    assert_true(best.score >= next.score && best.index != next.index);
}

static llmc_status rank(llmc_client *client) {
    llmc_rerank_options options = LLMC_RERANK_OPTIONS_INIT;
    llmc_request *settings = oom_request(OOM_ECHO);
    llmc_response *response = NULL;
    llmc_status status;
    add_provider(client, "ranker", NULL);
    options.settings = settings;
    options.top_n = 2;
    status = llmc_rerank(client, "ranker/r-1", "sky?", documents, 3, &options, &response);
    check_ranking(response, status);
    llmc_response_free(response);
    llmc_request_free(settings);
    return status;
}

static llmc_status rank_async(llmc_client *client) {
    llmc_rerank_options options = LLMC_RERANK_OPTIONS_INIT;
    llmc_response *response = NULL;
    llmc_call *call = NULL;
    llmc_status status;
    oom_tally tally;
    oom_tally_init(&tally);
    add_provider(client, "ranker", "cohere");
    options.top_n = 2;
    status = llmc_rerank_async(client, "ranker/r-1", "sky?", documents, 3, &options, oom_on_done, &tally, &call);
    if (status == LLMC_OK) {
        status = llmc_call_wait(call, &response);
        check_ranking(response, status);
    }
    assert_int_equal(tally.done, call != NULL ? 1 : 0);
    llmc_response_free(response);
    llmc_call_unref(call);
    oom_tally_destroy(&tally);
    return status;
}

static llmc_status count_of(llmc_client *client, const char *model, bool estimated) {
    llmc_request *request = NULL;
    llmc_response *response = NULL;
    llmc_status status;
    oom_pause(true);
    assert_int_equal(llmc_request_new(model, &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, OOM_TEXT), LLMC_OK);
    oom_pause(false);
    status = llmc_count_tokens(client, request, &response);
    if (status == LLMC_OK) {
        assert_int_equal(llmc_response_token_count_estimated(response), estimated);
        assert_true(llmc_response_token_count(response) > 0);
    }
    llmc_response_free(response);
    llmc_request_free(request);
    return status;
}

static llmc_status count(llmc_client *client) {
    add_provider(client, "counter", "gemini");
    return count_of(client, "counter/c-1", false);
}

static llmc_status estimate(llmc_client *client) {
    return count_of(client, oom_model(OOM_ECHO), true);
}

#define ON_CLIENT(name, threads)                                                                                       \
    static void test_##name##_##threads(void **state) {                                                                \
        (void)state;                                                                                                   \
        oom_run(name, threads, LLMC_OK);                                                                               \
    }

ON_CLIENT(list_models, 1)
ON_CLIENT(list_models, 0)
ON_CLIENT(list_models_async, 1)
ON_CLIENT(rank, 1)
ON_CLIENT(rank_async, 1)
ON_CLIENT(count, 1)
ON_CLIENT(estimate, 1)
ON_CLIENT(estimate, 0)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_models_1),       cmocka_unit_test(test_list_models_0),
        cmocka_unit_test(test_list_models_async_1), cmocka_unit_test(test_rank_1),
        cmocka_unit_test(test_rank_async_1),        cmocka_unit_test(test_count_1),
        cmocka_unit_test(test_estimate_1),          cmocka_unit_test(test_estimate_0),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests_name("oom_operations", tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
