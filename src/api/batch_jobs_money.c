/* What jobs cost: reserved before a request goes into one, charged at half the price when its result is there. */
#include "api/argument.h"
#include "api/batch_jobs.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/costing.h"
#include "model/error.h"
#include "policy/cost.h"

#define JOB_FACTOR 0.5

static bool is_limited(const llmc__batch_job *job, const llmc_request *request) {
    const llmc_client *client = job->all->client;
    double own = request->cost_limit_usd;
    return client->costing.limited || own > 0 || (!(own < 0) && client->options.request_limit_usd > 0);
}

static double limit_of(const llmc__batch_job *job, const llmc_request *request) {
    double own = request->cost_limit_usd;
    return own < 0 || own > 0 ? own : job->all->client->options.request_limit_usd;
}

static bool make_room(llmc__batch_jobs *all) {
    if (!all->reserved)
        all->reserved = llmc__mem_calloc(all->batch->count, sizeof(*all->reserved));
    return all->reserved != NULL;
}

llmc_status llmc__batch_reserve(llmc__batch_job *job, size_t index) {
    llmc__batch_jobs *all = job->all;
    llmc_client *client = all->client;
    const llmc_request *request = all->batch->requests[index];
    llmc__spend_verdict verdict;
    llmc__usage expected;
    double usd;
    int64_t amount;
    if (!is_limited(job, request))
        return LLMC_OK;
    if (!make_room(all))
        return llmc__argument_no_room("a batch job");
    expected = llmc__cost_expect(request, client->options.reserve_tokens);
    usd = llmc__costing_expect(client, job->target, job->bare, &expected);
    if (usd < 0 && !client->options.allow_unpriced)
        return llmc__error_last(LLMC_ERR_BUDGET,
                                "a spending limit is set and no price is known of %s/%s: load newer prices "
                                "(llmc_client_load_prices), name whose prices hold (priced_as), or set allow_unpriced",
                                job->target->name, job->bare);
    amount = llmc__spend_nano(usd * JOB_FACTOR);
    if (limit_of(job, request) > 0 && amount > llmc__spend_nano(limit_of(job, request)))
        return llmc__error_last(
            LLMC_ERR_BUDGET,
            "the spending limit of the request refuses it: in a batch job it may cost %lld billionths "
            "of a USD, its limit is %lld",
            (long long)amount, (long long)llmc__spend_nano(limit_of(job, request)));
    llmc__mutex_lock(&client->costing.lock);
    verdict = llmc__spend_reserve(&client->costing.spend, amount, llmc__clock_wall_s());
    llmc__mutex_unlock(&client->costing.lock);
    if (verdict != LLMC__SPEND_GO)
        return llmc__error_last(LLMC_ERR_BUDGET,
                                "the client's spending limit %s refuses the request: in a batch job it may cost %lld "
                                "billionths of a USD",
                                verdict == LLMC__SPEND_OVER_ALL ? "spend_limit_usd" : "spend_window_usd",
                                (long long)amount);
    all->reserved[index] = amount;
    return LLMC_OK;
}

static void settle(llmc__batch_jobs *all, size_t index, int64_t actual) {
    llmc__costing *costing = &all->client->costing;
    int64_t reserved = all->reserved ? all->reserved[index] : 0;
    if (!reserved && !actual)
        return;
    if (all->reserved)
        all->reserved[index] = 0;
    llmc__mutex_lock(&costing->lock);
    llmc__spend_settle(&costing->spend, reserved, actual, llmc__clock_wall_s());
    llmc__mutex_unlock(&costing->lock);
}

/* One that the provider did not run costs nothing; one that it may still run counts as was reserved. */
void llmc__batch_release(llmc__batch_jobs *all, size_t index, bool may_be_run) {
    settle(all, index, may_be_run && all->reserved ? all->reserved[index] : 0);
}

void llmc__batch_charge(llmc__batch_job *job, size_t index, llmc_response *response) {
    const llmc__usage *usage = &response->usage;
    const char *answered = llmc_response_model(response);
    bool used = usage->tokens_in >= 0 || usage->tokens_out >= 0 || response->status == LLMC_OK;
    bool known = !used || llmc__costing_charge(job->all->client, job->target, job->bare ? job->bare : answered,
                                               answered, usage, JOB_FACTOR, &response->cost);
    int64_t reserved = job->all->reserved ? job->all->reserved[index] : 0;
    response->cost_usd = known ? llmc__cost_sum(&response->cost) : -1.0;
    settle(job->all, index, known ? llmc__spend_nano(response->cost_usd) : reserved);
}
