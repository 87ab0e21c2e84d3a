/* ask.c - one question, one answer. With --mock it asks the mock provider, else OPENAI_API_KEY must be set. */
#include "setup.h"

int main(int argc, char **argv) {
    setup s;
    llmc_response *response = NULL;
    if (!setup_open(&s, NULL, argc, argv))
        return 1;

    llmc_status status = llmc_ask(s.client, s.model, "Why is the sky blue? Answer in one sentence.", &response);
    if (status == LLMC_OK) {
        puts(llmc_response_output(response));
        printf("(%s, %lld tokens in, %lld out, %lld ms)\n", llmc_response_model(response),
               (long long)llmc_response_tokens_in(response), (long long)llmc_response_tokens_out(response),
               (long long)llmc_response_latency_ms(response));
        if (llmc_response_cost_usd(response) >= 0) /* -1: no price is known */
            printf("(%.6f USD)\n", llmc_response_cost_usd(response));
    } else {
        fprintf(stderr, "%s: %s\n", llmc_status_name(status), llmc_response_error_message(response));
    }

    llmc_response_free(response);
    setup_close(&s);
    return status == LLMC_OK ? 0 : 1;
}
