#include "support_nginx.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "support_flow.h"

extern char **environ;

static const char make_certificates[] =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=test ca' "
    "-keyout ca.key -out ca.pem && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=other ca' "
    "-keyout other.key -out other.pem && "
    "for n in good wrong; do "
    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$n -keyout $n.key -out $n.csr && "
    "if [ $n = good ]; then san=DNS:localhost,IP:127.0.0.1; else san=DNS:elsewhere.test; fi && "
    "echo subjectAltName=$san > $n.ext && "
    "openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile $n.ext -out $n.pem "
    "|| exit 1; done";

/* In `dir`, without a word on the terminal. */
static int run(const char *dir, const char *script) {
    char command[4096];
    int len = snprintf(command, sizeof command, "cd '%s' && ( %s ) >/dev/null 2>&1", dir, script);
    assert_true(len > 0 && (size_t)len < sizeof command);
    return system(command);
}

static int free_port(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void write_config(const nginx *n, int upstream_port, bool http2) {
    char path[192];
    snprintf(path, sizeof path, "%s/nginx.conf", n->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "daemon off; worker_processes 1; pid %s/pid; error_log %s/error.log;\n"
            "events { worker_connections 20000; }\nhttp {\n"
            "log_format c '$connection'; access_log %s/access.log c; keepalive_requests 1000000;\n"
            "keepalive_timeout 60s; client_body_temp_path %s/body; proxy_temp_path %s/proxy;\n"
            "fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s; http2_max_concurrent_streams 100;\n"
            "upstream mock { server 127.0.0.1:%d; keepalive 1000; }\n",
            n->dir, n->dir, n->dir, n->dir, n->dir, n->dir, n->dir, n->dir, upstream_port);
    /* What answers before the request's body is read. */
    const char *early =
        "location /refused/ { client_max_body_size 0; default_type application/json; add_header retry-after-ms 20 "
        "always;\n"
        "return 429 '{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}'; "
        "}\n"
        "location /answered/ { client_max_body_size 0; default_type application/json;\n"
        "return 200 "
        "'{\"id\":\"1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"flow-1\",\"choices\":[{\"index\":0,"
        "\"message\":{\"role\":\"assistant\",\"content\":\"early\"},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}'; }\n";
    const char *names[] = {"good", "wrong"};
    const int ports[] = {n->port, n->wrong_host_port};
    for (int i = 0; i < 2; i++) {
        fprintf(file,
                "server { listen 127.0.0.1:%d ssl%s; ssl_certificate %s/%s.pem; ssl_certificate_key %s/%s.key;\n%s"
                "location / { proxy_pass http://mock; proxy_http_version 1.1; proxy_set_header Connection '';\n"
                "proxy_buffering off; proxy_read_timeout 600s; } }\n",
                ports[i], http2 ? " http2" : "", n->dir, names[i], n->dir, names[i], early);
    }
    fprintf(file, "}\n");
    assert_int_equal(fclose(file), 0);
}

static bool answers(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return ok;
}

static void wait_until_up(const nginx *n) {
    int64_t end_us = llmc__clock_us() + FLOW_DEADLINE_MS * 1000;
    while (!answers(n->port) && llmc__clock_us() < end_us) {
        usleep(5000); /* another program: there is nothing to wait on */
        assert_int_equal(waitpid(n->pid, NULL, WNOHANG), 0);
    }
    assert_true(answers(n->port));
}

bool nginx_start(nginx *n, int upstream_port, bool http2) {
    *n = (nginx){0};
    if (access("/usr/sbin/nginx", X_OK) != 0 || run("/", "command -v openssl") != 0) {
        printf("skipped: nginx or openssl is not installed\n");
        return false;
    }
    snprintf(n->dir, sizeof n->dir, "/tmp/llmc-nginx-XXXXXX");
    assert_non_null(mkdtemp(n->dir));
    assert_int_equal(run(n->dir, make_certificates), 0);
    snprintf(n->ca_file, sizeof n->ca_file, "%s/ca.pem", n->dir);
    snprintf(n->other_ca, sizeof n->other_ca, "%s/other.pem", n->dir);
    n->port = free_port();
    n->wrong_host_port = free_port();
    write_config(n, upstream_port, http2);
    char path[192], prefix[160], log[192];
    snprintf(path, sizeof path, "%s/nginx.conf", n->dir);
    snprintf(prefix, sizeof prefix, "%s/", n->dir);
    snprintf(log, sizeof log, "%s/error.log", n->dir);
    char *argv[] = {"/usr/sbin/nginx", "-p", prefix, "-c", path, "-e", log, NULL};
    assert_int_equal(posix_spawn(&n->pid, argv[0], NULL, NULL, argv, environ), 0);
    wait_until_up(n);
    return true;
}

void nginx_stop(nginx *n) {
    if (n->pid > 0) {
        kill(n->pid, SIGTERM);
        waitpid(n->pid, NULL, 0);
        char command[192];
        snprintf(command, sizeof command, "rm -rf '%s'", n->dir);
        run("/", command);
        n->pid = 0;
    }
}

size_t nginx_connections(const nginx *n, size_t *requests) {
    char path[192], line[64];
    size_t distinct = 0, lines = 0;
    snprintf(path, sizeof path, "%s/access.log", n->dir);
    bool *known = calloc(1u << 20, sizeof *known);
    FILE *file = fopen(path, "r");
    assert_non_null(known);
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long number = strtoul(line, NULL, 10) & 0xfffff;
        distinct += known[number] ? 0 : 1;
        known[number] = true;
        lines++;
    }
    fclose(file);
    free(known);
    *requests = lines;
    return distinct;
}

size_t nginx_connections_after(const nginx *n, size_t expected, size_t *requests) {
    int64_t end_us = llmc__clock_us() + 10 * 1000000;
    size_t connections = nginx_connections(n, requests);
    while (*requests < expected && llmc__clock_us() < end_us) {
        (void)poll(NULL, 0, 5);
        connections = nginx_connections(n, requests);
    }
    return connections;
}
