/* Requests for other operations than a chat, as the functions of the API make them. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_OPERATION_H
#define LLMC_TESTS_FLOW_SUPPORT_OPERATION_H

#include "model/request.h"
#include "model/response.h"
#include "support_flow.h"

/* To embed texts (terminated, lent), or a body to a path (copied). */
llmc_request *operation_embed(const char *model, const char *const *texts, size_t count);
llmc_request *operation_raw(const char *model, const char *method, const char *path, const char *content_type,
                            const char *body);

/* Asks and frees the request; the response must have this status. */
llmc_response *operation_ask(llmc_client *client, llmc_request *request, llmc_status expected);

/* Its vectors are those of the mock for these texts. */
void operation_assert_vectors(const llmc_response *response, const char *const *texts, size_t count, size_t dimensions);

#endif
