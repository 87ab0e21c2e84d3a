/*
 * A JSON text that comes again and again with another word in it, as the chunks of a stream do. The text is remembered
 * with the places where the next one may differ: one string that is looked for, and members that say nothing (counters,
 * times, padding). A text that is the same everywhere else is told by comparison, which costs a tenth of reading it;
 * any other is left to the reader of json.h.
 */
#ifndef LLMC_WIRE_SHAPE_H
#define LLMC_WIRE_SHAPE_H

#include <stdbool.h>
#include "base/buf.h"

#define LLMC__SHAPE_BYTES 4096 /* longer texts are not remembered */
#define LLMC__SHAPE_GAPS  6

typedef struct llmc__shape_gap {
    size_t start, end; /* in the text; of a string without its quotes */
    bool is_piece;     /* the string that is looked for */
    bool is_number;
} llmc__shape_gap;

typedef struct llmc__shape {
    llmc__buf text; /* empty: nothing is remembered */
    llmc__buf piece;
    llmc__shape_gap gaps[LLMC__SHAPE_GAPS];
    size_t gap_count, piece_gap;
    unsigned unused; /* texts remembered since one was recognised last; too many, and no more are */
} llmc__shape;

void llmc__shape_init(llmc__shape *shape);
void llmc__shape_free(llmc__shape *shape);
void llmc__shape_forget(llmc__shape *shape);

/*
 * Remembers a text that llmc__json_parse has read. `place`: where in it the string stands (llmc__json_place). `idle`:
 * names, ended by NULL, of members of the outermost object that vary and say nothing. Without memory nothing is
 * remembered.
 */
void llmc__shape_learn(llmc__shape *shape, const char *text, size_t len, size_t place, const char *const *idle);

/* Whether it is the remembered text but for its gaps; then the string, decoded, terminated and lent until the next
 * call. */
bool llmc__shape_match(llmc__shape *shape, const char *text, size_t len, const char **piece, size_t *piece_len);

#endif
