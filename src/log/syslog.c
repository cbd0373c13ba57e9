/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for syslogd in the form that RFC 3164 describes and the C library's
 * syslog() writes, without a host name:
 *
 *	<29>Nov 21 07:00:00 synwardd[4711]: text
 *
 * The month's name is written here and not by strftime(), whose names depend on
 * the locale.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log/sink.h"

#define DEV_LOG "/dev/log"

static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int
open_syslog(struct sw_sink *sink)
{
	const char *path = sink->conf.path;

	return sw_sink_socket_connect(path[0] != '\0' ? path : DEV_LOG);
}

static int
write_syslog(struct sw_sink *sink, const struct sw_record *record)
{
	time_t seconds = (time_t)(record->wall.ns / SW_NS_PER_SECOND);
	struct tm local;
	char head[96];
	struct iovec parts[2];
	int n;

	localtime_r(&seconds, &local);
	n = snprintf(head, sizeof head,
	    "<%d>%s %2d %02d:%02d:%02d synwardd[%d]: ",
	    sink->facility | record->priority, months[local.tm_mon],
	    local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec,
	    (int)getpid());
	parts[0] = (struct iovec){ head, (size_t)n };
	parts[1] = (struct iovec){ (char *)(uintptr_t)record->text,
		strlen(record->text) };
	return sw_sink_socket_send(sink, parts, 2);
}

const struct sw_sink_type sw_sink_syslog = {
	.name = "syslog",
	.open = open_syslog,
	.write = write_syslog,
};
