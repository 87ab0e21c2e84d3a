/* One conversation with every provider, against the mock; see support_roundtrip.h. */
#include "support_roundtrip.h"

static const roundtrip trips[] = {
    {
        .provider = "openai",
        .model = "openai/flow-1",
        .plain_path = "/chat/completions",
        .stream_path = "/chat/completions",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "openai-responses",
        .model = "openai-responses/flow-1",
        .plain_path = "/responses",
        .stream_path = "/responses",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "azure",
        .model = "azure/flow-1",
        .api_version = "2024-10-21",
        .plain_path = "/openai/deployments/flow-1/chat/completions?api-version=2024-10-21",
        .stream_path = "/openai/deployments/flow-1/chat/completions?api-version=2024-10-21",
        .auth_header = "api-key",
        .auth = FLOW_KEY,
    },
    {
        .provider = "anthropic",
        .model = "anthropic/claude-flow",
        .plain_path = "/messages",
        .stream_path = "/messages",
        .auth_header = "x-api-key",
        .auth = FLOW_KEY,
    },
    {
        .provider = "gemini",
        .model = "gemini/gemini-3-flow",
        .plain_path = "/models/gemini-3-flow:generateContent",
        .stream_path = "/models/gemini-3-flow:streamGenerateContent?alt=sse",
        .auth_header = "x-goog-api-key",
        .auth = FLOW_KEY,
    },
    {
        .provider = "vertex_ai",
        .model = "vertex_ai/gemini-3-flow",
        .project = "p",
        .region = "europe-west4",
        .by_token = true,
        .plain_path = "/projects/p/locations/europe-west4/publishers/google/models/gemini-3-flow:generateContent",
        .stream_path =
            "/projects/p/locations/europe-west4/publishers/google/models/gemini-3-flow:streamGenerateContent?alt=sse",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "bedrock",
        .model = "bedrock/anthropic.flow-v1:0",
        .region = "us-east-1",
        .plain_path = "/model/anthropic.flow-v1%3A0/converse",
        .stream_path = "/model/anthropic.flow-v1%3A0/converse-stream",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "cohere",
        .model = "cohere/command-flow",
        .plain_path = "/chat",
        .stream_path = "/chat",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "mistral",
        .model = "mistral/mistral-flow",
        .plain_path = "/chat/completions",
        .stream_path = "/chat/completions",
        .extra_json = "{\"stream_options\":{\"include_usage\":true}}", /* the mock tells it from OpenAI by nothing */
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "ollama",
        .model = "ollama/llama-flow",
        .plain_path = "/api/chat",
        .stream_path = "/api/chat",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
    {
        .provider = "openrouter",
        .model = "openrouter/some/flow-1",
        .plain_path = "/chat/completions",
        .stream_path = "/chat/completions",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
    },
};

static void holds_the_conversation(void **state) {
    flow f;
    flow_open(&f, NULL);
    roundtrip_run(&f, *state);
    flow_close(&f);
}

int main(void) {
    struct CMUnitTest tests[sizeof trips / sizeof trips[0]];
    for (size_t i = 0; i < sizeof trips / sizeof trips[0]; i++) {
        tests[i] = (struct CMUnitTest)cmocka_unit_test_prestate(holds_the_conversation, (void *)&trips[i]);
        tests[i].name = trips[i].provider;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
