/*
 * Embeddings of every API: what is asked, how the answer is read, and how much one request takes. Answers are read by
 * llmc__vectors while they come, so that no text of numbers is kept.
 */
#ifndef LLMC_PROVIDER_EMBED_H
#define LLMC_PROVIDER_EMBED_H

#include "provider/provider.h"
#include "wire/vectors.h"

extern const llmc__operation llmc__embed_openai; /* and the vendors of its API, by the table of embed_vendors.c */
extern const llmc__operation llmc__embed_azure;
extern const llmc__operation llmc__embed_mistral;
extern const llmc__operation llmc__embed_gemini;
extern const llmc__operation llmc__embed_vertex;
extern const llmc__operation llmc__embed_cohere;
extern const llmc__operation llmc__embed_ollama;
extern const llmc__operation llmc__embed_bedrock; /* Titan's and Cohere's models */

/* ---- inside ---- */

/* What vendors of OpenAI's API do not share. A row is found by the provider's name or by its host. */
typedef struct llmc__embed_vendor {
    const char *name, *host;  /* host: part of the base URL; NULL: by the name alone */
    const char *dimensions;   /* the member */
    const char *task;         /* the member; NULL: there is none */
    const char *const *words; /* its words, in the order of llmc__embed_word; NULL: the neutral ones */
    const char *encoding;     /* the member; NULL: "encoding_format" */
    const char *truncate;     /* the member; NULL: there is none */
    llmc__op_limits limits;
    bool base64;           /* it is known to have base64 */
    bool truncate_by_word; /* "END", "NONE"; else true, false */
} llmc__embed_vendor;

/* Never NULL. */
const llmc__embed_vendor *llmc__embed_vendor_of(const llmc__target *target);

/* The provider's word for a neutral one; words: for query, document, similarity, classification, clustering. */
const char *llmc__embed_word(const char *const *words, const char *task);

/* reader of llmc__operation */
extern const llmc__op_reader llmc__embed_reader;

/* decode of llmc__operation */
llmc_status llmc__embed_decode_openai(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);
llmc_status llmc__embed_decode_gemini(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);
llmc_status llmc__embed_decode_vertex(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);
llmc_status llmc__embed_decode_cohere(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);
llmc_status llmc__embed_decode_ollama(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);
llmc_status llmc__embed_decode_titan(const llmc__op_answer *answer, llmc__result *out, llmc_error *error);

#endif
