/*
 * The words by which providers say what went wrong, and what they mean. Sources: OpenAI's error code and rate limit
 * guides, Azure OpenAI content filtering, llama.cpp server README, OpenRouter error page; Anthropic
 * docs.claude.com/en/api/errors; Google google/rpc/code.proto and Gemini troubleshooting; the errors of Amazon
 * Bedrock's InvokeModel, Converse and ConverseStream and AWS's common errors; Cohere, Mistral, Ollama and xAI error
 * pages; recorded answers of all of them.
 */
#include <string.h>
#include "base/str.h"
#include "provider/classify.h"

/* Where a word counts: the answers a status stands for, and INSIDE an answer of status 200. */
enum { ON_REQUEST = 1, ON_KEY = 2, ON_MONEY = 4, ON_RATE = 8, INSIDE = 16, ON_SERVER = 32 };
#define ON_CALLER (ON_REQUEST | ON_KEY | INSIDE)
#define ON_ANY    (ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | INSIDE)

/* The words of codes and types. '*' at the start stands for any beginning; case does not count. */
static const struct {
    const char *word;
    llmc_status status;
    int where;
} words_of_codes[] = {
    {"context_length_exceeded", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"exceed_context_size_error", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE},
    {"too_many_prompt_tokens", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"tokens_limit_reached", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE}, /* GitHub, 413 */
    {"content_filter", LLMC_ERR_CONTENT_FILTER, ON_CALLER},
    {"content_policy_violation", LLMC_ERR_CONTENT_FILTER, ON_CALLER},
    {"ResponsibleAIPolicyViolation", LLMC_ERR_CONTENT_FILTER, ON_CALLER},
    {"data_inspection_failed", LLMC_ERR_CONTENT_FILTER, ON_CALLER}, /* DashScope */
    {"DataInspectionFailed", LLMC_ERR_CONTENT_FILTER, ON_CALLER},
    /* Money. */
    {"insufficient_quota", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY | ON_SERVER},
    {"insufficient_balance", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"credit_balance_exhausted", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"*_spend_limit_exceeded", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"organization_usage_limit_exceeded", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"billing_hard_limit_reached", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"billing_not_active", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"billing_error", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"exceeded_current_quota_error", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY}, /* Moonshot */
    {"Arrearage", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},                    /* DashScope */
    {"BILLING_DISABLED", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    /* Ids of Gemini's quotas of a day: its RetryInfo says seconds all the same. */
    {"*PerDayPerProjectPerModel", LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE | INSIDE},
    {"*PerDayPerProjectPerModel-FreeTier", LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE | INSIDE},
    {"*PerModelPerDay", LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE | INSIDE},
    {"*PerModelPerDay-FreeTier", LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE | INSIDE},
    /* The key. */
    {"invalid_api_key", LLMC_ERR_AUTH, ON_CALLER},
    {"authentication_error", LLMC_ERR_AUTH, ON_CALLER},
    {"API_KEY_INVALID", LLMC_ERR_AUTH, ON_CALLER},
    {"UNAUTHENTICATED", LLMC_ERR_AUTH, ON_CALLER},
    {"UnrecognizedClientException", LLMC_ERR_AUTH, ON_CALLER},
    {"ExpiredTokenException", LLMC_ERR_AUTH, ON_CALLER},
    {"InvalidSignatureException", LLMC_ERR_AUTH, ON_CALLER},
    {"IncompleteSignatureException", LLMC_ERR_AUTH, ON_CALLER},
    {"MissingAuthenticationTokenException", LLMC_ERR_AUTH, ON_CALLER},
    {"permission_error", LLMC_ERR_PERMISSION, INSIDE},
    {"PERMISSION_DENIED", LLMC_ERR_PERMISSION, INSIDE},
    {"AccessDeniedException", LLMC_ERR_PERMISSION, ON_REQUEST | INSIDE},
    /* The pace. */
    {"rate_limit_exceeded", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"rate_limit_error", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"RateLimitReached", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"too_many_requests", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"RESOURCE_EXHAUSTED", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"ThrottlingException", LLMC_ERR_RATE_LIMITED, ON_REQUEST | INSIDE},
    {"ServiceQuotaExceededException", LLMC_ERR_RATE_LIMITED, ON_REQUEST | INSIDE}, /* 400; "resubmit later" */
    {"service_tier_capacity_exceeded", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"overloaded_error", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"server_overloaded", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"server_is_overloaded", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"capacity_exceeded", LLMC_ERR_OVERLOADED, ON_REQUEST | INSIDE}, /* Groq's flex tier, 498 */
    {"engine_overloaded", LLMC_ERR_OVERLOADED, ON_SERVER | ON_RATE | INSIDE},
    {"engine_overloaded_error", LLMC_ERR_OVERLOADED, ON_SERVER | ON_RATE | INSIDE},
    {"slow_down", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"service_unavailable", LLMC_ERR_OVERLOADED, INSIDE},
    {"UNAVAILABLE", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"ModelNotReadyException", LLMC_ERR_OVERLOADED, ON_RATE | INSIDE},
    {"ServiceUnavailableException", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    /* What is asked for. */
    {"model_not_found", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE}, /* 400 from OpenAI's Responses API */
    {"model_decommissioned", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE},
    {"invalid_model", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE}, /* Mistral, Perplexity */
    {"unknown_model", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE}, /* GitHub */
    {"not_found_error", LLMC_ERR_NOT_FOUND, INSIDE},
    {"NOT_FOUND", LLMC_ERR_NOT_FOUND, INSIDE},
    {"ResourceNotFoundException", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE},
    {"*invalid_request_error", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"tool_use_failed", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"request_too_large", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"INVALID_ARGUMENT", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"FAILED_PRECONDITION", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"OUT_OF_RANGE", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"ValidationException", LLMC_ERR_BAD_REQUEST, INSIDE},
    /* The provider's own. */
    {"server_error", LLMC_ERR_SERVER, INSIDE},
    {"api_error", LLMC_ERR_SERVER, INSIDE},
    {"timeout_error", LLMC_ERR_SERVER, INSIDE},
    {"internal_error", LLMC_ERR_SERVER, INSIDE},
    {"internal_server_error", LLMC_ERR_SERVER, INSIDE},
    {"INTERNAL", LLMC_ERR_SERVER, INSIDE},
    {"DEADLINE_EXCEEDED", LLMC_ERR_SERVER, INSIDE},
    {"InternalServerException", LLMC_ERR_SERVER, INSIDE},
    {"ModelTimeoutException", LLMC_ERR_SERVER, ON_REQUEST | INSIDE},
    {"ModelErrorException", LLMC_ERR_SERVER, ON_REQUEST | INSIDE},       /* 424 */
    {"ModelStreamErrorException", LLMC_ERR_SERVER, ON_REQUEST | INSIDE}, /* 424 */
};

/* For servers that give no code: what their messages say. Lower case. */
static const struct {
    const char *part;
    llmc_status status;
    int where;
} words_of_messages[] = {
    {"maximum context length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"max context length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"maximum prompt length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},           /* xAI */
    {"greater than the context length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE}, /* LM Studio */
    {"range of input length should be", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE}, /* DashScope */
    {"context length exceeded", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"exceeds the context length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE}, /* Ollama */
    {"exceeds the available context size", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE},
    {"prompt is too long", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},                    /* Anthropic */
    {"exceed context limit", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},                  /* Anthropic */
    {"exceeds the maximum number of tokens", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},  /* Gemini */
    {"input is too long for requested model", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE}, /* Bedrock */
    {"too many input tokens", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},                 /* Bedrock */
    {"too many tokens: size limit exceeded", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},  /* Cohere */
    {"blocked by content filtering policy", LLMC_ERR_CONTENT_FILTER, ON_CALLER},             /* Anthropic */
    {"your input was flagged", LLMC_ERR_CONTENT_FILTER, ON_CALLER},                          /* OpenRouter */
    {"incorrect api key", LLMC_ERR_AUTH, ON_REQUEST | INSIDE},                               /* xAI */
    {"invalid api key", LLMC_ERR_AUTH, ON_REQUEST | INSIDE},
    {"invalid api token", LLMC_ERR_AUTH, ON_REQUEST | INSIDE},                    /* Cohere */
    {"invalid x-api-key", LLMC_ERR_AUTH, ON_CALLER},                              /* Anthropic */
    {"api key not valid", LLMC_ERR_AUTH, ON_CALLER},                              /* Gemini */
    {"api key expired", LLMC_ERR_AUTH, ON_CALLER},                                /* Gemini */
    {"unregistered callers", LLMC_ERR_AUTH, ON_CALLER},                           /* Gemini, no key */
    {"make sure your api key is valid", LLMC_ERR_AUTH, ON_CALLER},                /* Bedrock */
    {"security token included in the request is", LLMC_ERR_AUTH, ON_CALLER},      /* AWS */
    {"signature expired", LLMC_ERR_AUTH, ON_CALLER},                              /* AWS */
    {"request signature we calculated does not match", LLMC_ERR_AUTH, ON_CALLER}, /* AWS */
    {"insufficient balance", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},
    {"credit balance is too low", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},               /* Anthropic */
    {"reached your specified api usage limits", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY}, /* Anthropic */
    {"used all available credits", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},              /* xAI */
    {"doesn't have any credits", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},                /* xAI */
    {"out of call volume quota", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},                /* Azure */
    {"key limit exceeded", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},                      /* OpenRouter */
    {"monthly spending limit", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},                  /* Fireworks, 412 */
    {"credits are depleted", LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY},                    /* Gemini */
    {"api calls / month", LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE},                      /* Cohere's trial */
    {"model not exist", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE},                  /* DeepSeek */
    {"is not a valid model id", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE},          /* OpenRouter */
    {"model identifier is invalid", LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE},      /* Bedrock */
    {"user location is not supported", LLMC_ERR_PERMISSION, ON_REQUEST | INSIDE},  /* Gemini */
    {"server busy", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},                      /* Ollama */
    {"not found, try pulling it first", LLMC_ERR_NOT_FOUND, INSIDE},               /* Ollama */
    {"does not support tools", LLMC_ERR_BAD_REQUEST, INSIDE},                      /* Ollama */
    {"does not support thinking", LLMC_ERR_BAD_REQUEST, INSIDE},                   /* Ollama */
};

/* Numbers mean something only at the vendor that gives them: https://docs.z.ai/api-reference/api-code. */
static const struct {
    const char *provider; /* of the row */
    const char *code;
    llmc_status status;
} codes_of_vendors[] = {
    {"zhipu", "1113", LLMC_ERR_QUOTA_EXHAUSTED}, /* in arrears, and so on: all come with 400 or 429 */
    {"zhipu", "1309", LLMC_ERR_QUOTA_EXHAUSTED}, {"zhipu", "1310", LLMC_ERR_QUOTA_EXHAUSTED},
    {"zhipu", "1211", LLMC_ERR_NOT_FOUND},       {"zhipu", "1261", LLMC_ERR_CONTEXT_LENGTH},
    {"zhipu", "1301", LLMC_ERR_CONTENT_FILTER},  {"zhipu", "1312", LLMC_ERR_OVERLOADED},
};

/* What each HTTP status means by itself. */
static const struct {
    int http_status;
    llmc_status status;
    int where;
    bool retryable;
} meanings[] = {
    {400, LLMC_ERR_BAD_REQUEST, ON_REQUEST, false},
    {401, LLMC_ERR_AUTH, ON_KEY, false},
    {402, LLMC_ERR_QUOTA_EXHAUSTED, ON_MONEY, false},
    {403, LLMC_ERR_PERMISSION, ON_KEY, false},
    {404, LLMC_ERR_NOT_FOUND, 0, false},
    {408, LLMC_ERR_SERVER, 0, true},
    {409, LLMC_ERR_BAD_REQUEST, 0, true}, /* a lock held by another request: the official SDKs retry it */
    {413, LLMC_ERR_BAD_REQUEST, ON_REQUEST, false},
    {422, LLMC_ERR_BAD_REQUEST, ON_REQUEST, false},
    {425, LLMC_ERR_SERVER, 0, true},
    {429, LLMC_ERR_RATE_LIMITED, ON_RATE, true},
    {499, LLMC_ERR_SERVER, 0, true}, /* Google's CANCELLED, Cohere's: it was given up on the way */
    {501, LLMC_ERR_SERVER, 0, false},
    {503, LLMC_ERR_OVERLOADED, ON_SERVER, true},
    {529, LLMC_ERR_OVERLOADED, ON_SERVER, true},
};

llmc__verdict llmc__verdict_of_http(int http_status) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].http_status == http_status)
            return (llmc__verdict){meanings[i].status, meanings[i].retryable, meanings[i].where};
    if (http_status >= 500)
        return (llmc__verdict){LLMC_ERR_SERVER, true, ON_SERVER};
    if (http_status >= 400)
        return (llmc__verdict){LLMC_ERR_BAD_REQUEST, false, ON_REQUEST};
    if (http_status >= 300)
        return (llmc__verdict){LLMC_ERR_REDIRECT, false, 0};
    return (llmc__verdict){LLMC_ERR_SERVER, true, INSIDE};
}

llmc__verdict llmc__verdict_inside(const llmc__words *words) {
    if (words->http_status == 0)
        return (llmc__verdict){LLMC_ERR_SERVER, true, INSIDE};
    llmc__verdict base = llmc__verdict_of_http(words->http_status);
    base.where |= ON_SERVER;
    return base;
}

static bool matches(const char *word, const char *pattern) {
    if (pattern[0] != '*')
        return llmc__str_ieq(word, pattern);
    size_t len = strlen(word), tail = strlen(pattern + 1);
    return len >= tail && llmc__str_ieq(word + len - tail, pattern + 1);
}

static llmc_status status_of_code(const char *word, int where) {
    const char *hash = word != NULL ? strrchr(word, '#') : NULL;
    if (hash != NULL)
        word = hash + 1; /* AWS puts the service's name before it: "com.amazon.coral.service#..." */
    for (size_t i = 0; word != NULL && i < sizeof words_of_codes / sizeof words_of_codes[0]; i++)
        if ((words_of_codes[i].where & where) != 0 && matches(word, words_of_codes[i].word))
            return words_of_codes[i].status;
    return LLMC_OK;
}

static bool contains(const char *text, const char *part) {
    size_t len = strlen(part);
    for (; *text != '\0'; text++)
        if (llmc__str_ieq_n(text, strnlen(text, len), part))
            return true;
    return false;
}

static llmc_status status_of_message(const char *message, int where) {
    for (size_t i = 0; message != NULL && i < sizeof words_of_messages / sizeof words_of_messages[0]; i++)
        if ((words_of_messages[i].where & where) != 0 && contains(message, words_of_messages[i].part))
            return words_of_messages[i].status;
    return LLMC_OK;
}

static llmc_status status_at_vendor(const char *provider, const char *code) {
    const llmc__provider_row *row = provider != NULL && code != NULL ? llmc__provider_row_find(provider) : NULL;
    for (size_t i = 0; row != NULL && i < sizeof codes_of_vendors / sizeof codes_of_vendors[0]; i++)
        if (strcmp(codes_of_vendors[i].provider, row->name) == 0 && strcmp(codes_of_vendors[i].code, code) == 0)
            return codes_of_vendors[i].status;
    return LLMC_OK;
}

/* A code tells more than a message, and a message more than a type ("invalid_request_error" is said of all). */
llmc__verdict llmc__verdict_refine(llmc__verdict base, const char *provider, const llmc__words *words) {
    llmc_status status = base.where != 0 ? status_at_vendor(provider, words->code) : LLMC_OK;
    if (status == LLMC_OK)
        status = status_of_code(words->code, base.where);
    if (status == LLMC_OK)
        status = status_of_message(words->message, base.where);
    if (status == LLMC_OK)
        status = status_of_code(words->type, base.where);
    if (status == LLMC_OK)
        return base;
    base.status = status;
    base.retryable = status == LLMC_ERR_RATE_LIMITED || status == LLMC_ERR_OVERLOADED || status == LLMC_ERR_SERVER;
    return base;
}

const char *llmc__verdict_advice(llmc_status status) {
    switch (status) {
    case LLMC_ERR_BAD_REQUEST:
        return "Mend the request: the provider does not take it as it is.";
    case LLMC_ERR_PERMISSION:
        return "The key is known but may not do this: check its project, its model access and your region.";
    case LLMC_ERR_NOT_FOUND:
        return "Check the model name and the base URL.";
    case LLMC_ERR_RATE_LIMITED:
        return "Wait and try again, or send fewer requests at once.";
    case LLMC_ERR_QUOTA_EXHAUSTED:
        return "Add credit or raise the account's limit; waiting does not help.";
    case LLMC_ERR_CONTEXT_LENGTH:
        return "Shorten the prompt, lower max_tokens or take a model with a larger context.";
    case LLMC_ERR_CONTENT_FILTER:
        return "The provider's content filter refused it: change the prompt.";
    case LLMC_ERR_OVERLOADED:
        return "The provider is overloaded: try again later.";
    case LLMC_ERR_REDIRECT:
        return "Redirects are never followed: set base_url to the server's final address.";
    default:
        return "The provider failed: try again later.";
    }
}
