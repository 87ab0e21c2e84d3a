/* Request -> POST {base_url}/model/{id}/converse or /converse-stream, signed or with a bearer token. */
#include <string.h>
#include "base/str.h"
#include "provider/bedrock.h"
#include "provider/chat.h"
#include "provider/sampling.h"
#include "provider/sigv4.h"
#include "wire/jsonform.h"

#define MAX_REGION 64

llmc__bedrock_maker llmc__bedrock_maker_of(const char *model) {
    static const struct {
        char part[12];
        uint8_t maker; /* llmc__bedrock_maker */
    } parts[] = {
        {"anthropic.", LLMC__BEDROCK_ANTHROPIC},
        {"amazon.nova", LLMC__BEDROCK_NOVA},
        {"openai.", LLMC__BEDROCK_OPENAI},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strstr(model, parts[i].part) != NULL)
            return (llmc__bedrock_maker)parts[i].maker;
    return LLMC__BEDROCK_OTHER;
}

static bool is_set(const char *text) {
    return text != NULL && text[0] != '\0';
}

static bool has_bearer(const llmc__target *target) {
    return target->token != NULL || is_set(target->api_key);
}

/* ---- where ---- */

/* It becomes part of a host's name. */
static bool is_region(const char *text, size_t len) {
    return len > 0 && len < MAX_REGION && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

static bool is_bedrock(const char *host) {
    return llmc__str_starts(host, "bedrock-runtime") || llmc__str_starts(host, "bedrock.") ||
           llmc__str_starts(host, "bedrock-fips.");
}

/* The region of a host such as bedrock-runtime.eu-west-1.amazonaws.com; false: it has none. */
static bool region_of_host(const char *url, char out[MAX_REGION]) {
    const char *host = strstr(url, "://");
    const char *first = host != NULL ? strchr(host + 3, '.') : NULL;
    size_t len = first != NULL ? strcspn(first + 1, "./:?#") : 0;
    if (first == NULL || !is_bedrock(host + 3) || first[1 + len] != '.' || !is_region(first + 1, len))
        return false;
    memcpy(out, first + 1, len);
    out[len] = '\0';
    return true;
}

static llmc_status refuse_region(const llmc__target *target, llmc_error *error) {
    llmc__error_set(error, LLMC_ERR_INVALID_ARGUMENT,
                    "region: provider \"%s\" needs one, such as \"us-east-1\": set AWS_REGION in the environment or "
                    "give region to llmc_client_set_provider",
                    target->name);
    return LLMC_ERR_INVALID_ARGUMENT;
}

/* base_url with the region in it, and the path behind it. */
static llmc_status write_base(llmc__body *body, const char *path) {
    static const char mark[] = "{region}";
    const char *base = body->target->base_url, *region = body->target->region;
    const char *at = strstr(base, mark);
    if (at == NULL)
        return llmc__body_url(body, path);
    if (!is_set(region) || !is_region(region, strlen(region)))
        return refuse_region(body->target, body->error);
    return llmc__buf_appendf(&body->out->url, "%.*s%s%s%s", (int)(at - base), base, region, at + sizeof mark - 1, path);
}

llmc_status llmc__bedrock_url(llmc__body *body, const char *model) {
    llmc_status status = write_base(body, "/model/");
    return status == LLMC_OK ? llmc__body_url_segment(body, model) : status;
}

/* https://docs.aws.amazon.com/general/latest/gr/bedrock.html: bedrock-runtime runs models, bedrock tells of them. */
llmc_status llmc__bedrock_url_control(llmc__body *body, const char *path) {
    static const char runtime[] = "://bedrock-runtime", part[] = "-runtime";
    llmc__buf *url = &body->out->url;
    llmc_status status = write_base(body, path);
    char *at = status == LLMC_OK && url->data != NULL ? strstr(url->data, runtime) : NULL;
    if (at != NULL) {
        char *cut = at + sizeof runtime - sizeof part;
        memmove(cut, cut + sizeof part - 1, strlen(cut + sizeof part - 1) + 1);
        url->len -= sizeof part - 1;
    }
    return status;
}

/* "converse/ID" as LiteLLM's users may write it. */
static llmc_status write_url(llmc__body *body) {
    bool told = llmc__str_starts(body->model, "converse/");
    llmc_status status = llmc__bedrock_url(body, told ? body->model + strlen("converse/") : body->model);
    if (status != LLMC_OK)
        return status;
    return llmc__buf_append_str(&body->out->url, body->stream ? "/converse-stream" : "/converse");
}

/* ---- who ---- */

static llmc_status refuse_credentials(const llmc__target *target, llmc_error *error) {
    static const char words[][24] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "access_key_id",
                                     "secret_access_key"};
    int lacks = is_set(target->access_key_id) ? 1 : 0;
    if (lacks == 1 || is_set(target->secret_access_key))
        llmc__error_set(error, LLMC_ERR_MISSING_KEY,
                        "half of the credentials for provider \"%s\": set %s in the environment or give %s to "
                        "llmc_client_set_provider",
                        target->name, words[lacks], words[2 + lacks]);
    else
        llmc__error_set(error, LLMC_ERR_MISSING_KEY,
                        "no credentials for provider \"%s\": set AWS_BEARER_TOKEN_BEDROCK, or %s and %s, in the "
                        "environment, or give api_key, or %s and %s, to llmc_client_set_provider",
                        target->name, words[0], words[1], words[2], words[3]);
    return LLMC_ERR_MISSING_KEY;
}

/* Whether there is all that a signature needs; `region` holds it where only the host tells it. */
static llmc_status find_key(const llmc__target *target, const llmc__http_request *request, char region[MAX_REGION],
                            llmc__sigv4 *key, llmc_error *error) {
    *key = (llmc__sigv4){target->access_key_id, target->secret_access_key, target->session_token, target->region,
                         "bedrock"};
    if (!is_set(key->access_key_id) || !is_set(key->secret_access_key))
        return refuse_credentials(target, error);
    if (is_set(key->region))
        return LLMC_OK;
    key->region = region;
    return region_of_host(llmc__buf_str(&request->url), region) ? LLMC_OK : refuse_region(target, error);
}

llmc_status llmc__bedrock_headers(llmc__body *body) {
    char region[MAX_REGION];
    llmc__sigv4 key;
    llmc_status status = LLMC_OK;
    if (!has_bearer(body->target))
        status = find_key(body->target, body->out, region, &key, body->error);
    if (status == LLMC_OK)
        status = llmc__chat_bearer(body);
    if (status == LLMC_OK)
        status =
            llmc__body_header(body, "Accept", body->stream ? "application/vnd.amazon.eventstream" : "application/json");
    return status;
}

llmc_status llmc__bedrock_sign(const llmc__target *target, llmc__http_request *request, int64_t wall_s,
                               llmc_error *error) {
    char region[MAX_REGION];
    llmc__sigv4 key;
    if (has_bearer(target))
        return LLMC_OK;
    llmc_status status = find_key(target, request, region, &key, error);
    if (status != LLMC_OK)
        return status;
    status = llmc__sigv4_sign(&key, request, wall_s);
    if (status != LLMC_OK)
        llmc__error_set(error, status, "the request for provider \"%s\" could not be signed: %s", target->name,
                        status == LLMC_ERR_NO_MEMORY     ? "no memory"
                        : status == LLMC_ERR_INVALID_KEY ? "its credentials cannot be sent"
                                                         : "its headers or its URL cannot be signed");
    return status;
}

/* ---- what ---- */

static void write_inference(llmc__body *body) {
    static const char own[] = "top_p\0topP\0"
                              "max_tokens\0maxTokens\0"
                              "stop\0stopSequences\0";
    uint32_t fields = (uint32_t)LLMC__FIELD_MAX_TOKENS | LLMC__FIELD_TEMPERATURE | LLMC__FIELD_TOP_P | LLMC__FIELD_STOP;
    if (!llmc__chat_opens(body, fields, "inferenceConfig"))
        return;
    llmc__jsonw_begin_object(&body->json);
    llmc__sampling_write(body, fields, own, true);
    llmc__jsonw_end_object(&body->json);
}

static const char effort_words[][8] = {
    [LLMC_REASONING_UNSET] = "",  [LLMC_REASONING_NONE] = "none",     [LLMC_REASONING_MINIMAL] = "minimal",
    [LLMC_REASONING_LOW] = "low", [LLMC_REASONING_MEDIUM] = "medium", [LLMC_REASONING_HIGH] = "high",
};

/* As Anthropic's own API is told (https://docs.claude.com/en/docs/build-with-claude/extended-thinking). */
static void write_thinking(llmc__body *body) {
    llmc__anthropic_thinking thinking = llmc__anthropic_think(body);
    if (thinking.type != NULL)
        llmc__jsonform_write(&body->json, "thinking:{type:%s,?budget_tokens:%d}", thinking.type,
                             strcmp(thinking.type, "enabled") == 0, thinking.budget);
    if (thinking.effort != NULL)
        llmc__jsonform_write(&body->json, "output_config:{effort:%s}", thinking.effort);
}

/* Nova 2: https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html */
static void write_nova_reasoning(llmc__body *body, const char *effort, bool off) {
    const char *most = strcmp(effort, "minimal") == 0 ? "low" : effort;
    llmc__jsonform_write(&body->json, "reasoningConfig:{type:%s,maxReasoningEffort:%s}", off ? "disabled" : "enabled",
                         off ? NULL : most);
}

static void write_reasoning(llmc__body *body, llmc__bedrock_maker maker) {
    const llmc_request *request = body->request;
    bool has_budget = llmc__body_wants(body, LLMC__FIELD_REASONING_BUDGET);
    if (!has_budget && !llmc__body_wants(body, LLMC__FIELD_REASONING_EFFORT))
        return;
    const char *effort = effort_words[request->reasoning_effort];
    if (maker == LLMC__BEDROCK_ANTHROPIC) {
        write_thinking(body);
    } else if (effort[0] == '\0') {
        llmc__chat_refuse(body, "reasoning_budget",
                          "takes it for models of Anthropic only, others take reasoning_effort");
    } else if (maker == LLMC__BEDROCK_NOVA) {
        write_nova_reasoning(body, effort, request->reasoning_effort == LLMC_REASONING_NONE);
    } else {
        llmc__body_put_str(body, maker == LLMC__BEDROCK_OPENAI ? "reasoning_effort" : "reasoning_config", effort);
    }
}

static void write_top_k(llmc__body *body, llmc__bedrock_maker maker) {
    if (llmc__body_wants(body, LLMC__FIELD_TOP_K))
        llmc__jsonform_write(&body->json, maker == LLMC__BEDROCK_NOVA ? "inferenceConfig:{topK:%d}" : "top_k:%d",
                             body->request->top_k);
}

static void write_additional(llmc__body *body) {
    llmc__bedrock_maker maker = llmc__bedrock_maker_of(body->model);
    uint32_t own = (uint32_t)LLMC__FIELD_TOP_K | LLMC__FIELD_REASONING_BUDGET | LLMC__FIELD_REASONING_EFFORT;
    if (!llmc__chat_opens(body, own, "additionalModelRequestFields"))
        return;
    llmc__jsonw_begin_object(&body->json);
    write_top_k(body, maker);
    write_reasoning(body, maker);
    llmc__jsonw_end_object(&body->json);
}

/* The schema goes as a text. */
static void write_format(llmc__body *body) {
    const llmc_request *request = body->request;
    if (llmc__chat_opens(body, LLMC__FIELD_JSON_SCHEMA, "outputConfig"))
        llmc__jsonform_write(&body->json,
                             "{textFormat:{type:'json_schema',structure:{jsonSchema:{name:%s,schema:%s}}}}",
                             request->schema_name, request->schema);
}

static void write_records(llmc__body *body) {
    llmc__chat_labels(body, "requestMetadata");
    if (llmc__chat_opens(body, LLMC__FIELD_SERVICE_TIER, "serviceTier"))
        llmc__jsonform_write(&body->json, "{type:%s}", body->request->service_tier);
}

static void write_converse(llmc__body *body) {
    llmc__bedrock_messages(body);
    write_inference(body);
    llmc__bedrock_tools(body);
    write_format(body);
    write_additional(body);
    write_records(body);
}

llmc_status llmc__bedrock_encode(llmc__body *body) {
    static const llmc__body_form converse = {"messages", write_url, llmc__bedrock_headers, write_converse};
    static const llmc__body_form invoke = {"messages", llmc__bedrock_invoke_url, llmc__bedrock_headers,
                                           llmc__bedrock_invoke_write};
    return llmc__body_encode(body, llmc__bedrock_is_invoke(body->model) ? &invoke : &converse);
}
