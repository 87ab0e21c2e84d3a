/* A user's program with the SQLite store: what one client asked, another finds in the file. */
#include <stdio.h>
#include <string.h>
#include <llmclient.h>
#include <llmclient/mock.h>
#include <llmclient/sqlite.h>

static bool ask(const char *path, const char *base_url, bool *cached) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options openai = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_sqlite_options file = LLMC_SQLITE_OPTIONS_INIT;
    llmc_response *response = NULL;
    llmc_client *client = NULL;
    bool good;
    file.path = path;
    options.enable_cache = true;
    options.cache_store_timeout_ms = 10000;
    if (llmc_sqlite_new(&file, &options.cache_store) != LLMC_OK) {
        fprintf(stderr, "%s\n", llmc_sqlite_last_error_message());
        return false;
    }
    if (llmc_client_new(&options, &client) != LLMC_OK)
        return false;
    openai.base_url = base_url;
    openai.api_key = "sk-test";
    llmc_client_set_provider(client, "openai", &openai);
    good = llmc_ask(client, "gpt-4.1-mini", "kept in a file", &response) == LLMC_OK &&
           strcmp(llmc_response_output(response), "kept in a file") == 0;
    *cached = llmc_response_from_cache(response);
    llmc_response_free(response);
    llmc_client_free(client);
    return good;
}

int main(int argc, char **argv) {
    llmc_mock *mock = NULL;
    bool first = true, second = false;
    bool good = argc == 2 && llmc_mock_new(&mock) == LLMC_OK && ask(argv[1], llmc_mock_base_url(mock), &first) &&
                ask(argv[1], llmc_mock_base_url(mock), &second) && !first && second;
    printf("%s: first %s, second %s\n", argv[0], first ? "cached" : "asked", second ? "cached" : "asked");
    llmc_mock_free(mock);
    return !good;
}
