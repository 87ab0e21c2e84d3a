#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "model/request.h"

static llmc_request *fresh(void) {
    llmc_request *request = NULL;
    assert_int_equal(llmc_request_new("m", &request), LLMC_OK);
    return request;
}

/* One that has a user's message. */
static llmc_request *asked(void) {
    llmc_request *request = fresh();
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "look"), LLMC_OK);
    return request;
}

/* The status, and that the message begins with the name of what is at fault. */
static void refused(llmc_status got, llmc_status want, const char *name) {
    assert_int_equal(got, want);
    if (strncmp(llmc_last_error_message(), name, strlen(name)) != 0)
        fail_msg("message \"%s\" does not begin with \"%s\"", llmc_last_error_message(), name);
}

static const llmc__part *part_at(const llmc_request *request, size_t index) {
    const llmc__message *last = &request->messages[request->message_count - 1];
    assert_true(index < last->part_count);
    return &last->parts[index];
}

static void test_parts_in_order(void **state) {
    llmc_request *request = asked();
    (void)state;
    assert_int_equal(llmc_request_add_image_url(request, "https://h/a.png"), LLMC_OK);
    assert_null(request->messages[0].text);
    assert_int_equal(llmc_request_add_image(request, "image/png", "\x89P\0G", 4), LLMC_OK);
    assert_int_equal(llmc_request_add_text(request, "and this"), LLMC_OK);
    assert_int_equal(llmc_request_add_file(request, "application/pdf", "a.pdf", "%PDF", 4), LLMC_OK);
    assert_int_equal(llmc_request_add_file(request, "text/plain", NULL, "x", 1), LLMC_OK);
    assert_int_equal(llmc_request_add_file_url(request, "HTTP://h/b.pdf"), LLMC_OK);
    assert_int_equal(request->message_count, 1);
    assert_int_equal(request->messages[0].part_count, 7);
    static const llmc__part_kind kinds[] = {LLMC__PART_TEXT, LLMC__PART_IMAGE_URL, LLMC__PART_IMAGE,   LLMC__PART_TEXT,
                                            LLMC__PART_FILE, LLMC__PART_FILE,      LLMC__PART_FILE_URL};
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(part_at(request, i)->kind, kinds[i]);
    assert_string_equal(part_at(request, 0)->text, "look");
    assert_string_equal(part_at(request, 1)->text, "https://h/a.png");
    assert_int_equal(part_at(request, 2)->text_len, 4);
    assert_memory_equal(part_at(request, 2)->text, "\x89P\0G", 5);
    assert_string_equal(part_at(request, 2)->mime, "image/png");
    assert_string_equal(part_at(request, 4)->name, "a.pdf");
    assert_null(part_at(request, 5)->name);
    llmc_request_free(request);
}

static void test_a_copy_is_its_own(void **state) {
    llmc_request *request = asked(), *copy = NULL;
    (void)state;
    assert_int_equal(llmc_request_add_image(request, "image/png", "\0\1", 2), LLMC_OK);
    assert_int_equal(llmc_request_mark_cache(request), LLMC_OK);
    assert_int_equal(llmc_request_copy(request, &copy), LLMC_OK);
    llmc_request_free(request);
    assert_int_equal(llmc_request_add_text(copy, "more"), LLMC_OK);
    assert_memory_equal(part_at(copy, 1)->text, "\0\1", 3);
    assert_true(part_at(copy, 1)->cache_mark);
    assert_int_equal(copy->messages[0].part_count, 3);
    llmc_request_free(copy);
}

static void test_empty_assistant_text_goes(void **state) {
    llmc_request *request = fresh();
    (void)state;
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, ""), LLMC_OK);
    assert_int_equal(llmc_request_add_text(request, "x"), LLMC_OK);
    assert_int_equal(request->messages[0].part_count, 1);
    assert_string_equal(part_at(request, 0)->text, "x");
    llmc_request_free(request);
}

static void test_no_message_for_it(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_add_text(request, "x"), LLMC_ERR_INVALID_ARGUMENT, "text: there is no message");
    refused(llmc_request_add_image_url(request, "https://h"), LLMC_ERR_INVALID_ARGUMENT, "url: there is no message");
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "s"), LLMC_OK);
    refused(llmc_request_add_image(request, "image/png", "x", 1), LLMC_ERR_INVALID_ARGUMENT, "bytes: the last");
    refused(llmc_request_add_file(request, "image/png", NULL, "x", 1), LLMC_ERR_INVALID_ARGUMENT, "bytes: the last");
    refused(llmc_request_add_file_url(request, "https://h"), LLMC_ERR_INVALID_ARGUMENT, "url: the last message");
    assert_int_equal(llmc_request_add_text(request, "t"), LLMC_OK); /* a system prompt may have several texts */
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_ASSISTANT, "a"), LLMC_OK);
    refused(llmc_request_add_image_url(request, "https://h"), LLMC_ERR_INVALID_ARGUMENT, "url: the last message");
    llmc_request_free(request);
}

static void test_bad_parts(void **state) {
    llmc_request *request = asked();
    (void)state;
    refused(llmc_request_add_text(NULL, "x"), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_text(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "text");
    refused(llmc_request_add_text(request, ""), LLMC_ERR_INVALID_ARGUMENT, "text");
    refused(llmc_request_add_text(request, "a\xff"), LLMC_ERR_INVALID_UTF8, "text: byte 1");
    refused(llmc_request_add_image(NULL, "image/png", "x", 1), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_add_image(request, NULL, "x", 1), LLMC_ERR_INVALID_ARGUMENT, "mime");
    refused(llmc_request_add_image(request, "image/png", NULL, 1), LLMC_ERR_INVALID_ARGUMENT, "bytes");
    refused(llmc_request_add_image(request, "image/png", "x", 0), LLMC_ERR_INVALID_ARGUMENT, "len");
    refused(llmc_request_add_file(request, "text/plain", "", "x", 1), LLMC_ERR_INVALID_ARGUMENT, "name");
    refused(llmc_request_add_file(request, "text/plain", "\xc3", "x", 1), LLMC_ERR_INVALID_UTF8, "name");
    assert_string_equal(request->messages[0].text, "look");
    assert_int_equal(request->messages[0].part_count, 0);
    llmc_request_free(request);
}

static void test_bad_types(void **state) {
    static const char *const types[] = {"",           "png",   "/png",          "image/",      "image/png/x",
                                        "image/p ng", "a\"/b", "image/png;q=1", "image\n/png", "im\xc3\xa9/x"};
    llmc_request *request = asked();
    char long_type[200];
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        refused(llmc_request_add_image(request, types[i], "x", 1), LLMC_ERR_INVALID_ARGUMENT, "mime");
    memset(long_type, 'x', sizeof long_type);
    long_type[1] = '/';
    long_type[sizeof long_type - 1] = '\0';
    refused(llmc_request_add_image(request, long_type, "x", 1), LLMC_ERR_INVALID_ARGUMENT, "mime");
    assert_int_equal(llmc_request_add_image(request, "application/vnd.oasis+xml.2", "x", 1), LLMC_OK);
    llmc_request_free(request);
}

static void test_bad_urls(void **state) {
    static const char *const urls[] = {"",
                                       "x",
                                       "https://",
                                       "ftp://h/x",
                                       "file:///etc/passwd",
                                       "//h/x",
                                       "https://h/a b",
                                       "https://h/\n",
                                       "data:",
                                       "data:image/png,abc",
                                       "data:;base64,Zm9v",
                                       "data:image;base64,Zm9v",
                                       "data:image/png;base64,",
                                       "data:image/png;base64,Z*",
                                       "data:image/pngbase64,Zm9v",
                                       "data:image/png;base64Zm9v",
                                       "data:,;base64,Zm9v"};
    llmc_request *request = asked();
    char long_url[400];
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        refused(llmc_request_add_image_url(request, urls[i]), LLMC_ERR_INVALID_ARGUMENT, "url");
        refused(llmc_request_add_file_url(request, urls[i]), LLMC_ERR_INVALID_ARGUMENT, "url");
    }
    memset(long_url, 'x', sizeof long_url);
    memcpy(long_url, "data:", 5);
    memcpy(long_url + sizeof long_url - 13, ";base64,Zm9v", 13);
    refused(llmc_request_add_image_url(request, long_url), LLMC_ERR_INVALID_ARGUMENT, "url");
    refused(llmc_request_add_image_url(request, NULL), LLMC_ERR_INVALID_ARGUMENT, "url");
    refused(llmc_request_add_image_url(request, "https://h/\xff"), LLMC_ERR_INVALID_UTF8, "url");
    assert_int_equal(request->messages[0].part_count, 0);
    llmc_request_free(request);
}

static void test_data_urls_are_bytes(void **state) {
    llmc_request *request = asked();
    (void)state;
    assert_int_equal(llmc_request_add_image_url(request, "data:image/gif;base64,AAE="), LLMC_OK);
    assert_int_equal(llmc_request_add_file_url(request, "DATA:text/plain;charset=utf-8;BASE64,Zm9v"), LLMC_OK);
    assert_int_equal(part_at(request, 1)->kind, LLMC__PART_IMAGE);
    assert_string_equal(part_at(request, 1)->mime, "image/gif");
    assert_int_equal(part_at(request, 1)->text_len, 2);
    assert_memory_equal(part_at(request, 1)->text, "\0\1", 3);
    assert_int_equal(part_at(request, 2)->kind, LLMC__PART_FILE);
    assert_string_equal(part_at(request, 2)->mime, "text/plain");
    assert_string_equal(part_at(request, 2)->text, "foo");
    llmc_request_free(request);
}

static void test_cache_marks(void **state) {
    llmc_request *request = fresh();
    (void)state;
    refused(llmc_request_mark_cache(NULL), LLMC_ERR_INVALID_ARGUMENT, "request");
    refused(llmc_request_mark_cache(request), LLMC_ERR_INVALID_ARGUMENT, "request");
    assert_int_equal(llmc_request_add_tool(request, "f", NULL, NULL), LLMC_OK);
    assert_int_equal(llmc_request_mark_cache(request), LLMC_OK);
    assert_true(request->tools[0].cache_mark);
    assert_int_equal(llmc_request_add_message(request, LLMC_ROLE_USER, "x"), LLMC_OK);
    assert_int_equal(llmc_request_add_tool(request, "g", NULL, NULL), LLMC_OK);
    assert_int_equal(llmc_request_add_text(request, "y"), LLMC_OK);
    assert_int_equal(llmc_request_mark_cache(request), LLMC_OK);
    assert_true(part_at(request, 1)->cache_mark);
    assert_false(part_at(request, 0)->cache_mark);
    assert_false(request->tools[1].cache_mark);
    llmc_request_clear_messages(request);
    assert_int_equal(llmc_request_mark_cache(request), LLMC_OK);
    assert_true(request->tools[1].cache_mark);
    llmc_request_free(request);
}

static void test_a_mark_on_one_text_stays_with_it(void **state) {
    llmc_request *request = asked();
    (void)state;
    assert_int_equal(llmc_request_mark_cache(request), LLMC_OK);
    assert_true(request->messages[0].cache_mark);
    assert_int_equal(llmc_request_add_text(request, "y"), LLMC_OK);
    assert_true(part_at(request, 0)->cache_mark);
    assert_false(part_at(request, 1)->cache_mark);
    assert_false(request->messages[0].cache_mark);
    llmc_request_free(request);
}

static int count_down(void *ctx) {
    size_t *left = ctx;
    return (*left)-- > 0;
}

/* Each allocation fails in turn; until the call succeeds the message is as it was. */
static void fail_each(llmc_status (*act)(llmc_request *request)) {
    llmc_request *request = asked();
    llmc_status status = LLMC_ERR_NO_MEMORY;
    for (size_t allowed = 0; status != LLMC_OK; allowed++) {
        size_t left = allowed;
        assert_true(allowed < 20);
        llmc__mem_set_gate(count_down, &left);
        status = act(request);
        llmc__mem_set_gate(NULL, NULL);
        if (status == LLMC_OK)
            break;
        assert_int_equal(status, LLMC_ERR_NO_MEMORY);
        assert_string_equal(request->messages[0].text, "look");
        assert_int_equal(request->messages[0].part_count, 0);
    }
    assert_int_equal(request->messages[0].part_count, 2);
    llmc_request_free(request);
}

static llmc_status add_text(llmc_request *request) {
    return llmc_request_add_text(request, "x");
}

static llmc_status add_file(llmc_request *request) {
    return llmc_request_add_file(request, "text/plain", "n", "x", 1);
}

static llmc_status add_data(llmc_request *request) {
    return llmc_request_add_image_url(request, "data:image/png;base64,Zm9v");
}

static void test_no_memory(void **state) {
    (void)state;
    fail_each(add_text);
    fail_each(add_file);
    fail_each(add_data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_in_order),
        cmocka_unit_test(test_a_copy_is_its_own),
        cmocka_unit_test(test_empty_assistant_text_goes),
        cmocka_unit_test(test_no_message_for_it),
        cmocka_unit_test(test_bad_parts),
        cmocka_unit_test(test_bad_types),
        cmocka_unit_test(test_bad_urls),
        cmocka_unit_test(test_data_urls_are_bytes),
        cmocka_unit_test(test_cache_marks),
        cmocka_unit_test(test_a_mark_on_one_text_stays_with_it),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
