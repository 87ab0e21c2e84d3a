#include "support_run.h"

static const char echo_schema[] =
    "{\"type\":\"object\",\"properties\":{\"text\":{\"type\":\"string\"},\"count\":{\"type\":\"integer\"}},"
    "\"required\":[\"text\"],\"additionalProperties\":false}";

void run_seen_init(run_seen *seen) {
    memset(seen, 0, sizeof *seen);
    assert_int_equal(llmc__mutex_init(&seen->lock), LLMC_OK);
    assert_int_equal(llmc__cond_init(&seen->changed), LLMC_OK);
}

void run_seen_destroy(run_seen *seen) {
    for (size_t i = 0; i < seen->held_count; i++)
        llmc_tool_call_unref(seen->held[i]);
    llmc__cond_destroy(&seen->changed);
    llmc__mutex_destroy(&seen->lock);
}

bool run_seen_wait(run_seen *seen, size_t count) {
    int64_t due_us = llmc__clock_us() + (int64_t)FLOW_DEADLINE_MS * 1000;
    bool in_time = true;
    llmc__mutex_lock(&seen->lock);
    while (seen->held_count < count && in_time)
        in_time = llmc__cond_wait_until(&seen->changed, &seen->lock, due_us);
    in_time = seen->held_count >= count;
    llmc__mutex_unlock(&seen->lock);
    return in_time;
}

llmc_tool_call *run_seen_held(run_seen *seen, size_t index) {
    llmc_tool_call *call;
    assert_true(run_seen_wait(seen, index + 1));
    llmc__mutex_lock(&seen->lock);
    call = seen->held[index];
    llmc__mutex_unlock(&seen->lock);
    return call;
}

void run_echo(llmc_tool_call *call, void *user_data) {
    run_seen *seen = user_data;
    atomic_fetch_add(&seen->called, 1);
    (void)llmc_tool_call_answer(call, llmc_tool_call_arguments(call));
}

void run_failing(llmc_tool_call *call, void *user_data) {
    run_seen *seen = user_data;
    atomic_fetch_add(&seen->called, 1);
    (void)llmc_tool_call_fail(call, "out of order");
}

void run_silent(llmc_tool_call *call, void *user_data) {
    run_seen *seen = user_data;
    (void)call;
    atomic_fetch_add(&seen->called, 1);
}

void run_on_cancel(llmc_tool_call *call, void *user_data) {
    run_seen *seen = user_data;
    atomic_store(&seen->late, llmc_tool_call_answer(call, "too late"));
    atomic_fetch_add(&seen->cancelled, 1);
}

void run_later(llmc_tool_call *call, void *user_data) {
    run_seen *seen = user_data;
    atomic_fetch_add(&seen->called, 1);
    (void)llmc_tool_call_on_cancel(call, run_on_cancel, seen);
    llmc__mutex_lock(&seen->lock);
    if (seen->held_count < sizeof seen->held / sizeof seen->held[0])
        seen->held[seen->held_count++] = llmc_tool_call_ref(call);
    llmc__cond_broadcast(&seen->changed);
    llmc__mutex_unlock(&seen->lock);
}

llmc_tools *run_tools_box(run_seen *seen) {
    llmc_tools *tools = NULL;
    assert_int_equal(llmc_tools_new(&tools), LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "echo", "Says it again.", echo_schema, run_echo, seen), LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "failing", NULL, NULL, run_failing, seen), LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "silent", NULL, NULL, run_silent, seen), LLMC_OK);
    assert_int_equal(llmc_tools_add(tools, "later", NULL, NULL, run_later, seen), LLMC_OK);
    return tools;
}

llmc_mock_script run_calling(const llmc_mock_tool_call *calls, size_t count) {
    llmc_mock_script script = flow_script();
    script.tool_calls = calls;
    script.tool_call_count = count;
    script.tokens_in = 100;
    script.tokens_out = 10;
    return script;
}

void run_push_calls(flow *f, const char *name, size_t count) {
    llmc_mock_tool_call calls[128];
    char ids[128][16], arguments[128][32];
    assert_true(count <= 128);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "call_%zu", i);
        (void)snprintf(arguments[i], sizeof arguments[i], "{\"text\":\"%zu\"}", i);
        calls[i] = (llmc_mock_tool_call){ids[i], name, arguments[i]};
    }
    flow_push(f, run_calling(calls, count));
}

const char *run_body(flow *f, size_t index) {
    llmc_mock_request seen;
    assert_true(llmc_mock_request_at(f->mock, index, &seen));
    return seen.body;
}

llmc_run_call run_call_of(const llmc_run_result *result, size_t step, size_t index) {
    llmc_run_call call = LLMC_RUN_CALL_INIT;
    assert_true(llmc_run_result_call(result, step, index, &call));
    return call;
}

llmc_run_result *run_to(flow *f, llmc_request *request, const llmc_tools *tools, const llmc_run_options *options,
                        llmc_status expected) {
    llmc_run_result *result = NULL;
    llmc_status status = llmc_run_tools(f->client, request, tools, options, &result);
    if (status != expected)
        print_error("%s: %s\n", llmc_status_name(status), llmc_run_result_error_message(result));
    assert_int_equal(status, expected);
    assert_non_null(result);
    assert_int_equal(llmc_run_result_status(result), status);
    assert_true((*llmc_run_result_error_message(result) == '\0') == (status == LLMC_OK));
    return result;
}

void run_on_done(llmc_run *run, llmc_run_result *result, void *tally) {
    (void)run;
    flow_tally_add(tally, llmc_run_result_status(result));
}

llmc_run *run_start(flow *f, llmc_request *request, const llmc_tools *tools, const llmc_run_options *options,
                    flow_tally *tally) {
    llmc_run *run = NULL;
    assert_int_equal(llmc_run_tools_async(f->client, request, tools, options, run_on_done, tally, &run), LLMC_OK);
    return run;
}
