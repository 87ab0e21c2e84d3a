/* Request -> POST {base_url}/chat/completions, as https://platform.openai.com/docs/api-reference/chat describes it. */
#include "base/str.h"
#include "provider/openai.h"

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

static void write_messages(llmc__body *w, const llmc_request *request) {
    if (!llmc__body_open(w, "messages"))
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

/* Without include_usage a stream never tells its token counts. */
static void write_stream(llmc__body *w) {
    if (llmc__body_open(w, "stream"))
        llmc__jsonw_bool(&w->json, true);
    if (!llmc__body_open(w, "stream_options"))
        return;
    llmc__jsonw_begin_object(&w->json);
    llmc__jsonw_name(&w->json, "include_usage");
    llmc__jsonw_bool(&w->json, true);
    llmc__jsonw_end_object(&w->json);
}

static void write_chat(llmc__body *w) {
    const llmc_request *request = w->request;
    const char *max_tokens =
        takes_completion_tokens(w->model, w->target->base_url) ? "max_completion_tokens" : "max_tokens";
    /* The caller who names the limit in the other spelling must not end up with both. */
    bool has_max = llmc__body_wants(w, LLMC__FIELD_MAX_TOKENS) && llmc__json_get(w->extra, "max_tokens") == NULL &&
                   llmc__json_get(w->extra, "max_completion_tokens") == NULL;
    llmc__body_str(w, "model", w->model);
    write_messages(w, request);
    llmc__body_double(w, "temperature", llmc__body_wants(w, LLMC__FIELD_TEMPERATURE), request->temperature);
    llmc__body_double(w, "top_p", llmc__body_wants(w, LLMC__FIELD_TOP_P), request->top_p);
    llmc__body_double(w, "frequency_penalty", llmc__body_wants(w, LLMC__FIELD_FREQUENCY_PENALTY),
                      request->frequency_penalty);
    llmc__body_double(w, "presence_penalty", llmc__body_wants(w, LLMC__FIELD_PRESENCE_PENALTY),
                      request->presence_penalty);
    llmc__body_int(w, "seed", llmc__body_wants(w, LLMC__FIELD_SEED), request->seed);
    llmc__body_int(w, max_tokens, has_max, request->max_tokens);
    llmc__body_stops(w, "stop");
    llmc__body_str(w, "user", request->user);
    if (w->stream)
        write_stream(w);
}

llmc_status llmc__openai_headers(llmc__body *w) {
    llmc_status status = llmc__body_header_key(w, "Authorization", "Bearer ");
    if (status == LLMC_OK)
        status = llmc__body_header(w, "OpenAI-Organization", w->target->organization);
    if (status == LLMC_OK)
        status = llmc__body_header(w, "OpenAI-Project", w->target->project);
    return status;
}

static llmc_status write_url(llmc__body *w) {
    return llmc__body_url(w, "/chat/completions");
}

llmc_status llmc__openai_encode(const llmc__target *target, const char *model, const llmc_request *request, bool stream,
                                llmc__http_request *out, llmc_error *error) {
    static const llmc__body_form chat = {"messages", write_url, llmc__openai_headers, write_chat};
    return llmc__body_encode(&chat, target, model, request, stream, out, error);
}
