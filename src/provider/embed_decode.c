/* Answers with vectors: each API's way to them, and the checks all share. */
#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "provider/embed.h"
#include "provider/openai.h"

typedef struct reading {
    llmc__vectors *vectors;
    const llmc__json_doc *doc;
    size_t count; /* of texts that were sent */
    bool *seen;
    llmc__result *out;
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

/* ---- the text ---- */

static void *reader_make(size_t max_bytes) {
    return llmc__vectors_new(max_bytes);
}

static llmc_status reader_feed(void *reader, const char *bytes, size_t len) {
    return llmc__vectors_feed(reader, bytes, len);
}

static void reader_free(void *reader) {
    llmc__vectors_free(reader);
}

const llmc__op_reader llmc__embed_reader = {reader_make, reader_feed, reader_free};

/* ---- one vector ---- */

/* The first vector tells how long all of them are. */
static llmc_status measure(reading *r, int64_t index, const llmc__json *value) {
    llmc__result *out = r->out;
    llmc_status status = llmc__vectors_read(r->vectors, value, NULL, 0, &out->dimensions);
    if (status == LLMC_ERR_NO_MEMORY)
        return no_memory(r);
    if (status != LLMC_OK || out->dimensions == 0)
        return bad(r, "item %lld is no vector", (long long)index);
    if (out->dimensions > SIZE_MAX / sizeof(float) / r->count)
        return no_memory(r);
    out->vectors = llmc__mem_calloc(r->count * out->dimensions, sizeof(float));
    if (out->vectors == NULL)
        return no_memory(r);
    out->vector_count = r->count;
    return LLMC_OK;
}

static llmc_status put(reading *r, int64_t index, const llmc__json *value) {
    llmc__result *out = r->out;
    size_t dimensions = 0;
    if (index < 0 || (uint64_t)index >= r->count)
        return bad(r, "it has an item %lld where %zu texts were sent", (long long)index, r->count);
    if (r->seen[index])
        return bad(r, "item %lld is there twice", (long long)index);
    llmc_status status = out->vectors != NULL ? LLMC_OK : measure(r, index, value);
    if (status != LLMC_OK)
        return status;
    status = llmc__vectors_read(r->vectors, value, out->vectors + (size_t)index * out->dimensions, out->dimensions,
                                &dimensions);
    if (status == LLMC_ERR_NO_MEMORY)
        return no_memory(r);
    if (status != LLMC_OK)
        return bad(r, "item %lld is no vector", (long long)index);
    if (dimensions != out->dimensions)
        return bad(r, "item %lld has %zu dimensions where the first has %zu", (long long)index, dimensions,
                   out->dimensions);
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
        if (llmc__json_type_of(told) == LLMC__JSON_NUMBER && !llmc__json_int64(r->doc, told, &index))
            return bad(r, "an index is no whole number");
        status = put(r, index, inner != NULL ? llmc__json_get(value, inner) : value);
    }
    return status;
}

/* ---- the whole ---- */

/* No API counts tokens of an answer here. */
static llmc_status end(reading *r) {
    llmc__usage *usage = &r->out->usage;
    for (size_t i = 0; i < r->count; i++)
        if (!r->seen[i])
            return bad(r, "item %zu of %zu is missing", i, r->count);
    if (usage->tokens_in >= 0) {
        usage->tokens_out = 0;
        usage->total = usage->tokens_in;
    }
    return LLMC_OK;
}

static llmc_status refuse_text(reading *r, llmc_status status) {
    if (status == LLMC_ERR_NO_MEMORY)
        return no_memory(r);
    if (status == LLMC_ERR_BAD_RESPONSE)
        return bad(r, "it is no JSON");
    llmc__error_set(r->error, status, "%s",
                    status == LLMC_ERR_INCOMPLETE ? "the answer with embeddings broke off"
                                                  : "the answer with embeddings has more values than are read");
    return status;
}

/* What stands where the vectors should be: an error, told with a status that is none, or nothing known. */
static llmc_status refuse_root(reading *r, const llmc__json *root) {
    llmc__words words;
    if (!llmc__openai_words_present(r->doc, root))
        return bad(r, "there are none in it");
    llmc__openai_words_read(r->doc, root, &words);
    llmc__classify_inner(&words, r->error);
    return r->error->status;
}

static bool is_container(const llmc__json *value) {
    llmc__json_type type = llmc__json_type_of(value);
    return type == LLMC__JSON_ARRAY || type == LLMC__JSON_OBJECT;
}

static bool read_name(const reading *r, const llmc__json *root, const char *name, char **out) {
    size_t len = 0;
    const char *text = llmc__json_string(r->doc, llmc__json_get(root, name), &len);
    if (text == NULL || len == 0)
        return true;
    *out = llmc__mem_strndup(text, len);
    return *out != NULL;
}

/* `members` are the places where vectors may stand, in order. */
static llmc_status read_root(reading *r, const char *const *members, read_fn read) {
    const llmc__json *root = llmc__json_root(r->doc), *vectors = NULL;
    for (; *members != NULL && !is_container(vectors); members++)
        vectors = llmc__json_get(root, *members);
    if (!is_container(vectors))
        return refuse_root(r, root);
    if (!read_name(r, root, "model", &r->out->model) || !read_name(r, root, "id", &r->out->id))
        return no_memory(r);
    llmc_status status = read(r, root, vectors);
    return status == LLMC_OK ? end(r) : status;
}

static llmc_status decode(const llmc__op_answer *answer, llmc__result *out, llmc_error *error,
                          const char *const *members, read_fn read) {
    reading r = {.vectors = answer->reader, .count = answer->input->text_count, .out = out, .error = error};
    llmc_status status = llmc__vectors_end(r.vectors);
    if (status != LLMC_OK)
        return refuse_text(&r, status);
    r.doc = llmc__vectors_doc(r.vectors);
    r.seen = llmc__mem_calloc(r.count > 0 ? r.count : 1, sizeof *r.seen);
    status = r.seen != NULL ? read_root(&r, members, read) : no_memory(&r);
    llmc__mem_free(r.seen);
    return status;
}

static void read_count(const reading *r, const llmc__json *object, const char *name, int64_t *out) {
    int64_t value = 0;
    if (llmc__json_int64(r->doc, llmc__json_get(object, name), &value) && value >= 0)
        *out = value;
}

/* ---- the APIs ---- */

/* Voyage tells the total alone. */
static llmc_status read_openai(reading *r, const llmc__json *root, const llmc__json *vectors) {
    const llmc__json *usage = llmc__json_get(root, "usage");
    llmc__usage *out = &r->out->usage;
    read_count(r, usage, "total_tokens", &out->tokens_in);
    read_count(r, usage, "prompt_tokens", &out->tokens_in);
    out->cost_usd = llmc__openai_cost_read(usage);
    return put_all(r, vectors, "embedding", NULL);
}

llmc_status llmc__embed_decode_openai(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    static const char *const members[] = {"data", NULL};
    return decode(answer, out, error, members, read_openai);
}

static llmc_status read_gemini(reading *r, const llmc__json *root, const llmc__json *vectors) {
    read_count(r, llmc__json_get(root, "usageMetadata"), "promptTokenCount", &r->out->usage.tokens_in);
    if (llmc__json_type_of(vectors) == LLMC__JSON_OBJECT)
        return put(r, 0, llmc__json_get(vectors, "values"));
    return put_all(r, vectors, "values", NULL);
}

llmc_status llmc__embed_decode_gemini(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    static const char *const members[] = {"embeddings", "embedding", NULL};
    return decode(answer, out, error, members, read_gemini);
}

static llmc_status read_vertex(reading *r, const llmc__json *root, const llmc__json *vectors) {
    int64_t *sum = &r->out->usage.tokens_in;
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

llmc_status llmc__embed_decode_vertex(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    static const char *const members[] = {"predictions", NULL};
    return decode(answer, out, error, members, read_vertex);
}

/* By type, one list each; or, in the first version of the API and at Bedrock, a list of floats alone. */
static llmc_status read_cohere(reading *r, const llmc__json *root, const llmc__json *vectors) {
    static const char *const types[] = {"float", "base64", "int8", "uint8", "binary", "ubinary"};
    const llmc__json *units = llmc__json_get(llmc__json_get(root, "meta"), "billed_units");
    const llmc__json *list = llmc__json_type_of(vectors) == LLMC__JSON_ARRAY ? vectors : NULL;
    read_count(r, units, "input_tokens", &r->out->usage.tokens_in);
    for (size_t i = 0; i < sizeof types / sizeof types[0] && llmc__json_first(list) == NULL; i++)
        list = llmc__json_get(vectors, types[i]);
    return put_all(r, list, NULL, NULL);
}

llmc_status llmc__embed_decode_cohere(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    static const char *const members[] = {"embeddings", NULL};
    return decode(answer, out, error, members, read_cohere);
}

static llmc_status read_ollama(reading *r, const llmc__json *root, const llmc__json *vectors) {
    read_count(r, root, "prompt_eval_count", &r->out->usage.tokens_in);
    return put_all(r, vectors, NULL, NULL);
}

llmc_status llmc__embed_decode_ollama(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    static const char *const members[] = {"embeddings", NULL};
    return decode(answer, out, error, members, read_ollama);
}

/* Read aside, the vector itself is an object. */
static llmc_status read_titan(reading *r, const llmc__json *root, const llmc__json *vectors) {
    const llmc__json *by_type = llmc__json_get(root, "embeddingsByType");
    read_count(r, root, "inputTextTokenCount", &r->out->usage.tokens_in);
    return put(r, 0, vectors != by_type ? vectors : llmc__json_get(by_type, "float"));
}

llmc_status llmc__embed_decode_titan(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    static const char *const members[] = {"embedding", "embeddingsByType", NULL};
    return decode(answer, out, error, members, read_titan);
}
