#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "support_cache_key.h"

int key_token(const char *provider, char *text, size_t capacity, void *user_data) {
    (void)provider, (void)text, (void)capacity, (void)user_data;
    return 1;
}

int key_other_token(const char *provider, char *text, size_t capacity, void *user_data) {
    return key_token(provider, text, capacity, user_data) + 1;
}

static void fill_scope(key_fixture *f) {
    f->second = (llmc__target){.api_key = KEY_TEXT("sk-second")};
    f->target_headers[0] = (llmc__header){KEY_TEXT("X-Org"), KEY_TEXT("one")};
    f->target_headers[1] = (llmc__header){KEY_TEXT("X-Team"), KEY_TEXT("two")};
    f->target = (llmc__target){.name = KEY_TEXT("openai"),
                               .api_key = KEY_TEXT("sk-first-secret"),
                               .base_url = KEY_TEXT("https://api.openai.com/v1"),
                               .organization = KEY_TEXT("org"),
                               .project = KEY_TEXT("proj"),
                               .headers = f->target_headers,
                               .header_count = 2,
                               .region = KEY_TEXT("eu"),
                               .api_version = KEY_TEXT("v1"),
                               .access_key_id = KEY_TEXT("AKIA"),
                               .secret_access_key = KEY_TEXT("aws-secret"),
                               .session_token = KEY_TEXT("aws-session"),
                               .next_key = &f->second};
    f->scope = (llmc__cache_scope){.target = &f->target,
                                   .adapter = "openai",
                                   .model = "gpt-4.1",
                                   .salt = "salt",
                                   .tenant = "tenant",
                                   .secret = {1, 2}};
}

static void fill_messages(key_fixture *f) {
    f->parts[0] = (llmc__part){.kind = LLMC__PART_TEXT, .text = KEY_TEXT("part"), .text_len = 4};
    f->parts[1] = (llmc__part){.kind = LLMC__PART_TOOL_RESULT,
                               .text = KEY_TEXT("result"),
                               .text_len = 6,
                               .mime = KEY_TEXT("text/plain"),
                               .name = KEY_TEXT("tool"),
                               .id = KEY_TEXT("call_1"),
                               .origin = KEY_TEXT("responses")};
    f->messages[0] = (llmc__message){.role = LLMC_ROLE_SYSTEM, .text = KEY_TEXT("be brief"), .text_len = 8};
    f->messages[1] = (llmc__message){.role = LLMC_ROLE_USER, .parts = f->parts, .part_count = 2, .part_cap = 2};
    f->messages[2] = (llmc__message){.role = LLMC_ROLE_USER, .text = KEY_TEXT("why?"), .text_len = 4};
}

static void fill_lists(key_fixture *f) {
    f->tools[0] = (llmc__tool){KEY_TEXT("weather"), KEY_TEXT("tells it"), KEY_TEXT("{}"), false, false};
    f->tools[1] = (llmc__tool){KEY_TEXT("time"), NULL, KEY_TEXT("{}"), true, false};
    f->headers[0] = (llmc__header){KEY_TEXT("X-Trace"), KEY_TEXT("on")};
    f->headers[1] = (llmc__header){KEY_TEXT("Authorization"), KEY_TEXT("Bearer request-secret")};
    f->metadata[0] = (llmc__header){KEY_TEXT("who"), KEY_TEXT("me")};
    f->metadata[1] = (llmc__header){KEY_TEXT("why"), KEY_TEXT("so")};
    f->stops[0] = KEY_TEXT("END");
    f->stops[1] = KEY_TEXT("STOP");
}

void key_fixture_operate(key_fixture *f) {
    f->texts[0] = (llmc__text){"one", 3};
    f->texts[1] = (llmc__text){"two", 3};
    f->input.texts = f->texts;
    f->input.text_count = 2;
    f->input.truncate = -1;
    f->request.op = LLMC__OP_EMBED;
    f->request.input = &f->input;
}

void key_fixture_fill(key_fixture *f) {
    memset(f, 0, sizeof *f);
    fill_scope(f);
    fill_messages(f);
    fill_lists(f);
    f->request = (llmc_request){.model = KEY_TEXT("openai/gpt-4.1"),
                                .messages = f->messages,
                                .message_count = 3,
                                .message_cap = 3,
                                .stops = f->stops,
                                .stop_count = 2,
                                .headers = f->headers,
                                .header_count = 2,
                                .user = KEY_TEXT("u"),
                                .extra_json = KEY_TEXT("{\"a\":1}"),
                                .tools = f->tools,
                                .tool_count = 2,
                                .tool_choice = LLMC_TOOL_CHOICE_AUTO,
                                .tool_choice_name = KEY_TEXT("weather"),
                                .parallel_tools = -1,
                                .schema_name = KEY_TEXT("answer"),
                                .schema = KEY_TEXT("{\"type\":\"object\"}"),
                                .reasoning_effort = LLMC_REASONING_LOW,
                                .service_tier = KEY_TEXT("flex"),
                                .metadata = f->metadata,
                                .metadata_count = 2};
}

/* ---- every field there is ---- */

/*
 * All fields of the structs that the key is made of, in their order. COUNTS: it changes the answer, and flips below
 * show that it changes the key. FREE: it does not, and so it must not change the key. LIST: its elements have fields of
 * their own. Whoever adds a field to one of the structs finds that this file does not compile, and says here which it
 * is.
 */
/* clang-format off */
#define REQUEST_FIELDS(X) \
    X(request, model, FREE) \
    X(request, op, COUNTS) \
    X(request, input, COUNTS) \
    X(request, messages, LIST) \
    X(request, message_count, COUNTS) \
    X(request, message_cap, FREE) \
    X(request, stops, COUNTS) \
    X(request, stop_count, COUNTS) \
    X(request, headers, LIST) \
    X(request, header_count, COUNTS) \
    X(request, user, COUNTS) \
    X(request, extra_json, COUNTS) \
    X(request, tools, LIST) \
    X(request, tool_count, COUNTS) \
    X(request, tool_cap, FREE) \
    X(request, tool_added_last, FREE) \
    X(request, tool_choice, COUNTS) \
    X(request, tool_choice_name, COUNTS) \
    X(request, parallel_tools, COUNTS) \
    X(request, json_mode, COUNTS) \
    X(request, schema_name, COUNTS) \
    X(request, schema, COUNTS) \
    X(request, schema_strict, COUNTS) \
    X(request, reasoning_effort, COUNTS) \
    X(request, has_reasoning_budget, COUNTS) \
    X(request, has_top_k, COUNTS) \
    X(request, has_n, COUNTS) \
    X(request, has_logprobs, COUNTS) \
    X(request, reasoning_budget, COUNTS) \
    X(request, top_k, COUNTS) \
    X(request, n, COUNTS) \
    X(request, top_logprobs, COUNTS) \
    X(request, service_tier, COUNTS) \
    X(request, metadata, LIST) \
    X(request, metadata_count, COUNTS) \
    X(request, has_temperature, COUNTS) \
    X(request, has_top_p, COUNTS) \
    X(request, has_frequency_penalty, COUNTS) \
    X(request, has_presence_penalty, COUNTS) \
    X(request, has_seed, COUNTS) \
    X(request, has_max_tokens, COUNTS) \
    X(request, temperature, COUNTS) \
    X(request, top_p, COUNTS) \
    X(request, frequency_penalty, COUNTS) \
    X(request, presence_penalty, COUNTS) \
    X(request, seed, COUNTS) \
    X(request, max_tokens, COUNTS) \
    X(request, timeouts, FREE_STRUCT) \
    X(request, max_retries, FREE) \
    X(request, retry_delay_ms, FREE) \
    X(request, priority, FREE) \
    X(request, cache_mode, FREE) \
    X(request, cache_ttl_s, FREE) \
    X(request, tenant, FREE) \
    X(request, fallbacks, FREE) \
    X(request, fallback_count, FREE) \
    X(request, hedge_delay_ms, FREE) \
    X(request, cost_limit_usd, FREE) \
    X(request, interrupt, FREE) \
    X(request, interrupt_data, FREE)

#define MESSAGE_FIELDS(X) \
    X(message, role, COUNTS) \
    X(message, text, COUNTS) \
    X(message, text_len, COUNTS) \
    X(message, cache_mark, COUNTS) \
    X(message, parts, LIST) \
    X(message, part_count, COUNTS) \
    X(message, part_cap, FREE)

#define PART_FIELDS(X) \
    X(part, kind, COUNTS) \
    X(part, text, COUNTS) \
    X(part, text_len, COUNTS) \
    X(part, mime, COUNTS) \
    X(part, name, COUNTS) \
    X(part, id, COUNTS) \
    X(part, origin, COUNTS) \
    X(part, is_error, COUNTS) \
    X(part, cache_mark, COUNTS)

#define TOOL_FIELDS(X) \
    X(tool, name, COUNTS) \
    X(tool, description, COUNTS) \
    X(tool, schema, COUNTS) \
    X(tool, strict, COUNTS) \
    X(tool, cache_mark, COUNTS)

#define HEADER_FIELDS(X) \
    X(header, name, COUNTS) \
    X(header, value, COUNTS)

#define TARGET_FIELDS(X) \
    X(target, refs, FREE) \
    X(target, name, COUNTS) \
    X(target, provider, FREE) \
    X(target, row, FREE) \
    X(target, api_key, COUNTS) \
    X(target, key_required, FREE) \
    X(target, key_variable, FREE) \
    X(target, base_url, COUNTS) \
    X(target, organization, COUNTS) \
    X(target, project, COUNTS) \
    X(target, headers, LIST) \
    X(target, header_count, COUNTS) \
    X(target, ca_file, FREE) \
    X(target, proxy, FREE) \
    X(target, no_proxy, FREE) \
    X(target, bad_key_variable, FREE) \
    X(target, bad_url_variable, FREE) \
    X(target, region, COUNTS) \
    X(target, api_version, COUNTS) \
    X(target, access_key_id, COUNTS) \
    X(target, secret_access_key, COUNTS) \
    X(target, session_token, COUNTS) \
    X(target, token, COUNTS) \
    X(target, token_user_data, COUNTS) \
    X(target, priced_as, FREE) \
    X(target, drop_unsupported, COUNTS) \
    X(target, identity, FREE) \
    X(target, settings, FREE) \
    X(target, requests_per_minute, FREE) \
    X(target, tokens_per_minute, FREE) \
    X(target, max_concurrency, FREE) \
    X(target, key_count, FREE) \
    X(target, key_index, FREE) \
    X(target, next_key, COUNTS) \
    X(target, pool_id, FREE)

/* Of an operation: a request has it where a flip says so. */
#define INPUT_FIELDS(X) \
    X(input, refs, FREE) \
    X(input, op, FREE) \
    X(input, texts, COUNTS) \
    X(input, text_count, COUNTS) \
    X(input, keeper, FREE) \
    X(input, release, FREE) \
    X(input, dimensions, COUNTS) \
    X(input, encoding, COUNTS) \
    X(input, task, COUNTS) \
    X(input, truncate, COUNTS) \
    X(input, query, COUNTS) \
    X(input, top_n, COUNTS) \
    X(input, cursor, COUNTS) \
    X(input, method, COUNTS) \
    X(input, path, COUNTS) \
    X(input, content_type, COUNTS) \
    X(input, body, COUNTS_STRUCT) \
    X(input, max_response_bytes, FREE)
/* clang-format on */

#define VALUE_COUNTS 0
#define VALUE_LIST   0
#define VALUE_FREE   0
#define VALUE_FREE_STRUCT                                                                                              \
    { 0 }
#define VALUE_COUNTS_STRUCT  VALUE_FREE_STRUCT
#define KEY_COUNTS_STRUCT    KEY_COUNTS
#define ZERO(of, name, kind) VALUE_##kind,

#define UNUSED __attribute__((unused))

/* Positional, so that the compiler misses a field that is not listed, also one that fits into a gap. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wmissing-field-initializers"
UNUSED static const llmc_request all_of_request = {REQUEST_FIELDS(ZERO)};
UNUSED static const llmc__message all_of_message = {MESSAGE_FIELDS(ZERO)};
UNUSED static const llmc__part all_of_part = {PART_FIELDS(ZERO)};
UNUSED static const llmc__tool all_of_tool = {TOOL_FIELDS(ZERO)};
UNUSED static const llmc__header all_of_header = {HEADER_FIELDS(ZERO)};
UNUSED static const llmc__target all_of_target = {TARGET_FIELDS(ZERO)};
UNUSED static const llmc__input all_of_input = {INPUT_FIELDS(ZERO)};
#pragma GCC diagnostic pop

#define TYPE_request          llmc_request
#define TYPE_message          llmc__message
#define TYPE_part             llmc__part
#define TYPE_tool             llmc__tool
#define TYPE_header           llmc__header
#define TYPE_target           llmc__target
#define TYPE_input            llmc__input
#define FIELD(of, name, kind) {#of, #name, offsetof(TYPE_##of, name), sizeof all_of_##of.name, KEY_##kind},
const key_field key_fields[] = {REQUEST_FIELDS(FIELD) MESSAGE_FIELDS(FIELD) PART_FIELDS(FIELD) TOOL_FIELDS(FIELD)
                                    HEADER_FIELDS(FIELD) TARGET_FIELDS(FIELD) INPUT_FIELDS(FIELD)};
const size_t key_field_count = sizeof key_fields / sizeof key_fields[0];

/* ---- flips ---- */

#define FLIP(id, code)                                                                                                 \
    static void id(key_fixture *f) {                                                                                   \
        code;                                                                                                          \
    }

/* Of which struct and field, a name, and what is done. */
/* clang-format off */
#define FLIPS(X) \
    X(request, op, no_chat, (f->request.op = LLMC__OP_EMBED)) \
    X(request, op, another_operation, (f->request.op = LLMC__OP_COUNT_TOKENS)) \
    X(request, input, with_input, (key_fixture_operate(f))) \
    X(request, input, another_with_input, (key_fixture_operate(f), f->request.op = LLMC__OP_RERANK)) \
    X(input, text_count, one_text, (key_fixture_operate(f), f->input.text_count = 1)) \
    X(input, texts, another_text, (key_fixture_operate(f), f->texts[1].data = "tow")) \
    X(input, texts, moved_text, (key_fixture_operate(f), f->texts[0] = (llmc__text){"onet", 4}, f->texts[1] = (llmc__text){"wo", 2})) \
    X(input, dimensions, dimensions, (key_fixture_operate(f), f->input.dimensions = 8)) \
    X(input, encoding, base64, (key_fixture_operate(f), f->input.encoding = LLMC__ENCODING_BASE64)) \
    X(input, task, task, (key_fixture_operate(f), f->input.task = KEY_TEXT("query"))) \
    X(input, truncate, truncates, (key_fixture_operate(f), f->input.truncate = 1)) \
    X(input, truncate, truncates_not, (key_fixture_operate(f), f->input.truncate = 0)) \
    X(input, query, query, (key_fixture_operate(f), f->input.query = KEY_TEXT("query"))) \
    X(input, cursor, cursor, (key_fixture_operate(f), f->input.cursor = KEY_TEXT("query"))) \
    X(input, top_n, top_n, (key_fixture_operate(f), f->input.top_n = 3)) \
    X(input, method, method, (key_fixture_operate(f), f->input.method = "GET")) \
    X(input, path, path, (key_fixture_operate(f), f->input.path = KEY_TEXT("GET"))) \
    X(input, content_type, content_type, (key_fixture_operate(f), f->input.content_type = KEY_TEXT("GET"))) \
    X(input, body, given_body, (key_fixture_operate(f), f->input.body.data = KEY_TEXT("GET"), f->input.body.len = 3)) \
    X(request, has_temperature, set_temperature, (f->request.has_temperature = true)) \
    X(request, temperature, temperature_value, (f->request.has_temperature = true, f->request.temperature = 0.5)) \
    X(request, temperature, temperature_near, (f->request.has_temperature = true, f->request.temperature = 0.5000000000000001)) \
    X(request, has_top_p, set_top_p, (f->request.has_top_p = true)) \
    X(request, top_p, top_p_value, (f->request.has_top_p = true, f->request.top_p = 0.5)) \
    X(request, has_frequency_penalty, set_frequency, (f->request.has_frequency_penalty = true)) \
    X(request, frequency_penalty, frequency_value, (f->request.has_frequency_penalty = true, f->request.frequency_penalty = 0.5)) \
    X(request, has_presence_penalty, set_presence, (f->request.has_presence_penalty = true)) \
    X(request, presence_penalty, presence_value, (f->request.has_presence_penalty = true, f->request.presence_penalty = 0.5)) \
    X(request, has_seed, set_seed, (f->request.has_seed = true)) \
    X(request, seed, seed_value, (f->request.has_seed = true, f->request.seed = 7)) \
    X(request, seed, seed_negative, (f->request.has_seed = true, f->request.seed = -7)) \
    X(request, has_max_tokens, set_max_tokens, (f->request.has_max_tokens = true)) \
    X(request, max_tokens, max_tokens_value, (f->request.has_max_tokens = true, f->request.max_tokens = 7)) \
    X(request, has_top_k, set_top_k, (f->request.has_top_k = true)) \
    X(request, top_k, top_k_value, (f->request.has_top_k = true, f->request.top_k = 7)) \
    X(request, has_n, set_n, (f->request.has_n = true)) \
    X(request, n, n_value, (f->request.has_n = true, f->request.n = 7)) \
    X(request, has_logprobs, set_logprobs, (f->request.has_logprobs = true)) \
    X(request, top_logprobs, logprobs_value, (f->request.has_logprobs = true, f->request.top_logprobs = 7)) \
    X(request, has_reasoning_budget, set_budget, (f->request.has_reasoning_budget = true)) \
    X(request, reasoning_budget, budget_value, (f->request.has_reasoning_budget = true, f->request.reasoning_budget = 7)) \
    X(request, reasoning_effort, effort, (f->request.reasoning_effort = LLMC_REASONING_HIGH)) \
    X(request, stops, stop_value, (f->stops[1] = KEY_TEXT("STOQ"))) \
    X(request, stop_count, stop_gone, (f->request.stop_count = 1)) \
    X(request, stops, stop_order, (f->stops[0] = KEY_TEXT("STOP"), f->stops[1] = KEY_TEXT("END"))) \
    X(header, name, header_name, (f->headers[0].name = KEY_TEXT("X-Tracf"))) \
    X(header, value, header_value, (f->headers[0].value = KEY_TEXT("of"))) \
    X(request, header_count, header_gone, (f->request.header_count = 1)) \
    X(header, value, own_key, (f->headers[1].value = KEY_TEXT("Bearer request-secret2"))) \
    X(request, user, user, (f->request.user = KEY_TEXT("v"))) \
    X(request, user, user_empty, (f->request.user = KEY_TEXT(""))) \
    X(request, user, user_gone, (f->request.user = NULL)) \
    X(request, extra_json, extra, (f->request.extra_json = KEY_TEXT("{\"a\":2}"))) \
    X(request, extra_json, extra_gone, (f->request.extra_json = NULL)) \
    X(tool, name, tool_name, (f->tools[0].name = KEY_TEXT("weathes"))) \
    X(tool, description, tool_description, (f->tools[0].description = KEY_TEXT("tells"))) \
    X(tool, description, tool_description_gone, (f->tools[0].description = NULL)) \
    X(tool, schema, tool_schema, (f->tools[0].schema = KEY_TEXT("{ }"))) \
    X(tool, strict, tool_strict, (f->tools[0].strict = true)) \
    X(tool, cache_mark, tool_mark, (f->tools[0].cache_mark = true)) \
    X(request, tool_count, tool_gone, (f->request.tool_count = 1)) \
    X(request, tool_choice, choice, (f->request.tool_choice = LLMC_TOOL_CHOICE_NONE)) \
    X(request, tool_choice, choice_unset, (f->request.tool_choice = LLMC_TOOL_CHOICE_UNSET)) \
    X(request, tool_choice_name, choice_name, (f->request.tool_choice_name = KEY_TEXT("time"))) \
    X(request, parallel_tools, parallel_no, (f->request.parallel_tools = 0)) \
    X(request, parallel_tools, parallel_yes, (f->request.parallel_tools = 1)) \
    X(request, json_mode, json_mode, (f->request.json_mode = true)) \
    X(request, schema_name, schema_name, (f->request.schema_name = KEY_TEXT("answers"))) \
    X(request, schema, schema, (f->request.schema = KEY_TEXT("{\"type\":\"array\"}"))) \
    X(request, schema, schema_gone, (f->request.schema = NULL)) \
    X(request, schema_strict, schema_strict, (f->request.schema_strict = true)) \
    X(request, service_tier, tier, (f->request.service_tier = KEY_TEXT("default"))) \
    X(metadata, name, metadata_name, (f->metadata[0].name = KEY_TEXT("whom"))) \
    X(metadata, value, metadata_value, (f->metadata[0].value = KEY_TEXT("you"))) \
    X(request, metadata_count, metadata_gone, (f->request.metadata_count = 1)) \
    X(message, role, message_role, (f->messages[0].role = LLMC_ROLE_DEVELOPER)) \
    X(message, text, message_text, (f->messages[0].text = KEY_TEXT("be brieg"))) \
    X(message, text_len, message_len, (f->messages[0].text_len = 7)) \
    X(message, cache_mark, message_mark, (f->messages[0].cache_mark = true)) \
    X(request, message_count, message_gone, (f->request.message_count = 2)) \
    X(part, kind, part_kind, (f->parts[0].kind = LLMC__PART_IMAGE_URL)) \
    X(part, text, part_text, (f->parts[0].text = KEY_TEXT("pars"))) \
    X(part, text_len, part_len, (f->parts[0].text_len = 3)) \
    X(part, mime, part_mime, (f->parts[1].mime = KEY_TEXT("text/html"))) \
    X(part, name, part_name, (f->parts[1].name = KEY_TEXT("tools"))) \
    X(part, id, part_id, (f->parts[1].id = KEY_TEXT("call_2"))) \
    X(part, origin, part_origin, (f->parts[1].origin = KEY_TEXT("anthropic"))) \
    X(part, is_error, part_error, (f->parts[1].is_error = true)) \
    X(part, cache_mark, part_mark, (f->parts[1].cache_mark = true)) \
    X(message, part_count, part_gone, (f->messages[1].part_count = 1)) \
    X(target, name, provider, (f->target.name = KEY_TEXT("openaj"))) \
    X(scope, adapter, adapter, (f->scope.adapter = "responses")) \
    X(target, base_url, url, (f->target.base_url = KEY_TEXT("https://api.openai.com/v2"))) \
    X(scope, model, model, (f->scope.model = "gpt-4.2")) \
    X(target, organization, organization, (f->target.organization = KEY_TEXT("orh"))) \
    X(target, organization, organization_gone, (f->target.organization = NULL)) \
    X(target, project, project, (f->target.project = KEY_TEXT("prok"))) \
    X(target, region, region, (f->target.region = KEY_TEXT("us"))) \
    X(target, api_version, api_version, (f->target.api_version = KEY_TEXT("v2"))) \
    X(target, drop_unsupported, drop, (f->target.drop_unsupported = true)) \
    X(target_header, name, target_header_name, (f->target_headers[0].name = KEY_TEXT("X-Orh"))) \
    X(target_header, value, target_header_value, (f->target_headers[0].value = KEY_TEXT("onf"))) \
    X(target, header_count, target_header_gone, (f->target.header_count = 1)) \
    X(target, api_key, key, (f->target.api_key = KEY_TEXT("sk-first-secreu"))) \
    X(target, api_key, key_gone, (f->target.api_key = NULL)) \
    X(second, api_key, second_key, (f->second.api_key = KEY_TEXT("sk-secone"))) \
    X(target, next_key, second_gone, (f->target.next_key = NULL)) \
    X(target, access_key_id, aws_id, (f->target.access_key_id = KEY_TEXT("AKIB"))) \
    X(target, secret_access_key, aws_secret, (f->target.secret_access_key = KEY_TEXT("aws-secreu"))) \
    X(target, session_token, aws_session, (f->target.session_token = KEY_TEXT("aws-sessioo"))) \
    X(target, token, token_set, (f->target.token = key_token)) \
    X(target, token, token_other, (f->target.token = key_other_token)) \
    X(target, token_user_data, token_data, (f->target.token = key_token, f->target.token_user_data = f)) \
    X(scope, salt, salt, (f->scope.salt = "salu")) \
    X(scope, salt, salt_gone, (f->scope.salt = NULL)) \
    X(scope, tenant, tenant, (f->scope.tenant = "tenanu")) \
    X(scope, tenant, tenant_gone, (f->scope.tenant = NULL)) \
    X(scope, secret, process, (f->scope.secret.k1 = 3))
/* clang-format on */

#define FLIP_FUNCTION(of, field, id, code) FLIP(id, code)
#define FLIP_ROW(of, field, id, code)      {#of, #field, #id, id},
FLIPS(FLIP_FUNCTION)
const key_flip key_flips[] = {FLIPS(FLIP_ROW)};
const size_t key_flip_count = sizeof key_flips / sizeof key_flips[0];

/* ---- keys ---- */

void key_write(const key_fixture *f, llmc__buf *out) {
    assert_int_equal(llmc__cache_key_write(&f->scope, &f->request, out), LLMC_OK);
}

bool key_same(const llmc__buf *a, const llmc__buf *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

char *key_fixture_struct(key_fixture *f, const char *of) {
    if (strcmp(of, "request") == 0)
        return (char *)&f->request;
    if (strcmp(of, "target") == 0)
        return (char *)&f->target;
    if (strcmp(of, "message") == 0)
        return (char *)&f->messages[1];
    if (strcmp(of, "input") == 0) {
        key_fixture_operate(f);
        return (char *)&f->input;
    }
    return NULL; /* all of the others count */
}
