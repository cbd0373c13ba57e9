/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of NFLOG and PFLOG; how they are written says frames.h.
 */
#include <check.h>

#include "frames.h"
#include "runner.h"

#define IP4 "|4500"
#define IP6 "|6000"

/* A head of NFLOG, and attributes of little- and big-endian hosts. */
#define LOG4 "0200 0005"
#define LOG6 "0a00 0005"
#define HOOK "0800 0100 0800 02 00"
#define HOOK_BIG "0008 0001 0800 02 00"

/* pflog: length, family, action, reason, interface. */
#define PF(length, family) length family "0000"
#define EM0 "656d3000000000000000000000000000"
#define LONGEST "656e7000000000000000000000000041"
#define RULES "00000000000000000000000000000000 00000001 ffffffff"
#define USERS "00000000 00000000 00000000 00000000"

static const struct frame_row frames[] = {
	{ "nflog", 239, LOG4 HOOK "0800 0900" IP4, SW_LINK_IP, 0, 0, 2 },
	{ "nflog, cut by its rule", 239,
	    LOG4 HOOK "0800 0900"
		      "|45000514",
	    SW_LINK_IP, 0, 0, 0x514 },
	{ "nflog IPv6, cut by its rule", 239,
	    LOG6 HOOK "0c00 0900"
		      "|6000000001000640",
	    SW_LINK_IP, 0, 0, 296 },
	{ "nflog IPv6 of no stated length", 239,
	    LOG6 HOOK "0c00 0900"
		      "|6000000000000640",
	    SW_LINK_IP, 0, 0, 8 },
	{ "nflog, both interfaces and a mark", 239,
	    LOG4 HOOK "0800 0200 0000002a 0800 0400 00000003"
		      "0800 0500 00000102 0800 0900" IP4,
	    SW_LINK_IP, 3, 0, 2, 258, 42 },
	{ "nflog of a big-endian host", 239,
	    LOG6 HOOK_BIG "0008 0002 0000002a 0008 0004 00000003"
			  "0008 0005 00000102 0008 0009" IP6,
	    SW_LINK_IP, 3, 0, 2, 258, 42 },
	{ "nflog, a prefix of five bytes", 239,
	    LOG4 HOOK "0900 0a00 64726f7000 000000 0800 0500 00000007"
		      "0600 0900" IP4,
	    SW_LINK_IP, 0, 0, 2, 7 },
	{ "nflog, a nested attribute", 239,
	    LOG4 HOOK "0c00 1480 0600 0100 0064 0000 0600 0900" IP4, SW_LINK_IP,
	    0, 0, 2 },
	{ "nflog, a mark of two bytes counts for nothing", 239,
	    LOG4 HOOK "0600 0200 002a 0000 0600 0900" IP4, SW_LINK_IP, 0, 0,
	    2 },
	{ "nflog of a bridge", 239, "0700 0005" HOOK "0600 0900" IP4,
	    SW_LINK_IP, 0, 0, 2 },
	{ "nflog of a bridge, ARP", 239,
	    "0700 0005 0800 0100 0806 02 00 0600 0900 0001", SW_LINK_NOT_IP, 0,
	    0 },
	{ "nflog, another version", 239, "0201 0005" HOOK "0600 0900 4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "nflog, an attribute shorter than its head", 239,
	    LOG4 "0300 0100 0800 0200 0600 0900 4500", SW_LINK_NOT_IP, 0, 0 },

	{ "pflog", 117, PF("40", "02") EM0 RULES USERS "01000000" IP4,
	    SW_LINK_IP, .name = "em0" },
	{ "pflog, sent, IPv6 of OpenBSD", 117,
	    PF("40", "18") EM0 RULES USERS "02000000" IP6, SW_LINK_IP,
	    .outgoing = true, .name = "em0" },
	{ "pflog, unpadded length, IPv6 of FreeBSD", 117,
	    PF("3d", "1c") EM0 RULES USERS "02000000" IP6, SW_LINK_IP,
	    .outgoing = true, .name = "em0" },
	{ "pflog, IPv6 of Darwin", 117,
	    PF("40", "1e") EM0 RULES USERS "01000000" IP6, SW_LINK_IP,
	    .name = "em0" },
	{ "pflog of a translation", 117,
	    PF("64", "02") EM0 RULES USERS
	    "02000200"
	    "0a000001000000000000000000000000"
	    "0a000002000000000000000000000000 01bb9c40" IP4,
	    SW_LINK_IP, .outgoing = true, .name = "em0" },
	{ "pflog of the first pf", 117, PF("30", "02") EM0 RULES "02000000" IP4,
	    SW_LINK_IP, .outgoing = true, .name = "em0" },
	{ "pflog, a name without an end", 117,
	    PF("40", "02") LONGEST RULES USERS "01000000" IP4, SW_LINK_IP,
	    .name = "enp" },
	{ "pflog, another family", 117,
	    PF("40", "10") EM0 RULES USERS "01000000 0000", SW_LINK_NOT_IP },
	{ "pflog too short", 117, PF("2c", "02") EM0 RULES "4500",
	    SW_LINK_NOT_IP },
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

#define ALL_A "41414141414141414141414141414141"

/* Its sixteen bytes need no end. */
START_TEST(name_may_fill_its_field)
{
	uint8_t frame[FRAME_MOST];
	size_t ip,
	    size = frames_bytes(
		PF("40", "02") ALL_A RULES USERS "01000000" IP4, frame, &ip);
	struct sw_link link;

	ck_assert_int_eq(
	    sw_link_layer_strip(117, frame, size, 1000, &link), SW_LINK_IP);
	ck_assert_uint_eq(link.name_size, 16);
}
END_TEST

/* A rule may ask for a log without the packet. */
START_TEST(log_without_payload_is_cut)
{
	static const char *const texts[] = { LOG4 HOOK "0400 0900",
		LOG6 HOOK_BIG "0004 0009" };
	uint8_t frame[FRAME_MOST];
	size_t ip, size = frames_bytes(texts[_i], frame, &ip);
	struct sw_link link;

	ck_assert_int_eq(
	    sw_link_layer_strip(239, frame, size, (uint32_t)size, &link),
	    SW_LINK_CUT);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("all");
	int count = (int)(sizeof frames / sizeof frames[0]);

	tcase_add_loop_test(tests, each_frame_leads_to_its_datagram, 0, count);
	tcase_add_loop_test(tests, cut_frame_is_never_taken_for_ip, 0, count);
	tcase_add_test(tests, name_may_fill_its_field);
	tcase_add_loop_test(tests, log_without_payload_is_cut, 0, 2);
	return run_case("link_log", tests);
}
