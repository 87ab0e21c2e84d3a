#include "model/picture.h"

#include <string.h>

static uint32_t big(const unsigned char *p, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | p[i];
    return value;
}

static uint32_t little(const unsigned char *p, int bytes) {
    uint32_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | p[i];
    return value;
}

static bool starts(const unsigned char *p, size_t len, const char *with, size_t with_len) {
    return len >= with_len && memcmp(p, with, with_len) == 0;
}

/* https://www.w3.org/TR/png-3/#11IHDR: always the first chunk. */
static bool read_png(const unsigned char *p, size_t len, uint32_t *width, uint32_t *height) {
    if (!starts(p, len, "\x89PNG\r\n\x1a\n", 8) || len < 24)
        return false;
    *width = big(p + 16, 4);
    *height = big(p + 20, 4);
    return true;
}

static bool read_gif(const unsigned char *p, size_t len, uint32_t *width, uint32_t *height) {
    if (!starts(p, len, "GIF8", 4) || len < 10)
        return false;
    *width = little(p + 6, 2);
    *height = little(p + 8, 2);
    return true;
}

/* Markers of frames: 0xc0 to 0xcf, but for the tables DHT, JPG and DAC among them. */
static bool is_frame(unsigned char marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* ITU-T T.81: segments, each with its length, up to that of the frame. */
static bool read_jpeg(const unsigned char *p, size_t len, uint32_t *width, uint32_t *height) {
    size_t at = 2;
    if (!starts(p, len, "\xff\xd8", 2))
        return false;
    while (len - at >= 9 && p[at] == 0xff) {
        if (p[at + 1] == 0xff) { /* fill bytes may stand before a marker */
            at++;
            continue;
        }
        if (is_frame(p[at + 1])) {
            *height = big(p + at + 5, 2);
            *width = big(p + at + 7, 2);
            return true;
        }
        size_t segment = 2 + (size_t)big(p + at + 2, 2);
        if (segment > len - at)
            return false;
        at += segment;
    }
    return false;
}

/* https://developers.google.com/speed/webp/docs/riff_container: lossy, lossless, extended. */
static bool read_webp(const unsigned char *p, size_t len, uint32_t *width, uint32_t *height) {
    if (!starts(p, len, "RIFF", 4) || len < 30 || memcmp(p + 8, "WEBPVP8", 7) != 0)
        return false;
    if (p[15] == 'X') {
        *width = little(p + 24, 3) + 1;
        *height = little(p + 27, 3) + 1;
    } else if (p[15] == 'L') {
        *width = (little(p + 21, 4) & 0x3fff) + 1;
        *height = (little(p + 21, 4) >> 14 & 0x3fff) + 1;
    } else {
        *width = little(p + 26, 2) & 0x3fff;
        *height = little(p + 28, 2) & 0x3fff;
    }
    return true;
}

bool llmc__picture_size(const void *bytes, size_t len, uint32_t *width, uint32_t *height) {
    const unsigned char *p = bytes;
    *width = *height = 0;
    return (read_png(p, len, width, height) || read_gif(p, len, width, height) || read_jpeg(p, len, width, height) ||
            read_webp(p, len, width, height)) &&
           *width > 0 && *height > 0;
}
