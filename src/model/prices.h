/* The parts of the table of prices that the library carries; made by cmake/make_prices.py. */
#ifndef LLMC_MODEL_PRICES_H
#define LLMC_MODEL_PRICES_H

#include "model/price_table.h"

extern const double llmc__prices_values[];
extern const uint16_t llmc__prices_prices[];
extern const char llmc__prices_text[];

#endif
