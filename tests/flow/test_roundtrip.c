/* One conversation with every provider, against the mock; see support_roundtrip.h. */
#include "support_roundtrip.h"

/* What the server must have got, in the bytes of each format. */
#define CHAT_ASKS                                                                                                      \
    {                                                                                                                  \
        "{\"role\":\"system\",\"content\":\"Be brief.\"}",                                                             \
            "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Which is "                                  \
            "\\\"warmer\\\"?\\n\xc3\xa9\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/"               \
            "png;base64,iVBORw==\"}}]}",                                                                               \
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"Looks "            \
            "outside.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"          \
            "\"required\":[\"city\"],\"additionalProperties\":false}}},",                                              \
            "{\"type\":\"function\",\"function\":{\"name\":\"clock\",\"parameters\":{\"type\":\"object\","             \
            "\"properties\":{}}}}]"                                                                                    \
    }
#define CHAT_RETURNS                                                                                                   \
    {                                                                                                                  \
        "{\"role\":\"assistant\",\"content\":\"Let me "                                                                \
        "look.\\n\xe2\x82\xac\",\"tool_calls\":[{\"id\":\"callA0001\",\"type\":\"function\",\"function\":{\"name\":"   \
        "\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Z\xc3\xbcrich "                                                 \
        "\\\\\\\"HB\\\\\\\"\\\",\\\"n\\\":[1,{\\\"a\\\":null}]}\"}},{\"id\":\"callB0002\",\"type\":\"function\","      \
        "\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}}]",                                                    \
            "{\"role\":\"tool\",\"tool_call_id\":\"callA0001\",\"content\":\"21 \xc2\xb0"                              \
            "C\"},{\"role\":\"tool\",\"tool_call_id\":\"callB0002\",\"content\":\"broken\"}]",                         \
            "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"verdict\",\"schema\":{"         \
            "\"type\":\"object\",\"properties\":{\"warmer\":{\"type\":\"string\"}},\"required\":[\"warmer\"],"         \
            "\"additionalProperties\":false},\"strict\":true}}"                                                        \
    }
#define OPENAI_RESPONSES_ASKS                                                                                          \
    {                                                                                                                  \
        "{\"type\":\"message\",\"role\":\"system\",\"content\":[{\"type\":\"input_text\",\"text\":\"Be brief.\"}]}",   \
            "{\"type\":\"message\",\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"Which is "       \
            "\\\"warmer\\\"?\\n\xc3\xa9\"},{\"type\":\"input_image\",\"image_url\":\"data:image/"                      \
            "png;base64,iVBORw==\"}]}",                                                                                \
            "\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"description\":\"Looks "                          \
            "outside.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"          \
            "\"required\":[\"city\"],\"additionalProperties\":false},"                                                 \
    }
#define OPENAI_RESPONSES_RETURNS                                                                                       \
    {                                                                                                                  \
        "\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"I must \\\"look\\\" "               \
        "outside.\"}]},",                                                                                              \
            "\"text\":\"Let me look.\\n\xe2\x82\xac\"}],\"role\":\"assistant\"},",                                     \
            "\"type\":\"function_call\",\"status\":\"completed\",\"arguments\":\"{\\\"city\\\":\\\"Z\xc3\xbcrich "     \
            "\\\\\\\"HB\\\\\\\"\\\",\\\"n\\\":[1,{\\\"a\\\":null}]}\",\"call_id\":\"callA0001\",\"name\":\"weather\"}" \
            ",",                                                                                                       \
            "\"arguments\":\"{}\",\"call_id\":\"callB0002\",\"name\":\"clock\"},{\"type\":\"function_call_output\","   \
            "\"call_id\":\"callA0001\",\"output\":\"21 \xc2\xb0"                                                       \
            "C\"},{\"type\":\"function_call_output\",\"call_id\":\"callB0002\",\"output\":\"broken\"}]",               \
            "\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"verdict\",\"schema\":{\"type\":\"object\","     \
            "\"properties\":{\"warmer\":{\"type\":\"string\"}},\"required\":[\"warmer\"],\"additionalProperties\":"    \
            "false},\"strict\":true}}"                                                                                 \
    }
#define ANTHROPIC_ASKS                                                                                                 \
    {                                                                                                                  \
        "\"system\":\"Be brief.\"",                                                                                    \
            "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Which is "                    \
            "\\\"warmer\\\"?\\n\xc3\xa9\"},{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"media_type\":"        \
            "\"image/png\",\"data\":\"iVBORw==\"}}]}]",                                                                \
            "\"tools\":[{\"name\":\"weather\",\"description\":\"Looks "                                                \
            "outside.\",\"input_schema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"        \
            "\"required\":[\"city\"],\"additionalProperties\":false}},"                                                \
    }
#define ANTHROPIC_RETURNS                                                                                              \
    {                                                                                                                  \
        "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"I must \\\"look\\\" "              \
        "outside.\",\"signature\":\"bW9jaw==\"},{\"type\":\"text\",\"text\":\"Let me "                                 \
        "look.\\n\xe2\x82\xac\"},{\"type\":\"tool_use\",\"id\":\"callA0001\",\"name\":\"weather\",\"input\":{"         \
        "\"city\":\"Z\xc3\xbcrich "                                                                                    \
        "\\\"HB\\\"\",\"n\":[1,{\"a\":null}]}},{\"type\":\"tool_use\",\"id\":\"callB0002\",\"name\":\"clock\","        \
        "\"input\":{}}]},",                                                                                            \
            "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"callA0001\",\"content\":"     \
            "\"21 \xc2\xb0"                                                                                            \
            "C\"},{\"type\":\"tool_result\",\"tool_use_id\":\"callB0002\",\"content\":\"broken\",\"is_error\":true}]}" \
            "]",                                                                                                       \
            "\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"object\",\"properties\":{\"warmer\":{"        \
            "\"type\":\"string\"}},\"required\":[\"warmer\"],\"additionalProperties\":false}}"                         \
    }
#define GEMINI_ASKS                                                                                                    \
    {                                                                                                                  \
        "\"systemInstruction\":{\"parts\":[{\"text\":\"Be brief.\"}]}",                                                \
            "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Which is "                                        \
            "\\\"warmer\\\"?\\n\xc3\xa9\"},{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"iVBORw==\"}}]}]",    \
            "\"tools\":[{\"functionDeclarations\":[{\"name\":\"weather\",\"description\":\"Looks "                     \
            "outside.\",\"parametersJsonSchema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}" \
            ",\"required\":[\"city\"],\"additionalProperties\":false}},"                                               \
    }
#define GEMINI_RETURNS                                                                                                 \
    {                                                                                                                  \
        "{\"role\":\"model\",\"parts\":[{\"text\":\"Let me "                                                           \
        "look.\\n\xe2\x82\xac\"},{\"thoughtSignature\":\"skip_thought_signature_validator\",\"functionCall\":{\"id\":" \
        "\"callA0001\",\"name\":\"weather\",\"args\":{\"city\":\"Z\xc3\xbcrich "                                       \
        "\\\"HB\\\"\",\"n\":[1,{\"a\":null}]}}},{\"functionCall\":{\"id\":\"callB0002\",\"name\":\"clock\",\"args\":{" \
        "}}}]}",                                                                                                       \
            "{\"role\":\"user\",\"parts\":[{\"functionResponse\":{\"id\":\"callA0001\",\"name\":\"weather\","          \
            "\"response\":{\"result\":\"21 \xc2\xb0"                                                                   \
            "C\"}}},{\"functionResponse\":{\"id\":\"callB0002\",\"name\":\"clock\",\"response\":{\"error\":"           \
            "\"broken\"}}}]}",                                                                                         \
            "\"responseMimeType\":\"application/"                                                                      \
            "json\",\"responseJsonSchema\":{\"type\":\"object\",\"properties\":{\"warmer\":{\"type\":\"string\"}},"    \
            "\"required\":[\"warmer\"],\"additionalProperties\":false}"                                                \
    }
#define BEDROCK_ASKS                                                                                                   \
    {                                                                                                                  \
        "\"system\":[{\"text\":\"Be brief.\"}]",                                                                       \
            "\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"Which is "                                      \
            "\\\"warmer\\\"?\\n\xc3\xa9\"},{\"image\":{\"format\":\"png\",\"source\":{\"bytes\":\"iVBORw==\"}}}]}]",   \
            "\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"weather\",\"description\":\"Looks "                  \
            "outside.\",\"inputSchema\":{\"json\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}" \
            "},\"required\":[\"city\"],\"additionalProperties\":false}}}},"                                            \
    }
#define BEDROCK_RETURNS                                                                                                \
    {                                                                                                                  \
        "{\"reasoningText\":{", "\"text\":\"I must \\\"look\\\" outside.\"",                                           \
            "{\"text\":\"Let me look.\\n\xe2\x82\xac\"},{\"toolUse\":{", "\"toolUseId\":\"callA0001\"",                \
            "\"toolUseId\":\"callB0002\"",                                                                             \
            "{\"role\":\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"callA0001\",\"content\":[{\"text\":"     \
            "\"21 \xc2\xb0"                                                                                            \
            "C\"}]}},{\"toolResult\":{\"toolUseId\":\"callB0002\",\"content\":[{\"text\":\"broken\"}],\"status\":"     \
            "\"error\"}}]}]",                                                                                          \
            "\"structure\":{\"jsonSchema\":{\"name\":\"verdict\",\"schema\":\"{\\\"type\\\":\\\"object\\\","           \
            "\\\"properties\\\":{\\\"warmer\\\":{\\\"type\\\":\\\"string\\\"}},\\\"required\\\":[\\\"warmer\\\"],"     \
            "\\\"additionalProperties\\\":false}\"}}"                                                                  \
    }
#define COHERE_RETURNS                                                                                                 \
    {                                                                                                                  \
        "{\"role\":\"assistant\",\"content\":\"Let me "                                                                \
        "look.\\n\xe2\x82\xac\",\"tool_calls\":[{\"id\":\"callA0001\",\"type\":\"function\",\"function\":{\"name\":"   \
        "\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Z\xc3\xbcrich "                                                 \
        "\\\\\\\"HB\\\\\\\"\\\",\\\"n\\\":[1,{\\\"a\\\":null}]}\"}},{\"id\":\"callB0002\",\"type\":\"function\","      \
        "\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}}]",                                                    \
            "{\"role\":\"tool\",\"tool_call_id\":\"callA0001\",\"content\":\"21 \xc2\xb0"                              \
            "C\"},{\"role\":\"tool\",\"tool_call_id\":\"callB0002\",\"content\":\"broken\"}]",                         \
            "\"response_format\":{\"type\":\"json_object\",\"json_schema\":{\"type\":\"object\",\"properties\":{"      \
            "\"warmer\":{\"type\":\"string\"}},\"required\":[\"warmer\"],\"additionalProperties\":false}}"             \
    }
#define MISTRAL_RETURNS                                                                                                \
    {                                                                                                                  \
        "\"tool_calls\":[{\"id\":\"callA0001\",\"type\":\"function\",\"function\":{\"name\":\"weather\","              \
        "\"arguments\":\"{\\\"city\\\":\\\"Z\xc3\xbcrich "                                                             \
        "\\\\\\\"HB\\\\\\\"\\\",\\\"n\\\":[1,{\\\"a\\\":null}]}\"}},{\"id\":\"callB0002\",\"type\":\"function\","      \
        "\"function\":{\"name\":\"clock\",\"arguments\":\"{}\"}}]",                                                    \
            "\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"I must \\\"look\\\" "     \
            "outside.\"}]},{\"type\":\"text\",\"text\":\"Let me look.\\n\xe2\x82\xac\"}]",                             \
            "{\"role\":\"tool\",\"tool_call_id\":\"callA0001\",\"content\":\"21 \xc2\xb0"                              \
            "C\"},{\"role\":\"tool\",\"tool_call_id\":\"callB0002\",\"content\":\"broken\"}]",                         \
            "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"verdict\",\"schema\":{"         \
            "\"type\":\"object\",\"properties\":{\"warmer\":{\"type\":\"string\"}},\"required\":[\"warmer\"],"         \
            "\"additionalProperties\":false},\"strict\":true}}"                                                        \
    }
#define OLLAMA_ASKS                                                                                                    \
    {                                                                                                                  \
        "{\"role\":\"system\",\"content\":\"Be brief.\"}",                                                             \
            "{\"role\":\"user\",\"content\":\"Which is \\\"warmer\\\"?\\n\xc3\xa9\",\"images\":[\"iVBORw==\"]}",       \
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"Looks "            \
            "outside.\",\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"          \
            "\"required\":[\"city\"],\"additionalProperties\":false}}},",                                              \
            "{\"type\":\"function\",\"function\":{\"name\":\"clock\",\"parameters\":{\"type\":\"object\","             \
            "\"properties\":{}}}}]"                                                                                    \
    }
#define OLLAMA_RETURNS                                                                                                 \
    {                                                                                                                  \
        "{\"role\":\"assistant\",\"content\":\"Let me look.\\n\xe2\x82\xac\",",                                        \
            "\"function\":{\"name\":\"weather\",\"arguments\":{\"city\":\"Z\xc3\xbcrich "                              \
            "\\\"HB\\\"\",\"n\":[1,{\"a\":null}]}}}",                                                                  \
            "{\"role\":\"tool\",\"content\":\"21 \xc2\xb0"                                                             \
            "C\",\"tool_name\":\"weather\"},{\"role\":\"tool\",\"content\":\"broken\",\"tool_name\":\"clock\"}]",      \
            "\"format\":{\"type\":\"object\",\"properties\":{\"warmer\":{\"type\":\"string\"}},\"required\":["         \
            "\"warmer\"],\"additionalProperties\":false}"                                                              \
    }

static const roundtrip trips[] = {
    {
        .provider = "openai",
        .model = "openai/flow-1",
        .plain_path = "/chat/completions",
        .stream_path = "/chat/completions",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = CHAT_ASKS,
        .returns = CHAT_RETURNS,
    },
    {
        .provider = "openai-responses",
        .model = "openai-responses/flow-1",
        .plain_path = "/responses",
        .stream_path = "/responses",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = OPENAI_RESPONSES_ASKS,
        .returns = OPENAI_RESPONSES_RETURNS,
    },
    {
        .provider = "azure",
        .model = "azure/flow-1",
        .api_version = "2024-10-21",
        .plain_path = "/openai/deployments/flow-1/chat/completions?api-version=2024-10-21",
        .stream_path = "/openai/deployments/flow-1/chat/completions?api-version=2024-10-21",
        .auth_header = "api-key",
        .auth = FLOW_KEY,
        .asks = CHAT_ASKS,
        .returns = CHAT_RETURNS,
    },
    {
        .provider = "anthropic",
        .model = "anthropic/claude-flow",
        .plain_path = "/messages",
        .stream_path = "/messages",
        .auth_header = "x-api-key",
        .auth = FLOW_KEY,
        .asks = ANTHROPIC_ASKS,
        .returns = ANTHROPIC_RETURNS,
    },
    {
        .provider = "gemini",
        .model = "gemini/gemini-3-flow",
        .plain_path = "/models/gemini-3-flow:generateContent",
        .stream_path = "/models/gemini-3-flow:streamGenerateContent?alt=sse",
        .auth_header = "x-goog-api-key",
        .auth = FLOW_KEY,
        .asks = GEMINI_ASKS,
        .returns = GEMINI_RETURNS,
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
        .asks = GEMINI_ASKS,
        .returns = GEMINI_RETURNS,
    },
    {
        .provider = "bedrock",
        .model = "bedrock/anthropic.flow-v1:0",
        .region = "us-east-1",
        .plain_path = "/model/anthropic.flow-v1%3A0/converse",
        .stream_path = "/model/anthropic.flow-v1%3A0/converse-stream",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = BEDROCK_ASKS,
        .returns = BEDROCK_RETURNS,
    },
    {
        .provider = "bedrock",
        .model = "bedrock/anthropic.flow-v1:0",
        .region = "us-east-1",
        .by_signature = true,
        .plain_path = "/model/anthropic.flow-v1%3A0/converse",
        .stream_path = "/model/anthropic.flow-v1%3A0/converse-stream",
        .auth_header = "authorization",
        .auth = "AWS4-HMAC-SHA256 Credential=AKIDFLOW/",
        .asks = BEDROCK_ASKS,
        .returns = BEDROCK_RETURNS,
    },
    {
        .provider = "vertex_ai",
        .model = "vertex_ai/claude-flow",
        .project = "p",
        .region = "europe-west4",
        .by_token = true,
        .plain_path = "/projects/p/locations/europe-west4/publishers/anthropic/models/claude-flow:rawPredict",
        .stream_path = "/projects/p/locations/europe-west4/publishers/anthropic/models/claude-flow:streamRawPredict",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = ANTHROPIC_ASKS,
        .returns = ANTHROPIC_RETURNS,
    },
    {
        .provider = "cohere",
        .model = "cohere/command-flow",
        .plain_path = "/chat",
        .stream_path = "/chat",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = CHAT_ASKS,
        .returns = COHERE_RETURNS,
    },
    {
        .provider = "mistral",
        .model = "mistral/mistral-flow",
        .plain_path = "/chat/completions",
        .stream_path = "/chat/completions",
        .extra_json = "{\"stream_options\":{\"include_usage\":true}}", /* the mock tells it from OpenAI by nothing */
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = CHAT_ASKS,
        .returns = MISTRAL_RETURNS,
    },
    {
        .provider = "ollama",
        .model = "ollama/llama-flow",
        .plain_path = "/api/chat",
        .stream_path = "/api/chat",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = OLLAMA_ASKS,
        .returns = OLLAMA_RETURNS,
    },
    {
        .provider = "openrouter",
        .model = "openrouter/some/flow-1",
        .plain_path = "/chat/completions",
        .stream_path = "/chat/completions",
        .auth_header = "authorization",
        .auth = "Bearer " FLOW_KEY,
        .asks = CHAT_ASKS,
        .returns = CHAT_RETURNS,
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
        tests[i].name = trips[i].model;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
