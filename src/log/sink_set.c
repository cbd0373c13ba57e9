/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every line is passed to every sink, one after the other.
 *
 * When a sink begins to fail, the others get a line about it, at most once in
 * TELL_MS, so that somebody notices; when it is the only sink, the line goes to
 * standard error.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stderr_line.h"
#include "log/sink_set.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum {
	TELL_MS = 60000,
};

static struct sw_conf_sink
default_sink(void)
{
	bool journald = access(JOURNAL_SOCKET, F_OK) == 0;

	return (struct sw_conf_sink){
		.kind = journald ? SW_SINK_JOURNAL : SW_SINK_SYSLOG,
	};
}

static size_t
list_wanted(const struct sw_conf_log *conf, bool foreground,
    struct sw_conf_sink wanted[SW_CONF_SINKS])
{
	bool has_stderr = false;
	size_t n = 0;

	for (; n < conf->n_to; n++) {
		wanted[n] = conf->to[n];
		has_stderr = has_stderr || wanted[n].kind == SW_SINK_STDERR;
	}
	if (n == 0)
		wanted[n++] = default_sink();
	if (foreground && !has_stderr && n < SW_CONF_SINKS)
		wanted[n++] = (struct sw_conf_sink){ .kind = SW_SINK_STDERR };
	return n;
}

/* Removes the sink of that type and path from the list, or returns NULL. */
static struct sw_sink *
take(struct sw_sinks *from, const struct sw_conf_sink *conf)
{
	for (size_t i = 0; i < from->n; i++) {
		struct sw_sink *sink = from->list[i];

		if (sink == NULL || sink->conf.kind != conf->kind ||
		    strcmp(sink->conf.path, conf->path) != 0)
			continue;
		from->list[i] = NULL;
		return sink;
	}
	return NULL;
}

static struct sw_sink *
take_or_make(struct sw_sinks *from, const struct sw_conf_sink *conf)
{
	struct sw_sink *sink = take(from, conf);

	if (sink == NULL && (sink = malloc(sizeof *sink)) != NULL)
		sw_sink_init(sink, conf);
	return sink;
}

static uint64_t
lost_by_all(const struct sw_sinks *sinks)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < sinks->n; i++)
		if (sinks->list[i] != NULL)
			lost += atomic_load(&sinks->list[i]->lost);
	return lost;
}

bool
sw_sink_set_arrange(struct sw_sinks *sinks, const struct sw_conf_log *conf,
    bool foreground, struct sw_sinks *gone)
{
	struct sw_conf_sink wanted[SW_CONF_SINKS];
	size_t n = list_wanted(conf, foreground, wanted);

	*gone = *sinks;
	sinks->n = 0;
	for (size_t i = 0; i < n; i++) {
		struct sw_sink *sink = take_or_make(gone, &wanted[i]);

		if (sink == NULL)
			continue;
		sink->facility = conf->facility;
		sinks->list[sinks->n++] = sink;
	}
	sinks->lost_before += lost_by_all(gone);
	return sinks->n == n;
}

void
sw_sink_set_free(struct sw_sinks *sinks)
{
	for (size_t i = 0; i < sinks->n; i++) {
		if (sinks->list[i] == NULL)
			continue;
		sw_sink_close(sinks->list[i]);
		free(sinks->list[i]);
	}
	sinks->n = 0;
}

void
sw_sink_set_outdate(struct sw_sinks *sinks)
{
	for (size_t i = 0; i < sinks->n; i++)
		sw_sink_outdate(sinks->list[i]);
}

void
sw_sink_set_close(struct sw_sinks *sinks)
{
	for (size_t i = 0; i < sinks->n; i++)
		sw_sink_close(sinks->list[i]);
}

static void
tell_others(struct sw_sinks *sinks, struct sw_sink *failed, int error,
    struct sw_time now)
{
	char title[SW_CONF_PATH + 16], number[64], text[SW_LINE_MAX];
	const char *reason = error == -EPERM && failed->why[0] != '\0'
				 ? failed->why
				 : strerror_r(-error, number, sizeof number);
	struct sw_record record = {
		.priority = LOG_ERR,
		.wall = { sw_clock_read(CLOCK_REALTIME) },
		.text = text,
	};

	if (failed->told_at.ns != 0 &&
	    sw_time_ms_since(failed->told_at, now) < TELL_MS)
		return;
	failed->told_at = now;
	sw_sink_title(failed, title, sizeof title);
	snprintf(text, sizeof text, "log: %s %s: %s", title,
	    failed->fd >= 0 ? "stays as it was opened before"
			    : "takes no lines",
	    reason);
	for (size_t i = 0; i < sinks->n; i++)
		if (sinks->list[i] != failed)
			sw_sink_put(sinks->list[i], &record, now);
	if (sinks->n == 1)
		sw_stderr_line("synwardd: %s", text);
}

void
sw_sink_set_open(struct sw_sinks *sinks, struct sw_time now)
{
	for (size_t i = 0; i < sinks->n; i++) {
		int error = sw_sink_open(sinks->list[i], now);

		if (error != 0 && error != -EAGAIN)
			tell_others(sinks, sinks->list[i], error, now);
	}
}

void
sw_sink_set_put(
    struct sw_sinks *sinks, const struct sw_record *record, struct sw_time now)
{
	for (size_t i = 0; i < sinks->n; i++) {
		struct sw_sink *sink = sinks->list[i];
		bool was_failing = atomic_load(&sink->failing);
		int error = sw_sink_put(sink, record, now);

		if (error != 0 && !was_failing)
			tell_others(sinks, sink, error, now);
	}
}

void
sw_sink_set_revive(struct sw_sinks *sinks, struct sw_time now)
{
	for (size_t i = 0; i < sinks->n; i++)
		sw_sink_tell(sinks->list[i], now);
}

bool
sw_sink_set_well(const struct sw_sinks *sinks)
{
	for (size_t i = 0; i < sinks->n; i++)
		if (atomic_load(&sinks->list[i]->failing) ||
		    atomic_load(&sinks->list[i]->unreported) != 0)
			return false;
	return true;
}

void
sw_sink_set_miss(struct sw_sinks *sinks)
{
	for (size_t i = 0; i < sinks->n; i++)
		sw_sink_miss(sinks->list[i]);
}
