/* The table of prices that the library carries. It is made by cmake/make_prices.py. */
#ifndef LLMC_MODEL_PRICES_H
#define LLMC_MODEL_PRICES_H

#include "model/price_table.h"

/*
 * Unpacked when it is first asked for, once in a process, into room that the library has from the start: it cannot fail
 * and there is nothing to free. Any thread.
 */
const llmc__price_table *llmc__prices(void);

/* When the prices were read: "2026-11-26". */
const char *llmc__prices_date(void);

#endif
