/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state: the parts of a running synwardd, for those that look at it.
 *
 *	kernel queue -> worker -> shard (engine) -> ring -> desk -> log
 *	                                                \-> raw
 *	main loop: signals, timers, reload, control socket
 *
 * Everything in struct sw_daemon belongs to the main thread, which runs the
 * loop and the control socket: it may read all of it without a lock.  Parts
 * used by several threads at once (shards, desk, log, ifaces, stats) lock
 * for themselves.  What starts, stops and reloads it: daemon/daemon.h.
 */
#ifndef SYNWARD_STATE_STATE_H
#define SYNWARD_STATE_STATE_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "conf/conf.h"
#include "net/own_mark.h"
#include "shards/saved_state.h"

struct sw_control;
struct sw_reporter;
struct sw_fdstore;
struct sw_health;
struct sw_ifaces;
struct sw_log;
struct sw_nfqueue;
struct sw_observe_stats;
struct sw_queue_stats;
struct sw_raw_socket;
struct sw_reverse_route;
struct sw_shards;
struct sw_rule_slots;
struct sw_worker;

/* What a predecessor left and was taken over: see daemon/takeover.h. */
struct sw_takeover_found {
	uint32_t flows, torn; /* taken over, and dropped */
	uint32_t queues;
	uint32_t freed;		    /* packets that had no answer */
	bool moved;		    /* from a table of another size */
	uint32_t unfit;		    /* there was no room for */
	uint32_t parts, parts_lost; /* of the table that was left */
	const char *fresh;	    /* why the table began empty, or NULL */
};

/* Which configuration is in force and how the last reload went. */
struct sw_daemon_reload {
	uint64_t generation; /* 1 at start, + 1 with each one taken over */
	uint64_t failures;
	int64_t when;	 /* wall seconds of the last attempt */
	bool successful; /* the last attempt */
	size_t errors;	 /* it found so many */
	char error[512]; /* and this was the first */
};

struct sw_daemon {
	const char *conf_file; /* -c, or NULL: the default one */
	bool foreground;       /* log to stderr, too */
	bool verbose;	       /* say more of what is done */
	pid_t parent;	       /* supervises us; 0: nobody does */
	bool alone;	       /* it is gone */
	struct sw_time started;
	int64_t started_wall; /* seconds */
	struct sw_daemon_reload reload;

	struct sw_conf *conf;
	struct sw_rule_slots
	    *slots; /* names of rules, see sw_reporter_lock() */
	struct sw_policy *policy;
	struct sw_ifaces *ifaces;
	struct sw_fdstore *fdstore;	   /* until everything is started */
	struct sw_saved_state saved_state; /* for a successor */
	struct sw_takeover_found inherited;
	struct sw_own_mark own;
	int account; /* the kernel's, of its queues: see net/queue_proc.h */
	struct sw_shards *shards;
	struct sw_queue_stats *queues; /* n_queues of them */
	struct sw_worker **workers;    /* likewise */
	struct sw_nfqueue **nfqs;      /* until its worker has each */
	size_t n_queues;
	struct sw_log *log;
	struct sw_raw_socket *raw;
	struct sw_reverse_route *route; /* NULL: routes are not asked for */
	struct sw_observe_stats *observe_stats; /* by the desk */
	struct sw_reporter *reporter;
	sd_event *loop;
	struct sw_control *control; /* NULL: no socket */
	struct sw_health *health;   /* see state/health.h */
	int exit_code;		    /* of the program, once the loop ends */
};

#endif
