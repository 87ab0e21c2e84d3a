/* Rankings: a list of places with their scores, in whatever order they are sent; the best first afterwards. */
#include <stdlib.h>
#include "base/mem.h"
#include "provider/answer.h"
#include "provider/rerank.h"

/* An array, or NULL. */
static const llmc__json *list_of(const llmc__json *root) {
    const llmc__json *list = llmc__json_get(root, "results");
    if (llmc__json_type_of(root) == LLMC__JSON_ARRAY)
        return root;
    if (llmc__json_type_of(list) != LLMC__JSON_ARRAY)
        list = llmc__json_get(root, "data");
    return llmc__json_type_of(list) == LLMC__JSON_ARRAY ? list : NULL;
}

static void read_rank(llmc__answer *answer, const llmc__json *item, llmc__rank *rank) {
    const llmc__json *told = llmc__json_get(item, "relevance_score");
    int64_t index = -1;
    if (!llmc__json_int64(answer->doc, llmc__json_get(item, "index"), &index))
        llmc__answer_bad(answer, "item %zu has no index", (size_t)(rank - answer->out->ranks));
    else if (llmc__answer_takes(answer, index) &&
             !llmc__json_double(told != NULL ? told : llmc__json_get(item, "score"), &rank->score))
        llmc__answer_bad(answer, "document %lld has no score", (long long)index);
    rank->index = (size_t)index;
}

/* The better score first; of equal ones the document that was given first. */
static int compare(const void *a, const void *b) {
    const llmc__rank *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* False: there can be none of it. */
static bool make_ranks(llmc__answer *answer, size_t count) {
    llmc__result *out = answer->out;
    if (count == 0)
        llmc__answer_bad(answer, "no document is in it");
    else if (count > answer->count)
        llmc__answer_bad(answer, "it has %zu documents where %zu were sent", count, answer->count);
    else if ((out->ranks = llmc__mem_calloc(count, sizeof *out->ranks)) == NULL)
        llmc__answer_no_memory(answer);
    return out->ranks != NULL;
}

static void read_list(llmc__answer *answer, const llmc__json *list) {
    llmc__result *out = answer->out;
    int64_t top_n = answer->sent->input->top_n;
    size_t place = 0, count = llmc__json_count(list);
    if (!make_ranks(answer, count))
        return;
    for (const llmc__json *item = llmc__json_first(list); item != NULL && answer->status == LLMC_OK;
         item = llmc__json_next(item))
        read_rank(answer, item, &out->ranks[place++]);
    if (answer->status != LLMC_OK)
        return;
    qsort(out->ranks, count, sizeof *out->ranks, compare);
    /* Some servers send all of them whatever was asked for. */
    out->rank_count = top_n > 0 && (uint64_t)top_n < count ? (size_t)top_n : count;
}

/* Cohere tells search units, the others tokens. */
static void read_usage(llmc__answer *answer) {
    const llmc__json_doc *doc = answer->doc;
    const llmc__json *usage = llmc__json_get(answer->root, "usage"), *meta = llmc__json_get(answer->root, "meta");
    int64_t *tokens_in = &answer->out->usage.tokens_in;
    llmc__answer_count(doc, usage, "search_units", &answer->out->count);
    llmc__answer_count(doc, llmc__json_get(meta, "billed_units"), "search_units", &answer->out->count);
    llmc__answer_count(doc, usage, "total_tokens", tokens_in);
    llmc__answer_count(doc, usage, "prompt_tokens", tokens_in);
    llmc__answer_count(doc, llmc__json_get(meta, "tokens"), "input_tokens", tokens_in);
    llmc__answer_settle(answer);
}

void llmc__rerank_read(llmc__answer *answer) {
    const llmc__json *list = list_of(answer->root);
    if (list == NULL) {
        llmc__answer_lacks(answer, "list of documents");
        return;
    }
    llmc__answer_head(answer);
    read_usage(answer);
    read_list(answer, list);
}
