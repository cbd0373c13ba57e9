/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk: where facts become words.
 *
 * One thread takes the events out of all shards, oldest first, after their
 * verdicts have left: it lets diagnose judge refusals, counts them by cause,
 * folds them into incidents, has lines logged and segments sent, and keeps
 * the last events for whoever asks.
 */
#ifndef SYNWARD_PIPELINE_REPORTER_H
#define SYNWARD_PIPELINE_REPORTER_H

#include "base/counter.h"
#include "conf/conf.h"
#include "log/log.h"
#include "net/iface.h"
#include "report/incident.h"
#include "report/observe_stats.h"
#include "shards/shard.h"
#include "synward/diagnose.h"

struct sw_reporter;
struct sw_raw_socket;

/* The interface our route back to a refused packet's source would use, 0
 * when not known.  Called on the desk's thread; must not wait long. */
typedef uint32_t (*sw_reverse_route_ask)(
    const struct sw_event *event, bool *doubted, void *context);

struct sw_reporter_config {
	struct sw_shards *shards;
	const struct sw_rule_slots
	    *slots; /* changed only under sw_reporter_lock() */
	struct sw_ifaces *ifaces;
	struct sw_log *log;
	struct sw_raw_socket *raw;		/* NULL: nothing is sent */
	struct sw_observe_stats *observe_stats; /* NULL: not counted */
	const struct sw_queue_stats *queues;
	size_t n_queues;
	sw_reverse_route_ask route; /* NULL: not asked */
	void *route_context;
	uint32_t budget; /* judgements a second, 0 = no limit */
};

struct sw_reporter_counts {
	struct sw_diagnose_counts judged;
	uint64_t taken;	 /* events of any kind */
	uint64_t logged; /* refusals with a line of their own */
	uint64_t folded; /* refusals told by an incident's count */
	uint64_t silent; /* refusals of rules with log = false */
	uint64_t turns;	 /* of its loop: the heart beat */
	uint64_t gaps;
	uint64_t hints_refused; /* hints the loader would not take */
	size_t incidents;	/* going on, as sw_incident_due_count_open() */
};

/* Everything in config stays the caller's and must outlive the desk; the
 * policy until the next adopt.
 * => NULL with errno set */
struct sw_reporter *sw_reporter_start(const struct sw_reporter_config *config,
    const struct sw_policy *policy, const struct sw_conf_log *log);
/* Takes what is left in the rings, closes incidents, ends the thread. */
void sw_reporter_stop(struct sw_reporter *reporter);

/* Called after a batch whose events are in a ring; cheap while the desk is
 * awake.  Any thread. */
void sw_reporter_wake(struct sw_reporter *reporter);

/* Keeps the desk from handling events meanwhile: for changing the slots. */
void sw_reporter_lock(struct sw_reporter *reporter);
void sw_reporter_unlock(struct sw_reporter *reporter);

/* Takes over a policy (it must outlive the next adopt) and the log's rate,
 * interval and so on; log NULL: as they were.  Called under the lock. */
void sw_reporter_adopt(struct sw_reporter *reporter,
    const struct sw_policy *policy, const struct sw_conf_log *log);

void sw_reporter_counts(
    struct sw_reporter *reporter, struct sw_reporter_counts *counts);

/* As sw_incident_due_list(). */
size_t sw_reporter_incidents(
    struct sw_reporter *reporter, struct sw_incident *list, size_t max);

/* The desk remembers the last events in two rings. */
enum sw_reporter_ring {
	SW_REPORTER_EVENTS, /* opened, established, ended, refused */
	SW_REPORTER_DROPS,  /* refused only: not pushed out by the others */
};

/*
 * Copies judged events from *cursor on, oldest first; *cursor moves.  A
 * cursor counts events since start; 0 is "as far back as kept", and
 * sw_reporter_cursor() is "from now on".
 * => how many were copied; *missed grows by those no longer kept
 */
size_t
sw_reporter_read(struct sw_reporter *reporter, enum sw_reporter_ring ring,
    uint64_t *cursor, uint64_t *missed, struct sw_event *events, size_t max);
uint64_t
sw_reporter_cursor(struct sw_reporter *reporter, enum sw_reporter_ring ring);

/* An eventfd that becomes readable when events were added while somebody
 * follows; the follower reads it.  follow = false: nobody does. */
int sw_reporter_follow(struct sw_reporter *reporter, bool follow);

#endif
