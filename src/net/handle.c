/* Easy handles, kept and used again: what never changes is set once. */
#include <string.h>
#include "base/mem.h"
#include "net/inner.h"

/* More are not kept: each costs some 6 KB. */
#define FREE_MAX 512

/* What is the same for all. */
static const struct {
    int16_t option, value;
} constants[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_TCP_KEEPIDLE, 45},
    {CURLOPT_TCP_KEEPINTVL, 15},
    {CURLOPT_MAXAGE_CONN, LLMC__IDLE_MAX_S},
    {CURLOPT_MAXLIFETIME_CONN, LLMC__LIFE_MAX_S},
    {CURLOPT_QUICK_EXIT, 1}, /* else ending a transfer waits for a hung name lookup */
    {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_POST, 1},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_HTTP09_ALLOWED, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
};

static bool set_constants(CURL *easy) {
    for (size_t i = 0; i < sizeof constants / sizeof constants[0]; i++) {
        if (curl_easy_setopt(easy, (CURLoption)constants[i].option, (long)constants[i].value) != CURLE_OK) {
            return false;
        }
    }
    return true;
}

static bool set_pool_options(CURL *easy, const llmc__pool *pool) {
    long version = pool->offers_h2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1;
    return curl_easy_setopt(easy, CURLOPT_SHARE, pool->net->share) == CURLE_OK &&
           /* "" and not unset: unset makes libcurl read the environment each time */
           curl_easy_setopt(easy, CURLOPT_PROXY, pool->proxy) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, pool->no_proxy) == CURLE_OK &&
           (pool->ca_file == NULL || curl_easy_setopt(easy, CURLOPT_CAINFO, pool->ca_file) == CURLE_OK) &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, pool->https ? "https" : "http") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version) == CURLE_OK;
}

/* Functions and what they are given cannot fail to be set. */
static void set_callbacks(llmc__transfer *t) {
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, llmc__receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, llmc__receive_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, llmc__receive_prereq);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, llmc__conn_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, llmc__conn_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, t->pool->net); /* outlives the transfer, as the connection does */
}

void llmc__handle_free(llmc__transfer *transfer) {
    if (transfer->easy != NULL) {
        curl_easy_cleanup(transfer->easy);
    }
    llmc__address_drop(transfer->address);
    llmc__lines_free(transfer);
    llmc__mem_free(transfer);
}

static llmc__transfer *make(llmc__pool *pool) {
    llmc__transfer *t = llmc__mem_calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->pool = pool;
    t->offers_h2 = pool->offers_h2;
    t->easy = curl_easy_init();
    if (t->easy == NULL || !set_constants(t->easy) || !set_pool_options(t->easy, pool)) {
        llmc__handle_free(t);
        return NULL;
    }
    set_callbacks(t);
    return t;
}

llmc__transfer *llmc__handle_take(llmc__pool *pool) {
    llmc__list_node *node = llmc__list_pop_front(&pool->free_transfers);
    return node != NULL ? LLMC__CONTAINER(node, llmc__transfer, node) : make(pool);
}

void llmc__handle_put(llmc__transfer *transfer) {
    transfer->request = NULL;
    transfer->ops = NULL;
    transfer->ctx = NULL;
    transfer->shard = NULL;
    if (transfer->pool->free_transfers.count >= FREE_MAX) {
        llmc__handle_free(transfer);
        return;
    }
    /* What the last request lent is gone from here on. */
    curl_easy_setopt(transfer->easy, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, NULL);
    llmc__lines_wipe(transfer);
    llmc__list_push_front(&transfer->pool->free_transfers, &transfer->node);
}
