/* Request -> POST {base_url}/api/chat, as https://docs.ollama.com/api/chat describes it. */
#include <string.h>
#include "provider/chat.h"
#include "provider/ollama.h"
#include "provider/sampling.h"
#include "wire/jsonform.h"

static void write_image(llmc__body *body, const llmc__part *part) {
    llmc__body_base64(body, part->text, part->text_len);
}

/* Arguments are an object here, not a text. */
static void write_call(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{type:'function',function:{name:%s,arguments:%j}}", part->name,
                         llmc__chat_arguments(part));
}

/* Tells its tool by name; calls have no ids here. */
static void write_result(llmc__body *body, const llmc__part *part) {
    llmc__jsonform_write(&body->json, "{role:'tool',content:%t,tool_name:%s}", part->text, part->text_len, part->name);
}

/* Those of one kind, as a list under that name, where there are any. */
static void write_list(llmc__body *body, const llmc__message *message, llmc__part_kind kind, const char *name,
                       llmc__chat_part_fn write) {
    if (llmc__chat_count(message, kind) == 0)
        return;
    llmc__jsonform_write(&body->json, "%n:[", name);
    llmc__chat_each(body, message, kind, write);
    llmc__jsonw_end_array(&body->json);
}

static void write_message(llmc__body *body, const llmc__message *message) {
    llmc__jsonform_write(&body->json, "{role:%s,content:", llmc__chat_role(message->role));
    llmc__chat_texts(body, message);
    if (llmc__body_wants(body, LLMC__FIELD_IMAGE))
        write_list(body, message, LLMC__PART_IMAGE, "images", write_image);
    write_list(body, message, LLMC__PART_TOOL_CALL, "tool_calls", write_call);
    llmc__jsonw_end_object(&body->json);
}

/*
 * Levels are for gpt-oss; other models think or do not, and answer a level with an error 400
 * (https://docs.ollama.com/capabilities/thinking).
 */
static void write_think(llmc__body *body) {
    llmc_reasoning_effort effort = body->request->reasoning_effort;
    const char *level = effort == LLMC_REASONING_HIGH ? "high" : effort == LLMC_REASONING_MEDIUM ? "medium" : "low";
    if (!llmc__chat_opens(body, LLMC__FIELD_REASONING_EFFORT, "think"))
        return;
    if (strstr(body->model, "gpt-oss") != NULL && effort != LLMC_REASONING_NONE)
        llmc__jsonw_str(&body->json, level);
    else
        llmc__jsonw_bool(&body->json, effort != LLMC_REASONING_NONE);
}

/* Sampling stands in an object of its own. One in extra_json takes the place of all of it. */
static void write_options(llmc__body *body) {
    const uint32_t inside = LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K |
                            LLMC__FIELD_FREQUENCY_PENALTY | LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED |
                            LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP;
    static const char own[] = "max_tokens\0num_predict\0";
    if (!llmc__chat_opens(body, inside, "options"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__sampling_write(body, inside, own, true);
    llmc__jsonw_end_object(&body->json);
}

static void write_format(llmc__body *body) {
    if (llmc__body_wants(body, LLMC__FIELD_JSON_SCHEMA))
        llmc__body_raw(body, "format", body->request->schema);
    else if (llmc__body_wants(body, LLMC__FIELD_JSON_MODE))
        llmc__body_str(body, "format", "json");
}

/* `stream` is always said: left out, it is true. */
static void write_chat(llmc__body *body) {
    bool logprobs = llmc__body_wants(body, LLMC__FIELD_LOGPROBS);
    llmc__body_str(body, "model", body->model);
    llmc__chat_messages(body, write_result, write_message);
    llmc__chat_tools(body);
    write_format(body);
    write_think(body);
    write_options(body);
    llmc__body_bool(body, "logprobs", logprobs, true);
    llmc__body_int(body, "top_logprobs", logprobs && body->request->top_logprobs > 0, body->request->top_logprobs);
    llmc__body_bool(body, "stream", true, body->stream);
}

static llmc_status write_url(llmc__body *body) {
    return llmc__body_url(body, "/api/chat");
}

/* A key is for ollama.com and for proxies; a local server asks for none. */
static llmc_status write_headers(llmc__body *body) {
    llmc_status status = llmc__body_header(body, "Accept", body->stream ? "application/x-ndjson" : "application/json");
    return status == LLMC_OK ? llmc__chat_bearer(body) : status;
}

llmc_status llmc__ollama_encode(llmc__body *body) {
    static const llmc__body_form chat = {"messages", write_url, write_headers, write_chat};
    return llmc__body_encode(body, &chat);
}
