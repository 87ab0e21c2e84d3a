/* llmc_provider_options: chains of keys, what a second setting keeps, and what is refused by name. */
#include "support_targets.h"

static llmc_provider_options nothing(void) {
    llmc_provider_options options = LLMC_PROVIDER_OPTIONS_INIT;
    return options;
}

/* ---- several keys ---- */

static const char *const three[] = {"key-1", "key-2", "key-3"};

static llmc_provider_options with_three(const flow *f) {
    llmc_provider_options options = nothing();
    options.base_url = llmc_mock_base_url(f->mock);
    options.api_keys = three;
    options.api_key_count = 3;
    return options;
}

static void assert_chain(llmc_client *client, const char *const *keys, uint32_t count) {
    llmc__target *first = targets_get(client, "openai/m");
    const llmc__target *target = first;
    assert_int_equal(first->key_count, count);
    for (uint32_t i = 0; i < count; i++, target = target->next_key) {
        assert_non_null(target);
        assert_string_equal(target->api_key, keys[i]);
        assert_int_equal(target->key_index, i);
        assert_string_equal(target->name, "openai");
        assert_string_equal(target->base_url, first->base_url);
        assert_int_equal(target->pool_id, first->pool_id);
        assert_ptr_equal(target->row, first->row);
        assert_ptr_equal(target->provider, first->provider);
        assert_non_null(target->proxy);
    }
    assert_null(target);
    llmc__target_unref(first);
}

static void several_keys_make_a_chain(void **state) {
    flow *f = *state;
    llmc_provider_options options = with_three(f);
    targets_provide(f->client, "openai", &options);
    assert_chain(f->client, three, 3);
    (void)targets_seen(f, f->client, FLOW_MODEL);
    assert_string_equal(targets_header(f, "Authorization"), "Bearer key-1");
}

static void a_chain_outlives_other_settings(void **state) {
    flow *f = *state;
    llmc_header header = {"X-Team", "blue"};
    llmc_provider_options options = with_three(f), other = nothing();
    llmc__target *first;
    targets_provide(f->client, "openai", &options);
    other.headers = &header;
    other.header_count = 1;
    targets_provide(f->client, "openai", &other);
    assert_chain(f->client, three, 3);
    first = targets_get(f->client, "openai/m");
    for (const llmc__target *t = first; t != NULL; t = t->next_key) {
        assert_int_equal(t->header_count, 1);
        assert_string_equal(t->headers[0].value, "blue");
    }
    llmc__target_unref(first);
}

static void one_key_takes_a_chains_place(void **state) {
    static const char *const one[] = {"single"};
    flow *f = *state;
    llmc_provider_options options = with_three(f), other = nothing();
    targets_provide(f->client, "openai", &options);
    other.api_key = "single";
    targets_provide(f->client, "openai", &other);
    assert_chain(f->client, one, 1);
    (void)targets_seen(f, f->client, FLOW_MODEL);
    assert_string_equal(targets_header(f, "Authorization"), "Bearer single");
}

static void a_chain_takes_a_chains_place(void **state) {
    static const char *const two[] = {"new-1", "new-2"};
    flow *f = *state;
    llmc_provider_options options = with_three(f);
    targets_provide(f->client, "openai", &options);
    options.api_keys = two;
    options.api_key_count = 2;
    targets_provide(f->client, "openai", &options);
    assert_chain(f->client, two, 2);
}

static void the_most_keys(void **state) {
    static const char *keys[1001];
    flow *f = *state;
    llmc_provider_options options = nothing();
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        keys[i] = "key";
    options.api_keys = keys;
    options.api_key_count = 1000;
    targets_provide(f->client, "openai", &options);
    assert_chain(f->client, keys, 1000);
    options.api_key_count = 1001;
    targets_not_provided(f->client, &options, LLMC_ERR_INVALID_ARGUMENT, "api_key_count");
    assert_chain(f->client, keys, 1000);
}

static void bad_keys_are_named(void **state) {
    const char *keys[] = {"good", NULL};
    static const struct {
        const char *key;
        llmc_status status;
    } bad[] = {
        {NULL, LLMC_ERR_INVALID_ARGUMENT},
        {"", LLMC_ERR_INVALID_ARGUMENT},
        {"two words", LLMC_ERR_INVALID_KEY},
        {"line\n", LLMC_ERR_INVALID_KEY},
    };
    flow *f = *state;
    llmc_provider_options options = nothing();
    options.api_keys = keys;
    options.api_key_count = 2;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        keys[1] = bad[i].key;
        targets_not_provided(f->client, &options, bad[i].status, "api_keys[1]");
    }
    options.api_key_count = 0;
    targets_not_provided(f->client, &options, LLMC_ERR_INVALID_ARGUMENT, "api_key_count");
    options.api_keys = NULL;
    options.api_key_count = 1;
    targets_not_provided(f->client, &options, LLMC_ERR_INVALID_ARGUMENT, "api_keys");
}

/* ---- limits ---- */

static void limits_stand_on_the_first_key(void **state) {
    flow *f = *state;
    llmc_provider_options options = with_three(f);
    llmc__target *first;
    options.requests_per_minute = 60;
    options.tokens_per_minute = 90000;
    options.max_concurrency = 7;
    targets_provide(f->client, "openai", &options);
    first = targets_get(f->client, "openai/m");
    assert_int_equal(first->requests_per_minute, 60);
    assert_int_equal(first->tokens_per_minute, 90000);
    assert_int_equal(first->max_concurrency, 7);
    llmc__target_unref(first);
    options = nothing();
    targets_provide(f->client, "openai", &options); /* 0 is no limit, each time */
    first = targets_get(f->client, "openai/m");
    assert_int_equal(first->requests_per_minute, 0);
    assert_int_equal(first->key_count, 3);
    llmc__target_unref(first);
}

static void negative_limits_are_named(void **state) {
    flow *f = *state;
    llmc_provider_options options = nothing();
    options.requests_per_minute = -1;
    targets_not_provided(f->client, &options, LLMC_ERR_INVALID_ARGUMENT, "requests_per_minute");
    options = nothing();
    options.tokens_per_minute = INT64_MIN;
    targets_not_provided(f->client, &options, LLMC_ERR_INVALID_ARGUMENT, "tokens_per_minute");
}

/* ---- words and credentials ---- */

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    (void)provider;
    return snprintf(token, capacity, "%s", (const char *)user_data) > 0 ? 0 : -1;
}

static void bad_words_are_named(void **state) {
    flow *f = *state;
    static const struct {
        size_t field;
        llmc_status status;
        const char *name;
    } words[] = {
        {offsetof(llmc_provider_options, api_key), LLMC_ERR_INVALID_KEY, "api_key"},
        {offsetof(llmc_provider_options, organization), LLMC_ERR_INVALID_HEADER, "organization"},
        {offsetof(llmc_provider_options, project), LLMC_ERR_INVALID_HEADER, "project"},
        {offsetof(llmc_provider_options, region), LLMC_ERR_INVALID_ARGUMENT, "region"},
        {offsetof(llmc_provider_options, api_version), LLMC_ERR_INVALID_ARGUMENT, "api_version"},
        {offsetof(llmc_provider_options, access_key_id), LLMC_ERR_INVALID_KEY, "access_key_id"},
        {offsetof(llmc_provider_options, secret_access_key), LLMC_ERR_INVALID_KEY, "secret_access_key"},
        {offsetof(llmc_provider_options, session_token), LLMC_ERR_INVALID_KEY, "session_token"},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        const char *bad = "sk-secret\x01";
        llmc_provider_options options = nothing();
        memcpy((char *)&options + words[i].field, &bad, sizeof(bad));
        targets_not_provided(f->client, &options, words[i].status, words[i].name);
        assert_null(strstr(llmc_last_error_message(), "sk-secret"));
    }
}

static llmc_provider_options aws(void) {
    llmc_provider_options options = nothing();
    options.region = "eu-west-1";
    options.access_key_id = "AKID";
    options.secret_access_key = "secret";
    options.session_token = "session";
    return options;
}

static void credentials_outlive_other_settings(void **state) {
    flow *f = *state;
    llmc_provider_options options = aws(), other = nothing();
    llmc__target *target;
    options.api_version = "v1";
    options.project = "project-1";
    targets_provide(f->client, "bedrock", &options);
    other.base_url = llmc_mock_base_url(f->mock);
    targets_provide(f->client, "bedrock", &other);
    target = targets_get(f->client, "bedrock/m");
    assert_string_equal(target->region, "eu-west-1");
    assert_string_equal(target->access_key_id, "AKID");
    assert_string_equal(target->secret_access_key, "secret");
    assert_string_equal(target->session_token, "session");
    assert_string_equal(target->api_version, "v1");
    assert_string_equal(target->project, "project-1");
    llmc__target_unref(target);
}

static void credentials_take_a_bearers_place(void **state) {
    flow *f = *state;
    llmc_provider_options bearer = nothing(), options = aws();
    llmc__target *target;
    bearer.api_key = "bearer";
    targets_provide(f->client, "bedrock", &bearer);
    targets_provide(f->client, "bedrock", &options);
    target = targets_get(f->client, "bedrock/m");
    assert_null(target->api_key);
    llmc__target_unref(target);
    options.session_token = NULL; /* the session of the credentials before is not one of these */
    options.access_key_id = "AKID2";
    targets_provide(f->client, "bedrock", &options);
    target = targets_get(f->client, "bedrock/m");
    assert_string_equal(target->access_key_id, "AKID2");
    assert_null(target->session_token);
    llmc__target_unref(target);
}

static void tokens_and_keys_take_turns(void **state) {
    static char token[] = "token-1";
    flow *f = *state;
    llmc_provider_options options = nothing(), other = nothing();
    options.token = give_token;
    options.token_user_data = token;
    targets_provide(f->client, "openai", &options);
    (void)targets_seen(f, f->client, FLOW_MODEL);
    assert_string_equal(targets_header(f, "Authorization"), "Bearer token-1");
    other.project = "project-1";
    targets_provide(f->client, "openai", &other);
    (void)targets_seen(f, f->client, FLOW_MODEL);
    assert_string_equal(targets_header(f, "Authorization"), "Bearer token-1");
    assert_string_equal(targets_header(f, "OpenAI-Project"), "project-1");
    other.api_key = "key";
    targets_provide(f->client, "openai", &other);
    (void)targets_seen(f, f->client, FLOW_MODEL);
    assert_string_equal(targets_header(f, "Authorization"), "Bearer key");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(several_keys_make_a_chain),
        FLOW_TEST(a_chain_outlives_other_settings),
        FLOW_TEST(one_key_takes_a_chains_place),
        FLOW_TEST(a_chain_takes_a_chains_place),
        FLOW_TEST(the_most_keys),
        FLOW_TEST(bad_keys_are_named),
        FLOW_TEST(limits_stand_on_the_first_key),
        FLOW_TEST(negative_limits_are_named),
        FLOW_TEST(bad_words_are_named),
        FLOW_TEST(credentials_outlive_other_settings),
        FLOW_TEST(credentials_take_a_bearers_place),
        FLOW_TEST(tokens_and_keys_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
