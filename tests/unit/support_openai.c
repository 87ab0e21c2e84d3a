#include "support_openai.h"

#include <stdio.h>
#include <string.h>

static char name[] = "test";
static llmc__target target = {.name = name};

#define MAX_BYTES ((size_t)1 << 20)

static const llmc__provider *adapter = &llmc__provider_openai;

void openai_use(const llmc__provider *chosen) {
    adapter = chosen;
}

void openai_use_row(const llmc__provider_row *row) {
    target.row = row;
}

static void log_event(char *log, size_t size, const llmc_event *event) {
    static const char *const marks[] = {"?",   "START", "TEXT",   "REASONING", "REFUSAL",  "CALL",     "ARGS",
                                        "END", "USAGE", "FINISH", "SIGNATURE", "REDACTED", "CITATION", "LOGPROBS"};
    size_t used = strlen(log);
    (void)snprintf(log + used, size - used, "%s%s", used > 0 ? " " : "",
                   event->kind == LLMC__EVENT_REPLAY ? "REPLAY" : marks[event->kind]);
    used = strlen(log);
    if (event->kind >= LLMC_EVENT_TOOL_CALL_START && event->kind <= LLMC_EVENT_TOOL_CALL_END)
        (void)snprintf(log + used, size - used, "%zu", event->tool_index);
    used = strlen(log);
    if (event->text_len > 0)
        (void)snprintf(log + used, size - used, "(%s)", event->text);
}

static llmc_status on_event(void *ctx, const llmc_event *event) {
    openai_result *result = ctx;
    log_event(result->log, sizeof result->log, event);
    return llmc__response_fold(result->response, event);
}

static void begin(openai_result *result) {
    memset(result, 0, sizeof *result);
    llmc__error_init(&result->error);
    result->response = llmc__response_new(MAX_BYTES);
}

static void feed(openai_result *result, const char *bytes, size_t step) {
    size_t len = strlen(bytes);
    begin(result);
    llmc__decoder *decoder = adapter->decoder_new(&target, MAX_BYTES);
    if (decoder == NULL) {
        result->status = LLMC_ERR_NO_MEMORY;
        return;
    }
    for (size_t at = 0; at < len && result->status == LLMC_OK; at += step)
        result->status = adapter->decode_bytes(decoder, bytes + at, step < len - at ? step : len - at, on_event, result,
                                               &result->error);
    if (result->status == LLMC_OK)
        result->status = adapter->decode_end(decoder, on_event, result, &result->error);
    adapter->decoder_free(decoder);
}

void openai_stream(openai_result *result, const char *bytes) {
    feed(result, bytes, strlen(bytes) + 1);
}

void openai_stream_bytewise(openai_result *result, const char *bytes) {
    feed(result, bytes, 1);
}

void openai_body(openai_result *result, const char *body) {
    begin(result);
    llmc__decoder *decoder = adapter->decoder_new(&target, MAX_BYTES);
    result->status = adapter->decode_body(decoder, body, strlen(body), on_event, result, &result->error);
    adapter->decoder_free(decoder);
}

void openai_free(openai_result *result) {
    llmc__response_unref(result->response);
    llmc__error_clear(&result->error);
}
