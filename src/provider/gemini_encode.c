/*
 * Request -> POST {base_url}/models/{model}:generateContent, as https://ai.google.dev/api/generate-content describes
 * it. Vertex AI's body differs in nothing that is written here.
 */
#include <string.h>
#include "base/str.h"
#include "provider/chat.h"
#include "provider/count.h"
#include "provider/embed.h"
#include "provider/gemini.h"
#include "provider/models.h"
#include "provider/sampling.h"
#include "wire/jsonform.h"

#define CONFIG_FIELDS                                                                                                  \
    (LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_TOP_K | LLMC__FIELD_FREQUENCY_PENALTY |                 \
     LLMC__FIELD_PRESENCE_PENALTY | LLMC__FIELD_SEED | LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_STOP | LLMC__FIELD_N |     \
     LLMC__FIELD_LOGPROBS | LLMC__FIELD_JSON_MODE | LLMC__FIELD_JSON_SCHEMA | LLMC__FIELD_REASONING_EFFORT |           \
     LLMC__FIELD_REASONING_BUDGET)

/* "gemini-3-pro", "gemini-flash-latest" (an alias of the newest); not "gemini-2.5-pro", "gemini-pro" or "gemma-3". */
bool llmc__gemini_is_new(const char *model) {
    static const char old[][13] = {"gemini-1", "gemini-2", "gemini-pro", "gemini-exp", "gemini-ultra"};
    static const char places[][26] = {"models/", "publishers/google/models/"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (llmc__str_starts(model, places[i]))
            model += strlen(places[i]);
    if (!llmc__str_starts(model, "gemini-"))
        return false;
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (llmc__str_starts(model, old[i])) {
            char next = model[strlen(old[i])];
            if (next == '\0' || next == '.' || next == '-')
                return strcmp(model, "gemini-pro-latest") == 0;
        }
    return true;
}

/* ---- generationConfig ---- */

static void put_logprobs(llmc__body *body) {
    if (!llmc__body_wants(body, LLMC__FIELD_LOGPROBS))
        return;
    llmc__jsonform_write(&body->json, "responseLogprobs:true ?logprobs:%d", body->request->top_logprobs > 0,
                         body->request->top_logprobs);
}

/*
 * responseJsonSchema and parametersJsonSchema take JSON Schema as it is; responseSchema and parameters take Google's
 * subset of OpenAPI and answer 400 to `additionalProperties` or `$ref`. Both addresses have both
 * (https://ai.google.dev/api/caching#FunctionDeclaration,
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1beta1/FunctionDeclaration).
 */
static void put_format(llmc__body *body) {
    bool has_schema = llmc__body_wants(body, LLMC__FIELD_JSON_SCHEMA);
    if (!has_schema && !llmc__body_wants(body, LLMC__FIELD_JSON_MODE))
        return;
    llmc__jsonform_write(&body->json, "responseMimeType:'application/json',responseJsonSchema:%j",
                         has_schema ? body->request->schema : NULL);
}

/*
 * The budgets that Google's own OpenAI endpoint takes for these words (https://ai.google.dev/gemini-api/docs/openai).
 * Models from Gemini 3 on have levels instead, of the same names. "none" is the budget 0 everywhere: a model that
 * cannot stop thinking answers 400 to it.
 */
static const struct {
    char level[8];
    uint16_t budget;
} efforts[] = {
    [LLMC_REASONING_NONE] = {"", 0},         [LLMC_REASONING_MINIMAL] = {"minimal", 1024},
    [LLMC_REASONING_LOW] = {"low", 1024},    [LLMC_REASONING_MEDIUM] = {"medium", 8192},
    [LLMC_REASONING_HIGH] = {"high", 24576},
};

/* The API takes a budget or a level, not both: of the two fields the budget says more exactly what is wanted. */
static void put_thinking(llmc__body *body) {
    const llmc_request *request = body->request;
    bool has_budget = llmc__body_wants(body, LLMC__FIELD_REASONING_BUDGET);
    bool has_effort = llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT) &&
                      (size_t)request->reasoning_effort < sizeof efforts / sizeof efforts[0];
    if (!has_budget && !has_effort)
        return;
    int64_t budget = has_budget ? request->reasoning_budget : efforts[request->reasoning_effort].budget;
    const char *level = has_budget ? "" : efforts[request->reasoning_effort].level;
    if (level[0] == '\0' || !llmc__gemini_is_new(body->model))
        level = NULL;
    llmc__jsonform_write(&body->json, "thinkingConfig:{thinkingLevel:%s,?thinkingBudget:%d,?includeThoughts:true}",
                         level, level == NULL, budget, budget != 0);
}

static void write_config(llmc__body *body) {
    static const char own[] = "top_p\0topP\0"
                              "top_k\0topK\0"
                              "frequency_penalty\0frequencyPenalty\0"
                              "presence_penalty\0presencePenalty\0"
                              "max_tokens\0maxOutputTokens\0"
                              "stop\0stopSequences\0"
                              "n\0candidateCount\0";
    if (!llmc__chat_opens(body, CONFIG_FIELDS, "generationConfig"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__sampling_write(body, CONFIG_FIELDS, own, true);
    put_logprobs(body);
    put_format(body);
    put_thinking(body);
    llmc__jsonw_end_object(&body->json);
}

/* ---- tools ---- */

static void write_tools(llmc__body *body) {
    const llmc_request *request = body->request;
    if (request->tool_count == 0 || !llmc__chat_opens(body, LLMC__FIELD_TOOLS, "tools"))
        return;
    llmc__jsonform_write(&body->json, "[{functionDeclarations:[");
    for (size_t i = 0; i < request->tool_count; i++) {
        const llmc__tool *tool = &request->tools[i];
        llmc__jsonform_write(&body->json, "{name:%s,description:%s,parametersJsonSchema:%j}", tool->name,
                             tool->description, tool->schema);
    }
    llmc__jsonform_write(&body->json, "]}]");
}

static const char *mode_of(llmc_tool_choice choice) {
    switch (choice) {
    case LLMC_TOOL_CHOICE_NONE:
        return "NONE";
    case LLMC_TOOL_CHOICE_REQUIRED:
    case LLMC_TOOL_CHOICE_NAMED:
        return "ANY";
    default:
        return "AUTO";
    }
}

/* A choice among no tools is an error 400. */
static void write_choice(llmc__body *body) {
    const llmc_request *request = body->request;
    bool has_tools = request->tool_count > 0 || llmc__json_get(body->extra, "tools") != NULL;
    if (!has_tools || !llmc__chat_opens(body, LLMC__FIELD_TOOL_CHOICE, "toolConfig"))
        return;
    llmc__jsonform_write(&body->json, "{functionCallingConfig:{mode:%s", mode_of(request->tool_choice));
    if (request->tool_choice == LLMC_TOOL_CHOICE_NAMED)
        llmc__jsonform_write(&body->json, "allowedFunctionNames:[%s]", request->tool_choice_name);
    llmc__jsonform_write(&body->json, "}}");
}

void llmc__gemini_write(llmc__body *body) {
    llmc__gemini_write_contents(body);
    write_tools(body);
    write_choice(body);
    write_config(body);
}

/* ---- the Gemini API ---- */

const char *llmc__gemini_verb(const llmc__body *body) {
    return body->stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
}

/* Where models are, when the name does not say it. */
static const char *place_of(const char *model) {
    bool told = llmc__str_starts(model, "models/") || llmc__str_starts(model, "tunedModels/");
    return told ? "" : "models/";
}

void llmc__gemini_put_model(llmc__body *body) {
    llmc__buf name;
    llmc__buf_init(&name, 4096);
    llmc_status status = llmc__buf_appendf(&name, "%s%s", place_of(body->model), body->model);
    if (status == LLMC_OK)
        llmc__body_put_str(body, "model", name.data);
    else
        llmc__body_refuse(body, status, "model: no memory for its name, or longer than any name is");
    llmc__buf_free(&name);
}

llmc_status llmc__gemini_url(llmc__body *body, const char *verb) {
    const char *model = body->model, *place = place_of(model);
    size_t told = place[0] == '\0' ? strcspn(model, "/") + 1 : 0;
    llmc_status status =
        llmc__buf_appendf(&body->out->url, "%s/%s%.*s", body->target->base_url, place, (int)told, model);
    if (status == LLMC_OK)
        status = llmc__body_url_segment(body, model + told);
    return status == LLMC_OK ? llmc__buf_append_str(&body->out->url, verb) : status;
}

static llmc_status write_url(llmc__body *body) {
    return llmc__gemini_url(body, llmc__gemini_verb(body));
}

/* Never as `?key=`, which ends up in logs. A token that expires is one of OAuth. */
llmc_status llmc__gemini_headers(llmc__body *body) {
    if (body->target->token != NULL)
        return llmc__body_header_key(body, "Authorization", "Bearer ");
    return llmc__body_header_key(body, "x-goog-api-key", "");
}

static void write_members(llmc__body *body) {
    llmc__gemini_write(body);
    if (llmc__body_wants(body, LLMC__FIELD_SERVICE_TIER))
        llmc__body_str(body, "serviceTier", body->request->service_tier);
}

static llmc_status encode(llmc__body *body) {
    static const llmc__body_form form = {"contents", write_url, llmc__gemini_headers, write_members};
    return llmc__body_encode(body, &form);
}

static llmc__decoder *decoder_new(const llmc__target *target, size_t max_event_bytes) {
    (void)target;
    return (llmc__decoder *)(void *)llmc__gemini_decoder_new("gemini", max_event_bytes);
}

const llmc__provider llmc__provider_gemini = {
    .name = "gemini",
    .encode = encode,
    .decoder_new = decoder_new,
    .decoder_free = llmc__gemini_decoder_free,
    .decode_bytes = llmc__gemini_decode_bytes,
    .decode_end = llmc__gemini_decode_end,
    .decode_body = llmc__gemini_decode_body,
    .classify = llmc__gemini_classify,
    .request_id_header = "x-request-id",
    .takes = LLMC__GEMINI_TAKES | LLMC__FIELD_SERVICE_TIER,
    .operations = {[LLMC__OP_EMBED] = &llmc__embed_gemini,
                   [LLMC__OP_MODELS] = &llmc__models_gemini,
                   [LLMC__OP_COUNT_TOKENS] = &llmc__count_gemini},
};
