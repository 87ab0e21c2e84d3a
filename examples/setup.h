/*
 * setup.h - what the examples share: a client of the real provider, or with --mock one of the mock provider in this
 * process, so that every example runs without a key and without a network.
 */
#ifndef EXAMPLES_SETUP_H
#define EXAMPLES_SETUP_H

#include <llmclient.h>
#include <llmclient/mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct setup {
    llmc_client *client;
    llmc_mock *mock; /* NULL with the real provider */
    const char *model;
} setup;

static inline void setup_close(setup *s) {
    llmc_client_free(s->client);
    llmc_mock_free(s->mock);
}

/* Starts the mock and makes it answer as "openai"; each answer takes 30 ms, and 20 ms more for each word of a stream.
 */
static inline llmc_status setup_mock(setup *s) {
    llmc_mock_script slow = LLMC_MOCK_SCRIPT_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_status status = llmc_mock_new(&s->mock);
    if (status != LLMC_OK)
        return status;
    slow.delay_ms = 30;
    slow.chunk_delay_ms = 20;
    llmc_mock_set_default(s->mock, &slow);
    provider.base_url = llmc_mock_base_url(s->mock);
    provider.api_key = "sk-mock";
    return llmc_client_set_provider(s->client, "openai", &provider);
}

/* Returns false after saying why. The model is $MODEL, or gpt-4.1-mini. */
static inline bool setup_open(setup *s, const llmc_client_options *options, int argc, char **argv) {
    const char *model = getenv("MODEL");
    memset(s, 0, sizeof *s);
    s->model = model && *model ? model : "gpt-4.1-mini";
    llmc_status status = llmc_client_new(options, &s->client);
    if (status == LLMC_OK && argc > 1 && strcmp(argv[1], "--mock") == 0)
        status = setup_mock(s);
    if (status == LLMC_OK)
        return true;
    fprintf(stderr, "%s\n", llmc_last_error_message());
    setup_close(s);
    return false;
}

#endif
