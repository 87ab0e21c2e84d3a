/* What chat completions are sent beyond one text a message: parts, tools, forms of the answer. */
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

static char text_name[] = "test", text_key[] = "sk-test-1234";
static char text_openai[] = "https://api.openai.com/v1", text_local[] = "http://127.0.0.1:8080/v1";

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
    f.target.base_url = text_local;
    f.target.provider = &llmc__provider_openai;
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
    size_t max = f->http.body.max;
    llmc__http_request_free(&f->http);
    llmc__http_request_init(&f->http, max);
    llmc__error_clear(&f->error);
    return llmc__provider_encode(&f->target, "m", f->request, false, &f->http, &f->error);
}

/* The body is {"model":"m","messages":[ and then this. */
static void expect(fixture *f, const char *rest) {
    static const char begin[] = "{\"model\":\"m\",\"messages\":[";
    assert_int_equal(encode(f), LLMC_OK);
    assert_memory_equal(f->http.body.data, begin, sizeof begin - 1);
    assert_string_equal(f->http.body.data + sizeof begin - 1, rest);
    assert_true(llmc__json_valid(f->http.body.data, f->http.body.len, NULL));
}

#define HI      "{\"role\":\"user\",\"content\":\"Hi\"}"
#define GOOD(x) assert_int_equal(x, LLMC_OK)

static void test_parts_of_a_message(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_image_url(f->request, "https://h/a.png"));
    GOOD(llmc_request_add_image(f->request, "image/png", "foo", 3));
    GOOD(llmc_request_add_file(f->request, "application/pdf", "a \"b\".pdf", "foo", 3));
    GOOD(llmc_request_add_file(f->request, "application/pdf", NULL, "foo", 3));
    GOOD(llmc_request_add_text(f->request, "and?"));
    expect(f, "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"},"
              "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/a.png\"}},"
              "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,Zm9v\"}},"
              "{\"type\":\"file\",\"file\":{\"filename\":\"a \\\"b\\\".pdf\",\"file_data\":"
              "\"data:application/pdf;base64,Zm9v\"}},"
              "{\"type\":\"file\",\"file\":{\"filename\":\"document.pdf\",\"file_data\":"
              "\"data:application/pdf;base64,Zm9v\"}},"
              "{\"type\":\"text\",\"text\":\"and?\"}]}]}");
}

static void test_sound(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_file(f->request, "audio/wav", NULL, "foo", 3));
    GOOD(llmc_request_add_file(f->request, "audio/mpeg", NULL, "foo", 3));
    expect(f, "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"},"
              "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"Zm9v\",\"format\":\"wav\"}},"
              "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"Zm9v\",\"format\":\"mp3\"}}]}]}");
}

static void test_types_openai_does_not_take(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_image(f->request, "image/bmp", "foo", 3));
    expect(f, "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"},{\"type\":\"image_url\","
              "\"image_url\":{\"url\":\"data:image/bmp;base64,Zm9v\"}}]}]}");
    f->target.base_url = text_openai;
    assert_int_equal(encode(f), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(f->error.message, "image/bmp"));
    assert_non_null(strstr(f->error.message, "\"test\""));
    llmc_request_clear_messages(f->request);
    GOOD(llmc_request_add_message(f->request, LLMC_ROLE_USER, "Hi"));
    GOOD(llmc_request_add_file(f->request, "text/csv", "a.csv", "foo", 3));
    assert_int_equal(encode(f), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(f->error.message, "text/csv"));
    f->target.base_url = text_local;
    GOOD(encode(f));
    assert_non_null(strstr(f->http.body.data, "data:text/csv;base64,Zm9v"));
}

static void test_file_urls_are_refused(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_file_url(f->request, "https://h/a.pdf"));
    assert_int_equal(encode(f), LLMC_ERR_UNSUPPORTED);
    assert_ptr_equal(strstr(f->error.message, "file_url:"), f->error.message);
    f->target.drop_unsupported = true;
    expect(f, HI "]}");
}

static void test_a_message_that_is_left_out_whole(void **state) {
    fixture *f = *state;
    static const llmc__provider_row row = {.name = "test", .lacks = LLMC__FIELD_TOOLS | LLMC__FIELD_IMAGE};
    f->target.row = &row;
    f->target.drop_unsupported = true;
    GOOD(llmc_request_add_image(f->request, "image/png", "foo", 3));
    GOOD(llmc_request_add_tool_call(f->request, "c", "f", NULL));
    GOOD(llmc_request_add_tool_result(f->request, "c", "1", false));
    GOOD(llmc_request_add_text(f->request, "well?"));
    GOOD(llmc_request_add_tool(f->request, "f", NULL, NULL));
    expect(f, HI ",{\"role\":\"user\",\"content\":\"well?\"}]}");
}

static void test_tool_turns(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_message(f->request, LLMC_ROLE_ASSISTANT, "wait"));
    GOOD(llmc_request_add_tool_call(f->request, "c1", "f", "{\"a\": \"b\"}"));
    GOOD(llmc_request_add_tool_call(f->request, "c2", "g", NULL));
    GOOD(llmc_request_add_tool_result(f->request, "c1", "one", false));
    GOOD(llmc_request_add_tool_result(f->request, "c2", "no", true));
    GOOD(llmc_request_add_text(f->request, "go on"));
    GOOD(llmc_request_add_tool_call(f->request, "c3", "f", NULL));
    GOOD(llmc_request_add_tool_result(f->request, "c3", "", false));
    expect(f, HI ",{\"role\":\"assistant\",\"content\":\"wait\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\","
                 "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": \\\"b\\\"}\"}},{\"id\":\"c2\",\"type\":"
                 "\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},"
                 "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"one\"},"
                 "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"no\"},"
                 "{\"role\":\"user\",\"content\":\"go on\"},"
                 "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c3\",\"type\":\"function\","
                 "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
                 "{\"role\":\"tool\",\"tool_call_id\":\"c3\",\"content\":\"\"}]}");
}

static void test_texts_of_a_system_prompt(void **state) {
    fixture *f = *state;
    llmc_request_clear_messages(f->request);
    GOOD(llmc_request_add_message(f->request, LLMC_ROLE_SYSTEM, "a"));
    GOOD(llmc_request_add_text(f->request, "b"));
    GOOD(llmc_request_mark_cache(f->request)); /* a hint that has no place here */
    expect(f,
           "{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}"
           "]}");
}

/* A vendor without images reads one string only. */
static void test_texts_are_joined_for_some(void **state) {
    static const llmc__provider_row row = {.name = "test", .lacks = LLMC__FIELD_IMAGE | LLMC__FIELD_IMAGE_URL};
    fixture *f = *state;
    f->target.row = &row;
    f->target.drop_unsupported = true;
    GOOD(llmc_request_add_image(f->request, "image/png", "foo", 3));
    GOOD(llmc_request_add_text(f->request, " \"there\""));
    expect(f, "{\"role\":\"user\",\"content\":\"Hi \\\"there\\\"\"}]}");
}

static void test_tools(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_tool(f->request, "f", "does \"f\"", "{\"type\":\"object\",\"x\":1.50}"));
    GOOD(llmc_request_set_tool_strict(f->request, true));
    GOOD(llmc_request_add_tool(f->request, "g", NULL, NULL));
    GOOD(llmc_request_set_parallel_tool_calls(f->request, false));
    expect(f, HI "],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"does \\\"f\\\"\","
                 "\"parameters\":{\"type\":\"object\",\"x\":1.50},\"strict\":true}},{\"type\":\"function\","
                 "\"function\":{\"name\":\"g\",\"parameters\":{\"type\":\"object\",\"properties\":{}}}}],"
                 "\"parallel_tool_calls\":false}");
}

static void test_tool_choice(void **state) {
    static const struct {
        llmc_tool_choice choice;
        const char *name, *rest;
    } rows[] = {
        {LLMC_TOOL_CHOICE_AUTO, NULL, HI "],\"tool_choice\":\"auto\"}"},
        {LLMC_TOOL_CHOICE_NONE, NULL, HI "],\"tool_choice\":\"none\"}"},
        {LLMC_TOOL_CHOICE_REQUIRED, NULL, HI "],\"tool_choice\":\"required\"}"},
        {LLMC_TOOL_CHOICE_NAMED, "f", HI "],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}}"},
        {LLMC_TOOL_CHOICE_UNSET, NULL, HI "]}"},
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        GOOD(llmc_request_set_tool_choice(f->request, rows[i].choice, rows[i].name));
        expect(f, rows[i].rest);
    }
}

static void test_forms_of_the_answer(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_json_mode(f->request, true));
    expect(f, HI "],\"response_format\":{\"type\":\"json_object\"}}");
    GOOD(llmc_request_set_json_schema(f->request, "city", "{\"type\":\"object\"}", true));
    expect(f, HI "],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"city\",\"schema\":"
                 "{\"type\":\"object\"},\"strict\":true}}}");
    GOOD(llmc_request_set_json_schema(f->request, "city", "{}", false));
    expect(f, HI "],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"city\",\"schema\":{}}}}");
}

static void test_other_fields(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_top_k(f->request, 40));
    GOOD(llmc_request_set_n(f->request, 2));
    GOOD(llmc_request_set_logprobs(f->request, 3));
    GOOD(llmc_request_set_reasoning_effort(f->request, LLMC_REASONING_MINIMAL));
    GOOD(llmc_request_set_user(f->request, "u"));
    GOOD(llmc_request_set_service_tier(f->request, "flex"));
    GOOD(llmc_request_add_metadata(f->request, "k", "v"));
    GOOD(llmc_request_add_metadata(f->request, "l", ""));
    expect(f, HI "],\"top_k\":40,\"n\":2,\"logprobs\":true,\"top_logprobs\":3,\"reasoning_effort\":\"minimal\","
                 "\"user\":\"u\",\"service_tier\":\"flex\",\"metadata\":{\"k\":\"v\",\"l\":\"\"}}");
    GOOD(llmc_request_set_logprobs(f->request, 0));
    GOOD(encode(f));
    assert_non_null(strstr(f->http.body.data, "\"logprobs\":true,\"reasoning"));
}

static void test_efforts(void **state) {
    static const char *const words[] = {"none", "minimal", "low", "medium", "high"};
    fixture *f = *state;
    for (int i = 0; i < 5; i++) {
        GOOD(llmc_request_set_reasoning_effort(f->request, (llmc_reasoning_effort)(LLMC_REASONING_NONE + i)));
        GOOD(encode(f));
        assert_non_null(strstr(f->http.body.data, words[i]));
    }
}

static void test_extra_json_replaces(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_add_tool(f->request, "f", NULL, NULL));
    GOOD(llmc_request_set_tool_choice(f->request, LLMC_TOOL_CHOICE_AUTO, NULL));
    GOOD(llmc_request_set_json_mode(f->request, true));
    GOOD(llmc_request_add_metadata(f->request, "k", "v"));
    GOOD(llmc_request_set_extra_json(
        f->request, "{\"tools\":[],\"tool_choice\":1,\"response_format\":2,\"metadata\":3,\"store\":false}"));
    expect(f, HI "],\"tools\":[],\"tool_choice\":1,\"response_format\":2,\"metadata\":3,\"store\":false}");
}

static void test_budget_is_refused(void **state) {
    fixture *f = *state;
    GOOD(llmc_request_set_reasoning_budget(f->request, 1024));
    assert_int_equal(encode(f), LLMC_ERR_UNSUPPORTED);
    assert_ptr_equal(strstr(f->error.message, "reasoning_budget:"), f->error.message);
    f->target.drop_unsupported = true;
    expect(f, HI "]}");
}

static void test_limits_of_rows(void **state) {
    static const llmc__provider_row old = {.name = "test", .quirks = LLMC__QUIRK_MAX_TOKENS_OLD};
    static const llmc__provider_row new = {.name = "test", .quirks = LLMC__QUIRK_MAX_TOKENS_NEW};
    fixture *f = *state;
    GOOD(llmc_request_set_max_tokens(f->request, 5));
    expect(f, HI "],\"max_tokens\":5}");
    f->target.row = &new;
    expect(f, HI "],\"max_completion_tokens\":5}");
    f->target.row = &old;
    f->target.base_url = text_openai;
    expect(f, HI "],\"max_tokens\":5}");
}

static void put(llmc_response *response, llmc_event event) {
    event.text_len = event.text != NULL ? strlen(event.text) : 0;
    assert_int_equal(llmc__response_fold(response, &event), LLMC_OK);
}

/* What a vendor wants back goes to that vendor only. */
static void test_replay(void **state) {
    static char other[] = "other";
    fixture *f = *state;
    llmc_response *response = llmc__response_new(1000);
    put(response, (llmc_event){.kind = LLMC_EVENT_TEXT, .text = "ok"});
    put(response,
        (llmc_event){.kind = LLMC__EVENT_REPLAY, .text = "{\"reasoning_details\":[{\"a\":1}]}", .origin = "test"});
    GOOD(llmc_request_add_response(f->request, response));
    llmc_response_free(response);
    expect(f, HI ",{\"role\":\"assistant\",\"content\":\"ok\",\"reasoning_details\":[{\"a\":1}]}]}");
    f->target.name = other;
    expect(f, HI ",{\"role\":\"assistant\",\"content\":\"ok\"}]}");
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

static void test_no_memory_at_any_point(void **state) {
    fixture *f = *state;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    GOOD(llmc_request_add_image(f->request, "image/png", "0123456789", 10));
    GOOD(llmc_request_add_tool(f->request, "f", NULL, NULL));
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 100);
        llmc__http_request_free(&f->http);
        llmc__http_request_init(&f->http, 10000);
        llmc__error_clear(&f->error);
        llmc__mem_set_gate(count_down, &left);
        status = llmc__provider_encode(&f->target, "m", f->request, false, &f->http, &f->error);
        llmc__mem_set_gate(NULL, NULL);
        if (status != LLMC_OK)
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_parts_of_a_message),
        TEST(test_sound),
        TEST(test_types_openai_does_not_take),
        TEST(test_file_urls_are_refused),
        TEST(test_a_message_that_is_left_out_whole),
        TEST(test_tool_turns),
        TEST(test_texts_of_a_system_prompt),
        TEST(test_texts_are_joined_for_some),
        TEST(test_tools),
        TEST(test_tool_choice),
        TEST(test_forms_of_the_answer),
        TEST(test_other_fields),
        TEST(test_efforts),
        TEST(test_extra_json_replaces),
        TEST(test_budget_is_refused),
        TEST(test_limits_of_rows),
        TEST(test_replay),
        TEST(test_no_memory_at_any_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
