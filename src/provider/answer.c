#include "provider/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include "base/mem.h"
#include "provider/openai.h"

llmc_status llmc__answer_bad(llmc__op op, llmc_error *error, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    llmc__error_set(error, LLMC_ERR_BAD_RESPONSE, "the answer (%s) cannot be used: %s", llmc__op_name(op), text);
    return LLMC_ERR_BAD_RESPONSE;
}

llmc_status llmc__answer_no_memory(llmc__op op, llmc_error *error) {
    llmc__error_set(error, LLMC_ERR_NO_MEMORY, "no memory for the answer (%s)", llmc__op_name(op));
    return LLMC_ERR_NO_MEMORY;
}

llmc_status llmc__answer_parse(const llmc__op_answer *answer, llmc__op op, llmc__json_doc **out, llmc_error *error) {
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(answer->body, answer->len, out, &fault);
    if (status == LLMC_OK)
        return LLMC_OK;
    if (status == LLMC_ERR_NO_MEMORY)
        return llmc__answer_no_memory(op, error);
    if (status == LLMC_ERR_TOO_LARGE) {
        llmc__error_set(error, status, "the answer (%s) has more values than are read", llmc__op_name(op));
        return status;
    }
    if (!llmc__json_breaks_off(answer->body, answer->len, &fault))
        return llmc__answer_bad(op, error, "it is no JSON");
    llmc__error_set(error, LLMC_ERR_INCOMPLETE, "the answer (%s) broke off", llmc__op_name(op));
    return LLMC_ERR_INCOMPLETE;
}

llmc_status llmc__answer_lacks(llmc__op op, const llmc__json_doc *doc, const char *what, llmc_error *error) {
    const llmc__json *root = llmc__json_root(doc);
    llmc__words words;
    if (!llmc__openai_words_present(doc, root))
        return llmc__answer_bad(op, error, "there is no %s in it", what);
    llmc__openai_words_read(doc, root, &words);
    llmc__classify_inner(&words, error);
    return error->status;
}

bool llmc__answer_text(const llmc__json_doc *doc, const llmc__json *object, const char *name, char **out) {
    size_t len = 0;
    const char *text = llmc__json_string(doc, llmc__json_get(object, name), &len);
    *out = NULL;
    if (text == NULL || len == 0)
        return true;
    *out = llmc__mem_strndup(text, len);
    return *out != NULL;
}

void llmc__answer_count(const llmc__json_doc *doc, const llmc__json *object, const char *name, int64_t *out) {
    int64_t value = 0;
    if (llmc__json_int64(doc, llmc__json_get(object, name), &value) && value >= 0)
        *out = value;
}
