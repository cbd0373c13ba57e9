/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block is the kernel's or ours, as its status says; the side that gives it
 * away writes everything else first.  The kernel numbers the blocks as it opens
 * them, and the one with the highest number is the one that it fills now.  So a
 * reader that begins goes back from there over the blocks that are ours
 * already: the last of these is the oldest.
 *
 * The note in a block is its number and how many of its frames were returned.
 * A frame counts as returned when it is: a reader that dies while it handles a
 * batch loses that batch, and no frame is ever handled twice.
 */
#include <linux/if_packet.h>
#include <stdatomic.h>
#include <string.h>

#include "net/tap_ring.h"

struct note {
	uint32_t number; /* of the block, its lower half */
	uint32_t done;	 /* frames that were returned */
};

_Static_assert(sizeof(struct note) == SW_TAP_NOTE, "the note has room");

static struct tpacket_block_desc *
block_at(const struct sw_tap_ring *ring, size_t i)
{
	return (
	    struct tpacket_block_desc *)(void *)(ring->base + i * ring->size);
}

static struct note *
note_of(struct tpacket_block_desc *block)
{
	return (
	    struct note *)(void *)((uint8_t *)block + block->offset_to_priv);
}

static bool
is_ours(struct tpacket_block_desc *block)
{
	return (__atomic_load_n(
		    &block->hdr.bh1.block_status, __ATOMIC_ACQUIRE) &
		   TP_STATUS_USER) != 0;
}

static uint64_t
number_of(struct tpacket_block_desc *block)
{
	return __atomic_load_n(&block->hdr.bh1.seq_num, __ATOMIC_RELAXED);
}

void
sw_tap_ring_begin(struct sw_tap_ring *ring)
{
	ring->at = 0;
	ring->is_held = false;
	for (size_t i = 1; i < ring->n; i++)
		if (number_of(block_at(ring, i)) >
		    number_of(block_at(ring, ring->at)))
			ring->at = i;
	for (size_t i = 1; i < ring->n; i++) {
		size_t before = (ring->at + ring->n - 1) % ring->n;

		if (!is_ours(block_at(ring, before)))
			break;
		ring->at = before;
	}
}

static const struct tpacket3_hdr *
header_at(const uint8_t *to)
{
	return (const struct tpacket3_hdr *)(const void *)to;
}

/* => false when the block is not ours */
static bool
take_block(struct sw_tap_ring *ring)
{
	struct tpacket_block_desc *block = block_at(ring, ring->at);
	struct note *note = note_of(block);

	if (!is_ours(block))
		return false;
	ring->is_held = true;
	ring->left = block->hdr.bh1.num_pkts;
	ring->to = (uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
	if (note->number != (uint32_t)number_of(block))
		*note = (struct note){ (uint32_t)number_of(block), 0 };
	for (uint32_t i = 0; i < note->done && ring->left > 0; i++) {
		ring->to += header_at(ring->to)->tp_next_offset;
		ring->left--;
	}
	return true;
}

static void
give_back(struct sw_tap_ring *ring)
{
	__atomic_store_n(&block_at(ring, ring->at)->hdr.bh1.block_status,
	    TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	ring->at = (ring->at + 1) % ring->n;
	ring->is_held = false;
}

static void
read_frame(const uint8_t *to, struct sw_tap_frame *frame)
{
	const struct tpacket3_hdr *header = header_at(to);
	const struct sockaddr_ll *from =
	    (const void *)(to + TPACKET_ALIGN(sizeof *header));

	*frame = (struct sw_tap_frame){
		.bytes = to + header->tp_net,
		.captured = header->tp_snaplen,
		.length = header->tp_len,
		.ifindex = (uint32_t)from->sll_ifindex,
		.time = (uint64_t)header->tp_sec * UINT64_C(1000000000) +
			header->tp_nsec,
		.type = __builtin_bswap16(from->sll_protocol),
		.tagged = (header->tp_status & TP_STATUS_VLAN_VALID) != 0,
		.vlan = header->hv1.tp_vlan_tci & 0xfff,
		.outgoing = from->sll_pkttype == PACKET_OUTGOING,
	};
}

size_t
sw_tap_ring_read(
    struct sw_tap_ring *ring, struct sw_tap_frame frames[], size_t most)
{
	size_t n = 0;

	if (ring->is_held && ring->left == 0)
		give_back(ring);
	if (!ring->is_held && !take_block(ring))
		return 0;
	for (; n < most && ring->left > 0; ring->left--) {
		read_frame(ring->to, &frames[n++]);
		ring->to += header_at(ring->to)->tp_next_offset;
	}
	note_of(block_at(ring, ring->at))->done += (uint32_t)n;
	return n;
}
