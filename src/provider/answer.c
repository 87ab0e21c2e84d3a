#include "provider/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "provider/openai.h"
#include "provider/pairs.h"
#include "wire/vectors.h"

#define MAX_COUNT INT64_C(1000000000000) /* more tokens than there are: a broken count */

static void fail(llmc__answer *answer, llmc_status status, const char *said, const char *more) {
    if (answer->status != LLMC_OK)
        return;
    answer->status = status;
    llmc__error_set(answer->error, status, "the answer (%s) %s%s", llmc__op_name(answer->out->op), said, more);
}

void llmc__answer_bad(llmc__answer *answer, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fail(answer, LLMC_ERR_BAD_RESPONSE, "cannot be used: ", text);
}

void llmc__answer_no_memory(llmc__answer *answer) {
    fail(answer, LLMC_ERR_NO_MEMORY, "could not be read: no memory", "");
}

void llmc__answer_lacks(llmc__answer *answer, const char *what) {
    llmc__words words;
    if (!llmc__openai_words_present(answer->root)) {
        llmc__answer_bad(answer, "there is no %s in it", what);
    } else if (answer->status == LLMC_OK) {
        llmc__openai_words_read(answer->doc, answer->root, &words);
        llmc__classify_inner(&words, answer->error);
        answer->status = answer->error->status;
    }
}

bool llmc__answer_takes(llmc__answer *answer, int64_t index) {
    const char *what = answer->out->op == LLMC__OP_RERANK ? "document" : "item";
    if (index < 0 || (uint64_t)index >= answer->count)
        llmc__answer_bad(answer, "it has %s %lld where %zu were sent", what, (long long)index, answer->count);
    else if (answer->seen[index])
        llmc__answer_bad(answer, "%s %lld is there twice", what, (long long)index);
    else
        answer->seen[index] = true;
    return answer->status == LLMC_OK;
}

/* ---- members ---- */

const char *llmc__answer_first(const llmc__answer *answer, const llmc__json *object, const char *names, size_t *len) {
    for (; *names != '\0'; names = llmc__pairs_next(names)) {
        const char *text = llmc__json_text(answer->doc, object, names, len);
        if (text != NULL && *len > 0)
            return text;
    }
    return NULL;
}

char *llmc__answer_copy(llmc__answer *answer, const char *text, size_t len) {
    char *copy = text != NULL ? llmc__mem_strndup(text, len) : NULL;
    if (text != NULL && copy == NULL)
        llmc__answer_no_memory(answer);
    return copy;
}

void llmc__answer_head(llmc__answer *answer) {
    size_t len = 0;
    const char *text = llmc__answer_first(answer, answer->root, "model\0", &len);
    answer->out->model = llmc__answer_copy(answer, text, len);
    text = llmc__answer_first(answer, answer->root, "id\0", &len);
    answer->out->id = llmc__answer_copy(answer, text, len);
}

void llmc__answer_settle(llmc__answer *answer) {
    llmc__usage *usage = &answer->out->usage;
    if (usage->tokens_in >= 0) {
        usage->tokens_out = 0;
        usage->total = usage->tokens_in;
    }
}

void llmc__answer_count(const llmc__json_doc *doc, const llmc__json *object, const char *name, int64_t *out) {
    int64_t value = 0;
    if (llmc__json_int64(doc, llmc__json_get(object, name), &value) && value >= 0 && value <= MAX_COUNT)
        *out = value;
}

/* ---- what is read while it comes ---- */

struct llmc__vectors *llmc__answer_reader_new(size_t max_bytes) {
    return llmc__vectors_new(max_bytes);
}

llmc_status llmc__answer_reader_feed(struct llmc__vectors *reader, const char *bytes, size_t len) {
    return llmc__vectors_feed(reader, bytes, len);
}

void llmc__answer_reader_free(struct llmc__vectors *reader) {
    llmc__vectors_free(reader);
}

/* ---- the whole ---- */

static void refuse_text(llmc__answer *answer, llmc_status status) {
    if (status == LLMC_ERR_NO_MEMORY)
        llmc__answer_no_memory(answer);
    else if (status == LLMC_ERR_TOO_LARGE)
        fail(answer, status, "has more values than are read", "");
    else if (status == LLMC_ERR_INCOMPLETE)
        fail(answer, status, "broke off", "");
    else if (status != LLMC_OK)
        llmc__answer_bad(answer, "it is no JSON");
}

static llmc_status parse(const llmc__op_answer *sent, llmc__json_doc **out) {
    llmc__json_fault fault = {0, NULL};
    llmc_status status = llmc__json_parse(sent->body, sent->len, out, &fault);
    bool cut = status == LLMC_ERR_INVALID_JSON && llmc__json_breaks_off(sent->body, sent->len, &fault);
    return cut ? LLMC_ERR_INCOMPLETE : status;
}

llmc_status llmc__answer_decode(const llmc__op_answer *sent, llmc__result *out, llmc_error *error,
                                void (*read)(llmc__answer *answer)) {
    llmc__json_doc *doc = NULL;
    llmc__answer answer = {.sent = sent, .out = out, .error = error};
    refuse_text(&answer, sent->reader != NULL ? llmc__vectors_end(sent->reader) : parse(sent, &doc));
    answer.doc = sent->reader != NULL ? llmc__vectors_doc(sent->reader) : doc;
    answer.count = sent->input != NULL ? sent->input->text_count : 0;
    answer.seen = llmc__mem_calloc(answer.count + 1, sizeof *answer.seen);
    if (answer.seen == NULL)
        llmc__answer_no_memory(&answer);
    if (answer.status == LLMC_OK) {
        answer.root = llmc__json_root(answer.doc);
        read(&answer);
    }
    llmc__mem_free(answer.seen);
    llmc__json_free(doc);
    return answer.status;
}
