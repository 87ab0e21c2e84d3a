/* How tokens are chosen and how many: the options that every API has, under names of its own. */
#ifndef LLMC_PROVIDER_SAMPLING_H
#define LLMC_PROVIDER_SAMPLING_H

#include "provider/body.h"

/* By the places of their bits in llmc__field. */
typedef enum llmc__sampling_what {
    LLMC__SAMPLING_TEMPERATURE,
    LLMC__SAMPLING_TOP_P,
    LLMC__SAMPLING_TOP_K,
    LLMC__SAMPLING_FREQUENCY_PENALTY,
    LLMC__SAMPLING_PRESENCE_PENALTY,
    LLMC__SAMPLING_SEED,
    LLMC__SAMPLING_MAX_TOKENS,
    LLMC__SAMPLING_STOP,
    LLMC__SAMPLING_N
} llmc__sampling_what;

/*
 * The members of `fields` that are to be written, in the order of the fields. `own`: pairs (pairs.h) of the names that
 * llmc__field_name has and those of the API, where they differ. `inside`: in an object, where extra_json does not
 * reach.
 */
void llmc__sampling_write(llmc__body *body, uint32_t fields, const char *own, bool inside);

/* One of them under that name; those of `fields` under the names llmc__field_name has. */
void llmc__sampling_put(llmc__body *body, llmc__sampling_what what, const char *name);
void llmc__sampling_put_plain(llmc__body *body, uint32_t fields);

#endif
