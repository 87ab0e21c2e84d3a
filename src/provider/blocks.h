/*
 * The content blocks of an answer, as Anthropic and Amazon Bedrock send them: told as they come, and kept to the end,
 * since the answer may have to go back as it came. Failures go to the sink. Pure.
 */
#ifndef LLMC_PROVIDER_BLOCKS_H
#define LLMC_PROVIDER_BLOCKS_H

#include "base/buf.h"
#include "provider/sink.h"

typedef struct llmc__block {
    int64_t index;       /* as the API counts them */
    int kind;            /* the API's own */
    bool is_call;        /* a call, of whatever form */
    bool closed;         /* no more of it comes */
    bool ended;          /* a call whose END was emitted */
    bool has_input;      /* Anthropic's: the member `input` came */
    bool input_whole;    /* it came with the block, not in pieces */
    size_t call;         /* which call of the answer */
    llmc__buf head;      /* what it began with */
    llmc__buf text;      /* text, reasoning, arguments, or what is redacted */
    llmc__buf signature; /* of reasoning */
    llmc__buf items;     /* citations, or contents of a result: JSON joined by commas */
} llmc__block;

typedef struct llmc__blocks {
    llmc__sink *sink;
    llmc__block *at;
    size_t count, cap, call_count;
} llmc__blocks;

void llmc__blocks_free(llmc__blocks *blocks); /* what it holds, not itself */

llmc__block *llmc__blocks_add(llmc__blocks *blocks, int kind, int64_t index); /* NULL: it failed */
/* The latest of that index, or of all where `any`; NULL: none. */
llmc__block *llmc__blocks_find(const llmc__blocks *blocks, int64_t index, bool any);

/* A piece of the block, or of its call; an empty one is none. */
void llmc__blocks_say(llmc__blocks *blocks, const llmc__block *block, llmc_event_kind kind, const char *text,
                      size_t len);
/* The block is a call: START, by the members of the object. */
void llmc__blocks_call(llmc__blocks *blocks, llmc__block *block, const llmc__json *object, const char *id_name);

/*
 * No more of it comes: its signature, or the end of its call, is told. Arguments that are no whole JSON were cut: such
 * a call never ends, since it must not run. NULL, and a block that is closed, are legal.
 */
void llmc__blocks_close(llmc__blocks *blocks, llmc__block *block);
/* Closes all. Calls without arguments end here only, when it is known that the answer was not cut before them. */
void llmc__blocks_end(llmc__blocks *blocks, llmc_finish_reason finish);
/* Whether an answer that ended so was cut. */
bool llmc__blocks_is_cut(llmc_finish_reason finish);

#endif
