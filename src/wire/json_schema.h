/*
 * Whether a value keeps to a JSON schema, as far as a model's slips go: type, required, properties, items, enum and
 * additionalProperties false. What else a schema says ($ref, anyOf, patterns, bounds) is not looked at.
 */
#ifndef LLMC_WIRE_JSON_SCHEMA_H
#define LLMC_WIRE_JSON_SCHEMA_H

#include "base/buf.h"
#include "wire/json.h"

/*
 * LLMC_OK; LLMC_ERR_INVALID_JSON with the first fault in `why`, as "city: must be a string, not a number";
 * LLMC_ERR_NO_MEMORY.
 */
llmc_status llmc__json_schema_check(const llmc__json_doc *schema, const llmc__json_doc *value, llmc__buf *why);

#endif
