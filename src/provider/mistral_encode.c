/* Request -> POST {base_url}/chat/completions, as https://docs.mistral.ai/api/endpoint/chat describes it. */
#include <string.h>
#include "base/hash.h"
#include "provider/mistral.h"
#include "provider/sampling.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static bool is_good_id(const char *id) {
    return strspn(id, letters) == LLMC__MISTRAL_ID_LEN && id[LLMC__MISTRAL_ID_LEN] == '\0';
}

void llmc__mistral_id(const char *id, char out[LLMC__MISTRAL_ID_LEN + 1]) {
    static const llmc__hash_key key = {0, 0};
    uint64_t rest = llmc__hash_sip64(key, id, strlen(id));
    bool good = is_good_id(id);
    for (size_t i = 0; i < LLMC__MISTRAL_ID_LEN; i++, rest /= sizeof letters - 1)
        out[i] = good ? id[i] : letters[rest % (sizeof letters - 1)];
    out[LLMC__MISTRAL_ID_LEN] = '\0';
}

/* Usage comes without asking, and stream_options is not known there. */
static void write_chat(llmc__body *body) {
    static const char own[] = "seed\0random_seed\0";
    const llmc_request *request = body->request;
    llmc__body_str(body, "model", body->model);
    llmc__openai_write_messages(body);
    llmc__sampling_write(body, LLMC__MISTRAL_TAKES, own, false);
    if (llmc__openai_has_format(body) && llmc__body_open(body, "response_format"))
        llmc__openai_write_format(body, false);
    if (llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT))
        llmc__body_str(body, "reasoning_effort", llmc__openai_effort_name(request->reasoning_effort));
    if (llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE) && request->tool_choice == LLMC_TOOL_CHOICE_REQUIRED) {
        llmc__body_str(body, "tool_choice", "any"); /* its word for "required" */
        body->fields &= ~(uint32_t)LLMC__FIELD_TOOL_CHOICE;
    }
    llmc__openai_write_tools(body, false);
    llmc__openai_write_labels(body);
    llmc__body_bool(body, "stream", body->stream, true);
}

static llmc_status write_url(llmc__body *body) {
    return llmc__body_url(body, "/chat/completions");
}

/* Ids of calls that another provider made are mapped. */
llmc_status llmc__mistral_encode(llmc__body *body) {
    static const llmc__body_form chat = {"messages", write_url, llmc__openai_headers, write_chat};
    body->map_id = llmc__mistral_id;
    return llmc__body_encode(body, &chat);
}
