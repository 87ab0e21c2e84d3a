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

static const llmc__provider_row rows[] = {
    {
        .name = "openai",
        .adapter = "openai",
        .base_url = "https://api.openai.com/v1",
        .key_variable = "OPENAI_API_KEY",
        .url_variable = "OPENAI_BASE_URL",
        .org_variable = "OPENAI_ORG_ID",
        .project_variable = "OPENAI_PROJECT_ID",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K,
        .lacks_operations = RERANK,
    },
    {
        .name = "openai-responses",
        .adapter = "openai-responses",
        .base_url = "https://api.openai.com/v1",
        .key_variable = "OPENAI_API_KEY",
        .url_variable = "OPENAI_BASE_URL",
        .org_variable = "OPENAI_ORG_ID",
        .project_variable = "OPENAI_PROJECT_ID",
        .key_required = true,
    },
    {
        /* https://docs.cohere.com/reference/about; CO_API_KEY is the variable of Cohere's own SDKs. */
        .name = "cohere",
        .alias = "cohere_chat",
        .adapter = "cohere",
        .base_url = "https://api.cohere.com/v2",
        .key_variable = "COHERE_API_KEY",
        .url_variable = "COHERE_API_BASE",
        .key_variable_too = "CO_API_KEY",
        .key_required = true,
    },
    {
        /* https://docs.mistral.ai/api */
        .name = "mistral",
        .adapter = "mistral",
        .base_url = "https://api.mistral.ai/v1",
        .key_variable = "MISTRAL_API_KEY",
        .url_variable = "MISTRAL_API_BASE",
        .key_required = true,
    },
    {
        /* https://docs.ollama.com/api/introduction; a key is for ollama.com only. */
        .name = "ollama",
        .alias = "ollama_chat",
        .adapter = "ollama",
        .base_url = "http://localhost:11434",
        .key_variable = "OLLAMA_API_KEY",
        .url_variable = "OLLAMA_API_BASE",
        .url_variable_too = "OLLAMA_HOST",
    },
    {
        /* https://ai.google.dev/gemini-api/docs/api-key names both variables. */
        .name = "gemini",
        .adapter = "gemini",
        .base_url = "https://generativelanguage.googleapis.com/v1beta",
        .key_variable = "GEMINI_API_KEY",
        .key_variable_too = "GOOGLE_API_KEY",
        .url_variable = "GEMINI_BASE_URL",
        .url_variable_too = "GEMINI_API_BASE",
        .key_required = true,
    },
    {
        /* The adapter puts region and version into the address; see vertex.c. The key is a token of OAuth. */
        .name = "vertex_ai",
        .alias = "vertex",
        .adapter = "vertex",
        .base_url = "https://aiplatform.googleapis.com",
        .key_variable = "GOOGLE_OAUTH_ACCESS_TOKEN",
        .key_variable_too = "VERTEX_ACCESS_TOKEN",
        .url_variable = "GOOGLE_VERTEX_BASE_URL",
        .url_variable_too = "VERTEXAI_API_BASE",
        .project_variable = "GOOGLE_CLOUD_PROJECT",
        .key_required = true,
    },
    {
        .name = "anthropic",
        .adapter = "anthropic",
        .base_url = "https://api.anthropic.com/v1",
        .key_variable = "ANTHROPIC_API_KEY",
        .url_variable = "ANTHROPIC_BASE_URL",
        .key_required = true,
    },
    {
        /* The key is a bearer token; without one requests are signed with the target's AWS credentials. */
        .name = "bedrock",
        .adapter = "bedrock",
        .base_url = "https://bedrock-runtime.{region}.amazonaws.com",
        .key_variable = "AWS_BEARER_TOKEN_BEDROCK",
        .url_variable = "AWS_BEDROCK_RUNTIME_ENDPOINT",
        .url_variable_too = "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
    },
    {
        /* The address names the user's resource, so that none of it is known before; see azure.c. */
        .name = "azure",
        .alias = "azure_openai",
        .adapter = "azure",
        .base_url = "https://{resource}.openai.azure.com",
        .key_variable = "AZURE_API_KEY",
        .key_variable_too = "AZURE_OPENAI_API_KEY",
        .url_variable = "AZURE_API_BASE",
        .url_variable_too = "AZURE_OPENAI_ENDPOINT",
        .key_required = true,
    },
    {
        .name = "azure_ai",
        .adapter = "azure_ai",
        .base_url = "https://{resource}.services.ai.azure.com",
        .key_variable = "AZURE_AI_API_KEY",
        .url_variable = "AZURE_AI_API_BASE",
        .key_required = true,
    },
    /*
     * Vendors of OpenAI's chat completions API. Names, variables and addresses are LiteLLM's
     * (https://docs.litellm.ai/docs/providers, read 2026-11) unless the vendor's own page says otherwise; `lacks` has
     * only what the vendor documents as refused or not taken.
     */
    {
        /* https://console.groq.com/docs/openai: logprobs, and n other than 1, are an error 400. */
        .name = "groq",
        .adapter = "openai",
        .base_url = "https://api.groq.com/openai/v1",
        .key_variable = "GROQ_API_KEY",
        .url_variable = "GROQ_API_BASE",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_LOGPROBS | LLMC__FIELD_N | LLMC__FIELD_METADATA | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://api-docs.deepseek.com/api/create-chat-completion: text only, response_format text or json_object. */
        .name = "deepseek",
        .adapter = "openai",
        .base_url = "https://api.deepseek.com",
        .key_variable = "DEEPSEEK_API_KEY",
        .url_variable = "DEEPSEEK_API_BASE",
        .key_required = true,
        .lacks =
            LLMC__FIELD_TOP_K | LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_N | LLMC__FIELD_PARALLEL_TOOLS | IMAGES | FILES,
        .quirks = LLMC__QUIRK_MAX_TOKENS_OLD,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.x.ai/docs/api-reference; total_tokens of recorded answers is prompt + completion + reasoning. */
        .name = "xai",
        .adapter = "openai",
        .base_url = "https://api.x.ai/v1",
        .key_variable = "XAI_API_KEY",
        .url_variable = "XAI_API_BASE",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .quirks = LLMC__QUIRK_REASONING_OUTSIDE,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.together.ai/docs/openai-api-compatibility */
        .name = "together_ai",
        .alias = "together",
        .adapter = "openai",
        .base_url = "https://api.together.xyz/v1",
        .key_variable = "TOGETHER_API_KEY",
        .key_variable_too = "TOGETHERAI_API_KEY",
        .url_variable = "TOGETHER_AI_API_BASE",
        .key_required = true,
        .lacks = FILES,
    },
    {
        /* https://docs.fireworks.ai/tools-sdks/openai-compatibility */
        .name = "fireworks_ai",
        .alias = "fireworks",
        .adapter = "openai",
        .base_url = "https://api.fireworks.ai/inference/v1",
        .key_variable = "FIREWORKS_API_KEY",
        .key_variable_too = "FIREWORKS_AI_API_KEY",
        .url_variable = "FIREWORKS_API_BASE",
        .key_required = true,
        .lacks = FILES,
    },
    {
        /* https://openrouter.ai/docs/api-reference/overview: what a model does not take is left out there. */
        .name = "openrouter",
        .adapter = "openai",
        .base_url = "https://openrouter.ai/api/v1",
        .key_variable = "OPENROUTER_API_KEY",
        .url_variable = "OPENROUTER_API_BASE",
        .key_required = true,
    },
    {
        /* https://docs.perplexity.ai/api-reference/chat-completions-post: its path has no /v1; no tools; streams have
         * no [DONE] in any recording. The models it lists are those of another API, at /router/v1. */
        .name = "perplexity",
        .adapter = "openai",
        .base_url = "https://api.perplexity.ai",
        .key_variable = "PERPLEXITYAI_API_KEY",
        .key_variable_too = "PERPLEXITY_API_KEY",
        .url_variable = "PERPLEXITY_API_BASE",
        .key_required = true,
        .lacks = TOOLS | LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | LLMC__FIELD_SEED | FILES,
        .quirks = LLMC__QUIRK_NO_DONE | LLMC__QUIRK_MAX_TOKENS_OLD,
        .lacks_operations = RERANK | MODELS,
    },
    {
        /* https://inference-docs.cerebras.ai/resources/openai: the two penalties are an error 400. */
        .name = "cerebras",
        .adapter = "openai",
        .base_url = "https://api.cerebras.ai/v1",
        .key_variable = "CEREBRAS_API_KEY",
        .url_variable = "CEREBRAS_API_BASE",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY | LLMC__FIELD_PRESENCE_PENALTY | IMAGES | FILES,
        .quirks = LLMC__QUIRK_MAX_TOKENS_NEW,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.api.nvidia.com/nim/reference/llm-apis */
        .name = "nvidia_nim",
        .alias = "nvidia",
        .adapter = "openai",
        .base_url = "https://integrate.api.nvidia.com/v1",
        .key_variable = "NVIDIA_NIM_API_KEY",
        .key_variable_too = "NVIDIA_API_KEY",
        .url_variable = "NVIDIA_NIM_API_BASE",
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://huggingface.co/docs/inference-providers: the router chooses who serves a model. */
        .name = "huggingface",
        .adapter = "openai",
        .base_url = "https://router.huggingface.co/v1",
        .key_variable = "HF_TOKEN",
        .key_variable_too = "HUGGINGFACE_API_KEY",
        .url_variable = "HUGGINGFACE_API_BASE",
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.sambanova.ai/cloud/docs/capabilities/openai-compatibility */
        .name = "sambanova",
        .adapter = "openai",
        .base_url = "https://api.sambanova.ai/v1",
        .key_variable = "SAMBANOVA_API_KEY",
        .url_variable = "SAMBANOVA_API_BASE",
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://deepinfra.com/docs/openai_api */
        .name = "deepinfra",
        .adapter = "openai",
        .base_url = "https://api.deepinfra.com/v1/openai",
        .key_variable = "DEEPINFRA_API_KEY",
        .key_variable_too = "DEEPINFRA_TOKEN",
        .url_variable = "DEEPINFRA_API_BASE",
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://platform.moonshot.ai/docs/api/chat */
        .name = "moonshot",
        .adapter = "openai",
        .base_url = "https://api.moonshot.ai/v1",
        .key_variable = "MOONSHOT_API_KEY",
        .url_variable = "MOONSHOT_API_BASE",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.z.ai/api-reference/llm/chat-completion; in China https://open.bigmodel.cn/api/paas/v4 */
        .name = "zhipu",
        .alias = "zai",
        .adapter = "openai",
        .base_url = "https://api.z.ai/api/paas/v4",
        .key_variable = "ZAI_API_KEY",
        .key_variable_too = "ZHIPUAI_API_KEY",
        .url_variable = "ZAI_API_BASE",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* Alibaba Cloud Model Studio; in China https://dashscope.aliyuncs.com/compatible-mode/v1 */
        .name = "dashscope",
        .adapter = "openai",
        .base_url = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        .key_variable = "DASHSCOPE_API_KEY",
        .url_variable = "DASHSCOPE_API_BASE",
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.github.com/en/rest/models/inference; the catalogue has an address of its own. */
        .name = "github",
        .adapter = "openai",
        .base_url = "https://models.github.ai/inference",
        .key_variable = "GITHUB_API_KEY",
        .key_variable_too = "GITHUB_TOKEN",
        .url_variable = "GITHUB_API_BASE",
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .lacks_operations = RERANK | MODELS,
    },
    /* Vendors of embeddings and rankings, whose errors and embeddings are of OpenAI's form. */
    {
        /* https://docs.voyageai.com/reference/embeddings-api */
        .name = "voyage",
        .adapter = "openai",
        .base_url = "https://api.voyageai.com/v1",
        .key_variable = "VOYAGE_API_KEY",
        .url_variable = "VOYAGE_API_BASE",
        .key_required = true,
        .lacks_operations = CHAT | MODELS,
    },
    {
        /* https://api.jina.ai/redoc */
        .name = "jina_ai",
        .alias = "jina",
        .adapter = "openai",
        .base_url = "https://api.jina.ai/v1",
        .key_variable = "JINA_AI_API_KEY",
        .key_variable_too = "JINA_API_KEY",
        .url_variable = "JINA_AI_API_BASE",
        .key_required = true,
        .lacks_operations = CHAT | MODELS,
    },
    {
        /* https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
        .name = "hosted_vllm",
        .alias = "vllm",
        .adapter = "openai",
        .base_url = "http://localhost:8000/v1",
        .key_variable = "HOSTED_VLLM_API_KEY",
        .url_variable = "HOSTED_VLLM_API_BASE",
        .lacks = FILES,
    },
    {
        /* https://github.com/ggml-org/llama.cpp/tree/master/tools/server */
        .name = "llamacpp",
        .adapter = "openai",
        .base_url = "http://localhost:8080/v1",
        .key_variable = "LLAMACPP_API_KEY",
        .url_variable = "LLAMACPP_API_BASE",
        .lacks = FILES,
    },
    {
        /* https://lmstudio.ai/docs/app/api/endpoints/openai */
        .name = "lm_studio",
        .alias = "lmstudio",
        .adapter = "openai",
        .base_url = "http://localhost:1234/v1",
        .key_variable = "LM_STUDIO_API_KEY",
        .url_variable = "LM_STUDIO_API_BASE",
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

const llmc__provider_row *llmc__provider_row_find(const char *name) {
    for (size_t i = 0; llmc__provider_row_at(i) != NULL; i++)
        if (strcmp(rows[i].name, name) == 0 || (rows[i].alias != NULL && strcmp(rows[i].alias, name) == 0))
            return &rows[i];
    return NULL;
}
