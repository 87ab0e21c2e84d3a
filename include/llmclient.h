/*
 * llmclient.h - call large language models from C and C++.
 *
 * One client handle owns one pool of connections. Sync, async, batch and streaming calls all go
 * through it, from any thread. Link with `pkg-config --libs libllmclient`.
 *
 * The groups below stand in the order a newcomer meets them:
 *
 *   1. Status codes and errors      5. Async calls               9. Tool loop
 *   2. Client                       6. Batches                  10. Embeddings
 *   3. Request                      7. Streams                  11. Models, rerank, token counts
 *   4. Asking (sync)                8. Responses and events     12. Provider batch jobs
 *                                                               13. Cost
 *                                                               14. Statistics, version
 *
 * Conventions, stated once:
 *
 * - Ownership. `new`/`free` make and destroy, `ref`/`unref` count, `set_`/`add_` copy what they are
 *   given, a function named by a bare noun is a getter that lends: its pointer lives as long as the
 *   object it was asked of. What an out-parameter gives is the caller's to free. What a callback
 *   receives is lent until the callback returns.
 * - NULL. Every `free(NULL)` and `unref(NULL)` is legal and does nothing. Getters accept NULL and
 *   answer the empty value their comment names. Any other NULL argument answers
 *   LLMC_ERR_INVALID_ARGUMENT and llmc_last_error_message() names it.
 * - Threads. All handles may be shared by threads, except a request while it is being built and a
 *   stream while it is being pulled. Callbacks run on a loop thread (in host-loop mode: in the thread
 *   that dispatches), never inside the call that started them, never under a lock. Those in
 *   llmc_client_options may also run in a thread that waits for one answer, as in llmc_execute: while
 *   its call is the only one, it does the work of the loop. They return: no C++
 *   exception, longjmp or pthread_exit may leave one, and no thread may be cancelled in a function of
 *   the library.
 * - Strings are UTF-8. Those returned are terminated by NUL; where text may hold NUL bytes a `_len`
 *   getter stands beside it. "" stands for absent text, never NULL, unless the comment says so.
 * - Units are in the names: timeout_ms, max_bytes. Times are wall time by a monotonic clock.
 * - Unknown counts are -1, so that unknown is told from zero.
 */
#ifndef LLMCLIENT_H
#define LLMCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) || defined(__CYGWIN__)
#define LLMC_API
#elif defined(__GNUC__)
#define LLMC_API __attribute__((visibility("default")))
#else
#define LLMC_API
#endif

/* Version of this header. llmc_version() tells that of the library linked. */
#define LLMC_VERSION_MAJOR  0
#define LLMC_VERSION_MINOR  1
#define LLMC_VERSION_PATCH  0
#define LLMC_VERSION_STRING "0.1.0"
#define LLMC_VERSION_NUMBER (LLMC_VERSION_MAJOR * 10000 + LLMC_VERSION_MINOR * 100 + LLMC_VERSION_PATCH)

typedef struct llmc_client llmc_client;         /* connections, settings, loop threads; shared by threads */
typedef struct llmc_request llmc_request;       /* what to ask; built by one thread, then used by many calls */
typedef struct llmc_call llmc_call;             /* one running request: wait for it or cancel it */
typedef struct llmc_batch llmc_batch;           /* one running batch */
typedef struct llmc_stream llmc_stream;         /* one streamed answer, pulled by one thread */
typedef struct llmc_event llmc_event;           /* one piece of a streamed answer */
typedef struct llmc_response llmc_response;     /* the answer, or the error, or both when it broke off */
typedef struct llmc_error llmc_error;           /* why a call failed; part of a response */
typedef struct llmc_embeddings llmc_embeddings; /* texts being embedded, then their vectors */
typedef struct llmc_batcher llmc_batcher;       /* gathers texts of many threads into few requests */
typedef struct llmc_model_list llmc_model_list; /* the models of a provider */

/* ------------------------------------------------------------------------------------------------
 * 1. Status codes and errors
 * --------------------------------------------------------------------------------------------- */

/*
 * What a function or a call came to. LLMC_OK is 0 and LLMC_END positive; all errors are negative and
 * keep their numbers for ever. Programs must expect codes they do not know.
 */
typedef enum llmc_status {
    LLMC_OK = 0,
    LLMC_END = 1, /* llmc_stream_next: the answer is complete */

    /* Refused before anything was sent: mend the program or its settings. */
    LLMC_ERR_INVALID_ARGUMENT = -1, /* NULL, empty or out of range; the message names the argument */
    LLMC_ERR_NO_MEMORY = -2,        /* an allocation failed */
    LLMC_ERR_INVALID_UTF8 = -3,     /* text is not valid UTF-8; the message names the byte */
    LLMC_ERR_INVALID_HEADER = -4,   /* control character in a header's name or value */
    LLMC_ERR_INVALID_KEY = -5,      /* control character or space in an API key */
    LLMC_ERR_INVALID_MODEL = -6,    /* empty model name or control character in it */
    LLMC_ERR_INVALID_JSON = -7,     /* raw JSON given by the caller is not a JSON object */
    LLMC_ERR_INVALID_URL = -8,      /* base URL malformed, with credentials, or http to a far host */
    LLMC_ERR_UNKNOWN_PROVIDER = -9, /* no provider of that name; llmc_client_set_provider adds one */
    LLMC_ERR_MISSING_KEY = -10,     /* no API key; the message names the environment variable */
    LLMC_ERR_UNSUPPORTED = -11,     /* the provider does not take this field; the message names both */
    LLMC_ERR_WOULD_DEADLOCK = -12,  /* a blocking function was called from a callback */
    LLMC_ERR_CLOSED = -13,          /* the client is being freed */
    LLMC_ERR_FORKED = -14,          /* the client belongs to the parent process */
    LLMC_ERR_INIT = -15,            /* the system refused a thread, descriptor or TLS setup */

    /* Ended on this side. */
    LLMC_ERR_CANCELLED = -20,             /* by llmc_call_cancel, a callback or the client's end */
    LLMC_ERR_PARTIAL = -21,               /* batch: at least one item failed; look at each */
    LLMC_ERR_QUEUE_FULL = -22,            /* max_queued calls wait already */
    LLMC_ERR_TIMEOUT_QUEUE = -23,         /* waited queue_timeout_ms for a connection or a limit */
    LLMC_ERR_TIMEOUT_CONNECT = -24,       /* name lookup, TCP and TLS took connect_timeout_ms */
    LLMC_ERR_TIMEOUT_FIRST_BYTE = -25,    /* no response byte for first_byte_timeout_ms */
    LLMC_ERR_TIMEOUT_FIRST_CONTENT = -26, /* stream: no content for first_content_timeout_ms */
    LLMC_ERR_TIMEOUT_IDLE = -27,          /* stream: no new content for idle_timeout_ms */
    LLMC_ERR_TIMEOUT_TOTAL = -28,         /* the call's whole time was up */
    LLMC_ERR_TOO_LARGE = -29,             /* the answer passed max_response_bytes or another cap */
    LLMC_ERR_BREAKER_OPEN = -30,          /* the provider's circuit breaker is open */
    LLMC_ERR_BUDGET = -31,                /* a spending or token limit refused the call */
    LLMC_ERR_STEP_LIMIT = -32,            /* tool loop: max_steps answers came and the model wants to go on */

    /* The way to the provider failed. */
    LLMC_ERR_RESOLVE = -40,         /* the host's name was not found */
    LLMC_ERR_CONNECT = -41,         /* no connection */
    LLMC_ERR_TLS = -42,             /* certificate or handshake */
    LLMC_ERR_CONNECTION_LOST = -43, /* broke after the request was sent: it may have been executed */
    LLMC_ERR_INCOMPLETE = -44,      /* the answer broke off; the partial text is on the response */
    LLMC_ERR_BAD_RESPONSE = -45,    /* not HTTP, not JSON, or not an answer; see the raw body */
    LLMC_ERR_REDIRECT = -46,        /* the server answered 3xx; redirects are never followed */

    /* The provider said no. Its own words are in the error. */
    LLMC_ERR_BAD_REQUEST = -60,     /* 400, 422 and their kind */
    LLMC_ERR_AUTH = -61,            /* 401, or a key the provider does not know */
    LLMC_ERR_PERMISSION = -62,      /* 403 */
    LLMC_ERR_NOT_FOUND = -63,       /* 404: usually the model */
    LLMC_ERR_RATE_LIMITED = -64,    /* 429: wait and try again */
    LLMC_ERR_QUOTA_EXHAUSTED = -65, /* no credit left: waiting does not help */
    LLMC_ERR_CONTEXT_LENGTH = -66,  /* the prompt is too long for the model */
    LLMC_ERR_CONTENT_FILTER = -67,  /* refused by the provider's filter */
    LLMC_ERR_OVERLOADED = -68,      /* 503, 529 */
    LLMC_ERR_SERVER = -69           /* 500 and other faults of the provider */
} llmc_status;

/* Name of a status, such as "LLMC_ERR_AUTH". Never NULL; "LLMC_ERR_UNKNOWN" for a code not known. */
LLMC_API const char *llmc_status_name(llmc_status status);

/* One sentence that says what a status means and what to do. Never NULL. */
LLMC_API const char *llmc_status_message(llmc_status status);

/*
 * Why the last function of this library that failed *in this thread* failed: names the argument or
 * the setting at fault. "" when none has. Lent until this thread's next call of the library. The
 * error of a call that was started is on its response instead, whatever thread ran it.
 */
LLMC_API const char *llmc_last_error_message(void);

/* ------------------------------------------------------------------------------------------------
 * 2. Client
 * --------------------------------------------------------------------------------------------- */

/* For every timeout: 0 takes the default, this spells out "wait for ever". */
#define LLMC_TIMEOUT_NONE (-1)

/* Which HTTP version a client asks for. Over plain http it is always HTTP/1.1. */
typedef enum llmc_http_version {
    LLMC_HTTP_AUTO = 0, /* HTTP/2 where the server offers it and this libcurl is known good, else 1.1 */
    LLMC_HTTP_1_1 = 1,
    LLMC_HTTP_2 = 2 /* HTTP/2 by ALPN from the first connection on; an HTTP/1.1 server still works */
} llmc_http_version;

/* Severity of a log line. */
typedef enum llmc_log_level {
    LLMC_LOG_ERROR = 1,
    LLMC_LOG_WARN = 2,
    LLMC_LOG_INFO = 3,
    LLMC_LOG_DEBUG = 4
} llmc_log_level;

/* Receives log lines; `text` is lent, holds no key and no prompt. Runs in any thread of the program or the client. */
typedef void (*llmc_log_fn)(llmc_log_level level, const char *text, void *user_data);

/* How the waits between retries are spread. */
typedef enum llmc_jitter {
    LLMC_JITTER_FULL = 0,     /* anywhere between nothing and retry_delay_ms * 2^n */
    LLMC_JITTER_DECORRELATED, /* between retry_delay_ms and three times the wait before */
    LLMC_JITTER_NONE          /* exactly retry_delay_ms * 2^n: attempts at 0, +1, +2, +4 s by default */
} llmc_jitter;

/* What a circuit breaker watches over. */
typedef enum llmc_breaker_scope {
    LLMC_BREAKER_PER_PROVIDER = 0,
    LLMC_BREAKER_PER_MODEL, /* one for each model of a provider */
    LLMC_BREAKER_PER_KEY    /* one for each API key of a provider */
} llmc_breaker_scope;

/* Where a circuit breaker stands. */
typedef enum llmc_breaker_state {
    LLMC_BREAKER_CLOSED = 0, /* calls go through */
    LLMC_BREAKER_OPEN,       /* calls are refused at once with LLMC_ERR_BREAKER_OPEN */
    LLMC_BREAKER_HALF_OPEN   /* one call goes through to see whether the provider is back */
} llmc_breaker_state;

/*
 * A circuit breaker changed its state. `name` is the provider, or "provider/model", or "provider#2" for its second key;
 * lent. Runs on a loop thread, in a thread that waits for an answer, or in the one that reset it, never under a lock;
 * it must not block.
 */
typedef void (*llmc_breaker_fn)(const char *name, llmc_breaker_state from, llmc_breaker_state to, void *user_data);

/* Whether identical requests in flight at once share one upstream call. */
typedef enum llmc_single_flight {
    LLMC_SINGLE_FLIGHT_AUTO = 0, /* as enable_cache says */
    LLMC_SINGLE_FLIGHT_ON,
    LLMC_SINGLE_FLIGHT_OFF
} llmc_single_flight;

/*
 * What a model costs, in USD; -1: it has no such price. Tokens without a price of their own cost what those cost that
 * they are a kind of: cached and written ones and audio as input, reasoning and audio as output.
 */
typedef struct llmc_price {
    size_t size;           /* sizeof this struct, set by INIT */
    double input_mtok_usd; /* a million tokens of the prompt */
    double cache_read_mtok_usd;
    double cache_write_mtok_usd;
    double output_mtok_usd; /* a million tokens of the answer */
    double reasoning_mtok_usd;
    double input_audio_mtok_usd;
    double cache_read_audio_mtok_usd;
    double output_audio_mtok_usd;
    double request_usd; /* each request, whatever its tokens */
} llmc_price;

#define LLMC_PRICE_INIT                                                                                                \
    { sizeof(llmc_price), -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0, -1.0 }

/*
 * Gives the price of a model for a prompt of so many tokens, in place of the library's table: fills *out, which begins
 * as LLMC_PRICE_INIT, and returns 0; anything else: no price is known. Asked before a request is sent, where a limit or
 * the order of a route needs it, and when it has ended, in any thread of the program or the client and never under a
 * lock; it must answer at once from what it holds.
 */
typedef int (*llmc_price_fn)(const char *provider, const char *model, int64_t tokens_in, llmc_price *out,
                             void *user_data);

/*
 * Settings of a client. Start from LLMC_CLIENT_OPTIONS_INIT; a number left 0 takes the default named
 * beside it. llmc_client_new copies everything, strings too.
 */
typedef struct llmc_client_options {
    size_t size; /* sizeof this struct, set by INIT: lets the library grow it */

    uint32_t max_connections; /* open at once, all providers together (default 100) */
    uint32_t max_keepalive;   /* idle connections kept per provider (default 20) */
    uint32_t max_queued;      /* calls waiting for a connection (default 100000) */
    uint32_t io_threads;      /* loop threads (default 1); 0 is the host-loop mode, see llmc_client_fd */

    bool enable_cache;              /* answer repeated requests from memory (default false) */
    bool cache_refuse_sampled;      /* not those that ask for chance: temperature above 0, n above 1 (default false) */
    bool cache_keep_length;         /* answers cut by max_tokens too (default false) */
    bool cache_keep_http;           /* with their raw body and response headers, at twice the bytes (default false) */
    uint32_t cache_ttl_s;           /* default 60 */
    uint32_t cache_stale_s;         /* after that an answer is served so long while it is fetched anew (default 0) */
    uint32_t cache_error_s;         /* after that an answer is served so long when the provider fails (default 0) */
    size_t cache_max_bytes;         /* of all of it (default 64 MiB) */
    const char *cache_salt;         /* parts this program's answers from those of others; NULL: none */
    struct llmc_store *cache_store; /* a second cache behind that of the memory, see llmclient/store.h; NULL: none. The
                                       client owns it from llmc_client_new's success on and closes it */
    int64_t cache_store_timeout_ms; /* longest a call waits for it (default 50); with more texts than 100: for its next
                                       answer, and as long again in all for each hundred of them */

    /* The ladder of deadlines, each counted from where the one before ended. A request may override. */
    int64_t queue_timeout_ms;         /* waiting for a connection or a provider's limit (default 60000) */
    int64_t connect_timeout_ms;       /* name lookup, TCP, TLS (default 10000) */
    int64_t first_byte_timeout_ms;    /* request sent to first response byte (default 300000) */
    int64_t first_content_timeout_ms; /* stream: request sent to first content (default 300000) */
    int64_t idle_timeout_ms;          /* stream: between content, comments and pings do not count; plain
                                         answer: between bytes (default 60000) */
    int64_t timeout_ms;               /* the whole call, queue and retries included (default 600000) */

    int32_t max_retries;           /* default 3; -1 for none: other targets and keys are still asked, each once */
    llmc_jitter retry_jitter;      /* default LLMC_JITTER_FULL */
    int64_t retry_delay_ms;        /* first wait; doubles with each retry (default 1000) */
    int64_t retry_max_delay_ms;    /* longest wait of its own (default 60000) */
    int64_t retry_max_hint_ms;     /* longest Retry-After waited for; a longer one ends the call (default 120000) */
    int32_t retry_budget_percent;  /* retries to first attempts, per provider over 10 s (default 10; -1 no budget) */
    uint32_t retry_budget_reserve; /* and so many more (default 10) */

    int32_t breaker_failures;      /* failures in a row that open a breaker (default 5; -1 never) */
    int32_t breaker_ratio_percent; /* failures of all calls in the window that open it too (default 0: not by ratio) */
    uint32_t breaker_min_calls;    /* calls in the window before the ratio counts (default 20) */
    llmc_breaker_scope breaker_scope;
    int64_t breaker_window_ms;  /* default 30000 */
    int64_t breaker_open_ms;    /* how long it stays open before one probe goes (default 30000) */
    int64_t breaker_probe_ms;   /* a probe without content by then gives its place to another (default 300000) */
    llmc_breaker_fn on_breaker; /* may be NULL */
    void *breaker_user_data;

    bool fixed_concurrency;   /* do not lower the calls in flight when a provider is overloaded (default false) */
    uint32_t min_concurrency; /* never lower than this (default 1) */

    int64_t hedge_delay_ms;    /* without content after this, a second target starts (default 0: no hedging) */
    uint32_t hedge_percentile; /* the delay learned from times to first token: 1..99 (default 0: no); hedge_delay_ms
                                  holds until 20 are known */
    llmc_single_flight single_flight;
    bool drop_unsupported; /* leave out what a provider does not take, instead of refusing (default false) */

    size_t max_response_bytes; /* decoded body of one answer (default 64 MiB) */
    size_t max_event_bytes;    /* one line or event of a stream (default 4 MiB) */

    const char *default_provider; /* of a model named without one; NULL: whose its name says it is, else "openai" */
    llmc_http_version http_version;
    bool ignore_environment;  /* read no keys, base URLs, proxies or CA paths from the environment */
    bool allow_insecure_http; /* let base URLs be http:// to hosts other than loopback */
    const char *ca_file;      /* PEM file of trusted roots; NULL: the system's */
    const char *proxy;        /* "http://host:port" for all; NULL: the environment's; "": none */
    const char *user_agent;   /* NULL: "libllmclient/VERSION" */

    llmc_log_fn on_log; /* NULL: no log */
    llmc_log_level log_level;
    void *log_user_data;

    llmc_price_fn price; /* what models cost; NULL: as the table of prices says, see llmc_client_load_prices */
    void *price_user_data;
    double spend_limit_usd;    /* most that all requests of the client may cost (default 0: no limit) */
    double spend_window_usd;   /* most that those of one window may cost (default 0: no limit) */
    uint32_t spend_window_s;   /* length of a window; windows begin at multiples of it since 1970, UTC, so that 86400 is
                                  a day (default 86400) */
    double request_limit_usd;  /* most that one request may cost, retries and hedges included (default 0: no limit) */
    bool allow_unpriced;       /* with a limit: send, uncounted, what no price is known of (default false: refuse) */
    uint32_t reserve_tokens;   /* with a limit: tokens reserved for an answer without max_tokens (default 4096) */
    bool prefer_provider_cost; /* where a provider tells what it charges, that is the cost (default false: by prices) */
} llmc_client_options;

/* The defaults, to be changed field by field before llmc_client_new. */
#define LLMC_CLIENT_OPTIONS_INIT                                                                                       \
    {                                                                                                                  \
        sizeof(llmc_client_options), 100, 20, 100000, 1, false, false, false, false, 60, 0, 0, (size_t)64 << 20, NULL, \
            NULL, 50, 60000, 10000, 300000, 300000, 60000, 600000, 3, LLMC_JITTER_FULL, 1000, 60000, 120000, 10, 10,   \
            5, 0, 20, LLMC_BREAKER_PER_PROVIDER, 30000, 30000, 300000, NULL, NULL, false, 1, 0, 0,                     \
            LLMC_SINGLE_FLIGHT_AUTO, false, (size_t)64 << 20, (size_t)4 << 20, NULL, LLMC_HTTP_AUTO, false, false,     \
            NULL, NULL, NULL, NULL, LLMC_LOG_WARN, NULL, NULL, NULL, 0.0, 0.0, 86400, 0.0, false, 4096, false          \
    }

/*
 * Makes a client: reads the environment once, starts the loop threads, opens no connection and
 * touches no network. `options` may be NULL for the defaults. On success *out is the caller's to
 * free with llmc_client_free; on failure it is NULL and llmc_last_error_message() says why. A key or
 * base URL in the environment that cannot be used is told by the first call that needs it. Proxy
 * variables are not used for loopback hosts. Errors: INVALID_ARGUMENT, INVALID_HEADER, INVALID_URL,
 * NO_MEMORY, INIT.
 */
LLMC_API llmc_status llmc_client_new(const llmc_client_options *options, llmc_client **out);

/*
 * Ends a client. Calls still running are cancelled and get their final callback before this returns;
 * handles of calls, batches and streams and all responses stay valid until they are released.
 * Any thread but one inside a callback of this client: from there it returns at once and the client
 * ends as soon as that callback has returned. No other function may use `client` from now on.
 */
LLMC_API void llmc_client_free(llmc_client *client);

/* One header line to send. */
typedef struct llmc_header {
    const char *name;
    const char *value;
} llmc_header;

/*
 * Gives a bearer token for one request, for providers whose keys expire (Vertex AI, Entra ID): writes it, terminated,
 * to `token` of `capacity` bytes and returns 0; anything else refuses the request. Called as requests are written, in
 * any thread of the program or the client: it must answer at once from what it holds and refresh elsewhere.
 */
typedef int (*llmc_token_fn)(const char *provider, char *token, size_t capacity, void *user_data);

/*
 * Settings of one provider. Start from LLMC_PROVIDER_OPTIONS_INIT; NULL keeps what there is. The three limits, and
 * proxy, hold as they are given each time. A key puts a token function given before out of use, and AWS credentials put
 * a key given before, or that of the environment, out of use.
 */
typedef struct llmc_provider_options {
    size_t size;                /* sizeof this struct, set by INIT */
    const char *api_key;        /* NULL: the environment's; "": send none */
    const char *base_url;       /* up to and with the version part: "https://api.openai.com/v1" */
    const char *organization;   /* OpenAI-Organization */
    const char *project;        /* OpenAI-Project; Google Cloud project */
    const llmc_header *headers; /* sent with every request */
    size_t header_count;
    const char *adapter; /* whose API it speaks, for a name of your own (default "openai") */
    const char *ca_file; /* NULL: the client's */
    const char *proxy;   /* NULL: the client's; "": none */

    const char *const *api_keys; /* several keys, used in turn, in place of api_key; one that is refused (401, 403,
                                    quota) is left out for ten minutes */
    size_t api_key_count;
    int64_t requests_per_minute; /* of each key; 0: no limit of ours */
    int64_t tokens_per_minute;   /* of each key, estimated before sending and settled afterwards; 0: no limit */
    uint32_t max_concurrency;    /* requests in flight at this provider; 0: as connections allow */

    const char *region;                                            /* AWS region; Vertex location ("global") */
    const char *api_version;                                       /* Azure: "2024-10-21"; Vertex: "v1" */
    const char *access_key_id, *secret_access_key, *session_token; /* AWS; session_token may be NULL */
    llmc_token_fn token;                                           /* bearer tokens that expire; NULL: api_key */
    void *token_user_data;
    const char *priced_as; /* whose prices hold, as the table names it: "azure", "fireworks"; NULL: by name, else by
                              base_url; "": nobody's, no price is known */
} llmc_provider_options;

#define LLMC_PROVIDER_OPTIONS_INIT                                                                                     \
    {                                                                                                                  \
        sizeof(llmc_provider_options), NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL,      \
            NULL, NULL, NULL, NULL, NULL, NULL, NULL                                                                   \
    }

/*
 * Sets key, address and headers of a known provider ("openai"), or adds one under a name of your own:
 * any OpenAI-compatible server needs only a base_url (a key where it asks for one), and is then used
 * as "name/model". Calls started later see the change, running ones do not. Any thread.
 * Errors: INVALID_ARGUMENT (name empty, or with characters other than a-z 0-9 . _ -), INVALID_URL,
 * INVALID_KEY, INVALID_HEADER, UNKNOWN_PROVIDER (adapter), NO_MEMORY.
 */
LLMC_API llmc_status llmc_client_set_provider(llmc_client *client, const char *name,
                                              const llmc_provider_options *options);

/*
 * What an error answer of a provider is to mean, in place of this library's own reading: for a relay that sends
 * "insufficient_quota" when it is merely busy, or a server with codes of its own. What is left NULL or 0 fits any; the
 * rule that names the most counts, among equals the one added last. Start from LLMC_ERROR_RULE_INIT and set at least
 * `status`.
 */
typedef struct llmc_error_rule {
    size_t size;          /* sizeof this struct, set by INIT */
    const char *provider; /* as in "provider/model"; NULL: any */
    int http_status;      /* 200: an error inside a streamed answer; 0: any */
    const char *code;     /* the error's provider_code or provider_type, in any case of letters; NULL: any */
    llmc_status status;   /* what it is to be: one of LLMC_ERR_RESOLVE to LLMC_ERR_SERVER */
    bool retryable;       /* whether it is worth trying again */
} llmc_error_rule;

#define LLMC_ERROR_RULE_INIT                                                                                           \
    { sizeof(llmc_error_rule), NULL, 0, NULL, LLMC_OK, false }

/*
 * Adds a rule (copied). Calls started later see it, running ones do not. At most 1000. Any thread.
 * Errors: INVALID_ARGUMENT (status, http_status, an empty string, too many), NO_MEMORY.
 */
LLMC_API llmc_status llmc_client_add_error_rule(llmc_client *client, const llmc_error_rule *rule);

/* How the targets of a route are taken. */
typedef enum llmc_route_order {
    LLMC_ROUTE_IN_ORDER = 0, /* the first that can be used */
    LLMC_ROUTE_BY_WEIGHT,    /* drawn by weight; those that fail are followed by the others, drawn likewise */
    LLMC_ROUTE_CHEAPEST      /* by what the request is expected to cost; those without a known price come last */
} llmc_route_order;

/* One target of a route. */
typedef struct llmc_route_target {
    const char *model; /* "provider/model" or a bare model */
    uint32_t weight;   /* LLMC_ROUTE_BY_WEIGHT: its share; 0 is 1 */
} llmc_route_target;

/*
 * Gives a list of targets a name (a-z 0-9 . _ -), which requests then take for their model. All targets share the
 * call's deadline and its attempts, and are models, not routes. A route of that name is replaced; count 0 removes it.
 * Calls started later see the change. At most 1000 routes of at most 64 targets. Any thread. Errors: INVALID_ARGUMENT,
 * INVALID_MODEL, UNKNOWN_PROVIDER, NO_MEMORY.
 */
LLMC_API llmc_status llmc_client_set_route(llmc_client *client, const char *name, llmc_route_order order,
                                           const llmc_route_target *targets, size_t count);

/*
 * Forgets every cached answer, those of the cache_store too (which others may share). Any thread; does not wait for the
 * store. NULL does nothing.
 */
LLMC_API void llmc_client_clear_cache(llmc_client *client);

/* What the cache has done since the client was made, and how large it is. Set `size` before the call. */
typedef struct llmc_cache_stats {
    size_t size;
    uint64_t hits;       /* answered from memory */
    uint64_t misses;     /* not */
    uint64_t stale_hits; /* of hits: after their time, see cache_stale_s */
    uint64_t error_hits; /* answers served in place of a provider's failure, see cache_error_s */
    uint64_t store_hits; /* of misses: answered from the cache_store */
    uint64_t expired;    /* removed because their time was over */
    uint64_t evicted;    /* removed because there was no room */
    uint64_t stored;
    uint64_t refused; /* too large to be stored, or cleared meanwhile */
    uint64_t bytes;   /* gauge */
    uint64_t entries; /* gauge */
    uint64_t saved_tokens_in;
    uint64_t saved_tokens_out;
    double saved_cost_usd; /* where the cost was known */
    uint64_t store_faults; /* operations of the cache_store that failed or took too long */
} llmc_cache_stats;

#define LLMC_CACHE_STATS_INIT                                                                                          \
    { sizeof(llmc_cache_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0 }

/* Fills *out, whose size field must be set (LLMC_CACHE_STATS_INIT); zeros without a cache. Any thread. */
LLMC_API llmc_status llmc_client_cache_stats(const llmc_client *client, llmc_cache_stats *out);

/* Closes every circuit breaker, and lets keys in again that their providers refused. Any thread. NULL does nothing. */
LLMC_API void llmc_client_reset_circuit_breakers(llmc_client *client);

/* Where a circuit breaker stands. */
typedef struct llmc_breaker_info {
    llmc_breaker_state state;
    uint32_t failures;   /* in a row, while closed */
    int64_t retry_in_ms; /* until it is worth asking again; 0 when closed, or when the next call is the probe */
} llmc_breaker_info;

/*
 * Tells of a breaker by its name: "openai", or with breaker_scope "openai/gpt-4.1", "openai#2" (its second key). False,
 * with *out closed, for a provider that was not used yet. Any thread.
 */
LLMC_API bool llmc_client_breaker(const llmc_client *client, const char *name, llmc_breaker_info *out);

/*
 * Host-loop mode (io_threads = 0): no thread is started, the host's own event loop does the work.
 * The descriptor becomes readable when there is something to do; then call llmc_client_dispatch.
 * It stays the same for the client's life and belongs to it. -1 when the client has loop threads.
 */
LLMC_API int llmc_client_fd(const llmc_client *client);

/*
 * Does all work that is ready, timers included, and returns without waiting. Callbacks run in here.
 * LLMC_OK; INVALID_ARGUMENT when the client has loop threads; WOULD_DEADLOCK from a callback.
 * One thread at a time does the work; a second one returns LLMC_OK at once.
 */
LLMC_API llmc_status llmc_client_dispatch(llmc_client *client);

/* ------------------------------------------------------------------------------------------------
 * 3. Request
 * --------------------------------------------------------------------------------------------- */

/* Which tool the model is to call. */
typedef enum llmc_tool_choice {
    LLMC_TOOL_CHOICE_UNSET = 0, /* the provider's default */
    LLMC_TOOL_CHOICE_AUTO,
    LLMC_TOOL_CHOICE_NONE,
    LLMC_TOOL_CHOICE_REQUIRED, /* any, but one */
    LLMC_TOOL_CHOICE_NAMED     /* the one named */
} llmc_tool_choice;

/* How much a reasoning model is to think before it answers. */
typedef enum llmc_reasoning_effort {
    LLMC_REASONING_UNSET = 0, /* the provider's default */
    LLMC_REASONING_NONE,
    LLMC_REASONING_MINIMAL,
    LLMC_REASONING_LOW,
    LLMC_REASONING_MEDIUM,
    LLMC_REASONING_HIGH
} llmc_reasoning_effort;

/* Who says a message. */
typedef enum llmc_role { LLMC_ROLE_SYSTEM = 0, LLMC_ROLE_DEVELOPER, LLMC_ROLE_USER, LLMC_ROLE_ASSISTANT } llmc_role;

/*
 * Makes a request to `model`: "provider/model", or a bare model: of the client's default_provider
 * where that is set, else of the provider its name tells ("claude-sonnet-4-5": anthropic), else of
 * openai. Only the first '/' parts them. Free it with llmc_request_free; a call takes its own copy, so a
 * request may be changed or freed as soon as the call has started, and used again for others.
 * Errors: INVALID_ARGUMENT, INVALID_MODEL, INVALID_UTF8, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_new(const char *model, llmc_request **out);
LLMC_API void llmc_request_free(llmc_request *request);

/* A copy that can be changed on its own. Errors: INVALID_ARGUMENT, NO_MEMORY. */
LLMC_API llmc_status llmc_request_copy(const llmc_request *request, llmc_request **out);

/*
 * Appends a message; `text` is copied. An empty text is legal for assistant messages only.
 * Errors: INVALID_ARGUMENT, INVALID_UTF8, NO_MEMORY. After an error the request is as before.
 */
LLMC_API llmc_status llmc_request_add_message(llmc_request *request, llmc_role role, const char *text);

/* The same with a length, for text that is not terminated. NUL bytes inside are sent as such. */
LLMC_API llmc_status llmc_request_add_message_n(llmc_request *request, llmc_role role, const char *text, size_t len);

/* Drops all messages and keeps the rest, so that one request serves a row of prompts. */
LLMC_API void llmc_request_clear_messages(llmc_request *request);

/*
 * Further parts of the last message, in the order they are added; all copied. Texts may follow in any message, images
 * and files in a user's. URLs are http:, https: or "data:TYPE;base64,...", which is taken as the bytes it holds. `mime`
 * is "image/png", "application/pdf" and so on: which ones are taken is for the provider to say. `name` of a file may be
 * NULL. Errors: INVALID_ARGUMENT (no message yet, not a user's, empty, no such URL or type), INVALID_UTF8, NO_MEMORY.
 * After an error the request is as before.
 */
LLMC_API llmc_status llmc_request_add_text(llmc_request *request, const char *text);
LLMC_API llmc_status llmc_request_add_image_url(llmc_request *request, const char *url);
LLMC_API llmc_status llmc_request_add_image(llmc_request *request, const char *mime, const void *bytes, size_t len);
LLMC_API llmc_status llmc_request_add_file_url(llmc_request *request, const char *url);
LLMC_API llmc_status llmc_request_add_file(llmc_request *request, const char *mime, const char *name, const void *bytes,
                                           size_t len);

/*
 * Lets the provider's prompt cache reach up to the part or tool added last. Only a hint: where prompt caching works
 * without marks it is left out. Errors: INVALID_ARGUMENT (nothing was added yet).
 */
LLMC_API llmc_status llmc_request_mark_cache(llmc_request *request);

/*
 * Offers a tool: `schema_json` is the JSON schema of its arguments, an object, kept as it stands; NULL for a tool
 * without arguments. `description` may be NULL. All copied. Names are 1 to 64 letters, digits, '_' and '-', each but
 * once. Errors: INVALID_ARGUMENT, INVALID_JSON, INVALID_UTF8, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_add_tool(llmc_request *request, const char *name, const char *description,
                                           const char *schema_json);

/* Whether arguments must keep to the schema of the tool added last. Error: INVALID_ARGUMENT (there is none). */
LLMC_API llmc_status llmc_request_set_tool_strict(llmc_request *request, bool strict);

/* Which tool is to be called; `name` for LLMC_TOOL_CHOICE_NAMED only, else NULL. Errors: INVALID_ARGUMENT, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_set_tool_choice(llmc_request *request, llmc_tool_choice choice, const char *name);

/* Whether several tools may be called in one answer; not said, it is the provider's default. */
LLMC_API llmc_status llmc_request_set_parallel_tool_calls(llmc_request *request, bool parallel);

/*
 * A call the model made earlier: part of the last message when that is the assistant's, else of a new one of his.
 * `arguments_json` is a JSON object; NULL or "" stands for {}. All copied. llmc_request_add_response does this for a
 * whole answer. Errors: INVALID_ARGUMENT, INVALID_JSON, INVALID_UTF8, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_add_tool_call(llmc_request *request, const char *id, const char *name,
                                                const char *arguments_json);

/*
 * What a tool gave for the call of that id, which must be in the request; `content` may be empty, and `is_error` says
 * that it tells of a failure. Results that follow each other become one message. All copied.
 * Errors: INVALID_ARGUMENT (no such call), INVALID_UTF8, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_add_tool_result(llmc_request *request, const char *call_id, const char *content,
                                                  bool is_error);

/*
 * Appends an answer (of several the first) as the assistant's message: its text, its tool calls, and what its provider
 * wants back unchanged (signatures, encrypted reasoning). All copied. A call that is not complete is refused, as is an
 * answer with nothing in it. Errors: INVALID_ARGUMENT, NO_MEMORY. After an error the request is as before.
 */
LLMC_API llmc_status llmc_request_add_response(llmc_request *request, const llmc_response *response);

/*
 * The form of the answer: any JSON object; or one that keeps to a schema (a JSON object, kept as it stands, named by 1
 * to 64 letters, digits, '_' and '-'). A NULL schema takes it back. Errors: INVALID_ARGUMENT, INVALID_JSON, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_set_json_mode(llmc_request *request, bool json);
LLMC_API llmc_status llmc_request_set_json_schema(llmc_request *request, const char *name, const char *schema_json,
                                                  bool strict);

/*
 * How much a reasoning model thinks: by a word, or by tokens at least 0. Which of the two a model takes is for its
 * provider to say. Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_request_set_reasoning_effort(llmc_request *request, llmc_reasoning_effort effort);
LLMC_API llmc_status llmc_request_set_reasoning_budget(llmc_request *request, int64_t tokens);

/* Sampling. Out of range answers INVALID_ARGUMENT: temperature 0..2, top_p 0..1, penalties -2..2. */
LLMC_API llmc_status llmc_request_set_temperature(llmc_request *request, double temperature);
LLMC_API llmc_status llmc_request_set_top_p(llmc_request *request, double top_p);
LLMC_API llmc_status llmc_request_set_frequency_penalty(llmc_request *request, double penalty);
LLMC_API llmc_status llmc_request_set_presence_penalty(llmc_request *request, double penalty);
LLMC_API llmc_status llmc_request_set_seed(llmc_request *request, int64_t seed);
LLMC_API llmc_status llmc_request_set_top_k(llmc_request *request, int64_t top_k); /* at least 1 */

/* Answers to one request, 1..128; see llmc_response_choice_count. Error: INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_request_set_n(llmc_request *request, int64_t n);

/*
 * Asks for the log probabilities of the answer's tokens and of `top` others at each place, 0..20; they are on
 * llmc_response_logprobs. Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_request_set_logprobs(llmc_request *request, int64_t top);

/*
 * Most tokens of the answer, at least 1. Sent as max_tokens or max_completion_tokens, whichever the
 * model takes. Claude must be told a limit: without this it is 8192 (4096 for Claude 3 and older) and
 * room for the reasoning that is asked for.
 */
LLMC_API llmc_status llmc_request_set_max_tokens(llmc_request *request, int64_t max_tokens);

/* Adds a sequence at which the answer stops (copied). Providers take about four. */
LLMC_API llmc_status llmc_request_add_stop(llmc_request *request, const char *stop);

/* An id of your end user, for the provider's abuse detection (copied). NULL takes it back. */
LLMC_API llmc_status llmc_request_set_user(llmc_request *request, const char *user);

/* The provider's class of service: "default", "flex", "priority" (copied). NULL takes it back. */
LLMC_API llmc_status llmc_request_set_service_tier(llmc_request *request, const char *service_tier);

/* A label for the provider's records (copied); the same key again replaces its value, which may be empty. */
LLMC_API llmc_status llmc_request_add_metadata(llmc_request *request, const char *key, const char *value);

/*
 * Fields this library has no setter for: a JSON object whose members are put into the body as they
 * stand, in place of a member of the same name. Copied. NULL takes it back.
 * Errors: INVALID_JSON (the message says where), NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_set_extra_json(llmc_request *request, const char *json);

/*
 * Adds a header line of this request (copied), in place of the provider's of the same name.
 * Errors: INVALID_ARGUMENT (also for headers the library owns: Host, Content-Length,
 * Transfer-Encoding, Connection, Expect), INVALID_HEADER, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_add_header(llmc_request *request, const char *name, const char *value);

/* Deadlines of this request in place of the client's; 0 the client's, LLMC_TIMEOUT_NONE for ever. */
LLMC_API llmc_status llmc_request_set_timeout_ms(llmc_request *request, int64_t timeout_ms);
LLMC_API llmc_status llmc_request_set_queue_timeout_ms(llmc_request *request, int64_t timeout_ms);
LLMC_API llmc_status llmc_request_set_connect_timeout_ms(llmc_request *request, int64_t timeout_ms);
LLMC_API llmc_status llmc_request_set_first_byte_timeout_ms(llmc_request *request, int64_t timeout_ms);
LLMC_API llmc_status llmc_request_set_first_content_timeout_ms(llmc_request *request, int64_t timeout_ms);
LLMC_API llmc_status llmc_request_set_idle_timeout_ms(llmc_request *request, int64_t timeout_ms);

/* Retries of this request in place of the client's: 0 the client's, -1 none. */
LLMC_API llmc_status llmc_request_set_max_retries(llmc_request *request, int32_t max_retries);
LLMC_API llmc_status llmc_request_set_retry_delay_ms(llmc_request *request, int64_t retry_delay_ms);

/*
 * Adds a model to be asked when those before it fail or cannot be used: "provider/model", at most 16 (copied). A
 * failure that another target may not share leads there at once; when all have been tried the call backs off and begins
 * again at the first, within its max_retries. What the caller has begun to receive is never begun anew. The response
 * tells who answered. Errors: INVALID_ARGUMENT, INVALID_MODEL, INVALID_UTF8, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_add_fallback(llmc_request *request, const char *model);

/*
 * Hedging of this request in place of the client's: 0 the client's, -1 none, else the delay without content after which
 * a second attempt starts (at the next target, if it has one). The first content wins, the other is cancelled at once.
 */
LLMC_API llmc_status llmc_request_set_hedge_delay_ms(llmc_request *request, int64_t delay_ms);

/*
 * Most that this request may cost, retries and hedges included, in place of the client's request_limit_usd: 0 the
 * client's, -1 no limit. One that may cost more is refused before it is sent, with LLMC_ERR_BUDGET.
 * Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_request_set_cost_limit_usd(llmc_request *request, double limit_usd);

/* How a request uses the client's cache. */
typedef enum llmc_cache_mode {
    LLMC_CACHE_USE = 0,  /* looks, and stores what it had to ask for */
    LLMC_CACHE_BYPASS,   /* neither */
    LLMC_CACHE_REFRESH,  /* asks anew and stores the answer */
    LLMC_CACHE_READ_ONLY /* looks, and stores nothing */
} llmc_cache_mode;

/* Errors: INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_request_set_cache_mode(llmc_request *request, llmc_cache_mode mode);

/* How long this request's answer is kept, in place of the client's cache_ttl_s; 0 the client's. */
LLMC_API llmc_status llmc_request_set_cache_ttl_s(llmc_request *request, uint32_t ttl_s);

/*
 * Whose request it is (copied): tenants never get each other's cached or shared answers. NULL takes it back.
 * Errors: INVALID_ARGUMENT, INVALID_UTF8, NO_MEMORY.
 */
LLMC_API llmc_status llmc_request_set_tenant(llmc_request *request, const char *tenant);

/* Who goes first when calls have to wait; inside a class the earliest deadline does. No class starves. */
typedef enum llmc_priority { LLMC_PRIORITY_NORMAL = 0, LLMC_PRIORITY_HIGH, LLMC_PRIORITY_LOW } llmc_priority;

/* Error: INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_request_set_priority(llmc_request *request, llmc_priority priority);

/*
 * A function that blocking calls of this request (ask aside) ask now and then, at least every 20 ms,
 * in the calling thread: non-zero cancels the call. For hosts whose user can interrupt a query.
 */
typedef int (*llmc_interrupt_fn)(void *user_data);
LLMC_API llmc_status llmc_request_set_interrupt(llmc_request *request, llmc_interrupt_fn fn, void *user_data);

/* ------------------------------------------------------------------------------------------------
 * 4. Asking (sync)
 *
 * Blocking functions answer LLMC_ERR_WOULD_DEADLOCK when called from a callback of the same client.
 * They return the response's status. *out is set whenever there was memory for it, so that an error
 * comes with its message, its attempts and any partial text; free it with llmc_response_free.
 * --------------------------------------------------------------------------------------------- */

/* Asks `model` one question. */
LLMC_API llmc_status llmc_ask(llmc_client *client, const char *model, const char *prompt, llmc_response **out);

/* Runs a request and waits for the whole answer. */
LLMC_API llmc_status llmc_execute(llmc_client *client, const llmc_request *request, llmc_response **out);

/* ------------------------------------------------------------------------------------------------
 * 5. Async calls
 * --------------------------------------------------------------------------------------------- */

/*
 * The end of a call; comes exactly once for each call that was started, whatever happened.
 * `response` is lent until it returns (llmc_response_ref keeps it). Every function of this library
 * may be called in here except those that block, which answer LLMC_ERR_WOULD_DEADLOCK.
 */
typedef void (*llmc_done_fn)(llmc_call *call, llmc_response *response, void *user_data);

/* A piece of a streamed answer, lent until it returns. Non-zero cancels the call. */
typedef int (*llmc_event_fn)(llmc_call *call, const llmc_event *event, void *user_data);

/*
 * Starts a request and returns. `on_done` may be NULL for one that is waited for. `out` may be NULL
 * when nobody will wait or cancel; else *out is the caller's to release with llmc_call_unref.
 * A status other than LLMC_OK means nothing was started, no callback comes and *out is NULL.
 */
LLMC_API llmc_status llmc_execute_async(llmc_client *client, const llmc_request *request, llmc_done_fn on_done,
                                        void *user_data, llmc_call **out);

/* The same, with each piece of the answer as it arrives, then on_done with the whole. */
LLMC_API llmc_status llmc_execute_stream_async(llmc_client *client, const llmc_request *request, llmc_event_fn on_event,
                                               llmc_done_fn on_done, void *user_data, llmc_call **out);

/*
 * Waits until the call has ended and its on_done has returned. `out` may be NULL; else *out is a
 * reference of the response, to be freed. Any number of threads may wait, and again after the end.
 * Returns the response's status; WOULD_DEADLOCK from a callback (*out is then NULL).
 */
LLMC_API llmc_status llmc_call_wait(llmc_call *call, llmc_response **out);

/*
 * Waits at most timeout_ms. *done tells whether the call has ended; if not, the status is LLMC_OK and
 * *out is NULL. Otherwise as llmc_call_wait.
 */
LLMC_API llmc_status llmc_call_wait_for(llmc_call *call, int64_t timeout_ms, bool *done, llmc_response **out);

/*
 * Asks for the call's end and returns at once. on_done still comes, with LLMC_ERR_CANCELLED or with
 * the answer if that was faster; the connection is closed, so that the provider stops its work.
 * Any thread, any time, callbacks included; again or after the end it does nothing.
 */
LLMC_API void llmc_call_cancel(llmc_call *call);

/* Counts a holder of the handle. Unref by the last one does not cancel the call. */
LLMC_API llmc_call *llmc_call_ref(llmc_call *call);
LLMC_API void llmc_call_unref(llmc_call *call);

/* ------------------------------------------------------------------------------------------------
 * 6. Batches: results[i] answers requests[i]; each item succeeds or fails on its own
 * --------------------------------------------------------------------------------------------- */

/* How far a batch is; `total` items in all. Runs on a loop thread, one at a time. */
typedef void (*llmc_progress_fn)(size_t done, size_t failed, size_t total, void *user_data);

/*
 * The end of one item, in the order they end; `response` is lent, NULL only where there was no memory for one. Runs on
 * a loop thread, one at a time.
 */
typedef void (*llmc_item_fn)(llmc_batch *batch, size_t index, llmc_response *response, void *user_data);

/* The end of the batch, after the last item: LLMC_OK, LLMC_ERR_PARTIAL or LLMC_ERR_CANCELLED. */
typedef void (*llmc_batch_done_fn)(llmc_batch *batch, llmc_status status, void *user_data);

/* How a batch is run. */
typedef enum llmc_batch_mode {
    LLMC_BATCH_CALLS = 0, /* each item a call of its own, now */
    LLMC_BATCH_JOB        /* batch jobs of the provider: half the price, done within a day; see "Provider batch jobs" */
} llmc_batch_mode;

/*
 * A batch job exists at its provider from now on. `job_id` (lent) is "provider/id": keep it, llmc_resume_batch finds
 * the job again by it. A batch may need several jobs. Runs on a loop thread.
 */
typedef void (*llmc_batch_job_fn)(llmc_batch *batch, const char *job_id, void *user_data);

/* Settings of one batch. Start from LLMC_BATCH_OPTIONS_INIT. */
typedef struct llmc_batch_options {
    size_t size;              /* sizeof this struct, set by INIT */
    uint32_t max_concurrency; /* items in flight at once (default 10) */
    llmc_progress_fn on_progress;
    llmc_interrupt_fn interrupt; /* llmc_execute_batch: asked every 20 ms at most; non-zero cancels */
    void *user_data;             /* given to on_progress, interrupt and on_job */

    llmc_batch_mode mode;
    llmc_batch_job_fn on_job; /* LLMC_BATCH_JOB, as all that follows; may be NULL */
    int64_t job_timeout_ms;   /* longest wait for the jobs' end (default 86400000, a day) */
    int64_t job_poll_ms;      /* first wait before a job is looked at; grows by half each time (default 5000) */
    int64_t job_max_poll_ms;  /* up to this (default 60000) */
    size_t job_max_requests;  /* of one job (default what the provider takes) */
    size_t job_max_bytes;     /* of one job's upload, which is held in memory (default what the provider takes) */
} llmc_batch_options;

#define LLMC_BATCH_OPTIONS_INIT                                                                                        \
    { sizeof(llmc_batch_options), 10, NULL, NULL, NULL, LLMC_BATCH_CALLS, NULL, 86400000, 5000, 60000, 0, 0 }

/*
 * Runs `count` requests, at most max_concurrency at a time, and waits for all. results[0..count) are
 * all set, each to be freed (NULL only where there was no memory for one). `options` may be NULL.
 * LLMC_OK: all succeeded; LLMC_ERR_PARTIAL: look at each; LLMC_ERR_CANCELLED: interrupted, the items
 * not run carry that status. Other errors mean that nothing was started; results are then all NULL.
 */
LLMC_API llmc_status llmc_execute_batch(llmc_client *client, const llmc_request *const *requests, size_t count,
                                        const llmc_batch_options *options, llmc_response **results);

/*
 * Starts a batch and returns. The requests are copied one by one as their turn comes: they must stay
 * unchanged until on_done. Either callback may be NULL. `out` may be NULL; else *out is the caller's to
 * release with llmc_batch_unref. A status other than LLMC_OK means that nothing was started.
 */
LLMC_API llmc_status llmc_execute_batch_async(llmc_client *client, const llmc_request *const *requests, size_t count,
                                              const llmc_batch_options *options, llmc_item_fn on_item,
                                              llmc_batch_done_fn on_done, void *user_data, llmc_batch **out);

/* Waits for the end, on_done included; returns the batch's status. WOULD_DEADLOCK from a callback. */
LLMC_API llmc_status llmc_batch_wait(llmc_batch *batch);

/* Cancels what runs and does not start the rest; every item still ends. Returns at once. */
LLMC_API void llmc_batch_cancel(llmc_batch *batch);
LLMC_API llmc_batch *llmc_batch_ref(llmc_batch *batch);
LLMC_API void llmc_batch_unref(llmc_batch *batch);

/* ------------------------------------------------------------------------------------------------
 * 7. Streams: the answer piece by piece, pulled by the caller
 * --------------------------------------------------------------------------------------------- */

/*
 * Starts a streamed answer. On LLMC_OK *out is the caller's to free. An error the provider gives is
 * told by llmc_stream_next, not here.
 */
LLMC_API llmc_status llmc_execute_stream(llmc_client *client, const llmc_request *request, llmc_stream **out);

/*
 * Waits for the next piece. LLMC_OK: *out is it, lent until the next call of this function.
 * LLMC_END: the answer is complete. Anything else is the error the answer ended with; the text so far
 * is on the response. Pieces that are not read hold the provider back once some 256 KiB wait.
 */
LLMC_API llmc_status llmc_stream_next(llmc_stream *stream, const llmc_event **out);

/*
 * The response as far as it has come: complete after LLMC_END or an error. Lent until
 * llmc_stream_free (llmc_response_ref keeps it). NULL before the end.
 */
LLMC_API llmc_response *llmc_stream_response(llmc_stream *stream);

/* Ends a stream; one that has not come to its end is cancelled. */
LLMC_API void llmc_stream_free(llmc_stream *stream);

/* Cancels from any thread: the puller gets the pieces that have come, then LLMC_ERR_CANCELLED. */
LLMC_API void llmc_stream_cancel(llmc_stream *stream);

/* ------------------------------------------------------------------------------------------------
 * 8. Responses and events
 *
 * A response never changes once it was handed out and may be read by many threads.
 * --------------------------------------------------------------------------------------------- */

/* Why the model stopped. */
typedef enum llmc_finish_reason {
    LLMC_FINISH_NONE = 0,       /* not told, or the answer broke off */
    LLMC_FINISH_STOP,           /* it was done, or met a stop sequence */
    LLMC_FINISH_LENGTH,         /* max_tokens or the context was used up */
    LLMC_FINISH_TOOL_CALLS,     /* it wants tools to be called */
    LLMC_FINISH_CONTENT_FILTER, /* the provider's filter cut it */
    LLMC_FINISH_PAUSE,          /* send the answer back to have it go on */
    LLMC_FINISH_ERROR,          /* the provider failed while answering */
    LLMC_FINISH_OTHER           /* see llmc_response_finish_reason_raw */
} llmc_finish_reason;

/* "stop", "length", "tool_calls", …; "" for LLMC_FINISH_NONE. */
LLMC_API const char *llmc_finish_reason_name(llmc_finish_reason reason);

LLMC_API llmc_response *llmc_response_ref(llmc_response *response);
LLMC_API void llmc_response_free(llmc_response *response); /* releases one reference */

/* How the call ended. NULL answers LLMC_ERR_INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_response_status(const llmc_response *response);

/*
 * The error in one line that says what to do next, "" after a success. On NULL it is
 * llmc_last_error_message(), so that one fprintf serves every failure.
 */
LLMC_API const char *llmc_response_error_message(const llmc_response *response);

/* The whole error; NULL after a success. */
LLMC_API const llmc_error *llmc_response_error(const llmc_response *response);

/* The seven of every answer. */
LLMC_API const char *llmc_response_output(const llmc_response *response); /* the text; partial after an error */
LLMC_API size_t llmc_response_output_len(const llmc_response *response);
LLMC_API const char *llmc_response_provider(const llmc_response *response); /* who answered: "openai" */
LLMC_API const char *llmc_response_model(const llmc_response *response);    /* as the provider names it */
LLMC_API int64_t llmc_response_tokens_in(const llmc_response *response);  /* prompt, cached ones included; -1 unknown */
LLMC_API int64_t llmc_response_tokens_out(const llmc_response *response); /* answer and reasoning; -1 unknown */
LLMC_API double llmc_response_cost_usd(const llmc_response *response);    /* -1.0 unknown; see llmc_response_cost */
LLMC_API int64_t llmc_response_latency_ms(const llmc_response *response); /* start of the call to its end */

LLMC_API int64_t llmc_response_tokens_total(const llmc_response *response);       /* as sent; -1 not sent */
LLMC_API int64_t llmc_response_tokens_cached(const llmc_response *response);      /* of tokens_in; -1 not sent */
LLMC_API int64_t llmc_response_tokens_cache_write(const llmc_response *response); /* -1 not sent */
LLMC_API int64_t llmc_response_tokens_reasoning(const llmc_response *response);   /* of tokens_out; -1 not sent */
LLMC_API int64_t llmc_response_ttft_ms(const llmc_response *response);            /* start to first content; -1 none */
LLMC_API bool llmc_response_from_cache(const llmc_response *response);
LLMC_API bool llmc_response_shared(const llmc_response *response); /* an identical call's request gave it */

LLMC_API llmc_finish_reason llmc_response_finish_reason(const llmc_response *response);
LLMC_API const char *llmc_response_finish_reason_raw(const llmc_response *response); /* the provider's word */
LLMC_API const char *llmc_response_refusal(const llmc_response *response);
LLMC_API const char *llmc_response_reasoning(const llmc_response *response);
LLMC_API size_t llmc_response_reasoning_len(const llmc_response *response);
LLMC_API const char *llmc_response_id(const llmc_response *response);         /* the answer's id */
LLMC_API const char *llmc_response_request_id(const llmc_response *response); /* for the provider's support */

/* Tool calls the model asks for. `arguments` is JSON text as sent ("{}" when it sent none). */
LLMC_API size_t llmc_response_tool_call_count(const llmc_response *response);
LLMC_API const char *llmc_response_tool_call_id(const llmc_response *response, size_t index);
LLMC_API const char *llmc_response_tool_call_name(const llmc_response *response, size_t index);
LLMC_API const char *llmc_response_tool_call_arguments(const llmc_response *response, size_t index);

/* False when the arguments are not whole JSON, as after LLMC_FINISH_LENGTH: do not run such a call. */
LLMC_API bool llmc_response_tool_call_complete(const llmc_response *response, size_t index);

/*
 * Opaque pieces of the answer, in the order they came; "" past the last. A signature proves reasoning to be the
 * provider's own, redacted is reasoning it keeps secret. llmc_request_add_response sends both back as they must be.
 */
LLMC_API size_t llmc_response_signature_count(const llmc_response *response);
LLMC_API const char *llmc_response_signature(const llmc_response *response, size_t index);
LLMC_API size_t llmc_response_redacted_count(const llmc_response *response);
LLMC_API const char *llmc_response_redacted(const llmc_response *response, size_t index);

/* Sources the answer names, each JSON as the provider sends it; "" past the last. */
LLMC_API size_t llmc_response_citation_count(const llmc_response *response);
LLMC_API const char *llmc_response_citation(const llmc_response *response, size_t index);

/* Log probabilities: a JSON array, an element for each token as the provider sends it; "" when there are none. */
LLMC_API const char *llmc_response_logprobs(const llmc_response *response);

/*
 * Token counts in classes that do not overlap, as prices have them; -1 where the provider did not tell. Those of the
 * prompt add up to llmc_response_tokens_in, those of the answer to llmc_response_tokens_out.
 */
typedef struct llmc_usage {
    size_t size;         /* sizeof this struct, set by INIT */
    int64_t input;       /* of the prompt, neither read from nor written to a prompt cache */
    int64_t cache_read;  /* of the prompt, read from the provider's cache */
    int64_t cache_write; /* of the prompt, written to it */
    int64_t output;      /* of the answer, reasoning aside */
    int64_t reasoning;
    int64_t input_audio;      /* as input, of sound */
    int64_t cache_read_audio; /* as cache_read, of sound */
    int64_t output_audio;     /* as output, of sound */
} llmc_usage;

#define LLMC_USAGE_INIT                                                                                                \
    { sizeof(llmc_usage), -1, -1, -1, -1, -1, -1, -1, -1 }

/* Fills *out, whose size field must be set (LLMC_USAGE_INIT). Errors: INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_response_usage(const llmc_response *response, llmc_usage *out);

/* Further answers, when the request asked for n of them; 0 is the one above. */
LLMC_API size_t llmc_response_choice_count(const llmc_response *response);
LLMC_API const char *llmc_response_choice_output(const llmc_response *response, size_t choice);
LLMC_API size_t llmc_response_choice_output_len(const llmc_response *response, size_t choice);
LLMC_API llmc_finish_reason llmc_response_choice_finish_reason(const llmc_response *response, size_t choice);

/*
 * The body as received: whole for a plain answer and for an error answer, the first 4 KiB for a stream
 * that failed, nothing for a stream that succeeded or, without cache_keep_http, for an answer from the
 * cache. "" when there is none. `len` may be NULL.
 */
LLMC_API const char *llmc_response_raw_body(const llmc_response *response, size_t *len);

/* A header line of the HTTP response, by name in any case; NULL when it was not sent or, as the raw body, not kept. */
LLMC_API const char *llmc_response_header(const llmc_response *response, const char *name);

/*
 * The attempts made, in the order they ended; at least 1 for a call that reached a connection. None for a call that
 * shared the upstream request of another (llmc_response_shared): they are told once, by the call that made them.
 */
LLMC_API size_t llmc_response_attempt_count(const llmc_response *response);

/* What followed an attempt. */
typedef enum llmc_next_step {
    LLMC_NEXT_ANSWER = 0, /* it is the answer */
    LLMC_NEXT_RETRY,      /* the same target again, after next_delay_ms */
    LLMC_NEXT_TARGET,     /* the next target, after next_delay_ms */
    LLMC_NEXT_HEDGE,      /* another attempt ran beside it and went on alone */
    LLMC_NEXT_GIVE_UP     /* its error is the call's */
} llmc_next_step;

/* One attempt. Times are microseconds from the start of the attempt, -1 when it did not come so far. */
typedef struct llmc_attempt {
    const char *provider;
    const char *model;
    llmc_status status;
    int http_status;       /* 0: none came */
    int64_t queue_us;      /* start of the call to that of the attempt: waits and attempts before it */
    int64_t connect_us;    /* connection ready (0 when it was a reused one) */
    int64_t first_byte_us; /* first response byte */
    int64_t total_us;      /* end */
    uint64_t bytes_sent;   /* body */
    uint64_t bytes_received;
    bool reused_connection;
    bool maybe_executed;   /* the request had left when the connection broke */
    bool hedge;            /* started beside another */
    uint32_t key_index;    /* which of the provider's API keys, from 0 */
    int64_t content_us;    /* first content; -1 none */
    llmc_next_step next;   /* what followed */
    int64_t next_delay_ms; /* wait before it */
    const char *why;       /* why that followed, in a few words; never NULL */
} llmc_attempt;

/* Copies attempt `index` to *out, strings lent by the response; false when there is none such. */
LLMC_API bool llmc_response_attempt(const llmc_response *response, size_t index, llmc_attempt *out);

/* The error's parts. All accept NULL and then answer LLMC_OK, 0, false, -1 or "". */
LLMC_API llmc_status llmc_error_status(const llmc_error *error);
LLMC_API int llmc_error_http_status(const llmc_error *error);           /* 0: no HTTP answer came */
LLMC_API const char *llmc_error_message(const llmc_error *error);       /* as llmc_response_error_message */
LLMC_API const char *llmc_error_provider_type(const llmc_error *error); /* the provider's own words */
LLMC_API const char *llmc_error_provider_code(const llmc_error *error);
LLMC_API const char *llmc_error_provider_message(const llmc_error *error);
LLMC_API const char *llmc_error_provider_param(const llmc_error *error);
LLMC_API bool llmc_error_retryable(const llmc_error *error);         /* the same request may succeed later */
LLMC_API int64_t llmc_error_retry_after_ms(const llmc_error *error); /* as the provider asked; -1 if not */

/* Kinds of events, in the order a stream may bring them. */
typedef enum llmc_event_kind {
    LLMC_EVENT_START = 1,       /* the provider accepted; model and id are known */
    LLMC_EVENT_TEXT,            /* a piece of the answer */
    LLMC_EVENT_REASONING,       /* a piece of the model's reasoning */
    LLMC_EVENT_REFUSAL,         /* a piece of a refusal */
    LLMC_EVENT_TOOL_CALL_START, /* id and name are known */
    LLMC_EVENT_TOOL_CALL_DELTA, /* text is a piece of the arguments */
    LLMC_EVENT_TOOL_CALL_END,   /* text is the whole arguments */
    LLMC_EVENT_USAGE,           /* token counts so far */
    LLMC_EVENT_FINISH,          /* this choice is done */
    LLMC_EVENT_SIGNATURE,       /* text signs the reasoning before it; opaque */
    LLMC_EVENT_REDACTED,        /* text is reasoning the provider keeps secret; opaque */
    LLMC_EVENT_CITATION,        /* text is a citation: JSON, as the provider sends it */
    LLMC_EVENT_LOGPROBS         /* text is log probabilities: JSON, as the provider sends it */
} llmc_event_kind;

LLMC_API llmc_event_kind llmc_event_type(const llmc_event *event);
LLMC_API const char *llmc_event_text(const llmc_event *event); /* terminated; "" for events without */
LLMC_API size_t llmc_event_text_len(const llmc_event *event);
LLMC_API size_t llmc_event_choice(const llmc_event *event);     /* 0 unless several answers were asked for */
LLMC_API size_t llmc_event_tool_index(const llmc_event *event); /* which of the answer's tool calls */
LLMC_API const char *llmc_event_tool_id(const llmc_event *event);
LLMC_API const char *llmc_event_tool_name(const llmc_event *event);
LLMC_API llmc_finish_reason llmc_event_finish_reason(const llmc_event *event);

/* ------------------------------------------------------------------------------------------------
 * 9. Tool loop: the functions a model may call, called
 *
 * A run asks, calls the functions the answer asks for, puts the answer and what they gave into the request, and asks
 * again, until the model has nothing more to call or a limit is met. It is made of the functions above; the request
 * holds the whole conversation, as if llmc_request_add_response and llmc_request_add_tool_result had been called for
 * each step. A step goes into it as a whole: every call in the request has its result, so that it can always be sent.
 *
 * What goes wrong with a call goes back to the model as an error result, and the run goes on: a function that is not in
 * the toolbox, arguments that are no JSON or do not keep to the schema, a function that failed, gave no answer or took
 * too long. An answer that was cut by max_tokens or a filter runs nothing.
 * --------------------------------------------------------------------------------------------- */

typedef struct llmc_tools llmc_tools;           /* functions; built by one thread, then used by many runs */
typedef struct llmc_tool_call llmc_tool_call;   /* one call of one of them, to be answered once */
typedef struct llmc_run llmc_run;               /* one run under way */
typedef struct llmc_run_result llmc_run_result; /* how a run ended; never changes once it was handed out */

/*
 * A function the model may call. It answers `call`, which is lent until it returns, with llmc_tool_call_answer or
 * llmc_tool_call_fail: before it returns, or later from any thread by a reference it takes (llmc_tool_call_ref).
 *
 * With llmc_run_tools functions run in the thread that called it, one after the other, and may block and use every
 * function of this library; those that only start their work and answer later are at work at the same time. With
 * llmc_run_tools_async they run on a loop thread and must not block.
 */
typedef void (*llmc_tool_fn)(llmc_tool_call *call, void *user_data);

/* Makes a toolbox. Free it with llmc_tools_free; runs under way keep what they need. Errors: INVALID_ARGUMENT,
 * NO_MEMORY. */
LLMC_API llmc_status llmc_tools_new(llmc_tools **out);
LLMC_API void llmc_tools_free(llmc_tools *tools);

/*
 * Adds a function; name, description and schema as for llmc_request_add_tool, all copied. At most 1024. Not while a run
 * uses the toolbox. Errors: INVALID_ARGUMENT (also a name that is there already), INVALID_JSON, INVALID_UTF8,
 * NO_MEMORY.
 */
LLMC_API llmc_status llmc_tools_add(llmc_tools *tools, const char *name, const char *description,
                                    const char *schema_json, llmc_tool_fn fn, void *user_data);

/* Whether arguments must keep to the schema of the function added last. Error: INVALID_ARGUMENT (there is none). */
LLMC_API llmc_status llmc_tools_set_strict(llmc_tools *tools, bool strict);

/*
 * How long the function added last may take, in place of the run's tool_timeout_ms; 0 the run's, LLMC_TIMEOUT_NONE for
 * ever. Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_tools_set_timeout_ms(llmc_tools *tools, int64_t timeout_ms);

/*
 * Offers the functions in a request, those aside that it has by name; runs do so themselves. Errors: INVALID_ARGUMENT,
 * NO_MEMORY. After an error the request is as before.
 */
LLMC_API llmc_status llmc_tools_offer(const llmc_tools *tools, llmc_request *request);

/* What is asked; lent by the call, "" and 0 for NULL. `arguments` is JSON text ("{}" when the model sent none). */
LLMC_API const char *llmc_tool_call_id(const llmc_tool_call *call);
LLMC_API const char *llmc_tool_call_name(const llmc_tool_call *call);
LLMC_API const char *llmc_tool_call_arguments(const llmc_tool_call *call);
LLMC_API size_t llmc_tool_call_step(const llmc_tool_call *call); /* of the run, from 0 */

/*
 * Gives the result (text, often JSON; copied), or tells the model that the function failed and why. Any thread; the
 * first one counts. Errors: CANCELLED: nobody waits for it any more (it was answered, its time was up, the run has
 * ended), which does no harm; INVALID_ARGUMENT, INVALID_UTF8, TOO_LARGE (more than max_result_bytes), NO_MEMORY: it is
 * still to be answered.
 */
LLMC_API llmc_status llmc_tool_call_answer(llmc_tool_call *call, const char *content);
LLMC_API llmc_status llmc_tool_call_fail(llmc_tool_call *call, const char *message);

/* Whether nobody waits for an answer any more. A function that works for long asks now and then. NULL: true. */
LLMC_API bool llmc_tool_call_ended(const llmc_tool_call *call);

/* Nobody waits for the call any more: its time was up or the run was cancelled. Runs on a loop thread. */
typedef void (*llmc_tool_cancel_fn)(llmc_tool_call *call, void *user_data);

/*
 * Has `fn` called should the call end without its answer, at most once. Any thread. NULL takes it back. CANCELLED: it
 * has ended already, and `fn` is not called. Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_tool_call_on_cancel(llmc_tool_call *call, llmc_tool_cancel_fn fn, void *user_data);

/*
 * Counts a holder of the handle, which stays valid after the end of run and client. When the last one lets go of a call
 * that was not answered, the model is told that the function gave no answer.
 */
LLMC_API llmc_tool_call *llmc_tool_call_ref(llmc_tool_call *call);
LLMC_API void llmc_tool_call_unref(llmc_tool_call *call);

/*
 * The end of a step: `response` (lent) is in the request, and so are the results of the calls it made. The request may
 * be changed in here, say to leave out old messages. Steps count from 0. Non-zero cancels the run. Runs on a loop
 * thread.
 */
typedef int (*llmc_step_fn)(llmc_run *run, size_t step, llmc_response *response, void *user_data);

/*
 * The end of a run; comes exactly once for each that was started. `result` is lent until it returns
 * (llmc_run_result_ref keeps it). The request is the caller's again.
 */
typedef void (*llmc_run_done_fn)(llmc_run *run, llmc_run_result *result, void *user_data);

/* Settings of a run. Start from LLMC_RUN_OPTIONS_INIT; a number left 0 takes the default named beside it. */
typedef struct llmc_run_options {
    size_t size; /* sizeof this struct, set by INIT */

    uint32_t max_steps;       /* answers of the model (default 10); LLMC_ERR_STEP_LIMIT */
    uint32_t max_parallel;    /* functions at work at once (default 16); 1: one after the other */
    int64_t max_tokens;       /* of all steps, prompts and answers; the run ends before it asks again: LLMC_ERR_BUDGET
                                 (default 0: no limit) */
    double max_cost_usd;      /* the same for what the answers cost (default 0: no limit) */
    int64_t timeout_ms;       /* the whole run (default 1800000); LLMC_ERR_TIMEOUT_TOTAL */
    int64_t tool_timeout_ms;  /* one function, counted from its call (default 60000) */
    size_t max_result_bytes;  /* of one function's answer (default 1 MiB) */
    bool allow_unknown_usage; /* an answer without token counts or cost counts as nothing against the limit; else it
                                 ends a run that has that limit (default false) */
    bool skip_argument_check; /* call functions also with arguments that miss what the schema requires or have other
                                 types (default false) */
    bool keep_tool_choice;    /* LLMC_TOOL_CHOICE_REQUIRED and _NAMED hold for every step, not only for the first
                                 (default false) */
    llmc_event_fn on_event;   /* asks for streamed answers: their events, step after step; NULL: plain answers */
    llmc_step_fn on_step;     /* may be NULL */
    void *user_data;          /* given to on_event and on_step */
} llmc_run_options;

#define LLMC_RUN_OPTIONS_INIT                                                                                          \
    { sizeof(llmc_run_options), 10, 16, 0, 0.0, 1800000, 60000, (size_t)1 << 20, false, false, false, NULL, NULL, NULL }

/*
 * Runs the loop and waits for its end. The request grows; retries, fallbacks and deadlines it has hold for each step.
 * Its interrupt function is asked while the run waits, not while a function is at work in this thread. `options` may be
 * NULL. Returns the result's status; *out is set whenever there was memory for it and is to be freed with
 * llmc_run_result_free. WOULD_DEADLOCK from a callback.
 */
LLMC_API llmc_status llmc_run_tools(llmc_client *client, llmc_request *request, const llmc_tools *tools,
                                    const llmc_run_options *options, llmc_run_result **out);

/*
 * Starts a run and returns. Until on_done the request belongs to the run: it must neither be used nor freed. on_done
 * may be NULL for a run that is waited for. `out` may be NULL when nobody will wait or cancel; else *out is the
 * caller's to release with llmc_run_unref. A status other than LLMC_OK means that nothing was started.
 */
LLMC_API llmc_status llmc_run_tools_async(llmc_client *client, llmc_request *request, const llmc_tools *tools,
                                          const llmc_run_options *options, llmc_run_done_fn on_done, void *user_data,
                                          llmc_run **out);

/*
 * Waits until the run has ended and its on_done has returned. `out` may be NULL; else *out is a reference of the
 * result, to be freed. Returns the result's status; WOULD_DEADLOCK from a callback (*out is then NULL).
 */
LLMC_API llmc_status llmc_run_wait(llmc_run *run, llmc_run_result **out);

/*
 * Asks for the run's end and returns at once; any thread, any time. Calls not answered yet are told (see
 * llmc_tool_call_on_cancel); on_done still comes, with LLMC_ERR_CANCELLED or with the answer if that was faster.
 */
LLMC_API void llmc_run_cancel(llmc_run *run);

/* Counts a holder of the handle. Unref by the last one does not cancel the run. */
LLMC_API llmc_run *llmc_run_ref(llmc_run *run);
LLMC_API void llmc_run_unref(llmc_run *run);

LLMC_API llmc_run_result *llmc_run_result_ref(llmc_run_result *result);
LLMC_API void llmc_run_result_free(llmc_run_result *result); /* releases one reference */

/* How the run ended. NULL answers LLMC_ERR_INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_run_result_status(const llmc_run_result *result);

/* What ended it, in one line; "" after a success. On NULL it is llmc_last_error_message(). */
LLMC_API const char *llmc_run_result_error_message(const llmc_run_result *result);

/* The last answer: the model's last word, or the failed one with its error. Lent; NULL when none came. */
LLMC_API llmc_response *llmc_run_result_response(const llmc_run_result *result);

/* Sums over the steps; answers from the cache cost nothing and are left out. -1 when one of the others did not tell. */
LLMC_API int64_t llmc_run_result_tokens_in(const llmc_run_result *result);
LLMC_API int64_t llmc_run_result_tokens_out(const llmc_run_result *result);
LLMC_API double llmc_run_result_cost_usd(const llmc_run_result *result);
LLMC_API int64_t llmc_run_result_latency_ms(const llmc_run_result *result); /* start of the run to its end */

/* The steps: an answer each, the failed one too, and the calls it made. */
LLMC_API size_t llmc_run_result_step_count(const llmc_run_result *result);

/* One step. What it points to is lent by the result. */
typedef struct llmc_run_step {
    size_t size; /* sizeof this struct, set by INIT */
    llmc_response *response;
    size_t call_count;
    int64_t answer_ms; /* asked to answered */
    int64_t tools_ms;  /* answered to the last of its calls ended; 0 without calls */
} llmc_run_step;

#define LLMC_RUN_STEP_INIT                                                                                             \
    { sizeof(llmc_run_step), NULL, 0, 0, 0 }

/* Fills *out, whose size field must be set (LLMC_RUN_STEP_INIT); false when there is none such. */
LLMC_API bool llmc_run_result_step(const llmc_run_result *result, size_t step, llmc_run_step *out);

/* What became of a call. All but the first are error results in the conversation. */
typedef enum llmc_tool_outcome {
    LLMC_TOOL_ANSWERED = 0,
    LLMC_TOOL_FAILED,        /* llmc_tool_call_fail */
    LLMC_TOOL_UNKNOWN,       /* no function of that name */
    LLMC_TOOL_BAD_ARGUMENTS, /* no JSON, or not what the schema asks for */
    LLMC_TOOL_NO_ANSWER,     /* its function let go of it without an answer */
    LLMC_TOOL_TIMEOUT,       /* its time was up */
    LLMC_TOOL_CANCELLED,     /* the run ended first */
    LLMC_TOOL_NOT_RUN        /* a limit of the run was met */
} llmc_tool_outcome;

/* "answered", "failed", "unknown", … */
LLMC_API const char *llmc_tool_outcome_name(llmc_tool_outcome outcome);

/* One call of a step. Strings are lent by the result. */
typedef struct llmc_run_call {
    size_t size; /* sizeof this struct, set by INIT */
    const char *id, *name, *arguments;
    const char *content; /* as the model was told */
    llmc_tool_outcome outcome;
    int64_t wait_ms; /* answer to its function's start; -1: it was not called */
    int64_t run_ms;  /* that start to the call's end; -1: it was not called */
} llmc_run_call;

#define LLMC_RUN_CALL_INIT                                                                                             \
    { sizeof(llmc_run_call), NULL, NULL, NULL, NULL, LLMC_TOOL_ANSWERED, 0, 0 }

/* Fills *out, whose size field must be set (LLMC_RUN_CALL_INIT); false when there is none such. */
LLMC_API bool llmc_run_result_call(const llmc_run_result *result, size_t step, size_t index, llmc_run_call *out);

/* ------------------------------------------------------------------------------------------------
 * 10. Embeddings: texts to vectors, any number in one call
 * --------------------------------------------------------------------------------------------- */

/* How vectors travel; they are the same either way. */
typedef enum llmc_embed_encoding {
    LLMC_EMBED_AUTO = 0, /* base64 where the provider is known to have it: a third of the bytes */
    LLMC_EMBED_FLOAT,
    LLMC_EMBED_BASE64 /* float32, the lowest byte first; where the API has no such thing, as floats */
} llmc_embed_encoding;

/* What becomes of a text that is longer than the model takes. */
typedef enum llmc_embed_truncate {
    LLMC_EMBED_TRUNCATE_UNSET = 0, /* as the provider does when it is not told */
    LLMC_EMBED_TRUNCATE_NO,        /* it is refused */
    LLMC_EMBED_TRUNCATE_YES        /* its end is cut off; UNSUPPORTED where the provider cannot */
} llmc_embed_truncate;

/* The end, after everything was written: the status that llmc_embeddings_status tells. Runs on a loop thread. */
typedef void (*llmc_embed_done_fn)(llmc_embeddings *embeddings, llmc_status status, void *user_data);

/* Settings of one call. Start from LLMC_EMBED_OPTIONS_INIT; what is left 0 or NULL takes what is named beside it. */
typedef struct llmc_embed_options {
    size_t size; /* sizeof this struct, set by INIT */
    /*
     * How each request goes: timeouts, retries, fallbacks, priority, tenant, cache, headers, user, extra_json of this
     * request; its model and messages do not count. NULL: as the client's options say. A fallback should be the same
     * model elsewhere: vectors of two models cannot be compared. Copied.
     */
    const llmc_request *settings;
    const size_t *lengths; /* of each text in bytes; NULL: they are terminated */
    int64_t dimensions;    /* asked for, of models that have several (0: not asked for) */
    /*
     * What the vectors are for: "query", "document", "similarity", "classification" or "clustering", told to each
     * provider in its own word, and left out where it makes no difference; other words are sent as they stand. Cohere,
     * which must be told, gets "document" for NULL.
     */
    const char *task;
    llmc_embed_encoding encoding;
    llmc_embed_truncate truncate;
    /*
     * Where vector i is to be written: vectors + i * vector_dimensions, in the order of the texts. Must hold as many
     * rows as there are texts; rows of texts that fail stay as they are. A model that gives vectors of another length
     * fails with INVALID_ARGUMENT. NULL: the vectors are kept in llmc_embeddings.
     */
    float *vectors;
    size_t vector_dimensions;
    /* What one request holds at most, in place of what is known of the provider (0). Tokens are estimated. */
    uint32_t max_texts;
    size_t max_bytes;
    size_t max_tokens;
    uint32_t max_concurrency;     /* requests in flight at once (default 10) */
    llmc_progress_fn on_progress; /* counts texts; may be NULL */
    llmc_interrupt_fn interrupt;  /* llmc_embed: asked every 20 ms at most; non-zero cancels */
    void *user_data;              /* given to on_progress and interrupt */
} llmc_embed_options;

/* The defaults, to be changed field by field. */
#define LLMC_EMBED_OPTIONS_INIT                                                                                        \
    {                                                                                                                  \
        sizeof(llmc_embed_options), NULL, NULL, 0, NULL, LLMC_EMBED_AUTO, LLMC_EMBED_TRUNCATE_UNSET, NULL, 0, 0, 0, 0, \
            10, NULL, NULL, NULL                                                                                       \
    }

/*
 * Embeds `count` texts and waits. Texts that are equal are sent once, and those in the client's cache, or its
 * cache_store, not at all; the rest goes in as few requests as the provider takes. A request that is refused because of
 * its texts (too many, too long, one that cannot be embedded) is divided until the text at fault fails alone, with its
 * own error.
 *
 * LLMC_OK: all have their vectors. LLMC_ERR_PARTIAL: some have, look at each. Otherwise none has: the status is that of
 * the first text, CANCELLED after an interrupt, or one of a call that was never started (INVALID_ARGUMENT, NO_MEMORY,
 * WOULD_DEADLOCK, CLOSED, FORKED): *out is then NULL. Else *out is the caller's to release with llmc_embeddings_unref,
 * whatever the status. `out` may be NULL where options->vectors is not. `options` may be NULL.
 */
LLMC_API llmc_status llmc_embed(llmc_client *client, const char *model, const char *const *texts, size_t count,
                                const llmc_embed_options *options, llmc_embeddings **out);

/*
 * The same and returns at once. The texts are copied; options->vectors is written to until on_done has returned.
 * on_done may be NULL. `out` may be NULL; else *out is the caller's to release.
 */
LLMC_API llmc_status llmc_embed_async(llmc_client *client, const char *model, const char *const *texts, size_t count,
                                      const llmc_embed_options *options, llmc_embed_done_fn on_done, void *user_data,
                                      llmc_embeddings **out);

/* Waits for the end, on_done included, and returns the status. WOULD_DEADLOCK from a callback. */
LLMC_API llmc_status llmc_embeddings_wait(llmc_embeddings *embeddings);
/* Cancels what runs and starts no more; texts that have their vectors keep them. Returns at once. */
LLMC_API void llmc_embeddings_cancel(llmc_embeddings *embeddings);
LLMC_API llmc_embeddings *llmc_embeddings_ref(llmc_embeddings *embeddings);
LLMC_API void llmc_embeddings_unref(llmc_embeddings *embeddings);

/*
 * What came of it: after llmc_embed, llmc_embeddings_wait or in on_done; before, these answer as if there was nothing.
 * Any thread. `index` counts texts as they were given.
 */
LLMC_API llmc_status llmc_embeddings_status(const llmc_embeddings *embeddings); /* INVALID_ARGUMENT for NULL */
LLMC_API size_t llmc_embeddings_count(const llmc_embeddings *embeddings);       /* of texts */
LLMC_API size_t llmc_embeddings_dimensions(const llmc_embeddings *embeddings);  /* of all vectors; 0: there is none */
/*
 * A vector of so many dimensions, lent as long as the object lives; equal texts share one. NULL: the text failed, or
 * the vectors went to options->vectors.
 */
LLMC_API const float *llmc_embeddings_vector(const llmc_embeddings *embeddings, size_t index);
/* Writes all vectors in order, `dimensions` floats a row; rows of texts that failed stay as they are. INVALID_ARGUMENT:
 * NULL, or other dimensions than the vectors have. */
LLMC_API llmc_status llmc_embeddings_copy(const llmc_embeddings *embeddings, float *vectors, size_t dimensions);
/* LLMC_OK, or why the text has no vector; the error with its message (lent; NULL for texts that have one). */
LLMC_API llmc_status llmc_embeddings_text_status(const llmc_embeddings *embeddings, size_t index);
LLMC_API const llmc_error *llmc_embeddings_text_error(const llmc_embeddings *embeddings, size_t index);
LLMC_API const char *llmc_embeddings_provider(const llmc_embeddings *embeddings); /* of the first answer; "" none */
LLMC_API const char *llmc_embeddings_model(const llmc_embeddings *embeddings);    /* as the provider names it */
LLMC_API int64_t llmc_embeddings_tokens_in(const llmc_embeddings *embeddings);    /* of what was sent; -1 unknown */
LLMC_API double llmc_embeddings_cost_usd(const llmc_embeddings *embeddings);      /* of what was sent; -1.0 unknown */
LLMC_API size_t llmc_embeddings_requests(const llmc_embeddings *embeddings);      /* sent, those divided again too */
LLMC_API size_t llmc_embeddings_from_cache(const llmc_embeddings *embeddings);    /* texts whose vectors it had */

/*
 * A batcher: for programs that ask text by text. It gathers the texts of many threads for a few milliseconds, or until
 * a request is full, and sends them together; what it sends goes the way of llmc_embed. A text that comes alone is sent
 * at once, and the more come, the longer is waited for others, up to max_delay_ms.
 */

/*
 * The end of one text: LLMC_OK with its vector, or the error with its message. All lent. Runs on a loop thread, exactly
 * once for each text that was taken.
 */
typedef void (*llmc_vector_fn)(llmc_status status, const llmc_error *error, const float *vector, size_t dimensions,
                               void *user_data);

/* Settings of a batcher. Start from LLMC_BATCHER_OPTIONS_INIT; what is left 0 or NULL takes what is named beside it. */
typedef struct llmc_batcher_options {
    size_t size; /* sizeof this struct, set by INIT */
    /* How texts are embedded; lengths, vectors, on_progress and interrupt do not count. Copied, settings too. */
    const llmc_embed_options *embed;
    int64_t max_delay_ms;     /* longest a text waits for others (default 5); LLMC_TIMEOUT_NONE: only while
                                 max_concurrency requests are under way */
    uint32_t max_texts;       /* of one request (as many as the provider takes) */
    size_t max_bytes;         /* the same (as many as the provider takes) */
    uint32_t max_concurrency; /* requests under way at once; texts gather meanwhile (default 4) */
    uint32_t max_queued;      /* texts that wait (default 100000); more are QUEUE_FULL */
} llmc_batcher_options;

#define LLMC_BATCHER_OPTIONS_INIT                                                                                      \
    { sizeof(llmc_batcher_options), NULL, 5, 0, 0, 4, 100000 }

/*
 * Makes a batcher for one model. `options` may be NULL. *out is the caller's to free with llmc_batcher_free. Errors:
 * INVALID_ARGUMENT, INVALID_MODEL, NO_MEMORY, CLOSED, FORKED; what is wrong with the model is told by each text.
 */
LLMC_API llmc_status llmc_batcher_new(llmc_client *client, const char *model, const llmc_batcher_options *options,
                                      llmc_batcher **out);

/*
 * Embeds one text of `len` bytes and waits: writes its vector to `vector`, which has room for `capacity` floats, and
 * how long it is to *dimensions (may be NULL). Any number of threads at once. Returns the text's own status;
 * INVALID_ARGUMENT where capacity is too small, *dimensions then tells how much is needed; QUEUE_FULL; CANCELLED when
 * the batcher or the client is freed meanwhile; WOULD_DEADLOCK from a callback.
 */
LLMC_API llmc_status llmc_batcher_embed(llmc_batcher *batcher, const char *text, size_t len, float *vector,
                                        size_t capacity, size_t *dimensions);

/* The same and returns at once. The text is copied. A status other than LLMC_OK means that on_done does not come. */
LLMC_API llmc_status llmc_batcher_embed_async(llmc_batcher *batcher, const char *text, size_t len,
                                              llmc_vector_fn on_done, void *user_data);

/*
 * Ends a batcher and returns at once; any thread, callbacks too. Texts that wait are not sent, those under way are
 * cancelled: each ends with LLMC_ERR_CANCELLED, or with its vector if that was faster, also in threads that wait in
 * llmc_batcher_embed. Callbacks may still come after this has returned, at the latest in llmc_client_free.
 */
LLMC_API void llmc_batcher_free(llmc_batcher *batcher);

/* ------------------------------------------------------------------------------------------------
 * 11. Models, rerank, token counts
 *
 * What these ask goes the way of every call: keys, retries, breakers, limits and deadlines hold. Where a setting is
 * wanted for one of them alone, `settings` of its options is a request that says so: its timeouts, retries, fallbacks,
 * priority, tenant, cache mode, headers and extra_json count, its model and messages do not. It is copied.
 * --------------------------------------------------------------------------------------------- */

/* The end of a list; the status that llmc_model_list_status tells. Runs on a loop thread. */
typedef void (*llmc_models_fn)(llmc_model_list *list, llmc_status status, void *user_data);

/* Settings of one list. Start from LLMC_LIST_OPTIONS_INIT; what is left 0 or NULL takes what is named beside it. */
typedef struct llmc_list_options {
    size_t size;                  /* sizeof this struct, set by INIT */
    const llmc_request *settings; /* NULL: as the client's options say; timeout_ms is that of all pages together */
    size_t max_models;            /* of the whole list (default 10000); where there are more it ends with TOO_LARGE */
} llmc_list_options;

#define LLMC_LIST_OPTIONS_INIT                                                                                         \
    { sizeof(llmc_list_options), NULL, 10000 }

/*
 * Asks a provider ("openai", or a name of your own) for its models and waits; of a list in pages all are fetched, one
 * after the other. Never from the cache. LLMC_OK: the list is whole. Else it holds what had come until the error, which
 * is on llmc_model_list_response. *out is the caller's to release with llmc_model_list_free, whatever the status; it is
 * NULL where nothing was started (INVALID_ARGUMENT, UNKNOWN_PROVIDER, UNSUPPORTED, MISSING_KEY, NO_MEMORY,
 * WOULD_DEADLOCK, CLOSED, FORKED): llmc_last_error_message() then says why. `options` may be NULL.
 */
LLMC_API llmc_status llmc_list_models(llmc_client *client, const char *provider, const llmc_list_options *options,
                                      llmc_model_list **out);

/* The same and returns at once. on_done may be NULL. `out` may be NULL; else *out is the caller's to release. */
LLMC_API llmc_status llmc_list_models_async(llmc_client *client, const char *provider, const llmc_list_options *options,
                                            llmc_models_fn on_done, void *user_data, llmc_model_list **out);

/* Waits for the end, on_done included, and returns the status. WOULD_DEADLOCK from a callback. */
LLMC_API llmc_status llmc_model_list_wait(llmc_model_list *list);
/* Asks for the list's end and returns at once; on_done still comes. */
LLMC_API void llmc_model_list_cancel(llmc_model_list *list);
LLMC_API llmc_model_list *llmc_model_list_ref(llmc_model_list *list);
LLMC_API void llmc_model_list_free(llmc_model_list *list); /* releases one reference; does not cancel */

/* One model. Texts are lent by the list, and "" where the provider does not tell; numbers are then -1. */
typedef struct llmc_model_info {
    const char *id;            /* what stands behind "provider/" in a request */
    const char *name;          /* for people, where it is not the id */
    const char *owner;         /* who made it */
    int64_t context_tokens;    /* that it takes: prompt and, with most providers, answer together */
    int64_t max_output_tokens; /* of one answer */
    int64_t created_s;         /* seconds since 1970 */
    const char *json;          /* all that the provider tells of it: prices, capabilities */
} llmc_model_info;

/* What came of it: in on_done, after llmc_list_models or llmc_model_list_wait; before, as if there was nothing. */
LLMC_API llmc_status llmc_model_list_status(const llmc_model_list *list); /* INVALID_ARGUMENT for NULL */
LLMC_API size_t llmc_model_list_count(const llmc_model_list *list);
/* Copies model `index` to *out, in the provider's order; false when there is none such. */
LLMC_API bool llmc_model_list_at(const llmc_model_list *list, size_t index, llmc_model_info *out);
/* The answer with the last page, or the error; lent. NULL before the end. */
LLMC_API const llmc_response *llmc_model_list_response(const llmc_model_list *list);

/* Settings of one ranking. Start from LLMC_RERANK_OPTIONS_INIT; what is left 0 or NULL takes what is named beside it.
 */
typedef struct llmc_rerank_options {
    size_t size;                  /* sizeof this struct, set by INIT */
    const llmc_request *settings; /* NULL: as the client's options say */
    const size_t *lengths;        /* of each document in bytes; NULL: they are terminated */
    size_t top_n;                 /* how many are wanted; 0: all */
} llmc_rerank_options;

#define LLMC_RERANK_OPTIONS_INIT                                                                                       \
    { sizeof(llmc_rerank_options), NULL, NULL, 0 }

/*
 * Orders documents by how well they answer a query, and waits; llmc_response_rank has the order. Cached as answers are.
 * *out as of llmc_execute. `options` may be NULL. Errors besides those of calls: INVALID_ARGUMENT (no documents, an
 * empty one, more than the provider takes in one request), INVALID_UTF8, UNSUPPORTED (the provider does not rank).
 */
LLMC_API llmc_status llmc_rerank(llmc_client *client, const char *model, const char *query,
                                 const char *const *documents, size_t count, const llmc_rerank_options *options,
                                 llmc_response **out);

/* The same and returns at once; query and documents are copied. on_done and out as of llmc_execute_async. */
LLMC_API llmc_status llmc_rerank_async(llmc_client *client, const char *model, const char *query,
                                       const char *const *documents, size_t count, const llmc_rerank_options *options,
                                       llmc_done_fn on_done, void *user_data, llmc_call **out);

/* The place of a document. */
typedef struct llmc_rank {
    size_t index; /* of the documents as they were given */
    double score; /* the higher the better; from 0 to 1 with most models, comparable within one query only */
} llmc_rank;

/* How many documents the answer ranks: at most top_n. 0 for other answers. */
LLMC_API size_t llmc_response_rank_count(const llmc_response *response);
/* Copies the place'th best to *out, equal ones in the order they were given; false past the last. */
LLMC_API bool llmc_response_rank(const llmc_response *response, size_t place, llmc_rank *out);
/* What a ranking is charged by where it is not tokens (Cohere); -1 not told. */
LLMC_API int64_t llmc_response_search_units(const llmc_response *response);

/*
 * How many tokens the prompt of a request is, and waits: messages, tools, pictures and schema, not the answer. The
 * provider counts them where it can (Anthropic, Gemini, Vertex AI), which costs nothing and gives no answer of the
 * model; elsewhere they are estimated here, without any request. It is that of the request's own model: fallbacks are
 * not asked. *out as of llmc_execute.
 */
LLMC_API llmc_status llmc_count_tokens(llmc_client *client, const llmc_request *request, llmc_response **out);
LLMC_API llmc_status llmc_count_tokens_async(llmc_client *client, const llmc_request *request, llmc_done_fn on_done,
                                             void *user_data, llmc_call **out);

LLMC_API int64_t llmc_response_token_count(const llmc_response *response);        /* -1: it counts none */
LLMC_API bool llmc_response_token_count_estimated(const llmc_response *response); /* not counted by the provider */

/*
 * The estimate itself: the same for the same request, whatever the model, and no I/O. Four characters of ASCII are a
 * token, two of two bytes, one of three (Chinese, Japanese, Korean), half a one of four; pictures count by their size.
 * 0 for NULL.
 */
LLMC_API int64_t llmc_request_estimate_tokens(const llmc_request *request);

/* ------------------------------------------------------------------------------------------------
 * 12. Provider batch jobs
 *
 * OpenAI, Anthropic and Groq work off many chats by themselves, within a day and at half the price. A batch with mode
 * LLMC_BATCH_JOB is run so: its requests are uploaded, in as many jobs as the provider's limits ask for (one model a
 * job), the jobs are looked at now and then, and their results are fetched and told by on_item like any others, in
 * whatever order they come. Fallbacks, hedging, the cache and streams have no place there: requests go to their own
 * model (of a route: to its first target). Each item succeeds or fails on its own; one that the provider gave no result
 * for ends with LLMC_ERR_INCOMPLETE.
 *
 * llmc_batch_cancel asks the provider to cancel the jobs and ends the batch; the client's end and job_timeout_ms only
 * end the batch. Jobs live on at the provider, with what they have done so far: their ids lead back to them.
 * --------------------------------------------------------------------------------------------- */

/*
 * Goes on with jobs that were begun earlier, also by another process: waits for their end and fetches their results.
 * `job_ids` are all ids of one batch as on_job told them, `count` is how many requests that batch had; results[i]
 * answers its request i. Of the options, mode is taken for LLMC_BATCH_JOB, and on_job is not called. The rest is as for
 * llmc_execute_batch and llmc_execute_batch_async. A job that its provider does not know any more fails the items no
 * other job has results for, with LLMC_ERR_NOT_FOUND.
 */
LLMC_API llmc_status llmc_resume_batch(llmc_client *client, const char *const *job_ids, size_t job_count, size_t count,
                                       const llmc_batch_options *options, llmc_response **results);
LLMC_API llmc_status llmc_resume_batch_async(llmc_client *client, const char *const *job_ids, size_t job_count,
                                             size_t count, const llmc_batch_options *options, llmc_item_fn on_item,
                                             llmc_batch_done_fn on_done, void *user_data, llmc_batch **out);

/* The job that a response is a result of, as on_job told it; "" for other responses. Its cost is at half the price. */
LLMC_API const char *llmc_response_job_id(const llmc_response *response);

/* ------------------------------------------------------------------------------------------------
 * 13. Cost
 *
 * In USD, by the published prices of providers and models (https://github.com/pydantic/genai-prices). The library
 * carries a table of them; a newer file of that format, or a function (llmc_client_options.price), replaces it.
 * --------------------------------------------------------------------------------------------- */

/* When the table that the library carries was read: "2026-11-26". */
LLMC_API const char *llmc_prices_date(void);

/*
 * Takes the prices of a file in the published genai-prices format (its text, of `len` bytes) in place of the table
 * there was; json NULL goes back to the one that the library carries. It is read in the calling thread; requests that
 * end later are charged by it. After an error the prices are as before. Any thread.
 * Errors: INVALID_ARGUMENT, INVALID_JSON (the message names the model), TOO_LARGE, NO_MEMORY.
 */
LLMC_API llmc_status llmc_client_load_prices(llmc_client *client, const char *json, size_t len);

/*
 * The price of "provider/model", or of a bare model, for a prompt of so many tokens at this moment; out->size must be
 * set (LLMC_PRICE_INIT). False, with *out as INIT makes it: none is known. Any thread.
 */
LLMC_API bool llmc_client_price(const llmc_client *client, const char *model, int64_t tokens_in, llmc_price *out);

/* What an answer cost. All in USD; parts that there are none of are 0. */
typedef struct llmc_cost {
    size_t size;      /* sizeof this struct, set by INIT */
    double total_usd; /* as llmc_response_cost_usd: the sum of the parts; -1 unknown; 0 for an answer of the cache, or
                         one that another call paid for */
    double input_usd; /* the classes of llmc_usage */
    double cache_read_usd;
    double cache_write_usd;
    double output_usd;
    double reasoning_usd;
    double audio_usd;    /* the three of sound */
    double request_usd;  /* for the request itself */
    double other_usd;    /* where the total is the provider's own figure: that, and the parts above are 0 */
    double lost_usd;     /* paid attempts that did not become the answer, as far as known */
    double provider_usd; /* what the provider says that it charges; -1 it does not say */
    double saved_usd;    /* answer of the cache or of another call: what it had cost, as far as known */
} llmc_cost;

#define LLMC_COST_INIT                                                                                                 \
    { sizeof(llmc_cost), -1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0 }

/*
 * Fills *out, whose size field must be set (LLMC_COST_INIT). The cost is that of the tokens the provider counted, by
 * the price of the model it names, else of the one asked for. It is unknown when either is, unless the provider says
 * what it charges (OpenRouter and Perplexity do): that stands in. What was refused or never sent costs 0.
 * Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_response_cost(const llmc_response *response, llmc_cost *out);

/* What requests have cost since the client was made. */
typedef struct llmc_spending {
    size_t size;          /* sizeof this struct, set by INIT */
    const char *provider; /* lent, as long as the client lives; "": of all */
    const char *model;    /* likewise */
    uint64_t requests;    /* that were executed, or may have been: each attempt by itself */
    uint64_t unpriced;    /* of requests: those whose cost is not known; cost_usd is without them */
    uint64_t input;       /* tokens, in the classes of llmc_usage */
    uint64_t cache_read;
    uint64_t cache_write;
    uint64_t output;
    uint64_t reasoning;
    uint64_t audio; /* the three of sound */
    double cost_usd;
} llmc_spending;

#define LLMC_SPENDING_INIT                                                                                             \
    { sizeof(llmc_spending), "", "", 0, 0, 0, 0, 0, 0, 0, 0, 0.0 }

/*
 * Fills *out, whose size field must be set (LLMC_SPENDING_INIT): of one model of a provider, as the provider names it;
 * of the whole provider (model NULL); of the whole client (both NULL). Zeros for what was not used. Any thread.
 * Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_client_spending(const llmc_client *client, const char *provider, const char *model,
                                          llmc_spending *out);

/*
 * Each model by itself, in the order of first use: fills at most `capacity` elements of `out` and sets *count to how
 * many there are. 1000 are told apart; the rest goes to one named "*". `out` may be NULL with capacity 0. Any thread.
 * Error: INVALID_ARGUMENT.
 */
LLMC_API llmc_status llmc_client_spending_list(const llmc_client *client, llmc_spending *out, size_t capacity,
                                               size_t *count);

/* Where the client stands with its limits (spend_limit_usd, spend_window_usd); a limit that is not set is 0. */
typedef struct llmc_budget {
    size_t size; /* sizeof this struct, set by INIT */
    double limit_usd;
    double spent_usd;    /* what is not known to be less than its estimate counts with that */
    double reserved_usd; /* for requests in flight: estimates, settled when they end */
    double window_limit_usd;
    double window_spent_usd;
    int64_t window_ends_in_ms;
} llmc_budget;

#define LLMC_BUDGET_INIT                                                                                               \
    { sizeof(llmc_budget), 0.0, 0.0, 0.0, 0.0, 0.0, 0 }

/* Fills *out, whose size field must be set (LLMC_BUDGET_INIT). Any thread. Error: INVALID_ARGUMENT. */
LLMC_API llmc_status llmc_client_budget(const llmc_client *client, llmc_budget *out);

/* ------------------------------------------------------------------------------------------------
 * 14. Statistics, version
 * --------------------------------------------------------------------------------------------- */

/* Counters since the client was made, and gauges of the moment. Set `size` before the call. */
typedef struct llmc_stats {
    size_t size;
    uint64_t calls_started; /* always calls_succeeded + calls_failed + calls_cancelled + calls_active */
    uint64_t calls_succeeded;
    uint64_t calls_failed;
    uint64_t calls_cancelled;
    uint64_t calls_active;       /* gauge: queued ones included */
    uint64_t calls_queued;       /* gauge: waiting for a connection */
    uint64_t attempts;           /* HTTP requests started */
    uint64_t connections_open;   /* gauge */
    uint64_t connections_opened; /* in all */
    uint64_t bytes_sent;         /* bodies */
    uint64_t bytes_received;
    uint64_t tokens_in;
    uint64_t tokens_out;
    uint64_t retries;          /* attempts after the first of a call, those at other targets among them */
    uint64_t hedges;           /* second attempts beside a first */
    uint64_t shared;           /* calls answered by the request of another */
    uint64_t breaker_refusals; /* calls ended by an open breaker */
    uint64_t resends_stopped;  /* times libcurl would have sent a request again by itself */
} llmc_stats;

#define LLMC_STATS_INIT                                                                                                \
    { sizeof(llmc_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* Fills *out, whose size field must be set (LLMC_STATS_INIT). Any thread. */
LLMC_API llmc_status llmc_client_stats(const llmc_client *client, llmc_stats *out);

/* Version of the library linked, "0.1.0", and as LLMC_VERSION_NUMBER. */
LLMC_API const char *llmc_version(void);
LLMC_API int llmc_version_number(void);

#ifdef __cplusplus
}
#endif

#endif
