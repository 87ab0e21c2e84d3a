#include "support_providers.h"

static const struct {
    const char *name, *path; /* behind the origin */
} places[] = {
    {"openai", "/v1"},         {"mistral", "/v1"},     {"anthropic", "/v1"},   {"gemini", "/v1beta"},
    {"cohere", "/v2"},         {"ollama", ""},         {"bedrock", ""},        {"azure", "/openai/v1"},
    {"azure_ai", "/models"},   {"vertex_ai", "/v1"},   {"together_ai", "/v1"}, {"fireworks_ai", "/inference/v1"},
    {"openrouter", "/api/v1"}, {"hosted_vllm", "/v1"}, {"llamacpp", "/v1"},    {"groq", "/openai/v1"},
    {"perplexity", ""},        {"voyage", "/v1"},      {"jina_ai", "/v1"},
};

static const char *path_of(const char *name) {
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(places[i].name, name) == 0)
            return places[i].path;
    fail_msg("where is %s?", name);
    return "";
}

void providers_point(flow *f, const char *const *names) {
    char url[96];
    for (; *names != NULL; names++) {
        llmc_provider_options provider;
        snprintf(url, sizeof url, "http://127.0.0.1:%d%s", llmc_mock_port(f->mock), path_of(*names));
        provider = flow_provider(url);
        provider.project = "flow-project";
        provider.region = "eu-west-1";
        if (llmc_client_set_provider(f->client, *names, &provider) != LLMC_OK)
            fail_msg("%s: %s", *names, llmc_last_error_message());
    }
}
