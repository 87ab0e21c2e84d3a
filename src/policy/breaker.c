#include "policy/breaker.h"

#include <string.h>

/* now + length, where a length of nothing still ends after now. */
static int64_t end_of(int64_t now_us, int64_t length_us) {
    if (length_us < 1)
        length_us = 1;
    return now_us > INT64_MAX - length_us ? INT64_MAX : now_us + length_us;
}

/* Every state starts with nothing counted and under a number of its own, which makes all passes before it void. */
static void become(llmc__breaker *breaker, llmc_breaker_state state, int64_t until_us) {
    breaker->state = state;
    breaker->generation++;
    breaker->until_us = until_us;
    breaker->in_a_row = 0;
    memset(breaker->good, 0, sizeof(breaker->good));
    memset(breaker->bad, 0, sizeof(breaker->bad));
}

void llmc__breaker_init(llmc__breaker *breaker) {
    memset(breaker, 0, sizeof(*breaker));
    breaker->state = LLMC_BREAKER_CLOSED;
    breaker->generation = 1; /* so that a pass of zeros is never valid */
}

void llmc__breaker_reset(llmc__breaker *breaker) {
    become(breaker, LLMC_BREAKER_CLOSED, 0);
}

llmc_breaker_state llmc__breaker_state_at(const llmc__breaker *breaker, int64_t now_us) {
    if (breaker->state == LLMC_BREAKER_OPEN && now_us >= breaker->until_us)
        return LLMC_BREAKER_HALF_OPEN;
    return breaker->state;
}

/*
 * until_us says it all: when open, it is when a probe may go; when half-open, it is when the probe out there loses its
 * place, and 0 when there is none.
 */
bool llmc__breaker_would_enter(const llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                               int64_t *wait_us) {
    (void)policy;
    *wait_us = 0;
    if (breaker->state == LLMC_BREAKER_CLOSED || now_us >= breaker->until_us)
        return true;
    *wait_us = breaker->until_us - now_us;
    return false;
}

bool llmc__breaker_enter(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                         llmc__breaker_pass *pass, int64_t *wait_us) {
    if (!llmc__breaker_would_enter(breaker, policy, now_us, wait_us))
        return false;
    if (breaker->state == LLMC_BREAKER_OPEN)
        become(breaker, LLMC_BREAKER_HALF_OPEN, 0);
    else if (breaker->state == LLMC_BREAKER_HALF_OPEN && breaker->until_us != 0)
        become(breaker, LLMC_BREAKER_HALF_OPEN, 0); /* the probe before is lost; should it report yet, it is too late */
    pass->generation = breaker->generation;
    pass->probe = breaker->state == LLMC_BREAKER_HALF_OPEN;
    if (pass->probe)
        breaker->until_us = end_of(now_us, policy->lease_us);
    return true;
}

/* The slot of the window for now, with those that it pushed out emptied. */
static size_t slot_of(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us) {
    int64_t width_us = policy->window_us / LLMC__BREAKER_SLOTS;
    int64_t slot = now_us / (width_us > 0 ? width_us : 1);
    int64_t i;

    /* Far behind means that the window's length was changed: the old slots have no meaning any more. */
    if (slot - breaker->slot >= LLMC__BREAKER_SLOTS || breaker->slot - slot >= LLMC__BREAKER_SLOTS) {
        memset(breaker->good, 0, sizeof(breaker->good));
        memset(breaker->bad, 0, sizeof(breaker->bad));
        breaker->slot = slot;
    }
    for (i = breaker->slot + 1; i <= slot; i++)
        breaker->good[i % LLMC__BREAKER_SLOTS] = breaker->bad[i % LLMC__BREAKER_SLOTS] = 0;
    if (slot > breaker->slot)
        breaker->slot = slot;
    return (size_t)(breaker->slot % LLMC__BREAKER_SLOTS);
}

static bool ratio_reached(const llmc__breaker *breaker, const llmc__breaker_policy *policy) {
    uint64_t good = 0, bad = 0;
    size_t i;

    if (policy->ratio_percent <= 0)
        return false;
    for (i = 0; i < LLMC__BREAKER_SLOTS; i++) {
        good += breaker->good[i];
        bad += breaker->bad[i];
    }
    return good + bad >= policy->min_calls && bad * 100 >= (good + bad) * (uint64_t)policy->ratio_percent;
}

static void count(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us, bool failed) {
    size_t slot = slot_of(breaker, policy, now_us);

    if (!failed) {
        breaker->good[slot]++;
        breaker->in_a_row = 0;
        return;
    }
    breaker->bad[slot]++;
    breaker->in_a_row++;
    if ((policy->failures > 0 && breaker->in_a_row >= (uint32_t)policy->failures) || ratio_reached(breaker, policy))
        become(breaker, LLMC_BREAKER_OPEN, end_of(now_us, policy->open_us));
}

void llmc__breaker_leave(llmc__breaker *breaker, const llmc__breaker_policy *policy, int64_t now_us,
                         llmc__breaker_pass pass, llmc__breaker_result result) {
    if (pass.generation != breaker->generation || breaker->state == LLMC_BREAKER_OPEN)
        return;
    if (breaker->state == LLMC_BREAKER_CLOSED) {
        if (result != LLMC__BREAKER_NEUTRAL)
            count(breaker, policy, now_us, result == LLMC__BREAKER_FAILURE);
    } else if (result == LLMC__BREAKER_SUCCESS) {
        become(breaker, LLMC_BREAKER_CLOSED, 0);
    } else if (result == LLMC__BREAKER_FAILURE) {
        become(breaker, LLMC_BREAKER_OPEN, end_of(now_us, policy->open_us));
    } else {
        breaker->until_us = 0; /* it told nothing: the next caller is the probe */
    }
}

llmc__breaker_result llmc__breaker_judge(llmc_status status) {
    switch (status) {
    case LLMC_OK:
        return LLMC__BREAKER_SUCCESS;
    case LLMC_ERR_SERVER:
    case LLMC_ERR_OVERLOADED:
    case LLMC_ERR_CONNECT:
    case LLMC_ERR_RESOLVE:
    case LLMC_ERR_TLS:
    case LLMC_ERR_CONNECTION_LOST:
    case LLMC_ERR_INCOMPLETE:
    case LLMC_ERR_BAD_RESPONSE:
    case LLMC_ERR_TIMEOUT_CONNECT:
    case LLMC_ERR_TIMEOUT_FIRST_BYTE:
    case LLMC_ERR_TIMEOUT_FIRST_CONTENT:
    case LLMC_ERR_TIMEOUT_IDLE:
        return LLMC__BREAKER_FAILURE;
    default: /* 429, quota, 4xx, cancel, the caller's own deadline: nothing about the provider's health */
        return LLMC__BREAKER_NEUTRAL;
    }
}
