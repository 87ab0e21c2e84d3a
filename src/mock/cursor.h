/* A walk through JSON text that trusts its shape but not its length, and leaves strings escaped. */
#ifndef LLMC_MOCK_CURSOR_H
#define LLMC_MOCK_CURSOR_H

#include "mock/inner.h"

typedef struct llmc__mock_cursor {
    const char *at, *end;
    llmc__buf *joined; /* where scan.c puts texts that come in parts; else NULL */
    bool failed;       /* no memory for it */
} llmc__mock_cursor;

/* Passes the character, and the space before it, if it is the next one. */
bool llmc__mock_cursor_accept(llmc__mock_cursor *c, char wanted);
bool llmc__mock_cursor_is_string(llmc__mock_cursor *c);
llmc__mock_span llmc__mock_cursor_string(llmc__mock_cursor *c); /* at a quote: the string's inside */
bool llmc__mock_cursor_true(llmc__mock_cursor *c);              /* passes a value; whether it is true */
int64_t llmc__mock_cursor_int(llmc__mock_cursor *c);            /* passes a value; 0 when it is no number */
void llmc__mock_cursor_skip(llmc__mock_cursor *c);              /* passes a value of any kind and depth */
/* As skip, but passes at least a byte: a stray bracket must not hold up the walk through an array. */
void llmc__mock_cursor_skip_item(llmc__mock_cursor *c);
/* Next key of an object whose brace was passed; false at its end. */
bool llmc__mock_cursor_key(llmc__mock_cursor *c, llmc__mock_span *key);
bool llmc__mock_key_is(llmc__mock_span key, const char *name);
/* Passes into the next element of an array whose bracket was passed; false at its end. */
bool llmc__mock_cursor_element(llmc__mock_cursor *c);

/* escape.c: appends the inside of a string without its escapes. */
void llmc__mock_unescape(llmc__mock_answer *answer, llmc__mock_span text, llmc__buf *out);

#endif
