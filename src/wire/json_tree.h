/*
 * A cJSON tree in one block of memory, for the documents that come by the thousand: cJSON's own reader takes an
 * allocation for each value, name and string, which is most of its cost.
 */
#ifndef LLMC_WIRE_JSON_TREE_H
#define LLMC_WIRE_JSON_TREE_H

#include <cjson/cJSON.h>
#include <stddef.h>

/* Bytes a tree of so many values from a text of so many bytes may take; 0 when that overflows. */
size_t llmc__json_tree_bytes(size_t nodes, size_t len);

/* At least as many values as the text has, if it is JSON. */
size_t llmc__json_tree_most(const char *text, size_t len);

/*
 * Reads the text and builds its tree in `block`, aligned for a cJSON, with room for so many values. NULL: it is no
 * JSON, has more values, or something that needs mending or a row beside the tree; the scan tells which. The tree is
 * only walked forward: `prev` stays NULL, cJSON_Delete must not see it. Strings keep in `valueint` where in the text
 * their opening quote stands.
 */
cJSON *llmc__json_tree_build(const char *text, size_t len, size_t nodes, void *block);

/* Decodes the valid escape at p (at the backslash) to *out, which moves on; returns where it ends. */
const char *llmc__json_tree_escape(const char *p, const char *end, char **out);

#endif
