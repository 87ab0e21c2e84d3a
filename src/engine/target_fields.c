/* The fields of a target: copies, what a new one takes from an old one, its proxy and the identity of its connections.
 */
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/target_fields.h"

bool llmc__target_fields_key_is_clean(const char *key) {
    return !llmc__str_has_control(key, strlen(key)) && !strchr(key, ' ');
}

#define GIVEN(name)  (uint8_t) offsetof(llmc_provider_options, name)
#define MEMBER(name) (uint16_t) offsetof(llmc__target, name)
#define TEXT(name, fault)                                                                                              \
    { #name, MEMBER(name), GIVEN(name), fault }

const llmc__target_text llmc__target_texts[LLMC__TARGET_TEXTS] = {
    TEXT(api_key, LLMC_ERR_INVALID_KEY),
    TEXT(access_key_id, LLMC_ERR_INVALID_KEY),
    TEXT(secret_access_key, LLMC_ERR_INVALID_KEY),
    TEXT(session_token, LLMC_ERR_INVALID_KEY),
    TEXT(organization, LLMC_ERR_INVALID_HEADER),
    TEXT(project, LLMC_ERR_INVALID_HEADER),
    TEXT(region, LLMC_ERR_INVALID_ARGUMENT),
    TEXT(api_version, LLMC_ERR_INVALID_ARGUMENT),
    TEXT(priced_as, LLMC_ERR_INVALID_ARGUMENT),
    TEXT(ca_file, LLMC_OK),
    TEXT(base_url, LLMC_OK),
    {"key_variable", MEMBER(key_variable), 0, LLMC_OK},
};
_Static_assert(sizeof(llmc_provider_options) <= UINT8_MAX, "offsets of texts");

const char *llmc__target_text_given(const llmc__target_text *text, const llmc_provider_options *o) {
    return text->given ? *(const char *const *)(const void *)((const char *)o + text->given) : NULL;
}

char **llmc__target_text_slot(const llmc__target_text *text, const llmc__target *target) {
    return (char **)((uintptr_t)target + text->member);
}

bool llmc__target_fields_put(char **slot, const char *text) {
    char *copy = llmc__mem_strdup(text);
    if (!copy)
        return false;
    llmc__mem_free_secret(*slot);
    *slot = copy;
    return true;
}

bool llmc__target_fields_put_given(char **slot, const char *text) {
    return !text || llmc__target_fields_put(slot, text);
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

static bool copy_texts(llmc__target *t, const llmc__target *old) {
    bool ok = true;
    for (size_t i = 0; i < LLMC__TARGET_TEXTS && ok; i++)
        ok = llmc__target_fields_put_given(llmc__target_text_slot(&llmc__target_texts[i], t),
                                           *llmc__target_text_slot(&llmc__target_texts[i], old));
    return ok;
}

static bool take_over(llmc__target *t, const llmc__target *old) {
    t->provider = old->provider;
    t->row = old->row;
    t->key_required = old->key_required;
    t->token = old->token;
    t->token_user_data = old->token_user_data;
    return copy_texts(t, old) && llmc__target_fields_put_given(&t->bad_url_variable, old->bad_url_variable) &&
           llmc__target_fields_put_given(&t->bad_key_variable, old->bad_key_variable) &&
           llmc__target_fields_put_headers(t, (const llmc_header *)(const void *)old->headers, old->header_count);
}

llmc__target *llmc__target_fields_derive(const llmc__target *old, const char *name) {
    llmc__target *t = llmc__target_new();
    if (!t)
        return NULL;
    t->provider = &llmc__provider_openai;
    if (llmc__target_fields_put(&t->name, name) && (!old || take_over(t, old)))
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
