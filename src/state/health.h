/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health: is every thread alive, and what does the kernel report?
 */
#ifndef SYNWARD_STATE_HEALTH_H
#define SYNWARD_STATE_HEALTH_H

#include "state/state.h"

struct sw_health;

/* => NULL when memory is short */
struct sw_health *sw_health_create(size_t n_queues);
void sw_health_destroy(struct sw_health *health);

/* Reads the kernel's counters of our queues into their statistics. */
void sw_health_read_queues(struct sw_daemon *daemon);

/* Has every worker, and the reporter, turned its loop since the last call that
 * returned true? */
bool sw_health_alive(struct sw_daemon *daemon);

/* Writes one line for systemd: flows, refusals, configuration. */
void sw_health_text(struct sw_daemon *daemon, char *text, size_t size);

#endif
