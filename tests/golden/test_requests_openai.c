/* What is sent to chat completions, against recorded requests and some by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "support_said.h"

static size_t by_setters, by_extra; /* lists of messages that went through either */

/* ---- messages ---- */

static bool has_only(const llmc__json *object, const char *const *names) {
    for (const llmc__json *member = llmc__json_first(object); member != NULL; member = llmc__json_next(member)) {
        size_t i = 0;
        while (names[i] != NULL && !said_is(names[i], llmc__json_name(member)))
            i++;
        if (names[i] == NULL)
            return false;
    }
    return true;
}

static bool can_say_part(const llmc__json *part, bool first) {
    static const char *const names[] = {"type", "text", "image_url", NULL};
    const char *url = said_text(llmc__json_get(part, "image_url"), "url");
    bool has_detail = llmc__json_get(llmc__json_get(part, "image_url"), "detail") != NULL;
    return has_only(part, names) && (said_text(part, "text") != NULL || (!first && url != NULL && url[0] != '<')) &&
           !has_detail;
}

/* Some have members that only their vendor knows, or content that is none. */
static bool can_say_message(const llmc__json *message) {
    static const char *const names[] = {"role",    "content",     "tool_calls", "tool_call_id",
                                        "refusal", "annotations", NULL};
    const llmc__json *content = llmc__json_get(message, "content");
    bool is_list = llmc__json_type_of(content) == LLMC__JSON_ARRAY;
    if (!has_only(message, names) || (is_list && said_is(said_text(message, "role"), "tool")))
        return false;
    for (const llmc__json *part = is_list ? llmc__json_first(content) : NULL; part != NULL;
         part = llmc__json_next(part))
        if (!can_say_part(part, part == llmc__json_first(content)))
            return false;
    return true;
}

static void say_content(const llmc__json *content, llmc_role role) {
    for (const llmc__json *part = llmc__json_first(content); part != NULL; part = llmc__json_next(part)) {
        const char *text = said_text(part, "text");
        if (text == NULL)
            assert_true(said_image(said_text(llmc__json_get(part, "image_url"), "url")));
        else if (part == llmc__json_first(content))
            said_ok(llmc_request_add_message(said_request, role, text));
        else
            said_ok(llmc_request_add_text(said_request, text));
    }
}

static void say_message(const llmc__json *message) {
    const llmc__json *content = llmc__json_get(message, "content"), *calls = llmc__json_get(message, "tool_calls");
    const char *role = said_text(message, "role"), *text = llmc__json_string(said_doc, content, NULL);
    if (said_is(role, "tool")) {
        said_ok(llmc_request_add_tool_result(said_request, said_text(message, "tool_call_id"), text, false));
        return;
    }
    if (text != NULL && (text[0] != '\0' || llmc__json_first(calls) == NULL))
        said_ok(llmc_request_add_message(said_request, said_role(role), text));
    else if (text == NULL)
        say_content(content, said_role(role));
    for (const llmc__json *call = llmc__json_first(calls); call != NULL; call = llmc__json_next(call)) {
        const llmc__json *function = llmc__json_get(call, "function");
        said_ok(llmc_request_add_tool_call(said_request, said_text(call, "id"), said_text(function, "name"),
                                           said_text(function, "arguments")));
    }
}

static bool say_messages(const llmc__json *messages) {
    for (const llmc__json *one = llmc__json_first(messages); one != NULL; one = llmc__json_next(one))
        if (!can_say_message(one)) {
            by_extra++;
            return false;
        }
    by_setters++;
    for (const llmc__json *one = llmc__json_first(messages); one != NULL; one = llmc__json_next(one))
        say_message(one);
    return true;
}

/* ---- the rest ---- */

static bool say_tools(const llmc__json *tools) {
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL; tool = llmc__json_next(tool))
        if (!said_is(said_text(tool, "type"), "function"))
            return false;
    for (const llmc__json *tool = llmc__json_first(tools); tool != NULL; tool = llmc__json_next(tool))
        assert_true(said_tool(llmc__json_get(tool, "function")));
    return true;
}

static bool say_effort(const llmc__json *member) {
    static const char *const words[] = {"none", "minimal", "low", "medium", "high"};
    for (int i = 0; i < 5; i++)
        if (said_is(llmc__json_string(said_doc, member, NULL), words[i])) {
            said_ok(llmc_request_set_reasoning_effort(said_request, (llmc_reasoning_effort)(LLMC_REASONING_NONE + i)));
            return true;
        }
    return false;
}

static bool say_stops(const llmc__json *member) {
    if (llmc__json_type_of(member) != LLMC__JSON_ARRAY)
        return false;
    for (const llmc__json *stop = llmc__json_first(member); stop != NULL; stop = llmc__json_next(stop))
        said_ok(llmc_request_add_stop(said_request, llmc__json_string(said_doc, stop, NULL)));
    return true;
}

static bool say(const llmc__json *member) {
    const char *name = llmc__json_name(member);
    int64_t top = 0;
    if (said_is(name, "messages"))
        return say_messages(member);
    if (said_is(name, "tools"))
        return say_tools(member);
    if (said_is(name, "tool_choice"))
        return said_choice(member);
    if (said_is(name, "response_format"))
        return said_format(member, llmc__json_get(member, "json_schema"));
    if (said_is(name, "reasoning_effort"))
        return say_effort(member);
    if (said_is(name, "stop"))
        return say_stops(member);
    if (said_is(name, "logprobs"))
        return true; /* with top_logprobs */
    if (said_is(name, "top_logprobs") && llmc__json_int64(said_doc, member, &top))
        return llmc_request_set_logprobs(said_request, top) == LLMC_OK;
    return said_number(member) || said_label(member);
}

static const said_api api = {.adapter = &llmc__provider_openai, .api = "openai-chat", .say = say};

static void test_recorded_requests(void **state) {
    (void)state;
    if (wire_dir() == NULL) {
        printf("no recorded requests here (LLMC_WIRE_DIR or ../shared/wire): only hand-written ones are compared\n");
        skip();
    }
    assert_true(said_all(&api) >= 50);
    printf("messages of %zu by setters, of %zu by extra_json\n", by_setters, by_extra);
    assert_true(by_setters > 4 * by_extra);
}

/* After the forms of OpenAI's documentation; these run everywhere. */
static const struct {
    const char *body;
} by_hand[] = {
    {"{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":[{"
     "\"type\":\"text\",\"text\":\"what?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://h/i.png\"}},{"
     "\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAEC/w==\"}}]}],\"max_completion_tokens\":"
     "9,\"temperature\":0.5,\"top_p\":1,\"seed\":7,\"stop\":[\"a\",\"b\"],\"n\":2,\"user\":\"u\",\"service_tier\":"
     "\"flex\",\"metadata\":{\"k\":\"v\"},\"frequency_penalty\":-1.5,\"presence_penalty\":2,\"logprobs\":true,"
     "\"top_logprobs\":4,\"stream\":true,\"stream_options\":{\"include_usage\":true}}"},
    {"{\"model\":\"gpt-4.1\",\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":"
     "null,\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{"
     "\\\"x\\\":"
     "1}\"}},{\"id\":\"c2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]},{\"role\":"
     "\"tool\",\"tool_call_id\":\"c1\",\"content\":\"1\"},{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"2\"}"
     "],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"description\":\"d\",\"parameters\":{\"type\":"
     "\"object\",\"properties\":{\"x\":{\"type\":\"integer\"}}},\"strict\":true}},{\"type\":\"function\",\"function\":{"
     "\"name\":\"g\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":{\"type\":\"function\",\"function\":{"
     "\"name\":\"f\"}},\"parallel_tool_calls\":false}"},
    {"{\"model\":\"o4-mini\",\"messages\":[{\"role\":\"developer\",\"content\":\"d\"},{\"role\":\"user\",\"content\":"
     "\"q\"}],\"reasoning_effort\":\"low\",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":"
     "\"n\",\"schema\":{\"type\":\"object\"},\"strict\":true}},\"store\":false}"},
    {"{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"json\"}],\"response_format\":{\"type\":"
     "\"json_object\"},\"tool_choice\":\"required\"}"},
};

static void test_by_hand(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof by_hand / sizeof by_hand[0]; i++)
        assert_true(said_same(&api, "by hand", by_hand[i].body, true));
}

/* That the comparison can tell: a body with a member more than the setters say. */
static bool say_less(const llmc__json *member) {
    return said_is(llmc__json_name(member), "seed") || say(member);
}

static void test_comparison_can_fail(void **state) {
    static const char text[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"q\"}],\"seed\":1}";
    static const said_api less = {.adapter = &llmc__provider_openai, .api = "openai-chat", .say = say_less};
    (void)state;
    assert_true(said_same(&api, "all", text, true));
    assert_false(said_same(&less, "less", text, true));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_comparison_can_fail),
        cmocka_unit_test(test_recorded_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
