/* Options and the table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench_ladder.h"
#include "bench_print.h"
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
    "  --repeats N     runs of each after the warm-up (5); more in rows that scatter, but not with "
    "--short\n"
    "  --ladder        cost against requests in flight instead of the rows; with --plain or --streamed only those,\n"
    "                  with --in-flight N only that step\n"
    "  --write FOLDER  also write rows.md, or the ladder's plain.dat and streamed.dat, there\n";

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
        } else if (strcmp(argv[i], "--write") == 0 && i + 1 < argc) {
            s->steps.folder = argv[++i];
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

/* The rows of docs/benchmarks.md. */
static FILE *open_markdown(const settings *s) {
    char path[512];
    if (s->steps.folder == NULL)
        return NULL;
    (void)snprintf(path, sizeof(path), "%s/rows.md", s->steps.folder);
    return fopen(path, "w");
}

static bool run_rows(const settings *s, bool *failed) {
    bool ran = true;
    int held = 0, judged = 0;
    FILE *markdown = open_markdown(s);
    if (!s->json)
        bench_print_head();
    for (size_t i = 0; i < bench_row_count; i++) {
        bench_result result;
        if (!is_chosen(s, &bench_rows[i]))
            continue;
        ran = bench_row_run(&bench_rows[i], s->quick, s->repeats, &result) && ran;
        (s->json ? bench_print_json : bench_print_text)(&bench_rows[i], &result);
        if (markdown != NULL)
            bench_print_markdown(markdown, &bench_rows[i], &result);
        judged += result.judged;
        held += result.holds;
        *failed = *failed || result.failed > 0;
    }
    if (!s->json)
        (void)printf("%d of %d rows hold\n", held, judged);
    if (markdown != NULL)
        (void)fclose(markdown);
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
