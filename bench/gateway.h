/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway: one of the gateways a generator compares, seen from both sides.
 *
 * Packets go in by a packet socket at the client and at the server; what
 * comes out is counted by the interfaces of the two.  Both are reached by
 * the names of their network namespaces.
 */
#ifndef SYNWARD_BENCH_GATEWAY_H
#define SYNWARD_BENCH_GATEWAY_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"

#define GATEWAY_BATCH 32u /* packets of one system call */

struct gateway {
	char name[32];
	bool hole;	  /* lets nothing through: the sender is measured */
	int reader;	  /* process that reads the queue, or 0 */
	int socket[2];	  /* at the client, at the server */
	uint8_t *ring[2]; /* of its frames, shared with the kernel */
	unsigned next[2]; /* slot of it */
	int counter[2];	  /* packets that arrived there */
	uint64_t begun;	  /* arrived before the first packet was sent */
	uint64_t sent;	  /* and not lost */
	uint64_t lost;
	uint64_t waits;	 /* ns for which the sender had nothing to do */
	uint64_t cursor; /* of data: pass * flows + place in the pass */
	uint32_t opened; /* connections, for those that only open and close */
};

/* text: NAME=CLIENT,SERVER[,PROCESS or hole].  Ends the program when it
 * cannot be. */
void gateway_open(struct gateway *gateway, const char *text);

uint64_t gateway_arrived(const struct gateway *gateway);

/* Sends n frames from that side, waiting until at most window packets would
 * be on their way.  Those that do not arrive are counted as lost when none
 * came for a while. */
void gateway_send(struct gateway *gateway, unsigned side,
    uint8_t frames[][FRAME_MAX], const uint32_t length[], unsigned n,
    uint32_t window);

/* Waits until all have arrived or are lost. */
void gateway_settle(struct gateway *gateway);

/* Time the queue's reader had a processor, ns; 0 when there is none. */
uint64_t gateway_reader_ns(const struct gateway *gateway);

/* Time a core was not idle, ns, in steps of 10 ms. */
uint64_t gateway_core_ns(unsigned core);

#endif
