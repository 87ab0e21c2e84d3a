/*
 * Made by cmake/make_prices.py from the published prices of
 * https://github.com/pydantic/genai-prices as read on 2026-11-26; do not edit. The facts are theirs:
 *
 * The MIT License (MIT)
 *
 * Copyright (c) Pydantic Services Inc. 2025 to present
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in all
 * copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
 * SOFTWARE.
 */
/* clang-format off */
#ifndef LLMC_MODEL_PRICES_DATA_H
#define LLMC_MODEL_PRICES_DATA_H

#include "model/price_table.h"

/* How long what is packed is, and how many there are. Values are numbers, each with a space behind it. */
#define LLMC__PRICES_NAMES_SIZE  53364
#define LLMC__PRICES_PRICES_SIZE 5078
#define LLMC__PRICES_VALUES_SIZE 1510
#define LLMC__PRICES_VALUES      290
#define LLMC__PRICES_PROVIDERS   34

extern const unsigned char llmc__prices_data_names[], llmc__prices_data_prices[], llmc__prices_data_values[];
extern const llmc__price_provider llmc__prices_data_providers[LLMC__PRICES_PROVIDERS];
extern const char llmc__prices_data_day[];

#endif
