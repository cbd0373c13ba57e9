/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of /proc/sys belong to the network namespace of the process that
 * opens them, and are read again from their beginning each time.  A setting that
 * this kernel lacks is not known.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/kernel_tracker.h"

#define DIRECTORY "/proc/sys/net/netfilter/"
#define SYSCTL "net.netfilter."
#define COUNTERS "/proc/self/net/stat/nf_conntrack"

enum { TEXT = 65536, NUMBER = 32, COLUMNS = 24 };

/* The kernel's names for our timeouts. */
static const char *const names[SW_TIMEOUT_COUNT] = {
#define NAME(timeout, name) [SW_TIMEOUT_##timeout] = SYSCTL "nf_conntrack_" name
	NAME(SYN_SENT, "tcp_timeout_syn_sent"),
	NAME(SYN_RECV, "tcp_timeout_syn_recv"),
	NAME(ESTABLISHED, "tcp_timeout_established"),
	NAME(FIN_WAIT, "tcp_timeout_fin_wait"),
	NAME(CLOSE_WAIT, "tcp_timeout_close_wait"),
	NAME(LAST_ACK, "tcp_timeout_last_ack"),
	NAME(TIME_WAIT, "tcp_timeout_time_wait"),
	NAME(CLOSE, "tcp_timeout_close"),
	NAME(UNACKNOWLEDGED, "tcp_timeout_unacknowledged"),
	NAME(UNREPLIED_UDP, "udp_timeout"),
	NAME(UDP, "udp_timeout_stream"),
	NAME(ICMP, "icmp_timeout"),
	NAME(OTHER, "generic_timeout"),
	NAME(SCTP_CLOSED, "sctp_timeout_closed"),
	NAME(SCTP_COOKIE_WAIT, "sctp_timeout_cookie_wait"),
	NAME(SCTP_COOKIE_ECHOED, "sctp_timeout_cookie_echoed"),
	NAME(SCTP_ESTABLISHED, "sctp_timeout_established"),
	NAME(SCTP_SHUTDOWN_SENT, "sctp_timeout_shutdown_sent"),
	NAME(SCTP_SHUTDOWN_RECD, "sctp_timeout_shutdown_recd"),
	NAME(SCTP_SHUTDOWN_ACK_SENT, "sctp_timeout_shutdown_ack_sent"),
	NAME(SCTP_HEARTBEAT_SENT, "sctp_timeout_heartbeat_sent"),
#undef NAME
};

enum setting { LIBERAL, LOOSE, MAX, COUNT, SETTINGS };

static const char *const files[SETTINGS] = {
	[LIBERAL] = "nf_conntrack_tcp_be_liberal",
	[LOOSE] = "nf_conntrack_tcp_loose",
	[MAX] = "nf_conntrack_max",
	[COUNT] = "nf_conntrack_count",
};

struct sw_kernel_tracker {
	int timeouts[SW_TIMEOUT_COUNT], settings[SETTINGS], counters;
};

const char *
sw_kernel_tracker_sysctl(enum sw_timeout timeout)
{
	return names[timeout];
}

static int
open_setting(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, DIRECTORY "%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

struct sw_kernel_tracker *
sw_kernel_tracker_open(void)
{
	struct sw_kernel_tracker *tracker = calloc(1, sizeof *tracker);

	if (tracker == NULL)
		return NULL;
	for (int i = 0; i < SW_TIMEOUT_COUNT; i++)
		tracker->timeouts[i] = open_setting(names[i] + strlen(SYSCTL));
	for (int i = 0; i < SETTINGS; i++)
		tracker->settings[i] = open_setting(files[i]);
	tracker->counters = open(COUNTERS, O_RDONLY | O_CLOEXEC);
	return tracker;
}

static void
close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void
sw_kernel_tracker_close(struct sw_kernel_tracker *tracker)
{
	if (tracker == NULL)
		return;
	for (int i = 0; i < SW_TIMEOUT_COUNT; i++)
		close_one(tracker->timeouts[i]);
	for (int i = 0; i < SETTINGS; i++)
		close_one(tracker->settings[i]);
	close_one(tracker->counters);
	free(tracker);
}

/* => 0 when it cannot be read */
static uint32_t
read_number(int fd)
{
	char text[NUMBER];
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return (uint32_t)strtoul(text, NULL, 10);
}

/* => the number of words; cut in the text */
static size_t
split(char *line, char *words[COLUMNS])
{
	size_t n = 0;
	char *word;

	while (n < COLUMNS && (word = strsep(&line, " ")) != NULL)
		if (*word != '\0')
			words[n++] = word;
	return n;
}

static size_t
column(char *const words[], size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && strcmp(words[i], name) != 0)
		i++;
	return i;
}

bool
sw_kernel_tracker_sum(const char *text, uint64_t *dropped, uint64_t *evicted)
{
	char *copy = strdup(text), *rest = copy, *line;
	char *words[COLUMNS];
	size_t n = 0, drops = COLUMNS, evictions = COLUMNS;

	*dropped = *evicted = 0;
	if (copy != NULL && (line = strsep(&rest, "\n")) != NULL) {
		n = split(line, words);
		drops = column(words, n, "drop");
		evictions = column(words, n, "early_drop");
	}
	while (drops < n && evictions < n &&
	       (line = strsep(&rest, "\n")) != NULL) {
		size_t some = split(line, words);

		if (drops < some)
			*dropped += strtoull(words[drops], NULL, 16);
		if (evictions < some)
			*evicted += strtoull(words[evictions], NULL, 16);
	}
	free(copy);
	return drops < n && evictions < n;
}

static void
read_counters(int fd, struct sw_kernel_settings *settings)
{
	char *text = fd < 0 ? NULL : malloc(TEXT);
	size_t used = 0;
	ssize_t n;

	if (text == NULL)
		return;
	while (used < TEXT - 1 &&
	       (n = pread(fd, text + used, TEXT - 1 - used, (off_t)used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	sw_kernel_tracker_sum(text, &settings->dropped, &settings->evicted);
	free(text);
}

void
sw_kernel_tracker_read(const struct sw_kernel_tracker *tracker,
    struct sw_kernel_settings *settings)
{
	*settings = (struct sw_kernel_settings){
		.is_there = tracker->settings[MAX] >= 0,
		.liberal = read_number(tracker->settings[LIBERAL]) != 0,
		.loose = read_number(tracker->settings[LOOSE]) != 0,
		.max = read_number(tracker->settings[MAX]),
		.count = read_number(tracker->settings[COUNT]),
	};
	for (int i = 0; i < SW_TIMEOUT_COUNT; i++)
		settings->timeouts[i] = read_number(tracker->timeouts[i]);
	read_counters(tracker->counters, settings);
}
