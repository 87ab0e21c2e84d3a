/* What depends on the Claude that is asked: how it is told to think, and how long an answer may be by default. */
#include <string.h>
#include "provider/anthropic.h"

#define NEWEST 9999
#define OTHERS 400 /* other vendors' models behind this API: they know a budget */

/* Thinking by its own measure came with 4.6, where budget_tokens is deprecated; later ones refuse it
 * (https://docs.claude.com/en/docs/build-with-claude/adaptive-thinking, .../effort). */
#define FIRST_ADAPTIVE 406
#define FIRST_THINKING 307
#define LEAST_BUDGET   1024

/* The number at *at and what follows it; -1 when it is none, or too long for a version: a date. */
static int read_number(const char **at) {
    int value = 0, digits = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++)
        value = digits < 4 ? 10 * value + (**at - '0') : value;
    return digits > 0 && digits <= 2 ? value : -1;
}

int llmc__anthropic_version(const char *model) {
    const char *at = strstr(model, "claude");
    if (at == NULL)
        return OTHERS;
    while (*at != '\0' && (*at < '0' || *at > '9'))
        at++;
    int major = read_number(&at);
    if (major < 0)
        return NEWEST;
    bool more = (*at == '-' || *at == '.') && at[1] >= '0' && at[1] <= '9';
    at += more ? 1 : 0;
    int minor = more ? read_number(&at) : 0;
    return 100 * major + (minor > 0 ? minor : 0);
}

/* Every model of the family can give as many; required by the API, so that some number must be said. */
static int64_t default_max_tokens(const char *model) {
    return llmc__anthropic_version(model) < 305 ? 4096 : 8192;
}

static int64_t budget_of(llmc_reasoning_effort effort) {
    static const uint16_t budgets[] = {
        [LLMC_REASONING_MINIMAL] = LEAST_BUDGET,
        [LLMC_REASONING_LOW] = 4096,
        [LLMC_REASONING_MEDIUM] = 8192,
        [LLMC_REASONING_HIGH] = 16384,
    };
    return (unsigned)effort < sizeof budgets / sizeof budgets[0] ? budgets[effort] : 0;
}

static const char *effort_word(llmc_reasoning_effort effort) {
    if (effort == LLMC_REASONING_MEDIUM)
        return "medium";
    return effort == LLMC_REASONING_HIGH ? "high" : "low"; /* there is none below */
}

/* A budget must leave room for an answer: it is lowered to what the request's max_tokens allows. */
static int64_t fit_budget(llmc__body *body, int64_t budget) {
    const llmc_request *request = body->request;
    if (!llmc__body_wants(body, LLMC__FIELD_MAX_TOKENS) || request->max_tokens > budget)
        return budget;
    if (request->max_tokens > LEAST_BUDGET)
        return request->max_tokens - 1;
    llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT,
                      "reasoning_effort: max_tokens must be above %d, the least this model reasons with", LEAST_BUDGET);
    return budget;
}

static void think_by_effort(llmc__body *body, llmc__anthropic_thinking *out) {
    llmc_reasoning_effort effort = body->request->reasoning_effort;
    int version = llmc__anthropic_version(body->model);
    if (effort == LLMC_REASONING_NONE) {
        out->type = version >= FIRST_THINKING ? "disabled" : NULL;
    } else if (version >= FIRST_ADAPTIVE) {
        out->type = "adaptive";
        out->effort = effort_word(effort);
    } else {
        out->type = "enabled";
        out->budget = fit_budget(body, budget_of(effort));
    }
}

static void think_by_budget(llmc__body *body, llmc__anthropic_thinking *out) {
    const llmc_request *request = body->request;
    bool told = llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT) && request->reasoning_effort > LLMC_REASONING_NONE;
    out->type = request->reasoning_budget > 0 ? "enabled" : "disabled";
    out->budget = request->reasoning_budget;
    if (told && llmc__anthropic_version(body->model) >= FIRST_ADAPTIVE)
        out->effort = effort_word(request->reasoning_effort);
}

llmc__anthropic_thinking llmc__anthropic_think(llmc__body *body) {
    const llmc_request *request = body->request;
    llmc__anthropic_thinking out = {NULL, 0, NULL, 0};
    if (llmc__body_wants(body, LLMC__FIELD_REASONING_BUDGET))
        think_by_budget(body, &out);
    else if (llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT))
        think_by_effort(body, &out);
    if (llmc__body_wants(body, LLMC__FIELD_MAX_TOKENS))
        out.max_tokens = request->max_tokens;
    else
        out.max_tokens =
            default_max_tokens(body->model) + (out.effort != NULL ? budget_of(request->reasoning_effort) : out.budget);
    return out;
}
