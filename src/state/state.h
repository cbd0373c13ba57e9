/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state: the parts of a running synwardd, for the code that reads them.
 *
 *	kernel queue -> worker -> shard (engine) -> ring -> reporter -> log
 *	                                                \-> raw socket
 *	main loop: signals, timers, reload, control socket
 *
 * Everything in struct sw_daemon belongs to the main thread, which runs the
 * loop and the control socket and may read all of it without a lock.  Parts
 * that several threads use (shards, reporter, log, ifaces, counters) lock for
 * themselves.  daemon/daemon.h starts, stops and reloads them.
 */
#ifndef SYNWARD_STATE_STATE_H
#define SYNWARD_STATE_STATE_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "conf/conf.h"
#include "lanes/lane_maps.h"
#include "net/forwarded.h"
#include "net/kernel_tracker.h"
#include "net/own_mark.h"
#include "report/saved_reports.h"
#include "shards/saved_state.h"
#include "state/plug.h"

struct sw_control;
struct sw_reporter;
struct sw_fdstore;
struct sw_health;
struct sw_kernel_log;
struct sw_signs;
struct sw_ifaces;
struct sw_log;
struct sw_nfqueue;
struct sw_observe_stats;
struct sw_queue_stats;
struct sw_raw_socket;
struct sw_reverse_route;
struct sw_local_addrs;
struct sw_shards;
struct sw_tap;
struct sw_tap_stats;
struct sw_tap_worker;
struct sw_rule_slots;
struct sw_worker;

/* What was taken over from a predecessor: see daemon/takeover.h. */
struct sw_takeover_found {
	uint32_t flows, torn; /* flows taken over; torn ones dropped */
	uint32_t queues;
	uint32_t freed;		    /* packets that were queued again */
	uint32_t lanes;		    /* flows whose lanes were copied back */
	bool moved;		    /* from a table of another size */
	uint32_t unfit;		    /* flows that did not fit */
	uint32_t parts, parts_lost; /* of the predecessor's table */
	const char *fresh;	    /* why the table began empty, or NULL */
	bool reports;		    /* the reports, too */
	const char *forgot;	    /* why they were not, or NULL */
};

/* Which configuration is in force, and how the last reload ended. */
struct sw_daemon_reload {
	uint64_t generation; /* 1 at the start, + 1 for each reload */
	uint64_t failures;
	int64_t when;	 /* wall seconds of the last attempt */
	bool successful; /* result of the last attempt */
	size_t errors;	 /* number of its errors */
	char error[512]; /* the first of them */
};

struct sw_daemon {
	const char *conf_file; /* -c, or NULL: the default one */
	bool foreground;       /* log to stderr as well */
	bool verbose;	       /* log more details */
	pid_t parent;	       /* the supervisor; 0: none */
	bool alone;	       /* the supervisor is gone */
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
	struct sw_saved_reports reports;
	struct sw_takeover_found inherited;
	struct sw_time learns_until;
	long kernel_flows; /* known at a first start, or -errno */
	struct sw_own_mark own;
	int account; /* the kernel's table of queues: see net/queue_proc.h */
	struct sw_shards *shards;
	struct sw_lane_maps lanes;	/* see daemon/fast_path.h */
	struct sw_lane_maps left_lanes; /* a predecessor's, while it starts */
	uint32_t lanes_read;		/* of the current round */
	char lanes_off[192];		/* why there are none, or "" */
	int lane_code;			/* the program; 0, -1: none of ours */
	int routes_fd;			/* 0: not opened */
	bool routes_changed;		/* lanes are to be shut */
	uint64_t routes_at;		/* ns: they were last */
	struct sw_queue_stats *queues;	/* n_queues of them */
	struct sw_worker **workers;	/* n_queues of them */
	struct sw_nfqueue **nfqs;	/* each until its worker takes it */
	size_t n_queues;
	struct sw_tap_stats *tap_stats; /* NULL: the source is the queue */
	struct sw_tap_worker *tap_worker;
	struct sw_tap *tap;		   /* until its worker takes it */
	struct sw_local_addrs *local;	   /* the same */
	struct sw_kernel_tracker *tracker; /* of the kernel, beside a tap */
	struct sw_kernel_settings kernel;
	struct sw_kernel_log *kernel_log; /* NULL: no group is read */
	char nflog_off[192];		  /* why the one named is not, or "" */
	struct sw_log *log;
	struct sw_raw_socket *raw; /* NULL: beside a firewall nothing is sent */
	struct sw_reverse_route *route; /* NULL: no questions about routes */
	struct sw_observe_stats *observe_stats; /* written by the reporter */
	struct sw_reporter *reporter;
	sd_event *loop;
	struct sw_control *control; /* NULL: no socket */
	struct sw_health *health;   /* see state/health.h */
	struct sw_signs *signs;	    /* see state/signs.h */
	struct sw_forwarded forwarded;
	int synproxy;		 /* from sw_synproxy_open() */
	struct sw_plug plug;	 /* do packets come? */
	struct sw_time rules_at; /* do not read the rules before */
	int exit_code;		 /* of the program, after the loop */
};

#endif
