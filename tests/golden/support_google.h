/* Requests of Google's generateContent in one spelling, whichever client wrote them. */
#ifndef LLMC_TESTS_GOLDEN_SUPPORT_GOOGLE_H
#define LLMC_TESTS_GOLDEN_SUPPORT_GOOGLE_H

#include "base/buf.h"
#include "wire/json.h"

/* The member's name as Google's reference spells it. */
const char *google_spelling(const char *name);
/* The document with its members sorted and in that spelling, without what says nothing. Free the buffer. */
void google_canon(const llmc__json_doc *doc, llmc__buf *out);

#endif
