/* Answers of Bedrock made by hand and read by its adapter. */
#ifndef LLMC_TEST_SUPPORT_BEDROCK_H
#define LLMC_TEST_SUPPORT_BEDROCK_H

#include "base/buf.h"
#include "model/response.h"

#define BEDROCK_MAX_BYTES ((size_t)1 << 20)
#define BEDROCK_MAX_EVENT 4096

typedef struct bedrock_outcome {
    llmc_response *response;
    llmc_status status;
    llmc_error error;
} bedrock_outcome;

/* An emit function over a response. */
llmc_status bedrock_fold(void *ctx, const llmc_event *event);

/* In pieces of `step` bytes, each in memory of its own. Fails the test on an error without a message. */
bedrock_outcome bedrock_read_stream(const char *bytes, size_t len, size_t step);
bedrock_outcome bedrock_read_body(const char *body, size_t len);
void bedrock_end(bedrock_outcome *result);
const char *bedrock_text(const bedrock_outcome *result);

/* The stream being written: begun, frames added, read and freed. */
extern llmc__buf bedrock_stream;
void bedrock_start(void);
void bedrock_event(const char *type, const char *payload);
void bedrock_delta(int index, const char *what); /* members of `delta` */
bedrock_outcome bedrock_read(size_t step);

#endif
