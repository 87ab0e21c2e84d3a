/* llmc_provider_options: checked, and made into the targets of a provider, one for each of its keys. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/target_fields.h"
#include "model/error.h"

#define MAX_KEYS 1000

/* ---- checks ---- */

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

static llmc_status check_texts(const llmc_provider_options *o) {
    for (size_t i = 0; i < LLMC__TARGET_TEXTS; i++) {
        const llmc__target_text *row = &llmc__target_texts[i];
        const char *text = row->fault ? llmc__target_text_given(row, o) : NULL;
        if (text && llmc__str_has_control(text, strlen(text)))
            return llmc__error_last(row->fault, "%s has a control character", row->name);
        if (text && row->fault == LLMC_ERR_INVALID_KEY && strchr(text, ' '))
            return llmc__error_last(row->fault, "%s has a space", row->name);
    }
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
    if (o->requests_per_minute >= 0 && o->tokens_per_minute >= 0)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "%s_per_minute is negative; 0 is no limit",
                            o->requests_per_minute < 0 ? "requests" : "tokens");
}

static llmc_status check_address(const llmc_client *client, const llmc_provider_options *o) {
    if (o->adapter && !llmc__provider_adapter(o->adapter))
        return llmc__error_last(LLMC_ERR_UNKNOWN_PROVIDER, "adapter \"%.64s\" names no API this library speaks",
                                o->adapter);
    return o->base_url ? llmc__url_check(o->base_url, client->options.allow_insecure_http, "base_url") : LLMC_OK;
}

llmc_status llmc__target_options_check(const llmc_client *client, const char *name, const llmc_provider_options *o) {
    llmc_status status;
    if (!llmc__targets_name_is_valid(name))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name must be 1 to 64 of a-z 0-9 . _ -");
    if (!o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options is NULL");
    if (o->size != sizeof *o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.size is not that of llmc_provider_options: start from its INIT macro");
    status = check_texts(o);
    if (status == LLMC_OK)
        status = check_keys(o);
    if (status == LLMC_OK)
        status = check_address(client, o);
    if (status == LLMC_OK)
        status = check_limits(o);
    return status == LLMC_OK ? check_headers(o) : status;
}

/* ---- one target ---- */

static void drop(char **slot) {
    llmc__mem_free_secret(*slot);
    *slot = NULL;
}

/* What no longer holds beside the credentials that are given now. */
static void drop_outdated(llmc__target *t, const llmc_provider_options *o, const char *key) {
    bool is_aws = o->access_key_id || o->secret_access_key;
    if (key || is_aws || o->token)
        drop(&t->bad_key_variable);
    if (key)
        t->token = NULL;
    if (is_aws && t->provider == &llmc__provider_bedrock) { /* a bearer would count before them */
        drop(&t->api_key);
        t->token = NULL;
    }
    if (o->access_key_id)
        drop(&t->session_token); /* it belongs to the key id of before */
}

static bool put_texts(llmc__target *t, const llmc_provider_options *o, const char *key) {
    bool ok = llmc__target_fields_put_given(&t->api_key, key);
    for (size_t i = 0; i < LLMC__TARGET_TEXTS && ok; i++) {
        char **slot = llmc__target_text_slot(&llmc__target_texts[i], t);
        if (slot != &t->api_key)
            ok = llmc__target_fields_put_given(slot, llmc__target_text_given(&llmc__target_texts[i], o));
    }
    return ok && (!o->base_url || llmc__target_fields_put_url(&t->base_url, o->base_url));
}

static bool apply(const llmc_client *client, llmc__target *t, const llmc_provider_options *o, const char *key) {
    if (o->adapter)
        t->provider = llmc__provider_adapter(o->adapter);
    if (o->base_url)
        drop(&t->bad_url_variable);
    drop_outdated(t, o, key);
    if (o->token) {
        t->token = o->token;
        t->token_user_data = o->token_user_data;
    }
    return (!o->header_count || llmc__target_fields_put_headers(t, o->headers, o->header_count)) &&
           put_texts(t, o, key) && llmc__target_fields_finish(client, t, o->proxy);
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
