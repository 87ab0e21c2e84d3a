#include "model/response.h"

#include <string.h>
#include "base/mem.h"
#include "base/str.h"

#define MAX_HEADER_BYTES ((size_t)256 << 10)

static void choice_init(llmc__choice *choice, size_t max_bytes) {
    memset(choice, 0, sizeof *choice);
    llmc__buf_init(&choice->text, max_bytes);
    llmc__buf_init(&choice->reasoning, max_bytes);
    llmc__buf_init(&choice->refusal, max_bytes);
}

bool llmc__response_has(const llmc_response *response, const char *word) {
    uintptr_t at = (uintptr_t)word, room = (uintptr_t)response->words;
    return at >= room && at < room + sizeof response->words;
}

static void word_free(const llmc_response *response, char *word) {
    if (!llmc__response_has(response, word))
        llmc__mem_free(word);
}

bool llmc__response_word(llmc_response *response, char **slot, const char *text, size_t len) {
    char *copy;
    if (len < sizeof response->words - response->words_used) {
        copy = response->words + response->words_used;
        memcpy(copy, text, len);
        copy[len] = '\0';
        response->words_used += len + 1;
    } else {
        copy = llmc__mem_strndup(text, len);
        if (copy == NULL)
            return false;
    }
    word_free(response, *slot);
    *slot = copy;
    return true;
}

static void choice_free(const llmc_response *response, llmc__choice *choice) {
    llmc__buf_free(&choice->text);
    llmc__buf_free(&choice->reasoning);
    llmc__buf_free(&choice->refusal);
    for (size_t i = 0; i < choice->tool_count; i++) {
        llmc__mem_free(choice->tools[i].id);
        llmc__mem_free(choice->tools[i].name);
        llmc__buf_free(&choice->tools[i].arguments);
    }
    llmc__mem_free(choice->tools);
    word_free(response, choice->finish_raw);
}

/* The empty answer, with nothing allocated. */
static void content_init(llmc_response *response) {
    response->status = LLMC_OK;
    llmc__error_init(&response->error);
    response->model = response->id = response->request_id = response->job_id = NULL;
    choice_init(&response->first, response->max_bytes);
    response->others = NULL;
    response->other_count = 0;
    response->result = NULL;
    response->usage = (llmc__usage)LLMC__USAGE_INIT;
    response->cost_usd = -1.0;
    response->cost = (llmc__cost){0};
    response->latency_ms = response->ttft_ms = -1;
    response->from_cache = response->shared = false;
    response->opaques = NULL;
    response->opaque_count = response->opaque_cap = 0;
    response->logprobs_at = response->logprobs_cap = 0;
    llmc__buf_init(&response->replay, response->max_bytes);
    response->replay_origin = NULL;
    llmc__buf_init(&response->raw_body, response->max_bytes);
    llmc__buf_init(&response->headers, MAX_HEADER_BYTES);
}

static void content_free(llmc_response *response) {
    llmc__error_clear(&response->error);
    word_free(response, response->model);
    word_free(response, response->id);
    word_free(response, response->request_id);
    llmc__mem_free(response->job_id);
    choice_free(response, &response->first);
    for (size_t i = 0; i < response->other_count; i++)
        choice_free(response, &response->others[i]);
    llmc__mem_free(response->others);
    llmc__result_unref(response->result);
    for (size_t i = 0; i < response->opaque_count; i++)
        llmc__mem_free(response->opaques[i].text);
    llmc__mem_free(response->opaques);
    llmc__buf_free(&response->replay);
    llmc__mem_free(response->replay_origin);
    llmc__buf_free(&response->raw_body);
    llmc__buf_free(&response->headers);
}

llmc_response *llmc__response_new(size_t max_bytes) {
    return llmc__response_new_with(max_bytes, 0);
}

llmc_response *llmc__response_new_with(size_t max_bytes, size_t room) {
    llmc_response *response = llmc__mem_zeroed(sizeof *response + room);
    if (response == NULL)
        return NULL;
    atomic_init(&response->refs, 1);
    response->max_bytes = max_bytes;
    content_init(response);
    return response;
}

llmc_response *llmc__response_ref(llmc_response *response) {
    if (response != NULL)
        atomic_fetch_add_explicit(&response->refs, 1, memory_order_relaxed);
    return response;
}

void llmc__response_drop_attempts(llmc_response *response) {
    for (llmc__attempt_node *node = response->attempts; node != NULL;) {
        llmc__attempt_node *next = node->next;
        llmc__mem_free(node);
        node = next;
    }
    response->attempts = response->attempts_tail = NULL;
    response->attempt_count = 0;
}

void llmc__response_take_attempts(llmc_response *to, llmc_response *from) {
    if (from->attempts == NULL)
        return;
    if (to->attempts_tail != NULL)
        to->attempts_tail->next = from->attempts;
    else
        to->attempts = from->attempts;
    to->attempts_tail = from->attempts_tail;
    to->attempt_count += from->attempt_count;
    from->attempts = from->attempts_tail = NULL;
    from->attempt_count = 0;
}

void llmc__response_unref(llmc_response *response) {
    if (response == NULL || atomic_fetch_sub_explicit(&response->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (response->give_back != NULL) {
        llmc__error_clear(&response->error); /* a handle's own, as the attempts */
        llmc__result_unref(response->result);
        response->give_back(response->owner);
    } else {
        content_free(response);
        word_free(response, response->provider);
    }
    llmc__response_drop_attempts(response);
    llmc__mem_free(response);
}

void llmc__response_reset(llmc_response *response) {
    content_free(response);
    content_init(response);
}

void llmc__response_take_result(llmc_response *response, llmc__result *result) {
    llmc__result_unref(response->result);
    response->result = result;
    response->usage = result->usage;
    llmc__mem_free(response->model);
    llmc__mem_free(response->id);
    response->model = result->model;
    response->id = result->id;
    result->model = result->id = NULL;
}

llmc__choice *llmc__response_choice(llmc_response *response, size_t choice) {
    if (choice == 0)
        return &response->first;
    if (choice >= LLMC__MAX_CHOICES)
        return NULL;
    if (choice > response->other_count) {
        llmc__choice *others = llmc__mem_realloc(response->others, choice * sizeof *others);
        if (others == NULL)
            return NULL;
        response->others = others;
        while (response->other_count < choice)
            choice_init(&others[response->other_count++], response->max_bytes);
    }
    return &response->others[choice - 1];
}

bool llmc__response_add_attempt(llmc_response *response, const llmc_attempt *attempt) {
    const char *provider = attempt->provider != NULL ? attempt->provider : "";
    const char *model = attempt->model != NULL ? attempt->model : "";
    size_t provider_size = strlen(provider) + 1, model_size = strlen(model) + 1;
    llmc__attempt_node *node = llmc__mem_alloc(sizeof *node + provider_size + model_size);
    if (node == NULL)
        return false;
    char *words = (char *)(node + 1);
    node->next = NULL;
    node->data = *attempt;
    if (node->data.why == NULL)
        node->data.why = "";
    node->data.provider = memcpy(words, provider, provider_size);
    node->data.model = memcpy(words + provider_size, model, model_size);
    if (response->attempts_tail != NULL)
        response->attempts_tail->next = node;
    else
        response->attempts = node;
    response->attempts_tail = node;
    response->attempt_count++;
    return true;
}

const char *llmc__response_header(const llmc_response *response, const char *name) {
    const char *at = response->headers.data;
    const char *end = at != NULL ? at + response->headers.len : NULL;
    size_t name_len = strlen(name);
    while (at != end) {
        size_t len = strlen(at);
        const char *value = at + len + 1;
        if (len == name_len && llmc__str_ieq_n(at, len, name))
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

/* NUL bytes would shift the pairs; no HTTP library lets them through, so such a line is left out. */
llmc_status llmc__response_add_header(llmc_response *response, const char *name, size_t name_len, const char *value,
                                      size_t value_len) {
    llmc__buf *headers = &response->headers;
    if (memchr(name, '\0', name_len) != NULL || (value_len > 0 && memchr(value, '\0', value_len) != NULL))
        return LLMC_OK;
    llmc_status status = llmc__buf_reserve(headers, name_len + value_len + 2);
    if (status != LLMC_OK)
        return status;
    char *at = headers->data + headers->len;
    memcpy(at, name, name_len);
    at[name_len] = '\0';
    if (value_len > 0)
        memcpy(at + name_len + 1, value, value_len);
    headers->len += name_len + value_len + 2;
    headers->data[headers->len - 1] = headers->data[headers->len] = '\0';
    return LLMC_OK;
}
