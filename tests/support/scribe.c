/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here waits for ever: a line that does not come fails the test.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "scribe.h"

char scribe_directory[64];

void
scribe_make_directory(void)
{
	snprintf(scribe_directory, sizeof scribe_directory,
	    "/tmp/synward-log.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scribe_directory));
}

void
scribe_remove_directory(void)
{
	char command[96];

	snprintf(command, sizeof command, "rm -rf %s", scribe_directory);
	ck_assert_int_eq(system(command), 0);
}

struct sw_conf_log
scribe_conf_of(enum sw_sink_kind kind, const char *name)
{
	struct sw_conf_log conf = { .n_to = 1, .facility = LOG_DAEMON };

	conf.to[0].kind = (uint8_t)kind;
	snprintf(
	    conf.to[0].path, SW_CONF_PATH, "%s/%s", scribe_directory, name);
	return conf;
}

int
scribe_listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

const char *
scribe_receive(int fd, int wait_ms, char *text, size_t size)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&ready, 1, wait_ms) == 1)
		n = recv(fd, text, size - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

struct sw_log_counts
scribe_counts_of(struct sw_log *log)
{
	struct sw_log_counts counts;

	sw_log_counts(log, &counts);
	return counts;
}

struct sw_log_counts
scribe_settle(struct sw_log *log, uint64_t lines)
{
	struct sw_log_counts counts = scribe_counts_of(log);

	for (int i = 0; i < SCRIBE_PATIENCE_MS; i++) {
		if (counts.written[0] + counts.lost[0] >= lines)
			break;
		usleep(1000);
		counts = scribe_counts_of(log);
	}
	ck_assert_uint_eq(counts.written[0] + counts.lost[0], lines);
	return counts;
}

struct sw_event
scribe_refusal(void)
{
	struct sw_event event = {
		.kind = SW_EVENT_REFUSED,
		.refused = {
			.ends = {
				.src.b = { 10, 1, 2, 3 },
				.dst.b = { 10, 0, 5, 9 },
				.sport = 44120,
				.dport = 5432,
				.family = SW_IPV4,
				.proto = 6,
			},
			.length = 52,
			.tcp_flags = SW_FIN | SW_ACK,
		},
		.judgement = {
			.cause = SW_CAUSE_IDLE_EXPIRED,
			.confidence = SW_CONF_HIGH,
			.evidences = 1,
			.evidence = { { SW_EVIDENCE_IDLE, 3725 } },
		},
	};

	return event;
}
