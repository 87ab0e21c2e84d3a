/* Which providers there are. A vendor that speaks the OpenAI API is one more row here and no code. */
#include <string.h>
#include "provider/provider.h"

static const llmc__provider *const adapters[] = {
    &llmc__provider_openai,  &llmc__provider_responses, &llmc__provider_anthropic, &llmc__provider_ollama,
    &llmc__provider_cohere,  &llmc__provider_gemini,    &llmc__provider_vertex,    &llmc__provider_bedrock,
    &llmc__provider_mistral, &llmc__provider_azure,     &llmc__provider_azure_ai};

#define FILES  (LLMC__FIELD_FILE | LLMC__FIELD_FILE_URL)
#define IMAGES (LLMC__FIELD_IMAGE | LLMC__FIELD_IMAGE_URL)
#define CHAT   (1u << LLMC__OP_CHAT)
#define RERANK (1u << LLMC__OP_RERANK)
#define MODELS (1u << LLMC__OP_MODELS)
#define TOOLS  (LLMC__FIELD_TOOLS | LLMC__FIELD_TOOL_CHOICE | LLMC__FIELD_PARALLEL_TOOLS)

/* By llmc__row_word; an empty one is none. */
#define WORDS_AND_ACCOUNT(name, alias, adapter, base_url, key, key_too, url, url_too, org, project)                    \
    name "\0" alias "\0" adapter "\0" base_url "\0" key "\0" key_too "\0" url "\0" url_too "\0" org "\0" project
#define WORDS(name, alias, adapter, base_url, key, key_too, url, url_too)                                              \
    WORDS_AND_ACCOUNT(name, alias, adapter, base_url, key, key_too, url, url_too, "", "")

static const llmc__provider_row rows[] = {
    {
        .name = WORDS_AND_ACCOUNT("openai", "", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY", "",
                                  "OPENAI_BASE_URL", "", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K,
        .lacks_operations = RERANK,
    },
    {
        .name = WORDS_AND_ACCOUNT("openai-responses", "", "openai-responses", "https://api.openai.com/v1",
                                  "OPENAI_API_KEY", "", "OPENAI_BASE_URL", "", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
        .key_required = true,
    },
    {
        /* https://docs.cohere.com/reference/about; CO_API_KEY is the variable of Cohere's own SDKs. */
        .name = WORDS("cohere", "cohere_chat", "cohere", "https://api.cohere.com/v2", "COHERE_API_KEY", "CO_API_KEY",
                      "COHERE_API_BASE", ""),
        .key_required = true,
    },
    {
        /* https://docs.mistral.ai/api */
        .name =
            WORDS("mistral", "", "mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "", "MISTRAL_API_BASE", ""),
        .key_required = true,
    },
    {
        /* https://docs.ollama.com/api/introduction; a key is for ollama.com only. */
        .name = WORDS("ollama", "ollama_chat", "ollama", "http://localhost:11434", "OLLAMA_API_KEY", "",
                      "OLLAMA_API_BASE", "OLLAMA_HOST"),
    },
    {
        /* https://ai.google.dev/gemini-api/docs/api-key names both variables. */
        .name = WORDS("gemini", "", "gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY",
                      "GOOGLE_API_KEY", "GEMINI_BASE_URL", "GEMINI_API_BASE"),
        .key_required = true,
    },
    {
        /* The adapter puts region and version into the address; see vertex.c. The key is a token of OAuth. */
        .name = WORDS_AND_ACCOUNT("vertex_ai", "vertex", "vertex", "https://aiplatform.googleapis.com",
                                  "GOOGLE_OAUTH_ACCESS_TOKEN", "VERTEX_ACCESS_TOKEN", "GOOGLE_VERTEX_BASE_URL",
                                  "VERTEXAI_API_BASE", "", "GOOGLE_CLOUD_PROJECT"),
        .key_required = true,
    },
    {
        .name = WORDS("anthropic", "", "anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", "",
                      "ANTHROPIC_BASE_URL", ""),
        .key_required = true,
    },
    {
        /* The key is a bearer token; without one requests are signed with the target's AWS credentials. */
        .name =
            WORDS("bedrock", "", "bedrock", "https://bedrock-runtime.{region}.amazonaws.com",
                  "AWS_BEARER_TOKEN_BEDROCK", "", "AWS_BEDROCK_RUNTIME_ENDPOINT", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    },
    {
        /* The address names the user's resource, so that none of it is known before; see azure.c. */
        .name = WORDS("azure", "azure_openai", "azure", "https://{resource}.openai.azure.com", "AZURE_API_KEY",
                      "AZURE_OPENAI_API_KEY", "AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"),
        .key_required = true,
    },
    {
        .name = WORDS("azure_ai", "", "azure_ai", "https://{resource}.services.ai.azure.com", "AZURE_AI_API_KEY", "",
                      "AZURE_AI_API_BASE", ""),
        .key_required = true,
    },
    /*
     * Vendors of OpenAI's chat completions API. Names, variables and addresses are LiteLLM's
     * (https://docs.litellm.ai/docs/providers, read 2026-11) unless the vendor's own page says otherwise; `lacks` has
     * only what the vendor documents as refused or not taken.
     */
    {
        /* https://console.groq.com/docs/openai: logprobs, and n other than 1, are an error 400. */
        .name = WORDS("groq", "", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "", "GROQ_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_LOGPROBS | LLMC__FIELD_N | LLMC__FIELD_METADATA | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://api-docs.deepseek.com/api/create-chat-completion: text only, response_format text or json_object. */
        .name = WORDS("deepseek", "", "openai", "https://api.deepseek.com", "DEEPSEEK_API_KEY", "", "DEEPSEEK_API_BASE",
                      ""),
        .key_required = true,
        .lacks =
            LLMC__FIELD_TOP_K | LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_N | LLMC__FIELD_PARALLEL_TOOLS | IMAGES | FILES,
        .quirks = LLMC__QUIRK_MAX_TOKENS_OLD,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.x.ai/docs/api-reference; total_tokens of recorded answers is prompt + completion + reasoning. */
        .name = WORDS("xai", "", "openai", "https://api.x.ai/v1", "XAI_API_KEY", "", "XAI_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .quirks = LLMC__QUIRK_REASONING_OUTSIDE,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.together.ai/docs/openai-api-compatibility */
        .name = WORDS("together_ai", "together", "openai", "https://api.together.xyz/v1", "TOGETHER_API_KEY",
                      "TOGETHERAI_API_KEY", "TOGETHER_AI_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
    },
    {
        /* https://docs.fireworks.ai/tools-sdks/openai-compatibility */
        .name = WORDS("fireworks_ai", "fireworks", "openai", "https://api.fireworks.ai/inference/v1",
                      "FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKS_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
    },
    {
        /* https://openrouter.ai/docs/api-reference/overview: what a model does not take is left out there. */
        .name = WORDS("openrouter", "", "openai", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "",
                      "OPENROUTER_API_BASE", ""),
        .key_required = true,
    },
    {
        /* https://docs.perplexity.ai/api-reference/chat-completions-post: its path has no /v1; no tools; streams have
         * no [DONE] in any recording. The models it lists are those of another API, at /router/v1. */
        .name = WORDS("perplexity", "", "openai", "https://api.perplexity.ai", "PERPLEXITYAI_API_KEY",
                      "PERPLEXITY_API_KEY", "PERPLEXITY_API_BASE", ""),
        .key_required = true,
        .lacks = TOOLS | LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | LLMC__FIELD_SEED | FILES,
        .quirks = LLMC__QUIRK_NO_DONE | LLMC__QUIRK_MAX_TOKENS_OLD,
        .lacks_operations = RERANK | MODELS,
    },
    {
        /* https://inference-docs.cerebras.ai/resources/openai: the two penalties are an error 400. */
        .name = WORDS("cerebras", "", "openai", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "",
                      "CEREBRAS_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY | LLMC__FIELD_PRESENCE_PENALTY | IMAGES | FILES,
        .quirks = LLMC__QUIRK_MAX_TOKENS_NEW,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.api.nvidia.com/nim/reference/llm-apis */
        .name = WORDS("nvidia_nim", "nvidia", "openai", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY",
                      "NVIDIA_API_KEY", "NVIDIA_NIM_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://huggingface.co/docs/inference-providers: the router chooses who serves a model. */
        .name = WORDS("huggingface", "", "openai", "https://router.huggingface.co/v1", "HF_TOKEN",
                      "HUGGINGFACE_API_KEY", "HUGGINGFACE_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.sambanova.ai/cloud/docs/capabilities/openai-compatibility */
        .name = WORDS("sambanova", "", "openai", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY", "",
                      "SAMBANOVA_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://deepinfra.com/docs/openai_api */
        .name = WORDS("deepinfra", "", "openai", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY",
                      "DEEPINFRA_TOKEN", "DEEPINFRA_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://platform.moonshot.ai/docs/api/chat */
        .name = WORDS("moonshot", "", "openai", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY", "",
                      "MOONSHOT_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.z.ai/api-reference/llm/chat-completion; in China https://open.bigmodel.cn/api/paas/v4 */
        .name = WORDS("zhipu", "zai", "openai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY", "ZHIPUAI_API_KEY",
                      "ZAI_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* Alibaba Cloud Model Studio; in China https://dashscope.aliyuncs.com/compatible-mode/v1 */
        .name = WORDS("dashscope", "", "openai", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                      "DASHSCOPE_API_KEY", "", "DASHSCOPE_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.github.com/en/rest/models/inference; the catalogue has an address of its own. */
        .name = WORDS("github", "", "openai", "https://models.github.ai/inference", "GITHUB_API_KEY", "GITHUB_TOKEN",
                      "GITHUB_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .lacks_operations = RERANK | MODELS,
    },
    /* Vendors of embeddings and rankings, whose errors and embeddings are of OpenAI's form. */
    {
        /* https://docs.voyageai.com/reference/embeddings-api */
        .name =
            WORDS("voyage", "", "openai", "https://api.voyageai.com/v1", "VOYAGE_API_KEY", "", "VOYAGE_API_BASE", ""),
        .key_required = true,
        .lacks_operations = CHAT | MODELS,
    },
    {
        /* https://api.jina.ai/redoc */
        .name = WORDS("jina_ai", "jina", "openai", "https://api.jina.ai/v1", "JINA_AI_API_KEY", "JINA_API_KEY",
                      "JINA_AI_API_BASE", ""),
        .key_required = true,
        .lacks_operations = CHAT | MODELS,
    },
    {
        /* https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
        .name = WORDS("hosted_vllm", "vllm", "openai", "http://localhost:8000/v1", "HOSTED_VLLM_API_KEY", "",
                      "HOSTED_VLLM_API_BASE", ""),
        .lacks = FILES,
    },
    {
        /* https://github.com/ggml-org/llama.cpp/tree/master/tools/server */
        .name = WORDS("llamacpp", "", "openai", "http://localhost:8080/v1", "LLAMACPP_API_KEY", "", "LLAMACPP_API_BASE",
                      ""),
        .lacks = FILES,
    },
    {
        /* https://lmstudio.ai/docs/app/api/endpoints/openai */
        .name = WORDS("lm_studio", "lmstudio", "openai", "http://localhost:1234/v1", "LM_STUDIO_API_KEY", "",
                      "LM_STUDIO_API_BASE", ""),
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
};

const llmc__provider *llmc__provider_adapter(const char *name) {
    for (size_t i = 0; i < sizeof adapters / sizeof adapters[0]; i++)
        if (strcmp(adapters[i]->name, name) == 0)
            return adapters[i];
    return NULL;
}

const llmc__provider_row *llmc__provider_row_at(size_t index) {
    return index < sizeof rows / sizeof rows[0] ? &rows[index] : NULL;
}

const char *llmc__provider_row_word(const llmc__provider_row *row, llmc__row_word which) {
    const char *word = row->name;
    for (unsigned i = 0; i < (unsigned)which; i++)
        word += strlen(word) + 1;
    return *word != '\0' ? word : NULL;
}

const llmc__provider_row *llmc__provider_row_find(const char *name) {
    for (size_t i = 0; llmc__provider_row_at(i) != NULL; i++) {
        const char *alias = llmc__provider_row_word(&rows[i], LLMC__ROW_ALIAS);
        if (strcmp(rows[i].name, name) == 0 || (alias != NULL && strcmp(alias, name) == 0))
            return &rows[i];
    }
    return NULL;
}
