/*
 * The providers of a client: built-in rows with what the environment says of them, and those the user set. A target is
 * never changed: setting a provider puts a new one in its place, and running calls keep theirs.
 */
#include <string.h>

#include "base/mem.h"
#include "engine/client.h"
#include "engine/target_fields.h"
#include "model/error.h"
#include "policy/cache_key.h"
#include "provider/names.h"
#include "provider/provider.h"

#define MAX_PROVIDERS 1000
#define MAX_NAME      64

static void unref_value(void *target) {
    llmc__target_unref(target);
}

llmc_status llmc__targets_init(llmc_client *client) {
    const llmc__provider_row *row;
    llmc__map_init(&client->targets, client->hash_key);
    for (size_t i = 0; (row = llmc__provider_row_at(i)); i++) {
        llmc__target *target = llmc__target_new();
        if (target)
            target->identity = ++client->identities;
        if (!target || !llmc__target_env_fill(client, target, row) ||
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

/* The name the map has it under: an alias stands for its row, unless the user has a provider of that name. */
static const char *known_name(const llmc_client *client, const char *name) {
    const llmc__provider_row *row = NULL;
    if (!llmc__map_get(&client->targets, name))
        row = llmc__provider_row_find(name);
    return row ? row->name : name;
}

static llmc__target *known_target(const llmc_client *client, const char *name) {
    llmc__target *target = llmc__map_get(&client->targets, name);
    return target ? target : llmc__map_get(&client->targets, known_name(client, name));
}

/* ---- identities ---- */

#define MAX_IDENTITY_BYTES ((size_t)1 << 20)

static bool write_identity(const llmc_client *client, const llmc__target *target, llmc__buf *out) {
    llmc__cache_scope scope = {.target = target, .adapter = target->provider->name, .secret = client->hash_key};
    llmc__buf_init(out, MAX_IDENTITY_BYTES);
    return llmc__cache_key_write_target(&scope, out) == LLMC_OK;
}

/* The old target's, when the new settings make no difference to answers. Without memory for a look: they make one. */
static uint64_t identity_of(llmc_client *client, const llmc__target *old, const llmc__target *fresh) {
    uint64_t identity = 0;
    llmc__buf before, after;
    if (old) {
        bool written = write_identity(client, old, &before);
        written = write_identity(client, fresh, &after) && written;
        if (written && before.len == after.len && memcmp(before.data, after.data, after.len) == 0)
            identity = old->identity;
        llmc__buf_free(&before);
        llmc__buf_free(&after);
    }
    return identity ? identity : ++client->identities;
}

/* ---- llmc_client_set_provider ---- */

static llmc_status check_new(const llmc_client *client, const char *name, const llmc_provider_options *o) {
    if (!o->base_url)
        return llmc__error_last(LLMC_ERR_INVALID_URL, "base_url is needed for a provider of your own (\"%s\")", name);
    if (client->targets.count >= MAX_PROVIDERS)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "a client holds at most %d providers", MAX_PROVIDERS);
    return LLMC_OK;
}

static llmc_status set_locked(llmc_client *client, const char *given, const llmc_provider_options *o, void **before) {
    const char *name = known_name(client, given);
    const llmc__target *old = llmc__map_get(&client->targets, name);
    llmc_status status = old ? LLMC_OK : check_new(client, name, o);
    llmc__target *fresh;
    if (status != LLMC_OK)
        return status;
    fresh = llmc__target_options_build(client, old, name, o);
    if (fresh) {
        fresh->settings = ++client->settings;
        fresh->identity = identity_of(client, old, fresh);
        llmc__shared_lock_write(&client->names_lock);
        status = llmc__map_set(&client->targets, name, fresh, before);
        llmc__shared_lock_write_end(&client->names_lock);
        if (status == LLMC_OK)
            return LLMC_OK;
    }
    llmc__target_unref(fresh);
    return llmc__error_last(LLMC_ERR_NO_MEMORY, "no memory for a provider");
}

llmc_status llmc__targets_set(llmc_client *client, const char *name, const llmc_provider_options *o) {
    void *before = NULL;
    bool routed;
    llmc_status status = llmc__target_options_check(client, name, o);
    if (status != LLMC_OK)
        return status;
    llmc__mutex_lock(&client->targets_lock);
    status = set_locked(client, name, o, &before);
    routed = client->routes.count > 0;
    llmc__mutex_unlock(&client->targets_lock);
    llmc__target_unref(before);
    if (status == LLMC_OK && routed && client->caching.memory)
        llmc__cache_clear(client->caching.memory); /* answers of routes do not tell which provider's they are */
    return status;
}

/* ---- "provider/model" ---- */

bool llmc__targets_name_is_valid(const char *name) {
    size_t len = name ? strlen(name) : 0;
    return len > 0 && len <= MAX_NAME && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == len;
}

static llmc_status check_target(const llmc__target *target) {
    if (target->bad_key_variable)
        return llmc__error_last(LLMC_ERR_INVALID_KEY, "the environment variable %s has a space or control character",
                                target->bad_key_variable);
    if (target->bad_url_variable)
        return llmc__error_last(LLMC_ERR_INVALID_URL,
                                "the environment variable %s is not a URL this client may use (https://, or http:// to "
                                "a loopback host)",
                                target->bad_url_variable);
    return LLMC_OK;
}

/* Where a model named without its provider goes. */
static const char *provider_of_bare(const llmc_client *client, const char *model) {
    const char *name = client->options.default_provider;
    if (!name)
        name = llmc__provider_of_model(model);
    return name ? name : "openai";
}

static llmc__target *find(llmc_client *client, const char *name) {
    llmc__target *target;
    llmc__mutex_lock(&client->targets_lock);
    target = llmc__target_ref(known_target(client, name));
    llmc__mutex_unlock(&client->targets_lock);
    return target;
}

/* The part before the slash, or of it what is longer than any provider's name. */
static void copy_name(char out[MAX_NAME + 2], const char *full, size_t len) {
    if (len > MAX_NAME + 1)
        len = MAX_NAME + 1;
    memcpy(out, full, len);
    out[len] = '\0';
}

/* The provider's name, in `room` where it has to be cut out; *model: what is behind it. */
static const char *split(const llmc_client *client, const char *full, char room[MAX_NAME + 2], const char **model) {
    const char *slash = strchr(full, '/');
    *model = slash ? slash + 1 : full;
    if (!slash)
        return provider_of_bare(client, full);
    copy_name(room, full, (size_t)(slash - full));
    return room;
}

llmc_status llmc__targets_resolve(llmc_client *client, const char *full, llmc__target **out, const char **model) {
    char room[MAX_NAME + 2];
    const char *name = split(client, full, room, model);
    *out = find(client, name);
    if (!*out)
        return llmc__error_last(LLMC_ERR_UNKNOWN_PROVIDER,
                                "no provider \"%.64s\" (of model \"%.100s\"): add it with llmc_client_set_provider, or "
                                "write \"provider/model\"",
                                name, full);
    if (!**model)
        return llmc__error_last(LLMC_ERR_INVALID_MODEL, "the model \"%.100s\" has no name after its provider", full);
    return check_target(*out);
}

uint64_t llmc__targets_identity(llmc_client *client, const char *full, const char **model) {
    char room[MAX_NAME + 2];
    const char *name = split(client, full, room, model);
    const llmc__target *target;
    uint64_t identity = 0;
    llmc__shared_lock_read(&client->names_lock);
    target = known_target(client, name);
    if (target && !target->bad_key_variable && !target->bad_url_variable && **model)
        identity = target->identity;
    llmc__shared_lock_read_end(&client->names_lock);
    return identity;
}
