/*
 * Where a call goes: a provider's settings at one moment, resolved from options and environment. Immutable and counted,
 * so that calls keep theirs while the client's settings change.
 */
#ifndef LLMC_MODEL_TARGET_H
#define LLMC_MODEL_TARGET_H

#include <stdatomic.h>
#include "llmclient.h"
#include "model/request.h"

struct llmc__provider; /* provider/provider.h */

typedef struct llmc__target {
    atomic_uint refs;
    char *name;                            /* "openai" */
    const struct llmc__provider *provider; /* adapter */
    char *api_key;                         /* NULL or "": none is sent */
    bool key_required;
    char *key_variable; /* "OPENAI_API_KEY": for the message when the key is missing; may be NULL */
    char *base_url;     /* no '/' at its end */
    char *organization, *project;
    llmc__header *headers;
    size_t header_count;
    char *ca_file; /* NULL: the system's */
    char *proxy;   /* "": none */
    char *no_proxy;
    llmc_status fault; /* LLMC_OK, or INVALID_KEY: the environment's key cannot be sent; told when it is used */
    uint64_t pool_id;  /* equal for targets that may share connections: same origin, CA, proxy */
} llmc__target;

llmc__target *llmc__target_new(void); /* zeroed, one reference */
llmc__target *llmc__target_ref(llmc__target *target);
void llmc__target_unref(llmc__target *target); /* overwrites the key */

#endif
