/* What a request says beside its messages: tools, the form of the answer, reasoning, labels. For both APIs. */
#include <string.h>
#include "provider/openai.h"
#include "wire/jsonform.h"

const char *llmc__openai_effort_name(llmc_reasoning_effort effort) {
    static const char names[][8] = {
        [LLMC_REASONING_NONE] = "none",     [LLMC_REASONING_MINIMAL] = "minimal", [LLMC_REASONING_LOW] = "low",
        [LLMC_REASONING_MEDIUM] = "medium", [LLMC_REASONING_HIGH] = "high",
    };
    return effort > LLMC_REASONING_UNSET && effort <= LLMC_REASONING_HIGH ? names[effort] : NULL;
}

/* Functions of the Responses API are strict where nothing is said, so that it is said always. */
static void write_tool(llmc__body *w, const llmc__tool *tool, bool flat) {
    const char *pattern = flat ? "{type:'function',name:%s,description:%s,parameters:%j,strict:%b}"
                               : "{type:'function',function:{name:%s,description:%s,parameters:%j,?strict:true}}";
    llmc__jsonform_write(&w->json, pattern, tool->name, tool->description, tool->schema, tool->strict);
}

static void write_tools(llmc__body *w, bool flat) {
    const llmc_request *request = w->request;
    if (request->tool_count == 0 || !llmc__body_wants(w, LLMC__FIELD_TOOLS) || !llmc__body_open(w, "tools"))
        return;
    llmc__jsonw_begin_array(&w->json);
    for (size_t i = 0; i < request->tool_count; i++)
        write_tool(w, &request->tools[i], flat);
    llmc__jsonw_end_array(&w->json);
}

static const char *choice_pattern(llmc_tool_choice choice, bool flat) {
    switch (choice) {
    case LLMC_TOOL_CHOICE_NONE:
        return "'none'";
    case LLMC_TOOL_CHOICE_REQUIRED:
        return "'required'";
    case LLMC_TOOL_CHOICE_NAMED:
        return flat ? "{type:'function',name:%s}" : "{type:'function',function:{name:%s}}";
    case LLMC_TOOL_CHOICE_AUTO:
    case LLMC_TOOL_CHOICE_UNSET:
        break;
    }
    return "'auto'";
}

static void write_choice(llmc__body *w, bool flat) {
    if (llmc__body_wants(w, LLMC__FIELD_TOOL_CHOICE) && llmc__body_open(w, "tool_choice"))
        llmc__jsonform_write(&w->json, choice_pattern(w->request->tool_choice, flat), w->request->tool_choice_name);
}

void llmc__openai_write_tools(llmc__body *w, bool flat) {
    write_tools(w, flat);
    write_choice(w, flat);
    llmc__body_bool(w, "parallel_tool_calls", llmc__body_wants(w, LLMC__FIELD_PARALLEL_TOOLS),
                    w->request->parallel_tools > 0);
}

bool llmc__openai_has_format(const llmc__body *w) {
    return llmc__body_wants(w, LLMC__FIELD_JSON_SCHEMA) || llmc__body_wants(w, LLMC__FIELD_JSON_MODE);
}

/* The value of response_format, or (flat) of text.format. A schema says more than "any object", and so counts first. */
void llmc__openai_write_format(llmc__body *w, bool flat) {
    const llmc_request *request = w->request;
    const char *pattern = "{type:'json_object'}";
    if (llmc__body_wants(w, LLMC__FIELD_JSON_SCHEMA))
        pattern = flat ? "{type:'json_schema',name:%s,schema:%j,?strict:true}"
                       : "{type:'json_schema',json_schema:{name:%s,schema:%j,?strict:true}}";
    llmc__jsonform_write(&w->json, pattern, request->schema_name, request->schema, request->schema_strict);
}

void llmc__openai_write_labels(llmc__body *w) {
    const llmc_request *request = w->request;
    llmc__body_str(w, "user", llmc__body_wants(w, LLMC__FIELD_USER) ? request->user : NULL);
    llmc__body_str(w, "service_tier", llmc__body_wants(w, LLMC__FIELD_SERVICE_TIER) ? request->service_tier : NULL);
    if (!llmc__body_wants(w, LLMC__FIELD_METADATA) || !llmc__body_open(w, "metadata"))
        return;
    llmc__jsonw_begin_object(&w->json);
    for (size_t i = 0; i < request->metadata_count; i++)
        llmc__body_put_str(w, request->metadata[i].name, request->metadata[i].value);
    llmc__jsonw_end_object(&w->json);
}
