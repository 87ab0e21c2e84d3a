/* Request -> POST {base_url}/chat/completions, as https://platform.openai.com/docs/api-reference/chat describes it. */
#include "base/str.h"
#include "provider/openai.h"
#include "provider/sampling.h"

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

bool llmc__openai_is_host(const char *base_url) {
    static const char host[] = "https://api.openai.com";
    return llmc__str_starts(base_url, host) && (base_url[sizeof host - 1] == '\0' || base_url[sizeof host - 1] == '/');
}

static bool takes_completion_tokens(const char *model, const char *base_url) {
    if (llmc__str_starts(model, "ft:")) /* a fine-tuned model is named after its base: ft:gpt-4o-mini:org::id */
        model += 3;
    for (size_t i = 0; i < sizeof completion_tokens_models / sizeof completion_tokens_models[0]; i++)
        if (matches_prefix(model, completion_tokens_models[i].prefix))
            return !completion_tokens_models[i].only_at_openai || llmc__openai_is_host(base_url);
    return false;
}

/* Without include_usage a stream never tells its token counts. */
static void write_stream(llmc__body *w) {
    llmc__body_bool(w, "stream", true, true);
    llmc__body_raw(w, "stream_options", "{\"include_usage\":true}");
}

static const char *name_of_max_tokens(const llmc__body *w) {
    uint32_t quirks = w->target->row != NULL ? w->target->row->quirks : 0;
    if ((quirks & LLMC__QUIRK_MAX_TOKENS_OLD) != 0)
        return "max_tokens";
    bool is_new = (quirks & LLMC__QUIRK_MAX_TOKENS_NEW) != 0 || takes_completion_tokens(w->model, w->target->base_url);
    return is_new ? "max_completion_tokens" : "max_tokens";
}

/* The caller who names the limit in the other spelling must not end up with both. */
static void write_max_tokens(llmc__body *w) {
    if (llmc__json_get(w->extra, "max_tokens") == NULL && llmc__json_get(w->extra, "max_completion_tokens") == NULL)
        llmc__sampling_put(w, LLMC__SAMPLING_MAX_TOKENS, name_of_max_tokens(w));
}

static void write_answer(llmc__body *w) {
    const llmc_request *request = w->request;
    bool logprobs = llmc__body_wants(w, LLMC__FIELD_LOGPROBS);
    llmc__body_bool(w, "logprobs", logprobs, true);
    llmc__body_int(w, "top_logprobs", logprobs && request->top_logprobs > 0, request->top_logprobs);
    if (llmc__openai_has_format(w) && llmc__body_open(w, "response_format"))
        llmc__openai_write_format(w, false);
    if (llmc__body_wants(w, LLMC__FIELD_REASONING_EFFORT))
        llmc__body_str(w, "reasoning_effort", llmc__openai_effort_name(request->reasoning_effort));
}

void llmc__openai_write_chat(llmc__body *w) {
    llmc__body_str(w, "model", w->model);
    llmc__openai_write_messages(w);
    llmc__sampling_put_plain(w, LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K |
                                    LLMC__FIELD_FREQUENCY_PENALTY | LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED);
    write_max_tokens(w);
    llmc__sampling_put_plain(w, LLMC__FIELD_STOP | LLMC__FIELD_N);
    write_answer(w);
    llmc__openai_write_tools(w, false);
    llmc__openai_write_labels(w);
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

llmc_status llmc__openai_encode(llmc__body *body) {
    static const llmc__body_form chat = {"messages", write_url, llmc__openai_headers, llmc__openai_write_chat};
    return llmc__body_encode(body, &chat);
}
