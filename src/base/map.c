#include "base/map.h"

#include <stdint.h>
#include <string.h>
#include "base/mem.h"

#define FIRST_BUCKETS 16

struct llmc__map_entry {
    llmc__map_entry *next;
    void *value;
    uint64_t hash;
    size_t len;
    char name[];
};

__attribute__((noinline)) void llmc__map_init(llmc__map *map, llmc__hash_key key) {
    map->buckets = NULL;
    map->bucket_count = 0;
    map->count = 0;
    map->key = key;
}

void llmc__map_free(llmc__map *map, void (*free_value)(void *)) {
    size_t i;

    for (i = 0; i < map->bucket_count; i++) {
        llmc__map_entry *entry = map->buckets[i];
        while (entry != NULL) {
            llmc__map_entry *next = entry->next;
            if (free_value != NULL)
                free_value(entry->value);
            llmc__mem_free(entry);
            entry = next;
        }
    }
    llmc__mem_free(map->buckets);
    llmc__map_init(map, map->key);
}

static llmc__map_entry **bucket_of(const llmc__map *map, uint64_t hash) {
    return &map->buckets[hash & (map->bucket_count - 1)];
}

/* The link that points to the entry, or the empty link at the end of its bucket. Needs buckets. */
static llmc__map_entry **find_link(const llmc__map *map, const char *name, size_t len, uint64_t hash) {
    llmc__map_entry **link = bucket_of(map, hash);

    while (*link != NULL && ((*link)->hash != hash || (*link)->len != len || memcmp((*link)->name, name, len) != 0))
        link = &(*link)->next;
    return link;
}

static llmc_status rehash(llmc__map *map, size_t bucket_count) {
    llmc__map wider = *map;
    size_t i;

    wider.buckets = llmc__mem_calloc(bucket_count, sizeof(llmc__map_entry *));
    wider.bucket_count = bucket_count;
    if (wider.buckets == NULL)
        return LLMC_ERR_NO_MEMORY;
    for (i = 0; i < map->bucket_count; i++) {
        llmc__map_entry *entry = map->buckets[i];
        while (entry != NULL) {
            llmc__map_entry *next = entry->next;
            llmc__map_entry **bucket = bucket_of(&wider, entry->hash);
            entry->next = *bucket;
            *bucket = entry;
            entry = next;
        }
    }
    llmc__mem_free(map->buckets);
    *map = wider;
    return LLMC_OK;
}

static llmc_status make_room(llmc__map *map) {
    if (map->bucket_count == 0)
        return rehash(map, FIRST_BUCKETS);
    if (map->count >= map->bucket_count)
        (void)rehash(map, map->bucket_count * 2); /* without memory the buckets only grow longer */
    return LLMC_OK;
}

static llmc_status insert(llmc__map *map, const char *name, size_t len, uint64_t hash, void *value) {
    llmc__map_entry *entry = llmc__mem_alloc(sizeof(*entry) + len + 1);
    llmc__map_entry **bucket;

    if (entry == NULL)
        return LLMC_ERR_NO_MEMORY;
    bucket = bucket_of(map, hash);
    entry->next = *bucket;
    entry->value = value;
    entry->hash = hash;
    entry->len = len;
    memcpy(entry->name, name, len + 1);
    *bucket = entry;
    map->count++;
    return LLMC_OK;
}

llmc_status llmc__map_set(llmc__map *map, const char *name, void *value, void **old) {
    size_t len = strlen(name);
    uint64_t hash = llmc__hash_sip64(map->key, name, len);
    llmc__map_entry **link;
    llmc_status status;

    if (old != NULL)
        *old = NULL;
    status = make_room(map);
    if (status != LLMC_OK)
        return status;
    link = find_link(map, name, len, hash);
    if (*link == NULL)
        return insert(map, name, len, hash, value);
    if (old != NULL)
        *old = (*link)->value;
    (*link)->value = value;
    return LLMC_OK;
}

void *llmc__map_get(const llmc__map *map, const char *name) {
    return llmc__map_get_n(map, name, strlen(name));
}

void *llmc__map_get_n(const llmc__map *map, const char *name, size_t len) {
    llmc__map_entry *entry;

    if (map->count == 0)
        return NULL;
    entry = *find_link(map, name, len, llmc__hash_sip64(map->key, name, len));
    return entry != NULL ? entry->value : NULL;
}

void *llmc__map_remove(llmc__map *map, const char *name) {
    size_t len = strlen(name);
    llmc__map_entry **link, *entry;
    void *value;

    if (map->count == 0)
        return NULL;
    link = find_link(map, name, len, llmc__hash_sip64(map->key, name, len));
    entry = *link;
    if (entry == NULL)
        return NULL;
    value = entry->value;
    *link = entry->next;
    llmc__mem_free(entry);
    map->count--;
    return value;
}

void llmc__map_each(const llmc__map *map, void (*fn)(const char *name, void *value, void *ctx), void *ctx) {
    const llmc__map_entry *entry;
    size_t i;

    for (i = 0; i < map->bucket_count; i++)
        for (entry = map->buckets[i]; entry != NULL; entry = entry->next)
            fn(entry->name, entry->value, ctx);
}
