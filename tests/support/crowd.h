/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crowd: an engine and numbered flows through it.
 *
 * Flow i is a TCP connection of client 10.x.x.x to a server, or a UDP one.
 * Sequence numbers are given as offsets from a side's first: its SYN has 0,
 * the first byte 1.  The events are counted, not kept.
 */
#ifndef SYNWARD_SUPPORT_CROWD_H
#define SYNWARD_SUPPORT_CROWD_H

#include "synward/engine.h"

struct crowd {
	struct sw_engine *engine;
	struct sw_policy *policy;
	struct sw_time now;
	uint8_t proto;	   /* of the packets that follow: TCP at first */
	uint32_t sources;  /* clients: flow i is of client i % sources */
	uint32_t packets;  /* stepped */
	uint32_t sends;	   /* segments the engine asked to be sent */
	uint32_t refusals; /* told by events */
	struct sw_refusal refused; /* the last of them */
};

/* => the caller's, to be closed; fails the test when memory is short */
struct crowd crowd_open(
    const struct sw_limits *limits, const struct sw_flow_policy *flow_policy);
void crowd_close(struct crowd *crowd);

/* A segment of flow i from its opener (0) or the other side (1); flags as
 * for build_flags().  => it passed */
bool crowd_step(struct crowd *crowd, uint32_t i, unsigned direction,
    const char *flags, uint32_t seq, uint32_t ack, uint32_t payload);

/* S, SA, A, and data acknowledged both ways.  => all passed */
bool crowd_establish(struct crowd *crowd, uint32_t i);

/* Both FINs, acknowledged, after crowd_establish().  => all passed */
bool crowd_finish(struct crowd *crowd, uint32_t i);

/* The same moment, so many milliseconds on; a full sweep there. */
void crowd_wait(struct crowd *crowd, uint64_t ms);

/* Opens UDP flow i, one of many, in whatever engine: from client i to port
 * 53 of 192.0.2.1. */
struct sw_packet crowd_datagram(uint32_t i);

struct sw_counts crowd_counts(const struct crowd *crowd);
/* Is flow i live? */
bool crowd_has(const struct crowd *crowd, uint32_t i);

#endif
