/* CRC-32 as gzip and Ethernet have it (RFC 1952 section 8): reflected polynomial 0xedb88320. */
#ifndef LLMC_BASE_CRC32_H
#define LLMC_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what came before (0 for nothing) with these bytes behind it. */
uint32_t llmc__crc32(uint32_t before, const void *bytes, size_t len);

#endif
