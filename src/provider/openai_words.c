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

bool llmc__openai_words_present(const llmc__json *root) {
    root = unwrap(root);
    /* An empty object or string is no error: some servers send `"error":{}` or `"error":""` with each chunk. */
    const llmc__json *error = llmc__json_get(root, "error");
    if (llmc__json_type_of(error) == LLMC__JSON_OBJECT ? llmc__json_first(error) != NULL
                                                       : llmc__json_word(root, "error") != NULL)
        return true;
    if (llmc__json_get(root, "choices") != NULL)
        return false;
    const char *object = llmc__json_word(root, "object");
    return (object != NULL && strcmp(object, "error") == 0) || llmc__json_get(root, "detail") != NULL ||
           (object == NULL && llmc__json_word(root, "message") != NULL);
}

/* The first of the members, named one behind the other, that has a word; NULL: none. */
static const char *first_word(const llmc__json *object, const char *names) {
    const char *word = NULL;
    for (; word == NULL && *names != '\0'; names += strlen(names) + 1)
        word = llmc__json_word(object, names);
    return word;
}

/* FastAPI's list of complaints: the first one's text. */
static const char *detail_of(const llmc__json *root) {
    const llmc__json *detail = llmc__json_get(root, "detail");
    if (llmc__json_type_of(detail) == LLMC__JSON_ARRAY)
        return llmc__json_word(llmc__json_first(detail), "msg");
    if (llmc__json_type_of(detail) != LLMC__JSON_OBJECT)
        return llmc__json_word(root, "detail");
    return first_word(detail, "message\0error\0"); /* error: DeepInfra */
}

/* Groq says status_code, Azure status, OpenRouter and llama.cpp a numeric code, Mistral raw_status_code. */
static int status_of(const llmc__json_doc *doc, const llmc__json *object) {
    int64_t number = 0;
    for (const char *name = "status_code\0status\0code\0raw_status_code\0"; *name != '\0'; name += strlen(name) + 1)
        if (llmc__json_int64(doc, llmc__json_get(object, name), &number) && number >= 400 && number < 600)
            return (int)number;
    return 0;
}

/* Mistral's 422 has the details in its message. */
static const char *message_of(const llmc__json *root, const llmc__json *source, bool flat) {
    const char *message = flat ? llmc__json_word(root, "error") : NULL;
    if (message == NULL)
        message = first_word(source, "message\0msg\0");
    if (message == NULL)
        message = detail_of(source);
    if (message == NULL)
        message = detail_of(llmc__json_get(source, "message"));
    return message != NULL ? message : llmc__json_string(NULL, root, NULL);
}

void llmc__openai_words_read(const llmc__json_doc *doc, const llmc__json *root, llmc__words *out) {
    memset(out, 0, sizeof *out);
    root = unwrap(root);
    const llmc__json *error = llmc__json_get(root, "error");
    bool flat = llmc__json_type_of(error) != LLMC__JSON_OBJECT;
    const llmc__json *source = flat ? root : error;
    if (!flat || !llmc__json_says(source, "type", "error")) /* of the event, not of the error (Responses API) */
        out->type = llmc__json_word(source, "type");
    out->param = llmc__json_word(source, "param");
    llmc__words_read_code(doc, source, out);
    out->http_status = status_of(doc, source);
    llmc__words_read_google(doc, llmc__json_get(source, "details"), out); /* Gemini behind OpenAI's API */
    out->message = message_of(root, source, flat);
}

void llmc__openai_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                           const char *type_hint, llmc_error *error) {
    llmc__classify_body(target, http_status, body, len, type_hint, llmc__openai_words_read, error);
}
