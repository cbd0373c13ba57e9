/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tap_ring: the memory in which the kernel leaves the packets of a tap.
 *
 * The ring is an array of blocks (TPACKET_V3).  The kernel fills one after the
 * other and hands each over when it is full or 10 ms old; the reader gives it
 * back.  The reader may die at any moment: how far it came is noted in the
 * block itself, and the next reader goes on from there.
 */
#ifndef SYNWARD_NET_TAP_RING_H
#define SYNWARD_NET_TAP_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SW_TAP_BLOCK = 256 << 10, /* bytes */
	SW_TAP_BLOCKS = 128,
	SW_TAP_NOTE = 8, /* bytes of a block that are the reader's own */
};

/* A packet as it came, without its link header. */
struct sw_tap_frame {
	const uint8_t *bytes;
	uint32_t captured; /* bytes of them that were copied */
	uint32_t length;   /* bytes of them on the wire */
	uint32_t ifindex;
	uint64_t time; /* ns of wall-clock time when it came */
	uint16_t type; /* EtherType of what bytes begin with */
	bool tagged;   /* with this 802.1Q tag, which is not among bytes */
	bool outgoing; /* sent, not received */
	uint16_t vlan;
};

struct sw_tap_ring {
	uint8_t *base; /* n blocks of size bytes; the caller's */
	size_t size, n;
	size_t at;	   /* the block to read */
	bool is_held;	   /* it is ours, and partly read */
	uint32_t left;	   /* frames of it that are not read */
	const uint8_t *to; /* the next of them */
};

/* Goes on where an earlier reader stopped, or begins. */
void sw_tap_ring_begin(struct sw_tap_ring *ring);

/*
 * Reads up to most frames, and gives back a block whose frames were all
 * returned by earlier calls.
 * => the number of frames, which stay valid until the next call
 */
size_t sw_tap_ring_read(
    struct sw_tap_ring *ring, struct sw_tap_frame frames[], size_t most);

#endif
