/* What the pieces of C code in README.md and docs/ may use without saying where it comes from. */
#ifndef LLMC_DOCS_PRELUDE_H
#define LLMC_DOCS_PRELUDE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <llmclient.h>
#include <llmclient/mock.h>
#include <llmclient/sqlite.h>

#define N 100

extern llmc_client *client;
extern llmc_client *other_client;
extern llmc_request *request;
extern llmc_request *requests[N];
extern llmc_response *results[N];
extern llmc_response *response;
extern llmc_call *call;
extern llmc_batch *batch;
extern llmc_stream *stream;
extern llmc_mock *mock;
extern llmc_status status;
extern const char *prompts[N];
extern void *my_data;

int my_interrupted(void *user_data);
void my_log(llmc_log_level level, const char *text, void *user_data);
void my_done(llmc_call *done, llmc_response *answer, void *user_data);

#define DOCS_PIECE                                                                                                     \
    void piece(void);                                                                                                  \
    void piece(void)

#endif
