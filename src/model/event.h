/* One piece of an answer, as adapters emit it and callbacks see it. All pointers are lent. */
#ifndef LLMC_MODEL_EVENT_H
#define LLMC_MODEL_EVENT_H

#include "llmclient.h"

/* Token counts as the adapters normalise them; -1 unknown. */
typedef struct llmc__usage {
    int64_t tokens_in;  /* whole prompt, cached included */
    int64_t tokens_out; /* answer and reasoning */
    int64_t total, cached, cache_write, reasoning;
    int64_t audio_in, audio_cached, audio_out; /* of tokens_in, of both, of tokens_out */
    int64_t billed_in, billed_out;             /* where a provider bills other counts than those of the tokens */
    double cost_usd;                           /* what the provider says it charges */
} llmc__usage;
#define LLMC__USAGE_INIT                                                                                               \
    { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1.0 }

/*
 * Inside the library: a piece of the answer in the form in which its API takes it back (text: JSON members, joined by
 * commas as they come; origin: the adapter's name). Folded into the response, never shown; see LLMC__PART_REPLAY.
 */
#define LLMC__EVENT_REPLAY ((llmc_event_kind)1000)

struct llmc_event {
    llmc_event_kind kind;
    const char *text; /* terminated, text_len long; NULL for none */
    size_t text_len;
    size_t choice;
    size_t tool_index; /* position in the response's tool_calls of that choice */
    const char *tool_id, *tool_name;
    llmc_finish_reason finish; /* FINISH */
    const char *finish_raw;    /* FINISH: the provider's word */
    const char *model, *id;    /* START (NULL or "" when not told) */
    llmc__usage usage;         /* USAGE */
    const char *origin;        /* REPLAY: name of the adapter */
};

#endif
