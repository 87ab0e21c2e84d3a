/* async.c - three questions at once, each with a callback; the main thread is free until it waits. With --mock it asks
 * the mock provider. */
#include "setup.h"

#define COUNT 3

/* Runs on the client's loop thread, once for each call: be quick here, and do not block. */
static void on_done(llmc_call *call, llmc_response *response, void *user_data) {
    const char *question = user_data;
    (void)call;
    if (llmc_response_status(response) == LLMC_OK)
        printf("%s\n  %s\n", question, llmc_response_output(response));
    else
        printf("%s\n  failed: %s\n", question, llmc_response_error_message(response));
}

static llmc_status start(setup *s, char *question, llmc_call **out) {
    llmc_request *request = NULL;
    llmc_status status = llmc_request_new(s->model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, question);
    if (status == LLMC_OK)
        status = llmc_execute_async(s->client, request, on_done, question, out);
    if (status != LLMC_OK)
        fprintf(stderr, "%s\n", llmc_last_error_message());
    llmc_request_free(request); /* the call has its own copy */
    return status;
}

int main(int argc, char **argv) {
    static char questions[COUNT][64] = {"What is the capital of France?", "What is 12 times 12?", "Who wrote Faust?"};
    llmc_call *calls[COUNT] = {NULL};
    int failures = 0;
    setup s;
    if (!setup_open(&s, NULL, argc, argv))
        return 1;

    for (int i = 0; i < COUNT; i++)
        failures += start(&s, questions[i], &calls[i]) != LLMC_OK;
    for (int i = 0; i < COUNT; i++) {
        if (calls[i])
            failures += llmc_call_wait(calls[i], NULL) != LLMC_OK;
        llmc_call_unref(calls[i]);
    }

    setup_close(&s);
    return failures ? 1 : 0;
}
