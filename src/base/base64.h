/* Base64 as RFC 4648 section 4 has it: the standard alphabet, padded. */
#ifndef LLMC_BASE_BASE64_H
#define LLMC_BASE_BASE64_H

#include "base/buf.h"

/* Appends the text of the bytes. LLMC_OK, TOO_LARGE, NO_MEMORY; on failure nothing changed. */
llmc_status llmc__base64_append(llmc__buf *out, const void *bytes, size_t len);

/*
 * Appends the bytes of a text. INVALID_ARGUMENT for characters of another alphabet, blanks, a lone last character,
 * padding in the middle and bits behind the last byte; padding that is missing whole or in part is forgiven.
 */
llmc_status llmc__base64_decode(const char *text, size_t len, llmc__buf *out);

#endif
