#include "support_bedrock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_eventstream.h"

static const llmc__target target = {.name = "bedrock"};

llmc_status bedrock_fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static bedrock_outcome begin(llmc__decoder **decoder) {
    bedrock_outcome result = {llmc__response_new(BEDROCK_MAX_BYTES), LLMC_OK, {0}};
    assert_non_null(result.response);
    llmc__error_init(&result.error);
    *decoder = llmc__provider_bedrock.decoder_new(&target, BEDROCK_MAX_EVENT);
    assert_non_null(*decoder);
    return result;
}

/* In pieces of `step` bytes, each in memory of its own. */
bedrock_outcome bedrock_read_stream(const char *bytes, size_t len, size_t step) {
    llmc__decoder *decoder;
    bedrock_outcome result = begin(&decoder);
    for (size_t at = 0; at < len && result.status == LLMC_OK; at += step) {
        size_t size = step < len - at ? step : len - at;
        char *piece = malloc(size);
        memcpy(piece, bytes + at, size);
        result.status =
            llmc__provider_bedrock.decode_bytes(decoder, piece, size, bedrock_fold, result.response, &result.error);
        free(piece);
    }
    if (result.status == LLMC_OK)
        result.status = llmc__provider_bedrock.decode_end(decoder, bedrock_fold, result.response, &result.error);
    llmc__provider_bedrock.decoder_free(decoder);
    assert_true(result.status == LLMC_OK || (result.error.message != NULL && result.error.message[0] != '\0'));
    return result;
}

bedrock_outcome bedrock_read_body(const char *body, size_t len) {
    llmc__decoder *decoder;
    bedrock_outcome result = begin(&decoder);
    result.status =
        llmc__provider_bedrock.decode_body(decoder, body, len, bedrock_fold, result.response, &result.error);
    llmc__provider_bedrock.decoder_free(decoder);
    assert_true(result.status == LLMC_OK || (result.error.message != NULL && result.error.message[0] != '\0'));
    return result;
}

void bedrock_end(bedrock_outcome *result) {
    llmc__response_unref(result->response);
    llmc__error_clear(&result->error);
}

llmc__buf bedrock_stream;

void bedrock_start(void) {
    llmc__buf_init(&bedrock_stream, BEDROCK_MAX_BYTES);
}

void bedrock_event(const char *type, const char *payload) {
    support_frame_event(&bedrock_stream, "event", type, payload);
}

void bedrock_delta(int index, const char *what) {
    llmc__buf payload;
    llmc__buf_init(&payload, BEDROCK_MAX_BYTES);
    (void)llmc__buf_appendf(&payload, "{\"contentBlockIndex\":%d,\"delta\":{%s},\"p\":\"abc\"}", index, what);
    bedrock_event("contentBlockDelta", payload.data);
    llmc__buf_free(&payload);
}

bedrock_outcome bedrock_read(size_t step) {
    bedrock_outcome result = bedrock_read_stream(bedrock_stream.data, bedrock_stream.len, step);
    llmc__buf_free(&bedrock_stream);
    return result;
}

const char *bedrock_text(const bedrock_outcome *result) {
    return llmc__buf_str(&result->response->first.text);
}
