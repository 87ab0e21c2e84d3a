/* The recorded answers of real servers, which lie beside the source tree and may be absent. */
#ifndef LLMC_TESTS_SUPPORT_WIRE_H
#define LLMC_TESTS_SUPPORT_WIRE_H

#include <stddef.h>

/*
 * Calls fn for each file below $LLMC_WIRE_DIR (else <source dir>/../shared/wire) whose name ends so. Answers how many
 * there were and says it on stdout; 0 when the folder is absent.
 */
size_t support_wire_each(const char *ending, void (*fn)(const char *path, const char *bytes, size_t len));

#endif
