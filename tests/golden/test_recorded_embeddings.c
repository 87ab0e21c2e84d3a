/* Every recorded answer with embeddings: each value is the float that strtof makes of its text, or of its bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "model/error.h"
#include "provider/provider.h"
#include "provider/answer.h"
#include "support_wire.h"

#define MAX_BYTES ((size_t)16 << 20)

/* The providers of the recordings by the adapters that speak for them. */
static const struct {
    const char *provider, *adapter;
} speakers[] = {
    {"openai", "openai"},      {"openai-compat", "openai"}, {"openrouter", "openai"}, {"llamacpp", "openai"},
    {"azure-openai", "azure"}, {"mistral", "mistral"},      {"gemini", "gemini"},     {"vertex", "vertex"},
    {"ollama", "ollama"},      {"cohere", "cohere"},        {"bedrock", "bedrock"},
};

static const llmc__provider *adapter_of(const wire_case *one) {
    for (size_t i = 0; i < sizeof speakers / sizeof speakers[0]; i++)
        if (strcmp(speakers[i].provider, one->provider) == 0)
            return llmc__provider_adapter(speakers[i].adapter);
    return NULL;
}

static bool is_embedding(const wire_case *one) {
    return one->http_status == 200 && strstr(one->api, "embed") != NULL;
}

static llmc__result *decode(const llmc__provider *adapter, const char *body, size_t len, size_t count, size_t piece) {
    static char name[] = "test";
    const llmc__target target = {.name = name, .provider = adapter};
    const llmc__operation *operation = adapter->operations[LLMC__OP_EMBED];
    llmc__input *input = llmc__input_new(LLMC__OP_EMBED, count);
    llmc__op_answer answer = {&target, "titan-embed-text", input, "", 0, llmc__answer_reader_new(MAX_BYTES)};
    llmc__result *result = llmc__result_new(LLMC__OP_EMBED);
    llmc_error error;
    llmc_status status = LLMC_OK;
    llmc__error_init(&error);
    for (size_t at = 0; at < len && status == LLMC_OK; at += piece) {
        size_t part = len - at < piece ? len - at : piece;
        char *copy = malloc(part);
        memcpy(copy, body + at, part);
        status = llmc__answer_reader_feed(answer.reader, copy, part);
        free(copy);
    }
    if (status == LLMC_OK)
        status = llmc__answer_decode(&answer, result, &error, operation->read);
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), error.message ? error.message : "");
    llmc__answer_reader_free(answer.reader);
    llmc__input_unref(input);
    llmc__error_clear(&error);
    return result;
}

/* Arrays of so many numbers in the text, one behind the other. */
static size_t read_text(const char *body, size_t dimensions, float *out) {
    size_t vectors = 0;
    for (const char *p = strchr(body, '['); p != NULL; p = strchr(p + 1, '[')) {
        const char *at = p + 1;
        size_t count = 0;
        char *end = NULL;
        for (; count < dimensions; count++, at = end + strspn(end, " \t\r\n,")) {
            float value = strtof(at, &end);
            if (end == at)
                break;
            out[vectors * dimensions + count] = value;
        }
        vectors += count == dimensions && *at == ']';
    }
    return vectors;
}

static float float_of(const llmc__json *value) {
    double number = 0;
    assert_true(llmc__json_double(value, &number));
    return (float)number;
}

static void check_tokens(const llmc__json_doc *doc, const llmc__json *expect, const llmc__result *result) {
    int64_t tokens = -1;
    const llmc__json *told = llmc__json_get(expect, "input_tokens");
    if (told != NULL && llmc__json_int64(doc, told, &tokens))
        assert_int_equal(result->usage.tokens_in, tokens);
    const char *model = llmc__json_string(doc, llmc__json_get(expect, "model"), NULL);
    if (model != NULL && result->model != NULL)
        assert_string_equal(result->model, model);
}

static void check_case(const wire_case *one) {
    const llmc__provider *adapter = adapter_of(one);
    size_t len = 0, expect_len = 0;
    char *body = wire_read(one->body_path, &len), *text = wire_read(one->expect_path, &expect_len);
    llmc__json_doc *doc = NULL;
    int64_t count = 0, dimensions = 0;
    if (adapter == NULL || body == NULL || text == NULL)
        fail_msg("%s: nobody decodes it", one->name);
    assert_int_equal(llmc__json_parse(text, expect_len, &doc, NULL), LLMC_OK);
    const llmc__json *expect = llmc__json_get(llmc__json_root(doc), "embeddings");
    assert_true(llmc__json_int64(doc, llmc__json_get(expect, "count"), &count));
    assert_true(llmc__json_int64(doc, llmc__json_get(expect, "dimensions"), &dimensions));
    bool base64 = strcmp(llmc__json_string(doc, llmc__json_get(expect, "encoding"), NULL), "base64") == 0;
    float *values = calloc((size_t)count + 8, (size_t)dimensions * sizeof *values);
    if (!base64)
        assert_int_equal(read_text(body, (size_t)dimensions, values), count);
    for (size_t piece = 1; piece <= len * 2; piece = piece * 3 + 1) {
        llmc__result *result = decode(adapter, body, len, (size_t)count, piece);
        assert_int_equal(result->vector_count, count);
        assert_int_equal(result->dimensions, dimensions);
        for (size_t i = 0; i < (size_t)count; i++) {
            const float *vector = result->vectors + i * (size_t)dimensions;
            assert_true(vector[0] == float_of(llmc__json_at(llmc__json_get(expect, "first"), i)));
            assert_true(vector[dimensions - 1] == float_of(llmc__json_at(llmc__json_get(expect, "last"), i)));
            if (!base64)
                assert_memory_equal(vector, values + i * (size_t)dimensions, (size_t)dimensions * sizeof *vector);
        }
        check_tokens(doc, expect, result);
        llmc__result_unref(result);
    }
    free(values);
    llmc__json_free(doc);
    free(body);
    free(text);
}

static void recorded_answers_decode_to_their_values(void **state) {
    size_t count = 0, found = 0;
    (void)state;
    if (wire_dir() == NULL) {
        print_message("no recorded answers here (LLMC_WIRE_DIR or ../shared/wire)\n");
        skip();
    }
    wire_case *cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++) {
        if (!is_embedding(&cases[i]))
            continue;
        check_case(&cases[i]);
        found++;
    }
    free(cases);
    print_message("%zu recorded answers with embeddings\n", found);
    assert_true(found >= 12);
}

/* Runs everywhere. */
static void hand_written_ones_too(void **state) {
    static const char openai[] = "{\"data\":[{\"index\":1,\"embedding\":[1,2]},{\"index\":0,\"embedding\":[3,4]}]}";
    static const char titan[] = "{\"embedding\":[0.5,0.25],\"inputTextTokenCount\":3}";
    llmc__result *result = decode(&llmc__provider_openai, openai, sizeof openai - 1, 2, 5);
    (void)state;
    assert_true(result->vectors[0] == 3 && result->vectors[1] == 4 && result->vectors[2] == 1);
    llmc__result_unref(result);
    result = decode(&llmc__provider_bedrock, titan, sizeof titan - 1, 1, 7);
    assert_true(result->vectors[0] == 0.5F && result->vectors[1] == 0.25F);
    assert_int_equal(result->usage.tokens_in, 3);
    llmc__result_unref(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_written_ones_too),
        cmocka_unit_test(recorded_answers_decode_to_their_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
