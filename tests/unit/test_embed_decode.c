/* Answers with embeddings: good ones of each API, and all that can be wrong with one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/error.h"
#include "provider/provider.h"
#include "provider/answer.h"
#include "support_random.h"

typedef struct decoded {
    llmc__result *result;
    llmc_error error;
    llmc_status status;
} decoded;

static decoded decode(const llmc__provider *adapter, const char *model, size_t count, const char *body, size_t len) {
    static char name[] = "test";
    const llmc__target target = {.name = name, .provider = adapter};
    const llmc__operation *operation = adapter->operations[LLMC__OP_EMBED];
    llmc__input *input = llmc__input_new(LLMC__OP_EMBED, count);
    decoded d = {.result = llmc__result_new(LLMC__OP_EMBED), .status = LLMC_ERR_NO_MEMORY};
    struct llmc__vectors *reader = llmc__answer_reader_new((size_t)1 << 20);
    llmc__error_init(&d.error);
    if (input && reader && d.result) {
        llmc__op_answer answer = {&target, model, input, "", 0, reader};
        d.status = llmc__answer_reader_feed(reader, body, len);
        if (d.status == LLMC_OK)
            d.status = llmc__answer_decode(&answer, d.result, &d.error, operation->read);
    }
    llmc__answer_reader_free(reader);
    llmc__input_unref(input);
    return d;
}

static void release(decoded *d) {
    llmc__result_unref(d->result);
    llmc__error_clear(&d->error);
}

static void good(const llmc__provider *adapter, const char *model, int64_t tokens, const char *body) {
    decoded d = decode(adapter, model, strstr(model, "titan") ? 1 : 2, body, strlen(body));
    if (d.status != LLMC_OK)
        fail_msg("%s: %s: %s", body, llmc_status_name(d.status), d.error.message ? d.error.message : "");
    assert_int_equal(d.result->dimensions, 3);
    for (size_t i = 0; i < d.result->vector_count * 3; i++)
        assert_true(d.result->vectors[i] == (float)i + 0.5F);
    assert_int_equal(d.result->usage.tokens_in, tokens);
    assert_int_equal(d.result->usage.tokens_out, tokens >= 0 ? 0 : -1);
    assert_int_equal(d.result->usage.total, tokens);
    release(&d);
}

#define A "[0.5,1.5,2.5]"
#define B "[3.5,4.5,5.5]"

static void each_api_is_read(void **state) {
    (void)state;
    good(&llmc__provider_openai, "m", 7,
         "{\"model\":\"m\",\"data\":[{\"index\":1,\"embedding\":" B "},{\"embedding\":" A
         ",\"index\":0}],\"usage\":{\"prompt_tokens\":7,\"total_tokens\":9}}");
    good(&llmc__provider_openai, "m", 9,
         "{\"data\":[{\"embedding\":\"AAAAPwAAwD8AACBA\"},{\"embedding\":" B "}],\"usage\":{\"total_tokens\":9}}");
    good(&llmc__provider_mistral, "m", -1, "{\"data\":[{\"embedding\":" A "},{\"embedding\":" B "}]}");
    good(&llmc__provider_gemini, "m", -1, "{\"embeddings\":[{\"values\":" A "},{\"values\":" B "}]}");
    good(&llmc__provider_vertex, "m", 5,
         "{\"predictions\":[{\"embeddings\":{\"values\":" A ",\"statistics\":{\"token_count\":2}}},"
         "{\"embeddings\":{\"statistics\":{\"token_count\":3},\"values\":" B "}}]}");
    good(&llmc__provider_cohere, "m", 4,
         "{\"id\":\"x\",\"embeddings\":{\"float\":[" A "," B "]},\"meta\":{\"billed_units\":{\"input_tokens\":4}}}");
    good(&llmc__provider_cohere, "m", -1, "{\"embeddings\":[" A "," B "]}");
    good(&llmc__provider_cohere, "m", -1, "{\"embeddings\":{\"base64\":[\"AAAAPwAAwD8AACBA\"," B "]}}");
    good(&llmc__provider_ollama, "m", 6, "{\"embeddings\":[" A "," B "],\"prompt_eval_count\":6}");
    good(&llmc__provider_bedrock, "titan", 3, "{\"embedding\":" A ",\"inputTextTokenCount\":3}");
    good(&llmc__provider_bedrock, "titan", -1, "{\"embeddingsByType\":{\"float\":" A "}}");
    good(&llmc__provider_bedrock, "cohere.embed-v3", -1, "{\"embeddings\":[" A "," B "]}");
}

static void one_text_alone(void **state) {
    static const char body[] = "{\"embedding\":{\"values\":" A "}}";
    decoded d = decode(&llmc__provider_gemini, "m", 1, body, sizeof body - 1);
    (void)state;
    assert_int_equal(d.status, LLMC_OK);
    assert_true(d.result->vectors[2] == 2.5F);
    release(&d);
}

static void what_is_wrong_is_told(void **state) {
    static const struct {
        const char *body, *words;
        llmc_status status;
    } cases[] = {
        {"{\"data\":[{\"embedding\":" A "}]}", "item 1 of 2 is missing", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"embedding\":" A "},{\"embedding\":[1,2]}]}", "has 2 dimensions", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"embedding\":" A "},{\"embedding\":" A "},{\"embedding\":" A "}]}", "item 2 where 2",
         LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"index\":0,\"embedding\":" A "},{\"index\":0,\"embedding\":" A "}]}", "there twice",
         LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"index\":-1,\"embedding\":" A "}]}", "item -1 where 2 were sent", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"index\":0.5,\"embedding\":" A "}]}", "no whole number", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"embedding\":[]},{\"embedding\":[]}]}", "item 0 is no vector", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"embedding\":null},{}]}", "item 0 is no vector", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"embedding\":\"not base64!\"},{}]}", "item 0 is no vector", LLMC_ERR_BAD_RESPONSE},
        {"{\"object\":\"list\"}", "there is no vector", LLMC_ERR_BAD_RESPONSE},
        {"[1,2]", "there is no vector", LLMC_ERR_BAD_RESPONSE},
        {"<html>", "no JSON", LLMC_ERR_BAD_RESPONSE},
        {"{\"data\":[{\"embedding\":[0.5,", "broke off", LLMC_ERR_INCOMPLETE},
        {"", "broke off", LLMC_ERR_INCOMPLETE},
        {"{\"error\":{\"message\":\"slow down\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}",
         "slow down", LLMC_ERR_RATE_LIMITED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        decoded d = decode(&llmc__provider_openai, "m", 2, cases[i].body, strlen(cases[i].body));
        if (d.status != cases[i].status || d.error.message == NULL || strstr(d.error.message, cases[i].words) == NULL)
            fail_msg("%s: %s: %s", cases[i].body, llmc_status_name(d.status), d.error.message ? d.error.message : "");
        assert_int_equal(d.error.status, d.status);
        release(&d);
    }
}

static const char vertex_body[] = "{\"predictions\":[{\"embeddings\":{\"values\":" A
                                  ",\"statistics\":{\"token_count\":2}}},{\"embeddings\":{\"values\":" B "}}]}";

static void survives_changed_answers(void **state) {
    char copy[sizeof vertex_body];
    support_random random;
    (void)state;
    support_random_begin(&random, "survives_changed_answers");
    for (uint32_t i = support_random_steps(20000); i > 0; i--) {
        decoded d;
        memcpy(copy, vertex_body, sizeof copy);
        for (uint32_t n = 1 + support_random_below(&random, 3); n > 0; n--)
            copy[support_random_below(&random, sizeof copy - 1)] =
                "[]{},\"\\0-e.5 :"[support_random_below(&random, 15)];
        d = decode(&llmc__provider_vertex, "m", 2, copy, support_random_below(&random, sizeof copy));
        assert_true(d.status == LLMC_OK || d.error.status != LLMC_OK || d.status == LLMC_ERR_BAD_RESPONSE);
        release(&d);
    }
}

static int gate(void *ctx) {
    return (*(int *)ctx)-- != 0;
}

static void survives_want_of_memory(void **state) {
    llmc_status status = LLMC_ERR_NO_MEMORY;
    (void)state;
    for (int fail_at = 0; status != LLMC_OK; fail_at++) {
        int left = fail_at;
        decoded d;
        llmc__mem_set_gate(gate, &left);
        d = decode(&llmc__provider_vertex, "m", 2, vertex_body, sizeof vertex_body - 1);
        llmc__mem_set_gate(NULL, NULL);
        status = d.status;
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        release(&d);
        assert_in_range(fail_at, 0, 1000);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_api_is_read),        cmocka_unit_test(one_text_alone),
        cmocka_unit_test(what_is_wrong_is_told),   cmocka_unit_test(survives_changed_answers),
        cmocka_unit_test(survives_want_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
