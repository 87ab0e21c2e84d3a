/* What answers bring beside their words: log probabilities and sources, each told as the JSON that came. */
#include "provider/openai.h"

/* {"content":[...],"refusal":[...]}, an entry for each token; other shapes (Together, older servers) as they are. */
void llmc__openai_logprobs_read(llmc__openai_decoder *decoder, const llmc__json *logprobs, size_t choice) {
    const llmc__json *lists[] = {llmc__json_get(logprobs, "content"), llmc__json_get(logprobs, "refusal")};
    bool is_other = lists[0] == NULL && lists[1] == NULL && llmc__json_first(logprobs) != NULL;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (llmc__json_items(lists[i]) != NULL)
            llmc__sink_json(&decoder->sink, LLMC_EVENT_LOGPROBS, choice, lists[i]);
    if (is_other)
        llmc__sink_json(&decoder->sink, LLMC_EVENT_LOGPROBS, choice, logprobs);
}

void llmc__openai_annotations_read(llmc__openai_decoder *decoder, const llmc__json *annotations, size_t choice) {
    for (const llmc__json *one = llmc__json_items(annotations); one != NULL && decoder->sink.status == LLMC_OK;
         one = llmc__json_next(one))
        llmc__sink_json(&decoder->sink, LLMC_EVENT_CITATION, choice, one);
}

/*
 * Perplexity's search_results and xAI's citations stand beside the choices, and grow from chunk to chunk or are
 * repeated in each: only what is new is told. Perplexity's citations are the addresses of its search_results once more.
 */
void llmc__openai_citations_read(llmc__openai_decoder *decoder, const llmc__json *root) {
    const llmc__json *one = llmc__json_items(llmc__json_get(root, "search_results"));
    if (one == NULL)
        one = llmc__json_items(llmc__json_get(root, "citations"));
    for (size_t position = 0; one != NULL && decoder->sink.status == LLMC_OK; one = llmc__json_next(one), position++) {
        if (position < decoder->citations_told)
            continue;
        decoder->citations_told = position + 1;
        llmc__sink_json(&decoder->sink, LLMC_EVENT_CITATION, 0, one);
    }
}

/* The sum, or -1 for numbers that no provider counts to. */
static int64_t sum_of(int64_t a, int64_t b, int64_t c) {
    static const int64_t most = INT64_MAX / 4;
    return a < 0 || b < 0 || c < 0 || a > most || b > most || c > most ? -1 : a + b + c;
}

/*
 * Whether reasoning tokens come on top of the output's. The total shows it (xAI's chat: prompt + completion +
 * reasoning; OpenAI's: prompt + completion); where it shows nothing the vendor's row says so.
 */
static bool is_outside(const llmc__usage *usage, bool vendor_does) {
    if (usage->total >= 0 && usage->total == sum_of(usage->tokens_in, usage->tokens_out, usage->reasoning))
        return true;
    return vendor_does && (usage->total < 0 || usage->total != sum_of(usage->tokens_in, usage->tokens_out, 0));
}

void llmc__openai_usage_settle(llmc__usage *usage, uint32_t quirks) {
    if (usage->reasoning <= 0 || usage->tokens_out < 0)
        return;
    int64_t sum = sum_of(usage->tokens_out, usage->reasoning, 0);
    if (sum >= 0 && is_outside(usage, (quirks & LLMC__QUIRK_REASONING_OUTSIDE) != 0))
        usage->tokens_out = sum;
}
