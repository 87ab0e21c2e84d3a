/* llmc_client_options: checked, completed and copied. */
#ifndef LLMC_API_CLIENT_OPTIONS_H
#define LLMC_API_CLIENT_OPTIONS_H

#include "llmclient.h"

extern const llmc_client_options llmc__client_options_defaults;

/* LLMC_OK, or what is wrong with the last error set, which names the field. */
llmc_status llmc__client_options_check(const llmc_client_options *o);

/* Number fields left 0 take their default; -1 stays "none". */
void llmc__client_options_fill(llmc_client_options *o);

/* Its strings become copies of its own, to be freed also after NO_MEMORY. */
llmc_status llmc__client_options_own(llmc_client_options *o);
void llmc__client_options_free(llmc_client_options *o);

#endif
