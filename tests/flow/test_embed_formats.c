/* Embeddings in the format of each provider, the mock's vectors read back by the client. */
#include "support_embed.h"

typedef struct format {
    const char *provider, *model, *region, *project, *api_version;
    size_t most;     /* texts of one request */
    bool tells_size; /* takes `dimensions` */
    bool by_signature;
} format;

static const format formats[] = {
    {"openai", "openai/text-embedding-3-small", NULL, NULL, NULL, 2048, true, false},
    {"azure", "azure/embed-1", NULL, NULL, "2024-10-21", 2048, true, false},
    {"azure_ai", "azure_ai/embed-1", NULL, NULL, NULL, 96, true, false},
    {"mistral", "mistral/mistral-embed", NULL, NULL, NULL, 512, true, false},
    {"gemini", "gemini/gemini-embedding-001", NULL, NULL, NULL, 100, true, false},
    {"vertex_ai", "vertex_ai/text-embedding-005", "us-central1", "p", NULL, 250, true, false},
    {"cohere", "cohere/embed-v4.0", NULL, NULL, NULL, 96, true, false},
    {"ollama", "ollama/nomic-embed-text", NULL, NULL, NULL, 256, true, false},
    {"bedrock", "bedrock/amazon.titan-embed-text-v2:0", "us-east-1", NULL, NULL, 1, true, true},
    {"bedrock", "bedrock/cohere.embed-english-v3", "us-east-1", NULL, NULL, 96, false, false},
    {"together_ai", "together_ai/bge-base", NULL, NULL, NULL, 256, true, false},
};

static void open_format(flow *f, const format *it) {
    llmc_provider_options options;
    flow_open(f, NULL);
    options = flow_provider(llmc_mock_base_url(f->mock));
    options.region = it->region;
    options.project = it->project;
    options.api_version = it->api_version;
    if (it->by_signature) {
        options.api_key = NULL;
        options.access_key_id = "AKIDFLOW";
        options.secret_access_key = FLOW_KEY;
    }
    assert_int_equal(llmc_client_set_provider(f->client, it->provider, &options), LLMC_OK);
}

static void check_sent(flow *f, const format *it, const char *task) {
    llmc_mock_request seen;
    assert_true(llmc_mock_request_at(f->mock, 0, &seen));
    assert_string_equal(seen.method, "POST");
    if (task)
        assert_non_null(strstr(seen.body, task));
    if (it->by_signature)
        assert_non_null(strstr(llmc_mock_request_header(f->mock, 0, "authorization"), "AWS4-HMAC-SHA256"));
}

static void one_format(const format *it) {
    llmc_embed_options options = LLMC_EMBED_OPTIONS_INIT;
    embed_texts t = embed_texts_new(it->most > 1 ? it->most + 1 : 3, 12);
    const char *task = NULL;
    flow f;
    open_format(&f, it);
    options.task = "query";
    if (strcmp(it->provider, "gemini") == 0 || strcmp(it->provider, "vertex_ai") == 0)
        task = "RETRIEVAL_QUERY";
    if (strstr(it->model, "cohere"))
        task = "search_query";
    for (int encoding = LLMC_EMBED_AUTO; encoding <= LLMC_EMBED_BASE64; encoding++) {
        llmc_embeddings *e = NULL;
        options.encoding = (llmc_embed_encoding)encoding;
        options.dimensions = it->tells_size ? 24 : 0;
        if (llmc_embed(f.client, it->model, EMBED_TEXTS(t), t.count, &options, &e) != LLMC_OK)
            fail_msg("%s: %s", it->model, llmc_last_error_message());
        assert_int_equal(llmc_embeddings_dimensions(e), it->tells_size ? 24 : EMBED_DIMENSIONS);
        embed_assert_all(e, EMBED_TEXTS(t), SIZE_MAX, LLMC_OK);
        assert_int_equal(llmc_embeddings_requests(e), it->most > 1 ? 2 : 3);
        assert_string_equal(llmc_embeddings_provider(e), it->provider);
        llmc_embeddings_unref(e);
    }
    check_sent(&f, it, task);
    flow_close(&f);
    embed_texts_free(&t);
}

static void every_format_gives_the_same_vectors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        one_format(&formats[i]);
}

/* Each format says it in its own words; the client knows what they mean. */
static void one_refusal(const format *it) {
    llmc_mock_embedding_options limits = LLMC_MOCK_EMBEDDING_OPTIONS_INIT;
    embed_texts t = embed_texts_new(8, 40);
    llmc_embeddings *e = NULL;
    flow f;
    open_format(&f, it);
    free(t.texts[5]);
    t.texts[5] = calloc(1, 101);
    memset(t.texts[5], 'z', 100);
    limits.max_text_bytes = 50;
    assert_int_equal(llmc_mock_set_embeddings(f.mock, &limits), LLMC_OK);
    assert_int_equal(llmc_embed(f.client, it->model, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_ERR_PARTIAL);
    embed_assert_all(e, EMBED_TEXTS(t), 5, LLMC_ERR_CONTEXT_LENGTH);
    llmc_embeddings_unref(e);
    limits.max_text_bytes = 0;
    limits.max_bytes = 90;
    assert_int_equal(llmc_mock_set_embeddings(f.mock, &limits), LLMC_OK);
    assert_int_equal(llmc_embed(f.client, it->model, EMBED_TEXTS(t), t.count, NULL, &e), LLMC_ERR_PARTIAL);
    embed_assert_all(e, EMBED_TEXTS(t), 5, llmc_embeddings_text_status(e, 5));
    assert_int_equal(llmc_error_http_status(llmc_embeddings_text_error(e, 5)), 413);
    llmc_embeddings_unref(e);
    flow_close(&f);
    embed_texts_free(&t);
}

static void every_format_refuses_alike(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        one_refusal(&formats[i]);
}

static void who_has_none_says_so(void **state) {
    static const char *const texts[] = {"a"};
    const format anthropic = {"anthropic", "anthropic/claude", NULL, NULL, NULL, 1, false, false};
    llmc_embeddings *e = NULL;
    flow f;
    (void)state;
    open_format(&f, &anthropic);
    assert_int_equal(llmc_embed(f.client, anthropic.model, texts, 1, NULL, &e), LLMC_ERR_UNSUPPORTED);
    assert_non_null(strstr(llmc_last_error_message(), "embeddings: provider \"anthropic\""));
    llmc_embeddings_unref(e);
    flow_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_gives_the_same_vectors),
        cmocka_unit_test(every_format_refuses_alike),
        cmocka_unit_test(who_has_none_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
