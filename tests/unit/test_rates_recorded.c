/* Every rate-limit and retry header of the recorded answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "policy/hint.h"
#include "policy/rates.h"
#include "support_wire.h"
#include "wire/json.h"

/* The recordings keep no Date; no limit of theirs depends on the clock but to be in the past. */
#define NOW INT64_C(1795491345000)

static size_t limits, hints;

/* Names that tell of other things: what a request cost, how long a window is, whose limit it is. */
static bool is_no_limit(const char *name) {
    static const char *const others[] = {"query-cost",       "renewalperiod",        "abusepenalty",
                                         "ratelimit-key",    "x-ratelimit-requests", "x-ratelimit-tokens",
                                         "ratelimit-unified"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strstr(name, others[i]) != NULL && strstr(name, "-tokens-limit") == NULL)
            return true;
    return false;
}

static void check_limit(llmc__rates *rates, const char *path, const char *name, const char *value) {
    bool taken = llmc__rates_take(rates, name, strlen(name), value, strlen(value), NOW);
    if (taken == is_no_limit(name))
        fail_msg("%s: %s: %s is%s taken", path, name, value, taken ? "" : " not");
    limits += taken;
}

static void check_hint(const char *path, const char *name, const char *value) {
    llmc__hint_headers headers = {0};
    llmc__hint hint;
    *(strcmp(name, "retry-after") == 0 ? &headers.retry_after : &headers.retry_after_ms) = value;
    llmc__hint_read(&headers, NOW, &hint);
    if (hint.after_ms < 0)
        fail_msg("%s: %s: %s is not read", path, name, value);
    hints++;
}

static void check_file(const char *path, const char *bytes, size_t len) {
    llmc__json_doc *doc = NULL;
    llmc__rates rates;
    llmc__rates_init(&rates);
    assert_int_equal(llmc__json_parse(bytes, len, &doc, NULL), LLMC_OK);
    const llmc__json *headers = llmc__json_get(llmc__json_root(doc), "headers");
    const llmc__json *one = llmc__json_first(headers);
    for (; one != NULL; one = llmc__json_next(one)) {
        const char *name = llmc__json_name(one), *value = llmc__json_string(doc, one, NULL);
        if (value != NULL && strstr(name, "ratelimit") != NULL)
            check_limit(&rates, path, name, value);
        if (value != NULL && strncmp(name, "retry-after", 11) == 0)
            check_hint(path, name, value);
    }
    if (rates.tokens.remaining >= 0 && rates.tokens.limit >= 0)
        assert_true(rates.tokens.remaining <= rates.tokens.limit);
    llmc__json_free(doc);
}

static void test_recorded_headers(void **state) {
    (void)state;
    if (support_wire_each(".meta.json", check_file) == 0)
        return;
    printf("%zu limits, %zu retry hints\n", limits, hints);
    assert_true(limits > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
