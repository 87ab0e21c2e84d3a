/* Who embeds texts, in which form, and how many at once. */
#include "provider/embed.h"

#include <string.h>
#include "base/str.h"
#include "provider/embed_inner.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const char *llmc__embed_word(const char *const *words, const char *input_type) {
    static const char *const neutral[] = {"query", "document", "similarity", "classification", "clustering"};
    for (size_t i = 0; words != NULL && input_type != NULL && i < LENGTH(neutral); i++)
        if (strcmp(input_type, neutral[i]) == 0)
            return words[i];
    return input_type;
}

/* ---- vendors of OpenAI's API ---- */

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
     .input_type = "input_type",
     .base64 = true,
     .limits = {1000, 0, 120000}},
    /* https://jina.ai/embeddings */
    {.name = "jina_ai",
     .host = "jina.ai",
     .dimensions = "dimensions",
     .input_type = "task",
     .words = jina_words,
     .encoding = "embedding_type",
     .base64 = true,
     .limits = {512, 0, 0}},
    /* https://docs.api.nvidia.com/nim/reference/nvidia-nv-embedqa-e5-v5-infer */
    {.name = "nvidia_nim",
     .host = "nvidia.com",
     .dimensions = "dimensions",
     .input_type = "input_type",
     .words = nvidia_words,
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

/* ---- limits ---- */

static void openai_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)model;
    *out = llmc__embed_vendor_of(target)->limits;
}

/* Counted in tokens: a request of more than 16,384 is refused as too large (error 3210). */
static void mistral_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)target, (void)model;
    *out = (llmc__embed_limits){512, 0, 16000};
}

/* https://ai.google.dev/gemini-api/docs/embeddings: at most 100 requests can be in one batch. */
static void gemini_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)target, (void)model;
    *out = (llmc__embed_limits){100, 0, 0};
}

/* 250 texts and 20,000 tokens; gemini-embedding takes one text. */
static void vertex_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)target;
    *out = (llmc__embed_limits){llmc__str_starts(model, "gemini-embedding") ? 1 : 250, 0, 20000};
}

/* https://docs.cohere.com/reference/embed: 96 texts */
static void cohere_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)target, (void)model;
    *out = (llmc__embed_limits){96, 0, 0};
}

static void ollama_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)target, (void)model;
    *out = (llmc__embed_limits){256, 0, 0};
}

static void titan_limits(const llmc__target *target, const char *model, llmc__embed_limits *out) {
    (void)target, (void)model;
    *out = (llmc__embed_limits){1, 0, 0};
}

/* ---- the table ---- */

static const llmc__embed_api openai = {"openai", llmc__embed_encode_openai, llmc__embed_decode_openai, openai_limits};
static const llmc__embed_api azure = {"azure", llmc__embed_encode_azure, llmc__embed_decode_openai, openai_limits};
static const llmc__embed_api mistral = {"mistral", llmc__embed_encode_mistral, llmc__embed_decode_openai,
                                        mistral_limits};
static const llmc__embed_api gemini = {"gemini", llmc__embed_encode_gemini, llmc__embed_decode_gemini, gemini_limits};
static const llmc__embed_api vertex = {"vertex", llmc__embed_encode_vertex, llmc__embed_decode_vertex, vertex_limits};
static const llmc__embed_api cohere = {"cohere", llmc__embed_encode_cohere, llmc__embed_decode_cohere, cohere_limits};
static const llmc__embed_api ollama = {"ollama", llmc__embed_encode_ollama, llmc__embed_decode_ollama, ollama_limits};
static const llmc__embed_api titan = {"bedrock/titan", llmc__embed_encode_titan, llmc__embed_decode_titan,
                                      titan_limits};
static const llmc__embed_api bedrock_cohere = {"bedrock/cohere", llmc__embed_encode_bedrock_cohere,
                                               llmc__embed_decode_cohere, cohere_limits};

static const struct {
    const char *adapter;
    const char *part; /* of the model's name; NULL: any */
    const llmc__embed_api *api;
} apis[] = {
    {"openai", NULL, &openai},
    {"openai-responses", NULL, &openai},
    {"azure", NULL, &azure},
    {"azure_ai", NULL, &azure},
    {"mistral", NULL, &mistral},
    {"gemini", NULL, &gemini},
    {"vertex", NULL, &vertex},
    {"cohere", NULL, &cohere},
    {"ollama", NULL, &ollama},
    {"bedrock", "cohere.embed", &bedrock_cohere},
    {"bedrock", "titan-embed-text", &titan},
};

const llmc__embed_api *llmc__embed_api_of(const llmc__target *target, const char *model, llmc_error *error) {
    bool known = false;
    for (size_t i = 0; i < LENGTH(apis); i++) {
        if (strcmp(apis[i].adapter, target->provider->name) != 0)
            continue;
        if (apis[i].part == NULL || strstr(model, apis[i].part) != NULL)
            return apis[i].api;
        known = true;
    }
    if (known)
        llmc__error_set(error, LLMC_ERR_UNSUPPORTED,
                        "embeddings: of provider \"%s\" Cohere's and Titan's text models are known, not model "
                        "\"%.100s\"",
                        target->name, model);
    else
        llmc__error_set(error, LLMC_ERR_UNSUPPORTED, "embeddings: provider \"%s\" has none; take another's",
                        target->name);
    return NULL;
}

size_t llmc__embed_answer_bytes(size_t count, size_t dimensions) {
    const size_t each = 24, frame = (size_t)64 << 10; /* of a number with its comma and white space */
    if (dimensions == 0)
        dimensions = 4096;
    if (count > 0 && dimensions > (SIZE_MAX / 2 - frame) / each / count)
        return SIZE_MAX / 2;
    return count * (dimensions * each + 256) + frame;
}
