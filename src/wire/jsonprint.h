/* A value read, written again: for the few places where a server sends an object where its text is wanted. */
#ifndef LLMC_WIRE_JSONPRINT_H
#define LLMC_WIRE_JSONPRINT_H

#include "base/buf.h"
#include "wire/json.h"

/* Appends the value, without white space. LLMC_OK, LLMC_ERR_TOO_LARGE or LLMC_ERR_NO_MEMORY. */
llmc_status llmc__jsonprint_value(const llmc__json_doc *doc, const llmc__json *value, llmc__buf *out);

#endif
