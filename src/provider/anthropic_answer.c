/* Events of a stream, and whole messages (https://docs.claude.com/en/docs/build-with-claude/streaming). */
#include <string.h>
#include "provider/anthropic.h"
#include "provider/chat.h"
#include "provider/finish.h"
#include "provider/openai.h"

void llmc__anthropic_answer_init(llmc__anthropic_answer *answer, llmc__sink *sink) {
    static const llmc__usage unknown = LLMC__USAGE_INIT;
    memset(answer, 0, sizeof *answer);
    answer->blocks.sink = sink;
    answer->counts = unknown;
}

void llmc__anthropic_answer_free(llmc__anthropic_answer *answer) {
    llmc__blocks_free(&answer->blocks);
}

static void read_head(llmc__anthropic_answer *answer, const llmc__json *message) {
    llmc__sink_start(answer->blocks.sink, llmc__json_word(message, "model"), llmc__json_word(message, "id"));
}

/* Counts are cumulative: later ones replace earlier ones, and message_delta may correct the input's. */
static void read_usage(llmc__anthropic_answer *answer, const llmc__json *usage) {
    static const char names[] = "input_tokens\0output_tokens\0-\0cache_read_input_tokens\0"
                                "cache_creation_input_tokens\0";
    llmc__sink *sink = answer->blocks.sink;
    if (llmc__json_first(usage) == NULL)
        return;
    llmc__sink_counts(sink, usage, names, &answer->counts.tokens_in);
    llmc__sink_counts(sink, llmc__json_get(usage, "output_tokens_details"), "thinking_tokens\0",
                      &answer->counts.reasoning);
    llmc_event event = {.kind = LLMC_EVENT_USAGE, .usage = answer->counts};
    llmc__sink_count_cache(&event.usage);
    llmc__sink_emit(sink, &event);
}

/* ---- the end ---- */

static void read_finish(llmc__anthropic_answer *answer, const llmc__json *object) {
    const char *word = llmc__json_word(object, "stop_reason");
    if (word == NULL)
        return;
    answer->finish = llmc__finish_class(word);
    llmc__blocks_end(&answer->blocks, answer->finish);
    llmc__sink_finish(answer->blocks.sink, 0, answer->finish, word);
}

static void close_answer(llmc__anthropic_answer *answer) {
    answer->done = true;
    llmc__sink_start(answer->blocks.sink, NULL, NULL);
    llmc__blocks_end(&answer->blocks, answer->finish);
    llmc__anthropic_replay(answer);
}

/* ---- events ---- */

/* An error inside. */
static void fail_by(llmc__anthropic_answer *answer, const llmc__json *root) {
    llmc__chat_fail(answer->blocks.sink, root);
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

void llmc__anthropic_event(llmc__anthropic_answer *answer, const llmc__json *event) {
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
    answer->piece = NULL;
    if (answer->done)
        return;
    if (type == NULL && llmc__openai_words_present(event))
        fail_by(answer, event);
    /* Others are ping, and what is to come: the API says to skip them. */
    for (size_t i = 0; type != NULL && i < sizeof readers / sizeof readers[0]; i++)
        if (strcmp(readers[i].type, type) == 0) {
            readers[i].read(answer, event);
            break;
        }
}

void llmc__anthropic_whole(llmc__anthropic_answer *answer, const llmc__json *message) {
    const llmc__json *content = llmc__json_get(message, "content");
    llmc__sink *sink = answer->blocks.sink;
    if (llmc__json_says(message, "type", "error") || llmc__json_get(message, "error") != NULL) {
        fail_by(answer, message);
        return;
    }
    if (llmc__json_type_of(content) != LLMC__JSON_ARRAY && llmc__json_get(message, "stop_reason") == NULL) {
        llmc__sink_fail_form(sink, "JSON, but no message", "Anthropic's Messages API");
        return;
    }
    read_head(answer, message);
    for (const llmc__json *block = llmc__json_items(content); block != NULL && sink->status == LLMC_OK;
         block = llmc__json_next(block))
        llmc__anthropic_block_whole(answer, block);
    read_usage(answer, llmc__json_get(message, "usage"));
    read_finish(answer, message);
    close_answer(answer);
}
