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
    char name[17], host[15]; /* host: part of the base URL; "": by the name alone */
    bool base64;             /* it is known to have base64 */
    bool truncate_by_word;   /* "END", "NONE"; else true, false */
    uint16_t texts;          /* limits of a request; 0: none known */
    uint32_t tokens;
    /* Pairs of its own words: for "dimensions" and "encoding_format", members; for ".task" and ".truncate", members
     * that are not there without; for tasks. NULL: none. */
    const char *words;
} llmc__embed_vendor;

/* Never NULL. */
const llmc__embed_vendor *llmc__embed_vendor_of(const llmc__target *target);

/* The provider's word for a neutral one, by pairs of them (pairs.h); where it has none, and without pairs, that one. */
const char *llmc__embed_word(const char *pairs, const char *task);

/* Whether a model at Bedrock is Cohere's; else Titan's. */
bool llmc__embed_is_cohere(const char *model);

/* read of llmc__operation */
void llmc__embed_read_openai(struct llmc__answer *answer);
void llmc__embed_read_gemini(struct llmc__answer *answer);
void llmc__embed_read_vertex(struct llmc__answer *answer);
void llmc__embed_read_cohere(struct llmc__answer *answer);
void llmc__embed_read_ollama(struct llmc__answer *answer);
void llmc__embed_read_bedrock(struct llmc__answer *answer);

#endif
