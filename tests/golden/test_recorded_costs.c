/*
 * What the recorded answers cost: decoded and charged by the library, and reckoned once more from what an independent
 * parser found in them and the published JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "engine/client.h"
#include "model/response.h"
#include "provider/provider.h"
#include "provider/answer.h"
#include "support_prices.h"
#include "support_wire.h"

#define MAX_BYTES ((size_t)16 << 20)

static published from;
static char *prices;
static llmc__json_doc *prices_doc;
static llmc_client *client;

/* ---- the recorded answer, by the library ---- */

static const char *provider_of(const wire_case *one) {
    static const char *const rows[][2] = {
        {"azure-openai", "azure"}, {"together", "together_ai"}, {"vertex", "vertex_ai"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i][0], one->provider) == 0)
            return rows[i][1];
    return one->provider;
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static llmc_response *decode(const wire_case *one, const llmc__target *target) {
    const llmc__provider *adapter =
        strcmp(one->api, "openai-responses") == 0 ? &llmc__provider_responses : target->provider;
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__decoder *decoder = adapter->decoder_new(target, MAX_BYTES);
    size_t len = 0, name_len = strlen(one->body_path);
    char *body = wire_read(one->body_path, &len);
    llmc_error error;
    llmc__error_init(&error);
    assert_non_null(body);
    if (name_len > 5 && strcmp(one->body_path + name_len - 5, ".json") == 0) {
        (void)adapter->decode_body(decoder, body, len, fold, response, &error);
    } else if (adapter->decode_bytes(decoder, body, len, fold, response, &error) == LLMC_OK) {
        (void)adapter->decode_end(decoder, fold, response, &error);
    }
    llmc__error_clear(&error);
    adapter->decoder_free(decoder);
    free(body);
    return response;
}

/* ---- the same by other means ---- */

typedef struct counts {
    int64_t in, cached, written, out; /* `in` is the whole prompt */
} counts;

static int64_t number_at(const llmc__json_doc *doc, const llmc__json *object, const char *name) {
    int64_t number = 0;
    return llmc__json_int64(doc, llmc__json_get(object, name), &number) ? number : 0;
}

/* How each API counts: see WIRE.md. */
static counts counts_of(const wire_case *one, const llmc__json_doc *doc, const llmc__json *expect) {
    int64_t total = number_at(doc, expect, "total_tokens"), reasoning = number_at(doc, expect, "reasoning_tokens");
    counts c = {number_at(doc, expect, "input_tokens"), number_at(doc, expect, "cached_tokens"),
                number_at(doc, expect, "cache_write_tokens"), number_at(doc, expect, "output_tokens")};
    if (strncmp(one->api, "anthropic", 9) == 0 || strncmp(one->api, "bedrock", 7) == 0)
        c.in += c.cached + c.written;
    if (strcmp(one->api, "gemini") == 0) { /* without thoughts, and the prompts of its tools are only in the sum */
        c.out += reasoning;
        if (total > 0)
            c.in = total - c.out;
    }
    if (strcmp(one->provider, "xai") == 0 && strcmp(one->api, "openai-chat") == 0)
        c.out += reasoning;
    if (strcmp(one->api, "cohere-v2") == 0)
        c = (counts){number_at(doc, expect, "billed_input_tokens"), 0, 0,
                     number_at(doc, expect, "billed_output_tokens")};
    return c;
}

static long double or_else(long double own, long double other) {
    return own < 0 ? other : own;
}

static long double positive(long double price) {
    return price < 0 ? 0 : price;
}

static long double reckon(const counts *c, int64_t prompt, const llmc__json *set) {
    long double in = published_price(&from, set, "input_mtok", prompt);
    long double sum = (long double)(c->in - c->cached - c->written) * positive(in);
    sum += (long double)c->cached * positive(or_else(published_price(&from, set, "cache_read_mtok", prompt), in));
    sum += (long double)c->written * positive(or_else(published_price(&from, set, "cache_write_mtok", prompt), in));
    sum += (long double)c->out * positive(published_price(&from, set, "output_mtok", prompt));
    return sum / 1e6L + positive(published_price(&from, set, "requests_kcount", prompt)) / 1000;
}

static const llmc__json *model_of(const char *provider, const char *model) {
    const llmc__json *one = published_provider(&from, provider);
    return one != NULL && model != NULL && *model != '\0' ? published_model(&from, one, model) : NULL;
}

static int64_t today(int64_t *second) {
    time_t now = time(NULL);
    struct tm day;
    (void)gmtime_r(&now, &day);
    *second = day.tm_hour * 3600 + day.tm_min * 60 + day.tm_sec;
    return (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
}

/* ---- what was asked for, where the answer does not say it ---- */

static llmc__json_doc *read_beside(const wire_case *one, const char *kind, char **text) {
    llmc__json_doc *doc = NULL;
    char path[1200];
    size_t len = 0;
    (void)snprintf(path, sizeof path, "%.500s/%s.%s.json", wire_dir(), one->name, kind);
    *text = wire_read(path, &len);
    return *text != NULL && llmc__json_parse(*text, len, &doc, NULL) == LLMC_OK ? doc : NULL;
}

/* "/model/amazon.nova-lite-v1%3A0/converse" */
static void from_path(const char *path, char out[256]) {
    const char *at = strstr(path, "/model/");
    size_t len = 0;
    for (at = at != NULL ? at + 7 : ""; *at != '\0' && *at != '/' && len < 255; at++) {
        bool colon = strncmp(at, "%3A", 3) == 0;
        out[len++] = colon ? ':' : *at;
        at += colon ? 2 : 0;
    }
    out[len] = '\0';
}

/* From the request's body, else from its address. */
static void asked_model(const wire_case *one, char out[256]) {
    char *text = NULL;
    llmc__json_doc *doc = read_beside(one, "request", &text);
    const char *model = llmc__json_string(doc, llmc__json_get(llmc__json_root(doc), "model"), NULL);
    (void)snprintf(out, 256, "%s", model != NULL ? model : "");
    llmc__json_free(doc);
    free(text);
    if (out[0] != '\0')
        return;
    doc = read_beside(one, "meta", &text);
    model = llmc__json_string(doc, llmc__json_get(llmc__json_root(doc), "endpoint"), NULL);
    from_path(model != NULL ? model : "", out);
    llmc__json_free(doc);
    free(text);
}

/* ---- one case ---- */

typedef struct tally {
    size_t compared, unpriced, uncounted, wrong;
} tally;

static void compare(const wire_case *one, const llmc__target *target, const llmc__json_doc *doc,
                    const llmc__json *expect, tally *sums) {
    llmc_response *response = decode(one, target);
    const char *answered = llmc__json_string(doc, llmc__json_get(expect, "model"), NULL);
    const llmc__json *model = model_of(target->name, answered);
    counts c = counts_of(one, doc, expect);
    int64_t second = 0, date = today(&second);
    llmc__cost cost;
    char asked[256];
    bool known;
    asked_model(one, asked);
    if (model == NULL)
        model = model_of(target->name, asked);
    known = llmc__costing_charge(client, target, asked, response->model, &response->usage, 1.0, &cost);
    if (c.in == 0 && c.out == 0) {
        sums->uncounted++;
    } else if (model == NULL) {
        sums->unpriced++;
        if (known && response->usage.cost_usd < 0) {
            printf("    %s: %.12f USD, where nothing is published\n", one->name, llmc__cost_sum(&cost));
            sums->wrong++;
        }
    } else {
        long double want = reckon(&c, c.in, published_set(&from, model, date, second));
        long double got = known ? (long double)llmc__cost_sum(&cost) : -1;
        sums->compared++;
        if (got - want > 1e-9L || want - got > 1e-9L) {
            printf("    %s (%s): %.12Lf USD, should be %.12Lf\n", one->name,
                   llmc__json_string(from.doc, llmc__json_get(model, "id"), NULL), got, want);
            sums->wrong++;
        }
    }
    llmc__response_unref(response);
}

static bool is_ours(const wire_case *one) {
    return one->http_status == 200 && strstr(one->api, "embed") == NULL &&
           strcmp(one->provider, "openai-compat") != 0 && strcmp(one->api, "ollama-generate") != 0;
}

static void one_case(const wire_case *one, tally *sums) {
    llmc__target *target = NULL;
    llmc__json_doc *doc = NULL;
    const char *model = NULL;
    char name[128];
    size_t len = 0;
    char *text = wire_read(one->expect_path, &len);
    assert_non_null(text);
    assert_int_equal(llmc__json_parse(text, len, &doc, NULL), LLMC_OK);
    (void)snprintf(name, sizeof name, "%s/m", provider_of(one));
    assert_int_equal(llmc__targets_resolve(client, name, &target, &model), LLMC_OK);
    compare(one, target, doc, llmc__json_root(doc), sums);
    llmc__target_unref(target);
    llmc__json_free(doc);
    free(text);
}

static void test_recorded_costs(void **state) {
    size_t count = 0;
    tally all = {0}, here = {0};
    wire_case *cases;
    (void)state;
    if (wire_dir() == NULL || prices == NULL) {
        printf("no recorded answers or no published prices here: skipped\n");
        skip();
    }
    cases = wire_cases(&count);
    assert_non_null(cases);
    for (size_t i = 0; i < count; i++) {
        if (is_ours(&cases[i]))
            one_case(&cases[i], &here);
        if (i + 1 < count && strcmp(cases[i].provider, cases[i + 1].provider) == 0)
            continue;
        printf("%-16s %zu compared, %zu of models without a price, %zu without counts\n", cases[i].provider,
               here.compared, here.unpriced, here.uncounted);
        all.compared += here.compared;
        all.wrong += here.wrong;
        here = (tally){0};
    }
    free(cases);
    printf("%-16s %zu compared, %zu wrong\n", "all", all.compared, all.wrong);
    assert_int_equal(all.wrong, 0);
    assert_true(all.compared >= 180);
}

/* ---- vectors ---- */

/* Counts of the body itself: no parser of them is in the recordings. */
static int64_t counted(const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *units = llmc__json_get(llmc__json_get(root, "meta"), "billed_units");
    int64_t tokens = number_at(doc, llmc__json_get(root, "usage"), "prompt_tokens");
    return tokens > 0 ? tokens : number_at(doc, units, "input_tokens");
}

/* The answer to a request of so many texts; NULL: it is not. */
static llmc__result *decode_vectors(const llmc__target *target, size_t texts, const char *body, size_t len) {
    const llmc__operation *operation = target->provider->operations[LLMC__OP_EMBED];
    struct llmc__vectors *reader = llmc__answer_reader_new(MAX_BYTES);
    llmc__result *result = llmc__result_new(LLMC__OP_EMBED);
    llmc__input *input = llmc__input_new(LLMC__OP_EMBED, texts);
    llmc__op_answer answer = {target, "m", input, body, len, reader};
    llmc_status status = LLMC_OK;
    llmc_error error;
    llmc__error_init(&error);
    if (reader != NULL)
        status = llmc__answer_reader_feed(reader, body, len);
    if (status == LLMC_OK)
        status = llmc__answer_decode(&answer, result, &error, operation->read);
    if (reader != NULL)
        llmc__answer_reader_free(reader);
    llmc__error_clear(&error);
    llmc__input_unref(input);
    if (status == LLMC_OK)
        return result;
    llmc__result_unref(result);
    return NULL;
}

/* False: nothing is published of its model, or nothing was counted. */
static bool compare_vectors(const wire_case *one, const llmc__target *target) {
    size_t len = 0;
    char *body = wire_read(one->body_path, &len), asked[256];
    llmc__json_doc *doc = NULL;
    llmc__result *result = NULL;
    int64_t second = 0, date = today(&second);
    const llmc__json *model;
    counts c = {0};
    llmc__cost cost;
    bool compared;
    assert_non_null(body);
    assert_int_equal(llmc__json_parse(body, len, &doc, NULL), LLMC_OK);
    asked_model(one, asked);
    model = model_of(target->name, llmc__json_string(doc, llmc__json_get(llmc__json_root(doc), "model"), NULL));
    if (model == NULL)
        model = model_of(target->name, asked);
    c.in = counted(doc, llmc__json_root(doc));
    compared = model != NULL && c.in > 0;
    for (size_t texts = 1; texts < 4 && result == NULL; texts++) /* as many as were asked for */
        result = decode_vectors(target, texts, body, len);
    compared = compared && result != NULL; /* whether it is read is another test's matter */
    if (compared && llmc__costing_charge(client, target, asked, result->model, &result->usage, 1.0, &cost)) {
        long double want = reckon(&c, c.in, published_set(&from, model, date, second));
        assert_true(want - llmc__cost_sum(&cost) < 1e-9L && llmc__cost_sum(&cost) - want < 1e-9L);
        printf("%s: %.12f USD\n", one->name, llmc__cost_sum(&cost));
    } else if (compared) {
        fail_msg("%s: has no cost", one->name);
    }
    llmc__result_unref(result);
    llmc__json_free(doc);
    free(body);
    return compared;
}

static void test_recorded_vectors(void **state) {
    size_t count = 0, compared = 0;
    wire_case *cases;
    (void)state;
    if (wire_dir() == NULL || prices == NULL)
        skip();
    cases = wire_cases(&count);
    for (size_t i = 0; i < count; i++) {
        llmc__target *target = NULL;
        const char *model = NULL;
        char name[128];
        if (strstr(cases[i].api, "embed") == NULL || cases[i].http_status != 200 ||
            strcmp(cases[i].provider, "openai-compat") == 0)
            continue;
        (void)snprintf(name, sizeof name, "%s/m", provider_of(&cases[i]));
        assert_int_equal(llmc__targets_resolve(client, name, &target, &model), LLMC_OK);
        compared += compare_vectors(&cases[i], target);
        llmc__target_unref(target);
    }
    free(cases);
    assert_true(compared >= 3);
}

static int open_all(void **state) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    size_t len = 0;
    (void)state;
    prices = published_text(&len);
    prices_doc = prices != NULL ? published_read(prices, len) : NULL;
    from = (published){prices_doc, llmc__json_root(prices_doc)};
    options.ignore_environment = true;
    options.io_threads = 0;
    return llmc_client_new(&options, &client) == LLMC_OK ? 0 : -1;
}

static int close_all(void **state) {
    (void)state;
    llmc_client_free(client);
    llmc__json_free(prices_doc);
    free(prices);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_recorded_costs), cmocka_unit_test(test_recorded_vectors)};
    return cmocka_run_group_tests(tests, open_all, close_all);
}
