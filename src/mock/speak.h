/*
 * The formats the mock answers in, one file each (speak_NAME.c) behind one table (speak.c), and what they share: what
 * there is to say, and a writer of JSON by templates.
 */
#ifndef LLMC_MOCK_SPEAK_H
#define LLMC_MOCK_SPEAK_H

#include "mock/inner.h"

struct llmc__mock_speaker {
    const char *inside;       /* what else they must have in them; NULL: nothing */
    const char *suffixes[3];  /* how the paths it serves end, without the query; the rest NULL */
    const char *stream_type;  /* content type of its streams */
    const char *event_end;    /* what ends an event */
    const char *id_header;    /* name of the header with the id of the answer; NULL: none */
    const char *more_headers; /* further lines; NULL: none */
    bool streams_unasked;     /* a request that does not say gets a stream */
    void (*put_plain)(llmc__mock_answer *answer);
    void (*put_stream)(llmc__mock_answer *answer);
    void (*put_error)(llmc__mock_answer *answer, llmc__mock_span message); /* of answer->status */
};

/* Whose paths these are; false, and OpenAI's, when nobody's. */
bool llmc__mock_speaker_of(llmc__mock_span path, const llmc__mock_speaker **out);

extern const llmc__mock_speaker llmc__mock_speak_openai;
extern const llmc__mock_speaker llmc__mock_speak_azure;
extern const llmc__mock_speaker llmc__mock_speak_responses;
extern const llmc__mock_speaker llmc__mock_speak_anthropic;
extern const llmc__mock_speaker llmc__mock_speak_gemini;
extern const llmc__mock_speaker llmc__mock_speak_ollama;
extern const llmc__mock_speaker llmc__mock_speak_cohere;
extern const llmc__mock_speaker llmc__mock_speak_bedrock;

/* ---- what there is to say; all texts are escaped ---- */

llmc__mock_span llmc__mock_say_text(const llmc__mock_answer *answer); /* scripted, or the echo; empty beside calls */
llmc__mock_span llmc__mock_say_reasoning(const llmc__mock_answer *answer);
llmc__mock_span llmc__mock_say_model(const llmc__mock_answer *answer);
size_t llmc__mock_say_call_count(const llmc__mock_answer *answer);
const llmc__mock_call *llmc__mock_say_call(const llmc__mock_answer *answer, size_t index);
const char *llmc__mock_say_stream_error(const llmc__mock_answer *answer); /* its code, escaped; NULL: none */

typedef struct llmc__mock_tokens {
    int64_t in, out, reasoning, total; /* out holds the reasoning */
} llmc__mock_tokens;
llmc__mock_tokens llmc__mock_say_tokens(const llmc__mock_answer *answer);

/* The reason of the end in a format's own words for stop, length, tool_calls, content_filter; others as scripted. */
typedef const char *llmc__mock_reasons[4];
const char *llmc__mock_say_reason(const llmc__mock_answer *answer, const llmc__mock_reasons *words);

/* The answer's text, the words of a text, or some bytes of it at a time, without cutting escapes or characters. */
typedef void (*llmc__mock_piece_fn)(llmc__mock_answer *answer, llmc__mock_span piece, int64_t index);
void llmc__mock_each_delta(llmc__mock_answer *answer, int64_t index, llmc__mock_piece_fn put);
void llmc__mock_each_word(llmc__mock_answer *answer, llmc__mock_span text, int64_t index, llmc__mock_piece_fn put);
void llmc__mock_each_bit(llmc__mock_answer *answer, llmc__mock_span text, int64_t index, llmc__mock_piece_fn put);

/* ---- writing ---- */

/*
 * Writes a template: %s a string, %v a llmc__mock_span, %d an int64_t, %i the answer's id, %c a ',' unless the int
 * given is 0. JSON has no other '%'.
 */
void llmc__mock_write(llmc__mock_answer *answer, llmc__buf *to, const char *format, ...);
void llmc__mock_end_event(llmc__mock_answer *answer);
void llmc__mock_put_openai_error(llmc__mock_answer *answer, llmc__mock_span message); /* of the Responses API too */

/* The code of a table whose status this is; the last row's else, which has status 0. */
typedef struct llmc__mock_word {
    int status;
    const char *word;
} llmc__mock_word;
const char *llmc__mock_word_of(const llmc__mock_word *words, int status);

#endif
