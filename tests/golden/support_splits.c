/* Streams cut in pieces: however they are, the same answer must come of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "support_recorded.h"

/* Each stream is cut in pieces at random so many times. */
#define SPLITS 1000
/* Bytes of one stream that are decoded for it, at most: a sanitizer takes some twenty times as long. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SPLIT_WORK ((size_t)4 << 20)
#else
#define SPLIT_WORK ((size_t)48 << 20)
#endif

static void print_choice(const llmc__choice *choice, llmc__buf *out) {
    (void)llmc__buf_appendf(out, "<%s><%s><%s><%d %s>", llmc__buf_str(&choice->text), llmc__buf_str(&choice->reasoning),
                            llmc__buf_str(&choice->refusal), (int)choice->finish,
                            choice->finish_raw != NULL ? choice->finish_raw : "");
    for (size_t i = 0; i < choice->tool_count; i++)
        (void)llmc__buf_appendf(out, "<%s %s %s %d>", choice->tools[i].id != NULL ? choice->tools[i].id : "",
                                choice->tools[i].name != NULL ? choice->tools[i].name : "",
                                llmc__buf_str(&choice->tools[i].arguments), choice->tools[i].ended);
}

/* All of an outcome in one text, so that two of them are compared at once. */
static void print_outcome(const recorded_outcome *result, llmc__buf *out) {
    const llmc_response *response = result->response;
    const llmc__usage *usage = &response->usage;
    llmc__buf_clear(out);
    (void)llmc__buf_appendf(out, "%d %s|%s|%s|%lld %lld %lld %lld %lld", (int)result->status,
                            result->error.message != NULL ? result->error.message : "",
                            response->model != NULL ? response->model : "", response->id != NULL ? response->id : "",
                            (long long)usage->tokens_in, (long long)usage->tokens_out, (long long)usage->total,
                            (long long)usage->cached, (long long)usage->reasoning);
    (void)llmc__buf_appendf(out, "[%s %s]", llmc__buf_str(&response->replay),
                            response->replay_origin != NULL ? response->replay_origin : "");
    for (size_t i = 0; i < response->opaque_count; i++)
        (void)llmc__buf_appendf(out, "(%d %s)", (int)response->opaques[i].kind, response->opaques[i].text);
    print_choice(&response->first, out);
    for (size_t i = 0; i < response->other_count; i++)
        print_choice(&response->others[i], out);
}

static uint64_t seed;

/* xorshift64*; seeded by LLMC_SEED or the clock, and told, so that what failed can be run again. */
static size_t random_below(size_t limit) {
    if (seed == 0) {
        const char *set = getenv("LLMC_SEED");
        seed = set != NULL && set[0] != '\0' ? strtoull(set, NULL, 10) : (uint64_t)time(NULL);
        seed = seed != 0 ? seed : 1;
        printf("LLMC_SEED=%llu\n", (unsigned long long)seed);
    }
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (size_t)((seed * 0x2545f4914f6cdd1dULL >> 11) % limit);
}

static int compare_cuts(const void *a, const void *b) {
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return left < right ? -1 : left > right;
}

/* Two pieces to RECORDED_MAX_PIECES, few more often than many; half of the plans cut close together, inside of one
 * event. */
static void cut_at_random(recorded_cutting *plan, size_t len) {
    size_t most = random_below(4) == 0 ? RECORDED_MAX_PIECES : 6;
    size_t window = random_below(2) == 0 && len > 200 ? 200 : len;
    size_t from = window < len ? random_below(len - window) : 0;
    plan->bytewise = false;
    plan->count = 1 + random_below(most - 1);
    for (size_t i = 0; i < plan->count; i++)
        plan->cuts[i] = from + random_below(window);
    qsort(plan->cuts, plan->count, sizeof plan->cuts[0], compare_cuts);
}

static bool same_when_cut(const char *bytes, size_t len, const recorded_cutting *plan, const llmc__buf *whole,
                          llmc__buf *scratch) {
    recorded_outcome result = recorded_feed(bytes, len, plan);
    print_outcome(&result, scratch);
    recorded_free(&result);
    if (strcmp(llmc__buf_str(scratch), llmc__buf_str(whole)) == 0)
        return true;
    printf("    cut %s at", plan->bytewise ? "after every byte" : "");
    for (size_t i = 0; i < plan->count; i++)
        printf(" %zu", plan->cuts[i]);
    printf(":\n");
    recorded_complain("outcome", llmc__buf_str(scratch), llmc__buf_str(whole));
    return false;
}

static bool same_at_every_byte(const char *bytes, size_t len, const llmc__buf *whole, llmc__buf *scratch) {
    bool same = true;
    for (size_t cut = 1; cut < len && same; cut++) {
        recorded_cutting plan = {.cuts = {cut}, .count = 1};
        same = same_when_cut(bytes, len, &plan, whole, scratch);
    }
    return same;
}

void recorded_check_splits(const char *bytes, size_t len, const recorded_outcome *result) {
    llmc__buf whole, scratch;
    recorded_cutting plan = {.bytewise = true};
    const char *is_long = getenv("LLMC_LONG");
    bool all = is_long != NULL && is_long[0] == '1';
    size_t splits = all || len * SPLITS <= SPLIT_WORK ? SPLITS : SPLIT_WORK / len;
    llmc__buf_init(&whole, RECORDED_MAX_BYTES);
    llmc__buf_init(&scratch, RECORDED_MAX_BYTES);
    print_outcome(result, &whole);
    bool same = same_when_cut(bytes, len, &plan, &whole, &scratch);
    for (size_t i = 0; i < splits && same && len > 1; i++) {
        cut_at_random(&plan, len);
        same = same_when_cut(bytes, len, &plan, &whole, &scratch);
    }
    if (all && same)
        same = same_at_every_byte(bytes, len, &whole, &scratch);
    llmc__buf_free(&whole);
    llmc__buf_free(&scratch);
}
