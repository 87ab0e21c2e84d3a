/* An HTTP exchange as data: what an adapter encodes and net sends, what net reports back. */
#ifndef LLMC_MODEL_HTTP_H
#define LLMC_MODEL_HTTP_H

#include <stdbool.h>
#include "base/buf.h"

/* Owned; headers are "Name: value" lines, already checked for control characters. */
typedef struct llmc__http_request {
    llmc__buf url;      /* absolute */
    llmc__buf body;     /* JSON */
    const char *method; /* lent; NULL: POST. One that is not has no body */
    llmc__buf headers;  /* lines, each ended by NUL: "Content-Type: application/json\0Authorization: Bearer x\0" */
    bool stream;
} llmc__http_request;

void llmc__http_request_init(llmc__http_request *request, size_t max_body);
void llmc__http_request_free(llmc__http_request *request); /* overwrites the header memory: it holds the key */
/* Appends a line; name and value must have no control characters (LLMC_ERR_INVALID_HEADER). Replaces one of that name.
 */
llmc_status llmc__http_request_header(llmc__http_request *request, const char *name, const char *value);
/* The same for a value that has its beginning elsewhere: "Bearer " and a key. */
llmc_status llmc__http_request_header_of(llmc__http_request *request, const char *name, const char *prefix,
                                         const char *value);
/* Next line after `line` (NULL: first); NULL at the end. */
const char *llmc__http_request_next_header(const llmc__http_request *request, const char *line);

#endif
