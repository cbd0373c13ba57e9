/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_reset: the bytes of our own segments, against bytes built by the
 * test's own builder and against whole datagrams known by heart.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "engine/packet/segment.h"
#include "runner.h"

static struct sw_send
segment(const char *src, const char *dst)
{
	return (struct sw_send){
		.ends = build_ends(src, 443, dst, 51234, IPPROTO_TCP),
		.seq = 0xfedcba98,
		.ack = 0x01234567,
		.flags = SW_RST | SW_ACK,
	};
}

/* The sum of a part that holds its own checksum is all ones. */
static uint32_t
folded(const uint8_t *bytes, size_t length, uint32_t start)
{
	for (size_t i = 0; i < length; i += 2)
		start += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	while (start > 0xffff)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

static void
is_what_the_builder_makes(const char *src, const char *dst)
{
	struct sw_send send = segment(src, dst);
	uint8_t ours[SW_RESET_MAX];
	static uint8_t theirs[BUILD_MAX];
	size_t n = sw_segment_bytes(&send, ours);
	struct sw_packet packet;
	size_t m = build_bytes(&(struct build){ .src = src,
				   .dst = dst,
				   .sport = send.ends.sport,
				   .dport = send.ends.dport,
				   .flags = send.flags,
				   .seq = send.seq,
				   .ack = send.ack },
	    theirs);
	size_t header = n - 20;

	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(ours + header, theirs + header, 20);
	ck_assert_int_eq(sw_packet_parse(ours, n, 0, &packet), SW_PARSE_OK);
	ck_assert(sw_packet_endpoints_equal(&packet.ends, &send.ends));
	ck_assert_uint_eq(packet.tcp.seq, send.seq);
	ck_assert_uint_eq(packet.tcp.ack, send.ack);
	ck_assert_uint_eq(packet.tcp.flags, send.flags);
	ck_assert_uint_eq(packet.length, n);
	ck_assert_uint_eq(packet.ttl, 64);
}

START_TEST(ipv4_is_what_the_builder_makes)
{
	is_what_the_builder_makes("10.1.2.3", "192.0.2.200");
	is_what_the_builder_makes("255.255.255.254", "255.255.255.253");
}
END_TEST

START_TEST(ipv6_is_what_the_builder_makes)
{
	is_what_the_builder_makes("2001:db8::1", "fd00::ffff:1");
	is_what_the_builder_makes(
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe", "::1");
}
END_TEST

START_TEST(checksums_of_ipv4)
{
	struct sw_send send = segment("10.1.2.3", "192.0.2.200");
	uint8_t bytes[SW_RESET_MAX];
	uint32_t pseudo = folded(send.ends.src.b, 4, IPPROTO_TCP + 20);

	ck_assert_uint_eq(sw_segment_bytes(&send, bytes), 40);
	pseudo = folded(send.ends.dst.b, 4, pseudo);
	ck_assert_uint_eq(folded(bytes, 20, 0), 0xffff);
	ck_assert_uint_eq(folded(bytes + 20, 20, pseudo), 0xffff);
}
END_TEST

START_TEST(checksum_of_ipv6)
{
	struct sw_send send = segment("2001:db8::1", "fd00::ffff:1");
	uint8_t bytes[SW_RESET_MAX];
	uint32_t pseudo = folded(send.ends.src.b, 16, IPPROTO_TCP + 20);

	ck_assert_uint_eq(sw_segment_bytes(&send, bytes), 60);
	pseudo = folded(send.ends.dst.b, 16, pseudo);
	ck_assert_uint_eq(folded(bytes + 40, 20, pseudo), 0xffff);
}
END_TEST

START_TEST(a_datagram_known_by_heart)
{
	/* scapy: IP(src="10.0.0.1", dst="10.0.0.2", id=0, flags="DF") /
	 * TCP(sport=80, dport=4711, flags="R", seq=1, window=0) */
	static const uint8_t known[] = { 0x45, 0x00, 0x00, 0x28, 0x00, 0x00,
		0x40, 0x00, 0x40, 0x06, 0x26, 0xce, 0x0a, 0x00, 0x00, 0x01,
		0x0a, 0x00, 0x00, 0x02, 0x00, 0x50, 0x12, 0x67, 0x00, 0x00,
		0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x50, 0x04, 0x00, 0x00,
		0x89, 0x26, 0x00, 0x00 };
	struct sw_send send = segment("10.0.0.1", "10.0.0.2");
	uint8_t bytes[SW_RESET_MAX];

	send.ends.sport = 80;
	send.ends.dport = 4711;
	send.flags = SW_RST;
	send.seq = 1;
	send.ack = 0;
	ck_assert_uint_eq(sw_segment_bytes(&send, bytes), sizeof known);
	ck_assert_mem_eq(bytes, known, sizeof known);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("reset");

	tcase_add_test(tcase, ipv4_is_what_the_builder_makes);
	tcase_add_test(tcase, ipv6_is_what_the_builder_makes);
	tcase_add_test(tcase, checksums_of_ipv4);
	tcase_add_test(tcase, checksum_of_ipv6);
	tcase_add_test(tcase, a_datagram_known_by_heart);
	return run_case("reset", tcase);
}
