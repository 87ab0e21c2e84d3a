/*
 * The table of Vertex AI, and its decoder: which of the two APIs an answer is of shows in its first letter. Claude's
 * streams begin with `event:`, which Gemini's never have.
 */
#include <string.h>
#include "base/mem.h"
#include "provider/count.h"
#include "provider/embed.h"
#include "provider/gemini.h"
#include "provider/vertex.h"
#include "wire/json.h"

typedef struct vertex_decoder {
    size_t max_bytes;
    const llmc__target *target;
    bool in_comment;
    bool is_plain; /* a plain body where a stream was asked for */
    llmc__buf plain;
    const llmc__provider *speaker; /* of the answer: Gemini or Claude; NULL: it is not known yet */
    llmc__decoder *chosen;         /* its */
} vertex_decoder;

static vertex_decoder *inner(llmc__decoder *decoder) {
    return (vertex_decoder *)(void *)decoder;
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    vertex_decoder *decoder = llmc__mem_zeroed(sizeof *decoder);
    if (decoder == NULL)
        return NULL;
    decoder->max_bytes = max_event_bytes;
    decoder->target = target;
    llmc__buf_init(&decoder->plain, max_event_bytes);
    return (llmc__decoder *)(void *)decoder;
}

static void decoder_free(llmc__decoder *outer) {
    vertex_decoder *decoder = inner(outer);
    if (decoder == NULL)
        return;
    if (decoder->speaker != NULL)
        decoder->speaker->decoder_free(decoder->chosen);
    llmc__buf_free(&decoder->plain);
    llmc__mem_free(decoder);
}

static llmc_status choose(vertex_decoder *decoder, bool is_claude, llmc_error *error) {
    decoder->speaker = is_claude ? &llmc__provider_anthropic : &llmc__provider_gemini;
    if (is_claude)
        decoder->chosen = decoder->speaker->decoder_new(decoder->target, decoder->max_bytes);
    else
        decoder->chosen = (llmc__decoder *)(void *)llmc__gemini_decoder_new("vertex", decoder->max_bytes);
    if (decoder->chosen != NULL)
        return LLMC_OK;
    decoder->speaker = NULL;
    llmc__error_set(error, LLMC_ERR_NO_MEMORY, "no memory for the answer");
    return LLMC_ERR_NO_MEMORY;
}

/* Blanks, a BOM and comments, which tell nothing and may come before the first event. */
static size_t skip_noise(vertex_decoder *decoder, const char *bytes, size_t len) {
    static const char noise[] = " \t\r\n\xef\xbb\xbf";
    size_t at = 0;
    for (; at < len; at++) {
        if (decoder->in_comment)
            decoder->in_comment = bytes[at] != '\n' && bytes[at] != '\r';
        else if (bytes[at] == ':')
            decoder->in_comment = true;
        else if (bytes[at] == '\0' || strchr(noise, bytes[at]) == NULL)
            break;
    }
    return at;
}

/* Which of the two a body is of is known when it is there whole. */
static llmc_status keep_plain(vertex_decoder *decoder, const char *bytes, size_t len, llmc_error *error) {
    llmc_status status = llmc__buf_append(&decoder->plain, bytes, len);
    if (status != LLMC_OK)
        llmc__error_set(error, status, "%s",
                        status == LLMC_ERR_TOO_LARGE ? "the answer is larger than max_event_bytes, and no stream"
                                                     : "no memory for the answer");
    return status;
}

static llmc_status decode_bytes(llmc__decoder *outer, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error) {
    vertex_decoder *decoder = inner(outer);
    if (decoder->speaker == NULL) {
        size_t noise = decoder->is_plain ? 0 : skip_noise(decoder, bytes, len);
        bytes += noise;
        len -= noise;
        if (len == 0)
            return LLMC_OK;
        decoder->is_plain = decoder->is_plain || bytes[0] == '{';
        if (decoder->is_plain)
            return keep_plain(decoder, bytes, len, error);
        llmc_status status = choose(decoder, bytes[0] == 'e', error);
        if (status != LLMC_OK)
            return status;
    }
    return decoder->speaker->decode_bytes(decoder->chosen, bytes, len, emit, ctx, error);
}

/* A message of Claude's says its type; no answer of Gemini's has such a member. */
static bool is_claudes(const char *body, size_t len) {
    llmc__json_doc *doc = NULL;
    bool has_type = false;
    if (llmc__json_parse(body, len, &doc, NULL) == LLMC_OK)
        has_type = llmc__json_string(doc, llmc__json_get(llmc__json_root(doc), "type"), NULL) != NULL;
    llmc__json_free(doc);
    return has_type;
}

static llmc_status decode_body(llmc__decoder *outer, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                               llmc_error *error) {
    vertex_decoder *decoder = inner(outer);
    llmc_status status = LLMC_OK;
    if (decoder->speaker == NULL)
        status = choose(decoder, is_claudes(body, len), error);
    if (status != LLMC_OK)
        return status;
    return decoder->speaker->decode_body(decoder->chosen, body, len, emit, ctx, error);
}

static llmc_status decode_end(llmc__decoder *outer, llmc__emit_fn emit, void *ctx, llmc_error *error) {
    vertex_decoder *decoder = inner(outer);
    llmc_status status = LLMC_OK;
    if (decoder->is_plain)
        return decode_body(outer, decoder->plain.data, decoder->plain.len, emit, ctx, error);
    if (decoder->speaker == NULL)
        status = choose(decoder, false, error);
    return status != LLMC_OK ? status : decoder->speaker->decode_end(decoder->chosen, emit, ctx, error);
}

const llmc__provider llmc__provider_vertex = {
    .name = "vertex",
    .encode = llmc__vertex_encode,
    .decoder_new = decoder_new,
    .decoder_free = decoder_free,
    .decode_bytes = decode_bytes,
    .decode_end = decode_end,
    .decode_body = decode_body,
    .classify = llmc__gemini_classify,
    .request_id_header = "x-request-id",
    .takes = LLMC__GEMINI_TAKES | LLMC__FIELD_METADATA,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_vertex, [LLMC__OP_COUNT_TOKENS] = &llmc__count_vertex},
};
