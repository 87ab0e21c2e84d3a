/* Appending to a request's messages: what the files of the builder share. All or nothing. */
#ifndef LLMC_API_REQUEST_PARTS_H
#define LLMC_API_REQUEST_PARTS_H

#include "model/request.h"

bool llmc__request_parts_fill(llmc__part *part, const void *bytes, size_t len); /* its text; false: no memory */
/*
 * Puts the part behind the last message, or into a new one of that role. What it holds is the request's then, or freed
 * when there is no memory: NO_MEMORY, told of `argument`.
 */
llmc_status llmc__request_parts_append(llmc_request *request, const char *argument, llmc__part *part);
llmc_status llmc__request_parts_begin(llmc_request *request, const char *argument, llmc_role role, llmc__part *part);
llmc__message *llmc__request_parts_last(const llmc_request *request); /* message; NULL: none */

/*
 * llmc_request_add_response; with `mend` also of an answer whose calls are broken. Their arguments, which are no JSON,
 * become a text in an object.
 */
llmc_status llmc__request_add_answer(llmc_request *request, const llmc_response *response, bool mend);

#endif
