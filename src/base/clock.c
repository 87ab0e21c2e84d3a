#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

int64_t llmc__clock_us(void) {
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t llmc__clock_wall_s(void) {
    return (int64_t)time(NULL);
}

static size_t from_getrandom(unsigned char *out, size_t len) {
    size_t have = 0;

    while (have < len) {
        ssize_t n = getrandom(out + have, len - have, 0);
        if (n < 0 && errno != EINTR)
            break;
        have += n > 0 ? (size_t)n : 0;
    }
    return have;
}

static size_t from_device(unsigned char *out, size_t len) {
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    size_t have = 0;

    while (fd >= 0 && have < len) {
        ssize_t n = read(fd, out + have, len - have);
        if (n == 0 || (n < 0 && errno != EINTR))
            break;
        have += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    return have;
}

/*
 * Where a sandbox forbids both the call and the device: times and addresses spread by splitmix64. Its users need
 * values that differ between processes (jitter, map keys, boundaries), not secrets.
 */
static void from_clock(unsigned char *out, size_t len) {
    uint64_t state = (uint64_t)llmc__clock_us() ^ (uint64_t)(uintptr_t)out ^ ((uint64_t)getpid() << 32);
    size_t i;

    for (i = 0; i < len; i++) {
        uint64_t z = (state += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        out[i] = (unsigned char)(z ^ (z >> 31));
    }
}

void llmc__clock_random(void *out, size_t len) {
    unsigned char *bytes = out;
    size_t have = from_getrandom(bytes, len);

    if (have < len)
        have += from_device(bytes + have, len - have);
    if (have < len)
        from_clock(bytes + have, len - have);
}
