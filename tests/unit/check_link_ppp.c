/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of PPP and its relatives; how they are written says frames.h.
 */
#include <check.h>

#include "frames.h"
#include "runner.h"

#define IP4 "|4500"
#define IP6 "|6000"

static const struct frame_row frames[] = {
	{ "PPP IPv4", 9, "0021" IP4, SW_LINK_IP, 0, 0 },
	{ "PPP IPv6", 9, "0057" IP6, SW_LINK_IP, 0, 0 },
	{ "PPP in HDLC framing", 9, "ff03 0021" IP4, SW_LINK_IP, 0, 0 },
	{ "PPP, short protocol", 9, "21" IP4, SW_LINK_IP, 0, 0 },
	{ "PPP in HDLC framing, short protocol", 9, "ff03 57" IP6, SW_LINK_IP,
	    0, 0 },
	{ "PPP MPLS", 9, "ff03 0281 000641ff" IP4, SW_LINK_IP, 0, 0 },
	{ "PPP MPLS, two labels, multicast", 9, "0283 000640ff 000651ff" IP6,
	    SW_LINK_IP, 0, 0 },
	{ "PPP LCP", 9, "ff03 c021 01010004", SW_LINK_NOT_IP, 0, 0 },
	{ "PPP IPCP", 9, "8021 01010004", SW_LINK_NOT_IP, 0, 0 },
	{ "PPP IPX", 9, "ff03 002b ffff", SW_LINK_NOT_IP, 0, 0 },
	{ "PPP, another control", 9, "ff13 0021 4500", SW_LINK_NOT_IP, 0, 0 },
	{ "PPP, TCP compressed", 9, "ff03 002d 4f00", SW_LINK_PACKED, 0, 0 },
	{ "PPP, TCP with a slot", 9, "2f 4500", SW_LINK_PACKED, 0, 0 },
	{ "PPP multilink", 9, "ff03 003d c0000001 0021 4500", SW_LINK_PACKED, 0,
	    0 },
	{ "PPP compressed", 9, "ff03 00fd 9000", SW_LINK_PACKED, 0, 0 },
	{ "PPP encrypted", 9, "ff03 0053 0000", SW_LINK_ENCRYPTED, 0, 0 },
	{ "serial PPP", 50, "ff03 0021" IP4, SW_LINK_IP, 0, 0 },
	{ "serial PPP IPv6, short protocol", 50, "ff03 57" IP6, SW_LINK_IP, 0,
	    0 },
	{ "serial Cisco", 50, "0f00 0800" IP4, SW_LINK_IP, 0, 0 },
	{ "serial Cisco IPv6, multicast", 50, "8f00 86dd" IP6, SW_LINK_IP, 0,
	    0 },
	{ "Cisco IPv4", 104, "0f00 0800" IP4, SW_LINK_IP, 0, 0 },
	{ "Cisco IPv6", 104, "0f00 86dd" IP6, SW_LINK_IP, 0, 0 },
	{ "Cisco MPLS", 104, "0f00 8847 000641ff" IP4, SW_LINK_IP, 0, 0 },
	{ "Cisco VLAN", 104, "0f00 8100 0064 0800" IP4, SW_LINK_IP, 0, 0 },
	{ "Cisco keepalive", 104, "8f00 8035 00000002", SW_LINK_NOT_IP, 0, 0 },
	{ "Cisco, another address", 104, "1f00 0800 4500", SW_LINK_NOT_IP, 0,
	    0 },
	{ "pppd, received", 166, "0003 0021" IP4, SW_LINK_IP, 0, 0 },
	{ "pppd, sent", 166, "0103 0057" IP6, SW_LINK_IP, 0, 1 },
	{ "pppd, unknown", 166, "ff03 21" IP4, SW_LINK_IP, 0, 0 },
	{ "pppd, another control", 166, "0004 0021 4500", SW_LINK_NOT_IP, 0,
	    0 },
	{ "direction, received", 204, "00 ff03 0021" IP4, SW_LINK_IP, 0, 0 },
	{ "direction, sent", 204, "01 0057" IP6, SW_LINK_IP, 0, 1 },
	{ "session", 51, "1100 0007 0020 0021" IP4, SW_LINK_IP, 0, 0 },
	{ "session IPv6", 51, "1100 0007 0020 0057" IP6, SW_LINK_IP, 0, 0 },
	{ "session LCP", 51, "1100 0007 0020 c021 01", SW_LINK_NOT_IP, 0, 0 },
	{ "session, discovery", 51, "1109 0000 0004 0101", SW_LINK_NOT_IP, 0,
	    0 },
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

int
main(void)
{
	TCase *tests = tcase_create("all");
	int count = (int)(sizeof frames / sizeof frames[0]);

	tcase_add_loop_test(tests, each_frame_leads_to_its_datagram, 0, count);
	tcase_add_loop_test(tests, cut_frame_is_never_taken_for_ip, 0, count);
	return run_case("link_ppp", tests);
}
