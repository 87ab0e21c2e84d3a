/* Map from text to pointer; keys are copied. */
#ifndef LLMC_BASE_MAP_H
#define LLMC_BASE_MAP_H

#include <stddef.h>
#include "llmclient.h"
#include "base/hash.h"

typedef struct llmc__map_entry llmc__map_entry;

typedef struct llmc__map {
    llmc__map_entry **buckets;
    size_t bucket_count; /* a power of two; 0 before the first entry */
    size_t count;
    llmc__hash_key key;
} llmc__map;

void llmc__map_init(llmc__map *map, llmc__hash_key key);
void llmc__map_free(llmc__map *map, void (*free_value)(void *));                      /* free_value may be NULL */
llmc_status llmc__map_set(llmc__map *map, const char *name, void *value, void **old); /* old may be NULL */
void *llmc__map_get(const llmc__map *map, const char *name);                          /* NULL: not there */
void *llmc__map_get_n(const llmc__map *map, const char *name, size_t len);
void *llmc__map_remove(llmc__map *map, const char *name); /* the value it had */
/* Calls fn for each entry, in no order; fn must not change the map. */
void llmc__map_each(const llmc__map *map, void (*fn)(const char *name, void *value, void *ctx), void *ctx);

#endif
