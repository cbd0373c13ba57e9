/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_layer: finds the IP datagram in a captured frame.
 *
 * It knows Ethernet with VLAN tags and PPPoE, Linux cooked captures, raw IP and
 * BSD loopback.  Everything is read through a bounded reader.
 */
#ifndef SYNWARD_REPLAY_LINK_LAYER_H
#define SYNWARD_REPLAY_LINK_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Link types in capture files; raw IP has several numbers. */
enum sw_link_type {
	SW_LINK_NULL = 0,
	SW_LINK_ETHERNET = 1,
	SW_LINK_RAW = 12,
	SW_LINK_RAW_OPENBSD = 14,
	SW_LINK_RAW_FILE = 101,
	SW_LINK_LOOP = 108,
	SW_LINK_COOKED = 113,
	SW_LINK_IPV4 = 228,
	SW_LINK_IPV6 = 229,
	SW_LINK_COOKED2 = 276,
};

enum sw_link_outcome {
	SW_LINK_IP,
	SW_LINK_NOT_IP,	 /* ARP, IPX, a PPPoE control frame, ... */
	SW_LINK_CUT,	 /* the frame ends inside its link header */
	SW_LINK_UNKNOWN, /* a link type that is not supported */
};

struct sw_link {
	const uint8_t *ip; /* within the frame */
	size_t captured;   /* bytes of the datagram in the frame */
	uint32_t stated;   /* bytes on the wire, with padding */
	uint32_t ifindex;  /* cooked v2: index on the capturing host; else 0 */
	bool outgoing;	   /* cooked: sent by the capturing host */
};

/*
 * Skips the link header of a frame with captured bytes in the file and length
 * bytes on the wire.
 * => fills *link only when the outcome is SW_LINK_IP
 */
enum sw_link_outcome sw_link_layer_strip(uint32_t type, const uint8_t *frame,
    size_t captured, uint32_t length, struct sw_link *link);

#endif
