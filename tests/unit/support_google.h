/* A request for one of Google's adapters, and what is written of it. */
#ifndef LLMC_TESTS_SUPPORT_GOOGLE_H
#define LLMC_TESTS_SUPPORT_GOOGLE_H

#include "provider/provider.h"

typedef struct google_case {
    llmc__target target;
    llmc_request *request;
    llmc__http_request http;
    llmc_error error;
} google_case;

/* The target has a name, a key, and base_url and row of the built-in provider; the request one message, "hi". */
void google_begin(google_case *one, const char *provider);
void google_end(google_case *one);

/* The request anew, with one message "hi". */
void google_request(google_case *one);
/* The request anew, without messages. */
void google_request_empty(google_case *one);
/* Encodes; what was written before is forgotten. */
llmc_status google_encode(google_case *one, const char *model, bool stream);
/* Encodes for gemini-2.5-flash and fails the test unless the body is this text. */
void google_expect(google_case *one, const char *body);
void google_expect_of(google_case *one, const char *model, const char *body);
/* The header line, or NULL. */
const char *google_header(const google_case *one, const char *name);
/* An answer as it would be folded of this plain body. */
llmc_response *google_response(const llmc__provider *adapter, const char *body);

#endif
