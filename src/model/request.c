#include "model/request.h"

#include <string.h>
#include "base/mem.h"

/* Copies an optional string; false when there is no memory. */
static bool copy_text(char **slot, const char *text) {
    *slot = llmc__mem_strdup(text);
    return text == NULL || *slot != NULL;
}

/* Bytes of any kind, terminated. */
static bool copy_bytes(char **slot, const char *bytes, size_t len) {
    if (bytes == NULL)
        return true;
    *slot = llmc__mem_alloc(len + 1);
    if (*slot == NULL)
        return false;
    memcpy(*slot, bytes, len);
    (*slot)[len] = '\0';
    return true;
}

static bool copy_part(llmc__part *to, const llmc__part *from) {
    *to = *from;
    to->text = to->mime = to->name = to->id = to->origin = NULL;
    return copy_bytes(&to->text, from->text, from->text_len) && copy_text(&to->mime, from->mime) &&
           copy_text(&to->name, from->name) && copy_text(&to->id, from->id) && copy_text(&to->origin, from->origin);
}

static bool copy_message(llmc__message *to, const llmc__message *from) {
    to->role = from->role;
    to->cache_mark = from->cache_mark;
    to->text_len = from->text_len;
    if (!copy_bytes(&to->text, from->text, from->text_len))
        return false;
    if (from->part_count == 0)
        return true;
    to->parts = llmc__mem_calloc(from->part_count, sizeof *to->parts);
    if (to->parts == NULL)
        return false;
    to->part_cap = from->part_count;
    for (size_t i = 0; i < from->part_count; i++) {
        to->part_count = i + 1; /* counted first: what was copied of it is freed */
        if (!copy_part(&to->parts[i], &from->parts[i]))
            return false;
    }
    return true;
}

static bool copy_messages(llmc_request *to, const llmc_request *from) {
    if (from->message_count == 0)
        return true;
    to->messages = llmc__mem_calloc(from->message_count, sizeof *to->messages);
    if (to->messages == NULL)
        return false;
    to->message_cap = from->message_count;
    for (size_t i = 0; i < from->message_count; i++) {
        to->message_count = i + 1;
        if (!copy_message(&to->messages[i], &from->messages[i]))
            return false;
    }
    return true;
}

static bool copy_tools(llmc_request *to, const llmc_request *from) {
    if (from->tool_count == 0)
        return true;
    to->tools = llmc__mem_calloc(from->tool_count, sizeof *to->tools);
    if (to->tools == NULL)
        return false;
    to->tool_cap = from->tool_count;
    for (size_t i = 0; i < from->tool_count; i++) {
        const llmc__tool *tool = &from->tools[i];
        to->tool_count = i + 1;
        to->tools[i].strict = tool->strict;
        to->tools[i].cache_mark = tool->cache_mark;
        if (!copy_text(&to->tools[i].name, tool->name) || !copy_text(&to->tools[i].description, tool->description) ||
            !copy_text(&to->tools[i].schema, tool->schema))
            return false;
    }
    return true;
}

static bool copy_list(char ***to, size_t *to_count, char *const *from, size_t count) {
    if (count == 0)
        return true;
    *to = llmc__mem_calloc(count, sizeof **to);
    if (*to == NULL)
        return false;
    for (; *to_count < count; (*to_count)++)
        if (!copy_text(&(*to)[*to_count], from[*to_count]))
            return false;
    return true;
}

static bool copy_pairs(llmc__header **to, size_t *to_count, const llmc__header *from, size_t count) {
    if (count == 0)
        return true;
    *to = llmc__mem_calloc(count, sizeof **to);
    if (*to == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        *to_count = i + 1; /* counted first: free copes with NULL names and values */
        if (!copy_text(&(*to)[i].name, from[i].name) || !copy_text(&(*to)[i].value, from[i].value))
            return false;
    }
    return true;
}

/* Takes back what was copied as scalars and belongs to the original. */
static void disown(llmc_request *copy) {
    copy->model = copy->user = copy->extra_json = NULL;
    copy->tool_choice_name = copy->schema_name = copy->schema = copy->service_tier = copy->tenant = NULL;
    copy->messages = NULL;
    copy->stops = copy->fallbacks = NULL;
    copy->headers = copy->metadata = NULL;
    copy->tools = NULL;
    copy->input = NULL;
    copy->message_count = copy->message_cap = copy->stop_count = copy->header_count = copy->fallback_count = 0;
    copy->metadata_count = copy->tool_count = copy->tool_cap = 0;
}

static bool copy_texts(llmc_request *to, const llmc_request *from) {
    return copy_text(&to->model, from->model) && copy_text(&to->user, from->user) &&
           copy_text(&to->extra_json, from->extra_json) && copy_text(&to->tool_choice_name, from->tool_choice_name) &&
           copy_text(&to->schema_name, from->schema_name) && copy_text(&to->schema, from->schema) &&
           copy_text(&to->service_tier, from->service_tier) && copy_text(&to->tenant, from->tenant);
}

llmc_request *llmc__request_copy(const llmc_request *request) {
    llmc_request *copy = llmc__mem_alloc(sizeof *copy);
    if (copy == NULL)
        return NULL;
    *copy = *request; /* the scalars; what is owned is replaced below */
    disown(copy);
    if (!copy_texts(copy, request) || !copy_messages(copy, request) ||
        !copy_list(&copy->stops, &copy->stop_count, request->stops, request->stop_count) ||
        !copy_list(&copy->fallbacks, &copy->fallback_count, request->fallbacks, request->fallback_count) ||
        !copy_tools(copy, request) ||
        !copy_pairs(&copy->headers, &copy->header_count, request->headers, request->header_count) ||
        !copy_pairs(&copy->metadata, &copy->metadata_count, request->metadata, request->metadata_count)) {
        llmc__request_free(copy);
        return NULL;
    }
    copy->input = llmc__input_ref(request->input);
    return copy;
}

llmc_request *llmc__request_for(const char *model, const llmc_request *settings, llmc__op op, llmc__input *input) {
    llmc_request plain = {.parallel_tools = -1};
    if (settings != NULL)
        plain = *settings; /* lent to the copy */
    plain.messages = NULL;
    plain.message_count = plain.message_cap = 0;
    plain.model = (char *)(uintptr_t)model;
    plain.op = op;
    plain.input = input;
    return llmc__request_copy(&plain);
}

void llmc__part_clear(llmc__part *part) {
    llmc__mem_free(part->text);
    llmc__mem_free(part->mime);
    llmc__mem_free(part->name);
    llmc__mem_free(part->id);
    llmc__mem_free(part->origin);
    memset(part, 0, sizeof *part);
}

static void free_message(llmc__message *message) {
    for (size_t i = 0; i < message->part_count; i++)
        llmc__part_clear(&message->parts[i]);
    llmc__mem_free(message->parts);
    llmc__mem_free(message->text);
}

static void free_pairs(llmc__header *pairs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        llmc__mem_free(pairs[i].name);
        llmc__mem_free_secret(pairs[i].value); /* may be a key */
    }
    llmc__mem_free(pairs);
}

static void free_list(char **list, size_t count) {
    for (size_t i = 0; i < count; i++)
        llmc__mem_free(list[i]);
    llmc__mem_free(list);
}

void llmc__request_drop_tool(llmc_request *request) {
    llmc__tool *tool = &request->tools[--request->tool_count];
    llmc__mem_free(tool->name);
    llmc__mem_free(tool->description);
    llmc__mem_free(tool->schema);
}

static void free_tools(llmc_request *request) {
    while (request->tool_count > 0)
        llmc__request_drop_tool(request);
    llmc__mem_free(request->tools);
}

void llmc__request_clear_messages(llmc_request *request) {
    for (size_t i = 0; i < request->message_count; i++)
        free_message(&request->messages[i]);
    request->message_count = 0;
}

void llmc__request_drop_message(llmc_request *request) {
    free_message(&request->messages[--request->message_count]);
}

void llmc__request_free(llmc_request *request) {
    if (request == NULL)
        return;
    llmc__request_clear_messages(request);
    llmc__mem_free(request->messages);
    free_list(request->stops, request->stop_count);
    free_list(request->fallbacks, request->fallback_count);
    free_pairs(request->headers, request->header_count);
    free_pairs(request->metadata, request->metadata_count);
    free_tools(request);
    llmc__mem_free(request->model);
    llmc__mem_free(request->user);
    llmc__mem_free(request->extra_json);
    llmc__mem_free(request->tool_choice_name);
    llmc__mem_free(request->schema_name);
    llmc__mem_free(request->schema);
    llmc__mem_free(request->service_tier);
    llmc__mem_free(request->tenant);
    llmc__input_unref(request->input);
    llmc__mem_free(request);
}

/* ---- parts ---- */

__attribute__((noinline)) size_t llmc__message_parts(const llmc__message *message) {
    return message->parts != NULL ? message->part_count : 1;
}

const llmc__part *llmc__message_part(const llmc__message *message, size_t index, llmc__part *scratch) {
    if (message->parts != NULL)
        return index < message->part_count ? &message->parts[index] : NULL;
    if (index > 0)
        return NULL;
    *scratch = (llmc__part){.kind = LLMC__PART_TEXT,
                            .text = message->text,
                            .text_len = message->text_len,
                            .cache_mark = message->cache_mark};
    return scratch;
}

const llmc__part *llmc__message_replay(const llmc__message *message, const char *adapter) {
    for (size_t i = 0; i < message->part_count; i++)
        if (message->parts[i].kind == LLMC__PART_REPLAY && message->parts[i].origin != NULL &&
            strcmp(message->parts[i].origin, adapter) == 0)
            return &message->parts[i];
    return NULL;
}
