/*
 * What an error means for the caller, whoever tells it: HTTP status and the provider's words -> class, retryable, a
 * message that says what to do next. An adapter only reads its own envelope into llmc__words; one table of words holds
 * for all providers (classify_table.c). Pure.
 */
#ifndef LLMC_PROVIDER_CLASSIFY_H
#define LLMC_PROVIDER_CLASSIFY_H

#include "provider/provider.h"
#include "wire/json.h"

/* An error in the provider's words, lent by the document; NULL for absent ones. Zeroed: nothing was said. */
typedef struct llmc__words {
    const char *type, *code, *message, *param;
    char code_digits[24];   /* holds `code` when it was sent as a number */
    int http_status;        /* the status the body itself names; 0: none */
    int64_t retry_after_ms; /* a delay the body itself names (google.rpc.RetryInfo); 0: none */
} llmc__words;

/* Reads one API's envelope. `out` is zeroed; root may be anything. */
typedef void (*llmc__words_fn)(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out);

/*
 * The whole of an adapter's classify: parses the body, reads its words, falls back to plain text. A type_hint
 * ("ThrottlingException:http://...") stands for the type when the body tells none.
 */
void llmc__classify_body(const llmc__target *target, int http_status, const char *body, size_t len,
                         const char *type_hint, llmc__words_fn read, llmc_error *error);
/* An answer of an error status whose words are known. target may be NULL. */
void llmc__classify_http(const llmc__target *target, int http_status, const llmc__words *words, llmc_error *error);
/* An error inside an answer of status 200; returns its status. The decoder does not know the target: redact afterwards.
 */
llmc_status llmc__classify_inner(const llmc__words *words, llmc_error *error);

/* The string member when it is one and not empty, else NULL. */
const char *llmc__words_text(const llmc__json_doc *doc, const llmc__json *object, const char *name);
/* `code` as a string or a number. */
void llmc__words_read_code(const llmc__json_doc *doc, const llmc__json *object, llmc__words *out);
/*
 * google.rpc.Status.details: the delay of RetryInfo, and ErrorInfo's reason as `code`, in whose place a number may
 * stand (https://cloud.google.com/apis/design/errors#error_payloads).
 */
void llmc__words_read_google(const llmc__json_doc *doc, const llmc__json *details, llmc__words *out);
/* google.protobuf.Duration: "48s", "3.5s"; milliseconds rounded up, 0 when it is none. */
int64_t llmc__words_duration(const char *text, size_t len);

/* ---- the tables ---- */

typedef struct llmc__verdict {
    llmc_status status;
    bool retryable;
    int where; /* which words count there */
} llmc__verdict;

llmc__verdict llmc__verdict_of_http(int http_status);
/* The status the words name where no HTTP status told one. */
llmc__verdict llmc__verdict_inside(const llmc__words *words);
/* What the words make of it. provider: the target's name, NULL not known. */
llmc__verdict llmc__verdict_refine(llmc__verdict base, const char *provider, const llmc__words *words);
/* What the user should do; never NULL. */
const char *llmc__verdict_advice(llmc_status status);

#endif
