/* The fields of a target: copies, what a new one takes from an old one, its proxy and the identity of its connections.
 */
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/target_fields.h"

bool llmc__target_fields_key_is_clean(const char *key) {
    return !llmc__str_has_control(key, strlen(key)) && !strchr(key, ' ');
}

static bool replace(char **slot, const char *text, void (*release)(char *)) {
    char *copy = llmc__mem_strdup(text ? text : "");
    if (!copy)
        return false;
    release(*slot);
    *slot = copy;
    return true;
}

static void release_plain(char *text) {
    llmc__mem_free(text);
}

bool llmc__target_fields_put(char **slot, const char *text) {
    return replace(slot, text, release_plain);
}

bool llmc__target_fields_put_secret(char **slot, const char *text) {
    return replace(slot, text, llmc__mem_free_secret);
}

bool llmc__target_fields_put_url(char **slot, const char *url) {
    size_t len;
    if (!llmc__target_fields_put(slot, url))
        return false;
    for (len = strlen(*slot); len > 0 && (*slot)[len - 1] == '/'; len--)
        (*slot)[len - 1] = '\0';
    return true;
}

static void drop_headers(llmc__target *target) {
    for (size_t i = 0; i < target->header_count; i++) {
        llmc__mem_free(target->headers[i].name);
        llmc__mem_free_secret(target->headers[i].value);
    }
    llmc__mem_free(target->headers);
    target->headers = NULL;
    target->header_count = 0;
}

bool llmc__target_fields_put_headers(llmc__target *target, const llmc_header *headers, size_t count) {
    drop_headers(target);
    target->headers = llmc__mem_calloc(count ? count : 1, sizeof *target->headers);
    if (!target->headers)
        return false;
    for (size_t i = 0; i < count; i++) {
        target->header_count = i + 1;
        if (!llmc__target_fields_put(&target->headers[i].name, headers[i].name) ||
            !llmc__target_fields_put(&target->headers[i].value, headers[i].value))
            return false;
    }
    return true;
}

/* ---- what a new target starts from ---- */

static bool copy(char **slot, const char *text) {
    return !text || llmc__target_fields_put(slot, text);
}

static bool copy_address(llmc__target *t, const llmc__target *old) {
    return copy(&t->base_url, old->base_url) && copy(&t->organization, old->organization) &&
           copy(&t->project, old->project) && copy(&t->region, old->region) &&
           copy(&t->api_version, old->api_version) && copy(&t->ca_file, old->ca_file) &&
           copy(&t->priced_as, old->priced_as) &&
           llmc__target_fields_put_headers(t, (const llmc_header *)(const void *)old->headers, old->header_count);
}

static bool copy_credentials(llmc__target *t, const llmc__target *old) {
    t->token = old->token;
    t->token_user_data = old->token_user_data;
    t->key_required = old->key_required;
    t->bad_key_variable = old->bad_key_variable;
    return copy(&t->api_key, old->api_key) && copy(&t->key_variable, old->key_variable) &&
           copy(&t->access_key_id, old->access_key_id) && copy(&t->secret_access_key, old->secret_access_key) &&
           copy(&t->session_token, old->session_token);
}

llmc__target *llmc__target_fields_derive(const llmc__target *old, const char *name) {
    llmc__target *t = llmc__target_new();
    bool ok = t && llmc__target_fields_put(&t->name, name);
    if (ok && old) {
        t->provider = old->provider;
        t->row = old->row;
        t->bad_url_variable = old->bad_url_variable;
        ok = copy_address(t, old) && copy_credentials(t, old);
    } else if (t) {
        t->provider = &llmc__provider_openai;
    }
    if (ok)
        return t;
    llmc__target_unref(t);
    return NULL;
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
    return llmc__target_fields_put(&target->proxy, chosen) &&
           llmc__target_fields_put(&target->no_proxy,
                                   from_environment && client->proxies.none ? client->proxies.none : "");
}

/* ---- identity of connections ---- */

static void feed(llmc__buf *buf, const char *text) {
    (void)llmc__buf_append(buf, text ? text : "", text ? strlen(text) + 1 : 1);
}

/*
 * Targets of one origin, CA and proxy may share connections; keys do not matter to a connection, they are headers. The
 * region counts as part of the origin, since adapters put it into the host's name.
 */
static bool identify(const llmc_client *client, llmc__target *target) {
    const char *host = strstr(target->base_url, "://");
    size_t origin_len = host ? (size_t)(host - target->base_url) + 3 + strcspn(host + 3, "/") : 0;
    llmc__buf id;
    llmc__buf_init(&id, 1 << 20);
    if (llmc__buf_append(&id, target->base_url, origin_len) != LLMC_OK || llmc__buf_append_char(&id, '\0') != LLMC_OK) {
        llmc__buf_free(&id);
        return false;
    }
    feed(&id, target->region);
    feed(&id, target->ca_file);
    feed(&id, target->proxy);
    feed(&id, target->no_proxy);
    target->pool_id = llmc__hash_sip64(client->hash_key, id.data, id.len);
    llmc__buf_free(&id);
    return true;
}

bool llmc__target_fields_finish(const llmc_client *client, llmc__target *target, const char *proxy) {
    target->drop_unsupported = client->options.drop_unsupported;
    if (!target->ca_file && client->options.ca_file &&
        !llmc__target_fields_put(&target->ca_file, client->options.ca_file))
        return false;
    return put_proxy(client, target, proxy) && identify(client, target);
}
