/*
 * InvokeModel, for Claude: Anthropic's body at another address
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html). Asked for by
 * models named "invoke/ID". Its stream has an event of Anthropic's in each frame, as base64.
 */
#include <string.h>
#include "base/base64.h"
#include "base/str.h"
#include "provider/bedrock.h"
#include "provider/chat.h"

static const char prefix[] = "invoke/";

bool llmc__bedrock_is_invoke(const char *model) {
    return llmc__str_starts(model, prefix);
}

llmc_status llmc__bedrock_invoke_url(llmc__body *body) {
    bool is_told = llmc__bedrock_is_invoke(body->model);
    llmc_status status = llmc__bedrock_url(body, is_told ? body->model + strlen(prefix) : body->model);
    return status == LLMC_OK
               ? llmc__buf_append_str(&body->out->url, body->stream ? "/invoke-with-response-stream" : "/invoke")
               : status;
}

void llmc__bedrock_invoke_write(llmc__body *body) {
    static const llmc__anthropic_form form = {.version = "bedrock-2023-05-31"};
    static const llmc__field others[] = {LLMC__FIELD_METADATA, LLMC__FIELD_SERVICE_TIER};
    if (llmc__bedrock_maker_of(body->model) != LLMC__BEDROCK_ANTHROPIC)
        llmc__body_refuse(
            body, LLMC_ERR_UNSUPPORTED,
            "model \"%.100s\": by \"invoke/\" provider \"%s\" speaks to Anthropic's models only; leave it "
            "out",
            body->model, body->target->name);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (llmc__body_wants(body, others[i]))
            llmc__chat_refuse(body, llmc__field_name(others[i]), "does not take it by \"invoke/\"");
        body->fields &= ~(uint32_t)others[i];
    }
    llmc__anthropic_write(body, &form);
}

/* Claude's answers are read by his own reader. */
static void read_bytes(llmc__bedrock_decoder *decoder, const llmc__buf *event) {
    llmc__json_doc *doc = llmc__sink_parse(&decoder->sink, llmc__buf_str(event), event->len, false, llmc__bedrock_api);
    if (doc == NULL)
        return;
    llmc__anthropic_event(&decoder->claude, llmc__json_root(doc));
    decoder->stopped = decoder->done = decoder->claude.done;
    llmc__json_free(doc);
}

void llmc__bedrock_chunk(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    size_t len = 0;
    const char *text = llmc__json_string(decoder->sink.doc, llmc__json_get(root, "bytes"), &len);
    llmc__buf event;
    llmc__buf_init(&event, decoder->sink.max_bytes);
    llmc_status status = text != NULL ? llmc__base64_decode(text, len, &event) : LLMC_ERR_INVALID_ARGUMENT;
    if (status == LLMC_OK)
        read_bytes(decoder, &event);
    else if (status == LLMC_ERR_INVALID_ARGUMENT)
        llmc__sink_fail_form(&decoder->sink, "no event stream with JSON in it", llmc__bedrock_api);
    else
        llmc__sink_keep(&decoder->sink, status);
    llmc__buf_free(&event);
}

bool llmc__bedrock_is_claude(const llmc__json *root) {
    return llmc__json_says(root, "type", "message") || llmc__json_says(root, "type", "error");
}

void llmc__bedrock_claude(llmc__bedrock_decoder *decoder, const llmc__json *root) {
    llmc__anthropic_whole(&decoder->claude, root);
    decoder->stopped = decoder->done = decoder->sink.status == LLMC_OK;
}
