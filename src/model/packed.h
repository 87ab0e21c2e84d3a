/*
 * A finished answer as one run of bytes, the form in which caches keep it. A response made of it borrows: its texts lie
 * in the bytes, and only the handle is allocated.
 */
#ifndef LLMC_MODEL_PACKED_H
#define LLMC_MODEL_PACKED_H

#include "base/buf.h"
#include "model/response.h"

/*
 * Appends to `out`. Kept: content, usage, cost, ids, provider, an operation's result, and, `with_http`, the raw body
 * and the headers but for cookies. Not kept: errors, attempts, times. LLMC_OK, NO_MEMORY, TOO_LARGE (of out's maximum).
 */
llmc_status llmc__packed_write(const llmc_response *response, bool with_http, llmc__buf *out);

/*
 * A new response, marked from_cache, its times 0. It holds what `owner` stands for until give_back(owner), called once
 * when it ends. Nothing in the bytes is believed: lengths, counts, ends of texts. LLMC_OK; BAD_RESPONSE; TOO_LARGE: a
 * text is longer than max_bytes; NO_MEMORY. *out is NULL then and nothing is given back.
 */
llmc_status llmc__packed_read(const void *bytes, size_t len, size_t max_bytes, void *owner,
                              void (*give_back)(void *owner), llmc_response **out);

#endif
