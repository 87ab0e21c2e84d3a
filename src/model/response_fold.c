/* Events into the answer. Runs for each piece of a stream: text only grows its buffer. */
#include <string.h>
#include "base/mem.h"
#include "model/response.h"

/* More calls than any model makes; keeps a hostile index from taking memory. */
#define MAX_TOOLS 1024

/* A copy of text that is there; what is absent leaves the old word. */
static llmc_status keep_word(char **slot, const char *text) {
    if (text == NULL || text[0] == '\0')
        return LLMC_OK;
    char *copy = llmc__mem_strdup(text);
    if (copy == NULL)
        return LLMC_ERR_NO_MEMORY;
    llmc__mem_free(*slot);
    *slot = copy;
    return LLMC_OK;
}

static llmc_status keep_own_word(llmc_response *response, char **slot, const char *text) {
    if (text == NULL || text[0] == '\0')
        return LLMC_OK;
    return llmc__response_word(response, slot, text, strlen(text)) ? LLMC_OK : LLMC_ERR_NO_MEMORY;
}

static llmc_status fold_start(llmc_response *response, const llmc_event *event) {
    llmc_status status = keep_own_word(response, &response->model, event->model);
    return status != LLMC_OK ? status : keep_own_word(response, &response->id, event->id);
}

static void keep_count(int64_t *slot, int64_t count) {
    if (count >= 0)
        *slot = count;
}

static void fold_usage(llmc__usage *usage, const llmc__usage *news) {
    keep_count(&usage->tokens_in, news->tokens_in);
    keep_count(&usage->tokens_out, news->tokens_out);
    keep_count(&usage->total, news->total);
    keep_count(&usage->cached, news->cached);
    keep_count(&usage->cache_write, news->cache_write);
    keep_count(&usage->reasoning, news->reasoning);
    keep_count(&usage->audio_in, news->audio_in);
    keep_count(&usage->audio_cached, news->audio_cached);
    keep_count(&usage->audio_out, news->audio_out);
    keep_count(&usage->billed_in, news->billed_in);
    keep_count(&usage->billed_out, news->billed_out);
    if (news->cost_usd >= 0)
        usage->cost_usd = news->cost_usd;
}

/* The tool call at `index`, and those before it, made when they are not there yet. */
static llmc_status find_tool(llmc__choice *choice, size_t index, size_t max_bytes, llmc__tool_call **out) {
    if (index >= MAX_TOOLS)
        return LLMC_ERR_TOO_LARGE;
    if (index >= choice->tool_cap) {
        size_t cap = choice->tool_cap == 0 ? 2 : 2 * choice->tool_cap;
        cap = cap > index ? cap : index + 1;
        llmc__tool_call *tools = llmc__mem_realloc(choice->tools, cap * sizeof *tools);
        if (tools == NULL)
            return LLMC_ERR_NO_MEMORY;
        choice->tools = tools;
        choice->tool_cap = cap;
    }
    while (choice->tool_count <= index) {
        llmc__tool_call *fresh = &choice->tools[choice->tool_count++];
        memset(fresh, 0, sizeof *fresh);
        llmc__buf_init(&fresh->arguments, max_bytes);
    }
    *out = &choice->tools[index];
    return LLMC_OK;
}

static llmc_status fold_tool(llmc_response *response, llmc__choice *choice, const llmc_event *event) {
    llmc__tool_call *tool = NULL;
    llmc_status status = find_tool(choice, event->tool_index, response->max_bytes, &tool);
    if (status != LLMC_OK)
        return status;
    if (event->kind == LLMC_EVENT_TOOL_CALL_DELTA)
        return llmc__buf_append(&tool->arguments, event->text, event->text_len);
    if (event->kind == LLMC_EVENT_TOOL_CALL_START) {
        status = keep_word(&tool->id, event->tool_id);
        return status != LLMC_OK ? status : keep_word(&tool->name, event->tool_name);
    }
    tool->ended = true;
    /* An adapter whose provider sends arguments whole may leave out the deltas. */
    if (tool->arguments.len == 0 && event->text_len > 0)
        return llmc__buf_append(&tool->arguments, event->text, event->text_len);
    return LLMC_OK;
}

static llmc_status grow_opaques(llmc_response *response) {
    size_t cap = response->opaque_cap ? response->opaque_cap * 2 : 4;
    llmc__opaque *grown;
    if (response->opaque_count < response->opaque_cap)
        return LLMC_OK;
    if (cap > LLMC__MAX_OPAQUES)
        return LLMC_ERR_TOO_LARGE;
    grown = llmc__mem_realloc(response->opaques, cap * sizeof *grown);
    if (grown == NULL)
        return LLMC_ERR_NO_MEMORY;
    response->opaques = grown;
    response->opaque_cap = cap;
    return LLMC_OK;
}

static llmc_status fold_opaque(llmc_response *response, const llmc_event *event) {
    llmc_status status = grow_opaques(response);
    char *text;
    if (status != LLMC_OK)
        return status;
    if (event->text_len > response->max_bytes)
        return LLMC_ERR_TOO_LARGE;
    text = llmc__mem_strndup(event->text != NULL ? event->text : "", event->text_len);
    if (text == NULL)
        return LLMC_ERR_NO_MEMORY;
    response->opaques[response->opaque_count++] = (llmc__opaque){event->kind, text, event->text_len};
    return LLMC_OK;
}

/* Room for `more` bytes behind the log probabilities; doubles, since a stream brings them token by token. */
static llmc_status grow_logprobs(llmc_response *response, size_t more) {
    llmc__opaque *kept = &response->opaques[response->logprobs_at];
    if (kept->len > response->max_bytes || more > response->max_bytes - kept->len)
        return LLMC_ERR_TOO_LARGE;
    if (response->logprobs_cap - kept->len > more)
        return LLMC_OK;
    size_t cap = 2 * (kept->len + more) + 1;
    char *text = llmc__mem_realloc(kept->text, cap);
    if (text == NULL)
        return LLMC_ERR_NO_MEMORY;
    kept->text = text;
    response->logprobs_cap = cap;
    return LLMC_OK;
}

/* The array that collects them, made when it is not there yet. */
static llmc_status find_logprobs(llmc_response *response) {
    static const llmc_event empty = {.kind = LLMC_EVENT_LOGPROBS, .text = "[]", .text_len = 2};
    const llmc__opaque *kept = llmc__response_opaque(response, LLMC_EVENT_LOGPROBS, 0);
    if (response->logprobs_cap > 0)
        return LLMC_OK;
    if (kept == NULL) {
        llmc_status status = fold_opaque(response, &empty);
        if (status != LLMC_OK)
            return status;
        kept = &response->opaques[response->opaque_count - 1];
    }
    response->logprobs_at = (size_t)(kept - response->opaques);
    response->logprobs_cap = kept->len + 1;
    return LLMC_OK;
}

static llmc_status fold_logprobs(llmc_response *response, const llmc_event *event) {
    const char *text = event->text;
    size_t len = event->text_len;
    bool is_array = len >= 2 && text[0] == '[' && text[len - 1] == ']';
    if (is_array) {
        text++;
        len -= 2;
    }
    if (len == 0)
        return LLMC_OK;
    llmc_status status = find_logprobs(response);
    if (status == LLMC_OK)
        status = grow_logprobs(response, len + 1);
    if (status != LLMC_OK)
        return status;
    llmc__opaque *kept = &response->opaques[response->logprobs_at];
    size_t at = kept->len - 1; /* over the closing bracket */
    if (kept->len > 2)
        kept->text[at++] = ',';
    memcpy(kept->text + at, text, len);
    kept->len = at + len + 1;
    kept->text[kept->len - 1] = ']';
    kept->text[kept->len] = '\0';
    return LLMC_OK;
}

static llmc_status fold_replay(llmc_response *response, const llmc_event *event) {
    llmc_status status = keep_word(&response->replay_origin, event->origin);
    if (status == LLMC_OK && response->replay.len > 0)
        status = llmc__buf_append_char(&response->replay, ',');
    return status != LLMC_OK ? status : llmc__buf_append(&response->replay, event->text, event->text_len);
}

const llmc__opaque *llmc__response_opaque(const llmc_response *response, llmc_event_kind kind, size_t index) {
    for (size_t i = 0; i < response->opaque_count; i++)
        if (response->opaques[i].kind == kind && index-- == 0)
            return &response->opaques[i];
    return NULL;
}

llmc_status llmc__response_fold(llmc_response *response, const llmc_event *event) {
    llmc__choice *choice = llmc__response_choice(response, event->choice);
    if (choice == NULL)
        return event->choice >= LLMC__MAX_CHOICES ? LLMC_ERR_TOO_LARGE : LLMC_ERR_NO_MEMORY;
    if (event->kind == LLMC__EVENT_REPLAY)
        return event->choice == 0 ? fold_replay(response, event) : LLMC_OK;
    switch (event->kind) {
    case LLMC_EVENT_SIGNATURE:
    case LLMC_EVENT_REDACTED:
    case LLMC_EVENT_CITATION:
        return event->choice == 0 ? fold_opaque(response, event) : LLMC_OK;
    case LLMC_EVENT_LOGPROBS:
        return event->choice == 0 ? fold_logprobs(response, event) : LLMC_OK;
    case LLMC_EVENT_START:
        return fold_start(response, event);
    case LLMC_EVENT_TEXT:
        return llmc__buf_append(&choice->text, event->text, event->text_len);
    case LLMC_EVENT_REASONING:
        return llmc__buf_append(&choice->reasoning, event->text, event->text_len);
    case LLMC_EVENT_REFUSAL:
        return llmc__buf_append(&choice->refusal, event->text, event->text_len);
    case LLMC_EVENT_TOOL_CALL_START:
    case LLMC_EVENT_TOOL_CALL_DELTA:
    case LLMC_EVENT_TOOL_CALL_END:
        return fold_tool(response, choice, event);
    case LLMC_EVENT_USAGE:
        fold_usage(&response->usage, &event->usage);
        return LLMC_OK;
    case LLMC_EVENT_FINISH:
        choice->finish = event->finish;
        return keep_own_word(response, &choice->finish_raw, event->finish_raw);
    }
    return LLMC_OK;
}
