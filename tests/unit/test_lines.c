/* How a request's lines are put into the texts that libcurl is given: what it looks for must stand at a text's start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "net/inner.h"

typedef struct fixture {
    llmc__net net;
    llmc__pool pool;
    llmc__transfer transfer;
    llmc__http_request request;
} fixture;

static char agent[] = "User-Agent: rig/1";

static void start(fixture *f, const char *url) {
    *f = (fixture){.net = {.agent_line = agent}};
    f->pool.net = &f->net;
    f->transfer.pool = &f->pool;
    f->transfer.request = &f->request;
    f->transfer.easy = curl_easy_init();
    assert_non_null(f->transfer.easy);
    llmc__http_request_init(&f->request, (size_t)8 << 20);
    assert_int_equal(llmc__buf_append_str(&f->request.url, url), LLMC_OK);
    assert_int_equal(llmc__address_set(&f->transfer, &f->request.url), CURLE_OK);
}

static void add(fixture *f, const char *name, const char *value) {
    assert_int_equal(llmc__http_request_header(&f->request, name, value), LLMC_OK);
}

static void end(fixture *f) {
    llmc__http_request_free(&f->request);
    llmc__lines_free(&f->transfer);
    curl_easy_cleanup(f->transfer.easy);
    llmc__address_drop(f->transfer.address);
    llmc__address_drop(f->pool.address);
}

/* The texts, each ended by a '|'. */
static void expect(fixture *f, const char *want) {
    char seen[4096] = "";
    size_t len = 0;
    assert_int_equal(llmc__lines_fill(&f->transfer), LLMC_OK);
    for (const struct curl_slist *text = f->transfer.lines; text != NULL; text = text->next)
        len += (size_t)snprintf(seen + len, sizeof seen - len, "%s|", text->data);
    assert_string_equal(seen, want);
}

static void quiet_lines_share_a_text(void **state) {
    fixture f;
    (void)state;
    start(&f, "https://h.example/v1");
    add(&f, "Content-Type", "application/json");
    add(&f, "Authorization", "Bearer x");
    add(&f, "x-api-key", "y");
    expect(&f, "Host:|Content-Type: application/json\r\nAuthorization: Bearer x\r\nx-api-key: y\r\nUser-Agent: "
               "rig/1\r\nHost: h.example|");
    end(&f);
}

/* libcurl writes its own "Accept" unless a text begins with one, and drops the "Authorization" of a name like it. */
static void what_libcurl_looks_for_begins_a_text(void **state) {
    fixture f;
    (void)state;
    start(&f, "https://h.example/v1");
    add(&f, "Content-Type", "a/b");
    add(&f, "Accept", "text/event-stream");
    add(&f, "anthropic-version", "1");
    add(&f, "authorization", "z");
    add(&f, "Authorization-Like", "w");
    add(&f, "X", "v");
    expect(&f, "Host:|Content-Type: a/b|Accept: text/event-stream|anthropic-version: 1\r\nauthorization: z|"
               "Authorization-Like: w|X: v\r\nUser-Agent: rig/1\r\nHost: h.example|");
    end(&f);
}

/* libcurl leaves a line without a value out, which it must still be able to. */
static void lines_without_a_value_stand_alone(void **state) {
    fixture f;
    (void)state;
    start(&f, "https://h.example/v1");
    add(&f, "X-First", "");
    add(&f, "X-Second", "2");
    add(&f, "X-Third", "");
    add(&f, "X-Fourth", "  ");
    expect(&f, "Host:|X-First: |X-Second: 2|X-Third: |X-Fourth:   |User-Agent: rig/1\r\nHost: h.example|");
    end(&f);
}

static void the_request_s_own_agent_and_host_go_first(void **state) {
    fixture f;
    (void)state;
    start(&f, "https://h.example/v1");
    add(&f, "user-agent", "own/2");
    expect(&f, "Host:|user-agent: own/2\r\nHost: h.example|");
    add(&f, "HOST", "other.example");
    expect(&f, "user-agent: own/2|HOST: other.example|");
    end(&f);
}

static void hosts_are_written_as_libcurl_does(void **state) {
    static const char *const rows[][2] = {
        {"https://h.example/v1", "h.example"},
        {"https://h.example:443/v1", "h.example"},
        {"http://h.example:80/v1", "h.example"},
        {"https://h.example:80/v1", "h.example:80"},
        {"http://h.example:0443/v1", "h.example:443"},
        {"http://127.0.0.1:8080/v1?a=b", "127.0.0.1:8080"},
        {"http://[::1]:8080/v1", "[::1]:8080"},
        {"https://[fe80::1%25eth0]/v1", "[fe80::1]"},
        {"https://h.example./v1", NULL},
        {"https://b\xc3\xbc"
         "cher.example/v1",
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        fixture f;
        char want[128];
        start(&f, rows[i][0]);
        (void)snprintf(want, sizeof want,
                       rows[i][1] != NULL ? "Host:|User-Agent: rig/1\r\nHost: %s|" : "User-Agent: rig/1|", rows[i][1]);
        expect(&f, want);
        end(&f);
    }
}

static void there_is_always_a_text(void **state) {
    fixture f;
    (void)state;
    start(&f, "https://h.example./v1");
    f.net.agent_line = NULL;
    expect(&f, "Expect:|");
    assert_int_equal(llmc__buf_reserve(&f.request.body, (size_t)1 << 20), LLMC_OK);
    f.net.agent_line = agent;
    expect(&f, "User-Agent: rig/1|");
    f.request.body.len = (size_t)1 << 20;
    expect(&f, "User-Agent: rig/1|Expect:|");
    f.request.body.len = 0;
    end(&f);
}

static void keys_are_wiped(void **state) {
    fixture f;
    size_t len;
    (void)state;
    start(&f, "https://h.example/v1");
    add(&f, "Authorization", "Bearer secret");
    for (int i = 0; i < 3; i++) {
        expect(&f, "Host:|Authorization: Bearer secret\r\nUser-Agent: rig/1\r\nHost: h.example|");
        len = f.transfer.text_len;
        llmc__lines_wipe(&f.transfer);
        for (size_t at = 0; at < len; at++)
            assert_int_equal(f.transfer.text[at], 0);
    }
    end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_lines_share_a_text),
        cmocka_unit_test(what_libcurl_looks_for_begins_a_text),
        cmocka_unit_test(lines_without_a_value_stand_alone),
        cmocka_unit_test(the_request_s_own_agent_and_host_go_first),
        cmocka_unit_test(hosts_are_written_as_libcurl_does),
        cmocka_unit_test(there_is_always_a_text),
        cmocka_unit_test(keys_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
