/*
 * JSON documents that hold long arrays of numbers: embeddings have millions, which as JSON values would take a hundred
 * times the memory and pass the limit on values in a document. Such arrays are read aside while the text comes,
 * straight into floats, and what is left of the text is an ordinary document.
 */
#ifndef LLMC_WIRE_VECTORS_H
#define LLMC_WIRE_VECTORS_H

#include "base/buf.h"
#include "wire/json.h"

typedef struct llmc__vectors llmc__vectors;

llmc__vectors *llmc__vectors_new(size_t max_bytes); /* of the floats, and of the rest; NULL: no memory */
void llmc__vectors_free(llmc__vectors *vectors);

/* The next piece of the text. LLMC_OK, NO_MEMORY, TOO_LARGE; BAD_RESPONSE: a long array of numbers has something else
 * in it. What went wrong once stays so. */
llmc_status llmc__vectors_feed(llmc__vectors *vectors, const char *bytes, size_t len);

/* The text is whole: makes the document. LLMC_OK; INCOMPLETE: it is cut; BAD_RESPONSE: it is no JSON; TOO_LARGE,
 * NO_MEMORY. */
llmc_status llmc__vectors_end(llmc__vectors *vectors);
const llmc__json_doc *llmc__vectors_doc(const llmc__vectors *vectors); /* NULL before the end; lent */

/*
 * The vector a value stands for: an array of numbers, or base64 of float32 in little-endian order. Writes `cap` floats
 * at most, none when out is NULL; *count is how many there are. LLMC_OK; BAD_RESPONSE: it is no vector, or one with a
 * number that is no finite float; NO_MEMORY.
 */
llmc_status llmc__vectors_read(const llmc__vectors *vectors, const llmc__json *value, float *out, size_t cap,
                               size_t *count);

#endif
