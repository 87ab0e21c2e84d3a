/*
 * The adapter of OpenAI's Responses API, inside: what its files share. Asked, framed and classified as chat
 * completions are (openai.h); what differs is the body's members and the events, of which each names its type.
 */
#ifndef LLMC_PROVIDER_RESPONSES_H
#define LLMC_PROVIDER_RESPONSES_H

#include "provider/openai.h"

llmc_status llmc__responses_encode(llmc__body *body);

void llmc__responses_write_input(llmc__body *body);
bool llmc__responses_is_stored(const llmc__body *body); /* unless extra_json says store: false */
bool llmc__responses_has_replay(llmc__body *body);      /* an earlier answer goes back as it came */

/* One element of the answer's `output`: a message, reasoning, a call, or something that is skipped. */
typedef struct llmc__responses_item {
    int64_t index; /* its output_index; -1 not sent */
    char *id;      /* NULL: not sent */
    unsigned heard;
    bool is_call, is_custom; /* custom: the arguments are any text, not JSON */
    bool cut;                /* broken off by a limit: it must not run */
    bool ended, closed;      /* END was emitted; output_item.done came */
    char *call_id, *name;
    size_t tool_index;
    llmc__buf arguments; /* kept, since the END event carries them whole */
} llmc__responses_item;

typedef struct llmc__responses_decoder {
    llmc__openai_decoder base; /* first: its functions are given this whole struct */
    llmc__responses_item *items;
    size_t item_count, item_cap, call_count;
    unsigned heard; /* kinds of events that came from any item, a bit each: LLMC__RESPONSES_BIT */
    llmc__buf kept; /* the items as they came, joined by commas: see responses_replay.c */
    bool kept_matters, kept_too_large;
} llmc__responses_decoder;

#define LLMC__RESPONSES_BIT(kind) (1U << (unsigned)(kind))

/* The dialect's `read`: one event, or a whole body. */
void llmc__responses_read(llmc__openai_decoder *base, const llmc__json *root, bool whole);
/* The dialect's `fail`. */
void llmc__responses_fail(llmc__openai_decoder *base, const llmc__words *words);

/* What fails sticks in base.sink.status. Values are of base.sink.doc. */

/* response.output_item.added and .done */
void llmc__responses_item_added(llmc__responses_decoder *decoder, const llmc__json *event);
void llmc__responses_item_done(llmc__responses_decoder *decoder, const llmc__json *event);

/* A piece of an item's text, told by the event's `delta`. */
void llmc__responses_item_text(llmc__responses_decoder *decoder, const llmc__json *event, llmc_event_kind kind);
/* A piece of a call's arguments, or (`whole`) all of them, which count when no piece came. */
void llmc__responses_item_arguments(llmc__responses_decoder *decoder, const llmc__json *event, const char *member,
                                    bool whole);

/* An element of `output` in a whole answer: emits what is of no kind in `skip`. */
void llmc__responses_item_whole(llmc__responses_decoder *decoder, const llmc__json *element, unsigned skip);
/* The answer is complete: ends the calls that have not ended. */
void llmc__responses_items_end(llmc__responses_decoder *decoder);

/* An annotation of an item's text, told by an event of its own. */
void llmc__responses_item_annotation(llmc__responses_decoder *decoder, const llmc__json *event);

/* Keeps an item that is complete; forgets all that were kept; tells them as REPLAY, if the API wants them back. */
void llmc__responses_keep(llmc__responses_decoder *decoder, const llmc__json *element);
void llmc__responses_keep_anew(llmc__responses_decoder *decoder);
void llmc__responses_keep_emit(llmc__responses_decoder *decoder);

void llmc__responses_items_free(llmc__responses_decoder *decoder);

#endif
