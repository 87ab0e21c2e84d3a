#include "policy/budget.h"

#include <string.h>

static size_t index_of(int64_t second) {
    int64_t index = second % LLMC__BUDGET_SLOTS;
    return (size_t)(index < 0 ? index + LLMC__BUDGET_SLOTS : index);
}

/* Makes room for the second that now_us is in. A clock that went back counts into the newest slot. */
static size_t slot_at(llmc__budget *budget, int64_t now_us) {
    int64_t now_s = now_us / 1000000 - (now_us % 1000000 < 0);
    if (now_s > budget->slot_s) {
        uint64_t steps = (uint64_t)now_s - (uint64_t)budget->slot_s;
        for (uint64_t i = 0; i < steps && i < LLMC__BUDGET_SLOTS; i++) {
            size_t stale = (index_of(now_s) + LLMC__BUDGET_SLOTS - (size_t)i) % LLMC__BUDGET_SLOTS;
            budget->firsts[stale] = budget->retries[stale] = 0;
        }
        budget->slot_s = now_s;
    }
    return index_of(budget->slot_s);
}

static void count(uint32_t *slot) {
    if (*slot < UINT32_MAX)
        ++*slot;
}

static uint64_t sum(const uint32_t *slots) {
    uint64_t total = 0;
    for (size_t i = 0; i < LLMC__BUDGET_SLOTS; i++)
        total += slots[i];
    return total;
}

void llmc__budget_init(llmc__budget *budget) {
    memset(budget, 0, sizeof *budget);
    budget->slot_s = INT64_MIN; /* older than any time: what the first one finds is empty anyway */
}

void llmc__budget_first(llmc__budget *budget, int64_t now_us) {
    count(&budget->firsts[slot_at(budget, now_us)]);
}

bool llmc__budget_take(llmc__budget *budget, const llmc__budget_policy *policy, int64_t now_us) {
    size_t slot = slot_at(budget, now_us);
    if (policy->percent >= 0) {
        uint64_t allowed = sum(budget->firsts) * (uint64_t)policy->percent / 100 + policy->reserve;
        if (sum(budget->retries) >= allowed)
            return false;
    }
    count(&budget->retries[slot]);
    return true;
}
