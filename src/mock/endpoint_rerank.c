/*
 * Rankings in every format. The score of a document is made from its bytes and the query's alone (llmc_mock_score), so
 * that who knows the texts knows the order in which they must come back.
 */
#include "mock/endpoint.h"

#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "mock/cursor.h"

#define MILLION 1000000

/* Millionths, so that six digits tell a score whole. */
static uint32_t score_of(const char *query, size_t query_len, const char *document, size_t len) {
    static const llmc__hash_key key = {0x6d6f636b, 0x72616e6b};
    uint64_t of_query[2], of_document[2];
    llmc__hash_sip128(key, query, query_len, of_query);
    llmc__hash_sip128(key, document, len, of_document);
    return (uint32_t)((of_query[0] ^ of_document[1]) % (MILLION - 1)) + 1;
}

double llmc_mock_score(const char *query, size_t query_len, const char *document, size_t len) {
    return score_of(query != NULL ? query : "", query != NULL ? query_len : 0, document != NULL ? document : "",
                    document != NULL ? len : 0) /
           (double)MILLION;
}

/* ---- what was asked ---- */

typedef struct place {
    size_t index;
    uint32_t score;
} place;

typedef struct rank_ask {
    llmc__mock_answer *answer;
    llmc__buf query, plain; /* without escapes */
    llmc__buf texts;        /* llmc__mock_span each, escaped */
    llmc__buf places;       /* place each */
    size_t top;             /* 0: all */
    bool by_top_k;          /* Voyage */
    size_t words;
} rank_ask;

static void read_documents(rank_ask *ask, llmc__mock_cursor *c) {
    if (!llmc__mock_cursor_accept(c, '[')) {
        llmc__mock_cursor_skip(c);
        return;
    }
    while (llmc__mock_cursor_element(c)) {
        if (llmc__mock_cursor_is_string(c)) {
            llmc__mock_span text = llmc__mock_cursor_string(c);
            llmc__mock_put(ask->answer, &ask->texts, (const char *)&text, sizeof text);
            ask->words += llmc__mock_scan_words(text.data, text.len);
        } else {
            llmc__mock_cursor_skip_item(c);
        }
    }
}

static void read_member(rank_ask *ask, llmc__mock_cursor *c, llmc__mock_span key) {
    if (llmc__mock_key_is(key, "query") && llmc__mock_cursor_is_string(c)) {
        llmc__mock_unescape(ask->answer, llmc__mock_cursor_string(c), &ask->query);
    } else if (llmc__mock_key_is(key, "documents")) {
        read_documents(ask, c);
    } else if (llmc__mock_key_is(key, "top_n") || llmc__mock_key_is(key, "top_k")) {
        ask->by_top_k = llmc__mock_key_is(key, "top_k");
        ask->top = (size_t)llmc__mock_cursor_int(c);
    } else {
        llmc__mock_cursor_skip(c);
    }
}

static size_t count_of(const rank_ask *ask) {
    return ask->texts.len / sizeof(llmc__mock_span);
}

static int compare(const void *a, const void *b) {
    const place *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static void score_all(rank_ask *ask) {
    for (size_t i = 0; i < count_of(ask); i++) {
        llmc__mock_span text;
        memcpy(&text, ask->texts.data + i * sizeof text, sizeof text);
        llmc__buf_clear(&ask->plain);
        llmc__mock_unescape(ask->answer, text, &ask->plain);
        place p = {i, score_of(llmc__buf_str(&ask->query), ask->query.len, llmc__buf_str(&ask->plain), ask->plain.len)};
        llmc__mock_put(ask->answer, &ask->places, (const char *)&p, sizeof p);
    }
    if (!ask->answer->failed && ask->places.len > 0) {
        qsort(ask->places.data, count_of(ask), sizeof(place), compare);
    }
}

static void end(rank_ask *ask) {
    llmc__buf_free(&ask->query);
    llmc__buf_free(&ask->plain);
    llmc__buf_free(&ask->texts);
    llmc__buf_free(&ask->places);
}

/* False: the request was refused, and the ask is ended. */
static bool begin(rank_ask *ask, llmc__mock_answer *answer) {
    static const char complaint[] = "query and documents are required";
    const llmc__mock_span body = answer->asked->body;
    llmc__mock_cursor c = {body.data, body.data + body.len, NULL, false};
    llmc__mock_span key;
    memset(ask, 0, sizeof *ask);
    ask->answer = answer;
    llmc__buf_init(&ask->query, LLMC__MOCK_MAX_BODY);
    llmc__buf_init(&ask->plain, LLMC__MOCK_MAX_BODY);
    llmc__buf_init(&ask->texts, LLMC__MOCK_MAX_BODY);
    llmc__buf_init(&ask->places, LLMC__MOCK_MAX_BODY);
    bool is_object = llmc__mock_cursor_accept(&c, '{');
    while (is_object && llmc__mock_cursor_key(&c, &key)) {
        read_member(ask, &c, key);
    }
    if (ask->query.len > 0 && ask->texts.len > 0) {
        score_all(ask);
        return true;
    }
    llmc__mock_body_error(answer, 400, (llmc__mock_span){complaint, sizeof complaint - 1});
    end(ask);
    return false;
}

/* ---- writing ---- */

static void put_score(llmc__mock_answer *answer, uint32_t millionths) {
    char digits[8] = "0.";
    for (int i = 7; i >= 2; i--, millionths /= 10) {
        digits[i] = (char)('0' + millionths % 10);
    }
    llmc__mock_put(answer, answer->body, digits, sizeof digits);
}

static void put_places(rank_ask *ask) {
    size_t count = ask->places.len / sizeof(place);
    count = ask->top > 0 && ask->top < count ? ask->top : count;
    for (size_t i = 0; i < count; i++) {
        place p;
        memcpy(&p, ask->places.data + i * sizeof p, sizeof p);
        llmc__mock_write(ask->answer, ask->answer->body, "%c{\"index\":%d,\"relevance_score\":", i > 0,
                         (int64_t)p.index);
        put_score(ask->answer, p.score);
        llmc__mock_put(ask->answer, ask->answer->body, "}", 1);
    }
}

void llmc__mock_rerank_cohere(llmc__mock_answer *answer) {
    rank_ask ask;
    if (!begin(&ask, answer)) {
        return;
    }
    llmc__mock_write(answer, answer->body, "{\"id\":\"%i\",\"results\":[");
    put_places(&ask);
    llmc__mock_write(answer, answer->body,
                     "],\"meta\":{\"api_version\":{\"version\":\"2\"},\"billed_units\":{\"search_units\":%d}}}",
                     (int64_t)((count_of(&ask) + 99) / 100));
    end(&ask);
}

void llmc__mock_rerank_openai(llmc__mock_answer *answer) {
    rank_ask ask;
    if (!begin(&ask, answer)) {
        return;
    }
    llmc__mock_write(answer, answer->body, "{\"model\":\"%v\",\"%s\":[", llmc__mock_say_model(answer),
                     ask.by_top_k ? "data" : "results");
    put_places(&ask);
    llmc__mock_write(answer, answer->body, "],\"usage\":{\"total_tokens\":%d}}", (int64_t)ask.words);
    end(&ask);
}

void llmc__mock_rerank_bedrock(llmc__mock_answer *answer) {
    rank_ask ask;
    if (!begin(&ask, answer)) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, "{\"results\":[");
    put_places(&ask);
    llmc__mock_put_str(answer, answer->body, "]}");
    end(&ask);
}
