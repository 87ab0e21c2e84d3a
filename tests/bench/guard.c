/*
 * One path of the library, over and over: guard PATH. guard.sh runs it under callgrind, which counts the instructions
 * of guard_measured and what it calls. Nothing in there depends on time, chance or the network.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include "bench.h"
#include "llmclient.h"
#include "llmclient/mock.h"
#include "model/response.h"
#include "provider/provider.h"

#define ROUNDS    200
#define MAX_BYTES ((size_t)1 << 20)
#define PIECE     4096 /* of a stream, as it comes: events are cut */
#define CHUNKS    200

static const char openai_body[] =
    "{\"id\":\"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT\",\"object\":\"chat.completion\",\"created\":1741569952,"
    "\"model\":\"gpt-4.1-2025-04-14\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
    "\"Sunlight looks white, but it is a mix of every colour. When it meets the air, the smallest parts of the air "
    "throw the blue part of it about much more than the red.\\nSo blue light comes to your eyes from \\\"every\\\" "
    "side of the sky \\u2014 and the sky looks blue.\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":54,\"total_tokens\":73,"
    "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{"
    "\"reasoning_tokens\":0,\"audio_tokens\":0,\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}},"
    "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_de235176ee\"}";
static const char openai_chunk[] =
    "data: {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\","
    "\"created\":1741570283,\"model\":\"gpt-4.1-2025-04-14\",\"service_tier\":\"default\",\"system_fingerprint\":"
    "\"fp_de235176ee\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"logprobs\":null,"
    "\"finish_reason\":null}],\"usage\":null}\n\n";
static const char openai_tail[] =
    "data: {\"id\":\"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG\",\"object\":\"chat.completion.chunk\","
    "\"created\":1741570283,\"model\":\"gpt-4.1-2025-04-14\",\"choices\":[{\"index\":0,\"delta\":{},"
    "\"finish_reason\":\"stop\"}],\"usage\":null}\n\ndata: [DONE]\n\n";

static const char anthropic_body[] =
    "{\"id\":\"msg_013Zva2CMHLNnXjNJJKqJ2EF\",\"type\":\"message\",\"role\":\"assistant\",\"model\":"
    "\"claude-sonnet-4-5-20250929\",\"content\":[{\"type\":\"text\",\"text\":\"Sunlight looks white, but it is a mix "
    "of every colour. When it meets the air, the smallest parts of the air throw the blue part of it about much more "
    "than the red.\\nSo blue light comes to your eyes from \\\"every\\\" side of the sky.\"}],\"stop_reason\":"
    "\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":19,\"cache_creation_input_tokens\":0,"
    "\"cache_read_input_tokens\":0,\"output_tokens\":54,\"service_tier\":\"standard\"}}";
static const char anthropic_head[] =
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_013Zva2CMHLNnXjNJJKqJ2EF\","
    "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[],"
    "\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
    "\"text\",\"text\":\"\"}}\n\nevent: ping\ndata: {\"type\": \"ping\"}\n\n";
static const char anthropic_chunk[] = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
                                      "\"delta\":{\"type\":\"text_delta\",\"text\":\"%s\"}}\n\n";
static const char anthropic_tail[] =
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: "
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{"
    "\"output_tokens\":15}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

/* An API: its adapter and answers it gives. */
typedef struct api {
    const char *name, *model;
    const llmc__provider *adapter;
    const char *body, *head, *chunk, *tail;
} api;

static const api apis[] = {
    {"openai", "gpt-4.1", &llmc__provider_openai, openai_body, "", openai_chunk, openai_tail},
    {"anthropic", "claude-sonnet-4-5", &llmc__provider_anthropic, anthropic_body, anthropic_head, anthropic_chunk,
     anthropic_tail},
};

/* In place of libc's: what the library draws (keys of hash tables) is the same each time. */
ssize_t getrandom(void *out, size_t len, unsigned flags);
ssize_t getrandom(void *out, size_t len, unsigned flags) {
    (void)flags;
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)out)[i] = (unsigned char)(i * 151 + 7);
    return (ssize_t)len;
}

/* What is run, and what it needs. */
typedef struct subject {
    const api *api;
    llmc__target target;
    llmc_request *request;
    char *stream;
    size_t stream_len;
    llmc_mock *mock;
    llmc_client *client;
} subject;

static void must(bool holds, const char *what) {
    if (holds)
        return;
    (void)fprintf(stderr, "guard: %s: %s\n", what, llmc_last_error_message());
    exit(1);
}

static void encode(subject *s) {
    llmc__http_request http;
    llmc_error error;
    llmc__error_init(&error);
    llmc__http_request_init(&http, MAX_BYTES);
    must(llmc__provider_encode(&s->target, s->api->model, s->request, true, &http, &error) == LLMC_OK &&
             http.body.len > 500,
         "encode");
    llmc__http_request_free(&http);
    llmc__error_clear(&error);
}

static llmc_status fold(void *ctx, const llmc_event *event) {
    return llmc__response_fold(ctx, event);
}

static void decode(subject *s) {
    const llmc__provider *adapter = s->api->adapter;
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__decoder *decoder = adapter->decoder_new(&s->target, MAX_BYTES);
    llmc_error error;
    llmc__error_init(&error);
    must(adapter->decode_body(decoder, s->api->body, strlen(s->api->body), fold, response, &error) == LLMC_OK &&
             llmc_response_output_len(response) > 100,
         "decode");
    adapter->decoder_free(decoder);
    llmc__response_unref(response);
    llmc__error_clear(&error);
}

static void stream(subject *s) {
    const llmc__provider *adapter = s->api->adapter;
    llmc_response *response = llmc__response_new(MAX_BYTES);
    llmc__decoder *decoder = adapter->decoder_new(&s->target, MAX_BYTES);
    llmc_status status = LLMC_OK;
    llmc_error error;
    llmc__error_init(&error);
    for (size_t at = 0; at < s->stream_len && status == LLMC_OK; at += PIECE) {
        size_t len = s->stream_len - at < PIECE ? s->stream_len - at : PIECE;
        status = adapter->decode_bytes(decoder, s->stream + at, len, fold, response, &error);
    }
    must(status == LLMC_OK && adapter->decode_end(decoder, fold, response, &error) == LLMC_OK &&
             llmc_response_output_len(response) > (size_t)5 * CHUNKS,
         "stream");
    adapter->decoder_free(decoder);
    llmc__response_unref(response);
    llmc__error_clear(&error);
}

static void hit(subject *s) {
    llmc_response *response = NULL;
    must(llmc_execute(s->client, s->request, &response) == LLMC_OK && llmc_response_from_cache(response), "cache hit");
    llmc_response_free(response);
}

/* A conversation with settings and a tool, as agents send them. */
static llmc_request *make_request(const char *model) {
    llmc_request *request = NULL;
    bool ok = llmc_request_new(model, &request) == LLMC_OK &&
              llmc_request_add_message(request, LLMC_ROLE_SYSTEM, "You explain things to children.") == LLMC_OK;
    for (int i = 0; i < 4 && ok; i++)
        ok = llmc_request_add_message(request, LLMC_ROLE_USER, BENCH_PROMPT) == LLMC_OK &&
             llmc_request_add_message(request, LLMC_ROLE_ASSISTANT,
                                      "Because the air throws \"blue\" light about.\nMore than red.") == LLMC_OK;
    ok = ok && llmc_request_add_message(request, LLMC_ROLE_USER, "And on the Moon \xe2\x80\x94 why not?") == LLMC_OK &&
         llmc_request_set_max_tokens(request, 1000) == LLMC_OK &&
         llmc_request_set_temperature(request, 0.7) == LLMC_OK &&
         llmc_request_add_tool(request, "look_up", "Looks a word up in the encyclopedia",
                               "{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\"}},\"required\":["
                               "\"word\"]}") == LLMC_OK;
    must(ok, "request");
    return request;
}

static void make_stream(subject *s) {
    size_t size = strlen(s->api->head) + CHUNKS * (strlen(s->api->chunk) + 16) + strlen(s->api->tail) + 1, len;
    s->stream = malloc(size);
    must(s->stream != NULL, "memory");
    len = (size_t)snprintf(s->stream, size, "%s", s->api->head);
    for (int i = 0; i < CHUNKS; i++) {
        char word[16];
        (void)snprintf(word, sizeof(word), " word%d", i);
        len += (size_t)snprintf(s->stream + len, size - len, s->api->chunk, word);
    }
    s->stream_len = len + (size_t)snprintf(s->stream + len, size - len, "%s", s->api->tail);
}

/* The first call asks the mock; all others find its answer. */
static void make_cached(subject *s) {
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_response *response = NULL;
    options.enable_cache = true;
    options.cache_ttl_s = 1000000; /* so that no early refresh is near */
    options.ignore_environment = true;
    must(llmc_mock_new(&s->mock) == LLMC_OK, "mock");
    provider.api_key = BENCH_KEY;
    provider.base_url = llmc_mock_base_url(s->mock);
    must(llmc_client_new(&options, &s->client) == LLMC_OK &&
             llmc_client_set_provider(s->client, "openai", &provider) == LLMC_OK &&
             llmc_execute(s->client, s->request, &response) == LLMC_OK,
         "client");
    llmc_response_free(response);
}

__attribute__((noinline)) void guard_measured(void (*path)(subject *s), subject *s);
void guard_measured(void (*path)(subject *s), subject *s) {
    for (int i = 0; i < ROUNDS; i++)
        path(s);
}

static const api *api_named(const char *name) {
    for (size_t i = 0; i < sizeof(apis) / sizeof(apis[0]); i++)
        if (strcmp(apis[i].name, name) == 0)
            return &apis[i];
    return NULL;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*path)(subject *s);
    } paths[] = {{"encode", encode}, {"decode", decode}, {"stream", stream}, {"cache", hit}};
    static subject s;
    void (*path)(subject *) = NULL;
    for (size_t i = 0; argc == 3 && i < sizeof(paths) / sizeof(paths[0]); i++)
        if (strcmp(argv[1], paths[i].name) == 0)
            path = paths[i].path;
    s.api = argc == 3 ? api_named(argv[2]) : NULL;
    if (path == NULL || s.api == NULL) {
        (void)fprintf(stderr, "usage: guard encode|decode|stream|cache openai|anthropic\n");
        return 2;
    }
    s.target.name = (char *)(uintptr_t)s.api->name;
    s.target.provider = s.api->adapter;
    s.target.base_url = (char *)(uintptr_t) "https://api.example.com/v1";
    s.target.api_key = (char *)(uintptr_t)BENCH_KEY;
    s.request = make_request(s.api->model);
    make_stream(&s);
    if (path == hit)
        make_cached(&s);
    path(&s); /* what happens once only */
    guard_measured(path, &s);
    llmc_client_free(s.client);
    llmc_mock_free(s.mock);
    llmc_request_free(s.request);
    free(s.stream);
    return 0;
}
