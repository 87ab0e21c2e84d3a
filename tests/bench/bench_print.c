#include <stdio.h>
#include <string.h>
#include "bench_print.h"

static const char *verdict_of(const bench_result *result) {
    if (result->skipped)
        return "skipped";
    if (result->why[0] != '\0')
        return "DID NOT RUN";
    if (result->failed > 0)
        return "CALLS FAILED";
    return !result->judged ? "-" : result->holds ? "holds" : "misses";
}

static const char *against_of(const bench_row *row) {
    return row->against != NULL ? row->against : "-";
}

/* With the sign that tells what it is: "1.12", "x 31.0", "+ 12", "350". */
static void write_score(const bench_row *row, double score, char out[24]) {
    if (row->rule == BENCH_RATIO)
        (void)snprintf(out, 24, "%.2f", score);
    else if (row->rule == BENCH_FACTOR)
        (void)snprintf(out, 24, "x %.1f", score);
    else if (row->rule == BENCH_MORE)
        (void)snprintf(out, 24, "%c %.0f", score < 0 ? '-' : '+', score < 0 ? -score : score);
    else
        (void)snprintf(out, 24, "%.4g", score);
}

typedef struct words {
    char library[32], yardstick[32], score[24], limit[24];
} words;

static words words_of(const bench_row *row, const bench_result *result) {
    words out = {"-", "-", "-", "-"};
    if (result->why[0] != '\0')
        return out;
    (void)snprintf(out.library, sizeof(out.library), result->library < 1000 ? "%.2f" : "%.0f", result->library);
    if (row->rule != BENCH_MOST)
        (void)snprintf(out.yardstick, sizeof(out.yardstick), result->yardstick < 1000 ? "%.2f" : "%.0f",
                       result->yardstick);
    write_score(row, result->score, out.score);
    if (result->judged)
        write_score(row, row->limit, out.limit);
    return out;
}

void bench_print_head(void) {
    (void)printf("%-18s %-53s %-38s %10s %10s %-5s %8s %8s  %s\n", "row", "work", "against", "library", "against",
                 "unit", "score", "limit", "verdict");
    (void)fflush(stdout);
}

void bench_print_text(const bench_row *row, const bench_result *result) {
    words w = words_of(row, result);
    (void)printf("%-18s %-53s %-38s %10s %10s %-5s %8s %8s  %s%s%s\n", row->name, row->work, against_of(row), w.library,
                 w.yardstick, row->unit, w.score, w.limit, verdict_of(result), result->why[0] != '\0' ? ": " : "",
                 result->why);
    (void)fflush(stdout);
}

static const char *rule_name(const bench_row *row) {
    static const char *const names[] = {"library / against, at most", "against / library, at least",
                                        "library - against, at most", "library, at most"};
    return names[row->rule];
}

void bench_print_json(const bench_row *row, const bench_result *result) {
    (void)printf("{\"row\":\"%s\",\"work\":\"%s\",\"against\":\"%s\",\"unit\":\"%s\",\"library\":%.6g,", row->name,
                 row->work, against_of(row), row->unit, result->library);
    if (row->rule != BENCH_MOST)
        (void)printf("\"yardstick\":%.6g,", result->yardstick);
    if (row->yardstick != NULL)
        (void)printf("\"paired\":%.4g,", result->paired);
    (void)printf("\"rule\":\"%s\",\"score\":%.4g,\"limit\":%.4g,\"repeats\":%d,\"failed\":%llu,\"verdict\":\"%s\"",
                 rule_name(row), result->score, row->limit, result->repeats, (unsigned long long)result->failed,
                 verdict_of(result));
    if (result->why[0] != '\0')
        (void)printf(",\"why\":\"%s\"", result->why);
    (void)printf("}\n");
    (void)fflush(stdout);
}

void bench_print_markdown(FILE *file, const bench_row *row, const bench_result *result) {
    words w = words_of(row, result);
    const char *unit = result->why[0] != '\0' ? "" : row->unit;
    (void)fprintf(file, "| %s | %s | %s | %s %s | %s %s | %s | %s | %s |\n", row->name, row->work, against_of(row),
                  w.library, unit, w.yardstick, strcmp(w.yardstick, "-") == 0 ? "" : unit, w.score, w.limit,
                  verdict_of(result));
}
