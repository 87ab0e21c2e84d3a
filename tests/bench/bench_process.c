/* One run, one process: what it costs is what the kernel counted for that process. */
#include "bench.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_RUN_S 120 /* a run that hangs ends with a signal, and the bench says that it failed */

bench_clock bench_clock_now(void) {
    bench_clock now;
    struct rusage usage;
    struct timespec wall;
    getrusage(RUSAGE_SELF, &usage);
    clock_gettime(CLOCK_MONOTONIC, &wall);
    now.cpu_us = ((double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec) * 1e6 +
                 (double)usage.ru_utime.tv_usec + (double)usage.ru_stime.tv_usec;
    now.wall_ms = (double)wall.tv_sec * 1e3 + (double)wall.tv_nsec / 1e6;
    return now;
}

void bench_clock_take(const bench_clock *start, uint32_t requests, bench_figures *out) {
    bench_clock now = bench_clock_now();
    out->cpu_us = (now.cpu_us - start->cpu_us) / (double)requests;
    out->wall_ms = now.wall_ms - start->wall_ms;
}

/* A line of /proc/self/status, in KiB. */
static double status_kb(const char *name) {
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kb = (double)strtol(line + strlen(name), NULL, 10);
    if (file != NULL)
        fclose(file);
    return kb;
}

bool bench_process_pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    return sched_setaffinity(0, sizeof(set), &set) == 0;
}

void bench_process_raise_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void run_child(bench_run_fn run, const bench_load *load, int core, int up) {
    bench_figures figures;
    double before = status_kb("VmRSS:");
    memset(&figures, 0, sizeof(figures));
    (void)alarm(LONGEST_RUN_S);
    if (core >= 0)
        bench_process_pin(core);
    if (!run(load, &figures))
        _exit(1);
    figures.peak_mb = (status_kb("VmHWM:") - before) / 1024;
    if (write(up, &figures, sizeof(figures)) != sizeof(figures))
        _exit(1);
    _exit(0);
}

const char *bench_process_beside(const char *name, char out[512]) {
    ssize_t len = readlink("/proc/self/exe", out, 400);
    char *slash;
    out[len > 0 ? len : 0] = '\0';
    slash = strrchr(out, '/');
    (void)snprintf(slash != NULL ? slash + 1 : out, 100, "%s", name);
    return out;
}

static bool read_all(int fd, char *out, size_t size) {
    size_t len = 0;
    ssize_t n;
    while (len + 1 < size && (n = read(fd, out + len, size - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    return len + 1 < size;
}

bool bench_process_read(const char *const *argv, char *out, size_t size) {
    int up[2], status = 1;
    pid_t pid;
    bool whole;
    if (pipe2(up, O_CLOEXEC) != 0)
        return false;
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
        (void)dup2(up[1], STDOUT_FILENO);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(up[1]);
    whole = pid > 0 && read_all(up[0], out, size);
    close(up[0]);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && whole;
}

bool bench_process_run(bench_run_fn run, const bench_load *load, int core, bench_figures *out) {
    int up[2];
    pid_t pid;
    bool told;
    if (pipe2(up, O_CLOEXEC) != 0)
        return false;
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0)
        run_child(run, load, core, up[1]);
    close(up[1]);
    told = pid > 0 && read(up[0], out, sizeof(*out)) == sizeof(*out);
    close(up[0]);
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
    return told;
}
