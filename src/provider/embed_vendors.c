/* How vendors of OpenAI's API differ where texts are embedded. */
#include <string.h>
#include "provider/embed.h"
#include "provider/pairs.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const char *llmc__embed_word(const char *pairs, const char *task) {
    const char *word = pairs != NULL && task != NULL ? llmc__pairs_find(pairs, task, strlen(task)) : NULL;
    return word != NULL ? word : task;
}

static const char voyage_words[] = "dimensions\0output_dimension\0"
                                   ".task\0input_type\0"
                                   ".truncate\0truncation\0";
static const char jina_words[] = "encoding_format\0embedding_type\0"
                                 ".task\0task\0"
                                 ".truncate\0truncate\0"
                                 "query\0retrieval.query\0"
                                 "document\0retrieval.passage\0"
                                 "similarity\0text-matching\0"
                                 "clustering\0separation\0";
static const char nvidia_words[] = ".task\0input_type\0"
                                   ".truncate\0truncate\0"
                                   "document\0passage\0"
                                   "similarity\0passage\0"
                                   "classification\0passage\0"
                                   "clustering\0passage\0";

/* Limits are the vendors' own where a page is named; where none is, they are what is known to work. */
static const llmc__embed_vendor vendors[] = {
    /* https://platform.openai.com/docs/api-reference/embeddings/create: 2048 inputs, 300,000 tokens together */
    {.name = "openai", .base64 = true, .texts = 2048, .tokens = 300000},
    {.name = "openai-responses", .base64 = true, .texts = 2048, .tokens = 300000},
    {.name = "azure", .base64 = true, .texts = 2048, .tokens = 300000},
    {.name = "azure_ai", .texts = 96}, /* Cohere's models are there, too */
    /* https://docs.voyageai.com/reference/embeddings-api: 1,000 texts, 120,000 tokens for the most limited models */
    {.name = "voyage", .host = "voyageai.com", .base64 = true, .words = voyage_words, .texts = 1000, .tokens = 120000},
    /* https://jina.ai/embeddings */
    {.name = "jina_ai", .host = "jina.ai", .base64 = true, .words = jina_words, .texts = 512},
    /* https://docs.api.nvidia.com/nim/reference/nvidia-nv-embedqa-e5-v5-infer */
    {.name = "nvidia_nim", .host = "nvidia.com", .words = nvidia_words, .truncate_by_word = true, .texts = 50},
    /* https://www.alibabacloud.com/help/en/model-studio/embedding: 10 texts */
    {.name = "dashscope", .host = "aliyuncs.com", .texts = 10},
    /* Text Embeddings Inference, which serves them, takes 32 unless it is told otherwise. */
    {.name = "huggingface", .host = "huggingface.co", .texts = 32},
    {.name = "openrouter", .host = "openrouter.ai", .base64 = true, .texts = 256},
    /* https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
    {.name = "hosted_vllm", .base64 = true, .texts = 1024},
    /* https://github.com/ggml-org/llama.cpp/tree/master/tools/server#post-v1embeddings */
    {.name = "llamacpp", .base64 = true, .texts = 256},
};
static const llmc__embed_vendor any_vendor = {.texts = 256};

const llmc__embed_vendor *llmc__embed_vendor_of(const llmc__target *target) {
    const char *name = target->row != NULL ? target->row->name : target->name;
    for (size_t i = 0; i < LENGTH(vendors); i++)
        if (strcmp(vendors[i].name, name) == 0)
            return &vendors[i];
    for (size_t i = 0; i < LENGTH(vendors); i++)
        if (vendors[i].host[0] != '\0' && target->base_url != NULL && strstr(target->base_url, vendors[i].host) != NULL)
            return &vendors[i];
    return &any_vendor;
}
