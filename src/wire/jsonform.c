#include "wire/jsonform.h"

#include <stdarg.h>
#include <string.h>
#include "base/str.h"

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
    if (kind == 'n') {
        m->name = text;
        m->len = strlen(text);
        return;
    }
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

static bool ends_word(char c) {
    return c == ':' || c == ',' || c == '}' || c == ']' || c == ' ' || c == '\0';
}

/* A name, or a value that is no string: "strict:true". Answers how long it is. */
static size_t put_word(llmc__jsonw *w, member *m, const char *word) {
    size_t len = 0;
    while (!ends_word(word[len]))
        len++;
    if (word[len] == ':') {
        m->name = word;
        m->len = len++;
    } else {
        put_value(w, m, 'j', word, len);
    }
    return len;
}

/* What stands at `at`; answers how long it is. */
static size_t put_next(llmc__jsonw *w, member *m, const char *at, va_list *args) {
    size_t len = 1;
    switch (*at) {
    case '{':
    case '[':
    case '}':
    case ']':
        put_bracket(w, m, *at);
        return 1;
    case '%':
        put_argument(w, m, at[1], args);
        return 2;
    case '?':
        m->left_out = va_arg(*args, int) == 0;
        return 1;
    case '\'':
        while (at[len] != '\'')
            len++;
        put_value(w, m, 's', at + 1, len - 1);
        return len + 1;
    case ':': /* behind a %n */
    case ',':
    case ' ':
        return 1;
    default:
        return put_word(w, m, at);
    }
}

void llmc__jsonform_write(llmc__jsonw *w, const char *pattern, ...) {
    member m = {NULL, 0, false};
    va_list args;
    va_start(args, pattern);
    while (*pattern != '\0')
        pattern += put_next(w, &m, pattern, &args);
    va_end(args);
    begin_value(w, &m);
}
