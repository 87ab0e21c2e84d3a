/* Checks of arguments, each of which names the argument it refuses in llmc_last_error_message. */
#ifndef LLMC_API_ARGUMENT_H
#define LLMC_API_ARGUMENT_H

#include "llmclient.h"

llmc_status llmc__argument_null(const char *argument);      /* INVALID_ARGUMENT: must not be NULL */
llmc_status llmc__argument_no_memory(const char *argument); /* NO_MEMORY */
llmc_status llmc__argument_check_utf8(const char *argument, const char *text, size_t len);
llmc_status llmc__argument_check_text(const char *argument, const char *text); /* not NULL, not empty, UTF-8 */
llmc_status llmc__argument_check_object(const char *argument, const char *json);
llmc_status llmc__argument_check_name(const char *argument, const char *name); /* of a tool or schema */
/* Puts a copy in the slot; NULL empties it. */
llmc_status llmc__argument_replace(const char *argument, char **slot, const char *text);

#endif
