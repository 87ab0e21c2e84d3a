/* The toolbox: functions by name. Counted, so that runs keep it when its owner lets go. */
#include <string.h>

#include "api/argument.h"
#include "api/run.h"
#include "base/mem.h"
#include "model/error.h"
#include "model/request.h"

#define MAX_TOOLS 1024

llmc_status llmc_tools_new(llmc_tools **out) {
    llmc_tools *tools;
    if (!out)
        return llmc__argument_null("out");
    *out = NULL;
    tools = llmc__mem_calloc(1, sizeof *tools);
    if (!tools)
        return llmc__argument_no_room("a toolbox");
    atomic_init(&tools->refs, 1);
    *out = tools;
    return LLMC_OK;
}

llmc_tools *llmc__tools_ref(const llmc_tools *tools) {
    llmc_tools *own = (llmc_tools *)tools; /* only the counter changes */
    atomic_fetch_add_explicit(&own->refs, 1, memory_order_relaxed);
    return own;
}

static void clear_entry(llmc__tool_entry *entry) {
    llmc__mem_free(entry->name);
    llmc__mem_free(entry->description);
    llmc__mem_free(entry->schema);
    llmc__json_free(entry->schema_doc);
}

void llmc_tools_free(llmc_tools *tools) {
    if (!tools || atomic_fetch_sub_explicit(&tools->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < tools->count; i++)
        clear_entry(&tools->entries[i]);
    llmc__mem_free(tools->entries);
    llmc__mem_free(tools);
}

const llmc__tool_entry *llmc__tools_find(const llmc_tools *tools, const char *name) {
    for (size_t i = 0; i < tools->count; i++)
        if (strcmp(tools->entries[i].name, name) == 0)
            return &tools->entries[i];
    return NULL;
}

/* ---- adding ---- */

static llmc_status check_function(const llmc_tools *tools, const char *name, const char *description,
                                  const char *schema_json, llmc_tool_fn fn) {
    llmc_status status;
    if (!tools)
        return llmc__argument_null("tools");
    if (!fn)
        return llmc__argument_null("fn");
    status = llmc__argument_check_tool(name, description, schema_json);
    if (status == LLMC_OK && llmc__tools_find(tools, name))
        status = llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "name: there is a function \"%s\" already", name);
    if (status == LLMC_OK && tools->count >= MAX_TOOLS)
        status = llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "tools: a toolbox has at most %d functions", MAX_TOOLS);
    return status;
}

static bool fill_entry(llmc__tool_entry *entry, const char *name, const char *description, const char *schema_json) {
    entry->name = llmc__mem_strdup(name);
    entry->description = llmc__mem_strdup(description);
    entry->schema = llmc__mem_strdup(schema_json);
    if (!entry->name || (description && !entry->description))
        return false;
    if (!schema_json)
        return true;
    return entry->schema && llmc__json_parse(schema_json, strlen(schema_json), &entry->schema_doc, NULL) == LLMC_OK;
}

llmc_status llmc_tools_add(llmc_tools *tools, const char *name, const char *description, const char *schema_json,
                           llmc_tool_fn fn, void *user_data) {
    llmc__tool_entry entry = {.fn = fn, .user_data = user_data};
    llmc_status status = check_function(tools, name, description, schema_json, fn);
    if (status != LLMC_OK)
        return status;
    if (!fill_entry(&entry, name, description, schema_json) ||
        !llmc__mem_make_room(&tools->entries, tools->count, &tools->cap, sizeof *tools->entries)) {
        clear_entry(&entry);
        return llmc__argument_no_memory("name");
    }
    tools->entries[tools->count++] = entry;
    return LLMC_OK;
}

/* The function added last; NULL, with the last error set, when there is none. */
static llmc__tool_entry *last_entry(llmc_tools *tools) {
    if (!tools)
        (void)llmc__argument_null("tools");
    else if (tools->count == 0)
        (void)llmc__argument_refuse("tools: there is no function yet; add one with llmc_tools_add");
    else
        return &tools->entries[tools->count - 1];
    return NULL;
}

llmc_status llmc_tools_set_strict(llmc_tools *tools, bool strict) {
    llmc__tool_entry *entry = last_entry(tools);
    if (!entry)
        return LLMC_ERR_INVALID_ARGUMENT;
    entry->strict = strict;
    return LLMC_OK;
}

llmc_status llmc_tools_set_timeout_ms(llmc_tools *tools, int64_t timeout_ms) {
    llmc__tool_entry *entry = last_entry(tools);
    if (!entry)
        return LLMC_ERR_INVALID_ARGUMENT;
    if (timeout_ms < LLMC_TIMEOUT_NONE)
        return llmc__error_last(LLMC_ERR_INVALID_ARGUMENT, "timeout_ms: must be at least %d", LLMC_TIMEOUT_NONE);
    entry->timeout_ms = timeout_ms;
    return LLMC_OK;
}

/* ---- offering ---- */

static bool has_tool(const llmc_request *request, const char *name) {
    for (size_t i = 0; i < request->tool_count; i++)
        if (strcmp(request->tools[i].name, name) == 0)
            return true;
    return false;
}

static llmc_status offer(const llmc__tool_entry *entry, llmc_request *request) {
    llmc_status status = llmc_request_add_tool(request, entry->name, entry->description, entry->schema);
    if (status == LLMC_OK && entry->strict)
        status = llmc_request_set_tool_strict(request, true);
    return status;
}

llmc_status llmc_tools_offer(const llmc_tools *tools, llmc_request *request) {
    llmc_status status = LLMC_OK;
    size_t before;
    bool added_last;
    if (!tools || !request)
        return llmc__argument_null(tools ? "request" : "tools");
    before = request->tool_count;
    added_last = request->tool_added_last;
    for (size_t i = 0; i < tools->count && status == LLMC_OK; i++)
        if (!has_tool(request, tools->entries[i].name))
            status = offer(&tools->entries[i], request);
    if (status == LLMC_OK)
        return LLMC_OK;
    while (request->tool_count > before)
        llmc__request_drop_tool(request);
    request->tool_added_last = added_last;
    return status;
}
