/* What an object of the answer means. Every chunk of a stream is a whole GenerateContentResponse. */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "model/response.h"
#include "provider/gemini.h"

/* https://ai.google.dev/api/generate-content#FinishReason; MODEL_ARMOR is Vertex AI's. */
static const struct {
    char word[25];
    uint8_t finish; /* llmc_finish_reason */
} finishes[] = {
    {"STOP", LLMC_FINISH_STOP},
    {"MAX_TOKENS", LLMC_FINISH_LENGTH},
    {"SAFETY", LLMC_FINISH_CONTENT_FILTER},
    {"RECITATION", LLMC_FINISH_CONTENT_FILTER},
    {"BLOCKLIST", LLMC_FINISH_CONTENT_FILTER},
    {"PROHIBITED_CONTENT", LLMC_FINISH_CONTENT_FILTER},
    {"SPII", LLMC_FINISH_CONTENT_FILTER},
    {"MODEL_ARMOR", LLMC_FINISH_CONTENT_FILTER},
    {"IMAGE_SAFETY", LLMC_FINISH_CONTENT_FILTER},
    {"IMAGE_PROHIBITED_CONTENT", LLMC_FINISH_CONTENT_FILTER},
    {"IMAGE_RECITATION", LLMC_FINISH_CONTENT_FILTER},
};

static llmc_finish_reason finish_of(const llmc__gemini_choice *choice) {
    for (size_t i = 0; i < sizeof finishes / sizeof finishes[0]; i++) {
        if (strcmp(finishes[i].word, choice->finish) != 0)
            continue;
        return finishes[i].finish == LLMC_FINISH_STOP && choice->call_count > 0
                   ? LLMC_FINISH_TOOL_CALLS
                   : (llmc_finish_reason)finishes[i].finish;
    }
    return LLMC_FINISH_OTHER;
}

bool llmc__gemini_chunks_finished(const llmc__gemini_decoder *decoder) {
    for (size_t i = 0; i < decoder->choice_count; i++)
        if (decoder->choices[i].finish != NULL)
            return true;
    return false;
}

llmc_status llmc__gemini_chunks_end(llmc__gemini_decoder *decoder) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < decoder->choice_count && status == LLMC_OK; i++) {
        const llmc__gemini_choice *choice = &decoder->choices[i];
        if (choice->finish == NULL)
            continue;
        llmc_event event = {
            .kind = LLMC_EVENT_FINISH, .choice = i, .finish = finish_of(choice), .finish_raw = choice->finish};
        status = decoder->emit(decoder->ctx, &event);
    }
    return status;
}

static llmc__gemini_choice *choice_at(llmc__gemini_decoder *decoder, size_t index) {
    if (index >= decoder->choice_count) {
        llmc__gemini_choice *choices = llmc__mem_realloc(decoder->choices, (index + 1) * sizeof *choices);
        if (choices == NULL)
            return NULL;
        memset(choices + decoder->choice_count, 0, (index + 1 - decoder->choice_count) * sizeof *choices);
        decoder->choices = choices;
        decoder->choice_count = index + 1;
    }
    return &decoder->choices[index];
}

static llmc_status emit_start(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    llmc_event event = {.kind = LLMC_EVENT_START,
                        .model = llmc__json_string(doc, llmc__json_get(root, "modelVersion"), NULL),
                        .id = llmc__json_string(doc, llmc__json_get(root, "responseId"), NULL)};
    if (decoder->started)
        return LLMC_OK;
    decoder->started = true;
    return decoder->emit(decoder->ctx, &event);
}

/* ---- candidates ---- */

static llmc_status emit_each(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *list,
                             size_t choice) {
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(list) != LLMC__JSON_ARRAY)
        return LLMC_OK;
    for (const llmc__json *item = llmc__json_first(list); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = llmc__gemini_emit_citation(decoder, doc, item, choice);
    return status;
}

/* The Gemini API says citationSources, Vertex AI citations; groundingMetadata is told whole: its parts refer to one
 * another. */
static llmc_status read_sources(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *candidate,
                                size_t choice) {
    const llmc__json *citations = llmc__json_get(candidate, "citationMetadata");
    const llmc__json *grounding = llmc__json_get(candidate, "groundingMetadata");
    llmc_status status = emit_each(decoder, doc, llmc__json_get(citations, "citationSources"), choice);
    if (status == LLMC_OK)
        status = emit_each(decoder, doc, llmc__json_get(citations, "citations"), choice);
    if (status == LLMC_OK && llmc__json_type_of(grounding) == LLMC__JSON_OBJECT && llmc__json_first(grounding) != NULL)
        status = llmc__gemini_emit_citation(decoder, doc, grounding, choice);
    if (status == LLMC_OK)
        status = llmc__gemini_logprobs_read(decoder, doc, llmc__json_get(candidate, "logprobsResult"), choice);
    return status;
}

static llmc_status keep_finish(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *candidate,
                               size_t choice) {
    size_t len = 0;
    const char *word = llmc__json_string(doc, llmc__json_get(candidate, "finishReason"), &len);
    char **slot = &decoder->choices[choice].finish;
    if (word == NULL || len == 0 || (*slot != NULL && strcmp(*slot, word) == 0))
        return LLMC_OK;
    llmc__mem_free(*slot);
    *slot = llmc__mem_strndup(word, len);
    return *slot != NULL ? LLMC_OK : llmc__gemini_fail_memory(decoder, LLMC_ERR_NO_MEMORY);
}

static llmc_status read_candidate(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *candidate,
                                  size_t position) {
    const llmc__json *parts = llmc__json_get(llmc__json_get(candidate, "content"), "parts");
    int64_t sent = (int64_t)position;
    llmc_status status = LLMC_OK;
    (void)llmc__json_int64(doc, llmc__json_get(candidate, "index"), &sent);
    if (sent < 0 || sent >= LLMC__MAX_CHOICES)
        return llmc__gemini_fail(decoder, LLMC_ERR_BAD_RESPONSE, "the answer has a candidate of an impossible index");
    size_t choice = (size_t)sent;
    if (choice_at(decoder, choice) == NULL)
        return llmc__gemini_fail_memory(decoder, LLMC_ERR_NO_MEMORY);
    const llmc__json *part = llmc__json_type_of(parts) == LLMC__JSON_ARRAY ? llmc__json_first(parts) : NULL;
    for (; part != NULL && status == LLMC_OK; part = llmc__json_next(part))
        status = llmc__gemini_part_read(decoder, doc, part, choice);
    if (status == LLMC_OK)
        status = read_sources(decoder, doc, candidate, choice);
    return status == LLMC_OK ? keep_finish(decoder, doc, candidate, choice) : status;
}

static llmc_status read_candidates(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *list) {
    size_t position = 0;
    llmc_status status = LLMC_OK;
    if (llmc__json_type_of(list) == LLMC__JSON_ABSENT || llmc__json_type_of(list) == LLMC__JSON_NULL)
        return LLMC_OK;
    if (llmc__json_type_of(list) != LLMC__JSON_ARRAY)
        return llmc__gemini_fail(decoder, LLMC_ERR_BAD_RESPONSE, "the answer's candidates are not an array");
    for (const llmc__json *item = llmc__json_first(list); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = read_candidate(decoder, doc, item, position++);
    return status;
}

/* ---- usage ---- */

static void keep_count(const llmc__json_doc *doc, const llmc__json *usage, const char *name, int64_t *slot) {
    int64_t count = -1;
    if (llmc__json_int64(doc, llmc__json_get(usage, name), &count) && count >= 0)
        *slot = count;
}

/* Counts by kind: [{"modality":"AUDIO","tokenCount":12}]. */
static void keep_sound(const llmc__json_doc *doc, const llmc__json *usage, const char *name, int64_t *slot) {
    const llmc__json *one = llmc__json_first(llmc__json_get(usage, name));
    for (; one != NULL; one = llmc__json_next(one)) {
        const char *kind = llmc__json_string(doc, llmc__json_get(one, "modality"), NULL);
        if (kind != NULL && strcmp(kind, "AUDIO") == 0)
            keep_count(doc, one, "tokenCount", slot);
    }
}

/* -1 and a number are the number; sums that no provider means end at the largest one. */
static int64_t sum(int64_t a, int64_t b) {
    if (a < 0 || b < 0)
        return a > b ? a : b;
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

/* total = prompt + candidates + thoughts + toolUsePrompt, of which candidates are without the thoughts (recorded). */
static llmc_status read_usage(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *usage) {
    if (llmc__json_type_of(usage) != LLMC__JSON_OBJECT)
        return LLMC_OK;
    keep_count(doc, usage, "promptTokenCount", &decoder->prompt);
    keep_count(doc, usage, "toolUsePromptTokenCount", &decoder->tool_prompt);
    keep_count(doc, usage, "candidatesTokenCount", &decoder->candidates);
    keep_count(doc, usage, "thoughtsTokenCount", &decoder->thoughts);
    keep_count(doc, usage, "cachedContentTokenCount", &decoder->cached);
    keep_count(doc, usage, "totalTokenCount", &decoder->total);
    keep_sound(doc, usage, "promptTokensDetails", &decoder->audio_in);
    keep_sound(doc, usage, "cacheTokensDetails", &decoder->audio_cached);
    keep_sound(doc, usage, "candidatesTokensDetails", &decoder->audio_out);
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = LLMC__USAGE_INIT};
    event.usage.tokens_in = sum(decoder->prompt, decoder->tool_prompt);
    event.usage.tokens_out = sum(decoder->candidates, decoder->thoughts);
    event.usage.total = decoder->total;
    event.usage.cached = decoder->cached;
    event.usage.reasoning = decoder->thoughts;
    event.usage.audio_in = decoder->audio_in;
    event.usage.audio_cached = decoder->audio_cached;
    event.usage.audio_out = decoder->audio_out;
    return decoder->emit(decoder->ctx, &event);
}

/* ---- the object ---- */

/* No candidate comes of a prompt that is blocked. */
static llmc_status read_block(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *feedback) {
    size_t len = 0, said_len = 0;
    const char *reason = llmc__json_string(doc, llmc__json_get(feedback, "blockReason"), &len);
    const char *said = llmc__json_string(doc, llmc__json_get(feedback, "blockReasonMessage"), &said_len);
    if (reason == NULL || len == 0 || strcmp(reason, "BLOCK_REASON_UNSPECIFIED") == 0)
        return LLMC_OK;
    llmc__error_clear(decoder->error);
    int shown = said != NULL ? (int)llmc__str_utf8_prefix(said, said_len < 300 ? said_len : 300) : 0;
    llmc__error_set(decoder->error, LLMC_ERR_CONTENT_FILTER,
                    "the provider blocked the prompt (%.64s)%s%.*s. Its content filter refused it: change the prompt, "
                    "or give safetySettings in extra_json",
                    reason, shown > 0 ? ": " : "", shown, shown > 0 ? said : "");
    decoder->error->http_status = 200;
    llmc__error_word(&decoder->error->provider_code, reason, len);
    llmc__error_word(&decoder->error->provider_message, said, said_len);
    return LLMC_ERR_CONTENT_FILTER;
}

static llmc_status read_error(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    llmc_status status = llmc__gemini_chunks_end(decoder); /* a finishReason may have come before it (recorded) */
    if (status != LLMC_OK)
        return status;
    llmc__gemini_classify_inner(doc, root, decoder->error);
    return decoder->error->status;
}

llmc_status llmc__gemini_chunk_read(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *candidates = llmc__json_get(root, "candidates");
    const llmc__json *feedback = llmc__json_get(root, "promptFeedback");
    const llmc__json *usage = llmc__json_get(root, "usageMetadata");
    if (llmc__gemini_error_present(root))
        return read_error(decoder, doc, root);
    if (candidates == NULL && feedback == NULL && usage == NULL)
        return LLMC_OK;
    decoder->spoke = true;
    llmc_status status = emit_start(decoder, doc, root);
    if (status == LLMC_OK)
        status = read_candidates(decoder, doc, candidates);
    if (status == LLMC_OK)
        status = read_usage(decoder, doc, usage);
    return status == LLMC_OK ? read_block(decoder, doc, feedback) : status;
}
