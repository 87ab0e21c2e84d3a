/* Recorded answers of one API, decoded whole and in pieces, and held against what an independent parser found. */
#ifndef LLMC_TEST_SUPPORT_RECORDED_H
#define LLMC_TEST_SUPPORT_RECORDED_H

#include "model/response.h"
#include "provider/provider.h"
#include "support_wire.h"

#define RECORDED_MAX_BYTES ((size_t)16 << 20)

/* Whose answers are decoded by what. */
typedef struct recorded_api {
    const llmc__provider *adapter;
    bool (*is_ours)(const wire_case *one);
    bool ends_by_mark; /* a stream without data: [DONE] is incomplete */
    bool tells_calls;  /* an answer with calls that finished like any other is told as tool_calls */
    bool is_google;    /* output is without thoughts, ids of calls are made up, a blocked prompt is an error */
    bool lines;        /* streams are lines of JSON (.ndjson) */
    bool frames;       /* streams are frames of an event stream (.bin) */
    bool makes_ids;    /* a call that was sent without an id has one all the same */
    bool tells_plan;   /* a tool plan is told as reasoning */
    bool is_claude;    /* the wire's input is without the cache; signatures and redacted thinking are counted */
    const llmc__target *(*target_of)(const wire_case *one); /* NULL: one without a row */
} recorded_api;

typedef struct recorded_outcome {
    llmc_response *response;
    llmc_status status;
    llmc_error error;
} recorded_outcome;

/* First of all: copied. */
void recorded_set(const recorded_api *api);

/* All cases of the API; fails the test when one differs, skips it when there are no recordings. */
void recorded_run(void);

/* Feeds the pieces [0, cut) and [cut, len), or single bytes when cut is SIZE_MAX. */
recorded_outcome recorded_stream(const char *bytes, size_t len, size_t cut);
void recorded_free(recorded_outcome *result);

/* How a stream is fed: after each of the cuts, which ascend; `bytewise` after every byte. */
#define RECORDED_MAX_PIECES 64
typedef struct recorded_cutting {
    size_t cuts[RECORDED_MAX_PIECES];
    size_t count;
    bool bytewise;
} recorded_cutting;

recorded_outcome recorded_feed(const char *bytes, size_t len, const recorded_cutting *plan);

/* Whose stream the hand-written ones that follow are. */
void recorded_use_target(const llmc__target *target);

/* Compares the outcome with those of a thousand random splits; LLMC_LONG=1: and of all splits in two. */
void recorded_check_splits(const char *bytes, size_t len, const recorded_outcome *result);
void recorded_complain(const char *what, const char *got, const char *want); /* a difference */
void recorded_same_text(const char *what, const char *got, const char *want);

/* Differences printed so far. */
size_t recorded_mismatches(void);

#endif
