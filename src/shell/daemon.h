/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: the parts of a running synwardd and how they hang together.
 *
 *	kernel queue -> worker -> shard (engine) -> ring -> desk -> log
 *	                                                \-> raw
 *	main loop: signals, timers, reload, control socket
 *
 * Everything in struct sw_daemon belongs to the main thread, which runs the
 * loop and the control socket: it may read all of it without a lock.  Parts
 * used by several threads at once (shards, desk, log, ifaces, stats) lock
 * for themselves.
 */
#ifndef SYNWARD_SHELL_DAEMON_H
#define SYNWARD_SHELL_DAEMON_H

#include <systemd/sd-event.h>

#include "shell/conf.h"
#include "shell/desk.h"
#include "shell/iface.h"
#include "shell/inherit.h"
#include "shell/legacy.h"
#include "shell/log.h"
#include "shell/own.h"
#include "shell/shard.h"
#include "shell/stats.h"

struct sw_nfq;
struct sw_worker;
struct sw_raw;
struct sw_route;
struct sw_control;
struct sw_health;
struct sw_handover;

/* Exit codes of both programs. */
enum sw_exit {
	SW_EXIT_OK = 0,
	SW_EXIT_FAILURE = 1,
	SW_EXIT_USAGE = 2,
	SW_EXIT_UNREACHABLE = 3,
	SW_EXIT_NOTHING = 4,
	SW_EXIT_NOT_PERMITTED = 5,
	SW_EXIT_CONFIG = 78,
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
	struct sw_slots *slots; /* names of rules, see sw_desk_lock() */
	struct sw_policy *policy;
	struct sw_ifaces *ifaces;
	struct sw_handover *handover; /* until everything is started */
	struct sw_legacy legacy;      /* for a successor */
	struct sw_inherited inherited;
	struct sw_own own;
	int account; /* the kernel's, of its queues: see procqueue.h */
	struct sw_shards *shards;
	struct sw_queue_stats *queues; /* n_queues of them */
	struct sw_worker **workers;    /* likewise */
	struct sw_nfq **nfqs;	       /* until its worker has each */
	size_t n_queues;
	struct sw_log *log;
	struct sw_raw *raw;
	struct sw_route *route;	      /* NULL: routes are not asked for */
	struct sw_observed *observed; /* by the desk */
	struct sw_desk *desk;
	sd_event *loop;
	struct sw_control *control; /* NULL: no socket */
	struct sw_health *health;   /* see health.h */
	int exit_code;		    /* of the program, once the loop ends */
};

/*
 * Puts all parts together around daemon->conf (loaded, taken over): queues
 * bound, privileges dropped, threads running.  What goes wrong is told on
 * stderr.
 * => 0, or an exit code of the program
 * => in either case sw_daemon_stop() takes everything down
 */
int sw_daemon_start(struct sw_daemon *daemon);
void sw_daemon_stop(struct sw_daemon *daemon);

/*
 * Loads the configuration anew: whole, or not at all.  Flows stay.
 * => 0, or -EINVAL with errors filled and the old one in force, or -errno
 * => errors are the caller's: sw_conf_errors_free()
 */
int sw_daemon_reload(struct sw_daemon *daemon, struct sw_conf_errors *errors);

/* Compiles the rules anew, for they name interfaces that came or went.
 * => 0 or -ENOMEM, the former rules in force */
int sw_daemon_recompile(struct sw_daemon *daemon);

/* Ends the loop; everything is taken down in order afterwards. */
void sw_daemon_quit(struct sw_daemon *daemon, int exit_code);

#endif
