/*
 * What a provider is: a const table of functions, and rows of data for those that speak another's API.
 * Pure: no I/O, no clock. encode: request -> HTTP request; decode: bytes -> events; classify: error body -> error.
 */
#ifndef LLMC_PROVIDER_PROVIDER_H
#define LLMC_PROVIDER_PROVIDER_H

#include "model/error.h"
#include "model/event.h"
#include "model/http.h"
#include "model/request.h"
#include "model/target.h"

/* Takes each event an adapter decodes. Not LLMC_OK stops the decoding, which returns it. */
typedef llmc_status (*llmc__emit_fn)(void *ctx, const llmc_event *event);

/* State of decoding one answer; each adapter has its own struct behind it. */
typedef struct llmc__decoder llmc__decoder;

typedef struct llmc__provider {
    const char *name;

    /* MUST. Fills url, headers and body. `model` is the name without the provider. LLMC_OK, or a status with `error`
     * set. */
    llmc_status (*encode)(const llmc__target *target, const char *model, const llmc_request *request, bool stream,
                          llmc__http_request *out, llmc_error *error);

    /*
     * MAY be NULL. Adds what depends on the moment: signatures. Called before each attempt, in the loop thread; wall_s
     * is seconds since 1970. Headers it sets replace those of the attempt before.
     */
    llmc_status (*sign)(const llmc__target *target, llmc__http_request *request, int64_t wall_s, llmc_error *error);

    /* MUST. One decoder an attempt; NULL: no memory. max_bytes bounds what it keeps. `target` (never NULL, lent for the
     * call) tells what a row says of its answers. */
    llmc__decoder *(*decoder_new)(const llmc__target *target, size_t max_event_bytes);
    void (*decoder_free)(llmc__decoder *decoder); /* NULL is legal */

    /*
     * MUST. A piece of a 2xx stream. LLMC_OK; or a status with `error` set: an error the provider sent inside the
     * stream, BAD_RESPONSE, TOO_LARGE, NO_MEMORY, or what emit returned. Events that came before it were emitted.
     */
    llmc_status (*decode_bytes)(llmc__decoder *decoder, const char *bytes, size_t len, llmc__emit_fn emit, void *ctx,
                                llmc_error *error);

    /* MUST. End of the stream: LLMC_OK when the terminal event was seen, else LLMC_ERR_INCOMPLETE with `error` set. */
    llmc_status (*decode_end)(llmc__decoder *decoder, llmc__emit_fn emit, void *ctx, llmc_error *error);

    /* MUST. A whole 2xx body that is not a stream. As decode_bytes; a body that is cut is INCOMPLETE. */
    llmc_status (*decode_body)(llmc__decoder *decoder, const char *body, size_t len, llmc__emit_fn emit, void *ctx,
                               llmc_error *error);

    /*
     * MUST. An answer with an error status: fills `error` whole (status, message that says what to do next, the
     * provider's words, retryable). Body may be anything, also empty or HTML. type_hint: value of error_type_header, or
     * NULL.
     */
    void (*classify)(const llmc__target *target, int http_status, const char *body, size_t len, const char *type_hint,
                     llmc_error *error);

    const char *request_id_header; /* "x-request-id"; never NULL */
    const char *error_type_header; /* "x-amzn-errortype", where the body does not tell the type; else NULL */
    uint32_t takes;                /* bits of llmc__field: what encode writes */
} llmc__provider;

/*
 * The fields of the request that are to be written: those it carries and the provider takes (its adapter's `takes`
 * without its row's `lacks`). For one it does not take: UNSUPPORTED with `error` naming field and provider, or left out
 * when the target says drop_unsupported. CACHE_MARK is always left out in silence.
 */
llmc_status llmc__provider_fields(const llmc__target *target, const llmc_request *request, uint32_t *fields,
                                  llmc_error *error);

/*
 * Puts "***" for the target's key wherever it stands in the error. classify does so itself; call it on an error of
 * decode_bytes, decode_end and decode_body, which know no target.
 */
void llmc__provider_redact(const llmc__target *target, llmc_error *error);

/* A built-in provider: a row. */
typedef struct llmc__provider_row {
    const char *name;
    const char *alias;            /* another name of it: "together"; NULL none */
    const char *adapter;          /* name of the llmc__provider that speaks for it */
    const char *base_url;         /* default */
    const char *key_variable;     /* "OPENAI_API_KEY" */
    const char *url_variable;     /* "OPENAI_BASE_URL" */
    const char *key_variable_too; /* read when key_variable is not set: "CO_API_KEY"; NULL none */
    const char *url_variable_too; /* the same for url_variable */
    const char *org_variable;     /* "OPENAI_ORG_ID"; may be NULL */
    const char *project_variable; /* "OPENAI_PROJECT_ID"; may be NULL */
    bool key_required;
    uint32_t lacks;  /* bits of llmc__field that the adapter takes and this vendor does not */
    uint32_t quirks; /* bits of llmc__quirk */
} llmc__provider_row;

/* Where a vendor departs from the API it speaks. */
typedef enum llmc__quirk {
    LLMC__QUIRK_NO_DONE = 1 << 0,           /* its streams have no terminal mark: a finish reason ends them */
    LLMC__QUIRK_REASONING_OUTSIDE = 1 << 1, /* counts reasoning tokens outside of the output's */
    LLMC__QUIRK_MAX_TOKENS_OLD = 1 << 2,    /* knows max_tokens only */
    LLMC__QUIRK_MAX_TOKENS_NEW = 1 << 3     /* knows max_completion_tokens only */
} llmc__quirk;

const llmc__provider *llmc__provider_adapter(const char *name);      /* NULL: none */
const llmc__provider_row *llmc__provider_row_find(const char *name); /* by name or alias; NULL: none */
const llmc__provider_row *llmc__provider_row_at(size_t index);       /* NULL past the last */

/* The default adapter for names of the user's own. */
extern const llmc__provider llmc__provider_openai;
/* OpenAI's Responses API. */
extern const llmc__provider llmc__provider_responses;
/* OpenAI's chat completions at Azure: deployments of Azure OpenAI, and models of AI Foundry. */
extern const llmc__provider llmc__provider_azure;
extern const llmc__provider llmc__provider_azure_ai;
/* Amazon Bedrock's Converse API. */
extern const llmc__provider llmc__provider_bedrock;
/* Anthropic's Messages API. */
extern const llmc__provider llmc__provider_anthropic;
/* Google's generateContent, at the Gemini API and at Vertex AI. */
extern const llmc__provider llmc__provider_gemini;
extern const llmc__provider llmc__provider_vertex;
/* Ollama's own API. */
extern const llmc__provider llmc__provider_ollama;
/* Cohere's Chat API v2. */
extern const llmc__provider llmc__provider_cohere;
/* Mistral's API. */
extern const llmc__provider llmc__provider_mistral;

#endif
