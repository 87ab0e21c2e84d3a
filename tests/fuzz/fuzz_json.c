/* What parses can be walked, written again, and parses to the same text; the check without a tree agrees. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/str.h"
#include "wire/json.h"
#include "wire/jsonw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int condition) {
    if (!condition)
        abort();
}

static void write_value(llmc__jsonw *w, const llmc__json_doc *doc, const llmc__json *value);

static void write_members(llmc__jsonw *w, const llmc__json_doc *doc, const llmc__json *container, bool named) {
    const llmc__json *item;
    size_t count = 0;

    for (item = llmc__json_first(container); item != NULL; item = llmc__json_next(item), count++) {
        if (named) {
            must(llmc__json_get(container, llmc__json_name(item)) != NULL);
            llmc__jsonw_name(w, llmc__json_name(item));
        }
        write_value(w, doc, item);
    }
    must(count == llmc__json_count(container));
}

static void write_number(llmc__jsonw *w, const llmc__json_doc *doc, const llmc__json *value) {
    int64_t whole = 0;
    double real = 0;
    bool finite = llmc__json_double(value, &real);

    if (llmc__json_int64(doc, value, &whole)) {
        must(finite && fabs(real - (double)whole) <= fabs(real) * 1e-15);
        llmc__jsonw_int(w, whole);
    } else if (finite && real == floor(real) && fabs(real) < 0x1p63) { /* of so many digits that its fraction is lost */
        llmc__jsonw_int(w, (int64_t)real);
    } else if (finite) {
        llmc__jsonw_double(w, real);
    } else {
        llmc__jsonw_null(w);
    }
}

static void write_value(llmc__jsonw *w, const llmc__json_doc *doc, const llmc__json *value) {
    const char *text;
    size_t len;
    bool flag = false;

    switch (llmc__json_type_of(value)) {
    case LLMC__JSON_OBJECT:
        llmc__jsonw_begin_object(w);
        write_members(w, doc, value, true);
        llmc__jsonw_end_object(w);
        break;
    case LLMC__JSON_ARRAY:
        llmc__jsonw_begin_array(w);
        write_members(w, doc, value, false);
        llmc__jsonw_end_array(w);
        break;
    case LLMC__JSON_STRING:
        text = llmc__json_string(doc, value, &len);
        must(text[len] == '\0' && llmc__str_utf8_prefix(text, len) == len);
        llmc__jsonw_string(w, text, len);
        break;
    case LLMC__JSON_NUMBER:
        write_number(w, doc, value);
        break;
    case LLMC__JSON_BOOL:
        must(llmc__json_bool(value, &flag));
        llmc__jsonw_bool(w, flag);
        break;
    default:
        must(llmc__json_type_of(value) == LLMC__JSON_NULL);
        llmc__jsonw_null(w);
    }
}

static void write_doc(const llmc__json_doc *doc, llmc__buf *out) {
    llmc__jsonw w;

    llmc__buf_init(out, SIZE_MAX);
    llmc__jsonw_init(&w, out);
    write_value(&w, doc, llmc__json_root(doc));
    must(w.status == LLMC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    llmc__json_fault fault = {0, NULL};
    llmc__json_doc *doc = NULL, *again = NULL;
    llmc__buf first, second;
    llmc_status status = llmc__json_parse((const char *)data, size, &doc, &fault);

    must(llmc__json_valid((const char *)data, size, NULL) == (status == LLMC_OK));
    if (status != LLMC_OK) {
        must(doc == NULL && fault.reason != NULL && fault.offset <= size && status != LLMC_ERR_NO_MEMORY);
        return 0;
    }
    write_doc(doc, &first);
    must(llmc__json_parse(first.data, first.len, &again, NULL) == LLMC_OK);
    write_doc(again, &second);
    must(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    llmc__json_free(doc);
    llmc__json_free(again);
    llmc__buf_free(&first);
    llmc__buf_free(&second);
    return 0;
}
