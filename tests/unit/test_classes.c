/*
 * What error answers of OpenAI and of those who speak its API mean: a table of (provider, HTTP status, code or type).
 * To add one, add a row. Bodies are the vendors' documented or recorded ones, cut to what counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "support_classes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* {"error":{...}} with a message, a type and a code. */
#define ERR(message, type, code)                                                                                       \
    "{\"error\":{\"message\":\"" message "\",\"type\":\"" type "\",\"param\":null,\"code\":\"" code "\"}}"
/* With a number for a code and no type. */
#define NUM(message, code) "{\"error\":{\"message\":\"" message "\",\"code\":" code "}}"

static void test_openai(void **state) {
    static const class_row rows[] = {
        /* 429 and its kin: what a pause mends, and what only money does. */
        {"openai", 429, ERR("Rate limit reached for gpt-4o", "tokens", "rate_limit_exceeded"), LLMC_ERR_RATE_LIMITED,
         true, "rate_limit_exceeded", NULL},
        {"openai", 429, ERR("Rate limit reached for gpt-4o", "requests", "rate_limit_exceeded"), LLMC_ERR_RATE_LIMITED,
         true, "requests", NULL},
        {"openai", 429, ERR("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "You exceeded your current quota", NULL},
        {"openai", 429, "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"code\":null}}",
         LLMC_ERR_QUOTA_EXHAUSTED, false, "insufficient_quota", NULL},
        {"openai", 429, ERR("m", "billing", "credit_balance_exhausted"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "credit_balance_exhausted", NULL},
        {"openai", 429, ERR("m", "billing", "organization_spend_limit_exceeded"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "organization_spend_limit_exceeded", NULL},
        {"openai", 429, ERR("m", "billing", "project_spend_limit_exceeded"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "project_spend_limit_exceeded", NULL},
        {"openai", 429, ERR("m", "billing", "organization_usage_limit_exceeded"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "organization_usage_limit_exceeded", NULL},
        {"openai", 429, ERR("m", "billing", "billing_hard_limit_reached"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "billing_hard_limit_reached", NULL},
        {"openai", 400, ERR("m", "invalid_request_error", "billing_hard_limit_reached"), LLMC_ERR_QUOTA_EXHAUSTED,
         false, "billing_hard_limit_reached", NULL},
        {"openai", 403, ERR("m", "billing", "insufficient_quota"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "insufficient_quota", NULL},
        {"openai", 429, ERR("m", "server_error", "slow_down"), LLMC_ERR_RATE_LIMITED, true, "slow_down", NULL},
        {"openai", 503, ERR("m", "server_error", "slow_down"), LLMC_ERR_OVERLOADED, true, "slow_down", NULL},
        {"openai", 503, ERR("m", "server_error", "server_is_overloaded"), LLMC_ERR_OVERLOADED, true,
         "server_is_overloaded", NULL},
        {"openai", 500, ERR("m", "server_error", "server_is_overloaded"), LLMC_ERR_OVERLOADED, true,
         "server_is_overloaded", NULL},
        {"openai", 429, ERR("m", "engine", "engine_overloaded"), LLMC_ERR_OVERLOADED, true, "engine_overloaded", NULL},
        {"openai", 429, "", LLMC_ERR_RATE_LIMITED, true, NULL, NULL},
        /* The key. */
        {"openai", 401, ERR("Incorrect API key provided", "invalid_request_error", "invalid_api_key"), LLMC_ERR_AUTH,
         false, "invalid_api_key", NULL},
        {"openai", 401, ERR("You must be a member of an organization", "invalid_request_error", "no_organization"),
         LLMC_ERR_AUTH, false, "no_organization", NULL},
        {"openai", 401, "You didn't provide an API key.", LLMC_ERR_AUTH, false, "You didn't provide", NULL},
        {"openai", 403, ERR("Country not supported", "request_forbidden", "unsupported_country_region_territory"),
         LLMC_ERR_PERMISSION, false, "unsupported_country_region_territory", NULL},
        {"openai", 403,
         "{\"error\":{\"message\":\"You are not allowed to generate embeddings from this model\","
         "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}",
         LLMC_ERR_PERMISSION, false, "not allowed", NULL},
        /* The request. */
        {"openai", 400, ERR("m", "invalid_request_error", "missing_required_parameter"), LLMC_ERR_BAD_REQUEST, false,
         "missing_required_parameter", NULL},
        {"openai", 400, ERR("m", "invalid_request_error", "unsupported_value"), LLMC_ERR_BAD_REQUEST, false,
         "unsupported_value", NULL},
        {"openai", 400, ERR("m", "invalid_request_error", "context_length_exceeded"), LLMC_ERR_CONTEXT_LENGTH, false,
         "context_length_exceeded", NULL},
        {"openai", 400, ERR("m", "invalid_request_error", "content_policy_violation"), LLMC_ERR_CONTENT_FILTER, false,
         "content_policy_violation", NULL},
        {"openai", 404, ERR("The model does not exist", "invalid_request_error", "model_not_found"), LLMC_ERR_NOT_FOUND,
         false, "model_not_found", NULL},
        {"openai-responses", 400, ERR("The requested model does not exist", "invalid_request_error", "model_not_found"),
         LLMC_ERR_NOT_FOUND, false, "model_not_found", NULL},
        {"openai-responses", 400, ERR("m", "invalid_request_error", "previous_response_not_found"),
         LLMC_ERR_BAD_REQUEST, false, "previous_response_not_found", NULL},
        {"openai-responses", 400, ERR("m", "invalid_request_error", "invalid_json_schema"), LLMC_ERR_BAD_REQUEST, false,
         "invalid_json_schema", NULL},
        {"openai-responses", 429, ERR("m", "insufficient_quota", "insufficient_quota"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "insufficient_quota", NULL},
        {"openai-responses", 401, "Unauthorized", LLMC_ERR_AUTH, false, "Unauthorized", NULL},
        {"openai", 409, ERR("m", "conflict", "lock"), LLMC_ERR_BAD_REQUEST, true, "lock", NULL},
        {"openai", 413, ERR("m", "invalid_request_error", "request_too_large"), LLMC_ERR_BAD_REQUEST, false,
         "request_too_large", NULL},
        {"openai", 422, ERR("m", "invalid_request_error", "x"), LLMC_ERR_BAD_REQUEST, false, "x", NULL},
        /* The provider. */
        {"openai", 500, ERR("The server had an error", "server_error", "x"), LLMC_ERR_SERVER, true, "server_error",
         NULL},
        {"openai", 503, ERR("The engine is currently overloaded", "server_error", "x"), LLMC_ERR_OVERLOADED, true,
         "overloaded", NULL},
        {"openai", 408, "", LLMC_ERR_SERVER, true, NULL, NULL},
        /* What is said later does not count against what came first: a filter's word in a server's fault. */
        {"openai", 500, ERR("m", "server_error", "content_filter"), LLMC_ERR_SERVER, true, "content_filter", NULL},
        {"openai", 404, ERR("m", "x", "insufficient_quota"), LLMC_ERR_NOT_FOUND, false, "insufficient_quota", NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

static void test_azure(void **state) {
    static const class_row rows[] = {
        {"azure", 401, ERR("Access denied due to invalid subscription key or wrong API endpoint.", "", "401"),
         LLMC_ERR_AUTH, false, "Access denied", NULL},
        {"azure", 401, ERR("Principal does not have access to API/Operation.", "", "PermissionDenied"), LLMC_ERR_AUTH,
         false, "PermissionDenied", NULL},
        {"azure", 403, ERR("Key based authentication is disabled.", "", "AuthenticationTypeDisabled"),
         LLMC_ERR_PERMISSION, false, "AuthenticationTypeDisabled", NULL},
        {"azure", 403, ERR("Out of call volume quota. Quota will be replenished in 12:12:12.", "", "403"),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "Out of call volume quota", NULL},
        {"azure", 404, ERR("The API deployment for this resource does not exist.", "", "DeploymentNotFound"),
         LLMC_ERR_NOT_FOUND, false, "DeploymentNotFound", NULL},
        {"azure", 404, ERR("Resource not found", "", "404"), LLMC_ERR_NOT_FOUND, false, "Resource not found", NULL},
        {"azure", 429, ERR("Your requests have exceeded rate limit.", "", "RateLimitReached"), LLMC_ERR_RATE_LIMITED,
         true, "RateLimitReached", NULL},
        {"azure", 429, ERR("Requests have exceeded token rate limit. Please retry after 8 seconds.", "", "429"),
         LLMC_ERR_RATE_LIMITED, true, "token rate limit", NULL},
        {"azure", 429, ERR("The system is currently experiencing high demand", "", "NoCapacity"), LLMC_ERR_RATE_LIMITED,
         true, "NoCapacity", NULL},
        {"azure", 429, ERR("m", "insufficient_quota", "insufficient_quota"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "insufficient_quota", NULL},
        {"azure", 400,
         "{\"error\":{\"message\":\"The response was filtered\",\"type\":null,\"param\":\"prompt\","
         "\"code\":\"content_filter\",\"status\":400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\","
         "\"content_filter_result\":{\"hate\":{\"filtered\":true,\"severity\":\"high\"}}}}}",
         LLMC_ERR_CONTENT_FILTER, false, "content_filter", NULL},
        {"azure", 400, ERR("m", "", "ResponsibleAIPolicyViolation"), LLMC_ERR_CONTENT_FILTER, false,
         "ResponsibleAIPolicyViolation", NULL},
        {"azure", 400, ERR("m", "invalid_request_error", "context_length_exceeded"), LLMC_ERR_CONTEXT_LENGTH, false,
         "context_length_exceeded", NULL},
        {"azure", 400, ERR("The chatCompletion operation does not work", "", "OperationNotSupported"),
         LLMC_ERR_BAD_REQUEST, false, "OperationNotSupported", NULL},
        {"azure", 408, ERR("The operation was timeout.", "", "Timeout"), LLMC_ERR_SERVER, true, "Timeout", NULL},
        {"azure", 424, ERR("m", "", "FailedDependency"), LLMC_ERR_BAD_REQUEST, false, "FailedDependency", NULL},
        {"azure", 500, ERR("m", "", "InternalServerError"), LLMC_ERR_SERVER, true, "InternalServerError", NULL},
        {"azure", 503, ERR("m", "", "ServiceUnavailable"), LLMC_ERR_OVERLOADED, true, "ServiceUnavailable", NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

static void test_groq_deepseek_xai(void **state) {
    static const class_row rows[] = {
        {"groq", 400, ERR("Tool choice is required, but model did not call a tool", "x", "tool_use_failed"),
         LLMC_ERR_BAD_REQUEST, false, "tool_use_failed", NULL},
        {"groq", 401, ERR("Invalid API Key", "invalid_request_error", "invalid_api_key"), LLMC_ERR_AUTH, false,
         "Invalid API Key", NULL},
        {"groq", 404, ERR("m", "invalid_request_error", "model_not_found"), LLMC_ERR_NOT_FOUND, false,
         "model_not_found", NULL},
        {"groq", 400, ERR("m", "invalid_request_error", "model_decommissioned"), LLMC_ERR_NOT_FOUND, false,
         "model_decommissioned", NULL},
        {"groq", 413, ERR("Request too large for model", "tokens", "rate_limit_exceeded"), LLMC_ERR_BAD_REQUEST, false,
         "Request too large", NULL},
        {"groq", 429, ERR("Rate limit reached", "tokens", "rate_limit_exceeded"), LLMC_ERR_RATE_LIMITED, true,
         "rate_limit_exceeded", NULL},
        {"groq", 498, ERR("Flex tier capacity exceeded", "flex", "capacity_exceeded"), LLMC_ERR_OVERLOADED, true,
         "capacity_exceeded", NULL},
        {"groq", 503, ERR("Service Unavailable", "internal_server_error", ""), LLMC_ERR_OVERLOADED, true,
         "Service Unavailable", NULL},
        {"deepseek", 400, ERR("Model Not Exist", "invalid_request_error", "invalid_request_error"), LLMC_ERR_NOT_FOUND,
         false, "Model Not Exist", NULL},
        {"deepseek", 400, ERR("No tool output found", "invalid_request_error", "invalid_request_error"),
         LLMC_ERR_BAD_REQUEST, false, "No tool output", NULL},
        {"deepseek", 401, ERR("Authentication Fails", "authentication_error", "invalid_request_error"), LLMC_ERR_AUTH,
         false, "authentication_error", NULL},
        {"deepseek", 402, ERR("Insufficient Balance", "unknown_error", "invalid_request_error"),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "Insufficient Balance", NULL},
        {"deepseek", 422, ERR("m", "invalid_request_error", "x"), LLMC_ERR_BAD_REQUEST, false, "x", NULL},
        {"deepseek", 429, "", LLMC_ERR_RATE_LIMITED, true, NULL, NULL},
        {"deepseek", 500, "", LLMC_ERR_SERVER, true, NULL, NULL},
        {"deepseek", 503, ERR("Server overloaded", "service_unavailable_error", ""), LLMC_ERR_OVERLOADED, true,
         "overloaded", NULL},
        {"xai", 400, "{\"code\":\"invalid-argument\",\"error\":\"Incorrect API key provided. You can obtain one\"}",
         LLMC_ERR_AUTH, false, "Incorrect API key", NULL},
        {"xai", 400, "{\"code\":\"invalid-argument\",\"error\":\"Argument not supported: stop\"}", LLMC_ERR_BAD_REQUEST,
         false, "invalid-argument", NULL},
        {"xai", 400,
         "{\"code\":\"c\",\"error\":\"This model's maximum prompt length is 131072 but the request contains 537812\"}",
         LLMC_ERR_CONTEXT_LENGTH, false, "maximum prompt length", NULL},
        {"xai", 403, "{\"code\":\"permission-denied\",\"error\":\"Your newly created team doesn't have any credits\"}",
         LLMC_ERR_QUOTA_EXHAUSTED, false, "credits", NULL},
        {"xai", 403, "{\"code\":\"permission-denied\",\"error\":\"Team is not authorized\"}", LLMC_ERR_PERMISSION,
         false, "not authorized", NULL},
        {"xai", 404, "{\"code\":\"not-found\",\"error\":\"The model grok-0 does not exist\"}", LLMC_ERR_NOT_FOUND,
         false, "grok-0", NULL},
        {"xai", 429,
         "{\"code\":\"Some resource has been exhausted\",\"error\":\"Your team has either used all available credits "
         "or reached its monthly spending limit.\"}",
         LLMC_ERR_QUOTA_EXHAUSTED, false, "resource has been exhausted", NULL},
        {"xai", 429, "{\"code\":\"Some resource has been exhausted\",\"error\":\"Too many requests for team\"}",
         LLMC_ERR_RATE_LIMITED, true, "Too many requests", NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

static void test_routers(void **state) {
    static const class_row rows[] = {
        {"openrouter", 400, NUM("This endpoint's maximum context length is 8192 tokens", "400"),
         LLMC_ERR_CONTEXT_LENGTH, false, "8192", NULL},
        {"openrouter", 400, NUM("foo/bar is not a valid model ID", "400"), LLMC_ERR_NOT_FOUND, false, "foo/bar", NULL},
        {"openrouter", 400, NUM("Provider returned error", "400"), LLMC_ERR_BAD_REQUEST, false, "400", NULL},
        {"openrouter", 401, NUM("Missing Authentication header", "401"), LLMC_ERR_AUTH, false, "401", NULL},
        {"openrouter", 402, NUM("Insufficient credits", "402"), LLMC_ERR_QUOTA_EXHAUSTED, false, "402", NULL},
        {"openrouter", 403, NUM("Key limit exceeded (total limit)", "403"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "Key limit exceeded", NULL},
        {"openrouter", 403,
         "{\"error\":{\"code\":403,\"message\":\"openai/gpt-4o requires moderation. Your input was flagged for "
         "violence\",\"metadata\":{\"reasons\":[\"violence\"]}}}",
         LLMC_ERR_CONTENT_FILTER, false, "flagged", NULL},
        {"openrouter", 404, NUM("No endpoints found for foo/bar", "404"), LLMC_ERR_NOT_FOUND, false, "404", NULL},
        {"openrouter", 408, NUM("Request timed out", "408"), LLMC_ERR_SERVER, true, "408", NULL},
        {"openrouter", 429, NUM("Rate limit exceeded: limit_rpm", "429"), LLMC_ERR_RATE_LIMITED, true, "429", NULL},
        {"openrouter", 502, NUM("Provider returned error", "502"), LLMC_ERR_SERVER, true, "502", NULL},
        {"openrouter", 503, NUM("No instances available", "503"), LLMC_ERR_OVERLOADED, true, "503", NULL},
        {"perplexity", 400,
         "{\"error\":{\"message\":\"The total length of all messages is too long.\","
         "\"type\":\"too_many_prompt_tokens\",\"code\":400}}",
         LLMC_ERR_CONTEXT_LENGTH, false, "too_many_prompt_tokens", NULL},
        {"perplexity", 400, "{\"error\":{\"message\":\"m\",\"type\":\"invalid_model\",\"code\":400}}",
         LLMC_ERR_NOT_FOUND, false, "invalid_model", NULL},
        {"perplexity", 401, "{\"error\":{\"message\":\"m\",\"type\":\"invalid_api_key\",\"code\":401}}", LLMC_ERR_AUTH,
         false, "invalid_api_key", NULL},
        {"perplexity", 401, "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\",\"code\":401}}",
         LLMC_ERR_QUOTA_EXHAUSTED, false, "insufficient_quota", NULL},
        {"perplexity", 401, "<html><head><title>401 Authorization Required</title></head></html>", LLMC_ERR_AUTH, false,
         NULL, NULL},
        {"huggingface", 401, "{\"error\":\"Invalid username or password.\"}", LLMC_ERR_AUTH, false, "Invalid username",
         NULL},
        {"huggingface", 402, "{\"error\":\"You have exceeded your monthly included credits\"}",
         LLMC_ERR_QUOTA_EXHAUSTED, false, "monthly included credits", NULL},
        {"huggingface", 503, "{\"error\":\"Model x is currently loading\",\"estimated_time\":20.0}",
         LLMC_ERR_OVERLOADED, true, "loading", NULL},
        {"github", 401, "{\"error\":{\"code\":\"unauthorized\",\"message\":\"Bad credentials\"}}", LLMC_ERR_AUTH, false,
         "Bad credentials", NULL},
        {"github", 403, ERR("No access to model: o1", "", "no_access"), LLMC_ERR_PERMISSION, false, "no_access", NULL},
        {"github", 400, ERR("Unknown model: foo", "", "unknown_model"), LLMC_ERR_NOT_FOUND, false, "unknown_model",
         NULL},
        {"github", 413,
         ERR("Request body too large for gpt-4o model. Max size: 8000 tokens.", "", "tokens_limit_reached"),
         LLMC_ERR_CONTEXT_LENGTH, false, "tokens_limit_reached", NULL},
        {"github", 429, ERR("Rate limit of 50 per 86400s exceeded", "", "RateLimitReached"), LLMC_ERR_RATE_LIMITED,
         true, "RateLimitReached", NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

static void test_other_vendors(void **state) {
    static const class_row rows[] = {
        {"together_ai", 401, ERR("Invalid API key provided.", "invalid_request_error", "invalid_api_key"),
         LLMC_ERR_AUTH, false, "invalid_api_key", NULL},
        {"together_ai", 402, ERR("Credit limit exceeded", "credit_limit", "x"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "credit_limit", NULL},
        {"together_ai", 429, ERR("m", "rate_limit", "rate_limit"), LLMC_ERR_RATE_LIMITED, true, "rate_limit", NULL},
        {"together_ai", 524, "", LLMC_ERR_SERVER, true, NULL, NULL},
        {"fireworks_ai", 412,
         ERR("Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past "
             "invoices",
             "error", "PRECONDITION_FAILED"),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "spending limit", NULL},
        {"fireworks_ai", 404, ERR("Model not found, inaccessible, and/or not deployed", "error", "NOT_FOUND"),
         LLMC_ERR_NOT_FOUND, false, "NOT_FOUND", NULL},
        {"cerebras", 400,
         "{\"message\":\"Please reduce the length of the messages or completion.\",\"type\":\"invalid_request_error\","
         "\"param\":\"messages\",\"code\":\"context_length_exceeded\"}",
         LLMC_ERR_CONTEXT_LENGTH, false, "context_length_exceeded", NULL},
        {"cerebras", 401,
         "{\"message\":\"Wrong API Key\",\"type\":\"invalid_request_error\",\"param\":\"api_key\","
         "\"code\":\"wrong_api_key\"}",
         LLMC_ERR_AUTH, false, "wrong_api_key", NULL},
        {"cerebras", 429,
         "{\"message\":\"Requests per minute limit exceeded\",\"type\":\"too_many_requests_error\",\"param\":\"quota\","
         "\"code\":\"request_quota_exceeded\"}",
         LLMC_ERR_RATE_LIMITED, true, "request_quota_exceeded", NULL},
        {"cerebras", 429,
         "{\"message\":\"high traffic\",\"type\":\"too_many_requests_error\",\"code\":\"queue_exceeded\"}",
         LLMC_ERR_RATE_LIMITED, true, "queue_exceeded", NULL},
        {"nvidia_nim", 401, "{\"status\":401,\"title\":\"Unauthorized\",\"detail\":\"Authentication failed\"}",
         LLMC_ERR_AUTH, false, "Authentication failed", NULL},
        {"nvidia_nim", 404, "404 page not found\n", LLMC_ERR_NOT_FOUND, false, "404 page not found", NULL},
        {"nvidia_nim", 422, "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\"}]}",
         LLMC_ERR_BAD_REQUEST, false, "Field required", NULL},
        {"deepinfra", 429, "{\"detail\":{\"error\":\"Model busy, retry later\"}}", LLMC_ERR_RATE_LIMITED, true,
         "Model busy", NULL},
        {"deepinfra", 402, "{\"detail\":{\"error\":\"You need to add a payment method\"}}", LLMC_ERR_QUOTA_EXHAUSTED,
         false, "payment method", NULL},
        {"moonshot", 401, ERR("m", "invalid_authentication_error", ""), LLMC_ERR_AUTH, false,
         "invalid_authentication_error", NULL},
        {"moonshot", 400, ERR("The request was rejected", "content_filter", ""), LLMC_ERR_CONTENT_FILTER, false,
         "content_filter", NULL},
        {"moonshot", 429, ERR("m", "exceeded_current_quota_error", ""), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "exceeded_current_quota_error", NULL},
        {"moonshot", 429, ERR("m", "engine_overloaded_error", ""), LLMC_ERR_OVERLOADED, true, "engine_overloaded_error",
         NULL},
        {"moonshot", 429, ERR("m", "rate_limit_reached_error", ""), LLMC_ERR_RATE_LIMITED, true,
         "rate_limit_reached_error", NULL},
        {"zhipu", 429, "{\"error\":{\"code\":\"1113\",\"message\":\"Your account is in arrears\"}}",
         LLMC_ERR_QUOTA_EXHAUSTED, false, "1113", NULL},
        {"zhipu", 429, "{\"error\":{\"code\":\"1302\",\"message\":\"High concurrency\"}}", LLMC_ERR_RATE_LIMITED, true,
         "1302", NULL},
        {"zhipu", 400, "{\"error\":{\"code\":\"1301\",\"message\":\"Unsafe or sensitive content\"}}",
         LLMC_ERR_CONTENT_FILTER, false, "1301", NULL},
        {"zhipu", 400, "{\"error\":{\"code\":\"1261\",\"message\":\"Prompt too long\"}}", LLMC_ERR_CONTEXT_LENGTH,
         false, "1261", NULL},
        {"zhipu", 400, "{\"error\":{\"code\":\"1211\",\"message\":\"Model does not exist\"}}", LLMC_ERR_NOT_FOUND,
         false, "1211", NULL},
        {"mistral", 400, "{\"error\":{\"code\":\"1301\",\"message\":\"another's code\"}}", LLMC_ERR_BAD_REQUEST, false,
         "1301", NULL}, /* a code is the vendor's own */
        {"dashscope", 400, ERR("Access denied, account is not in good standing", "Arrearage", "Arrearage"),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "Arrearage", NULL},
        {"dashscope", 400, ERR("Output data may contain inappropriate content", "x", "data_inspection_failed"),
         LLMC_ERR_CONTENT_FILTER, false, "data_inspection_failed", NULL},
        {"dashscope", 400, ERR("Range of input length should be [1, 30720]", "x", "invalid_parameter_error"),
         LLMC_ERR_CONTEXT_LENGTH, false, "Range of input length", NULL},
        {"dashscope", 429, ERR("m", "limit_requests", "limit_requests"), LLMC_ERR_RATE_LIMITED, true, "limit_requests",
         NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

static void test_own_servers(void **state) {
    static const class_row rows[] = {
        {"hosted_vllm", 400,
         "{\"object\":\"error\",\"message\":\"This model's maximum context length is 4096 tokens.\","
         "\"type\":\"BadRequestError\",\"param\":null,\"code\":400}",
         LLMC_ERR_CONTEXT_LENGTH, false, "BadRequestError", NULL},
        {"hosted_vllm", 404,
         "{\"object\":\"error\",\"message\":\"The model `x` does not exist.\",\"type\":\"NotFoundError\","
         "\"param\":null,\"code\":404}",
         LLMC_ERR_NOT_FOUND, false, "NotFoundError", NULL},
        {"hosted_vllm", 401, "{\"error\":\"Unauthorized\"}", LLMC_ERR_AUTH, false, "Unauthorized", NULL},
        {"llamacpp", 400,
         "{\"error\":{\"code\":400,\"message\":\"request (2009 tokens) exceeds the available context size\","
         "\"type\":\"exceed_context_size_error\"}}",
         LLMC_ERR_CONTEXT_LENGTH, false, "exceed_context_size_error", NULL},
        {"llamacpp", 500, "{\"error\":{\"code\":500,\"message\":\"m\",\"type\":\"exceed_context_size_error\"}}",
         LLMC_ERR_CONTEXT_LENGTH, false, "exceed_context_size_error", NULL},
        {"llamacpp", 401,
         "{\"error\":{\"code\":401,\"message\":\"Invalid API Key\",\"type\":\"authentication_error\"}}", LLMC_ERR_AUTH,
         false, "authentication_error", NULL},
        {"llamacpp", 500, "{\"error\":{\"code\":500,\"message\":\"m\",\"type\":\"server_error\"}}", LLMC_ERR_SERVER,
         true, "server_error", NULL},
        {"llamacpp", 501, "{\"error\":{\"code\":501,\"message\":\"m\",\"type\":\"not_supported_error\"}}",
         LLMC_ERR_SERVER, false, "not_supported_error", NULL},
        {"llamacpp", 503, "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}",
         LLMC_ERR_OVERLOADED, true, "Loading model", NULL},
        {"lm_studio", 400,
         "{\"error\":\"The number of tokens to keep from the initial prompt is greater than the context length.\"}",
         LLMC_ERR_CONTEXT_LENGTH, false, "context length", NULL},
        {"my-own", 429, ERR("m", "x", "insufficient_quota"), LLMC_ERR_QUOTA_EXHAUSTED, false, "insufficient_quota",
         NULL},
        {"my-own", 400, "{\"error\":{\"message\":\"prompt too long; exceeded max context length by 7 tokens\"}}",
         LLMC_ERR_CONTEXT_LENGTH, false, "prompt too long", NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

/* What stands before the providers: their CDN's and gateways' pages, in no one's words. */
static void test_gateways(void **state) {
    static const char page[] = "<!DOCTYPE html>\n<html><head><title>example.com | error</title></head></html>";
    static const class_row rows[] = {
        {"openai", 400, page, LLMC_ERR_BAD_REQUEST, false, NULL, NULL},
        {"openai", 401, page, LLMC_ERR_AUTH, false, NULL, NULL},
        {"openai", 403, page, LLMC_ERR_PERMISSION, false, NULL, NULL},
        {"openai", 404, page, LLMC_ERR_NOT_FOUND, false, NULL, NULL},
        {"openai", 413, page, LLMC_ERR_BAD_REQUEST, false, NULL, NULL},
        {"openai", 429, page, LLMC_ERR_RATE_LIMITED, true, NULL, NULL},
        {"openai", 500, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 502, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 503, page, LLMC_ERR_OVERLOADED, true, NULL, NULL},
        {"openai", 504, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 520, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 521, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 522, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 524, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 529, page, LLMC_ERR_OVERLOADED, true, NULL, NULL},
        {"openai", 530, page, LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 301, page, LLMC_ERR_REDIRECT, false, NULL, NULL},
        {"openai", 302, "", LLMC_ERR_REDIRECT, false, NULL, NULL},
        {"openai", 402, "", LLMC_ERR_QUOTA_EXHAUSTED, false, NULL, NULL},
        {"openai", 418, "", LLMC_ERR_BAD_REQUEST, false, NULL, NULL},
        {"openai", 502, "error code: 502", LLMC_ERR_SERVER, true, "error code: 502", NULL},
        {"openai", 503, "upstream connect error or disconnect/reset before headers", LLMC_ERR_OVERLOADED, true,
         "upstream connect error", NULL},
        {"openai", 504, "{", LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 500, "null", LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 500, "{\"error\":{}}", LLMC_ERR_SERVER, true, NULL, NULL},
        {"openai", 500, "[]", LLMC_ERR_SERVER, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), "openai"), COUNT(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openai),   cmocka_unit_test(test_azure),         cmocka_unit_test(test_groq_deepseek_xai),
        cmocka_unit_test(test_routers),  cmocka_unit_test(test_other_vendors), cmocka_unit_test(test_own_servers),
        cmocka_unit_test(test_gateways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
