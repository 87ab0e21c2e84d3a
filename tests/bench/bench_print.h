/* A row as a line of the table, of JSON, or of a Markdown table. */
#ifndef LLMC_TESTS_BENCH_BENCH_PRINT_H
#define LLMC_TESTS_BENCH_BENCH_PRINT_H

#include <stdio.h>
#include "bench_row.h"

void bench_print_head(void);
void bench_print_text(const bench_row *row, const bench_result *result);
void bench_print_json(const bench_row *row, const bench_result *result);
void bench_print_markdown(FILE *file, const bench_row *row, const bench_result *result);

#endif
