/* Tools, calls of them and what they gave. */
#include <string.h>
#include "api/argument.h"
#include "api/request_parts.h"
#include "base/mem.h"
#include "model/error.h"
#include "model/response.h"

static const char no_arguments_schema[] = "{\"type\":\"object\",\"properties\":{}}";

static llmc_status check_tool(const llmc_request *request, const char *name, const char *description,
                              const char *schema_json) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc_status status = llmc__argument_check_tool(name, description, schema_json);
    for (size_t i = 0; i < request->tool_count && status == LLMC_OK; i++)
        if (strcmp(request->tools[i].name, name) == 0)
            status = llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name: the request has a tool \"%s\" already", name);
    return status;
}

static bool make_room_for_tool(llmc_request *request) {
    return llmc__mem_make_room(&request->tools, request->tool_count, &request->tool_cap, sizeof *request->tools);
}

llmc_status llmc_request_add_tool(llmc_request *request, const char *name, const char *description,
                                  const char *schema_json) {
    llmc_status status = check_tool(request, name, description, schema_json);
    if (status != LLMC_OK)
        return status;
    llmc__tool tool = {.name = llmc__mem_strdup(name),
                       .description = llmc__mem_strdup(description),
                       .schema = llmc__mem_strdup(schema_json != NULL ? schema_json : no_arguments_schema)};
    if (tool.name == NULL || tool.schema == NULL || (description != NULL && tool.description == NULL) ||
        !make_room_for_tool(request)) {
        llmc__mem_free(tool.name);
        llmc__mem_free(tool.description);
        llmc__mem_free(tool.schema);
        return llmc__argument_no_memory("name");
    }
    request->tools[request->tool_count++] = tool;
    request->tool_added_last = true;
    return LLMC_OK;
}

llmc_status llmc_request_set_tool_strict(llmc_request *request, bool strict) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (request->tool_count == 0)
        return llmc__argument_refuse("request: has no tool yet");
    request->tools[request->tool_count - 1].strict = strict;
    return LLMC_OK;
}

llmc_status llmc_request_set_tool_choice(llmc_request *request, llmc_tool_choice choice, const char *name) {
    if (request == NULL)
        return llmc__argument_no_request();
    llmc_status status = llmc__argument_check_enum("choice", (int)choice, LLMC_TOOL_CHOICE_NAMED, "llmc_tool_choice");
    if (status != LLMC_OK)
        return status;
    if (choice == LLMC_TOOL_CHOICE_NAMED)
        status = llmc__argument_check_name("name", name);
    else if (name != NULL)
        status = llmc__argument_refuse("name: is for LLMC_TOOL_CHOICE_NAMED only");
    if (status == LLMC_OK)
        status = llmc__argument_replace("name", &request->tool_choice_name, name);
    if (status == LLMC_OK)
        request->tool_choice = choice;
    return status;
}

llmc_status llmc_request_set_parallel_tool_calls(llmc_request *request, bool parallel) {
    if (request == NULL)
        return llmc__argument_no_request();
    request->parallel_tools = parallel;
    return LLMC_OK;
}

/* ---- calls ---- */

/* A part of copies; an empty one when there is no memory, which its text tells. */
static llmc__part call_part(llmc__part_kind kind, const char *id, const char *name, const char *text, size_t len) {
    llmc__part part = {.kind = kind, .id = llmc__mem_strdup(id), .name = llmc__mem_strdup(name)};
    if (part.id == NULL || part.name == NULL || !llmc__request_parts_fill(&part, text, len))
        llmc__part_clear(&part);
    return part;
}

llmc_status llmc_request_add_tool_call(llmc_request *request, const char *id, const char *name,
                                       const char *arguments_json) {
    if (request == NULL)
        return llmc__argument_no_request();
    const char *arguments = arguments_json != NULL && arguments_json[0] != '\0' ? arguments_json : "{}";
    llmc_status status = llmc__argument_check_text("id", id);
    if (status == LLMC_OK)
        status = llmc__argument_check_name("name", name);
    if (status == LLMC_OK)
        status = llmc__argument_check_object("arguments_json", arguments);
    if (status != LLMC_OK)
        return status;
    llmc__part part = call_part(LLMC__PART_TOOL_CALL, id, name, arguments, strlen(arguments));
    if (part.text == NULL)
        return llmc__argument_no_memory("arguments_json");
    const llmc__message *last = llmc__request_parts_last(request);
    if (last != NULL && last->role == LLMC_ROLE_ASSISTANT)
        return llmc__request_parts_append(request, "arguments_json", &part);
    return llmc__request_parts_begin(request, "arguments_json", LLMC_ROLE_ASSISTANT, &part);
}

/* ---- results ---- */

static bool is_part_of_call(const llmc__part *part, llmc__part_kind kind, const char *id) {
    return part->kind == kind && part->id != NULL && strcmp(part->id, id) == 0;
}

/*
 * The call a result belongs to: the last of that id. Where ids are used again (some servers count from 0 in each
 * answer, or send none at all) it is the first one of the last message with calls that has no result yet.
 */
static const llmc__part *find_call(const llmc_request *request, const char *id) {
    size_t results = 0;
    for (size_t i = request->message_count; i-- > 0;) {
        const llmc__message *message = &request->messages[i];
        const llmc__part *found = NULL;
        for (size_t k = 0; k < message->part_count; k++) {
            results += is_part_of_call(&message->parts[k], LLMC__PART_TOOL_RESULT, id);
            if (is_part_of_call(&message->parts[k], LLMC__PART_TOOL_CALL, id)) {
                found = &message->parts[k];
                if (results-- == 0)
                    return found;
            }
        }
        if (found != NULL)
            return found;
    }
    return NULL;
}

llmc_status llmc_request_add_tool_result(llmc_request *request, const char *call_id, const char *content,
                                         bool is_error) {
    if (request == NULL)
        return llmc__argument_no_request();
    if (call_id == NULL)
        return llmc__argument_null("call_id");
    if (content == NULL)
        return llmc__argument_null("content");
    llmc_status status = llmc__argument_check_utf8("content", content, strlen(content));
    if (status != LLMC_OK)
        return status;
    const llmc__part *call = find_call(request, call_id);
    if (call == NULL)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT,
                                "call_id: the request has no tool call \"%.100s\"; add the answer that made it first, "
                                "with llmc_request_add_response or llmc_request_add_tool_call",
                                call_id);
    llmc__part part = call_part(LLMC__PART_TOOL_RESULT, call_id, call->name, content, strlen(content));
    if (part.text == NULL)
        return llmc__argument_no_memory("content");
    part.is_error = is_error;
    const llmc__message *last = llmc__request_parts_last(request);
    if (last->part_count > 0 && last->parts[last->part_count - 1].kind == LLMC__PART_TOOL_RESULT)
        return llmc__request_parts_append(request, "content", &part);
    return llmc__request_parts_begin(request, "content", LLMC_ROLE_USER, &part);
}
