/*
 * The items of an answer that the API wants back. Reasoning must stand before the calls it led to, and the call of a
 * custom tool is no function call, so an answer that has either goes back whole, in its order
 * (https://platform.openai.com/docs/guides/reasoning: "pass back all reasoning items"). Others are told by their text
 * and calls well enough.
 */
#include <string.h>
#include "provider/responses.h"
#include "wire/jsonprint.h"

static bool must_go_back(const llmc__json *element) {
    return llmc__json_says(element, "type", "reasoning") || llmc__json_says(element, "type", "custom_tool_call");
}

void llmc__responses_keep(llmc__responses_decoder *decoder, const llmc__json *element) {
    llmc_status status = LLMC_OK;
    if (decoder->kept_too_large || llmc__json_type_of(element) != LLMC__JSON_OBJECT)
        return;
    if (decoder->kept.len > 0)
        status = llmc__buf_append_char(&decoder->kept, ',');
    if (status == LLMC_OK)
        status = llmc__jsonprint_value(decoder->base.sink.doc, element, &decoder->kept);
    if (status == LLMC_ERR_TOO_LARGE) /* it is sent back as text and calls then */
        decoder->kept_too_large = true;
    else
        llmc__sink_keep(&decoder->base.sink, status);
    decoder->kept_matters = decoder->kept_matters || must_go_back(element);
}

void llmc__responses_keep_anew(llmc__responses_decoder *decoder) {
    llmc__buf_clear(&decoder->kept);
    decoder->kept_too_large = decoder->kept_matters = false;
}

void llmc__responses_keep_emit(llmc__responses_decoder *decoder) {
    const char *origin = decoder->base.keep.origin;
    if (decoder->kept_matters && !decoder->kept_too_large && origin != NULL)
        llmc__sink_replay(&decoder->base.sink, origin, &decoder->kept);
}
