/*
 * The names makers give the models they serve themselves. Open models that many serve ("llama-3.3-70b",
 * "gpt-oss-120b", "qwen3") are not here, since their name does not say where to ask for them.
 */
#include "provider/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The first that fits counts. A '#' stands for one digit, a '*' at the end for anything; else a word must end there. */
static const char patterns[] = "gpt-#*\0openai\0"
                               "chatgpt-*\0openai\0"
                               "o#\0openai\0"
                               "ft:gpt-#*\0openai\0" /* fine-tuned: ft:gpt-4o-mini:org::id */
                               "ft:o#\0openai\0"
                               "codex-*\0openai\0"
                               "computer-use-*\0openai\0"
                               "text-embedding-3\0openai\0"
                               "text-embedding-ada\0openai\0"
                               "claude-*\0anthropic\0"
                               "gemini-*\0gemini\0"
                               "command\0cohere\0"
                               "c4ai-*\0cohere\0"
                               "embed-english\0cohere\0"
                               "embed-multilingual\0cohere\0"
                               "embed-v#\0cohere\0"
                               "mistral-*\0mistral\0"
                               "ministral-*\0mistral\0"
                               "codestral-*\0mistral\0"
                               "magistral-*\0mistral\0"
                               "devstral-*\0mistral\0"
                               "pixtral-*\0mistral\0"
                               "voxtral-*\0mistral\0"
                               "open-mistral-*\0mistral\0"
                               "open-mixtral-*\0mistral\0"
                               "deepseek-*\0deepseek\0"
                               "grok-*\0xai\0"
                               "sonar\0perplexity\0";

static bool ends_word(char c) {
    return c == '\0' || strchr("-.:@", c) != NULL;
}

static bool fits(const char *name, const char *pattern) {
    for (; *pattern != '\0' && *pattern != '*'; pattern++, name++)
        if (*pattern == '#' ? *name < '0' || *name > '9' : *name != *pattern)
            return false;
    return *pattern == '*' ? *name != '\0' : ends_word(*name);
}

const char *llmc__provider_of_model(const char *bare_model) {
    if (bare_model == NULL || strchr(bare_model, '/') != NULL)
        return NULL;
    for (const char *pattern = patterns; *pattern != '\0';) {
        const char *provider = pattern + strlen(pattern) + 1;
        if (fits(bare_model, pattern))
            return provider;
        pattern = provider + strlen(provider) + 1;
    }
    return NULL;
}
