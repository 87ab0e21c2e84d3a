/*
 * A call's money: what it may cost is reserved before each attempt, and settled by what the attempt came to when it has
 * ended. An attempt that may have been executed and did not tell its usage counts with its estimate.
 */
#include <stdio.h>

#include "base/clock.h"
#include "engine/call.h"
#include "model/error.h"
#include "policy/cost.h"

/* "0.012346", whatever the host's locale. */
static const char *in_usd(int64_t nano, char out[32]) {
    int64_t micro = nano / 1000 + (nano % 1000 >= 500);
    (void)snprintf(out, 32, "%lld.%06lld", (long long)(micro / 1000000), (long long)(micro % 1000000));
    return out;
}

void llmc__costing_plan(llmc_call *call, const llmc_request *request) {
    const llmc_client_options *o = &call->client->options;
    double limit =
        request->cost_limit_usd < 0 || request->cost_limit_usd > 0 ? request->cost_limit_usd : o->request_limit_usd;
    llmc__usage expected;
    call->money.limit = limit > 0 ? llmc__spend_nano(limit) : 0;
    call->money_limited = call->money.limit || call->client->costing.limited;
    if (!call->money_limited)
        return;
    expected = llmc__cost_expect(request, o->reserve_tokens);
    call->money.expected_in = expected.tokens_in;
    call->money.expected_out = expected.tokens_out;
}

/* ---- refusing ---- */

/*
 * What an attempt before came to says more; then only the trace tells that a limit ended the call. Of several targets
 * the first one that is refused is told: it is the one that was wanted.
 */
static bool refused(llmc__leg *leg) {
    llmc_call *call = leg->call;
    bool told = call->attempts > 0 || call->money_refused;
    call->money_refused = true;
    if (told)
        return false;
    leg->outcome = LLMC_ERR_BUDGET;
    return true;
}

static bool refuse(llmc__leg *leg, const llmc__candidate *c, const char *name, int64_t limit, int64_t spent,
                   int64_t reserved, int64_t amount) {
    char figures[4][32];
    if (refused(leg))
        llmc__error_set(&leg->fault, LLMC_ERR_BUDGET,
                        "the spending limit %s refuses the request: the limit is %s USD, spent are %s, reserved for "
                        "requests in flight %s, and this one may cost %s at %s/%s",
                        name, in_usd(limit, figures[0]), in_usd(spent, figures[1]), in_usd(reserved, figures[2]),
                        in_usd(amount, figures[3]), c->target->name, c->model);
    return false;
}

static bool refuse_unpriced(llmc__leg *leg, const llmc__candidate *c) {
    if (refused(leg))
        llmc__error_set(&leg->fault, LLMC_ERR_BUDGET,
                        "a spending limit is set and no price is known of %s/%s: load newer prices "
                        "(llmc_client_load_prices), name whose prices hold (priced_as), or set allow_unpriced",
                        c->target->name, c->model);
    return false;
}

static bool refuse_by_client(llmc__leg *leg, const llmc__candidate *c, const llmc__spend *spend, int64_t amount,
                             llmc__spend_verdict verdict, int64_t wall_s) {
    bool is_told = leg->call->attempts == 0 && !leg->call->money_refused;
    if (verdict == LLMC__SPEND_OVER_ALL)
        return refuse(leg, c, "spend_limit_usd", spend->limit, spend->spent, spend->reserved, amount);
    (void)refuse(leg, c, "spend_window_usd", spend->window_limit, spend->window_spent, spend->reserved, amount);
    if (is_told) {
        leg->fault.retryable = true;
        leg->fault.retry_after_ms = llmc__spend_left_s(spend, wall_s) * 1000;
    }
    return false;
}

/* ---- before and after an attempt ---- */

static bool hold(llmc__leg *leg, int64_t amount) {
    leg->reserved = amount;
    leg->charged = true;
    leg->cost_known = false;
    leg->call->money.reserved += amount;
    return true;
}

/* Lists of models and counts of tokens cost nothing; what a job's requests cost is known when it has ended. */
static bool is_free(const llmc_call *call) {
    return call->op == LLMC__OP_MODELS || call->op == LLMC__OP_COUNT_TOKENS || call->op == LLMC__OP_RAW;
}

bool llmc__costing_reserve(llmc__leg *leg, const llmc__candidate *c) {
    llmc_call *call = leg->call;
    llmc__costing *costing = &call->client->costing;
    llmc__usage expected = LLMC__USAGE_INIT;
    llmc__spend_verdict verdict;
    llmc__spend now;
    int64_t amount, wall_s = llmc__clock_wall_s();
    double usd;
    if (is_free(call))
        return true;
    if (!call->money_limited)
        return hold(leg, 0);
    expected.tokens_in = call->money.expected_in;
    expected.tokens_out = call->money.expected_out;
    usd = llmc__costing_expect(call->client, c->target, c->model, &expected);
    if (usd < 0 && !call->client->options.allow_unpriced)
        return refuse_unpriced(leg, c);
    amount = llmc__spend_nano(usd);
    if (call->money.limit && amount > call->money.limit - call->money.spent - call->money.reserved)
        return refuse(leg, c, "of the request", call->money.limit, call->money.spent, call->money.reserved, amount);
    llmc__mutex_lock(&costing->lock);
    verdict = llmc__spend_reserve(&costing->spend, amount, wall_s);
    now = costing->spend;
    llmc__mutex_unlock(&costing->lock);
    return verdict == LLMC__SPEND_GO ? hold(leg, amount) : refuse_by_client(leg, c, &now, amount, verdict, wall_s);
}

/* Providers charge nothing for what they refuse, and cannot for what did not reach them. */
static bool was_free(const llmc__leg *leg) {
    const llmc__attempt_node *last = leg->response->attempts_tail;
    if (leg->outcome == LLMC_OK || !last)
        return false;
    return last->data.http_status >= 300 || (last->data.http_status == 0 && !last->data.maybe_executed);
}

static bool has_usage(const llmc__usage *usage) {
    return usage->tokens_in >= 0 || usage->tokens_out >= 0 || usage->total >= 0 || usage->cost_usd >= 0;
}

/* What it counts in the limits: what broke off may have been told only a part of its counts. */
static int64_t charge(llmc__leg *leg) {
    llmc_response *response = leg->response;
    llmc_call *call = leg->call;
    int64_t actual;
    if (was_free(leg) && !has_usage(&response->usage)) {
        leg->cost_known = true;
        return 0;
    }
    leg->cost_known = llmc__costing_charge(call->client, leg->candidate->target, leg->candidate->model, response->model,
                                           &response->usage, 1.0, &response->cost);
    if (!leg->cost_known)
        return leg->reserved;
    call->money.paid_usd += llmc__cost_sum(&response->cost);
    actual = llmc__spend_nano(llmc__cost_sum(&response->cost));
    return leg->outcome == LLMC_OK || actual > leg->reserved ? actual : leg->reserved;
}

void llmc__costing_close(llmc__leg *leg, bool never_sent) {
    llmc__costing *costing = &leg->call->client->costing;
    int64_t actual = 0;
    if (!leg->charged)
        return;
    leg->charged = false;
    if (never_sent)
        leg->cost_known = true;
    else
        actual = charge(leg);
    leg->call->money.reserved -= leg->reserved;
    leg->call->money.spent += actual;
    if (!leg->reserved && !actual)
        return;
    llmc__mutex_lock(&costing->lock);
    llmc__spend_settle(&costing->spend, leg->reserved, actual, llmc__clock_wall_s());
    llmc__mutex_unlock(&costing->lock);
}

void llmc__costing_finish(const llmc_call *call, llmc_response *response) {
    double own = llmc__cost_sum(&response->cost), paid = call->money.paid_usd;
    bool known = call->leg->cost_known || call->attempts == 0 || is_free(call);
    if (response->from_cache)
        return;
    response->cost.lost = paid > own ? paid - own : 0;
    response->cost_usd = known ? own + response->cost.lost : -1.0;
}
