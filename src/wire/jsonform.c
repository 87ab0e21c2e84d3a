#include "wire/jsonform.h"

#include <stdarg.h>
#include <string.h>
#include "base/str.h"

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."

/* A member whose value is still to come: its name is written with that, or neither is. */
typedef struct member {
    const char *name; /* NULL: the next value has none */
    size_t len;
    bool left_out;
} member;

static void begin_value(llmc__jsonw *w, member *m) {
    if (m->name != NULL)
        llmc__jsonw_name_part(w, m->name, m->len);
    m->name = NULL;
}

static void put_value(llmc__jsonw *w, member *m, char kind, const char *text, size_t len) {
    bool left_out = text == NULL || m->left_out;
    m->left_out = false;
    if (left_out) {
        m->name = NULL;
        return;
    }
    begin_value(w, m);
    if (kind == 's')
        llmc__jsonw_string(w, text, len);
    else
        llmc__jsonw_raw(w, text, len);
}

static void put_argument(llmc__jsonw *w, member *m, char kind, va_list *args) {
    char digits[24];
    const char *text = digits;
    if (kind == 'd')
        (void)llmc__str_from_int64(va_arg(*args, int64_t), digits);
    else if (kind == 'b')
        text = va_arg(*args, int) != 0 ? "true" : "false";
    else
        text = va_arg(*args, const char *);
    if (kind == 't')
        put_value(w, m, 's', text != NULL ? text : "", va_arg(*args, size_t));
    else
        put_value(w, m, kind, text, text != NULL ? strlen(text) : 0);
}

static void put_bracket(llmc__jsonw *w, member *m, char bracket) {
    if (bracket == '{' || bracket == '[')
        begin_value(w, m);
    if (bracket == '{')
        llmc__jsonw_begin_object(w);
    else if (bracket == '[')
        llmc__jsonw_begin_array(w);
    else if (bracket == '}')
        llmc__jsonw_end_object(w);
    else
        llmc__jsonw_end_array(w);
}

/* A name, or a value that is no string: "strict:true". Answers how long it is. */
static size_t put_word(llmc__jsonw *w, member *m, const char *word) {
    size_t len = strspn(word, WORD);
    if (word[len] == ':') {
        m->name = word;
        m->len = len;
        return len + 1;
    }
    if (len > 0)
        put_value(w, m, 'j', word, len);
    return len > 0 ? len : 1; /* what stands between members */
}

void llmc__jsonform_write(llmc__jsonw *w, const char *pattern, ...) {
    member m = {NULL, 0, false};
    va_list args;
    va_start(args, pattern);
    for (const char *at = pattern; *at != '\0';) {
        size_t len = 1;
        if (*at == '%') {
            put_argument(w, &m, at[1], &args);
            len = 2;
        } else if (strchr("{}[]", *at) != NULL) {
            put_bracket(w, &m, *at);
        } else if (*at == '?') {
            m.left_out = va_arg(args, int) == 0;
        } else if (*at == '\'') {
            len = strcspn(at + 1, "'");
            put_value(w, &m, 's', at + 1, len);
            len += 2;
        } else {
            len = put_word(w, &m, at);
        }
        at += len;
    }
    va_end(args);
}
