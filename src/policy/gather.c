#include "policy/gather.h"

#define PAUSE_GAPS  4   /* so many mean gaps without a text are a pause */
#define LEAST_PAUSE 200 /* us: threads that were woken together do not come together */
#define MEMORY      8   /* of the mean: how much of one gap counts */

void llmc__gather_init(llmc__gather *gather, size_t max_texts, size_t max_bytes, size_t max_flights,
                       int64_t max_delay_us) {
    *gather = (llmc__gather){.max_texts = max_texts,
                             .max_bytes = max_bytes,
                             .max_flights = max_flights,
                             .max_delay_us = max_delay_us,
                             .gap_us = max_delay_us};
}

void llmc__gather_came(llmc__gather *gather, bool first, int64_t now_us) {
    int64_t gap = now_us - gather->last_us;
    if (gap > gather->max_delay_us)
        gap = gather->max_delay_us; /* however long the silence was, it says no more than that nobody came */
    if (gap < 0)
        gap = 0;
    gather->gap_us += (gap - gather->gap_us) / MEMORY;
    gather->last_us = now_us;
    if (first)
        gather->first_us = now_us;
}

void llmc__gather_sent(llmc__gather *gather, size_t texts, int64_t now_us) {
    gather->flights++;
    gather->last_sent = texts;
    gather->first_us = now_us; /* those that stay behind wait anew, for the next one */
}

void llmc__gather_ended(llmc__gather *gather) {
    gather->flights--;
}

void llmc__gather_hurry(llmc__gather *gather) {
    gather->hurry = true;
}

/* One text, nothing under way, and the one before was as lonely. Or texts come so seldom that none will come in time.
 */
static bool is_alone(const llmc__gather *gather, size_t texts) {
    if (texts == 1 && gather->flights == 0 && gather->last_sent <= 1)
        return true;
    return gather->gap_us >= gather->max_delay_us - gather->max_delay_us / 4;
}

int64_t llmc__gather_due(const llmc__gather *gather, size_t texts, size_t bytes) {
    int64_t pause = gather->gap_us * PAUSE_GAPS, latest = gather->first_us + gather->max_delay_us;
    if (texts == 0 || gather->flights >= gather->max_flights)
        return INT64_MAX;
    if (texts >= gather->max_texts || (gather->max_bytes && bytes >= gather->max_bytes) || gather->hurry ||
        is_alone(gather, texts))
        return 0;
    if (pause < LEAST_PAUSE)
        pause = LEAST_PAUSE;
    return gather->last_us + pause < latest ? gather->last_us + pause : latest;
}
