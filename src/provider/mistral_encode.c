/* Request -> POST {base_url}/chat/completions, as https://docs.mistral.ai/api/endpoint/chat describes it. */
#include <string.h>
#include "base/hash.h"
#include "base/mem.h"
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

static bool has_id(const llmc__part *part) {
    return part->id != NULL && (part->kind == LLMC__PART_TOOL_CALL || part->kind == LLMC__PART_TOOL_RESULT);
}

static bool has_foreign_ids(const llmc_request *request) {
    for (size_t i = 0; i < request->message_count; i++)
        for (size_t k = 0; k < request->messages[i].part_count; k++) {
            const llmc__part *part = &request->messages[i].parts[k];
            if (has_id(part) && !is_good_id(part->id))
                return true;
        }
    return false;
}

/* False: no memory. */
static bool map_ids(llmc_request *request) {
    for (size_t i = 0; i < request->message_count; i++)
        for (size_t k = 0; k < request->messages[i].part_count; k++) {
            llmc__part *part = &request->messages[i].parts[k];
            char id[LLMC__MISTRAL_ID_LEN + 1];
            if (!has_id(part))
                continue;
            llmc__mistral_id(part->id, id);
            char *mapped = llmc__mem_strdup(id);
            if (mapped == NULL)
                return false;
            llmc__mem_free(part->id);
            part->id = mapped;
        }
    return true;
}

/* Ids of calls that another provider made are mapped, in a copy: the request is the caller's. */
llmc_status llmc__mistral_encode(llmc__body *body) {
    static const llmc__body_form chat = {"messages", write_url, llmc__openai_headers, write_chat};
    if (!has_foreign_ids(body->request))
        return llmc__body_encode(body, &chat);
    llmc_request *mapped = llmc__request_copy(body->request);
    llmc_status status = LLMC_ERR_NO_MEMORY;
    body->request = mapped;
    if (mapped != NULL && map_ids(mapped))
        status = llmc__body_encode(body, &chat);
    else
        llmc__error_set(body->error, status, "no memory for the request to provider \"%s\"", body->target->name);
    llmc__request_free(mapped);
    return status;
}
