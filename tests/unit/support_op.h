/* Answers of operations, decoded without a call. */
#ifndef LLMC_TEST_SUPPORT_OP_H
#define LLMC_TEST_SUPPORT_OP_H

#include "provider/provider.h"

typedef struct op_answer {
    llmc_status status;
    llmc__result *result; /* to be released by op_end */
    llmc_error error;
} op_answer;

/* Decodes a terminated body, read from memory of its own size. The input may be NULL. */
op_answer op_decode(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body);
void op_end(op_answer *answer);

/* Decodes it and fails the test unless it ends with this status and a message that has the word. */
void op_refuses(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body,
                llmc_status status, const char *word);

/* Decodes it while each allocation in turn fails: LLMC_OK or NO_MEMORY with a message, nothing else. */
void op_starve(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body);

/* Decodes changed copies of it: whatever comes out, it must not crash, and carry a message when it is an error. */
void op_mutate(const llmc__operation *operation, llmc__op op, const llmc__input *input, const char *body,
               uint32_t rounds);

#endif
