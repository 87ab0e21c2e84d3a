/*
 * llmclient/mock.h - a provider to test against: a loopback HTTP server in your own process.
 *
 * Link with `pkg-config --libs libllmclient_mock` (CMake: llmclient::mock). It speaks HTTP/1.1 on one thread of its
 * own with one epoll set, and holds 10,000 connections. What it answers is scripted: without a script every request is
 * answered at once by an echo of its last user message. Scripts queue up: each request takes the oldest one; the
 * default script serves when the queue is empty.
 *
 * The path of a request tells the format of its answer, plain or streamed as it asks; base URLs of any beginning do:
 *
 *   .../chat/completions              OpenAI and who speaks as it does, Azure's deployments too
 *   .../responses                     OpenAI's Responses API
 *   .../messages                      Anthropic, and Claude on Vertex AI (...:rawPredict, :streamRawPredict)
 *   .../models/NAME:generateContent   Gemini and Vertex AI (:streamGenerateContent: SSE with CRLF)
 *   .../api/chat                      Ollama (lines of JSON)
 *   .../chat                          Cohere, version 2
 *   .../model/ID/converse             Bedrock (/converse-stream: its binary frames)
 *
 * Embeddings are served at .../embeddings (OpenAI and its kind, Azure), .../api/embed (Ollama), .../embed (Cohere),
 * ...:embedContent and :batchEmbedContents (Gemini), ...:predict (Vertex AI) and .../invoke of Titan's and Cohere's
 * models (Bedrock): see llmc_mock_vector.
 *
 * Rankings are served at .../rerank (Cohere, Jina, Voyage, Together and their kind) and .../invoke of Cohere's and
 * Amazon's models (Bedrock): see llmc_mock_score. Tokens are counted, by words, at .../messages/count_tokens,
 * .../count-tokens:rawPredict and ...:countTokens. Models are listed at .../models, .../api/tags (Ollama) and
 * .../foundation-models (Bedrock): see llmc_mock_set_models.
 *
 * Batch jobs are served at .../files and .../batches (OpenAI) and .../messages/batches (Anthropic): see
 * llmc_mock_set_batches.
 *
 * One script serves all of them: text, calls, reasons and errors are written as the format has them.
 *
 * All functions may be called from any thread. Strings given are copied.
 */
#ifndef LLMCLIENT_MOCK_H
#define LLMCLIENT_MOCK_H

#include "llmclient.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct llmc_mock llmc_mock;

/* How the server ends what a script cuts. */
typedef enum llmc_mock_fault {
    LLMC_MOCK_NO_FAULT = 0,
    LLMC_MOCK_CLOSE, /* FIN after cut_at bytes of the response */
    LLMC_MOCK_RESET, /* RST after cut_at bytes */
    LLMC_MOCK_STALL  /* send nothing more after cut_at bytes, keep the connection */
} llmc_mock_fault;

/* How the body is framed. */
typedef enum llmc_mock_framing {
    LLMC_MOCK_FRAMING_AUTO = 0, /* Content-Length for plain answers, chunked for streams */
    LLMC_MOCK_FRAMING_LENGTH,
    LLMC_MOCK_FRAMING_CHUNKED,
    LLMC_MOCK_FRAMING_CLOSE /* ends with the connection */
} llmc_mock_framing;

/* A tool call in an answer. */
typedef struct llmc_mock_tool_call {
    const char *id; /* NULL: "call_0" and so on, or none where the format may do without (Gemini, Ollama) */
    const char *name;
    const char *arguments; /* JSON, sent as it stands, broken too; NULL: "{}" */
} llmc_mock_tool_call;

/* What to answer to one request. Start from LLMC_MOCK_SCRIPT_INIT. */
typedef struct llmc_mock_script {
    size_t size;         /* sizeof this struct, set by INIT */
    int status;          /* HTTP status (200) */
    const char *headers; /* further lines, "name: value\r\n" each; NULL: none */

    /* The body, by the first of these that is set: */
    const char *body; /* as it stands */
    size_t body_len;  /* 0: strlen(body) */
    const char *text; /* an answer with this text, in the shape the request asks for; with status >= 400 the error's */
    /* neither: an echo of the last user message, or no text when there are tool calls */

    const char *const *deltas; /* streamed answers of text or echo: its pieces; NULL: split at spaces */
    size_t delta_count;
    const char *finish_reason; /* stop, length, tool_calls and content_filter are put in the format's own words, others
                                  sent as they are; NULL: tool_calls or stop */
    int tokens_in, tokens_out; /* 0: counted by words */
    bool no_done;              /* leave out what closes a stream: [DONE], message_stop, the last chunk */

    int64_t delay_ms;       /* before the first byte of the response */
    int64_t chunk_delay_ms; /* between events of a stream, or between pieces when split_at > 0 */
    size_t split_at;        /* write the body in pieces of this many bytes, each its own segment (0: whole) */

    llmc_mock_framing framing;
    llmc_mock_fault fault;
    size_t cut_at;      /* bytes of the whole response, head included, after which the fault strikes */
    bool fault_on_read; /* the fault strikes as soon as the request was read, before any byte */
    bool close_after;   /* "Connection: close" */
    uint32_t repeat;    /* serve it this many times (0 is 1) */

    const llmc_mock_tool_call *tool_calls; /* after the text */
    size_t tool_call_count;
    const char *reasoning;       /* before the text */
    const char *error_in_stream; /* a streamed answer ends with an error of this code, type or text after its content */
} llmc_mock_script;

#define LLMC_MOCK_SCRIPT_INIT                                                                                          \
    {                                                                                                                  \
        sizeof(llmc_mock_script), 200, NULL, NULL, 0, NULL, NULL, 0, NULL, 0, 0, false, 0, 0, 0,                       \
            LLMC_MOCK_FRAMING_AUTO, LLMC_MOCK_NO_FAULT, 0, false, false, 0, NULL, 0, NULL, NULL                        \
    }

/* A request as the server saw it. Strings are lent until llmc_mock_clear_requests or llmc_mock_free. */
typedef struct llmc_mock_request {
    const char *method, *path;
    const char *headers; /* the lines as received */
    const char *body;
    size_t body_len;
    uint64_t connection; /* number of its connection, from 1 */
    bool streamed;       /* asked for a stream */
    int64_t at_us;       /* when it had been read whole, by a monotonic clock */
} llmc_mock_request;

typedef struct llmc_mock_stats {
    uint64_t requests;        /* read whole */
    uint64_t responses;       /* sent whole */
    uint64_t connections;     /* accepted in all */
    uint64_t connections_now; /* open */
    uint64_t connections_max; /* most open at once */
    uint64_t in_flight;       /* requests read and not yet answered */
    uint64_t in_flight_max;
    uint64_t aborted;      /* responses whose client left before the end */
    uint64_t rate_limited; /* requests answered with 429 by llmc_mock_set_rate_limit */
    uint64_t too_early;    /* requests that came sooner than such a 429 had asked for */
    uint64_t failures;     /* requests that llmc_mock_set_failure_rate let fail */
} llmc_mock_stats;

/* Starts a server on 127.0.0.1 at a port the kernel picks. *out is the caller's; NO_MEMORY, INIT. */
LLMC_API llmc_status llmc_mock_new(llmc_mock **out);
LLMC_API void llmc_mock_free(llmc_mock *mock); /* closes every connection */

LLMC_API int llmc_mock_port(const llmc_mock *mock);
LLMC_API const char *llmc_mock_base_url(const llmc_mock *mock); /* "http://127.0.0.1:PORT/v1" */

/* Queues a script for one request (or `repeat` of them). INVALID_ARGUMENT, NO_MEMORY. */
LLMC_API llmc_status llmc_mock_push(llmc_mock *mock, const llmc_mock_script *script);

/* What is served while no script is queued. NULL: back to the echo. */
LLMC_API llmc_status llmc_mock_set_default(llmc_mock *mock, const llmc_mock_script *script);

/*
 * Admits so many requests in each window; a window opens with the first request after the one before is over. Further
 * ones get 429, with Retry-After and retry-after-ms telling when the window ends, and take no script. Every answer has
 * the provider's rate-limit headers: x-ratelimit-*-requests, or anthropic-ratelimit-requests-*. Requests that come
 * before the time a 429 named are counted in stats.too_early: all of those on a connection which brought a 429 itself,
 * and on others those that come 100 ms and more, or a quarter of the window, after its first 429 (sooner ones may have
 * been under way when it was sent). requests_per_window 0: no limit. GET .../models is not counted. INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_mock_set_rate_limit(llmc_mock *mock, uint32_t requests_per_window, int64_t window_ms);

/*
 * Lets so many of 100 requests fail, drawn at random from the seed: the same seed fails the same requests, by their
 * number. They are answered with this status (400 to 599) and the provider's own error body, or their connection is
 * reset when status is 0, and take no script. percent 0: none. INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_mock_set_failure_rate(llmc_mock *mock, uint32_t percent, int status, uint64_t seed);

/*
 * How embeddings are answered; a number left 0 is no limit. What is refused by these limits takes a script all the
 * same, for its delay.
 */
typedef struct llmc_mock_embedding_options {
    size_t size;              /* sizeof this struct, set by INIT */
    size_t dimensions;        /* of vectors where the request asks for none (default 8) */
    size_t max_texts;         /* of one request; more are refused with 400 */
    size_t max_bytes;         /* of all texts of one request, as they stand in it; more are refused with 413 */
    size_t max_text_bytes;    /* of one text; a longer one is refused with 400, as longer than the model's context */
    const char *refused_text; /* a request in which a text has this inside is refused with 400; NULL: none. Copied */
} llmc_mock_embedding_options;

/* The defaults, to be changed field by field. */
#define LLMC_MOCK_EMBEDDING_OPTIONS_INIT                                                                               \
    { sizeof(llmc_mock_embedding_options), 0, 0, 0, 0, NULL }

/* From the next request on; NULL: the defaults again. INVALID_ARGUMENT, NO_MEMORY. */
LLMC_API llmc_status llmc_mock_set_embeddings(llmc_mock *mock, const llmc_mock_embedding_options *options);

/* The vector that the mock embeds a text of `len` bytes as: writes `dimensions` floats, between -1 and 1. */
LLMC_API void llmc_mock_vector(const char *text, size_t len, size_t dimensions, float *out);

/*
 * The models that are listed (copied), so many a page where the format has pages; 0: all on one. Model i takes 1000 + i
 * tokens and gives 100 + i. count 0: "mock" alone, as at first. INVALID_ARGUMENT, NO_MEMORY.
 */
LLMC_API llmc_status llmc_mock_set_models(llmc_mock *mock, const char *const *ids, size_t count, size_t per_page);

/* How well the mock finds that a document answers a query: above 0 and below 1, six digits behind the point. */
LLMC_API double llmc_mock_score(const char *query, size_t query_len, const char *document, size_t len);

/*
 * How batch jobs go. Each of their requests (upload, creation, looks, fetches, cancel) takes a script like any other,
 * whose status, delay and faults it has; results are echoes. The last 1024 files and jobs are kept.
 */
typedef struct llmc_mock_batch_options {
    size_t size;              /* sizeof this struct, set by INIT */
    uint32_t looks;           /* so many looks find a job still under way */
    const char *ends_as;      /* "expired" (the later half was not run) or "failed"; NULL: completed. Copied */
    const char *failed_text;  /* requests with this inside are refused; NULL: none. Copied */
    const char *missing_text; /* requests with this inside have no result; NULL: none. Copied */
    bool reversed;            /* results come in the reverse order */
    bool doubled;             /* each result comes twice */
} llmc_mock_batch_options;

#define LLMC_MOCK_BATCH_OPTIONS_INIT                                                                                   \
    { sizeof(llmc_mock_batch_options), 0, NULL, NULL, NULL, false, false }

/* From the next request on; NULL: the defaults again. INVALID_ARGUMENT, NO_MEMORY. */
LLMC_API llmc_status llmc_mock_set_batches(llmc_mock *mock, const llmc_mock_batch_options *options);

/* Recording of requests (on at first) costs memory: turn it off for load. At most 64 MiB are kept. */
LLMC_API void llmc_mock_set_recording(llmc_mock *mock, bool on);
LLMC_API size_t llmc_mock_request_count(llmc_mock *mock);
LLMC_API bool llmc_mock_request_at(llmc_mock *mock, size_t index, llmc_mock_request *out);
/* Value of a header of a recorded request; "" when it has none. Lent as the request is; NULL-safe. */
LLMC_API const char *llmc_mock_request_header(llmc_mock *mock, size_t index, const char *name);
LLMC_API void llmc_mock_clear_requests(llmc_mock *mock);

LLMC_API void llmc_mock_get_stats(llmc_mock *mock, llmc_mock_stats *out);

/* Waits until `requests` requests were read; false when timeout_ms passed first. */
LLMC_API bool llmc_mock_wait_requests(llmc_mock *mock, uint64_t requests, int64_t timeout_ms);

/* Closes all idle kept-alive connections, as a server does at its own timeout. */
LLMC_API void llmc_mock_close_idle(llmc_mock *mock);

#ifdef __cplusplus
}
#endif

#endif
