/* What the environment says of built-in providers. It is read once, when the client is made. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "engine/target_fields.h"

#define MAX_URL         65536
#define OLLAMA_PORT     ":11434"
#define FIELD(name)     (uint16_t) offsetof(llmc__target, name)
#define VARIABLES_A_ROW 2

/* A variable that was found, or both NULL. */
typedef struct found {
    const char *variable, *value;
} found;

/* An empty variable counts as unset: `OPENAI_API_KEY= program` is how people unset one. */
static bool look(const llmc_client *client, const char *variable, found *out) {
    const char *value = variable && !client->options.ignore_environment ? getenv(variable) : NULL;
    *out = value && *value ? (found){variable, value} : (found){NULL, NULL};
    return out->value != NULL;
}

/* The first of two that is set; its name is good as long as `text`. */
static found look_row(const llmc_client *client, const llmc__provider_row *row, llmc__row_word which,
                      llmc__row_word or_else, llmc__row_text text) {
    found it;
    if (!look(client, llmc__provider_row_word(row, which, text), &it))
        (void)look(client, llmc__provider_row_word(row, or_else, text), &it);
    return it;
}

/* ---- fields that few providers have ---- */

/*
 * The first variable that is set counts. AWS:
 * https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html; VERTEXAI_... and AZURE_API_VERSION are
 * LiteLLM's, GOOGLE_CLOUD_... those of Google's SDK (google-genai), and OPENAI_API_VERSION that of OpenAI's SDK for
 * Azure.
 */
static const struct {
    const char *row;
    const char *variables[VARIABLES_A_ROW];
    uint16_t field;
    bool secret;
} extras[] = {
    {"bedrock", {"AWS_REGION", "AWS_DEFAULT_REGION"}, FIELD(region), false},
    {"bedrock", {"AWS_ACCESS_KEY_ID", NULL}, FIELD(access_key_id), true},
    {"bedrock", {"AWS_SECRET_ACCESS_KEY", NULL}, FIELD(secret_access_key), true},
    {"bedrock", {"AWS_SESSION_TOKEN", NULL}, FIELD(session_token), true},
    {"vertex_ai", {"VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT"}, FIELD(project), false},
    {"vertex_ai", {"VERTEXAI_LOCATION", "GOOGLE_CLOUD_LOCATION"}, FIELD(region), false},
    {"azure", {"AZURE_API_VERSION", "OPENAI_API_VERSION"}, FIELD(api_version), false},
};

static bool put_key(llmc__target *t, char **slot, found key) {
    if (!key.value)
        return true;
    if (llmc__target_fields_key_is_clean(key.value))
        return llmc__target_fields_put(slot, key.value);
    return llmc__target_fields_put(&t->bad_key_variable, key.variable);
}

static bool put_extras(const llmc_client *client, llmc__target *t, const char *row) {
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        found it = {NULL, NULL};
        char **slot = (char **)(void *)((char *)t + extras[i].field);
        for (size_t k = 0; k < VARIABLES_A_ROW && !it.value && strcmp(extras[i].row, row) == 0; k++)
            (void)look(client, extras[i].variables[k], &it);
        if (extras[i].secret ? !put_key(t, slot, it) : !llmc__target_fields_put_given(slot, it.value))
            return false;
    }
    return true;
}

/* ---- addresses ---- */

/*
 * OLLAMA_HOST is read by the server too, as where to listen: "host", "host:port", ":port" or a URL, and 0.0.0.0 for
 * every address of the machine (https://docs.ollama.com/faq). Without a scheme the port is Ollama's own.
 */
static llmc_status write_ollama(llmc__buf *out, const char *value) {
    const char *scheme_end = strstr(value, "://");
    const char *host = scheme_end ? scheme_end + 3 : value;
    const char *end = *host == '[' && strchr(host, ']') ? strchr(host, ']') + 1 : host + strcspn(host, ":/");
    size_t len = (size_t)(end - host);
    llmc_status status =
        scheme_end ? llmc__buf_append(out, value, (size_t)(host - value)) : llmc__buf_append_str(out, "http://");
    if (status == LLMC_OK && (len == 0 || (len == 7 && memcmp(host, "0.0.0.0", 7) == 0)))
        status = llmc__buf_append_str(out, "127.0.0.1");
    else if (status == LLMC_OK && len == 4 && memcmp(host, "[::]", 4) == 0)
        status = llmc__buf_append_str(out, "[::1]");
    else if (status == LLMC_OK)
        status = llmc__buf_append(out, host, len);
    if (status == LLMC_OK && !scheme_end && *end != ':')
        status = llmc__buf_append_str(out, OLLAMA_PORT);
    return status == LLMC_OK ? llmc__buf_append_str(out, end) : status;
}

/* One that may not be used is told by the first call that needs it. */
static llmc_status write_url(const llmc_client *client, llmc__target *t, const llmc__provider_row *row,
                             llmc__buf *out) {
    llmc__row_text text, standard;
    const char *base_url = llmc__provider_row_word(row, LLMC__ROW_BASE_URL, standard);
    found url = look_row(client, row, LLMC__ROW_URL_VARIABLE, LLMC__ROW_URL_VARIABLE_TOO, text);
    llmc_status status;
    if (!url.value)
        return llmc__buf_append_str(out, base_url);
    status = strcmp(row->name, "ollama") == 0 ? write_ollama(out, url.value) : llmc__buf_append_str(out, url.value);
    if (status == LLMC_ERR_NO_MEMORY)
        return status;
    if (status == LLMC_OK && llmc__url_check(out->data, client->options.allow_insecure_http, url.variable) == LLMC_OK)
        return LLMC_OK;
    llmc__buf_clear(out);
    return llmc__target_fields_put(&t->bad_url_variable, url.variable) ? llmc__buf_append_str(out, base_url)
                                                                       : LLMC_ERR_NO_MEMORY;
}

static bool put_url(const llmc_client *client, llmc__target *t, const llmc__provider_row *row) {
    llmc__buf url;
    bool ok;
    llmc__buf_init(&url, MAX_URL);
    ok = write_url(client, t, row, &url) == LLMC_OK && llmc__target_fields_put_url(&t->base_url, llmc__buf_str(&url));
    llmc__buf_free(&url);
    return ok;
}

/* ---- the row ---- */

/* The value of a variable that has no other name. */
static bool put_value(const llmc_client *client, const llmc__provider_row *row, llmc__row_word which, char **slot) {
    llmc__row_text text;
    return llmc__target_fields_put_given(slot, look_row(client, row, which, which, text).value);
}

bool llmc__target_env_fill(const llmc_client *client, llmc__target *t, const llmc__provider_row *row) {
    llmc__row_text text;
    t->provider = llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, text));
    t->row = row;
    t->key_required = row->key_required;
    t->key_count = 1;
    return t->provider && llmc__target_fields_put(&t->name, row->name) &&
           llmc__target_fields_put_given(&t->key_variable,
                                         llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, text)) &&
           put_key(t, &t->api_key, look_row(client, row, LLMC__ROW_KEY_VARIABLE, LLMC__ROW_KEY_VARIABLE_TOO, text)) &&
           put_url(client, t, row) && put_value(client, row, LLMC__ROW_ORG_VARIABLE, &t->organization) &&
           put_value(client, row, LLMC__ROW_PROJECT_VARIABLE, &t->project) && put_extras(client, t, row->name) &&
           llmc__target_fields_finish(client, t, NULL);
}
