/*
 * Unpacks constants that cmake/make_prices.py packed: LZ77 with canonical Huffman codes, in the manner of deflate. Not
 * for input from outside: what was not made by the script may be read beyond its end.
 *
 * Bits are read from the highest of a byte on. First come the lengths of the codes (at most 11), of 4 bits each, those
 * of literals and lengths and then those of distances; behind a 0 stand 4 bits that tell how many more symbols have
 * none. Then the symbols: a literal (0 to 255), or a length less 2 followed by a distance. A distance of 0 is the one
 * before, others are told less 1. Lengths and distances are their own symbols below 4; from there on two symbols share
 * each power of two, and bits below them follow. Two bytes of 0 stand at the end.
 */
#ifndef LLMC_BASE_UNPACK_H
#define LLMC_BASE_UNPACK_H

#include <stddef.h>

/* Fills `out` with the first `size` bytes. */
void llmc__unpack(const unsigned char *packed, unsigned char *out, size_t size);

#endif
