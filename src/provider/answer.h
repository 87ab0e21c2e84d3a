/* Whole answers of operations: parsed, refused and read alike by their decoders. Pure. */
#ifndef LLMC_PROVIDER_ANSWER_H
#define LLMC_PROVIDER_ANSWER_H

#include "provider/provider.h"
#include "wire/json.h"

/* Parses the body. LLMC_OK; or a status with `error` set: INCOMPLETE (cut), BAD_RESPONSE, TOO_LARGE, NO_MEMORY. */
llmc_status llmc__answer_parse(const llmc__op_answer *answer, llmc__op op, llmc__json_doc **out, llmc_error *error);

/* BAD_RESPONSE, saying what is wrong with it. */
llmc_status llmc__answer_bad(llmc__op op, llmc_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
llmc_status llmc__answer_no_memory(llmc__op op, llmc_error *error);
/* An answer without what is asked for: an error that was told with a good status, or nothing known. */
llmc_status llmc__answer_lacks(llmc__op op, const llmc__json_doc *doc, const char *what, llmc_error *error);

/* A copy of the string member; NULL where there is none, or an empty one. False: no memory. */
bool llmc__answer_text(const llmc__json_doc *doc, const llmc__json *object, const char *name, char **out);
/* The member, where it is a whole number and at least 0; else *out stays. */
void llmc__answer_count(const llmc__json_doc *doc, const llmc__json *object, const char *name, int64_t *out);

#endif
