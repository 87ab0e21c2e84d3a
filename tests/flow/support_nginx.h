/*
 * A real nginx in front of a mock: TLS from a CA made for the occasion, HTTP/2 if wished. The certificate names
 * "localhost" and 127.0.0.1; `wrong_host_ca` and its port serve a certificate for another name, signed by the same CA.
 * Under /refused/ it answers 429 by itself, with "retry-after-ms: 20", under /answered/ a completion that says "early";
 * both before it reads the request's body.
 */
#ifndef LLMC_TESTS_FLOW_SUPPORT_NGINX_H
#define LLMC_TESTS_FLOW_SUPPORT_NGINX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct nginx {
    char dir[128];      /* its own prefix, removed at the end */
    char ca_file[160];  /* PEM to trust */
    char other_ca[160]; /* PEM of a CA that signed nothing here */
    int port, wrong_host_port;
    pid_t pid;
} nginx;

/* False with a line on stdout when nginx or openssl is not installed; asserts on other failures. */
bool nginx_start(nginx *n, int upstream_port, bool http2);
void nginx_stop(nginx *n);
/* Connections that carried at least one request so far; reads its access log. */
size_t nginx_connections(const nginx *n, size_t *requests);
/* The same once at least `expected` requests are logged (nginx writes its log after the answer), or after 10 s. */
size_t nginx_connections_after(const nginx *n, size_t expected, size_t *requests);

#endif
