/* Easy handles, kept and used again: what never changes is set once. */
#include <string.h>
#include "base/mem.h"
#include "net/inner.h"

/* More are not kept: each costs some 6 KB. */
#define FREE_MAX 512

static llmc_status set_connection_options(CURL *easy, const llmc__pool *pool) {
    CURLcode bad = CURLE_OK;
#define SET(option, value) (bad = bad != CURLE_OK ? bad : curl_easy_setopt(easy, option, value))
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_TCP_KEEPIDLE, 45L);
    SET(CURLOPT_TCP_KEEPINTVL, 15L);
    SET(CURLOPT_MAXAGE_CONN, LLMC__IDLE_MAX_S);
    SET(CURLOPT_MAXLIFETIME_CONN, LLMC__LIFE_MAX_S);
    SET(CURLOPT_QUICK_EXIT, 1L); /* else ending a transfer waits for a hung name lookup */
    SET(CURLOPT_SHARE, pool->net->share);
    SET(CURLOPT_PROXY, pool->proxy); /* "" and not unset: unset makes libcurl read the environment each time */
    SET(CURLOPT_NOPROXY, pool->no_proxy);
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (pool->ca_file != NULL) {
        SET(CURLOPT_CAINFO, pool->ca_file);
    }
    return bad == CURLE_OK ? LLMC_OK : bad == CURLE_OUT_OF_MEMORY ? LLMC_ERR_NO_MEMORY : LLMC_ERR_INIT;
}

static llmc_status set_protocol_options(CURL *easy, const llmc__pool *pool) {
    CURLcode bad = CURLE_OK;
    SET(CURLOPT_PROTOCOLS_STR, pool->https ? "https" : "http");
    SET(CURLOPT_HTTP_VERSION, pool->offers_h2 ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    return bad == CURLE_OK ? LLMC_OK : bad == CURLE_OUT_OF_MEMORY ? LLMC_ERR_NO_MEMORY : LLMC_ERR_INIT;
}

static llmc_status set_callbacks(llmc__transfer *t) {
    CURL *easy = t->easy;
    CURLcode bad = CURLE_OK;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->error);
    SET(CURLOPT_HEADERFUNCTION, llmc__receive_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, llmc__receive_data);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_PREREQFUNCTION, llmc__receive_prereq);
    SET(CURLOPT_PREREQDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, llmc__conn_open);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_CLOSESOCKETFUNCTION, llmc__conn_close);
    SET(CURLOPT_CLOSESOCKETDATA, t->pool->net); /* outlives the transfer, as the connection does */
    return bad == CURLE_OK ? LLMC_OK : LLMC_ERR_INIT;
}
#undef SET

void llmc__handle_free(llmc__transfer *transfer) {
    if (transfer->easy != NULL) {
        curl_easy_cleanup(transfer->easy);
    }
    llmc__address_drop(transfer->address);
    llmc__mem_free(transfer->lines);
    llmc__mem_free(transfer);
}

static llmc__transfer *make(llmc__pool *pool) {
    llmc__transfer *t = llmc__mem_calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->pool = pool;
    t->easy = curl_easy_init();
    if (t->easy == NULL || set_connection_options(t->easy, pool) != LLMC_OK ||
        set_protocol_options(t->easy, pool) != LLMC_OK || set_callbacks(t) != LLMC_OK) {
        llmc__handle_free(t);
        return NULL;
    }
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
    llmc__list_push_front(&transfer->pool->free_transfers, &transfer->node);
}
