/*
 * The many envelopes of an error: {"error":{...}} of OpenAI, a bare string (Ollama, xAI), flat ones (Mistral),
 * {"detail":...} of FastAPI servers, and any of them wrapped in an array (Google).
 */
#include <string.h>
#include "base/str.h"
#include "provider/openai.h"

static const llmc__json *unwrap(const llmc__json *root) {
    return llmc__json_type_of(root) == LLMC__JSON_ARRAY ? llmc__json_at(root, 0) : root;
}

/* An empty object or string is no error: some servers send `"error":{}` or `"error":""` with each chunk. */
static bool is_filled(const llmc__json_doc *doc, const llmc__json *error) {
    size_t len = 0;
    if (llmc__json_type_of(error) == LLMC__JSON_OBJECT)
        return llmc__json_first(error) != NULL;
    return llmc__json_string(doc, error, &len) != NULL && len > 0;
}

bool llmc__openai_words_present(const llmc__json_doc *doc, const llmc__json *root) {
    root = unwrap(root);
    if (is_filled(doc, llmc__json_get(root, "error")))
        return true;
    if (llmc__json_get(root, "choices") != NULL)
        return false;
    const char *object = llmc__words_text(doc, root, "object");
    return (object != NULL && strcmp(object, "error") == 0) || llmc__json_get(root, "detail") != NULL ||
           (object == NULL && llmc__words_text(doc, root, "message") != NULL);
}

/* FastAPI's list of complaints: the first one's text. */
static const char *detail_of(const llmc__json_doc *doc, const llmc__json *root) {
    const llmc__json *detail = llmc__json_get(root, "detail");
    if (llmc__json_type_of(detail) == LLMC__JSON_ARRAY)
        return llmc__words_text(doc, llmc__json_at(detail, 0), "msg");
    if (llmc__json_type_of(detail) != LLMC__JSON_OBJECT)
        return llmc__words_text(doc, root, "detail");
    const char *text = llmc__words_text(doc, detail, "message");
    return text != NULL ? text : llmc__words_text(doc, detail, "error"); /* DeepInfra */
}

/* Groq says status_code, Azure status, OpenRouter and llama.cpp a numeric code, Mistral raw_status_code. */
static void read_status(const llmc__json_doc *doc, const llmc__json *object, llmc__words *out) {
    static const char *const names[] = {"status_code", "status", "code", "raw_status_code"};
    for (size_t i = 0; i < sizeof names / sizeof names[0] && out->http_status == 0; i++) {
        int64_t number = 0;
        if (llmc__json_int64(doc, llmc__json_get(object, names[i]), &number) && number >= 400 && number < 600)
            out->http_status = (int)number;
    }
}

void llmc__openai_words_read(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out) {
    memset(out, 0, sizeof *out);
    root = unwrap(root);
    const llmc__json *error = llmc__json_get(root, "error");
    bool flat = llmc__json_type_of(error) != LLMC__JSON_OBJECT;
    const llmc__json *source = flat ? root : error;
    out->type = llmc__words_text(doc, source, "type");
    if (flat && out->type != NULL && strcmp(out->type, "error") == 0)
        out->type = NULL; /* the type of the event, not of the error (Responses API) */
    out->param = llmc__words_text(doc, source, "param");
    llmc__words_read_code(doc, source, out);
    read_status(doc, source, out);
    llmc__words_read_google(doc, llmc__json_get(source, "details"), out); /* Gemini behind OpenAI's API */
    if (flat)
        out->message = llmc__words_text(doc, root, "error");
    if (out->message == NULL)
        out->message = llmc__words_text(doc, source, "message");
    if (out->message == NULL)
        out->message = llmc__words_text(doc, source, "msg");
    if (out->message == NULL)
        out->message = detail_of(doc, source);
    if (out->message == NULL)
        out->message = detail_of(doc, llmc__json_get(source, "message")); /* Mistral, 422 */
    if (out->message == NULL)
        out->message = llmc__json_string(doc, root, NULL);
}

llmc_status llmc__openai_words_fail(const llmc__json_doc *doc, const llmc__json *root, llmc_error *error) {
    llmc__words words;
    llmc__openai_words_read(doc, root, &words);
    return llmc__classify_inner(&words, error);
}

void llmc__openai_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                           const char *type_hint, llmc_error *error) {
    llmc__classify_body(target, http_status, body, len, type_hint, llmc__openai_words_read, error);
}
