/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's thread takes entries out of the queue one by one, writes the text
 * once, and passes it to each sink in turn.
 *
 * One lock protects the sinks and the queue.  It is never held over a call that
 * may block: only the log's thread opens, writes and closes sinks, so it needs
 * the lock only to change the list of sinks.  When the queue is full, every
 * sink loses one line.
 *
 * In a second without a line, failing sinks are tried again.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "log/log.h"
#include "log/queue.h"
#include "log/sink_set.h"

enum {
	QUEUE_SIZE = 2048,
	TICK_MS = 1000,
	STOP_MS = 2000, /* to write what is queued */
	JOIN_MS = 1000, /* added for a write that hangs */
};

struct sw_log {
	pthread_t thread;
	pthread_mutex_t lock; /* for all members up to entry */
	pthread_cond_t work, done;
	struct sw_log_queue queue;
	struct sw_sinks sinks;
	struct sw_conf_log conf;
	bool foreground, reopen, stopping, stopped;
	struct sw_time deadline;   /* for stopping */
	struct sw_log_entry entry; /* the one that the thread writes */
};

static struct sw_time
monotonic(void)
{
	return (struct sw_time){ sw_clock_read(CLOCK_MONOTONIC) };
}

static void
put(struct sw_log *log, const struct sw_log_entry *entry, const char *text,
    const struct sw_fields *fields, const char *message_id)
{
	struct sw_record record = {
		.priority = entry->priority,
		.wall = entry->wall,
		.text = text,
		.fields = fields,
		.message_id = message_id,
	};

	sw_sink_set_put(&log->sinks, &record, monotonic());
}

static void
write_refusal(struct sw_log *log, const struct sw_log_entry *entry)
{
	const struct sw_event *event = &entry->refusal.event;
	struct sw_names names = sw_log_queue_names(&entry->refusal);
	struct sw_fields fields;
	char text[SW_LINE_MAX];
	const char *id = NULL;

	sw_fields_fill(&fields, event, &names);
	sw_line_fields_text(&fields, event, text, sizeof text);
	if (sw_field_has_cause(event))
		id = sw_cause_text(event->judgement.cause)->id;
	put(log, entry, text, &fields, id);
}

static void
write_incident(struct sw_log *log, const struct sw_log_entry *entry)
{
	const struct sw_log_incident *told = &entry->incident;
	const struct sw_incident *incident = &told->report.incident;
	struct sw_names names = {
		.rule = told->rule, .in = told->in, .out = told->out
	};
	struct sw_incident_texts texts;
	struct sw_fields fields;
	char text[SW_LINE_MAX];
	const char *id = NULL;

	sw_incident_line(
	    &told->report, &names, told->wall_offset, text, sizeof text);
	sw_incident_line_fields(
	    &told->report, &names, told->wall_offset, &texts, &fields);
	if (sw_field_tells_cause(incident->message, incident->cause))
		id = sw_cause_text(incident->cause)->id;
	put(log, entry, text, &fields, id);
}

static void
write_text(struct sw_log *log, const struct sw_log_entry *entry)
{
	put(log, entry, entry->text, NULL, NULL);
}

static void
write_entry(struct sw_log *log, const struct sw_log_entry *entry)
{
	switch (entry->kind) {
	case SW_LOG_TEXT:
		write_text(log, entry);
		break;
	case SW_LOG_REFUSAL:
		write_refusal(log, entry);
		break;
	case SW_LOG_INCIDENT:
		write_incident(log, entry);
		break;
	}
}

/* Waits for the condition until a time.
 * => false when the time has come */
static bool
wait_until(struct sw_log *log, pthread_cond_t *condition, struct sw_time then)
{
	struct timespec end = {
		.tv_sec = (time_t)(then.ns / SW_NS_PER_SECOND),
		.tv_nsec = (long)(then.ns % SW_NS_PER_SECOND),
	};

	return pthread_cond_timedwait(condition, &log->lock, &end) == 0;
}

/* Sleeps until there is something to do, for a second while a sink fails.  The
 * caller holds the lock. */
static void
wait_for_work(struct sw_log *log)
{
	if (sw_sink_set_well(&log->sinks))
		pthread_cond_wait(&log->work, &log->lock);
	else
		wait_until(
		    log, &log->work, sw_time_add_ms(monotonic(), TICK_MS));
}

enum task {
	TASK_WRITE,
	TASK_REOPEN,
	TASK_TRY_AGAIN,
	TASK_STOP,
};

static bool
is_over(const struct sw_log *log)
{
	return log->stopping && (sw_log_queue_empty(&log->queue) ||
				    monotonic().ns > log->deadline.ns);
}

static enum task
next_task(struct sw_log *log)
{
	enum task task = TASK_TRY_AGAIN;

	pthread_mutex_lock(&log->lock);
	if (sw_log_queue_empty(&log->queue) && !log->stopping && !log->reopen)
		wait_for_work(log);
	if (is_over(log)) {
		task = TASK_STOP;
	} else if (log->reopen) {
		log->reopen = false;
		task = TASK_REOPEN;
	} else if (sw_log_queue_take(&log->queue, &log->entry)) {
		task = TASK_WRITE;
	}
	pthread_mutex_unlock(&log->lock);
	return task;
}

static void
reopen(struct sw_log *log)
{
	struct sw_sinks gone;

	sw_sink_set_outdate(&log->sinks);
	pthread_mutex_lock(&log->lock);
	sw_sink_set_arrange(&log->sinks, &log->conf, log->foreground, &gone);
	pthread_mutex_unlock(&log->lock);
	sw_sink_set_free(&gone);
	sw_sink_set_open(&log->sinks, monotonic());
}

static void
finish(struct sw_log *log)
{
	sw_sink_set_close(&log->sinks);
	pthread_mutex_lock(&log->lock);
	log->stopped = true;
	pthread_cond_signal(&log->done);
	pthread_mutex_unlock(&log->lock);
}

static void *
run(void *argument)
{
	struct sw_log *log = argument;

	pthread_setname_np(pthread_self(), "log");
	for (;;) {
		switch (next_task(log)) {
		case TASK_WRITE:
			write_entry(log, &log->entry);
			break;
		case TASK_REOPEN:
			reopen(log);
			break;
		case TASK_TRY_AGAIN:
			sw_sink_set_revive(&log->sinks, monotonic());
			break;
		case TASK_STOP:
			finish(log);
			return NULL;
		}
	}
}

/* The thread blocks all signals, so a pipe without a reader gives an error
 * code. */
static int
start_thread(struct sw_log *log)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&log->thread, NULL, run, log);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}

static void
init_locks(struct sw_log *log)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&log->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&log->work, &attributes);
	pthread_cond_init(&log->done, &attributes);
	pthread_condattr_destroy(&attributes);
}

static void
free_log(struct sw_log *log)
{
	sw_sink_set_free(&log->sinks);
	sw_log_queue_free(&log->queue);
	pthread_cond_destroy(&log->work);
	pthread_cond_destroy(&log->done);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

struct sw_log *
sw_log_start(const struct sw_conf_log *conf, bool foreground)
{
	struct sw_log *log = calloc(1, sizeof *log);
	struct sw_sinks none;
	int error = ENOMEM;

	if (log == NULL)
		return NULL;
	log->conf = *conf;
	log->foreground = foreground;
	init_locks(log);
	if (sw_log_queue_init(&log->queue, QUEUE_SIZE) &&
	    sw_sink_set_arrange(
		&log->sinks, &log->conf, log->foreground, &none)) {
		sw_sink_set_open(&log->sinks, monotonic());
		error = start_thread(log);
	}
	if (error == 0)
		return log;
	free_log(log);
	errno = error;
	return NULL;
}

void
sw_log_stop(struct sw_log *log)
{
	struct sw_time limit = sw_time_add_ms(monotonic(), STOP_MS + JOIN_MS);
	bool in_time = true;

	pthread_mutex_lock(&log->lock);
	log->stopping = true;
	log->deadline = sw_time_add_ms(monotonic(), STOP_MS);
	pthread_cond_signal(&log->work);
	while (!log->stopped && in_time)
		in_time = wait_until(log, &log->done, limit);
	pthread_mutex_unlock(&log->lock);
	/* A write that hangs in the kernel still uses the memory. */
	if (!in_time)
		return;
	pthread_join(log->thread, NULL);
	free_log(log);
}

int
sw_log_reopen(struct sw_log *log, const struct sw_conf_log *conf)
{
	if (conf->n_to > SW_CONF_SINKS)
		return -EINVAL;
	pthread_mutex_lock(&log->lock);
	log->conf = *conf;
	log->reopen = true;
	pthread_cond_signal(&log->work);
	pthread_mutex_unlock(&log->lock);
	return 0;
}

static void
queue_entry(struct sw_log *log, const struct sw_log_entry *entry)
{
	pthread_mutex_lock(&log->lock);
	if (sw_log_queue_put(&log->queue, entry))
		pthread_cond_signal(&log->work);
	else
		sw_sink_set_miss(&log->sinks);
	pthread_mutex_unlock(&log->lock);
}

void
sw_log_event(struct sw_log *log, const struct sw_event *event,
    const struct sw_names *names, struct sw_time wall)
{
	struct sw_log_entry entry;

	sw_log_queue_refusal(&entry, event, names, wall);
	queue_entry(log, &entry);
}

void
sw_log_incident(struct sw_log *log, const struct sw_incident_report *report,
    const struct sw_names *names, int64_t wall_offset)
{
	struct sw_log_entry entry;

	sw_log_queue_incident(&entry, report, names, wall_offset);
	queue_entry(log, &entry);
}

void
sw_log_say(struct sw_log *log, int priority, const char *format, ...)
{
	struct sw_log_entry entry = {
		.priority = priority,
		.wall = { sw_clock_read(CLOCK_REALTIME) },
	};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(entry.text, sizeof entry.text, format, arguments);
	va_end(arguments);
	for (unsigned char *at = (unsigned char *)entry.text; *at != 0; at++)
		if (*at < 0x20 || *at == 0x7f)
			*at = ' ';
	queue_entry(log, &entry);
}

const char *
sw_log_sink_name(const struct sw_conf_sink *conf, char name[SW_LOG_NAME])
{
	struct sw_sink sink;

	sw_sink_init(&sink, conf);
	sw_sink_title(&sink, name, SW_LOG_NAME);
	return name;
}

static void
tell_why(const struct sw_sink *sink, char why[SW_LOG_WHY])
{
	int error = -atomic_load(&sink->error);
	char text[SW_LOG_WHY];

	snprintf(why, SW_LOG_WHY, "%s",
	    error == EPERM ? "its path cannot be trusted, as the log says"
			   : strerror_r(error, text, sizeof text));
}

void
sw_log_counts(const struct sw_log *log, struct sw_log_counts *counts)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&log->lock;

	*counts = (struct sw_log_counts){ .n = 0 };
	pthread_mutex_lock(lock);
	counts->n = log->sinks.n;
	counts->lost_all = log->sinks.lost_before;
	for (size_t i = 0; i < log->sinks.n; i++) {
		const struct sw_sink *sink = log->sinks.list[i];

		counts->to[i] = sink->conf;
		counts->written[i] = atomic_load(&sink->written);
		counts->lost[i] = atomic_load(&sink->lost);
		counts->failing[i] = atomic_load(&sink->failing);
		if (counts->failing[i])
			tell_why(sink, counts->why[i]);
		counts->lost_all += counts->lost[i];
	}
	pthread_mutex_unlock(lock);
}
