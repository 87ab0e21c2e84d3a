#include "provider/sampling.h"

#include <stddef.h>
#include <string.h>
#include "provider/pairs.h"

static const struct {
    uint16_t place; /* in llmc_request */
    bool is_real;
} values[] = {
    [LLMC__SAMPLING_TEMPERATURE] = {offsetof(llmc_request, temperature), true},
    [LLMC__SAMPLING_TOP_P] = {offsetof(llmc_request, top_p), true},
    [LLMC__SAMPLING_TOP_K] = {offsetof(llmc_request, top_k), false},
    [LLMC__SAMPLING_FREQUENCY_PENALTY] = {offsetof(llmc_request, frequency_penalty), true},
    [LLMC__SAMPLING_PRESENCE_PENALTY] = {offsetof(llmc_request, presence_penalty), true},
    [LLMC__SAMPLING_SEED] = {offsetof(llmc_request, seed), false},
    [LLMC__SAMPLING_MAX_TOKENS] = {offsetof(llmc_request, max_tokens), false},
    [LLMC__SAMPLING_N] = {offsetof(llmc_request, n), false},
};

static void write_stops(llmc__body *body) {
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->stop_count; i++)
        llmc__jsonw_str(&body->json, body->request->stops[i]);
    llmc__jsonw_end_array(&body->json);
}

static void write_value(llmc__body *body, unsigned what) {
    const void *value = (const char *)body->request + values[what].place;
    if (what == LLMC__SAMPLING_STOP)
        write_stops(body);
    else if (values[what].is_real)
        llmc__jsonw_double(&body->json, *(const double *)value);
    else
        llmc__jsonw_int(&body->json, *(const int64_t *)value);
}

static void write_member(llmc__body *body, unsigned what, const char *name, bool inside) {
    if (inside)
        llmc__jsonw_name(&body->json, name);
    else if (!llmc__body_open(body, name))
        return;
    write_value(body, what);
}

void llmc__sampling_write(llmc__body *body, uint32_t fields, const char *own, bool inside) {
    for (unsigned what = 0; what < sizeof values / sizeof values[0]; what++) {
        const char *plain, *name;
        if ((body->fields & fields & 1u << what) == 0)
            continue;
        plain = llmc__field_name((llmc__field)(1u << what));
        name = llmc__pairs_find(own, plain, strlen(plain));
        write_member(body, what, name != NULL ? name : plain, inside);
    }
}

void llmc__sampling_put(llmc__body *body, llmc__sampling_what what, const char *name) {
    if ((body->fields & 1u << what) != 0)
        write_member(body, what, name, false);
}

void llmc__sampling_put_plain(llmc__body *body, uint32_t fields) {
    llmc__sampling_write(body, fields, "", false);
}
