/* Which fields a request carries, and what they are called. */
#include "model/request.h"

static uint32_t when(bool present, llmc__field field) {
    return present ? (uint32_t)field : 0;
}

uint32_t llmc__part_field(llmc__part_kind kind) {
    static const uint32_t of_kind[] = {
        [LLMC__PART_IMAGE_URL] = LLMC__FIELD_IMAGE_URL,
        [LLMC__PART_IMAGE] = LLMC__FIELD_IMAGE,
        [LLMC__PART_FILE_URL] = LLMC__FIELD_FILE_URL,
        [LLMC__PART_FILE] = LLMC__FIELD_FILE,
        [LLMC__PART_TOOL_CALL] = LLMC__FIELD_TOOLS,
        [LLMC__PART_TOOL_RESULT] = LLMC__FIELD_TOOLS,
        [LLMC__PART_REPLAY] = 0,
    };
    return of_kind[kind];
}

static uint32_t fields_of_part(const llmc__part *part) {
    return llmc__part_field(part->kind) | when(part->cache_mark, LLMC__FIELD_CACHE_MARK);
}

static uint32_t fields_of_messages(const llmc_request *r) {
    uint32_t fields = 0;
    for (size_t i = 0; i < r->message_count; i++) {
        fields |= when(r->messages[i].cache_mark, LLMC__FIELD_CACHE_MARK);
        for (size_t k = 0; k < r->messages[i].part_count; k++)
            fields |= fields_of_part(&r->messages[i].parts[k]);
    }
    return fields;
}

static uint32_t fields_of_tools(const llmc_request *r) {
    uint32_t fields = when(r->tool_count > 0, LLMC__FIELD_TOOLS);
    for (size_t i = 0; i < r->tool_count; i++)
        fields |= when(r->tools[i].cache_mark, LLMC__FIELD_CACHE_MARK);
    return fields | when(r->tool_choice != LLMC_TOOL_CHOICE_UNSET, LLMC__FIELD_TOOL_CHOICE) |
           when(r->parallel_tools >= 0, LLMC__FIELD_PARALLEL_TOOLS);
}

uint32_t llmc__request_fields(const llmc_request *r) {
    return fields_of_messages(r) | fields_of_tools(r) | when(r->has_temperature, LLMC__FIELD_TEMPERATURE) |
           when(r->has_top_p, LLMC__FIELD_TOP_P) | when(r->has_top_k, LLMC__FIELD_TOP_K) |
           when(r->has_frequency_penalty, LLMC__FIELD_FREQUENCY_PENALTY) |
           when(r->has_presence_penalty, LLMC__FIELD_PRESENCE_PENALTY) | when(r->has_seed, LLMC__FIELD_SEED) |
           when(r->has_max_tokens, LLMC__FIELD_MAX_TOKENS) | when(r->stop_count > 0, LLMC__FIELD_STOP) |
           when(r->has_n, LLMC__FIELD_N) | when(r->has_logprobs, LLMC__FIELD_LOGPROBS) |
           when(r->user != NULL, LLMC__FIELD_USER) | when(r->service_tier != NULL, LLMC__FIELD_SERVICE_TIER) |
           when(r->metadata_count > 0, LLMC__FIELD_METADATA) | when(r->json_mode, LLMC__FIELD_JSON_MODE) |
           when(r->schema != NULL, LLMC__FIELD_JSON_SCHEMA) |
           when(r->reasoning_effort != LLMC_REASONING_UNSET, LLMC__FIELD_REASONING_EFFORT) |
           when(r->has_reasoning_budget, LLMC__FIELD_REASONING_BUDGET);
}

const char *llmc__field_name(llmc__field field) {
    static const char *const names[] = {
        "temperature",
        "top_p",
        "top_k",
        "frequency_penalty",
        "presence_penalty",
        "seed",
        "max_tokens",
        "stop",
        "n",
        "logprobs",
        "user",
        "service_tier",
        "metadata",
        "tools",
        "tool_choice",
        "parallel_tools",
        "json_mode",
        "json_schema",
        "reasoning_effort",
        "reasoning_budget",
        "cache_mark",
        "image_url",
        "image",
        "file_url",
        "file",
    };
    unsigned bit = field != 0 ? (unsigned)__builtin_ctz((unsigned)field) : 32;
    return bit < sizeof names / sizeof names[0] ? names[bit] : "";
}
