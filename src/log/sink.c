/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a sink, for every type.
 *
 *	closed --open--> in order --write fails--> failing --write--> in order
 *	   ^                                          |
 *	   +--------- the descriptor is useless ------+
 *
 * A slow reader or a full disk may accept the next line, so the descriptor is
 * kept and every line is tried.  After any other error the descriptor is closed
 * and opened again at once (a restarted syslogd costs no line); if that fails
 * as well, opening is tried again after RETRY_MS.
 *
 * A sink that is to be reopened (its file was rotated) keeps its descriptor
 * until the new one is open: while the process is short of descriptors, lines
 * still go to the old file.
 *
 * Every line that a sink did not accept is counted in `lost`, and in
 * `unreported` until the sink has accepted a line that says so.
 */
#include <errno.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/sink.h"

enum {
	RETRY_MS = 200,
};

static const struct sw_sink_type *const types[] = {
	[SW_SINK_SYSLOG] = &sw_sink_syslog,
	[SW_SINK_JOURNAL] = &sw_sink_journal,
	[SW_SINK_FILE] = &sw_sink_file,
	[SW_SINK_JSON] = &sw_sink_json,
	[SW_SINK_STDERR] = &sw_sink_stderr,
};

void
sw_sink_init(struct sw_sink *sink, const struct sw_conf_sink *conf)
{
	*sink = (struct sw_sink){
		.type = types[conf->kind],
		.conf = *conf,
		.fd = -1,
	};
}

void
sw_sink_close(struct sw_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	sink->outdated = false;
	sink->retry_at.ns = 0;
}

void
sw_sink_outdate(struct sw_sink *sink)
{
	sink->outdated = sink->fd >= 0;
	sink->retry_at.ns = 0;
}

void
sw_sink_title(const struct sw_sink *sink, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", sink->type->name,
	    sink->conf.path[0] != '\0' ? ":" : "", sink->conf.path);
}

/* May the next line succeed with the same descriptor? */
static bool
is_passing(int error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOSPC ||
	       error == -EDQUOT;
}

/* Is the process short of descriptors or memory, rather than the path wrong? */
static bool
is_lack(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

int
sw_sink_open(struct sw_sink *sink, struct sw_time now)
{
	int fd;

	if (sink->fd >= 0 && !sink->outdated)
		return 0;
	if (now.ns < sink->retry_at.ns)
		return -EAGAIN;
	fd = sink->type->open(sink);
	if (fd >= 0 || !is_lack(fd))
		sw_sink_close(sink);
	if (fd >= 0) {
		sink->fd = fd;
		return 0;
	}
	atomic_store(&sink->error, fd);
	if (sink->fd < 0)
		atomic_store(&sink->failing, true);
	sink->retry_at = sw_time_add_ms(now, RETRY_MS);
	return fd;
}

static int
write_once(
    struct sw_sink *sink, const struct sw_record *record, struct sw_time now)
{
	int error = sw_sink_open(sink, now);

	if (sink->fd >= 0)
		error = sink->type->write(sink, record);
	if (error != 0 && !is_passing(error) && sink->fd >= 0)
		sw_sink_close(sink);
	return error;
}

/* A descriptor that has just failed gets a second try. */
static int
write_record(
    struct sw_sink *sink, const struct sw_record *record, struct sw_time now)
{
	bool was_open = sink->fd >= 0;
	int error = write_once(sink, record, now);

	if (error != 0 && was_open && sink->fd < 0)
		error = write_once(sink, record, now);
	if (error != 0 && sink->fd < 0 && sink->retry_at.ns <= now.ns)
		sink->retry_at = sw_time_add_ms(now, RETRY_MS);
	/* A closed one says "again" until it is time to open it. */
	if (error != 0 && (error != -EAGAIN || sink->fd >= 0))
		atomic_store(&sink->error, error);
	atomic_store(&sink->failing, error != 0);
	return error;
}

/* Writes the line about lost lines.
 * => 0, also when there are none */
static int
tell_lost(struct sw_sink *sink, struct sw_time now)
{
	uint64_t lost = atomic_exchange(&sink->unreported, 0);
	char text[128];
	struct sw_record record = {
		.priority = LOG_WARNING,
		.wall = { sw_clock_read(CLOCK_REALTIME) },
		.text = text,
	};
	int error;

	if (lost == 0)
		return 0;
	snprintf(text, sizeof text, "log: %llu line%s lost while %s was away",
	    (unsigned long long)lost, lost == 1 ? "" : "s", sink->type->name);
	error = write_record(sink, &record, now);
	if (error != 0)
		atomic_fetch_add(&sink->unreported, lost);
	return error;
}

int
sw_sink_put(
    struct sw_sink *sink, const struct sw_record *record, struct sw_time now)
{
	int error = tell_lost(sink, now);

	if (error == 0)
		error = write_record(sink, record, now);
	if (error == 0)
		atomic_fetch_add(&sink->written, 1);
	else
		sw_sink_miss(sink);
	return error;
}

void
sw_sink_tell(struct sw_sink *sink, struct sw_time now)
{
	bool was_closed = sink->fd < 0;

	if (sw_sink_open(sink, now) == 0 && tell_lost(sink, now) == 0 &&
	    was_closed)
		atomic_store(&sink->failing, false);
}

void
sw_sink_miss(struct sw_sink *sink)
{
	atomic_fetch_add(&sink->lost, 1);
	atomic_fetch_add(&sink->unreported, 1);
}
