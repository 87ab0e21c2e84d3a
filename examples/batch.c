/* batch.c - a hundred prompts, twenty at a time, with a count of how far it is. With --mock it asks the mock provider.
 */
#include "setup.h"

#define COUNT 100

static void on_progress(size_t done, size_t failed, size_t total, void *user_data) {
    (void)user_data;
    if (done % 10 == 0)
        printf("%zu of %zu done, %zu failed\n", done, total, failed);
}

/* Makes the requests; those made are in the array also after an error. */
static llmc_status make_requests(const char *model, llmc_request **requests) {
    for (int i = 0; i < COUNT; i++) {
        char prompt[128];
        snprintf(prompt, sizeof prompt, "What is %d times %d? Only the number.", i, i);
        llmc_status status = llmc_request_new(model, &requests[i]);
        if (status == LLMC_OK)
            status = llmc_request_add_message(requests[i], LLMC_ROLE_USER, prompt);
        if (status != LLMC_OK)
            return status;
    }
    return LLMC_OK;
}

int main(int argc, char **argv) {
    llmc_request *requests[COUNT] = {NULL};
    llmc_response *results[COUNT] = {NULL};
    setup s;
    if (!setup_open(&s, NULL, argc, argv))
        return 1;

    llmc_status status = make_requests(s.model, requests);
    if (status == LLMC_OK) {
        llmc_batch_options options = LLMC_BATCH_OPTIONS_INIT;
        options.max_concurrency = 20;
        options.on_progress = on_progress;
        status = llmc_execute_batch(s.client, (const llmc_request *const *)requests, COUNT, &options, results);
    }
    if (status == LLMC_OK)
        printf("the last one: %s\n", llmc_response_output(results[COUNT - 1]));
    else
        fprintf(stderr, "%s: %s\n", llmc_status_name(status), llmc_last_error_message());

    /* results[i] answers requests[i]; each succeeded or failed on its own. */
    for (int i = 0; i < COUNT; i++) {
        if (results[i] && llmc_response_status(results[i]) != LLMC_OK)
            fprintf(stderr, "%d: %s\n", i, llmc_response_error_message(results[i]));
        llmc_response_free(results[i]);
        llmc_request_free(requests[i]);
    }
    setup_close(&s);
    return status == LLMC_OK ? 0 : 1;
}
