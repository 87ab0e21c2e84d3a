/* Checking base URLs: what is refused here never reaches libcurl. */
#include <string.h>

#include "base/str.h"
#include "engine/client.h"
#include "model/error.h"

/* The host inside a URL, brackets of IPv6 included, without the port. */
typedef struct host {
    const char *start;
    size_t len;
} host;

static host find_host(const char *url) {
    host h = {url, 0};
    const char *start = strstr(url, "://");
    if (!start)
        return h;
    h.start = start + 3;
    if (*h.start == '[') {
        const char *end = strchr(h.start, ']');
        h.len = end ? (size_t)(end - h.start) + 1 : 0;
    } else {
        h.len = strcspn(h.start, ":/?#");
    }
    return h;
}

static bool is_dotted_127(host h) {
    size_t dots = 0;
    if (h.len < 4 || memcmp(h.start, "127.", 4) != 0)
        return false;
    for (size_t i = 0; i < h.len; i++) {
        if (h.start[i] == '.')
            dots++;
        else if (h.start[i] < '0' || h.start[i] > '9')
            return false;
    }
    return dots == 3;
}

bool llmc__url_is_loopback(const char *url) {
    host h = find_host(url);
    return llmc__str_ieq_n(h.start, h.len, "localhost") || llmc__str_ieq_n(h.start, h.len, "[::1]") || is_dotted_127(h);
}

static bool port_is_valid(const char *text) {
    size_t len = strcspn(text, "/");
    int64_t port;
    return llmc__str_to_int64(text, len, &port) && port > 0 && port < 65536;
}

static const char *fault_of(const char *url, bool allow_http) {
    host h = find_host(url);
    bool https = llmc__str_starts(url, "https://");
    if (llmc__str_has_control(url, strlen(url)) || strchr(url, ' '))
        return "has a space or control character";
    if (!https && !llmc__str_starts(url, "http://"))
        return "must start with https:// (or http:// to a loopback host)";
    if (strchr(url, '@'))
        return "must not hold credentials";
    if (strpbrk(url, "?#"))
        return "must not have a query or fragment";
    if (h.len == 0 || llmc__str_utf8_prefix(url, strlen(url)) != strlen(url))
        return "has no valid host";
    if (h.start[h.len] == ':' && !port_is_valid(h.start + h.len + 1))
        return "has no valid port";
    if (h.start[h.len] != '\0' && h.start[h.len] != ':' && h.start[h.len] != '/')
        return "has no valid host";
    if (!https && !allow_http && !llmc__url_is_loopback(url))
        return "is http:// to a host that is not loopback: the key would travel in clear text. Use https://, or set "
               "allow_insecure_http";
    return NULL;
}

llmc_status llmc__url_check(const char *url, bool allow_http, const char *what) {
    const char *fault = fault_of(url, allow_http);
    if (!fault)
        return LLMC_OK;
    return llmc__error_last(LLMC_ERR_INVALID_URL, "%s %s", what, fault);
}
