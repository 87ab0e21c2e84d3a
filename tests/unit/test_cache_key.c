/* Each field flipped alone gives another key, and no two different requests the same one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/mem.h"
#include "policy/cache_key.h"
#include "support_answer.h"

/*
 * A request with everything in it, in static memory: nothing of it is freed. The two parts lie apart so that a flip
 * can reach each.
 */
typedef struct fixture {
    llmc_request request;
    llmc__target target, second;
    llmc__cache_scope scope;
    llmc__message messages[3];
    llmc__part parts[2];
    llmc__tool tools[2];
    llmc__header headers[2], metadata[2], target_headers[2];
    char *stops[2];
} fixture;

/* The structs whose fields the key goes through, as they were when this was written. */
#define REQUEST_SIZE 400
#define TARGET_SIZE  256

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static int token(const char *provider, char *text, size_t capacity, void *user_data) {
    (void)provider, (void)text, (void)capacity, (void)user_data;
    return 1;
}

static int other_token(const char *provider, char *text, size_t capacity, void *user_data) {
    return token(provider, text, capacity, user_data) + 1;
}

static void fill_scope(fixture *f) {
    f->second = (llmc__target){.api_key = TEXT("sk-second")};
    f->target_headers[0] = (llmc__header){TEXT("X-Org"), TEXT("one")};
    f->target_headers[1] = (llmc__header){TEXT("X-Team"), TEXT("two")};
    f->target = (llmc__target){.name = TEXT("openai"),
                               .api_key = TEXT("sk-first-secret"),
                               .base_url = TEXT("https://api.openai.com/v1"),
                               .organization = TEXT("org"),
                               .project = TEXT("proj"),
                               .headers = f->target_headers,
                               .header_count = 2,
                               .region = TEXT("eu"),
                               .api_version = TEXT("v1"),
                               .access_key_id = TEXT("AKIA"),
                               .secret_access_key = TEXT("aws-secret"),
                               .session_token = TEXT("aws-session"),
                               .next_key = &f->second};
    f->scope = (llmc__cache_scope){.target = &f->target,
                                   .adapter = "openai",
                                   .model = "gpt-4.1",
                                   .salt = "salt",
                                   .tenant = "tenant",
                                   .secret = {1, 2}};
}

static void fill_messages(fixture *f) {
    f->parts[0] = (llmc__part){.kind = LLMC__PART_TEXT, .text = TEXT("part"), .text_len = 4};
    f->parts[1] = (llmc__part){.kind = LLMC__PART_TOOL_RESULT,
                               .text = TEXT("result"),
                               .text_len = 6,
                               .mime = TEXT("text/plain"),
                               .name = TEXT("tool"),
                               .id = TEXT("call_1"),
                               .origin = TEXT("responses")};
    f->messages[0] = (llmc__message){.role = LLMC_ROLE_SYSTEM, .text = TEXT("be brief"), .text_len = 8};
    f->messages[1] = (llmc__message){.role = LLMC_ROLE_USER, .parts = f->parts, .part_count = 2, .part_cap = 2};
    f->messages[2] = (llmc__message){.role = LLMC_ROLE_USER, .text = TEXT("why?"), .text_len = 4};
}

static void fill_lists(fixture *f) {
    f->tools[0] = (llmc__tool){TEXT("weather"), TEXT("tells it"), TEXT("{}"), false, false};
    f->tools[1] = (llmc__tool){TEXT("time"), NULL, TEXT("{}"), true, false};
    f->headers[0] = (llmc__header){TEXT("X-Trace"), TEXT("on")};
    f->headers[1] = (llmc__header){TEXT("Authorization"), TEXT("Bearer request-secret")};
    f->metadata[0] = (llmc__header){TEXT("who"), TEXT("me")};
    f->metadata[1] = (llmc__header){TEXT("why"), TEXT("so")};
    f->stops[0] = TEXT("END");
    f->stops[1] = TEXT("STOP");
}

static void fill(fixture *f) {
    memset(f, 0, sizeof *f);
    fill_scope(f);
    fill_messages(f);
    fill_lists(f);
    f->request = (llmc_request){.model = TEXT("openai/gpt-4.1"),
                                .messages = f->messages,
                                .message_count = 3,
                                .message_cap = 3,
                                .stops = f->stops,
                                .stop_count = 2,
                                .headers = f->headers,
                                .header_count = 2,
                                .user = TEXT("u"),
                                .extra_json = TEXT("{\"a\":1}"),
                                .tools = f->tools,
                                .tool_count = 2,
                                .tool_choice = LLMC_TOOL_CHOICE_AUTO,
                                .tool_choice_name = TEXT("weather"),
                                .parallel_tools = -1,
                                .schema_name = TEXT("answer"),
                                .schema = TEXT("{\"type\":\"object\"}"),
                                .reasoning_effort = LLMC_REASONING_LOW,
                                .service_tier = TEXT("flex"),
                                .metadata = f->metadata,
                                .metadata_count = 2};
}

typedef void (*flip_fn)(fixture *f);
typedef struct flip {
    const char *name;
    flip_fn apply;
} flip;

#define FLIP(id, code)                                                                                                 \
    static void id(fixture *f) {                                                                                       \
        code;                                                                                                          \
    }

FLIP(set_temperature, f->request.has_temperature = true)
FLIP(temperature_value, (f->request.has_temperature = true, f->request.temperature = 0.5))
FLIP(temperature_near, (f->request.has_temperature = true, f->request.temperature = 0.5000000000000001))
FLIP(set_top_p, f->request.has_top_p = true)
FLIP(top_p_value, (f->request.has_top_p = true, f->request.top_p = 0.5))
FLIP(set_frequency, f->request.has_frequency_penalty = true)
FLIP(frequency_value, (f->request.has_frequency_penalty = true, f->request.frequency_penalty = 0.5))
FLIP(set_presence, f->request.has_presence_penalty = true)
FLIP(presence_value, (f->request.has_presence_penalty = true, f->request.presence_penalty = 0.5))
FLIP(set_seed, f->request.has_seed = true)
FLIP(seed_value, (f->request.has_seed = true, f->request.seed = 7))
FLIP(seed_negative, (f->request.has_seed = true, f->request.seed = -7))
FLIP(set_max_tokens, f->request.has_max_tokens = true)
FLIP(max_tokens_value, (f->request.has_max_tokens = true, f->request.max_tokens = 7))
FLIP(set_top_k, f->request.has_top_k = true)
FLIP(top_k_value, (f->request.has_top_k = true, f->request.top_k = 7))
FLIP(set_n, f->request.has_n = true)
FLIP(n_value, (f->request.has_n = true, f->request.n = 7))
FLIP(set_logprobs, f->request.has_logprobs = true)
FLIP(logprobs_value, (f->request.has_logprobs = true, f->request.top_logprobs = 7))
FLIP(set_budget, f->request.has_reasoning_budget = true)
FLIP(budget_value, (f->request.has_reasoning_budget = true, f->request.reasoning_budget = 7))
FLIP(effort, f->request.reasoning_effort = LLMC_REASONING_HIGH)
FLIP(stop_value, f->stops[1] = TEXT("STOQ"))
FLIP(stop_gone, f->request.stop_count = 1)
FLIP(stop_order, (f->stops[0] = TEXT("STOP"), f->stops[1] = TEXT("END")))
FLIP(header_name, f->headers[0].name = TEXT("X-Tracf"))
FLIP(header_value, f->headers[0].value = TEXT("of"))
FLIP(header_gone, f->request.header_count = 1)
FLIP(own_key, f->headers[1].value = TEXT("Bearer request-secret2"))
FLIP(user, f->request.user = TEXT("v"))
FLIP(user_empty, f->request.user = TEXT(""))
FLIP(user_gone, f->request.user = NULL)
FLIP(extra, f->request.extra_json = TEXT("{\"a\":2}"))
FLIP(extra_gone, f->request.extra_json = NULL)
FLIP(tool_name, f->tools[0].name = TEXT("weathes"))
FLIP(tool_description, f->tools[0].description = TEXT("tells"))
FLIP(tool_description_gone, f->tools[0].description = NULL)
FLIP(tool_schema, f->tools[0].schema = TEXT("{ }"))
FLIP(tool_strict, f->tools[0].strict = true)
FLIP(tool_mark, f->tools[0].cache_mark = true)
FLIP(tool_gone, f->request.tool_count = 1)
FLIP(choice, f->request.tool_choice = LLMC_TOOL_CHOICE_NONE)
FLIP(choice_unset, f->request.tool_choice = LLMC_TOOL_CHOICE_UNSET)
FLIP(choice_name, f->request.tool_choice_name = TEXT("time"))
FLIP(parallel_no, f->request.parallel_tools = 0)
FLIP(parallel_yes, f->request.parallel_tools = 1)
FLIP(json_mode, f->request.json_mode = true)
FLIP(schema_name, f->request.schema_name = TEXT("answers"))
FLIP(schema, f->request.schema = TEXT("{\"type\":\"array\"}"))
FLIP(schema_gone, f->request.schema = NULL)
FLIP(schema_strict, f->request.schema_strict = true)
FLIP(tier, f->request.service_tier = TEXT("default"))
FLIP(metadata_name, f->metadata[0].name = TEXT("whom"))
FLIP(metadata_value, f->metadata[0].value = TEXT("you"))
FLIP(metadata_gone, f->request.metadata_count = 1)
FLIP(message_role, f->messages[0].role = LLMC_ROLE_DEVELOPER)
FLIP(message_text, f->messages[0].text = TEXT("be brieg"))
FLIP(message_len, f->messages[0].text_len = 7)
FLIP(message_mark, f->messages[0].cache_mark = true)
FLIP(message_gone, f->request.message_count = 2)
FLIP(part_kind, f->parts[0].kind = LLMC__PART_IMAGE_URL)
FLIP(part_text, f->parts[0].text = TEXT("pars"))
FLIP(part_len, f->parts[0].text_len = 3)
FLIP(part_mime, f->parts[1].mime = TEXT("text/html"))
FLIP(part_name, f->parts[1].name = TEXT("tools"))
FLIP(part_id, f->parts[1].id = TEXT("call_2"))
FLIP(part_origin, f->parts[1].origin = TEXT("anthropic"))
FLIP(part_error, f->parts[1].is_error = true)
FLIP(part_mark, f->parts[1].cache_mark = true)
FLIP(part_gone, f->messages[1].part_count = 1)
FLIP(provider, f->target.name = TEXT("openaj"))
FLIP(adapter, f->scope.adapter = "responses")
FLIP(url, f->target.base_url = TEXT("https://api.openai.com/v2"))
FLIP(model, f->scope.model = "gpt-4.2")
FLIP(organization, f->target.organization = TEXT("orh"))
FLIP(organization_gone, f->target.organization = NULL)
FLIP(project, f->target.project = TEXT("prok"))
FLIP(region, f->target.region = TEXT("us"))
FLIP(api_version, f->target.api_version = TEXT("v2"))
FLIP(drop, f->target.drop_unsupported = true)
FLIP(target_header_name, f->target_headers[0].name = TEXT("X-Orh"))
FLIP(target_header_value, f->target_headers[0].value = TEXT("onf"))
FLIP(target_header_gone, f->target.header_count = 1)
FLIP(key, f->target.api_key = TEXT("sk-first-secreu"))
FLIP(key_gone, f->target.api_key = NULL)
FLIP(second_key, f->second.api_key = TEXT("sk-secone"))
FLIP(second_gone, f->target.next_key = NULL)
FLIP(aws_id, f->target.access_key_id = TEXT("AKIB"))
FLIP(aws_secret, f->target.secret_access_key = TEXT("aws-secreu"))
FLIP(aws_session, f->target.session_token = TEXT("aws-sessioo"))
FLIP(token_set, f->target.token = token)
FLIP(token_other, f->target.token = other_token)
FLIP(token_data, (f->target.token = token, f->target.token_user_data = f))
FLIP(salt, f->scope.salt = "salu")
FLIP(salt_gone, f->scope.salt = NULL)
FLIP(tenant, f->scope.tenant = "tenanu")
FLIP(tenant_gone, f->scope.tenant = NULL)
FLIP(process, f->scope.secret.k1 = 3)

#define NAMED(id)                                                                                                      \
    { #id, id }
static const flip flips[] = {
    NAMED(set_temperature),
    NAMED(temperature_value),
    NAMED(temperature_near),
    NAMED(set_top_p),
    NAMED(top_p_value),
    NAMED(set_frequency),
    NAMED(frequency_value),
    NAMED(set_presence),
    NAMED(presence_value),
    NAMED(set_seed),
    NAMED(seed_value),
    NAMED(seed_negative),
    NAMED(set_max_tokens),
    NAMED(max_tokens_value),
    NAMED(set_top_k),
    NAMED(top_k_value),
    NAMED(set_n),
    NAMED(n_value),
    NAMED(set_logprobs),
    NAMED(logprobs_value),
    NAMED(set_budget),
    NAMED(budget_value),
    NAMED(effort),
    NAMED(stop_value),
    NAMED(stop_gone),
    NAMED(stop_order),
    NAMED(header_name),
    NAMED(header_value),
    NAMED(header_gone),
    NAMED(own_key),
    NAMED(user),
    NAMED(user_empty),
    NAMED(user_gone),
    NAMED(extra),
    NAMED(extra_gone),
    NAMED(tool_name),
    NAMED(tool_description),
    NAMED(tool_description_gone),
    NAMED(tool_schema),
    NAMED(tool_strict),
    NAMED(tool_mark),
    NAMED(tool_gone),
    NAMED(choice),
    NAMED(choice_unset),
    NAMED(choice_name),
    NAMED(parallel_no),
    NAMED(parallel_yes),
    NAMED(json_mode),
    NAMED(schema_name),
    NAMED(schema),
    NAMED(schema_gone),
    NAMED(schema_strict),
    NAMED(tier),
    NAMED(metadata_name),
    NAMED(metadata_value),
    NAMED(metadata_gone),
    NAMED(message_role),
    NAMED(message_text),
    NAMED(message_len),
    NAMED(message_mark),
    NAMED(message_gone),
    NAMED(part_kind),
    NAMED(part_text),
    NAMED(part_len),
    NAMED(part_mime),
    NAMED(part_name),
    NAMED(part_id),
    NAMED(part_origin),
    NAMED(part_error),
    NAMED(part_mark),
    NAMED(part_gone),
    NAMED(provider),
    NAMED(adapter),
    NAMED(url),
    NAMED(model),
    NAMED(organization),
    NAMED(organization_gone),
    NAMED(project),
    NAMED(region),
    NAMED(api_version),
    NAMED(drop),
    NAMED(target_header_name),
    NAMED(target_header_value),
    NAMED(target_header_gone),
    NAMED(key),
    NAMED(key_gone),
    NAMED(second_key),
    NAMED(second_gone),
    NAMED(aws_id),
    NAMED(aws_secret),
    NAMED(aws_session),
    NAMED(token_set),
    NAMED(token_other),
    NAMED(token_data),
    NAMED(salt),
    NAMED(salt_gone),
    NAMED(tenant),
    NAMED(tenant_gone),
    NAMED(process),
};
#define FLIPS (sizeof flips / sizeof flips[0])

static void write_key(const fixture *f, llmc__buf *out) {
    assert_int_equal(llmc__cache_key_write(&f->scope, &f->request, out), LLMC_OK);
}

static bool same(const llmc__buf *a, const llmc__buf *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static void test_each_flip_gives_another_key(void **state) {
    static llmc__buf keys[FLIPS + 1];
    uint64_t hashes[FLIPS + 1][2];
    (void)state;
    for (size_t i = 0; i <= FLIPS; i++) {
        fixture f;
        fill(&f);
        if (i < FLIPS)
            flips[i].apply(&f);
        llmc__buf_init(&keys[i], 10000);
        write_key(&f, &keys[i]);
        llmc__hash_sip128((llmc__hash_key){3, 4}, keys[i].data, keys[i].len, hashes[i]);
        for (size_t k = 0; k < i; k++)
            if (same(&keys[i], &keys[k]) || memcmp(hashes[i], hashes[k], sizeof hashes[i]) == 0)
                fail_msg("%s and %s have the same key", i < FLIPS ? flips[i].name : "nothing", flips[k].name);
    }
    for (size_t i = 0; i <= FLIPS; i++)
        llmc__buf_free(&keys[i]);
}

FLIP(timeouts, f->request.timeouts.total_ms = 5)
FLIP(retries, f->request.max_retries = 5)
FLIP(delay, f->request.retry_delay_ms = 5)
FLIP(priority, f->request.priority = LLMC_PRIORITY_HIGH)
FLIP(interrupt_data, f->request.interrupt_data = f)
FLIP(model_as_given, f->request.model = TEXT("gpt-4.1"))
FLIP(capacity, f->request.message_cap = 9)
FLIP(ca_file, f->target.ca_file = TEXT("x"))
FLIP(key_index, f->target.key_index = 4)
FLIP(header_case, f->headers[0].name = TEXT("x-TRACE"))

static void expect_same(const flip_fn *apply, size_t count, flip_fn first) {
    llmc__buf plain, other;
    llmc__buf_init(&plain, 10000);
    llmc__buf_init(&other, 10000);
    for (size_t i = 0; i < count; i++) {
        fixture f;
        fill(&f);
        if (first != NULL)
            first(&f);
        write_key(&f, &plain);
        apply[i](&f);
        write_key(&f, &other);
        assert_true(same(&plain, &other));
    }
    llmc__buf_free(&plain);
    llmc__buf_free(&other);
}

FLIP(no_trace, (f->headers[0] = f->headers[1], f->request.header_count = 1))
FLIP(with_trace, (f->headers[1] = f->headers[0], f->headers[0] = (llmc__header){TEXT("traceparent"), TEXT("1")},
                  f->request.header_count = 2))

static void test_what_does_not_count(void **state) {
    static const flip_fn none[] = {timeouts,       retries,  delay,   priority,  interrupt_data,
                                   model_as_given, capacity, ca_file, key_index, header_case};
    static const flip_fn traced[] = {with_trace};
    (void)state;
    expect_same(none, sizeof none / sizeof none[0], NULL);
    expect_same(traced, 1, no_trace);
}

/* Whoever adds a field must say here, and in cache_key.c, whether it changes the answer. */
static void test_no_field_is_forgotten(void **state) {
    (void)state;
    if (sizeof(void *) != 8)
        skip();
    assert_int_equal(sizeof(llmc__part), 64);
    assert_int_equal(sizeof(llmc__message), 56);
    assert_int_equal(sizeof(llmc__tool), 32);
    assert_int_equal(sizeof(llmc_request), REQUEST_SIZE);
    assert_int_equal(sizeof(llmc__target), TARGET_SIZE);
}

static bool contains(const llmc__buf *buf, const char *text) {
    return memmem(buf->data, buf->len, text, strlen(text)) != NULL;
}

static void test_no_secret_is_readable(void **state) {
    static const char *const secrets[] = {"sk-first",   "sk-second",   "AKIA",
                                          "aws-secret", "aws-session", "request-secret"};
    llmc__buf key;
    fixture f;
    (void)state;
    fill(&f);
    llmc__buf_init(&key, 10000);
    write_key(&f, &key);
    assert_true(contains(&key, "be brief"));
    assert_true(contains(&key, "authorization"));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        assert_false(contains(&key, secrets[i]));
    llmc__buf_free(&key);
}

static void test_shared_keys_need_to_know_whose(void **state) {
    llmc__buf key, other;
    fixture f;
    (void)state;
    fill(&f);
    llmc__buf_init(&key, 10000);
    llmc__buf_init(&other, 10000);
    f.scope.shared = true;
    f.target.token = token;
    write_key(&f, &key);
    f.target.token_user_data = &f;
    f.target.token = other_token; /* elsewhere in the other process */
    write_key(&f, &other);
    assert_true(same(&key, &other));
    f.scope.salt = NULL;
    write_key(&f, &other);
    f.scope.tenant = NULL;
    assert_int_equal(llmc__cache_key_write(&f.scope, &f.request, &other), LLMC_ERR_UNSUPPORTED);
    f.scope.shared = false;
    write_key(&f, &other);
    llmc__buf_free(&key);
    llmc__buf_free(&other);
}

static void test_limits(void **state) {
    llmc__buf key;
    fixture f;
    llmc_status status;
    size_t whole;
    (void)state;
    fill(&f);
    llmc__buf_init(&key, 10000);
    write_key(&f, &key);
    whole = key.len;
    llmc__buf_free(&key);
    for (size_t max = 0; max < whole; max++) {
        llmc__buf_init(&key, max);
        assert_int_equal(llmc__cache_key_write(&f.scope, &f.request, &key), LLMC_ERR_TOO_LARGE);
        llmc__buf_free(&key);
    }
    status = LLMC_ERR_NO_MEMORY;
    for (int k = 0; status != LLMC_OK; k++) {
        answer_gate gate;
        assert_true(k < 100);
        llmc__buf_init(&key, whole);
        answer_gate_set(&gate, k, false);
        status = llmc__cache_key_write(&f.scope, &f.request, &key);
        answer_gate_drop();
        assert_true(status == LLMC_OK || status == LLMC_ERR_NO_MEMORY);
        llmc__buf_free(&key);
    }
}

/* What one field loses the next one gains: only the lengths tell them apart. */
static void test_bytes_that_move_to_the_next_field(void **state) {
    static const char *const halves[][2] = {{"abc", ""}, {"ab", "c"}, {"a", "bc"}, {"", "abc"}};
    llmc__buf keys[8];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        fixture f;
        fill(&f);
        if (i < 4) {
            f.stops[0] = TEXT(halves[i][0]);
            f.stops[1] = TEXT(halves[i][1]);
        } else {
            f.metadata[0].value = TEXT(halves[i - 4][0]);
            f.metadata[1].name = TEXT(halves[i - 4][1]);
        }
        llmc__buf_init(&keys[i], 10000);
        write_key(&f, &keys[i]);
        for (size_t k = 0; k < i; k++)
            assert_false(same(&keys[i], &keys[k]));
    }
    for (size_t i = 0; i < 8; i++)
        llmc__buf_free(&keys[i]);
}

typedef struct hash {
    uint64_t half[2];
} hash;

static int compare(const void *a, const void *b) {
    return memcmp(a, b, sizeof(hash));
}

/* A few flips at once and a text of its own for each. */
static void test_a_million_keys(void **state) {
    const size_t count = getenv("LLMC_QUICK") != NULL ? 20000 : 1000000;
    hash *hashes = malloc(count * sizeof *hashes);
    uint64_t seed = 11;
    llmc__buf key;
    (void)state;
    assert_non_null(hashes);
    llmc__buf_init(&key, 10000);
    for (size_t i = 0; i < count; i++) {
        char text[32];
        fixture f;
        fill(&f);
        for (size_t n = answer_below(&seed, 4); n > 0; n--)
            flips[answer_below(&seed, FLIPS)].apply(&f);
        f.messages[0].text_len = (size_t)snprintf(text, sizeof text, "%zx", i);
        f.messages[0].text = text;
        write_key(&f, &key);
        llmc__hash_sip128((llmc__hash_key){3, 4}, key.data, key.len, hashes[i].half);
    }
    qsort(hashes, count, sizeof *hashes, compare);
    for (size_t i = 1; i < count; i++)
        assert_int_not_equal(compare(&hashes[i - 1], &hashes[i]), 0);
    llmc__buf_free(&key);
    free(hashes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_flip_gives_another_key),
        cmocka_unit_test(test_what_does_not_count),
        cmocka_unit_test(test_no_field_is_forgotten),
        cmocka_unit_test(test_no_secret_is_readable),
        cmocka_unit_test(test_shared_keys_need_to_know_whose),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bytes_that_move_to_the_next_field),
        cmocka_unit_test(test_a_million_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
