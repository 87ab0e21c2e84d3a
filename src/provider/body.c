/* The frame of a request and the members of its body, for every adapter. */
#include "provider/body.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "base/base64.h"
#include "base/mem.h"
#include "provider/percent.h"

#define MAX_TOKEN 16384 /* a bearer token: those of Google and Entra ID have some 2 KiB */

bool llmc__body_wants(const llmc__body *body, llmc__field field) {
    return (body->fields & (uint32_t)field) != 0;
}

void llmc__body_refuse(llmc__body *body, llmc_status status, const char *format, ...) {
    va_list args;
    if (body->json.status != LLMC_OK)
        return;
    va_start(args, format);
    body->json.status = llmc__error_set_v(body->error, status, format, args);
    va_end(args);
}

/* ---- members ---- */

bool llmc__body_open(llmc__body *body, const char *name) {
    if (llmc__json_get(body->extra, name) != NULL)
        return false;
    llmc__jsonw_name(&body->json, name);
    return true;
}

void llmc__body_str(llmc__body *body, const char *name, const char *value) {
    if (value != NULL && llmc__body_open(body, name))
        llmc__jsonw_str(&body->json, value);
}

void llmc__body_int(llmc__body *body, const char *name, bool has, int64_t value) {
    if (has && llmc__body_open(body, name))
        llmc__jsonw_int(&body->json, value);
}

void llmc__body_bool(llmc__body *body, const char *name, bool has, bool value) {
    if (has && llmc__body_open(body, name))
        llmc__jsonw_bool(&body->json, value);
}

void llmc__body_raw(llmc__body *body, const char *name, const char *json) {
    if (json != NULL && llmc__body_open(body, name))
        llmc__jsonw_raw(&body->json, json, strlen(json));
}

void llmc__body_put_str(llmc__body *body, const char *name, const char *value) {
    if (value == NULL)
        return;
    llmc__jsonw_name(&body->json, name);
    llmc__jsonw_str(&body->json, value);
}

void llmc__body_text(llmc__body *body, size_t index) {
    const llmc__text *text = &body->request->input->texts[index];
    llmc__jsonw_string(&body->json, text->data, text->len);
}

void llmc__body_texts(llmc__body *body) {
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->input->text_count; i++)
        llmc__body_text(body, i);
    llmc__jsonw_end_array(&body->json);
}

/* Straight into the body: an image may be large, and base64 has nothing to escape. */
static void put_encoded(llmc__body *body, const void *bytes, size_t len) {
    if (body->json.status == LLMC_OK)
        body->json.status = llmc__base64_append(body->json.out, bytes, len);
    if (body->json.status == LLMC_OK)
        body->json.status = llmc__buf_append_char(body->json.out, '"');
}

void llmc__body_base64(llmc__body *body, const void *bytes, size_t len) {
    llmc__jsonw_raw(&body->json, "\"", 1);
    put_encoded(body, bytes, len);
}

/* Drops the closing quote that the writer has put, so that more can follow. */
static void reopen_string(llmc__body *body) {
    if (body->json.status == LLMC_OK)
        body->json.out->data[--body->json.out->len] = '\0';
}

void llmc__body_data_url(llmc__body *body, const char *mime, const void *bytes, size_t len) {
    char prefix[256];
    int written = snprintf(prefix, sizeof prefix, "data:%s;base64,", mime);

    if (written < 0 || (size_t)written >= sizeof prefix) {
        llmc__body_refuse(body, LLMC_ERR_INVALID_ARGUMENT, "mime: longer than any type is");
        return;
    }
    llmc__jsonw_str(&body->json, prefix); /* escaped as any text, though no type needs it */
    reopen_string(body);
    put_encoded(body, bytes, len);
}

/* What stands between the braces of extra_json goes into the body byte for byte. */
void llmc__body_extra(llmc__body *body) {
    const char *extra_json = body->request->extra_json;
    if (extra_json == NULL || llmc__json_first(body->extra) == NULL || body->json.status != LLMC_OK)
        return;
    const char *first = strchr(extra_json, '{') + 1;
    const char *last = strrchr(extra_json, '}');
    llmc__jsonw_raw(&body->json, first, (size_t)(last - first));
    body->extra = NULL;
}

/* ---- URL and headers ---- */

llmc_status llmc__body_url(llmc__body *body, const char *path) {
    llmc_status status = llmc__buf_append_str(&body->out->url, body->target->base_url);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, path) : status;
}

llmc_status llmc__body_url_raw(llmc__body *body) {
    return llmc__body_url(body, body->request->input->path);
}

llmc_status llmc__body_url_segment(llmc__body *body, const char *text) {
    return llmc__percent_append(&body->out->url, text, strlen(text), "");
}

llmc_status llmc__body_header(llmc__body *body, const char *name, const char *value) {
    return value != NULL && value[0] != '\0' ? llmc__http_request_header(body->out, name, value) : LLMC_OK;
}

static llmc_status write_key(llmc__body *body, const char *name, const char *prefix, const char *key) {
    llmc_status status = llmc__http_request_header_of(body->out, name, prefix, key);
    return status == LLMC_ERR_INVALID_HEADER ? LLMC_ERR_INVALID_KEY : status;
}

static llmc_status write_token(llmc__body *body, const char *name, const char *prefix) {
    const llmc__target *target = body->target;
    char *token = llmc__mem_calloc(1, MAX_TOKEN);
    if (token == NULL)
        return LLMC_ERR_NO_MEMORY;
    if (target->token(target->name, token, MAX_TOKEN, target->token_user_data) != 0 || token[0] == '\0' ||
        memchr(token, '\0', MAX_TOKEN) == NULL) {
        token[MAX_TOKEN - 1] = '\0';
        llmc__mem_free_secret(token);
        return llmc__error_set(body->error, LLMC_ERR_AUTH,
                               "the token function of provider \"%s\" gave no token, so nothing was sent: see that it "
                               "has one that has not expired",
                               target->name);
    }
    llmc_status status = write_key(body, name, prefix, token);
    llmc__mem_free_secret(token);
    return status;
}

static bool has_key(const llmc__target *target) {
    return target->api_key != NULL && target->api_key[0] != '\0';
}

llmc_status llmc__body_header_key(llmc__body *body, const char *name, const char *prefix) {
    if (body->target->token != NULL)
        return write_token(body, name, prefix);
    return has_key(body->target) ? write_key(body, name, prefix, body->target->api_key) : LLMC_OK;
}

static llmc_status write_list(llmc__body *body, const llmc__header *headers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        llmc_status status = llmc__http_request_header(body->out, headers[i].name, headers[i].value);
        if (status != LLMC_OK)
            return status;
    }
    return LLMC_OK;
}

/* The request's own lines come last and so replace the others of their name. */
static llmc_status write_headers(llmc__body *body, const llmc__body_form *form) {
    const llmc__input *given = form->write == NULL ? body->request->input : NULL;
    const char *type = given != NULL && given->content_type != NULL ? given->content_type : "application/json";
    llmc_status status = LLMC_OK;
    if (form->write != NULL || (given != NULL && given->body.len > 0))
        status = llmc__http_request_header(body->out, "Content-Type", type);
    if (status == LLMC_OK && body->stream) /* libcurl asks for anything by itself, which to these APIs means JSON */
        status = llmc__http_request_header(body->out, "Accept", "text/event-stream");
    if (status == LLMC_OK && form->headers != NULL)
        status = form->headers(body);
    if (status == LLMC_OK)
        status = write_list(body, body->target->headers, body->target->header_count);
    if (status == LLMC_OK)
        status = write_list(body, body->request->headers, body->request->header_count);
    return status;
}

/* ---- the frame ---- */

static llmc_status check(const llmc__body *body, const llmc__body_form *form) {
    const llmc__target *target = body->target;
    if (target->key_required && target->token == NULL && !has_key(target))
        return llmc__error_set(body->error, LLMC_ERR_MISSING_KEY,
                               "no API key for provider \"%s\": set %s in the environment or give api_key to "
                               "llmc_client_set_provider",
                               target->name, target->key_variable != NULL ? target->key_variable : "its key variable");
    if (form->messages != NULL && body->request->message_count == 0 &&
        llmc__json_get(body->extra, form->messages) == NULL)
        return llmc__error_set(body->error, LLMC_ERR_INVALID_ARGUMENT,
                               "messages: the request has none; add one with llmc_request_add_message");
    return LLMC_OK;
}

/* As it was given. */
static llmc_status write_given(llmc__body *body) {
    const llmc__input *input = body->request->input;
    body->out->method = "GET";
    if (input == NULL || input->method == NULL)
        return LLMC_OK;
    body->out->method = strcmp(input->method, "POST") == 0 ? NULL : input->method;
    return input->body.len > 0 ? llmc__buf_append(&body->out->body, input->body.data, input->body.len) : LLMC_OK;
}

static llmc_status write_all(llmc__body *body, const llmc__body_form *form) {
    llmc_status status = form->url(body);
    body->out->method = NULL;
    if (status == LLMC_OK)
        status = write_headers(body, form);
    if (status != LLMC_OK)
        return status;
    if (form->write == NULL)
        return write_given(body);
    llmc__jsonw_begin_object(&body->json);
    form->write(body);
    llmc__body_extra(body);
    llmc__jsonw_end_object(&body->json);
    return body->json.status;
}

static const char *reason(llmc_status status) {
    switch (status) {
    case LLMC_ERR_NO_MEMORY:
        return "no memory";
    case LLMC_ERR_TOO_LARGE:
        return "it is larger than allowed";
    case LLMC_ERR_INVALID_UTF8:
        return "a text is not valid UTF-8";
    case LLMC_ERR_INVALID_JSON:
        return "extra_json is not a JSON object";
    case LLMC_ERR_INVALID_KEY:
        return "the API key has a control character";
    case LLMC_ERR_INVALID_HEADER:
        return "a header has a control character";
    default:
        return "a number is not finite";
    }
}

static llmc_status parse_extra(const llmc_request *request, llmc__json_doc **out) {
    llmc_status status = LLMC_OK;
    if (request->extra_json == NULL)
        return LLMC_OK;
    status = llmc__json_parse(request->extra_json, strlen(request->extra_json), out, NULL);
    if (status == LLMC_OK && llmc__json_type_of(llmc__json_root(*out)) != LLMC__JSON_OBJECT)
        status = LLMC_ERR_INVALID_JSON;
    return status;
}

/* What else an operation's request carries, such as a temperature, is left out in silence: it says how a chat goes. */
static bool is_chat(const llmc_request *request) {
    return request->op == LLMC__OP_CHAT || request->op == LLMC__OP_COUNT_TOKENS;
}

llmc_status llmc__body_encode(llmc__body *body, const llmc__body_form *form) {
    llmc__json_doc *extra = NULL;
    llmc_status status = parse_extra(body->request, &extra);

    body->out->stream = body->stream;
    llmc__jsonw_init(&body->json, &body->out->body);
    if (status == LLMC_OK) {
        body->extra = llmc__json_root(extra);
        status = check(body, form);
    }
    if (status == LLMC_OK && is_chat(body->request))
        status = llmc__provider_fields(body->target, body->request, &body->fields, body->error);
    if (status == LLMC_OK)
        status = write_all(body, form);
    if (status != LLMC_OK && body->error->status == LLMC_OK)
        llmc__error_set(body->error, status, "the request for provider \"%s\" could not be written: %s",
                        body->target->name, reason(status));
    llmc__json_free(extra);
    return status;
}
