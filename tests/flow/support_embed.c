#include "support_embed.h"

embed_texts embed_texts_new(size_t count, size_t len) {
    embed_texts t = {calloc(count, sizeof *t.texts), count};
    assert_non_null(t.texts);
    for (size_t i = 0; i < count; i++) {
        t.texts[i] = malloc(len + 1);
        assert_non_null(t.texts[i]);
        memset(t.texts[i], 'x', len);
        t.texts[i][len] = '\0';
        for (size_t at = 8, rest = i; at > 0; rest /= 10)
            t.texts[i][--at] = (char)('0' + rest % 10);
        if (len > 8)
            t.texts[i][8] = ' ';
    }
    return t;
}

void embed_texts_free(embed_texts *t) {
    for (size_t i = 0; i < t->count; i++)
        free(t->texts[i]);
    free(t->texts);
}

void embed_assert_vector(const float *vector, const char *text, size_t dimensions) {
    float expected[4096];
    assert_non_null(vector);
    assert_true(dimensions <= 4096);
    llmc_mock_vector(text, strlen(text), dimensions, expected);
    if (memcmp(vector, expected, dimensions * sizeof *expected) != 0)
        fail_msg("another vector than that of \"%.40s\"", text);
}

void embed_assert_all(const llmc_embeddings *e, const char *const *texts, size_t bad, llmc_status status) {
    size_t dimensions = llmc_embeddings_dimensions(e);
    for (size_t i = 0; i < llmc_embeddings_count(e); i++) {
        if (i == bad) {
            assert_int_equal(llmc_embeddings_text_status(e, i), status);
            assert_int_equal(llmc_error_status(llmc_embeddings_text_error(e, i)), status);
            assert_null(llmc_embeddings_vector(e, i));
            continue;
        }
        if (llmc_embeddings_text_status(e, i) != LLMC_OK)
            fail_msg("text %zu: %s", i, llmc_error_message(llmc_embeddings_text_error(e, i)));
        assert_null(llmc_embeddings_text_error(e, i));
        embed_assert_vector(llmc_embeddings_vector(e, i), texts[i], dimensions);
    }
}
