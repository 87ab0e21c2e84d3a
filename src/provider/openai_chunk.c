/* One chunk of a stream, or one whole answer: the same members in both, under `delta` or under `message`. */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "provider/openai.h"

#define MAX_CHOICES  128
#define MAX_COST_USD 1e6

static const struct {
    const char *word;
    llmc_finish_reason finish;
} finish_words[] = {
    {"stop", LLMC_FINISH_STOP},
    {"eos", LLMC_FINISH_STOP}, /* Together, older models */
    {"eos_token", LLMC_FINISH_STOP},
    {"stop_sequence", LLMC_FINISH_STOP},
    {"end_turn", LLMC_FINISH_STOP},
    {"length", LLMC_FINISH_LENGTH},
    {"max_tokens", LLMC_FINISH_LENGTH},
    {"max_output_tokens", LLMC_FINISH_LENGTH},
    {"model_length", LLMC_FINISH_LENGTH}, /* Mistral */
    {"tool_calls", LLMC_FINISH_TOOL_CALLS},
    {"tool_use", LLMC_FINISH_TOOL_CALLS},
    {"function_call", LLMC_FINISH_TOOL_CALLS}, /* before tools */
    {"content_filter", LLMC_FINISH_CONTENT_FILTER},
    {"safety", LLMC_FINISH_CONTENT_FILTER},
    {"pause_turn", LLMC_FINISH_PAUSE},
    {"error", LLMC_FINISH_ERROR},
    {"insufficient_system_resource", LLMC_FINISH_ERROR}, /* DeepSeek */
};

llmc_finish_reason llmc__openai_finish_class(const char *word) {
    for (size_t i = 0; i < sizeof finish_words / sizeof finish_words[0]; i++)
        if (llmc__str_ieq(finish_words[i].word, word))
            return finish_words[i].finish;
    return LLMC_FINISH_OTHER;
}

/* The first of two places that has the count. */
static void read_count(const llmc__json_doc *doc, const llmc__json *first, const llmc__json *second, int64_t *out) {
    int64_t count = -1;
    if ((llmc__json_int64(doc, first, &count) || llmc__json_int64(doc, second, &count)) && count >= 0)
        *out = count;
}

/* Details are named after the count they belong to, which the two APIs name differently. */
static const llmc__json *details_of(const llmc__json *usage, const char *chat_name, const char *responses_name) {
    const llmc__json *details = llmc__json_get(usage, chat_name);
    return details != NULL ? details : llmc__json_get(usage, responses_name);
}

/* OpenRouter sends a number, Perplexity an object with a sum. */
double llmc__openai_cost_read(const llmc__json *usage) {
    const llmc__json *cost = llmc__json_get(usage, "cost");
    double usd = -1.0;
    if (llmc__json_type_of(cost) == LLMC__JSON_OBJECT)
        cost = llmc__json_get(cost, "total_cost");
    return llmc__json_double(cost, &usd) && usd >= 0 && usd <= MAX_COST_USD ? usd : -1.0;
}

static bool read_counts(const llmc__json_doc *doc, const llmc__json *usage, llmc__usage *out) {
    const llmc__json *in = details_of(usage, "prompt_tokens_details", "input_tokens_details");
    const llmc__json *details = details_of(usage, "completion_tokens_details", "output_tokens_details");
    *out = (llmc__usage)LLMC__USAGE_INIT;
    read_count(doc, llmc__json_get(usage, "prompt_tokens"), llmc__json_get(usage, "input_tokens"), &out->tokens_in);
    read_count(doc, llmc__json_get(usage, "completion_tokens"), llmc__json_get(usage, "output_tokens"),
               &out->tokens_out);
    read_count(doc, llmc__json_get(usage, "total_tokens"), NULL, &out->total);
    read_count(doc, llmc__json_get(in, "cached_tokens"), llmc__json_get(usage, "prompt_cache_hit_tokens"),
               &out->cached);
    if (out->cached < 0) /* Together, Moonshot */
        read_count(doc, llmc__json_get(usage, "cached_tokens"), NULL, &out->cached);
    read_count(doc, llmc__json_get(in, "cache_write_tokens"), llmc__json_get(in, "cache_creation_tokens"),
               &out->cache_write);
    read_count(doc, llmc__json_get(details, "reasoning_tokens"), llmc__json_get(usage, "reasoning_tokens"),
               &out->reasoning);
    read_count(doc, llmc__json_get(in, "audio_tokens"), NULL, &out->audio_in);
    read_count(doc, llmc__json_get(llmc__json_get(in, "cached_tokens_details"), "audio_tokens"), NULL,
               &out->audio_cached);
    read_count(doc, llmc__json_get(details, "audio_tokens"), NULL, &out->audio_out);
    out->cost_usd = llmc__openai_cost_read(usage);
    return out->tokens_in >= 0 || out->tokens_out >= 0 || out->total >= 0;
}

bool llmc__openai_usage_read(const llmc__json_doc *doc, const llmc__json *root, llmc__usage *out) {
    return read_counts(doc, llmc__json_get(root, "usage"), out) ||
           read_counts(doc, llmc__json_get(llmc__json_get(root, "x_groq"), "usage"), out);
}

/* Text of one kind; none for absent, null and empty ones. */
static llmc_status emit_text(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                             llmc_event_kind kind, size_t choice) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (text == NULL || len == 0)
        return LLMC_OK;
    llmc_event event = {.kind = kind, .text = text, .text_len = len, .choice = choice};
    return llmc__openai_emit(decoder, &event);
}

/* Mistral's reasoning: {"type":"thinking","thinking":[{"type":"text","text":"..."}]}. */
static llmc_status emit_thinking(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *part,
                                 size_t choice) {
    const llmc__json *thinking = llmc__json_get(part, "thinking");
    if (llmc__json_type_of(thinking) != LLMC__JSON_ARRAY)
        return emit_text(decoder, doc, thinking, LLMC_EVENT_REASONING, choice);
    llmc_status status = LLMC_OK;
    for (const llmc__json *piece = llmc__json_first(thinking); piece != NULL && status == LLMC_OK;
         piece = llmc__json_next(piece))
        status = emit_text(decoder, doc, llmc__json_get(piece, "text"), LLMC_EVENT_REASONING, choice);
    return status;
}

/* Content as text, or as a list of parts; parts of other kinds (references, images) are skipped. */
static llmc_status emit_content(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *content,
                                size_t choice) {
    if (llmc__json_type_of(content) != LLMC__JSON_ARRAY)
        return emit_text(decoder, doc, content, LLMC_EVENT_TEXT, choice);
    llmc_status status = LLMC_OK;
    for (const llmc__json *part = llmc__json_first(content); part != NULL && status == LLMC_OK;
         part = llmc__json_next(part)) {
        const char *type = llmc__json_string(doc, llmc__json_get(part, "type"), NULL);
        if (type != NULL && strcmp(type, "thinking") == 0)
            status = emit_thinking(decoder, doc, part, choice);
        else if (type != NULL && strcmp(type, "refusal") == 0)
            status = emit_text(decoder, doc, llmc__json_get(part, "refusal"), LLMC_EVENT_REFUSAL, choice);
        else if (type == NULL || strcmp(type, "text") == 0)
            status = emit_text(decoder, doc, llmc__json_get(part, "text"), LLMC_EVENT_TEXT, choice);
    }
    return status;
}

/* Where both names are sent they hold the same text, so only one is read. */
static const llmc__json *reasoning_of(const llmc__json_doc *doc, const llmc__json *delta) {
    size_t len = 0;
    const llmc__json *value = llmc__json_get(delta, "reasoning_content");
    if (llmc__json_string(doc, value, &len) != NULL && len > 0)
        return value;
    return llmc__json_get(delta, "reasoning");
}

static llmc_status read_delta(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *delta,
                              size_t choice, bool whole) {
    llmc_status status = emit_text(decoder, doc, reasoning_of(doc, delta), LLMC_EVENT_REASONING, choice);
    if (status == LLMC_OK)
        status = emit_content(decoder, doc, llmc__json_get(delta, "content"), choice);
    if (status == LLMC_OK)
        status = emit_text(decoder, doc, llmc__json_get(delta, "refusal"), LLMC_EVENT_REFUSAL, choice);
    if (status == LLMC_OK)
        status = llmc__openai_tools_read(decoder, doc, delta, choice, whole);
    return status;
}

/* What only some vendors send: reasoning to be sent back, sources, log probabilities. */
static llmc_status read_extras(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *item,
                               const llmc__json *delta, size_t choice) {
    llmc_status status = LLMC_OK;
    if (choice == 0) {
        status = llmc__openai_keep_reasoning(decoder, doc, llmc__json_get(delta, "reasoning_content"));
        if (status == LLMC_OK)
            status = llmc__openai_keep_details(decoder, doc, llmc__json_get(delta, "reasoning_details"));
    }
    if (status == LLMC_OK)
        status = llmc__openai_annotations_read(decoder, doc, llmc__json_get(delta, "annotations"), choice);
    if (status == LLMC_OK)
        status = llmc__openai_logprobs_read(decoder, doc, llmc__json_get(item, "logprobs"), choice);
    return status;
}

static llmc_status read_finish(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *item,
                               size_t index) {
    llmc__openai_choice *choice = llmc__openai_choice_at(decoder, index);
    const char *word = llmc__json_string(doc, llmc__json_get(item, "finish_reason"), NULL);
    if (choice == NULL)
        return llmc__openai_fail(decoder, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    /* Perplexity and OpenRouter repeat the word in later chunks. */
    if (word == NULL || word[0] == '\0' || choice->finished)
        return LLMC_OK;
    choice->finished = true;
    choice->finish = llmc__openai_finish_class(word);
    llmc_status status = llmc__openai_tools_end(decoder, index);
    if (status != LLMC_OK)
        return status;
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .choice = index, .finish = choice->finish, .finish_raw = word};
    return llmc__openai_emit(decoder, &event);
}

static llmc_status read_choice(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *item,
                               size_t position, bool whole) {
    int64_t sent = 0;
    size_t index = whole ? position : 0;
    if (llmc__json_int64(doc, llmc__json_get(item, "index"), &sent))
        index = sent >= 0 && sent < MAX_CHOICES ? (size_t)sent : MAX_CHOICES;
    if (index >= MAX_CHOICES)
        return llmc__openai_fail(decoder, LLMC_ERR_BAD_RESPONSE, "the answer has a choice of an impossible index");
    llmc__openai_choice *choice = llmc__openai_choice_at(decoder, index);
    if (choice == NULL)
        return llmc__openai_fail(decoder, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    /*
     * A chunk may carry the answer so far as `message` beside its delta (Perplexity): the delta counts. A server
     * that sends the whole answer as its only chunk has just `message`.
     */
    const llmc__json *delta = llmc__json_get(item, whole ? "message" : "delta");
    bool is_message = whole;
    if (llmc__json_type_of(delta) != LLMC__JSON_OBJECT && (whole || !choice->spoke)) {
        delta = llmc__json_get(item, whole ? "delta" : "message");
        is_message = true;
    }
    if (llmc__json_type_of(delta) == LLMC__JSON_OBJECT && llmc__json_first(delta) != NULL)
        choice->spoke = true;
    llmc_status status = read_delta(decoder, doc, delta, index, is_message);
    if (status == LLMC_OK)
        status = read_extras(decoder, doc, item, delta, index);
    return status == LLMC_OK ? read_finish(decoder, doc, item, index) : status;
}

static llmc_status read_choices(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *choices,
                                bool whole) {
    size_t position = 0;
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(choices) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *item = llmc__json_first(choices); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = read_choice(decoder, doc, item, position++, whole);
    return status;
}

/* False when there is no memory. */
static bool learn_word(const llmc__json_doc *doc, const llmc__json *value, char **slot) {
    size_t len = 0;
    const char *text = *slot == NULL ? llmc__json_string(doc, value, &len) : NULL;
    if (text == NULL || len == 0)
        return true;
    *slot = llmc__mem_strndup(text, len);
    return *slot != NULL;
}

static bool is_word(const char *text) {
    return text != NULL && text[0] != '\0';
}

static llmc_status emit_start(llmc__openai_decoder *decoder, const char *model, const char *id) {
    llmc_event start = {.kind = LLMC_EVENT_START, .model = model, .id = id};
    decoder->start_emitted = true;
    return decoder->emit(decoder->ctx, &start);
}

/* Azure's first chunk has neither model nor id: START waits for them until something else is to be told. */
llmc_status llmc__openai_head_read(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const char *model = llmc__json_string(doc, llmc__json_get(root, "model"), NULL);
    const char *id = llmc__json_string(doc, llmc__json_get(root, "id"), NULL);
    if (decoder->start_emitted)
        return LLMC_OK;
    if (decoder->model == NULL && decoder->id == NULL && is_word(model) && is_word(id)) /* both at once, as most send */
        return emit_start(decoder, model, id);
    if (!learn_word(doc, llmc__json_get(root, "model"), &decoder->model) ||
        !learn_word(doc, llmc__json_get(root, "id"), &decoder->id))
        return llmc__openai_fail(decoder, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    if (decoder->model == NULL || decoder->id == NULL)
        return LLMC_OK;
    return emit_start(decoder, decoder->model, decoder->id);
}

static llmc_status read_parts(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root,
                              bool whole) {
    llmc_event usage = {.kind = LLMC_EVENT_USAGE};
    llmc_status status = llmc__openai_head_read(decoder, doc, root);
    if (status == LLMC_OK)
        status = read_choices(decoder, doc, llmc__json_get(root, "choices"), whole);
    if (status == LLMC_OK)
        status = llmc__openai_citations_read(decoder, doc, root);
    if (status != LLMC_OK || !llmc__openai_usage_read(doc, root, &usage.usage))
        return status;
    llmc__openai_usage_settle(&usage.usage, decoder->quirks);
    return llmc__openai_emit(decoder, &usage);
}

llmc_status llmc__openai_chunk_read(llmc__openai_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root,
                                    bool whole) {
    const llmc__json *choices = llmc__json_get(root, "choices");
    bool failed = llmc__openai_words_present(doc, root);
    if (!failed && (llmc__json_type_of(root) != LLMC__JSON_OBJECT ||
                    (whole && (llmc__json_type_of(choices) != LLMC__JSON_ARRAY || llmc__json_first(choices) == NULL))))
        return llmc__openai_fail(decoder, LLMC_ERR_BAD_RESPONSE,
                                 "the answer is JSON but no chat completion: check that base_url leads to a chat "
                                 "completions API; the raw body is on the response");
    /* OpenRouter sends the last usage, or a piece of text, in the very chunk that has the error. */
    llmc_status status = read_parts(decoder, doc, root, whole);
    if (status == LLMC_OK && !failed && !whole && decoder->start_emitted)
        llmc__openai_piece_find(decoder, doc, root);
    if (status != LLMC_OK || !failed)
        return status;
    llmc__words words;
    llmc__openai_words_read(doc, root, &words);
    llmc__classify_inner(&words, decoder->error);
    return decoder->error->status;
}
