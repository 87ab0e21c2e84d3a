/* Decoding in one call, with what came of it. */
#ifndef LLMC_TEST_SUPPORT_OPENAI_H
#define LLMC_TEST_SUPPORT_OPENAI_H

#include "model/response.h"
#include "provider/provider.h"

typedef struct openai_result {
    llmc_response *response;
    llmc_error error;
    llmc_status status;
    char log[8192]; /* each event in a few characters, in order */
} openai_result;

/* Whose decoder is fed from now on; that of chat completions at first. */
void openai_use(const llmc__provider *adapter);

/* The row of the vendor whose answers they are, "test"; NULL, as at first: none. */
void openai_use_row(const llmc__provider_row *row);

/* Feeds a stream whole and ends it. */
void openai_stream(openai_result *result, const char *bytes);
/* The same one byte at a time. */
void openai_stream_bytewise(openai_result *result, const char *bytes);
/* A plain body. */
void openai_body(openai_result *result, const char *body);
void openai_free(openai_result *result);

#endif
