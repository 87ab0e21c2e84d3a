/* Answers made at random from events, and their comparison field by field. */
#ifndef LLMC_TEST_SUPPORT_ANSWER_H
#define LLMC_TEST_SUPPORT_ANSWER_H

#include "model/response.h"

/* xorshift64*: the same numbers from the same seed everywhere. */
uint64_t answer_random(uint64_t *seed);
size_t answer_below(uint64_t *seed, size_t limit);

/* An answer with anything an answer may have; when `partial`, one that may lack its ends. */
llmc_response *answer_new(uint64_t *seed, bool partial);
/* The same with one text of `len` bytes, finished. */
llmc_response *answer_of_length(size_t len);

/* NULL when they are equal in all that a replay carries, else the name of what differs. */
const char *answer_content_differs(const llmc_response *a, const llmc_response *b);
/* The same for all that a copy carries. */
const char *answer_differs(const llmc_response *a, const llmc_response *b);

/* Fails the k-th allocation from here on, and the later ones when `for_ever`; -1: none. */
typedef struct answer_gate {
    int fail_at, seen;
    bool for_ever;
} answer_gate;
void answer_gate_set(answer_gate *gate, int fail_at, bool for_ever);
void answer_gate_drop(void);

#endif
