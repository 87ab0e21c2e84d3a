/* Memory. Every allocation of the library passes here, so that tests can count and fail each one. */
#ifndef LLMC_BASE_MEM_H
#define LLMC_BASE_MEM_H

#include <stddef.h>

/* All answer NULL when there is no memory (and for overflowing sizes). Free with llmc__mem_free. */
void *llmc__mem_alloc(size_t size);
void *llmc__mem_calloc(size_t count, size_t size);
void *llmc__mem_realloc(void *ptr, size_t size);
void llmc__mem_free(void *ptr);
char *llmc__mem_strdup(const char *text); /* NULL in, NULL out */
char *llmc__mem_strndup(const char *text, size_t len);

/* Overwrites before freeing: for keys. */
void llmc__mem_free_secret(char *text);

/*
 * Test seam: called before each allocation; false makes it fail. Set while no other thread runs.
 * NULL takes it back.
 */
typedef int (*llmc__mem_gate_fn)(void *ctx);
void llmc__mem_set_gate(llmc__mem_gate_fn gate, void *ctx);

#endif
