#include "support_adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/response.h"
#include "support_random.h"
#include "wire/json.h"

#define MAX_BYTES ((size_t)1 << 20)

static char text_key[] = "sk-test";

void adapter_begin(adapter_case *c, const char *provider, const char *model) {
    const llmc__provider_row *row = llmc__provider_row_find(provider);
    memset(c, 0, sizeof *c);
    assert_non_null(row);
    c->target.name = llmc__mem_strdup(row->name);
    c->target.row = row;
    c->target.provider = llmc__provider_adapter(llmc__provider_row_word(row, LLMC__ROW_ADAPTER, (llmc__row_text){0}));
    c->target.base_url = llmc__mem_strdup(llmc__provider_row_word(row, LLMC__ROW_BASE_URL, (llmc__row_text){0}));
    c->target.key_variable =
        llmc__mem_strdup(llmc__provider_row_word(row, LLMC__ROW_KEY_VARIABLE, (llmc__row_text){0}));
    c->target.key_required = row->key_required;
    c->target.api_key = text_key;
    assert_int_equal(llmc_request_new(model, &c->request), LLMC_OK);
    llmc__http_request_init(&c->http, MAX_BYTES);
    llmc__error_init(&c->error);
}

void adapter_end(adapter_case *c) {
    llmc__mem_free(c->target.name);
    llmc__mem_free(c->target.base_url);
    llmc__mem_free(c->target.key_variable);
    llmc_request_free(c->request);
    llmc__http_request_free(&c->http);
    llmc__error_clear(&c->error);
}

llmc_status adapter_encode(adapter_case *c, bool stream) {
    const char *model = c->request->model;
    llmc__http_request_free(&c->http);
    llmc__http_request_init(&c->http, MAX_BYTES);
    llmc__error_clear(&c->error);
    return llmc__provider_encode(&c->target, model, c->request, stream, &c->http, &c->error);
}

static bool same_value(const llmc__json_doc *a_doc, const llmc__json *a, const llmc__json_doc *b_doc,
                       const llmc__json *b);

static bool same_members(const llmc__json_doc *a_doc, const llmc__json *a, const llmc__json_doc *b_doc,
                         const llmc__json *b) {
    if (llmc__json_count(a) != llmc__json_count(b))
        return false;
    for (const llmc__json *member = llmc__json_first(a); member != NULL; member = llmc__json_next(member))
        if (!same_value(a_doc, member, b_doc, llmc__json_get(b, llmc__json_name(member))))
            return false;
    return true;
}

static bool same_items(const llmc__json_doc *a_doc, const llmc__json *a, const llmc__json_doc *b_doc,
                       const llmc__json *b) {
    const llmc__json *x = llmc__json_first(a), *y = llmc__json_first(b);
    for (; x != NULL && y != NULL; x = llmc__json_next(x), y = llmc__json_next(y))
        if (!same_value(a_doc, x, b_doc, y))
            return false;
    return x == NULL && y == NULL;
}

static bool same_value(const llmc__json_doc *a_doc, const llmc__json *a, const llmc__json_doc *b_doc,
                       const llmc__json *b) {
    double x = 0, y = 0;
    bool p = false, q = false;
    if (llmc__json_type_of(a) != llmc__json_type_of(b))
        return false;
    switch (llmc__json_type_of(a)) {
    case LLMC__JSON_OBJECT:
        return same_members(a_doc, a, b_doc, b);
    case LLMC__JSON_ARRAY:
        return same_items(a_doc, a, b_doc, b);
    case LLMC__JSON_STRING:
        return strcmp(llmc__json_string(a_doc, a, NULL), llmc__json_string(b_doc, b, NULL)) == 0;
    case LLMC__JSON_NUMBER:
        return llmc__json_double(a, &x) && llmc__json_double(b, &y) && !(x < y) && !(y < x);
    case LLMC__JSON_BOOL:
        return llmc__json_bool(a, &p) && llmc__json_bool(b, &q) && p == q;
    default:
        return true;
    }
}

void adapter_body_is(adapter_case *c, bool stream, const char *json) {
    llmc__json_doc *got = NULL, *want = NULL;
    llmc_status status = adapter_encode(c, stream);
    if (status != LLMC_OK)
        fail_msg("%s: %s", llmc_status_name(status), c->error.message != NULL ? c->error.message : "");
    assert_int_equal(llmc__json_parse(c->http.body.data, c->http.body.len, &got, NULL), LLMC_OK);
    assert_int_equal(llmc__json_parse(json, strlen(json), &want, NULL), LLMC_OK);
    if (!same_value(got, llmc__json_root(got), want, llmc__json_root(want)))
        fail_msg("got      %s\nexpected %s", c->http.body.data, json);
    llmc__json_free(got);
    llmc__json_free(want);
}

bool adapter_has_header(const adapter_case *c, const char *wanted) {
    const char *line = NULL;
    while ((line = llmc__http_request_next_header(&c->http, line)) != NULL)
        if (strcmp(line, wanted) == 0)
            return true;
    return false;
}

/* ---- hostile input ---- */

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

/* In pieces whose sizes `random` chooses; whole where it is NULL. */
static llmc_status decode(const llmc__provider *provider, const char *bytes, size_t len, support_random *random,
                          llmc_error *error) {
    static char name[] = "test";
    static const llmc__target target = {.name = name};
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__decoder *decoder = response != NULL ? provider->decoder_new(&target, 4096) : NULL;
    llmc_status status = decoder != NULL ? LLMC_OK : LLMC_ERR_NO_MEMORY;
    for (size_t at = 0; at < len && status == LLMC_OK;) {
        size_t left = len - at, size = random != NULL ? 1 + support_random_below(random, 64) : left;
        size = size < left ? size : left;
        char *piece = malloc(size); /* of its own size, so that a sanitizer sees a read past it */
        memcpy(piece, bytes + at, size);
        status = provider->decode_bytes(decoder, piece, size, fold, response, error);
        free(piece);
        at += size;
    }
    if (status == LLMC_OK)
        status = provider->decode_end(decoder, fold, response, error);
    provider->decoder_free(decoder);
    llmc__response_unref(response);
    return status;
}

static llmc_status decode_body(const llmc__provider *provider, const char *bytes, size_t len, llmc_error *error) {
    static char name[] = "test";
    static const llmc__target target = {.name = name};
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__decoder *decoder = provider->decoder_new(&target, 4096);
    char *body = malloc(len > 0 ? len : 1);
    memcpy(body, bytes, len);
    llmc_status status = provider->decode_body(decoder, body, len, fold, response, error);
    free(body);
    provider->decoder_free(decoder);
    llmc__response_unref(response);
    return status;
}

static void check(llmc_status status, llmc_error *error) {
    if (status != LLMC_OK)
        assert_true(error->message != NULL && error->message[0] != '\0');
    assert_true(status == LLMC_OK || status == LLMC_ERR_TOO_LARGE || status == LLMC_ERR_INCOMPLETE ||
                status == LLMC_ERR_BAD_RESPONSE || status <= LLMC_ERR_BAD_REQUEST);
    llmc__error_clear(error);
}

static size_t change(support_random *random, char *bytes, size_t len, size_t cap) {
    static const char marks[] = "{}[]\",:\\\n0-enul\x80\xff";
    size_t at = support_random_below(random, (uint32_t)len), count = 1 + support_random_below(random, 8);
    switch (support_random_below(random, 4)) {
    case 0:
        bytes[at] = marks[support_random_below(random, sizeof marks - 1)];
        return len;
    case 1: /* some are lost */
        count = count < len - at ? count : len - at;
        memmove(bytes + at, bytes + at + count, len - at - count);
        return len > count ? len - count : len;
    case 2: /* some come twice */
        count = count < len - at ? count : len - at;
        if (len + count > cap)
            return len;
        memmove(bytes + at + count, bytes + at, len - at);
        return len + count;
    default:
        return at > 0 ? at : len;
    }
}

void adapter_mutate(const llmc__provider *provider, const char *stream, uint32_t rounds) {
    support_random random;
    size_t cap = strlen(stream) + 4096;
    char *bytes = malloc(cap);
    llmc_error error;
    llmc__error_init(&error);
    support_random_begin(&random, provider->name);
    for (uint32_t round = support_random_steps(rounds); round > 0; round--) {
        size_t len = strlen(stream);
        memcpy(bytes, stream, len);
        for (uint32_t changes = 1 + support_random_below(&random, 6); changes > 0; changes--)
            len = change(&random, bytes, len, cap);
        check(decode(provider, bytes, len, &random, &error), &error);
        check(decode_body(provider, bytes, len, &error), &error);
    }
    free(bytes);
}

typedef struct gate {
    uint32_t fail_at, seen;
} gate;

static int on_allocation(void *ctx) {
    gate *g = ctx;
    return g->seen++ != g->fail_at;
}

void adapter_starve_encode(adapter_case *c) {
    for (uint32_t k = 0; k < 10000; k++) {
        gate g = {k, 0};
        llmc__mem_set_gate(on_allocation, &g);
        llmc_status status = adapter_encode(c, false);
        llmc__mem_set_gate(NULL, NULL);
        if (g.seen <= k) {
            assert_int_equal(status, LLMC_OK);
            return;
        }
        if (status != LLMC_OK) {
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
            assert_int_equal(c->error.status, LLMC_ERR_NO_MEMORY);
        }
    }
    fail_msg("the encoder allocates without end");
}

void adapter_starve(const llmc__provider *provider, const char *stream) {
    llmc_status status = LLMC_ERR_NO_MEMORY;
    llmc_error error;
    llmc__error_init(&error);
    for (uint32_t k = 0; k < 10000; k++) {
        gate g = {k, 0};
        llmc__mem_set_gate(on_allocation, &g);
        status = decode(provider, stream, strlen(stream), NULL, &error);
        llmc__mem_set_gate(NULL, NULL);
        llmc__error_clear(&error);
        if (g.seen <= k) { /* none failed: the last round */
            assert_int_equal(status, LLMC_OK);
            return;
        }
        if (status != LLMC_OK)
            assert_int_equal(status, LLMC_ERR_NO_MEMORY);
    }
    fail_msg("the decoder allocates without end");
}
