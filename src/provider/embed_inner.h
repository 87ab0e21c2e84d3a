/* The readers of embeddings, inside: embed_decode.c has them, embed.c puts them into its table. */
#ifndef LLMC_PROVIDER_EMBED_INNER_H
#define LLMC_PROVIDER_EMBED_INNER_H

#include "provider/embed.h"

/* What vendors of OpenAI's API do not share. A row is found by the provider's name or by its host. */
typedef struct llmc__embed_vendor {
    const char *name, *host;  /* host: part of the base URL; NULL: by the name alone */
    const char *dimensions;   /* the member */
    const char *input_type;   /* the member; NULL: there is none */
    const char *const *words; /* its words, in the order of llmc__embed_word; NULL: the neutral ones */
    const char *encoding;     /* the member; NULL: "encoding_format" */
    bool base64;              /* it is known to have base64 */
    llmc__embed_limits limits;
} llmc__embed_vendor;

/* Never NULL. */
const llmc__embed_vendor *llmc__embed_vendor_of(const llmc__target *target);

/* The provider's word for a neutral one; words: for query, document, similarity, classification, clustering. */
const char *llmc__embed_word(const char *const *words, const char *input_type);

/* encode of llmc__embed_api */
llmc_status llmc__embed_encode_openai(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_azure(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                     llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_mistral(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                       llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_gemini(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_vertex(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_cohere(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_ollama(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                      llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_titan(const llmc__target *target, const char *model, const llmc__embed_slice *slice,
                                     llmc__http_request *out, llmc_error *error);
llmc_status llmc__embed_encode_bedrock_cohere(const llmc__target *target, const char *model,
                                              const llmc__embed_slice *slice, llmc__http_request *out,
                                              llmc_error *error);

/* decode of llmc__embed_api */
llmc_status llmc__embed_decode_openai(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error);
llmc_status llmc__embed_decode_gemini(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error);
llmc_status llmc__embed_decode_vertex(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error);
llmc_status llmc__embed_decode_cohere(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error);
llmc_status llmc__embed_decode_ollama(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                      llmc_error *error);
llmc_status llmc__embed_decode_titan(const char *body, size_t len, size_t count, llmc__embed_sink *sink,
                                     llmc_error *error);

#endif
