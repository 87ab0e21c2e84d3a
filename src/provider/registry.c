/* Which providers there are. A vendor that speaks the OpenAI API is one more row here and no code. */
#include <stdio.h>
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

/*
 * By llmc__row_word; an empty one is none. An address without a scheme is one of https. "*" is the variable that is
 * named after the provider: GROQ_API_KEY, GROQ_API_BASE. The adapter that is not named is that of openai.
 */
#define WORDS_AND_ACCOUNT(name, alias, adapter, base_url, key, key_too, url, url_too, org, project)                    \
    name "\0" alias "\0" adapter "\0" base_url "\0" key "\0" key_too "\0" url "\0" url_too "\0" org "\0" project
#define WORDS(name, alias, adapter, base_url, key, key_too, url, url_too)                                              \
    WORDS_AND_ACCOUNT(name, alias, adapter, base_url, key, key_too, url, url_too, "", "")
#define VENDOR(name, alias, base_url, key, key_too) WORDS(name, alias, "", base_url, key, key_too, "*", "")

static const llmc__provider_row rows[] = {
    {
        .name = WORDS_AND_ACCOUNT("openai", "", "openai", "api.openai.com/v1", "*", "", "OPENAI_BASE_URL", "",
                                  "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K,
        .lacks_operations = RERANK,
    },
    {
        .name = WORDS_AND_ACCOUNT("openai-responses", "", "openai-responses", "api.openai.com/v1", "OPENAI_API_KEY", "",
                                  "OPENAI_BASE_URL", "", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"),
        .key_required = true,
    },
    {
        /* https://docs.cohere.com/reference/about; CO_API_KEY is the variable of Cohere's own SDKs. */
        .name = WORDS("cohere", "cohere_chat", "cohere", "api.cohere.com/v2", "*", "CO_API_KEY", "*", ""),
        .key_required = true,
    },
    {
        /* https://docs.mistral.ai/api */
        .name = WORDS("mistral", "", "mistral", "api.mistral.ai/v1", "*", "", "*", ""),
        .key_required = true,
    },
    {
        /* https://docs.ollama.com/api/introduction; a key is for ollama.com only. */
        .name = WORDS("ollama", "ollama_chat", "ollama", "http://localhost:11434", "*", "", "*", "OLLAMA_HOST"),
    },
    {
        /* https://ai.google.dev/gemini-api/docs/api-key names both variables. */
        .name = WORDS("gemini", "", "gemini", "generativelanguage.googleapis.com/v1beta", "*", "GOOGLE_API_KEY",
                      "GEMINI_BASE_URL", "GEMINI_API_BASE"),
        .key_required = true,
    },
    {
        /* The adapter puts region and version into the address; see vertex.c. The key is a token of OAuth. */
        .name = WORDS_AND_ACCOUNT("vertex_ai", "vertex", "vertex", "aiplatform.googleapis.com",
                                  "GOOGLE_OAUTH_ACCESS_TOKEN", "VERTEX_ACCESS_TOKEN", "GOOGLE_VERTEX_BASE_URL",
                                  "VERTEXAI_API_BASE", "", "GOOGLE_CLOUD_PROJECT"),
        .key_required = true,
    },
    {
        .name = WORDS("anthropic", "", "anthropic", "api.anthropic.com/v1", "*", "", "ANTHROPIC_BASE_URL", ""),
        .key_required = true,
    },
    {
        /* The key is a bearer token; without one requests are signed with the target's AWS credentials. */
        .name = WORDS("bedrock", "", "bedrock", "bedrock-runtime.{region}.amazonaws.com", "AWS_BEARER_TOKEN_BEDROCK",
                      "", "AWS_BEDROCK_RUNTIME_ENDPOINT", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
    },
    {
        /* The address names the user's resource, so that none of it is known before; see azure.c. */
        .name = WORDS("azure", "azure_openai", "azure", "{resource}.openai.azure.com", "*", "AZURE_OPENAI_API_KEY", "*",
                      "AZURE_OPENAI_ENDPOINT"),
        .key_required = true,
    },
    {
        .name = WORDS("azure_ai", "", "azure_ai", "{resource}.services.ai.azure.com", "*", "", "*", ""),
        .key_required = true,
    },
    /*
     * Vendors of OpenAI's chat completions API. Names, variables and addresses are LiteLLM's
     * (https://docs.litellm.ai/docs/providers, read 2026-11) unless the vendor's own page says otherwise; `lacks` has
     * only what the vendor documents as refused or not taken.
     */
    {
        /* https://console.groq.com/docs/openai: logprobs, and n other than 1, are an error 400. */
        .name = VENDOR("groq", "", "api.groq.com/openai/v1", "*", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_LOGPROBS | LLMC__FIELD_N | LLMC__FIELD_METADATA | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://api-docs.deepseek.com/api/create-chat-completion: text only, response_format text or json_object. */
        .name = VENDOR("deepseek", "", "api.deepseek.com", "*", ""),
        .key_required = true,
        .lacks =
            LLMC__FIELD_TOP_K | LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_N | LLMC__FIELD_PARALLEL_TOOLS | IMAGES | FILES,
        .quirks = LLMC__QUIRK_MAX_TOKENS_OLD,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.x.ai/docs/api-reference; total_tokens of recorded answers is prompt + completion + reasoning. */
        .name = VENDOR("xai", "", "api.x.ai/v1", "*", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .quirks = LLMC__QUIRK_REASONING_OUTSIDE,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.together.ai/docs/openai-api-compatibility */
        .name = VENDOR("together_ai", "together", "api.together.xyz/v1", "TOGETHER_API_KEY", "TOGETHERAI_API_KEY"),
        .key_required = true,
        .lacks = FILES,
    },
    {
        /* https://docs.fireworks.ai/tools-sdks/openai-compatibility */
        .name = WORDS("fireworks_ai", "fireworks", "", "api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY",
                      "FIREWORKS_AI_API_KEY", "FIREWORKS_API_BASE", ""),
        .key_required = true,
        .lacks = FILES,
    },
    {
        /* https://openrouter.ai/docs/api-reference/overview: what a model does not take is left out there. */
        .name = VENDOR("openrouter", "", "openrouter.ai/api/v1", "*", ""),
        .key_required = true,
    },
    {
        /* https://docs.perplexity.ai/api-reference/chat-completions-post: its path has no /v1; no tools; streams have
         * no [DONE] in any recording. The models it lists are those of another API, at /router/v1. */
        .name = VENDOR("perplexity", "", "api.perplexity.ai", "PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        .key_required = true,
        .lacks = TOOLS | LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | LLMC__FIELD_SEED | FILES,
        .quirks = LLMC__QUIRK_NO_DONE | LLMC__QUIRK_MAX_TOKENS_OLD,
        .lacks_operations = RERANK | MODELS,
    },
    {
        /* https://inference-docs.cerebras.ai/resources/openai: the two penalties are an error 400. */
        .name = VENDOR("cerebras", "", "api.cerebras.ai/v1", "*", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY | LLMC__FIELD_PRESENCE_PENALTY | IMAGES | FILES,
        .quirks = LLMC__QUIRK_MAX_TOKENS_NEW,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.api.nvidia.com/nim/reference/llm-apis */
        .name = VENDOR("nvidia_nim", "nvidia", "integrate.api.nvidia.com/v1", "*", "NVIDIA_API_KEY"),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://huggingface.co/docs/inference-providers: the router chooses who serves a model. */
        .name = VENDOR("huggingface", "", "router.huggingface.co/v1", "HF_TOKEN", "HUGGINGFACE_API_KEY"),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.sambanova.ai/cloud/docs/capabilities/openai-compatibility */
        .name = VENDOR("sambanova", "", "api.sambanova.ai/v1", "*", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://deepinfra.com/docs/openai_api */
        .name = VENDOR("deepinfra", "", "api.deepinfra.com/v1/openai", "*", "DEEPINFRA_TOKEN"),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://platform.moonshot.ai/docs/api/chat */
        .name = VENDOR("moonshot", "", "api.moonshot.ai/v1", "*", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.z.ai/api-reference/llm/chat-completion; in China https://open.bigmodel.cn/api/paas/v4 */
        .name = WORDS("zhipu", "zai", "", "api.z.ai/api/paas/v4", "ZAI_API_KEY", "ZHIPUAI_API_KEY", "ZAI_API_BASE", ""),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | LLMC__FIELD_N | LLMC__FIELD_LOGPROBS | FILES,
        .lacks_operations = RERANK,
    },
    {
        /* Alibaba Cloud Model Studio; in China https://dashscope.aliyuncs.com/compatible-mode/v1 */
        .name = VENDOR("dashscope", "", "dashscope-intl.aliyuncs.com/compatible-mode/v1", "*", ""),
        .key_required = true,
        .lacks = FILES,
        .lacks_operations = RERANK,
    },
    {
        /* https://docs.github.com/en/rest/models/inference; the catalogue has an address of its own. */
        .name = VENDOR("github", "", "models.github.ai/inference", "*", "GITHUB_TOKEN"),
        .key_required = true,
        .lacks = LLMC__FIELD_TOP_K | FILES,
        .lacks_operations = RERANK | MODELS,
    },
    /* Vendors of embeddings and rankings, whose errors and embeddings are of OpenAI's form. */
    {
        /* https://docs.voyageai.com/reference/embeddings-api */
        .name = VENDOR("voyage", "", "api.voyageai.com/v1", "*", ""),
        .key_required = true,
        .lacks_operations = CHAT | MODELS,
    },
    {
        /* https://api.jina.ai/redoc */
        .name = VENDOR("jina_ai", "jina", "api.jina.ai/v1", "*", "JINA_API_KEY"),
        .key_required = true,
        .lacks_operations = CHAT | MODELS,
    },
    {
        /* https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
        .name = VENDOR("hosted_vllm", "vllm", "http://localhost:8000/v1", "*", ""),
        .lacks = FILES,
    },
    {
        /* https://github.com/ggml-org/llama.cpp/tree/master/tools/server */
        .name = VENDOR("llamacpp", "", "http://localhost:8080/v1", "*", ""),
        .lacks = FILES,
    },
    {
        /* https://lmstudio.ai/docs/app/api/endpoints/openai */
        .name = VENDOR("lm_studio", "lmstudio", "http://localhost:1234/v1", "*", ""),
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

const char *llmc__provider_row_word(const llmc__provider_row *row, llmc__row_word which, llmc__row_text text) {
    const char *word = row->name;
    for (unsigned i = 0; i < (unsigned)which; i++)
        word += strlen(word) + 1;
    if (which == LLMC__ROW_BASE_URL && strstr(word, "://") == NULL) {
        (void)snprintf(text, sizeof(llmc__row_text), "https://%s", word);
        return text;
    }
    if (which == LLMC__ROW_ADAPTER && *word == '\0')
        return "openai";
    if (*word != '*')
        return *word != '\0' ? word : NULL;
    (void)snprintf(text, sizeof(llmc__row_text), "%s_API_%s", row->name,
                   which == LLMC__ROW_KEY_VARIABLE ? "KEY" : "BASE");
    for (char *c = text; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return text;
}

const llmc__provider_row *llmc__provider_row_find(const char *name) {
    for (size_t i = 0; llmc__provider_row_at(i) != NULL; i++) {
        const char *alias = rows[i].name + strlen(rows[i].name) + 1;
        if (strcmp(rows[i].name, name) == 0 || (*alias != '\0' && strcmp(alias, name) == 0))
            return &rows[i];
    }
    return NULL;
}
