/* Rerank: what each provider is sent, and what is made of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "provider/rerank.h"
#include "support_adapter.h"
#include "support_op.h"

static llmc__input *documents(size_t count, int64_t top_n) {
    static const llmc__text texts[] = {{"one", 3}, {"two \"2\"", 7}, {"gr\xc3\xbc\xc3\x9f", 6}};
    llmc__input *input = llmc__input_new(LLMC__OP_RERANK, count);
    assert_non_null(input);
    for (size_t i = 0; i < count; i++)
        input->texts[i] = texts[i % 3];
    input->query = llmc__mem_strdup("which?");
    input->top_n = top_n;
    return input;
}

/* A ranking of three documents, or as many as are named. */
static adapter_case begin(const char *provider, const char *model, size_t count, int64_t top_n) {
    adapter_case c;
    adapter_begin(&c, provider, model);
    c.request->op = LLMC__OP_RERANK;
    c.request->input = documents(count, top_n);
    return c;
}

static void set_url(adapter_case *c, const char *base_url) {
    llmc__mem_free(c->target.base_url);
    c->target.base_url = llmc__mem_strdup(base_url);
}

#define DOCUMENTS "\"query\":\"which?\",\"documents\":[\"one\",\"two \\\"2\\\"\",\"gr\xc3\xbc\xc3\x9f\"]"

static void test_bodies(void **state) {
    static const struct {
        const char *provider, *base_url, *url, *body;
    } rows[] = {
        {"cohere", NULL, "https://api.cohere.com/v2/rerank", "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2}"},
        {"together_ai", NULL, "https://api.together.xyz/v1/rerank",
         "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2,\"return_documents\":false}"},
        {"fireworks_ai", NULL, "https://api.fireworks.ai/inference/v1/rerank",
         "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2,\"return_documents\":false}"},
        {"openrouter", NULL, "https://openrouter.ai/api/v1/rerank", "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2}"},
        {"hosted_vllm", NULL, "http://localhost:8000/v1/rerank", "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2}"},
        {"voyage", NULL, "https://api.voyageai.com/v1/rerank", "{\"model\":\"m\"," DOCUMENTS ",\"top_k\":2}"},
        {"jina_ai", NULL, "https://api.jina.ai/v1/rerank",
         "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2,\"return_documents\":false}"},
        {"llamacpp", "https://api.voyageai.com/v1", "https://api.voyageai.com/v1/rerank",
         "{\"model\":\"m\"," DOCUMENTS ",\"top_k\":2}"},
        {"llamacpp", "https://api.jina.ai/v1", "https://api.jina.ai/v1/rerank",
         "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2,\"return_documents\":false}"},
        {"azure_ai", "https://res.services.ai.azure.com",
         "https://res.services.ai.azure.com/providers/cohere/v2/rerank", "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2}"},
        {"azure_ai", "https://res.services.ai.azure.com/models",
         "https://res.services.ai.azure.com/providers/cohere/v2/rerank", "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2}"},
        {"azure_ai", "https://m.eastus.models.ai.azure.com", "https://m.eastus.models.ai.azure.com/v1/rerank",
         "{\"model\":\"m\"," DOCUMENTS ",\"top_n\":2}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin(rows[i].provider, "m", 3, 2);
        if (rows[i].base_url != NULL)
            set_url(&c, rows[i].base_url);
        adapter_body_is(&c, false, rows[i].body);
        assert_string_equal(c.http.url.data, rows[i].url);
        assert_null(c.http.method);
        adapter_end(&c);
    }
}

static void test_bedrock(void **state) {
    static const struct {
        const char *model, *url, *body;
    } rows[] = {
        {"cohere.rerank-v3-5:0", "http://127.0.0.1:9/model/cohere.rerank-v3-5%3A0/invoke",
         "{" DOCUMENTS ",\"top_n\":2,\"api_version\":2}"},
        {"invoke/amazon.rerank-v1:0", "http://127.0.0.1:9/model/amazon.rerank-v1%3A0/invoke",
         "{" DOCUMENTS ",\"top_n\":2}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        adapter_case c = begin("bedrock", rows[i].model, 3, 2);
        set_url(&c, "http://127.0.0.1:9");
        adapter_body_is(&c, false, rows[i].body);
        assert_string_equal(c.http.url.data, rows[i].url);
        adapter_end(&c);
    }
    adapter_case c = begin("bedrock", "amazon.nova-lite-v1:0", 3, 2);
    assert_int_equal(adapter_encode(&c, false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(c.error.message, "amazon.nova-lite-v1:0"));
    adapter_end(&c);
}

static void test_all_and_extra(void **state) {
    adapter_case c = begin("cohere", "m", 3, 0);
    (void)state;
    adapter_body_is(&c, false, "{\"model\":\"m\"," DOCUMENTS "}");
    assert_int_equal(llmc_request_set_extra_json(c.request, "{\"max_tokens_per_doc\":512,\"query\":\"other\"}"),
                     LLMC_OK);
    adapter_body_is(&c, false,
                    "{\"model\":\"m\",\"documents\":[\"one\",\"two \\\"2\\\"\",\"gr\xc3\xbc\xc3\x9f\"],"
                    "\"max_tokens_per_doc\":512,\"query\":\"other\"}");
    /* How a chat goes does not concern a ranking. */
    assert_int_equal(llmc_request_set_temperature(c.request, 0.5), LLMC_OK);
    assert_int_equal(adapter_encode(&c, false), LLMC_OK);
    assert_null(strstr(c.http.body.data, "temperature"));
    adapter_starve_encode(&c);
    adapter_end(&c);
}

static void test_limits(void **state) {
    static const struct {
        const char *provider, *base_url;
        size_t most;
    } rows[] = {{"cohere", NULL, 10000}, {"llamacpp", "https://api.voyageai.com/v1", 1000}, {"hosted_vllm", NULL, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t most = rows[i].most > 0 ? rows[i].most : 20000;
        llmc__op_limits limits = {9, 9, 9};
        char figures[32];
        adapter_case c = begin(rows[i].provider, "m", most, 1);
        if (rows[i].base_url != NULL)
            set_url(&c, rows[i].base_url);
        assert_int_equal(adapter_encode(&c, false), LLMC_OK);
        c.target.provider->operations[LLMC__OP_RERANK]->limits(&c.target, "m", &limits);
        assert_int_equal(limits.texts, rows[i].most);
        llmc__input_unref(c.request->input);
        c.request->input = documents(most + 1, 1);
        if (rows[i].most == 0) {
            assert_int_equal(adapter_encode(&c, false), LLMC_OK);
        } else {
            assert_int_equal(adapter_encode(&c, false), LLMC_ERR_INVALID_ARGUMENT);
            snprintf(figures, sizeof figures, "%zu", most);
            assert_non_null(strstr(c.error.message, figures));
            assert_non_null(strstr(c.error.message, "documents"));
        }
        adapter_end(&c);
    }
}

/* Which of the built-in providers rank; a vendor without is told by name. */
static void test_who_ranks(void **state) {
    static const char *const rank[] = {"voyage",      "jina_ai",      "cohere",     "azure_ai",    "bedrock",
                                       "together_ai", "fireworks_ai", "openrouter", "hosted_vllm", "llamacpp"};
    const llmc__provider_row *row;
    (void)state;
    for (size_t i = 0; (row = llmc__provider_row_at(i)) != NULL; i++) {
        adapter_case c;
        bool expected = false;
        for (size_t k = 0; k < sizeof rank / sizeof rank[0]; k++)
            expected = expected || strcmp(rank[k], row->name) == 0;
        adapter_begin(&c, row->name, "m");
        if (llmc__provider_serves(&c.target, LLMC__OP_RERANK) != expected)
            fail_msg("%s", row->name);
        if (!expected && llmc__provider_operation(&c.target, LLMC__OP_RERANK, &c.error) == NULL) {
            assert_int_equal(c.error.status, LLMC_ERR_UNSUPPORTED);
            assert_non_null(strstr(c.error.message, "rerank"));
            assert_non_null(strstr(c.error.message, row->name));
        }
        adapter_end(&c);
    }
}

/* ---- answers ---- */

#define SOLE(body) &llmc__rerank_cohere, LLMC__OP_RERANK, input, body

static void assert_ranks(const op_answer *a, const size_t *indexes, const double *scores, size_t count) {
    assert_int_equal(a->status, LLMC_OK);
    assert_int_equal(a->result->rank_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a->result->ranks[i].index, indexes[i]);
        assert_true(a->result->ranks[i].score == scores[i]);
    }
}

static void test_cohere_answer(void **state) {
    /* As https://docs.cohere.com/reference/rerank shows it. */
    static const char body[] =
        "{\"results\":[{\"index\":2,\"relevance_score\":0.999071},{\"index\":1,\"relevance_score\":0.32713068}],"
        "\"id\":\"07734bd2-2473-4f07-94e1-0d9f0e6843cf\",\"meta\":{\"api_version\":{\"version\":\"2\","
        "\"is_experimental\":false},\"billed_units\":{\"search_units\":1}}}";
    llmc__input *input = documents(3, 2);
    op_answer a = op_decode(SOLE(body));
    (void)state;
    assert_ranks(&a, (size_t[]){2, 1}, (double[]){0.999071, 0.32713068}, 2);
    assert_int_equal(a.result->count, 1);
    assert_int_equal(a.result->usage.tokens_in, -1);
    assert_string_equal(a.result->id, "07734bd2-2473-4f07-94e1-0d9f0e6843cf");
    op_end(&a);
    llmc__input_unref(input);
}

static void test_answers_of_others(void **state) {
    static const struct {
        const char *body;
        int64_t tokens, units;
        const char *model;
    } rows[] = {
        {"{\"object\":\"list\",\"data\":[{\"relevance_score\":0.5,\"index\":0},{\"relevance_score\":0.25,\"index\":2}],"
         "\"model\":\"rerank-2.5\",\"usage\":{\"total_tokens\":26}}",
         26, -1, "rerank-2.5"},
        {"{\"model\":\"jina-reranker-v2\",\"usage\":{\"total_tokens\":815},\"results\":[{\"index\":0,\"document\":{"
         "\"text\":\"one\"},\"relevance_score\":0.5},{\"index\":2,\"relevance_score\":0.25}]}",
         815, -1, "jina-reranker-v2"},
        {"{\"object\":\"rerank\",\"id\":\"9dfa\",\"model\":\"Salesforce/Llama-Rank-v1\",\"results\":[{\"index\":0,"
         "\"document\":{},\"relevance_score\":0.5},{\"index\":2,\"document\":{},\"relevance_score\":0.25}],\"usage\":{"
         "\"prompt_tokens\":1837,\"completion_tokens\":0,\"total_tokens\":1838}}",
         1837, -1, "Salesforce/Llama-Rank-v1"},
        {"{\"results\":[{\"index\":2,\"relevance_score\":0.25},{\"index\":0,\"relevance_score\":5e-1}],\"usage\":{"
         "\"search_units\":3}}",
         -1, 3, NULL},
        {"[{\"index\":2,\"score\":0.25},{\"index\":0,\"score\":0.5}]", -1, -1, NULL},
        {"{\"results\":[{\"index\":2.0,\"relevance_score\":0.25},{\"index\":0,\"relevance_score\":0.5}],\"meta\":{"
         "\"tokens\":{\"input_tokens\":7},\"billed_units\":{\"search_units\":\"1\"}}}",
         7, -1, NULL},
    };
    llmc__input *input = documents(3, 0);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        op_answer a = op_decode(SOLE(rows[i].body));
        assert_ranks(&a, (size_t[]){0, 2}, (double[]){0.5, 0.25}, 2);
        assert_int_equal(a.result->usage.tokens_in, rows[i].tokens);
        assert_int_equal(a.result->usage.total, rows[i].tokens);
        assert_int_equal(a.result->count, rows[i].units);
        if (rows[i].model != NULL)
            assert_string_equal(a.result->model, rows[i].model);
        op_end(&a);
    }
    llmc__input_unref(input);
}

/* Equal scores keep the order of the documents; what was not asked for is left out. */
static void test_order(void **state) {
    static const char body[] = "{\"results\":[{\"index\":2,\"relevance_score\":0.5},{\"index\":1,\"relevance_score\":"
                               "-0.5},{\"index\":0,\"relevance_score\":0.5}]}";
    llmc__input *input = documents(3, 0);
    op_answer a = op_decode(SOLE(body));
    (void)state;
    assert_ranks(&a, (size_t[]){0, 2, 1}, (double[]){0.5, 0.5, -0.5}, 3);
    op_end(&a);
    input->top_n = 2;
    a = op_decode(SOLE(body));
    assert_ranks(&a, (size_t[]){0, 2}, (double[]){0.5, 0.5}, 2);
    op_end(&a);
    llmc__input_unref(input);
}

#define ITEM(index) "{\"index\":" index ",\"relevance_score\":0.5}"

static void test_bad_answers(void **state) {
    static const struct {
        const char *body;
        llmc_status status;
        const char *word;
    } rows[] = {
        {"", LLMC_ERR_INCOMPLETE, "broke off"},
        {"{\"results\":[" ITEM("0"), LLMC_ERR_INCOMPLETE, "broke off"},
        {"<html>", LLMC_ERR_BAD_RESPONSE, "no JSON"},
        {"null", LLMC_ERR_BAD_RESPONSE, "no list"},
        {"{}", LLMC_ERR_BAD_RESPONSE, "no list"},
        {"{\"results\":7}", LLMC_ERR_BAD_RESPONSE, "no list"},
        {"{\"results\":[]}", LLMC_ERR_BAD_RESPONSE, "no document"},
        {"{\"results\":[7]}", LLMC_ERR_BAD_RESPONSE, "no index"},
        {"{\"results\":[{\"relevance_score\":0.5}]}", LLMC_ERR_BAD_RESPONSE, "no index"},
        {"{\"results\":[{\"index\":\"0\",\"relevance_score\":0.5}]}", LLMC_ERR_BAD_RESPONSE, "no index"},
        {"{\"results\":[" ITEM("0.5") "]}", LLMC_ERR_BAD_RESPONSE, "no index"},
        {"{\"results\":[" ITEM("3") "]}", LLMC_ERR_BAD_RESPONSE, "document 3"},
        {"{\"results\":[" ITEM("-1") "]}", LLMC_ERR_BAD_RESPONSE, "document -1"},
        {"{\"results\":[" ITEM("9223372036854775807") "]}", LLMC_ERR_BAD_RESPONSE, "document"},
        {"{\"results\":[" ITEM("1") "," ITEM("1") "]}", LLMC_ERR_BAD_RESPONSE, "twice"},
        {"{\"results\":[" ITEM("0") "," ITEM("1") "," ITEM("2") "," ITEM("0") "]}", LLMC_ERR_BAD_RESPONSE, "4 doc"},
        {"{\"results\":[{\"index\":0}]}", LLMC_ERR_BAD_RESPONSE, "no score"},
        {"{\"results\":[{\"index\":0,\"relevance_score\":null,\"score\":1}]}", LLMC_ERR_BAD_RESPONSE, "no score"},
        {"{\"results\":[{\"index\":0,\"relevance_score\":\"0.5\"}]}", LLMC_ERR_BAD_RESPONSE, "no score"},
        {"{\"results\":[{\"index\":0,\"relevance_score\":1e999}]}", LLMC_ERR_BAD_RESPONSE, "no score"},
        {"{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\"}}", LLMC_ERR_RATE_LIMITED, "slow down"},
    };
    llmc__input *input = documents(3, 0);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        op_refuses(SOLE(rows[i].body), rows[i].status, rows[i].word);
    llmc__input_unref(input);
}

static void test_hostile(void **state) {
    static const char body[] = "{\"id\":\"x\",\"model\":\"y\",\"results\":[" ITEM("2") "," ITEM("0") "," ITEM(
        "1") "],\"usage\":{\"total_tokens\":7}}";
    llmc__input *input = documents(3, 2);
    (void)state;
    op_starve(SOLE(body));
    op_mutate(SOLE(body), 20000);
    llmc__input_unref(input);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_bedrock),
        cmocka_unit_test(test_all_and_extra),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_who_ranks),
        cmocka_unit_test(test_cohere_answer),
        cmocka_unit_test(test_answers_of_others),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
