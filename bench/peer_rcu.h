/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer_rcu: the table a tracker would be built on without one of its own.
 *
 * liburcu's lock-free resizable hash table, with a record of its own for
 * each flow, stepped by the same parser, tuple, hash and TCP machine, one
 * packet at a time as its interface has it.
 */
#ifndef SYNWARD_BENCH_PEER_RCU_H
#define SYNWARD_BENCH_PEER_RCU_H

#include <stdbool.h>
#include <stdint.h>

struct peer_rcu;

struct peer_rcu *peer_rcu_create(uint32_t flows, const uint8_t key[16]);
void peer_rcu_destroy(struct peer_rcu *peer);

/* Steps a packet; an opening one makes its flow.  => false when refused */
bool peer_rcu_step(struct peer_rcu *peer, const uint8_t *bytes,
    uint32_t captured, uint32_t tick);

/* Bytes a flow, the table's own aside. */
uint32_t peer_rcu_flow_size(void);

#endif
