#include "support_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t mock_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int mock_dial(llmc_mock *mock) {
    struct sockaddr_in address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)llmc_mock_port(mock));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

void mock_send_all(int fd, const char *data, size_t len) {
    for (size_t at = 0; at < len;) {
        ssize_t n = send(fd, data + at, len - at, MSG_NOSIGNAL);
        assert_true(n > 0);
        at += (size_t)n;
    }
}

size_t mock_format_post(char *out, size_t size, const char *path, const char *body) {
    int len = snprintf(out, size,
                       "POST %s HTTP/1.1\r\nHost: mock\r\nContent-Type: application/json\r\nX-Test:  yes \r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       path, strlen(body), body);
    assert_true(len > 0 && (size_t)len < size);
    return (size_t)len;
}

void mock_send_post(int fd, const char *body) {
    static char text[MAX_TEXT];
    mock_send_all(fd, text, mock_format_post(text, sizeof text, "/v1/chat/completions", body));
}

bool mock_read_more(int fd, received *got, int timeout_ms) {
    struct pollfd poller = {fd, POLLIN, 0};
    if (poll(&poller, 1, timeout_ms) <= 0) {
        return false;
    }
    ssize_t n = recv(fd, got->data + got->len, MAX_TEXT - 1 - got->len, 0);
    if (n <= 0) {
        got->end = n == 0 ? ENDED : RESET;
        return false;
    }
    got->len += (size_t)n;
    got->data[got->len] = '\0';
    got->reads++;
    return true;
}

void mock_begin(received *got) {
    memset(got, 0, sizeof *got);
    got->data = calloc(1, MAX_TEXT);
    assert_non_null(got->data);
}

void mock_forget(received *got) {
    free(got->data);
}

void mock_read_to_end(int fd, received *got) {
    mock_begin(got);
    while (mock_read_more(fd, got, DEADLINE_MS)) {
    }
    assert_int_not_equal(got->end, OPEN);
}

char *mock_read_response(int fd, received *got) {
    mock_begin(got);
    for (;;) {
        char *head_end = strstr(got->data, "\r\n\r\n");
        char *length = strstr(got->data, "content-length: ");
        if (head_end != NULL && length != NULL && length < head_end) {
            size_t wanted = strtoul(length + 16, NULL, 10);
            if (got->len - (size_t)(head_end + 4 - got->data) >= wanted) {
                return strndup(head_end + 4, wanted);
            }
        } else if (head_end != NULL && strstr(head_end, "\r\n0\r\n\r\n") != NULL) {
            char *at = head_end + 4;
            size_t len = 0;
            char *body = calloc(1, MAX_TEXT);
            assert_non_null(body);
            for (size_t size = strtoul(at, &at, 16); size > 0; size = strtoul(at, &at, 16)) {
                memcpy(body + len, at + 2, size);
                len += size;
                at += 2 + size + 2;
            }
            return body;
        }
        assert_true(mock_read_more(fd, got, DEADLINE_MS));
    }
}

void mock_assert_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("no %s in %s", part, text);
    }
}

void mock_assert_lacks(const char *text, const char *part) {
    if (strstr(text, part) != NULL) {
        fail_msg("%s in %s", part, text);
    }
}

size_t mock_count_of(const char *text, const char *part) {
    size_t count = 0;
    for (const char *p = strstr(text, part); p != NULL; p = strstr(p + strlen(part), part)) {
        count++;
    }
    return count;
}

char *mock_ask(llmc_mock *mock, const char *request, char **head) {
    received got;
    char *body;
    int fd = mock_dial(mock);
    mock_send_post(fd, request);
    body = mock_read_response(fd, &got);
    if (head != NULL) {
        *head = strdup(got.data);
    }
    mock_forget(&got);
    close(fd);
    return body;
}

bool mock_wait_stat(llmc_mock *mock, size_t offset, uint64_t wanted) {
    int64_t due = mock_now_ms() + DEADLINE_MS;
    for (;;) {
        llmc_mock_stats stats;
        uint64_t value;
        llmc_mock_get_stats(mock, &stats);
        memcpy(&value, (char *)&stats + offset, sizeof value);
        if (value == wanted) {
            return true;
        }
        if (mock_now_ms() > due) {
            return false;
        }
        struct timespec moment = {0, 1000000};
        nanosleep(&moment, NULL); /* polls a counter that has no event; the deadline is above */
    }
}
