/* A finished answer told again as a stream. */
#include "model/response_replay.h"

typedef struct replay {
    const llmc_response *response;
    llmc__replay_fn emit;
    void *ctx;
} replay;

static llmc_status tell(const replay *r, const llmc_event *event) {
    return r->emit(r->ctx, event);
}

static const llmc__choice *choice_at(const llmc_response *response, size_t index) {
    return index == 0 ? &response->first : &response->others[index - 1];
}

static bool choice_empty(const llmc__choice *choice) {
    return choice->text.len == 0 && choice->reasoning.len == 0 && choice->refusal.len == 0 && choice->tool_count == 0 &&
           choice->finish == LLMC_FINISH_NONE && choice->finish_raw == NULL;
}

/* An adapter tells START before anything else, so an answer with content has had one, even if it named nothing. */
static bool has_started(const llmc_response *response) {
    return response->model != NULL || response->id != NULL || response->other_count > 0 || response->opaque_count > 0 ||
           !choice_empty(&response->first);
}

static llmc_status tell_start(const replay *r) {
    llmc_event event = {.kind = LLMC_EVENT_START, .model = r->response->model, .id = r->response->id};
    return has_started(r->response) ? tell(r, &event) : LLMC_OK;
}

static llmc_status tell_text(const replay *r, llmc_event_kind kind, size_t choice, const llmc__buf *text) {
    llmc_event event = {.kind = kind, .choice = choice, .text = llmc__buf_str(text), .text_len = text->len};
    return text->len > 0 ? tell(r, &event) : LLMC_OK;
}

static llmc_status tell_opaques(const replay *r, llmc_event_kind one, llmc_event_kind other) {
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i < r->response->opaque_count && status == LLMC_OK; i++) {
        const llmc__opaque *opaque = &r->response->opaques[i];
        llmc_event event = {.kind = opaque->kind, .text = opaque->text, .text_len = opaque->len};
        if (opaque->kind == one || opaque->kind == other)
            status = tell(r, &event);
    }
    return status;
}

/* A call that has not ended is told without its end: it must not be run. */
static llmc_status tell_tool(const replay *r, size_t choice, size_t index) {
    const llmc__tool_call *tool = &choice_at(r->response, choice)->tools[index];
    llmc_event event = {.kind = LLMC_EVENT_TOOL_CALL_START,
                        .choice = choice,
                        .tool_index = index,
                        .tool_id = tool->id,
                        .tool_name = tool->name};
    llmc_status status = tell(r, &event);
    event.text = llmc__buf_str(&tool->arguments);
    event.text_len = tool->arguments.len;
    event.kind = LLMC_EVENT_TOOL_CALL_DELTA;
    if (status == LLMC_OK && event.text_len > 0)
        status = tell(r, &event);
    event.kind = LLMC_EVENT_TOOL_CALL_END;
    return status == LLMC_OK && tool->ended ? tell(r, &event) : status;
}

static llmc_status tell_choice(const replay *r, size_t index) {
    const llmc__choice *choice = choice_at(r->response, index);
    llmc_status status = tell_text(r, LLMC_EVENT_REASONING, index, &choice->reasoning);
    if (status == LLMC_OK && index == 0)
        status = tell_opaques(r, LLMC_EVENT_SIGNATURE, LLMC_EVENT_REDACTED);
    if (status == LLMC_OK)
        status = tell_text(r, LLMC_EVENT_TEXT, index, &choice->text);
    if (status == LLMC_OK)
        status = tell_text(r, LLMC_EVENT_REFUSAL, index, &choice->refusal);
    for (size_t i = 0; i < choice->tool_count && status == LLMC_OK; i++)
        status = tell_tool(r, index, i);
    return status == LLMC_OK && index == 0 ? tell_opaques(r, LLMC_EVENT_CITATION, LLMC_EVENT_LOGPROBS) : status;
}

static llmc_status tell_choices(const replay *r) {
    size_t last = r->response->other_count;
    llmc_status status = LLMC_OK;
    for (size_t i = 0; i <= last && status == LLMC_OK; i++)
        status = tell_choice(r, i);
    if (status == LLMC_OK && last > 0 && choice_empty(choice_at(r->response, last))) {
        /* Nothing else would tell that there is such a choice. */
        llmc_event event = {.kind = LLMC_EVENT_TEXT, .choice = last, .text = ""};
        status = tell(r, &event);
    }
    return status;
}

static llmc_status tell_form(const replay *r) {
    const llmc_response *response = r->response;
    llmc_event event = {.kind = LLMC__EVENT_REPLAY,
                        .text = llmc__buf_str(&response->replay),
                        .text_len = response->replay.len,
                        .origin = response->replay_origin};
    return event.text_len > 0 || event.origin != NULL ? tell(r, &event) : LLMC_OK;
}

static llmc_status tell_usage(const replay *r) {
    const llmc__usage *usage = &r->response->usage;
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = *usage};
    bool known = usage->tokens_in >= 0 || usage->tokens_out >= 0 || usage->total >= 0 || usage->cached >= 0 ||
                 usage->cache_write >= 0 || usage->reasoning >= 0;
    return known ? tell(r, &event) : LLMC_OK;
}

static llmc_status tell_finish(const replay *r, size_t index) {
    const llmc__choice *choice = choice_at(r->response, index);
    llmc_event event = {
        .kind = LLMC_EVENT_FINISH, .choice = index, .finish = choice->finish, .finish_raw = choice->finish_raw};
    return choice->finish != LLMC_FINISH_NONE || choice->finish_raw != NULL ? tell(r, &event) : LLMC_OK;
}

llmc_status llmc__response_replay(const llmc_response *response, llmc__replay_fn emit, void *ctx) {
    const replay r = {response, emit, ctx};
    llmc_status status = tell_start(&r);
    if (status == LLMC_OK)
        status = tell_choices(&r);
    if (status == LLMC_OK)
        status = tell_form(&r);
    if (status == LLMC_OK)
        status = tell_usage(&r);
    for (size_t i = 0; i <= response->other_count && status == LLMC_OK; i++)
        status = tell_finish(&r, i);
    return status;
}
