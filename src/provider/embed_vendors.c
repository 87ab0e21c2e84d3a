/* How vendors of OpenAI's API differ where texts are embedded. */
#include <string.h>
#include "provider/embed.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const char *llmc__embed_word(const char *const *words, const char *task) {
    static const char *const neutral[] = {"query", "document", "similarity", "classification", "clustering"};
    for (size_t i = 0; words != NULL && task != NULL && i < LENGTH(neutral); i++)
        if (strcmp(task, neutral[i]) == 0)
            return words[i];
    return task;
}

static const char *const jina_words[] = {"retrieval.query", "retrieval.passage", "text-matching", "classification",
                                         "separation"};
static const char *const nvidia_words[] = {"query", "passage", "passage", "passage", "passage"};

/* Limits are the vendors' own where a page is named; where none is, they are what is known to work. */
static const llmc__embed_vendor vendors[] = {
    /* https://platform.openai.com/docs/api-reference/embeddings/create: 2048 inputs, 300,000 tokens together */
    {.name = "openai", .dimensions = "dimensions", .base64 = true, .limits = {2048, 0, 300000}},
    {.name = "openai-responses", .dimensions = "dimensions", .base64 = true, .limits = {2048, 0, 300000}},
    {.name = "azure", .dimensions = "dimensions", .base64 = true, .limits = {2048, 0, 300000}},
    {.name = "azure_ai", .dimensions = "dimensions", .limits = {96, 0, 0}}, /* Cohere's models are there, too */
    /* https://docs.voyageai.com/reference/embeddings-api: 1,000 texts, 120,000 tokens for the most limited models */
    {.name = "voyage",
     .host = "voyageai.com",
     .dimensions = "output_dimension",
     .task = "input_type",
     .base64 = true,
     .truncate = "truncation",
     .limits = {1000, 0, 120000}},
    /* https://jina.ai/embeddings */
    {.name = "jina_ai",
     .host = "jina.ai",
     .dimensions = "dimensions",
     .task = "task",
     .words = jina_words,
     .encoding = "embedding_type",
     .base64 = true,
     .truncate = "truncate",
     .limits = {512, 0, 0}},
    /* https://docs.api.nvidia.com/nim/reference/nvidia-nv-embedqa-e5-v5-infer */
    {.name = "nvidia_nim",
     .host = "nvidia.com",
     .dimensions = "dimensions",
     .task = "input_type",
     .words = nvidia_words,
     .truncate = "truncate",
     .truncate_by_word = true,
     .limits = {50, 0, 0}},
    /* https://www.alibabacloud.com/help/en/model-studio/embedding: 10 texts */
    {.name = "dashscope", .host = "aliyuncs.com", .dimensions = "dimensions", .limits = {10, 0, 0}},
    /* Text Embeddings Inference, which serves them, takes 32 unless it is told otherwise. */
    {.name = "huggingface", .host = "huggingface.co", .dimensions = "dimensions", .limits = {32, 0, 0}},
    {.name = "openrouter", .host = "openrouter.ai", .dimensions = "dimensions", .base64 = true, .limits = {256, 0, 0}},
    /* https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
    {.name = "hosted_vllm", .dimensions = "dimensions", .base64 = true, .limits = {1024, 0, 0}},
    /* https://github.com/ggml-org/llama.cpp/tree/master/tools/server#post-v1embeddings */
    {.name = "llamacpp", .dimensions = "dimensions", .base64 = true, .limits = {256, 0, 0}},
};
static const llmc__embed_vendor any_vendor = {.dimensions = "dimensions", .limits = {256, 0, 0}};

const llmc__embed_vendor *llmc__embed_vendor_of(const llmc__target *target) {
    const char *name = target->row != NULL ? target->row->name : target->name;
    for (size_t i = 0; i < LENGTH(vendors); i++)
        if (strcmp(vendors[i].name, name) == 0)
            return &vendors[i];
    for (size_t i = 0; i < LENGTH(vendors); i++)
        if (vendors[i].host != NULL && target->base_url != NULL && strstr(target->base_url, vendors[i].host) != NULL)
            return &vendors[i];
    return &any_vendor;
}
