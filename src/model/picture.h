/* How large a picture is, as its first bytes tell. */
#ifndef LLMC_MODEL_PICTURE_H
#define LLMC_MODEL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PNG, JPEG, GIF and WebP; false: another kind, or cut. */
bool llmc__picture_size(const void *bytes, size_t len, uint32_t *width, uint32_t *height);

#endif
