/* Which providers there are. A vendor that speaks the OpenAI API is one more row here and no code. */
#include <string.h>
#include "provider/provider.h"

static const llmc__provider *const adapters[] = {&llmc__provider_openai, &llmc__provider_responses};

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
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}
