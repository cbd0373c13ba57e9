/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon: starts, stops and reloads what state/state.h shows.
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
int sw_daemon_reload_rules(struct sw_daemon *daemon);

/* Ends the loop; everything is taken down in order afterwards. */
void sw_daemon_quit(struct sw_daemon *daemon, int exit_code);

#endif
