/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame: what a generator of traffic sends, as bytes behind a packet socket.
 *
 * Flow i joins one of 251 clients with one of 16 servers of the networks for
 * benchmarks (198.18.0.0/15, 2001:2::/48).  A pass is one byte from the client
 * and one from the server, each acknowledging all that came before, so every
 * frame of every pass is in the window when passes are sent in order.
 *
 * A frame begins with the header of virtio, which says where the checksum
 * belongs.  So nobody computes it on the way, as behind a network card.
 */
#ifndef SYNWARD_BENCH_FRAME_H
#define SYNWARD_BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define FRAME_MAX 128u			      /* bytes */
#define FRAME_FLOWS (251u * (65536u - 1024u)) /* that differ */

/* In the order of a connection's life. */
enum frame_step {
	FRAME_SYN,
	FRAME_SYNACK,
	FRAME_ACK,
	FRAME_DATA,
	FRAME_REPLY,
	FRAME_FIN,
	FRAME_FIN_REPLY,
	FRAME_LAST_ACK,
	FRAME_STEPS,
	FRAME_JUNK = FRAME_STEPS, /* data far outside of the window */
};

struct frame_kind {
	bool v6, udp;
};

/* Who sends that step.  => 0 the client, 1 the server */
unsigned frame_sender(enum frame_step step);

/* => bytes written; at has FRAME_MAX */
uint32_t frame_make(uint8_t *at, const struct frame_kind *kind, uint32_t flow,
    enum frame_step step, uint32_t pass);

#endif
