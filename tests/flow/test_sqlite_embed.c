/* Vectors in a file: the program that is started next asks no provider for them. */
#include "support_embed.h"
#include "support_sqlite.h"

#define COUNT 100

static llmc_client *client_of(shelf *s, llmc_mock *mock, uint32_t io_threads) {
    llmc_client_options options = flow_options();
    options.io_threads = io_threads;
    options.enable_cache = true;
    options.cache_store = shelf_store(s, 0);
    options.cache_salt = "of the test";
    options.cache_store_timeout_ms = FLOW_DEADLINE_MS;
    return flow_client(llmc_mock_base_url(mock), &options);
}

/* How many of texts[from, to) came from the cache. */
static size_t embed(llmc_client *client, const embed_texts *t, size_t from, size_t to) {
    llmc_embeddings *e = NULL;
    size_t cached;
    assert_int_equal(llmc_embed(client, EMBED_MODEL, EMBED_TEXTS(*t) + from, to - from, NULL, &e), LLMC_OK);
    embed_assert_all(e, EMBED_TEXTS(*t) + from, SIZE_MAX, LLMC_OK);
    cached = llmc_embeddings_from_cache(e);
    llmc_embeddings_unref(e);
    return cached;
}

static void the_next_program_sends_nothing(void **state) {
    embed_texts t = embed_texts_new(COUNT, 200);
    (void)state;
    for (uint32_t io_threads = 0; io_threads < 2; io_threads++) {
        llmc_client *client;
        llmc_mock *mock;
        shelf s;
        shelf_open(&s);
        assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
        client = client_of(&s, mock, io_threads);
        assert_int_equal(embed(client, &t, 0, COUNT / 2), 0);
        llmc_client_free(client);
        client = client_of(&s, mock, io_threads);
        assert_int_equal(embed(client, &t, 0, COUNT), COUNT / 2);
        assert_int_equal(llmc_mock_request_count(mock), 2);
        llmc_client_free(client);
        client = client_of(&s, mock, io_threads);
        assert_int_equal(embed(client, &t, 0, COUNT), COUNT);
        assert_int_equal(llmc_mock_request_count(mock), 2);
        assert_int_equal(atomic_load(&s.lines), 0);
        llmc_client_free(client);
        llmc_mock_free(mock);
        shelf_close(&s);
    }
    embed_texts_free(&t);
}

/* Records that lie under another's key are nobody's. */
static void swapped_vectors_are_fetched_anew(void **state) {
    embed_texts t = embed_texts_new(COUNT, 16);
    llmc_client *client;
    llmc_mock *mock;
    shelf s;
    (void)state;
    shelf_open(&s);
    assert_int_equal(llmc_mock_new(&mock), LLMC_OK);
    client = client_of(&s, mock, 1);
    assert_int_equal(embed(client, &t, 0, COUNT), 0);
    llmc_client_free(client);
    shelf_run(&s, "UPDATE entry SET value = (SELECT o.value FROM entry o WHERE o.id = entry.id % 100 + 1)");
    client = client_of(&s, mock, 1);
    assert_int_equal(embed(client, &t, 0, COUNT), 0);
    llmc_client_free(client);
    client = client_of(&s, mock, 1);
    assert_int_equal(embed(client, &t, 0, COUNT), COUNT);
    llmc_client_free(client);
    llmc_mock_free(mock);
    shelf_close(&s);
    embed_texts_free(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_program_sends_nothing),
        cmocka_unit_test(swapped_vectors_are_fetched_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
