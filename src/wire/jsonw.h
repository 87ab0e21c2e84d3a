/*
 * Writing JSON by appending to a buffer. Commas and colons are put in by the writer; strings are escaped as RFC 8259
 * asks and written as UTF-8. The first failure sticks: check it once, at the end.
 */
#ifndef LLMC_WIRE_JSONW_H
#define LLMC_WIRE_JSONW_H

#include <stdint.h>
#include "base/buf.h"

typedef struct llmc__jsonw {
    llmc__buf *out;
    llmc_status status; /* LLMC_OK until something fails: INVALID_UTF8, INVALID_ARGUMENT (NaN), TOO_LARGE, NO_MEMORY */
    bool need_comma;
} llmc__jsonw;

void llmc__jsonw_init(llmc__jsonw *w, llmc__buf *out);
void llmc__jsonw_begin_object(llmc__jsonw *w);
void llmc__jsonw_end_object(llmc__jsonw *w);
void llmc__jsonw_begin_array(llmc__jsonw *w);
void llmc__jsonw_end_array(llmc__jsonw *w);
void llmc__jsonw_name(llmc__jsonw *w, const char *name); /* then one value */
void llmc__jsonw_name_part(llmc__jsonw *w, const char *name, size_t len);
void llmc__jsonw_string(llmc__jsonw *w, const char *text, size_t len);
void llmc__jsonw_str(llmc__jsonw *w, const char *text); /* terminated */
void llmc__jsonw_int(llmc__jsonw *w, int64_t value);
void llmc__jsonw_double(llmc__jsonw *w, double value);
void llmc__jsonw_bool(llmc__jsonw *w, bool value);
void llmc__jsonw_null(llmc__jsonw *w);
void llmc__jsonw_raw(llmc__jsonw *w, const char *json, size_t len); /* one value, known to be valid JSON */

#endif
