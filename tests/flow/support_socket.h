/* Plain sockets for the tests of the mock provider. */
#ifndef TESTS_FLOW_SUPPORT_SOCKET_H
#define TESTS_FLOW_SUPPORT_SOCKET_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#include "llmclient/mock.h"

#define DEADLINE_MS 10000
#define MAX_TEXT    (256 * 1024)

typedef enum ending { OPEN, ENDED, RESET } ending;

/* What came from the server until `len` bytes, the end, or the deadline. */
typedef struct received {
    char *data;
    size_t len;
    ending end;
    size_t reads; /* how often something came */
} received;

int64_t mock_now_ms(void);

int mock_dial(llmc_mock *mock);

void mock_send_all(int fd, const char *data, size_t len);

/* Writes a POST with this body into `out`. */
size_t mock_format_post(char *out, size_t size, const char *path, const char *body);

void mock_send_post(int fd, const char *body);

/* Reads once more; false at the end of the connection, and at the deadline. */
bool mock_read_more(int fd, received *got, int timeout_ms);

void mock_begin(received *got);

void mock_forget(received *got);

void mock_read_to_end(int fd, received *got);

/* Reads one response framed by length or chunks. Answers its body without framing, to be freed. */
char *mock_read_response(int fd, received *got);

void mock_assert_has(const char *text, const char *part);

void mock_assert_lacks(const char *text, const char *part);

size_t mock_count_of(const char *text, const char *part);

/* Sends one body on a connection of its own and answers the response's body (to be freed); head as well if asked. */
char *mock_ask(llmc_mock *mock, const char *request, char **head);

/* Statistics that follow from what clients did last come a moment later. */
bool mock_wait_stat(llmc_mock *mock, size_t offset, uint64_t wanted);

#define WAIT_STAT(mock, field, wanted) assert_true(mock_wait_stat(mock, offsetof(llmc_mock_stats, field), wanted))

#define HELLO                                                                                                          \
    "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},"                               \
    "{\"role\":\"user\",\"content\":\"Hello there \\\"you\\\"\"}]}"
#define HELLO_STREAM                                                                                                   \
    "{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"one two three\"}]}"
#define HELLO_USAGE                                                                                                    \
    "{\"stream_options\":{\"include_usage\":true},\"model\":\"gpt-4o\",\"stream\" : true,"                             \
    "\"messages\":[{\"content\":\"one two three\",\"role\":\"user\"}]}"

#endif
