/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reporter: turns the engine's events into log lines and statistics.
 *
 * Each shard's engine puts events into a ring of its own, and the reporter's
 * thread is the only reader of all rings.  It buffers one event of each ring
 * and handles the oldest of them next, so that events of different shards are
 * reported in the order in which they happened, as far as they are in the rings
 * already.  Verdicts have been sent by then, so no packet waits for a report.
 * A refusal gets the route back and a cause (diagnose), goes into the histories
 * and the statistics of observe mode, and then either gets a log line or is
 * counted in an incident.  Requests to send a segment go to the raw sockets.
 *
 * Synchronisation: one lock protects everything that the reporter knows:
 * diagnosis, incidents, histories, counts, and the slots' names.  It is
 * released after each chunk of events, so that the main thread, which answers
 * the control socket and adopts policies, never waits long.  The rings need no
 * lock, because each has one writer and one reader.  Inside the lock the
 * reporter's thread uses the interfaces' list and puts entries into the log's
 * queue, which never blocks.  A reload holds the lock while every shard adopts
 * the new policy, so the order is this lock first, then a shard's.
 */
#ifndef SYNWARD_PIPELINE_REPORTER_H
#define SYNWARD_PIPELINE_REPORTER_H

#include "base/counter.h"
#include "conf/conf.h"
#include "log/log.h"
#include "net/iface.h"
#include "pipeline/kernel_log.h"
#include "report/incident.h"
#include "report/observe_stats.h"
#include "report/saved_reports.h"
#include "shards/shard.h"
#include "synward/diagnose.h"

struct sw_reporter;
struct sw_raw_socket;

/* Finds the interface of the route back to a refused packet's source, 0 when
 * unknown.  Called by the reporter's thread; must not block for long. */
typedef uint32_t (*sw_reverse_route_ask)(
    const struct sw_event *event, bool *doubted, void *context);

struct sw_reporter_config {
	struct sw_shards *shards;
	const struct sw_rule_slots
	    *slots; /* changed only under sw_reporter_lock() */
	struct sw_ifaces *ifaces;
	struct sw_log *log;
	struct sw_saved_reports *reports;	/* where it remembers */
	struct sw_raw_socket *raw;		/* NULL: nothing is sent */
	struct sw_observe_stats *observe_stats; /* NULL: not counted */
	const struct sw_queue_stats *queues;
	size_t n_queues;
	const struct sw_tap_stats *tap; /* NULL: there is none */
	/* compares with the kernel's firewall; used under the reporter's lock.
	 * NULL: nothing does */
	struct sw_kernel_log *kernel_log;
	sw_reverse_route_ask route; /* NULL: routes are not asked for */
	void *route_context;
	int synproxy;	 /* from sw_synproxy_open() */
	uint32_t budget; /* judgements per second, 0 = no limit */
};

/* Since the first process of the row began, but for turns. */
struct sw_reporter_counts {
	struct sw_diagnose_counts judged;
	uint64_t taken;	 /* events of any kind */
	uint64_t logged; /* refusals with their own line */
	uint64_t folded; /* refusals counted in an incident */
	uint64_t silent; /* refusals of rules with log = false */
	uint64_t turns;	 /* turns of the loop, its heartbeat */
	uint64_t gaps;
	uint64_t hints_refused; /* hints that the loader refused */
	size_t incidents;	/* open ones */
};

/* Everything in config stays the caller's and must outlive the reporter; the
 * policy must live until the next sw_reporter_adopt().
 * => NULL with errno set */
struct sw_reporter *sw_reporter_start(const struct sw_reporter_config *config,
    const struct sw_policy *policy, const struct sw_conf_log *log);
/* Handles what is left in the rings, closes incidents, ends the thread. */
void sw_reporter_stop(struct sw_reporter *reporter);

/* Called after a batch that put events into a ring; cheap while the reporter is
 * awake.  Any thread may call it. */
void sw_reporter_wake(struct sw_reporter *reporter);

/* Keeps the reporter from handling events while the caller changes the
 * slots. */
void sw_reporter_lock(struct sw_reporter *reporter);
void sw_reporter_unlock(struct sw_reporter *reporter);

/* The settings of the kernel's tracker, beside which packets are followed, have
 * changed; hints are in their words. */
void sw_reporter_set_kernel(
    struct sw_reporter *reporter, const struct sw_kernel_settings *settings);
/* And the interfaces that the tap listens on. */
void sw_reporter_set_links(
    struct sw_reporter *reporter, const uint32_t links[], size_t n);

/* => false: nothing that the kernel's firewall logs is read */
bool sw_reporter_kernel_counts(
    struct sw_reporter *reporter, struct sw_kernel_counts *counts);

/* What the kernel's rule says of a refused packet.
 * => text, or NULL for nothing */
const char *sw_reporter_prefix(struct sw_reporter *reporter,
    const struct sw_event *event, char text[SW_NFLOG_PREFIX]);

/* Takes over a policy (which must live until the next call) and the log's rate,
 * interval and so on; with log NULL these stay.  Call it under the lock. */
void sw_reporter_adopt(struct sw_reporter *reporter,
    const struct sw_policy *policy, const struct sw_conf_log *log);

/* Somebody has sent a packet of which only this much could be read: see
 * sw_diagnose_unseen().  Any thread may call it. */
void sw_reporter_note_unseen(
    struct sw_reporter *reporter, const struct sw_endpoints *ends);

void sw_reporter_counts(
    struct sw_reporter *reporter, struct sw_reporter_counts *counts);

/* Like sw_incident_due_list(). */
size_t sw_reporter_incidents(
    struct sw_reporter *reporter, struct sw_incident *list, size_t max);

/*
 * Copies judged events of one ring from the cursor on, oldest first, as
 * sw_event_history_read() and sw_event_history_read_back() do.
 */
size_t sw_reporter_read(struct sw_reporter *reporter, enum sw_saved_ring ring,
    struct sw_event_cursor *cursor, uint64_t *missed, struct sw_event *events,
    size_t max);
size_t
sw_reporter_read_back(struct sw_reporter *reporter, enum sw_saved_ring ring,
    struct sw_event_cursor *cursor, struct sw_event *events, size_t max);
/* "From now on" for the one, "the newest" for the other. */
struct sw_event_cursor
sw_reporter_cursor(struct sw_reporter *reporter, enum sw_saved_ring ring);

/* An eventfd that becomes readable when events were added; the follower reads
 * it.  follow = false: nobody follows any more. */
int sw_reporter_follow(struct sw_reporter *reporter, bool follow);

#endif
