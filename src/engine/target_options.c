/* llmc_provider_options: checked, and made into the targets of a provider, one for each of its keys. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/target_fields.h"
#include "model/error.h"

#define MAX_NAME 64
#define MAX_KEYS 1000

/* ---- checks ---- */

static bool name_is_valid(const char *name) {
    size_t len = strlen(name);
    return len > 0 && len <= MAX_NAME && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static llmc_status check_headers(const llmc_provider_options *o) {
    if (o->header_count && !o->headers)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "headers is NULL but header_count is not 0");
    for (size_t i = 0; i < o->header_count; i++) {
        const char *name = o->headers[i].name, *value = o->headers[i].value;
        if (!name || !*name || !value)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "headers[%zu] has no name or value", i);
        if (llmc__str_has_control(name, strlen(name)) || strpbrk(name, " :") ||
            llmc__str_has_control(value, strlen(value)))
            return llmc__error_last(LLMC_ERR_INVALID_HEADER,
                                    "headers[%zu] has a control character, or a space or ':' "
                                    "in its name",
                                    i);
    }
    return LLMC_OK;
}

static llmc_status check_words(const llmc_provider_options *o) {
    const struct {
        const char *text, *name;
        llmc_status status;
    } words[] = {
        {o->organization, "organization", LLMC_ERR_INVALID_HEADER},
        {o->project, "project", LLMC_ERR_INVALID_HEADER},
        {o->region, "region", LLMC_ERR_INVALID_ARGUMENT},
        {o->api_version, "api_version", LLMC_ERR_INVALID_ARGUMENT},
        {o->priced_as, "priced_as", LLMC_ERR_INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].text && llmc__str_has_control(words[i].text, strlen(words[i].text)))
            return llmc__error_last(words[i].status, "%s has a control character", words[i].name);
    return LLMC_OK;
}

static llmc_status check_secrets(const llmc_provider_options *o) {
    const struct {
        const char *text, *name;
    } secrets[] = {
        {o->api_key, "api_key"},
        {o->access_key_id, "access_key_id"},
        {o->secret_access_key, "secret_access_key"},
        {o->session_token, "session_token"},
    };
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (secrets[i].text && !llmc__target_fields_key_is_clean(secrets[i].text))
            return llmc__error_last(LLMC_ERR_INVALID_KEY, "%s has a space or control character", secrets[i].name);
    return LLMC_OK;
}

static llmc_status check_keys(const llmc_provider_options *o) {
    if (!o->api_keys && !o->api_key_count)
        return LLMC_OK;
    if (!o->api_keys)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "api_keys is NULL but api_key_count is not 0");
    if (!o->api_key_count || o->api_key_count > MAX_KEYS)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "api_key_count must be 1 to %d", MAX_KEYS);
    for (size_t i = 0; i < o->api_key_count; i++) {
        if (!o->api_keys[i] || !*o->api_keys[i])
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "api_keys[%zu] is NULL or empty", i);
        if (!llmc__target_fields_key_is_clean(o->api_keys[i]))
            return llmc__error_last(LLMC_ERR_INVALID_KEY, "api_keys[%zu] has a space or control character", i);
    }
    return LLMC_OK;
}

static llmc_status check_limits(const llmc_provider_options *o) {
    if (o->requests_per_minute < 0)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "requests_per_minute is negative; 0 is no limit");
    if (o->tokens_per_minute < 0)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "tokens_per_minute is negative; 0 is no limit");
    return LLMC_OK;
}

static llmc_status check_address(const llmc_client *client, const llmc_provider_options *o) {
    if (o->adapter && !llmc__provider_adapter(o->adapter))
        return llmc__error_last(LLMC_ERR_UNKNOWN_PROVIDER, "adapter \"%.64s\" names no API this library speaks",
                                o->adapter);
    return o->base_url ? llmc__url_check(o->base_url, client->options.allow_insecure_http, "base_url") : LLMC_OK;
}

llmc_status llmc__target_options_check(const llmc_client *client, const char *name, const llmc_provider_options *o) {
    llmc_status status;
    if (!name || !name_is_valid(name))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name must be 1 to 64 of a-z 0-9 . _ -");
    if (!o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options is NULL");
    if (o->size != sizeof *o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.size is not that of llmc_provider_options: start from its INIT macro");
    status = check_secrets(o);
    if (status == LLMC_OK)
        status = check_keys(o);
    if (status == LLMC_OK)
        status = check_address(client, o);
    if (status == LLMC_OK)
        status = check_limits(o);
    if (status == LLMC_OK)
        status = check_words(o);
    return status == LLMC_OK ? check_headers(o) : status;
}

/* ---- one target ---- */

static bool put_given(char **slot, const char *text) {
    return !text || llmc__target_fields_put(slot, text);
}

static bool put_given_secret(char **slot, const char *text) {
    return !text || llmc__target_fields_put_secret(slot, text);
}

static void drop_secret(char **slot) {
    llmc__mem_free_secret(*slot);
    *slot = NULL;
}

/* A bearer of Bedrock's would count before the credentials that were given now. */
static void drop_bearer(llmc__target *t) {
    drop_secret(&t->api_key);
    t->token = NULL;
}

static bool put_credentials(llmc__target *t, const llmc_provider_options *o, const char *key) {
    bool is_aws = o->access_key_id || o->secret_access_key;
    if (key || is_aws || o->token)
        t->bad_key_variable = NULL;
    if (key)
        t->token = NULL;
    if (is_aws && t->provider == &llmc__provider_bedrock)
        drop_bearer(t);
    if (o->access_key_id)
        drop_secret(&t->session_token); /* it belongs to the key id of before */
    if (o->token) {
        t->token = o->token;
        t->token_user_data = o->token_user_data;
    }
    return put_given_secret(&t->api_key, key) && put_given_secret(&t->access_key_id, o->access_key_id) &&
           put_given_secret(&t->secret_access_key, o->secret_access_key) &&
           put_given_secret(&t->session_token, o->session_token);
}

static bool apply(const llmc_client *client, llmc__target *t, const llmc_provider_options *o, const char *key) {
    if (o->adapter)
        t->provider = llmc__provider_adapter(o->adapter);
    if (o->base_url)
        t->bad_url_variable = NULL;
    if (o->header_count && !llmc__target_fields_put_headers(t, o->headers, o->header_count))
        return false;
    return put_credentials(t, o, key) && (!o->base_url || llmc__target_fields_put_url(&t->base_url, o->base_url)) &&
           put_given(&t->organization, o->organization) && put_given(&t->project, o->project) &&
           put_given(&t->region, o->region) && put_given(&t->api_version, o->api_version) &&
           put_given(&t->ca_file, o->ca_file) && put_given(&t->priced_as, o->priced_as) &&
           llmc__target_fields_finish(client, t, o->proxy);
}

static llmc__target *build_one(const llmc_client *client, const llmc__target *old, const char *name,
                               const llmc_provider_options *o, const char *key) {
    llmc__target *t = llmc__target_fields_derive(old, name);
    if (t && apply(client, t, o, key))
        return t;
    llmc__target_unref(t);
    return NULL;
}

/* ---- the chain ---- */

/* With no key given each target of the old chain has its successor; else the first one of all. */
llmc__target *llmc__target_options_build(const llmc_client *client, const llmc__target *old, const char *name,
                                         const llmc_provider_options *o) {
    bool keeps = !o->api_key_count && !o->api_key;
    uint32_t old_count = old && old->key_count ? old->key_count : 1;
    uint32_t count = keeps ? old_count : o->api_key_count ? (uint32_t)o->api_key_count : 1;
    llmc__target *first = NULL, **end = &first;
    for (uint32_t i = 0; i < count; i++) {
        *end = build_one(client, old, name, o, o->api_key_count ? o->api_keys[i] : o->api_key);
        if (!*end) {
            llmc__target_unref(first);
            return NULL;
        }
        (*end)->key_index = i;
        end = &(*end)->next_key;
        old = keeps && old ? old->next_key : old;
    }
    if (!first)
        return NULL; /* count is never 0 */
    first->key_count = count;
    first->requests_per_minute = o->requests_per_minute;
    first->tokens_per_minute = o->tokens_per_minute;
    first->max_concurrency = o->max_concurrency;
    return first;
}
