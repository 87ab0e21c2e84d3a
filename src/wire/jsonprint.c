#include "wire/jsonprint.h"

#include "wire/jsonw.h"

static void write_number(const llmc__json_doc *doc, const llmc__json *value, llmc__jsonw *w) {
    int64_t whole = 0;
    double real = 0.0;
    if (llmc__json_int64(doc, value, &whole))
        llmc__jsonw_int(w, whole);
    else if (llmc__json_double(value, &real))
        llmc__jsonw_double(w, real);
    else
        llmc__jsonw_null(w);
}

static void write_scalar(const llmc__json_doc *doc, const llmc__json *value, llmc__jsonw *w) {
    bool truth = false;
    size_t len = 0;
    const char *text = llmc__json_string(doc, value, &len);
    if (text != NULL)
        llmc__jsonw_string(w, text, len);
    else if (llmc__json_bool(value, &truth))
        llmc__jsonw_bool(w, truth);
    else if (llmc__json_type_of(value) == LLMC__JSON_NUMBER)
        write_number(doc, value, w);
    else
        llmc__jsonw_null(w);
}

/* Recursion is bounded: the reader refuses documents deeper than LLMC__JSON_MAX_DEPTH. */
static void write_value(const llmc__json_doc *doc, const llmc__json *value, llmc__jsonw *w) {
    bool is_object = llmc__json_type_of(value) == LLMC__JSON_OBJECT;
    if (!is_object && llmc__json_type_of(value) != LLMC__JSON_ARRAY) {
        write_scalar(doc, value, w);
        return;
    }
    if (is_object)
        llmc__jsonw_begin_object(w);
    else
        llmc__jsonw_begin_array(w);
    for (const llmc__json *item = llmc__json_first(value); item != NULL; item = llmc__json_next(item)) {
        if (is_object)
            llmc__jsonw_name(w, llmc__json_name(item));
        write_value(doc, item, w);
    }
    if (is_object)
        llmc__jsonw_end_object(w);
    else
        llmc__jsonw_end_array(w);
}

llmc_status llmc__jsonprint_value(const llmc__json_doc *doc, const llmc__json *value, llmc__buf *out) {
    llmc__jsonw writer;
    llmc__jsonw_init(&writer, out);
    write_value(doc, value, &writer);
    return writer.status;
}
