/* A request written by the adapter of a built-in provider, with what came of it; and hostile input for its decoder. */
#ifndef LLMC_TEST_SUPPORT_ADAPTER_H
#define LLMC_TEST_SUPPORT_ADAPTER_H

#include "provider/provider.h"

typedef struct adapter_case {
    llmc__target target; /* made from the provider's row, with the key "sk-test" */
    llmc_request *request;
    llmc__http_request http;
    llmc_error error;
} adapter_case;

/* A request to that model without messages. */
void adapter_begin(adapter_case *c, const char *provider, const char *model);
void adapter_end(adapter_case *c);

/* Writes the request anew, by its operation, and answers the status. */
llmc_status adapter_encode(adapter_case *c, bool stream);
/* Writes it and fails the test unless that went well and the body is this JSON, members in any order. */
void adapter_body_is(adapter_case *c, bool stream, const char *json);
/* Writes it while each allocation in turn fails: NO_MEMORY with an error that says so, or all is well. */
void adapter_starve_encode(adapter_case *c);
bool adapter_has_header(const adapter_case *c, const char *line);

/*
 * Feeds changed copies of the stream in random pieces, and as a whole body: whatever comes out, it must not crash, end
 * with a status that a decoder may have, and carry a message when that is an error.
 */
void adapter_mutate(const llmc__provider *provider, const char *stream, uint32_t rounds);

/* Decodes the stream while each allocation in turn fails: LLMC_OK or NO_MEMORY, nothing else. */
void adapter_starve(const llmc__provider *provider, const char *stream);

#endif
