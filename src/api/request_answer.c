/* An answer becomes a message of the next request. */
#include <string.h>
#include "api/argument.h"
#include "api/request_parts.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/error.h"
#include "model/response.h"
#include "wire/json.h"
#include "wire/jsonform.h"

static llmc_status check_response(const llmc_request *request, const llmc_response *response, bool mend) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (response == NULL)
        return llmc__argument_null("response");
    const llmc__choice *first = &response->first;
    for (size_t i = 0; i < first->tool_count && !mend; i++)
        if (!first->tools[i].ended || first->tools[i].name == NULL)
            return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                    "response: its tool call %zu (%.64s) is not complete and must not be answered", i,
                                    first->tools[i].name != NULL ? first->tools[i].name : "no name");
    if (first->text.len == 0 && first->refusal.len == 0 && first->tool_count == 0 && response->replay.len == 0)
        return llmc__argument_refuse("response: has no text and no tool calls");
    return LLMC_OK;
}

/* A refusal stands for the text where there is none. */
static const llmc__buf *text_of(const llmc_response *response) {
    return response->first.text.len > 0 ? &response->first.text : &response->first.refusal;
}

/* "[...]" around the members that came. */
static bool make_replay(const llmc_response *response, llmc__part *part) {
    llmc__buf json;
    llmc__buf_init(&json, SIZE_MAX);
    *part = (llmc__part){.kind = LLMC__PART_REPLAY, .origin = llmc__mem_strdup(response->replay_origin)};
    bool good = part->origin != NULL && llmc__buf_append_char(&json, '[') == LLMC_OK &&
                llmc__buf_append(&json, response->replay.data, response->replay.len) == LLMC_OK &&
                llmc__buf_append_char(&json, ']') == LLMC_OK;
    if (good)
        part->text = llmc__buf_take(&json, &part->text_len);
    llmc__buf_free(&json);
    return good && part->text != NULL;
}

static bool is_object(const llmc__buf *text) {
    const char *start = llmc__buf_str(text);
    return start[strspn(start, " \t\r\n")] == '{' && llmc__json_valid(start, text->len, NULL);
}

/* Text that is no JSON object, in one. */
static bool wrap_text(const char *name, const llmc__buf *input, llmc__part *part) {
    llmc__jsonw json;
    llmc__buf text;
    llmc__buf_init(&text, SIZE_MAX);
    llmc__jsonw_init(&json, &text);
    llmc__jsonform_write(&json, "{%n%t}", name, llmc__buf_str(input), input->len);
    if (json.status == LLMC_OK)
        part->text = llmc__buf_take(&text, &part->text_len);
    llmc__buf_free(&text);
    return part->text != NULL;
}

static bool make_call(const llmc__tool_call *call, llmc__part *part) {
    *part = (llmc__part){.kind = LLMC__PART_TOOL_CALL,
                         .id = llmc__mem_strdup(call->id != NULL ? call->id : ""),
                         .name = llmc__mem_strdup(call->name != NULL ? call->name : "unnamed")};
    if (part->id == NULL || part->name == NULL)
        return false;
    if (call->arguments.len == 0)
        return llmc__request_parts_fill(part, "{}", 2);
    if (is_object(&call->arguments))
        return llmc__request_parts_fill(part, call->arguments.data, call->arguments.len);
    /* The input of a custom tool (Responses API) is any text; for all others it is an argument of that name. */
    return wrap_text(call->ended ? "input" : LLMC__REQUEST_BROKEN_ARGUMENTS, &call->arguments, part);
}

/* Behind the message that was begun, or the first of it. Not `made`: there was no memory for all of the part. */
static bool add(llmc_request *request, bool *begun, llmc__part *part, bool made) {
    if (!made) {
        llmc__part_clear(part);
        return false;
    }
    llmc_status status = *begun ? llmc__request_parts_append(request, "response", part)
                                : llmc__request_parts_begin(request, "response", LLMC_ROLE_ASSISTANT, part);
    *begun = *begun || status == LLMC_OK;
    return status == LLMC_OK;
}

static bool make_text(const llmc__buf *text, llmc__part *part) {
    *part = (llmc__part){.kind = LLMC__PART_TEXT};
    return llmc__request_parts_fill(part, text->data, text->len);
}

static bool add_parts(llmc_request *request, const llmc_response *response, bool *begun) {
    llmc__part part;
    const llmc__buf *text = text_of(response);
    bool good = true;
    if (response->replay.len > 0)
        good = add(request, begun, &part, make_replay(response, &part));
    if (good && text->len > 0)
        good = add(request, begun, &part, make_text(text, &part));
    for (size_t i = 0; i < response->first.tool_count && good; i++)
        good = add(request, begun, &part, make_call(&response->first.tools[i], &part));
    return good;
}

llmc_status llmc__request_add_answer(llmc_request *request, const llmc_response *response, bool mend) {
    bool begun = false;
    llmc_status status = check_response(request, response, mend);
    if (status != LLMC_OK)
        return status;
    bool tool_added_last = request->tool_added_last;
    if (response->replay.len == 0 && response->first.tool_count == 0) {
        const llmc__buf *text = text_of(response);
        return llmc_request_add_message_n(request, LLMC_ROLE_ASSISTANT, text->data, text->len);
    }
    if (add_parts(request, response, &begun))
        return LLMC_OK;
    if (begun)
        llmc__request_drop_message(request);
    request->tool_added_last = tool_added_last;
    return llmc__argument_no_memory("response");
}

llmc_status llmc_request_add_response(llmc_request *request, const llmc_response *response) {
    return llmc__request_add_answer(request, response, false);
}
