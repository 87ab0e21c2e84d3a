/* What providers take from the environment. */
#include "support_targets.h"

static int teardown(void **state) {
    targets_unset_all();
    return flow_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, flow_setup, teardown)

/* ---- keys and addresses ---- */

static void second_variables_are_read(void **state) {
    flow *f = *state;
    llmc_client *client;
    targets_set("TOGETHERAI_API_KEY", "key-two");
    targets_set("TOGETHER_AI_API_BASE", targets_origin(f));
    targets_set("GOOGLE_API_KEY", "key-of-google");
    targets_set("GEMINI_API_BASE", targets_origin(f));
    client = targets_client();
    assert_string_equal(targets_seen(f, client, "together/m").path, "/chat/completions");
    assert_string_equal(targets_header(f, "Authorization"), "Bearer key-two");
    assert_string_equal(targets_seen(f, client, "gemini-2.5-pro").path, "/models/gemini-2.5-pro:generateContent");
    assert_string_equal(targets_header(f, "x-goog-api-key"), "key-of-google");
    llmc_client_free(client);
}

static void first_variables_count_first(void **state) {
    flow *f = *state;
    llmc_client *client;
    targets_set("COHERE_API_KEY", "key-one");
    targets_set("CO_API_KEY", "key-two");
    targets_set("COHERE_API_BASE", targets_origin(f));
    client = targets_client();
    assert_string_equal(targets_seen(f, client, "cohere/m").path, "/chat");
    assert_string_equal(targets_header(f, "Authorization"), "Bearer key-one");
    llmc_client_free(client);
    targets_set("COHERE_API_KEY", ""); /* counts as unset */
    client = targets_client();
    (void)targets_seen(f, client, "cohere/m");
    assert_string_equal(targets_header(f, "Authorization"), "Bearer key-two");
    llmc_client_free(client);
}

static void an_environment_that_is_ignored(void **state) {
    flow *f = *state;
    llmc_client_options options = flow_options();
    llmc_client *client = NULL;
    targets_set("TOGETHERAI_API_KEY", "key-two");
    targets_set("AWS_ACCESS_KEY_ID", "AKID");
    targets_set("AWS_REGION", "eu-west-1");
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    targets_refused(f, client, "together/m", LLMC_ERR_MISSING_KEY, "TOGETHER_API_KEY");
    llmc__target *target = targets_get(client, "bedrock/m");
    assert_null(target->access_key_id);
    assert_null(target->region);
    llmc__target_unref(target);
    llmc_client_free(client);
}

/* ---- OLLAMA_HOST ---- */

static void ollama_hosts_that_reach(void **state) {
    static const char *const forms[] = {"127.0.0.1:%s", "0.0.0.0:%s",         ":%s",
                                        "localhost:%s", "http://0.0.0.0:%s/", "http://127.0.0.1:%s"};
    flow *f = *state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const char *mark = strchr(forms[i], '%');
        char host[64];
        llmc_client *client;
        (void)snprintf(host, sizeof(host), "%.*s%s%s", (int)(mark - forms[i]), forms[i], targets_port(f), mark + 2);
        targets_set("OLLAMA_HOST", host);
        client = targets_client();
        assert_string_equal(targets_seen(f, client, "ollama/m").path, "/api/chat");
        llmc_client_free(client);
    }
}

static void ollama_hosts_in_full(void **state) {
    static const char *const forms[][2] = {
        {"127.0.0.1", "http://127.0.0.1:11434"},
        {"0.0.0.0", "http://127.0.0.1:11434"},
        {"[::]:8080", "http://[::1]:8080"},
        {"[::1]", "http://[::1]:11434"},
        {"localhost/sub", "http://localhost:11434/sub"},
        {"http://localhost", "http://localhost"}, /* the scheme's own port */
        {"https://ollama.example/", "https://ollama.example"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        llmc_client *client;
        llmc__target *target;
        targets_set("OLLAMA_HOST", forms[i][0]);
        client = targets_client();
        target = targets_get(client, "ollama/m");
        assert_string_equal(target->base_url, forms[i][1]);
        llmc__target_unref(target);
        llmc_client_free(client);
    }
}

static void ollama_hosts_that_may_not_be_used(void **state) {
    static const char *const forms[] = {"far.example:11434", "10.0.0.7", "ftp://localhost", "localhost:99999",
                                        "user@localhost"};
    flow *f = *state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        llmc_client *client;
        targets_set("OLLAMA_HOST", forms[i]);
        client = targets_client();
        targets_refused(f, client, "ollama/m", LLMC_ERR_INVALID_URL, "OLLAMA_HOST");
        llmc_client_free(client);
    }
}

/* ---- clouds ---- */

static void azure_has_a_version(void **state) {
    flow *f = *state;
    llmc_client *client;
    targets_set("AZURE_OPENAI_ENDPOINT", targets_origin(f));
    targets_set("AZURE_OPENAI_API_KEY", "azure-key");
    targets_set("AZURE_API_VERSION", "2025-01-01-preview");
    client = targets_client();
    assert_string_equal(targets_seen(f, client, "azure/my-deployment").path,
                        "/openai/deployments/my-deployment/chat/completions?api-version=2025-01-01-preview");
    assert_string_equal(targets_header(f, "api-key"), "azure-key");
    llmc_client_free(client);
}

static void vertex_has_a_project_and_a_place(void **state) {
    flow *f = *state;
    llmc_client *client;
    targets_set("GOOGLE_VERTEX_BASE_URL", targets_origin(f));
    targets_set("VERTEX_ACCESS_TOKEN", "ya29.token");
    targets_set("VERTEXAI_PROJECT", "project-1");
    targets_set("GOOGLE_CLOUD_PROJECT", "project-2");
    targets_set("GOOGLE_CLOUD_LOCATION", "europe-west4");
    client = targets_client();
    assert_string_equal(
        targets_seen(f, client, "vertex/gemini-2.5-pro").path,
        "/projects/project-1/locations/europe-west4/publishers/google/models/gemini-2.5-pro:generateContent");
    assert_string_equal(targets_header(f, "Authorization"), "Bearer ya29.token");
    llmc_client_free(client);
}

static void bedrock_has_credentials(void **state) {
    llmc_client *client;
    llmc__target *target;
    (void)state;
    targets_set("AWS_ACCESS_KEY_ID", "AKID");
    targets_set("AWS_SECRET_ACCESS_KEY", "secret/+=");
    targets_set("AWS_SESSION_TOKEN", "session");
    targets_set("AWS_DEFAULT_REGION", "eu-west-1");
    client = targets_client();
    target = targets_get(client, "bedrock/m");
    assert_string_equal(target->access_key_id, "AKID");
    assert_string_equal(target->secret_access_key, "secret/+=");
    assert_string_equal(target->session_token, "session");
    assert_string_equal(target->region, "eu-west-1");
    assert_null(target->api_key);
    llmc__target_unref(target);
    llmc_client_free(client);
}

static void bedrock_has_a_bearer(void **state) {
    flow *f = *state;
    llmc_client *client;
    targets_set("AWS_BEARER_TOKEN_BEDROCK", "bearer");
    targets_set("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", targets_origin(f));
    targets_set("AWS_REGION", "eu-west-1");
    client = targets_client();
    assert_string_equal(targets_seen(f, client, "bedrock/amazon.nova-lite-v1:0").path,
                        "/model/amazon.nova-lite-v1%3A0/converse");
    assert_string_equal(targets_header(f, "Authorization"), "Bearer bearer");
    llmc_client_free(client);
}

/* The host's name has the region in it. */
static void regions_share_no_connections(void **state) {
    static const char *const regions[] = {"eu-west-1", "us-east-1", "eu-west-1"};
    flow *f = *state;
    uint64_t ids[3];
    for (size_t i = 0; i < 3; i++) {
        llmc_provider_options options = LLMC_PROVIDER_OPTIONS_INIT;
        llmc__target *target;
        options.region = regions[i];
        targets_provide(f->client, "bedrock", &options);
        target = targets_get(f->client, "bedrock/m");
        ids[i] = target->pool_id;
        llmc__target_unref(target);
    }
    assert_int_not_equal(ids[0], ids[1]);
    assert_int_equal(ids[0], ids[2]);
}

/* ---- what cannot be used ---- */

static void a_bad_key_is_told_and_can_be_replaced(void **state) {
    flow *f = *state;
    llmc_provider_options options = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_client *client;
    targets_set("CO_API_KEY", "two words");
    client = targets_client();
    targets_refused(f, client, "cohere/m", LLMC_ERR_INVALID_KEY, "CO_API_KEY");
    options.base_url = targets_origin(f);
    targets_provide(client, "cohere", &options);
    targets_refused(f, client, "cohere/m", LLMC_ERR_INVALID_KEY, "CO_API_KEY");
    options.api_key = "one";
    targets_provide(client, "cohere", &options);
    assert_string_equal(targets_seen(f, client, "cohere/m").path, "/chat");
    llmc_client_free(client);
}

static void a_bad_address_is_told_and_can_be_replaced(void **state) {
    flow *f = *state;
    llmc_provider_options options = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_client *client;
    targets_set("ANTHROPIC_BASE_URL", "http://far.example");
    client = targets_client();
    options.api_key = "key";
    targets_provide(client, "anthropic", &options);
    targets_refused(f, client, "anthropic/m", LLMC_ERR_INVALID_URL, "ANTHROPIC_BASE_URL");
    options.base_url = targets_origin(f);
    targets_provide(client, "anthropic", &options);
    assert_string_equal(targets_seen(f, client, "anthropic/m").path, "/v1/messages");
    llmc_client_free(client);
}

static void bad_credentials_are_told(void **state) {
    static const char *const names[] = {"AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"};
    flow *f = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        llmc_client *client;
        targets_set(names[i], "line\nbreak");
        client = targets_client();
        targets_refused(f, client, "bedrock/m", LLMC_ERR_INVALID_KEY, names[i]);
        llmc_client_free(client);
        targets_set(names[i], NULL);
    }
}

static void a_region_that_is_missing_is_told(void **state) {
    flow *f = *state;
    llmc_client *client;
    targets_set("AWS_BEARER_TOKEN_BEDROCK", "bearer");
    client = targets_client();
    targets_refused(f, client, "bedrock/m", LLMC_ERR_INVALID_ARGUMENT, "AWS_REGION");
    targets_refused(f, client, "azure/m", LLMC_ERR_MISSING_KEY, "AZURE_API_KEY");
    llmc_client_free(client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(second_variables_are_read),
        TEST(first_variables_count_first),
        TEST(an_environment_that_is_ignored),
        TEST(ollama_hosts_that_reach),
        TEST(ollama_hosts_in_full),
        TEST(ollama_hosts_that_may_not_be_used),
        TEST(azure_has_a_version),
        TEST(vertex_has_a_project_and_a_place),
        TEST(bedrock_has_credentials),
        TEST(bedrock_has_a_bearer),
        TEST(regions_share_no_connections),
        TEST(a_bad_key_is_told_and_can_be_replaced),
        TEST(a_bad_address_is_told_and_can_be_replaced),
        TEST(bad_credentials_are_told),
        TEST(a_region_that_is_missing_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
