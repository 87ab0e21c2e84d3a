/* Chat completions at Azure: addresses, headers, and what its answers have beyond OpenAI's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/response.h"
#include "support_adapter.h"

static adapter_case begin(const char *provider, const char *base_url) {
    adapter_case c;
    adapter_begin(&c, provider, "my-gpt");
    if (base_url != NULL) {
        llmc__mem_free(c.target.base_url);
        c.target.base_url = llmc__mem_strdup(base_url);
    }
    assert_int_equal(llmc_request_add_message(c.request, LLMC_ROLE_USER, "hi"), LLMC_OK);
    return c;
}

static void refused(adapter_case *c, llmc_status status, const char *word) {
    assert_int_equal(adapter_encode(c, false), status);
    if (strstr(c->error.message, word) == NULL)
        fail_msg("\"%s\" is not in: %s", word, c->error.message);
}

#define RES      "https://res.openai.azure.com"
#define FOUNDRY  "https://res.services.ai.azure.com"
#define CHAT     "/chat/completions"
#define DEPLOYED "/deployments/my-gpt" CHAT "?api-version="

static void test_addresses(void **state) {
    static const struct {
        const char *provider, *base_url, *version, *url;
    } rows[] = {
        {"azure", RES, NULL, RES "/openai" DEPLOYED "2024-10-21"},
        {"azure", RES, "", RES "/openai" DEPLOYED "2024-10-21"},
        {"azure", RES, "2025-01-01-preview", RES "/openai" DEPLOYED "2025-01-01-preview"},
        {"azure", RES "/openai", NULL, RES "/openai" DEPLOYED "2024-10-21"},
        {"azure", RES "/openai/deployments/other", "v", RES "/openai/deployments/other" CHAT "?api-version=v"},
        {"azure", RES "/openai/v1", NULL, RES "/openai/v1" CHAT},
        {"azure", RES "/openai/v1", "2024-10-21", RES "/openai/v1" CHAT},
        {"azure", RES "/openai/v1", "preview", RES "/openai/v1" CHAT "?api-version=preview"},
        {"azure", FOUNDRY "/models", NULL, FOUNDRY "/models" CHAT "?api-version=2024-05-01-preview"},
        {"azure", FOUNDRY, NULL, FOUNDRY "/openai" DEPLOYED "2024-10-21"},
        {"azure", "http://127.0.0.1:9", NULL, "http://127.0.0.1:9/openai" DEPLOYED "2024-10-21"},
        {"azure_ai", FOUNDRY, NULL, FOUNDRY "/models" CHAT "?api-version=2024-05-01-preview"},
        {"azure_ai", FOUNDRY "/models", "v", FOUNDRY "/models" CHAT "?api-version=v"},
        {"azure_ai", FOUNDRY "/openai/v1", NULL, FOUNDRY "/openai/v1" CHAT},
        {"azure_ai", FOUNDRY "/openai", "v", FOUNDRY "/openai" DEPLOYED "v"},
        {"azure_ai", "https://m.eastus.models.ai.azure.com", "v", "https://m.eastus.models.ai.azure.com/v1" CHAT},
        {"azure_ai", "https://m.eastus.models.ai.azure.com/v1", NULL, "https://m.eastus.models.ai.azure.com/v1" CHAT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char version[40];
        adapter_case c = begin(rows[i].provider, rows[i].base_url);
        (void)snprintf(version, sizeof version, "%s", rows[i].version != NULL ? rows[i].version : "");
        c.target.api_version = rows[i].version != NULL ? version : NULL;
        adapter_body_is(&c, false, "{\"model\":\"my-gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        assert_string_equal(c.http.url.data, rows[i].url);
        adapter_end(&c);
    }
}

static void test_deployment_is_one_segment(void **state) {
    adapter_case c = begin("azure", RES);
    (void)state;
    llmc__mem_free(c.request->model);
    c.request->model = llmc__mem_strdup("a/b?c #\xc3\xa9");
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_string_equal(c.http.url.data,
                        RES "/openai/deployments/a%2Fb%3Fc%20%23%C3%A9" CHAT "?api-version=2024-10-21");
    adapter_end(&c);
}

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    (void)user_data;
    (void)snprintf(token, capacity, "entra-for-%s", provider);
    return 0;
}

static void test_headers(void **state) {
    adapter_case c = begin("azure", RES);
    (void)state;
    assert_int_equal(adapter_encode(&c, true), LLMC_OK);
    assert_true(adapter_has_header(&c, "api-key: sk-test"));
    assert_false(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    assert_true(adapter_has_header(&c, "Accept: text/event-stream"));
    assert_null(strstr(c.http.url.data, "sk-test"));
    assert_non_null(strstr(c.http.body.data, "\"stream_options\":{\"include_usage\":true}"));
    c.target.token = give_token;
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer entra-for-azure"));
    assert_false(adapter_has_header(&c, "api-key: sk-test"));
    adapter_end(&c);
    c = begin("azure_ai", "https://m.eastus.models.ai.azure.com");
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    adapter_end(&c);
    assert_string_equal(llmc__provider_azure.request_id_header, "apim-request-id");
}

static void test_what_is_missing(void **state) {
    static char version[] = "2024&x=y";
    adapter_case c = begin("azure", NULL);
    (void)state;
    refused(&c, LLMC_ERR_INVALID_URL, "AZURE_API_BASE");
    adapter_end(&c);
    c = begin("azure_ai", "");
    refused(&c, LLMC_ERR_INVALID_URL, "AZURE_AI_API_BASE");
    adapter_end(&c);
    c = begin("azure", RES);
    c.target.api_version = version;
    refused(&c, LLMC_ERR_INVALID_ARGUMENT, "api_version");
    c.target.api_version = NULL;
    c.target.api_key = NULL;
    refused(&c, LLMC_ERR_MISSING_KEY, "AZURE_API_KEY");
    c.target.token = give_token; /* stands for a key */
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    adapter_end(&c);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(llmc__provider_row_find("azure_openai")->name, "azure");
    assert_string_equal(
        llmc__provider_row_word(llmc__provider_row_find("azure"), LLMC__ROW_KEY_VARIABLE_TOO, (llmc__row_text){0}),
        "AZURE_OPENAI_API_KEY");
    assert_ptr_equal(llmc__provider_adapter("azure"), &llmc__provider_azure);
    assert_ptr_equal(llmc__provider_adapter("azure_ai"), &llmc__provider_azure_ai);
}

/* ---- answers ---- */

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* The first chunk has no choice, no model and no id, and says what the filter found in the prompt. */
static void test_stream_that_begins_with_a_filter(void **state) {
    static const char stream[] =
        "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\",\"prompt_filter_results\":"
        "[{\"prompt_index\":0,\"content_filter_results\":{\"hate\":{\"filtered\":false,\"severity\":\"safe\"}}}]}\n\n"
        "data: {\"id\":\"c1\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"h\"},"
        "\"content_filter_results\":{}}]}\n\n"
        "data: {\"id\":\"c1\",\"model\":\"gpt-x\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":"
        "\"content_filter\"}]}\n\n"
        "data: "
        "{\"id\":\"c1\",\"model\":\"gpt-x\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,"
        "\"total_tokens\":4}}\n\ndata: [DONE]\n\n";
    static const llmc__target target = {.name = "azure"};
    const llmc__provider *azure = &llmc__provider_azure;
    llmc_response *response = llmc__response_new(1 << 20);
    llmc__decoder *decoder = azure->decoder_new(&target, 1 << 20);
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    for (size_t at = 0; at + 1 < sizeof stream; at++)
        assert_int_equal(azure->decode_bytes(decoder, stream + at, 1, fold, response, &error), LLMC_OK);
    assert_int_equal(azure->decode_end(decoder, fold, response, &error), LLMC_OK);
    assert_string_equal(llmc__buf_str(&response->first.text), "h");
    assert_string_equal(response->model, "gpt-x");
    assert_string_equal(response->id, "c1");
    assert_int_equal(response->first.finish, LLMC_FINISH_CONTENT_FILTER);
    assert_int_equal(response->usage.tokens_in, 3);
    azure->decoder_free(decoder);
    llmc__response_unref(response);
}

static void test_errors(void **state) {
    static const struct {
        int http_status;
        const char *body;
        llmc_status status;
        bool retryable;
        const char *code;
    } rows[] = {
        {400,
         "{\"error\":{\"message\":\"The response was filtered\",\"type\":null,\"param\":\"prompt\",\"code\":"
         "\"content_filter\",\"status\":400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\","
         "\"content_filter_result\":{\"hate\":{\"filtered\":true,\"severity\":\"high\"}}}}}",
         LLMC_ERR_CONTENT_FILTER, false, "content_filter"},
        {400, "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"m\"}}", LLMC_ERR_CONTEXT_LENGTH, false,
         "context_length_exceeded"},
        {401, "{\"error\":{\"code\":\"401\",\"message\":\"Access denied due to invalid subscription key\"}}",
         LLMC_ERR_AUTH, false, "401"},
        {401, "{\"statusCode\":401,\"message\":\"Unauthorized\"}", LLMC_ERR_AUTH, false, NULL},
        {404, "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"m\"}}", LLMC_ERR_NOT_FOUND, false,
         "DeploymentNotFound"},
        {404, "{\"error\":{\"code\":\"404\",\"message\":\"Resource not found\"}}", LLMC_ERR_NOT_FOUND, false, "404"},
        {429, "{\"error\":{\"code\":\"RateLimitReached\",\"message\":\"m\"}}", LLMC_ERR_RATE_LIMITED, true,
         "RateLimitReached"},
        {503, "", LLMC_ERR_OVERLOADED, true, NULL},
    };
    static char name[] = "azure", variable[] = "AZURE_API_KEY";
    static const llmc__target target = {.name = name, .key_variable = variable};
    llmc_error error;
    (void)state;
    llmc__error_init(&error);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        llmc__provider_azure.classify(&target, rows[i].http_status, rows[i].body, strlen(rows[i].body), NULL, &error);
        assert_int_equal(error.status, rows[i].status);
        assert_int_equal(error.retryable, rows[i].retryable);
        if (rows[i].code == NULL)
            assert_null(error.provider_code);
        else
            assert_string_equal(error.provider_code, rows[i].code);
        if (rows[i].status == LLMC_ERR_AUTH)
            assert_non_null(strstr(error.message, "AZURE_API_KEY"));
    }
    llmc__error_clear(&error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_deployment_is_one_segment),
        cmocka_unit_test(test_headers),   cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_stream_that_begins_with_a_filter),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
