/*
 * Embeddings: what each provider is asked and how its answer is read. Texts go in slices that keep to the limits of the
 * API; policy/pack.h makes them. Pure, as all of provider/.
 */
#ifndef LLMC_PROVIDER_EMBED_H
#define LLMC_PROVIDER_EMBED_H

#include "model/embed.h"
#include "provider/provider.h"

typedef struct llmc__embed_api {
    const char *name;

    /* Fills URL, headers and body for the texts of the slice, of which there is one at least. LLMC_OK, or a status
     * with `error` set. The provider's `sign` comes after it, as for a chat. */
    llmc_status (*encode)(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                          llmc__http_request *out, llmc_error *error);

    /*
     * A 2xx body with the vectors of `count` texts. LLMC_OK; or a status with `error` set: an error told inside the
     * body, BAD_RESPONSE (no such answer; an item missing, there twice or beyond the end; dimensions that differ),
     * NO_MEMORY, or what sink->room returned. Then some rows may have been written, but no `ok` was set. The target is
     * not known here: llmc__provider_redact the error.
     */
    llmc_status (*decode)(const char *body, size_t len, size_t count, llmc__embed_sink *sink, llmc_error *error);

    void (*limits)(const llmc__target *target, const char *model, llmc__embed_limits *out);
} llmc__embed_api;

/* NULL with `error` set to UNSUPPORTED: the provider, or its model, embeds no texts. Other errors of the API are
 * classified by target->provider->classify. */
const llmc__embed_api *llmc__embed_api_of(const llmc__target *target, const char *model, llmc_error *error);

/* Bytes an answer may well have: for the limit on what is received. */
size_t llmc__embed_answer_bytes(size_t count, size_t dimensions);

#endif
