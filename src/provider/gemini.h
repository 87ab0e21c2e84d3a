/*
 * The adapters of Google's generateContent API, inside: what their files share. One body and one kind of answer, at two
 * addresses: the Gemini API (https://ai.google.dev/api/generate-content) and Vertex AI (vertex.h).
 */
#ifndef LLMC_PROVIDER_GEMINI_H
#define LLMC_PROVIDER_GEMINI_H

#include "base/buf.h"
#include "provider/body.h"
#include "provider/provider.h"
#include "provider/sink.h"
#include "wire/json.h"
#include "wire/sse.h"

/* ---- requests ---- */

/* What generateContent takes at both addresses. */
#define LLMC__GEMINI_TAKES                                                                                             \
    (LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY |                 \
     LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP | LLMC__FIELD_N |     \
     LLMC__FIELD_LOGPROBS | LLMC__FIELD_TOOLS | LLMC__FIELD_TOOL_CHOICE | LLMC__FIELD_JSON_MODE |                      \
     LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_REASONING_EFFORT | LLMC__FIELD_REASONING_BUDGET | LLMC__FIELD_IMAGE_URL |   \
     LLMC__FIELD_IMAGE | LLMC__FIELD_FILE_URL | LLMC__FIELD_FILE)

/* The members of a body, all but those that one address alone has. */
void llmc__gemini_write(llmc__body *body);
/* `contents` and `systemInstruction`. */
void llmc__gemini_write_contents(llmc__body *body);
/* The member `model`, as a path. */
void llmc__gemini_put_model(llmc__body *body);
/* ":generateContent", or its streaming sister. */
const char *llmc__gemini_verb(const llmc__body *body);
/* The Gemini API's address of the model, with the verb behind it, and its headers. */
llmc_status llmc__gemini_url(llmc__body *body, const char *verb);
llmc_status llmc__gemini_headers(llmc__body *body);
/* Whether the model is of Gemini 3 or later: it has levels of thinking and wants calls to be signed. */
bool llmc__gemini_is_new(const char *model);

/* ---- answers ---- */

typedef struct llmc__gemini_choice {
    size_t call_count;
    char *finish; /* its finishReason; told when the answer ends, since some models send one with each chunk */
} llmc__gemini_choice;

/* Where in the bytes of a stream the decoder stands. */
typedef enum llmc__gemini_place {
    LLMC__GEMINI_LINE,   /* at the start of a line */
    LLMC__GEMINI_EVENTS, /* inside a line of server-sent events */
    LLMC__GEMINI_ARRAY,  /* between the elements of an array: a stream without alt=sse */
    LLMC__GEMINI_OBJECT  /* inside an object that stands there bare: an element, or an error between events */
} llmc__gemini_place;

/* Counts of usageMetadata; the last three are of sound alone. */
typedef enum llmc__gemini_count {
    LLMC__GEMINI_PROMPT,
    LLMC__GEMINI_TOOL_PROMPT,
    LLMC__GEMINI_CANDIDATES,
    LLMC__GEMINI_THOUGHTS,
    LLMC__GEMINI_CACHED,
    LLMC__GEMINI_TOTAL,
    LLMC__GEMINI_AUDIO_IN,
    LLMC__GEMINI_AUDIO_CACHED,
    LLMC__GEMINI_AUDIO_OUT,
    LLMC__GEMINI_COUNTS
} llmc__gemini_count;

typedef struct llmc__gemini_decoder {
    llmc__sink sink;
    const char *origin; /* name of the adapter, for REPLAY */
    llmc__gemini_place place;
    bool in_array, in_string, escaped; /* of the object being read */
    size_t depth;
    llmc__buf object;
    llmc__sse sse;
    bool spoke;  /* an answer of this API was seen */
    bool at_end; /* what comes now is the last event, which may have been cut */
    llmc__gemini_choice *choices;
    size_t choice_count;
    llmc__buf replay; /* parts seen before the first signature */
    bool signed_, unreplayable;
    int64_t counts[LLMC__GEMINI_COUNTS]; /* as sent so far; -1 not sent */
} llmc__gemini_decoder;

/* The slots of llmc__provider. */
llmc__gemini_decoder *llmc__gemini_decoder_new(const char *origin, size_t max_bytes);
void llmc__gemini_decoder_free(llmc__decoder *decoder);
llmc_status llmc__gemini_decode_bytes(llmc__decoder *decoder, const char *bytes, size_t len, llmc__emit_fn emit,
                                      void *ctx, llmc_error *error);
llmc_status llmc__gemini_decode_end(llmc__decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error);
llmc_status llmc__gemini_decode_body(llmc__decoder *decoder, const char *body, size_t len, llmc__emit_fn emit,
                                     void *ctx, llmc_error *error);
void llmc__gemini_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                           const char *type_hint, llmc_error *error);

/* One object of the answer: a chunk, the whole, or an error. */
void llmc__gemini_chunk_read(llmc__gemini_decoder *decoder, const llmc__json *root);
/* The end of the answer: tells the finish reasons. */
void llmc__gemini_chunks_end(llmc__gemini_decoder *decoder);
bool llmc__gemini_chunks_finished(const llmc__gemini_decoder *decoder); /* whether any candidate has its finishReason */

/* A part of a candidate's content. */
void llmc__gemini_part_read(llmc__gemini_decoder *decoder, const llmc__json *part, size_t choice);
/* A candidate's logprobsResult: LOGPROBS, an array with an element for each token. */
void llmc__gemini_logprobs_read(llmc__gemini_decoder *decoder, const llmc__json *result, size_t choice);

/* ---- errors ---- */

/* Whether it is an object of the shape {"error":{...}}, or an array that begins with one. */
bool llmc__gemini_error_present(const llmc__json *root);
/* An error inside an answer of status 200. */
void llmc__gemini_classify_inner(const llmc__json_doc *doc, const llmc__json *root, llmc_error *error);

#endif
