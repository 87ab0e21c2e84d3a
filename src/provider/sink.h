/*
 * Where a decoder puts what it reads: events go to the one who asked, and what went wrong to the error. The first
 * failure sticks: nothing is told or kept after it, so that readers check once, where a loop or a call may end. START
 * comes before all else.
 */
#ifndef LLMC_PROVIDER_SINK_H
#define LLMC_PROVIDER_SINK_H

#include "base/buf.h"
#include "provider/classify.h"
#include "provider/provider.h"
#include "wire/json.h"

typedef struct llmc__sink {
    size_t max_bytes;          /* of each thing that is kept */
    llmc_status status;        /* what broke the decoding */
    bool started;              /* START was emitted */
    char *model, *id;          /* what it tells where it is not told by itself; NULL: not known */
    const llmc__json_doc *doc; /* what is being read */

    /* Of the call that runs. */
    llmc__emit_fn emit;
    void *ctx;
    llmc_error *error;
} llmc__sink;

void llmc__sink_enter(llmc__sink *sink, llmc__emit_fn emit, void *ctx, llmc_error *error);

/* START, once. NULL: not told. */
void llmc__sink_start(llmc__sink *sink, const char *model, const char *id);
void llmc__sink_emit(llmc__sink *sink, const llmc_event *event);
void llmc__sink_finish(llmc__sink *sink, size_t choice, llmc_finish_reason finish, const char *word);
/* A call that came whole: START of the event, and, where the arguments are not empty, DELTA and END. */
void llmc__sink_call(llmc__sink *sink, llmc_event *event, const llmc__buf *arguments);
void llmc__sink_replay(llmc__sink *sink, const char *origin, const llmc__buf *members);
/* Makes it one of USAGE, of which nothing is known yet. */
void llmc__sink_usage(llmc_event *event);
/* An event with a text, in a choice; none where the text is empty. */
void llmc__sink_text(llmc__sink *sink, llmc_event_kind kind, size_t choice, const char *text, size_t len);
/* The same with the object's string of that name; with the value as JSON. */
void llmc__sink_say(llmc__sink *sink, llmc_event_kind kind, size_t choice, const llmc__json *object, const char *name);
void llmc__sink_json(llmc__sink *sink, llmc_event_kind kind, size_t choice, const llmc__json *value);

/* Sets the error, once. Of INCOMPLETE the error says that a new attempt may help. */
void llmc__sink_fail(llmc__sink *sink, llmc_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* BAD_RESPONSE: the answer is `what`; base_url should lead to `api`. */
void llmc__sink_fail_form(llmc__sink *sink, const char *what, const char *api);
/* An error that the provider told inside of its answer. */
void llmc__sink_fail_words(llmc__sink *sink, const llmc__words *words);
/* What keeping something came to: TOO_LARGE and NO_MEMORY are failures. */
void llmc__sink_keep(llmc__sink *sink, llmc_status status);
void llmc__sink_append(llmc__sink *sink, llmc__buf *buf, const char *text, size_t len);
void llmc__sink_print(llmc__sink *sink, llmc__buf *buf, const llmc__json *value);

/* The stream has ended within an event. */
void llmc__sink_fail_cut(llmc__sink *sink);
/*
 * Parses a text, which is then sink->doc as well: the caller's to free. NULL: it failed. api: where base_url should
 * lead to, for the message of a text that is no JSON; NULL: the stream has ended in it. `whole`: a body, of which is
 * told when it broke off.
 */
llmc__json_doc *llmc__sink_parse(llmc__sink *sink, const char *text, size_t len, bool whole, const char *api);

/* The member's string, "" where there is none. */
const char *llmc__sink_string(const llmc__sink *sink, const llmc__json *object, const char *name, size_t *len);
/*
 * The members that are counts, into those at `first`, as a llmc__usage has them: a name for each (a list, each ended by
 * NUL,
 * "" at its end), or one that no object has. Where there is none the count stays.
 */
void llmc__sink_counts(const llmc__sink *sink, const llmc__json *object, const char *names, int64_t *first);
/* What the cache gave and took is of the prompt, which was told without it. */
void llmc__sink_count_cache(llmc__usage *usage);

#endif
