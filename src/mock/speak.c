#include "mock/speak.h"

#include <stdarg.h>
#include <string.h>
#include "base/str.h"

#define BIT 6 /* bytes of arguments in one event */

/* The first that serves the path: Azure's ends as OpenAI's does, Ollama's as Cohere's. */
static const llmc__mock_speaker *const speakers[] = {
    &llmc__mock_speak_azure,  &llmc__mock_speak_openai, &llmc__mock_speak_responses, &llmc__mock_speak_anthropic,
    &llmc__mock_speak_gemini, &llmc__mock_speak_ollama, &llmc__mock_speak_cohere,    &llmc__mock_speak_bedrock};

static bool ends_with(llmc__mock_span path, const char *end) {
    size_t len = strlen(end);
    return path.len >= len && memcmp(path.data + path.len - len, end, len) == 0;
}

static bool serves(const llmc__mock_speaker *speaker, llmc__mock_span path) {
    if (speaker->inside != NULL && memmem(path.data, path.len, speaker->inside, strlen(speaker->inside)) == NULL) {
        return false;
    }
    for (size_t i = 0; i < 3 && speaker->suffixes[i] != NULL; i++) {
        if (ends_with(path, speaker->suffixes[i])) {
            return true;
        }
    }
    return false;
}

bool llmc__mock_speaker_of(llmc__mock_span path, const llmc__mock_speaker **out) {
    *out = &llmc__mock_speak_openai;
    for (size_t i = 0; i < sizeof speakers / sizeof speakers[0]; i++) {
        if (serves(speakers[i], path)) {
            *out = speakers[i];
            return true;
        }
    }
    return false;
}

/* ---- what there is to say ---- */

static const llmc__mock_span nothing = {"", 0};

llmc__mock_span llmc__mock_say_text(const llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    if (plan != NULL && plan->has_text) {
        return (llmc__mock_span){plan->text, plan->text_len};
    }
    if (plan != NULL && plan->deltas != NULL) {
        return (llmc__mock_span){plan->deltas, plan->delta_ends[plan->delta_count - 1]};
    }
    return plan != NULL && plan->call_count > 0 ? nothing : answer->ask.user;
}

llmc__mock_span llmc__mock_say_reasoning(const llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    return plan != NULL && plan->reasoning != NULL ? (llmc__mock_span){plan->reasoning, strlen(plan->reasoning)}
                                                   : nothing;
}

/* Of the body, or of a path as .../models/NAME:generateContent. */
llmc__mock_span llmc__mock_say_model(const llmc__mock_answer *answer) {
    static const char before[] = "/models/";
    llmc__mock_span path = answer->asked->path;
    const char *at = memmem(path.data, path.len, before, sizeof before - 1);
    const char *end = at == NULL ? NULL : memchr(at, ':', path.len - (size_t)(at - path.data));
    if (end == NULL) {
        return answer->ask.model;
    }
    at += sizeof before - 1;
    return (llmc__mock_span){at, (size_t)(end - at)};
}

size_t llmc__mock_say_call_count(const llmc__mock_answer *answer) {
    return answer->plan != NULL ? answer->plan->call_count : 0;
}

const llmc__mock_call *llmc__mock_say_call(const llmc__mock_answer *answer, size_t index) {
    return &answer->plan->calls[index];
}

const char *llmc__mock_say_stream_error(const llmc__mock_answer *answer) {
    return answer->plan != NULL ? answer->plan->error_in_stream : NULL;
}

llmc__mock_tokens llmc__mock_say_tokens(const llmc__mock_answer *answer) {
    const llmc__mock_plan *plan = answer->plan;
    llmc__mock_span text = llmc__mock_say_text(answer);
    llmc__mock_span reasoning = llmc__mock_say_reasoning(answer);
    llmc__mock_tokens tokens = {(int64_t)answer->ask.words, 0, 0, 0};
    tokens.reasoning = (int64_t)llmc__mock_scan_words(reasoning.data, reasoning.len);
    tokens.out = tokens.reasoning + (int64_t)llmc__mock_scan_words(text.data, text.len);
    for (size_t i = 0; i < llmc__mock_say_call_count(answer); i++) {
        const char *arguments = llmc__mock_say_call(answer, i)->arguments;
        tokens.out += (int64_t)llmc__mock_scan_words(arguments, strlen(arguments));
    }
    tokens.in = plan != NULL && plan->tokens_in > 0 ? plan->tokens_in : tokens.in;
    tokens.out = plan != NULL && plan->tokens_out > 0 ? plan->tokens_out : tokens.out;
    tokens.reasoning = tokens.reasoning < tokens.out ? tokens.reasoning : tokens.out;
    tokens.total = tokens.in + tokens.out;
    return tokens;
}

const char *llmc__mock_say_reason(const llmc__mock_answer *answer, const llmc__mock_reasons *words) {
    static const llmc__mock_reasons known = {"stop", "length", "tool_calls", "content_filter"};
    const char *reason = answer->plan != NULL ? answer->plan->finish_reason : NULL;
    if (reason == NULL) {
        return (*words)[llmc__mock_say_call_count(answer) > 0 ? 2 : 0];
    }
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(reason, known[i]) == 0) {
            return (*words)[i];
        }
    }
    return reason;
}

/* Cuts before each space: "one two" is "one", " two". Spaces are never inside an escape. */
void llmc__mock_each_word(llmc__mock_answer *answer, llmc__mock_span text, int64_t index, llmc__mock_piece_fn put) {
    size_t start = 0;
    while (start < text.len) {
        const char *space = start + 1 < text.len ? memchr(text.data + start + 1, ' ', text.len - start - 1) : NULL;
        size_t end = space == NULL ? text.len : (size_t)(space - text.data);
        put(answer, (llmc__mock_span){text.data + start, end - start}, index);
        start = end;
    }
}

void llmc__mock_each_delta(llmc__mock_answer *answer, int64_t index, llmc__mock_piece_fn put) {
    const llmc__mock_plan *plan = answer->plan;
    if (plan == NULL || plan->deltas == NULL) {
        llmc__mock_each_word(answer, llmc__mock_say_text(answer), index, put);
        return;
    }
    for (size_t i = 0; i < plan->delta_count; i++) {
        size_t start = i == 0 ? 0 : plan->delta_ends[i - 1];
        put(answer, (llmc__mock_span){plan->deltas + start, plan->delta_ends[i] - start}, index);
    }
}

/* Where the character or escape at `at` ends. */
static size_t after_one(llmc__mock_span text, size_t at) {
    if (text.data[at] == '\\') {
        at += at + 1 < text.len && text.data[at + 1] == 'u' ? 6 : 2;
    } else {
        at++;
    }
    while (at < text.len && ((unsigned char)text.data[at] & 0xc0) == 0x80) {
        at++;
    }
    return at < text.len ? at : text.len;
}

void llmc__mock_each_bit(llmc__mock_answer *answer, llmc__mock_span text, int64_t index, llmc__mock_piece_fn put) {
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && end - at < BIT) {
            end = after_one(text, end);
        }
        put(answer, (llmc__mock_span){text.data + at, end - at}, index);
        at = end;
    }
}

/* ---- writing ---- */

static void write_one(llmc__mock_answer *answer, llmc__buf *to, char kind, va_list *args) {
    llmc__mock_span span;
    switch (kind) {
    case 's':
        llmc__mock_put_str(answer, to, va_arg(*args, const char *));
        break;
    case 'v':
        span = va_arg(*args, llmc__mock_span);
        llmc__mock_put(answer, to, span.data, span.len);
        break;
    case 'd':
        llmc__mock_put_int(answer, to, va_arg(*args, int64_t));
        break;
    case 'c':
        llmc__mock_put_str(answer, to, va_arg(*args, int) != 0 ? "," : "");
        break;
    case 'i':
    default:
        llmc__mock_put(answer, to, answer->id, 29);
        break;
    }
}

void llmc__mock_write(llmc__mock_answer *answer, llmc__buf *to, const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *percent; (percent = strchr(format, '%')) != NULL; format = percent + 2) {
        llmc__mock_put(answer, to, format, (size_t)(percent - format));
        write_one(answer, to, percent[1], &args);
    }
    va_end(args);
    llmc__mock_put_str(answer, to, format);
}

void llmc__mock_end_event(llmc__mock_answer *answer) {
    llmc__mock_put_str(answer, answer->body, answer->speaker->event_end);
    llmc__mock_put_mark(answer, answer->events_at, answer->body->len);
}

const char *llmc__mock_word_of(const llmc__mock_word *words, int status) {
    while (words->status != 0 && words->status != status) {
        words++;
    }
    return words->word;
}
