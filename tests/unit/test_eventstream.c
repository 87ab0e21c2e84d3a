/* Frames whole, cut everywhere, damaged everywhere, and made up to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "base/mem.h"
#include "support_eventstream.h"
#include "support_wire.h"
#include "wire/eventstream.h"

#define MAX_FRAME 100000

/* What a reading came to, as one text, so that two can be compared. */
typedef struct record {
    llmc__buf text;
    int stop_after; /* 0: never */
} record;

static int write_down(void *ctx, const llmc__eventstream_frame *frame) {
    record *r = ctx;
    llmc__eventstream_header header;
    size_t at = 0;
    while (llmc__eventstream_next(frame, &at, &header)) {
        (void)llmc__buf_appendf(&r->text, "%.*s(%d)=", (int)header.name_len, header.name, (int)header.type);
        for (size_t i = 0; i < header.value_len; i++)
            (void)llmc__buf_appendf(&r->text, "%02x", (unsigned char)header.value[i]);
        (void)llmc__buf_append_char(&r->text, ' ');
    }
    (void)llmc__buf_append_char(&r->text, '|');
    (void)llmc__buf_append(&r->text, frame->payload, frame->payload_len);
    (void)llmc__buf_append_char(&r->text, ';');
    return r->stop_after > 0 && --r->stop_after == 0;
}

/* Each piece in memory of its own, so that reading past its end is seen. */
static llmc_status feed_piece(llmc__eventstream *stream, const char *bytes, size_t len, record *r) {
    char *piece = malloc(len > 0 ? len : 1);
    assert_non_null(piece);
    memcpy(piece, bytes, len);
    llmc_status status = llmc__eventstream_feed(stream, piece, len, write_down, r);
    free(piece);
    return status;
}

/* Pieces [0, cut) and [cut, len), or of `step` bytes each when it is not 0. */
static llmc_status read_all(const char *bytes, size_t len, size_t cut, size_t step, record *r, bool *is_cut) {
    llmc__eventstream stream;
    llmc_status status = LLMC_OK;
    llmc__eventstream_init(&stream, MAX_FRAME);
    if (step == 0) {
        status = feed_piece(&stream, bytes, cut, r);
        if (status == LLMC_OK)
            status = feed_piece(&stream, bytes + cut, len - cut, r);
    }
    for (size_t at = 0; step != 0 && at < len && status == LLMC_OK; at += step)
        status = feed_piece(&stream, bytes + at, step < len - at ? step : len - at, r);
    *is_cut = llmc__eventstream_is_cut(&stream);
    assert_true((status == LLMC_ERR_BAD_RESPONSE || status == LLMC_ERR_TOO_LARGE) == (stream.fault != NULL));
    llmc__eventstream_free(&stream);
    return status;
}

static void init(record *r) {
    llmc__buf_init(&r->text, 10000000);
    r->stop_after = 0;
}

static void expect_read(const char *bytes, size_t len, size_t cut, size_t step, const char *want) {
    record r;
    bool is_cut = true;
    init(&r);
    assert_int_equal(read_all(bytes, len, cut, step, &r, &is_cut), LLMC_OK);
    assert_false(is_cut);
    assert_string_equal(llmc__buf_str(&r.text), want);
    llmc__buf_free(&r.text);
}

/* Frames with known checksums, as the tests of Amazon's botocore give them. */
static void test_known_frames(void **state) {
    static const char empty[] = "\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2H\xeb}\x98\xc8\xff";
    static const char number[] = "\x00\x00\x00+\x00\x00\x00\x0e"
                                 "4\x8b\xec{\x08"
                                 "event-id\x04\x00\x00\xa0\x0c{'foo':'bar'}\xd3\x89\x02\x85";
    static const char payload[] = "\x00\x00\x00\x1d\x00\x00\x00\x00\xfdR\x8cZ{'foo':'bar'}\xc3"
                                  "e96";
    (void)state;
    expect_read(empty, sizeof empty - 1, 0, 0, "|;");
    expect_read(number, sizeof number - 1, 0, 0, "event-id(4)=0000a00c |{'foo':'bar'};");
    expect_read(payload, sizeof payload - 1, 0, 0, "|{'foo':'bar'};");
}

/* One header of each type. */
static const char all_types[] =
    "\x01t\x00\x01"
    "f\x01\x04"
    "byte\x02\x7f\x05short\x03\xff\xfe\x03int\x04\x01\x02\x03\x04\x04long\x05\x01\x02\x03\x04\x05\x06\x07\x08\x05"
    "bytes\x06\x00\x03\x00\x01\x02\x06string\x07\x00\x02hi\x04time\x08\x00\x00\x00\x00\x00\x00\x00\x09\x04uuid\x09"
    "0123456789abcdef\x05"
    "empty\x07\x00\x00";
static const char all_types_read[] =
    "t(0)= f(1)= byte(2)=7f short(3)=fffe int(4)=01020304 long(5)=0102030405060708 bytes(6)=000102 string(7)=6869 "
    "time(8)=0000000000000009 uuid(9)=30313233343536373839616263646566 empty(7)= |body;";

static void write_stream(llmc__buf *out) {
    llmc__buf_init(out, 1 << 20);
    support_frame(out, all_types, sizeof all_types - 1, "body", 4);
    support_frame(out, "", 0, "", 0);
    support_frame(out, "\x01x\x00", 3, "\x00\x01", 2);
    support_frame(out, "", 0, "last", 4);
}

static void test_every_split(void **state) {
    llmc__buf stream;
    record whole;
    bool is_cut = false;
    (void)state;
    init(&whole);
    write_stream(&stream);
    assert_int_equal(read_all(stream.data, stream.len, stream.len, 0, &whole, &is_cut), LLMC_OK);
    assert_int_equal(strncmp(whole.text.data, all_types_read, strlen(all_types_read)), 0);
    for (size_t cut = 0; cut <= stream.len; cut++)
        expect_read(stream.data, stream.len, cut, 0, whole.text.data);
    for (size_t step = 1; step < 64; step++)
        expect_read(stream.data, stream.len, 0, step, whole.text.data);
    llmc__buf_free(&whole.text);
    llmc__buf_free(&stream);
}

/* What ends anywhere but between two frames is cut, and says so. */
static void test_every_end(void **state) {
    llmc__buf stream;
    (void)state;
    write_stream(&stream);
    for (size_t len = 0; len <= stream.len; len++) {
        size_t bounds[] = {0, 16 + sizeof all_types - 1 + 4, 0, 0, 0};
        bool is_cut = false, whole = false;
        record r;
        init(&r);
        bounds[2] = bounds[1] + 16;
        bounds[3] = bounds[2] + 16 + 5;
        bounds[4] = stream.len;
        for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
            whole = whole || bounds[i] == len;
        assert_int_equal(read_all(stream.data, len, len / 2, 0, &r, &is_cut), LLMC_OK);
        assert_int_equal(is_cut, !whole);
        llmc__buf_free(&r.text);
    }
    llmc__buf_free(&stream);
}

/* CRC-32 finds every single bit, so none may pass; before the damaged frame all is told. */
static void test_every_bit_flipped(void **state) {
    llmc__buf stream;
    (void)state;
    llmc__buf_init(&stream, 1 << 20);
    support_frame(&stream, "", 0, "first", 5);
    size_t start = stream.len;
    support_frame(&stream, all_types, sizeof all_types - 1, "body", 4);
    for (size_t bit = 8 * start; bit < 8 * stream.len; bit++) {
        bool is_cut = false;
        record r;
        init(&r);
        stream.data[bit / 8] ^= (char)(1 << bit % 8);
        assert_int_equal(read_all(stream.data, stream.len, bit / 16, 0, &r, &is_cut), LLMC_ERR_BAD_RESPONSE);
        assert_string_equal(llmc__buf_str(&r.text), "|first;");
        stream.data[bit / 8] ^= (char)(1 << bit % 8);
        llmc__buf_free(&r.text);
    }
    llmc__buf_free(&stream);
}

static void expect_refused(const void *headers, size_t len, const char *fault) {
    llmc__eventstream parser;
    llmc__buf stream;
    record r;
    init(&r);
    llmc__buf_init(&stream, 1 << 20);
    support_frame(&stream, headers, len, "{}", 2);
    llmc__eventstream_init(&parser, MAX_FRAME);
    assert_int_equal(feed_piece(&parser, stream.data, stream.len, &r), LLMC_ERR_BAD_RESPONSE);
    assert_string_equal(parser.fault, fault);
    assert_int_equal(feed_piece(&parser, "x", 1, &r), LLMC_ERR_BAD_RESPONSE); /* it sticks */
    assert_int_equal(r.text.len, 0);
    llmc__eventstream_free(&parser);
    llmc__buf_free(&stream);
}

/* Right checksums around headers that lie. */
static void test_malformed_headers(void **state) {
    static const char fault[] = "the headers of a frame are malformed";
    (void)state;
    expect_refused("\x01", 1, fault);                  /* a name that is not there */
    expect_refused("\x00\x00", 2, fault);              /* a name without letters */
    expect_refused("\x01x", 2, fault);                 /* no type */
    expect_refused("\x01x\x0a", 3, fault);             /* a type there is not */
    expect_refused("\x01x\x04\x00\x00\x00", 6, fault); /* a number cut */
    expect_refused("\x01x\x07", 3, fault);             /* no length */
    expect_refused("\x01x\x07\x00", 4, fault);         /* half a length */
    expect_refused("\x01x\x07\x00\x05hell", 9, fault); /* a text cut */
    expect_refused("\x01x\x07\xff\xffhell", 9, fault); /* a text longer than the frame */
    expect_refused("\x01x\x00\x05", 4, fault);         /* a second header cut */
    expect_refused("\xffx\x00", 3, fault);             /* a name longer than the headers */
    expect_refused("\x01x\x09"
                   "123456789012345",
                   18, fault); /* a UUID cut */
}

static llmc_status feed_prelude(uint32_t total, uint32_t headers, size_t max, size_t *kept) {
    llmc__eventstream parser;
    llmc__buf stream;
    record r;
    init(&r);
    llmc__buf_init(&stream, 1000);
    support_frame_u32(&stream, total);
    support_frame_u32(&stream, headers);
    support_frame_u32(&stream, llmc__crc32(0, stream.data, 8));
    (void)llmc__buf_append_str(&stream, "abc");
    llmc__eventstream_init(&parser, max);
    llmc_status status = feed_piece(&parser, stream.data, stream.len, &r);
    *kept = parser.kept.cap;
    llmc__eventstream_free(&parser);
    llmc__buf_free(&stream);
    return status;
}

/* Lengths with the right checksum that no frame can have, or none that may be kept. Nothing is allocated for them. */
static void test_lengths(void **state) {
    size_t kept = 0;
    (void)state;
    assert_int_equal(feed_prelude(0, 0, MAX_FRAME, &kept), LLMC_ERR_BAD_RESPONSE);
    assert_int_equal(feed_prelude(15, 0, MAX_FRAME, &kept), LLMC_ERR_BAD_RESPONSE);
    assert_int_equal(feed_prelude(100, 85, MAX_FRAME, &kept), LLMC_ERR_BAD_RESPONSE);
    assert_int_equal(feed_prelude(100, UINT32_MAX, MAX_FRAME, &kept), LLMC_ERR_BAD_RESPONSE);
    assert_int_equal(feed_prelude(1 << 20, (128 << 10) + 1, SIZE_MAX / 4, &kept), LLMC_ERR_BAD_RESPONSE);
    assert_int_equal(feed_prelude(UINT32_MAX, 0, MAX_FRAME, &kept), LLMC_ERR_TOO_LARGE);
    assert_int_equal(feed_prelude(MAX_FRAME + 1, 0, MAX_FRAME, &kept), LLMC_ERR_TOO_LARGE);
    assert_int_equal(feed_prelude(MAX_FRAME, 0, MAX_FRAME, &kept), LLMC_OK);
    assert_int_equal(feed_prelude(UINT32_MAX, 0, SIZE_MAX / 4, &kept), LLMC_OK);
    assert_true(kept < 4096); /* room grows with what comes, not with what is announced */
    assert_int_equal(feed_prelude(16, 0, 0, &kept), LLMC_OK); /* a maximum below the smallest frame is that */
}

static void test_string_of_a_header(void **state) {
    static const char headers[] = "\x01"
                                  "a\x07\x00\x05hello\x01"
                                  "b\x04\x00\x00\x00\x01";
    const llmc__eventstream_frame frame = {.headers = headers, .headers_len = sizeof headers - 1};
    char text[16];
    (void)state;
    llmc__eventstream_string(&frame, "a", text, sizeof text);
    assert_string_equal(text, "hello");
    llmc__eventstream_string(&frame, "a", text, 4);
    assert_string_equal(text, "hel");
    llmc__eventstream_string(&frame, "b", text, sizeof text); /* a number */
    assert_string_equal(text, "");
    llmc__eventstream_string(&frame, "aa", text, sizeof text);
    assert_string_equal(text, "");
}

static void test_stopped_by_the_callback(void **state) {
    llmc__eventstream parser;
    llmc__buf stream;
    record r;
    (void)state;
    init(&r);
    r.stop_after = 1;
    write_stream(&stream);
    llmc__eventstream_init(&parser, MAX_FRAME);
    assert_int_equal(feed_piece(&parser, stream.data, stream.len, &r), LLMC_ERR_CANCELLED);
    assert_int_equal(parser.frames, 1);
    llmc__eventstream_free(&parser);
    llmc__buf_free(&stream);
    llmc__buf_free(&r.text);
}

static int refuse(void *ctx) {
    int *left = ctx;
    return (*left)-- > 0;
}

static void test_without_memory(void **state) {
    llmc__buf stream;
    (void)state;
    write_stream(&stream);
    for (int left = 0; left < 4; left++) {
        llmc__eventstream parser;
        int allowed = left;
        record r = {.stop_after = 1}; /* only the parser's own memory counts */
        llmc__eventstream_init(&parser, MAX_FRAME);
        llmc__mem_set_gate(refuse, &allowed);
        llmc_status status = feed_piece(&parser, stream.data, 30, &r);
        llmc__mem_set_gate(NULL, NULL);
        assert_int_equal(status, left == 0 ? LLMC_ERR_NO_MEMORY : LLMC_OK);
        llmc__eventstream_free(&parser);
    }
    llmc__buf_free(&stream);
}

/* Damage of many bytes at once: nothing crashes, and what is told is never more than what was sent. */
static void test_random_damage(void **state) {
    unsigned seed = (unsigned)time(NULL);
    llmc__buf stream;
    (void)state;
    printf("seed %u\n", seed);
    srand(seed);
    write_stream(&stream);
    for (int round = 0; round < 20000; round++) {
        char copy[512];
        bool is_cut = false;
        record r;
        size_t len = stream.len - (size_t)rand() % 8;
        init(&r);
        assert_true(stream.len <= sizeof copy);
        memcpy(copy, stream.data, stream.len);
        for (int i = rand() % 6; i >= 0; i--)
            copy[(size_t)rand() % stream.len] = (char)rand();
        (void)read_all(copy, len, (size_t)rand() % (len + 1), 0, &r, &is_cut);
        llmc__buf_free(&r.text);
    }
    llmc__buf_free(&stream);
}

static size_t recorded_frames;

static int count_frame(void *ctx, const llmc__eventstream_frame *frame) {
    char text[32];
    (void)ctx;
    llmc__eventstream_string(frame, ":message-type", text, sizeof text);
    assert_string_equal(text, "event");
    assert_int_equal(frame->payload[0], '{');
    recorded_frames++;
    return 0;
}

static void read_recorded(const char *path, const char *bytes, size_t len) {
    llmc__eventstream parser;
    (void)path;
    llmc__eventstream_init(&parser, MAX_FRAME);
    assert_int_equal(llmc__eventstream_feed(&parser, bytes, len, count_frame, NULL), LLMC_OK);
    assert_false(llmc__eventstream_is_cut(&parser));
    assert_true(parser.frames > 0);
    llmc__eventstream_free(&parser);
}

static void test_recorded_streams(void **state) {
    (void)state;
    size_t files = support_wire_each(".bin", read_recorded);
    assert_true(files == 0 || recorded_frames > files);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_frames),       cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_every_end),          cmocka_unit_test(test_every_bit_flipped),
        cmocka_unit_test(test_malformed_headers),  cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_string_of_a_header), cmocka_unit_test(test_stopped_by_the_callback),
        cmocka_unit_test(test_without_memory),     cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_recorded_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
