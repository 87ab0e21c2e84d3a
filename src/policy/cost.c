#include "policy/cost.h"

#include <string.h>

#define BYTES_A_TOKEN      3
#define FILE_BYTES_A_TOKEN 50

/* ---- what it cost ---- */

/* A price of its own, else of what it is a kind of; none at all is nothing. */
static double or_else(double own, double other) {
    return own >= 0 ? own : other;
}

static double times(int64_t tokens, double mtok_usd, double factor) {
    return tokens > 0 && mtok_usd > 0 ? (double)tokens * mtok_usd / 1e6 * factor : 0;
}

static bool has_price(const llmc_price *p) {
    return p->input_mtok_usd >= 0 || p->cache_read_mtok_usd >= 0 || p->cache_write_mtok_usd >= 0 ||
           p->output_mtok_usd >= 0 || p->reasoning_mtok_usd >= 0 || p->input_audio_mtok_usd >= 0 ||
           p->cache_read_audio_mtok_usd >= 0 || p->output_audio_mtok_usd >= 0 || p->request_usd >= 0;
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
    double cached = or_else(price->cache_read_mtok_usd, price->input_mtok_usd);
    llmc__usage whole = complete(usage);
    llmc_usage tokens;
    *out = (llmc__cost){0};
    if (!has_price(price) || !is_told(price, &whole))
        return false;
    split(&whole, &tokens);
    out->input = times(tokens.input, price->input_mtok_usd, factor);
    out->cache_read = times(tokens.cache_read, cached, factor);
    out->cache_write = times(tokens.cache_write, or_else(price->cache_write_mtok_usd, price->input_mtok_usd), factor);
    out->output = times(tokens.output, price->output_mtok_usd, factor);
    out->reasoning = times(tokens.reasoning, or_else(price->reasoning_mtok_usd, price->output_mtok_usd), factor);
    out->audio = times(tokens.input_audio, or_else(price->input_audio_mtok_usd, price->input_mtok_usd), factor) +
                 times(tokens.cache_read_audio, or_else(price->cache_read_audio_mtok_usd, cached), factor) +
                 times(tokens.output_audio, or_else(price->output_audio_mtok_usd, price->output_mtok_usd), factor);
    out->request = price->request_usd > 0 ? price->request_usd * factor : 0;
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
