/*
 * Where a call goes: a provider's settings at one moment, resolved from options and environment. Immutable and counted,
 * so that calls keep theirs while the client's settings change.
 */
#ifndef LLMC_MODEL_TARGET_H
#define LLMC_MODEL_TARGET_H

#include <stdatomic.h>
#include "llmclient.h"
#include "model/request.h"

struct llmc__provider;     /* provider/provider.h */
struct llmc__provider_row; /* provider/provider.h */

typedef struct llmc__target {
    atomic_uint refs;
    char *name;                            /* "openai" */
    const struct llmc__provider *provider; /* adapter */
    const struct llmc__provider_row *row;  /* the built-in one of that name; NULL for the user's own */
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
    char *bad_key_variable;     /* of the environment, with a key that cannot be sent: told when it is used */
    char *bad_url_variable;     /* the same of a base URL */
    char *region, *api_version; /* NULL: not set */
    char *access_key_id, *secret_access_key, *session_token; /* AWS; NULL: not set */
    llmc_token_fn token;                                     /* NULL: api_key */
    void *token_user_data;
    char *priced_as;       /* whose prices hold; NULL: by name and URL; "": nobody's */
    bool drop_unsupported; /* the client's option */
    uint64_t identity;     /* in one client: equal for targets whose cached answers are good for each other; not 0 */
    uint64_t settings;     /* number of the llmc_client_set_provider that made it; 0 none */
    int64_t requests_per_minute, tokens_per_minute; /* of each key, 0 none; on the first key's target only, as are: */
    uint32_t max_concurrency;                       /* 0 none */
    uint32_t key_count;                             /* how many targets the chain has, this one included */
    uint32_t key_index;                             /* which of the provider's keys this target holds */
    struct llmc__target *next_key;                  /* counted; the same provider with its next key, or NULL */
    uint64_t pool_id; /* equal for targets that may share connections: same origin, CA, proxy */
} llmc__target;

llmc__target *llmc__target_new(void); /* zeroed, one reference */
llmc__target *llmc__target_ref(llmc__target *target);
void llmc__target_unref(llmc__target *target); /* overwrites the key */

#endif
