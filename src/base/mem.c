#include "base/mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Atomic(llmc__mem_gate_fn) gate_fn;
static void *gate_ctx; /* written only while no other thread runs, so it needs no order of its own */

static int allowed(void) {
    llmc__mem_gate_fn gate = atomic_load_explicit(&gate_fn, memory_order_relaxed);
    return gate == NULL || gate(gate_ctx);
}

/* malloc(0) may answer NULL, which callers would take for "no memory". */
static size_t at_least_one(size_t size) {
    return size == 0 ? 1 : size;
}

void *llmc__mem_alloc(size_t size) {
    return allowed() ? malloc(at_least_one(size)) : NULL;
}

void *llmc__mem_calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return allowed() ? calloc(1, at_least_one(count * size)) : NULL;
}

void *llmc__mem_zeroed(size_t size) {
    void *block = llmc__mem_alloc(size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
}

void *llmc__mem_realloc(void *ptr, size_t size) {
    return allowed() ? realloc(ptr, at_least_one(size)) : NULL;
}

void llmc__mem_free(void *ptr) {
    free(ptr);
}

char *llmc__mem_strdup(const char *text) {
    return text == NULL ? NULL : llmc__mem_strndup(text, strlen(text));
}

char *llmc__mem_strndup(const char *text, size_t len) {
    char *copy;

    if (text == NULL || len == SIZE_MAX)
        return NULL;
    copy = llmc__mem_alloc(len + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* The pointer is of any type, so it is copied as bytes. */
bool llmc__mem_make_room(void *array, size_t count, size_t *cap, size_t size) {
    size_t room = *cap == 0 ? 2 : 2 * *cap;
    void *grown;

    if (count < *cap)
        return true;
    if (room > SIZE_MAX / size)
        return false;
    memcpy(&grown, array, sizeof grown);
    grown = llmc__mem_realloc(grown, room * size);
    if (grown == NULL)
        return false;
    memcpy(array, &grown, sizeof grown);
    *cap = room;
    return true;
}

#define SPARE_STEP ((size_t)4096)
#define SPARE_MAX  ((size_t)64 << 10)

static _Thread_local llmc__mem_spare *spare_here;

void llmc__mem_set_spare(llmc__mem_spare *spare) {
    spare_here = spare;
}

void *llmc__mem_borrow(size_t size, size_t *got) {
    llmc__mem_spare *spare = spare_here;
    void *block;

    if (spare != NULL && spare->block != NULL && spare->size >= size) {
        block = spare->block;
        *got = spare->size;
        spare->block = NULL;
        return block;
    }
    *got = spare != NULL && size <= SPARE_MAX ? (size + SPARE_STEP - 1) / SPARE_STEP * SPARE_STEP : size;
    return llmc__mem_alloc(*got);
}

void llmc__mem_give_back(void *block, size_t size) {
    llmc__mem_spare *spare = spare_here;

    if (block != NULL && spare != NULL && size <= SPARE_MAX && (spare->block == NULL || spare->size < size)) {
        llmc__mem_free(spare->block);
        spare->block = block;
        spare->size = size;
        return;
    }
    llmc__mem_free(block);
}

void llmc__mem_free_secret(char *text) {
    if (text == NULL)
        return;
    explicit_bzero(text, strlen(text));
    free(text);
}

void llmc__mem_set_gate(llmc__mem_gate_fn gate, void *ctx) {
    gate_ctx = ctx;
    atomic_store_explicit(&gate_fn, gate, memory_order_relaxed);
}
