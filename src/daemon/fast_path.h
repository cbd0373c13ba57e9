/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fast_path: the kernel's program, as far as the daemon has to do with it.
 *
 * Packets of flows that have a lane are carried by the program.  Without it
 * every packet goes through the queue, and daemon->lanes_off says why.
 */
#ifndef SYNWARD_DAEMON_FAST_PATH_H
#define SYNWARD_DAEMON_FAST_PATH_H

#include <stdbool.h>

struct sw_daemon;
struct sw_shards;

/* Takes a predecessor's lanes over and shuts them. */
void sw_fast_path_inherit(struct sw_daemon *daemon);
/* Copies back what those lanes know of the flows in these shards. */
void sw_fast_path_recall(struct sw_daemon *daemon, struct sw_shards *shards);

/* Opens the maps that were lent; closes a predecessor's. */
void sw_fast_path_start(struct sw_daemon *daemon);
void sw_fast_path_stop(struct sw_daemon *daemon);

/* The program may carry packets for another lease. */
void sw_fast_path_renew_lease(struct sw_daemon *daemon);

/* Has records and counts follow some of the lanes, so that little is missing
 * from the counts that a successor goes on from. */
void sw_fast_path_read_some(struct sw_daemon *daemon);

/* Something that decided about flows is different now. */
void sw_fast_path_shut(struct sw_daemon *daemon);
/* The same for routes, which may change all the time: at most ten times a
 * second, the last of them when it is due. */
void sw_fast_path_note_routes(struct sw_daemon *daemon, bool changed);

/* What a reloaded configuration says. */
struct sw_conf_offload;
void sw_fast_path_adopt(
    struct sw_daemon *daemon, const struct sw_conf_offload *offload);

#endif
