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
 * A word of `words`: 3 bits what it is, 9 bits the length and 20 bits the place of a text in `text`; for OR and AND the
 * 29 bits are the number of words that follow and belong to it. A model is one word that says where its prices begin
 * and its clause behind it.
 */
typedef enum llmc__price_clause {
    LLMC__CLAUSE_EQUALS = 0,
    LLMC__CLAUSE_STARTS_WITH,
    LLMC__CLAUSE_ENDS_WITH,
    LLMC__CLAUSE_CONTAINS,
    LLMC__CLAUSE_REGEX,
    LLMC__CLAUSE_OR,
    LLMC__CLAUSE_AND
} llmc__price_clause;
#define LLMC__PRICE_TEXT_BITS  20
#define LLMC__PRICE_LEN_BITS   9
#define LLMC__PRICE_KIND_SHIFT 29
#define LLMC__PRICE_NONE       UINT32_MAX

/*
 * `prices` of a model: one or more sets. A set is a word of flags (the classes it has prices for, what it is bound to,
 * whether another follows), what it is bound to (a date: days since 1970; a time of day: begin and end in seconds, two
 * words each), and for each class the place of its price in `values`, or with the highest bit that of its tiers in
 * `prices`: base, count, and for each tier its start in tokens (two words) and its price.
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
#define LLMC__PRICE_TIERED  0x8000u

typedef struct llmc__price_provider {
    uint32_t id;      /* a text */
    uint32_t names;   /* where its clause of names stands in `words`; NONE: its id only */
    uint32_t address; /* a text: pattern of its URLs */
    uint32_t models;  /* where its models begin in `words` */
    uint16_t model_count;
    uint16_t fallback_at, fallback_count; /* in `fallbacks`: whose models it offers too */
} llmc__price_provider;

typedef struct llmc__price_table {
    const llmc__price_provider *providers;
    const uint32_t *words;
    const uint16_t *prices, *fallbacks;
    const double *values;
    const char *text;
    uint32_t provider_count;
} llmc__price_table;

/* What the library carries: see cmake/make_prices.py. */
extern const llmc__price_table llmc__prices;
extern const char llmc__prices_date[];

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
