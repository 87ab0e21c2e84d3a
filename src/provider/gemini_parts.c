/*
 * The parts of a candidate's content -> events, and the content kept for sending it back: once a part has a signature,
 * all of them must go back as they came and in their order (https://ai.google.dev/gemini-api/docs/thought-signatures).
 */
#include <stdio.h>
#include "provider/gemini.h"
#include "wire/jsonprint.h"

static llmc_status emit_text(llmc__gemini_decoder *decoder, llmc_event_kind kind, size_t choice, const char *text,
                             size_t len) {
    llmc_event event = {.kind = kind, .choice = choice, .text = text, .text_len = len};
    return len > 0 ? decoder->emit(decoder->ctx, &event) : LLMC_OK;
}

/* A value as text in `out`. */
static llmc_status print(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *value,
                         llmc__buf *out) {
    llmc_status status = llmc__jsonprint_value(doc, value, out);
    return status == LLMC_OK ? LLMC_OK : llmc__gemini_fail_memory(decoder, status);
}

llmc_status llmc__gemini_emit_citation(llmc__gemini_decoder *decoder, const llmc__json_doc *doc,
                                       const llmc__json *value, size_t choice) {
    llmc__buf text;
    llmc__buf_init(&text, decoder->max_bytes);
    llmc_status status = print(decoder, doc, value, &text);
    if (status == LLMC_OK)
        status = emit_text(decoder, LLMC_EVENT_CITATION, choice, text.data, text.len);
    llmc__buf_free(&text);
    return status;
}

/* ---- log probabilities ---- */

/* The chosen token's own members and, as one more, the others that stood at its place. */
static llmc_status print_token(const llmc__json_doc *doc, const llmc__json *chosen, const llmc__json *top,
                               llmc__buf *out) {
    const llmc__json *others = llmc__json_get(top, "candidates");
    llmc_status status = out->len > 1 ? llmc__buf_append_char(out, ',') : LLMC_OK;
    if (status == LLMC_OK)
        status = llmc__jsonprint_value(doc, chosen, out);
    if (status != LLMC_OK || llmc__json_type_of(others) != LLMC__JSON_ARRAY || llmc__json_first(chosen) == NULL)
        return status;
    out->data[--out->len] = '\0'; /* the brace, which comes again behind the member */
    status = llmc__buf_append_str(out, ",\"topCandidates\":");
    if (status == LLMC_OK)
        status = llmc__jsonprint_value(doc, others, out);
    return status == LLMC_OK ? llmc__buf_append_char(out, '}') : status;
}

/* Google sends two lists side by side, topCandidates[i] for chosenCandidates[i]; each token is told with its own. */
llmc_status llmc__gemini_logprobs_read(llmc__gemini_decoder *decoder, const llmc__json_doc *doc,
                                       const llmc__json *result, size_t choice) {
    llmc__buf text;
    const llmc__json *chosen = llmc__json_first(llmc__json_get(result, "chosenCandidates"));
    const llmc__json *top = llmc__json_first(llmc__json_get(result, "topCandidates"));
    if (chosen == NULL)
        return LLMC_OK;
    llmc__buf_init(&text, decoder->max_bytes);
    llmc_status status = llmc__buf_append_char(&text, '[');
    for (; chosen != NULL && status == LLMC_OK; chosen = llmc__json_next(chosen), top = llmc__json_next(top))
        if (llmc__json_type_of(chosen) == LLMC__JSON_OBJECT)
            status = print_token(doc, chosen, top, &text);
    if (status == LLMC_OK)
        status = llmc__buf_append_char(&text, ']');
    if (status != LLMC_OK)
        status = llmc__gemini_fail_memory(decoder, status);
    else
        status = emit_text(decoder, LLMC_EVENT_LOGPROBS, choice, text.data, text.len);
    llmc__buf_free(&text);
    return status;
}

/* ---- calls ---- */

/* `arguments` empty: they did not come whole, so the call has no end and must not run. */
static llmc_status emit_call(llmc__gemini_decoder *decoder, size_t choice, const char *id, const char *name,
                             const llmc__buf *arguments) {
    static const llmc_event_kind kinds[] = {LLMC_EVENT_TOOL_CALL_START, LLMC_EVENT_TOOL_CALL_DELTA,
                                            LLMC_EVENT_TOOL_CALL_END};
    llmc_event event = {
        .choice = choice, .tool_index = decoder->choices[choice].call_count - 1, .tool_id = id, .tool_name = name};
    llmc_status status = LLMC_OK;
    size_t count = arguments->len > 0 ? sizeof kinds / sizeof kinds[0] : 1;
    for (size_t i = 0; i < count && status == LLMC_OK; i++) {
        event.kind = kinds[i];
        event.text = i > 0 ? arguments->data : NULL;
        event.text_len = i > 0 ? arguments->len : 0;
        status = decoder->emit(decoder->ctx, &event);
    }
    return status;
}

/* The arguments as text; empty when they come in pieces, which Vertex AI sends only when it is asked to. */
static llmc_status print_arguments(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *call,
                                   llmc__buf *out) {
    bool more = false;
    const llmc__json *args = llmc__json_get(call, "args");
    if (llmc__json_bool(llmc__json_get(call, "willContinue"), &more) && more)
        return LLMC_OK;
    if (llmc__json_type_of(args) == LLMC__JSON_OBJECT)
        return print(decoder, doc, args, out);
    llmc_status status = llmc__buf_append_str(out, "{}");
    return status == LLMC_OK ? LLMC_OK : llmc__gemini_fail_memory(decoder, status);
}

/* A call stands whole in one part. Most have no id: one is made up, the same whenever the answer is read. */
static llmc_status read_call(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *call,
                             size_t choice) {
    char made_up[32];
    size_t id_len = 0, name_len = 0;
    llmc__buf arguments;
    const char *id = llmc__json_string(doc, llmc__json_get(call, "id"), &id_len);
    const char *name = llmc__json_string(doc, llmc__json_get(call, "name"), &name_len);
    if (name == NULL || name_len == 0)
        return LLMC_OK;
    size_t index = decoder->choices[choice].call_count++;
    if (id == NULL || id_len == 0) {
        (void)snprintf(made_up, sizeof made_up, "call_%zu", index);
        id = made_up;
    }
    llmc__buf_init(&arguments, decoder->max_bytes);
    llmc_status status = print_arguments(decoder, doc, call, &arguments);
    if (status == LLMC_OK)
        status = emit_call(decoder, choice, id, name, &arguments);
    llmc__buf_free(&arguments);
    return status;
}

/* ---- sending back ---- */

static llmc_status emit_replay(llmc__gemini_decoder *decoder, const llmc__buf *text) {
    llmc_event event = {
        .kind = LLMC__EVENT_REPLAY, .text = text->data, .text_len = text->len, .origin = decoder->origin};
    return decoder->emit(decoder->ctx, &event);
}

/* An answer too long to be kept is one that cannot be sent back, and no error. */
static llmc_status keep_part(llmc__gemini_decoder *decoder, const llmc__buf *text) {
    llmc_status status = LLMC_OK;
    if (decoder->replay.len > 0)
        status = llmc__buf_append_char(&decoder->replay, ',');
    if (status == LLMC_OK)
        status = llmc__buf_append(&decoder->replay, text->data, text->len);
    if (status == LLMC_ERR_TOO_LARGE) {
        decoder->unreplayable = true;
        llmc__buf_free(&decoder->replay);
        return LLMC_OK;
    }
    return status == LLMC_OK ? LLMC_OK : llmc__gemini_fail_memory(decoder, status);
}

static llmc_status emit_kept(llmc__gemini_decoder *decoder) {
    llmc_status status = emit_replay(decoder, &decoder->replay);
    decoder->signed_ = true;
    llmc__buf_free(&decoder->replay);
    return status;
}

/* Parts wait until one of them is signed; without a signature none needs to go back as it came. */
static llmc_status replay_part(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *part,
                               bool is_signed) {
    llmc__buf text;
    if (decoder->unreplayable || llmc__json_type_of(part) != LLMC__JSON_OBJECT)
        return LLMC_OK;
    llmc__buf_init(&text, decoder->max_bytes);
    llmc_status status = print(decoder, doc, part, &text);
    if (status == LLMC_OK && decoder->signed_)
        status = emit_replay(decoder, &text);
    else if (status == LLMC_OK)
        status = keep_part(decoder, &text);
    if (status == LLMC_OK && is_signed && !decoder->signed_ && !decoder->unreplayable)
        status = emit_kept(decoder);
    llmc__buf_free(&text);
    return status;
}

llmc_status llmc__gemini_part_read(llmc__gemini_decoder *decoder, const llmc__json_doc *doc, const llmc__json *part,
                                   size_t choice) {
    bool thought = false;
    size_t len = 0, signature_len = 0;
    const char *text = llmc__json_string(doc, llmc__json_get(part, "text"), &len);
    const char *signature = llmc__json_string(doc, llmc__json_get(part, "thoughtSignature"), &signature_len);
    llmc_status status = LLMC_OK;
    (void)llmc__json_bool(llmc__json_get(part, "thought"), &thought);
    if (text != NULL)
        status = emit_text(decoder, thought ? LLMC_EVENT_REASONING : LLMC_EVENT_TEXT, choice, text, len);
    if (status == LLMC_OK)
        status = read_call(decoder, doc, llmc__json_get(part, "functionCall"), choice);
    if (status == LLMC_OK && signature != NULL)
        status = emit_text(decoder, LLMC_EVENT_SIGNATURE, choice, signature, signature_len);
    return status == LLMC_OK && choice == 0 ? replay_part(decoder, doc, part, signature_len > 0) : status;
}
