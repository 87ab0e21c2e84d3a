/* Gemini's generateContent (https://ai.google.dev/api/generate-content), as Vertex AI has it too. Streams are SSE with
 * CRLF and every chunk is a response of its own. */
#include "mock/speak.h"

#include <stdio.h>

static const llmc__mock_reasons reasons = {"STOP", "MAX_TOKENS", "STOP", "SAFETY"};

static void open_chunk(llmc__mock_answer *answer) {
    llmc__mock_put_str(answer, answer->body, answer->events ? "data: " : "");
    llmc__mock_put_str(answer, answer->body, "{\"candidates\":[{\"content\":{\"parts\":[");
}

/* Its usage is in every chunk, but how much was answered only in the last. */
static void close_chunk(llmc__mock_answer *answer, bool is_last) {
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    llmc__mock_put_str(answer, answer->body, "],\"role\":\"model\"},");
    if (is_last) {
        llmc__mock_write(answer, answer->body, "\"finishReason\":\"%s\",", llmc__mock_say_reason(answer, &reasons));
    }
    llmc__mock_write(answer, answer->body, "\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":%d", tokens.in);
    if (is_last) {
        llmc__mock_write(answer, answer->body, ",\"candidatesTokenCount\":%d", tokens.out - tokens.reasoning);
        if (tokens.reasoning > 0) {
            llmc__mock_write(answer, answer->body, ",\"thoughtsTokenCount\":%d", tokens.reasoning);
        }
    }
    llmc__mock_write(answer, answer->body, ",\"totalTokenCount\":%d},\"modelVersion\":\"%v\",\"responseId\":\"%i\"}",
                     is_last ? tokens.total : tokens.in, llmc__mock_say_model(answer));
    if (answer->events) {
        llmc__mock_end_event(answer);
    }
}

static void put_call(llmc__mock_answer *answer, const llmc__mock_call *call) {
    llmc__mock_write(answer, answer->body, "{\"functionCall\":{\"name\":\"%s\",\"args\":%s", call->name, call->raw);
    if (call->has_id) {
        llmc__mock_write(answer, answer->body, ",\"id\":\"%s\"", call->id);
    }
    llmc__mock_put_str(answer, answer->body, "}}");
}

static void put_plain(llmc__mock_answer *answer) {
    llmc__mock_span text = llmc__mock_say_text(answer);
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    size_t parts = 0;
    open_chunk(answer);
    if (reasoning.len > 0) {
        llmc__mock_write(answer, answer->body, "{\"text\":\"%v\",\"thought\":true}", reasoning);
        parts++;
    }
    if (text.len > 0) {
        llmc__mock_write(answer, answer->body, "%c{\"text\":\"%v\"}", parts++ > 0, text);
    }
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        llmc__mock_write(answer, answer->body, "%c", parts++ > 0);
        put_call(answer, llmc__mock_say_call(answer, i));
    }
    close_chunk(answer, true);
}

static void put_text(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    (void)index;
    open_chunk(answer);
    llmc__mock_write(answer, answer->body, "{\"text\":\"%v\"}", piece);
    close_chunk(answer, false);
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    (void)index;
    open_chunk(answer);
    llmc__mock_write(answer, answer->body, "{\"text\":\"%v\",\"thought\":true}", piece);
    close_chunk(answer, false);
}

static void put_stream(llmc__mock_answer *answer) {
    const char *code = llmc__mock_say_stream_error(answer);
    llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), 0, put_thought);
    llmc__mock_each_delta(answer, 0, put_text);
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        open_chunk(answer);
        put_call(answer, llmc__mock_say_call(answer, i));
        close_chunk(answer, false);
    }
    if (code != NULL) {
        llmc__mock_write(answer, answer->body,
                         "data: {\"error\":{\"code\":503,\"message\":\"The stream failed\",\"status\":\"%s\"}}", code);
        llmc__mock_end_event(answer);
    } else if (answer->plan == NULL || !answer->plan->no_done) {
        open_chunk(answer);
        llmc__mock_put_str(answer, answer->body, "{\"text\":\"\"}");
        close_chunk(answer, true);
    }
}

static void put_error(llmc__mock_answer *answer, llmc__mock_span message) {
    static const llmc__mock_word words[] = {
        {401, "UNAUTHENTICATED"}, {403, "PERMISSION_DENIED"},  {404, "NOT_FOUND"},
        {409, "ABORTED"},         {429, "RESOURCE_EXHAUSTED"}, {499, "CANCELLED"},
        {503, "UNAVAILABLE"},     {504, "DEADLINE_EXCEEDED"},  {0, "INVALID_ARGUMENT"}};
    const char *word = llmc__mock_word_of(words, answer->status);
    if (answer->status >= 500 && answer->status != 503 && answer->status != 504) {
        word = "INTERNAL";
    }
    llmc__mock_write(answer, answer->body, "{\"error\":{\"code\":%d,\"message\":\"%v\",\"status\":\"%s\"",
                     (int64_t)answer->status, message, word);
    if (answer->verdict.is_limited) {
        char delay[40];
        int64_t ms = (answer->verdict.reset_us + 999) / 1000;
        (void)snprintf(delay, sizeof delay, "%lld.%03llds", (long long)(ms / 1000), (long long)(ms % 1000));
        llmc__mock_write(
            answer, answer->body,
            ",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"%s\"}]", delay);
    }
    llmc__mock_put_str(answer, answer->body, "}}");
}

const llmc__mock_speaker llmc__mock_speak_gemini = {
    .suffixes = {":generateContent", ":streamGenerateContent"},
    .stream_type = "text/event-stream",
    .event_end = "\r\n\r\n",
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = put_error,
};
