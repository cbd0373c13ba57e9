/* SPDX-License-Identifier: Apache-2.0 */
/*
 * first_start: a table that begins empty on a gateway that is in use.
 *
 * What the kernel's own tracker knows to be established is believed: see
 * sw_engine_know().
 */
#ifndef SYNWARD_DAEMON_FIRST_START_H
#define SYNWARD_DAEMON_FIRST_START_H

struct sw_daemon;

/* Call it when the table is made, before any packet. */
void sw_first_start(struct sw_daemon *daemon);

/* Logs what was found; call it once the log runs. */
void sw_first_start_tell(const struct sw_daemon *daemon);

#endif
