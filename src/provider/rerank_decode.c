/* Rankings: a list of places with their scores, in whatever order they are sent; the best first afterwards. */
#include <stdlib.h>
#include "base/mem.h"
#include "provider/answer.h"
#include "provider/rerank.h"

typedef struct reading {
    const llmc__json_doc *doc;
    size_t documents; /* that were sent */
    bool *seen;
    llmc__result *out;
    llmc_error *error;
} reading;

/* An array, or NULL. */
static const llmc__json *list_of(const llmc__json *root) {
    static const char *const names[] = {"results", "data"};
    if (llmc__json_type_of(root) == LLMC__JSON_ARRAY)
        return root;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const llmc__json *list = llmc__json_get(root, names[i]);
        if (llmc__json_type_of(list) == LLMC__JSON_ARRAY)
            return list;
    }
    return NULL;
}

static llmc_status read_rank(reading *r, const llmc__json *item, size_t place) {
    const llmc__json *told = llmc__json_get(item, "relevance_score");
    llmc__rank *rank = &r->out->ranks[place];
    int64_t index = -1;
    if (!llmc__json_int64(r->doc, llmc__json_get(item, "index"), &index))
        return llmc__answer_bad(LLMC__OP_RERANK, r->error, "item %zu has no index", place);
    if (index < 0 || (uint64_t)index >= r->documents)
        return llmc__answer_bad(LLMC__OP_RERANK, r->error, "it has a document %lld where %zu were sent",
                                (long long)index, r->documents);
    if (r->seen[index])
        return llmc__answer_bad(LLMC__OP_RERANK, r->error, "document %lld is there twice", (long long)index);
    if (!llmc__json_double(told != NULL ? told : llmc__json_get(item, "score"), &rank->score))
        return llmc__answer_bad(LLMC__OP_RERANK, r->error, "document %lld has no score", (long long)index);
    r->seen[index] = true;
    rank->index = (size_t)index;
    return LLMC_OK;
}

/* The better score first; of equal ones the document that was given first. */
static int compare(const void *a, const void *b) {
    const llmc__rank *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static llmc_status read_list(reading *r, const llmc__json *list, int64_t top_n) {
    llmc_status status = LLMC_OK;
    size_t place = 0, count = llmc__json_count(list);
    if (count == 0)
        return llmc__answer_bad(LLMC__OP_RERANK, r->error, "no document is in it");
    if (count > r->documents)
        return llmc__answer_bad(LLMC__OP_RERANK, r->error, "it has %zu documents where %zu were sent", count,
                                r->documents);
    r->out->ranks = llmc__mem_calloc(count, sizeof *r->out->ranks);
    if (r->out->ranks == NULL)
        return llmc__answer_no_memory(LLMC__OP_RERANK, r->error);
    for (const llmc__json *item = llmc__json_first(list); item != NULL && status == LLMC_OK;
         item = llmc__json_next(item))
        status = read_rank(r, item, place++);
    if (status != LLMC_OK)
        return status;
    qsort(r->out->ranks, count, sizeof *r->out->ranks, compare);
    /* Some servers send all of them whatever was asked for. */
    r->out->rank_count = top_n > 0 && (uint64_t)top_n < count ? (size_t)top_n : count;
    return LLMC_OK;
}

/* Cohere tells search units, the others tokens; no API counts tokens of an answer here. */
static void read_usage(reading *r, const llmc__json *root) {
    const llmc__json *usage = llmc__json_get(root, "usage"), *meta = llmc__json_get(root, "meta");
    llmc__usage *out = &r->out->usage;
    llmc__answer_count(r->doc, usage, "search_units", &r->out->count);
    llmc__answer_count(r->doc, llmc__json_get(meta, "billed_units"), "search_units", &r->out->count);
    llmc__answer_count(r->doc, usage, "total_tokens", &out->tokens_in);
    llmc__answer_count(r->doc, usage, "prompt_tokens", &out->tokens_in);
    llmc__answer_count(r->doc, llmc__json_get(meta, "tokens"), "input_tokens", &out->tokens_in);
    if (out->tokens_in >= 0) {
        out->tokens_out = 0;
        out->total = out->tokens_in;
    }
}

static llmc_status read_root(reading *r, int64_t top_n) {
    const llmc__json *root = llmc__json_root(r->doc), *list = list_of(root);
    if (list == NULL)
        return llmc__answer_lacks(LLMC__OP_RERANK, r->doc, "list of documents", r->error);
    if (!llmc__answer_text(r->doc, root, "model", &r->out->model) ||
        !llmc__answer_text(r->doc, root, "id", &r->out->id))
        return llmc__answer_no_memory(LLMC__OP_RERANK, r->error);
    read_usage(r, root);
    return read_list(r, list, top_n);
}

llmc_status llmc__rerank_decode(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    llmc__json_doc *doc = NULL;
    reading r = {.documents = answer->input->text_count, .out = out, .error = error};
    llmc_status status = llmc__answer_parse(answer, LLMC__OP_RERANK, &doc, error);
    if (status != LLMC_OK)
        return status;
    r.doc = doc;
    r.seen = llmc__mem_calloc(r.documents > 0 ? r.documents : 1, sizeof *r.seen);
    status = r.seen != NULL ? read_root(&r, answer->input->top_n) : llmc__answer_no_memory(LLMC__OP_RERANK, error);
    llmc__mem_free(r.seen);
    llmc__json_free(doc);
    return status;
}
