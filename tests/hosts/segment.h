/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment: a TCP segment of a conversation, as tests write and read it.
 */
#ifndef SYNWARD_HOSTS_SEGMENT_H
#define SYNWARD_HOSTS_SEGMENT_H

#include "synward/packet.h"

struct segment {
	uint8_t side; /* 0 the opener, 1 the other */
	uint8_t flags;
	uint16_t window; /* as on the wire */
	uint32_t seq, ack;
	uint32_t length; /* payload */
	int8_t wscale;	 /* -1: none */
	bool sack_permitted;
	uint32_t sack;	/* right edge of a block, 0: none */
	uint32_t pause; /* seconds of silence before it, a multiple of 10 */
	bool has_timestamp;
	uint32_t tsval, tsecr;
};

/* a < b in sequence space (RFC 9293 3.4). */
static inline bool
segment_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* The sequence number after the segment. */
uint32_t segment_end(const struct segment *segment);

/* The datagram between these ends; the payload is zeros.
 * => length; bytes has room for BUILD_MAX of build.h */
size_t segment_bytes(const struct segment *segment,
    const struct sw_endpoints *opener, uint8_t *bytes);

/* What the parser would make of that datagram, without its bytes. */
struct sw_packet segment_packet(
    const struct segment *segment, const struct sw_endpoints *opener);

#endif
