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

struct llmc__body;   /* a request being written: body.h */
struct llmc__answer; /* an operation's answer being read: answer.h */

/* What one HTTP request of an operation may carry; 0: no limit known. */
typedef struct llmc__op_limits {
    size_t texts;
    size_t bytes;  /* of the texts together */
    size_t tokens; /* of the texts together, as estimated */
} llmc__op_limits;

/* A whole 2xx answer of an operation; all lent. */
typedef struct llmc__op_answer {
    const llmc__target *target;
    const char *model;        /* as sent */
    const llmc__input *input; /* the request's; NULL where it had none */
    const char *body;         /* terminated; of embeddings only the beginning of it */
    size_t len;
    struct llmc__vectors *reader; /* of embeddings: what was fed with all of it; else NULL */
} llmc__op_answer;

/* What an API's requests do not share with the others'. */
typedef struct llmc__body_form {
    const char *messages; /* the member that holds them: a request without any is refused, unless extra_json has it;
                             NULL: there are none */
    llmc_status (*url)(struct llmc__body *body);     /* appends to body->out->url, which is empty */
    llmc_status (*headers)(struct llmc__body *body); /* its own beside Content-Type and Accept: the key, versions */
    void (*write)(struct llmc__body *body); /* the members, by body->json; NULL: the body, and the method, are those
                                        of the request's input; without an input a GET, which has none */
} llmc__body_form;

/*
 * An operation besides chat, as one API has it. Everything around it (keys, signing, retries, limits, errors) is as for
 * a chat: `sign` and `classify` of the provider serve it too.
 */
typedef struct llmc__operation {
    /* How its requests are written: method, URL, headers and body, from request->input or from its messages. Without a
     * url: by the provider's encode. */
    llmc__body_form form;

    /*
     * Reads the answer into answer->out (answer.h), or fails: an error the provider sent with a good status, INCOMPLETE
     * for a body that is cut, BAD_RESPONSE, TOO_LARGE, NO_MEMORY. The engine redacts the error. NULL: the body is the
     * answer (raw_body of the response).
     */
    void (*read)(struct llmc__answer *answer);

    /* What one request takes, for those who divide their texts; may be NULL. */
    void (*limits)(const llmc__target *target, const char *model, llmc__op_limits *out);
} llmc__operation;

typedef struct llmc__provider {
    const char *name;

    /* MUST. Writes the request of a chat, or of an operation without a form. As llmc__provider_encode, which calls it.
     */
    llmc_status (*encode)(struct llmc__body *body);

    /*
     * MAY be NULL. Adds what depends on the moment: signatures. Called before each attempt, in the loop thread; wall_s
     * is seconds since 1970. Headers it sets replace those of the attempt before.
     */
    llmc_status (*sign)(const llmc__target *target, llmc__http_request *request, int64_t wall_s, llmc_error *error);

    /* MUST. One decoder an attempt; NULL: no memory. max_bytes bounds what it keeps. `target` (never NULL, lent until
     * the decoder is freed) tells what a row says of its answers. */
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
    const llmc__operation *operations[LLMC__OP_KINDS]; /* by llmc__op; NULL: it has none. That of CHAT is NULL, too */
} llmc__provider;

/*
 * The fields of the request that are to be written: those it carries and the provider takes (its adapter's `takes`
 * without its row's `lacks`). For one it does not take: UNSUPPORTED with `error` naming field and provider, or left out
 * when the target says drop_unsupported. CACHE_MARK is always left out in silence.
 */
llmc_status llmc__provider_fields(const llmc__target *target, const llmc_request *request, uint32_t *fields,
                                  llmc_error *error);

/* UNSUPPORTED, with `error` set: "WHAT: provider NAME WHY; leave it out, or set drop_unsupported ...". */
llmc_status llmc__provider_refuse(const llmc__target *target, const char *what, const char *why, llmc_error *error);

/* Whether the target's API and its row have the operation; a chat every API has. */
bool llmc__provider_serves(const llmc__target *target, llmc__op op);

/*
 * The operation as the target's API and its row have it; NULL with `error` set to UNSUPPORTED, naming provider and
 * operation. Of CHAT only to have that refused.
 */
const llmc__operation *llmc__provider_operation(const llmc__target *target, llmc__op op, llmc_error *error);
/*
 * Writes the request of the operation that it is for: fills url, headers and body of `out`. `model` is the name without
 * the provider. LLMC_OK, or a status with `error` set.
 */
llmc_status llmc__provider_encode(const llmc__target *target, const char *model, const llmc_request *request,
                                  bool stream, llmc__http_request *out, llmc_error *error);

/*
 * Puts "***" for the target's key wherever it stands in the error. classify does so itself; call it on an error of
 * decode_bytes, decode_end and decode_body, which know no target.
 */
void llmc__provider_redact(const llmc__target *target, llmc_error *error);

/* A built-in provider: a row. */
typedef struct llmc__provider_row {
    const char *name;         /* and behind it its other words: llmc__provider_row_word */
    uint32_t lacks;           /* bits of llmc__field that the adapter takes and this vendor does not */
    uint8_t quirks;           /* bits of llmc__quirk */
    uint8_t lacks_operations; /* bits 1 << llmc__op that the adapter has and this vendor does not */
    bool key_required;
} llmc__provider_row;

/* The words of a row, in their order. */
typedef enum llmc__row_word {
    LLMC__ROW_NAME,
    LLMC__ROW_ALIAS,            /* another name of it: "together" */
    LLMC__ROW_ADAPTER,          /* name of the llmc__provider that speaks for it */
    LLMC__ROW_BASE_URL,         /* default */
    LLMC__ROW_KEY_VARIABLE,     /* "OPENAI_API_KEY" */
    LLMC__ROW_KEY_VARIABLE_TOO, /* read when that is not set: "CO_API_KEY" */
    LLMC__ROW_URL_VARIABLE,     /* "OPENAI_BASE_URL" */
    LLMC__ROW_URL_VARIABLE_TOO,
    LLMC__ROW_ORG_VARIABLE,    /* "OPENAI_ORG_ID" */
    LLMC__ROW_PROJECT_VARIABLE /* "OPENAI_PROJECT_ID" */
} llmc__row_word;

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
/* Room for a word that is put together. */
typedef char llmc__row_text[96];
/* NULL: it has none of that kind. It stands in `text`, or is static. Of built-in rows only. */
const char *llmc__provider_row_word(const llmc__provider_row *row, llmc__row_word which, llmc__row_text text);

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
