/*
 * A cJSON tree in one block of memory, for the documents that come by the thousand: cJSON's own reader takes an
 * allocation for each value, name and string, which is most of its cost.
 */
#ifndef LLMC_WIRE_JSON_TREE_H
#define LLMC_WIRE_JSON_TREE_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include "wire/json_scan.h"

/* Bytes a tree of so many values from a text of so many bytes may take; 0 when that overflows. */
size_t llmc__json_tree_bytes(size_t nodes, size_t len);

/*
 * Builds the tree in `block`, aligned for a cJSON. The text, from `start` on, must have passed the scan, with nothing
 * to repair and no value to be kept beside the tree. The tree is only walked forward: `prev` stays NULL, cJSON_Delete
 * must not see it. Strings keep in `valueint` where in the text their opening quote stands.
 */
cJSON *llmc__json_tree_build(const char *text, size_t len, const llmc__json_scan *scan, void *block);

/* Decodes the valid escape at p (at the backslash) to *out, which moves on; returns where it ends. */
const char *llmc__json_tree_escape(const char *p, const char *end, char **out);

#endif
