/* Memory. Every allocation of the library passes here, so that tests can count and fail each one. */
#ifndef LLMC_BASE_MEM_H
#define LLMC_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* All answer NULL when there is no memory (and for overflowing sizes). Free with llmc__mem_free. */
void *llmc__mem_alloc(size_t size);
void *llmc__mem_calloc(size_t count, size_t size);
void *llmc__mem_zeroed(size_t size); /* as calloc, which passes malloc's fast path by: for small blocks */
void *llmc__mem_realloc(void *ptr, size_t size);
void llmc__mem_free(void *ptr);
char *llmc__mem_strdup(const char *text); /* NULL in, NULL out */
char *llmc__mem_strndup(const char *text, size_t len);

/*
 * Room for one more in an array of `count` things of `size` bytes, which is doubled when it is full. `array` is the
 * address of the pointer to it. False: no memory, and the array is as before.
 */
bool llmc__mem_make_room(void *array, size_t count, size_t *cap, size_t size);

/*
 * A block kept for whoever needs one of its kind next in the same thread: for what is taken and freed again for each
 * answer, and is too large for malloc to do that cheaply. The spare belongs to the caller, who frees its block.
 */
typedef struct llmc__mem_spare {
    void *block; /* NULL: none, or in use */
    size_t size;
} llmc__mem_spare;
void llmc__mem_set_spare(llmc__mem_spare *spare);   /* of this thread; NULL: none any more */
void *llmc__mem_borrow(size_t size, size_t *got);   /* as alloc; *got is at least `size` */
void llmc__mem_give_back(void *block, size_t size); /* in any thread; `size` is what was got */

/* Overwrites before freeing: for keys. */
void llmc__mem_free_secret(char *text);

/*
 * Test seam: called before each allocation; false makes it fail. Set while no other thread runs.
 * NULL takes it back.
 */
typedef int (*llmc__mem_gate_fn)(void *ctx);
void llmc__mem_set_gate(llmc__mem_gate_fn gate, void *ctx);

#endif
