/* Making and filling targets: shared by the files about targets, while a target is still their own. */
#ifndef LLMC_ENGINE_TARGET_FIELDS_H
#define LLMC_ENGINE_TARGET_FIELDS_H

#include "engine/client.h"
#include "provider/provider.h"

/* A text of a target that a program may give. */
typedef struct llmc__target_text {
    char name[18];
    uint16_t member; /* where it lies in llmc__target */
    uint8_t given;   /* where it lies in llmc_provider_options; 0: it is not among them */
    int8_t fault;    /* llmc_status of one that cannot be sent; LLMC_OK: it is not looked at */
} llmc__target_text;
#define LLMC__TARGET_TEXTS 12
extern const llmc__target_text llmc__target_texts[LLMC__TARGET_TEXTS];
const char *llmc__target_text_given(const llmc__target_text *text, const llmc_provider_options *o); /* NULL: not */
char **llmc__target_text_slot(const llmc__target_text *text, const llmc__target *target);

/* Each of these is false when there was no memory. */
bool llmc__target_fields_put(char **slot,
                             const char *text); /* a copy in place of what *slot held, which is overwritten */
bool llmc__target_fields_put_given(char **slot, const char *text); /* the same; NULL: nothing is put */
bool llmc__target_fields_put_url(char **slot, const char *url);    /* without '/' at its end */
bool llmc__target_fields_put_headers(llmc__target *target, const llmc_header *headers, size_t count);

/* A new target with all that `old` has but its chain and its limits; old NULL: an OpenAI-compatible one of the user's
 * own. NULL: no memory. */
llmc__target *llmc__target_fields_derive(const llmc__target *old, const char *name);

/* Once all else is set: what goes by the client's options and by the address. `proxy` NULL: the client's. */
bool llmc__target_fields_finish(const llmc_client *client, llmc__target *target, const char *proxy);

/* A key that could be sent in a header. */
bool llmc__target_fields_key_is_clean(const char *key);

/* target_env.c: fills a new target from a built-in row and the environment. */
bool llmc__target_env_fill(const llmc_client *client, llmc__target *target, const llmc__provider_row *row);

/* target_options.c: LLMC_OK, or what is wrong with the last error set. */
llmc_status llmc__target_options_check(const llmc_client *client, const char *name, const llmc_provider_options *o);

/* A chain of targets, one a key, of `old` (may be NULL) with the options put over it. NULL: no memory. */
llmc__target *llmc__target_options_build(const llmc_client *client, const llmc__target *old, const char *name,
                                         const llmc_provider_options *o);

#endif
