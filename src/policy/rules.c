#include "policy/rules.h"

#include <stdint.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"

void llmc__rules_init(llmc__rules *rules) {
    *rules = (llmc__rules){NULL, 0, 0};
}

static void drop(llmc_error_rule *rule) {
    llmc__mem_free((char *)(uintptr_t)rule->provider);
    llmc__mem_free((char *)(uintptr_t)rule->code);
}

void llmc__rules_free(llmc__rules *rules) {
    for (size_t i = 0; i < rules->count; i++)
        drop(&rules->list[i]);
    llmc__mem_free(rules->list);
    llmc__rules_init(rules);
}

/* Codes of this side, such as CANCELLED, have a meaning to the library itself that no rule may lend. */
static const char *fault_of(const llmc_error_rule *rule) {
    if (rule->status > LLMC_ERR_RESOLVE || rule->status < LLMC_ERR_SERVER)
        return "rule->status is not one of LLMC_ERR_RESOLVE to LLMC_ERR_SERVER";
    if (rule->http_status != 0 && (rule->http_status < 100 || rule->http_status > 599))
        return "rule->http_status is neither 0 nor 100 to 599";
    if (rule->provider != NULL && rule->provider[0] == '\0')
        return "rule->provider is empty: NULL stands for any";
    if (rule->code != NULL && rule->code[0] == '\0')
        return "rule->code is empty: NULL stands for any";
    return NULL;
}

static llmc_status make_room(llmc__rules *rules) {
    if (rules->count < rules->capacity)
        return LLMC_OK;
    size_t capacity = rules->capacity == 0 ? 8 : rules->capacity * 2;
    llmc_error_rule *list = llmc__mem_realloc(rules->list, capacity * sizeof *list);
    if (list == NULL)
        return LLMC_ERR_NO_MEMORY;
    rules->list = list;
    rules->capacity = capacity;
    return LLMC_OK;
}

llmc_status llmc__rules_add(llmc__rules *rules, const llmc_error_rule *rule, const char **why) {
    const char *fault = fault_of(rule);
    llmc_error_rule copy = *rule;
    if (fault == NULL && rules->count >= LLMC__RULES_MAX)
        fault = "the client has 1000 error rules already";
    if (why != NULL)
        *why = fault;
    if (fault != NULL)
        return LLMC_ERR_INVALID_ARGUMENT;
    llmc_status status = make_room(rules);
    if (status != LLMC_OK)
        return status;
    copy.provider = llmc__mem_strdup(rule->provider);
    copy.code = llmc__mem_strdup(rule->code);
    if ((rule->provider != NULL && copy.provider == NULL) || (rule->code != NULL && copy.code == NULL)) {
        drop(&copy);
        return LLMC_ERR_NO_MEMORY;
    }
    rules->list[rules->count++] = copy;
    return LLMC_OK;
}

llmc_status llmc__rules_copy(const llmc__rules *from, llmc__rules *to) {
    llmc_status status = LLMC_OK;
    llmc__rules_init(to);
    for (size_t i = 0; i < from->count && status == LLMC_OK; i++)
        status = llmc__rules_add(to, &from->list[i], NULL);
    if (status != LLMC_OK)
        llmc__rules_free(to);
    return status;
}

static bool is_word(const char *word, const char *code) {
    return word != NULL && llmc__str_ieq(word, code);
}

/* How many things the rule names, all of which fit; -1 when one does not. */
static int fit_of(const llmc_error_rule *rule, const char *provider, const llmc_error *error) {
    int named = 0;
    if (rule->provider != NULL && (provider == NULL || strcmp(rule->provider, provider) != 0))
        return -1;
    named += rule->provider != NULL;
    if (rule->http_status != 0 && rule->http_status != error->http_status)
        return -1;
    named += rule->http_status != 0;
    if (rule->code != NULL && !is_word(error->provider_code, rule->code) && !is_word(error->provider_type, rule->code))
        return -1;
    return named + (rule->code != NULL);
}

bool llmc__rules_apply(const llmc__rules *rules, const char *provider, llmc_error *error) {
    const llmc_error_rule *best = NULL;
    int best_fit = 0;
    for (size_t i = 0; i < rules->count && error->http_status != 0; i++) {
        int fit = fit_of(&rules->list[i], provider, error);
        if (fit >= best_fit) {
            best = &rules->list[i];
            best_fit = fit;
        }
    }
    if (best == NULL)
        return false;
    error->status = best->status;
    error->retryable = best->retryable;
    return true;
}
