/* Request -> POST {base_url}/messages, as https://docs.claude.com/en/api/messages describes it. */
#include <string.h>
#include "base/str.h"
#include "provider/anthropic.h"
#include "provider/sampling.h"
#include "wire/jsonform.h"

#define API_VERSION "2023-06-01"

static void write_tool(llmc__body *body, const llmc__tool *tool) {
    llmc__jsonform_write(&body->json, "{name:%s,description:%s,input_schema:%j,?strict:true", tool->name,
                         tool->description,
                         tool->schema != NULL ? tool->schema : "{\"type\":\"object\",\"properties\":{}}", tool->strict);
    llmc__anthropic_mark(body, tool->cache_mark);
    llmc__jsonw_end_object(&body->json);
}

/* Calls and results of earlier turns count as the field, too. */
static bool offers_tools(const llmc__body *body) {
    return llmc__body_wants(body, LLMC__FIELD_TOOLS) && body->request->tool_count > 0;
}

static void write_tools(llmc__body *body) {
    if (!offers_tools(body) || !llmc__body_open(body, "tools"))
        return;
    llmc__jsonw_begin_array(&body->json);
    for (size_t i = 0; i < body->request->tool_count; i++)
        write_tool(body, &body->request->tools[i]);
    llmc__jsonw_end_array(&body->json);
}

static const char *choice_word(llmc_tool_choice choice) {
    switch (choice) {
    case LLMC_TOOL_CHOICE_NONE:
        return "none";
    case LLMC_TOOL_CHOICE_REQUIRED:
        return "any";
    case LLMC_TOOL_CHOICE_NAMED:
        return "tool";
    case LLMC_TOOL_CHOICE_UNSET:
    case LLMC_TOOL_CHOICE_AUTO:
        break;
    }
    return "auto";
}

/* One call at a time is said here as well; not with "none", and nothing at all without tools, which is an error. */
static void write_tool_choice(llmc__body *body) {
    const llmc_request *request = body->request;
    bool chosen = llmc__body_wants(body, LLMC__FIELD_TOOL_CHOICE);
    bool single = llmc__body_wants(body, LLMC__FIELD_PARALLEL_TOOLS) && request->parallel_tools == 0;
    bool has_tools = offers_tools(body) || llmc__json_get(body->extra, "tools") != NULL;
    llmc_tool_choice choice = chosen ? request->tool_choice : LLMC_TOOL_CHOICE_AUTO;
    if ((!chosen && !single) || !has_tools || !llmc__body_open(body, "tool_choice"))
        return;
    llmc__jsonform_write(&body->json, "{type:%s,name:%s,?disable_parallel_tool_use:true}", choice_word(choice),
                         choice == LLMC_TOOL_CHOICE_NAMED ? request->tool_choice_name : NULL,
                         single && choice != LLMC_TOOL_CHOICE_NONE);
}

static void write_thinking(llmc__body *body, const llmc__anthropic_thinking *thinking) {
    if (thinking->type != NULL && llmc__body_open(body, "thinking"))
        llmc__jsonform_write(&body->json, "{type:%s,?budget_tokens:%d}", thinking->type,
                             strcmp(thinking->type, "enabled") == 0, thinking->budget);
}

/* The schema's name and strictness have no place here: it is always kept to. */
static void write_output_config(llmc__body *body, const char *effort) {
    bool has_schema = llmc__body_wants(body, LLMC__FIELD_JSON_SCHEMA);
    if ((effort != NULL || has_schema) && llmc__body_open(body, "output_config"))
        llmc__jsonform_write(&body->json,
                             has_schema ? "{effort:%s,format:{type:'json_schema',schema:%j}}" : "{effort:%s}", effort,
                             body->request->schema);
}

static void write_metadata(llmc__body *body) {
    if (llmc__body_wants(body, LLMC__FIELD_USER) && llmc__body_open(body, "metadata"))
        llmc__jsonform_write(&body->json, "{user_id:%s}", body->request->user);
}

/* Its range ends at 1 here, at 2 elsewhere. */
static void write_temperature(llmc__body *body) {
    bool has = llmc__body_wants(body, LLMC__FIELD_TEMPERATURE) && llmc__json_get(body->extra, "temperature") == NULL;
    if (!has || body->request->temperature <= 1.0)
        llmc__sampling_put_plain(body, LLMC__FIELD_TEMPERATURE);
    else if (!body->target->drop_unsupported)
        llmc__body_refuse(body, LLMC_ERR_UNSUPPORTED, "temperature: provider \"%s\" takes 0 to 1", body->target->name);
}

void llmc__anthropic_write(llmc__body *body, const llmc__anthropic_form *form) {
    llmc__anthropic_thinking thinking = llmc__anthropic_think(body);
    llmc__body_str(body, "anthropic_version", form->version);
    llmc__body_str(body, "model", form->says_model ? body->model : NULL);
    llmc__body_int(body, "max_tokens", !form->counts, thinking.max_tokens);
    llmc__anthropic_messages(body);
    write_tools(body);
    write_tool_choice(body);
    write_thinking(body, &thinking);
    write_output_config(body, thinking.effort);
    if (form->counts)
        return;
    write_temperature(body);
    llmc__sampling_put_plain(body, LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K);
    llmc__sampling_put(body, LLMC__SAMPLING_STOP, "stop_sequences");
    write_metadata(body);
    llmc__body_str(body, "service_tier",
                   llmc__body_wants(body, LLMC__FIELD_SERVICE_TIER) ? body->request->service_tier : NULL);
    llmc__body_bool(body, "stream", form->says_stream && body->stream, true);
}

static void write_direct(llmc__body *body) {
    static const llmc__anthropic_form direct = {.says_model = true, .says_stream = true};
    llmc__anthropic_write(body, &direct);
}

/* ANTHROPIC_BASE_URL is given without the version, as the official SDKs have it, or with. */
llmc_status llmc__anthropic_url(llmc__body *body, const char *path) {
    llmc_status status = llmc__body_url(body, llmc__str_ends(body->target->base_url, "/v1") ? "" : "/v1");
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, path) : status;
}

static llmc_status write_url(llmc__body *body) {
    return llmc__anthropic_url(body, "/messages");
}

/* A token, and a key that is one by its name, go as such: https://docs.claude.com/en/api/overview#authentication */
llmc_status llmc__anthropic_headers(llmc__body *body) {
    const llmc__target *target = body->target;
    bool is_token =
        target->token != NULL || (target->api_key != NULL && llmc__str_starts(target->api_key, "sk-ant-oat"));
    llmc_status status = is_token ? llmc__body_header_key(body, "Authorization", "Bearer ")
                                  : llmc__body_header_key(body, "x-api-key", "");
    return status == LLMC_OK ? llmc__body_header(body, "anthropic-version", API_VERSION) : status;
}

llmc_status llmc__anthropic_encode(llmc__body *body) {
    static const llmc__body_form form = {"messages", write_url, llmc__anthropic_headers, write_direct};
    return llmc__body_encode(body, &form);
}
