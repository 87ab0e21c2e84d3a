/* Events of a stream, and whole messages (https://docs.claude.com/en/docs/build-with-claude/streaming). */
#include <string.h>
#include "base/mem.h"
#include "provider/anthropic.h"
#include "provider/openai.h"

#define MAX_COUNT INT64_C(1000000000000) /* more tokens than there are: a broken count */

void llmc__anthropic_answer_init(llmc__anthropic_answer *answer, size_t max_bytes) {
    memset(answer, 0, sizeof *answer);
    answer->max_bytes = max_bytes;
    answer->input = answer->cache_read = answer->cache_write = answer->output = answer->thinking = -1;
}

void llmc__anthropic_answer_free(llmc__anthropic_answer *answer) {
    for (size_t i = 0; i < answer->block_count; i++)
        llmc__anthropic_block_free(&answer->blocks[i]);
    llmc__mem_free(answer->blocks);
    answer->blocks = NULL;
    answer->block_count = answer->block_cap = 0;
}

static const char *message_of(llmc_status status) {
    switch (status) {
    case LLMC_ERR_NO_MEMORY:
        return "no memory for the answer";
    case LLMC_ERR_TOO_LARGE:
        return "a part of the answer is larger than max_event_bytes, or it has too many parts";
    default:
        return "the answer is JSON, but no message: check that base_url leads to Anthropic's Messages API; the raw "
               "body is on the response";
    }
}

llmc_status llmc__anthropic_fail(llmc__anthropic_answer *answer, llmc_status status) {
    if (answer->status == LLMC_OK) {
        llmc__error_clear(answer->error);
        answer->status = llmc__error_set(answer->error, status, "%s", message_of(status));
    }
    return answer->status;
}

static void start(llmc__anthropic_answer *answer, const char *model, const char *id) {
    if (answer->started)
        return;
    answer->started = true;
    (void)llmc__anthropic_emit(answer, &(llmc_event){.kind = LLMC_EVENT_START, .model = model, .id = id});
}

llmc_status llmc__anthropic_emit(llmc__anthropic_answer *answer, const llmc_event *event) {
    start(answer, NULL, NULL);
    if (answer->status == LLMC_OK)
        answer->status = answer->emit(answer->ctx, event);
    return answer->status;
}

static void read_head(llmc__anthropic_answer *answer, const llmc__json *message) {
    start(answer, llmc__json_text(NULL, message, "model", NULL), llmc__json_text(NULL, message, "id", NULL));
}

/* ---- usage ---- */

static void read_count(const llmc__anthropic_answer *answer, const llmc__json *object, const char *name,
                       int64_t *slot) {
    int64_t count = 0;
    if (llmc__json_int64(answer->doc, llmc__json_get(object, name), &count) && count >= 0 && count <= MAX_COUNT)
        *slot = count;
}

static int64_t or_none(int64_t count) {
    return count > 0 ? count : 0;
}

/*
 * Counts are cumulative: later ones replace earlier ones, and message_delta may correct the input's. input_tokens is
 * without what the cache gave and took; tokens_in is the whole prompt.
 */
static void read_usage(llmc__anthropic_answer *answer, const llmc__json *usage) {
    if (llmc__json_first(usage) == NULL)
        return;
    read_count(answer, usage, "input_tokens", &answer->input);
    read_count(answer, usage, "cache_read_input_tokens", &answer->cache_read);
    read_count(answer, usage, "cache_creation_input_tokens", &answer->cache_write);
    read_count(answer, usage, "output_tokens", &answer->output);
    read_count(answer, llmc__json_get(usage, "output_tokens_details"), "thinking_tokens", &answer->thinking);
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = LLMC__USAGE_INIT};
    if (answer->input >= 0)
        event.usage.tokens_in = answer->input + or_none(answer->cache_read) + or_none(answer->cache_write);
    event.usage.tokens_out = answer->output;
    event.usage.cached = answer->cache_read;
    event.usage.cache_write = answer->cache_write;
    event.usage.reasoning = answer->thinking;
    (void)llmc__anthropic_emit(answer, &event);
}

/* ---- the end ---- */

static llmc_finish_reason finish_class(const char *word) {
    static const struct {
        char word[30];
        uint8_t finish;
    } words[] = {
        {"end_turn", LLMC_FINISH_STOP},
        {"stop_sequence", LLMC_FINISH_STOP},
        {"tool_use", LLMC_FINISH_TOOL_CALLS},
        {"max_tokens", LLMC_FINISH_LENGTH},
        {"model_context_window_exceeded", LLMC_FINISH_LENGTH},
        {"refusal", LLMC_FINISH_CONTENT_FILTER},
        {"pause_turn", LLMC_FINISH_PAUSE},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return (llmc_finish_reason)words[i].finish;
    return LLMC_FINISH_OTHER;
}

static void read_finish(llmc__anthropic_answer *answer, const llmc__json *object) {
    const char *word = llmc__json_word(object, "stop_reason");
    if (word == NULL)
        return;
    answer->finish = finish_class(word);
    llmc__anthropic_blocks_end(answer);
    llmc_event event = {.kind = LLMC_EVENT_FINISH, .finish = answer->finish, .finish_raw = word};
    (void)llmc__anthropic_emit(answer, &event);
}

static void close_answer(llmc__anthropic_answer *answer) {
    answer->done = true;
    start(answer, NULL, NULL);
    llmc__anthropic_blocks_end(answer);
    llmc__anthropic_replay(answer);
}

/* ---- events ---- */

/* An error inside. */
static void fail_by(llmc__anthropic_answer *answer, const llmc__json *root) {
    if (answer->status == LLMC_OK)
        answer->status = llmc__openai_words_fail(answer->doc, root, answer->error);
}

static void read_message_start(llmc__anthropic_answer *answer, const llmc__json *event) {
    const llmc__json *message = llmc__json_get(event, "message");
    read_head(answer, message);
    read_usage(answer, llmc__json_get(message, "usage"));
}

static void read_message_delta(llmc__anthropic_answer *answer, const llmc__json *event) {
    read_usage(answer, llmc__json_get(event, "usage"));
    read_finish(answer, llmc__json_get(event, "delta"));
}

static void read_message_stop(llmc__anthropic_answer *answer, const llmc__json *event) {
    (void)event;
    close_answer(answer);
}

llmc_status llmc__anthropic_event(llmc__anthropic_answer *answer, const llmc__json_doc *doc, const llmc__json *event) {
    static const struct {
        const char *type;
        void (*read)(llmc__anthropic_answer *answer, const llmc__json *event);
    } readers[] = {
        {"content_block_delta", llmc__anthropic_block_delta},
        {"content_block_start", llmc__anthropic_block_start},
        {"content_block_stop", llmc__anthropic_block_stop},
        {"message_start", read_message_start},
        {"message_delta", read_message_delta},
        {"message_stop", read_message_stop},
        {"error", fail_by},
    };
    const char *type = llmc__json_text(NULL, event, "type", NULL);
    answer->doc = doc;
    answer->piece = NULL;
    if (answer->done)
        return answer->status;
    if (type == NULL && llmc__openai_words_present(event))
        fail_by(answer, event);
    /* Others are ping, and what is to come: the API says to skip them. */
    for (size_t i = 0; type != NULL && i < sizeof readers / sizeof readers[0]; i++)
        if (strcmp(readers[i].type, type) == 0) {
            readers[i].read(answer, event);
            break;
        }
    return answer->status;
}

llmc_status llmc__anthropic_whole(llmc__anthropic_answer *answer, const llmc__json_doc *doc,
                                  const llmc__json *message) {
    const llmc__json *content = llmc__json_get(message, "content");
    answer->doc = doc;
    if (llmc__json_says(message, "type", "error") || llmc__json_get(message, "error") != NULL) {
        fail_by(answer, message);
        return answer->status;
    }
    if (llmc__json_type_of(content) != LLMC__JSON_ARRAY && llmc__json_get(message, "stop_reason") == NULL)
        return llmc__anthropic_fail(answer, LLMC_ERR_BAD_RESPONSE);
    read_head(answer, message);
    for (const llmc__json *block = llmc__json_items(content); block != NULL && answer->status == LLMC_OK;
         block = llmc__json_next(block))
        llmc__anthropic_block_whole(answer, block);
    read_usage(answer, llmc__json_get(message, "usage"));
    read_finish(answer, message);
    close_answer(answer);
    return answer->status;
}
