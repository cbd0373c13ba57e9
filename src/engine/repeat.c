/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One place for each hash: of two flows that share a place, the later one
 * counts.
 */
#include "engine/repeat.h"

#include <netinet/in.h>

#include "engine/internal.h"

#define LASTS (100 * SW_NS_PER_MS)
/* More rules than anybody has, and a successor that gets everything twice. */
#define PASSES 7

static struct sw_repeat_entry *
place(struct sw_repeat *again, uint64_t hash)
{
	return &again->entry[(hash >> 32) % SW_AGAIN_ENTRIES];
}

void
sw_repeat_note(struct sw_repeat *again, const struct sw_lookup *p)
{
	const struct sw_tcp_segment *tcp = &p->packet->tcp;

	*place(again, p->hash) = (struct sw_repeat_entry){ .hash = p->hash,
		.when = p->now.ns,
		.seq = tcp->seq,
		.ack = tcp->ack,
		.length = p->packet->length,
		.in = p->packet->in,
		.out = p->packet->out,
		.tsval = tcp->tsval,
		.tsecr = tcp->tsecr,
		.window = tcp->window,
		.flags = tcp->flags,
		.left = PASSES,
		.from_b = p->from_b };
}

static bool
is_same(const struct sw_repeat_entry *entry, const struct sw_lookup *p)
{
	const struct sw_tcp_segment *tcp = &p->packet->tcp;

	return entry->hash == p->hash && entry->from_b == p->from_b &&
	       entry->seq == tcp->seq && entry->ack == tcp->ack &&
	       entry->length == p->packet->length &&
	       entry->tsval == tcp->tsval && entry->tsecr == tcp->tsecr &&
	       entry->window == tcp->window && entry->flags == tcp->flags;
}

static bool
is_same_way(const struct sw_repeat_entry *entry, const struct sw_packet *packet)
{
	return entry->in == packet->in && entry->out == packet->out;
}

bool
sw_repeat_passes(
    struct sw_repeat *again, const struct sw_lookup *p, bool any_way)
{
	struct sw_repeat_entry *entry = place(again, p->hash);

	if (p->packet->ends.proto != IPPROTO_TCP || !entry->left ||
	    p->now.ns - entry->when > LASTS || !is_same(entry, p) ||
	    !(any_way || is_same_way(entry, p->packet)))
		return false;
	entry->left--;
	return true;
}
