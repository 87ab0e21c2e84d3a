/* Request -> POST {base_url}/chat/completions, as https://platform.openai.com/docs/api-reference/chat describes it. */
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "provider/openai.h"
#include "wire/jsonw.h"

/*
 * Models that take max_completion_tokens. A '#' stands for a run of digits. The o-series and gpt-5 refuse max_tokens
 * wherever they are served; the older ones take both at OpenAI, but compatible servers may know only max_tokens.
 */
static const struct {
    const char *prefix;
    bool only_at_openai;
} completion_tokens_models[] = {
    {"o#", false}, {"gpt-5", false}, {"gpt-4.1", true}, {"chatgpt-4o", true}, {"gpt-4o", true},
};

static bool matches_prefix(const char *model, const char *prefix) {
    for (; *prefix != '\0'; prefix++) {
        if (*prefix != '#') {
            if (*model++ != *prefix)
                return false;
            continue;
        }
        if (*model < '0' || *model > '9')
            return false;
        while (*model >= '0' && *model <= '9')
            model++;
    }
    return true;
}

static bool is_openai_host(const char *base_url) {
    static const char host[] = "https://api.openai.com";
    return llmc__str_starts(base_url, host) && (base_url[sizeof host - 1] == '\0' || base_url[sizeof host - 1] == '/');
}

static bool takes_completion_tokens(const char *model, const char *base_url) {
    if (llmc__str_starts(model, "ft:")) /* a fine-tuned model is named after its base: ft:gpt-4o-mini:org::id */
        model += 3;
    for (size_t i = 0; i < sizeof completion_tokens_models / sizeof completion_tokens_models[0]; i++)
        if (matches_prefix(model, completion_tokens_models[i].prefix))
            return !completion_tokens_models[i].only_at_openai || is_openai_host(base_url);
    return false;
}

bool llmc__openai_body_open(llmc__openai_body *w, const char *name) {
    if (llmc__json_get(w->extra, name) != NULL)
        return false;
    llmc__jsonw_name(&w->json, name);
    return true;
}

void llmc__openai_body_str(llmc__openai_body *w, const char *name, const char *value) {
    if (value != NULL && llmc__openai_body_open(w, name))
        llmc__jsonw_str(&w->json, value);
}

void llmc__openai_body_double(llmc__openai_body *w, const char *name, bool has, double value) {
    if (has && llmc__openai_body_open(w, name))
        llmc__jsonw_double(&w->json, value);
}

void llmc__openai_body_int(llmc__openai_body *w, const char *name, bool has, int64_t value) {
    if (has && llmc__openai_body_open(w, name))
        llmc__jsonw_int(&w->json, value);
}

const char *llmc__openai_role_name(llmc_role role) {
    switch (role) {
    case LLMC_ROLE_SYSTEM:
        return "system";
    case LLMC_ROLE_DEVELOPER:
        return "developer";
    case LLMC_ROLE_ASSISTANT:
        return "assistant";
    case LLMC_ROLE_USER:
        break;
    }
    return "user";
}

static void write_messages(llmc__openai_body *w, const llmc_request *request) {
    if (!llmc__openai_body_open(w, "messages"))
        return;
    llmc__jsonw_begin_array(&w->json);
    for (size_t i = 0; i < request->message_count; i++) {
        const llmc__message *message = &request->messages[i];
        llmc__jsonw_begin_object(&w->json);
        llmc__jsonw_name(&w->json, "role");
        llmc__jsonw_str(&w->json, llmc__openai_role_name(message->role));
        llmc__jsonw_name(&w->json, "content");
        llmc__jsonw_string(&w->json, message->text, message->text_len);
        llmc__jsonw_end_object(&w->json);
    }
    llmc__jsonw_end_array(&w->json);
}

static void write_stops(llmc__openai_body *w, const llmc_request *request) {
    if (request->stop_count == 0 || !llmc__openai_body_open(w, "stop"))
        return;
    llmc__jsonw_begin_array(&w->json);
    for (size_t i = 0; i < request->stop_count; i++)
        llmc__jsonw_str(&w->json, request->stops[i]);
    llmc__jsonw_end_array(&w->json);
}

/* Without include_usage a stream never tells its token counts. */
static void write_stream(llmc__openai_body *w) {
    if (llmc__openai_body_open(w, "stream"))
        llmc__jsonw_bool(&w->json, true);
    if (!llmc__openai_body_open(w, "stream_options"))
        return;
    llmc__jsonw_begin_object(&w->json);
    llmc__jsonw_name(&w->json, "include_usage");
    llmc__jsonw_bool(&w->json, true);
    llmc__jsonw_end_object(&w->json);
}

/* What stands between the braces of extra_json goes into the body byte for byte. */
static void write_extra(llmc__openai_body *w, const char *extra_json) {
    if (extra_json == NULL || llmc__json_first(w->extra) == NULL || w->json.status != LLMC_OK)
        return;
    const char *first = strchr(extra_json, '{') + 1;
    const char *last = strrchr(extra_json, '}');
    llmc_status status = LLMC_OK;
    if (w->json.need_comma)
        status = llmc__buf_append_char(w->json.out, ',');
    if (status == LLMC_OK)
        status = llmc__buf_append(w->json.out, first, (size_t)(last - first));
    w->json.status = status;
    w->json.need_comma = true;
}

static void write_chat(llmc__openai_body *w, const llmc__target *target, const char *model, const llmc_request *request,
                       bool stream) {
    const char *max_tokens = takes_completion_tokens(model, target->base_url) ? "max_completion_tokens" : "max_tokens";
    /* The caller who names the limit in the other spelling must not end up with both. */
    bool has_max = request->has_max_tokens && llmc__json_get(w->extra, "max_tokens") == NULL &&
                   llmc__json_get(w->extra, "max_completion_tokens") == NULL;
    llmc__openai_body_str(w, "model", model);
    write_messages(w, request);
    llmc__openai_body_double(w, "temperature", request->has_temperature, request->temperature);
    llmc__openai_body_double(w, "top_p", request->has_top_p, request->top_p);
    llmc__openai_body_double(w, "frequency_penalty", request->has_frequency_penalty, request->frequency_penalty);
    llmc__openai_body_double(w, "presence_penalty", request->has_presence_penalty, request->presence_penalty);
    llmc__openai_body_int(w, "seed", request->has_seed, request->seed);
    llmc__openai_body_int(w, max_tokens, has_max, request->max_tokens);
    write_stops(w, request);
    llmc__openai_body_str(w, "user", request->user);
    if (stream)
        write_stream(w);
}

static llmc_status write_bearer(const char *key, llmc__http_request *out) {
    llmc__buf value;
    llmc__buf_init(&value, (size_t)64 << 10);
    llmc_status status = llmc__buf_append_str(&value, "Bearer ");
    if (status == LLMC_OK)
        status = llmc__buf_reserve(&value, strlen(key)); /* the key comes last, so that no growth leaves a copy */
    if (status == LLMC_OK)
        status = llmc__buf_append_str(&value, key);
    if (status == LLMC_OK)
        status = llmc__http_request_header(out, "Authorization", value.data);
    if (status == LLMC_ERR_INVALID_HEADER)
        status = LLMC_ERR_INVALID_KEY;
    llmc__mem_free_secret(llmc__buf_take(&value, NULL));
    return status;
}

static llmc_status write_list(const llmc__header *headers, size_t count, llmc__http_request *out) {
    for (size_t i = 0; i < count; i++) {
        llmc_status status = llmc__http_request_header(out, headers[i].name, headers[i].value);
        if (status != LLMC_OK)
            return status;
    }
    return LLMC_OK;
}

static llmc_status write_optional(llmc__http_request *out, const char *name, const char *value) {
    return value != NULL && value[0] != '\0' ? llmc__http_request_header(out, name, value) : LLMC_OK;
}

/* The request's own lines come last and so replace the others of their name. */
static llmc_status write_headers(const llmc__target *target, const llmc_request *request, bool stream,
                                 llmc__http_request *out) {
    llmc_status status = llmc__http_request_header(out, "Content-Type", "application/json");
    if (status == LLMC_OK)
        status = llmc__http_request_header(out, "Accept", stream ? "text/event-stream" : "application/json");
    if (status == LLMC_OK && target->api_key != NULL && target->api_key[0] != '\0')
        status = write_bearer(target->api_key, out);
    if (status == LLMC_OK)
        status = write_optional(out, "OpenAI-Organization", target->organization);
    if (status == LLMC_OK)
        status = write_optional(out, "OpenAI-Project", target->project);
    if (status == LLMC_OK)
        status = write_list(target->headers, target->header_count, out);
    if (status == LLMC_OK)
        status = write_list(request->headers, request->header_count, out);
    return status;
}

static llmc_status check(const llmc__openai_form *form, const llmc__target *target, const llmc_request *request,
                         const llmc__json *extra, llmc_error *error) {
    if (target->key_required && (target->api_key == NULL || target->api_key[0] == '\0')) {
        llmc__error_set(error, LLMC_ERR_MISSING_KEY,
                        "no API key for provider \"%s\": set %s in the environment or give api_key to "
                        "llmc_client_set_provider",
                        target->name, target->key_variable != NULL ? target->key_variable : "its key variable");
        return LLMC_ERR_MISSING_KEY;
    }
    if (request->message_count == 0 && llmc__json_get(extra, form->messages) == NULL) {
        llmc__error_set(error, LLMC_ERR_INVALID_ARGUMENT,
                        "messages: the request has none; add one with llmc_request_add_message");
        return LLMC_ERR_INVALID_ARGUMENT;
    }
    return LLMC_OK;
}

static llmc_status write_all(const llmc__openai_form *form, const llmc__target *target, const char *model,
                             const llmc_request *request, bool stream, const llmc__json *extra,
                             llmc__http_request *out) {
    llmc__openai_body writer = {.extra = extra};
    llmc__jsonw_init(&writer.json, &out->body);
    llmc_status status = llmc__buf_append_str(&out->url, target->base_url);
    if (status == LLMC_OK)
        status = llmc__buf_append_str(&out->url, form->path);
    if (status == LLMC_OK)
        status = write_headers(target, request, stream, out);
    if (status != LLMC_OK)
        return status;
    llmc__jsonw_begin_object(&writer.json);
    form->write(&writer, target, model, request, stream);
    write_extra(&writer, request->extra_json);
    llmc__jsonw_end_object(&writer.json);
    return writer.json.status;
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

llmc_status llmc__openai_encode_form(const llmc__openai_form *form, const llmc__target *target, const char *model,
                                     const llmc_request *request, bool stream, llmc__http_request *out,
                                     llmc_error *error) {
    llmc__json_doc *extra = NULL;
    llmc_status status = LLMC_OK;

    out->stream = stream;
    if (request->extra_json != NULL)
        status = llmc__json_parse(request->extra_json, strlen(request->extra_json), &extra, NULL);
    if (status != LLMC_OK)
        goto done;
    const llmc__json *root = llmc__json_root(extra);
    if (extra != NULL && llmc__json_type_of(root) != LLMC__JSON_OBJECT)
        status = LLMC_ERR_INVALID_JSON;
    if (status == LLMC_OK)
        status = check(form, target, request, root, error);
    if (status == LLMC_OK)
        status = write_all(form, target, model, request, stream, root, out);
done:
    if (status != LLMC_OK && error->status == LLMC_OK)
        llmc__error_set(error, status, "the request for provider \"%s\" could not be written: %s", target->name,
                        reason(status));
    llmc__json_free(extra);
    return status;
}

llmc_status llmc__openai_encode(const llmc__target *target, const char *model, const llmc_request *request, bool stream,
                                llmc__http_request *out, llmc_error *error) {
    static const llmc__openai_form chat = {"/chat/completions", "messages", write_chat};
    return llmc__openai_encode_form(&chat, target, model, request, stream, out, error);
}
