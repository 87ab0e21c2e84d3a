/* llmclient-mock: the mock provider as a program, for benches and for clients in other languages. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mock/inner.h"
#include "base/mem.h"
#include "base/str.h"

typedef struct settings {
    int64_t port, delay_ms, chunk_delay_ms, chunks, text_bytes, cpu;
    int64_t window_requests, window_ms, fail_percent, fail_status, seed;
    bool quiet;
} settings;

static const char usage[] =
    "usage: llmclient-mock [options]\n"
    "  --port N            listen at 127.0.0.1:N (0: the kernel picks)\n"
    "  --delay-ms N        wait before each response\n"
    "  --chunk-delay-ms N  wait between the events of a stream\n"
    "  --chunks N          content events of a stream\n"
    "  --text-bytes N      length of the answer's text; without it and --chunks the last user message is echoed\n"
    "  --cpu N             run on this core only\n"
    "  --limit N           answer 429 to more than N requests in a window\n"
    "  --window-ms N       length of that window (1000)\n"
    "  --fail-percent N    let so many of 100 requests fail, drawn at random\n"
    "  --fail-status N     with this status (500; 0: the connection is reset)\n"
    "  --seed N            of the random numbers (1)\n"
    "  --quiet             print nothing but the base URL\n"
    "It answers in the format of the request's path: OpenAI (both APIs), Anthropic, Gemini, Ollama, Cohere, Bedrock.\n"
    "The first line printed is the base URL. SIGINT or SIGTERM ends it.\n";

static bool read_number(const char *name, const char *text, int64_t max, int64_t *out) {
    if (text == NULL || !llmc__str_to_int64(text, strlen(text), out) || *out < 0 || *out > max) {
        fprintf(stderr, "llmclient-mock: %s needs a number from 0 to %lld\n", name, (long long)max);
        return false;
    }
    return true;
}

static bool read_settings(int argc, char **argv, settings *out) {
    const struct {
        const char *name;
        int64_t max;
        int64_t *value;
    } numbers[] = {
        {"--port", 65535, &out->port},
        {"--delay-ms", 86400000, &out->delay_ms},
        {"--chunk-delay-ms", 86400000, &out->chunk_delay_ms},
        {"--chunks", 1000000, &out->chunks},
        {"--text-bytes", 67108864, &out->text_bytes},
        {"--cpu", CPU_SETSIZE - 1, &out->cpu},
        {"--limit", 1000000000, &out->window_requests},
        {"--window-ms", 86400000, &out->window_ms},
        {"--fail-percent", 100, &out->fail_percent},
        {"--fail-status", 599, &out->fail_status},
        {"--seed", INT64_MAX, &out->seed},
    };
    for (int i = 1; i < argc; i++) {
        bool known = false;
        if (strcmp(argv[i], "--quiet") == 0) {
            out->quiet = true;
            continue;
        }
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0] && !known; j++) {
            known = strcmp(argv[i], numbers[j].name) == 0;
            if (known && !read_number(argv[i], i + 1 < argc ? argv[i + 1] : NULL, numbers[j].max, numbers[j].value)) {
                return false;
            }
        }
        if (!known) {
            fputs(usage, stderr);
            return false;
        }
        i++;
    }
    return true;
}

/* "word word word ..." */
static char *make_text(size_t len) {
    char *text = llmc__mem_alloc(len + 1);
    if (text != NULL) {
        for (size_t i = 0; i < len; i++) {
            text[i] = "word "[i % 5];
        }
        text[len] = '\0';
    }
    return text;
}

/* Cuts the text into `count` deltas of as equal lengths as can be. */
static char **make_deltas(const char *text, size_t count) {
    size_t len = strlen(text);
    char **deltas = llmc__mem_calloc(count, sizeof *deltas);
    for (size_t i = 0; deltas != NULL && i < count; i++) {
        size_t start = len * i / count;
        deltas[i] = llmc__mem_strndup(text + start, len * (i + 1) / count - start);
    }
    return deltas;
}

static llmc_status set_script(llmc_mock *mock, const settings *set) {
    llmc_mock_script script = LLMC_MOCK_SCRIPT_INIT;
    llmc_status status = LLMC_ERR_NO_MEMORY;
    size_t chunks = (size_t)set->chunks;
    size_t len = (size_t)set->text_bytes;
    char *text = NULL;
    char **deltas = NULL;
    script.delay_ms = set->delay_ms;
    script.chunk_delay_ms = set->chunk_delay_ms;
    if (chunks > 0 || len > 0) {
        text = make_text(len > 0 ? len : chunks * 5);
        script.text = text;
    }
    if (chunks > 0 && text != NULL) {
        deltas = make_deltas(text, chunks);
        script.deltas = (const char *const *)deltas;
        script.delta_count = chunks;
    }
    if ((chunks == 0 && len == 0) || (text != NULL && (chunks == 0 || deltas != NULL))) {
        status = llmc_mock_set_default(mock, &script);
    }
    for (size_t i = 0; deltas != NULL && i < chunks; i++) {
        llmc__mem_free(deltas[i]);
    }
    llmc__mem_free(deltas);
    llmc__mem_free(text);
    return status;
}

static llmc_status set_limits(llmc_mock *mock, const settings *set) {
    llmc_status status = llmc_mock_set_rate_limit(mock, (uint32_t)set->window_requests, set->window_ms);
    if (status == LLMC_OK) {
        status =
            llmc_mock_set_failure_rate(mock, (uint32_t)set->fail_percent, (int)set->fail_status, (uint64_t)set->seed);
    }
    if (status != LLMC_OK) {
        fputs("llmclient-mock: --window-ms is at least 1 and --fail-status 0 or 400 to 599\n", stderr);
    }
    return status;
}

static bool pin(int64_t cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        fprintf(stderr, "llmclient-mock: cannot run on core %lld: %s\n", (long long)cpu, strerror(errno));
        return false;
    }
    return true;
}

static void print_stats(llmc_mock *mock) {
    llmc_mock_stats stats;
    llmc_mock_get_stats(mock, &stats);
    printf("requests %llu, responses %llu, aborted %llu, connections %llu, most at once %llu, in flight %llu\n",
           (unsigned long long)stats.requests, (unsigned long long)stats.responses, (unsigned long long)stats.aborted,
           (unsigned long long)stats.connections, (unsigned long long)stats.connections_max,
           (unsigned long long)stats.in_flight_max);
    printf("rate limited %llu, too early %llu, failures %llu\n", (unsigned long long)stats.rate_limited,
           (unsigned long long)stats.too_early, (unsigned long long)stats.failures);
}

int main(int argc, char **argv) {
    settings set = {0, 0, 0, 0, 0, -1, 0, 1000, 0, 500, 1, false};
    llmc_mock *mock = NULL;
    sigset_t ends;
    int signal_number = 0;
    int code = 1;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (!read_settings(argc, argv, &set)) {
        return 2;
    }
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    if (set.cpu >= 0 && !pin(set.cpu)) {
        return 1;
    }
    if (llmc__mock_new_at((int)set.port, &mock) != LLMC_OK) {
        fprintf(stderr, "llmclient-mock: cannot listen at port %lld: %s\n", (long long)set.port, strerror(errno));
        return 1;
    }
    llmc_mock_set_recording(mock, false);
    if (set_limits(mock, &set) == LLMC_OK && set_script(mock, &set) == LLMC_OK) {
        printf("%s\n", llmc_mock_base_url(mock));
        fflush(stdout);
        sigwait(&ends, &signal_number);
        if (!set.quiet) {
            print_stats(mock);
        }
        code = 0;
    }
    llmc_mock_free(mock);
    return code;
}
