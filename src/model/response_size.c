/* How much memory an answer holds. */
#include <string.h>
#include "model/response_replay.h"

/* malloc of the GNU C library puts a word before each block and rounds up to 16 bytes; 32 are the least. */
static size_t block(size_t size) {
    size_t whole = (size + 8 + 15) & ~(size_t)15;
    if (size == 0)
        return 0;
    return whole > 32 ? whole : 32;
}

static size_t of_text(const char *text) {
    return text != NULL ? block(strlen(text) + 1) : 0;
}

static size_t of_word(const llmc_response *response, const char *word) {
    return llmc__response_has(response, word) ? 0 : of_text(word);
}

static size_t of_choice(const llmc_response *response, const llmc__choice *choice) {
    size_t bytes = block(choice->text.cap) + block(choice->reasoning.cap) + block(choice->refusal.cap) +
                   of_word(response, choice->finish_raw) + block(choice->tool_cap * sizeof *choice->tools);
    for (size_t i = 0; i < choice->tool_count; i++)
        bytes += of_text(choice->tools[i].id) + of_text(choice->tools[i].name) + block(choice->tools[i].arguments.cap);
    return bytes;
}

static size_t of_error(const llmc_error *error) {
    return of_text(error->message) + of_text(error->provider_type) + of_text(error->provider_code) +
           of_text(error->provider_message) + of_text(error->provider_param);
}

static size_t of_lists(const llmc_response *response) {
    size_t bytes = block(response->other_count * sizeof *response->others) +
                   block(response->opaque_cap * sizeof *response->opaques);
    for (size_t i = 0; i < response->other_count; i++)
        bytes += of_choice(response, &response->others[i]);
    for (size_t i = 0; i < response->opaque_count; i++)
        bytes += block(response->opaques[i].len + 1);
    for (const llmc__attempt_node *node = response->attempts; node != NULL; node = node->next)
        bytes += block(sizeof *node + strlen(node->data.provider) + strlen(node->data.model) + 2);
    return bytes;
}

/* Counted whole by each answer that holds it: copies share it, but each may be the last. */
static size_t of_result(const llmc__result *result) {
    size_t bytes;
    if (result == NULL)
        return 0;
    bytes = block(sizeof *result) + block(result->vector_count * result->dimensions * sizeof(float)) +
            block(result->rank_count * sizeof *result->ranks) + block(result->model_count * sizeof *result->models) +
            of_text(result->next);
    for (size_t i = 0; i < result->model_count; i++)
        bytes += of_text(result->models[i].id) + of_text(result->models[i].name) + of_text(result->models[i].owner) +
                 of_text(result->models[i].json);
    return bytes;
}

size_t llmc__response_bytes(const llmc_response *response) {
    return block(sizeof *response) + of_choice(response, &response->first) + of_error(&response->error) +
           of_lists(response) + of_result(response->result) + of_word(response, response->provider) +
           of_word(response, response->model) + of_word(response, response->id) +
           of_word(response, response->request_id) + of_text(response->replay_origin) + block(response->replay.cap) +
           block(response->raw_body.cap) + block(response->headers.cap);
}
