/* Texts for embeddings, and what must come of them. */
#ifndef LLMC_TESTS_FLOW_SUPPORT_EMBED_H
#define LLMC_TESTS_FLOW_SUPPORT_EMBED_H

#include "support_flow.h"

#define EMBED_MODEL      "openai/embed-1"
#define EMBED_DIMENSIONS 8 /* what the mock gives unasked */

/* `count` different texts of `len` bytes (at least 8). */
typedef struct embed_texts {
    char **texts;
    size_t count;
} embed_texts;
embed_texts embed_texts_new(size_t count, size_t len);
void embed_texts_free(embed_texts *texts);
#define EMBED_TEXTS(t) ((const char *const *)(t).texts)

/* The mock's vector of the text. */
void embed_assert_vector(const float *vector, const char *text, size_t dimensions);
/* All texts of the result have theirs, but for `bad` (SIZE_MAX: none), which has that status. */
void embed_assert_all(const llmc_embeddings *e, const char *const *texts, size_t bad, llmc_status status);

#endif
