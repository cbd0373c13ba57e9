/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Life cycle; for an overview and the locks see pipeline/reporter.h.
 *
 * The thread works in chunks of events until the rings are empty, and looks at
 * what is due by time (incidents, lost packets, lost reports) every CHUNKS
 * chunks.  After work it sleeps NAP_NS before it reads the rings again: under
 * load that means two hundred wake-ups a second instead of one per packet.
 * When the rings are empty, it sets `asleep`, checks the rings once more, and
 * waits for its eventfd, for at most SLEEP_MS.  A worker writes the eventfd
 * only when `asleep` is set.  Each side writes first and reads the other's part
 * afterwards, with a full fence in between, so no event is left waiting.  At
 * the end the thread empties the rings and closes all incidents.
 */

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wakeup.h"
#include "net/raw_socket.h"
#include "pipeline/reporter_internal.h"
#include "report/hint.h"
#include "shards/rule_slots.h"

enum {
	CHUNK = 64,	  /* events in one hold of the lock */
	NAP_NS = 5000000, /* after work */
	SLEEP_MS = 500,	  /* at most: summaries fall due */
	WAIT_MS = 20,	  /* at most: something waits for the kernel's word */
	CHUNKS = 64,	  /* between looks at what falls due */
	SILENCES = 8192,  /* taken from a ring at once */
};

void
sw_reporter_wake(struct sw_reporter *reporter)
{
	/* The events must be in the ring before `asleep` is read. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load(&reporter->asleep) &&
	    atomic_exchange(&reporter->asleep, false))
		sw_wakeup_ring(reporter->wakeup);
}

void
sw_reporter_lock(struct sw_reporter *reporter)
{
	pthread_mutex_lock(&reporter->lock);
}

void
sw_reporter_unlock(struct sw_reporter *reporter)
{
	pthread_mutex_unlock(&reporter->lock);
}

static void
handle_send(struct sw_reporter *reporter, const struct sw_event *event)
{
	if (reporter->with.raw == NULL)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (event->send[i].flags != 0)
			sw_raw_socket_send(
			    reporter->with.raw, &event->send[i], event->time);
}

static void
note_end(struct sw_reporter *reporter, const struct sw_event *event)
{
	const struct sw_flow_policy *flow_policy =
	    sw_policy_flow_policy(reporter->policy, event->info.rule);

	sw_silences_ended(
	    sw_hints_silences(reporter->hints), event, &flow_policy->timeouts);
}

static void
handle(struct sw_reporter *reporter, struct sw_event *event)
{
	reporter->counts.taken++;
	switch ((enum sw_event_kind)event->kind) {
	case SW_EVENT_SEND:
		handle_send(reporter, event);
		return;
	case SW_EVENT_UNREACHABLE:
		if (reporter->with.raw != NULL)
			sw_raw_socket_send_unreachable(reporter->with.raw,
			    &event->unreachable, event->time);
		return;
	case SW_EVENT_REFUSED:
		sw_reporter_refusal(reporter, event);
		break;
	case SW_EVENT_ENDED:
		note_end(reporter, event);
		sw_diagnose_judge(reporter->diagnose, event);
		break;
	case SW_EVENT_OPENED:
	case SW_EVENT_ESTABLISHED:
		sw_diagnose_judge(reporter->diagnose, event);
		break;
	}
	sw_event_history_add(
	    reporter->recollection.rings[SW_SAVED_EVENTS], event);
}

/* Reads one event of each ring ahead.
 * => the one with the oldest event, or NULL */
static struct head *
oldest(struct sw_reporter *reporter)
{
	struct head *first = NULL;

	for (uint32_t i = 0; i < reporter->with.shards->n; i++) {
		struct head *head = &reporter->heads[i];

		if (!head->full)
			head->full = sw_engine_take(
			    reporter->with.shards->list[i].engine,
			    &head->event);
		if (head->full && (first == NULL || head->event.time.ns <
							first->event.time.ns))
			first = head;
	}
	return first;
}

/* Counts the silences that live flows have broken. */
static void
take_silences(struct sw_reporter *reporter)
{
	struct sw_time now = sw_clock_now();
	struct sw_silence silence;

	for (uint32_t i = 0; i < reporter->with.shards->n; i++) {
		struct sw_engine *engine =
		    reporter->with.shards->list[i].engine;

		for (unsigned n = 0;
		     n < SILENCES && sw_engine_take_silence(engine, &silence);
		     n++)
			sw_silences_survived(
			    sw_hints_silences(reporter->hints), &silence, now);
	}
}

/* => the number of events handled, at most CHUNK */
static unsigned
handle_chunk(struct sw_reporter *reporter)
{
	struct head *head;
	unsigned n = 0;

	pthread_mutex_lock(&reporter->lock);
	while (n < CHUNK && (head = oldest(reporter)) != NULL) {
		handle(reporter, &head->event);
		head->full = false;
		n++;
	}
	if (reporter->with.kernel_log != NULL)
		sw_reporter_drain(reporter);
	pthread_mutex_unlock(&reporter->lock);
	if (n > 0 && atomic_load(&reporter->followed))
		sw_wakeup_ring(reporter->follow_wakeup);
	return n;
}

/* A packet that the kernel lost was tracked by nobody, so the diagnosis must
 * know that there may be gaps. */
static void
look_for_losses(struct sw_reporter *reporter, struct sw_time now)
{
	uint64_t losses = 0;

	for (size_t i = 0; i < reporter->with.n_queues; i++) {
		const struct sw_queue_stats *queue = &reporter->with.queues[i];

		losses += sw_counter_get(&queue->enobufs) +
			  sw_counter_get(&queue->queue_dropped) +
			  sw_counter_get(&queue->user_dropped);
	}
	if (reporter->with.tap != NULL)
		losses += sw_counter_get(&reporter->with.tap->lost);
	if (losses != reporter->losses) {
		sw_diagnose_gap(reporter->diagnose, now);
		reporter->counts.gaps++;
	}
	reporter->losses = losses;
}

static void
say_incidents(struct sw_reporter *reporter, struct sw_time now)
{
	struct sw_incident_report report;
	const struct sw_incident *incident = &report.incident;
	uint64_t ended = sw_incident_due_ended(reporter->incidents);
	bool any = false;

	while (sw_incident_due(reporter->incidents, now, &report)) {
		char in[IF_NAMESIZE], out[IF_NAMESIZE];
		struct sw_names names = {
			.rule = sw_rule_slots_name(
			    reporter->with.slots, incident->rule),
			.in = sw_reporter_interface(reporter, incident->in, in),
			.out =
			    sw_reporter_interface(reporter, incident->out, out),
		};

		sw_log_incident(
		    reporter->with.log, &report, &names, reporter->wall_offset);
		any = true;
	}
	/* Some end without a line. */
	any = any || sw_incident_due_ended(reporter->incidents) != ended;
	if (any && atomic_load(&reporter->followed))
		sw_wakeup_ring(reporter->follow_wakeup);
}

static void
save_totals(struct sw_reporter *reporter, struct sw_time now, bool at_rest)
{
	struct sw_saved_totals totals = { .taken = reporter->counts.taken,
		.logged = reporter->counts.logged,
		.folded = reporter->counts.folded,
		.silent = reporter->counts.silent,
		.gaps = reporter->counts.gaps };

	sw_recollection_save(&reporter->recollection, &totals,
	    reporter->diagnose, reporter->with.shards, now, at_rest);
}

/* Does what is due by time. */
static void
run_due(struct sw_reporter *reporter, bool at_rest)
{
	struct sw_time now = sw_clock_now();

	pthread_mutex_lock(&reporter->lock);
	reporter->wall_offset = sw_clock_wall_offset();
	reporter->counts.turns++;
	take_silences(reporter);
	look_for_losses(reporter, now);
	say_incidents(reporter, now);
	save_totals(reporter, now, at_rest);
	pthread_mutex_unlock(&reporter->lock);
	sw_lost_reports_say(&reporter->lost_reports, reporter->with.shards,
	    reporter->with.log, now, false);
}

static bool
anything_pending(const struct sw_reporter *reporter)
{
	for (uint32_t i = 0; i < reporter->with.shards->n; i++)
		if (sw_engine_pending(reporter->with.shards->list[i].engine))
			return true;
	return false;
}

static void
sleep_until_rung(struct sw_reporter *reporter)
{
	struct sw_kernel_log *log = reporter->with.kernel_log;
	struct pollfd fds[] = { { .fd = reporter->wakeup, .events = POLLIN },
		{ .fd = log != NULL ? sw_kernel_log_fd(log) : -1,
		    .events = POLLIN } };
	int most = log != NULL && sw_kernel_log_waits(log) ? WAIT_MS : SLEEP_MS;

	atomic_store(&reporter->asleep, true);
	if (!anything_pending(reporter) && !atomic_load(&reporter->stop) &&
	    poll(fds, 2, most) > 0 && fds[0].revents != 0)
		sw_wakeup_clear(reporter->wakeup);
	atomic_store(&reporter->asleep, false);
}

/* Up to when the tap's packets are followed; their events are in the rings. */
static struct sw_time
seen_by_tap(const struct sw_reporter *reporter)
{
	const struct sw_tap_stats *tap = reporter->with.tap;

	return (struct sw_time){ tap == NULL ? 0
					     : atomic_load_explicit(&tap->seen,
						   memory_order_acquire) };
}

/* => false when there was nothing to do */
static bool
work(struct sw_reporter *reporter)
{
	struct sw_time seen = seen_by_tap(reporter);
	unsigned n, done = 0;

	for (unsigned i = 0; i < CHUNKS; i++) {
		n = handle_chunk(reporter);
		done += n;
		if (n < CHUNK) {
			reporter->seen = seen;
			break;
		}
	}
	run_due(reporter, done == 0);
	return done > 0;
}

/* Logs the last lines of incidents that are still open. */
static void
finish_telling(struct sw_reporter *reporter)
{
	struct sw_time now = sw_clock_now();

	pthread_mutex_lock(&reporter->lock);
	sw_incident_due_finish(reporter->incidents);
	say_incidents(reporter, now);
	pthread_mutex_unlock(&reporter->lock);
	sw_lost_reports_say(&reporter->lost_reports, reporter->with.shards,
	    reporter->with.log, now, true);
}

static void *
run(void *context)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct sw_reporter *reporter = context;

	pthread_setname_np(pthread_self(), "reporter");
	while (!atomic_load(&reporter->stop)) {
		if (work(reporter))
			nanosleep(&nap, NULL);
		else
			sleep_until_rung(reporter);
	}
	while (work(reporter)) {
	}
	if (reporter->with.kernel_log != NULL)
		sw_kernel_log_close(reporter->with.kernel_log);
	work(reporter);
	finish_telling(reporter);
	return NULL;
}

static void
destroy(struct sw_reporter *reporter)
{
	if (reporter->wakeup >= 0)
		close(reporter->wakeup);
	if (reporter->follow_wakeup >= 0)
		close(reporter->follow_wakeup);
	sw_diagnose_destroy(reporter->diagnose);
	sw_hints_destroy(reporter->hints);
	sw_recollection_close(&reporter->recollection);
	free(reporter->heads);
	pthread_mutex_destroy(&reporter->lock);
	free(reporter);
}

static struct sw_diagnose *
make_diagnose(const struct sw_reporter_config *with)
{
	struct sw_diagnose_config config = { .budget = with->budget,
		.start = sw_clock_now() };
	struct sw_counts counts;

	sw_shards_counts(with->shards, &counts);
	config.max_flows = counts.flow_limit;
	if (getrandom(config.key, sizeof config.key, 0) < 0)
		return NULL;
	return sw_diagnose_create(&config);
}

/* Takes up what the predecessors left.  => false when memory is short */
static bool
recollect(struct sw_reporter *reporter, const struct sw_conf_log *log)
{
	struct sw_reporter_config *with = &reporter->with;
	const struct sw_saved_totals *before = &reporter->recollection.before;
	struct sw_time now = sw_clock_now();
	uint32_t torn, torn_events = 0;
	struct sw_counts counts;

	if (!sw_recollection_open(
		&reporter->recollection, with->reports, now, &torn_events))
		return false;
	reporter->incidents = sw_saved_reports_incidents(
	    with->reports, log->rate, log->incident_interval, now, &torn);
	if (torn + torn_events > 0)
		sw_log_say(with->log, LOG_WARNING,
		    "%u remembered events and %u incidents are torn and "
		    "dropped",
		    torn_events, torn);
	reporter->counts = (struct sw_reporter_counts){ .taken = before->taken,
		.logged = before->logged,
		.folded = before->folded,
		.silent = before->silent,
		.gaps = before->gaps };
	sw_shards_counts(with->shards, &counts);
	reporter->lost_reports.reported = counts.refusals_lost;
	return true;
}

/* => false, with errno set, when something is missing */
static bool
init(struct sw_reporter *reporter, const struct sw_conf_log *log)
{
	reporter->wakeup = sw_wakeup_open();
	reporter->follow_wakeup = sw_wakeup_open();
	reporter->diagnose = make_diagnose(&reporter->with);
	reporter->hints =
	    sw_hints_create(sw_saved_reports_silences(reporter->with.reports));
	if (reporter->hints != NULL) {
		sw_silences_begin(
		    sw_hints_silences(reporter->hints), sw_clock_now());
		sw_hints_use_synproxy(reporter->hints, reporter->with.synproxy);
	}
	reporter->heads =
	    calloc(reporter->with.shards->n, sizeof *reporter->heads);
	reporter->ecn = log->ecn;
	reporter->wall_offset = sw_clock_wall_offset();
	return recollect(reporter, log) && reporter->wakeup >= 0 &&
	       reporter->follow_wakeup >= 0 && reporter->diagnose != NULL &&
	       reporter->hints != NULL && reporter->heads != NULL;
}

struct sw_reporter *
sw_reporter_start(const struct sw_reporter_config *config,
    const struct sw_policy *policy, const struct sw_conf_log *log)
{
	struct sw_reporter *reporter = calloc(1, sizeof *reporter);
	int error;

	if (reporter == NULL)
		return NULL;
	reporter->with = *config;
	reporter->policy = policy;
	error = pthread_mutex_init(&reporter->lock, NULL);
	if (error == 0 && !init(reporter, log))
		error = errno;
	if (error == 0)
		error = pthread_create(&reporter->thread, NULL, run, reporter);
	if (error != 0) {
		destroy(reporter);
		errno = error;
		return NULL;
	}
	return reporter;
}

void
sw_reporter_stop(struct sw_reporter *reporter)
{
	if (reporter == NULL)
		return;
	atomic_store(&reporter->stop, true);
	sw_wakeup_ring(reporter->wakeup);
	pthread_join(reporter->thread, NULL);
	destroy(reporter);
}

void
sw_reporter_adopt(struct sw_reporter *reporter, const struct sw_policy *policy,
    const struct sw_conf_log *log)
{
	reporter->policy = policy;
	if (log == NULL)
		return;
	sw_incidents_set(
	    reporter->incidents, log->rate, log->incident_interval);
	reporter->ecn = log->ecn;
}
