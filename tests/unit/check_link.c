/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of Ethernet and its relatives, of cooked captures and of raw IP; how
 * they are written says frames.h.
 */
#include <check.h>

#include "frames.h"
#include "runner.h"

#define MACS "020000000001020000000002"
#define IP4 "|4500"
#define IP6 "|6000"

static const struct frame_row frames[] = {
	{ "IPv4", 1, MACS "0800" IP4, SW_LINK_IP, 0, 0 },
	{ "IPv6", 1, MACS "86dd" IP6, SW_LINK_IP, 0, 0 },
	{ "ARP", 1, MACS "0806 0001", SW_LINK_NOT_IP, 0, 0 },
	{ "802.3 length", 1, MACS "0026 424203", SW_LINK_NOT_IP, 0, 0 },
	{ "VLAN", 1, MACS "8100 0064 0800" IP4, SW_LINK_IP, 0, 0 },
	{ "QinQ", 1, MACS "88a8 0001 8100 0002 86dd" IP6, SW_LINK_IP, 0, 0 },
	{ "old QinQ", 1, MACS "9100 0001 8100 0002 0800" IP4, SW_LINK_IP, 0,
	    0 },
	{ "four tags", 1,
	    MACS "8100 0001 8100 0002 8100 0003 8100 0004 0800" IP4, SW_LINK_IP,
	    0, 0 },
	{ "five tags", 1,
	    MACS "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 0800 4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "PPPoE IPv4", 1, MACS "8864 1100 0007 0020 0021" IP4, SW_LINK_IP, 0,
	    0 },
	{ "PPPoE IPv6 in a VLAN", 1,
	    MACS "8100 0007 8864 1100 0007 0020 0057" IP6, SW_LINK_IP, 0, 0 },
	{ "PPPoE LCP", 1, MACS "8864 1100 0007 0020 c021 01", SW_LINK_NOT_IP, 0,
	    0 },
	{ "PPPoE of another version", 1, MACS "8864 2100 0007 0020 0021 4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "PPPoE discovery", 1, MACS "8863 1109 0000 0004", SW_LINK_NOT_IP, 0,
	    0 },
	{ "cooked", 113, "0000 0001 0006 0200000000010000 0800" IP4, SW_LINK_IP,
	    0, 0 },
	{ "cooked, sent", 113, "0004 0001 0006 0200000000010000 86dd" IP6,
	    SW_LINK_IP, 0, 1 },
	{ "cooked VLAN", 113,
	    "0000 0001 0006 0200000000010000 8100 0064 0800" IP4, SW_LINK_IP, 0,
	    0 },
	{ "cooked netlink", 113, "0004 0338 0000 0000000000000000 0800 4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "cooked 2", 276, "0800 0000 00000003 0001 00 06 0200000000010000" IP4,
	    SW_LINK_IP, 3, 0 },
	{ "cooked 2, sent", 276,
	    "86dd 0000 00000102 0001 04 06 0200000000010000" IP6, SW_LINK_IP,
	    258, 1 },
	{ "cooked 2 VLAN", 276,
	    "8100 0000 00000003 0001 00 06 0200000000010000 0064 0800" IP4,
	    SW_LINK_IP, 3, 0 },
	{ "cooked 2 netlink", 276,
	    "0800 0000 00000003 0338 00 06 0200000000010000 4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "null, little", 0, "02000000" IP4, SW_LINK_IP, 0, 0 },
	{ "null, big", 0, "00000002" IP4, SW_LINK_IP, 0, 0 },
	{ "null, IPv6 of FreeBSD", 0, "1c000000" IP6, SW_LINK_IP, 0, 0 },
	{ "null, IPv6 of Darwin", 0, "0000001e" IP6, SW_LINK_IP, 0, 0 },
	{ "null, IPv6 of OpenBSD", 108, "00000018" IP6, SW_LINK_IP, 0, 0 },
	{ "null, IPX", 0, "17000000 ffff", SW_LINK_NOT_IP, 0, 0 },
	{ "loop", 108, "00000002" IP4, SW_LINK_IP, 0, 0 },
	{ "raw", 12, IP4, SW_LINK_IP, 0, 0 },
	{ "raw of OpenBSD", 14, IP6, SW_LINK_IP, 0, 0 },
	{ "raw in files", 101, IP4, SW_LINK_IP, 0, 0 },
	{ "raw IPv4", 228, IP4, SW_LINK_IP, 0, 0 },
	{ "raw IPv6", 229, IP6, SW_LINK_IP, 0, 0 },
	{ "raw IPv4, another version", 228, IP6, SW_LINK_IP, 0, 0 },
	{ "802.3 SNAP IPv4", 1, MACS "0026 aaaa03 000000 0800" IP4, SW_LINK_IP,
	    0, 0 },
	{ "802.3 SNAP IPv6 by 802.1H", 1, MACS "05dc aaaa03 0000f8 86dd" IP6,
	    SW_LINK_IP, 0, 0 },
	{ "802.3 SNAP VLAN", 1, MACS "0026 aaaa03 000000 8100 0064 0800" IP4,
	    SW_LINK_IP, 0, 0 },
	{ "802.3 SNAP in a VLAN", 1,
	    MACS "8100 0064 0026 aaaa03 000000 0800" IP4, SW_LINK_IP, 0, 0 },
	{ "802.3 SNAP ARP", 1, MACS "0024 aaaa03 000000 0806 0001",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "802.3 SNAP of Cisco", 1, MACS "0024 aaaa03 00000c 2000 02b4",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "802.3 LLC IPv4", 1, MACS "0026 060603" IP4, SW_LINK_IP, 0, 0 },
	{ "802.3 LLC, a command", 1, MACS "0026 0606e3 4500", SW_LINK_NOT_IP, 0,
	    0 },
	{ "802.3 NetBEUI", 1, MACS "0026 f0f003 2c00", SW_LINK_NOT_IP, 0, 0 },
	{ "neither length nor type", 1, MACS "05dd aaaa03 000000 0800 4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "LLC of ATM", 100, "aaaa03 000000 0800" IP4, SW_LINK_IP, 0, 0 },
	{ "LLC of ATM, live", 11, "aaaa03 000000 86dd" IP6, SW_LINK_IP, 0, 0 },
	{ "LLC of ATM, bridged", 100, "aaaa03 0080c2 0007 0000", SW_LINK_NOT_IP,
	    0, 0 },
	{ "FDDI IPv4", 10, "50" MACS "aaaa03 000000 0800" IP4, SW_LINK_IP, 0,
	    0 },
	{ "FDDI IPv6, priority", 10, "57" MACS "aaaa03 000000 86dd" IP6,
	    SW_LINK_IP, 0, 0 },
	{ "FDDI, synchronous", 10, "d0" MACS "aaaa03 000000 0800" IP4,
	    SW_LINK_IP, 0, 0 },
	{ "FDDI VLAN", 10, "50" MACS "aaaa03 000000 8100 0064 0800" IP4,
	    SW_LINK_IP, 0, 0 },
	{ "FDDI ARP", 10, "50" MACS "aaaa03 000000 0806 0001", SW_LINK_NOT_IP,
	    0, 0 },
	{ "FDDI station management", 10, "41" MACS "0000", SW_LINK_NOT_IP, 0,
	    0 },
	{ "MPLS IPv4", 1, MACS "8847 000641ff" IP4, SW_LINK_IP, 0, 0 },
	{ "MPLS IPv6", 1, MACS "8847 000641ff" IP6, SW_LINK_IP, 0, 0 },
	{ "MPLS multicast", 1, MACS "8848 000641ff" IP4, SW_LINK_IP, 0, 0 },
	{ "MPLS, three labels in a VLAN", 1,
	    MACS "8100 0007 8847 000640ff 000650ff 000021ff" IP6, SW_LINK_IP, 0,
	    0 },
	{ "MPLS, ten labels", 1,
	    MACS "8847 00064000 00064000 00064000 00064000 00064000 00064000 "
		 "00064000 00064000 00064000 00064100" IP4,
	    SW_LINK_IP, 0, 0 },
	{ "MPLS, a wire with a control word", 1,
	    MACS "8847 000641ff 00000000 " MACS "0800 4500", SW_LINK_NOT_IP, 0,
	    0 },
	{ "MPLS, no header so short", 1, MACS "8847 000641ff 4400",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "MPLS alone", 219, "000641ff" IP4, SW_LINK_IP, 0, 0 },
	{ "MPLS alone, two labels", 219, "000640ff 000651ff" IP6, SW_LINK_IP, 0,
	    0 },
	{ "cooked LLC", 113,
	    "0000 0001 0006 0200000000010000 0004 aaaa03"
	    "000000 0800" IP4,
	    SW_LINK_IP, 0, 0 },
	{ "cooked MPLS", 113,
	    "0000 0001 0006 0200000000010000 8847 000641ff" IP4, SW_LINK_IP, 0,
	    0 },
	{ "a user type", 147, "4500", SW_LINK_UNKNOWN, 0, 0 },
	{ "USB", 220, "4500", SW_LINK_UNKNOWN, 0, 0 },
};

START_TEST(each_frame_leads_to_its_datagram)
{
	frames_expect(&frames[_i]);
}
END_TEST

START_TEST(cut_frame_is_never_taken_for_ip)
{
	frames_expect_cut(&frames[_i]);
}
END_TEST

/* A capturing host may state less than the header takes. */
START_TEST(stated_length_is_never_below_zero)
{
	uint8_t frame[FRAME_MOST];
	size_t ip, size = frames_bytes(frames[0].frame, frame, &ip);
	struct sw_link link;

	ck_assert_int_eq(
	    sw_link_layer_strip(1, frame, size, (uint32_t)ip, &link),
	    SW_LINK_IP);
	ck_assert_uint_eq(link.stated, 0);
	ck_assert_int_eq(
	    sw_link_layer_strip(1, frame, size, 3, &link), SW_LINK_IP);
	ck_assert_uint_eq(link.stated, 0);
}
END_TEST

/* A frame of an unknown type that is like one of a known type. */
static const struct {
	const char *frame;
	uint32_t type; /* 0: like none */
} guesses[] = {
	{ "4500001400004000400126e70a0000010a000002", 101 },
	{ "4500001400004000400126e80a0000010a000002", 0 }, /* checksum */
	{ "450000140000400040010000"
	  "0a0000010a000002",
	    101 },
	{ "4500001500004000400126e60a0000010a000002", 0 }, /* longer */
	{ MACS "0800 4500001400004000400126e70a0000010a000002 0000", 1 },
	{ MACS "8100 0007 0800 4500001400004000400126e70a0000010a000002", 1 },
	{ "ff03 0021 4500001400004000400126e70a0000010a000002", 9 },
	{ "000641ff 4500001400004000400126e70a0000010a000002", 219 },
	{ "6000000000003b40 20010db8000000000000000000000001"
	  "20010db8000000000000000000000002",
	    101 },
	{ "6000000000013b40 20010db8000000000000000000000001"
	  "20010db8000000000000000000000002",
	    0 },
	{ "6000000000003b40 20010db80000", 0 },
	{ "616263", 0 },
	{ "", 0 },
};

START_TEST(unknown_frame_is_guessed_by_its_datagram)
{
	uint8_t frame[FRAME_MOST];
	size_t ip, size = frames_bytes(guesses[_i].frame, frame, &ip);
	uint32_t type = 0;

	ck_assert_int_eq(
	    sw_link_layer_guess(frame, size, (uint32_t)size, &type),
	    guesses[_i].type != 0);
	ck_assert_uint_eq(type, guesses[_i].type);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("all");
	int count = (int)(sizeof frames / sizeof frames[0]);

	tcase_add_loop_test(tests, each_frame_leads_to_its_datagram, 0, count);
	tcase_add_loop_test(tests, cut_frame_is_never_taken_for_ip, 0, count);
	tcase_add_test(tests, stated_length_is_never_below_zero);
	tcase_add_loop_test(tests, unknown_frame_is_guessed_by_its_datagram, 0,
	    (int)(sizeof guesses / sizeof guesses[0]));
	return run_case("link", tests);
}
