/* Members of what is handed out, by their place in it; of NULL each is as if it were not known. */
#ifndef LLMC_API_GETTER_H
#define LLMC_API_GETTER_H

#include <stdint.h>
#include "llmclient.h"

const char *llmc__getter_text(const void *object, size_t offset); /* a char *; "" where there is none */
int64_t llmc__getter_number(const void *object, size_t offset);   /* an int64_t; -1 of NULL */

#endif
