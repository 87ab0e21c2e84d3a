/*
 * What requests cost: prices in force, what was spent on which model, and limits. Shared by the client's threads under
 * one short lock; the arithmetic is policy's. A price that was looked up is kept with its model, so that a call in
 * steady state compares no names and allocates nothing.
 */
#ifndef LLMC_ENGINE_COSTING_H
#define LLMC_ENGINE_COSTING_H

#include "base/map.h"
#include "base/thread.h"
#include "model/cost.h"
#include "model/price_file.h"
#include "model/target.h"
#include "policy/spend.h"

struct llmc__leg;
struct llmc__candidate;

#define LLMC__COSTING_MAX_MODELS 1000

/* One model of one provider; lives as long as the client. */
typedef struct llmc__cost_entry {
    char *provider, *model;
    uint32_t prices;     /* in the table; LLMC__PRICE_NONE: not in it */
    uint64_t generation; /* of the table, and */
    uint64_t settings;   /* of the target, for which that holds */
    llmc_spending totals;
} llmc__cost_entry;

typedef struct llmc__costing {
    bool limited; /* constant: the client has a limit */

    /* Under lock. */
    llmc__mutex lock;
    llmc__price_file *loaded; /* NULL: the table is the library's own */
    uint64_t generation;
    llmc__cost_entry **list;
    size_t count;
    llmc__spend spend;
    llmc__map entries;     /* "provider/model" -> llmc__cost_entry */
    llmc__cost_entry rest; /* of models past the maximum */
} llmc__costing;

llmc_status llmc__costing_init(llmc_client *client);
void llmc__costing_free(llmc_client *client);

/* Reads prices and puts them in force; NULL: the library's own. The reason of a failure is the thread's last error. */
llmc_status llmc__costing_load(llmc_client *client, const char *json, size_t len);

/* The price in force of a model at a target. False: none is known. Any thread, no lock held. */
bool llmc__costing_price(llmc_client *client, const llmc__target *target, const char *model, int64_t tokens_in,
                         llmc_price *out);

/*
 * Charges what was used: for a call, a vector, a ranking or a job alike. `answered` is the model as the provider names
 * it, NULL or "" where it does not; `factor` is 1, or 0.5 for jobs at half the price. False: the cost is not known. It
 * is counted either way. Any thread, no lock held.
 */
bool llmc__costing_charge(llmc_client *client, const llmc__target *target, const char *asked, const char *answered,
                          const llmc__usage *usage, double factor, llmc__cost *out);

/* What the request may cost there, in USD; -1: no price is known. */
double llmc__costing_expect(llmc_client *client, const llmc__target *target, const char *model,
                            const llmc__usage *expected);

/* What was spent: of all (both NULL), a provider, or one of its models. */
void llmc__costing_sum(llmc_client *client, const char *provider, const char *model, llmc_spending *out);
size_t llmc__costing_list(llmc_client *client, llmc_spending *out, size_t capacity);
void llmc__costing_budget(llmc_client *client, llmc_budget *out);

/* ---- loop thread ---- */

/* Caller's thread: what the call may cost, where something limits it. */
void llmc__costing_plan(llmc_call *call, const llmc_request *request);

/* Reserves what an attempt at the candidate may cost. False: a limit refuses it; the reason is the leg's, unless an
 * attempt before has one. */
bool llmc__costing_reserve(struct llmc__leg *leg, const struct llmc__candidate *candidate);

/* Charges the attempt that has ended, or gives back what was reserved for one that was never sent. */
void llmc__costing_close(struct llmc__leg *leg, bool never_sent);

/* The call has ended with this response: writes what it cost. */
void llmc__costing_finish(const llmc_call *call, llmc_response *response);

#endif
