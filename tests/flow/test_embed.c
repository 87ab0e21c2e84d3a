/* Embeddings of many texts: each vector to its place, as few requests as can be, bad texts alone. */
#include "support_embed.h"

static llmc_embed_options options_init(void) {
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    return options;
}

static void set_mock(flow *f, size_t max_texts, size_t max_bytes, size_t max_text_bytes, const char *refused) {
    llmc_mock_embedding_options o = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
    o.max_texts = max_texts;
    o.max_bytes = max_bytes;
    o.max_text_bytes = max_text_bytes;
    o.refused_text = refused;
    assert_int_equal(llmc_mock_set_embeddings(f->mock, &o), LLMC_OK);
}

static void each_vector_has_its_place(void **state) {
    static const char *const texts[] = {"one", "two", "one", "gr\xc3\xbc\xc3\x9f", "two \"q\"\n\t", "one"};
    flow *f = *state;
    llmc_embeddings *e = NULL;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 6, NULL, &e), LLMC_OK);
    embed_assert_all(e, texts, SIZE_MAX, LLMC_OK);
    assert_int_equal(llmc_embeddings_status(e), LLMC_OK);
    assert_int_equal(llmc_embeddings_count(e), 6);
    assert_int_equal(llmc_embeddings_dimensions(e), EMBED_DIMENSIONS);
    assert_ptr_equal(llmc_embeddings_vector(e, 0), llmc_embeddings_vector(e, 5)); /* sent once */
    assert_string_equal(llmc_embeddings_provider(e), "openai");
    assert_string_equal(llmc_embeddings_model(e), "embed-1");
    assert_int_equal(llmc_embeddings_tokens_in(e), 1 + 1 + 1 + 2);
    assert_int_equal(llmc_embeddings_requests(e), 1);
    assert_int_equal(llmc_embeddings_from_cache(e), 0);
    llmc_embeddings_unref(e);
    flow_assert_balanced(f->client);
}

static void vectors_go_into_the_callers_rows(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(100, 20);
    llmc_embed_options options = options_init();
    llmc_embeddings *e = NULL;
    float *rows = calloc(t.count * 16, sizeof *rows);
    options.vectors = rows;
    options.vector_dimensions = 16;
    options.dimensions = 16;
    options.max_texts = 7;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, NULL), LLMC_OK);
    for (size_t i = 0; i < t.count; i++)
        embed_assert_vector(rows + i * 16, t.texts[i], 16);
    options.dimensions = 15; /* the rows are not for these */
    memset(rows, 0, t.count * 16 * sizeof *rows);
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, &e),
                     LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "vector_dimensions is 16"));
    for (size_t i = 0; i < t.count * 16; i++)
        assert_true(rows[i] == 0);
    assert_null(llmc_embeddings_vector(e, 0));
    llmc_embeddings_unref(e);
    free(rows);
    embed_texts_free(&t);
}

static void copies_into_rows(void **state) {
    static const char *const texts[] = {"one", "two"};
    flow *f = *state;
    llmc_embeddings *e = NULL;
    float rows[2 * EMBED_DIMENSIONS];
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 2, NULL, &e), LLMC_OK);
    assert_int_equal(llmc_embeddings_copy(e, rows, EMBED_DIMENSIONS), LLMC_OK);
    embed_assert_vector(rows, "one", EMBED_DIMENSIONS);
    embed_assert_vector(rows + EMBED_DIMENSIONS, "two", EMBED_DIMENSIONS);
    assert_int_equal(llmc_embeddings_copy(e, rows, EMBED_DIMENSIONS + 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_copy(e, NULL, EMBED_DIMENSIONS), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_copy(NULL, rows, EMBED_DIMENSIONS), LLMC_ERR_INVALID_ARGUMENT);
    llmc_embeddings_unref(e);
}

/* The figures: OpenAI takes 2048 texts, and 300,000 tokens of which 2048 of these texts are a third. */
static void a_hundred_thousand_texts_take_the_least(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(100000, 200);
    llmc_embeddings *e = NULL;
    llmc_mock_set_recording(f->mock, false);
    set_mock(f, 2048, 0, 0, "00077777 ");
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_ERR_PARTIAL);
    embed_assert_all(e, EMBED_TEXTS(t), 77777, LLMC_ERR_BAD_REQUEST);
    /* 49 and, of the one with the bad text, the two halves of each of log2(2048) refused ones. */
    print_message("100,000 texts of 200 bytes: %zu requests, one bad text among them\n", llmc_embeddings_requests(e));
    assert_int_equal(flow_mock_stats(f).requests, llmc_embeddings_requests(e));
    assert_in_range(llmc_embeddings_requests(e), 49 + 2 * 10, 49 + 2 * 12);
    llmc_embeddings_unref(e);
    set_mock(f, 2048, 0, 0, NULL);
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_OK);
    assert_int_equal(llmc_embeddings_requests(e), 49);
    embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void what_is_too_large_is_divided(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(256, 100);
    llmc_embeddings *e = NULL;
    set_mock(f, 0, 1000, 0, NULL); /* ten texts; nothing of that is known to the client */
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_OK);
    embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
    /* Refused at 256, 128, 64, 32 and 16 texts, and known from then on. */
    assert_in_range(llmc_embeddings_requests(e), 32, 32 + 31);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void a_text_that_is_too_long_fails_alone(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(64, 50);
    llmc_embeddings *e = NULL;
    free(t.texts[41]);
    t.texts[41] = calloc(1, 501);
    memset(t.texts[41], 'y', 500);
    set_mock(f, 0, 0, 400, NULL);
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_ERR_PARTIAL);
    embed_assert_all(e, EMBED_TEXTS(t), 41, LLMC_ERR_CONTEXT_LENGTH);
    assert_non_null(strstr(llmc_error_message(llmc_embeddings_text_error(e, 41)), "maximum context length"));
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void texts_nobody_takes_are_not_sent(void **state) {
    static const char *const texts[] = {"good", "", "bad \xff byte", "good too"};
    flow *f = *state;
    llmc_embeddings *e = NULL;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 4, NULL, &e), LLMC_ERR_PARTIAL);
    assert_int_equal(llmc_embeddings_requests(e), 1);
    assert_int_equal(llmc_embeddings_text_status(e, 0), LLMC_OK);
    assert_int_equal(llmc_embeddings_text_status(e, 1), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_text_status(e, 2), LLMC_ERR_INVALID_UTF8);
    assert_non_null(strstr(llmc_error_message(llmc_embeddings_text_error(e, 2)), "byte 4 (0xff)"));
    embed_assert_vector(llmc_embeddings_vector(e, 3), texts[3], EMBED_DIMENSIONS);
    llmc_embeddings_unref(e);
}

/* A request that is wrong in itself is not divided down to each of its texts. */
static void a_refused_field_does_not_multiply(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(2000, 20);
    llmc_embed_options options = options_init();
    llmc_mock_script script = flow_answer("unknown field");
    llmc_embeddings *e = NULL;
    script.status = 400;
    flow_default(f, script);
    options.max_texts = 500;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, &e), LLMC_ERR_BAD_REQUEST);
    assert_non_null(strstr(llmc_last_error_message(), "unknown field"));
    assert_in_range(llmc_embeddings_requests(e), 4, 64);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void errors_of_the_call_are_not_divided(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(100, 20);
    llmc_mock_script script = flow_script();
    llmc_embeddings *e = NULL;
    script.status = 401;
    flow_default(f, script);
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_ERR_AUTH);
    assert_int_equal(llmc_embeddings_requests(e), 1);
    llmc_embeddings_unref(e);
    assert_int_equal(llmc_embed(f->client, "nobody/x", EMBED_TEXTS(t), t.count, NULL, &e), LLMC_ERR_UNKNOWN_PROVIDER);
    assert_non_null(strstr(llmc_last_error_message(), "nobody"));
    assert_int_equal(llmc_embeddings_text_status(e, 99), LLMC_ERR_UNKNOWN_PROVIDER);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

typedef struct watch {
    size_t calls, done, failed, total, stop_at;
} watch;

static void on_progress(size_t done, size_t failed, size_t total, void *user_data) {
    watch *w = user_data;
    assert_true(done >= w->done && failed >= w->failed);
    w->calls++;
    w->done = done;
    w->failed = failed;
    w->total = total;
}

static int interrupt(void *user_data) {
    watch *w = user_data;
    return w->stop_at && w->done >= w->stop_at;
}

static void progress_counts_texts(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(100, 20);
    llmc_embed_options options = options_init();
    watch w = {0};
    llmc_embeddings *e = NULL;
    set_mock(f, 0, 0, 0, "00000042 ");
    options.max_texts = 10;
    options.on_progress = on_progress;
    options.user_data = &w;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, &e), LLMC_ERR_PARTIAL);
    assert_in_range(w.calls, 10, 30);
    assert_int_equal(w.done, 100);
    assert_int_equal(w.failed, 1);
    assert_int_equal(w.total, 100);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void an_interrupt_ends_it(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(1000, 20);
    llmc_embed_options options = options_init();
    watch w = {.stop_at = 20};
    llmc_embeddings *e = NULL;
    size_t had = 0;
    flow_default(f, flow_slow(10));
    options.max_texts = 10;
    options.max_concurrency = 1;
    options.on_progress = on_progress;
    options.interrupt = interrupt;
    options.user_data = &w;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, &e), LLMC_ERR_CANCELLED);
    for (size_t i = 0; i < t.count; i++)
        had += llmc_embeddings_vector(e, i) != NULL;
    assert_in_range(had, 20, 900);
    assert_int_equal(llmc_embeddings_text_status(e, 999), LLMC_ERR_CANCELLED);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

typedef struct ending {
    flow_tally tally;
    const char *const *texts;
} ending;

static void on_done(llmc_embeddings *e, llmc_status status, void *user_data) {
    ending *end = user_data;
    llmc_embeddings *other = NULL;
    assert_int_equal(llmc_embeddings_status(e), status);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_ERR_WOULD_DEADLOCK);
    assert_int_equal(llmc_embed(NULL, EMBED_MODEL, end->texts, 1, NULL, &other), LLMC_ERR_INVALID_ARGUMENT);
    flow_tally_add(&end->tally, status);
}

static void runs_aside(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(50, 20), again = embed_texts_new(50, 20);
    llmc_embeddings *e = NULL;
    ending end = {.texts = EMBED_TEXTS(again)};
    flow_tally_init(&end.tally);
    flow_default(f, flow_slow(20));
    assert_int_equal(llmc_embed_async(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, on_done, &end, &e),
                     LLMC_OK);
    embed_texts_free(&t); /* they were copied */
    assert_null(llmc_embeddings_vector(e, 0));
    assert_int_equal(llmc_embeddings_wait(e), LLMC_OK);
    assert_int_equal(flow_tally_done(&end.tally), 1);
    embed_assert_all(e, EMBED_TEXTS(again), SIZE_MAX, LLMC_OK);
    llmc_embeddings_unref(e);
    assert_int_equal(llmc_embed_async(f->client, EMBED_MODEL, EMBED_TEXTS(again), 50, NULL, on_done, &end, NULL),
                     LLMC_OK);
    assert_true(flow_tally_wait(&end.tally, 2));
    assert_int_equal(llmc_embed_async(f->client, EMBED_MODEL, NULL, 0, NULL, on_done, &end, &e), LLMC_OK);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_OK);
    llmc_embeddings_unref(e);
    flow_tally_destroy(&end.tally);
    embed_texts_free(&again);
}

static void is_cancelled(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(100, 20);
    llmc_embed_options options = options_init();
    llmc_embeddings *e = NULL;
    options.max_texts = 10;
    options.max_concurrency = 2;
    flow_default(f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_embed_async(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, NULL, NULL, &e),
                     LLMC_OK);
    assert_true(llmc_mock_wait_requests(f->mock, 2, FLOW_DEADLINE_MS));
    llmc_embeddings_cancel(e);
    assert_int_equal(llmc_embeddings_wait(e), LLMC_ERR_CANCELLED);
    for (size_t i = 0; i < t.count; i++)
        assert_int_equal(llmc_embeddings_text_status(e, i), LLMC_ERR_CANCELLED);
    assert_int_equal(flow_mock_stats(f).requests, 2);
    llmc_embeddings_cancel(e);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void ends_with_its_client(void **state) {
    llmc_embeddings *e = NULL;
    embed_texts t = embed_texts_new(100, 20);
    llmc_embed_options options = options_init();
    flow f;
    (void)state;
    flow_open(&f, NULL);
    options.max_texts = 10;
    options.max_concurrency = 2;
    flow_default(&f, flow_slow(FLOW_FOREVER_MS));
    assert_int_equal(llmc_embed_async(f.client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, NULL, NULL, &e),
                     LLMC_OK);
    assert_true(llmc_mock_wait_requests(f.mock, 2, FLOW_DEADLINE_MS));
    flow_close(&f);
    assert_int_equal(llmc_embeddings_status(e), LLMC_ERR_CANCELLED);
    llmc_embeddings_unref(e);
    embed_texts_free(&t);
}

static void settings_hold_for_each_request(void **state) {
    flow *f = *state;
    embed_texts t = embed_texts_new(20, 20);
    llmc_embed_options options = options_init();
    llmc_request *settings = flow_request("no message of this is sent");
    llmc_embeddings *e = NULL;
    llmc_mock_request seen;
    assert_int_equal(llmc_request_set_user(settings, "me"), LLMC_OK);
    assert_int_equal(llmc_request_add_header(settings, "X-Job", "7"), LLMC_OK);
    assert_int_equal(llmc_request_set_extra_json(settings, "{\"own\":1}"), LLMC_OK);
    options.settings = settings;
    options.max_texts = 10;
    options.encoding = LLMC_EMBED_FLOAT;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &options, &e), LLMC_OK);
    assert_int_equal(llmc_mock_request_count(f->mock), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(llmc_mock_request_at(f->mock, i, &seen));
        assert_non_null(strstr(seen.body, "\"user\":\"me\""));
        assert_non_null(strstr(seen.body, "\"own\":1"));
        assert_non_null(strstr(seen.body, "\"model\":\"embed-1\""));
        assert_null(strstr(seen.body, "messages"));
        assert_null(strstr(seen.body, "base64"));
        assert_string_equal(llmc_mock_request_header(f->mock, i, "x-job"), "7");
    }
    llmc_request_free(settings);
    llmc_embeddings_unref(e);
    assert_int_equal(flow_mock_stats(f).requests, 2);
    embed_texts_free(&t);
}

static void bad_arguments_are_named(void **state) {
    static const char *const texts[] = {"a", NULL};
    flow *f = *state;
    llmc_embed_options options = options_init();
    llmc_embeddings *e = (void *)1;
    float row[8];
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 2, NULL, &e), LLMC_ERR_INVALID_ARGUMENT);
    assert_string_equal(llmc_last_error_message(), "texts[1] is NULL");
    assert_null(e);
    assert_int_equal(llmc_embed(f->client, NULL, texts, 1, NULL, &e), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embed(f->client, "", texts, 1, NULL, &e), LLMC_ERR_INVALID_MODEL);
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, NULL, 1, NULL, &e), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, NULL, NULL), LLMC_ERR_INVALID_ARGUMENT);
    options.vectors = row;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, &options, &e), LLMC_ERR_INVALID_ARGUMENT);
    assert_non_null(strstr(llmc_last_error_message(), "vector_dimensions"));
    options = options_init();
    options.dimensions = -1;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, &options, &e), LLMC_ERR_INVALID_ARGUMENT);
    options = options_init();
    options.task = "";
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, &options, &e), LLMC_ERR_INVALID_ARGUMENT);
    options = options_init();
    options.encoding = (llmc_embed_encoding)9;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, &options, &e), LLMC_ERR_INVALID_ARGUMENT);
    options = options_init();
    options.truncate = (llmc_embed_truncate)9;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, &options, &e), LLMC_ERR_INVALID_ARGUMENT);
    options = options_init();
    options.size = 8;
    assert_int_equal(llmc_embed(f->client, EMBED_MODEL, texts, 1, &options, &e), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_status(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_wait(NULL), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_text_status(NULL, 0), LLMC_ERR_INVALID_ARGUMENT);
    assert_int_equal(llmc_embeddings_tokens_in(NULL), -1);
    assert_string_equal(llmc_embeddings_model(NULL), "");
    llmc_embeddings_unref(NULL);
    llmc_embeddings_cancel(NULL);
}

static void works_on_the_hosts_loop(void **state) {
    llmc_client_options options = flow_options();
    embed_texts t = embed_texts_new(100, 20);
    llmc_embeddings *e = NULL;
    flow f;
    (void)state;
    options.io_threads = 0;
    flow_open(&f, &options);
    assert_int_equal(llmc_embed(f.client, EMBED_MODEL, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_OK);
    embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
    llmc_embeddings_unref(e);
    flow_close(&f);
    embed_texts_free(&t);
}

static void loops_share_the_packs(void **state) {
    llmc_client_options options = flow_options();
    llmc_embed_options eo = options_init();
    embed_texts t = embed_texts_new(3000, 20);
    llmc_embeddings *e = NULL;
    flow f;
    (void)state;
    options.io_threads = 3;
    flow_open(&f, &options);
    set_mock(&f, 0, 0, 0, "00001234 ");
    eo.max_texts = 10;
    eo.max_concurrency = 50;
    assert_int_equal(llmc_embed(f.client, EMBED_MODEL, EMBED_TEXTS(t), t.count, &eo, &e), LLMC_ERR_PARTIAL);
    embed_assert_all(e, EMBED_TEXTS(t), 1234, LLMC_ERR_BAD_REQUEST);
    llmc_embeddings_unref(e);
    flow_close(&f);
    embed_texts_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        FLOW_TEST(each_vector_has_its_place),
        FLOW_TEST(vectors_go_into_the_callers_rows),
        FLOW_TEST(copies_into_rows),
        FLOW_TEST(a_hundred_thousand_texts_take_the_least),
        FLOW_TEST(what_is_too_large_is_divided),
        FLOW_TEST(a_text_that_is_too_long_fails_alone),
        FLOW_TEST(texts_nobody_takes_are_not_sent),
        FLOW_TEST(a_refused_field_does_not_multiply),
        FLOW_TEST(errors_of_the_call_are_not_divided),
        FLOW_TEST(progress_counts_texts),
        FLOW_TEST(an_interrupt_ends_it),
        FLOW_TEST(runs_aside),
        FLOW_TEST(is_cancelled),
        cmocka_unit_test(ends_with_its_client),
        FLOW_TEST(settings_hold_for_each_request),
        FLOW_TEST(bad_arguments_are_named),
        cmocka_unit_test(works_on_the_hosts_loop),
        cmocka_unit_test(loops_share_the_packs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
