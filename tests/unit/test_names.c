#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include "provider/names.h"
#include "provider/provider.h"

static void test_known_names(void **state) {
    static const struct {
        const char *model, *provider;
    } rows[] = {
        {"gpt-4o-mini", "openai"},
        {"gpt-4.1", "openai"},
        {"gpt-3.5-turbo-0125", "openai"},
        {"gpt-5-mini-2025-08-07", "openai"},
        {"chatgpt-4o-latest", "openai"},
        {"o1", "openai"},
        {"o1-mini", "openai"},
        {"o3", "openai"},
        {"o4-mini-2025-04-16", "openai"},
        {"ft:gpt-4o-mini-2024-07-18:acme::abc", "openai"},
        {"text-embedding-3-small", "openai"},
        {"text-embedding-ada-002", "openai"},
        {"claude-3-5-haiku-20241022", "anthropic"},
        {"claude-sonnet-4-5", "anthropic"},
        {"gemini-2.5-flash", "gemini"},
        {"command-r", "cohere"},
        {"command-a-03-2025", "cohere"},
        {"embed-english-v3.0", "cohere"},
        {"embed-v4.0", "cohere"},
        {"mistral-small-latest", "mistral"},
        {"ministral-3b-latest", "mistral"},
        {"codestral-2405", "mistral"},
        {"magistral-medium-latest", "mistral"},
        {"pixtral-12b", "mistral"},
        {"open-mistral-nemo", "mistral"},
        {"deepseek-chat", "deepseek"},
        {"deepseek-reasoner", "deepseek"},
        {"grok-3-mini", "xai"},
        {"sonar", "perplexity"},
        {"sonar-pro", "perplexity"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *provider = llmc__provider_of_model(rows[i].model);
        if (provider == NULL || strcmp(provider, rows[i].provider) != 0)
            fail_msg("%s: got %s, expected %s", rows[i].model, provider != NULL ? provider : "none", rows[i].provider);
        assert_non_null(llmc__provider_row_find(provider));
    }
}

static void test_unknown_names(void **state) {
    static const char *const names[] = {"",        "gpt-oss-120b", "gpt-neo",        "gpt",       "gpt-",
                                        "o",       "o1x",          "omega",          "olmo-2",    "llama-3.3-70b",
                                        "qwen3",   "claude",       "sonarqube",      "commander", "mixtral-8x7b",
                                        "phi-4",   "GPT-4o",       "openai/gpt-4o",  "claude-",   "text-embedding-3x",
                                        "gemini/", "anthropic",    "x/claude-opus-4"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (llmc__provider_of_model(names[i]) != NULL)
            fail_msg("%s: %s", names[i], llmc__provider_of_model(names[i]));
    assert_null(llmc__provider_of_model(NULL));
}

/* Each row can be served, is found under each of its names, and no name is taken twice. */
static void test_rows(void **state) {
    const llmc__provider_row *row, *other;
    (void)state;
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++) {
        assert_non_null(llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0})));
        assert_non_null(llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}))
                            ->request_id_header); /* the engine asks for it */
        assert_ptr_equal(llmc__provider_row_find(row->name), row);
        assert_non_null(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}));
        if (llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0})[0] != '\0')
            assert_int_not_equal(
                llmc__provider_row_word(
                    row, LLMC__ROW_BASE_URL,
                    (llmc__row_text){
                        0})[strlen(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0})) - 1],
                '/');
        assert_true(!row->key_required ||
                    llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}) != NULL);
        assert_true(row->lacks < (uint32_t)LLMC__FIELD_FILE * 2);
        if (llmc__provider_row_word(row, LLMC__ROW_ALIAS, (llmc__row_text){0}) != NULL)
            assert_ptr_equal(
                llmc__provider_row_find(llmc__provider_row_word(row, LLMC__ROW_ALIAS, (llmc__row_text){0})), row);
        for (size_t k = i + 1; (other = llmc__provider_row_at(k)) != NULL; k++) {
            assert_string_not_equal(row->name, other->name);
            assert_true(llmc__provider_row_word(row, LLMC__ROW_ALIAS, (llmc__row_text){0}) == NULL ||
                        strcmp(llmc__provider_row_word(row, LLMC__ROW_ALIAS, (llmc__row_text){0}), other->name) != 0);
            assert_true(llmc__provider_row_word(other, LLMC__ROW_ALIAS, (llmc__row_text){0}) == NULL ||
                        strcmp(row->name, llmc__provider_row_word(other, LLMC__ROW_ALIAS, (llmc__row_text){0})) != 0);
        }
    }
}

static void test_local_servers_need_no_key(void **state) {
    static const char *const names[] = {"hosted_vllm", "vllm", "llamacpp", "lm_studio", "lmstudio"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const llmc__provider_row *row = llmc__provider_row_find(names[i]);
        assert_non_null(row);
        assert_false(row->key_required);
        assert_memory_equal(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}),
                            "http://localhost:", 17);
    }
}

static void test_vendor_rows(void **state) {
    static const char *const names[] = {"groq",      "deepseek",    "xai",        "together_ai", "together",
                                        "fireworks", "openrouter",  "perplexity", "cerebras",    "nvidia",
                                        "zai",       "huggingface", "sambanova",  "deepinfra",   "moonshot",
                                        "zhipu",     "dashscope",   "github",     "nvidia_nim",  "fireworks_ai"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const llmc__provider_row *row = llmc__provider_row_find(names[i]);
        if (row == NULL)
            fail_msg("no row %s", names[i]);
        assert_string_equal(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}), "openai");
        assert_true(row->key_required);
        assert_memory_equal(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}), "https://", 8);
    }
    assert_true((llmc__provider_row_find("perplexity")->quirks & LLMC__QUIRK_NO_DONE) != 0);
    assert_true((llmc__provider_row_find("xai")->quirks & LLMC__QUIRK_REASONING_OUTSIDE) != 0);
    assert_string_equal(llmc__provider_row_find("together")->name, "together_ai");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_names), cmocka_unit_test(test_unknown_names),
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_local_servers_need_no_key),
        cmocka_unit_test(test_vendor_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
