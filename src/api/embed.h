/* Texts being embedded, inside: what the files of it share. */
#ifndef LLMC_API_EMBED_H
#define LLMC_API_EMBED_H

#include "api/crew.h"
#include "policy/pack.h"

/* One of the different texts. */
typedef struct llmc__embed_text {
    llmc__text text; /* in `arena` */
    size_t first;    /* of the places that have it */
    bool ended, ok;
    llmc__result *holder;  /* counted; of the vector, where it is kept */
    const float *vector;   /* in `holder` */
    llmc_response *reason; /* counted; of a failure; NULL: no memory for one */
    llmc_response *stale;  /* counted; an old answer, should the provider fail; NULL: none */
} llmc__embed_text;

/* Texts of one request. */
typedef struct llmc__embed_pack {
    llmc__errand errand; /* before it is started on `waiting` */
    size_t *items;       /* numbers of texts; lent by the owner's packs */
    size_t count, bytes;
} llmc__embed_pack;

/* embed_store.c: texts that the store is asked for, before the rest are divided and sent. */
typedef struct llmc__embed_ask {
    llmc__job job;
    atomic_uint refs; /* the loop's, and one of each get under way */
    /* Loop thread only. */
    llmc_embeddings *owner; /* NULL: it is over */
    size_t next, flying;
    int64_t due_us, last_us; /* 0: not begun */
} llmc__embed_ask;

/* What is used most stands first: what lies within 128 bytes is reached by shorter code. */
struct llmc_embeddings {
    llmc__work work; /* first */
    llmc__embed_text *texts;
    size_t text_count;
    size_t count;       /* of places */
    size_t done;        /* like those below from `dimensions` on */
    size_t *nexts;      /* the next place with the same text; SIZE_MAX none */
    llmc_request *like; /* how each request goes, without texts */
    size_t *places;     /* the text of each place */
    llmc__input *look;  /* of one text at a time, to look at the cache; NULL: there is no need */
    char *arena;        /* the texts' bytes: calls may outlast whoever gave them */
    char *task;
    float *rows; /* the caller's; NULL: vectors are kept */
    size_t row_dimensions;
    llmc__packs packs;
    llmc__op_limits limits;
    int64_t dimensions_asked;
    llmc__encoding encoding;
    int truncate;
    size_t width;
    uint64_t generation; /* of the cache when it was looked at */
    llmc_progress_fn on_progress;
    void *progress_data;
    llmc_embed_done_fn on_done;
    void *user_data;

    /* Under the work's lock. */
    llmc__list waiting;
    llmc__embed_ask *ask; /* until it is over; NULL: none */

    /* Of the thread that runs it, until `known`; then constant. */
    size_t dimensions, failed, requests, from_cache;
    size_t too_many_bytes;   /* of a request that was refused for its size; SIZE_MAX none */
    size_t refusals_in_line; /* of packs that the provider did not like, with none it liked between them */
    int64_t tokens_in;
    double cost_usd;
    bool tokens_unknown, cost_unknown;
    char *provider, *model;
    atomic_bool known;
};

/* Where texts come from. */
typedef struct llmc__embed_source {
    llmc__text (*at)(const void *from, size_t index);
    const void *from;
} llmc__embed_source;

/* embed_texts.c: finds the different ones and copies them. LLMC_OK or NO_MEMORY. */
llmc_status llmc__embed_collect(llmc_embeddings *e, const llmc__embed_source *source);

/* embed_cache.c: what the cache has ends at once; refreshes are started beside. */
void llmc__embed_look(llmc_embeddings *e);
void llmc__embed_keep(llmc_embeddings *e, const size_t *items, size_t count, const llmc_response *response);
/* The request of one text, in `room`; lent. */
llmc_request *llmc__embed_alone(const llmc_embeddings *e, llmc_request *room, size_t item);

/* embed_store.c: LLMC_OK or NO_MEMORY; there is nothing to ask for where e->ask stays NULL. */
llmc_status llmc__embed_ask_new(llmc_embeddings *e);
void llmc__embed_ask_unref(llmc__embed_ask *ask);

/* embed_end.c: texts end. The numbers are of different texts. */
/* Whether it has that many vectors, of the length that is wanted. */
bool llmc__embed_fits(const llmc_embeddings *e, size_t count, const llmc_response *response);
void llmc__embed_succeed(llmc_embeddings *e, const size_t *items, size_t count, llmc_response *response);
/* The same for one text with what was kept. */
void llmc__embed_serve(llmc_embeddings *e, size_t item, llmc_response *kept);
void llmc__embed_fail(llmc_embeddings *e, const size_t *items, size_t count, llmc_response *reason);
llmc_status llmc__embed_outcome(const llmc_embeddings *e);
/* Of the text at a place, once all have ended; *reason: counted, NULL after a success or without memory for one. */
llmc_status llmc__embed_text_of(const llmc_embeddings *e, size_t index, llmc_response **reason);

/* embed_run.c */
extern const llmc__crew_kind llmc__embed_kind;
llmc_status llmc__embed_divide(llmc_embeddings *e); /* the texts that have not ended into packs; NO_MEMORY: none */
void llmc__embed_drop(llmc_embeddings *e);          /* the packs that wait */
llmc_status llmc__embed_post(llmc_embeddings *e);   /* takes a reference, given back at the end */
void llmc__embed_begin(llmc_embeddings *e);         /* loop thread: tells what was there already, sends the rest */

extern const llmc_embed_options llmc__embed_defaults;

/* Makes one that is not started. *out is written on LLMC_OK only; else NO_MEMORY, in the thread's last error too. */
llmc_status llmc__embed_new(llmc_client *client, const char *model, const llmc__embed_source *source, size_t count,
                            const llmc_embed_options *options, llmc_embeddings **out);
void llmc__embed_clear(llmc__work *work);
llmc_status llmc__embed_check_model(const char *model);
llmc_status llmc__embed_check_options(const llmc_embed_options *options); /* never NULL */

#endif
