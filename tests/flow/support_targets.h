/* Where calls go: a client of the environment's, and what the mock saw of a call whatever came of it. */
#ifndef SUPPORT_TARGETS_H
#define SUPPORT_TARGETS_H

#include "support_flow.h"
#include "model/target.h"

/* Sets a variable for this program. NULL: takes it out. */
void targets_set(const char *variable, const char *value);
/* Takes out every variable that targets_set has set. */
void targets_unset_all(void);

/* A client that reads the environment as it stands now. */
llmc_client *targets_client(void);

/* "http://127.0.0.1:PORT" and the port alone; lent until the next call. */
const char *targets_origin(const flow *f);
const char *targets_port(const flow *f);

/* Asks `model`, which the mock may answer in a language its adapter does not speak, and gives the request it saw. */
llmc_mock_request targets_seen(flow *f, llmc_client *client, const char *model);
/* A header of it. */
const char *targets_header(flow *f, const char *name);

/* Asks `model`, which must fail before anything is sent, with a message that has `words`. */
void targets_refused(flow *f, llmc_client *client, const char *model, llmc_status expected, const char *words);

/* What "provider/model" comes to; to be released with llmc__target_unref. */
llmc__target *targets_get(llmc_client *client, const char *model);

/* Sets a provider, which must work, or fail with a message that has `words`. */
void targets_provide(llmc_client *client, const char *name, const llmc_provider_options *options);
void targets_not_provided(llmc_client *client, const llmc_provider_options *options, llmc_status expected,
                          const char *words);

#endif
