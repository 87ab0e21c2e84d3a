#include "policy/cost.h"

#include <stddef.h>
#include <string.h>

#define BYTES_A_TOKEN      3
#define FILE_BYTES_A_TOKEN 50

/* ---- what it cost ---- */

/*
 * The classes of tokens, which prices and counts have in the same order. One without a price of its own has that of
 * what it is a kind of; `part` is where its cost goes.
 */
#define CLASS(own, kind, part)                                                                                         \
    { offsetof(llmc_price, own##_mtok_usd), offsetof(llmc_price, kind##_mtok_usd), offsetof(llmc__cost, part) }
static const struct {
    uint8_t own, kind, part;
} classes[] = {
    CLASS(input, input, input),
    CLASS(cache_read, input, cache_read),
    CLASS(cache_write, input, cache_write),
    CLASS(output, output, output),
    CLASS(reasoning, output, reasoning),
    CLASS(input_audio, input, audio),
    CLASS(cache_read_audio, cache_read, audio),
    CLASS(output_audio, output, audio),
};
_Static_assert(offsetof(llmc_price, input_mtok_usd) == offsetof(llmc_usage, input) &&
                   offsetof(llmc_price, cache_write_mtok_usd) == offsetof(llmc_usage, cache_write) &&
                   offsetof(llmc_price, reasoning_mtok_usd) == offsetof(llmc_usage, reasoning) &&
                   offsetof(llmc_price, output_audio_mtok_usd) == offsetof(llmc_usage, output_audio),
               "classes of tokens");

static double *number_at(void *base, size_t offset) {
    return (double *)(void *)((char *)base + offset);
}

/* False: nothing has a price. */
static bool add_classes(llmc_price *price, const llmc_usage *tokens, double factor, llmc__cost *out) {
    bool priced = price->request_usd >= 0;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        double *own = number_at(price, classes[i].own);
        int64_t count = *(const int64_t *)(const void *)((const char *)tokens + classes[i].own);
        if (!(*own >= 0))
            *own = *number_at(price, classes[i].kind);
        if (count > 0 && *own > 0)
            *number_at(out, classes[i].part) += (double)count * *own / 1e6 * factor;
        priced = priced || *own >= 0;
    }
    return priced;
}

/* A count that is not told matters only where its tokens cost something: vectors have no output. */
static bool is_told(const llmc_price *p, const llmc__usage *usage) {
    bool in_costs = p->input_mtok_usd > 0 || p->cache_read_mtok_usd > 0 || p->cache_write_mtok_usd > 0;
    bool out_costs = p->output_mtok_usd > 0 || p->reasoning_mtok_usd > 0;
    if (usage->tokens_in < 0 && usage->tokens_out < 0 && usage->total < 0)
        return false;
    return (usage->tokens_in >= 0 || !in_costs) && (usage->tokens_out >= 0 || !out_costs);
}

/* Cohere bills the prompt without what its templates add to it. */
static void split(const llmc__usage *usage, llmc_usage *tokens) {
    llmc__usage_split(usage, tokens);
    if (usage->billed_in >= 0) {
        tokens->input = usage->billed_in;
        tokens->cache_read = tokens->cache_write = tokens->input_audio = tokens->cache_read_audio = -1;
    }
    if (usage->billed_out >= 0) {
        tokens->output = usage->billed_out;
        tokens->reasoning = tokens->output_audio = -1;
    }
}

/* Of three counts two tell the third: a blocked answer comes without any of its own. */
static llmc__usage complete(const llmc__usage *usage) {
    llmc__usage whole = *usage;
    if (whole.tokens_out < 0 && whole.tokens_in >= 0 && whole.total >= whole.tokens_in)
        whole.tokens_out = whole.total - whole.tokens_in;
    if (whole.tokens_in < 0 && whole.tokens_out >= 0 && whole.total >= whole.tokens_out)
        whole.tokens_in = whole.total - whole.tokens_out;
    return whole;
}

bool llmc__cost_of(const llmc_price *price, const llmc__usage *usage, double factor, llmc__cost *out) {
    llmc__usage whole = complete(usage);
    llmc_price full = *price;
    llmc__cost cost = {.request = price->request_usd > 0 ? price->request_usd * factor : 0};
    llmc_usage tokens;
    *out = (llmc__cost){0};
    split(&whole, &tokens);
    if (!add_classes(&full, &tokens, factor, &cost) || !is_told(price, &whole))
        return false;
    *out = cost;
    return true;
}

/* ---- what it may cost ---- */

static int64_t text_tokens(size_t bytes) {
    return (int64_t)(bytes / BYTES_A_TOKEN) + 4;
}

static int64_t part_tokens(const llmc__part *part) {
    switch (part->kind) {
    case LLMC__PART_IMAGE_URL:
    case LLMC__PART_IMAGE:
    case LLMC__PART_FILE_URL:
        return LLMC__COST_TOKENS_A_FILE;
    case LLMC__PART_FILE:
        if (part->mime && strncmp(part->mime, "text/", 5) == 0)
            return text_tokens(part->text_len);
        return LLMC__COST_TOKENS_A_FILE + (int64_t)(part->text_len / FILE_BYTES_A_TOKEN);
    case LLMC__PART_REPLAY: /* the message again */
        return 0;
    case LLMC__PART_TEXT:
    case LLMC__PART_TOOL_CALL:
    case LLMC__PART_TOOL_RESULT:
        break;
    }
    return text_tokens(part->text_len);
}

/* Texts to embed, or documents and their query. */
static int64_t input_tokens(const llmc__input *input) {
    int64_t tokens = text_tokens(llmc__input_bytes(input));
    if (input->query)
        tokens += text_tokens(strlen(input->query)) * (int64_t)(input->text_count + 1);
    return tokens;
}

static int64_t prompt_tokens(const llmc_request *request) {
    int64_t tokens = 8;
    for (size_t i = 0; i < request->message_count; i++) {
        const llmc__message *message = &request->messages[i];
        tokens += text_tokens(message->text_len);
        for (size_t n = 0; n < message->part_count; n++)
            tokens += part_tokens(&message->parts[n]);
    }
    for (size_t i = 0; i < request->tool_count; i++) {
        const llmc__tool *tool = &request->tools[i];
        tokens += text_tokens((tool->description ? strlen(tool->description) : 0) +
                              (tool->schema ? strlen(tool->schema) : 0));
    }
    return tokens + (request->schema ? text_tokens(strlen(request->schema)) : 0);
}

static int64_t answer_tokens(const llmc_request *request, int64_t reserve_tokens) {
    int64_t answers = request->has_n && request->n > 1 ? request->n : 1;
    int64_t each = request->has_max_tokens ? request->max_tokens : reserve_tokens;
    if (!request->has_max_tokens && request->has_reasoning_budget)
        each += request->reasoning_budget;
    return each <= INT64_MAX / answers ? each * answers : INT64_MAX;
}

llmc__usage llmc__cost_expect(const llmc_request *request, int64_t reserve_tokens) {
    llmc__usage usage = LLMC__USAGE_INIT;
    usage.tokens_in = request->input ? input_tokens(request->input) : prompt_tokens(request);
    usage.tokens_out = request->input ? 0 : answer_tokens(request, reserve_tokens);
    return usage;
}
