/*
 * Lists of models. No two vendors call the same thing by the same name, but no name means two things: one reader knows
 * them all, and what it does not know is kept as it came.
 */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "provider/answer.h"
#include "provider/models.h"
#include "wire/jsonprint.h"

#define LENGTH(array)   (sizeof(array) / sizeof((array)[0]))
#define MAX_ENTRY_BYTES ((size_t)1 << 20)

typedef struct reading {
    const llmc__json_doc *doc;
    llmc__result *out;
    llmc_error *error;
} reading;

static llmc_status no_memory(const reading *r) {
    return llmc__answer_no_memory(LLMC__OP_MODELS, r->error);
}

/* ---- one entry ---- */

/* The first of the members that is a text, and not empty; NULL. */
static const char *first_text(const reading *r, const llmc__json *entry, const char *const *names, size_t *len) {
    for (; *names != NULL; names++) {
        const char *text = llmc__json_string(r->doc, llmc__json_get(entry, *names), len);
        if (text != NULL && *len > 0)
            return text;
    }
    return NULL;
}

static bool copy_text(const char *text, size_t len, char **out) {
    *out = text != NULL ? llmc__mem_strndup(text, len) : NULL;
    return text == NULL || *out != NULL;
}

/* Of the entry itself, or of the objects in which some put what a model can do. */
static int64_t first_count(const reading *r, const llmc__json *entry, const char *const *names) {
    static const char *const places[] = {"top_provider", "metadata", "meta", "limits"};
    int64_t value = -1;
    for (const char *const *name = names; *name != NULL && value < 0; name++)
        llmc__answer_count(r->doc, entry, *name, &value);
    for (size_t i = 0; i < LENGTH(places) && value < 0; i++)
        for (const char *const *name = names; *name != NULL && value < 0; name++)
            llmc__answer_count(r->doc, llmc__json_get(entry, places[i]), *name, &value);
    return value > 0 ? value : -1; /* a model that takes nothing is none: some say 0 for what they do not know */
}

static bool digits(const char *text, size_t count, int64_t *out) {
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

/* Days from 1970 to a date of the Gregorian calendar; years are counted from March, so that leap days end them. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

/* RFC 3339 in UTC: "2025-02-19T00:00:00Z", "2025-02-19". -1: it is none, or before 1970. */
static int64_t seconds_of(const char *text, size_t len) {
    int64_t year, month, day, hour = 0, minute = 0, second = 0, days;
    if (len < 10 || !digits(text, 4, &year) || text[4] != '-' || !digits(text + 5, 2, &month) || text[7] != '-' ||
        !digits(text + 8, 2, &day) || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return -1;
    if (len >= 19 && (text[13] != ':' || text[16] != ':' || !digits(text + 11, 2, &hour) ||
                      !digits(text + 14, 2, &minute) || !digits(text + 17, 2, &second)))
        return -1;
    if (hour > 23 || minute > 59 || second > 60)
        return -1;
    days = days_of(year, month, day);
    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

static int64_t created_of(const reading *r, const llmc__json *entry) {
    static const char *const names[] = {"created", "created_at"};
    int64_t value = -1;
    for (size_t i = 0; i < LENGTH(names) && value < 0; i++) {
        const llmc__json *told = llmc__json_get(entry, names[i]);
        size_t len = 0;
        const char *text = llmc__json_string(r->doc, told, &len);
        if (text != NULL)
            value = seconds_of(text, len);
        else
            llmc__answer_count(r->doc, entry, names[i], &value);
    }
    return value > 0 ? value : -1;
}

static llmc_status keep_whole(const reading *r, const llmc__json *entry, llmc__model *model) {
    llmc__buf text;
    llmc_status status;
    llmc__buf_init(&text, MAX_ENTRY_BYTES);
    status = llmc__jsonprint_value(r->doc, entry, &text);
    if (status == LLMC_OK)
        model->json = llmc__buf_take(&text, NULL);
    llmc__buf_free(&text);
    if (status == LLMC_ERR_TOO_LARGE)
        return llmc__answer_bad(LLMC__OP_MODELS, r->error, "what it says of a model is longer than 1 MiB");
    return model->json != NULL ? LLMC_OK : no_memory(r);
}

/* Google's names are paths; what calls take is behind them. */
static const char *without_path(const char *id, size_t *len) {
    static const char path[] = "models/";
    if (*len <= sizeof path - 1 || memcmp(id, path, sizeof path - 1) != 0)
        return id;
    *len -= sizeof path - 1;
    return id + sizeof path - 1;
}

static llmc_status read_entry(const reading *r, const llmc__json *entry, llmc__model *model) {
    static const char *const ids[] = {"id", "modelId", "model", "name", NULL};
    static const char *const names[] = {"display_name", "displayName", "modelName", "name", NULL};
    static const char *const owners[] = {"owned_by", "organization", "providerName", NULL};
    static const char *const contexts[] = {
        "context_length",   "context_window",  "max_context_length", "max_model_len",
        "max_input_tokens", "inputTokenLimit", "n_ctx_train",        NULL,
    };
    static const char *const outputs[] = {
        "max_completion_tokens", "max_output_tokens", "max_output_length", "outputTokenLimit", "max_tokens", NULL,
    };
    size_t id_len = 0, name_len = 0, owner_len = 0;
    const char *id = first_text(r, entry, ids, &id_len), *name = first_text(r, entry, names, &name_len);
    const char *owner = first_text(r, entry, owners, &owner_len);
    if (id == NULL)
        return llmc__answer_bad(LLMC__OP_MODELS, r->error, "model %zu has no id", r->out->model_count);
    id = without_path(id, &id_len);
    name = name != NULL ? without_path(name, &name_len) : NULL;
    if (name != NULL && name_len == id_len && memcmp(name, id, id_len) == 0)
        name = NULL;
    if (!copy_text(id, id_len, &model->id) || !copy_text(name, name_len, &model->name) ||
        !copy_text(owner, owner_len, &model->owner))
        return no_memory(r);
    model->context_tokens = first_count(r, entry, contexts);
    model->output_tokens = first_count(r, entry, outputs);
    model->created_s = created_of(r, entry);
    return keep_whole(r, entry, model);
}

/* ---- the list ---- */

static const llmc__json *list_of(const llmc__json *root) {
    static const char *const names[] = {"data", "models", "modelSummaries"};
    if (llmc__json_type_of(root) == LLMC__JSON_ARRAY) /* Together */
        return root;
    for (size_t i = 0; i < LENGTH(names); i++) {
        const llmc__json *list = llmc__json_get(root, names[i]);
        if (llmc__json_type_of(list) == LLMC__JSON_ARRAY)
            return list;
    }
    return NULL;
}

static llmc_status read_list(const reading *r) {
    const llmc__json *list = list_of(llmc__json_root(r->doc));
    size_t count = llmc__json_count(list);
    llmc_status status = LLMC_OK;
    if (list == NULL && llmc__json_first(llmc__json_root(r->doc)) == NULL &&
        llmc__json_type_of(llmc__json_root(r->doc)) == LLMC__JSON_OBJECT)
        return LLMC_OK; /* Google leaves out what is empty */
    if (list == NULL)
        return llmc__answer_lacks(LLMC__OP_MODELS, r->doc, "list of models", r->error);
    r->out->models = llmc__mem_calloc(count > 0 ? count : 1, sizeof *r->out->models);
    if (r->out->models == NULL)
        return no_memory(r);
    for (const llmc__json *entry = llmc__json_first(list); entry != NULL && status == LLMC_OK;
         entry = llmc__json_next(entry)) {
        status = read_entry(r, entry, &r->out->models[r->out->model_count]);
        r->out->model_count++;
    }
    return status;
}

typedef llmc_status (*next_fn)(const reading *r);

static llmc_status decode(const llmc__op_answer *answer, llmc__result *out, llmc_error *error, next_fn next) {
    llmc__json_doc *doc = NULL;
    llmc_status status = llmc__answer_parse(answer, LLMC__OP_MODELS, &doc, error);
    reading r = {doc, out, error};
    if (status == LLMC_OK)
        status = read_list(&r);
    if (status == LLMC_OK && next != NULL)
        status = next(&r);
    llmc__json_free(doc);
    return status;
}

llmc_status llmc__models_decode_whole(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    return decode(answer, out, error, NULL);
}

/* Gemini and Cohere: a token, or none on the last page. */
static llmc_status next_by_token(const reading *r) {
    static const char *const names[] = {"nextPageToken", "next_page_token", NULL};
    size_t len = 0;
    const char *token = first_text(r, llmc__json_root(r->doc), names, &len);
    return copy_text(token, len, &r->out->next) ? LLMC_OK : no_memory(r);
}

llmc_status llmc__models_decode_page(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    return decode(answer, out, error, next_by_token);
}

/* The page ends with the model that the next one begins behind. */
static llmc_status next_by_id(const reading *r) {
    const llmc__json *root = llmc__json_root(r->doc);
    const llmc__result *out = r->out;
    bool more = false;
    if (!llmc__json_bool(llmc__json_get(root, "has_more"), &more) || !more)
        return LLMC_OK;
    if (!llmc__answer_text(r->doc, root, "last_id", &r->out->next))
        return no_memory(r);
    if (out->next == NULL && out->model_count == 0)
        return llmc__answer_bad(LLMC__OP_MODELS, r->error, "it says that there are more, and not where");
    if (out->next == NULL)
        r->out->next = llmc__mem_strdup(out->models[out->model_count - 1].id);
    return out->next != NULL ? LLMC_OK : no_memory(r);
}

llmc_status llmc__models_decode_anthropic(const llmc__op_answer *answer, llmc__result *out, llmc_error *error) {
    return decode(answer, out, error, next_by_id);
}
