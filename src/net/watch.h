/*
 * Descriptors a loop looks at, found by their number. Asking for nothing (want 0) leaves the descriptor in the kernel's
 * set: the next transfer on a kept connection then costs no system call. Whoever watches must therefore expect to be
 * told of a descriptor it wants nothing from, and mute it.
 */
#ifndef LLMC_NET_WATCH_H
#define LLMC_NET_WATCH_H

#include "net/loop.h"
#include "net/poller.h"

/* `wanted` is what was asked for at the moment: 0 for a descriptor nobody waits for. */
typedef void (*llmc__watch_fn)(void *ctx, int fd, unsigned ready, unsigned wanted);

llmc_status llmc__watch_add(llmc__loop *loop, int fd, llmc__watch_fn fn, void *ctx);
llmc_status llmc__watch_want(llmc__loop *loop, int fd, unsigned mask);
void llmc__watch_mute(llmc__loop *loop, int fd); /* out of the kernel's set until wanted again */
void llmc__watch_hush(llmc__loop *loop, int fd); /* told only of its end until wanted again */
void llmc__watch_drop(llmc__loop *loop, int fd); /* before the descriptor is closed */
unsigned llmc__watch_wanted(const llmc__loop *loop, int fd);
void *llmc__watch_ctx(const llmc__loop *loop, int fd); /* NULL: not watched */

/* Room for `count` timers that must never fail to be set (negative: gives it back). */
llmc_status llmc__loop_timer_reserve(llmc__loop *loop, int count);

#endif
