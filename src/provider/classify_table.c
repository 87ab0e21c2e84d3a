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

/*
 * Words that mean the same where they count: each ended by a NUL, all by another. All lists of a table stand in one
 * run, in the order of their heads.
 */
typedef struct word_list {
    int8_t status;
    uint8_t where;
} word_list;
#define HEAD(status, where, words)  {status, where},
#define WORDS(status, where, words) words "\0"

/* The words of codes and types. '*' at the start stands for any beginning; case does not count. */
#define CODES(LIST)                                                                                                    \
    LIST(LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE,                                                                 \
         "context_length_exceeded\0"                                                                                   \
         "too_many_prompt_tokens\0"                                                                                    \
         "tokens_limit_reached\0" /* GitHub, 413 */)                                                                   \
    LIST(LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE, "exceed_context_size_error\0")                      \
    LIST(LLMC_ERR_CONTENT_FILTER, ON_CALLER,                                                                           \
         "content_filter\0"                                                                                            \
         "content_policy_violation\0"                                                                                  \
         "ResponsibleAIPolicyViolation\0"                                                                              \
         "data_inspection_failed\0" /* DashScope */                                                                    \
         "DataInspectionFailed\0")                                                                                     \
    /* Money. */                                                                                                       \
    LIST(LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY | ON_SERVER, "insufficient_quota\0")                                         \
    LIST(LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY,                                                                             \
         "insufficient_balance\0"                                                                                      \
         "credit_balance_exhausted\0"                                                                                  \
         "*_spend_limit_exceeded\0"                                                                                    \
         "organization_usage_limit_exceeded\0"                                                                         \
         "billing_hard_limit_reached\0"                                                                                \
         "billing_not_active\0"                                                                                        \
         "billing_error\0"                                                                                             \
         "exceeded_current_quota_error\0" /* Moonshot */                                                               \
         "Arrearage\0"                    /* DashScope */                                                              \
         "BILLING_DISABLED\0")                                                                                         \
    /* Ids of Gemini's quotas of a day: its RetryInfo says seconds all the same. */                                    \
    LIST(LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE | INSIDE,                                                                   \
         "*PerDayPerProjectPerModel\0"                                                                                 \
         "*PerDayPerProjectPerModel-FreeTier\0"                                                                        \
         "*PerModelPerDay\0"                                                                                           \
         "*PerModelPerDay-FreeTier\0")                                                                                 \
    /* The key. */                                                                                                     \
    LIST(LLMC_ERR_AUTH, ON_CALLER,                                                                                     \
         "invalid_api_key\0"                                                                                           \
         "authentication_error\0"                                                                                      \
         "API_KEY_INVALID\0"                                                                                           \
         "UNAUTHENTICATED\0"                                                                                           \
         "UnrecognizedClientException\0"                                                                               \
         "ExpiredTokenException\0"                                                                                     \
         "InvalidSignatureException\0"                                                                                 \
         "IncompleteSignatureException\0"                                                                              \
         "MissingAuthenticationTokenException\0")                                                                      \
    LIST(LLMC_ERR_PERMISSION, INSIDE,                                                                                  \
         "permission_error\0"                                                                                          \
         "PERMISSION_DENIED\0")                                                                                        \
    LIST(LLMC_ERR_PERMISSION, ON_REQUEST | INSIDE, "AccessDeniedException\0")                                          \
    /* The pace. */                                                                                                    \
    LIST(LLMC_ERR_RATE_LIMITED, INSIDE,                                                                                \
         "rate_limit_exceeded\0"                                                                                       \
         "rate_limit_error\0"                                                                                          \
         "RateLimitReached\0"                                                                                          \
         "too_many_requests\0"                                                                                         \
         "RESOURCE_EXHAUSTED\0"                                                                                        \
         "service_tier_capacity_exceeded\0")                                                                           \
    LIST(LLMC_ERR_RATE_LIMITED, ON_REQUEST | INSIDE,                                                                   \
         "ThrottlingException\0"                                                                                       \
         "ServiceQuotaExceededException\0" /* 400; "resubmit later" */)                                                \
    LIST(LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE,                                                                      \
         "overloaded_error\0"                                                                                          \
         "server_overloaded\0"                                                                                         \
         "server_is_overloaded\0"                                                                                      \
         "slow_down\0"                                                                                                 \
         "UNAVAILABLE\0"                                                                                               \
         "ServiceUnavailableException\0")                                                                              \
    LIST(LLMC_ERR_OVERLOADED, ON_REQUEST | INSIDE, "capacity_exceeded\0" /* Groq's flex tier, 498 */)                  \
    LIST(LLMC_ERR_OVERLOADED, ON_SERVER | ON_RATE | INSIDE,                                                            \
         "engine_overloaded\0"                                                                                         \
         "engine_overloaded_error\0")                                                                                  \
    LIST(LLMC_ERR_OVERLOADED, INSIDE, "service_unavailable\0")                                                         \
    LIST(LLMC_ERR_OVERLOADED, ON_RATE | INSIDE, "ModelNotReadyException\0")                                            \
    /* What is asked for. */                                                                                           \
    LIST(LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE,                                                                      \
         "model_not_found\0" /* 400 from OpenAI's Responses API */                                                     \
         "model_decommissioned\0"                                                                                      \
         "invalid_model\0" /* Mistral, Perplexity */                                                                   \
         "unknown_model\0" /* GitHub */                                                                                \
         "ResourceNotFoundException\0")                                                                                \
    LIST(LLMC_ERR_NOT_FOUND, INSIDE,                                                                                   \
         "not_found_error\0"                                                                                           \
         "NOT_FOUND\0")                                                                                                \
    LIST(LLMC_ERR_BAD_REQUEST, INSIDE,                                                                                 \
         "*invalid_request_error\0"                                                                                    \
         "tool_use_failed\0"                                                                                           \
         "request_too_large\0"                                                                                         \
         "INVALID_ARGUMENT\0"                                                                                          \
         "FAILED_PRECONDITION\0"                                                                                       \
         "OUT_OF_RANGE\0"                                                                                              \
         "ValidationException\0")                                                                                      \
    /* The provider's own. */                                                                                          \
    LIST(LLMC_ERR_SERVER, INSIDE,                                                                                      \
         "server_error\0"                                                                                              \
         "api_error\0"                                                                                                 \
         "timeout_error\0"                                                                                             \
         "internal_error\0"                                                                                            \
         "internal_server_error\0"                                                                                     \
         "INTERNAL\0"                                                                                                  \
         "DEADLINE_EXCEEDED\0"                                                                                         \
         "InternalServerException\0")                                                                                  \
    LIST(LLMC_ERR_SERVER, ON_REQUEST | INSIDE,                                                                         \
         "ModelTimeoutException\0"                                                                                     \
         "ModelErrorException\0" /* 424 */                                                                             \
         "ModelStreamErrorException\0" /* 424 */)
static const char words_of_codes[] = CODES(WORDS);
static const word_list lists_of_codes[] = {CODES(HEAD)};

/* For servers that give no code: what their messages say. Lower case. */
#define MESSAGES(LIST)                                                                                                 \
    LIST(LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE,                                                                 \
         "maximum context length\0"                                                                                    \
         "max context length\0"                                                                                        \
         "maximum prompt length\0"           /* xAI */                                                                 \
         "greater than the context length\0" /* LM Studio */                                                           \
         "range of input length should be\0" /* DashScope */                                                           \
         "context length exceeded\0"                                                                                   \
         "prompt is too long\0"                    /* Anthropic */                                                     \
         "exceed context limit\0"                  /* Anthropic */                                                     \
         "exceeds the maximum number of tokens\0"  /* Gemini */                                                        \
         "input is too long for requested model\0" /* Bedrock */                                                       \
         "too many input tokens\0"                 /* Bedrock */                                                       \
         "too many tokens: size limit exceeded\0" /* Cohere */)                                                        \
    LIST(LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE,                                                     \
         "exceeds the context length\0" /* Ollama */                                                                   \
         "exceeds the available context size\0")                                                                       \
    LIST(LLMC_ERR_CONTENT_FILTER, ON_CALLER,                                                                           \
         "blocked by content filtering policy\0" /* Anthropic */                                                       \
         "your input was flagged\0" /* OpenRouter */)                                                                  \
    LIST(LLMC_ERR_AUTH, ON_REQUEST | INSIDE,                                                                           \
         "incorrect api key\0" /* xAI */                                                                               \
         "invalid api key\0"                                                                                           \
         "invalid api token\0" /* Cohere */)                                                                           \
    LIST(LLMC_ERR_AUTH, ON_CALLER,                                                                                     \
         "invalid x-api-key\0"                         /* Anthropic */                                                 \
         "api key not valid\0"                         /* Gemini */                                                    \
         "api key expired\0"                           /* Gemini */                                                    \
         "unregistered callers\0"                      /* Gemini, no key */                                            \
         "make sure your api key is valid\0"           /* Bedrock */                                                   \
         "security token included in the request is\0" /* AWS */                                                       \
         "signature expired\0"                         /* AWS */                                                       \
         "request signature we calculated does not match\0" /* AWS */)                                                 \
    LIST(LLMC_ERR_QUOTA_EXHAUSTED, ON_ANY,                                                                             \
         "insufficient balance\0"                                                                                      \
         "credit balance is too low\0"               /* Anthropic */                                                   \
         "reached your specified api usage limits\0" /* Anthropic */                                                   \
         "used all available credits\0"              /* xAI */                                                         \
         "doesn't have any credits\0"                /* xAI */                                                         \
         "out of call volume quota\0"                /* Azure */                                                       \
         "key limit exceeded\0"                      /* OpenRouter */                                                  \
         "monthly spending limit\0"                  /* Fireworks, 412 */                                              \
         "credits are depleted\0" /* Gemini */)                                                                        \
    LIST(LLMC_ERR_QUOTA_EXHAUSTED, ON_RATE, "api calls / month\0" /* Cohere's trial */)                                \
    LIST(LLMC_ERR_NOT_FOUND, ON_REQUEST | INSIDE,                                                                      \
         "model not exist\0"         /* DeepSeek */                                                                    \
         "is not a valid model id\0" /* OpenRouter */                                                                  \
         "model identifier is invalid\0" /* Bedrock */)                                                                \
    LIST(LLMC_ERR_PERMISSION, ON_REQUEST | INSIDE, "user location is not supported\0" /* Gemini */)                    \
    LIST(LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE, "server busy\0" /* Ollama */)                                        \
    LIST(LLMC_ERR_NOT_FOUND, INSIDE, "not found, try pulling it first\0" /* Ollama */)                                 \
    LIST(LLMC_ERR_BAD_REQUEST, INSIDE,                                                                                 \
         "does not support tools\0" /* Ollama */                                                                       \
         "does not support thinking\0" /* Ollama */)
static const char words_of_messages[] = MESSAGES(WORDS);
static const word_list lists_of_messages[] = {MESSAGES(HEAD)};

/* Numbers mean something only at the vendor that gives them: https://docs.z.ai/api-reference/api-code. */
static const struct {
    char provider[6]; /* of the row */
    char code[5];
    int8_t status;
} codes_of_vendors[] = {
    {"zhipu", "1113", LLMC_ERR_QUOTA_EXHAUSTED}, /* in arrears, and so on: all come with 400 or 429 */
    {"zhipu", "1309", LLMC_ERR_QUOTA_EXHAUSTED}, {"zhipu", "1310", LLMC_ERR_QUOTA_EXHAUSTED},
    {"zhipu", "1211", LLMC_ERR_NOT_FOUND},       {"zhipu", "1261", LLMC_ERR_CONTEXT_LENGTH},
    {"zhipu", "1301", LLMC_ERR_CONTENT_FILTER},  {"zhipu", "1312", LLMC_ERR_OVERLOADED},
};

/* What each HTTP status means by itself. */
static const struct {
    uint16_t http_status;
    int8_t status;
    uint8_t where;
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
            return (llmc__verdict){(llmc_status)meanings[i].status, meanings[i].retryable, meanings[i].where};
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

typedef bool (*fits_fn)(const char *text, const char *word);

/* By the first word that fits. */
static llmc_status status_of(const word_list *list, const char *word, const char *text, int where, fits_fn fits) {
    for (; text != NULL && *word != '\0'; list++, word++)
        for (; *word != '\0'; word += strlen(word) + 1)
            if ((list->where & where) != 0 && fits(text, word))
                return (llmc_status)list->status;
    return LLMC_OK;
}

static llmc_status status_of_code(const char *word, int where) {
    const char *hash = word != NULL ? strrchr(word, '#') : NULL;
    /* AWS puts the service's name before it: "com.amazon.coral.service#..." */
    return status_of(lists_of_codes, words_of_codes, hash != NULL ? hash + 1 : word, where, matches);
}

static bool contains(const char *text, const char *part) {
    size_t len = strlen(part);
    for (; *text != '\0'; text++)
        if (llmc__str_ieq_n(text, strnlen(text, len), part))
            return true;
    return false;
}

static llmc_status status_at_vendor(const char *provider, const char *code) {
    const llmc__provider_row *row = provider != NULL && code != NULL ? llmc__provider_row_find(provider) : NULL;
    for (size_t i = 0; row != NULL && i < sizeof codes_of_vendors / sizeof codes_of_vendors[0]; i++)
        if (strcmp(codes_of_vendors[i].provider, row->name) == 0 && strcmp(codes_of_vendors[i].code, code) == 0)
            return (llmc_status)codes_of_vendors[i].status;
    return LLMC_OK;
}

/* A code tells more than a message, and a message more than a type ("invalid_request_error" is said of all). */
llmc__verdict llmc__verdict_refine(llmc__verdict base, const char *provider, const llmc__words *words) {
    llmc_status status = base.where != 0 ? status_at_vendor(provider, words->code) : LLMC_OK;
    if (status == LLMC_OK)
        status = status_of_code(words->code, base.where);
    if (status == LLMC_OK)
        status = status_of(lists_of_messages, words_of_messages, words->message, base.where, contains);
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
