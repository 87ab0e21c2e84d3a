/* What a request says beside its messages: tools, the form of the answer, reasoning, labels. For both APIs. */
#include <string.h>
#include "provider/openai.h"

const char *llmc__openai_effort_name(llmc_reasoning_effort effort) {
    switch (effort) {
    case LLMC_REASONING_NONE:
        return "none";
    case LLMC_REASONING_MINIMAL:
        return "minimal";
    case LLMC_REASONING_LOW:
        return "low";
    case LLMC_REASONING_MEDIUM:
        return "medium";
    case LLMC_REASONING_HIGH:
        return "high";
    case LLMC_REASONING_UNSET:
        break;
    }
    return NULL;
}

static void write_function(llmc__body *w, const llmc__tool *tool) {
    llmc__jsonw_name(&w->json, "function");
    llmc__jsonw_begin_object(&w->json);
    llmc__body_put_str(w, "name", tool->name);
    llmc__body_put_str(w, "description", tool->description);
    llmc__body_put_raw(w, "parameters", tool->schema);
    if (tool->strict)
        llmc__body_put_bool(w, "strict", true);
    llmc__jsonw_end_object(&w->json);
}

/* Functions of the Responses API are strict where nothing is said, so that it is said always. */
static void write_flat(llmc__body *w, const llmc__tool *tool) {
    llmc__body_put_str(w, "name", tool->name);
    llmc__body_put_str(w, "description", tool->description);
    llmc__body_put_raw(w, "parameters", tool->schema);
    llmc__body_put_bool(w, "strict", tool->strict);
}

static void write_tools(llmc__body *w, bool flat) {
    const llmc_request *request = w->request;
    if (request->tool_count == 0 || !llmc__body_wants(w, LLMC__FIELD_TOOLS) || !llmc__body_open(w, "tools"))
        return;
    llmc__jsonw_begin_array(&w->json);
    for (size_t i = 0; i < request->tool_count; i++) {
        llmc__jsonw_begin_object(&w->json);
        llmc__body_put_str(w, "type", "function");
        if (flat)
            write_flat(w, &request->tools[i]);
        else
            write_function(w, &request->tools[i]);
        llmc__jsonw_end_object(&w->json);
    }
    llmc__jsonw_end_array(&w->json);
}

static void write_named_choice(llmc__body *w, const char *name, bool flat) {
    llmc__jsonw_begin_object(&w->json);
    llmc__body_put_str(w, "type", "function");
    if (!flat) {
        llmc__jsonw_name(&w->json, "function");
        llmc__jsonw_begin_object(&w->json);
    }
    llmc__body_put_str(w, "name", name);
    if (!flat)
        llmc__jsonw_end_object(&w->json);
    llmc__jsonw_end_object(&w->json);
}

static void write_choice(llmc__body *w, bool flat) {
    if (!llmc__body_wants(w, LLMC__FIELD_TOOL_CHOICE) || !llmc__body_open(w, "tool_choice"))
        return;
    switch (w->request->tool_choice) {
    case LLMC_TOOL_CHOICE_NONE:
        llmc__jsonw_str(&w->json, "none");
        return;
    case LLMC_TOOL_CHOICE_REQUIRED:
        llmc__jsonw_str(&w->json, "required");
        return;
    case LLMC_TOOL_CHOICE_NAMED:
        write_named_choice(w, w->request->tool_choice_name, flat);
        return;
    case LLMC_TOOL_CHOICE_AUTO:
    case LLMC_TOOL_CHOICE_UNSET:
        break;
    }
    llmc__jsonw_str(&w->json, "auto");
}

void llmc__openai_write_tools(llmc__body *w, bool flat) {
    write_tools(w, flat);
    write_choice(w, flat);
    llmc__body_bool(w, "parallel_tool_calls", llmc__body_wants(w, LLMC__FIELD_PARALLEL_TOOLS),
                    w->request->parallel_tools > 0);
}

static void write_schema(llmc__body *w) {
    llmc__body_put_str(w, "name", w->request->schema_name);
    llmc__body_put_raw(w, "schema", w->request->schema);
    if (w->request->schema_strict)
        llmc__body_put_bool(w, "strict", true);
}

bool llmc__openai_has_format(const llmc__body *w) {
    return llmc__body_wants(w, LLMC__FIELD_JSON_SCHEMA) || llmc__body_wants(w, LLMC__FIELD_JSON_MODE);
}

/* The value of response_format, or (flat) of text.format. A schema says more than "any object", and so counts first. */
void llmc__openai_write_format(llmc__body *w, bool flat) {
    llmc__jsonw_begin_object(&w->json);
    if (!llmc__body_wants(w, LLMC__FIELD_JSON_SCHEMA)) {
        llmc__body_put_str(w, "type", "json_object");
    } else {
        llmc__body_put_str(w, "type", "json_schema");
        if (!flat) {
            llmc__jsonw_name(&w->json, "json_schema");
            llmc__jsonw_begin_object(&w->json);
        }
        write_schema(w);
        if (!flat)
            llmc__jsonw_end_object(&w->json);
    }
    llmc__jsonw_end_object(&w->json);
}

void llmc__openai_write_labels(llmc__body *w) {
    const llmc_request *request = w->request;
    if (llmc__body_wants(w, LLMC__FIELD_USER))
        llmc__body_str(w, "user", request->user);
    if (llmc__body_wants(w, LLMC__FIELD_SERVICE_TIER))
        llmc__body_str(w, "service_tier", request->service_tier);
    if (!llmc__body_wants(w, LLMC__FIELD_METADATA) || !llmc__body_open(w, "metadata"))
        return;
    llmc__jsonw_begin_object(&w->json);
    for (size_t i = 0; i < request->metadata_count; i++)
        llmc__body_put_str(w, request->metadata[i].name, request->metadata[i].value);
    llmc__jsonw_end_object(&w->json);
}
