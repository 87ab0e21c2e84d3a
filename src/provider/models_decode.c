/*
 * Lists of models. No two vendors call the same thing by the same name, but no name means two things: one reader knows
 * them all, and what it does not know is kept as it came.
 */
#include <string.h>
#include "base/date.h"
#include "base/mem.h"
#include "provider/answer.h"
#include "provider/models.h"
#include "provider/pairs.h"
#include "wire/jsonprint.h"

#define MAX_ENTRY_BYTES ((size_t)1 << 20)

/* ---- one entry ---- */

static int64_t count_in(const llmc__answer *answer, const llmc__json *object, const char *names) {
    int64_t value = -1;
    for (; *names != '\0' && value < 0; names = llmc__pairs_next(names))
        llmc__answer_count(answer->doc, object, names, &value);
    return value;
}

/* Of the entry itself, or of the objects in which some put what a model can do. */
static int64_t first_count(const llmc__answer *answer, const llmc__json *entry, const char *names) {
    static const char places[] = "top_provider\0metadata\0meta\0limits\0";
    int64_t value = count_in(answer, entry, names);
    for (const char *place = places; *place != '\0' && value < 0; place = llmc__pairs_next(place))
        value = count_in(answer, llmc__json_get(entry, place), names);
    return value > 0 ? value : -1; /* a model that takes nothing is none: some say 0 for what they do not know */
}

/* RFC 3339 in UTC: "2025-02-19T00:00:00Z", "2025-02-19". -1: it is none, or before 1970. */
static int64_t seconds_of(const char *text, size_t len) {
    static const char form[] = "0000-00-00T00:00:00";
    static const uint16_t least[] = {1970, 1, 1, 0, 0, 0}, most[] = {9999, 12, 31, 23, 59, 60};
    int64_t part[6] = {0};
    size_t at = 0, end = len >= 19 ? 19 : 10;
    if (len < 10)
        return -1;
    for (size_t i = 0; i < end; i++)
        if (form[i] != '0') {
            at++;
            if (form[i] != 'T' && text[i] != form[i])
                return -1;
        } else if (text[i] >= '0' && text[i] <= '9') {
            part[at] = part[at] * 10 + (text[i] - '0');
        } else {
            return -1;
        }
    for (size_t i = 0; i < 6; i++)
        if (part[i] < least[i] || part[i] > most[i])
            return -1;
    return ((llmc__date_days(part[0], part[1], part[2]) * 24 + part[3]) * 60 + part[4]) * 60 + part[5];
}

static int64_t created_of(const llmc__answer *answer, const llmc__json *entry) {
    int64_t value = -1;
    for (const char *name = "created\0created_at\0"; *name != '\0' && value < 0; name = llmc__pairs_next(name)) {
        size_t len = 0;
        const char *text = llmc__json_text(answer->doc, entry, name, &len);
        if (text != NULL)
            value = seconds_of(text, len);
        else
            llmc__answer_count(answer->doc, entry, name, &value);
    }
    return value > 0 ? value : -1;
}

static void keep_whole(llmc__answer *answer, const llmc__json *entry, llmc__model *model) {
    llmc__buf text;
    llmc_status status;
    llmc__buf_init(&text, MAX_ENTRY_BYTES);
    status = llmc__jsonprint_value(answer->doc, entry, &text);
    if (status == LLMC_OK)
        model->json = llmc__buf_take(&text, NULL);
    llmc__buf_free(&text);
    if (status == LLMC_ERR_TOO_LARGE)
        llmc__answer_bad(answer, "what it says of a model is longer than 1 MiB");
    else if (model->json == NULL)
        llmc__answer_no_memory(answer);
}

/* A copy of the first of the texts; Google's names are paths, and what calls take is behind them. */
static char *copy_name(llmc__answer *answer, const llmc__json *entry, const char *names) {
    static const char path[] = "models/";
    size_t len = 0, skipped = sizeof path - 1;
    const char *text = llmc__answer_first(answer, entry, names, &len);
    if (text == NULL || len <= skipped || memcmp(text, path, skipped) != 0)
        skipped = 0;
    return text != NULL ? llmc__answer_copy(answer, text + skipped, len - skipped) : NULL;
}

static void read_entry(llmc__answer *answer, const llmc__json *entry, llmc__model *model) {
    size_t len = 0;
    const char *owner = llmc__answer_first(answer, entry, "owned_by\0organization\0providerName\0", &len);
    model->id = copy_name(answer, entry, "id\0modelId\0model\0name\0");
    model->name = copy_name(answer, entry, "display_name\0displayName\0modelName\0name\0");
    model->owner = llmc__answer_copy(answer, owner, len);
    if (model->id == NULL) {
        llmc__answer_bad(answer, "model %zu has no id", (size_t)(model - answer->out->models));
        return;
    }
    if (model->name != NULL && strcmp(model->name, model->id) == 0) {
        llmc__mem_free(model->name);
        model->name = NULL;
    }
    model->context_tokens = first_count(answer, entry,
                                        "context_length\0context_window\0max_context_length\0max_model_len\0"
                                        "max_input_tokens\0inputTokenLimit\0n_ctx_train\0");
    model->output_tokens = first_count(answer, entry,
                                       "max_completion_tokens\0max_output_tokens\0max_output_length\0"
                                       "outputTokenLimit\0max_tokens\0");
    model->created_s = created_of(answer, entry);
    keep_whole(answer, entry, model);
}

/* ---- the list ---- */

static const llmc__json *list_of(const llmc__json *root) {
    if (llmc__json_type_of(root) == LLMC__JSON_ARRAY) /* Together */
        return root;
    for (const char *name = "data\0models\0modelSummaries\0"; *name != '\0'; name = llmc__pairs_next(name)) {
        const llmc__json *list = llmc__json_get(root, name);
        if (llmc__json_type_of(list) == LLMC__JSON_ARRAY)
            return list;
    }
    return NULL;
}

void llmc__models_read_whole(llmc__answer *answer) {
    const llmc__json *list = list_of(answer->root);
    llmc__result *out = answer->out;
    if (list == NULL) {
        bool empty = llmc__json_type_of(answer->root) == LLMC__JSON_OBJECT && llmc__json_first(answer->root) == NULL;
        if (!empty) /* Google leaves out what is empty */
            llmc__answer_lacks(answer, "list of models");
        return;
    }
    out->models = llmc__mem_calloc(llmc__json_count(list) + 1, sizeof *out->models);
    if (out->models == NULL) {
        llmc__answer_no_memory(answer);
        return;
    }
    for (const llmc__json *entry = llmc__json_first(list); entry != NULL && answer->status == LLMC_OK;
         entry = llmc__json_next(entry))
        read_entry(answer, entry, &out->models[out->model_count++]);
}

/* Gemini and Cohere: a token, or none on the last page. */
void llmc__models_read_page(llmc__answer *answer) {
    size_t len = 0;
    const char *token = llmc__answer_first(answer, answer->root, "nextPageToken\0next_page_token\0", &len);
    llmc__models_read_whole(answer);
    answer->out->next = llmc__answer_copy(answer, token, len);
}

/* The page ends with the model that the next one begins behind. */
void llmc__models_read_anthropic(llmc__answer *answer) {
    const llmc__result *out = answer->out;
    size_t len = 0;
    const char *last = llmc__answer_first(answer, answer->root, "last_id\0", &len);
    bool more = false;
    llmc__models_read_whole(answer);
    if (!llmc__json_bool(llmc__json_get(answer->root, "has_more"), &more) || !more || answer->status != LLMC_OK)
        return;
    if (last == NULL && out->model_count > 0) {
        last = out->models[out->model_count - 1].id;
        len = strlen(last);
    }
    if (last == NULL)
        llmc__answer_bad(answer, "it says that there are more, and not where");
    answer->out->next = llmc__answer_copy(answer, last, len);
}
