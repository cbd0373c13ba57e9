/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tuple: the canonical key of a flow and its keyed hash.
 *
 * The ends are ordered by address, then by port, so both directions have one
 * tuple.  The hash is computed over a packed form without the bytes that a
 * family does not use: 14 bytes for IPv4, 38 for IPv6,
 *
 *	a | b | a_port | b_port | family | proto	(ports low byte first)
 *
 * which for IPv4 are two words of SipHash, composed in registers.
 * sw_tuple_siphash13() over the same bytes gives the same value.  A zone is in
 * the byte that the last word has left.
 */
#include "engine/table/tuple.h"

#include <endian.h>
#include <string.h>

/* Bytes from family to zero. */
enum { KIND = 4 };

_Static_assert(offsetof(struct sw_endpoints, zero) ==
		       offsetof(struct sw_endpoints, family) + KIND - 1 &&
		   offsetof(struct sw_tuple, zero) ==
		       offsetof(struct sw_tuple, family) + KIND - 1,
    "copied as one word");

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

/* Compilers turn these into one load each. */
static inline uint32_t
load_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static inline uint64_t
load_le64(const uint8_t *p)
{
	return (uint64_t)load_le32(p) | (uint64_t)load_le32(p + 4) << 32;
}

static inline uint32_t
load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t
load_be64(const uint8_t *p)
{
	return (uint64_t)load_be32(p) << 32 | load_be32(p + 4);
}

static inline void
sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline struct sip
sip_start(const uint8_t key[16])
{
	uint64_t k0 = load_le64(key);
	uint64_t k1 = load_le64(key + 8);

	return (struct sip){
		.v0 = k0 ^ UINT64_C(0x736f6d6570736575),
		.v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
		.v2 = k0 ^ UINT64_C(0x6c7967656e657261),
		.v3 = k1 ^ UINT64_C(0x7465646279746573),
	};
}

static inline void
sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

static inline uint64_t
sip_finish(struct sip *s)
{
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t
sw_tuple_siphash13(const uint8_t key[16], const void *bytes, size_t length)
{
	const uint8_t *p = bytes;
	struct sip s = sip_start(key);
	uint64_t tail = (uint64_t)length << 56;

	for (size_t i = 0; i < length / 8; i++)
		sip_word(&s, load_le64(p + 8 * i));
	p += length & ~(size_t)7;
	for (size_t i = 0; i < length % 8; i++)
		tail |= (uint64_t)p[i] << (8 * i);
	sip_word(&s, tail);
	return sip_finish(&s);
}

/* The packed bytes after the addresses, and the packed length. */
static inline uint64_t
tuple_tail(const struct sw_tuple *tuple, uint64_t length)
{
	return (uint64_t)tuple->a_port | (uint64_t)tuple->b_port << 16 |
	       (uint64_t)load_le32(&tuple->family) << 32 | length << 56;
}

static inline uint64_t
hash_ipv4(const struct sw_tuple *tuple, const uint8_t key[16])
{
	struct sip s = sip_start(key);

	sip_word(&s, (uint64_t)load_le32(tuple->a.b) |
			 (uint64_t)load_le32(tuple->b.b) << 32);
	sip_word(&s, tuple_tail(tuple, 14));
	return sip_finish(&s);
}

static uint64_t
hash_ipv6(const struct sw_tuple *tuple, const uint8_t key[16])
{
	struct sip s = sip_start(key);

	sip_word(&s, load_le64(tuple->a.b));
	sip_word(&s, load_le64(tuple->a.b + 8));
	sip_word(&s, load_le64(tuple->b.b));
	sip_word(&s, load_le64(tuple->b.b + 8));
	sip_word(&s, tuple_tail(tuple, 38));
	return sip_finish(&s);
}

uint64_t
sw_tuple_hash(const struct sw_tuple *tuple, const uint8_t key[16])
{
	if (tuple->family == SW_IPV4)
		return hash_ipv4(tuple, key);
	return hash_ipv6(tuple, key);
}

/* An IPv4 address and its port as one number for comparison. */
static inline uint64_t
number_of(const struct sw_addr *addr, uint16_t port)
{
	return (uint64_t)load_be32(addr->b) << 16 | port;
}

static inline void
put_end(struct sw_addr *addr, uint16_t *port, uint64_t number)
{
	uint32_t address = htobe32((uint32_t)(number >> 16));

	memcpy(addr->b, &address, sizeof(address));
	*port = (uint16_t)number;
}

/* Packets come from either end in an unpredictable order, so the ends are
 * ordered without a branch. */
static inline bool
make_ipv4(struct sw_tuple *tuple, const struct sw_endpoints *ends)
{
	uint64_t src = number_of(&ends->src, ends->sport);
	uint64_t dst = number_of(&ends->dst, ends->dport);
	bool from_b = src > dst;
	uint64_t swap = (src ^ dst) & -(uint64_t)from_b;

	put_end(&tuple->a, &tuple->a_port, src ^ swap);
	put_end(&tuple->b, &tuple->b_port, dst ^ swap);
	return from_b;
}

/* An IPv6 address and its port as three numbers, the most significant first. */
struct far_end {
	uint64_t high, low, port;
};

static inline struct far_end
far_end_of(const struct sw_addr *addr, uint16_t port)
{
	return (
	    struct far_end){ load_be64(addr->b), load_be64(addr->b + 8), port };
}

static inline bool
is_later(const struct far_end *one, const struct far_end *other)
{
	bool low = (one->low > other->low) |
		   ((one->low == other->low) & (one->port > other->port));

	return (one->high > other->high) | ((one->high == other->high) & low);
}

static inline bool
make_ipv6(struct sw_tuple *tuple, const struct sw_endpoints *ends)
{
	struct far_end src = far_end_of(&ends->src, ends->sport);
	struct far_end dst = far_end_of(&ends->dst, ends->dport);
	bool from_b = is_later(&src, &dst);
	const struct sw_addr *addr[2] = { &ends->src, &ends->dst };
	const uint16_t port[2] = { ends->sport, ends->dport };

	tuple->a = *addr[from_b];
	tuple->b = *addr[!from_b];
	tuple->a_port = port[from_b];
	tuple->b_port = port[!from_b];
	return from_b;
}

static inline void
begin(struct sw_tuple *tuple, const struct sw_endpoints *ends)
{
	memset(tuple, 0, sizeof(*tuple));
	memcpy(&tuple->family, &ends->family, KIND);
}

bool
sw_tuple_make(struct sw_tuple *tuple, const struct sw_endpoints *ends)
{
	begin(tuple, ends);
	return ends->family == SW_IPV4 ? make_ipv4(tuple, ends)
				       : make_ipv6(tuple, ends);
}

bool
sw_tuple_key(struct sw_tuple *tuple, const struct sw_endpoints *ends,
    const uint8_t key[16], uint64_t *hash)
{
	bool from_b;

	begin(tuple, ends);
	if (ends->family == SW_IPV4) {
		from_b = make_ipv4(tuple, ends);
		*hash = hash_ipv4(tuple, key);
	} else {
		from_b = make_ipv6(tuple, ends);
		*hash = hash_ipv6(tuple, key);
	}
	return from_b;
}

struct sw_endpoints
sw_tuple_ends(const struct sw_tuple *tuple, bool from_b)
{
	return (struct sw_endpoints){
		.src = from_b ? tuple->b : tuple->a,
		.dst = from_b ? tuple->a : tuple->b,
		.sport = from_b ? tuple->b_port : tuple->a_port,
		.dport = from_b ? tuple->a_port : tuple->b_port,
		.family = tuple->family,
		.proto = tuple->proto,
		.zone = tuple->zone,
	};
}

bool
sw_tuple_equal(const struct sw_tuple *a, const struct sw_tuple *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}
