/* What answers tell of sound, of billed counts and of their own cost, as each API says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "model/response.h"
#include "provider/provider.h"

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static llmc__usage decode(const llmc__provider *adapter, const char *body) {
    static const llmc__target target = {.name = "test"};
    llmc_response *response = llmc__response_new(1 << 20);
    llmc__decoder *decoder = adapter->decoder_new(&target, 1 << 20);
    llmc__usage usage;
    llmc_error error;
    llmc__error_init(&error);
    if (adapter->decode_body(decoder, body, strlen(body), fold, response, &error) != LLMC_OK)
        fail_msg("%s: %s", body, error.message);
    usage = response->usage;
    adapter->decoder_free(decoder);
    llmc__error_clear(&error);
    llmc__response_unref(response);
    return usage;
}

#define CHAT(usage)                                                                                                    \
    "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"x\"},\"finish_reason\":"       \
    "\"stop\"}],\"usage\":" usage "}"

static void test_openai(void **state) {
    llmc__usage usage =
        decode(&llmc__provider_openai,
               CHAT("{\"prompt_tokens\":100,\"completion_tokens\":50,\"total_tokens\":150,\"prompt_tokens_details\":{"
                    "\"cached_tokens\":40,\"audio_tokens\":30,\"cached_tokens_details\":{\"text_tokens\":30,\"audio_"
                    "tokens\":10}},"
                    "\"completion_tokens_details\":{\"reasoning_tokens\":5,\"audio_tokens\":20}}"));
    llmc_usage split;
    (void)state;
    assert_int_equal(usage.audio_in, 30);
    assert_int_equal(usage.audio_cached, 10);
    assert_int_equal(usage.audio_out, 20);
    llmc__usage_split(&usage, &split);
    assert_int_equal(split.input, 40);
    assert_int_equal(split.cache_read, 30);
    assert_int_equal(split.input_audio, 20);
    assert_int_equal(split.cache_read_audio, 10);
    assert_int_equal(split.output, 25);
    assert_int_equal(split.reasoning, 5);
    assert_int_equal(split.output_audio, 20);
}

static void test_gemini(void **state) {
    llmc__usage usage = decode(
        &llmc__provider_gemini,
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"STOP\"}],\"usageMetadata\":{"
        "\"promptTokenCount\":100,\"candidatesTokenCount\":7,\"totalTokenCount\":107,\"cachedContentTokenCount\":60,"
        "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":70},{\"modality\":\"AUDIO\",\"tokenCount\":30}]"
        ","
        "\"cacheTokensDetails\":[{\"modality\":\"AUDIO\",\"tokenCount\":12},{\"modality\":\"TEXT\",\"tokenCount\":48}],"
        "\"candidatesTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":7},7,{\"tokenCount\":3}]}}");
    (void)state;
    assert_int_equal(usage.audio_in, 30);
    assert_int_equal(usage.audio_cached, 12);
    assert_int_equal(usage.audio_out, -1);
}

static void test_cohere(void **state) {
    llmc__usage usage = decode(
        &llmc__provider_cohere,
        "{\"id\":\"c\",\"finish_reason\":\"COMPLETE\",\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":"
        "\"text\",\"text\":\"x\"}]},\"usage\":{\"billed_units\":{\"input_tokens\":10,\"output_tokens\":20},"
        "\"tokens\":{\"input_tokens\":505,\"output_tokens\":22},\"cached_tokens\":448}}");
    (void)state;
    assert_int_equal(usage.tokens_in, 505);
    assert_int_equal(usage.tokens_out, 22);
    assert_int_equal(usage.cached, 448);
    assert_int_equal(usage.billed_in, 10);
    assert_int_equal(usage.billed_out, 20);
}

/* A number, or an object with a sum; all else is no cost. */
static void test_the_providers_cost(void **state) {
    static const struct {
        const char *cost;
        double usd;
    } rows[] = {
        {"0.00056752", 0.00056752},
        {"0", 0},
        {"9.5e-6", 9.5e-6},
        {"{\"input_tokens_cost\":0.1,\"request_cost\":0.005,\"total_cost\":0.0051}", 0.0051},
        {"{\"diem\":0,\"usd\":1}", -1},
        {"-1", -1},
        {"\"0.1\"", -1},
        {"null", -1},
        {"1e300", -1},
        {"[1]", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[512];
        llmc__usage usage;
        (void)snprintf(body, sizeof body, CHAT("{\"prompt_tokens\":1,\"completion_tokens\":1,\"cost\":%s}"),
                       rows[i].cost);
        usage = decode(&llmc__provider_openai, body);
        if (usage.cost_usd < rows[i].usd || usage.cost_usd > rows[i].usd)
            fail_msg("%s: is %g", rows[i].cost, usage.cost_usd);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openai),
        cmocka_unit_test(test_gemini),
        cmocka_unit_test(test_cohere),
        cmocka_unit_test(test_the_providers_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
