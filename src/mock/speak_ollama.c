/* Ollama's own API (https://docs.ollama.com/api/chat): streams are lines of JSON. */
#include "mock/speak.h"

static const llmc__mock_reasons reasons = {"stop", "length", "stop", "stop"};

static void open_message(llmc__mock_answer *answer) {
    char stamp[40];
    llmc__mock_loop_stamp(answer->created, stamp);
    llmc__mock_write(answer, answer->body,
                     "{\"model\":\"%v\",\"created_at\":\"%s\",\"message\":{\"role\":\"assistant\",\"content\":\"",
                     llmc__mock_say_model(answer), stamp);
}

static void put_calls(llmc__mock_answer *answer) {
    size_t count = llmc__mock_say_call_count(answer);
    if (count == 0) {
        return;
    }
    llmc__mock_put_str(answer, answer->body, ",\"tool_calls\":[");
    for (size_t i = 0; i < count; i++) {
        const llmc__mock_call *call = llmc__mock_say_call(answer, i);
        llmc__mock_write(answer, answer->body, "%c{", i > 0);
        if (call->has_id) {
            llmc__mock_write(answer, answer->body, "\"id\":\"%s\",", call->id);
        }
        llmc__mock_write(answer, answer->body, "\"function\":{\"index\":%d,\"name\":\"%s\",\"arguments\":%s}}",
                         (int64_t)i, call->name, call->raw);
    }
    llmc__mock_put_str(answer, answer->body, "]");
}

static void put_end(llmc__mock_answer *answer) {
    llmc__mock_tokens tokens = llmc__mock_say_tokens(answer);
    llmc__mock_write(answer, answer->body,
                     "},\"done_reason\":\"%s\",\"done\":true,\"total_duration\":1000000,\"load_duration\":1000,"
                     "\"prompt_eval_count\":%d,\"prompt_eval_duration\":1000,\"eval_count\":%d,\"eval_duration\":1000}",
                     llmc__mock_say_reason(answer, &reasons), tokens.in, tokens.out);
}

static void put_plain(llmc__mock_answer *answer) {
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    open_message(answer);
    llmc__mock_write(answer, answer->body, "%v\"", llmc__mock_say_text(answer));
    if (reasoning.len > 0) {
        llmc__mock_write(answer, answer->body, ",\"thinking\":\"%v\"", reasoning);
    }
    put_calls(answer);
    put_end(answer);
}

static void close_line(llmc__mock_answer *answer) {
    llmc__mock_put_str(answer, answer->body, "},\"done\":false}");
    llmc__mock_end_event(answer);
}

static void put_text(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    (void)index;
    open_message(answer);
    llmc__mock_write(answer, answer->body, "%v\"", piece);
    close_line(answer);
}

static void put_thought(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index) {
    (void)index;
    open_message(answer);
    llmc__mock_write(answer, answer->body, "\",\"thinking\":\"%v\"", piece);
    close_line(answer);
}

static void put_stream(llmc__mock_answer *answer) {
    const char *code = llmc__mock_say_stream_error(answer);
    llmc__mock_each_word(answer, llmc__mock_say_reasoning(answer), 0, put_thought);
    llmc__mock_each_delta(answer, 0, put_text);
    if (llmc__mock_say_call_count(answer) > 0) {
        open_message(answer);
        llmc__mock_put_str(answer, answer->body, "\"");
        put_calls(answer);
        close_line(answer);
    }
    if (code != NULL) {
        llmc__mock_write(answer, answer->body, "{\"error\":\"%s\"}", code);
        llmc__mock_end_event(answer);
    } else if (answer->plan == NULL || !answer->plan->no_done) {
        open_message(answer);
        llmc__mock_put_str(answer, answer->body, "\"");
        put_end(answer);
        llmc__mock_end_event(answer);
    }
}

static void put_error(llmc__mock_answer *answer, llmc__mock_span message) {
    llmc__mock_write(answer, answer->body, "{\"error\":\"%v\"}", message);
}

const llmc__mock_speaker llmc__mock_speak_ollama = {
    .suffixes = {"/api/chat"},
    .stream_type = "application/x-ndjson",
    .event_end = "\n",
    .streams_unasked = true,
    .put_plain = put_plain,
    .put_stream = put_stream,
    .put_error = put_error,
};
