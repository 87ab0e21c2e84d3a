#include "net/inner.h"

/* What libcurl tells of where it failed; for all else it matters whether the request had left. */
static const struct {
    uint8_t code; /* CURLcode */
    int8_t status;
} rows[] = {
    {CURLE_COULDNT_RESOLVE_HOST, LLMC_ERR_RESOLVE},
    {CURLE_COULDNT_RESOLVE_PROXY, LLMC_ERR_RESOLVE},
    {CURLE_COULDNT_CONNECT, LLMC_ERR_CONNECT},
    {CURLE_PROXY, LLMC_ERR_CONNECT},
    {CURLE_URL_MALFORMAT, LLMC_ERR_INVALID_URL},
    {CURLE_FAILED_INIT, LLMC_ERR_INIT},
    {CURLE_NOT_BUILT_IN, LLMC_ERR_INIT},
    {CURLE_SSL_CONNECT_ERROR, LLMC_ERR_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, LLMC_ERR_TLS},
    {CURLE_SSL_CERTPROBLEM, LLMC_ERR_TLS},
    {CURLE_SSL_CIPHER, LLMC_ERR_TLS},
    {CURLE_SSL_CACERT_BADFILE, LLMC_ERR_TLS},
    {CURLE_SSL_CRL_BADFILE, LLMC_ERR_TLS},
    {CURLE_SSL_ISSUER_ERROR, LLMC_ERR_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, LLMC_ERR_TLS},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, LLMC_ERR_TLS},
    {CURLE_SSL_ENGINE_NOTFOUND, LLMC_ERR_TLS},
    {CURLE_SSL_ENGINE_SETFAILED, LLMC_ERR_TLS},
    {CURLE_SSL_ENGINE_INITFAILED, LLMC_ERR_TLS},
    {CURLE_USE_SSL_FAILED, LLMC_ERR_TLS},
    {CURLE_PARTIAL_FILE, LLMC_ERR_INCOMPLETE},
    {CURLE_WEIRD_SERVER_REPLY, LLMC_ERR_BAD_RESPONSE},
    {CURLE_UNSUPPORTED_PROTOCOL, LLMC_ERR_BAD_RESPONSE}, /* also how HTTP/0.9 is refused */
    {CURLE_BAD_CONTENT_ENCODING, LLMC_ERR_BAD_RESPONSE},
    {CURLE_WRITE_ERROR, LLMC_ERR_BAD_RESPONSE},
    {CURLE_FILESIZE_EXCEEDED, LLMC_ERR_BAD_RESPONSE},
};
_Static_assert(CURL_LAST <= UINT8_MAX && LLMC_ERR_SERVER >= INT8_MIN, "codes and statuses of rows");

/* What we stopped ourselves comes before what libcurl makes of it. */
static llmc_status of_own(const llmc__transfer *transfer) {
    if (transfer->resend_stopped) {
        return LLMC_ERR_CONNECTION_LOST;
    }
    if (transfer->no_memory) {
        return LLMC_ERR_NO_MEMORY; /* libcurl was refused a socket and says that it could not connect */
    }
    if (transfer->head_too_big) {
        return LLMC_ERR_BAD_RESPONSE;
    }
    return transfer->refused ? LLMC_ERR_CANCELLED : LLMC_OK;
}

llmc_status llmc__status_of(const llmc__transfer *transfer, CURLcode code, bool request_left) {
    if (code == CURLE_OK) {
        return LLMC_OK;
    }
    llmc_status status = of_own(transfer);
    if (status != LLMC_OK) {
        return status;
    }
    if (code == CURLE_OUT_OF_MEMORY) {
        /* libcurl 7.88 also says so of a header line over its own limit of 100 KB. */
        return request_left && !transfer->head_done ? LLMC_ERR_BAD_RESPONSE : LLMC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].code == code) {
            return (llmc_status)rows[i].status;
        }
    }
    return request_left ? LLMC_ERR_CONNECTION_LOST : LLMC_ERR_CONNECT;
}
