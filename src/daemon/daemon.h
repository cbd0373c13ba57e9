/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: starts, stops and reloads the parts in state/state.h.
 */
#ifndef SYNWARD_DAEMON_DAEMON_H
#define SYNWARD_DAEMON_DAEMON_H

#include "base/counter.h"
#include "base/exit_code.h"
#include "daemon/takeover.h"
#include "log/log.h"
#include "net/iface.h"
#include "pipeline/reporter.h"
#include "shards/shard.h"
#include "state/state.h"

/*
 * Starts all parts from daemon->conf (loaded by the caller): binds queues,
 * drops privileges, starts threads.  Errors are written to stderr.
 * => 0, or an exit code of the program
 * => in either case sw_daemon_stop() takes everything down
 */
int sw_daemon_start(struct sw_daemon *daemon);
void sw_daemon_stop(struct sw_daemon *daemon);

/*
 * Loads the configuration again, completely or not at all.  Flows stay.
 * => 0; or -EINVAL with errors filled and the old configuration in force; or
 *    -errno
 * => the caller owns errors: sw_conf_errors_free()
 */
int sw_daemon_reload(struct sw_daemon *daemon, struct sw_conf_errors *errors);

/* Compiles the rules again, because they name interfaces that appeared or
 * disappeared.
 * => 0, or -ENOMEM with the former rules in force */
int sw_daemon_reload_rules(struct sw_daemon *daemon);

/* Ends the flows that the rules in force deny, if on-reload says so, and logs
 * how many. */
void sw_daemon_recheck(struct sw_daemon *daemon);
/* Logs which interfaces of the rules can never match. */
void sw_daemon_warn_of_interfaces(const struct sw_daemon *daemon);

/* Ends the loop; everything is taken down in order afterwards. */
void sw_daemon_quit(struct sw_daemon *daemon, int exit_code);

#endif
