/* What a server may say of when to come back, and of its limits: bytes of a header's value, or `name: value`. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "policy/hint.h"
#include "policy/rates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
    if (!condition)
        abort();
}

static void read_value(const char *text, size_t len, int64_t wall_ms) {
    int64_t ms = -1;
    if (llmc__hint_duration(text, len, &ms))
        must(ms >= 0);
    if (llmc__hint_http_date(text, len, wall_ms, &ms))
        must(ms % 1000 == 0 && ms > INT64_C(-62200000000000) && ms < INT64_C(253500000000000));
    if (llmc__hint_rfc3339(text, len, &ms))
        must(ms > INT64_C(-62300000000000) && ms < INT64_C(253500000000000));
}

/* Terminated copies stand for all four headers in turn. */
static void read_headers(const char *text, int64_t wall_ms) {
    const llmc__hint_headers all[] = {
        {text, NULL, NULL, NULL}, {NULL, text, text, NULL}, {NULL, text, NULL, text}, {text, text, text, text}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        llmc__hint hint = {-77, -77};
        llmc__hint_read(&all[i], wall_ms, &hint);
        must(hint.after_ms >= -1 && hint.should_retry >= -1 && hint.should_retry <= 1);
    }
}

static void must_be_rate(const llmc__rate *rate) {
    must(rate->limit >= -1 && rate->remaining >= -1 && rate->reset_ms >= -1);
}

static void read_line(const char *line, size_t len, int64_t wall_ms) {
    const char *colon = len > 0 ? memchr(line, ':', len) : NULL;
    llmc__rates rates;
    if (colon == NULL)
        return;
    llmc__rates_init(&rates);
    bool taken =
        llmc__rates_take(&rates, line, (size_t)(colon - line), colon + 1, (size_t)(line + len - colon - 1), wall_ms);
    must(taken == llmc__rates_any(&rates));
    must_be_rate(&rates.requests);
    must_be_rate(&rates.tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t wall_ms = 0;
    if (size < sizeof wall_ms)
        return 0;
    memcpy(&wall_ms, data, sizeof wall_ms);
    data += sizeof wall_ms;
    size -= sizeof wall_ms;
    /* Memory of exactly that size, so that reading past its end is seen. */
    char *exact = malloc(size > 0 ? size : 1), *text = calloc(size + 1, 1);
    must(exact != NULL && text != NULL);
    memcpy(exact, data, size);
    memcpy(text, data, size);
    read_value(exact, size, wall_ms);
    read_line(exact, size, wall_ms);
    read_headers(text, wall_ms);
    free(exact);
    free(text);
    return 0;
}
