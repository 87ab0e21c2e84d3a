/* Batches run as batch jobs of the provider: upload, wait, fetch, map back; and all that may go wrong on the way. */
#include <math.h>
#include "support_flow.h"

#define MAX_ITEMS 600

/* One batch of prompts "item 0" on, and what came of it. */
typedef struct stage {
    flow f;
    const char *model;
    llmc_request *requests[MAX_ITEMS];
    llmc_response *results[MAX_ITEMS];
    size_t count;
    llmc_batch_options options;
    char ids[16][128];
    size_t id_count;
    size_t told, last_done;
    flow_tally tally;
} stage;

static void on_job(llmc_batch *batch, const char *job_id, void *user_data) {
    stage *s = user_data;
    assert_non_null(batch);
    assert_true(s->id_count < 16);
    (void)snprintf(s->ids[s->id_count++], sizeof s->ids[0], "%s", job_id);
}

static void on_progress(size_t done, size_t failed, size_t total, void *user_data) {
    stage *s = user_data;
    assert_int_equal(done, s->last_done + 1);
    assert_true(failed <= done && total == s->count);
    s->last_done = done;
}

static void set_client(stage *s) {
    llmc_provider_options provider = flow_provider(llmc_mock_base_url(s->f.mock));
    static const char *const names[] = {"anthropic", "openai-responses", "mistral"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(llmc_client_set_provider(s->f.client, names[i], &provider), LLMC_OK);
}

static stage *stage_open(const char *model, size_t count) {
    llmc_client_options options = flow_options();
    llmc_batch_options batch = LLMC_BATCH_OPTIONS_INIT;
    stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    options.max_retries = 2;
    options.retry_delay_ms = 1;
    flow_open(&s->f, &options);
    set_client(s);
    flow_tally_init(&s->tally);
    s->model = model;
    s->count = count;
    s->options = batch;
    s->options.mode = LLMC_BATCH_JOB;
    s->options.on_job = on_job;
    s->options.on_progress = on_progress;
    s->options.user_data = s;
    s->options.job_poll_ms = 2;
    s->options.job_max_poll_ms = 10;
    for (size_t i = 0; i < count; i++) {
        char prompt[64];
        (void)snprintf(prompt, sizeof prompt, "item %zu \"\xc3\xa9\"\n.", i);
        assert_int_equal(llmc_request_new(model, &s->requests[i]), LLMC_OK);
        assert_int_equal(llmc_request_add_message(s->requests[i], LLMC_ROLE_USER, prompt), LLMC_OK);
    }
    return s;
}

static void forget(stage *s) {
    for (size_t i = 0; i < s->count; i++) {
        llmc_response_free(s->results[i]);
        s->results[i] = NULL;
    }
    s->last_done = 0;
}

static void stage_close(stage *s) {
    forget(s);
    for (size_t i = 0; i < s->count; i++)
        llmc_request_free(s->requests[i]);
    if (s->f.client != NULL)
        flow_assert_balanced(s->f.client);
    flow_close(&s->f);
    flow_tally_destroy(&s->tally);
    free(s);
}

static void run(stage *s, llmc_status expected) {
    llmc_status status =
        llmc_execute_batch(s->f.client, (const llmc_request *const *)s->requests, s->count, &s->options, s->results);
    for (size_t i = 0; i < s->count && status != expected; i++)
        if (llmc_response_status(s->results[i]) != LLMC_OK)
            print_error("%zu: %s\n", i, llmc_response_error_message(s->results[i]));
    assert_int_equal(status, expected);
    assert_int_equal(s->last_done, s->count);
}

static void resume(stage *s, llmc_status expected) {
    const char *ids[16];
    for (size_t i = 0; i < s->id_count; i++)
        ids[i] = s->ids[i];
    assert_int_equal(llmc_resume_batch(s->f.client, ids, s->id_count, s->count, &s->options, s->results), expected);
}

static void check_answer(const stage *s, size_t index) {
    char wanted[64];
    const llmc_response *response = s->results[index];
    if (llmc_response_status(response) != LLMC_OK)
        print_error("%zu: %s\n", index, llmc_response_error_message(response));
    assert_int_equal(llmc_response_status(response), LLMC_OK);
    (void)snprintf(wanted, sizeof wanted, "item %zu \"\xc3\xa9\"\n.", index);
    assert_string_equal(llmc_response_output(response), wanted);
    assert_int_equal(llmc_response_finish_reason(response), LLMC_FINISH_STOP);
    assert_true(llmc_response_tokens_in(response) > 0);
    assert_true(llmc_response_latency_ms(response) >= 0);
    assert_int_equal(strncmp(llmc_response_job_id(response), llmc_response_provider(response),
                             strlen(llmc_response_provider(response))),
                     0);
}

static void check_all(const stage *s) {
    for (size_t i = 0; i < s->count; i++)
        check_answer(s, i);
}

static void set_mock(stage *s, llmc_mock_batch_options options) {
    assert_int_equal(llmc_mock_set_batches(s->f.mock, &options), LLMC_OK);
}

static llmc_mock_batch_options plan(void) {
    llmc_mock_batch_options options = LLMC_MOCK_BATCH_OPTIONS_INIT;
    return options;
}

static llmc_mock_request seen(stage *s, size_t index) {
    llmc_mock_request request;
    assert_true(llmc_mock_request_at(s->f.mock, index, &request));
    return request;
}

/* ---- the way it goes ---- */

static const char *const models[] = {"openai/flow-1", "openai-responses/flow-1", "anthropic/claude-flow"};

static void every_api(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 150);
        llmc_mock_batch_options mock = plan();
        mock.looks = 2;
        set_mock(s, mock);
        run(s, LLMC_OK);
        check_all(s);
        assert_int_equal(s->id_count, 1);
        stage_close(s);
    }
}

static void what_openai_is_sent(void **state) {
    stage *s = stage_open(models[0], 2);
    (void)state;
    run(s, LLMC_OK);
    assert_string_equal(seen(s, 0).path, "/v1/files");
    assert_string_equal(llmc_mock_request_header(s->f.mock, 0, "authorization"), "Bearer " FLOW_KEY);
    assert_non_null(strstr(llmc_mock_request_header(s->f.mock, 0, "content-type"), "multipart/form-data; boundary="));
    assert_non_null(strstr(seen(s, 0).body, "name=\"purpose\"\r\n\r\nbatch\r\n"));
    assert_non_null(strstr(seen(s, 0).body, "\r\n\r\n{\"custom_id\":\"llmc-0\",\"method\":\"POST\",\"url\":\"/v1/chat/"
                                            "completions\",\"body\":{\"model\":\"flow-1\",\"messages\":["));
    assert_non_null(strstr(seen(s, 0).body, "}\n{\"custom_id\":\"llmc-1\""));
    assert_string_equal(seen(s, 1).path, "/v1/batches");
    assert_string_equal(seen(s, 1).body, "{\"input_file_id\":\"file-1\",\"endpoint\":\"/v1/chat/completions\","
                                         "\"completion_window\":\"24h\"}");
    assert_string_equal(seen(s, 2).method, "GET");
    assert_string_equal(seen(s, 2).path, "/v1/batches/batch_2");
    assert_string_equal(seen(s, 3).path, "/v1/files/out-batch_2/content");
    assert_string_equal(seen(s, 4).path, "/v1/files/err-batch_2/content");
    assert_int_equal(llmc_mock_request_count(s->f.mock), 5);
    assert_string_equal(s->ids[0], "openai/batch_2");
    assert_string_equal(llmc_response_job_id(s->results[1]), "openai/batch_2");
    assert_string_equal(llmc_response_request_id(s->results[1]), "req_llmc-1");
    stage_close(s);
}

static void what_anthropic_is_sent(void **state) {
    stage *s = stage_open(models[2], 2);
    (void)state;
    run(s, LLMC_OK);
    assert_string_equal(seen(s, 0).path, "/v1/messages/batches");
    assert_string_equal(llmc_mock_request_header(s->f.mock, 0, "x-api-key"), FLOW_KEY);
    assert_int_equal(strncmp(seen(s, 0).body, "{\"requests\":[{\"custom_id\":\"llmc-0\",\"params\":{\"model\":", 53),
                     0);
    assert_non_null(strstr(seen(s, 0).body, "}},{\"custom_id\":\"llmc-1\",\"params\":{"));
    assert_string_equal(seen(s, 1).path, "/v1/messages/batches/msgbatch_1");
    assert_string_equal(seen(s, 2).path, "/v1/messages/batches/msgbatch_1/results");
    assert_int_equal(llmc_mock_request_count(s->f.mock), 3);
    stage_close(s);
}

/* Too many or too large for one job: several. */
static void divided(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 25);
        s->options.job_max_requests = 10;
        run(s, LLMC_OK);
        check_all(s);
        assert_int_equal(s->id_count, 3);
        forget(s);
        size_t before = llmc_mock_request_count(s->f.mock);
        s->id_count = 0;
        s->options.job_max_requests = 0;
        s->options.job_max_bytes = 2000;
        run(s, LLMC_OK);
        check_all(s);
        assert_true(s->id_count > 1);
        for (size_t i = before; i < llmc_mock_request_count(s->f.mock); i++)
            assert_true(seen(s, i).body_len <= 2000);
        stage_close(s);
    }
}

/* One model a job; what cannot be sent at all fails alone. */
static void mixed(void **state) {
    stage *s = stage_open(models[0], 6);
    char large[3000];
    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    for (size_t i = 1; i < 6; i += 2)
        llmc_request_free(s->requests[i]);
    assert_int_equal(llmc_request_new("anthropic/claude-flow", &s->requests[1]), LLMC_OK);
    assert_int_equal(llmc_request_add_message(s->requests[1], LLMC_ROLE_USER, "item 1 \"\xc3\xa9\"\n."), LLMC_OK);
    assert_int_equal(llmc_request_new("mistral/m", &s->requests[3]), LLMC_OK);
    assert_int_equal(llmc_request_add_message(s->requests[3], LLMC_ROLE_USER, "x"), LLMC_OK);
    assert_int_equal(llmc_request_new(models[0], &s->requests[5]), LLMC_OK);
    assert_int_equal(llmc_request_add_message(s->requests[5], LLMC_ROLE_USER, large), LLMC_OK);
    assert_int_equal(llmc_request_set_reasoning_budget(s->requests[4], 100), LLMC_OK);
    s->options.job_max_bytes = 2500;
    run(s, LLMC_ERR_PARTIAL);
    check_answer(s, 0);
    check_answer(s, 1);
    check_answer(s, 2);
    assert_int_equal(llmc_response_status(s->results[3]), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_response_error_message(s->results[3]), "\"mistral\""));
    assert_int_equal(llmc_response_status(s->results[4]), LLMC_ERR_UNSUPPORTED);
    assert_int_equal(llmc_response_status(s->results[5]), LLMC_ERR_TOO_LARGE);
    assert_int_equal(s->id_count, 2);
    stage_close(s);
}

static void nothing_to_do(void **state) {
    stage *s = stage_open(models[0], 0);
    (void)state;
    run(s, LLMC_OK);
    assert_int_equal(llmc_mock_request_count(s->f.mock), 0);
    stage_close(s);
}

/* ---- results as they should not be ---- */

static void out_of_order_and_twice(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 100);
        llmc_mock_batch_options mock = plan();
        mock.reversed = mock.doubled = true;
        set_mock(s, mock);
        run(s, LLMC_OK);
        check_all(s);
        stage_close(s);
    }
}

static void some_fail_some_are_missing(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 20);
        llmc_mock_batch_options mock = plan();
        mock.failed_text = "item 7 ";
        mock.missing_text = "item 11 ";
        set_mock(s, mock);
        run(s, LLMC_ERR_PARTIAL);
        for (size_t i = 0; i < s->count; i++)
            if (i != 7 && i != 11)
                check_answer(s, i);
        assert_int_equal(llmc_response_status(s->results[7]), LLMC_ERR_BAD_REQUEST);
        assert_int_equal(llmc_error_http_status(llmc_response_error(s->results[7])), 400);
        assert_non_null(strstr(llmc_response_error_message(s->results[7]), "The request was refused."));
        assert_int_equal(llmc_response_status(s->results[11]), LLMC_ERR_INCOMPLETE);
        assert_non_null(strstr(llmc_response_error_message(s->results[11]), s->ids[0]));
        stage_close(s);
    }
}

static void an_expired_job(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 10);
        llmc_mock_batch_options mock = plan();
        mock.ends_as = "expired";
        set_mock(s, mock);
        run(s, LLMC_ERR_PARTIAL);
        for (size_t i = 0; i < 5; i++)
            check_answer(s, i);
        for (size_t i = 5; i < 10; i++)
            assert_int_equal(llmc_response_status(s->results[i]), LLMC_ERR_TIMEOUT_TOTAL);
        stage_close(s);
    }
}

static void a_failed_job(void **state) {
    stage *s = stage_open(models[0], MAX_ITEMS);
    llmc_mock_batch_options mock = plan();
    (void)state;
    mock.ends_as = "failed";
    set_mock(s, mock);
    run(s, LLMC_ERR_PARTIAL);
    for (size_t i = 0; i < s->count; i++) {
        assert_int_equal(llmc_response_status(s->results[i]), LLMC_ERR_BAD_REQUEST);
        assert_non_null(strstr(llmc_response_error_message(s->results[i]), "Line 1 is not valid JSON."));
    }
    stage_close(s);
}

/* ---- what it costs ---- */

/* Half of what a chat costs: gpt-4.1 takes 2 USD a million tokens of the prompt, 8 of the answer. */
static double half_price(const llmc_response *response) {
    return ((double)llmc_response_tokens_in(response) * 2e-6 + (double)llmc_response_tokens_out(response) * 8e-6) / 2;
}

static void at_half_the_price(void **state) {
    stage *s = stage_open("openai/gpt-4.1", 4);
    llmc_mock_batch_options mock = plan();
    llmc_spending sum = LLMC_SPENDING_INIT;
    double all = 0;
    (void)state;
    mock.failed_text = "item 3 ";
    set_mock(s, mock);
    run(s, LLMC_ERR_PARTIAL);
    for (size_t i = 0; i < 3; i++) {
        double cost = llmc_response_cost_usd(s->results[i]);
        assert_true(cost > 0 && fabs(cost - half_price(s->results[i])) < 1e-12);
        all += cost;
    }
    assert_true(fabs(llmc_response_cost_usd(s->results[3])) < 1e-15);
    assert_int_equal(llmc_client_spending(s->f.client, "openai", "gpt-4.1", &sum), LLMC_OK);
    assert_int_equal(sum.requests, 3);
    assert_true(fabs(sum.cost_usd - all) < 1e-12);
    stage_close(s);
}

/* A limit holds for jobs too: what may cost more is not sent, what was not spent is given back. */
static void within_a_spending_limit(void **state) {
    stage *s = stage_open("openai/gpt-4.1", 6);
    llmc_client_options options = flow_options();
    llmc_budget budget = LLMC_BUDGET_INIT;
    size_t answered = 0;
    (void)state;
    options.spend_limit_usd = 0.010; /* an answer of 1000 tokens may cost 0.004 and its prompt */
    llmc_client_free(s->f.client);
    s->f.client = flow_client(llmc_mock_base_url(s->f.mock), &options);
    for (size_t i = 0; i < s->count; i++)
        assert_int_equal(llmc_request_set_max_tokens(s->requests[i], 1000), LLMC_OK);
    run(s, LLMC_ERR_PARTIAL);
    for (size_t i = 0; i < s->count; i++) {
        llmc_status status = llmc_response_status(s->results[i]);
        answered += status == LLMC_OK;
        assert_true(status == LLMC_OK || status == LLMC_ERR_BUDGET);
    }
    assert_int_equal(answered, 2);
    assert_non_null(strstr(llmc_response_error_message(s->results[5]), "spend_limit_usd"));
    assert_int_equal(llmc_client_budget(s->f.client, &budget), LLMC_OK);
    assert_true(fabs(budget.reserved_usd) < 1e-12);
    assert_true(fabs(budget.spent_usd - half_price(s->results[0]) - half_price(s->results[1])) < 1e-8);
    stage_close(s);
}

/* ---- the way fails ---- */

static llmc_mock_script refusal(int status) {
    llmc_mock_script script = flow_answer("not now");
    script.status = status;
    return script;
}

static void faults_that_pass(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 5);
        llmc_mock_script broken = flow_script();
        broken.fault = LLMC_MOCK_RESET;
        broken.fault_on_read = true;
        s->options.job_max_poll_ms = 20;
        if (m < 2) { /* the upload of a file may be done twice */
            flow_push(&s->f, refusal(500));
            flow_push(&s->f, broken);
            flow_push(&s->f, flow_script());
        }
        flow_push(&s->f, refusal(429)); /* of the creation: it was not done */
        flow_push(&s->f, flow_script());
        flow_push(&s->f, refusal(503)); /* looks: as often as it takes */
        flow_push(&s->f, refusal(503));
        flow_push(&s->f, refusal(503));
        flow_push(&s->f, refusal(503));
        flow_push(&s->f, flow_script());
        flow_push(&s->f, broken); /* results */
        run(s, LLMC_OK);
        check_all(s);
        assert_int_equal(s->id_count, 1);
        stage_close(s);
    }
}

static void a_creation_in_doubt_is_not_repeated(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 3);
        llmc_mock_script broken = flow_script();
        broken.fault = LLMC_MOCK_CLOSE;
        if (m < 2)
            flow_push(&s->f, flow_script());
        flow_push(&s->f, broken);
        run(s, LLMC_ERR_PARTIAL);
        assert_int_equal(llmc_mock_request_count(s->f.mock), m < 2 ? 2 : 1);
        assert_non_null(strstr(llmc_response_error_message(s->results[2]), "may exist all the same"));
        stage_close(s);
    }
}

static void faults_that_do_not(void **state) {
    static const int statuses[] = {401, 404, 400};
    static const llmc_status told[] = {LLMC_ERR_AUTH, LLMC_ERR_NOT_FOUND, LLMC_ERR_BAD_REQUEST};
    (void)state;
    for (size_t at = 0; at < 4; at++) { /* of the requests there are: upload, creation, look, results */
        for (size_t k = 0; k < 3; k++) {
            stage *s = stage_open(models[0], 3);
            for (size_t i = 0; i < at; i++)
                flow_push(&s->f, flow_script());
            flow_push(&s->f, refusal(statuses[k]));
            run(s, LLMC_ERR_PARTIAL);
            assert_int_equal(llmc_response_status(s->results[0]), told[k]);
            assert_non_null(strstr(llmc_response_error_message(s->results[0]), "not now"));
            assert_int_equal(llmc_mock_request_count(s->f.mock), at + 1);
            stage_close(s);
        }
    }
}

static void answers_that_are_none(void **state) {
    (void)state;
    for (size_t at = 0; at < 4; at++) {
        stage *s = stage_open(models[0], 3);
        llmc_mock_script odd = flow_script();
        odd.body = "<html>{\"custom_id\":\"llmc-0\"}</html>\n{}\n[1]\n";
        for (size_t i = 0; i < at; i++)
            flow_push(&s->f, flow_script());
        flow_push(&s->f, odd);
        run(s, LLMC_ERR_PARTIAL);
        assert_int_equal(llmc_response_status(s->results[1]), at < 3 ? LLMC_ERR_BAD_RESPONSE : LLMC_ERR_INCOMPLETE);
        stage_close(s);
    }
}

/* ---- resuming ---- */

static void new_client(stage *s) {
    llmc_client_options options = flow_options();
    llmc_client_free(s->f.client);
    s->f.client = flow_client(llmc_mock_base_url(s->f.mock), &options);
    set_client(s);
}

static void resumed_by_another_client(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 25);
        llmc_mock_batch_options mock = plan();
        s->options.job_max_requests = 10;
        s->options.job_timeout_ms = 150; /* the process is gone before the jobs have ended */
        mock.looks = UINT32_MAX - 1;
        set_mock(s, mock);
        run(s, LLMC_ERR_PARTIAL);
        assert_int_equal(s->id_count, 3);
        assert_int_equal(llmc_response_status(s->results[24]), LLMC_ERR_TIMEOUT_TOTAL);
        forget(s);
        new_client(s);
        set_mock(s, plan());
        s->options.job_timeout_ms = 0;
        resume(s, LLMC_OK);
        check_all(s);
        assert_int_equal(s->last_done, s->count);
        stage_close(s);
    }
}

static void resumed_in_part(void **state) {
    stage *s = stage_open(models[0], 20);
    (void)state;
    s->options.job_max_requests = 10;
    run(s, LLMC_OK);
    forget(s);
    s->id_count = 1;
    resume(s, LLMC_ERR_PARTIAL);
    for (size_t i = 0; i < 10; i++)
        check_answer(s, i);
    assert_int_equal(llmc_response_status(s->results[10]), LLMC_ERR_INCOMPLETE);
    forget(s);
    (void)snprintf(s->ids[1], sizeof s->ids[1], "openai/batch_nowhere");
    s->id_count = 2;
    resume(s, LLMC_ERR_PARTIAL);
    check_answer(s, 9);
    assert_int_equal(llmc_response_status(s->results[10]), LLMC_ERR_NOT_FOUND);
    stage_close(s);
}

static void ids_that_are_none(void **state) {
    static const char *const bad[] = {"batch_1", "/batch", "openai/", "openai/a b", "openai/../files", NULL};
    stage *s = stage_open(models[0], 1);
    llmc_response *results[1];
    const char *unknown[] = {"nobody/batch_1"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(llmc_resume_batch(s->f.client, &bad[i], 1, 1, NULL, results), LLMC_ERR_INVALID_ARGUMENT);
        assert_non_null(strstr(llmc_last_error_message(), "job_ids[0]"));
        assert_null(results[0]);
    }
    assert_int_equal(llmc_resume_batch(s->f.client, NULL, 0, 1, NULL, results), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_resume_batch(s->f.client, unknown, 1, 1, NULL, results), LLMC_ERR_PARTIAL);
    assert_int_equal(llmc_response_status(results[0]), LLMC_ERR_UNKNOWN_PROVIDER);
    llmc_response_free(results[0]);
    stage_close(s);
}

/* ---- cancelling ---- */

static void on_done(llmc_batch *batch, llmc_status status, void *user_data) {
    stage *s = user_data;
    (void)batch;
    flow_tally_add(&s->tally, status);
}

static void on_item(llmc_batch *batch, size_t index, llmc_response *response, void *user_data) {
    stage *s = user_data;
    (void)batch;
    assert_null(s->results[index]);
    s->results[index] = llmc_response_ref(response);
}

static llmc_batch *start(stage *s) {
    llmc_batch *batch = NULL;
    assert_int_equal(llmc_execute_batch_async(s->f.client, (const llmc_request *const *)s->requests, s->count,
                                              &s->options, on_item, on_done, s, &batch),
                     LLMC_OK);
    return batch;
}

static void end(stage *s, llmc_batch *batch, llmc_status expected) {
    assert_int_equal(llmc_batch_wait(batch), expected);
    assert_int_equal(flow_tally_done(&s->tally), 1);
    assert_int_equal(s->tally.last, expected);
    llmc_batch_unref(batch);
    for (size_t i = 0; i < s->count; i++)
        assert_non_null(s->results[i]);
}

static void cancelled_at_each_step(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        for (size_t at = 1; at <= 3; at++) {
            stage *s = stage_open(models[m], 12);
            llmc_mock_batch_options mock = plan();
            mock.looks = UINT32_MAX - 1;
            set_mock(s, mock);
            for (size_t i = 1; i < at; i++)
                flow_push(&s->f, flow_script());
            flow_push(&s->f, flow_slow(FLOW_FOREVER_MS));
            llmc_batch *batch = start(s);
            assert_true(llmc_mock_wait_requests(s->f.mock, at, FLOW_DEADLINE_MS));
            llmc_batch_cancel(batch);
            end(s, batch, LLMC_ERR_CANCELLED);
            assert_int_equal(llmc_response_status(s->results[11]), LLMC_ERR_CANCELLED);
            /* A job that exists is cancelled at the provider. */
            size_t count = llmc_mock_request_count(s->f.mock);
            bool exists = s->id_count > 0;
            assert_int_equal(count, exists ? at + 1 : at);
            if (exists)
                assert_non_null(strstr(seen(s, count - 1).path, "/cancel"));
            stage_close(s);
        }
    }
}

/* What was done before the cancel is not lost: the id leads to it. */
static void a_cancelled_job_has_results(void **state) {
    (void)state;
    for (size_t m = 0; m < 3; m++) {
        stage *s = stage_open(models[m], 10);
        llmc_mock_batch_options mock = plan();
        mock.looks = UINT32_MAX - 1;
        set_mock(s, mock);
        llmc_batch *batch = start(s);
        assert_true(llmc_mock_wait_requests(s->f.mock, 4, FLOW_DEADLINE_MS));
        llmc_batch_cancel(batch);
        end(s, batch, LLMC_ERR_CANCELLED);
        forget(s);
        set_mock(s, plan());
        resume(s, LLMC_ERR_PARTIAL);
        for (size_t i = 0; i < 5; i++)
            check_answer(s, i);
        assert_int_equal(llmc_response_status(s->results[5]), LLMC_ERR_CANCELLED);
        stage_close(s);
    }
}

static void the_clients_end(void **state) {
    (void)state;
    for (uint64_t at = 1; at <= 4; at++) {
        stage *s = stage_open(models[0], 12);
        llmc_mock_batch_options mock = plan();
        mock.looks = UINT32_MAX - 1;
        set_mock(s, mock);
        llmc_batch *batch = start(s);
        assert_true(llmc_mock_wait_requests(s->f.mock, at, FLOW_DEADLINE_MS));
        llmc_client_free(s->f.client);
        s->f.client = NULL;
        assert_int_equal(flow_tally_done(&s->tally), 1);
        end(s, batch, LLMC_ERR_CANCELLED);
        stage_close(s);
    }
}

static void in_host_mode(void **state) {
    stage *s = stage_open(models[2], 100);
    llmc_client_options options = flow_options();
    llmc_mock_batch_options mock = plan();
    (void)state;
    options.io_threads = 0;
    llmc_client_free(s->f.client);
    s->f.client = flow_client(llmc_mock_base_url(s->f.mock), &options);
    set_client(s);
    mock.looks = 3;
    set_mock(s, mock);
    run(s, LLMC_OK);
    check_all(s);
    stage_close(s);
}

static void several_loops(void **state) {
    stage *s = stage_open(models[0], 100);
    llmc_client_options options = flow_options();
    (void)state;
    options.io_threads = 3;
    llmc_client_free(s->f.client);
    s->f.client = flow_client(llmc_mock_base_url(s->f.mock), &options);
    set_client(s);
    s->options.job_max_requests = 9;
    run(s, LLMC_OK);
    check_all(s);
    stage_close(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_api),
        cmocka_unit_test(what_openai_is_sent),
        cmocka_unit_test(what_anthropic_is_sent),
        cmocka_unit_test(divided),
        cmocka_unit_test(mixed),
        cmocka_unit_test(nothing_to_do),
        cmocka_unit_test(out_of_order_and_twice),
        cmocka_unit_test(some_fail_some_are_missing),
        cmocka_unit_test(an_expired_job),
        cmocka_unit_test(a_failed_job),
        cmocka_unit_test(at_half_the_price),
        cmocka_unit_test(within_a_spending_limit),
        cmocka_unit_test(faults_that_pass),
        cmocka_unit_test(a_creation_in_doubt_is_not_repeated),
        cmocka_unit_test(faults_that_do_not),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(resumed_by_another_client),
        cmocka_unit_test(resumed_in_part),
        cmocka_unit_test(ids_that_are_none),
        cmocka_unit_test(cancelled_at_each_step),
        cmocka_unit_test(a_cancelled_job_has_results),
        cmocka_unit_test(the_clients_end),
        cmocka_unit_test(in_host_mode),
        cmocka_unit_test(several_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
