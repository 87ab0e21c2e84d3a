/*
 * The items of an answer that the API wants back. Reasoning must stand before the calls it led to, and the call of a
 * custom tool is no function call, so an answer that has either goes back whole, in its order
 * (https://platform.openai.com/docs/guides/reasoning: "pass back all reasoning items"). Others are told by their text
 * and calls well enough.
 */
#include <string.h>
#include "provider/responses.h"
#include "wire/jsonprint.h"

static bool must_go_back(const llmc__json_doc *doc, const llmc__json *element) {
    const char *type = llmc__json_string(doc, llmc__json_get(element, "type"), NULL);
    return type != NULL && (strcmp(type, "reasoning") == 0 || strcmp(type, "custom_tool_call") == 0);
}

llmc_status llmc__responses_keep(llmc__responses_decoder *decoder, const llmc__json_doc *doc,
                                 const llmc__json *element) {
    llmc_status status = LLMC_OK;
    if (decoder->kept_too_large || llmc__json_type_of(element) != LLMC__JSON_OBJECT)
        return LLMC_OK;
    if (decoder->kept.len > 0)
        status = llmc__buf_append_char(&decoder->kept, ',');
    if (status == LLMC_OK)
        status = llmc__jsonprint_value(doc, element, &decoder->kept);
    if (status == LLMC_ERR_TOO_LARGE) /* it is sent back as text and calls then */
        decoder->kept_too_large = true;
    else if (status != LLMC_OK)
        return llmc__openai_fail(&decoder->base, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    decoder->kept_matters = decoder->kept_matters || must_go_back(doc, element);
    return LLMC_OK;
}

void llmc__responses_keep_anew(llmc__responses_decoder *decoder) {
    llmc__buf_clear(&decoder->kept);
    decoder->kept_too_large = decoder->kept_matters = false;
}

llmc_status llmc__responses_keep_emit(llmc__responses_decoder *decoder) {
    llmc_event event = {.kind = LLMC__EVENT_REPLAY,
                        .text = llmc__buf_str(&decoder->kept),
                        .text_len = decoder->kept.len,
                        .origin = decoder->base.keep.origin};
    if (!decoder->kept_matters || decoder->kept_too_large || event.origin == NULL)
        return LLMC_OK;
    return llmc__openai_emit(&decoder->base, &event);
}
