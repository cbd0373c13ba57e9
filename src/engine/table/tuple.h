/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tuple: one key for both directions of a flow, for IPv4 and IPv6.
 *
 * The two ends are ordered (address bytes, then port), so a packet and its
 * reply have the same tuple; which of the two ends sent the packet is returned
 * separately.  The hash is SipHash-1-3 with a random key: a peer that can
 * choose addresses and ports cannot choose buckets.
 */
#ifndef SYNWARD_ENGINE_TABLE_TUPLE_H
#define SYNWARD_ENGINE_TABLE_TUPLE_H

#include "synward/packet.h"

/* Compared and hashed as bytes: no padding, unused bytes zero. */
struct sw_tuple {
	struct sw_addr a, b;
	uint16_t a_port, b_port;
	uint8_t family;
	uint8_t proto;
	uint8_t zone;
	uint8_t zero;
};

_Static_assert(sizeof(struct sw_tuple) == 40, "tuple is hashed as bytes");

/* Fills the tuple.  => true when ends.src became b */
bool sw_tuple_make(struct sw_tuple *tuple, const struct sw_endpoints *ends);

/* The ends of the packet: src is a, or b when from_b. */
struct sw_endpoints sw_tuple_ends(const struct sw_tuple *tuple, bool from_b);

/* Hashes only the bytes the family uses. */
uint64_t sw_tuple_hash(const struct sw_tuple *tuple, const uint8_t key[16]);

/* Makes tuple and hash at once, as each packet needs both. */
bool sw_tuple_key(struct sw_tuple *tuple, const struct sw_endpoints *ends,
    const uint8_t key[16], uint64_t *hash);

bool sw_tuple_equal(const struct sw_tuple *a, const struct sw_tuple *b);

/* SipHash-1-3 (Aumasson, Bernstein 2012), 64-bit result. */
uint64_t
sw_tuple_siphash13(const uint8_t key[16], const void *bytes, size_t length);

#endif
