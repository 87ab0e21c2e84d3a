/* The tool loop, waited for: what the model is told, what the conversation holds, what ends a run. */
#include "support_run.h"

typedef struct stage {
    flow f;
    run_seen seen;
    llmc_tools *tools;
    llmc_request *request;
} stage;

static int setup(void **state) {
    stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    flow_open(&s->f, NULL);
    run_seen_init(&s->seen);
    s->tools = run_tools_box(&s->seen);
    s->request = flow_request("do it");
    *state = s;
    return 0;
}

static int teardown(void **state) {
    stage *s = *state;
    flow_assert_balanced(s->f.client);
    llmc_request_free(s->request);
    llmc_tools_free(s->tools);
    run_seen_destroy(&s->seen);
    flow_close(&s->f);
    free(s);
    return 0;
}

#define RUN_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void no_call_at_all(void **state) {
    stage *s = *state;
    llmc_run_step step = LLMC_RUN_STEP_INIT;
    flow_push(&s->f, flow_answer("done"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_int_equal(llmc_run_result_step_count(result), 1);
    assert_string_equal(llmc_response_output(llmc_run_result_response(result)), "done");
    assert_true(llmc_run_result_step(result, 0, &step));
    assert_int_equal(step.call_count, 0);
    assert_int_equal(step.tools_ms, 0);
    assert_false(llmc_run_result_step(result, 1, &step));
    assert_int_equal(flow_mock_stats(&s->f).requests, 1);
    assert_non_null(strstr(run_body(&s->f, 0), "\"name\":\"echo\",\"description\":\"Says it again.\""));
    assert_non_null(strstr(run_body(&s->f, 0), "\"name\":\"later\""));
    llmc_run_result_free(result);
}

/* Answers of all kinds in one step, and the sums of what they cost. */
static void two_steps(void **state) {
    static const llmc_mock_tool_call calls[] = {
        {"call_a", "echo", "{\"text\":\"x\",\"count\":2}"}, {"call_b", "failing", NULL}, {"call_c", "silent", "{}"}};
    stage *s = *state;
    llmc_mock_script last = flow_answer("all done");
    last.tokens_in = 120;
    last.tokens_out = 2;
    flow_push(&s->f, run_calling(calls, 3));
    flow_push(&s->f, last);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_int_equal(llmc_run_result_step_count(result), 2);
    assert_int_equal(atomic_load(&s->seen.called), 3);
    assert_int_equal(llmc_run_result_tokens_in(result), 220);
    assert_int_equal(llmc_run_result_tokens_out(result), 12);
    llmc_run_call call = run_call_of(result, 0, 0);
    assert_int_equal(call.outcome, LLMC_TOOL_ANSWERED);
    assert_string_equal(call.id, "call_a");
    assert_string_equal(call.name, "echo");
    assert_string_equal(call.arguments, call.content);
    assert_true(call.wait_ms >= 0 && call.run_ms >= 0);
    call = run_call_of(result, 0, 1);
    assert_int_equal(call.outcome, LLMC_TOOL_FAILED);
    assert_string_equal(call.content, "out of order");
    call = run_call_of(result, 0, 2);
    assert_int_equal(call.outcome, LLMC_TOOL_NO_ANSWER);
    assert_false(llmc_run_result_call(result, 0, 3, &call));
    assert_false(llmc_run_result_call(result, 1, 0, &call));
    assert_non_null(strstr(run_body(&s->f, 1),
                           "{\"role\":\"tool\",\"tool_call_id\":\"call_a\",\"content\":\"{\\\"text\\\""
                           ":\\\"x\\\",\\\"count\\\":2}\"},{\"role\":\"tool\",\"tool_call_id\":"
                           "\"call_b\",\"content\":\"out of order\"},{\"role\":\"tool\","
                           "\"tool_call_id\":\"call_c\",\"content\":\"The function gave no "
                           "answer.\"}]"));
    llmc_run_result_free(result);
    /* The conversation goes on in the same request. */
    assert_int_equal(llmc_request_add_message(s->request, LLMC_ROLE_USER, "and now?"), LLMC_OK);
    flow_push(&s->f, flow_answer("nothing"));
    result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_non_null(strstr(run_body(&s->f, 2), "{\"role\":\"assistant\",\"content\":\"all done\"},{\"role\":\"user\","
                                               "\"content\":\"and now?\"}]"));
    llmc_run_result_free(result);
}

static void what_cannot_be_run_goes_back(void **state) {
    static const llmc_mock_tool_call calls[] = {
        {"call_a", "nothing_like_it", NULL}, {"call_b", "echo", "{\"text\": \"cut"},
        {"call_c", "echo", "{\"count\":1}"}, {"call_d", "echo", "{\"text\":1}"},
        {"call_e", "echo", "[1,2]"},         {"call_f", "echo", "{\"text\":\"x\",\"more\":0}"},
    };
    static const char *const told[] = {
        "There is no function \"nothing_like_it\".", "not JSON",          "the member \"text\" is missing",
        "text: must be of type string, not number",  "not a JSON object", "there is no member \"more\""};
    stage *s = *state;
    flow_push(&s->f, run_calling(calls, 6));
    flow_push(&s->f, flow_answer("sorry"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_int_equal(atomic_load(&s->seen.called), 0);
    for (size_t i = 0; i < 6; i++) {
        llmc_run_call call = run_call_of(result, 0, i);
        assert_int_equal(call.outcome, i == 0 ? LLMC_TOOL_UNKNOWN : LLMC_TOOL_BAD_ARGUMENTS);
        assert_non_null(strstr(call.content, told[i]));
        assert_int_equal(call.run_ms, -1);
    }
    assert_non_null(strstr(run_body(&s->f, 1),
                           "\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":\"echo\","
                           "\"arguments\":\"{\\\"INVALID_JSON\\\":\\\"{\\\\\\\"text\\\\\\\": "
                           "\\\\\\\"cut\\\"}\"}"));
    assert_non_null(strstr(run_body(&s->f, 1), "\"tool_call_id\":\"call_f\""));
    llmc_run_result_free(result);
}

static void arguments_unchecked(void **state) {
    static const llmc_mock_tool_call calls[] = {{"call_a", "echo", "{\"count\":\"many\"}"}};
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.skip_argument_check = true;
    flow_push(&s->f, run_calling(calls, 1));
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_OK);
    assert_int_equal(run_call_of(result, 0, 0).outcome, LLMC_TOOL_ANSWERED);
    llmc_run_result_free(result);
}

/* What was cut never runs, and stays out of the conversation. */
static void cut_answers(void **state) {
    stage *s = *state;
    static const llmc_mock_tool_call calls[] = {{"call_a", "echo", "{\"text\":\"x\"}"}};
    const char *const reasons[] = {"length", "content_filter"};
    for (size_t i = 0; i < 2; i++) {
        llmc_mock_script script = run_calling(calls, 1);
        script.finish_reason = reasons[i];
        flow_push(&s->f, script);
        llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_ERR_INCOMPLETE);
        assert_int_equal(llmc_response_tool_call_count(llmc_run_result_response(result)), 1);
        assert_int_equal(atomic_load(&s->seen.called), 0);
        llmc_run_result_free(result);
    }
    flow_push(&s->f, flow_answer("again"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_null(strstr(run_body(&s->f, 2), "call_a"));
    llmc_run_result_free(result);
    llmc_mock_script text = flow_answer("a piece of");
    text.finish_reason = "length";
    flow_push(&s->f, text);
    result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_int_equal(llmc_response_finish_reason(llmc_run_result_response(result)), LLMC_FINISH_LENGTH);
    llmc_run_result_free(result);
}

static void failed_answers(void **state) {
    stage *s = *state;
    llmc_mock_script script = flow_answer("no such model");
    script.status = 404;
    run_push_calls(&s->f, "echo", 1);
    flow_push(&s->f, script);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_ERR_NOT_FOUND);
    assert_int_equal(llmc_run_result_step_count(result), 2);
    assert_int_equal(llmc_error_http_status(llmc_response_error(llmc_run_result_response(result))), 404);
    assert_non_null(strstr(llmc_run_result_error_message(result), "no such model"));
    llmc_run_result_free(result);
    /* The first step is in the request: it goes on where it broke off. */
    flow_push(&s->f, flow_answer("fine"));
    result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_string_equal(run_body(&s->f, 2), run_body(&s->f, 1));
    llmc_run_result_free(result);
}

static void sixty_four_at_once(void **state) {
    stage *s = *state;
    run_push_calls(&s->f, "echo", 64);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_int_equal(atomic_load(&s->seen.called), 64);
    const char *at = run_body(&s->f, 1);
    for (int i = 0; i < 64; i++) { /* in the order they were asked for */
        char wanted[96];
        (void)snprintf(wanted, sizeof wanted, "\"tool_call_id\":\"call_%d\",\"content\":\"{\\\"text\\\":\\\"%d\\\"}\"",
                       i, i);
        at = strstr(at, wanted);
        assert_non_null(at);
    }
    llmc_run_result_free(result);
}

/* ---- limits ---- */

static void step_limit(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.max_steps = 3;
    for (int i = 0; i < 4; i++)
        run_push_calls(&s->f, "echo", 2);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_ERR_STEP_LIMIT);
    assert_int_equal(llmc_run_result_step_count(result), 3);
    assert_int_equal(flow_mock_stats(&s->f).requests, 3);
    assert_int_equal(atomic_load(&s->seen.called), 4);
    assert_int_equal(run_call_of(result, 2, 1).outcome, LLMC_TOOL_NOT_RUN);
    assert_non_null(strstr(llmc_run_result_error_message(result), "max_steps (3)"));
    assert_int_equal(llmc_response_tool_call_count(llmc_run_result_response(result)), 2);
    llmc_run_result_free(result);
    /* The conversation has a result for each call: it can be sent as it is. */
    llmc_response *response = NULL;
    llmc_mock_script plain = flow_answer("enough");
    flow_default(&s->f, plain);
    assert_int_equal(llmc_execute(s->f.client, s->request, &response), LLMC_OK);
    llmc_response_free(response);
    assert_non_null(strstr(run_body(&s->f, 3), "a limit of the run was met"));
}

static void token_limit(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.max_tokens = 220; /* two steps of 110 */
    for (int i = 0; i < 3; i++)
        run_push_calls(&s->f, "echo", 1);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_ERR_BUDGET);
    assert_int_equal(llmc_run_result_step_count(result), 2);
    assert_int_equal(atomic_load(&s->seen.called), 1);
    assert_non_null(
        strstr(llmc_run_result_error_message(result), "max_tokens (220) is used up: 200 of prompts, 20 of"));
    llmc_run_result_free(result);
}

/* gpt-4.1 takes 2 USD a million tokens of the prompt and 8 of the answer: a step of 100 and 10 costs 0.00028. */
static void cost_limit(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("openai/gpt-4.1", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "do it"), LLMC_OK);
    options.max_cost_usd = 0.0008;
    for (int i = 0; i < 4; i++)
        run_push_calls(&s->f, "echo", 1);
    llmc_run_result *result = run_to(&s->f, request, s->tools, &options, LLMC_ERR_BUDGET);
    assert_int_equal(llmc_run_result_step_count(result), 3);
    assert_true(llmc_run_result_cost_usd(result) > 0.00083 && llmc_run_result_cost_usd(result) < 0.00085);
    assert_non_null(strstr(llmc_run_result_error_message(result), "840 of 800 millionths"));
    llmc_run_result_free(result);
    llmc_request_free(request);
}

/* FLOW_MODEL is in no price table: what it costs is not known. */
static void cost_limit_of_unknown_cost(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.max_cost_usd = 1.0;
    run_push_calls(&s->f, "echo", 1);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_ERR_BUDGET);
    assert_non_null(strstr(llmc_run_result_error_message(result), "not known"));
    assert_true(llmc_run_result_cost_usd(result) < 0.0);
    llmc_run_result_free(result);
    options.allow_unknown_usage = true;
    run_push_calls(&s->f, "echo", 1);
    flow_push(&s->f, flow_answer("ok"));
    result = run_to(&s->f, s->request, s->tools, &options, LLMC_OK);
    llmc_run_result_free(result);
}

/* An answer that is the last one is no reason to fail, whatever was used. */
static void limits_do_not_spoil_a_last_answer(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.max_steps = 1;
    options.max_tokens = 1;
    options.max_cost_usd = 1e-9;
    flow_push(&s->f, flow_answer("done"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_OK);
    llmc_run_result_free(result);
}

/* ---- more ---- */

typedef struct counted {
    atomic_int now, most;
    flow *f;
    llmc_tool_call *calls[16];
    int held;
} counted;

/* Answers the one before when the next one comes: never more than two are at work. */
static void answer_the_one_before(llmc_tool_call *call, void *user_data) {
    counted *c = user_data;
    int now = atomic_fetch_add(&c->now, 1) + 1;
    if (now > atomic_load(&c->most))
        atomic_store(&c->most, now);
    c->calls[c->held++] = llmc_tool_call_ref(call);
    if (c->held % 2 == 0)
        for (int i = c->held - 2; i < c->held; i++) {
            atomic_fetch_sub(&c->now, 1);
            assert_int_equal(llmc_tool_call_answer(c->calls[i], "x"), LLMC_OK);
        }
}

static void parallel_is_bounded(void **state) {
    stage *s = *state;
    counted c = {.f = &s->f};
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    assert_int_equal(llmc_tools_add(s->tools, "pairs", NULL, NULL, answer_the_one_before, &c), LLMC_OK);
    options.max_parallel = 2;
    run_push_calls(&s->f, "pairs", 16);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_OK);
    assert_int_equal(c.held, 16);
    assert_int_equal(atomic_load(&c.most), 2);
    for (int i = 0; i < 16; i++)
        llmc_tool_call_unref(c.calls[i]);
    llmc_run_result_free(result);
}

/* Functions may block and ask themselves: here another model of the same client. */
static void ask_inside(llmc_tool_call *call, void *user_data) {
    flow *f = user_data;
    llmc_response *response = NULL;
    if (llmc_ask(f->client, FLOW_MODEL, "inner question", &response) == LLMC_OK)
        (void)llmc_tool_call_answer(call, llmc_response_output(response));
    llmc_response_free(response);
}

static void functions_may_block(void **state) {
    stage *s = *state;
    assert_int_equal(llmc_tools_add(s->tools, "expert", NULL, NULL, ask_inside, &s->f), LLMC_OK);
    run_push_calls(&s->f, "expert", 2);
    flow_push(&s->f, flow_answer("inner one"));
    flow_push(&s->f, flow_answer("inner two"));
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_string_equal(run_call_of(result, 0, 0).content, "inner one");
    assert_string_equal(run_call_of(result, 0, 1).content, "inner two");
    llmc_run_result_free(result);
}

typedef struct heard {
    char text[256];
    size_t steps, calls;
    llmc_request *request;
    int verdict;
} heard;

static int hear_event(llmc_call *call, const llmc_event *event, void *user_data) {
    heard *h = user_data;
    (void)call;
    if (llmc_event_type(event) == LLMC_EVENT_TEXT)
        strncat(h->text, llmc_event_text(event), sizeof h->text - strlen(h->text) - 1);
    h->calls += llmc_event_type(event) == LLMC_EVENT_TOOL_CALL_END;
    return 0;
}

static int hear_step(llmc_run *run, size_t step, llmc_response *response, void *user_data) {
    heard *h = user_data;
    (void)run;
    if (step != h->steps++ || llmc_response_status(response) != LLMC_OK)
        return 1;
    strncat(h->text, "|", sizeof h->text - strlen(h->text) - 1);
    if (h->request != NULL && llmc_request_add_message(h->request, LLMC_ROLE_USER, "hurry up") != LLMC_OK)
        return 1;
    return h->verdict;
}

static void streamed_with_steps(void **state) {
    stage *s = *state;
    heard h = {.request = s->request};
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    static const llmc_mock_tool_call calls[] = {{"call_a", "echo", "{\"text\":\"x\"}"}};
    llmc_mock_script script = run_calling(calls, 1);
    script.text = "let me see";
    flow_push(&s->f, script);
    flow_push(&s->f, flow_answer("it is so"));
    options.on_event = hear_event;
    options.on_step = hear_step;
    options.user_data = &h;
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_OK);
    assert_string_equal(h.text, "let me see|it is so|");
    assert_int_equal(h.calls, 1);
    assert_int_equal(h.steps, 2);
    assert_non_null(strstr(run_body(&s->f, 1), "\"stream\":true"));
    assert_non_null(strstr(run_body(&s->f, 1), "{\"role\":\"user\",\"content\":\"hurry up\"}]"));
    llmc_run_result_free(result);
}

static int refuse_event(llmc_call *call, const llmc_event *event, void *user_data) {
    (void)call;
    (void)user_data;
    return llmc_event_type(event) == LLMC_EVENT_TEXT;
}

static void hooks_may_end_it(void **state) {
    stage *s = *state;
    heard h = {.verdict = 1};
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.on_step = hear_step;
    options.user_data = &h;
    run_push_calls(&s->f, "echo", 1);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_ERR_CANCELLED);
    assert_int_equal(llmc_run_result_step_count(result), 1);
    llmc_run_result_free(result);
    options.on_step = NULL;
    options.on_event = refuse_event;
    flow_push(&s->f, flow_answer("one two"));
    result = run_to(&s->f, s->request, s->tools, &options, LLMC_ERR_CANCELLED);
    llmc_run_result_free(result);
}

/* "required" would have the model call functions for ever. */
static void tool_choice_holds_once(void **state) {
    stage *s = *state;
    assert_int_equal(llmc_request_set_tool_choice(s->request, LLMC_TOOL_CHOICE_NAMED, "echo"), LLMC_OK);
    for (int i = 0; i < 2; i++) {
        run_push_calls(&s->f, "echo", 1);
        run_push_calls(&s->f, "echo", 1);
        flow_push(&s->f, flow_answer("ok"));
        llmc_run_result_free(run_to(&s->f, s->request, s->tools, NULL, LLMC_OK));
    }
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(strstr(run_body(&s->f, i), "\"tool_choice\":") != NULL, i % 3 == 0);
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.keep_tool_choice = true;
    run_push_calls(&s->f, "echo", 1);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result_free(run_to(&s->f, s->request, s->tools, &options, LLMC_OK));
    assert_non_null(strstr(run_body(&s->f, 7), "\"tool_choice\":"));
}

/* The second question is answered by another provider, which is told all of the conversation in its own form. */
static void fallback_in_the_middle(void **state) {
    stage *s = *state;
    llmc_provider_options other = flow_provider(llmc_mock_base_url(s->f.mock));
    llmc_mock_script busy = flow_answer("busy");
    busy.status = 503;
    assert_int_equal(llmc_client_set_provider(s->f.client, "anthropic", &other), LLMC_OK);
    assert_int_equal(llmc_request_add_fallback(s->request, "anthropic/claude-flow"), LLMC_OK);
    run_push_calls(&s->f, "echo", 2);
    flow_push(&s->f, busy);
    run_push_calls(&s->f, "echo", 1);
    flow_push(&s->f, busy);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_OK);
    assert_int_equal(llmc_run_result_step_count(result), 3);
    assert_string_equal(llmc_response_provider(llmc_run_result_response(result)), "anthropic");
    assert_non_null(strstr(run_body(&s->f, 2), "{\"type\":\"tool_use\",\"id\":\"call_1\",\"name\":\"echo\",\"input\":{"
                                               "\"text\":\"1\"}}"));
    assert_non_null(strstr(run_body(&s->f, 2), "\"type\":\"tool_result\",\"tool_use_id\":\"call_1\""));
    llmc_run_result_free(result);
}

/* Claude pauses long turns: its answer goes back and it goes on. */
static void a_pause_goes_on(void **state) {
    stage *s = *state;
    llmc_request *request = NULL;
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(s->f.mock));
    llmc_mock_script pause = flow_answer("I am searching");
    assert_int_equal(llmc_client_set_provider(s->f.client, "anthropic", &provider), LLMC_OK);
    assert_int_equal(llmc_request_new("anthropic/claude-flow", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "search"), LLMC_OK);
    pause.finish_reason = "pause_turn";
    flow_push(&s->f, pause);
    flow_push(&s->f, flow_answer("found"));
    llmc_run_result *result = run_to(&s->f, request, s->tools, NULL, LLMC_OK);
    assert_int_equal(llmc_run_result_step_count(result), 2);
    assert_string_equal(llmc_response_output(llmc_run_result_response(result)), "found");
    assert_non_null(strstr(run_body(&s->f, 1), "\"I am searching\""));
    llmc_run_result_free(result);
    llmc_request_free(request);
}

static void refused_at_the_start(void **state) {
    stage *s = *state;
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("nobody/m", &request), LLMC_OK);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "x"), LLMC_OK);
    llmc_run_result *result = run_to(&s->f, request, s->tools, NULL, LLMC_ERR_UNKNOWN_PROVIDER);
    assert_int_equal(llmc_run_result_step_count(result), 0);
    assert_null(llmc_run_result_response(result));
    llmc_run_result_free(result);
    llmc_request_free(request);
}

/* The time of a function that keeps its call is over: the model is told, the holder too. */
static void a_function_that_takes_too_long(void **state) {
    stage *s = *state;
    llmc_run_options options = LLMC_RUN_OPTIONS_INIT;
    options.tool_timeout_ms = 50;
    run_push_calls(&s->f, "later", 2);
    flow_push(&s->f, flow_answer("ok"));
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, &options, LLMC_OK);
    assert_int_equal(run_call_of(result, 0, 0).outcome, LLMC_TOOL_TIMEOUT);
    assert_in_range(run_call_of(result, 0, 1).run_ms, 50, 5000);
    assert_int_equal(atomic_load(&s->seen.cancelled), 2);
    assert_int_equal(atomic_load(&s->seen.late), LLMC_ERR_CANCELLED);
    assert_non_null(strstr(run_body(&s->f, 1), "The function did not answer in time."));
    llmc_run_result_free(result);
}

static int has_held(void *user_data) {
    run_seen *seen = user_data;
    llmc__mutex_lock(&seen->lock);
    int held = seen->held_count > 0;
    llmc__mutex_unlock(&seen->lock);
    return held;
}

static void an_interrupt_ends_it(void **state) {
    stage *s = *state;
    run_push_calls(&s->f, "later", 2);
    assert_int_equal(llmc_request_set_interrupt(s->request, has_held, &s->seen), LLMC_OK);
    llmc_run_result *result = run_to(&s->f, s->request, s->tools, NULL, LLMC_ERR_CANCELLED);
    assert_int_equal(run_call_of(result, 0, 0).outcome, LLMC_TOOL_CANCELLED);
    assert_true(atomic_load(&s->seen.cancelled) > 0);
    assert_int_equal(flow_mock_stats(&s->f).requests, 1);
    llmc_run_result_free(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RUN_TEST(no_call_at_all),
        RUN_TEST(two_steps),
        RUN_TEST(what_cannot_be_run_goes_back),
        RUN_TEST(arguments_unchecked),
        RUN_TEST(cut_answers),
        RUN_TEST(failed_answers),
        RUN_TEST(sixty_four_at_once),
        RUN_TEST(step_limit),
        RUN_TEST(token_limit),
        RUN_TEST(cost_limit),
        RUN_TEST(cost_limit_of_unknown_cost),
        RUN_TEST(limits_do_not_spoil_a_last_answer),
        RUN_TEST(parallel_is_bounded),
        RUN_TEST(functions_may_block),
        RUN_TEST(streamed_with_steps),
        RUN_TEST(hooks_may_end_it),
        RUN_TEST(tool_choice_holds_once),
        RUN_TEST(fallback_in_the_middle),
        RUN_TEST(a_pause_goes_on),
        RUN_TEST(refused_at_the_start),
        RUN_TEST(a_function_that_takes_too_long),
        RUN_TEST(an_interrupt_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
