/* Whole answers of operations: parsed, refused and read alike by their decoders. Pure. */
#ifndef LLMC_PROVIDER_ANSWER_H
#define LLMC_PROVIDER_ANSWER_H

#include "provider/provider.h"
#include "wire/json.h"

/* One that is read. The first failure sticks, and the error with it. */
typedef struct llmc__answer {
    const llmc__op_answer *sent;
    const llmc__json_doc *doc;
    const llmc__json *root;
    llmc__result *out;
    llmc_error *error;
    llmc_status status;
    size_t count; /* of texts that were asked about */
    bool *seen;   /* which of them it has */
} llmc__answer;

/* Reads embeddings while they come, since they are many numbers: their text is then not kept. */
struct llmc__vectors *llmc__answer_reader_new(size_t max_bytes); /* of each thing it keeps; NULL: no memory */
/* LLMC_OK, or what is wrong with the body for good: BAD_RESPONSE, TOO_LARGE, NO_MEMORY. */
llmc_status llmc__answer_reader_feed(struct llmc__vectors *reader, const char *bytes, size_t len);
void llmc__answer_reader_free(struct llmc__vectors *reader); /* NULL is legal */

/*
 * Parses the body, or what its reader made of it, and lets the operation's `read` take it into `out`. LLMC_OK, or a
 * status with `error` set.
 */
llmc_status llmc__answer_decode(const llmc__op_answer *sent, llmc__result *out, llmc_error *error,
                                void (*read)(llmc__answer *answer));

/* BAD_RESPONSE, saying what is wrong with it. */
void llmc__answer_bad(llmc__answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void llmc__answer_no_memory(llmc__answer *answer);
/* An answer without what is asked for: an error that was told with a good status, or nothing known. */
void llmc__answer_lacks(llmc__answer *answer, const char *what);
/* Marks the text that an item is of; false: it is none that was sent, or is there already, and the answer bad. */
bool llmc__answer_takes(llmc__answer *answer, int64_t index);

/* The first of the members (of a list of names, each ended by NUL, "" at its end) that is a text and not empty, or
 * NULL. */
const char *llmc__answer_first(const llmc__answer *answer, const llmc__json *object, const char *names, size_t *len);
/* A copy; of NULL it is NULL. */
char *llmc__answer_copy(llmc__answer *answer, const char *text, size_t len);
/* The members "model" and "id" of the root. */
void llmc__answer_head(llmc__answer *answer);
/* No API counts tokens of an answer here: those of the texts are all. */
void llmc__answer_settle(llmc__answer *answer);
/* The member, where it is a whole number from 0 to a million millions; else *out stays. */
void llmc__answer_count(const llmc__json_doc *doc, const llmc__json *object, const char *name, int64_t *out);

#endif
