/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: the packets that benchmarks feed, as bytes.
 *
 * Flow i is a TCP connection of a client 10.x.x.x (10::x:x:x) to one of 64
 * servers; its numbers are made from i.  Segments carry the options of
 * today's stacks.  A round of data is 100 bytes; rounds may be left out, as
 * far as windows go.
 */
#ifndef SYNWARD_BENCH_WIRE_H
#define SYNWARD_BENCH_WIRE_H

#include <stdint.h>

#include "synward/packet.h"

#define WIRE_MAX 80u		       /* bytes of a packet's headers at most */
#define WIRE_FLOWS (UINT32_C(1) << 29) /* flows that differ */

enum wire_kind {
	WIRE_SYN,
	WIRE_SYNACK, /* from the server */
	WIRE_ACK,
	WIRE_DATA,
	WIRE_FIN,
	WIRE_RESET,
};

/* How far each side is: rounds of data it has sent, this one included. */
struct wire_progress {
	uint32_t sent[2];
};

/* Who talks in flow i; 0 = its opener sends. */
struct sw_endpoints wire_ends(uint8_t family, uint32_t i, unsigned direction);

/* Acknowledges all that the other side has sent.
 * => bytes written; at is WIRE_MAX bytes */
uint32_t wire_make(uint8_t *at, uint8_t family, uint32_t i, enum wire_kind kind,
    unsigned direction, const struct wire_progress *progress);

#endif
