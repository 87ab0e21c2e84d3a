/*
 * What a request may ask besides a chat, as data: what goes in and what comes out. Both are counted and never changed
 * once a call holds them, so that attempts, copies and caches share them.
 */
#ifndef LLMC_MODEL_OPERATION_H
#define LLMC_MODEL_OPERATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include "base/buf.h"
#include "model/event.h"

typedef enum llmc__op {
    LLMC__OP_CHAT = 0,
    LLMC__OP_EMBED,        /* texts to vectors */
    LLMC__OP_RERANK,       /* documents by how well they answer a query */
    LLMC__OP_MODELS,       /* the models of a provider */
    LLMC__OP_COUNT_TOKENS, /* of the request's messages */
    LLMC__OP_RAW           /* a given body to a given path, with the provider's address, keys and errors */
} llmc__op;
#define LLMC__OP_KINDS ((size_t)LLMC__OP_RAW + 1)

const char *llmc__op_name(llmc__op op); /* "embeddings": for messages */

/* Bytes with their length; lent or owned as the holder says. */
typedef struct llmc__text {
    const char *data;
    size_t len;
} llmc__text;

/* How vectors travel. */
typedef enum llmc__encoding {
    LLMC__ENCODING_AUTO = 0, /* base64 where the API is known to have it */
    LLMC__ENCODING_FLOAT,
    LLMC__ENCODING_BASE64
} llmc__encoding;

typedef struct llmc__input {
    atomic_uint refs;
    llmc__op op;

    /* EMBED: what to embed; RERANK: the documents. The array is the input's own, the bytes belong to `keeper`. */
    llmc__text *texts;
    size_t text_count;
    void *keeper; /* let go with `release` at the end; NULL: nobody */
    void (*release)(void *keeper);

    int64_t dimensions; /* EMBED: 0 those of the model */
    llmc__encoding encoding;
    /* EMBED: what the vectors are for: "query", "document", "similarity", "classification" or "clustering", said to
     * each provider in its own word; other words go as they stand. NULL: not said. */
    char *task;
    int truncate; /* EMBED, RERANK: -1 not said, 0, 1 */

    char *query;   /* RERANK */
    int64_t top_n; /* RERANK: 0 all */

    char *cursor; /* MODELS: where the page begins, as the page before told; NULL: the first */

    const char *method;        /* RAW: static, "GET", "POST", "DELETE" */
    char *path;                /* RAW: behind the base URL, with its '/' and query, already encoded */
    char *content_type;        /* RAW with a body; NULL: JSON */
    llmc__buf body;            /* RAW */
    size_t max_response_bytes; /* 0: the client's */
} llmc__input;

llmc__input *llmc__input_new(llmc__op op, size_t text_count); /* one reference; NULL: no memory */
llmc__input *llmc__input_ref(llmc__input *input);
void llmc__input_unref(llmc__input *input);
size_t llmc__input_bytes(const llmc__input *input); /* of its texts and body together; NULL: 0 */

/* The place of a document and how well it fits. */
typedef struct llmc__rank {
    size_t index;
    double score;
} llmc__rank;

/* A model of a provider; texts are NULL and numbers -1 where they are not told. */
typedef struct llmc__model {
    char *id, *name, *owner;
    char *json; /* all that the provider tells of it */
    int64_t context_tokens, output_tokens, created_s;
} llmc__model;

void llmc__model_clear(llmc__model *model); /* frees what it holds */

/* What a decoder fills; zeroed but for what says otherwise. */
typedef struct llmc__result {
    atomic_uint refs;
    llmc__op op;
    llmc__usage usage; /* -1 unknown; goes to the response, as do: */
    char *model, *id;  /* NULL: not told */

    float *vectors; /* EMBED: vector i at i * dimensions */
    size_t vector_count, dimensions;
    llmc__rank *ranks; /* RERANK: the best first */
    size_t rank_count;
    int64_t count;  /* COUNT_TOKENS; RERANK: search units; -1 at first */
    bool estimated; /* COUNT_TOKENS: no provider counted them */

    llmc__model *models; /* MODELS: of this page, in its order */
    size_t model_count;
    char *next; /* MODELS: the cursor of the next page; NULL: there is none */
} llmc__result;

llmc__result *llmc__result_new(llmc__op op); /* one reference; NULL: no memory */
llmc__result *llmc__result_ref(llmc__result *result);
void llmc__result_unref(llmc__result *result);

#endif
