/*
 * The parts of a candidate's content -> events, and the content kept for sending it back: once a part has a signature,
 * all of them must go back as they came and in their order (https://ai.google.dev/gemini-api/docs/thought-signatures).
 */
#include <stdio.h>
#include "provider/gemini.h"

/* ---- log probabilities ---- */

/* The chosen token's own members and, as one more, the others that stood at its place. */
static void print_token(llmc__sink *sink, const llmc__json *chosen, const llmc__json *top, llmc__buf *out) {
    static const char member[] = ",\"topCandidates\":";
    const llmc__json *others = llmc__json_get(top, "candidates");
    if (out->len > 1)
        llmc__sink_append(sink, out, ",", 1);
    llmc__sink_print(sink, out, chosen);
    if (llmc__json_type_of(others) != LLMC__JSON_ARRAY || llmc__json_first(chosen) == NULL || sink->status != LLMC_OK)
        return;
    out->data[--out->len] = '\0'; /* the brace, which comes again behind the member */
    llmc__sink_append(sink, out, member, sizeof member - 1);
    llmc__sink_print(sink, out, others);
    llmc__sink_append(sink, out, "}", 1);
}

/* Google sends two lists side by side, topCandidates[i] for chosenCandidates[i]; each token is told with its own. */
void llmc__gemini_logprobs_read(llmc__gemini_decoder *decoder, const llmc__json *result, size_t choice) {
    llmc__sink *sink = &decoder->sink;
    llmc__buf text;
    const llmc__json *chosen = llmc__json_first(llmc__json_get(result, "chosenCandidates"));
    const llmc__json *top = llmc__json_first(llmc__json_get(result, "topCandidates"));
    if (chosen == NULL)
        return;
    llmc__buf_init(&text, sink->max_bytes);
    llmc__sink_append(sink, &text, "[", 1);
    for (; chosen != NULL && sink->status == LLMC_OK; chosen = llmc__json_next(chosen), top = llmc__json_next(top))
        if (llmc__json_type_of(chosen) == LLMC__JSON_OBJECT)
            print_token(sink, chosen, top, &text);
    llmc__sink_append(sink, &text, "]", 1);
    llmc__sink_text(sink, LLMC_EVENT_LOGPROBS, choice, text.data, text.len);
    llmc__buf_free(&text);
}

/* ---- calls ---- */

/*
 * The arguments as text; empty when they come in pieces, which Vertex AI sends only when it is asked to: such a call
 * has no end and must not run.
 */
static void print_arguments(llmc__sink *sink, const llmc__json *call, llmc__buf *out) {
    bool more = false;
    const llmc__json *args = llmc__json_get(call, "args");
    if (llmc__json_bool(llmc__json_get(call, "willContinue"), &more) && more)
        return;
    if (llmc__json_type_of(args) == LLMC__JSON_OBJECT)
        llmc__sink_print(sink, out, args);
    else
        llmc__sink_append(sink, out, "{}", 2);
}

/* A call stands whole in one part. Most have no id: one is made up, the same whenever the answer is read. */
static void read_call(llmc__gemini_decoder *decoder, const llmc__json *call, size_t choice) {
    char made_up[32];
    llmc__buf arguments;
    llmc_event event = {
        .choice = choice, .tool_id = llmc__json_word(call, "id"), .tool_name = llmc__json_word(call, "name")};
    if (event.tool_name == NULL)
        return;
    event.tool_index = decoder->choices[choice].call_count++;
    if (event.tool_id == NULL) {
        (void)snprintf(made_up, sizeof made_up, "call_%zu", event.tool_index);
        event.tool_id = made_up;
    }
    llmc__buf_init(&arguments, decoder->sink.max_bytes);
    print_arguments(&decoder->sink, call, &arguments);
    llmc__sink_call(&decoder->sink, &event, &arguments);
    llmc__buf_free(&arguments);
}

/* ---- sending back ---- */

/* An answer too long to be kept is one that cannot be sent back, and no error. */
static void keep_part(llmc__gemini_decoder *decoder, const llmc__buf *text) {
    llmc_status status = LLMC_OK;
    if (decoder->replay.len > 0)
        status = llmc__buf_append_char(&decoder->replay, ',');
    if (status == LLMC_OK)
        status = llmc__buf_append(&decoder->replay, text->data, text->len);
    if (status == LLMC_ERR_TOO_LARGE) {
        decoder->unreplayable = true;
        llmc__buf_free(&decoder->replay);
    } else {
        llmc__sink_keep(&decoder->sink, status);
    }
}

/* Parts wait until one of them is signed; without a signature none needs to go back as it came. */
static void replay_part(llmc__gemini_decoder *decoder, const llmc__json *part, bool is_signed) {
    llmc__buf text;
    if (decoder->unreplayable || llmc__json_type_of(part) != LLMC__JSON_OBJECT)
        return;
    llmc__buf_init(&text, decoder->sink.max_bytes);
    llmc__sink_print(&decoder->sink, &text, part);
    if (decoder->signed_)
        llmc__sink_replay(&decoder->sink, decoder->origin, &text);
    else
        keep_part(decoder, &text);
    if (is_signed && !decoder->signed_ && !decoder->unreplayable) {
        llmc__sink_replay(&decoder->sink, decoder->origin, &decoder->replay);
        decoder->signed_ = true;
        llmc__buf_free(&decoder->replay);
    }
    llmc__buf_free(&text);
}

void llmc__gemini_part_read(llmc__gemini_decoder *decoder, const llmc__json *part, size_t choice) {
    llmc__sink *sink = &decoder->sink;
    bool thought = false;
    size_t len = 0, signature_len = 0;
    const char *text = llmc__sink_string(sink, part, "text", &len);
    const char *signature = llmc__sink_string(sink, part, "thoughtSignature", &signature_len);
    (void)llmc__json_bool(llmc__json_get(part, "thought"), &thought);
    llmc__sink_text(sink, thought ? LLMC_EVENT_REASONING : LLMC_EVENT_TEXT, choice, text, len);
    read_call(decoder, llmc__json_get(part, "functionCall"), choice);
    llmc__sink_text(sink, LLMC_EVENT_SIGNATURE, choice, signature, signature_len);
    if (choice == 0)
        replay_part(decoder, part, signature_len > 0);
}
