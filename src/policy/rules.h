/*
 * The user's own rules of what a provider's errors mean, put over the built-in reading. The more of provider, HTTP
 * status and code a rule names, the more it counts; among equals the one added last. Pure; not locked: the client hands
 * loops a finished set.
 */
#ifndef LLMC_POLICY_RULES_H
#define LLMC_POLICY_RULES_H

#include <stddef.h>
#include "llmclient.h"
#include "model/error.h"

#define LLMC__RULES_MAX 1000

typedef struct llmc__rules {
    llmc_error_rule *list; /* in the order they were added; their strings are owned */
    size_t count, capacity;
} llmc__rules;

void llmc__rules_init(llmc__rules *rules);
void llmc__rules_free(llmc__rules *rules); /* and back to empty */

/*
 * Copies the rule. LLMC_OK; INVALID_ARGUMENT, with *why naming the fault (why may be NULL): a status that is no error
 * of a provider or of the way to it, an HTTP status out of range, an empty string, more than LLMC__RULES_MAX rules;
 * NO_MEMORY. rule->size is the caller's to check.
 */
llmc_status llmc__rules_add(llmc__rules *rules, const llmc_error_rule *rule, const char **why);

/* A copy of all rules; on NO_MEMORY `to` is empty. */
llmc_status llmc__rules_copy(const llmc__rules *from, llmc__rules *to);

/*
 * Sets status and retryable by the rule that fits best; false when none fits. Nothing fits an error that no provider
 * gave (http_status 0). The message and the provider's words stay.
 */
bool llmc__rules_apply(const llmc__rules *rules, const char *provider, llmc_error *error);

#endif
