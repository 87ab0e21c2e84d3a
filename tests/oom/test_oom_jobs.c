/* Batches as batch jobs with each allocation failing: every item ends, and says how. */
#include "support_oom.h"

#define ITEMS 4

static llmc_batch_options options(void) {
    llmc_batch_options o = LLMC_BATCH_OPTIONS_INIT;
    o.mode = LLMC_BATCH_JOB;
    o.job_poll_ms = 1;
    o.job_max_poll_ms = 1;
    o.job_max_requests = 3;
    o.job_timeout_ms = OOM_DEADLINE_MS / 2;
    return o;
}

static llmc_status status_of(llmc_status status, llmc_response *const *results) {
    llmc_status worst = LLMC_OK;
    for (size_t i = 0; i < ITEMS; i++) {
        llmc_status item = results[i] != NULL ? llmc_response_status(results[i]) : LLMC_ERR_NO_MEMORY;
        if (status == LLMC_OK || status == LLMC_ERR_PARTIAL)
            oom_assert_status(item, LLMC_OK);
        if (item == LLMC_OK)
            assert_string_equal(llmc_response_output(results[i]), OOM_TEXT);
        worst = item != LLMC_OK ? item : worst;
    }
    assert_true((status == LLMC_OK) == (worst == LLMC_OK));
    return worst;
}

static llmc_status run(llmc_client *client) {
    llmc_batch_options o = options();
    llmc_request *request = oom_request(OOM_ECHO);
    const llmc_request *requests[ITEMS] = {request, request, request, request};
    llmc_response *results[ITEMS];
    llmc_status status = llmc_execute_batch(client, requests, ITEMS, &o, results);
    assert_true(status == LLMC_OK || status == LLMC_ERR_PARTIAL || status == LLMC_ERR_NO_MEMORY);
    status = status_of(status, results);
    for (size_t i = 0; i < ITEMS; i++)
        llmc_response_free(results[i]);
    llmc_request_free(request);
    return status;
}

/* ---- resuming ---- */

static char ids[8][64];
static size_t id_count;

static void on_job(llmc_batch *batch, const char *job_id, void *user_data) {
    (void)batch;
    (void)user_data;
    snprintf(ids[id_count++], sizeof ids[0], "%s", job_id);
}

/* Jobs that are there already, made with the gate open. */
static void make_jobs(llmc_client *client) {
    llmc_batch_options o = options();
    llmc_request *request = oom_request(OOM_ECHO);
    const llmc_request *requests[ITEMS] = {request, request, request, request};
    llmc_response *results[ITEMS];
    oom_pause(true);
    o.on_job = on_job;
    id_count = 0;
    assert_int_equal(llmc_execute_batch(client, requests, ITEMS, &o, results), LLMC_OK);
    for (size_t i = 0; i < ITEMS; i++)
        llmc_response_free(results[i]);
    oom_pause(false);
    llmc_request_free(request);
}

static llmc_status resume(llmc_client *client) {
    llmc_batch_options o = options();
    const char *names[8];
    llmc_response *results[ITEMS];
    llmc_status status;
    make_jobs(client);
    for (size_t i = 0; i < id_count; i++)
        names[i] = ids[i];
    status = llmc_resume_batch(client, names, id_count, ITEMS, &o, results);
    assert_true(status == LLMC_OK || status == LLMC_ERR_PARTIAL || status == LLMC_ERR_NO_MEMORY);
    status = status_of(status, results);
    for (size_t i = 0; i < ITEMS; i++)
        llmc_response_free(results[i]);
    return status;
}

static void test_run_1(void **state) {
    (void)state;
    oom_run(run, 1, LLMC_OK);
}

static void test_run_0(void **state) {
    (void)state;
    oom_run(run, 0, LLMC_OK);
}

static void test_resume_1(void **state) {
    (void)state;
    oom_run(resume, 1, LLMC_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_1),
        cmocka_unit_test(test_run_0),
        cmocka_unit_test(test_resume_1),
    };
    int failed;
    oom_servers_start();
    failed = cmocka_run_group_tests_name("oom_jobs", tests, NULL, NULL);
    oom_servers_stop();
    return failed;
}
