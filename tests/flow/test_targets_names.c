/* Which provider a model's name leads to: aliases, and names without a provider. */
#include "support_targets.h"

/* ---- other names of a provider ---- */

static void an_alias_is_its_provider(void **state) {
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_mock_request seen;
    targets_provide(f->client, "together_ai", &provider);
    seen = targets_seen(f, f->client, "together/meta/llama-3");
    assert_string_equal(seen.path, "/v1/chat/completions");
    assert_non_null(strstr(seen.body, "\"meta/llama-3\""));
}

static void an_alias_sets_its_provider(void **state) {
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_response *response = NULL;
    targets_provide(f->client, "zai", &provider);
    assert_int_equal(llmc_ask(f->client, "zhipu/glm-4.6", "hello", &response), LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "zhipu");
    llmc_response_free(response);
    assert_int_equal(llmc_ask(f->client, "zai/glm-4.6", "hello", &response), LLMC_OK);
    assert_string_equal(llmc_response_provider(response), "zhipu");
    llmc_response_free(response);
}

static void names_that_are_none(void **state) {
    flow *f = *state;
    char model[256];
    targets_refused(f, f->client, "togethe/m", LLMC_ERR_UNKNOWN_PROVIDER, "\"togethe\"");
    targets_refused(f, f->client, "TOGETHER/m", LLMC_ERR_UNKNOWN_PROVIDER, "\"TOGETHER\"");
    targets_refused(f, f->client, "openai/", LLMC_ERR_INVALID_MODEL, "openai/");
    memset(model, 'a', sizeof(model));
    memcpy(model + sizeof(model) - 3, "/m", 3);
    targets_refused(f, f->client, model, LLMC_ERR_UNKNOWN_PROVIDER, "aaaa");
}

/* A name of 64 characters is the longest that can be set, and is not another one's beginning. */
static void the_longest_name(void **state) {
    flow *f = *state;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    char name[65], model[80];
    memset(name, 'n', 64);
    name[64] = '\0';
    targets_provide(f->client, name, &provider);
    (void)snprintf(model, sizeof(model), "%s/m", name);
    assert_string_equal(targets_seen(f, f->client, model).path, "/v1/chat/completions");
    (void)snprintf(model, sizeof(model), "%sn/m", name);
    targets_refused(f, f->client, model, LLMC_ERR_UNKNOWN_PROVIDER, "nnn");
}

/* ---- models without a provider ---- */

static const struct {
    const char *provider, *model, *path;
} bare[] = {
    {"openai", "gpt-4o-mini", "/v1/chat/completions"},
    {"openai", "of-no-maker", "/v1/chat/completions"},
    {"anthropic", "claude-sonnet-4-5", "/v1/messages"},
    {"gemini", "gemini-2.5-flash", "/v1/models/gemini-2.5-flash:generateContent"},
    {"cohere", "command-r", "/v1/chat"},
    {"mistral", "mistral-large-latest", "/v1/chat/completions"},
    {"deepseek", "deepseek-chat", "/v1/chat/completions"},
    {"xai", "grok-4", "/v1/chat/completions"},
};

/* Each provider sends a key of its own, which tells them apart. */
static void bare_names_go_to_their_makers(void **state) {
    flow *f = *state;
    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
        llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
        llmc_header header = {"X-Provider", bare[i].provider};
        provider.headers = &header;
        provider.header_count = 1;
        targets_provide(f->client, bare[i].provider, &provider);
    }
    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
        llmc_mock_request seen = targets_seen(f, f->client, bare[i].model);
        assert_string_equal(seen.path, bare[i].path);
        assert_string_equal(targets_header(f, "X-Provider"), bare[i].provider);
    }
}

static void a_default_that_was_set_counts(void **state) {
    flow *f = *state;
    llmc_client_options options = flow_options();
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(f->mock));
    llmc_client *client = NULL;
    options.default_provider = "together";
    assert_int_equal(llmc_client_new(&options, &client), LLMC_OK);
    targets_provide(client, "together_ai", &provider);
    assert_string_equal(targets_seen(f, client, "claude-sonnet-4-5").path, "/v1/chat/completions");
    llmc_client_free(client);
}

/* Not by what happens to have a key: that would change with the machine. */
static void a_maker_without_a_key_says_so(void **state) {
    flow *f = *state;
    targets_refused(f, f->client, "claude-sonnet-4-5", LLMC_ERR_MISSING_KEY, "ANTHROPIC_API_KEY");
    targets_refused(f, f->client, "grok-4", LLMC_ERR_MISSING_KEY, "XAI_API_KEY");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(an_alias_is_its_provider),      FLOW_TEST(an_alias_sets_its_provider),
        FLOW_TEST(names_that_are_none),           FLOW_TEST(the_longest_name),
        FLOW_TEST(bare_names_go_to_their_makers), FLOW_TEST(a_default_that_was_set_counts),
        FLOW_TEST(a_maker_without_a_key_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
