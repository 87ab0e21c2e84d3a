/* stream.c - an answer printed as it arrives. With --mock it asks the mock provider. */
#include "setup.h"

/* Prints the pieces of one answer; LLMC_END when it came to its end. */
static llmc_status print_stream(llmc_client *client, const llmc_request *request) {
    llmc_stream *stream = NULL;
    const llmc_event *event = NULL;
    llmc_status status = llmc_execute_stream(client, request, &stream);
    if (status != LLMC_OK) {
        fprintf(stderr, "%s\n", llmc_last_error_message());
        return status;
    }
    while ((status = llmc_stream_next(stream, &event)) == LLMC_OK) {
        if (llmc_event_type(event) == LLMC_EVENT_TEXT) {
            fwrite(llmc_event_text(event), 1, llmc_event_text_len(event), stdout);
            fflush(stdout);
        }
    }
    putchar('\n');

    const llmc_response *whole = llmc_stream_response(stream);
    if (status == LLMC_END)
        printf("(first piece after %lld ms, the whole after %lld ms)\n", (long long)llmc_response_ttft_ms(whole),
               (long long)llmc_response_latency_ms(whole));
    else
        fprintf(stderr, "broke off: %s\n", llmc_response_error_message(whole));
    llmc_stream_free(stream);
    return status;
}

int main(int argc, char **argv) {
    setup s;
    llmc_request *request = NULL;
    if (!setup_open(&s, NULL, argc, argv))
        return 1;

    llmc_status status = llmc_request_new(s.model, &request);
    if (status == LLMC_OK)
        status = llmc_request_add_message(request, LLMC_ROLE_USER, "Count slowly from one to ten, in words.");
    if (status == LLMC_OK)
        status = print_stream(s.client, request);

    llmc_request_free(request);
    setup_close(&s);
    return status == LLMC_END ? 0 : 1;
}
