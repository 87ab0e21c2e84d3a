/* One chunk of a stream, or one whole answer: the same members in both, under `delta` or under `message`. */
#include <stddef.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "provider/chat.h"
#include "provider/finish.h"

#define MAX_CHOICES  128
#define MAX_COST_USD 1e6

/* ---- usage ---- */

/* OpenRouter sends a number, Perplexity an object with a sum. */
double llmc__openai_cost_read(const llmc__json *usage) {
    const llmc__json *cost = llmc__json_get(usage, "cost");
    double usd = -1.0;
    if (llmc__json_type_of(cost) == LLMC__JSON_OBJECT)
        cost = llmc__json_get(cost, "total_cost");
    return llmc__json_double(cost, &usd) && usd >= 0 && usd <= MAX_COST_USD ? usd : -1.0;
}

/* Where counts stand: in `usage`, or in the details of one of its counts. */
enum { USAGE, IN, OUT, CACHED, PLACES };

/* The first of a count's places that has it. The two APIs name them differently. */
static const struct {
    char name[24];
    uint8_t place;
    uint8_t slot; /* in llmc__usage */
} counts[] = {
#define SLOT(member) (uint8_t) offsetof(llmc__usage, member)
    {"prompt_tokens", USAGE, SLOT(tokens_in)},
    {"input_tokens", USAGE, SLOT(tokens_in)},
    {"completion_tokens", USAGE, SLOT(tokens_out)},
    {"output_tokens", USAGE, SLOT(tokens_out)},
    {"total_tokens", USAGE, SLOT(total)},
    {"cached_tokens", IN, SLOT(cached)},
    {"prompt_cache_hit_tokens", USAGE, SLOT(cached)},
    {"cached_tokens", USAGE, SLOT(cached)}, /* Together, Moonshot */
    {"cache_write_tokens", IN, SLOT(cache_write)},
    {"cache_creation_tokens", IN, SLOT(cache_write)},
    {"reasoning_tokens", OUT, SLOT(reasoning)},
    {"reasoning_tokens", USAGE, SLOT(reasoning)},
    {"audio_tokens", IN, SLOT(audio_in)},
    {"audio_tokens", CACHED, SLOT(audio_cached)},
    {"audio_tokens", OUT, SLOT(audio_out)},
#undef SLOT
};

/* Details are named after the count they belong to. */
static const llmc__json *details_of(const llmc__json *usage, const char *chat_name, const char *responses_name) {
    const llmc__json *details = llmc__json_get(usage, chat_name);
    return details != NULL ? details : llmc__json_get(usage, responses_name);
}

static bool read_counts(const llmc__json_doc *doc, const llmc__json *usage, llmc__usage *out) {
    const llmc__json *places[PLACES] = {
        [USAGE] = usage,
        [IN] = details_of(usage, "prompt_tokens_details", "input_tokens_details"),
        [OUT] = details_of(usage, "completion_tokens_details", "output_tokens_details"),
    };
    places[CACHED] = llmc__json_get(places[IN], "cached_tokens_details");
    *out = (llmc__usage)LLMC__USAGE_INIT;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        int64_t count = -1, *slot = (int64_t *)(void *)((char *)out + counts[i].slot);
        if (*slot < 0 && llmc__json_int64(doc, llmc__json_get(places[counts[i].place], counts[i].name), &count) &&
            count >= 0)
            *slot = count;
    }
    out->cost_usd = llmc__openai_cost_read(usage);
    return out->tokens_in >= 0 || out->tokens_out >= 0 || out->total >= 0;
}

bool llmc__openai_usage_read(const llmc__json_doc *doc, const llmc__json *root, llmc__usage *out) {
    return read_counts(doc, llmc__json_get(root, "usage"), out) ||
           read_counts(doc, llmc__json_get(llmc__json_get(root, "x_groq"), "usage"), out);
}

/* ---- a choice ---- */

/*
 * A text, or a list of parts, of which other kinds (references, images) are skipped. Mistral's reasoning is such a list
 * in a part: {"type":"thinking","thinking":[{"type":"text","text":"..."}]}.
 */
static void say_content(llmc__sink *sink, llmc_event_kind kind, size_t choice, const llmc__json *object,
                        const char *name) {
    const llmc__json *part = llmc__json_items(llmc__json_get(object, name));
    llmc__sink_say(sink, kind, choice, object, name);
    for (; part != NULL; part = llmc__json_next(part)) {
        const char *type = llmc__json_text(NULL, part, "type", NULL);
        if (type == NULL || strcmp(type, "text") == 0)
            llmc__sink_say(sink, kind, choice, part, "text");
        else if (strcmp(type, "thinking") == 0)
            say_content(sink, LLMC_EVENT_REASONING, choice, part, type);
        else if (strcmp(type, "refusal") == 0)
            llmc__sink_say(sink, LLMC_EVENT_REFUSAL, choice, part, type);
    }
}

static void read_delta(llmc__openai_decoder *decoder, const llmc__json *delta, size_t choice, bool whole) {
    llmc__sink *sink = &decoder->sink;
    /* Where both names are sent they hold the same text, so only one is read. */
    bool other = llmc__json_word(delta, "reasoning_content") == NULL;
    llmc__sink_say(sink, LLMC_EVENT_REASONING, choice, delta, other ? "reasoning" : "reasoning_content");
    say_content(sink, LLMC_EVENT_TEXT, choice, delta, "content");
    llmc__sink_say(sink, LLMC_EVENT_REFUSAL, choice, delta, "refusal");
    llmc__openai_tools_read(decoder, delta, choice, whole);
    if (choice == 0) {
        llmc__openai_keep_reasoning(decoder, delta);
        llmc__openai_keep_details(decoder, llmc__json_get(delta, "reasoning_details"));
    }
    llmc__openai_annotations_read(decoder, llmc__json_get(delta, "annotations"), choice);
}

static void read_finish(llmc__openai_decoder *decoder, const llmc__json *item, size_t index) {
    llmc__openai_choice *choice = &decoder->choices[index];
    const char *word = llmc__json_word(item, "finish_reason");
    /* Perplexity and OpenRouter repeat the word in later chunks. */
    if (word == NULL || choice->finished || decoder->sink.status != LLMC_OK)
        return;
    choice->finished = true;
    choice->finish = llmc__finish_class(word);
    llmc__openai_tools_end(decoder, index);
    llmc__sink_finish(&decoder->sink, index, choice->finish, word);
}

static void read_choice(llmc__openai_decoder *decoder, const llmc__json *item, size_t position, bool whole) {
    int64_t sent = 0;
    size_t index = whole ? position : 0;
    if (llmc__json_int64(decoder->sink.doc, llmc__json_get(item, "index"), &sent))
        index = sent >= 0 && sent < MAX_CHOICES ? (size_t)sent : MAX_CHOICES;
    if (index >= MAX_CHOICES)
        llmc__sink_fail(&decoder->sink, LLMC_ERR_BAD_RESPONSE, "the answer has a choice of an impossible index");
    llmc__openai_choice *choice = decoder->sink.status == LLMC_OK ? llmc__openai_choice_at(decoder, index) : NULL;
    if (choice == NULL)
        return;
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
    read_delta(decoder, delta, index, is_message);
    llmc__openai_logprobs_read(decoder, llmc__json_get(item, "logprobs"), index);
    read_finish(decoder, item, index);
}

/* ---- the chunk ---- */

/* False when there is no memory. */
static bool learn_word(const char *word, char **slot) {
    if (*slot == NULL)
        *slot = llmc__mem_strdup(word);
    return *slot != NULL || word == NULL;
}

/* Azure's first chunk has neither model nor id: START waits for them until something else is to be told. */
void llmc__openai_head_read(llmc__openai_decoder *decoder, const llmc__json *root) {
    const char *model = llmc__json_word(root, "model"), *id = llmc__json_word(root, "id");
    llmc__sink *sink = &decoder->sink;
    if (sink->started || sink->status != LLMC_OK)
        return;
    if (sink->model == NULL && sink->id == NULL && model != NULL && id != NULL) /* both at once, as most send */
        llmc__sink_start(sink, model, id);
    else if (!learn_word(model, &sink->model) || !learn_word(id, &sink->id))
        llmc__sink_keep(sink, LLMC_ERR_NO_MEMORY);
    else if (sink->model != NULL && sink->id != NULL)
        llmc__sink_start(sink, sink->model, sink->id);
}

static void read_parts(llmc__openai_decoder *decoder, const llmc__json *root, bool whole) {
    llmc_event usage = {.kind = LLMC_EVENT_USAGE};
    size_t position = 0;
    llmc__openai_head_read(decoder, root);
    for (const llmc__json *item = llmc__json_items(llmc__json_get(root, "choices"));
         item != NULL && decoder->sink.status == LLMC_OK; item = llmc__json_next(item))
        read_choice(decoder, item, position++, whole);
    llmc__openai_citations_read(decoder, root);
    if (!llmc__openai_usage_read(decoder->sink.doc, root, &usage.usage))
        return;
    llmc__openai_usage_settle(&usage.usage, decoder->quirks);
    llmc__sink_emit(&decoder->sink, &usage);
}

void llmc__openai_chunk_read(llmc__openai_decoder *decoder, const llmc__json *root, bool whole) {
    bool failed = llmc__openai_words_present(root);
    if (!failed && (llmc__json_type_of(root) != LLMC__JSON_OBJECT ||
                    (whole && llmc__json_items(llmc__json_get(root, "choices")) == NULL))) {
        llmc__openai_fail_shape(decoder);
        return;
    }
    /* OpenRouter sends the last usage, or a piece of text, in the very chunk that has the error. */
    read_parts(decoder, root, whole);
    if (failed)
        (void)llmc__chat_fails(&decoder->sink, root);
    else if (decoder->sink.status == LLMC_OK && !whole && decoder->sink.started)
        llmc__openai_piece_find(decoder, root);
}
