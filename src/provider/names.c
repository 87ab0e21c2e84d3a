/*
 * The names makers give the models they serve themselves. Open models that many serve ("llama-3.3-70b",
 * "gpt-oss-120b", "qwen3") are not here, since their name does not say where to ask for them.
 */
#include "provider/names.h"
#include "provider/pairs.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* The first that fits counts; none begins with a mark. A '#' stands for one digit, a '*' at the end for anything; else
 * a word must end there. */
static const struct {
    char pattern[20], provider[12];
} makers[] = {
    {"gpt-#*", "openai"},
    {"chatgpt-*", "openai"},
    {"o#", "openai"},
    {"ft:gpt-#*", "openai"}, /* fine-tuned: ft:gpt-4o-mini:org::id */
    {"ft:o#", "openai"},
    {"codex-*", "openai"},
    {"computer-use-*", "openai"},
    {"text-embedding-3", "openai"},
    {"text-embedding-ada", "openai"},
    {"claude-*", "anthropic"},
    {"gemini-*", "gemini"},
    {"command", "cohere"},
    {"c4ai-*", "cohere"},
    {"embed-english", "cohere"},
    {"embed-multilingual", "cohere"},
    {"embed-v#", "cohere"},
    {"mistral-*", "mistral"},
    {"ministral-*", "mistral"},
    {"codestral-*", "mistral"},
    {"magistral-*", "mistral"},
    {"devstral-*", "mistral"},
    {"pixtral-*", "mistral"},
    {"voxtral-*", "mistral"},
    {"open-mistral-*", "mistral"},
    {"open-mixtral-*", "mistral"},
    {"deepseek-*", "deepseek"},
    {"grok-*", "xai"},
    {"sonar", "perplexity"},
};

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
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
        if (makers[i].pattern[0] == bare_model[0] && fits(bare_model, makers[i].pattern))
            return makers[i].provider;
    return NULL;
}
