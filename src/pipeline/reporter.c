/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each shard's ring is taken from by this thread alone.  One event of each
 * is held in hand, and the oldest of those is handled next, so that what
 * shards did at different moments is told in the order it happened, as far
 * as it is in the rings yet.
 *
 * Waking: a worker rings the bell only when the desk has said that it
 * sleeps.  The desk says so first and looks at the rings once more then, so
 * no event is left lying.  After work it naps for a few milliseconds before
 * it looks again: under load that is two hundred wake-ups a second instead
 * of one a packet.
 *
 * The lock covers all that the desk knows, and is let go between small
 * chunks of events, so that the control thread never waits long for an
 * answer.
 */

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wakeup.h"
#include "net/raw_socket.h"
#include "pipeline/lost_reports.h"
#include "pipeline/reporter.h"
#include "report/event_history.h"
#include "report/hint.h"
#include "shards/rule_slots.h"

enum {
	CHUNK = 64,	  /* events in one hold of the lock */
	NAP_NS = 5000000, /* after work */
	SLEEP_MS = 500,	  /* at most: summaries fall due */
	EVENTS_KEPT = 8192,
	DROPS_KEPT = 1024,
	CHUNKS = 64, /* between looks at what falls due */
};

struct head {
	struct sw_event event;
	bool full;
};

struct sw_reporter {
	struct sw_reporter_config with;
	pthread_mutex_t lock;
	pthread_t thread;
	int bell;	 /* rung by workers */
	int follow_bell; /* rung for followers */
	_Atomic bool asleep, stop, followed;
	const struct sw_policy *policy;
	struct sw_diagnose *diagnose;
	struct sw_incidents *incidents;
	struct sw_hints *hints;
	struct sw_event_history events, drops;
	struct head *heads; /* one a shard */
	struct sw_reporter_counts counts;
	uint64_t losses; /* counted at the last look */
	struct sw_lost_reports untold;
	int64_t wall_offset;
	bool ecn;
};

void
sw_reporter_wake(struct sw_reporter *desk)
{
	/* The events must be in the ring before the desk is looked at. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_load(&desk->asleep) && atomic_exchange(&desk->asleep, false))
		sw_wakeup_ring(desk->bell);
}

void
sw_reporter_lock(struct sw_reporter *desk)
{
	pthread_mutex_lock(&desk->lock);
}

void
sw_reporter_unlock(struct sw_reporter *desk)
{
	pthread_mutex_unlock(&desk->lock);
}

static const char *
interface_name(struct sw_reporter *desk, uint32_t index, char name[IF_NAMESIZE])
{
	if (desk->with.ifaces == NULL)
		return NULL;
	return sw_ifaces_name(desk->with.ifaces, index, name) ? name : NULL;
}

static void
log_refusal(struct sw_reporter *desk, const struct sw_event *event)
{
	char in[IF_NAMESIZE], out[IF_NAMESIZE], route[IF_NAMESIZE];
	struct sw_names names = {
		.rule = sw_rule_slots_name(desk->with.slots, event->rule),
		.in = interface_name(desk, event->in, in),
		.out = interface_name(desk, event->out, out),
		.route = interface_name(desk, event->route, route),
		.hint = sw_hints_for(desk->hints, event,
		    sw_rule_slots_name(desk->with.slots, sw_hint_rule(event))),
		.ecn = desk->ecn,
	};
	struct sw_time wall = { event->time.ns + (uint64_t)desk->wall_offset };

	sw_log_event(desk->with.log, event, &names, wall);
}

static void
handle_refusal(struct sw_reporter *desk, struct sw_event *event)
{
	if (desk->with.route != NULL)
		event->route = desk->with.route(
		    event, &event->route_doubted, desk->with.route_context);
	sw_diagnose_judge(desk->diagnose, event);
	sw_event_history_add(&desk->drops, event);
	sw_observe_stats_note(desk->with.observed, event);
	if (!sw_policy_treatment(desk->policy, event->rule)->log) {
		desk->counts.silent++;
		return;
	}
	if (sw_incidents_add(desk->incidents, event) == SW_INCIDENT_LOG) {
		log_refusal(desk, event);
		desk->counts.logged++;
	} else {
		desk->counts.folded++;
	}
}

static void
handle_send(struct sw_reporter *desk, const struct sw_event *event)
{
	if (desk->with.raw == NULL)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (event->send[i].flags != 0)
			sw_raw_socket_send(
			    desk->with.raw, &event->send[i], event->time);
}

static void
handle(struct sw_reporter *desk, struct sw_event *event)
{
	desk->counts.taken++;
	switch ((enum sw_event_kind)event->kind) {
	case SW_EVENT_SEND:
		handle_send(desk, event);
		return;
	case SW_EVENT_REFUSED:
		handle_refusal(desk, event);
		break;
	case SW_EVENT_OPENED:
	case SW_EVENT_ESTABLISHED:
	case SW_EVENT_ENDED:
		sw_diagnose_judge(desk->diagnose, event);
		break;
	}
	sw_event_history_add(&desk->events, event);
}

/* Fills every hand.  => the one with the oldest event, or NULL */
static struct head *
oldest(struct sw_reporter *desk)
{
	struct head *first = NULL;

	for (uint32_t i = 0; i < desk->with.shards->n; i++) {
		struct head *head = &desk->heads[i];

		if (!head->full)
			head->full = sw_engine_take(
			    desk->with.shards->list[i].engine, &head->event);
		if (head->full && (first == NULL || head->event.time.ns <
							first->event.time.ns))
			first = head;
	}
	return first;
}

/* => how many were handled, at most CHUNK */
static unsigned
handle_chunk(struct sw_reporter *desk)
{
	struct head *head;
	unsigned n = 0;

	pthread_mutex_lock(&desk->lock);
	while (n < CHUNK && (head = oldest(desk)) != NULL) {
		handle(desk, &head->event);
		head->full = false;
		n++;
	}
	pthread_mutex_unlock(&desk->lock);
	if (n > 0 && atomic_load(&desk->followed))
		sw_wakeup_ring(desk->follow_bell);
	return n;
}

/* Packets the kernel lost on the way to us are packets nobody tracked. */
static void
look_for_losses(struct sw_reporter *desk, struct sw_time now)
{
	uint64_t losses = 0;

	for (size_t i = 0; i < desk->with.n_queues; i++) {
		const struct sw_queue_stats *queue = &desk->with.queues[i];

		losses += sw_counter_get(&queue->enobufs) +
			  sw_counter_get(&queue->queue_dropped) +
			  sw_counter_get(&queue->user_dropped);
	}
	if (losses != desk->losses) {
		sw_diagnose_gap(desk->diagnose, now);
		desk->counts.gaps++;
	}
	desk->losses = losses;
}

static void
say_incidents(struct sw_reporter *desk, struct sw_time now)
{
	struct sw_incident_report report;
	const struct sw_incident *incident = &report.incident;

	while (sw_incident_due(desk->incidents, now, &report)) {
		char in[IF_NAMESIZE], out[IF_NAMESIZE];
		struct sw_names names = {
			.rule = sw_rule_slots_name(
			    desk->with.slots, incident->rule),
			.in = interface_name(desk, incident->in, in),
			.out = interface_name(desk, incident->out, out),
		};

		sw_log_incident(
		    desk->with.log, &report, &names, desk->wall_offset);
	}
}

/* What falls due with time. */
static void
tend(struct sw_reporter *desk)
{
	struct sw_time now = sw_clock_now();

	pthread_mutex_lock(&desk->lock);
	desk->wall_offset = sw_clock_wall_offset();
	desk->counts.turns++;
	look_for_losses(desk, now);
	say_incidents(desk, now);
	pthread_mutex_unlock(&desk->lock);
	sw_lost_reports_say(
	    &desk->untold, desk->with.shards, desk->with.log, now, false);
}

static bool
anything_pending(const struct sw_reporter *desk)
{
	for (uint32_t i = 0; i < desk->with.shards->n; i++)
		if (sw_engine_pending(desk->with.shards->list[i].engine))
			return true;
	return false;
}

static void
sleep_until_rung(struct sw_reporter *desk)
{
	struct pollfd bell = { .fd = desk->bell, .events = POLLIN };

	atomic_store(&desk->asleep, true);
	if (!anything_pending(desk) && !atomic_load(&desk->stop) &&
	    poll(&bell, 1, SLEEP_MS) > 0)
		sw_wakeup_hush(desk->bell);
	atomic_store(&desk->asleep, false);
}

/* => false when there was nothing to do */
static bool
work(struct sw_reporter *desk)
{
	unsigned n, done = 0;

	for (unsigned i = 0; i < CHUNKS; i++) {
		n = handle_chunk(desk);
		done += n;
		if (n < CHUNK)
			break;
	}
	tend(desk);
	return done > 0;
}

/* What is still open has its last lines. */
static void
finish_telling(struct sw_reporter *desk)
{
	struct sw_time now = sw_clock_now();

	pthread_mutex_lock(&desk->lock);
	sw_incident_due_finish(desk->incidents);
	say_incidents(desk, now);
	pthread_mutex_unlock(&desk->lock);
	sw_lost_reports_say(
	    &desk->untold, desk->with.shards, desk->with.log, now, true);
}

static void *
run(void *context)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	struct sw_reporter *desk = context;

	pthread_setname_np(pthread_self(), "desk");
	while (!atomic_load(&desk->stop)) {
		if (work(desk))
			nanosleep(&nap, NULL);
		else
			sleep_until_rung(desk);
	}
	while (work(desk)) {
	}
	finish_telling(desk);
	return NULL;
}

static void
dismantle(struct sw_reporter *desk)
{
	if (desk->bell >= 0)
		close(desk->bell);
	if (desk->follow_bell >= 0)
		close(desk->follow_bell);
	sw_diagnose_destroy(desk->diagnose);
	sw_incidents_destroy(desk->incidents);
	sw_hints_destroy(desk->hints);
	sw_event_history_free(&desk->events);
	sw_event_history_free(&desk->drops);
	free(desk->heads);
	pthread_mutex_destroy(&desk->lock);
	free(desk);
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

/* => false, with errno set, when something is missing */
static bool
furnish(struct sw_reporter *desk, const struct sw_conf_log *log)
{
	desk->bell = sw_wakeup_open();
	desk->follow_bell = sw_wakeup_open();
	desk->diagnose = make_diagnose(&desk->with);
	desk->incidents =
	    sw_incidents_create(log->rate, log->incident_interval);
	desk->hints = sw_hints_create();
	desk->heads = calloc(desk->with.shards->n, sizeof *desk->heads);
	desk->ecn = log->ecn;
	desk->wall_offset = sw_clock_wall_offset();
	return sw_event_history_init(&desk->events, EVENTS_KEPT) &&
	       sw_event_history_init(&desk->drops, DROPS_KEPT) &&
	       desk->bell >= 0 && desk->follow_bell >= 0 &&
	       desk->diagnose != NULL && desk->incidents != NULL &&
	       desk->hints != NULL && desk->heads != NULL;
}

struct sw_reporter *
sw_reporter_start(const struct sw_reporter_config *config,
    const struct sw_policy *policy, const struct sw_conf_log *log)
{
	struct sw_reporter *desk = calloc(1, sizeof *desk);
	int error;

	if (desk == NULL)
		return NULL;
	desk->with = *config;
	desk->policy = policy;
	error = pthread_mutex_init(&desk->lock, NULL);
	if (error == 0 && !furnish(desk, log))
		error = errno;
	if (error == 0)
		error = pthread_create(&desk->thread, NULL, run, desk);
	if (error != 0) {
		dismantle(desk);
		errno = error;
		return NULL;
	}
	return desk;
}

void
sw_reporter_stop(struct sw_reporter *desk)
{
	if (desk == NULL)
		return;
	atomic_store(&desk->stop, true);
	sw_wakeup_ring(desk->bell);
	pthread_join(desk->thread, NULL);
	dismantle(desk);
}

void
sw_reporter_adopt(struct sw_reporter *desk, const struct sw_policy *policy,
    const struct sw_conf_log *log)
{
	desk->policy = policy;
	if (log == NULL)
		return;
	sw_incidents_set(desk->incidents, log->rate, log->incident_interval);
	desk->ecn = log->ecn;
}

void
sw_reporter_counts(struct sw_reporter *desk, struct sw_reporter_counts *counts)
{
	pthread_mutex_lock(&desk->lock);
	*counts = desk->counts;
	sw_diagnose_counts(desk->diagnose, &counts->judged);
	counts->hints_refused = sw_hints_refused(desk->hints);
	counts->incidents = sw_incident_due_count_open(desk->incidents);
	pthread_mutex_unlock(&desk->lock);
}

size_t
sw_reporter_incidents(
    struct sw_reporter *desk, struct sw_incident *list, size_t max)
{
	size_t n;

	pthread_mutex_lock(&desk->lock);
	n = sw_incident_due_list(desk->incidents, list, max);
	pthread_mutex_unlock(&desk->lock);
	return n;
}

static struct sw_event_history *
history_of(struct sw_reporter *desk, enum sw_reporter_ring ring_asked)
{
	return ring_asked == SW_DESK_DROPS ? &desk->drops : &desk->events;
}

size_t
sw_reporter_read(struct sw_reporter *desk, enum sw_reporter_ring ring_asked,
    uint64_t *cursor, uint64_t *missed, struct sw_event *events, size_t max)
{
	size_t n;

	pthread_mutex_lock(&desk->lock);
	n = sw_event_history_read(
	    history_of(desk, ring_asked), cursor, missed, events, max);
	pthread_mutex_unlock(&desk->lock);
	return n;
}

uint64_t
sw_reporter_cursor(struct sw_reporter *desk, enum sw_reporter_ring ring_asked)
{
	uint64_t added;

	pthread_mutex_lock(&desk->lock);
	added = history_of(desk, ring_asked)->added;
	pthread_mutex_unlock(&desk->lock);
	return added;
}

int
sw_reporter_follow(struct sw_reporter *desk, bool follow)
{
	atomic_store(&desk->followed, follow);
	return desk->follow_bell;
}
