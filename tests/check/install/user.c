/* What a user's first program looks like: built against the installed library, run against the installed mock. */
#include <stdio.h>
#include <string.h>
#include <llmclient.h>
#include <llmclient/mock.h>
#include <llmclient/store.h>

int main(void) {
    llmc_mock *mock = NULL;
    llmc_client *client = NULL;
    llmc_response *response = NULL;
    llmc_provider_options openai = LLMC_PROVIDER_OPTIONS_INIT;
    int bad = 1;
    if (llmc_mock_new(&mock) == LLMC_OK && llmc_client_new(NULL, &client) == LLMC_OK) {
        openai.base_url = llmc_mock_base_url(mock);
        openai.api_key = "sk-test";
        llmc_client_set_provider(client, "openai", &openai);
        llmc_ask(client, "gpt-4.1-mini", "over the installed library", &response);
        bad = strcmp(llmc_response_output(response), "over the installed library") != 0;
    }
    printf("%s %s: %s%s\n", LLMC_VERSION_STRING, llmc_version(), llmc_response_output(response),
           llmc_response_error_message(response));
    bad = bad || strcmp(llmc_version(), LLMC_VERSION_STRING) != 0;
    llmc_response_free(response);
    llmc_client_free(client);
    llmc_mock_free(mock);
    return bad;
}
