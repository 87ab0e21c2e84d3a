/* The recorded answers: where they are, and reading them. */
#ifndef LLMC_TEST_SUPPORT_WIRE_H
#define LLMC_TEST_SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include "wire/json.h"

typedef struct wire_case {
    char name[256];
    char body_path[512];
    char expect_path[512];
    char provider[64], category[64], api[64];
    int http_status;
} wire_case;

/* Folder of the recordings: LLMC_WIRE_DIR, else beside the source tree. NULL when there is none. */
const char *wire_dir(void);

/* All cases of manifest.json; NULL when it cannot be read. Free with free(). */
wire_case *wire_cases(size_t *count);

/* A header which came with the recorded answer (name in lower case); NULL when none. Free with free(). */
char *wire_header(const wire_case *one, const char *name);

/* The whole file, terminated; NULL when it cannot be read. Free with free(). */
char *wire_read(const char *path, size_t *len);

#endif
