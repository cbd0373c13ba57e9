/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each kind waits in a ring of its own, oldest first, and in chains by the hash
 * of its addresses.  What finds its partner leaves its chain at once, and its
 * place in the ring when its turn comes.
 *
 * A packet is recognised by everything that no router changes: addresses,
 * ports, length, and what TCP and ICMP say.  Of equal packets the oldest is
 * taken.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/packet/refusal.h"
#include "pipeline/pairing.h"
#include "synward/engine.h"

enum { CHAINS = SW_PAIRING_ROOM };

#define NOBODY UINT32_MAX

struct waiter {
	struct sw_time since;
	uint32_t chain, before, next; /* its chain, and its place in that */
	bool waits;
};

struct ring {
	struct waiter list[SW_PAIRING_ROOM];
	uint32_t chains[CHAINS];
	uint32_t first, n; /* in the order of arrival */
	uint32_t waiting;  /* of these */
	bool closed;
};

struct sw_pairing {
	uint8_t key[16];
	struct ring events, drops;
	struct sw_event event[SW_PAIRING_ROOM];
	struct sw_kernel_drop drop[SW_PAIRING_ROOM];
	/* of each drop, what a report about it would say */
	struct sw_refusal refusal[SW_PAIRING_ROOM];
};

struct sw_pairing *
sw_pairing_create(const uint8_t key[16])
{
	struct sw_pairing *pairing = calloc(1, sizeof *pairing);

	if (pairing == NULL)
		return NULL;
	memcpy(pairing->key, key, sizeof pairing->key);
	memset(pairing->events.chains, 0xff, sizeof pairing->events.chains);
	memset(pairing->drops.chains, 0xff, sizeof pairing->drops.chains);
	return pairing;
}

void
sw_pairing_destroy(struct sw_pairing *pairing)
{
	free(pairing);
}

/* --- rings ------------------------------------------------------------------ */

/* Packets differ in their numbers more than in their ends, so the chain of a
 * packet depends on both, in a way that nobody outside can compute. */
static uint32_t
chain_of(const struct sw_pairing *pairing, const struct sw_refusal *refusal)
{
	uint64_t hash = sw_engine_hash(pairing->key, &refusal->ends), odd;

	memcpy(&odd, pairing->key, sizeof odd);
	hash +=
	    (((uint64_t)refusal->seq << 32) + refusal->ack + refusal->length) *
	    (odd | 1);
	return (uint32_t)(hash >> 40) % CHAINS;
}

/* => the place of a new one; the caller has made room */
static uint32_t
enter(struct ring *ring, uint32_t chain, struct sw_time since)
{
	uint32_t i = (ring->first + ring->n++) % SW_PAIRING_ROOM;
	uint32_t next = ring->chains[chain];

	assert(ring->n <= SW_PAIRING_ROOM);
	ring->list[i] = (struct waiter){ .since = since,
		.chain = chain,
		.before = NOBODY,
		.next = next,
		.waits = true };
	if (next != NOBODY)
		ring->list[next].before = i;
	ring->chains[chain] = i;
	ring->waiting++;
	return i;
}

static void
leave(struct ring *ring, uint32_t i)
{
	struct waiter *waiter = &ring->list[i];

	if (waiter->before != NOBODY)
		ring->list[waiter->before].next = waiter->next;
	else
		ring->chains[waiter->chain] = waiter->next;
	if (waiter->next != NOBODY)
		ring->list[waiter->next].before = waiter->before;
	waiter->waits = false;
	ring->waiting--;
}

/* Passes over those that have found their partner.
 * => false when nobody waits */
static bool
find_first(struct ring *ring)
{
	while (ring->n > 0 && !ring->list[ring->first].waits) {
		ring->first = (ring->first + 1) % SW_PAIRING_ROOM;
		ring->n--;
	}
	return ring->n > 0;
}

/* Must the first one wait no longer? */
static bool
is_due(struct ring *ring, struct sw_time until, bool *certain)
{
	if (!find_first(ring))
		return false;
	*certain = ring->list[ring->first].since.ns < until.ns;
	return *certain || ring->closed ||
	       ring->n > SW_PAIRING_ROOM - SW_PAIRING_MARGIN;
}

/* --- packets ---------------------------------------------------------------- */

static bool
same_ends(const struct sw_endpoints *a, const struct sw_endpoints *b)
{
	return a->family == b->family && a->proto == b->proto &&
	       a->sport == b->sport && a->dport == b->dport &&
	       memcmp(&a->src, &b->src, sizeof a->src) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof a->dst) == 0;
}

static bool
same_packet(const struct sw_refusal *a, const struct sw_refusal *b)
{
	return same_ends(&a->ends, &b->ends) && a->length == b->length &&
	       a->tcp_flags == b->tcp_flags && a->seq == b->seq &&
	       a->ack == b->ack && a->window == b->window &&
	       a->payload == b->payload && a->tsval == b->tsval &&
	       a->chunks == b->chunks && a->icmp_type == b->icmp_type &&
	       a->icmp_code == b->icmp_code;
}

/* Zones are ours; the kernel's packet has none. */
static struct sw_refusal
without_zone(const struct sw_refusal *refusal)
{
	struct sw_refusal plain = *refusal;

	plain.ends.zone = 0;
	return plain;
}

/* => the one of that packet, or NOBODY */
static uint32_t
find(const struct sw_pairing *pairing, const struct ring *ring, uint32_t chain,
    const struct sw_refusal *refusal)
{
	uint32_t i = ring->chains[chain];

	while (i != NOBODY && !same_packet(ring == &pairing->events
					       ? &pairing->event[i].refused
					       : &pairing->refusal[i],
				  refusal))
		i = ring->list[i].next;
	return i;
}

bool
sw_pairing_event(struct sw_pairing *pairing, const struct sw_event *event,
    struct sw_time now, struct sw_kernel_drop *drop)
{
	struct sw_refusal refusal = without_zone(&event->refused);
	uint32_t chain = chain_of(pairing, &refusal);
	uint32_t i = find(pairing, &pairing->drops, chain, &refusal);

	if (i != NOBODY) {
		*drop = pairing->drop[i];
		leave(&pairing->drops, i);
		return true;
	}
	i = enter(&pairing->events, chain, now);
	pairing->event[i] = *event;
	return false;
}

bool
sw_pairing_drop(struct sw_pairing *pairing, const struct sw_kernel_drop *drop,
    struct sw_event *event)
{
	struct sw_refusal refusal = { 0 };
	uint32_t chain, i;

	sw_refusal_describe(&drop->packet, &refusal);
	refusal = without_zone(&refusal);
	chain = chain_of(pairing, &refusal);
	i = find(pairing, &pairing->events, chain, &refusal);
	if (i != NOBODY) {
		*event = pairing->event[i];
		leave(&pairing->events, i);
		return true;
	}
	i = enter(&pairing->drops, chain, drop->when);
	pairing->drop[i] = *drop;
	pairing->refusal[i] = refusal;
	return false;
}

bool
sw_pairing_take_event(struct sw_pairing *pairing, struct sw_time said,
    struct sw_event *event, bool *certain)
{
	struct ring *ring = &pairing->events;

	if (!is_due(ring, said, certain))
		return false;
	*event = pairing->event[ring->first];
	leave(ring, ring->first);
	return true;
}

bool
sw_pairing_take_drop(struct sw_pairing *pairing, struct sw_time seen,
    struct sw_kernel_drop *drop, bool *certain)
{
	struct ring *ring = &pairing->drops;

	if (!is_due(ring, seen, certain))
		return false;
	*drop = pairing->drop[ring->first];
	leave(ring, ring->first);
	return true;
}

void
sw_pairing_close(struct sw_pairing *pairing)
{
	pairing->events.closed = pairing->drops.closed = true;
}

bool
sw_pairing_waits(const struct sw_pairing *pairing)
{
	return pairing->events.waiting + pairing->drops.waiting > 0;
}
