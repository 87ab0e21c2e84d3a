/* Texts to be embedded and where their vectors go, as data. */
#ifndef LLMC_MODEL_EMBED_H
#define LLMC_MODEL_EMBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "llmclient.h"
#include "model/event.h"

/* How the vectors travel. */
typedef enum llmc__embed_encoding {
    LLMC__EMBED_AUTO = 0, /* base64 where the API is known to have it: a third of the bytes, and no digits to read */
    LLMC__EMBED_FLOAT,
    LLMC__EMBED_BASE64
} llmc__embed_encoding;

/* All of it is lent. */
typedef struct llmc__embed_request {
    const char *const *texts; /* UTF-8 */
    const size_t *lengths;    /* of each text in bytes; NULL: they are terminated */
    size_t count;
    int64_t dimensions; /* 0: what the model has */
    /*
     * What the vectors are for: "query", "document", "similarity", "classification" or "clustering", said to each
     * provider in its own word; any other word is sent as it stands. NULL: not said. Left out where the API has no
     * such thing.
     */
    const char *input_type;
    llmc__embed_encoding encoding;
    const char *user;
    const char *extra_json; /* a JSON object */
} llmc__embed_request;

/* The texts of one HTTP request. */
typedef struct llmc__embed_slice {
    const llmc__embed_request *request;
    const size_t *items; /* places in request->texts; NULL: 0, 1, 2... */
    size_t count;
} llmc__embed_slice;

const char *llmc__embed_text(const llmc__embed_slice *slice, size_t index, size_t *len);

/* Where the vectors of one HTTP answer are put: item i of its slice in row rows[i]. */
typedef struct llmc__embed_sink {
    float *out;         /* rows of `stride` floats; NULL: `room` is asked when the dimensions are known */
    size_t stride;      /* most dimensions a row holds */
    const size_t *rows; /* NULL: 0, 1, 2... */
    bool *ok; /* by row: set true for each that was filled, once the whole answer has proved good; may be NULL */
    size_t dimensions; /* in: those it must have, 0 any. Out: those it has */
    llmc__usage usage; /* out; -1 where it was not told */
    /* Sets out and stride of the sink; what it returns but LLMC_OK ends the decoding. May be NULL when `out` is not. */
    llmc_status (*room)(void *ctx, struct llmc__embed_sink *sink);
    void *ctx;
} llmc__embed_sink;

/* What one HTTP request may carry; 0: no limit. */
typedef struct llmc__embed_limits {
    size_t most_texts;
    size_t most_bytes;  /* of the texts together */
    size_t most_tokens; /* of the texts together, as estimated */
} llmc__embed_limits;

#endif
