/*
 * Recorded requests of chat APIs, said again through the setters and written by the adapter: the same body must come
 * out. Members may be in any order, and these count as equal: what is empty or null and what is absent; a false
 * `stream` and none; a list of one text and that text; an image_url as an object and as its URL.
 */
#ifndef LLMC_TEST_SUPPORT_REBUILD_H
#define LLMC_TEST_SUPPORT_REBUILD_H

#include <stddef.h>

/*
 * All recorded chat requests of that provider, written through its row; what has no setter goes through extra_json.
 * Answers how many were compared; those that say what no setter can (thoughts by hand, documents in results) are named
 * and left out. Fails the test when one differs. 0: there are no recordings here.
 */
size_t rebuild_all(const char *provider);

/* Whether two bodies are the same in the sense above; for tests of the comparison itself. */
int rebuild_same(const char *a, const char *b);

#endif
