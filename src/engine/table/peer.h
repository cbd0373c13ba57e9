/* SPDX-License-Identifier: Apache-2.0 */
/*
 * peer: what is kept of each side of a TCP flow (van Rooij 2001).
 *
 * A record of the flow table holds it, and a lane that the kernel's program
 * steps.  So this header needs nothing but fixed-width integers.
 */
#ifndef SYNWARD_ENGINE_TABLE_PEER_H
#define SYNWARD_ENGINE_TABLE_PEER_H

#include <stdint.h>

struct sw_peer {
	uint32_t end;	 /* max(seq + len) it sent */
	uint32_t maxend; /* max(ack + max(window, 1)) granted to it */
	uint32_t maxwin; /* largest scaled window it advertised */
	uint32_t maxack; /* highest acknowledgement it sent */
};

enum sw_peer_flag {
	SW_PEER_WSCALE = 0x01,	/* offered window scaling */
	SW_PEER_SACK = 0x02,	/* SACK permitted */
	SW_PEER_FIN = 0x04,	/* sent its FIN */
	SW_PEER_LIBERAL = 0x08, /* picked up mid-stream: window unknown */
	SW_PEER_UNACKED = 0x10, /* sent data not acknowledged yet */
	SW_PEER_ACKED = 0x20,	/* maxack is set */
	SW_PEER_SIMOPEN = 0x40, /* simultaneous open */
};

#endif
