/*
 * Embeddings in every format. The vector of a text is made from its bytes alone (llmc_mock_vector), so that who knows
 * the text knows what must come back; what a request may hold is as llmc_mock_set_embeddings says.
 */
#include "mock/endpoint.h"

#include <string.h>
#include "base/base64.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "mock/cursor.h"

#define DIMENSIONS     8
#define MAX_DIMENSIONS 65536

/* ---- vectors ---- */

/* Millionths, so that few digits tell a value whole. */
static int32_t component(uint64_t seed, size_t index) {
    uint64_t x = seed + (uint64_t)(index + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return (int32_t)(x % 1999999) - 999999;
}

static float value_of(int32_t millionths) {
    return (float)((double)millionths / 1e6);
}

static uint64_t seed_of(const char *text, size_t len) {
    static const llmc__hash_key key = {0x6d6f636b, 0x656d6264};
    uint64_t hash[2];
    llmc__hash_sip128(key, text, len, hash);
    return hash[0];
}

void llmc_mock_vector(const char *text, size_t len, size_t dimensions, float *out) {
    uint64_t seed = seed_of(text != NULL ? text : "", text != NULL ? len : 0);
    for (size_t i = 0; out != NULL && i < dimensions; i++) {
        out[i] = value_of(component(seed, i));
    }
}

/* ---- settings ---- */

static char *copy_of(const char *text) {
    return text != NULL ? llmc__mem_strdup(text) : NULL;
}

llmc_status llmc_mock_set_embeddings(llmc_mock *mock, const llmc_mock_embedding_options *options) {
    llmc__mock_embedding fresh = {.options = {0}};
    char *old;
    if (mock == NULL || (options != NULL && options->size != sizeof *options)) {
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    if (options != NULL) {
        fresh.options = *options;
        fresh.refused = copy_of(options->refused_text);
        if (options->refused_text != NULL && fresh.refused == NULL) {
            return LLMC_ERR_NO_MEMORY;
        }
    }
    llmc__mutex_lock(&mock->mutex);
    old = mock->shared.embedding.refused;
    mock->shared.embedding = fresh;
    llmc__mutex_unlock(&mock->mutex);
    llmc__mem_free(old);
    return LLMC_OK;
}

/* ---- what was asked ---- */

typedef struct embed_ask {
    llmc__mock_answer *answer;
    llmc_mock_embedding_options limits; /* refused_text lent by `refused` */
    llmc__buf refused, texts;           /* texts: llmc__mock_span each, escaped */
    llmc__buf plain;                    /* one text without its escapes */
    size_t dimensions;
    bool base64;
    size_t bytes, words;
    const char *complaint; /* what is wrong with the texts, or NULL */
    int status;            /* of the complaint */
} embed_ask;

static void complain(embed_ask *ask, int status, const char *text) {
    if (ask->complaint == NULL) {
        ask->complaint = text;
        ask->status = status;
    }
}

static void add_text(embed_ask *ask, llmc__mock_span text) {
    const char *refused = ask->limits.refused_text;
    llmc__mock_put(ask->answer, &ask->texts, (const char *)&text, sizeof text);
    ask->bytes += text.len;
    ask->words += llmc__mock_scan_words(text.data, text.len);
    if (text.len == 0) {
        complain(ask, 400, "Invalid 'input': input cannot be an empty string.");
    }
    if (ask->limits.max_text_bytes > 0 && text.len > ask->limits.max_text_bytes) {
        complain(ask, 400,
                 "This model's maximum context length is 8192 tokens, however you requested 9000 tokens (9000 in your "
                 "prompt; 0 for the completion). Please reduce your prompt; or completion length.");
    }
    if (refused != NULL && memmem(text.data, text.len, refused, strlen(refused)) != NULL) {
        complain(ask, 400, "Invalid 'input': a text cannot be embedded.");
    }
}

static void add_texts(embed_ask *ask, llmc__mock_cursor *c) {
    if (llmc__mock_cursor_is_string(c)) {
        add_text(ask, llmc__mock_cursor_string(c));
        return;
    }
    if (!llmc__mock_cursor_accept(c, '[')) {
        llmc__mock_cursor_skip(c);
        return;
    }
    while (llmc__mock_cursor_element(c)) {
        if (llmc__mock_cursor_is_string(c)) {
            add_text(ask, llmc__mock_cursor_string(c));
        } else {
            llmc__mock_cursor_skip_item(c);
        }
    }
}

static void read_object(embed_ask *ask, llmc__mock_cursor *c);

/* Objects with a text somewhere inside: Gemini's requests and contents, Vertex's instances. */
static void read_list(embed_ask *ask, llmc__mock_cursor *c) {
    if (!llmc__mock_cursor_accept(c, '[')) {
        llmc__mock_cursor_skip(c);
        return;
    }
    while (llmc__mock_cursor_element(c)) {
        if (llmc__mock_cursor_accept(c, '{')) {
            read_object(ask, c);
        } else {
            llmc__mock_cursor_skip_item(c);
        }
    }
}

static void read_dimensions(embed_ask *ask, llmc__mock_cursor *c) {
    int64_t asked = llmc__mock_cursor_int(c);
    if (asked > 0 && asked <= MAX_DIMENSIONS) {
        ask->dimensions = (size_t)asked;
    }
}

static bool any_of(llmc__mock_span key, const char *const *names) {
    for (; *names != NULL; names++) {
        if (llmc__mock_key_is(key, *names)) {
            return true;
        }
    }
    return false;
}

/* "base64", or ["base64"] */
static void read_encoding(embed_ask *ask, llmc__mock_cursor *c) {
    bool is_list = !llmc__mock_cursor_is_string(c) && llmc__mock_cursor_accept(c, '[');
    if (llmc__mock_cursor_is_string(c)) {
        ask->base64 = llmc__mock_key_is(llmc__mock_cursor_string(c), "base64");
    } else if (!is_list) {
        llmc__mock_cursor_skip(c);
    }
    while (is_list && llmc__mock_cursor_element(c)) {
        llmc__mock_cursor_skip_item(c);
    }
}

static void read_member(embed_ask *ask, llmc__mock_cursor *c, llmc__mock_span key) {
    static const char *const texts[] = {"input", "texts", "inputText", "text", NULL};
    static const char *const lists[] = {"requests", "parts", "instances", NULL};
    static const char *const sizes[] = {"dimensions", "output_dimension", "outputDimensionality", NULL};
    static const char *const encodings[] = {"encoding_format", "embedding_types", "embedding_type", NULL};
    static const char *const objects[] = {"content", "parameters", NULL};
    if (any_of(key, texts)) {
        add_texts(ask, c);
    } else if (any_of(key, lists)) {
        read_list(ask, c);
    } else if (any_of(key, sizes)) {
        read_dimensions(ask, c);
    } else if (any_of(key, encodings)) {
        read_encoding(ask, c);
    } else if (any_of(key, objects) && llmc__mock_cursor_accept(c, '{')) {
        read_object(ask, c);
    } else if (llmc__mock_key_is(key, "content") && llmc__mock_cursor_is_string(c)) {
        add_text(ask, llmc__mock_cursor_string(c));
    } else {
        llmc__mock_cursor_skip(c);
    }
}

/* Its brace was passed. */
static void read_object(embed_ask *ask, llmc__mock_cursor *c) {
    llmc__mock_span key;
    while (llmc__mock_cursor_key(c, &key)) {
        read_member(ask, c, key);
    }
}

static size_t text_count(const embed_ask *ask) {
    return ask->texts.len / sizeof(llmc__mock_span);
}

static llmc__mock_span text_at(const embed_ask *ask, size_t index) {
    llmc__mock_span text;
    memcpy(&text, ask->texts.data + index * sizeof text, sizeof text);
    return text;
}

static void judge(embed_ask *ask) {
    if (text_count(ask) == 0) {
        complain(ask, 400, "you must provide an 'input' parameter");
    }
    if (ask->limits.max_bytes > 0 && ask->bytes > ask->limits.max_bytes) {
        ask->complaint = "Request entity too large";
        ask->status = 413;
    }
    if (ask->limits.max_texts > 0 && text_count(ask) > ask->limits.max_texts) {
        ask->complaint = "Invalid 'input': array too long.";
        ask->status = 400;
    }
}

static void begin(embed_ask *ask, llmc__mock_answer *answer) {
    llmc_mock *mock = answer->mock;
    const llmc__mock_span body = answer->asked->body;
    llmc__mock_cursor c = {body.data, body.data + body.len, NULL, false};
    memset(ask, 0, sizeof *ask);
    ask->answer = answer;
    llmc__buf_init(&ask->texts, LLMC__MOCK_MAX_BODY);
    llmc__buf_init(&ask->plain, LLMC__MOCK_MAX_BODY);
    llmc__buf_init(&ask->refused, LLMC__MOCK_MAX_BODY);
    llmc__mutex_lock(&mock->mutex);
    ask->limits = mock->shared.embedding.options;
    if (mock->shared.embedding.refused != NULL) {
        llmc__mock_put_str(answer, &ask->refused, mock->shared.embedding.refused);
    }
    llmc__mutex_unlock(&mock->mutex);
    ask->limits.refused_text = ask->refused.len > 0 ? ask->refused.data : NULL;
    ask->dimensions = ask->limits.dimensions > 0 ? ask->limits.dimensions : DIMENSIONS;
    if (llmc__mock_cursor_accept(&c, '{')) {
        read_object(ask, &c);
    }
    judge(ask);
}

static void end(embed_ask *ask) {
    llmc__buf_free(&ask->texts);
    llmc__buf_free(&ask->plain);
    llmc__buf_free(&ask->refused);
}

/* True: the request was refused, and the ask is ended. */
static bool refuse(embed_ask *ask) {
    if (ask->complaint == NULL) {
        return false;
    }
    llmc__buf_clear(ask->answer->body);
    llmc__mock_body_error(ask->answer, ask->status, (llmc__mock_span){ask->complaint, strlen(ask->complaint)});
    end(ask);
    return true;
}

/* ---- writing ---- */

static void put_component(llmc__mock_answer *answer, int32_t millionths) {
    char digits[12] = "-0.";
    uint32_t rest = (uint32_t)(millionths < 0 ? -millionths : millionths);
    for (int i = 8; i >= 3; i--, rest /= 10) {
        digits[i] = (char)('0' + rest % 10);
    }
    llmc__mock_put(answer, answer->body, millionths < 0 ? digits : digits + 1, millionths < 0 ? 9 : 8);
}

static void put_floats(embed_ask *ask, uint64_t seed) {
    llmc__mock_put(ask->answer, ask->answer->body, "[", 1);
    for (size_t i = 0; i < ask->dimensions; i++) {
        llmc__mock_put(ask->answer, ask->answer->body, ",", i > 0);
        put_component(ask->answer, component(seed, i));
    }
    llmc__mock_put(ask->answer, ask->answer->body, "]", 1);
}

static void put_base64(embed_ask *ask, uint64_t seed) {
    llmc__buf *body = ask->answer->body;
    llmc__buf_clear(&ask->plain);
    for (size_t i = 0; i < ask->dimensions; i++) {
        float value = value_of(component(seed, i));
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        char bytes[4] = {(char)(bits & 255), (char)(bits >> 8 & 255), (char)(bits >> 16 & 255), (char)(bits >> 24)};
        llmc__mock_put(ask->answer, &ask->plain, bytes, sizeof bytes);
    }
    llmc__mock_put(ask->answer, body, "\"", 1);
    if (llmc__base64_append(body, ask->plain.data, ask->plain.len) != LLMC_OK) {
        ask->answer->failed = true;
    }
    llmc__mock_put(ask->answer, body, "\"", 1);
}

static void put_vector(embed_ask *ask, size_t index) {
    uint64_t seed;
    llmc__buf_clear(&ask->plain);
    llmc__mock_unescape(ask->answer, text_at(ask, index), &ask->plain);
    seed = seed_of(llmc__buf_str(&ask->plain), ask->plain.len);
    if (ask->base64) {
        put_base64(ask, seed);
    } else {
        put_floats(ask, seed);
    }
}

/* Vectors between `before` and `after`, joined by commas. */
static void put_vectors(embed_ask *ask, const char *before, const char *after) {
    llmc__mock_answer *answer = ask->answer;
    for (size_t i = 0; i < text_count(ask); i++) {
        llmc__mock_put(answer, answer->body, ",", i > 0);
        llmc__mock_put_str(answer, answer->body, before);
        put_vector(ask, i);
        llmc__mock_put_str(answer, answer->body, after);
    }
}

void llmc__mock_embed_openai(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, "{\"object\":\"list\",\"data\":[");
    for (size_t i = 0; i < text_count(&ask); i++) {
        llmc__mock_write(answer, answer->body, "%c{\"object\":\"embedding\",\"index\":%d,\"embedding\":", i > 0,
                         (int64_t)i);
        put_vector(&ask, i);
        llmc__mock_put(answer, answer->body, "}", 1);
    }
    llmc__mock_write(answer, answer->body, "],\"model\":\"%v\",\"usage\":{\"prompt_tokens\":%d,\"total_tokens\":%d}}",
                     llmc__mock_say_model(answer), (int64_t)ask.words, (int64_t)ask.words);
    end(&ask);
}

void llmc__mock_embed_cohere(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_write(answer, answer->body, "{\"id\":\"%i\",\"embeddings\":{\"%s\":[", ask.base64 ? "base64" : "float");
    put_vectors(&ask, "", "");
    llmc__mock_write(answer, answer->body,
                     "]},\"texts\":[],\"meta\":{\"api_version\":{\"version\":\"2\"},\"billed_units\":{\"input_tokens\":"
                     "%d}},\"response_type\":\"embeddings_by_type\"}",
                     (int64_t)ask.words);
    end(&ask);
}

void llmc__mock_embed_bedrock_cohere(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_write(answer, answer->body, "{\"id\":\"%i\",\"embeddings\":[");
    put_vectors(&ask, "", "");
    llmc__mock_put_str(answer, answer->body, "],\"texts\":[],\"response_type\":\"embeddings_floats\"}");
    end(&ask);
}

void llmc__mock_embed_titan(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, "{\"embedding\":");
    put_vector(&ask, 0);
    llmc__mock_write(answer, answer->body, ",\"inputTextTokenCount\":%d}", (int64_t)ask.words);
    end(&ask);
}

void llmc__mock_embed_ollama(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_write(answer, answer->body, "{\"model\":\"%v\",\"embeddings\":[", llmc__mock_say_model(answer));
    put_vectors(&ask, "", "");
    llmc__mock_write(answer, answer->body,
                     "],\"total_duration\":14143917,\"load_duration\":1019500,\"prompt_eval_count\":%d}",
                     (int64_t)ask.words);
    end(&ask);
}

void llmc__mock_embed_gemini(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    put_vectors(&ask, "{\"embedding\":{\"values\":", "}}");
    end(&ask);
}

void llmc__mock_embed_gemini_batch(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, "{\"embeddings\":[");
    put_vectors(&ask, "{\"values\":", "}");
    llmc__mock_put_str(answer, answer->body, "]}");
    end(&ask);
}

void llmc__mock_embed_vertex(llmc__mock_answer *answer) {
    embed_ask ask;
    begin(&ask, answer);
    if (refuse(&ask)) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, "{\"predictions\":[");
    for (size_t i = 0; i < text_count(&ask); i++) {
        llmc__mock_span text = text_at(&ask, i);
        llmc__mock_write(answer, answer->body,
                         "%c{\"embeddings\":{\"statistics\":{\"truncated\":false,\"token_count\":%d},\"values\":",
                         i > 0, (int64_t)llmc__mock_scan_words(text.data, text.len));
        put_vector(&ask, i);
        llmc__mock_put_str(answer, answer->body, "}}");
    }
    llmc__mock_write(answer, answer->body, "],\"metadata\":{\"billableCharacterCount\":%d}}", (int64_t)ask.bytes);
    end(&ask);
}
