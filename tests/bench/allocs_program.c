/*
 * Counts the allocations that the library itself makes: allocs call|delta BASE_URL WARM COUNT. It stands in front of
 * malloc and looks at who calls: code of this program, into which the library is linked, and of cJSON counts; libcurl,
 * its libraries and libc do not.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench.h"
#include "llmclient.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

typedef struct range {
    uintptr_t from, to;
} range;

static range own[8];
static size_t own_count;
static atomic_uint_fast64_t counted;

static void count(const void *caller) {
    for (size_t i = 0; i < own_count; i++)
        if ((uintptr_t)caller >= own[i].from && (uintptr_t)caller < own[i].to)
            atomic_fetch_add_explicit(&counted, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
    count(__builtin_return_address(0));
    return __libc_calloc(members, size);
}

void *realloc(void *ptr, size_t size) {
    count(__builtin_return_address(0));
    return __libc_realloc(ptr, size);
}

/* The code of this program and of cJSON; the program's own name is empty there. */
static int on_object(struct dl_phdr_info *info, size_t size, void *ctx) {
    (void)size;
    (void)ctx;
    if (info->dlpi_name[0] != '\0' && strstr(info->dlpi_name, "libcjson") == NULL)
        return 0;
    for (size_t i = 0; i < info->dlpi_phnum && own_count < sizeof(own) / sizeof(own[0]); i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0)
            own[own_count++] =
                (range){info->dlpi_addr + segment->p_vaddr, info->dlpi_addr + segment->p_vaddr + segment->p_memsz};
    }
    return 0;
}

static llmc_client *client;
static llmc_request *request;

static bool open_client(const char *base_url) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    options.ignore_environment = true;
    provider.api_key = BENCH_KEY;
    provider.base_url = base_url;
    return llmc_client_new(&options, &client) == LLMC_OK &&
           llmc_client_set_provider(client, "openai", &provider) == LLMC_OK &&
           llmc_request_new(BENCH_MODEL, &request) == LLMC_OK &&
           llmc_request_add_message(request, LLMC_ROLE_USER, BENCH_PROMPT) == LLMC_OK;
}

static bool call_once(void) {
    llmc_response *response = NULL;
    bool ok = llmc_execute(client, request, &response) == LLMC_OK && llmc_response_output_len(response) > 0;
    llmc_response_free(response);
    return ok;
}

/* From one text event to the next: what the events between have allocated. */
static uint64_t between[BENCH_BURST];
static size_t between_count;
static uint64_t last;
static bool has_last;

static int on_event(llmc_call *call, const llmc_event *event, void *ctx) {
    uint64_t now = atomic_load(&counted);
    (void)call;
    (void)ctx;
    if (llmc_event_type(event) != LLMC_EVENT_TEXT)
        return 0;
    if (has_last && between_count < BENCH_BURST)
        between[between_count++] = now - last;
    last = now;
    has_last = true;
    return 0;
}

static bool stream_once(void) {
    llmc_call *call = NULL;
    bool ok;
    between_count = 0;
    has_last = false;
    ok = llmc_execute_stream_async(client, request, on_event, NULL, NULL, &call) == LLMC_OK &&
         llmc_call_wait(call, NULL) == LLMC_OK;
    llmc_call_unref(call);
    return ok && between_count > BENCH_BURST / 2;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* What 19 of 20 deltas do with: the text they are added to grows now and then, by doubling. */
static double most_deltas(void) {
    qsort(between, between_count, sizeof(between[0]), compare);
    return (double)between[between_count * 95 / 100];
}

int main(int argc, char **argv) {
    bool delta = argc == 5 && strcmp(argv[1], "delta") == 0;
    long warm = argc == 5 ? strtol(argv[3], NULL, 10) : 0, calls = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
    uint64_t before;
    if (argc != 5 || calls < 1 || !open_client(argv[2]))
        return 2;
    for (long i = 0; i < warm; i++)
        if (!(delta ? stream_once() : call_once()))
            return 1;
    (void)dl_iterate_phdr(on_object, NULL);
    before = atomic_load(&counted);
    for (long i = 0; i < calls; i++)
        if (!(delta ? stream_once() : call_once()))
            return 1;
    (void)printf("%.2f\n", delta ? most_deltas() : (double)(atomic_load(&counted) - before) / (double)calls);
    llmc_request_free(request);
    llmc_client_free(client);
    return 0;
}
