/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap_worker: a thread that follows what a tap hears.
 *
 * Its packets have gone on already: the engine's verdict is a statement about
 * them, and nothing waits for it.
 */
#ifndef SYNWARD_PIPELINE_TAP_WORKER_H
#define SYNWARD_PIPELINE_TAP_WORKER_H

#include "base/counter.h"
#include "net/local_addrs.h"
#include "net/tap.h"
#include "pipeline/reporter.h"
#include "shards/shard.h"

enum { SW_TAP_VLANS = 256 };

/* The interface of a VLAN whose frames pass another interface. */
struct sw_tap_vlan {
	uint32_t parent, index;
	uint16_t vlan;
	bool heard; /* the tap listens on it as well */
};

struct sw_tap_worker;

struct sw_tap_worker_config {
	struct sw_tap *tap;	      /* => takes ownership */
	struct sw_local_addrs *local; /* => takes ownership */
	struct sw_shards *shards;
	struct sw_reporter *reporter;
	struct sw_tap_stats *stats;
};

/* => NULL with errno set, and the caller still owns what is in config */
struct sw_tap_worker *
sw_tap_worker_start(const struct sw_tap_worker_config *config);

/* From now on: listens on these interfaces, as sw_tap_listen() does, and knows
 * at most SW_TAP_VLANS of these VLANs.  Any thread may call it.
 * => 0 or -errno */
int sw_tap_worker_listen(struct sw_tap_worker *worker,
    const struct sw_tap_link links[], size_t n, bool sent,
    const struct sw_tap_vlan vlans[], size_t n_vlans);

/* Reads what is left, waits until the thread has ended, and closes the tap. */
void sw_tap_worker_stop(struct sw_tap_worker *worker);

#endif
