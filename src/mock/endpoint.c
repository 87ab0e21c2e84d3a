#include "mock/endpoint.h"

#include <string.h>

/* The first that fits serves: where one path ends as another's does, the longer stands first. */
static const llmc__mock_endpoint endpoints[] = {
    {"POST", "/deployments/", "/embeddings", &llmc__mock_speak_azure, llmc__mock_embed_openai},
    {"POST", NULL, "/embeddings", &llmc__mock_speak_openai, llmc__mock_embed_openai},
    {"POST", NULL, "/api/embed", &llmc__mock_speak_ollama, llmc__mock_embed_ollama},
    {"POST", NULL, "/embed", &llmc__mock_speak_cohere, llmc__mock_embed_cohere},
    {"POST", NULL, ":embedContent", &llmc__mock_speak_gemini, llmc__mock_embed_gemini},
    {"POST", NULL, ":batchEmbedContents", &llmc__mock_speak_gemini, llmc__mock_embed_gemini_batch},
    {"POST", NULL, ":predict", &llmc__mock_speak_gemini, llmc__mock_embed_vertex},
    {"POST", NULL, "/messages/count_tokens", &llmc__mock_speak_anthropic, llmc__mock_count_anthropic},
    {"POST", NULL, "/count-tokens:rawPredict", &llmc__mock_speak_anthropic, llmc__mock_count_anthropic},
    {"POST", NULL, ":countTokens", &llmc__mock_speak_gemini, llmc__mock_count_gemini},
    {"POST", "/v2/", "/rerank", &llmc__mock_speak_cohere, llmc__mock_rerank_cohere},
    {"POST", NULL, "/rerank", &llmc__mock_speak_openai, llmc__mock_rerank_openai},
    {"POST", ".rerank", "/invoke", &llmc__mock_speak_bedrock, llmc__mock_rerank_bedrock},
    {"POST", "titan-embed", "/invoke", &llmc__mock_speak_bedrock, llmc__mock_embed_titan},
    {"POST", "cohere.embed", "/invoke", &llmc__mock_speak_bedrock, llmc__mock_embed_bedrock_cohere},
    {"POST", NULL, "/messages/batches", &llmc__mock_speak_anthropic, llmc__mock_jobs_create},
    {"POST", "/messages/batches/", "/cancel", &llmc__mock_speak_anthropic, llmc__mock_jobs_cancel},
    {"GET", "/messages/batches/", "/results", &llmc__mock_speak_anthropic, llmc__mock_jobs_results},
    {"GET", "/messages/batches/", NULL, &llmc__mock_speak_anthropic, llmc__mock_jobs_look},
    {"POST", NULL, "/files", &llmc__mock_speak_openai, llmc__mock_jobs_upload},
    {"GET", "/files/", "/content", &llmc__mock_speak_openai, llmc__mock_jobs_results},
    {"POST", NULL, "/batches", &llmc__mock_speak_openai, llmc__mock_jobs_create},
    {"POST", "/batches/", "/cancel", &llmc__mock_speak_openai, llmc__mock_jobs_cancel},
    {"GET", "/batches/", NULL, &llmc__mock_speak_openai, llmc__mock_jobs_look},
};

static bool has_inside(llmc__mock_span path, const char *part) {
    return part == NULL || memmem(path.data, path.len, part, strlen(part)) != NULL;
}

static bool ends_with(llmc__mock_span path, const char *end) {
    size_t len = end != NULL ? strlen(end) : 0;
    return len == 0 || (path.len >= len && memcmp(path.data + path.len - len, end, len) == 0);
}

const llmc__mock_endpoint *llmc__mock_endpoint_of(llmc__mock_span method, llmc__mock_span path) {
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++) {
        const llmc__mock_endpoint *e = &endpoints[i];
        if (method.len == strlen(e->method) && memcmp(method.data, e->method, method.len) == 0 &&
            has_inside(path, e->inside) && ends_with(path, e->suffix)) {
            return e;
        }
    }
    return NULL;
}
