/* An error answer -> what it means for the caller. The HTTP status decides first, then the provider's words refine it.
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "base/str.h"
#include "provider/openai.h"

/* Longest piece of the provider's message in ours; the whole is in provider_message. */
#define SHOWN_BYTES    500
#define MAX_WORD_BYTES ((size_t)64 << 10)

/* Where a word counts. */
enum { ON_REQUEST = 1, ON_KEY = 2, ON_MONEY = 4, ON_RATE = 8, INSIDE = 16, ON_SERVER = 32 };

/*
 * The words of codes and types. '*' at the start stands for any beginning. Sources: OpenAI's error code guide and
 * rate limit guide, Azure OpenAI content filtering, llama.cpp server README, OpenRouter error page, recorded answers.
 */
static const struct {
    const char *word;
    llmc_status status;
    int where;
} words_of_codes[] = {
    {"context_length_exceeded", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"exceed_context_size_error", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE},
    {"too_many_prompt_tokens", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"content_filter", LLMC_ERR_CONTENT_FILTER, ON_REQUEST | ON_KEY | INSIDE},
    {"content_policy_violation", LLMC_ERR_CONTENT_FILTER, ON_REQUEST | ON_KEY | INSIDE},
    {"ResponsibleAIPolicyViolation", LLMC_ERR_CONTENT_FILTER, ON_REQUEST | ON_KEY | INSIDE},
    {"insufficient_quota", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | ON_SERVER | INSIDE},
    {"insufficient_balance", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | INSIDE},
    {"credit_balance_exhausted", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | INSIDE},
    {"*_spend_limit_exceeded", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | INSIDE},
    {"organization_usage_limit_exceeded", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_RATE | INSIDE},
    {"billing_hard_limit_reached", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | INSIDE},
    {"billing_not_active", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_MONEY | ON_RATE | INSIDE},
    {"invalid_api_key", LLMC_ERR_AUTH, ON_REQUEST | ON_KEY | INSIDE},
    {"authentication_error", LLMC_ERR_AUTH, ON_REQUEST | ON_KEY | INSIDE},
    {"rate_limit_exceeded", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"rate_limit_error", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"RateLimitReached", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"too_many_requests", LLMC_ERR_RATE_LIMITED, INSIDE},
    {"overloaded_error", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"server_overloaded", LLMC_ERR_OVERLOADED, ON_SERVER | INSIDE},
    {"engine_overloaded", LLMC_ERR_OVERLOADED, ON_SERVER | ON_RATE | INSIDE},
    {"engine_overloaded_error", LLMC_ERR_OVERLOADED, ON_SERVER | ON_RATE | INSIDE},
    {"service_unavailable", LLMC_ERR_OVERLOADED, INSIDE},
    {"permission_error", LLMC_ERR_PERMISSION, INSIDE},
    {"permission_denied", LLMC_ERR_PERMISSION, INSIDE},
    {"model_not_found", LLMC_ERR_NOT_FOUND, INSIDE},
    {"not_found_error", LLMC_ERR_NOT_FOUND, INSIDE},
    {"server_error", LLMC_ERR_SERVER, INSIDE},
    {"api_error", LLMC_ERR_SERVER, INSIDE},
    {"internal_error", LLMC_ERR_SERVER, INSIDE},
    {"internal_server_error", LLMC_ERR_SERVER, INSIDE},
    {"*invalid_request_error", LLMC_ERR_BAD_REQUEST, INSIDE},
    {"tool_use_failed", LLMC_ERR_BAD_REQUEST, INSIDE},
};

/* For servers that give no code: what their messages say. Lower case. */
static const struct {
    const char *part;
    llmc_status status;
    int where;
} words_of_messages[] = {
    {"maximum context length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"max context length", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"context length exceeded", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"exceeds the available context size", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | ON_SERVER | INSIDE},
    {"prompt is too long", LLMC_ERR_CONTEXT_LENGTH, ON_REQUEST | INSIDE},
    {"incorrect api key", LLMC_ERR_AUTH, ON_REQUEST | INSIDE},
    {"invalid api key", LLMC_ERR_AUTH, ON_REQUEST | INSIDE},
    {"insufficient balance", LLMC_ERR_QUOTA_EXHAUSTED, ON_REQUEST | ON_KEY | ON_RATE | INSIDE},
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
    {501, LLMC_ERR_SERVER, 0, false},
    {503, LLMC_ERR_OVERLOADED, ON_SERVER, true},
    {529, LLMC_ERR_OVERLOADED, ON_SERVER, true},
};

typedef struct verdict {
    llmc_status status;
    bool retryable;
    int where;
} verdict;

static verdict verdict_of_http(int http_status) {
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].http_status == http_status)
            return (verdict){meanings[i].status, meanings[i].retryable, meanings[i].where};
    if (http_status >= 500)
        return (verdict){LLMC_ERR_SERVER, true, ON_SERVER};
    if (http_status >= 400)
        return (verdict){LLMC_ERR_BAD_REQUEST, false, ON_REQUEST};
    if (http_status >= 300)
        return (verdict){LLMC_ERR_REDIRECT, false, 0};
    return (verdict){LLMC_ERR_SERVER, true, INSIDE};
}

static bool matches(const char *word, const char *pattern) {
    if (pattern[0] != '*')
        return llmc__str_ieq(word, pattern);
    size_t len = strlen(word), tail = strlen(pattern + 1);
    return len >= tail && llmc__str_ieq(word + len - tail, pattern + 1);
}

static llmc_status status_of_code(const char *word, int where) {
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

/* A code tells more than a message, and a message more than a type ("invalid_request_error" is said of all). */
static verdict refine(verdict base, const llmc__openai_words *words) {
    llmc_status status = status_of_code(words->code, base.where);
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

static void redact_slot(char **slot, const char *key, size_t key_len) {
    llmc__buf clean;
    const char *hit = *slot != NULL ? strstr(*slot, key) : NULL;
    if (hit == NULL)
        return;
    llmc__buf_init(&clean, strlen(*slot) + 3 * (strlen(*slot) / key_len) + 3);
    llmc_status status = LLMC_OK;
    const char *from = *slot;
    for (; hit != NULL && status == LLMC_OK; hit = strstr(from, key)) {
        status = llmc__buf_append(&clean, from, (size_t)(hit - from));
        if (status == LLMC_OK)
            status = llmc__buf_append_str(&clean, "***");
        from = hit + key_len;
    }
    if (status == LLMC_OK)
        status = llmc__buf_append_str(&clean, from);
    llmc__mem_free_secret(*slot);
    *slot = status == LLMC_OK ? llmc__buf_take(&clean, NULL) : NULL; /* rather no words than the key */
    llmc__buf_free(&clean);
}

void llmc__provider_redact(const llmc__target *target, llmc_error *error) {
    /* A key of a few letters is a made-up one for a local server, and may be a common word. */
    if (target == NULL || target->api_key == NULL || strlen(target->api_key) < 4)
        return;
    char **const slots[] = {&error->message, &error->provider_type, &error->provider_code, &error->provider_message,
                            &error->provider_param};
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
        redact_slot(slots[i], target->api_key, strlen(target->api_key));
}

static void keep_words(const llmc__openai_words *words, llmc_error *error) {
    const char *const from[] = {words->type, words->code, words->message, words->param};
    char **const to[] = {&error->provider_type, &error->provider_code, &error->provider_message,
                         &error->provider_param};
    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
        llmc__error_word(to[i], from[i], from[i] != NULL ? strlen(from[i]) : 0);
}

static void cut_words(llmc_error *error) {
    char *const words[] = {error->provider_type, error->provider_code, error->provider_message, error->provider_param};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i] != NULL && strlen(words[i]) > MAX_WORD_BYTES)
            words[i][llmc__str_utf8_prefix(words[i], MAX_WORD_BYTES)] = '\0';
}

static const char *advice(llmc_status status) {
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

/* Drops the end of a sentence, which our own follows with. */
static size_t shown_length(const char *text) {
    size_t len = strlen(text);
    if (len > SHOWN_BYTES)
        len = llmc__str_utf8_prefix(text, SHOWN_BYTES);
    while (len > 0 && (text[len - 1] == '.' || text[len - 1] == '\n' || text[len - 1] == ' '))
        len--;
    return len;
}

static void set_message(const llmc__target *target, const char *how, const char *code, verdict judged,
                        llmc_error *error) {
    const char *said = error->provider_message;
    const char *who = target != NULL ? target->name : "the provider";
    char next[256];
    if (judged.status != LLMC_ERR_AUTH)
        (void)snprintf(next, sizeof next, "%s", advice(judged.status));
    else if (target != NULL && target->key_variable != NULL)
        (void)snprintf(next, sizeof next, "Check %s.", target->key_variable);
    else
        (void)snprintf(next, sizeof next, "Check the API key given to llmc_client_set_provider.");
    llmc__error_set(error, judged.status, "%s %s%s%s%s%s%.*s. %s", who, how, code != NULL ? " (" : "",
                    code != NULL ? code : "", code != NULL ? ")" : "", said != NULL ? ": " : "",
                    said != NULL ? (int)shown_length(said) : 0, said != NULL ? said : "", next);
    error->retryable = judged.retryable;
}

static const char *short_code(const llmc__openai_words *words) {
    const char *code = words->code != NULL && words->code != words->code_digits ? words->code : words->type;
    return code != NULL && strlen(code) <= 64 ? code : NULL;
}

/* A body that is not JSON may still be a line of text worth showing; a page of HTML is not. */
static void take_plain_text(const char *body, size_t len, llmc_error *error) {
    while (len > 0 && strchr(" \t\r\n", *body) != NULL && *body != '\0') {
        body++;
        len--;
    }
    if (len == 0 || *body == '<' || *body == '{' || *body == '[')
        return;
    size_t shown = llmc__str_utf8_prefix(body, len);
    while (shown > 0 && strchr(" \t\r\n", body[shown - 1]) != NULL)
        shown--;
    if (shown > 0)
        llmc__error_word(&error->provider_message, body, shown);
}

void llmc__openai_classify(const llmc__target *target, int http_status, const char *body, size_t len,
                           const char *type_hint, llmc_error *error) {
    llmc__json_doc *doc = NULL;
    llmc__openai_words words = {0};
    char how[48];

    llmc__error_clear(error);
    error->http_status = http_status;
    if (len > 0 && llmc__json_parse(body, len, &doc, NULL) == LLMC_OK)
        llmc__openai_words_read(doc, llmc__json_root(doc), &words);
    if (words.type == NULL)
        words.type = type_hint;
    keep_words(&words, error);
    if (doc == NULL && len > 0)
        take_plain_text(body, len, error);
    llmc__provider_redact(target, error); /* before anything is cut, which could cut the key in two */
    cut_words(error);
    verdict judged = refine(verdict_of_http(http_status), &words);
    (void)snprintf(how, sizeof how, "answered HTTP %d", http_status);
    set_message(target, how, short_code(&words), judged, error);
    llmc__provider_redact(target, error); /* a code is shown as it was sent */
    llmc__json_free(doc);
}

void llmc__openai_classify_inner(const llmc__openai_words *words, llmc_error *error) {
    verdict judged = {LLMC_ERR_SERVER, true, INSIDE};
    llmc__error_clear(error);
    error->http_status = 200;
    if (words->http_status != 0) {
        judged = verdict_of_http(words->http_status);
        judged.where |= ON_SERVER;
    }
    keep_words(words, error);
    set_message(NULL, "failed inside its answer", short_code(words), refine(judged, words), error);
}
