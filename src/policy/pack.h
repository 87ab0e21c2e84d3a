/*
 * Texts divided among requests: as few as the limits of one request allow, whatever the order, since each text's vector
 * finds its way back by its number. Pure.
 */
#ifndef LLMC_POLICY_PACK_H
#define LLMC_POLICY_PACK_H

#include <stddef.h>
#include <stdint.h>
#include "llmclient.h"

/* Of one request; 0: no limit. A text that is over a limit by itself gets a request by itself. */
typedef struct llmc__pack_limits {
    size_t texts, bytes, tokens;
} llmc__pack_limits;

/* An estimate: four bytes a token, as of English text; other scripts have fewer, so that they pack a little too full
 * and are divided again where the provider refuses. */
size_t llmc__pack_tokens(size_t bytes);

typedef struct llmc__packs {
    size_t *items; /* numbers of texts, pack by pack */
    size_t *ends;  /* where in `items` each pack ends */
    size_t count;  /* of packs */
} llmc__packs;

/*
 * By first fit of the longest first (Johnson 1973: at most 11/9 of the least number and a little; texts of one length
 * get the least). sizes[i] are bytes. Inside a pack the texts stand in their order. NO_MEMORY leaves `out` empty.
 */
llmc_status llmc__pack_all(const size_t *sizes, size_t count, const llmc__pack_limits *limits, llmc__packs *out);
void llmc__pack_free(llmc__packs *packs);

#endif
