/*
 * A request's lines as libcurl takes them: a list of texts that it passes on byte for byte. It looks through the whole
 * list for each of the names that it knows, and formats each text by itself, so that a text which holds several lines
 * costs far less than several texts. Lines that it would look for begin a text of their own.
 */
#include <string.h>
#include <strings.h>
#include "base/mem.h"
#include "net/inner.h"

/* libcurl asks a server before it sends a body of more than 1 MiB; it must not. */
#define EXPECT_BYTES ((size_t)512 << 10)

/* Texts beside the request's own lines: no "Host" of libcurl's, ours, the agent, no "Expect". */
#define OWN_TEXTS 4

typedef struct filling {
    struct curl_slist *lines;
    size_t count;
    char *at;
    bool open; /* another line may go on in the text before `at` */
} filling;

static bool is_named(const char *line, const char *name, size_t len) {
    return (line[0] | 0x20) == (name[0] | 0x20) && strncasecmp(line, name, len) == 0;
}

/* libcurl does not look for it while no option of authentication is set, nor for any "X-" line. */
static bool is_quiet(const char *line) {
    return ((line[0] | 0x20) == 'x' && line[1] == '-') || is_named(line, "Authorization:", 14);
}

static void put_text(filling *f, char *text) {
    f->lines[f->count++].data = text;
}

/* A line without a value is one that libcurl leaves out: it stands alone. */
static void put_line(filling *f, const char *line, size_t len, bool quiet) {
    bool has_value = line[len - 1] != ' ';
    if (f->open && quiet && has_value) {
        f->at[-1] = '\r';
        *f->at++ = '\n';
    } else {
        put_text(f, f->at);
    }
    memcpy(f->at, line, len + 1);
    f->at += len + 1;
    f->open = has_value;
}

static bool make_room(llmc__transfer *t, size_t count, size_t bytes) {
    if (count > t->line_cap) {
        struct curl_slist *lines = llmc__mem_realloc(t->lines, count * sizeof *lines);
        if (lines == NULL) {
            return false;
        }
        t->lines = lines;
        t->line_cap = count;
    }
    if (bytes > t->text_cap) {
        llmc__mem_free(t->text); /* wiped since its last request */
        t->text = llmc__mem_alloc(bytes);
        t->text_cap = t->text != NULL ? bytes : 0;
    }
    return t->text != NULL;
}

static void link_texts(const filling *f) {
    for (size_t i = 0; i < f->count; i++) {
        f->lines[i].next = i + 1 < f->count ? &f->lines[i + 1] : NULL;
    }
}

/*
 * The user agent is a line among the others, since libcurl formats an agent of its own option twice for each request;
 * so it does with the host, which is therefore switched off and written here. "Expect:", which keeps libcurl from
 * asking first, is only there for bodies about which it would ask.
 */
llmc_status llmc__lines_fill(llmc__transfer *t) {
    static char no_expect[] = "Expect:", no_host[] = "Host:";
    const llmc__buf *headers = &t->request->headers;
    const char *agent = t->pool->net->agent_line, *host = llmc__address_host_line(t->address);
    const char *line = headers->data, *end = line != NULL ? line + headers->len : NULL;
    size_t count = OWN_TEXTS;
    for (; line != end; line += strlen(line) + 1) {
        count++;
        agent = is_named(line, "User-Agent:", 11) ? NULL : agent;
        host = is_named(line, "Host:", 5) ? NULL : host;
    }
    size_t agent_len = agent != NULL ? strlen(agent) : 0, host_len = host != NULL ? strlen(host) : 0;
    if (!make_room(t, count, headers->len + agent_len + host_len + count)) {
        return LLMC_ERR_NO_MEMORY;
    }
    filling f = {.lines = t->lines, .at = t->text};
    if (host != NULL) {
        put_text(&f, no_host);
    }
    for (line = headers->data; line != end;) {
        size_t len = strlen(line);
        put_line(&f, line, len, is_quiet(line));
        line += len + 1;
    }
    if (agent != NULL) {
        put_line(&f, agent, agent_len, true);
    }
    if (host != NULL) {
        put_line(&f, host, host_len, true);
    }
    if (t->request->body.len > EXPECT_BYTES || f.count == 0) {
        put_text(&f, no_expect);
    }
    link_texts(&f);
    t->text_len = (size_t)(f.at - t->text);
    return LLMC_OK;
}

/* The key is among them. */
void llmc__lines_wipe(llmc__transfer *t) {
    if (t->text_len > 0) {
        explicit_bzero(t->text, t->text_len);
        t->text_len = 0;
    }
}

void llmc__lines_free(llmc__transfer *t) {
    llmc__lines_wipe(t);
    llmc__mem_free(t->text);
    llmc__mem_free(t->lines);
}
