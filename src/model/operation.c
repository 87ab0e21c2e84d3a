#include "model/operation.h"

#include "base/mem.h"

const char *llmc__op_name(llmc__op op) {
    static const char *const names[LLMC__OP_KINDS] = {
        [LLMC__OP_CHAT] = "chats",    [LLMC__OP_EMBED] = "embeddings",          [LLMC__OP_RERANK] = "rerank",
        [LLMC__OP_MODELS] = "models", [LLMC__OP_COUNT_TOKENS] = "token counts", [LLMC__OP_RAW] = "batch jobs",
    };
    return (size_t)op < LLMC__OP_KINDS ? names[op] : "";
}

/* ---- input ---- */

llmc__input *llmc__input_new(llmc__op op, size_t text_count) {
    llmc__input *input = llmc__mem_calloc(1, sizeof *input);
    if (input == NULL)
        return NULL;
    atomic_init(&input->refs, 1);
    input->op = op;
    input->truncate = -1;
    llmc__buf_init(&input->body, (size_t)256 << 20);
    if (text_count == 0)
        return input;
    input->texts = llmc__mem_calloc(text_count, sizeof *input->texts);
    input->text_count = text_count;
    if (input->texts != NULL)
        return input;
    llmc__mem_free(input);
    return NULL;
}

llmc__input *llmc__input_ref(llmc__input *input) {
    if (input != NULL)
        atomic_fetch_add_explicit(&input->refs, 1, memory_order_relaxed);
    return input;
}

void llmc__input_unref(llmc__input *input) {
    if (input == NULL || atomic_fetch_sub_explicit(&input->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (input->release != NULL)
        input->release(input->keeper);
    llmc__mem_free(input->texts);
    llmc__mem_free(input->task);
    llmc__mem_free(input->query);
    llmc__mem_free(input->cursor);
    llmc__mem_free(input->path);
    llmc__mem_free(input->content_type);
    llmc__buf_free(&input->body);
    llmc__mem_free(input);
}

size_t llmc__input_bytes(const llmc__input *input) {
    size_t bytes = input != NULL ? input->body.len : 0;
    for (size_t i = 0; input != NULL && i < input->text_count; i++)
        bytes += input->texts[i].len;
    return bytes;
}

/* ---- result ---- */

llmc__result *llmc__result_new(llmc__op op) {
    llmc__result *result = llmc__mem_calloc(1, sizeof *result);
    if (result == NULL)
        return NULL;
    atomic_init(&result->refs, 1);
    result->op = op;
    result->usage = (llmc__usage)LLMC__USAGE_INIT;
    result->count = -1;
    return result;
}

void llmc__model_clear(llmc__model *model) {
    llmc__mem_free(model->id);
    llmc__mem_free(model->name);
    llmc__mem_free(model->owner);
    llmc__mem_free(model->json);
}

llmc__result *llmc__result_ref(llmc__result *result) {
    if (result != NULL)
        atomic_fetch_add_explicit(&result->refs, 1, memory_order_relaxed);
    return result;
}

void llmc__result_unref(llmc__result *result) {
    if (result == NULL || atomic_fetch_sub_explicit(&result->refs, 1, memory_order_acq_rel) != 1)
        return;
    llmc__mem_free(result->model);
    llmc__mem_free(result->id);
    llmc__mem_free(result->vectors);
    llmc__mem_free(result->ranks);
    for (size_t i = 0; i < result->model_count; i++)
        llmc__model_clear(&result->models[i]);
    llmc__mem_free(result->models);
    llmc__mem_free(result->next);
    llmc__mem_free(result);
}
