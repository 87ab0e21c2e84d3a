/* An error answer -> the error the caller sees. The HTTP status decides first, then the provider's words refine it. */
#include "provider/classify.h"

#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"

/* Longest piece of the provider's message in ours; the whole is in provider_message. */
#define SHOWN_BYTES    500
#define MAX_WORD_BYTES ((size_t)64 << 10)

static void keep_words(const llmc__words *words, llmc_error *error) {
    const char *const from[] = {words->type, words->code, words->message, words->param};
    char **const to[] = {&error->provider_type, &error->provider_code, &error->provider_message,
                         &error->provider_param};
    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
        llmc__error_word(to[i], from[i], from[i] != NULL ? strlen(from[i]) : 0);
    if (words->retry_after_ms > 0)
        error->retry_after_ms = words->retry_after_ms;
}

static void cut_words(llmc_error *error) {
    char *const words[] = {error->provider_type, error->provider_code, error->provider_message, error->provider_param};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i] != NULL && strlen(words[i]) > MAX_WORD_BYTES)
            words[i][llmc__str_utf8_prefix(words[i], MAX_WORD_BYTES)] = '\0';
}

/* Drops the end of a sentence, which our own follows with. */
static size_t shown_length(const char *text) {
    size_t len = strlen(text);
    if (len > SHOWN_BYTES)
        len = llmc__str_utf8_prefix(text, SHOWN_BYTES);
    while (len > 0 && (text[len - 1] == '.' || text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return len;
}

static void set_message(const llmc__target *target, const char *how, const char *code, llmc__verdict judged,
                        llmc_error *error) {
    const char *said = error->provider_message;
    const char *who = target != NULL ? target->name : "the provider";
    char next[256];
    if (judged.status != LLMC_ERR_AUTH)
        (void)snprintf(next, sizeof next, "%s", llmc__verdict_advice(judged.status));
    else if (target != NULL && target->key_variable != NULL)
        (void)snprintf(next, sizeof next, "Check %s.", target->key_variable);
    else
        (void)snprintf(next, sizeof next, "Check the API key given to llmc_client_set_provider.");
    llmc__error_set(error, judged.status, "%s %s%s%s%s%s%.*s. %s", who, how, code != NULL ? " (" : "",
                    code != NULL ? code : "", code != NULL ? ")" : "", said != NULL ? ": " : "",
                    said != NULL ? (int)shown_length(said) : 0, said != NULL ? said : "", next);
    error->retryable = judged.retryable;
}

static const char *short_code(const llmc__words *words) {
    const char *code = words->code != NULL && words->code != words->code_digits ? words->code : words->type;
    return code != NULL && strlen(code) <= 64 ? code : NULL;
}

void llmc__classify_http(const llmc__target *target, int http_status, const llmc__words *words, llmc_error *error) {
    char how[48];

    llmc__error_clear(error);
    error->http_status = http_status;
    keep_words(words, error);
    llmc__provider_redact(target, error); /* before anything is cut, which could cut the key in two */
    cut_words(error);
    (void)snprintf(how, sizeof how, "answered HTTP %d", http_status);
    llmc__verdict judged = llmc__verdict_of_http(http_status);
    judged = llmc__verdict_refine(judged, target != NULL ? target->name : NULL, words);
    set_message(target, how, short_code(words), judged, error);
    llmc__provider_redact(target, error); /* a code is shown as it was sent */
}

llmc_status llmc__classify_inner(const llmc__words *words, llmc_error *error) {
    llmc__error_clear(error);
    error->http_status = 200;
    keep_words(words, error);
    set_message(NULL, "failed inside its answer", short_code(words),
                llmc__verdict_refine(llmc__verdict_inside(words), NULL, words), error);
    return error->status;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A body that is not JSON may still be a line of text worth showing; a page of HTML is not. NULL: none. */
static char *plain_text(const char *body, size_t len) {
    while (len > 0 && is_blank(*body)) {
        body++;
        len--;
    }
    if (len == 0 || *body == '<' || *body == '{' || *body == '[')
        return NULL;
    size_t shown = llmc__str_utf8_prefix(body, len);
    while (shown > 0 && is_blank(body[shown - 1]))
        shown--;
    return shown > 0 ? llmc__mem_strndup(body, shown) : NULL;
}

/* "ValidationException:http://internal.amazon.com/coral/..." without what follows the name. */
static char *type_of_hint(const char *hint) {
    size_t len = hint != NULL ? strcspn(hint, ":; ") : 0;
    return len > 0 && len < 64 ? llmc__mem_strndup(hint, len) : NULL;
}

void llmc__classify_body(const llmc__target *target, int http_status, const char *body, size_t len,
                         const char *type_hint, llmc__words_fn read, llmc_error *error) {
    llmc__json_doc *doc = NULL;
    llmc__words words = {0};
    char *text = NULL, *hinted = NULL;

    if (len > 0 && llmc__json_parse(body, len, &doc, NULL) == LLMC_OK)
        read(doc, llmc__json_root(doc), &words);
    else if (len > 0)
        words.message = text = plain_text(body, len);
    if (words.type == NULL)
        words.type = hinted = type_of_hint(type_hint);
    llmc__classify_http(target, http_status, &words, error);
    llmc__mem_free(hinted);
    llmc__mem_free(text);
    llmc__json_free(doc);
}
