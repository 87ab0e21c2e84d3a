/* Options and the table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench_ladder.h"
#include "bench_row.h"

#define MOST_NAMES 32

typedef struct settings {
    bool quick, json, ladder, list;
    int repeats;
    const char *names[MOST_NAMES]; /* of the rows to run; none: all */
    int name_count;
    bench_ladder steps;
} settings;

static const char usage[] =
    "usage: bench [options] [ROW]...\n"
    "  ROW             run this row only; may be given again for more\n"
    "  --list          print the names of the rows\n"
    "  --short         a fifth of the requests, three runs of each, without the slow rows\n"
    "  --json          a JSON object a line\n"
    "  --repeats N     runs of each after the warm-up (5)\n"
    "  --ladder        cost against requests in flight instead of the rows; with --plain or --streamed only those,\n"
    "                  with --in-flight N only that step\n";

static const bench_row *row_named(const char *name) {
    for (size_t i = 0; i < bench_row_count; i++)
        if (strcmp(bench_rows[i].name, name) == 0)
            return &bench_rows[i];
    return NULL;
}

static bool is_chosen(const settings *s, const bench_row *row) {
    for (int i = 0; i < s->name_count; i++)
        if (strcmp(s->names[i], row->name) == 0)
            return true;
    return s->name_count == 0 && !(s->quick && row->is_slow);
}

static bool parse_flag(const char *flag, settings *s) {
    const struct {
        const char *name;
        bool *value, to;
    } flags[] = {{"--short", &s->quick, true},
                 {"--json", &s->json, true},
                 {"--list", &s->list, true},
                 {"--ladder", &s->ladder, true},
                 {"--plain", &s->steps.streamed, false},
                 {"--streamed", &s->steps.plain, false}};
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (strcmp(flag, flags[i].name) == 0) {
            *flags[i].value = flags[i].to;
            return true;
        }
    return false;
}

static bool parse(int argc, char **argv, settings *s) {
    memset(s, 0, sizeof(*s));
    s->steps.plain = s->steps.streamed = true;
    for (int i = 1; i < argc; i++) {
        if (parse_flag(argv[i], s)) {
            continue;
        } else if (strcmp(argv[i], "--repeats") == 0 && i + 1 < argc) {
            s->repeats = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--in-flight") == 0 && i + 1 < argc) {
            s->steps.only = (uint32_t)strtoul(argv[++i], NULL, 10);
        } else if (row_named(argv[i]) != NULL && s->name_count < MOST_NAMES) {
            s->names[s->name_count++] = argv[i];
        } else {
            (void)fprintf(stderr, "bench: what is '%s'?\n%s", argv[i], usage);
            return false;
        }
    }
    s->repeats = s->repeats != 0 ? s->repeats : s->quick ? 3 : 5;
    s->steps.quick = s->quick;
    s->steps.json = s->json;
    s->steps.repeats = s->repeats;
    return s->repeats >= 1 && s->repeats <= BENCH_MOST_REPEATS;
}

static const char *verdict_of(const bench_result *result) {
    return result->skipped      ? "skipped"
           : result->failed > 0 ? "CALLS FAILED"
           : !result->judged    ? "-"
           : result->holds      ? "holds"
                                : "misses";
}

static const char *rule_name(const bench_row *row) {
    static const char *const names[] = {"library / against, at most", "against / library, at least",
                                        "library - against, at most", "library, at most"};
    return names[row->rule];
}

static void print_json(const bench_row *row, const bench_result *result) {
    (void)printf("{\"row\":\"%s\",\"work\":\"%s\",\"against\":\"%s\",\"unit\":\"%s\",\"library\":%.4g,", row->name,
                 row->work, row->against != NULL ? row->against : "", row->unit, result->library);
    if (row->rule != BENCH_MOST)
        (void)printf("\"yardstick\":%.4g,", result->yardstick);
    (void)printf("\"rule\":\"%s\",\"score\":%.4g,\"limit\":%.4g,\"repeats\":%d,\"failed\":%llu,\"verdict\":\"%s\"",
                 rule_name(row), result->score, row->limit, result->repeats, (unsigned long long)result->failed,
                 verdict_of(result));
    if (result->why[0] != '\0')
        (void)printf(",\"why\":\"%s\"", result->why);
    (void)printf("}\n");
}

/* The score with the sign that tells what it is: "1.12", "x 31.0", "+ 12", "350". */
static void write_score(const bench_row *row, double score, char out[24]) {
    if (row->rule == BENCH_RATIO)
        (void)snprintf(out, 24, "%.2f", score);
    else if (row->rule == BENCH_FACTOR)
        (void)snprintf(out, 24, "x %.1f", score);
    else if (row->rule == BENCH_MORE)
        (void)snprintf(out, 24, "+ %.0f", score);
    else
        (void)snprintf(out, 24, "%.4g", score);
}

static void print_text(const bench_row *row, const bench_result *result) {
    char score[24], limit[24] = "-", yardstick[24] = "-";
    if (result->skipped || result->why[0] != '\0') {
        (void)printf("%-18s %-50s %s: %s\n", row->name, row->work, result->skipped ? "skipped" : "did not run",
                     result->why);
        return;
    }
    write_score(row, result->score, score);
    if (result->judged)
        write_score(row, row->limit, limit);
    if (row->rule != BENCH_MOST)
        (void)snprintf(yardstick, sizeof(yardstick), "%.2f", result->yardstick);
    (void)printf("%-18s %-50s %-38s %10.2f %10s %-5s %8s %8s  %s\n", row->name, row->work,
                 row->against != NULL ? row->against : "-", result->library, yardstick, row->unit, score, limit,
                 verdict_of(result));
}

static void print_head(const settings *s) {
    if (!s->json)
        (void)printf("%-18s %-50s %-38s %10s %10s %-5s %8s %8s  %s\n", "row", "work", "against", "library", "against",
                     "unit", "score", "limit", "verdict");
    (void)fflush(stdout);
}

static bool run_rows(const settings *s, bool *failed) {
    bool ran = true;
    int held = 0, judged = 0;
    print_head(s);
    for (size_t i = 0; i < bench_row_count; i++) {
        bench_result result;
        if (!is_chosen(s, &bench_rows[i]))
            continue;
        ran = bench_row_run(&bench_rows[i], s->quick, s->repeats, &result) && ran;
        (s->json ? print_json : print_text)(&bench_rows[i], &result);
        (void)fflush(stdout);
        judged += result.judged;
        held += result.holds;
        *failed = *failed || result.failed > 0;
    }
    if (!s->json)
        (void)printf("%d of %d rows hold\n", held, judged);
    return ran;
}

int main(int argc, char **argv) {
    settings s;
    bool failed = false, ran;
    if (!parse(argc, argv, &s))
        return 2;
    if (s.list) {
        for (size_t i = 0; i < bench_row_count; i++)
            (void)printf("%-16s %s\n", bench_rows[i].name, bench_rows[i].work);
        return 0;
    }
    bench_process_raise_files();
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        (void)fprintf(stderr, "bench: one core only: client and server disturb each other, do not use these figures\n");
    ran = s.ladder ? bench_ladder_run(&s.steps, &failed) : run_rows(&s, &failed);
    return ran && !failed ? 0 : 1;
}
