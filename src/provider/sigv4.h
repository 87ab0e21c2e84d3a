/*
 * AWS Signature Version 4 over a request's headers
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). Pure.
 */
#ifndef LLMC_PROVIDER_SIGV4_H
#define LLMC_PROVIDER_SIGV4_H

#include <stdint.h>
#include "model/http.h"

typedef struct llmc__sigv4 {
    const char *access_key_id, *secret_access_key;
    const char *session_token; /* NULL or "": none */
    const char *region, *service;
} llmc__sigv4;

/*
 * Signs a POST: sets X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token and Authorization, in place of those of an
 * earlier attempt. Signed are host, content-type and all x-amz-*. A query is taken as it stands: its parameters must be
 * sorted. LLMC_OK, INVALID_KEY, INVALID_URL, INVALID_HEADER, TOO_LARGE or NO_MEMORY.
 */
llmc_status llmc__sigv4_sign(const llmc__sigv4 *key, llmc__http_request *request, int64_t wall_s);

#endif
