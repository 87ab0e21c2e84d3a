/*
 * What makes two requests the same to the response cache, as bytes: everything that can change the answer. Written from
 * the request itself and not from what is sent, so that a streamed and a plain call share an entry. Every field has a
 * length before it or a fixed place, so that no two requests give the same bytes. Pure; reads only, takes no lock.
 */
#ifndef LLMC_POLICY_CACHE_KEY_H
#define LLMC_POLICY_CACHE_KEY_H

#include "base/buf.h"
#include "model/request.h"
#include "model/target.h"
#include "policy/cache.h"

/* Where the request goes and for whom; all lent. */
typedef struct llmc__cache_scope {
    const llmc__target *target; /* the first of a provider's keys: all of them together are the identity */
    uint64_t identity;     /* not 0: stands for target and salt, in this process and cache; both are not looked at */
    const char *adapter;   /* whose API it speaks */
    const char *model;     /* as sent */
    const char *salt;      /* of the client; NULL: none */
    const char *tenant;    /* of the request; NULL: none */
    llmc__hash_key secret; /* of this process, or of all that share a store: hides keys and header values */
    bool shared;           /* the key is for other processes too: nothing of this process alone may count */
} llmc__cache_scope;

/*
 * Replaces what `out` holds. Secrets and header values go in as keyed hashes only. Timeouts, retries, priority and the
 * interrupt function do not count, nor do headers that name one call of many: traceparent, tracestate, x-request-id,
 * x-client-request-id. LLMC_OK, NO_MEMORY, TOO_LARGE (of out's maximum), or UNSUPPORTED: bearer tokens come from a
 * function, so that whose they are is not known, and there is neither salt nor tenant to tell processes' users apart.
 */
llmc_status llmc__cache_key_write(const llmc__cache_scope *scope, const llmc_request *request, llmc__buf *out);

/* The part of the target alone: targets with the same bytes may have the same identity. */
llmc_status llmc__cache_key_write_target(const llmc__cache_scope *scope, llmc__buf *out);

/*
 * The same key without memory for it, for a look at the cache: `key` is good as long as the probe, scope and request
 * are. One that does not fit into the probe is hashed as it is written, and written again to be compared.
 */
#define LLMC__CACHE_PROBE_BYTES 1024
typedef struct llmc__cache_probe {
    llmc__cache_key key;
    const llmc__cache_scope *scope;
    const llmc_request *request;
    unsigned char room[LLMC__CACHE_PROBE_BYTES];
} llmc__cache_probe;

/* LLMC_OK, or UNSUPPORTED as above. */
llmc_status llmc__cache_key_probe(const llmc__cache_scope *scope, const llmc_request *request, llmc__hash_key hash_key,
                                  llmc__cache_probe *out);

#endif
