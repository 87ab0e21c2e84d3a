/* Text in a URL (RFC 3986). */
#ifndef LLMC_PROVIDER_PERCENT_H
#define LLMC_PROVIDER_PERCENT_H

#include "base/buf.h"

/* Appends it percent-encoded, all but the unreserved characters and those of `keep`. */
llmc_status llmc__percent_append(llmc__buf *out, const char *text, size_t len, const char *keep);

#endif
