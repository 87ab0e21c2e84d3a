/* Lists of models: where each provider is asked, and what is made of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/models.h"
#include "support_adapter.h"
#include "support_op.h"

static char region[] = "eu-west-1", key_id[] = "AKID", secret[] = "secret";

static adapter_case begin(const char *provider, const char *base_url, const char *cursor) {
    adapter_case c;
    adapter_begin(&c, provider, "models");
    if (base_url != NULL) {
        llmc__mem_free(c.target.base_url);
        c.target.base_url = llmc__mem_strdup(base_url);
    }
    c.target.region = region;
    c.request->op = LLMC__OP_MODELS;
    c.request->input = llmc__input_new(LLMC__OP_MODELS, 0);
    assert_non_null(c.request->input);
    c.request->input->cursor = llmc__mem_strdup(cursor);
    return c;
}

static void test_addresses(void **state) {
    static const struct {
        const char *provider, *base_url, *cursor, *url;
    } rows[] = {
        {"openai", NULL, NULL, "https://api.openai.com/v1/models"},
        {"openai-responses", NULL, NULL, "https://api.openai.com/v1/models"},
        {"mistral", NULL, NULL, "https://api.mistral.ai/v1/models"},
        {"deepseek", NULL, NULL, "https://api.deepseek.com/models"},
        {"anthropic", NULL, NULL, "https://api.anthropic.com/v1/models?limit=1000"},
        {"anthropic", "http://localhost:9", "a/b c", "http://localhost:9/v1/models?limit=1000&after_id=a%2Fb%20c"},
        {"gemini", NULL, NULL, "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000"},
        {"gemini", "http://localhost:9/v1", "x=&", "http://localhost:9/v1/models?pageSize=1000&pageToken=x%3D%26"},
        {"cohere", NULL, NULL, "https://api.cohere.com/v1/models?page_size=1000"},
        {"cohere", "http://localhost:9/v2x", "t", "http://localhost:9/v2x/models?page_size=1000&page_token=t"},
        {"ollama", NULL, NULL, "http://localhost:11434/api/tags"},
        {"azure", "https://r.openai.azure.com", NULL, "https://r.openai.azure.com/openai/v1/models"},
        {"azure", "https://r.openai.azure.com/openai", NULL, "https://r.openai.azure.com/openai/v1/models"},
        {"azure", "https://r.openai.azure.com/openai/v1", NULL, "https://r.openai.azure.com/openai/v1/models"},
        {"azure", "https://openai.x/gate/openai/deployments/d", NULL, "https://openai.x/gate/openai/v1/models"},
        {"azure_ai", "https://r.services.ai.azure.com/models", NULL,
         "https://r.services.ai.azure.com/openai/v1/models"},
        {"bedrock", NULL, NULL, "https://bedrock.eu-west-1.amazonaws.com/foundation-models"},
        {"bedrock", "https://bedrock-runtime-fips.us-east-1.amazonaws.com", NULL,
         "https://bedrock-fips.us-east-1.amazonaws.com/foundation-models"},
        {"bedrock", "http://127.0.0.1:9", NULL, "http://127.0.0.1:9/foundation-models"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin(rows[i].provider, rows[i].base_url, rows[i].cursor);
        llmc_status status = adapter_encode(&c, false);
        if (status != LLMC_OK)
            fail_msg("%s: %s", rows[i].provider, c.error.message);
        assert_string_equal(c.http.url.data, rows[i].url);
        assert_string_equal(c.http.method, "GET");
        assert_int_equal(c.http.body.len, 0);
        adapter_end(&c);
    }
}

static void test_headers(void **state) {
    static const struct {
        const char *provider, *header;
    } rows[] = {
        {"openai", "Authorization: Bearer sk-test"},    {"anthropic", "x-api-key: sk-test"},
        {"anthropic", "anthropic-version: 2023-06-01"}, {"gemini", "x-goog-api-key: sk-test"},
        {"cohere", "Authorization: Bearer sk-test"},    {"ollama", "Authorization: Bearer sk-test"},
        {"bedrock", "Authorization: Bearer sk-test"},   {"mistral", "Authorization: Bearer sk-test"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin(rows[i].provider, NULL, NULL);
        assert_int_equal(adapter_encode(&c, false), LLMC_OK);
        if (!adapter_has_header(&c, rows[i].header))
            fail_msg("%s", rows[i].header);
        assert_null(strstr(llmc__buf_str(&c.http.headers), "Content-Type"));
        adapter_end(&c);
    }
    adapter_case c = begin("azure", "https://r.openai.azure.com", NULL);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "api-key: sk-test"));
    adapter_end(&c);
}

/* Signed for the host that is asked, by the region of base_url where none is set. */
static void test_bedrock_is_signed(void **state) {
    adapter_case c = begin("bedrock", "https://bedrock-runtime.us-east-2.amazonaws.com", NULL);
    const char *line = NULL;
    bool found = false;
    (void)state;
    c.target.api_key = NULL;
    c.target.region = NULL;
    c.target.access_key_id = key_id;
    c.target.secret_access_key = secret;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_int_equal(c.target.provider->sign(&c.target, &c.http, 1700000000, &c.error), LLMC_OK);
    while ((line = llmc__http_request_next_header(&c.http, line)) != NULL)
        found = found || strstr(line, "Credential=AKID/20231114/us-east-2/bedrock/aws4_request") != NULL;
    assert_true(found);
    adapter_end(&c);
}

static void test_who_has_none(void **state) {
    static const char *const none[] = {"vertex_ai", "perplexity", "github", "voyage", "jina_ai"};
    const llmc__provider_row *row;
    (void)state;
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++) {
        bool expected = true;
        adapter_case c;
        for (size_t k = 0; k < sizeof none / sizeof none[0]; k++)
            expected = expected && strcmp(none[k], row->name) != 0;
        adapter_begin(&c, row->name, "models");
        if (llmc__provider_serves(&c.target, LLMC__OP_MODELS) != expected)
            fail_msg("%s", row->name);
        adapter_end(&c);
    }
    adapter_case c = begin("azure_ai", "https://m.eastus.models.ai.azure.com", NULL);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "azure_ai"));
    adapter_end(&c);
    c = begin("azure", NULL, NULL);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_URL);
    adapter_end(&c);
}

/* ---- answers ---- */

typedef struct entry {
    const char *body, *id, *name, *owner;
    int64_t context, output, created;
} entry;

static const char *or_none(const char *text) {
    return text != NULL ? text : "-";
}

static void test_entries(void **state) {
    /* As the vendors' pages show them, shortened. */
    static const entry rows[] = {
        {"{\"object\":\"list\",\"data\":[{\"id\":\"gpt-4.1\",\"object\":\"model\",\"created\":1744316542,\"owned_by\":"
         "\"system\"}]}",
         "gpt-4.1", "-", "system", -1, -1, 1744316542},
        {"[{\"id\":\"meta-llama/Llama-3.3-70B\",\"object\":\"model\",\"created\":0,\"type\":\"chat\",\"display_name\":"
         "\"Llama 3.3\",\"organization\":\"Meta\",\"context_length\":131072}]",
         "meta-llama/Llama-3.3-70B", "Llama 3.3", "Meta", 131072, -1, -1},
        {"{\"data\":[{\"id\":\"openai/gpt-4\",\"name\":\"OpenAI: "
         "GPT-4\",\"created\":1692901234,\"context_length\":8191,"
         "\"top_provider\":{\"is_moderated\":true,\"context_length\":8191,\"max_completion_tokens\":4096}}]}",
         "openai/gpt-4", "OpenAI: GPT-4", "-", 8191, 4096, 1692901234},
        {"{\"data\":[{\"id\":\"llama3-8b\",\"owned_by\":\"Meta\",\"context_window\":8192,\"max_completion_tokens\":"
         "1024}]}",
         "llama3-8b", "-", "Meta", 8192, 1024, -1},
        {"{\"object\":\"list\",\"data\":[{\"id\":\"ministral-3b\",\"name\":\"ministral-3b\",\"max_context_length\":"
         "131072}]}",
         "ministral-3b", "-", "-", 131072, -1, -1},
        {"{\"data\":[{\"id\":\"m\",\"max_model_len\":4096,\"owned_by\":\"vllm\"}]}", "m", "-", "vllm", 4096, -1, -1},
        {"{\"models\":[{\"name\":\"x\"}],\"data\":[{\"id\":\"x.gguf\",\"meta\":{\"n_ctx_train\":131072,\"n_vocab\":7}}]"
         "}",
         "x.gguf", "-", "-", 131072, -1, -1},
        {"{\"data\":[{\"id\":\"a/b\",\"metadata\":{\"context_length\":32768,\"max_tokens\":512}}]}", "a/b", "-", "-",
         32768, 512, -1},
        {"{\"data\":[{\"type\":\"model\",\"id\":\"claude-sonnet-4-5\",\"display_name\":\"Claude Sonnet 4.5\","
         "\"created_at\":\"2025-09-29T00:00:00Z\",\"max_input_tokens\":200000,\"max_tokens\":64000}],\"has_more\":"
         "false}",
         "claude-sonnet-4-5", "Claude Sonnet 4.5", "-", 200000, 64000, 1759104000},
        {"{\"models\":[{\"name\":\"models/gemini-2.5-pro\",\"version\":\"2.5\",\"displayName\":\"Gemini 2.5 Pro\","
         "\"inputTokenLimit\":1048576,\"outputTokenLimit\":65536}]}",
         "gemini-2.5-pro", "Gemini 2.5 Pro", "-", 1048576, 65536, -1},
        {"{\"models\":[{\"name\":\"command-a-03-2025\",\"endpoints\":[\"chat\"],\"context_length\":288000.0}]}",
         "command-a-03-2025", "-", "-", 288000, -1, -1},
        {"{\"models\":[{\"name\":\"gemma3:latest\",\"model\":\"gemma3:latest\",\"modified_at\":\"2025-10-03T23:34:"
         "03Z\","
         "\"size\":3338801804}]}",
         "gemma3:latest", "-", "-", -1, -1, -1},
        {"{\"modelSummaries\":[{\"modelArn\":\"arn:aws:x\",\"modelId\":\"amazon.nova-pro-v1:0\",\"modelName\":\"Nova "
         "Pro\","
         "\"providerName\":\"Amazon\"}]}",
         "amazon.nova-pro-v1:0", "Nova Pro", "Amazon", -1, -1, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        op_answer a = op_decode(&llmc__models_openai, LLMC__OP_MODELS, NULL, rows[i].body);
        if (a.status != LLMC_OK)
            fail_msg("%s: %s", rows[i].body, a.error.message);
        assert_int_equal(a.result->model_count, 1);
        assert_null(a.result->next);
        const llmc__model *m = &a.result->models[0];
        assert_string_equal(m->id, rows[i].id);
        assert_string_equal(or_none(m->name), rows[i].name);
        assert_string_equal(or_none(m->owner), rows[i].owner);
        assert_int_equal(m->context_tokens, rows[i].context);
        assert_int_equal(m->output_tokens, rows[i].output);
        assert_int_equal(m->created_s, rows[i].created);
        assert_non_null(strstr(m->json, "\"")); /* whole, see below */
        op_end(&a);
    }
}

static void test_the_whole_entry_is_kept(void **state) {
    static const char body[] = "{\"data\":[{\"id\":\"a\",\"price\":{\"in\":1.25e-06,\"tags\":[true,null,\"\\u00fc\"]}},"
                               " {\"id\":\"b\"}]}";
    op_answer a = op_decode(&llmc__models_openai, LLMC__OP_MODELS, NULL, body);
    (void)state;
    assert_int_equal(a.status, LLMC_OK);
    assert_int_equal(a.result->model_count, 2);
    assert_string_equal(a.result->models[0].json,
                        "{\"id\":\"a\",\"price\":{\"in\":1.25e-06,\"tags\":[true,null,\"\xc3\xbc\"]}}");
    assert_string_equal(a.result->models[1].json, "{\"id\":\"b\"}");
    op_end(&a);
}

static void test_dates(void **state) {
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"\"1970-01-02\"", 86400},
        {"\"2000-02-29T12:34:56Z\"", 951827696},
        {"\"2024-03-01T00:00:00.123456Z\"", 1709251200},
        {"\"2100-12-31T23:59:59Z\"", 4133980799},
        {"\"1969-12-31\"", -1},
        {"\"2025-13-01\"", -1},
        {"\"2025-00-01\"", -1},
        {"\"2025-01-32\"", -1},
        {"\"2025-1-1\"", -1},
        {"\"2025-01-01T24:00:00Z\"", -1},
        {"\"2025-01-01T00-00-00Z\"", -1},
        {"\"yesterday, or so\"", -1},
        {"\"\"", -1},
        {"null", -1},
        {"-5", -1},
        {"1.5", -1},
        {"1700000000", 1700000000},
    };
    char body[128];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(body, sizeof body, "{\"data\":[{\"id\":\"a\",\"created_at\":%s}]}", rows[i].text);
        op_answer a = op_decode(&llmc__models_openai, LLMC__OP_MODELS, NULL, body);
        assert_int_equal(a.status, LLMC_OK);
        if (a.result->models[0].created_s != rows[i].seconds)
            fail_msg("%s: %lld", rows[i].text, (long long)a.result->models[0].created_s);
        op_end(&a);
    }
}

static void test_pages(void **state) {
    static const struct {
        const llmc__operation *operation;
        const char *body, *next;
    } rows[] = {
        {&llmc__models_anthropic, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"has_more\":true,\"last_id\":\"z\"}",
         "z"},
        {&llmc__models_anthropic, "{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"has_more\":true}", "b"},
        {&llmc__models_anthropic, "{\"data\":[{\"id\":\"a\"}],\"has_more\":false,\"last_id\":\"a\"}", NULL},
        {&llmc__models_anthropic, "{\"data\":[{\"id\":\"a\"}],\"last_id\":\"a\"}", NULL},
        {&llmc__models_gemini, "{\"models\":[{\"name\":\"models/a\"}],\"nextPageToken\":\"t\"}", "t"},
        {&llmc__models_gemini, "{\"models\":[{\"name\":\"models/a\"}],\"nextPageToken\":\"\"}", NULL},
        {&llmc__models_gemini, "{\"nextPageToken\":\"t\",\"models\":[]}", "t"},
        {&llmc__models_gemini, "{}", NULL},
        {&llmc__models_cohere, "{\"models\":[{\"name\":\"a\"}],\"next_page_token\":\"t\"}", "t"},
        {&llmc__models_cohere, "{\"models\":[{\"name\":\"a\"}],\"next_page_token\":null}", NULL},
        /* An API without pages does not go on, whatever is said. */
        {&llmc__models_openai, "{\"data\":[{\"id\":\"a\"}],\"has_more\":true,\"nextPageToken\":\"t\"}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        op_answer a = op_decode(rows[i].operation, LLMC__OP_MODELS, NULL, rows[i].body);
        assert_int_equal(a.status, LLMC_OK);
        assert_string_equal(or_none(a.result->next), or_none(rows[i].next));
        op_end(&a);
    }
}

static void test_bad_answers(void **state) {
    static const struct {
        const char *body;
        llmc_status status;
        const char *word;
    } rows[] = {
        {"", LLMC_ERR_INCOMPLETE, "broke off"},
        {"{\"data\":[{\"id\":\"a\"}", LLMC_ERR_INCOMPLETE, "broke off"},
        {"404 page not found", LLMC_ERR_BAD_RESPONSE, "no JSON"},
        {"7", LLMC_ERR_BAD_RESPONSE, "no list"},
        {"{\"data\":{}}", LLMC_ERR_BAD_RESPONSE, "no list"},
        {"{\"data\":\"a\"}", LLMC_ERR_BAD_RESPONSE, "no list"},
        {"{\"data\":[{\"id\":\"a\"},{}]}", LLMC_ERR_BAD_RESPONSE, "model 1"},
        {"{\"data\":[{\"id\":7}]}", LLMC_ERR_BAD_RESPONSE, "model 0"},
        {"{\"data\":[{\"id\":\"\"}]}", LLMC_ERR_BAD_RESPONSE, "model 0"},
        {"{\"data\":[\"a\"]}", LLMC_ERR_BAD_RESPONSE, "model 0"},
        {"{\"data\":[],\"has_more\":true}", LLMC_ERR_BAD_RESPONSE, "not where"},
        {"{\"error\":{\"message\":\"who are you\",\"code\":401,\"type\":\"authentication_error\"}}", LLMC_ERR_AUTH,
         "who"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        op_refuses(&llmc__models_anthropic, LLMC__OP_MODELS, NULL, rows[i].body, rows[i].status, rows[i].word);
}

static void test_hostile(void **state) {
    static const char body[] = "{\"data\":[{\"id\":\"claude\",\"display_name\":\"C\",\"owned_by\":\"o\",\"created_at\":"
                               "\"2025-02-19T00:00:00Z\","
                               "\"top_provider\":{\"max_completion_tokens\":5},\"context_length\":7},{\"name\":"
                               "\"models/x\"}],\"has_more\":true,"
                               "\"last_id\":\"x\"}";
    (void)state;
    op_starve(&llmc__models_anthropic, LLMC__OP_MODELS, NULL, body);
    op_starve(&llmc__models_gemini, LLMC__OP_MODELS, NULL, "{\"models\":[{\"name\":\"a\"}],\"nextPageToken\":\"t\"}");
    op_mutate(&llmc__models_anthropic, LLMC__OP_MODELS, NULL, body, 20000);
    adapter_case c = begin("anthropic", NULL, "cursor");
    adapter_starve_encode(&c);
    adapter_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_bedrock_is_signed),
        cmocka_unit_test(test_who_has_none),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_the_whole_entry_is_kept),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
