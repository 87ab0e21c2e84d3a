/*
 * JSON documents that hold long arrays of numbers: embeddings have millions, which as JSON values would take a hundred
 * times the memory and pass the limit on values in a document. Such arrays are read aside, straight into floats.
 */
#ifndef LLMC_PROVIDER_VECTORS_H
#define LLMC_PROVIDER_VECTORS_H

#include "base/buf.h"
#include "wire/json.h"

typedef struct llmc__vectors {
    llmc__json_doc *doc; /* each array read aside is an object {"#": its number} in it */
    llmc__buf floats;    /* the arrays one behind the other */
    llmc__buf ends;      /* size_t: where in `floats` each one ends, in floats */
} llmc__vectors;

/* As llmc__json_parse; the vectors are to be freed whatever comes out. */
llmc_status llmc__vectors_parse(llmc__vectors *vectors, const char *text, size_t len);
void llmc__vectors_free(llmc__vectors *vectors);

/*
 * The vector a value stands for: an array of numbers, or base64 of float32 in little-endian order. Writes `cap` floats
 * at most, none when out is NULL; *count is how many there are. LLMC_OK; BAD_RESPONSE: it is no vector, or one with a
 * number that is no float; NO_MEMORY.
 */
llmc_status llmc__vectors_read(const llmc__vectors *vectors, const llmc__json *value, float *out, size_t cap,
                               size_t *count);

#endif
