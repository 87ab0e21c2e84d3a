/* Answers with vectors: each API's way to them, and the checks all share. */
#include <string.h>
#include "base/mem.h"
#include "provider/answer.h"
#include "provider/embed.h"
#include "provider/openai.h"
#include "provider/pairs.h"

/* ---- one vector ---- */

/* At most `cap` floats of it; how many there are. */
static size_t read_vector(llmc__answer *answer, int64_t index, const llmc__json *value, float *out, size_t cap) {
    size_t count = 0;
    llmc_status status = llmc__vectors_read(answer->sent->reader, value, out, cap, &count);
    if (status == LLMC_ERR_NO_MEMORY)
        llmc__answer_no_memory(answer);
    else if (status != LLMC_OK || count == 0)
        llmc__answer_bad(answer, "item %lld is no vector", (long long)index);
    return count;
}

/* The first vector tells how long all of them are. */
static void measure(llmc__answer *answer, int64_t index, const llmc__json *value) {
    llmc__result *out = answer->out;
    out->dimensions = read_vector(answer, index, value, NULL, 0);
    if (answer->status != LLMC_OK)
        return;
    if (out->dimensions <= SIZE_MAX / sizeof(float) / answer->count)
        out->vectors = llmc__mem_calloc(answer->count * out->dimensions, sizeof(float));
    if (out->vectors == NULL)
        llmc__answer_no_memory(answer);
    else
        out->vector_count = answer->count;
}

static void put(llmc__answer *answer, int64_t index, const llmc__json *value) {
    llmc__result *out = answer->out;
    size_t dimensions;
    if (llmc__answer_takes(answer, index) && out->vectors == NULL)
        measure(answer, index, value);
    if (answer->status != LLMC_OK)
        return;
    dimensions = read_vector(answer, index, value, out->vectors + (size_t)index * out->dimensions, out->dimensions);
    if (dimensions != out->dimensions)
        llmc__answer_bad(answer, "item %lld has %zu dimensions where the first has %zu", (long long)index, dimensions,
                         out->dimensions);
}

/* Each element of a list: itself, or what the path of one or two members leads to. By `index` where it has one. */
static void put_all(llmc__answer *answer, const llmc__json *list, const char *member, const char *inner) {
    int64_t place = 0;
    for (const llmc__json *item = llmc__json_first(list); item != NULL && answer->status == LLMC_OK;
         item = llmc__json_next(item), place++) {
        const llmc__json *told = member != NULL ? llmc__json_get(item, "index") : NULL;
        const llmc__json *value = member != NULL ? llmc__json_get(item, member) : item;
        int64_t index = place;
        if (llmc__json_type_of(told) == LLMC__JSON_NUMBER && !llmc__json_int64(answer->doc, told, &index))
            llmc__answer_bad(answer, "an index is no whole number");
        else
            put(answer, index, inner != NULL ? llmc__json_get(value, inner) : value);
    }
}

/* ---- the whole ---- */

static bool is_container(const llmc__json *value) {
    return llmc__json_type_of(value) >= LLMC__JSON_ARRAY;
}

/* What stands in the member, in which vectors should be; NULL: there are none. */
static const llmc__json *vectors_of(llmc__answer *answer, const char *member) {
    const llmc__json *vectors = llmc__json_get(answer->root, member);
    return is_container(vectors) ? vectors : NULL;
}

static void count_tokens(llmc__answer *answer, const llmc__json *object, const char *name) {
    llmc__answer_count(answer->doc, object, name, &answer->out->usage.tokens_in);
}

/* Behind the vectors: all of them have to be there. */
static void end(llmc__answer *answer) {
    for (size_t i = 0; i < answer->count; i++)
        if (!answer->seen[i])
            llmc__answer_bad(answer, "item %zu of %zu is missing", i, answer->count);
    llmc__answer_settle(answer);
}

/* `list` stands in `vectors`, or is it. */
static void read_list(llmc__answer *answer, const llmc__json *vectors, const llmc__json *list, const char *member,
                      const char *inner) {
    if (vectors == NULL) {
        llmc__answer_lacks(answer, "vector");
        return;
    }
    llmc__answer_head(answer);
    put_all(answer, list, member, inner);
    end(answer);
}

/* One vector, or what stands for it. */
static void read_one(llmc__answer *answer, const llmc__json *value) {
    llmc__answer_head(answer);
    put(answer, 0, value);
    end(answer);
}

/* ---- the APIs ---- */

/* Voyage tells the total alone. */
void llmc__embed_read_openai(llmc__answer *answer) {
    const llmc__json *usage = llmc__json_get(answer->root, "usage"), *vectors = vectors_of(answer, "data");
    count_tokens(answer, usage, "total_tokens");
    count_tokens(answer, usage, "prompt_tokens");
    answer->out->usage.cost_usd = llmc__openai_cost_read(usage);
    read_list(answer, vectors, vectors, "embedding", NULL);
}

void llmc__embed_read_gemini(llmc__answer *answer) {
    const llmc__json *one = vectors_of(answer, "embedding"), *all = vectors_of(answer, "embeddings");
    const llmc__json *vectors = all != NULL ? all : one;
    count_tokens(answer, llmc__json_get(answer->root, "usageMetadata"), "promptTokenCount");
    if (llmc__json_type_of(vectors) == LLMC__JSON_OBJECT)
        read_one(answer, llmc__json_get(vectors, "values"));
    else
        read_list(answer, vectors, vectors, "values", NULL);
}

void llmc__embed_read_vertex(llmc__answer *answer) {
    const llmc__json *vectors = vectors_of(answer, "predictions");
    int64_t *sum = &answer->out->usage.tokens_in;
    for (const llmc__json *item = llmc__json_first(vectors); item != NULL; item = llmc__json_next(item)) {
        const llmc__json *numbers = llmc__json_get(llmc__json_get(item, "embeddings"), "statistics");
        int64_t tokens = -1;
        llmc__answer_count(answer->doc, numbers, "token_count", &tokens);
        if (tokens >= 0 && tokens <= INT32_MAX)
            *sum = (*sum < 0 ? 0 : *sum) + tokens;
    }
    read_list(answer, vectors, vectors, "embeddings", "values");
}

/* By type, one list each; or, in the first version of the API and at Bedrock, a list of floats alone. */
void llmc__embed_read_cohere(llmc__answer *answer) {
    static const char types[] = "float\0base64\0int8\0uint8\0binary\0ubinary\0";
    const llmc__json *units = llmc__json_get(llmc__json_get(answer->root, "meta"), "billed_units");
    const llmc__json *vectors = vectors_of(answer, "embeddings"), *list = NULL;
    if (llmc__json_type_of(vectors) == LLMC__JSON_ARRAY)
        list = vectors;
    for (const char *type = types; *type != '\0' && llmc__json_first(list) == NULL; type = llmc__pairs_next(type))
        list = llmc__json_get(vectors, type);
    count_tokens(answer, units, "input_tokens");
    read_list(answer, vectors, list, NULL, NULL);
}

void llmc__embed_read_ollama(llmc__answer *answer) {
    const llmc__json *vectors = vectors_of(answer, "embeddings");
    count_tokens(answer, answer->root, "prompt_eval_count");
    read_list(answer, vectors, vectors, NULL, NULL);
}

/* Read aside, the vector itself is an object. */
static void read_titan(llmc__answer *answer) {
    const llmc__json *vector = vectors_of(answer, "embedding"), *by_type = vectors_of(answer, "embeddingsByType");
    count_tokens(answer, answer->root, "inputTextTokenCount");
    if (vector == NULL && by_type == NULL)
        llmc__answer_lacks(answer, "vector");
    else
        read_one(answer, vector != NULL ? vector : llmc__json_get(by_type, "float"));
}

void llmc__embed_read_bedrock(llmc__answer *answer) {
    if (llmc__embed_is_cohere(answer->sent->model))
        llmc__embed_read_cohere(answer);
    else
        read_titan(answer);
}
