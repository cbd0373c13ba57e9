/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames are written as hex, headers parted by a space; where IP must begin
 * stands a "|".  Every frame is also read with each of its last bytes
 * missing: then nothing may be taken for IP that is not all there.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "replay/link_layer.h"
#include "runner.h"

#define MACS "020000000001020000000002"
#define IP4 "|4500"
#define IP6 "|6000"

static const struct {
	const char *what;
	uint32_t type;
	const char *frame;
	enum sw_link_outcome outcome;
	uint32_t ifindex;
	bool outgoing;
} frames[] = {
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
	{ "802.11", 105, "0800 4500", SW_LINK_UNKNOWN, 0, 0 },
};

static unsigned
digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* => length; *ip is where the bar stood */
static size_t
from_hex(const char *text, uint8_t *bytes, size_t *ip)
{
	size_t n = 0;

	*ip = SIZE_MAX;
	while (*text != '\0') {
		if (*text == '|')
			*ip = n;
		if (*text == '|' || *text == ' ') {
			text++;
			continue;
		}
		bytes[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return n;
}

START_TEST(each_frame_leads_to_its_datagram)
{
	uint8_t frame[64];
	size_t ip, size = from_hex(frames[_i].frame, frame, &ip);
	struct sw_link link = { 0 };
	enum sw_link_outcome outcome =
	    sw_link_layer_strip(frames[_i].type, frame, size, 1000, &link);

	ck_assert_msg(outcome == frames[_i].outcome, "%s: %d, not %d",
	    frames[_i].what, outcome, frames[_i].outcome);
	if (outcome != SW_LINK_IP)
		return;
	ck_assert_ptr_eq(link.ip, frame + ip);
	ck_assert_uint_eq(link.captured, size - ip);
	ck_assert_uint_eq(link.stated, 1000 - ip);
	ck_assert_uint_eq(link.ifindex, frames[_i].ifindex);
	ck_assert_int_eq(link.outgoing, frames[_i].outgoing);
}
END_TEST

START_TEST(cut_frame_is_never_taken_for_ip)
{
	uint8_t frame[64], *exact;
	size_t ip, size = from_hex(frames[_i].frame, frame, &ip);
	struct sw_link link;

	for (size_t n = 0; n < size && n < ip; n++) {
		enum sw_link_outcome outcome;

		exact = malloc(n + 1); /* so that a sanitizer sees the end */
		memcpy(exact, frame, n);
		exact = realloc(exact, n > 0 ? n : 1);
		outcome =
		    sw_link_layer_strip(frames[_i].type, exact, n, 1000, &link);
		ck_assert_msg(outcome != SW_LINK_IP, "%s: IP after %zu bytes",
		    frames[_i].what, n);
		free(exact);
	}
}
END_TEST

/* Whoever captured may state less than the header takes. */
START_TEST(stated_length_is_never_below_zero)
{
	uint8_t frame[64];
	size_t ip, size = from_hex(frames[0].frame, frame, &ip);
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

int
main(void)
{
	TCase *tests = tcase_create("all");
	int count = (int)(sizeof frames / sizeof frames[0]);

	tcase_add_loop_test(tests, each_frame_leads_to_its_datagram, 0, count);
	tcase_add_loop_test(tests, cut_frame_is_never_taken_for_ip, 0, count);
	tcase_add_test(tests, stated_length_is_never_below_zero);
	return run_case("link", tests);
}
