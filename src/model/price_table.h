/*
 * A table of prices: which names a provider goes by, which of its models a name means, and what the model costs, by the
 * length of the prompt and the moment. Packed, as the library carries one of over a thousand models and may be given
 * another while it runs; both have this form and are read by the same functions. Pure: the moment is passed in.
 *
 * Names are compared without regard to ASCII case. Of several models that match, the first counts.
 */
#ifndef LLMC_MODEL_PRICE_TABLE_H
#define LLMC_MODEL_PRICE_TABLE_H

#include "llmclient.h"

/*
 * `names` has of each provider: its id; the pattern of its URLs, "" where it has none; the ids of those whose models it
 * offers too, and ""; the clause of its names, or NONE; the clauses of its models, and NONE. A text ends with a byte of
 * 0. A clause is a byte that tells its kind and its text; OR and AND have clauses in place of it, and NONE.
 */
typedef enum llmc__price_clause {
    LLMC__CLAUSE_NONE = 0,
    LLMC__CLAUSE_EQUALS,
    LLMC__CLAUSE_STARTS_WITH,
    LLMC__CLAUSE_ENDS_WITH,
    LLMC__CLAUSE_CONTAINS,
    LLMC__CLAUSE_REGEX,
    LLMC__CLAUSE_OR,
    LLMC__CLAUSE_AND
} llmc__price_clause;

/*
 * `prices` has of each model, in the same order, one or more sets. A set is the flags (the classes it has prices for,
 * what it is bound to, whether another follows), what it is bound to (a date: days since 1970; a time of day: begin and
 * end in seconds), and for each class its price: 1 + its place in `values`, or 0 and its tiers: place of the base,
 * count, and for each tier its start in tokens and the place of its price. All are numbers of seven bits a byte, the
 * lowest first; the highest bit of a byte tells that another follows.
 */
typedef enum llmc__price_class {
    LLMC__PRICE_INPUT = 0,
    LLMC__PRICE_CACHE_READ,
    LLMC__PRICE_CACHE_WRITE,
    LLMC__PRICE_OUTPUT,
    LLMC__PRICE_REASONING,
    LLMC__PRICE_INPUT_AUDIO,
    LLMC__PRICE_CACHE_READ_AUDIO,
    LLMC__PRICE_OUTPUT_AUDIO,
    LLMC__PRICE_REQUEST, /* of a thousand; the others of a million tokens */
    LLMC__PRICE_CLASSES
} llmc__price_class;
#define LLMC__PRICE_MORE    (1u << 9)
#define LLMC__PRICE_BY_DATE (1u << 10)
#define LLMC__PRICE_BY_TIME (1u << 11)
#define LLMC__PRICE_NONE    UINT32_MAX

/* Where its part of `names` begins, and that of its models in `prices`. */
typedef struct llmc__price_provider {
    uint32_t names, prices;
} llmc__price_provider;

typedef struct llmc__price_table {
    const llmc__price_provider *providers;
    const char *names;
    const unsigned char *prices;
    const double *values;
    uint32_t provider_count;
} llmc__price_table;

/*
 * Which provider it is: the one of that id, else the first whose names it matches, else the first whose pattern fits
 * the beginning of the URL (NULL: none). NONE: no such.
 */
uint32_t llmc__price_provider_find(const llmc__price_table *table, const char *name, const char *url);

/* Where the prices of the provider's model of that name begin, those of its fallbacks included; NONE: no such. */
uint32_t llmc__price_model_find(const llmc__price_table *table, uint32_t provider, const char *model);

/* The prices for a prompt of so many tokens at that moment (seconds since 1970); classes without one are -1. */
void llmc__price_read(const llmc__price_table *table, uint32_t prices, int64_t tokens_in, int64_t wall_s,
                      llmc_price *out);

#endif
