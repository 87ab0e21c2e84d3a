/* What the mock serves besides chats: one file a noun (endpoint_NAME.c), all of them in the table of endpoint.c. */
#ifndef LLMC_MOCK_ENDPOINT_H
#define LLMC_MOCK_ENDPOINT_H

#include "mock/speak.h"

typedef struct llmc__mock_endpoint {
    const char *method;
    const char *inside;                /* what the path must have in it; NULL: nothing */
    const char *suffix;                /* how it ends, without the query; NULL: anyhow */
    const llmc__mock_speaker *speaker; /* whose headers and errors its answers have */
    /* Writes answer->body for answer->status 200, or an error by llmc__mock_body_error. Scripts that give a body or an
     * error status were served before. */
    void (*put)(llmc__mock_answer *answer);
} llmc__mock_endpoint;

const llmc__mock_endpoint *llmc__mock_endpoint_of(llmc__mock_span method, llmc__mock_span path); /* NULL: none */

/* ---- endpoint_embed.c ---- */

void llmc__mock_embed_openai(llmc__mock_answer *answer);
void llmc__mock_embed_cohere(llmc__mock_answer *answer);
void llmc__mock_embed_ollama(llmc__mock_answer *answer);
void llmc__mock_embed_gemini(llmc__mock_answer *answer);
void llmc__mock_embed_gemini_batch(llmc__mock_answer *answer);
void llmc__mock_embed_vertex(llmc__mock_answer *answer);
void llmc__mock_embed_titan(llmc__mock_answer *answer);
void llmc__mock_embed_bedrock_cohere(llmc__mock_answer *answer);

/* ---- endpoint_models.c ---- */

bool llmc__mock_is_models(llmc__mock_span path); /* of a list, without the query; to be asked for by GET */
void llmc__mock_put_models(llmc__mock_answer *answer);
void llmc__mock_models_free(llmc__mock_models *models);

/* ---- endpoint_rerank.c ---- */

void llmc__mock_rerank_cohere(llmc__mock_answer *answer);
void llmc__mock_rerank_openai(llmc__mock_answer *answer);
void llmc__mock_rerank_bedrock(llmc__mock_answer *answer);

/* ---- endpoint_count.c ---- */

void llmc__mock_count_anthropic(llmc__mock_answer *answer);
void llmc__mock_count_gemini(llmc__mock_answer *answer);

/* ---- endpoint_jobs.c: of OpenAI or of Anthropic, as the speaker is ---- */

void llmc__mock_jobs_upload(llmc__mock_answer *answer);
void llmc__mock_jobs_create(llmc__mock_answer *answer);
void llmc__mock_jobs_look(llmc__mock_answer *answer);
void llmc__mock_jobs_cancel(llmc__mock_answer *answer);
void llmc__mock_jobs_results(llmc__mock_answer *answer);

#endif
