/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_tap_ring: a reader of a tap's ring, which may die at any moment.
 *
 * The test plays the kernel: it opens, fills and hands over blocks in a ring of
 * a few small ones.
 */
#include <check.h>
#include <linux/if_packet.h>
#include <string.h>

#include "net/tap_ring.h"
#include "runner.h"

enum { SIZE = 4096, BLOCKS = 4, FRAME = 128 };

static _Alignas(4096) uint8_t memory[SIZE * BLOCKS];
static struct sw_tap_ring ring;
static uint64_t numbers; /* of blocks that were opened */

static struct tpacket_block_desc *
block(size_t i)
{
	return (struct tpacket_block_desc *)(void *)(memory + i * SIZE);
}

static size_t
priv(void)
{
	return (sizeof(struct tpacket_block_desc) + 7) & ~(size_t)7;
}

/* The kernel begins to fill block i. */
static void
open_block(size_t i)
{
	struct tpacket_hdr_v1 *header = &block(i)->hdr.bh1;

	block(i)->offset_to_priv = (uint32_t)priv();
	header->block_status = TP_STATUS_KERNEL;
	header->num_pkts = 0;
	header->seq_num = ++numbers;
	header->offset_to_first_pkt = (uint32_t)(priv() + SW_TAP_NOTE);
}

/* A frame whose first byte is mark. */
static void
fill(size_t i, uint8_t mark)
{
	struct tpacket_hdr_v1 *header = &block(i)->hdr.bh1;
	uint8_t *at = (uint8_t *)block(i) + header->offset_to_first_pkt +
		      header->num_pkts++ * FRAME;
	struct tpacket3_hdr *frame = (struct tpacket3_hdr *)(void *)at;
	struct sockaddr_ll *from = (void *)(at + TPACKET_ALIGN(sizeof *frame));

	memset(at, 0, FRAME);
	frame->tp_next_offset = FRAME;
	frame->tp_snaplen = 20;
	frame->tp_len = 1500;
	frame->tp_net = 96;
	from->sll_ifindex = 7;
	from->sll_protocol = __builtin_bswap16(0x0800);
	from->sll_pkttype = PACKET_HOST;
	at[96] = mark;
}

static void
hand_over(size_t i, size_t next)
{
	block(i)->hdr.bh1.block_status = TP_STATUS_USER;
	open_block(next);
}

static void
begin(void)
{
	memset(memory, 0, sizeof memory);
	numbers = 0;
	for (size_t i = 0; i < BLOCKS; i++)
		block(i)->offset_to_priv = (uint32_t)priv();
	open_block(0);
	ring =
	    (struct sw_tap_ring){ .base = memory, .size = SIZE, .n = BLOCKS };
	sw_tap_ring_begin(&ring);
}

/* Reads up to most frames; their marks must be these. */
static void
reads(size_t most, const char *marks)
{
	struct sw_tap_frame frames[16];
	size_t n = sw_tap_ring_read(&ring, frames, most);

	ck_assert_uint_eq(n, strlen(marks));
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(frames[i].bytes[0], marks[i]);
}

/* Another process goes on. */
static void
successor(void)
{
	ring =
	    (struct sw_tap_ring){ .base = memory, .size = SIZE, .n = BLOCKS };
	sw_tap_ring_begin(&ring);
}

START_TEST(frames_come_in_order)
{
	begin();
	reads(16, "");
	fill(0, 'a');
	fill(0, 'b');
	reads(16, ""); /* not handed over yet */
	hand_over(0, 1);
	fill(1, 'c');
	reads(1, "a");
	reads(16, "b");
	ck_assert(block(0)->hdr.bh1.block_status & TP_STATUS_USER);
	reads(16, "");
	ck_assert(!(block(0)->hdr.bh1.block_status & TP_STATUS_USER));
	hand_over(1, 2);
	reads(16, "c");
}
END_TEST

START_TEST(says_what_the_kernel_says)
{
	struct sw_tap_frame frame;
	struct tpacket3_hdr *header;

	begin();
	fill(0, 'a');
	header = (struct tpacket3_hdr *)(void *)((uint8_t *)block(0) + priv() +
						 SW_TAP_NOTE);
	header->tp_status = TP_STATUS_VLAN_VALID;
	header->hv1.tp_vlan_tci = 0xe00a; /* priority 7, VLAN 10 */
	hand_over(0, 1);
	ck_assert_uint_eq(sw_tap_ring_read(&ring, &frame, 1), 1);
	ck_assert_uint_eq(frame.captured, 20);
	ck_assert_uint_eq(frame.length, 1500);
	ck_assert_uint_eq(frame.ifindex, 7);
	ck_assert_uint_eq(frame.type, 0x0800);
	ck_assert_uint_eq(frame.vlan, 10);
	ck_assert(frame.tagged && !frame.outgoing);
}
END_TEST

START_TEST(blocks_go_round)
{
	begin();
	for (unsigned i = 0; i < 3 * BLOCKS; i++) {
		char mark[2] = { (char)('a' + i), '\0' };

		fill(i % BLOCKS, (uint8_t)mark[0]);
		hand_over(i % BLOCKS, (i + 1) % BLOCKS);
		reads(16, mark);
		reads(16, "");
	}
}
END_TEST

/* No frame is returned twice, and none is left out that was not returned. */
START_TEST(goes_on_within_a_block)
{
	begin();
	fill(0, 'a');
	fill(0, 'b');
	fill(0, 'c');
	hand_over(0, 1);
	reads(2, "ab");
	successor();
	reads(16, "c");
	successor();
	reads(16, "");
	fill(1, 'd');
	hand_over(1, 2);
	reads(16, "d");
}
END_TEST

/* The kernel has come round, and no block is its own but the one it fills. */
START_TEST(goes_on_at_the_oldest_block)
{
	begin();
	for (unsigned i = 0; i < 6; i++) {
		fill(i % BLOCKS, (uint8_t)('a' + i));
		hand_over(i % BLOCKS, (i + 1) % BLOCKS);
		if (i < 3) {
			char mark[2] = { (char)('a' + i), '\0' };

			reads(16, mark);
			reads(16, "");
		}
	}
	successor();
	reads(16, "d");
	reads(16, "e");
	reads(16, "f");
	reads(16, "");
}
END_TEST

/* Every block is full and ours: the kernel waits, and loses packets. */
START_TEST(goes_on_in_a_full_ring)
{
	begin();
	for (unsigned i = 0; i < BLOCKS; i++) {
		fill(i, (uint8_t)('a' + i));
		if (i + 1 < BLOCKS)
			hand_over(i, i + 1);
		else
			block(i)->hdr.bh1.block_status = TP_STATUS_USER;
	}
	successor();
	reads(16, "a");
	reads(16, "b");
	reads(16, "c");
	reads(16, "d");
}
END_TEST

START_TEST(an_empty_block_is_given_back)
{
	begin();
	hand_over(0, 1);
	reads(16, "");
	fill(1, 'a');
	hand_over(1, 2);
	reads(16, "a");
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("ring");

	tcase_add_test(tcase, frames_come_in_order);
	tcase_add_test(tcase, says_what_the_kernel_says);
	tcase_add_test(tcase, blocks_go_round);
	tcase_add_test(tcase, goes_on_within_a_block);
	tcase_add_test(tcase, goes_on_at_the_oldest_block);
	tcase_add_test(tcase, goes_on_in_a_full_ring);
	tcase_add_test(tcase, an_empty_block_is_given_back);
	return run_case("rings of taps", tcase);
}
