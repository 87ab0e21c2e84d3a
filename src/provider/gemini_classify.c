/* Google's error envelope, google.rpc.Status as JSON (https://cloud.google.com/apis/design/errors#http_mapping). */
#include <string.h>
#include "provider/classify.h"
#include "provider/gemini.h"

/* A stream without alt=sse is an array, and so is its error. */
static const llmc__json *unwrap(const llmc__json *root) {
    return llmc__json_type_of(root) == LLMC__JSON_ARRAY ? llmc__json_at(root, 0) : root;
}

bool llmc__gemini_error_present(const llmc__json *root) {
    const llmc__json *error = llmc__json_get(unwrap(root), "error");
    return llmc__json_type_of(error) == LLMC__JSON_OBJECT && llmc__json_first(error) != NULL;
}

/*
 * The id of a quota of a whole day, which no wait of seconds brings back, whatever RetryInfo beside it says: NULL when
 * the error is of none (google.rpc.QuotaFailure).
 */
static const char *daily_quota(const llmc__json *details) {
    for (const llmc__json *detail = llmc__json_items(details); detail != NULL; detail = llmc__json_next(detail)) {
        const llmc__json *one = llmc__json_items(llmc__json_get(detail, "violations"));
        for (; one != NULL; one = llmc__json_next(one)) {
            const char *id = llmc__json_word(one, "quotaId");
            if (id != NULL && strstr(id, "PerDay") != NULL)
                return id;
        }
    }
    return NULL;
}

/* Claude on Vertex AI says `type` where Google says `status`; a gateway's error may be a bare string. */
static void read_words(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out) {
    const llmc__json *outer = unwrap(root);
    const llmc__json *error = llmc__json_get(outer, "error");
    const llmc__json *source = llmc__json_type_of(error) == LLMC__JSON_OBJECT ? error : outer;
    const llmc__json *details = llmc__json_get(source, "details");
    int64_t number = 0;
    out->type = llmc__json_word(source, "status");
    if (out->type == NULL && source == error)
        out->type = llmc__json_word(source, "type");
    out->message = llmc__json_word(source, "message");
    if (out->message == NULL)
        out->message = llmc__json_word(outer, "error");
    llmc__words_read_code(doc, source, out);
    if (llmc__json_int64(doc, llmc__json_get(source, "code"), &number) && number >= 400 && number < 600)
        out->http_status = (int)number;
    llmc__words_read_google(doc, details, out);
    const char *daily = daily_quota(details);
    if (daily != NULL)
        out->code = daily;
}

/* The reason that judged the error stands in its message; `code` is shown as it was sent. */
static void restore_code(const llmc__words *words, llmc_error *error) {
    if (words->code_digits[0] != '\0' && words->code != words->code_digits)
        llmc__error_word(&error->provider_code, words->code_digits, strlen(words->code_digits));
}

void llmc__gemini_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                           const char *type_hint, llmc_error *error) {
    llmc__json_doc *doc = NULL;
    llmc__words words = {0};
    if (len == 0 || llmc__json_parse(body, len, &doc, NULL) != LLMC_OK) {
        llmc__classify_body(target, http_status, body, len, type_hint, read_words, error);
        return;
    }
    read_words(doc, llmc__json_root(doc), &words);
    llmc__classify_http(target, http_status, &words, error);
    restore_code(&words, error);
    llmc__json_free(doc);
}

void llmc__gemini_classify_inner(const llmc__json_doc *doc, const llmc__json *root, llmc_error *error) {
    llmc__words words = {0};
    read_words(doc, root, &words);
    llmc__classify_inner(&words, error);
    restore_code(&words, error);
}
