/* Two providers for one client: "openai" at one mock and "backup", a name of the user's own, at another. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_PAIR_H
#define LLMC_TESTS_FLOW_SUPPORT_PAIR_H

#include "support_resil.h"

#define PAIR_SECOND "backup/flow-2"

/* Either half is a whole flow: both lend the one client. */
typedef struct pair {
    flow first, second;
    llmc_client *client;
} pair;

/* NULL: resil_options(). Asserts. */
void pair_open(pair *p, const llmc_client_options *options);
void pair_close(pair *p); /* also checks that the client's counters add up */

/* Gives a provider of the client this mock and these keys. */
void pair_set_provider(llmc_client *client, const char *name, const char *adapter, flow *at, const char *const *keys,
                       size_t count);

/* To FLOW_MODEL, then PAIR_SECOND. */
llmc_request *pair_request(const char *prompt);

/* Runs such a request, or the given one, which is freed. */
llmc_response *pair_ask(pair *p, resil_way way, llmc_status expected, resil_seen *seen);
llmc_response *pair_run(pair *p, llmc_request *request, resil_way way, llmc_status expected, resil_seen *seen);

/* Both servers saw so many requests, and the client counted the same. */
void pair_assert_requests(pair *p, uint64_t first, uint64_t second);

/* Who answered what; attempt `index` was at a provider, ended so and led on so. */
void pair_assert_answer(const llmc_response *response, const char *provider, const char *text);
void pair_assert_attempt(const llmc_response *response, size_t index, const char *provider, llmc_status status,
                         llmc_next_step next);

#endif
