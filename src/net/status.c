#include "net/inner.h"

static llmc_status of_tls(CURLcode code) {
    switch ((int)code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
        return LLMC_ERR_TLS;
    default:
        return LLMC_OK;
    }
}

static llmc_status of_answer(CURLcode code) {
    switch ((int)code) {
    case CURLE_PARTIAL_FILE:
        return LLMC_ERR_INCOMPLETE;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* also how HTTP/0.9 is refused */
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return LLMC_ERR_BAD_RESPONSE;
    default:
        return LLMC_OK;
    }
}

static llmc_status of_setup(CURLcode code) {
    switch ((int)code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return LLMC_ERR_RESOLVE;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return LLMC_ERR_CONNECT;
    case CURLE_URL_MALFORMAT:
        return LLMC_ERR_INVALID_URL;
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
        return LLMC_ERR_INIT;
    default:
        return LLMC_OK;
    }
}

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
    llmc_status (*const tables[])(CURLcode) = {of_setup, of_tls, of_answer};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        status = tables[i](code);
        if (status != LLMC_OK) {
            return status;
        }
    }
    return request_left ? LLMC_ERR_CONNECTION_LOST : LLMC_ERR_CONNECT;
}
