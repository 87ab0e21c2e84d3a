/* Requests for embeddings, as each API wants them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_adapter.h"

static void begin(adapter_case *c, const char *provider, const char *model, size_t count) {
    static const char *const texts[] = {"one", "two \"2\"", "drei"};
    adapter_begin(c, provider, model);
    c->request->op = LLMC__OP_EMBED;
    c->request->input = llmc__input_new(LLMC__OP_EMBED, count);
    for (size_t i = 0; i < count; i++)
        c->request->input->texts[i] = (llmc__text){texts[i], strlen(texts[i])};
}

static void full(llmc__input *input) {
    input->dimensions = 256;
    input->task = llmc__mem_strdup("query");
    input->truncate = 1;
}

static void sent(const char *provider, const char *model, size_t count, bool all, const char *path, const char *json) {
    adapter_case c;
    begin(&c, provider, model, count);
    if (strcmp(provider, "bedrock") == 0)
        c.target.region = llmc__mem_strdup("us-east-1");
    if (strcmp(provider, "vertex_ai") == 0) {
        c.target.region = llmc__mem_strdup("us-central1");
        c.target.project = llmc__mem_strdup("p");
    }
    if (all) {
        full(c.request->input);
        if (strstr(json, "truncat") == NULL && strstr(json, "Truncat") == NULL)
            c.request->input->truncate = -1;
    }
    adapter_body_is(&c, false, json);
    assert_non_null(strstr(c.http.url.data, path));
    assert_int_equal(strlen(strstr(c.http.url.data, path)), strlen(path));
    adapter_starve_encode(&c);
    llmc__mem_free(c.target.region);
    llmc__mem_free(c.target.project);
    adapter_end(&c);
}

static void each_api_has_its_words(void **state) {
    (void)state;
    sent("openai", "m", 2, false, "/v1/embeddings",
         "{\"model\":\"m\",\"input\":[\"one\",\"two \\\"2\\\"\"],\"encoding_format\":\"base64\"}");
    sent("openai", "m", 1, true, "/v1/embeddings",
         "{\"model\":\"m\",\"input\":[\"one\"],\"encoding_format\":\"base64\",\"dimensions\":256}");
    sent("mistral", "m", 1, true, "/v1/embeddings", "{\"model\":\"m\",\"input\":[\"one\"],\"output_dimension\":256}");
    sent("nvidia_nim", "m", 1, true, "/v1/embeddings",
         "{\"model\":\"m\",\"input\":[\"one\"],\"dimensions\":256,\"input_type\":\"query\",\"truncate\":\"END\"}");
    sent("cohere", "m", 1, false, "/v2/embed",
         "{\"model\":\"m\",\"texts\":[\"one\"],\"input_type\":\"search_document\",\"embedding_types\":[\"float\"]}");
    sent("cohere", "m", 1, true, "/v2/embed",
         "{\"model\":\"m\",\"texts\":[\"one\"],\"input_type\":\"search_query\",\"output_dimension\":256,"
         "\"truncate\":\"END\",\"embedding_types\":[\"float\"]}");
    sent("ollama", "m", 1, true, "/api/embed",
         "{\"model\":\"m\",\"input\":[\"one\"],\"dimensions\":256,\"truncate\":true}");
    sent(
        "gemini", "m", 1, true, "/models/m:embedContent",
        "{\"content\":{\"parts\":[{\"text\":\"one\"}]},\"taskType\":\"RETRIEVAL_QUERY\",\"outputDimensionality\":256}");
    sent("gemini", "m", 2, true, "/models/m:batchEmbedContents",
         "{\"requests\":[{\"model\":\"models/m\",\"content\":{\"parts\":[{\"text\":\"one\"}]},\"taskType\":"
         "\"RETRIEVAL_QUERY\",\"outputDimensionality\":256},{\"model\":\"models/m\",\"content\":{\"parts\":[{\"text\":"
         "\"two \\\"2\\\"\"}]},\"taskType\":\"RETRIEVAL_QUERY\",\"outputDimensionality\":256}]}");
    sent("vertex_ai", "text-embedding-005", 1, true,
         "/projects/p/locations/us-central1/publishers/google/models/text-embedding-005:predict",
         "{\"instances\":[{\"content\":\"one\",\"task_type\":\"RETRIEVAL_QUERY\"}],\"parameters\":{"
         "\"outputDimensionality\":256,\"autoTruncate\":true}}");
    sent("bedrock", "amazon.titan-embed-text-v2:0", 1, true, "/model/amazon.titan-embed-text-v2%3A0/invoke",
         "{\"inputText\":\"one\",\"dimensions\":256}");
    sent("bedrock", "cohere.embed-english-v3", 2, true, "/model/cohere.embed-english-v3/invoke",
         "{\"texts\":[\"one\",\"two \\\"2\\\"\"],\"input_type\":\"search_query\",\"output_dimension\":256,\"truncate\":"
         "\"END\"}");
}

static void extra_members_and_headers_go_along(void **state) {
    adapter_case c;
    (void)state;
    begin(&c, "openai", "m", 1);
    c.request->input->encoding = LLMC__ENCODING_FLOAT;
    c.request->user = llmc__mem_strdup("u");
    c.request->extra_json = llmc__mem_strdup("{\"input\":[1,2],\"x\":true}");
    assert_int_equal(llmc_request_add_header(c.request, "X-Own", "1"), LLMC_OK);
    c.request->has_top_k = true; /* says how a chat goes: left out in silence */
    adapter_body_is(&c, false, "{\"model\":\"m\",\"input\":[1,2],\"user\":\"u\",\"x\":true}");
    assert_true(adapter_has_header(&c, "Authorization: Bearer sk-test"));
    assert_true(adapter_has_header(&c, "X-Own: 1"));
    adapter_end(&c);
}

static void refused(const char *provider, const char *model, size_t count, llmc_status expected, const char *words) {
    adapter_case c;
    llmc_status status;
    begin(&c, provider, model, count);
    c.target.region = llmc__mem_strdup("us-east-1");
    c.request->input->truncate = strstr(words, "truncate") != NULL ? 1 : -1;
    status = adapter_encode(&c, false);
    if (status != expected || strstr(c.error.message, words) == NULL)
        fail_msg("%s: %s: %s", provider, llmc_status_name(status), c.error.message ? c.error.message : "");
    llmc__mem_free(c.target.region);
    adapter_end(&c);
}

static void what_an_api_cannot_is_refused(void **state) {
    adapter_case c;
    (void)state;
    refused("openai", "m", 1, LLMC_ERR_UNSUPPORTED, "truncate: provider \"openai\"");
    refused("mistral", "m", 1, LLMC_ERR_UNSUPPORTED, "truncate");
    refused("gemini", "m", 1, LLMC_ERR_UNSUPPORTED, "truncate");
    refused("bedrock", "amazon.titan-embed-text-v1", 1, LLMC_ERR_UNSUPPORTED, "truncate");
    refused("bedrock", "amazon.titan-embed-text-v1", 2, LLMC_ERR_INVALID_ARGUMENT, "takes one a request");
    refused("bedrock", "meta.llama", 1, LLMC_ERR_UNSUPPORTED, "\"meta.llama\"");
    begin(&c, "openai", "m", 1);
    c.target.drop_unsupported = true;
    c.request->input->truncate = 1;
    adapter_body_is(&c, false, "{\"model\":\"m\",\"input\":[\"one\"],\"encoding_format\":\"base64\"}");
    adapter_end(&c);
}

static void a_text_that_is_not_utf8_is_told(void **state) {
    adapter_case c;
    (void)state;
    begin(&c, "openai", "m", 1);
    c.request->input->texts[0] = (llmc__text){"a\xff", 2};
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_UTF8);
    adapter_end(&c);
}

static void limits_are_those_of_the_rows(void **state) {
    static const struct {
        const char *provider, *model;
        size_t texts, tokens;
    } rows[] = {
        {"openai", "m", 2048, 300000},
        {"mistral", "m", 512, 16000},
        {"gemini", "m", 100, 0},
        {"cohere", "m", 96, 0},
        {"ollama", "m", 256, 0},
        {"bedrock", "amazon.titan-embed-text-v2:0", 1, 0},
        {"bedrock", "cohere.embed-english-v3", 96, 0},
        {"vertex_ai", "text-embedding-005", 250, 20000},
        {"vertex_ai", "gemini-embedding-001", 1, 20000},
        {"nvidia_nim", "m", 50, 0},
        {"groq", "m", 256, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c;
        llmc__op_limits limits;
        adapter_begin(&c, rows[i].provider, rows[i].model);
        c.target.provider->operations[LLMC__OP_EMBED]->limits(&c.target, rows[i].model, &limits);
        assert_int_equal(limits.texts, rows[i].texts);
        assert_int_equal(limits.tokens, rows[i].tokens);
        adapter_end(&c);
    }
}

static void a_server_of_ones_own_is_known_by_its_host(void **state) {
    llmc__target target = {.name = (char *)(uintptr_t) "mine",
                           .base_url = (char *)(uintptr_t) "https://api.voyageai.com/v1",
                           .provider = &llmc__provider_openai};
    llmc__op_limits limits;
    (void)state;
    llmc__provider_openai.operations[LLMC__OP_EMBED]->limits(&target, "m", &limits);
    assert_int_equal(limits.texts, 1000);
    assert_int_equal(limits.tokens, 120000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_api_has_its_words),        cmocka_unit_test(extra_members_and_headers_go_along),
        cmocka_unit_test(what_an_api_cannot_is_refused), cmocka_unit_test(a_text_that_is_not_utf8_is_told),
        cmocka_unit_test(limits_are_those_of_the_rows),  cmocka_unit_test(a_server_of_ones_own_is_known_by_its_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
