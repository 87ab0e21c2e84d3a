/* What the Responses API is sent beyond one text a message: parts, calls, earlier answers as they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/response.h"
#include "provider/provider.h"
#include "wire/json.h"

static char text_name[] = "openai-responses", text_key[] = "sk-test-1234", text_base[] = "https://api.openai.com/v1";

typedef struct fixture {
    llmc__target target;
    llmc_request *request;
    llmc__http_request http;
    llmc_error error;
} fixture;

static int set_up(void **state) {
    static fixture f;
    memset(&f, 0, sizeof f);
    f.target.name = text_name;
    f.target.api_key = text_key;
    f.target.base_url = text_base;
    f.target.provider = &llmc__provider_responses;
    llmc__error_init(&f.error);
    llmc__http_request_init(&f.http, (size_t)1 << 20);
    *state = &f;
    return llmc_request_new("m", &f.request) != LLMC_OK ||
           llmc_request_add_message(f.request, LLMC_ROLE_USER, "Hi") != LLMC_OK;
}

static int tear_down(void **state) {
    fixture *f = *state;
    llmc_request_free(f->request);
    llmc__http_request_free(&f->http);
    llmc__error_clear(&f->error);
    return 0;
}

static llmc_status encode(fixture *f) {
    llmc__http_request_free(&f->http);
    llmc__http_request_init(&f->http, (size_t)1 << 20);
    llmc__error_clear(&f->error);
    return llmc__provider_encode(&f->target, "m", f->request, false, &f->http, &f->error);
}

/* The body is {"model":"m","input":[ and then this. */
static void expect(fixture *f, const char *rest) {
    static const char begin[] = "{\"model\":\"m\",\"input\":[";
    assert_int_equal(encode(f), LLMC_OK);
    assert_memory_equal(f->http.body.data, begin, sizeof begin - 1);
    assert_string_equal(f->http.body.data + sizeof begin - 1, rest);
    assert_true(llmc__json_valid(f->http.body.data, f->http.body.len, NULL));
}

#define TEXT    "{\"type\":\"input_text\",\"text\":\"Hi\"}"
#define HI      "{\"type\":\"message\",\"role\":\"user\",\"content\":[" TEXT "]}"
#define GOOD(x) assert_int_equal(x, LLMC_OK)

static void test_parts_of_a_message(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_image_url(f->request, "https://h/a.png"));
    GOOD(llmc_request_add_image(f->request, "image/png", "foo", 3));
    GOOD(llmc_request_add_file(f->request, "application/pdf", "a.pdf", "foo", 3));
    GOOD(llmc_request_add_file_url(f->request, "https://h/a.pdf"));
    expect(f, "{\"type\":\"message\",\"role\":\"user\",\"content\":[" TEXT
              ",{\"type\":\"input_image\",\"image_url\":\"https://h/a.png\"},"
              "{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,Zm9v\"},"
              "{\"type\":\"input_file\",\"filename\":\"a.pdf\",\"file_data\":\"data:application/pdf;base64,Zm9v\"},"
              "{\"type\":\"input_file\",\"file_url\":\"https://h/a.pdf\"}]}]}");
}

static void test_a_type_it_does_not_take(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_image(f->request, "image/tiff", "foo", 3));
    assert_int_equal(encode(f), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(f->error.message, "image/tiff"));
}

static void test_calls_are_items(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_message(f->request, LLMC_ROLE_ASSISTANT, "wait"));
    GOOD(llmc_request_add_tool_call(f->request, "c1", "f", "{\"a\":1}"));
    GOOD(llmc_request_add_tool_call(f->request, "c2", "g", NULL));
    GOOD(llmc_request_add_tool_result(f->request, "c2", "two", false));
    GOOD(llmc_request_add_tool_result(f->request, "c1", "", true));
    GOOD(llmc_request_add_text(f->request, "Hi"));
    expect(f, HI ",{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":"
                 "\"wait\"}]},{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":"
                 "\"{\\\"a\\\":1}\"},{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"g\",\"arguments\":"
                 "\"{}\"},{\"type\":\"function_call_output\",\"call_id\":\"c2\",\"output\":\"two\"},"
                 "{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"\"}," HI "]}");
}

static void test_tools_are_flat(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_tool(f->request, "f", "d", "{\"type\":\"object\"}"));
    GOOD(llmc_request_set_tool_strict(f->request, true));
    GOOD(llmc_request_add_tool(f->request, "g", NULL, "{}"));
    GOOD(llmc_request_set_tool_choice(f->request, LLMC_TOOL_CHOICE_NAMED, "f"));
    GOOD(llmc_request_set_parallel_tool_calls(f->request, true));
    expect(f, HI "],\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":"
                 "\"object\"},\"strict\":true},{\"type\":\"function\",\"name\":\"g\",\"parameters\":{},\"strict\":"
                 "false}],\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"},\"parallel_tool_calls\":true}");
    GOOD(llmc_request_set_tool_choice(f->request, LLMC_TOOL_CHOICE_REQUIRED, NULL));
    GOOD(encode(f));
    assert_non_null(strstr(f->http.body.data, "\"tool_choice\":\"required\""));
}

static void test_forms_of_the_answer(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_json_mode(f->request, true));
    expect(f, HI "],\"text\":{\"format\":{\"type\":\"json_object\"}}}");
    GOOD(llmc_request_set_json_schema(f->request, "city", "{}", true));
    expect(f, HI "],\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"city\",\"schema\":{},\"strict\":true}}}");
    GOOD(llmc_request_set_extra_json(f->request, "{\"text\":{\"verbosity\":\"low\"}}"));
    expect(f, HI "],\"text\":{\"verbosity\":\"low\"}}");
}

static void test_other_fields(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_logprobs(f->request, 2));
    GOOD(llmc_request_set_reasoning_effort(f->request, LLMC_REASONING_HIGH));
    GOOD(llmc_request_set_service_tier(f->request, "flex"));
    GOOD(llmc_request_add_metadata(f->request, "k", "v"));
    expect(f, HI "],\"top_logprobs\":2,\"reasoning\":{\"effort\":\"high\"},\"include\":[\"message.output_text.logprobs"
                 "\"],\"service_tier\":\"flex\",\"metadata\":{\"k\":\"v\"}}");
}

/* Encrypted reasoning is asked for when the provider keeps none and the model reasons. */
static void test_encrypted_reasoning(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_extra_json(f->request, "{\"store\":false}"));
    expect(f, HI "],\"store\":false}");
    GOOD(llmc_request_set_reasoning_effort(f->request, LLMC_REASONING_LOW));
    expect(f, HI "],\"reasoning\":{\"effort\":\"low\"},\"include\":[\"reasoning.encrypted_content\"],\"store\":false}");
    GOOD(llmc_request_set_extra_json(f->request, "{\"store\":false,\"include\":[]}"));
    expect(f, HI "],\"reasoning\":{\"effort\":\"low\"},\"store\":false,\"include\":[]}");
    GOOD(llmc_request_set_extra_json(f->request, "{\"store\":true}"));
    expect(f, HI "],\"reasoning\":{\"effort\":\"low\"},\"store\":true}");
    GOOD(llmc_request_set_reasoning_effort(f->request, LLMC_REASONING_UNSET));
    GOOD(llmc_request_set_extra_json(f->request, "{\"store\":false,\"reasoning\":{\"summary\":\"auto\"}}"));
    expect(f, HI "],\"include\":[\"reasoning.encrypted_content\"],\"store\":false,\"reasoning\":{\"summary\":\"auto\"}"
                 "}");
}

static void put(llmc_response *response, llmc_event event) {
    event.text_len = event.text != NULL ? strlen(event.text) : 0;
    assert_int_equal(llmc__response_fold(response, &event), LLMC_OK);
}

/* An answer with a call, and with the items of `replay`. */
static void answer(fixture *f, const char *replay) {
    llmc_response *response = llmc__response_new(4000);
    put(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .text = "ok"});
    put(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_START, .tool_id = "c1", .tool_name = "f"});
    put(response, (llmc_event){.kind = LLMC_EVENT_TOOL_CALL_END, .text = "{}"});
    put(response, (llmc_event){.kind = LLMC__EVENT_REPLAY, .text = replay, .origin = text_name});
    GOOD(llmc_request_add_response(f->request, response));
    GOOD(llmc_request_add_tool_result(f->request, "c1", "1", false));
    llmc_response_free(response);
}

#define SEALED "{\"type\":\"reasoning\",\"id\":\"rs\",\"encrypted_content\":\"x\",\"summary\":[]}"
#define OPEN   "{\"type\":\"reasoning\",\"id\":\"rs\",\"encrypted_content\":null,\"summary\":[]}"
#define CALL   "{\"type\":\"function_call\",\"id\":\"fc\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"}"
#define CUSTOM "{\"type\":\"custom_tool_call\",\"call_id\":\"c1\",\"name\":\"f\",\"input\":\"x\"}"
#define OUTPUT "{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"1\"}"
#define PLAIN                                                                                                          \
    "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"ok\"}]},"          \
    "{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"}"

static void test_an_answer_goes_back_as_it_came(void **state) {
    fixture *f = *state;
    answer(f, OPEN "," CALL);
    expect(f, HI "," OPEN "," CALL "," OUTPUT "]}");
}

static void test_reasoning_that_is_not_stored(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_extra_json(f->request, "{\"store\":false}"));
    answer(f, OPEN "," CALL);
    expect(f, HI "," PLAIN "," OUTPUT "],\"store\":false}");
    llmc_request_clear_messages(f->request);
    GOOD(llmc_request_add_message(f->request, LLMC_ROLE_USER, "Hi"));
    answer(f, SEALED "," CALL);
    expect(f, HI "," SEALED "," CALL "," OUTPUT "],\"include\":[\"reasoning.encrypted_content\"],\"store\":false}");
}

static void test_an_answer_of_another_provider(void **state) {
    static char other[] = "other";
    fixture *f = *state;
    answer(f, SEALED "," CALL);
    f->target.name = other;
    expect(f, HI "," PLAIN "," OUTPUT "]}");
}

static void test_results_of_custom_tools(void **state) {
    fixture *f = *state;
    answer(f, CUSTOM);
    expect(f, HI "," CUSTOM ",{\"type\":\"custom_tool_call_output\",\"call_id\":\"c1\",\"output\":\"1\"}]}");
    /* Of that call only, not of one whose text has the word. */
    answer(f, "{\"type\":\"reasoning\",\"summary\":[\"custom_tool_call\"]}," CALL);
    GOOD(encode(f));
    assert_non_null(strstr(f->http.body.data, CALL));
}

static void test_fields_it_lacks(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_n(f->request, 2));
    assert_int_equal(encode(f), LLMC_ERR_UNSUPPORTED);
    assert_ptr_equal(strstr(f->error.message, "n:"), f->error.message);
    f->target.drop_unsupported = true;
    expect(f, HI "]}");
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static void test_no_memory_at_any_point(void **state) {
    fixture *f = *state;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    GOOD(llmc_request_set_extra_json(f->request, "{\"store\":false}"));
    answer(f, SEALED "," CUSTOM);
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 300);
        llmc__http_request_free(&f->http);
        llmc__http_request_init(&f->http, 10000);
        llmc__error_clear(&f->error);
        llmc__mem_set_gate(count_down, &left);
        status = llmc__provider_encode(&f->target, "m", f->request, false, &f->http, &f->error);
        llmc__mem_set_gate(NULL, NULL);
        if (status != LLMC_OK)
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
    assert_non_null(strstr(f->http.body.data, SEALED "," CUSTOM));
    assert_non_null(strstr(f->http.body.data, "custom_tool_call_output"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_parts_of_a_message),
        TEST(test_a_type_it_does_not_take),
        TEST(test_calls_are_items),
        TEST(test_tools_are_flat),
        TEST(test_forms_of_the_answer),
        TEST(test_other_fields),
        TEST(test_encrypted_reasoning),
        TEST(test_an_answer_goes_back_as_it_came),
        TEST(test_reasoning_that_is_not_stored),
        TEST(test_an_answer_of_another_provider),
        TEST(test_results_of_custom_tools),
        TEST(test_fields_it_lacks),
        TEST(test_no_memory_at_any_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
