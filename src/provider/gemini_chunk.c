/* What an object of the answer means. Every chunk of a stream is a whole GenerateContentResponse. */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "model/response.h"
#include "provider/finish.h"
#include "provider/gemini.h"
#include "provider/pairs.h"

static llmc_finish_reason finish_of(const llmc__gemini_choice *choice) {
    llmc_finish_reason finish = llmc__finish_class(choice->finish);
    return finish == LLMC_FINISH_STOP && choice->call_count > 0 ? LLMC_FINISH_TOOL_CALLS : finish;
}

bool llmc__gemini_chunks_finished(const llmc__gemini_decoder *decoder) {
    for (size_t i = 0; i < decoder->choice_count; i++)
        if (decoder->choices[i].finish != NULL)
            return true;
    return false;
}

void llmc__gemini_chunks_end(llmc__gemini_decoder *decoder) {
    for (size_t i = 0; i < decoder->choice_count; i++) {
        const llmc__gemini_choice *choice = &decoder->choices[i];
        if (choice->finish != NULL)
            llmc__sink_finish(&decoder->sink, i, finish_of(choice), choice->finish);
    }
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

/* ---- candidates ---- */

static void emit_each(llmc__gemini_decoder *decoder, const llmc__json *list, size_t choice) {
    for (const llmc__json *item = llmc__json_items(list); item != NULL; item = llmc__json_next(item))
        llmc__sink_json(&decoder->sink, LLMC_EVENT_CITATION, choice, item);
}

/* The Gemini API says citationSources, Vertex AI citations; groundingMetadata is told whole: its parts refer to one
 * another. */
static void read_sources(llmc__gemini_decoder *decoder, const llmc__json *candidate, size_t choice) {
    const llmc__json *citations = llmc__json_get(candidate, "citationMetadata");
    const llmc__json *grounding = llmc__json_get(candidate, "groundingMetadata");
    emit_each(decoder, llmc__json_get(citations, "citationSources"), choice);
    emit_each(decoder, llmc__json_get(citations, "citations"), choice);
    if (llmc__json_type_of(grounding) == LLMC__JSON_OBJECT && llmc__json_first(grounding) != NULL)
        llmc__sink_json(&decoder->sink, LLMC_EVENT_CITATION, choice, grounding);
    llmc__gemini_logprobs_read(decoder, llmc__json_get(candidate, "logprobsResult"), choice);
}

static void keep_finish(llmc__gemini_decoder *decoder, const llmc__json *candidate, char **slot) {
    size_t len = 0;
    const char *word = llmc__sink_string(&decoder->sink, candidate, "finishReason", &len);
    if (len == 0 || (*slot != NULL && strcmp(*slot, word) == 0))
        return;
    llmc__mem_free(*slot);
    *slot = llmc__mem_strndup(word, len);
    if (*slot == NULL)
        llmc__sink_keep(&decoder->sink, LLMC_ERR_NO_MEMORY);
}

static void read_candidate(llmc__gemini_decoder *decoder, const llmc__json *candidate, int64_t position) {
    llmc__sink *sink = &decoder->sink;
    int64_t index = position;
    llmc__gemini_choice *choice;
    (void)llmc__json_int64(sink->doc, llmc__json_get(candidate, "index"), &index);
    if (index < 0 || index >= LLMC__MAX_CHOICES) {
        llmc__sink_fail(sink, LLMC_ERR_BAD_RESPONSE, "the answer has a candidate of an impossible index");
        return;
    }
    choice = choice_at(decoder, (size_t)index);
    if (choice == NULL) {
        llmc__sink_keep(sink, LLMC_ERR_NO_MEMORY);
        return;
    }
    const llmc__json *part = llmc__json_items(llmc__json_get(llmc__json_get(candidate, "content"), "parts"));
    for (; part != NULL && sink->status == LLMC_OK; part = llmc__json_next(part))
        llmc__gemini_part_read(decoder, part, (size_t)index);
    read_sources(decoder, candidate, (size_t)index);
    if (sink->status == LLMC_OK)
        keep_finish(decoder, candidate, &choice->finish);
}

static void read_candidates(llmc__gemini_decoder *decoder, const llmc__json *list) {
    int64_t position = 0;
    if (llmc__json_type_of(list) > LLMC__JSON_NULL && llmc__json_type_of(list) != LLMC__JSON_ARRAY)
        llmc__sink_fail(&decoder->sink, LLMC_ERR_BAD_RESPONSE, "the answer's candidates are not an array");
    for (const llmc__json *item = llmc__json_items(list); item != NULL && decoder->sink.status == LLMC_OK;
         item = llmc__json_next(item))
        read_candidate(decoder, item, position++);
}

/* ---- usage ---- */

/* Counts by kind: [{"modality":"AUDIO","tokenCount":12}]. */
static void keep_sound(const llmc__sink *sink, const llmc__json *kinds, int64_t *slot) {
    for (const llmc__json *one = llmc__json_first(kinds); one != NULL; one = llmc__json_next(one)) {
        if (llmc__json_says(one, "modality", "AUDIO"))
            llmc__sink_counts(sink, one, "tokenCount\0", slot);
    }
}

/* -1 and a number are the number. */
static int64_t sum(int64_t a, int64_t b) {
    if (a < 0 || b < 0)
        return a > b ? a : b;
    return a + b;
}

/* total = prompt + candidates + thoughts + toolUsePrompt, of which candidates are without the thoughts (recorded). */
static void read_usage(llmc__gemini_decoder *decoder, const llmc__json *usage) {
    static const char names[] = "promptTokenCount\0toolUsePromptTokenCount\0candidatesTokenCount\0"
                                "thoughtsTokenCount\0cachedContentTokenCount\0totalTokenCount\0";
    static const char sounds[] = "promptTokensDetails\0cacheTokensDetails\0candidatesTokensDetails\0";
    int64_t *counts = decoder->counts;
    llmc_event event;
    if (llmc__json_type_of(usage) != LLMC__JSON_OBJECT)
        return;
    llmc__sink_usage(&event);
    llmc__sink_counts(&decoder->sink, usage, names, counts);
    const char *sound = sounds;
    for (size_t i = LLMC__GEMINI_AUDIO_IN; i < LLMC__GEMINI_COUNTS; i++, sound = llmc__pairs_next(sound))
        keep_sound(&decoder->sink, llmc__json_get(usage, sound), &counts[i]);
    event.usage.tokens_in = sum(counts[LLMC__GEMINI_PROMPT], counts[LLMC__GEMINI_TOOL_PROMPT]);
    event.usage.tokens_out = sum(counts[LLMC__GEMINI_CANDIDATES], counts[LLMC__GEMINI_THOUGHTS]);
    event.usage.total = counts[LLMC__GEMINI_TOTAL];
    event.usage.cached = counts[LLMC__GEMINI_CACHED];
    event.usage.reasoning = counts[LLMC__GEMINI_THOUGHTS];
    event.usage.audio_in = counts[LLMC__GEMINI_AUDIO_IN];
    event.usage.audio_cached = counts[LLMC__GEMINI_AUDIO_CACHED];
    event.usage.audio_out = counts[LLMC__GEMINI_AUDIO_OUT];
    llmc__sink_emit(&decoder->sink, &event);
}

/* ---- the object ---- */

/* No candidate comes of a prompt that is blocked. */
static void read_block(llmc__gemini_decoder *decoder, const llmc__json *feedback) {
    size_t len = 0, said_len = 0;
    llmc_error *error = decoder->sink.error;
    const char *reason = llmc__sink_string(&decoder->sink, feedback, "blockReason", &len);
    const char *said = llmc__sink_string(&decoder->sink, feedback, "blockReasonMessage", &said_len);
    int shown = (int)llmc__str_utf8_prefix(said, said_len < 300 ? said_len : 300);
    if (decoder->sink.status != LLMC_OK || len == 0 || strcmp(reason, "BLOCK_REASON_UNSPECIFIED") == 0)
        return;
    decoder->sink.status = LLMC_ERR_CONTENT_FILTER;
    llmc__error_clear(error);
    llmc__error_set(error, LLMC_ERR_CONTENT_FILTER,
                    "the provider blocked the prompt (%.64s)%s%.*s. Its content filter refused it: change the prompt, "
                    "or give safetySettings in extra_json",
                    reason, shown > 0 ? ": " : "", shown, said);
    error->http_status = 200;
    llmc__error_word(&error->provider_code, reason, len);
    llmc__error_word(&error->provider_message, said, said_len);
}

/* A finishReason may have come before an error (recorded). */
static void read_error(llmc__gemini_decoder *decoder, const llmc__json *root) {
    llmc__gemini_chunks_end(decoder);
    if (decoder->sink.status != LLMC_OK)
        return;
    llmc__gemini_classify_inner(decoder->sink.doc, root, decoder->sink.error);
    decoder->sink.status = decoder->sink.error->status;
}

void llmc__gemini_chunk_read(llmc__gemini_decoder *decoder, const llmc__json *root) {
    const llmc__json *candidates = llmc__json_get(root, "candidates");
    const llmc__json *feedback = llmc__json_get(root, "promptFeedback");
    const llmc__json *usage = llmc__json_get(root, "usageMetadata");
    if (llmc__gemini_error_present(root)) {
        read_error(decoder, root);
    } else if (candidates != NULL || feedback != NULL || usage != NULL) {
        decoder->spoke = true;
        llmc__sink_start(&decoder->sink, llmc__json_word(root, "modelVersion"), llmc__json_word(root, "responseId"));
        read_candidates(decoder, candidates);
        read_usage(decoder, usage);
        read_block(decoder, feedback);
    }
}
