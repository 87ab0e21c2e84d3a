/* What is sent to the Responses API, against recorded requests and some by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "model/response.h"
#include "support_said.h"

#define MAX_BYTES ((size_t)16 << 20)

static size_t by_setters, by_extra; /* inputs that went through either */

/* ---- items ---- */

static bool is_type(const llmc__json *item, const char *type) {
    return said_is(said_text(item, "type"), type);
}

/* Of the model: what an answer brought. */
static bool is_output(const llmc__json *item) {
    return is_type(item, "reasoning") || is_type(item, "function_call") ||
           said_is(said_text(item, "role"), "assistant");
}

static bool can_say_part(const llmc__json *part, bool first) {
    const char *url = said_text(part, "image_url");
    if (is_type(part, "input_text") || is_type(part, "output_text"))
        return llmc__json_first(llmc__json_get(part, "annotations")) == NULL;
    return is_type(part, "input_image") && !first && url != NULL && url[0] != '<' &&
           llmc__json_get(part, "detail") == NULL;
}

static bool can_say_item(const llmc__json *item) {
    const llmc__json *content = llmc__json_get(item, "content");
    if (is_type(item, "function_call_output"))
        return said_text(item, "output") != NULL;
    if (is_type(item, "function_call") || is_type(item, "reasoning"))
        return true;
    if (said_text(item, "role") == NULL)
        return false;
    for (const llmc__json *part = llmc__json_first(content); part != NULL; part = llmc__json_next(part))
        if (!can_say_part(part, part == llmc__json_first(content)))
            return false;
    return content != NULL;
}

static void say_message(const llmc__json *item) {
    const llmc__json *content = llmc__json_get(item, "content");
    llmc_role role = said_role(said_text(item, "role"));
    const char *text = llmc__json_string(said_doc, content, NULL);
    if (text != NULL)
        said_ok(llmc_request_add_message(said_request, role, text));
    for (const llmc__json *part = llmc__json_first(content); part != NULL; part = llmc__json_next(part)) {
        if (said_text(part, "text") == NULL)
            assert_true(said_image(said_text(part, "image_url")));
        else if (part == llmc__json_first(content))
            said_ok(llmc_request_add_message(said_request, role, said_text(part, "text")));
        else
            said_ok(llmc_request_add_text(said_request, said_text(part, "text")));
    }
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* An answer with these items, up to `end`, is decoded and added: with reasoning they go back as they came. */
static void say_answer(const llmc__json *from, const llmc__json *end) {
    static char name[] = "openai", other[] = "other";
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__target target = {.name = name, .provider = &llmc__provider_responses};
    llmc__buf body;
    llmc_error error;
    llmc__error_init(&error);
    llmc__buf_init(&body, MAX_BYTES);
    said_ok(llmc__buf_append_str(&body, "{\"id\":\"r\",\"model\":\"m\",\"status\":\"completed\",\"output\":["));
    for (const llmc__json *item = from; item != end; item = llmc__json_next(item)) {
        llmc__buf text = said_print(item);
        said_ok(llmc__buf_appendf(&body, "%s", item != from ? "," : ""));
        said_ok(llmc__buf_append(&body, text.data, text.len));
        llmc__buf_free(&text);
    }
    said_ok(llmc__buf_append_str(&body, "]}"));
    target.name = said_at_openai ? name : other;
    llmc__decoder *decoder = llmc__provider_responses.decoder_new(&target, MAX_BYTES);
    said_ok(llmc__provider_responses.decode_body(decoder, body.data, body.len, fold, response, &error));
    said_ok(llmc_request_add_response(said_request, response));
    llmc__provider_responses.decoder_free(decoder);
    llmc__response_unref(response);
    llmc__buf_free(&body);
}

static void say_item(const llmc__json *item) {
    if (is_type(item, "function_call"))
        said_ok(llmc_request_add_tool_call(said_request, said_text(item, "call_id"), said_text(item, "name"),
                                           said_text(item, "arguments")));
    else if (is_type(item, "function_call_output"))
        said_ok(
            llmc_request_add_tool_result(said_request, said_text(item, "call_id"), said_text(item, "output"), false));
    else
        say_message(item);
}

/* The end of the run of items the model said that begins here; NULL: it goes to the last. */
static const llmc__json *end_of_answer(const llmc__json *item, bool *reasons) {
    for (*reasons = false; item != NULL && is_output(item); item = llmc__json_next(item))
        *reasons = *reasons || is_type(item, "reasoning");
    return item;
}

static bool say_input(const llmc__json *input) {
    const char *text = llmc__json_string(said_doc, input, NULL);
    if (text != NULL) {
        said_ok(llmc_request_add_message(said_request, LLMC_ROLE_USER, text));
        return true;
    }
    for (const llmc__json *item = llmc__json_first(input); item != NULL; item = llmc__json_next(item))
        if (!can_say_item(item)) {
            by_extra++;
            return false;
        }
    by_setters++;
    for (const llmc__json *item = llmc__json_first(input); item != NULL;) {
        bool reasons = false;
        const llmc__json *end = end_of_answer(item, &reasons);
        if (reasons) {
            say_answer(item, end);
            item = end;
        } else {
            say_item(item);
            item = llmc__json_next(item);
        }
    }
    return true;
}

/* ---- the rest ---- */

static bool say_tools(const llmc__json *tools) {
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL; tool = llmc__json_next(tool))
        if (!is_type(tool, "function"))
            return false;
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL; tool = llmc__json_next(tool))
        if (!said_tool(tool))
            return false;
    return true;
}

static bool say_reasoning(const llmc__json *member) {
    static const char *const words[] = {"none", "minimal", "low", "medium", "high"};
    const llmc__json *effort = llmc__json_get(member, "effort");
    if (effort == NULL || llmc__json_count(member) != 1)
        return false;
    for (int i = 0; i < 5; i++)
        if (said_is(llmc__json_string(said_doc, effort, NULL), words[i])) {
            said_ok(llmc_request_set_reasoning_effort(said_request, (llmc_reasoning_effort)(LLMC_REASONING_NONE + i)));
            return true;
        }
    return false;
}

static bool say(const llmc__json *member) {
    const char *name = llmc__json_name(member);
    const llmc__json *format = llmc__json_get(member, "format");
    if (said_is(name, "input"))
        return say_input(member);
    if (said_is(name, "tools"))
        return say_tools(member);
    if (said_is(name, "tool_choice"))
        return said_choice(member);
    if (said_is(name, "text"))
        return llmc__json_count(member) == 1 && said_format(format, format);
    if (said_is(name, "reasoning"))
        return say_reasoning(member);
    return said_number(member) || said_label(member);
}

static const said_api api = {.adapter = &llmc__provider_responses, .api = "openai-responses", .say = say};

static void test_recorded_requests(void **state) {
    (void)state;
    if (wire_dir() == NULL) {
        printf("no recorded requests here (LLMC_WIRE_DIR or ../shared/wire): only hand-written ones are compared\n");
        skip();
    }
    assert_true(said_all(&api) >= 20);
    printf("input of %zu by setters, of %zu by extra_json\n", by_setters, by_extra);
    assert_true(by_setters > 2 * by_extra);
}

/* After the forms of OpenAI's documentation; these run everywhere. */
static const struct {
    const char *body;
} by_hand[] = {
    {"{\"model\":\"gpt-5\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"q\"},{"
     "\"type\":"
     "\"input_image\",\"image_url\":\"data:image/png;base64,AAEC/w==\"}]}],\"max_output_tokens\":9,\"reasoning\":{"
     "\"effort\":\"low\"},\"include\":[\"reasoning.encrypted_content\"],\"store\":false,\"service_tier\":\"flex\","
     "\"metadata\":{\"k\":\"v\"},\"stream\":true}"},
    {"{\"model\":\"gpt-5\",\"input\":[{\"role\":\"user\",\"content\":\"q\"},{\"type\":\"reasoning\",\"id\":\"rs\","
     "\"summary\":[],\"encrypted_content\":\"x\"},{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\","
     "\"arguments\":\"{}\"},{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"1\"}],\"tools\":[{"
     "\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"type\":\"object\"},\"strict\":true}],\"tool_choice\":{"
     "\"type\":\"function\",\"name\":\"f\"},\"parallel_tool_calls\":true}"},
    {"{\"model\":\"gpt-4.1\",\"input\":[{\"role\":\"developer\",\"content\":\"d\"},{\"role\":\"user\",\"content\":"
     "\"q\"}"
     ","
     "{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"r\"}],\"text\":{\"format\":{\"type\":"
     "\"json_schema\",\"name\":\"n\",\"schema\":{\"type\":\"object\"},\"strict\":true}},\"temperature\":0.25}"},
};

static void test_by_hand(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++)
        assert_true(said_same(&api, "by hand", by_hand[i].body, true));
}

static void test_comparison_can_fail(void **state) {
    static const char *const texts[] = {"{\"a\":{\"strict\":true}}", "{\"a\":{}}", "{\"a\":{\"strict\":false}}"};
    (void)state;
    assert_false(said_equal(texts[0], texts[1]));
    assert_true(said_equal(texts[1], texts[2]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_comparison_can_fail),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
