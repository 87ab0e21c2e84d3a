/* What error answers of providers with an API of their own mean. To add one, add a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "provider/provider.h"
#include "support_classes.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define ANTHROPIC(type, message)                                                                                       \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message "\"},\"request_id\":\"req_1\"}"
#define GOOGLE(code, status, message)                                                                                  \
    "{\"error\":{\"code\":" code ",\"message\":\"" message "\",\"status\":\"" status "\"}}"
#define GOOGLE_WITH(code, status, message, details)                                                                    \
    "{\"error\":{\"code\":" code ",\"message\":\"" message "\",\"status\":\"" status "\",\"details\":[" details "]}}"
#define REASON(reason) "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" reason "\"}"
#define RETRY(delay)   "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" delay "\"}"
#define SAID(message)  "{\"message\":\"" message "\"}"

static void test_anthropic(void **state) {
    static const class_row rows[] = {
        {"anthropic", 400, ANTHROPIC("invalid_request_error", "max_tokens: Field required"), LLMC_ERR_BAD_REQUEST,
         false, "invalid_request_error", NULL},
        {"anthropic", 400, ANTHROPIC("invalid_request_error", "prompt is too long: 3333404 tokens > 200000 maximum"),
         LLMC_ERR_CONTEXT_LENGTH, false, "prompt is too long", NULL},
        {"anthropic", 400,
         ANTHROPIC("invalid_request_error", "input length and `max_tokens` exceed context limit: 199000 + 21333"),
         LLMC_ERR_CONTEXT_LENGTH, false, "exceed context limit", NULL},
        {"anthropic", 400,
         ANTHROPIC("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "credit balance is too low", NULL},
        {"anthropic", 400,
         ANTHROPIC("invalid_request_error", "You have reached your specified API usage limits. You will regain access"),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "usage limits", NULL},
        {"anthropic", 400, ANTHROPIC("invalid_request_error", "Output blocked by content filtering policy"),
         LLMC_ERR_CONTENT_FILTER, false, "content filtering", NULL},
        {"anthropic", 401, ANTHROPIC("authentication_error", "invalid x-api-key"), LLMC_ERR_AUTH, false,
         "authentication_error", NULL},
        {"anthropic", 402, ANTHROPIC("billing_error", "m"), LLMC_ERR_QUOTA_EXHAUSTED, false, "billing_error", NULL},
        {"anthropic", 403, ANTHROPIC("permission_error", "m"), LLMC_ERR_PERMISSION, false, "permission_error", NULL},
        {"anthropic", 403, ANTHROPIC("billing_error", "m"), LLMC_ERR_QUOTA_EXHAUSTED, false, "billing_error", NULL},
        {"anthropic", 404, ANTHROPIC("not_found_error", "model: there-is-no-such-model"), LLMC_ERR_NOT_FOUND, false,
         "there-is-no-such-model", NULL},
        {"anthropic", 413, ANTHROPIC("request_too_large", "m"), LLMC_ERR_BAD_REQUEST, false, "request_too_large", NULL},
        {"anthropic", 413, "<html><center>413 Request Entity Too Large</center></html>", LLMC_ERR_BAD_REQUEST, false,
         NULL, NULL},
        {"anthropic", 429, ANTHROPIC("rate_limit_error", "m"), LLMC_ERR_RATE_LIMITED, true, "rate_limit_error", NULL},
        {"anthropic", 500, ANTHROPIC("api_error", "Internal server error"), LLMC_ERR_SERVER, true, "api_error", NULL},
        {"anthropic", 504, ANTHROPIC("timeout_error", "m"), LLMC_ERR_SERVER, true, "timeout_error", NULL},
        {"anthropic", 529, ANTHROPIC("overloaded_error", "Overloaded"), LLMC_ERR_OVERLOADED, true, "overloaded_error",
         NULL},
        {"anthropic", 500, ANTHROPIC("overloaded_error", "Overloaded"), LLMC_ERR_OVERLOADED, true, "overloaded_error",
         NULL},
        {"anthropic", 529, "", LLMC_ERR_OVERLOADED, true, NULL, NULL},
        {"anthropic", 503, "<html><body>upstream</body></html>", LLMC_ERR_OVERLOADED, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), NULL), COUNT(rows));
}

static void test_gemini(void **state) {
    static const class_row rows[] = {
        {"gemini", 400,
         GOOGLE_WITH("400", "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                     REASON("API_KEY_INVALID")),
         LLMC_ERR_AUTH, false, "INVALID_ARGUMENT", NULL},
        {"gemini", 400, GOOGLE("400", "INVALID_ARGUMENT", "API key expired. Please renew the API key."), LLMC_ERR_AUTH,
         false, "API key expired", NULL},
        {"gemini", 400, "[" GOOGLE("400", "INVALID_ARGUMENT", "Unknown name") "]", LLMC_ERR_BAD_REQUEST, false,
         "INVALID_ARGUMENT", NULL},
        {"gemini", 400, GOOGLE("400", "INVALID_ARGUMENT", "Request contains an invalid argument."),
         LLMC_ERR_BAD_REQUEST, false, "invalid argument", NULL},
        {"gemini", 400,
         GOOGLE("400", "INVALID_ARGUMENT",
                "The input token count (7) exceeds the maximum number of tokens allowed (6)"),
         LLMC_ERR_CONTEXT_LENGTH, false, "input token count", NULL},
        {"gemini", 400, GOOGLE("400", "FAILED_PRECONDITION", "User location is not supported for the API use."),
         LLMC_ERR_PERMISSION, false, "User location", NULL},
        {"gemini", 401, GOOGLE("401", "UNAUTHENTICATED", "m"), LLMC_ERR_AUTH, false, "UNAUTHENTICATED", NULL},
        {"gemini", 403, GOOGLE("403", "PERMISSION_DENIED", "m"), LLMC_ERR_PERMISSION, false, "PERMISSION_DENIED", NULL},
        {"gemini", 403, GOOGLE("403", "PERMISSION_DENIED", "Method doesn't allow unregistered callers"), LLMC_ERR_AUTH,
         false, "unregistered callers", NULL},
        {"gemini", 404, GOOGLE("404", "NOT_FOUND", "models/x is not found for API version v1beta"), LLMC_ERR_NOT_FOUND,
         false, "models/x", NULL},
        {"gemini", 429, GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "You exceeded your current quota", RETRY("48s")),
         LLMC_ERR_RATE_LIMITED, true, "RESOURCE_EXHAUSTED", NULL},
        {"gemini", 429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "credits are depleted", NULL},
        {"gemini", 429,
         GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "You exceeded your current quota",
                     "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":"
                     "\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\"}]}," RETRY("31s")),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "RESOURCE_EXHAUSTED", NULL},
        {"gemini", 499, GOOGLE("499", "CANCELLED", "The operation was cancelled."), LLMC_ERR_SERVER, true, "CANCELLED",
         NULL},
        {"gemini", 500, GOOGLE("500", "INTERNAL", "An internal error has occurred."), LLMC_ERR_SERVER, true, "INTERNAL",
         NULL},
        {"gemini", 503, GOOGLE("503", "UNAVAILABLE", "The model is overloaded."), LLMC_ERR_OVERLOADED, true,
         "UNAVAILABLE", NULL},
        {"gemini", 504, GOOGLE("504", "DEADLINE_EXCEEDED", "m"), LLMC_ERR_SERVER, true, "DEADLINE_EXCEEDED", NULL},
        {"gemini", 501, GOOGLE("501", "UNIMPLEMENTED", "m"), LLMC_ERR_SERVER, false, "UNIMPLEMENTED", NULL},
        {"gemini", 503, "", LLMC_ERR_OVERLOADED, true, NULL, NULL},
        {"vertex", 401,
         GOOGLE_WITH("401", "UNAUTHENTICATED", "API keys are not supported", REASON("CREDENTIALS_MISSING")),
         LLMC_ERR_AUTH, false, "UNAUTHENTICATED", NULL},
        {"vertex", 403, GOOGLE_WITH("403", "PERMISSION_DENIED", "m", REASON("SERVICE_DISABLED")), LLMC_ERR_PERMISSION,
         false, "PERMISSION_DENIED", NULL},
        {"vertex", 403, GOOGLE_WITH("403", "PERMISSION_DENIED", "m", REASON("BILLING_DISABLED")),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "PERMISSION_DENIED", NULL},
        {"vertex", 404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>", LLMC_ERR_NOT_FOUND, false, NULL,
         NULL},
        {"vertex", 429, GOOGLE("429", "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."),
         LLMC_ERR_RATE_LIMITED, true, "try again later", NULL},
        {"vertex", 529, ANTHROPIC("overloaded_error", "Overloaded"), LLMC_ERR_OVERLOADED, true, "overloaded_error",
         NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), NULL), COUNT(rows));
}

/* Google asks in the body for a pause. */
static void test_gemini_retry_info(void **state) {
    static const struct {
        const char *body;
        int64_t ms;
    } rows[] = {
        {GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "m", RETRY("48s")), 48000},
        {GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "m", RETRY("3.500s")), 3500},
        {GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "m", RETRY("0.0001s")), 1},
        {GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "m", RETRY("soon")), -1},
        {GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "m", RETRY("-5s")), -1},
        {GOOGLE_WITH("429", "RESOURCE_EXHAUSTED", "m", ""), -1},
        {GOOGLE("429", "RESOURCE_EXHAUSTED", "m"), -1},
    };
    const llmc__provider *gemini = llmc__provider_adapter("gemini");
    llmc_error error;
    (void)state;
    assert_non_null(gemini);
    llmc__error_init(&error);
    for (size_t i = 0; i < COUNT(rows); i++) {
        gemini->classify(NULL, 429, rows[i].body, strlen(rows[i].body), NULL, &error);
        if (error.retry_after_ms != rows[i].ms)
            fail_msg("%s: %lld", rows[i].body, (long long)error.retry_after_ms);
    }
    llmc__error_clear(&error);
}

/* The type comes in the header x-amzn-errortype, with a URL behind it. */
#define AMZN(name) name ":http://internal.amazon.com/coral/com.amazon.coral.service/"

static void test_bedrock(void **state) {
    static const class_row rows[] = {
        {"bedrock", 400, SAID("Malformed input request"), LLMC_ERR_BAD_REQUEST, false, "Malformed",
         AMZN("ValidationException")},
        {"bedrock", 400, SAID("The provided model identifier is invalid."), LLMC_ERR_NOT_FOUND, false,
         "model identifier", AMZN("ValidationException")},
        {"bedrock", 400, SAID("Input is too long for requested model."), LLMC_ERR_CONTEXT_LENGTH, false, "too long",
         AMZN("ValidationException")},
        {"bedrock", 400, SAID("m"), LLMC_ERR_RATE_LIMITED, true, "ServiceQuotaExceededException",
         AMZN("ServiceQuotaExceededException")},
        {"bedrock", 403, SAID("You don't have access to the model with the specified model ID."), LLMC_ERR_PERMISSION,
         false, "AccessDeniedException", AMZN("AccessDeniedException")},
        {"bedrock", 403, SAID("The security token included in the request is invalid."), LLMC_ERR_AUTH, false,
         "UnrecognizedClientException", "UnrecognizedClientException"},
        {"bedrock", 403, SAID("The security token included in the request is expired"), LLMC_ERR_AUTH, false,
         "ExpiredTokenException", AMZN("ExpiredTokenException")},
        {"bedrock", 403, SAID("m"), LLMC_ERR_AUTH, false, "InvalidSignatureException",
         AMZN("InvalidSignatureException")},
        {"bedrock", 403, SAID("Signature expired: 20250325T235114Z is now earlier than 20250521T030314Z"),
         LLMC_ERR_AUTH, false, "Signature expired", NULL},
        {"bedrock", 404, SAID("m"), LLMC_ERR_NOT_FOUND, false, "ResourceNotFoundException",
         AMZN("ResourceNotFoundException")},
        {"bedrock", 408, SAID("m"), LLMC_ERR_SERVER, true, "ModelTimeoutException", AMZN("ModelTimeoutException")},
        {"bedrock", 424, SAID("m"), LLMC_ERR_SERVER, true, "ModelErrorException", AMZN("ModelErrorException")},
        {"bedrock", 429, SAID("Too many requests, please wait before trying again."), LLMC_ERR_RATE_LIMITED, true,
         "ThrottlingException", AMZN("ThrottlingException")},
        {"bedrock", 429, SAID("Model is getting ready"), LLMC_ERR_OVERLOADED, true, "ModelNotReadyException",
         AMZN("ModelNotReadyException")},
        {"bedrock", 500, SAID("m"), LLMC_ERR_SERVER, true, "InternalServerException", AMZN("InternalServerException")},
        {"bedrock", 503, SAID("m"), LLMC_ERR_OVERLOADED, true, "ServiceUnavailableException",
         AMZN("ServiceUnavailableException")},
        {"bedrock", 400, "{\"__type\":\"com.amazon.coral.service#ThrottlingException\",\"message\":\"Rate exceeded\"}",
         LLMC_ERR_RATE_LIMITED, true, "Rate exceeded", NULL},
        {"bedrock", 429, "", LLMC_ERR_RATE_LIMITED, true, NULL, NULL},
        {"bedrock", 503, "", LLMC_ERR_OVERLOADED, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), NULL), COUNT(rows));
}

static void test_cohere(void **state) {
    static const class_row rows[] = {
        {"cohere", 400,
         "{\"error_type\":\"TOO_MANY_TOKENS\",\"id\":\"c\",\"message\":\"too many tokens: size limit exceeded by 25836 "
         "tokens.\"}",
         LLMC_ERR_CONTEXT_LENGTH, false, "too many tokens", NULL},
        {"cohere", 400, SAID("invalid request: message must be at least 1 token long"), LLMC_ERR_BAD_REQUEST, false,
         "invalid request", NULL},
        {"cohere", 401, "{\"id\":\"i\",\"message\":\"invalid api token\"}", LLMC_ERR_AUTH, false, "invalid api token",
         NULL},
        {"cohere", 402, SAID("Please add or update your payment method to continue"), LLMC_ERR_QUOTA_EXHAUSTED, false,
         "payment method", NULL},
        {"cohere", 403, SAID("m"), LLMC_ERR_PERMISSION, false, "m", NULL},
        {"cohere", 404, SAID("model 'x' not found, make sure the correct model ID was used"), LLMC_ERR_NOT_FOUND, false,
         "model 'x'", NULL},
        {"cohere", 422, SAID("m"), LLMC_ERR_BAD_REQUEST, false, "m", NULL},
        {"cohere", 429, SAID("You are using a Trial key, which is limited to 40 API calls / minute."),
         LLMC_ERR_RATE_LIMITED, true, "Trial key", NULL},
        {"cohere", 429, SAID("You are using a Trial key, which is limited to 1000 API calls / month."),
         LLMC_ERR_QUOTA_EXHAUSTED, false, "1000 API calls", NULL},
        {"cohere", 499, SAID("request cancelled"), LLMC_ERR_SERVER, true, "request cancelled", NULL},
        {"cohere", 500, SAID("internal server error, this has been reported to our developers."), LLMC_ERR_SERVER, true,
         "internal server error", NULL},
        {"cohere", 503, "", LLMC_ERR_OVERLOADED, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), NULL), COUNT(rows));
}

static void test_ollama(void **state) {
    static const class_row rows[] = {
        {"ollama", 400, "{\"error\":\"registry.ollama.ai/library/x does not support tools\"}", LLMC_ERR_BAD_REQUEST,
         false, "does not support tools", NULL},
        {"ollama", 400, "{\"error\":\"the prompt exceeds the context length of the model\"}", LLMC_ERR_CONTEXT_LENGTH,
         false, "context length", NULL},
        {"ollama", 401, "{\"error\":\"unauthorized\"}", LLMC_ERR_AUTH, false, "unauthorized", NULL},
        {"ollama", 404, "{\"error\":\"model 'nonexistent-model:latest' not found\"}", LLMC_ERR_NOT_FOUND, false,
         "nonexistent-model", NULL},
        {"ollama", 500, "{\"error\":\"llama runner process has terminated\"}", LLMC_ERR_SERVER, true, "terminated",
         NULL},
        {"ollama", 503, "{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}",
         LLMC_ERR_OVERLOADED, true, "server busy", NULL},
        {"ollama", 404, "404 page not found", LLMC_ERR_NOT_FOUND, false, "404 page not found", NULL},
        {"ollama", 502, "", LLMC_ERR_SERVER, true, NULL, NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), NULL), COUNT(rows));
}

static void test_mistral(void **state) {
    static const class_row rows[] = {
        {"mistral", 400,
         "{\"object\":\"error\",\"message\":\"Invalid model: x\",\"type\":\"invalid_model\",\"param\":null,"
         "\"code\":\"1500\",\"raw_status_code\":400}",
         LLMC_ERR_NOT_FOUND, false, "1500", NULL},
        {"mistral", 400,
         "{\"object\":\"error\",\"message\":\"Too many inputs in request\",\"type\":\"invalid_request_prompt\","
         "\"code\":\"3210\"}",
         LLMC_ERR_BAD_REQUEST, false, "3210", NULL},
        {"mistral", 400,
         "{\"object\":\"error\",\"message\":\"Prompt contains 33000 tokens, too large for model with 32768 maximum "
         "context length\",\"type\":\"invalid_request_error\",\"code\":\"3051\"}",
         LLMC_ERR_CONTEXT_LENGTH, false, "3051", NULL},
        {"mistral", 401, "{\"detail\":\"Invalid API Key\"}", LLMC_ERR_AUTH, false, "Invalid API Key", NULL},
        {"mistral", 401, "{\"message\":\"Unauthorized\",\"request_id\":\"r\"}", LLMC_ERR_AUTH, false, "Unauthorized",
         NULL},
        {"mistral", 422,
         "{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\"],\"msg\":\"Extra inputs are not permitted\"}]}",
         LLMC_ERR_BAD_REQUEST, false, "Extra inputs", NULL},
        {"mistral", 422,
         "{\"object\":\"error\",\"message\":{\"detail\":[{\"type\":\"missing\",\"msg\":\"Field "
         "required\"}]},\"type\":\"invalid_request_error\",\"code\":null}",
         LLMC_ERR_BAD_REQUEST, false, "Field required", NULL},
        {"mistral", 429,
         "{\"object\":\"error\",\"message\":\"Service tier capacity exceeded for this model.\","
         "\"type\":\"service_tier_capacity_exceeded\",\"code\":\"3505\"}",
         LLMC_ERR_RATE_LIMITED, true, "3505", NULL},
        {"mistral", 429, "{\"message\":\"Requests rate limit exceeded\"}", LLMC_ERR_RATE_LIMITED, true, "rate limit",
         NULL},
        {"mistral", 500,
         "{\"object\":\"error\",\"message\":\"Service unavailable.\",\"type\":\"internal_server_error\","
         "\"code\":\"3000\"}",
         LLMC_ERR_SERVER, true, "3000", NULL},
        {"mistral", 503, "no healthy upstream", LLMC_ERR_OVERLOADED, true, "no healthy upstream", NULL},
    };
    (void)state;
    assert_int_equal(classes_check(rows, COUNT(rows), NULL), COUNT(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anthropic), cmocka_unit_test(test_gemini), cmocka_unit_test(test_gemini_retry_info),
        cmocka_unit_test(test_bedrock),   cmocka_unit_test(test_cohere), cmocka_unit_test(test_ollama),
        cmocka_unit_test(test_mistral),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
