/*
 * URLs as libcurl wants them, parsed once. Given as text, libcurl takes a URL apart and puts it together again for each
 * request, which is a sixth of what a request on a kept connection costs. Handles of a pool share what was parsed; it
 * is never changed, and only the loop's thread touches it.
 */
#include <stdio.h>
#include <string.h>
#include "base/mem.h"
#include "net/inner.h"

struct llmc__address {
    CURLU *parsed;
    char *host_line; /* NULL: libcurl is to write it */
    size_t refs, len;
    char text[];
};

static bool is_at(const llmc__address *address, const llmc__buf *url) {
    return address != NULL && address->len == url->len && memcmp(address->text, url->data, url->len) == 0;
}

void llmc__address_drop(llmc__address *address) {
    if (address != NULL && --address->refs == 0) {
        curl_url_cleanup(address->parsed);
        llmc__mem_free(address->host_line);
        llmc__mem_free(address);
    }
}

/* Whether libcurl writes it as the URL has it: no name of other letters, and no dot at its end. */
static bool is_kept(const char *host) {
    size_t len = 0;
    while ((signed char)host[len] > 0) {
        len++;
    }
    return len > 0 && host[len] == '\0' && host[len - 1] != '.';
}

/* NULL: libcurl has to write it, or no memory. */
static char *write_host_line(CURLU *parsed) {
    char *host = NULL, *port = NULL, *line = NULL;
    CURLUcode code = curl_url_get(parsed, CURLUPART_HOST, &host, 0);
    if (code == CURLUE_OK && is_kept(host)) {
        code = curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
        size_t size = sizeof "Host: :" + strlen(host) + (port != NULL ? strlen(port) : 0);
        line = code == CURLUE_OK || code == CURLUE_NO_PORT ? llmc__mem_alloc(size) : NULL;
        if (line != NULL) {
            (void)snprintf(line, size, "Host: %s%s%s", host, port != NULL ? ":" : "", port != NULL ? port : "");
        }
    }
    curl_free(host);
    curl_free(port);
    return line;
}

const char *llmc__address_host_line(const llmc__address *address) {
    return address != NULL ? address->host_line : NULL;
}

/* With what libcurl itself would ask for; NULL: no memory, or no URL, of which libcurl then says why. */
static llmc__address *parse(const llmc__buf *url) {
    llmc__address *address = llmc__mem_alloc(sizeof *address + url->len + 1);
    if (address == NULL) {
        return NULL;
    }
    address->host_line = NULL;
    address->refs = 1;
    address->len = url->len;
    memcpy(address->text, llmc__buf_str(url), url->len + 1);
    address->parsed = curl_url();
    if (address->parsed == NULL || curl_url_set(address->parsed, CURLUPART_URL, address->text,
                                                CURLU_NON_SUPPORT_SCHEME | CURLU_DISALLOW_USER) != CURLUE_OK) {
        llmc__address_drop(address);
        return NULL;
    }
    address->host_line = write_host_line(address->parsed);
    return address;
}

/* Without a text of its own libcurl makes one from what was parsed, and keeps it until this is called again. */
static CURLcode use(llmc__transfer *t, llmc__address *address) {
    CURLcode code = curl_easy_setopt(t->easy, CURLOPT_URL, NULL);
    if (code == CURLE_OK) {
        code = curl_easy_setopt(t->easy, CURLOPT_CURLU, address != NULL ? address->parsed : NULL);
    }
    if (code == CURLE_OK) {
        llmc__address_drop(t->address);
        t->address = address;
    }
    return code;
}

CURLcode llmc__address_set(llmc__transfer *t, const llmc__buf *url) {
    llmc__pool *pool = t->pool;
    if (is_at(t->address, url)) {
        return CURLE_OK;
    }
    if (!is_at(pool->address, url)) {
        llmc__address_drop(pool->address);
        pool->address = parse(url);
    }
    CURLcode code = use(t, pool->address);
    if (code == CURLE_OK && pool->address != NULL) {
        pool->address->refs++;
        return code;
    }
    return code == CURLE_OK ? curl_easy_setopt(t->easy, CURLOPT_URL, llmc__buf_str(url)) : code;
}
