/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of 802.11, without and with radiotap; how they are written says
 * frames.h.
 */
#include <check.h>

#include "frames.h"
#include "runner.h"

#define THREE "020000000001 020000000002 020000000003"
#define FOURTH "020000000004"
#define IP4 "|4500"
#define IP6 "|6000"
#define SNAP4 "aaaa03 000000 0800"
#define SNAP6 "aaaa03 000000 86dd"

static const struct frame_row frames[] = {
	{ "data to the access point", 105, "0801 0000" THREE "1000" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "data from it", 105, "0802 0000" THREE "1000" SNAP6 IP6, SW_LINK_IP,
	    0, 0 },
	{ "data without one", 105, "0800 0000" THREE "1000" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "again", 105, "0809 0000" THREE "1000" SNAP4 IP4, SW_LINK_IP, 0, 0 },
	{ "four addresses", 105, "0803 0000" THREE "1000" FOURTH SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "QoS", 105, "8801 0000" THREE "1000 0600" SNAP6 IP6, SW_LINK_IP, 0,
	    0 },
	{ "QoS, four addresses", 105,
	    "8803 0000" THREE "1000" FOURTH "0600" SNAP4 IP4, SW_LINK_IP, 0,
	    0 },
	{ "QoS and HT control", 105,
	    "8881 0000" THREE "1000 0600 00000000" SNAP4 IP4, SW_LINK_IP, 0,
	    0 },
	{ "QoS, four addresses and HT control", 105,
	    "8883 0000" THREE "1000" FOURTH "0600 00000000" SNAP6 IP6,
	    SW_LINK_IP, 0, 0 },
	{ "HT control only with QoS", 105, "0881 0000" THREE "1000" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "VLAN", 105,
	    "0801 0000" THREE "1000 aaaa03 000000 8100 0064 0800" IP4,
	    SW_LINK_IP, 0, 0 },
	{ "data with an acknowledgement", 105,
	    "1801 0000" THREE "1000" SNAP4 IP4, SW_LINK_IP, 0, 0 },
	{ "ARP", 105, "0801 0000" THREE "1000 aaaa03 000000 0806 0001",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "key exchange", 105, "8802 0000" THREE "1000 0600 aaaa03 000000 888e",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "no data", 105, "4811 0000" THREE "1000", SW_LINK_NOT_IP, 0, 0 },
	{ "no data, QoS", 105, "c811 0000" THREE "1000 0600", SW_LINK_NOT_IP, 0,
	    0 },
	{ "beacon", 105, "8000 0000" THREE "1000 00000000", SW_LINK_NOT_IP, 0,
	    0 },
	{ "acknowledgement", 105, "d400 0000 020000000001", SW_LINK_NOT_IP, 0,
	    0 },
	{ "another version", 105, "0901 0000" THREE "1000" SNAP4 "4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "encrypted", 105, "0841 0000" THREE "1000 00000020 00000000 c0ffee",
	    SW_LINK_ENCRYPTED, 0, 0 },
	{ "encrypted QoS", 105, "8841 0000" THREE "1000 0600 00000020 00000000",
	    SW_LINK_ENCRYPTED, 0, 0 },
	{ "several in one", 105, "8802 0000" THREE "1000 8600 020000000001",
	    SW_LINK_PACKED, 0, 0 },
	{ "first part", 105, "0805 0000" THREE "1000" SNAP4 "|45000514",
	    SW_LINK_IP, 0, 0, 0x514 },
	{ "first part, IPv6", 105,
	    "0805 0000" THREE "1000" SNAP6 "|600000000514", SW_LINK_IP, 0, 0,
	    0x514 + 40 },
	{ "second part", 105, "0801 0000" THREE "1100 4500", SW_LINK_PACKED, 0,
	    0 },

	{ "radiotap", 127,
	    "0000 0800 00000000 0801 0000" THREE "1000" SNAP4 IP4, SW_LINK_IP,
	    0, 0 },
	{ "radiotap, flags", 127,
	    "0000 0900 02000000 10 0801 0000" THREE "1000" SNAP6 IP6,
	    SW_LINK_IP, 0, 0 },
	{ "radiotap, time and flags", 127,
	    "0000 1200 03000000 0102030405060708 10 00"
	    "8801 0000" THREE "1000 0600" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "radiotap, padded", 127,
	    "0000 0900 02000000 20 8801 0000" THREE "1000 0600 0000" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "radiotap, padded, four addresses need none", 127,
	    "0000 0900 02000000 20"
	    "8803 0000" THREE "1000" FOURTH "0600" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "radiotap, time first, padded", 127,
	    "0000 1100 03000000 0102030405060708 20"
	    "8802 0000" THREE "1000 0600 0000" SNAP6 IP6,
	    SW_LINK_IP, 0, 0 },
	{ "radiotap, three words", 127,
	    "0000 1900 03000080 00000080 00000000"
	    "0102030405060708 20 8802 0000" THREE "1000 0600 0000" SNAP4 IP4,
	    SW_LINK_IP, 0, 0 },
	{ "radiotap, wrong checksum", 127,
	    "0000 0900 02000000 50 0801 0000" THREE "1000" SNAP4 "4500",
	    SW_LINK_CORRUPT, 0, 0 },
	{ "radiotap, encrypted", 127,
	    "0000 0900 02000000 10 0842 0000" THREE "1000 00000020 00000000",
	    SW_LINK_ENCRYPTED, 0, 0 },
	{ "radiotap, beacon", 127,
	    "0000 0800 00000000 8000 0000" THREE "1000 00000000",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "radiotap of another version", 127,
	    "0100 0800 00000000 0801 0000" THREE "1000" SNAP4 "4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "radiotap too short for itself", 127, "0000 0700 00000000 0801 0000",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "radiotap too short for its fields", 127,
	    "0000 0800 02000000 0801 0000" THREE "1000" SNAP4 "4500",
	    SW_LINK_NOT_IP, 0, 0 },
	{ "radiotap, words without end", 127,
	    "0000 0c00 00000080 00000080 0801 0000" THREE "1000" SNAP4 "4500",
	    SW_LINK_NOT_IP, 0, 0 },
};

START_TEST(each_frame_leads_to_its_datagram)
{
	frames_expect(&frames[_i]);
}
END_TEST

START_TEST(cut_frame_is_never_taken_for_ip)
{
	if (frames[_i].outcome != SW_LINK_CORRUPT)
		frames_expect_cut(&frames[_i]);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("all");
	int count = (int)(sizeof frames / sizeof frames[0]);

	tcase_add_loop_test(tests, each_frame_leads_to_its_datagram, 0, count);
	tcase_add_loop_test(tests, cut_frame_is_never_taken_for_ip, 0, count);
	return run_case("link_wireless", tests);
}
