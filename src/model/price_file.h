/* A table of prices that is made while the library runs, part by part. */
#ifndef LLMC_MODEL_PRICE_FILE_H
#define LLMC_MODEL_PRICE_FILE_H

#include "base/buf.h"
#include "model/price_table.h"

/* Bounds of such a table. */
#define LLMC__PRICE_MAX_PROVIDERS 1000
#define LLMC__PRICE_MAX_TEXT      511
#define LLMC__PRICE_MAX_NESTED    8  /* clauses in clauses */
#define LLMC__PRICE_MAX_SETS      16 /* of one model */
#define LLMC__PRICE_MAX_TIERS     8  /* of one price */

typedef struct llmc__price_file {
    llmc__price_table table; /* valid after finish */
    llmc__buf providers, names, prices, values;
} llmc__price_file;

/* The price of one class: what has no tiers costs `base` always. */
typedef struct llmc__price_rate {
    bool known;
    double base;
    size_t tier_count;
    struct {
        int64_t start;
        double price;
    } tiers[LLMC__PRICE_MAX_TIERS]; /* ascending */
} llmc__price_rate;

/* One set of prices and what it is bound to. */
typedef struct llmc__price_set {
    unsigned bound; /* 0, LLMC__PRICE_BY_DATE or LLMC__PRICE_BY_TIME */
    uint32_t date;  /* days since 1970 */
    uint32_t begin_s, end_s;
    llmc__price_rate rates[LLMC__PRICE_CLASSES];
} llmc__price_set;

llmc__price_file *llmc__price_file_new(void); /* NULL: no memory */
void llmc__price_file_free(llmc__price_file *file);

/*
 * In this order: a provider; the ids of its fallbacks, and end; the clause of its names, or end; its models, each with
 * its sets and then its clause, and end. When all providers are there, finish. Texts have no byte of 0. LLMC_OK,
 * INVALID_ARGUMENT (a pattern of a kind that is not understood, a number out of range), TOO_LARGE, NO_MEMORY.
 */
llmc_status llmc__price_file_provider(llmc__price_file *file, const char *id, size_t id_len, const char *address,
                                      size_t address_len);
llmc_status llmc__price_file_fallback(llmc__price_file *file, const char *id, size_t len);
llmc_status llmc__price_file_model(llmc__price_file *file, const llmc__price_set *sets, size_t count);
llmc_status llmc__price_file_text(llmc__price_file *file, llmc__price_clause kind, const char *text, size_t len);
/* OR or AND: the clauses between it and an end belong to it. */
llmc_status llmc__price_file_open(llmc__price_file *file, llmc__price_clause kind);
llmc_status llmc__price_file_end(llmc__price_file *file);
void llmc__price_file_finish(llmc__price_file *file);

#endif
