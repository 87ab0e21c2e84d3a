/* A client in which every API's provider is the mock. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_PROVIDERS_H
#define LLMC_TESTS_FLOW_SUPPORT_PROVIDERS_H

#include "support_flow.h"

/* Sets the built-in providers of `names` (ended by NULL) to the mock, each at the path its API has there. */
void providers_point(flow *f, const char *const *names);

#endif
