/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribe: what tests of the log write to and read from.
 */
#ifndef SYNWARD_TESTS_SCRIBE_H
#define SYNWARD_TESTS_SCRIBE_H

#include "log/log.h"

enum {
	SCRIBE_PATIENCE_MS = 10000, /* before a test gives up */
};

/* What scribe_refusal() is written as with scribe_names. */
#define SCRIBE_TEXT                                                       \
	"Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > 10.0.5.9:5432 " \
	"in=eth1 len=52 cause=idle-expired conf=high idle=3725s rule=db"

/* A directory of the test's own; fixtures. */
extern char scribe_directory[64];
void scribe_make_directory(void);
void scribe_remove_directory(void);

/* One sink of that kind, at name in the directory. */
struct sw_conf_log scribe_conf_of(enum sw_sink_kind kind, const char *name);

/* A datagram socket, as syslogd and journald have one. */
int scribe_listen_at(const char *path);
/* The next datagram, or "" when none comes in time. */
const char *scribe_receive(int fd, int wait_ms, char *text, size_t size);

struct sw_log_counts scribe_counts_of(struct sw_log *log);
/* Waits until the first sink has written or lost so many lines. */
struct sw_log_counts scribe_settle(struct sw_log *log, uint64_t lines);

struct sw_event scribe_refusal(void);
static const struct sw_names scribe_names = { .rule = "db", .in = "eth1" };
static const struct sw_time scribe_moment = { UINT64_C(1700000000123456789) };

#endif
