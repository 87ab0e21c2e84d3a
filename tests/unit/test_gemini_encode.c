#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_google.h"

#define HI   "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]"
#define BASE "https://generativelanguage.googleapis.com/v1beta"

static int set_up(void **state) {
    static google_case one;
    google_begin(&one, "gemini");
    *state = &one;
    return 0;
}

static int tear_down(void **state) {
    google_end(*state);
    return 0;
}

#define OK(call) assert_int_equal(call, LLMC_OK)

/* ---- address and headers ---- */

static void test_address(void **state) {
    static const struct {
        const char *model, *path;
    } rows[] = {
        {"gemini-2.5-pro", "/models/gemini-2.5-pro"}, {"models/gemini-2.5-pro", "/models/gemini-2.5-pro"},
        {"tunedModels/x-1", "/tunedModels/x-1"},      {"a b/../c?d#e", "/models/a%20b%2F..%2Fc%3Fd%23e"},
        {"\xc3\xa9:x", "/models/%C3%A9%3Ax"},
    };
    google_case *one = *state;
    char expected[200];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OK(google_encode(one, rows[i].model, false));
        (void)snprintf(expected, sizeof expected, BASE "%s:generateContent", rows[i].path);
        assert_string_equal(llmc__buf_str(&one->http.url), expected);
        OK(google_encode(one, rows[i].model, true));
        (void)snprintf(expected, sizeof expected, BASE "%s:streamGenerateContent?alt=sse", rows[i].path);
        assert_string_equal(llmc__buf_str(&one->http.url), expected);
        assert_true(one->http.stream);
    }
}

static void test_key_stands_in_a_header(void **state) {
    google_case *one = *state;
    OK(google_encode(one, "m", true));
    assert_string_equal(google_header(one, "x-goog-api-key"), "k-1234");
    assert_null(google_header(one, "Authorization"));
    assert_string_equal(google_header(one, "Accept"), "text/event-stream");
    assert_null(strstr(llmc__buf_str(&one->http.url), "k-1234"));
    one->target.api_key = NULL;
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_MISSING_KEY);
    assert_non_null(strstr(one->error.message, "GEMINI_API_KEY"));
}

static int give_token(const char *provider, char *token, size_t capacity, void *user_data) {
    assert_string_equal(provider, "google");
    (void)snprintf(token, capacity, "%s", (const char *)user_data);
    return user_data == NULL;
}

static void test_token_of_oauth(void **state) {
    google_case *one = *state;
    char token[] = "ya29.a";
    one->target.token = give_token;
    one->target.token_user_data = token;
    OK(google_encode(one, "m", false));
    assert_string_equal(google_header(one, "Authorization"), "Bearer ya29.a");
    assert_null(google_header(one, "x-goog-api-key"));
}

/* ---- messages ---- */

static void test_roles(void **state) {
    google_case *one = *state;
    google_request_empty(one);
    OK(llmc_request_add_message(one->request, LLMC_ROLE_SYSTEM, "be brief"));
    OK(llmc_request_add_message(one->request, LLMC_ROLE_USER, "a\"\n"));
    OK(llmc_request_add_message(one->request, LLMC_ROLE_ASSISTANT, "b"));
    OK(llmc_request_add_message(one->request, LLMC_ROLE_ASSISTANT, ""));
    OK(llmc_request_add_message(one->request, LLMC_ROLE_DEVELOPER, "be kind"));
    OK(llmc_request_add_message(one->request, LLMC_ROLE_USER, "c"));
    google_expect(one, "{\"systemInstruction\":{\"parts\":[{\"text\":\"be brief\"},{\"text\":\"be kind\"}]},"
                       "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"a\\\"\\n\"}]},"
                       "{\"role\":\"model\",\"parts\":[{\"text\":\"b\"}]},"
                       "{\"role\":\"user\",\"parts\":[{\"text\":\"c\"}]}]}");
}

static void test_nothing_to_say(void **state) {
    google_case *one = *state;
    google_request_empty(one);
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_INVALID_ARGUMENT);
    OK(llmc_request_add_message(one->request, LLMC_ROLE_SYSTEM, "be brief"));
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_INVALID_ARGUMENT);
    OK(llmc_request_set_extra_json(one->request, "{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}]}"));
    google_expect(one, "{\"systemInstruction\":{\"parts\":[{\"text\":\"be brief\"}]},"
                       "\"contents\":[{\"parts\":[{\"text\":\"x\"}]}]}");
}

static void test_images_and_files(void **state) {
    google_case *one = *state;
    OK(llmc_request_add_image(one->request, "image/png", "\x89P", 2));
    OK(llmc_request_add_file(one->request, "application/pdf", "a.pdf", "%PDF", 4));
    OK(llmc_request_add_image_url(one->request, "https://h/a.JPG?x=1"));
    OK(llmc_request_add_image_url(one->request, "data:image/webp;base64,AAAA"));
    OK(llmc_request_add_file_url(one->request, "https://h/v1/files/abc"));
    google_expect(one, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"},"
                       "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"iVA=\"}},"
                       "{\"inlineData\":{\"mimeType\":\"application/pdf\",\"data\":\"JVBERg==\"}},"
                       "{\"fileData\":{\"mimeType\":\"image/jpeg\",\"fileUri\":\"https://h/a.JPG?x=1\"}},"
                       "{\"inlineData\":{\"mimeType\":\"image/webp\",\"data\":\"AAAA\"}},"
                       "{\"fileData\":{\"fileUri\":\"https://h/v1/files/abc\"}}]}]}");
}

static void test_image_of_a_type_not_taken(void **state) {
    google_case *one = *state;
    OK(llmc_request_add_image(one->request, "image/bmp", "BM", 2));
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(one->error.message, "image/bmp"));
    assert_non_null(strstr(one->error.message, "\"google\""));
}

/* ---- tools ---- */

#define TOOLS                                                                                                          \
    "\"tools\":[{\"functionDeclarations\":[{\"name\":\"add\",\"description\":\"adds\",\"parametersJsonSchema\":"       \
    "{\"type\":\"object\",\"additionalProperties\":false}},{\"name\":\"now\","

static void test_tools_and_choices(void **state) {
    static const struct {
        llmc_tool_choice choice;
        const char *name, *config;
    } rows[] = {
        {LLMC_TOOL_CHOICE_AUTO, NULL, "{\"mode\":\"AUTO\"}"},
        {LLMC_TOOL_CHOICE_NONE, NULL, "{\"mode\":\"NONE\"}"},
        {LLMC_TOOL_CHOICE_REQUIRED, NULL, "{\"mode\":\"ANY\"}"},
        {LLMC_TOOL_CHOICE_NAMED, "add", "{\"mode\":\"ANY\",\"allowedFunctionNames\":[\"add\"]}"},
    };
    google_case *one = *state;
    char expected[600];
    OK(llmc_request_set_tool_choice(one->request, LLMC_TOOL_CHOICE_REQUIRED, NULL));
    google_expect(one, HI "}"); /* a choice among nothing */
    OK(llmc_request_add_tool(one->request, "add", "adds", "{\"type\":\"object\",\"additionalProperties\":false}"));
    OK(llmc_request_add_tool(one->request, "now", NULL, "{\"type\":\"object\"}"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OK(llmc_request_set_tool_choice(one->request, rows[i].choice, rows[i].name));
        (void)snprintf(expected, sizeof expected,
                       "%s," TOOLS "\"parametersJsonSchema\":{\"type\":\"object\"}}]}],"
                       "\"toolConfig\":{\"functionCallingConfig\":%s}}",
                       HI, rows[i].config);
        google_expect(one, expected);
    }
}

/* Ids that our decoder made up are its own business; a model from Gemini 3 on wants a call to be signed. */
static void test_calls_and_results(void **state) {
    google_case *one = *state;
    char expected[1200];
    static const char results[] =
        ",{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"name\":\"add\",\"response\":{\"result\":\"40 C\"}}},"
        "{\"functionResponse\":{\"id\":\"toolu_1\",\"name\":\"now\",\"response\":{\"t\": 1}}}]}]}";
    OK(llmc_request_add_tool_call(one->request, "call_0", "add", "{\"a\":1}"));
    OK(llmc_request_add_tool_call(one->request, "toolu_1", "now", NULL));
    OK(llmc_request_add_tool_result(one->request, "call_0", "40 C", false));
    OK(llmc_request_add_tool_result(one->request, "toolu_1", "{\"t\": 1}", false));
    static const char head[] = "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]},"
                               "{\"role\":\"model\",\"parts\":[{";
    static const char calls[] = "\"functionCall\":{\"name\":\"add\",\"args\":{\"a\":1}}},"
                                "{\"functionCall\":{\"id\":\"toolu_1\",\"name\":\"now\",\"args\":{}}}]}";
    (void)snprintf(expected, sizeof expected, "%s%s%s", head, calls, results);
    google_expect_of(one, "gemini-2.5-pro", expected);
    (void)snprintf(expected, sizeof expected, "%s%s%s%s", head,
                   "\"thoughtSignature\":\"skip_thought_signature_validator\",", calls, results);
    google_expect_of(one, "gemini-3-pro-preview", expected);
}

static void test_results_that_failed(void **state) {
    google_case *one = *state;
    OK(llmc_request_add_tool_call(one->request, "c1", "add", NULL));
    OK(llmc_request_add_tool_result(one->request, "c1", "no \"luck\"", true));
    OK(google_encode(one, "m", false));
    assert_non_null(strstr(llmc__buf_str(&one->http.body), "\"response\":{\"error\":\"no \\\"luck\\\"\"}"));
    google_request(one);
    OK(llmc_request_add_tool_call(one->request, "c1", "add", NULL));
    OK(llmc_request_add_tool_result(one->request, "c1", "{\"why\":[]}", true));
    OK(google_encode(one, "m", false));
    assert_non_null(strstr(llmc__buf_str(&one->http.body), "\"response\":{\"error\":{\"why\":[]}}"));
    google_request(one);
    OK(llmc_request_add_tool_call(one->request, "c1", "add", NULL));
    OK(llmc_request_add_tool_result(one->request, "c1", "[1]", false));
    OK(google_encode(one, "m", false));
    assert_non_null(strstr(llmc__buf_str(&one->http.body), "\"response\":{\"result\":\"[1]\"}"));
}

/* A request may be made by hand, without the builder that fills in the tool's name. */
static void test_result_without_a_name(void **state) {
    google_case *one = *state;
    OK(llmc_request_add_tool_call(one->request, "c1", "add", NULL));
    OK(llmc_request_add_tool_result(one->request, "c1", "x", false));
    llmc__part *result = &one->request->messages[2].parts[0];
    llmc__mem_free(result->name);
    result->name = NULL;
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(one->error.message, "c1"));
}

/* ---- sending an answer back ---- */

static void test_signed_answer_goes_back_as_it_came(void **state) {
    google_case *one = *state;
    static const char parts[] = "{\"text\":\"why\",\"thought\":true},{\"text\":\"I call\"},"
                                "{\"functionCall\":{\"name\":\"add\",\"args\":{\"b\":2,\"a\":1}},"
                                "\"thoughtSignature\":\"EpID+/=\"},{\"functionCall\":{\"name\":\"now\",\"args\":{}}}";
    char body[600], expected[900];
    (void)snprintf(body, sizeof body,
                   "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[%s]},"
                   "\"finishReason\":\"STOP\"}]}",
                   parts);
    llmc_response *response = google_response(&llmc__provider_gemini, body);
    OK(llmc_request_add_response(one->request, response));
    OK(llmc_request_add_tool_result(one->request, "call_0", "3", false));
    (void)snprintf(expected, sizeof expected,
                   "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]},{\"role\":\"model\",\"parts\":[%s]"
                   "},{\"role\":\"user\",\"parts\":[{\"functionResponse\":"
                   "{\"name\":\"add\",\"response\":{\"result\":\"3\"}}}]}]}",
                   parts);
    google_expect_of(one, "gemini-3-pro", expected);
    llmc_response_free(response);
}

/* Without a signature the answer is written of its text and calls, and the signature of another's stands in. */
static void test_unsigned_answer(void **state) {
    google_case *one = *state;
    llmc_response *response = google_response(
        &llmc__provider_gemini, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"why\",\"thought\":true},"
                                "{\"text\":\"a\"},{\"text\":\"b\"}]},\"finishReason\":\"STOP\"}]}");
    OK(llmc_request_add_response(one->request, response));
    google_expect_of(one, "gemini-3-pro",
                     "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]},"
                     "{\"role\":\"model\",\"parts\":[{\"text\":\"ab\"}]}]}");
    llmc_response_free(response);
}

/* ---- generationConfig ---- */

static void test_every_number(void **state) {
    google_case *one = *state;
    OK(llmc_request_set_temperature(one->request, 0.25));
    OK(llmc_request_set_top_p(one->request, 0.5));
    OK(llmc_request_set_top_k(one->request, 40));
    OK(llmc_request_set_max_tokens(one->request, 100));
    OK(llmc_request_set_n(one->request, 2));
    OK(llmc_request_set_seed(one->request, -7));
    OK(llmc_request_set_frequency_penalty(one->request, 1.5));
    OK(llmc_request_set_presence_penalty(one->request, -1.5));
    OK(llmc_request_add_stop(one->request, "\n\n"));
    OK(llmc_request_add_stop(one->request, "END"));
    OK(llmc_request_set_logprobs(one->request, 3));
    google_expect(one, HI ",\"generationConfig\":{\"temperature\":0.25,\"topP\":0.5,\"topK\":40,"
                          "\"frequencyPenalty\":1.5,\"presencePenalty\":-1.5,\"seed\":-7,\"maxOutputTokens\":100,"
                          "\"stopSequences\":[\"\\n\\n\",\"END\"],\"candidateCount\":2,"
                          "\"responseLogprobs\":true,\"logprobs\":3}}");
    google_request(one);
    OK(llmc_request_set_logprobs(one->request, 0));
    google_expect(one, HI ",\"generationConfig\":{\"responseLogprobs\":true}}");
}

static void test_format(void **state) {
    google_case *one = *state;
    OK(llmc_request_set_json_mode(one->request, true));
    google_expect(one, HI ",\"generationConfig\":{\"responseMimeType\":\"application/json\"}}");
    OK(llmc_request_set_json_schema(one->request, "s", "{\"type\":\"object\", \"$defs\":{}}", true));
    google_expect(one, HI ",\"generationConfig\":{\"responseMimeType\":\"application/json\","
                          "\"responseJsonSchema\":{\"type\":\"object\", \"$defs\":{}}}}");
}

static void expect_thinking(google_case *one, const char *model, const char *config) {
    char expected[300];
    (void)snprintf(expected, sizeof expected, HI ",\"generationConfig\":{\"thinkingConfig\":%s}}", config);
    google_expect_of(one, model, expected);
}

static void test_thinking(void **state) {
    static const struct {
        const char *model;
        llmc_reasoning_effort effort;
        const char *config;
    } rows[] = {
        {"gemini-2.5-pro", LLMC_REASONING_NONE, "{\"thinkingBudget\":0}"},
        {"gemini-2.5-pro", LLMC_REASONING_MINIMAL, "{\"thinkingBudget\":1024,\"includeThoughts\":true}"},
        {"models/gemini-2.5-flash", LLMC_REASONING_LOW, "{\"thinkingBudget\":1024,\"includeThoughts\":true}"},
        {"gemini-2.5-pro", LLMC_REASONING_MEDIUM, "{\"thinkingBudget\":8192,\"includeThoughts\":true}"},
        {"gemma-4", LLMC_REASONING_HIGH, "{\"thinkingBudget\":24576,\"includeThoughts\":true}"},
        {"gemini-3-flash", LLMC_REASONING_NONE, "{\"thinkingBudget\":0}"},
        {"gemini-3-flash", LLMC_REASONING_MINIMAL, "{\"thinkingLevel\":\"minimal\",\"includeThoughts\":true}"},
        {"gemini-3.1-pro-preview", LLMC_REASONING_LOW, "{\"thinkingLevel\":\"low\",\"includeThoughts\":true}"},
        {"models/gemini-4-x", LLMC_REASONING_MEDIUM, "{\"thinkingLevel\":\"medium\",\"includeThoughts\":true}"},
        {"publishers/google/models/gemini-3-pro", LLMC_REASONING_LOW,
         "{\"thinkingLevel\":\"low\",\"includeThoughts\":true}"},
        {"gemini-flash-latest", LLMC_REASONING_HIGH, "{\"thinkingLevel\":\"high\",\"includeThoughts\":true}"},
        {"gemini-pro-latest", LLMC_REASONING_HIGH, "{\"thinkingLevel\":\"high\",\"includeThoughts\":true}"},
        {"gemini-10-pro", LLMC_REASONING_HIGH, "{\"thinkingLevel\":\"high\",\"includeThoughts\":true}"},
    };
    google_case *one = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        OK(llmc_request_set_reasoning_effort(one->request, rows[i].effort));
        expect_thinking(one, rows[i].model, rows[i].config);
    }
    OK(llmc_request_set_reasoning_budget(one->request, 512)); /* says more than the word beside it */
    expect_thinking(one, "gemini-2.5-pro", "{\"thinkingBudget\":512,\"includeThoughts\":true}");
    expect_thinking(one, "gemini-3-pro", "{\"thinkingBudget\":512,\"includeThoughts\":true}");
    OK(llmc_request_set_reasoning_budget(one->request, 0));
    expect_thinking(one, "gemini-2.5-flash", "{\"thinkingBudget\":0}");
}

/* ---- what is not taken, and what the caller writes himself ---- */

static void test_fields_not_taken(void **state) {
    google_case *one = *state;
    OK(llmc_request_set_user(one->request, "u"));
    OK(llmc_request_set_parallel_tool_calls(one->request, false));
    OK(llmc_request_add_metadata(one->request, "a", "b"));
    assert_int_equal(google_encode(one, "m", false), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(one->error.message, "user"));
    one->target.drop_unsupported = true;
    google_expect(one, HI "}");
    OK(llmc_request_set_service_tier(one->request, "flex"));
    google_expect(one, HI ",\"serviceTier\":\"flex\"}");
}

static void test_extra_json_counts(void **state) {
    google_case *one = *state;
    OK(llmc_request_set_temperature(one->request, 1));
    OK(llmc_request_add_tool(one->request, "now", NULL, "{}"));
    OK(llmc_request_set_tool_choice(one->request, LLMC_TOOL_CHOICE_AUTO, NULL));
    OK(llmc_request_set_extra_json(one->request, "{\"generationConfig\":{\"topK\":1},\"tools\":[{\"googleSearch\":{}}],"
                                                 "\"safetySettings\":[]}"));
    google_expect(one, HI ",\"toolConfig\":{\"functionCallingConfig\":{\"mode\":\"AUTO\"}},"
                          "\"generationConfig\":{\"topK\":1},\"tools\":[{\"googleSearch\":{}}],"
                          "\"safetySettings\":[]}");
}

/* Each allocation fails once: an error, no leak, no crash. */
static int gate(void *ctx) {
    int *left = ctx;
    return (*left)-- != 0;
}

static void test_no_memory(void **state) {
    google_case *one = *state;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    OK(llmc_request_set_extra_json(one->request, "{\"safetySettings\":[]}"));
    OK(llmc_request_add_tool(one->request, "now", NULL, "{}"));
    for (int k = 0; status != LLMC_OK; k++) {
        int left = k;
        llmc__http_request_free(&one->http);
        llmc__http_request_init(&one->http, (size_t)1 << 20);
        llmc__error_clear(&one->error);
        llmc__mem_set_gate(gate, &left);
        status = llmc__provider_encode(&one->target, "m", one->request, true, &one->http, &one->error);
        llmc__mem_set_gate(NULL, NULL);
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        assert_true(k < 1000);
    }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_address),
        TEST(test_key_stands_in_a_header),
        TEST(test_token_of_oauth),
        TEST(test_roles),
        TEST(test_nothing_to_say),
        TEST(test_images_and_files),
        TEST(test_image_of_a_type_not_taken),
        TEST(test_tools_and_choices),
        TEST(test_calls_and_results),
        TEST(test_results_that_failed),
        TEST(test_result_without_a_name),
        TEST(test_signed_answer_goes_back_as_it_came),
        TEST(test_unsigned_answer),
        TEST(test_every_number),
        TEST(test_format),
        TEST(test_thinking),
        TEST(test_fields_not_taken),
        TEST(test_extra_json_counts),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
