/* Runs of characters in a JSON string, by blocks of bytes. */
#ifndef LLMC_WIRE_JSON_RUN_H
#define LLMC_WIRE_JSON_RUN_H

#include <stdbool.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* A bit for each of sixteen bytes that is a quote or a backslash; `plain`: or a control character, or above ASCII. */
static inline unsigned llmc__json_run_marks(__m128i bytes, bool plain) {
    __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    if (plain) /* signed, so that bytes above ASCII count as below the space, too */
        marks = _mm_or_si128(marks, _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')));
    return (unsigned)_mm_movemask_epi8(marks);
}
#endif

/* Where the run of characters that stand for themselves ends: at a quote, a backslash or the end. */
const char *llmc__json_run_text(const char *p, const char *end);

/* Where the run ends that is all ASCII and free of control characters as well. */
const char *llmc__json_run_plain(const char *p, const char *end);

#endif
