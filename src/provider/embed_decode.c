/* Answers with vectors: each API's way to them, and the checks all share. */
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "provider/embed_inner.h"
#include "provider/openai.h"
#include "provider/vectors.h"

typedef struct reading {
    llmc__vectors vectors;
    llmc__embed_sink *sink;
    size_t count;
    bool *seen;
    bool measured;
    llmc_error *error;
} reading;

/* Takes the vectors of the member (never NULL). */
typedef llmc_status (*read_fn)(reading *r, const llmc__json *root, const llmc__json *vectors);

static llmc_status bad(reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static llmc_status bad(reading *r, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    llmc__error_set(r->error, LLMC_ERR_BAD_RESPONSE, "the answer with embeddings cannot be used: %s", text);
    return LLMC_ERR_BAD_RESPONSE;
}

static llmc_status no_memory(reading *r) {
    llmc__error_set(r->error, LLMC_ERR_NO_MEMORY, "no memory for the answer with embeddings");
    return LLMC_ERR_NO_MEMORY;
}

/* ---- one vector ---- */

static llmc_status make_room(reading *r) {
    llmc__embed_sink *sink = r->sink;
    if (sink->out == NULL) {
        llmc_status status = sink->room != NULL ? sink->room(sink->ctx, sink) : LLMC_ERR_INVALID_ARGUMENT;
        if (status != LLMC_OK) {
            llmc__error_set(r->error, status, "no room for embeddings of %zu dimensions", sink->dimensions);
            return status;
        }
    }
    if (sink->dimensions > sink->stride)
        return bad(r, "its vectors have %zu dimensions, and there is room for %zu", sink->dimensions, sink->stride);
    return LLMC_OK;
}

/* The first vector tells what the others must be. */
static llmc_status measure(reading *r, int64_t index, const llmc__json *value) {
    size_t dimensions = 0;
    llmc_status status = llmc__vectors_read(&r->vectors, value, NULL, 0, &dimensions);
    if (status == LLMC_ERR_NO_MEMORY)
        return no_memory(r);
    if (status != LLMC_OK || dimensions == 0)
        return bad(r, "item %lld is no vector", (long long)index);
    if (r->sink->dimensions != 0 && r->sink->dimensions != dimensions)
        return bad(r, "item %lld has %zu dimensions where %zu are expected", (long long)index, dimensions,
                   r->sink->dimensions);
    r->sink->dimensions = dimensions;
    r->measured = true;
    return make_room(r);
}

static llmc_status put(reading *r, int64_t index, const llmc__json *value) {
    const llmc__embed_sink *sink = r->sink;
    size_t dimensions = 0;
    if (index < 0 || (uint64_t)index >= r->count)
        return bad(r, "item %lld is not one of the %zu texts sent", (long long)index, r->count);
    if (r->seen[index])
        return bad(r, "item %lld is there twice", (long long)index);
    llmc_status status = r->measured ? LLMC_OK : measure(r, index, value);
    if (status != LLMC_OK)
        return status;
    size_t row = sink->rows != NULL ? sink->rows[index] : (size_t)index;
    status = llmc__vectors_read(&r->vectors, value, sink->out + row * sink->stride, sink->stride, &dimensions);
    if (status == LLMC_ERR_NO_MEMORY)
        return no_memory(r);
    if (status != LLMC_OK)
        return bad(r, "item %lld is no vector", (long long)index);
    if (dimensions != sink->dimensions)
        return bad(r, "item %lld has %zu dimensions where %zu are expected", (long long)index, dimensions,
                   sink->dimensions);
    r->seen[index] = true;
    return LLMC_OK;
}

/* Each element of a list: itself, or what the path of one or two members leads to. By `index` where it has one. */
static llmc_status put_all(reading *r, const llmc__json *list, const char *member, const char *inner) {
    int64_t place = 0;
    llmc_status status = LLMC_OK;
    for (const llmc__json *item = llmc__json_first(list); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item), place++) {
        const llmc__json *told = member != NULL ? llmc__json_get(item, "index") : NULL;
        const llmc__json *value = member != NULL ? llmc__json_get(item, member) : item;
        int64_t index = place;
        if (llmc__json_type_of(told) == LLMC__JSON_NUMBER && !llmc__json_int64(r->vectors.doc, told, &index))
            return bad(r, "an index is no whole number");
        status = put(r, index, inner != NULL ? llmc__json_get(value, inner) : value);
    }
    return status;
}

/* ---- the whole ---- */

static llmc_status end(reading *r) {
    llmc__embed_sink *sink = r->sink;
    for (size_t i = 0; i < r->count; i++)
        if (!r->seen[i])
            return bad(r, "item %zu of %zu is missing", i, r->count);
    for (size_t i = 0; i < r->count && sink->ok != NULL; i++)
        sink->ok[sink->rows != NULL ? sink->rows[i] : i] = true;
    return LLMC_OK;
}

static llmc_status refuse_text(reading *r, llmc_status status) {
    if (status == LLMC_ERR_NO_MEMORY)
        return no_memory(r);
    if (status != LLMC_ERR_TOO_LARGE)
        return bad(r, "it is no JSON");
    llmc__error_set(r->error, status, "the answer with embeddings has more values than are read");
    return status;
}

/* What stands where the vectors should be: an error, told with a status that is none, or nothing known. */
static llmc_status refuse_root(reading *r, const llmc__json *root) {
    llmc__words words;
    if (!llmc__openai_words_present(r->vectors.doc, root))
        return bad(r, "there are none in it");
    llmc__openai_words_read(r->vectors.doc, root, &words);
    llmc__classify_inner(&words, r->error);
    return r->error->status;
}

static bool is_container(const llmc__json *value) {
    llmc__json_type type = llmc__json_type_of(value);
    return type == LLMC__JSON_ARRAY || type == LLMC__JSON_OBJECT;
}

/* `members` are the places where vectors may stand, in order. */
static llmc_status read_root(reading *r, const char *const *members, read_fn read) {
    const llmc__json *root = llmc__json_root(r->vectors.doc), *vectors = NULL;
    for (; *members != NULL && !is_container(vectors); members++)
        vectors = llmc__json_get(root, *members);
    if (!is_container(vectors))
        return refuse_root(r, root);
    llmc_status status = read(r, root, vectors);
    return status == LLMC_OK ? end(r) : status;
}

static llmc_status decode(const char *body, size_t len, size_t count, llmc__embed_sink *sink, llmc_error *error,
                          const char *const *members, read_fn read) {
    reading r = {.sink = sink, .count = count, .error = error};
    llmc_status status = llmc__vectors_parse(&r.vectors, body, len);
    sink->usage = (llmc__usage)LLMC__USAGE_INIT;
    if (status != LLMC_OK)
        status = refuse_text(&r, status);
    else if ((r.seen = llmc__mem_calloc(count > 0 ? count : 1, sizeof *r.seen)) == NULL)
        status = no_memory(&r);
    else
        status = read_root(&r, members, read);
    llmc__mem_free(r.seen);
    llmc__vectors_free(&r.vectors);
    return status;
}

static void read_count(const reading *r, const llmc__json *object, const char *name, int64_t *out) {
    int64_t value = 0;
    if (llmc__json_int64(r->vectors.doc, llmc__json_get(object, name), &value) && value >= 0)
        *out = value;
}

/* ---- the APIs ---- */

/* Voyage tells the total alone. */
static llmc_status read_openai(reading *r, const llmc__json *root, const llmc__json *vectors) {
    const llmc__json *usage = llmc__json_get(root, "usage");
    llmc__usage *out = &r->sink->usage;
    read_count(r, usage, "total_tokens", &out->total);
    out->tokens_in = out->total;
    read_count(r, usage, "prompt_tokens", &out->tokens_in);
    return put_all(r, vectors, "embedding", NULL);
}

llmc_status llmc__embed_decode_openai(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error) {
    static const char *const members[] = {"data", NULL};
    return decode(body, len, count, sink, error, members, read_openai);
}

static llmc_status read_gemini(reading *r, const llmc__json *root, const llmc__json *vectors) {
    read_count(r, llmc__json_get(root, "usageMetadata"), "promptTokenCount", &r->sink->usage.tokens_in);
    if (llmc__json_type_of(vectors) == LLMC__JSON_OBJECT)
        return put(r, 0, llmc__json_get(vectors, "values"));
    return put_all(r, vectors, "values", NULL);
}

llmc_status llmc__embed_decode_gemini(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error) {
    static const char *const members[] = {"embeddings", "embedding", NULL};
    return decode(body, len, count, sink, error, members, read_gemini);
}

static llmc_status read_vertex(reading *r, const llmc__json *root, const llmc__json *vectors) {
    int64_t *sum = &r->sink->usage.tokens_in;
    (void)root;
    for (const llmc__json *item = llmc__json_first(vectors); item != NULL; item = llmc__json_next(item)) {
        const llmc__json *numbers = llmc__json_get(llmc__json_get(item, "embeddings"), "statistics");
        int64_t tokens = -1;
        read_count(r, numbers, "token_count", &tokens);
        if (tokens >= 0 && tokens <= INT32_MAX)
            *sum = (*sum < 0 ? 0 : *sum) + tokens;
    }
    return put_all(r, vectors, "embeddings", "values");
}

llmc_status llmc__embed_decode_vertex(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error) {
    static const char *const members[] = {"predictions", NULL};
    return decode(body, len, count, sink, error, members, read_vertex);
}

/* By type, one list each; or, in the first version of the API and at Bedrock, a list of floats alone. */
static llmc_status read_cohere(reading *r, const llmc__json *root, const llmc__json *vectors) {
    static const char *const types[] = {"float", "base64", "int8", "uint8", "binary", "ubinary"};
    const llmc__json *units = llmc__json_get(llmc__json_get(root, "meta"), "billed_units");
    const llmc__json *list = llmc__json_type_of(vectors) == LLMC__JSON_ARRAY ? vectors : NULL;
    read_count(r, units, "input_tokens", &r->sink->usage.tokens_in);
    for (size_t i = 0; i < sizeof types / sizeof types[0] && llmc__json_first(list) == NULL; i++)
        list = llmc__json_get(vectors, types[i]);
    return put_all(r, list, NULL, NULL);
}

llmc_status llmc__embed_decode_cohere(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error) {
    static const char *const members[] = {"embeddings", NULL};
    return decode(body, len, count, sink, error, members, read_cohere);
}

static llmc_status read_ollama(reading *r, const llmc__json *root, const llmc__json *vectors) {
    read_count(r, root, "prompt_eval_count", &r->sink->usage.tokens_in);
    return put_all(r, vectors, NULL, NULL);
}

llmc_status llmc__embed_decode_ollama(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error) {
    static const char *const members[] = {"embeddings", NULL};
    return decode(body, len, count, sink, error, members, read_ollama);
}

static llmc_status read_titan(reading *r, const llmc__json *root, const llmc__json *vectors) {
    const llmc__json *by_type = llmc__json_get(root, "embeddingsByType");
    read_count(r, root, "inputTextTokenCount", &r->sink->usage.tokens_in);
    if (vectors != by_type)
        return put(r, 0, vectors);
    const llmc__json *floats = llmc__json_get(by_type, "float");
    return put(r, 0, floats != NULL ? floats : llmc__json_get(by_type, "binary"));
}

llmc_status llmc__embed_decode_titan(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                     llmc_error *error) {
    static const char *const members[] = {"embedding", "embeddingsByType", NULL};
    return decode(body, len, count, sink, error, members, read_titan);
}
