/*
 * The providers of a client: built-in rows with what the environment says of them, and those the user set. A target is
 * never changed: setting a provider puts a new one in its place, and running calls keep theirs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/client.h"
#include "model/error.h"
#include "provider/provider.h"

#define MAX_PROVIDERS 1000
#define MAX_NAME      64

/* An empty variable counts as unset: `OPENAI_API_KEY= program` is how people unset one. */
static const char *environment(const llmc_client *client, const char *variable) {
    const char *value;
    if (client->options.ignore_environment || !variable)
        return NULL;
    value = getenv(variable);
    return value && *value ? value : NULL;
}

static bool key_is_clean(const char *key) {
    return !llmc__str_has_control(key, strlen(key)) && !strchr(key, ' ');
}

/* Replaces *slot with a copy of text; true when it worked. */
static bool put(char **slot, const char *text) {
    char *copy = llmc__mem_strdup(text ? text : "");
    if (!copy)
        return false;
    llmc__mem_free(*slot);
    *slot = copy;
    return true;
}

static bool put_url(char **slot, const char *url) {
    size_t len;
    if (!put(slot, url))
        return false;
    for (len = strlen(*slot); len > 0 && (*slot)[len - 1] == '/'; len--)
        (*slot)[len - 1] = '\0';
    return true;
}

/* ---- proxies: chosen once for each target, so that libcurl never reads the environment ---- */

static const char *environment_proxy(const llmc_client *client, const char *url) {
    const llmc__proxies *proxies = &client->proxies;
    const char *own = llmc__str_starts(url, "https://") ? proxies->https : proxies->http;
    if (llmc__url_is_loopback(url))
        return ""; /* no proxy reaches this machine's own loopback */
    if (own)
        return own;
    return proxies->all ? proxies->all : "";
}

static bool put_proxy(const llmc_client *client, llmc__target *target, const char *own) {
    const char *chosen = own ? own : client->options.proxy;
    bool from_environment = !chosen;
    if (!chosen)
        chosen = environment_proxy(client, target->base_url);
    return put(&target->proxy, chosen) &&
           put(&target->no_proxy, from_environment && client->proxies.none ? client->proxies.none : "");
}

/* ---- identity of connections ---- */

static void feed(llmc__buf *buf, const char *text) {
    (void)llmc__buf_append(buf, text ? text : "", text ? strlen(text) + 1 : 1);
}

/* Targets of one origin, CA and proxy may share connections; keys do not matter to a connection, they are headers. */
static bool identify(const llmc_client *client, llmc__target *target) {
    const char *host = strstr(target->base_url, "://");
    size_t origin_len = host ? (size_t)(host - target->base_url) + 3 + strcspn(host + 3, "/") : 0;
    llmc__buf id;
    llmc__buf_init(&id, 1 << 20);
    if (llmc__buf_append(&id, target->base_url, origin_len) != LLMC_OK || llmc__buf_append_char(&id, '\0') != LLMC_OK) {
        llmc__buf_free(&id);
        return false;
    }
    feed(&id, target->ca_file);
    feed(&id, target->proxy);
    feed(&id, target->no_proxy);
    target->pool_id = llmc__hash_sip64(client->hash_key, id.data, id.len);
    llmc__buf_free(&id);
    return true;
}

/* ---- building targets ---- */

static bool copy_headers(llmc__target *target, const llmc_header *headers, size_t count) {
    target->headers = llmc__mem_calloc(count ? count : 1, sizeof *target->headers);
    if (!target->headers)
        return false;
    for (size_t i = 0; i < count; i++) {
        target->header_count = i + 1;
        if (!put(&target->headers[i].name, headers[i].name) || !put(&target->headers[i].value, headers[i].value))
            return false;
    }
    return true;
}

/* What a new target starts from: the one of that name, or nothing. */
static llmc__target *derive(const llmc__target *old, const char *name) {
    llmc__target *t = llmc__target_new();
    bool ok = t && put(&t->name, name);
    if (ok && old) {
        t->provider = old->provider;
        t->row = old->row;
        t->key_required = old->key_required;
        t->fault = old->fault;
        ok = (!old->api_key || put(&t->api_key, old->api_key)) &&
             (!old->base_url || put(&t->base_url, old->base_url)) &&
             (!old->key_variable || put(&t->key_variable, old->key_variable)) &&
             (!old->organization || put(&t->organization, old->organization)) &&
             (!old->project || put(&t->project, old->project)) && (!old->ca_file || put(&t->ca_file, old->ca_file)) &&
             copy_headers(t, (const llmc_header *)(const void *)old->headers, old->header_count);
    } else if (t) {
        t->provider = &llmc__provider_openai;
    }
    if (ok)
        return t;
    llmc__target_unref(t);
    return NULL;
}

static bool fill_from_row(const llmc_client *client, llmc__target *t, const llmc__provider_row *row) {
    const char *key = environment(client, row->key_variable);
    const char *url = environment(client, row->url_variable);
    const char *organization = environment(client, row->org_variable);
    const char *project = environment(client, row->project_variable);
    t->provider = llmc__provider_adapter(row->adapter);
    t->row = row;
    t->drop_unsupported = client->options.drop_unsupported;
    t->key_required = row->key_required;
    if (key && !key_is_clean(key))
        t->fault = LLMC_ERR_INVALID_KEY;
    if (url && llmc__url_check(url, client->options.allow_insecure_http, row->url_variable) != LLMC_OK)
        t->fault = LLMC_ERR_INVALID_URL;
    return t->provider && put(&t->name, row->name) && (!key || put(&t->api_key, key)) &&
           put_url(&t->base_url, url ? url : row->base_url) &&
           (!row->key_variable || put(&t->key_variable, row->key_variable)) &&
           (!organization || put(&t->organization, organization)) && (!project || put(&t->project, project)) &&
           (!client->options.ca_file || put(&t->ca_file, client->options.ca_file)) && put_proxy(client, t, NULL) &&
           identify(client, t);
}

static void unref_value(void *target) {
    llmc__target_unref(target);
}

llmc_status llmc__targets_init(llmc_client *client) {
    const llmc__provider_row *row;
    llmc__map_init(&client->targets, client->hash_key);
    for (size_t i = 0; (row = llmc__provider_row_at(i)); i++) {
        llmc__target *target = llmc__target_new();
        if (!target || !fill_from_row(client, target, row) ||
            llmc__map_set(&client->targets, row->name, target, NULL) != LLMC_OK) {
            llmc__target_unref(target);
            return LLMC_ERR_NO_MEMORY;
        }
    }
    return LLMC_OK;
}

void llmc__targets_free(llmc_client *client) {
    llmc__map_free(&client->targets, unref_value);
}

/* ---- llmc_client_set_provider ---- */

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
    if (o->organization && llmc__str_has_control(o->organization, strlen(o->organization)))
        return llmc__error_last(LLMC_ERR_INVALID_HEADER, "organization has a control character");
    if (o->project && llmc__str_has_control(o->project, strlen(o->project)))
        return llmc__error_last(LLMC_ERR_INVALID_HEADER, "project has a control character");
    return check_headers(o);
}

static llmc_status check_options(const llmc_client *client, const char *name, const llmc_provider_options *o) {
    if (!name || !name_is_valid(name))
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name must be 1 to 64 of a-z 0-9 . _ -");
    if (!o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "options is NULL");
    if (o->size != sizeof *o)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "options.size is not that of llmc_provider_options: start from its INIT macro");
    if (o->api_key && !key_is_clean(o->api_key))
        return llmc__error_last(LLMC_ERR_INVALID_KEY, "api_key has a space or control character");
    if (o->adapter && !llmc__provider_adapter(o->adapter))
        return llmc__error_last(LLMC_ERR_UNKNOWN_PROVIDER, "adapter \"%.64s\" names no API this library speaks",
                                o->adapter);
    if (o->base_url && llmc__url_check(o->base_url, client->options.allow_insecure_http, "base_url") != LLMC_OK)
        return LLMC_ERR_INVALID_URL;
    return check_words(o);
}

static bool apply_options(const llmc_client *client, llmc__target *t, const llmc_provider_options *o) {
    t->drop_unsupported = client->options.drop_unsupported;
    if (o->adapter)
        t->provider = llmc__provider_adapter(o->adapter);
    if (o->api_key || o->base_url)
        t->fault = LLMC_OK;
    if (o->header_count) {
        for (size_t i = 0; i < t->header_count; i++) {
            llmc__mem_free(t->headers[i].name);
            llmc__mem_free(t->headers[i].value);
        }
        t->header_count = 0;
        llmc__mem_free(t->headers);
        t->headers = NULL;
        if (!copy_headers(t, o->headers, o->header_count))
            return false;
    }
    return (!o->api_key || put(&t->api_key, o->api_key)) && (!o->base_url || put_url(&t->base_url, o->base_url)) &&
           (!o->organization || put(&t->organization, o->organization)) &&
           (!o->project || put(&t->project, o->project)) && (!o->ca_file || put(&t->ca_file, o->ca_file)) &&
           (t->ca_file || !client->options.ca_file || put(&t->ca_file, client->options.ca_file)) &&
           put_proxy(client, t, o->proxy) && identify(client, t);
}

llmc_status llmc__targets_set(llmc_client *client, const char *name, const llmc_provider_options *o) {
    llmc__target *old, *fresh;
    void *before = NULL;
    llmc_status status = check_options(client, name, o);
    if (status != LLMC_OK)
        return status;
    llmc__mutex_lock(&client->targets_lock);
    old = llmc__map_get(&client->targets, name);
    if (!old && !o->base_url)
        status = llmc__error_last(LLMC_ERR_INVALID_URL, "base_url is needed for a provider of your own (\"%s\")", name);
    else if (!old && client->targets.count >= MAX_PROVIDERS)
        status = llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "a client holds at most %d providers", MAX_PROVIDERS);
    fresh = status == LLMC_OK ? derive(old, name) : NULL;
    if (fresh && apply_options(client, fresh, o))
        status = llmc__map_set(&client->targets, name, fresh, &before);
    else if (status == LLMC_OK)
        status = llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a provider");
    llmc__mutex_unlock(&client->targets_lock);
    if (status != LLMC_OK)
        llmc__target_unref(fresh);
    llmc__target_unref(before);
    return status;
}

/* ---- "provider/model" ---- */

static llmc_status check_target(const llmc__target *target) {
    if (target->fault == LLMC_ERR_INVALID_KEY)
        return llmc__error_last(target->fault, "the environment variable %s has a space or control character",
                                target->key_variable ? target->key_variable : "of the key");
    if (target->fault != LLMC_OK) {
        const llmc__provider_row *row = llmc__provider_row_find(target->name);
        return llmc__error_last(target->fault, "the environment variable %s is not a URL this client may use",
                                row ? row->url_variable : "of the base URL");
    }
    return LLMC_OK;
}

llmc_status llmc__targets_resolve(llmc_client *client, const char *full, llmc__target **out, const char **model) {
    const char *slash = strchr(full, '/');
    const char *name = client->options.default_provider;
    size_t name_len = strlen(name);
    llmc__target *target;
    *out = NULL;
    if (slash) {
        name = full;
        name_len = (size_t)(slash - full);
    }
    llmc__mutex_lock(&client->targets_lock);
    target = llmc__target_ref(llmc__map_get_n(&client->targets, name, name_len));
    llmc__mutex_unlock(&client->targets_lock);
    if (!target)
        return llmc__error_last(LLMC_ERR_UNKNOWN_PROVIDER,
                                "no provider \"%.*s\" (of model \"%.100s\"): add it with llmc_client_set_provider, or "
                                "write \"provider/model\"",
                                (int)(name_len < 64 ? name_len : 64), name, full);
    *model = slash ? slash + 1 : full;
    *out = target;
    if (!**model)
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "the model \"%.100s\" has no name after its provider", full);
    return check_target(target);
}
