/* What the readers of error envelopes share. */
#include <string.h>
#include "base/str.h"
#include "provider/classify.h"

#define MAX_DETAILS 64

const char *llmc__words_text(const llmc__json_doc *doc, const llmc__json *object, const char *name) {
    const char *text = llmc__json_string(doc, llmc__json_get(object, name), NULL);
    return text != NULL && text[0] != '\0' ? text : NULL;
}

void llmc__words_read_code(const llmc__json_doc *doc, const llmc__json *object, llmc__words *out) {
    int64_t number = 0;
    out->code = llmc__words_text(doc, object, "code");
    if (out->code == NULL && llmc__json_int64(doc, llmc__json_get(object, "code"), &number)) {
        llmc__str_from_int64(number, out->code_digits);
        out->code = out->code_digits;
    }
}

/* Parts of a millisecond count whole, so as never to come too soon. */
int64_t llmc__words_duration(const char *text, size_t len) {
    int64_t seconds = 0, ms = 0;
    size_t whole = strspn(text, "0123456789"), at = whole, place = 100;
    if (whole == 0 || len < whole || !llmc__str_to_int64(text, whole, &seconds) || seconds > INT32_MAX)
        return 0;
    bool has_point = text[at] == '.', more = false;
    for (at += has_point; has_point && text[at] >= '0' && text[at] <= '9'; at++, place /= 10) {
        ms += (text[at] - '0') * (int64_t)place;
        more = more || (place == 0 && text[at] != '0');
    }
    return text[at] == 's' && len == at + 1 ? seconds * 1000 + ms + more : 0;
}

static bool is_type(const llmc__json_doc *doc, const llmc__json *detail, const char *name) {
    const char *type = llmc__words_text(doc, detail, "@type");
    const char *last = type != NULL ? strrchr(type, '.') : NULL;
    return last != NULL && strcmp(last + 1, name) == 0;
}

void llmc__words_read_google(const llmc__json_doc *doc, const llmc__json *details, llmc__words *out) {
    const llmc__json *detail = llmc__json_first(details);
    for (size_t i = 0; detail != NULL && i < MAX_DETAILS; i++, detail = llmc__json_next(detail)) {
        size_t len = 0;
        const char *delay = llmc__json_string(doc, llmc__json_get(detail, "retryDelay"), &len);
        const char *reason = llmc__words_text(doc, detail, "reason");
        if (delay != NULL && is_type(doc, detail, "RetryInfo"))
            out->retry_after_ms = llmc__words_duration(delay, len);
        if (reason != NULL && is_type(doc, detail, "ErrorInfo"))
            out->code = reason;
    }
}
