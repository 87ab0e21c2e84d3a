/* A real nginx with a certificate made for the occasion: in front of the mock, or answering by itself. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"

#define START_MS 5000

static const char prepare[] =
    "PATH=$PATH:/usr/sbin:/sbin; command -v nginx >/dev/null && command -v openssl >/dev/null || exit 1; cd \"$1\" && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
    "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem >/dev/null 2>&1";

bool bench_service_is_http2(bench_service service) {
    return service == BENCH_HTTP2 || service == BENCH_HTTP2_100_MS;
}

bool bench_service_has_nginx(bench_service service) {
    return service == BENCH_TLS || service == BENCH_TLS_ALONE || bench_service_is_http2(service);
}

/* Nobody else takes it as long as the kernel hands out others first; nginx says so if it is taken after all. */
static int free_port(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    close(fd);
    return ntohs(address.sin_port);
}

static FILE *open_in(const bench_nginx *nginx, const char *name) {
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", nginx->dir, name);
    return fopen(path, "w");
}

static void write_answer(FILE *file) {
    (void)fprintf(
        file,
        "access_log off; default_type application/json;\n"
        "location / { return 200 '{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,"
        "\"model\":\"" BENCH_MODEL "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
        "\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":140,\"total_tokens\":160}}'; } } }\n",
        bench_server_text());
}

static bool write_config(const bench_nginx *nginx, const bench_server *upstream) {
    const char *d = nginx->dir;
    FILE *file = open_in(nginx, "nginx.conf");
    if (file == NULL)
        return false;
    (void)fprintf(file,
                  "daemon off; worker_processes 1; pid %s/pid; error_log %s/error.log;\n"
                  "events { worker_connections 20000; }\nhttp {\n"
                  "log_format c '$connection'; access_log %s c; keepalive_requests 100000000;\n"
                  "keepalive_timeout 60s; client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f;\n"
                  "uwsgi_temp_path %s/u; scgi_temp_path %s/s; http2_max_concurrent_streams 100;\n"
                  "upstream mock { server 127.0.0.1:%d; keepalive 1000; }\n"
                  "server { listen 127.0.0.1:%d ssl%s; ssl_certificate %s/cert.pem; ssl_certificate_key %s/key.pem;\n",
                  d, d, nginx->log_file, d, d, d, d, d, upstream->port, nginx->port,
                  bench_service_is_http2(upstream->service) ? " http2" : "", d, d);
    if (upstream->service == BENCH_TLS_ALONE)
        write_answer(file);
    else
        (void)fprintf(file, "location / { proxy_pass http://mock; proxy_http_version 1.1;\n"
                            "proxy_set_header Connection ''; proxy_buffering off; proxy_read_timeout 600s; } } }\n");
    return fclose(file) == 0;
}

static bool answers(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return ok;
}

/* Another program: there is nothing to wait on but its answer. */
static bool wait_until_up(const bench_nginx *nginx) {
    for (int waited_ms = 0; waited_ms < START_MS; waited_ms += 5) {
        if (answers(nginx->port))
            return true;
        if (waitpid(nginx->pid, NULL, WNOHANG) != 0)
            return false;
        usleep(5000);
    }
    return false;
}

static void run_nginx(const bench_nginx *nginx, int core) {
    char config[96], log[96];
    (void)snprintf(config, sizeof(config), "%s/nginx.conf", nginx->dir);
    (void)snprintf(log, sizeof(log), "%s/error.log", nginx->dir);
    (void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGTERM, 0UL, 0UL, 0UL);
    if (core >= 0)
        bench_process_pin(core);
    (void)setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
    (void)execlp("nginx", "nginx", "-p", nginx->dir, "-c", config, "-e", log, (char *)NULL);
    _exit(127);
}

bool bench_nginx_start(bench_nginx *nginx, const bench_server *upstream, int core, char *why, size_t why_size) {
    const char *const argv[] = {"sh", "-c", prepare, "sh", nginx->dir, NULL};
    char nothing[16];
    memset(nginx, 0, sizeof(*nginx));
    (void)snprintf(nginx->dir, sizeof(nginx->dir), "/tmp/llmc-bench-XXXXXX");
    if (mkdtemp(nginx->dir) == NULL)
        nginx->dir[0] = '\0';
    (void)snprintf(why, why_size, "nginx or openssl is not installed");
    if (nginx->dir[0] == '\0' || !bench_process_read(argv, nothing, sizeof(nothing)))
        return false;
    (void)snprintf(nginx->ca_file, sizeof(nginx->ca_file), "%s/cert.pem", nginx->dir);
    (void)snprintf(nginx->log_file, sizeof(nginx->log_file), "%s/access.log", nginx->dir);
    nginx->port = free_port();
    (void)snprintf(nginx->base_url, sizeof(nginx->base_url), "https://127.0.0.1:%d/v1", nginx->port);
    (void)snprintf(why, why_size, "nginx did not start");
    if (chmod(nginx->dir, 0755) != 0 || !write_config(nginx, upstream))
        return false;
    nginx->pid = fork();
    if (nginx->pid == 0)
        run_nginx(nginx, core);
    return nginx->pid > 0 && wait_until_up(nginx);
}

void bench_nginx_stop(bench_nginx *nginx) {
    const char *const argv[] = {"rm", "-rf", nginx->dir, NULL};
    char nothing[16];
    if (nginx->pid > 0) {
        (void)kill(nginx->pid, SIGTERM);
        (void)waitpid(nginx->pid, NULL, 0);
    }
    if (nginx->dir[0] != '\0')
        (void)bench_process_read(argv, nothing, sizeof(nothing));
}
