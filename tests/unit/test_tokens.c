/* The estimate of tokens: its figures as they are told, for texts, pictures, files and whole requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "llmclient.h"
#include "model/picture.h"
#include "model/tokens.h"

static void test_texts(void **state) {
    static const struct {
        const char *text;
        int64_t tokens;
    } rows[] = {
        {"", 0},
        {"a", 1},
        {"four", 1},
        {"fives", 2},
        {"twelve bytes", 3},
        {"The quick brown fox jumps over the lazy dog.", 11},
        {"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82", 3}, /* six letters of Cyrillic */
        {"\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xb8\x96\xe7\x95\x8c", 4}, /* four of Chinese */
        {"\xf0\x9f\x8c\x8d", 2},                                 /* an emoji */
        {"caf\xc3\xa9", 2},                                      /* 3 + 2 quarters */
        {"\xff\xfe", 4},                                         /* no UTF-8 */
        {"aaaaaaa\xe4\xbd\xa0"
         "bbbbbbbbbbbbbbbb\xc3\xa9",
         8}, /* 7 + 4 + 16 + 2 quarters */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (llmc__tokens_of_text(rows[i].text, strlen(rows[i].text)) != rows[i].tokens)
            fail_msg("%s: %lld", rows[i].text, (long long)llmc__tokens_of_text(rows[i].text, strlen(rows[i].text)));
    assert_int_equal(llmc__tokens_of_text("a\0b\0c", 5), 2);
}

/* However the text stands to the words it is read in. */
static void test_any_place(void **state) {
    char text[64];
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t at = 0; at < 40; at++) {
        memset(text, 'x', sizeof text);
        memcpy(text + at, "\xe4\xbd\xa0", 3);
        for (size_t len = at + 3; len <= sizeof text; len++)
            assert_int_equal(llmc__tokens_of_text(text, len), (int64_t)(len - 3 + 4 + 3) / 4);
    }
}

/* ---- pictures ---- */

#define PNG(w, h) "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0" w "\0\0" h

typedef struct picture {
    const char *bytes;
    size_t len;
    uint32_t width, height; /* 0: none is told */
} picture;
#define BYTES(text) text, sizeof(text) - 1

static const picture pictures[] = {
    {BYTES(PNG("\x04\0", "\x03\0")), 1024, 768},
    {BYTES("GIF89a\x40\x01\xf0\0"), 320, 240},
    {BYTES("\xff\xd8\xff\xe0\0\x04zz\xff\xff\xc0\0\x11\x08\x02\0\x01\0\x03"), 256, 512},
    {BYTES("\xff\xd8\xff\xc4\0\x02\xff\xc2\0\x11\x08\0\x10\0\x20\x03"), 32, 16},
    {BYTES("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x40\x01\xf0\0"), 320, 240},
    {BYTES("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc1\x3b\0\0\0\0\0\0\0"), 320, 240},
    {BYTES("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x3f\x01\0\xef\0\0"), 320, 240},
    {BYTES(PNG("\0\0", "\x03\0")), 0, 0},
    {BYTES("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"), 0, 0},
    {BYTES("GIF8"), 0, 0},
    {BYTES("\xff\xd8"), 0, 0},
    {BYTES("\xff\xd8\xff\xe0\xff\xffzzzzzzzzz"), 0, 0},
    {BYTES("\xff\xd8zzzzzzzzzzzz"), 0, 0},
    {BYTES("RIFF\0\0\0\0WEBPVP8"), 0, 0},
    {BYTES("BM and more of a bitmap"), 0, 0},
    {"", 0, 0, 0},
};

static void test_picture_sizes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) {
        const picture *p = &pictures[i];
        uint32_t width = 7, height = 7;
        char *copy = malloc(p->len + 1); /* the last byte is not given */
        memcpy(copy, p->bytes, p->len);
        bool known = llmc__picture_size(copy, p->len, &width, &height);
        if (known != (p->width > 0) || (known && (width != p->width || height != p->height)))
            fail_msg("picture %zu: %u x %u", i, width, height);
        free(copy);
    }
}

/* Cut anywhere, nothing is read that is not there; sanitizers watch. */
static void test_cut_pictures(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++)
        for (size_t len = 0; len <= pictures[i].len; len++) {
            uint32_t width, height;
            char *copy = malloc(len > 0 ? len : 1);
            memcpy(copy, pictures[i].bytes, len);
            (void)llmc__picture_size(copy, len, &width, &height);
            free(copy);
        }
}

/* ---- requests ---- */

static llmc_request *begin(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("openai/gpt-4.1", &request), LLMC_OK);
    return request;
}

static void grows_by(llmc_request *request, int64_t *before, int64_t tokens) {
    int64_t now = llmc_request_estimate_tokens(request);
    if (now - *before != tokens)
        fail_msg("%lld more, not %lld", (long long)(now - *before), (long long)tokens);
    *before = now;
}

static void test_requests(void **state) {
    llmc_request *request = begin();
    int64_t sum = llmc_request_estimate_tokens(request);
    (void)state;
    assert_int_equal(sum, 3);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "Be brief."), LLMC_OK);
    grows_by(request, &sum, 4 + 3);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "Hi"), LLMC_OK);
    grows_by(request, &sum, 4 + 1);
    assert_int_equal(llmc_request_add_text(request, "eight by"), LLMC_OK);
    grows_by(request, &sum, 2);
    assert_int_equal(llmc_request_add_image_url(request, "https://x/y.png"), LLMC_OK);
    grows_by(request, &sum, 1600);
    assert_int_equal(llmc_request_add_image(request, "image/png", BYTES(PNG("\x04\0", "\x03\0"))), LLMC_OK);
    grows_by(request, &sum, 1024 * 768 / 750);
    assert_int_equal(llmc_request_add_image(request, "image/gif", BYTES("GIF89a\x10\0\x10\0")), LLMC_OK);
    grows_by(request, &sum, 85);
    assert_int_equal(llmc_request_add_image(request, "image/png", BYTES(PNG("\xff\xff", "\xff\xff"))), LLMC_OK);
    grows_by(request, &sum, 1600);
    assert_int_equal(llmc_request_add_image(request, "image/png", BYTES("?")), LLMC_OK);
    grows_by(request, &sum, 1600);
    assert_int_equal(llmc_request_add_file(request, "text/csv", "a.csv", BYTES("a,b,c,d,")), LLMC_OK);
    grows_by(request, &sum, 2);
    assert_int_equal(llmc_request_add_file(request, "application/pdf", "a.pdf", BYTES("%PDF-1.7")), LLMC_OK);
    grows_by(request, &sum, 1600);
    assert_int_equal(llmc_request_add_file_url(request, "https://x/y.pdf"), LLMC_OK);
    grows_by(request, &sum, 1600);
    assert_int_equal(llmc_request_add_tool(request, "clock", "Tells it", "{\"a\":{}}"), LLMC_OK);
    grows_by(request, &sum, 8 + 2 + 2 + 2);
    assert_int_equal(llmc_request_add_tool_call(request, "1", "clock", "{\"a\":12}"), LLMC_OK);
    grows_by(request, &sum, 4 + 8 + 2 + 2);
    assert_int_equal(llmc_request_add_tool_result(request, "1", "noon", false), LLMC_OK);
    grows_by(request, &sum, 4 + 8 + 2 + 1);
    assert_int_equal(llmc_request_set_json_schema(request, "s", "{\"b\":{}}", true), LLMC_OK);
    grows_by(request, &sum, 2);
    assert_int_equal(llmc_request_set_extra_json(request, "{\"c\":12}"), LLMC_OK);
    grows_by(request, &sum, 2);
    /* What is no part of the prompt. */
    assert_int_equal(llmc_request_set_max_tokens(request, 1000), LLMC_OK);
    assert_int_equal(llmc_request_set_temperature(request, 0.5), LLMC_OK);
    assert_int_equal(llmc_request_add_stop(request, "a long stop sequence"), LLMC_OK);
    assert_int_equal(llmc_request_set_user(request, "somebody"), LLMC_OK);
    grows_by(request, &sum, 0);
    llmc_request_free(request);
    assert_int_equal(llmc_request_estimate_tokens(NULL), 0);
}

static void test_large_files(void **state) {
    llmc_request *request = begin();
    size_t len = 1000000;
    char *bytes = calloc(1, len);
    int64_t sum;
    (void)state;
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "Read"), LLMC_OK);
    sum = llmc_request_estimate_tokens(request);
    assert_int_equal(llmc_request_add_file(request, "application/pdf", NULL, bytes, len), LLMC_OK);
    grows_by(request, &sum, 1600 * 11);
    free(bytes);
    llmc_request_free(request);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),        cmocka_unit_test(test_any_place), cmocka_unit_test(test_picture_sizes),
        cmocka_unit_test(test_cut_pictures), cmocka_unit_test(test_requests),  cmocka_unit_test(test_large_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
