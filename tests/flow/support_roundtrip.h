/*
 * One conversation held with every provider's format: a picture and a question, two tools called at once, their
 * results, an answer that keeps to a schema. Each turn is asked plain and streamed.
 */
#ifndef LLMC_TESTS_FLOW_SUPPORT_ROUNDTRIP_H
#define LLMC_TESTS_FLOW_SUPPORT_ROUNDTRIP_H

#include "support_flow.h"

#define ROUNDTRIP_ID_A "callA0001" /* Mistral takes ids of nine letters and digits only */
#define ROUNDTRIP_ID_B "callB0002"

typedef struct roundtrip {
    const char *provider, *model;
    const char *plain_path, *stream_path; /* of the requests the server gets, after its "/v1" */
    const char *region, *project, *api_version, *extra_json;
    bool by_token;      /* its key comes from a token function */
    bool by_signature;  /* it has AWS credentials, and `auth` is how the signature begins */
    bool lacks_thought; /* no reasoning in this format, or none that is read */
    const char *auth_header, *auth;
    const char *asks[8];    /* what the body of the first request has in it */
    const char *returns[8]; /* and that of the second */
} roundtrip;

/* A provider of each format the mock speaks, by name and model only. */
extern const roundtrip roundtrip_formats[];
extern const size_t roundtrip_format_count;

/* Runs the conversation and checks both sides of it. Asserts. */
void roundtrip_run(flow *f, const roundtrip *trip);

/* Asks, plain or streamed; the events of a stream are checked against its response. The answer is to be freed. */
llmc_response *roundtrip_ask(flow *f, const llmc_request *request, bool streamed, llmc_status expected);

/* Makes the provider of this name the mock. */
void roundtrip_provider(flow *f, const roundtrip *trip);

/* A request with one user message to the provider, which becomes the mock. To be freed. */
llmc_request *roundtrip_request(flow *f, const roundtrip *trip, const char *prompt);

/* Whether every getter says the same of both, ids aside, which are the server's. */
void roundtrip_assert_same(const llmc_response *a, const llmc_response *b);

#endif
