#include "provider/sigv4.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/mem.h"
#include "base/sha256.h"
#include "base/str.h"
#include "provider/percent.h"

#define MAX_SIGNED    32
#define MAX_CANONICAL ((size_t)512 << 10)
#define MAX_SECRET    1024

/* A URL taken apart; pieces of it. */
typedef struct parts {
    const char *host, *path, *query;
    size_t host_len, path_len;
} parts;

/* "Name: value" lines of the request that are signed, in order of their names. */
typedef struct lines {
    const char *at[MAX_SIGNED];
    size_t count;
} lines;

/* The host as it stands in the Host line: libcurl leaves out a port that is the scheme's own. */
static llmc_status take_apart(const char *url, parts *out) {
    const char *scheme_end = strstr(url, "://");
    if (scheme_end == NULL)
        return LLMC_ERR_INVALID_URL;
    const char *own_port = llmc__str_starts(url, "https://") ? ":443" : ":80";
    out->host = scheme_end + 3;
    out->host_len = strcspn(out->host, "/?#");
    out->path = out->host + out->host_len;
    out->path_len = strcspn(out->path, "?#");
    out->query = out->path[out->path_len] == '?' ? out->path + out->path_len + 1 : "";
    size_t port = strlen(own_port);
    if (out->host_len > port && memcmp(out->host + out->host_len - port, own_port, port) == 0)
        out->host_len -= port;
    return out->host_len > 0 ? LLMC_OK : LLMC_ERR_INVALID_URL;
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* By name in lower case; the ':' behind a name counts as its end. */
static int compare_names(const char *a, const char *b) {
    for (;; a++, b++) {
        int left = *a == ':' ? 0 : lower(*a), right = *b == ':' ? 0 : lower(*b);
        if (left != right || left == 0)
            return left - right;
    }
}

static bool is_signed(const char *line) {
    size_t len = strcspn(line, ":");
    return llmc__str_ieq_n(line, len, "content-type") || (len > 6 && llmc__str_ieq_n(line, 6, "x-amz-"));
}

static llmc_status collect(const llmc__http_request *request, const char *host_line, lines *out) {
    const char *line = host_line;
    out->count = 0;
    do {
        size_t at = out->count;
        if (line != host_line && !is_signed(line))
            continue;
        if (out->count == MAX_SIGNED)
            return LLMC_ERR_INVALID_HEADER;
        for (; at > 0 && compare_names(line, out->at[at - 1]) < 0; at--)
            out->at[at] = out->at[at - 1];
        out->at[at] = line;
        out->count++;
    } while ((line = llmc__http_request_next_header(request, line == host_line ? NULL : line)) != NULL);
    return LLMC_OK;
}

/* A text that grows; what failed first sticks. */
typedef struct text {
    llmc__buf buf;
    llmc_status status;
} text;

static void note(text *out, llmc_status status) {
    if (out->status == LLMC_OK)
        out->status = status;
}

static void put(text *out, const char *format, const char *value) {
    note(out, llmc__buf_appendf(&out->buf, format, value));
}

static void put_char(text *out, char c) {
    note(out, llmc__buf_append_char(&out->buf, c));
}

/* The line's name, in lower case. */
static void put_name(text *out, const char *line) {
    for (; *line != ':'; line++)
        put_char(out, lower(*line));
}

/* Blanks around a value are dropped, runs of them inside it become one. */
static void put_value(text *out, const char *value) {
    for (bool any = false; *(value += strspn(value, " ")) != '\0'; any = true) {
        size_t len = strcspn(value, " ");
        if (any)
            put_char(out, ' ');
        note(out, llmc__buf_append(&out->buf, value, len));
        value += len;
    }
}

static void put_signed_names(text *out, const lines *set) {
    for (size_t i = 0; i < set->count; i++) {
        if (i > 0)
            put_char(out, ';');
        put_name(out, set->at[i]);
    }
}

/* For all services but S3 the path, already encoded in the URL, is encoded once more: %3A becomes %253A. */
static void put_path(text *out, const char *path, size_t len) {
    if (len == 0)
        put_char(out, '/');
    note(out, llmc__percent_append(&out->buf, path, len, "/"));
}

static void put_lines(text *out, const lines *set) {
    for (size_t i = 0; i < set->count; i++) {
        const char *line = set->at[i];
        put_name(out, line);
        put_char(out, ':');
        put_value(out, line + strcspn(line, ":") + 1);
        put_char(out, '\n');
    }
}

static void put_canonical(text *out, const char *method, const parts *url, const lines *set, const char *payload) {
    put(out, "%s\n", method != NULL ? method : "POST");
    put_path(out, url->path, url->path_len);
    note(out, llmc__buf_appendf(&out->buf, "\n%.*s\n", (int)strcspn(url->query, "#"), url->query));
    put_lines(out, set);
    put_char(out, '\n');
    put_signed_names(out, set);
    put(out, "\n%s", payload);
}

/* kSigning = HMAC(HMAC(HMAC(HMAC("AWS4" + secret, date), region), service), "aws4_request") */
static void derive(const llmc__sigv4 *key, const char *date, uint8_t out[LLMC__SHA256_BYTES]) {
    const char *const steps[] = {date, key->region, key->service, "aws4_request"};
    char secret[4 + MAX_SECRET + 1];
    int len = snprintf(secret, sizeof secret, "AWS4%s", key->secret_access_key);
    llmc__sha256_hmac(secret, (size_t)len, steps[0], strlen(steps[0]), out);
    for (size_t i = 1; i < sizeof steps / sizeof steps[0]; i++)
        llmc__sha256_hmac(out, LLMC__SHA256_BYTES, steps[i], strlen(steps[i]), out);
    llmc__sha256_wipe(secret, sizeof secret);
}

static void sign_text(const llmc__sigv4 *key, const char *stamp, const llmc__buf *said, char *hex) {
    uint8_t signing[LLMC__SHA256_BYTES], digest[LLMC__SHA256_BYTES];
    char date[9] = "";
    memcpy(date, stamp, 8);
    derive(key, date, signing);
    llmc__sha256_hmac(signing, sizeof signing, said->data, said->len, digest);
    llmc__sha256_wipe(signing, sizeof signing);
    llmc__sha256_hex(digest, hex);
}

static void hash_text(const llmc__buf *said, char hex[LLMC__SHA256_HEX_BYTES]) {
    uint8_t digest[LLMC__SHA256_BYTES];
    llmc__sha256_of(llmc__buf_str(said), said->len, digest);
    llmc__sha256_hex(digest, hex);
}

/* Appends the signature of the canonical request. */
static void put_signature(text *out, const llmc__sigv4 *key, const char *stamp, const char *scope,
                          const llmc__buf *canonical) {
    char hex[LLMC__SHA256_HEX_BYTES];
    llmc__buf said;
    llmc__buf_init(&said, 4096);
    hash_text(canonical, hex);
    note(out, llmc__buf_appendf(&said, "AWS4-HMAC-SHA256\n%s\n%s\n%s", stamp, scope, hex));
    if (out->status == LLMC_OK)
        sign_text(key, stamp, &said, hex);
    put(out, ", Signature=%s", hex);
    llmc__buf_free(&said);
}

static void put_authorization(text *out, const llmc__sigv4 *key, const char *stamp, const lines *set,
                              const llmc__buf *canonical) {
    char scope[256];
    int len = snprintf(scope, sizeof scope, "%.8s/%s/%s/aws4_request", stamp, key->region, key->service);
    if (len < 0 || (size_t)len >= sizeof scope)
        note(out, LLMC_ERR_TOO_LARGE);
    note(out,
         llmc__buf_appendf(&out->buf, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", key->access_key_id, scope));
    put_signed_names(out, set);
    put_signature(out, key, stamp, scope, canonical);
}

/* "20250102T030405Z" */
static llmc_status print_stamp(int64_t wall_s, char *out, size_t size) {
    struct tm when;
    time_t seconds = (time_t)wall_s;
    if (gmtime_r(&seconds, &when) == NULL || when.tm_year < 0 || when.tm_year > 8099)
        return LLMC_ERR_INVALID_ARGUMENT;
    (void)strftime(out, size, "%Y%m%dT%H%M%SZ", &when);
    return LLMC_OK;
}

static llmc_status set_own_headers(const llmc__sigv4 *key, const char *stamp, const char *payload,
                                   llmc__http_request *request) {
    llmc_status status = llmc__http_request_header(request, "X-Amz-Date", stamp);
    if (status == LLMC_OK)
        status = llmc__http_request_header(request, "X-Amz-Content-Sha256", payload);
    if (status == LLMC_OK && key->session_token != NULL && key->session_token[0] != '\0') {
        status = llmc__http_request_header(request, "X-Amz-Security-Token", key->session_token);
        if (status == LLMC_ERR_INVALID_HEADER)
            status = LLMC_ERR_INVALID_KEY;
    }
    return status;
}

/* The request has its own lines by now; host_line is the one that only libcurl writes. */
static llmc_status authorize(const llmc__sigv4 *key, const parts *url, const char *host_line, const char *stamp,
                             const char *payload, llmc__http_request *request) {
    text canonical = {.status = LLMC_OK}, value = {.status = LLMC_OK};
    lines set;
    llmc_status status = collect(request, host_line, &set);
    if (status != LLMC_OK)
        return status;
    llmc__buf_init(&canonical.buf, MAX_CANONICAL);
    llmc__buf_init(&value.buf, 8192);
    put_canonical(&canonical, request->method, url, &set, payload);
    put_authorization(&value, key, stamp, &set, &canonical.buf);
    note(&canonical, value.status);
    if (canonical.status == LLMC_OK)
        canonical.status = llmc__http_request_header(request, "Authorization", value.buf.data);
    llmc__mem_free_secret(llmc__buf_take(&canonical.buf, NULL)); /* the session token is in there */
    llmc__buf_free(&value.buf);
    return canonical.status;
}

llmc_status llmc__sigv4_sign(const llmc__sigv4 *key, llmc__http_request *request, int64_t wall_s) {
    char stamp[32], payload[LLMC__SHA256_HEX_BYTES];
    llmc__buf host;
    parts url = {0};
    if (strlen(key->secret_access_key) > MAX_SECRET)
        return LLMC_ERR_INVALID_KEY;
    llmc_status status = take_apart(llmc__buf_str(&request->url), &url);
    llmc__buf_init(&host, 4096);
    if (status == LLMC_OK)
        status = print_stamp(wall_s, stamp, sizeof stamp);
    hash_text(&request->body, payload);
    if (status == LLMC_OK)
        status = set_own_headers(key, stamp, payload, request);
    if (status == LLMC_OK)
        status = llmc__buf_appendf(&host, "host:%.*s", (int)url.host_len, url.host);
    if (status == LLMC_OK)
        status = authorize(key, &url, host.data, stamp, payload, request);
    llmc__buf_free(&host);
    return status;
}
