/* Deep copy of an answer. What is copied is counted as it is made, so that a copy that breaks off can be freed. */
#include <string.h>
#include "base/mem.h"
#include "model/response_replay.h"

static bool copy_text(char **slot, const char *text) {
    char *copy = llmc__mem_strdup(text);
    if (text != NULL && copy == NULL)
        return false;
    llmc__mem_free(*slot);
    *slot = copy;
    return true;
}

/* Exactly as large as the content: a copy is never written to again. */
static bool copy_buf(llmc__buf *to, const llmc__buf *from) {
    to->max = from->max;
    if (from->len == 0)
        return true;
    to->data = llmc__mem_alloc(from->len + 1);
    if (to->data == NULL)
        return false;
    memcpy(to->data, from->data, from->len);
    to->data[from->len] = '\0';
    to->len = from->len;
    to->cap = from->len + 1;
    return true;
}

static bool copy_tools(llmc__choice *to, const llmc__choice *from) {
    if (from->tool_count == 0)
        return true;
    to->tools = llmc__mem_calloc(from->tool_count, sizeof *to->tools);
    if (to->tools == NULL)
        return false;
    to->tool_cap = from->tool_count;
    for (size_t i = 0; i < from->tool_count; i++) {
        const llmc__tool_call *tool = &from->tools[i];
        to->tool_count = i + 1;
        to->tools[i].ended = tool->ended;
        if (!copy_text(&to->tools[i].id, tool->id) || !copy_text(&to->tools[i].name, tool->name) ||
            !copy_buf(&to->tools[i].arguments, &tool->arguments))
            return false;
    }
    return true;
}

static bool copy_own_word(llmc_response *to, char **slot, const char *text) {
    return text == NULL || llmc__response_word(to, slot, text, strlen(text));
}

static bool copy_choice(llmc_response *response, llmc__choice *to, const llmc__choice *from) {
    to->finish = from->finish;
    return copy_buf(&to->text, &from->text) && copy_buf(&to->reasoning, &from->reasoning) &&
           copy_buf(&to->refusal, &from->refusal) && copy_own_word(response, &to->finish_raw, from->finish_raw) &&
           copy_tools(to, from);
}

static bool copy_choices(llmc_response *to, const llmc_response *from) {
    if (!copy_choice(to, &to->first, &from->first))
        return false;
    if (from->other_count == 0)
        return true;
    if (llmc__response_choice(to, from->other_count) == NULL)
        return false;
    for (size_t i = 0; i < from->other_count; i++)
        if (!copy_choice(to, &to->others[i], &from->others[i]))
            return false;
    return true;
}

static bool copy_opaques(llmc_response *to, const llmc_response *from) {
    if (from->opaque_count == 0)
        return true;
    to->opaques = llmc__mem_calloc(from->opaque_count, sizeof *to->opaques);
    if (to->opaques == NULL)
        return false;
    to->opaque_cap = from->opaque_count;
    for (size_t i = 0; i < from->opaque_count; i++) {
        const llmc__opaque *opaque = &from->opaques[i];
        char *text = llmc__mem_strndup(opaque->text, opaque->len);
        if (text == NULL)
            return false;
        to->opaques[to->opaque_count++] = (llmc__opaque){opaque->kind, text, opaque->len};
    }
    return true;
}

static bool copy_error(llmc_error *to, const llmc_error *from) {
    to->status = from->status;
    to->http_status = from->http_status;
    to->retryable = from->retryable;
    to->retry_after_ms = from->retry_after_ms;
    return copy_text(&to->message, from->message) && copy_text(&to->provider_type, from->provider_type) &&
           copy_text(&to->provider_code, from->provider_code) &&
           copy_text(&to->provider_message, from->provider_message) &&
           copy_text(&to->provider_param, from->provider_param);
}

static bool copy_attempts(llmc_response *to, const llmc_response *from) {
    for (const llmc__attempt_node *node = from->attempts; node != NULL; node = node->next)
        if (!llmc__response_add_attempt(to, &node->data))
            return false;
    return true;
}

static bool copy_words(llmc_response *to, const llmc_response *from) {
    return copy_own_word(to, &to->provider, from->provider) && copy_own_word(to, &to->model, from->model) &&
           copy_own_word(to, &to->id, from->id) && copy_own_word(to, &to->request_id, from->request_id) &&
           copy_text(&to->replay_origin, from->replay_origin);
}

llmc_status llmc__response_copy(llmc_response *to, const llmc_response *from) {
    to->max_bytes = from->max_bytes;
    to->status = from->status;
    to->usage = from->usage;
    to->cost_usd = from->cost_usd;
    to->cost = from->cost;
    to->from_cache = from->from_cache;
    to->result = llmc__result_ref(from->result);
    if (copy_words(to, from) && copy_error(&to->error, &from->error) && copy_choices(to, from) &&
        copy_opaques(to, from) && copy_buf(&to->replay, &from->replay) && copy_buf(&to->raw_body, &from->raw_body) &&
        copy_buf(&to->headers, &from->headers) && copy_attempts(to, from))
        return LLMC_OK;
    llmc__response_reset(to);
    return LLMC_ERR_NO_MEMORY;
}
