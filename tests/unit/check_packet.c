/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_packet: the IP layer of the parser, lengths, and what is common.
 *
 * Bytes of well-formed packets were made by another program (Scapy), those
 * of ill-formed ones by breaking what build.h makes.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* ip: bytes of the fixed IP header; enough: those that must be at hand, to the
 * end of ports or of the fixed TCP header; headers: of all of them. */
static const struct {
	const char *hex;
	size_t ip, enough, headers;
} whole[] = {
	/* IPv4, TCP SYN with MSS, SACK permitted, timestamp, scale */
	{ "4500003c000740003d065179c0000201c6336407ac5815381122334400000000"
	  "a002faf056d60000020405b40402080a010203040000000001030307",
	    20, 40, 60 },
	/* IPv4, TCP data with two SACK blocks */
	{ "450000410008000040068e73c0000201c63364071538ac580000138800002328"
	  "a01801f59c7b0000010105120000251c00002580000023f00000245468656c6c"
	  "6f",
	    20, 40, 60 },
	/* IPv6, TCP SYN/ACK */
	{ "600000000028063720010db800000000000000000000000120010db800010000"
	  "000000000000000201bbc3500000000100000002a012ffff23660000020405b4"
	  "0402080a010203040000000001030307",
	    40, 60, 80 },
	/* IPv4 with router alert, UDP */
	{ "460000230001000003113689c0000201c63364079404000000350d05000b41ff"
	  "616263",
	    24, 28, 32 },
	/* IPv6, hop-by-hop, destination options, UDP */
	{ "60000000001a000920010db800000000000000000000000120010db800010000"
	  "00000000000000023c00050200000100110001040000000002220223000a27a6"
	  "7879",
	    40, 60, 64 },
	/* IPv4, echo */
	{ "450000200001000040018ea0c0000201c6336407080006fa1234000170696e67",
	    20, 28, 28 },
	/* IPv6, echo reply */
	{ "6000000000083a4020010db800000000000000000000000120010db800010000"
	  "00000000000000028100e02343210002",
	    40, 48, 48 },
};

START_TEST(fields_ip4_tcp)
{
	uint8_t bytes[128];
	struct sw_packet p;
	size_t size = build_hex(whole[0].hex, bytes);
	struct sw_endpoints ends =
	    build_ends("192.0.2.1", 44120, "198.51.100.7", 5432, IPPROTO_TCP);

	ck_assert_int_eq(build_parse(bytes, size, 0, &p), SW_PARSE_OK);
	ck_assert(sw_packet_endpoints_equal(&p.ends, &ends));
	ck_assert_uint_eq(p.length, 60);
	ck_assert_uint_eq(p.ttl, 61);
	ck_assert(!p.fragment.is_fragment);
	ck_assert_uint_eq(p.tcp.flags, SW_SYN);
	ck_assert_uint_eq(p.tcp.kind, SW_TCP_SYN);
	ck_assert_uint_eq(p.tcp.seq, 0x11223344);
	ck_assert_uint_eq(p.tcp.ack, 0);
	ck_assert_uint_eq(p.tcp.window, 64240);
	ck_assert_uint_eq(p.tcp.payload, 0);
	ck_assert(p.tcp.has_wscale && p.tcp.wscale == 7);
	ck_assert(p.tcp.has_mss && p.tcp.mss == 1460);
	ck_assert(p.tcp.sack_permitted && !p.tcp.has_sack);
	ck_assert(p.tcp.has_timestamp);
	ck_assert_uint_eq(p.tcp.tsval, 0x01020304);
	ck_assert_uint_eq(p.tcp.tsecr, 0);
	ck_assert(p.in == 0 && p.out == 0 && !p.local);
}
END_TEST

START_TEST(fields_ip4_data)
{
	uint8_t bytes[128];
	struct sw_packet p;
	size_t size = build_hex(whole[1].hex, bytes);

	ck_assert_int_eq(build_parse(bytes, size, 0, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.tcp.flags, SW_PSH | SW_ACK);
	ck_assert_uint_eq(p.tcp.kind, SW_TCP_ACK);
	ck_assert_uint_eq(p.tcp.payload, 5);
	ck_assert(p.tcp.has_sack);
	ck_assert_uint_eq(p.tcp.sack_edge, 9600);
	ck_assert(!p.tcp.has_wscale && !p.tcp.has_mss);
}
END_TEST

START_TEST(fields_ip6_tcp)
{
	uint8_t bytes[128];
	struct sw_packet p;
	size_t size = build_hex(whole[2].hex, bytes);
	struct sw_endpoints ends =
	    build_ends("2001:db8::1", 443, "2001:db8:1::2", 50000, IPPROTO_TCP);

	ck_assert_int_eq(build_parse(bytes, size, 0, &p), SW_PARSE_OK);
	ck_assert(sw_packet_endpoints_equal(&p.ends, &ends));
	ck_assert_uint_eq(p.length, 80);
	ck_assert_uint_eq(p.ttl, 55);
	ck_assert_uint_eq(p.tcp.kind, SW_TCP_SYNACK);
	ck_assert_uint_eq(p.tcp.ack, 2);
}
END_TEST

START_TEST(fields_behind_options)
{
	uint8_t bytes[128];
	struct sw_packet p;
	size_t size = build_hex(whole[3].hex, bytes);

	ck_assert_int_eq(build_parse(bytes, size, 0, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.ends.proto, IPPROTO_UDP);
	ck_assert_uint_eq(p.ends.sport, 53);
	ck_assert_uint_eq(p.ends.dport, 3333);
	ck_assert_uint_eq(p.ttl, 3);
	size = build_hex(whole[4].hex, bytes);
	ck_assert_int_eq(build_parse(bytes, size, 0, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.ends.proto, IPPROTO_UDP);
	ck_assert_uint_eq(p.ends.sport, 546);
	ck_assert_uint_eq(p.ends.dport, 547);
	ck_assert_uint_eq(p.length, 66);
}
END_TEST

static enum sw_parse
of_copy(int row, size_t n, bool length_known)
{
	if (n >= whole[row].enough)
		return SW_PARSE_OK;
	return n < whole[row].ip && !length_known ? SW_PARSE_CUT
						  : SW_PARSE_COPY;
}

/* A truncated copy is read as the whole is, down to the last header byte, and
 * nearly so without options; less is the copy's fault, and that of a datagram
 * that truly ends there. */
START_TEST(truncated_everywhere)
{
	uint8_t bytes[128];
	size_t size = build_hex(whole[_i].hex, bytes);
	struct sw_packet full, p;

	ck_assert_int_eq(build_parse(bytes, size, 0, &full), SW_PARSE_OK);
	for (size_t n = 0; n <= size; n++) {
		enum sw_parse expected = of_copy(_i, n, false);

		ck_assert_int_eq(build_parse(bytes, n, 0, &p), expected);
		expected = of_copy(_i, n, true);
		ck_assert_int_eq(
		    build_parse(bytes, n, (uint32_t)size, &p), expected);
		ck_assert_uint_eq(p.malformed, expected);
		ck_assert_uint_eq(p.copied, expected == SW_PARSE_COPY ? n : 0);
		ck_assert(expected != SW_PARSE_OK ||
			  sw_packet_endpoints_equal(&p.ends, &full.ends));
		if (n >= whole[_i].headers)
			ck_assert(memcmp(&p, &full, sizeof(p)) == 0);
		if (n == 0 || n == size)
			continue;
		ck_assert_int_eq(
		    build_parse(bytes, n, (uint32_t)n, &p), SW_PARSE_CUT);
	}
}
END_TEST

/* Has the IP header say that the datagram is so short. */
static void
state_length(uint8_t *bytes, size_t length)
{
	if (bytes[0] >> 4 == 4)
		bytes[3] = (uint8_t)length;
	else
		bytes[5] = (uint8_t)(length - 40);
}

/* A UDP datagram that truly ends within its header is cut, however short our
 * copy of it is. */
START_TEST(short_copy_of_a_cut_header)
{
	size_t ports = whole[_i].enough;
	uint8_t bytes[128];
	struct sw_packet p;

	build_hex(whole[_i].hex, bytes);
	for (size_t length = ports; length <= ports + 4; length++) {
		enum sw_parse expected =
		    length < ports + 4 ? SW_PARSE_CUT : SW_PARSE_OK;

		state_length(bytes, length);
		for (size_t n = ports; n < ports + 4 && n <= length; n++)
			ck_assert_int_eq(
			    build_parse(bytes, n, (uint32_t)length, &p),
			    expected);
	}
}
END_TEST

/* Of the options in a short copy those count that are there; a SYN without
 * its window scale is taken for one with the largest. */
START_TEST(options_in_a_short_copy)
{
	uint8_t bytes[128];
	size_t size = build_hex(whole[0].hex, bytes);
	struct sw_packet p;

	ck_assert_int_eq(build_parse(bytes, 40, 60, &p), SW_PARSE_OK);
	ck_assert(p.tcp.kind == SW_TCP_SYN && sw_packet_opens(&p));
	ck_assert(!p.tcp.has_mss && !p.tcp.has_timestamp);
	ck_assert(p.tcp.has_wscale && p.tcp.wscale == 14);
	ck_assert(p.tcp.sack_permitted);
	ck_assert_int_eq(build_parse(bytes, 44, 60, &p), SW_PARSE_OK);
	ck_assert(p.tcp.has_mss && p.tcp.mss == 1460 && p.tcp.wscale == 14);
	ck_assert_int_eq(build_parse(bytes, 59, 60, &p), SW_PARSE_OK);
	ck_assert(p.tcp.has_timestamp && p.tcp.wscale == 14);
	ck_assert_int_eq(build_parse(bytes, size, 60, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.tcp.wscale, 7);
	size = build_hex(whole[1].hex, bytes);
	ck_assert_int_eq(build_parse(bytes, 44, 65, &p), SW_PARSE_OK);
	ck_assert(!p.tcp.has_wscale && !p.tcp.has_sack);
	ck_assert_uint_eq(p.tcp.payload, 5);
}
END_TEST

/* Ethernet pads; what lies behind the datagram is not read. */
START_TEST(padding_is_not_read)
{
	uint8_t bytes[128] = { 0 };
	struct sw_packet p;
	size_t size = build_hex(whole[_i].hex, bytes);
	struct sw_packet full;

	ck_assert_int_eq(build_parse(bytes, size, 0, &full), SW_PARSE_OK);
	ck_assert_int_eq(build_parse(bytes, size + 20, (uint32_t)size + 20, &p),
	    SW_PARSE_OK);
	ck_assert(memcmp(&p, &full, sizeof(p)) == 0);
}
END_TEST

/* Ill-formed IPv4: a whole datagram (row of whole[]), one 16-bit field
 * written over, what the caller states. */
static const struct {
	unsigned row;
	size_t at;
	uint16_t value;
	uint32_t stated;
	enum sw_parse expected;
} broken[] = {
	{ 0, 0, 0x4500, 60, SW_PARSE_OK },
	{ 0, 0, 0x5500, 60, SW_PARSE_VERSION },
	{ 0, 0, 0x0500, 60, SW_PARSE_VERSION },
	{ 0, 0, 0xf500, 60, SW_PARSE_VERSION },
	{ 0, 0, 0x4400, 60, SW_PARSE_HEADER_LENGTH },
	{ 0, 0, 0x4000, 60, SW_PARSE_HEADER_LENGTH },
	{ 0, 2, 19, 60, SW_PARSE_TOTAL_LENGTH },
	{ 0, 2, 1, 60, SW_PARSE_TOTAL_LENGTH },
	{ 3, 2, 23, 35, SW_PARSE_TOTAL_LENGTH }, /* header of 24 */
	{ 0, 2, 0, 0, SW_PARSE_TOTAL_LENGTH },	 /* nobody knows */
	{ 0, 2, 0, 60, SW_PARSE_OK },		 /* offload */
	{ 0, 2, 61, 60, SW_PARSE_CUT },		 /* states too much */
	{ 0, 2, 61, 61, SW_PARSE_OK },		 /* truncated copy */
	{ 0, 2, 61, 0, SW_PARSE_OK },
	{ 0, 2, 65535, 65535, SW_PARSE_OK },
	{ 0, 2, 20, 60, SW_PARSE_CUT }, /* ends before TCP */
	{ 0, 2, 39, 60, SW_PARSE_CUT },
	{ 0, 2, 40, 60, SW_PARSE_TCP_OFFSET }, /* options behind the end */
	{ 0, 2, 59, 60, SW_PARSE_TCP_OFFSET },
	{ 0, 32, 0x4002, 60, SW_PARSE_TCP_OFFSET },
	{ 0, 32, 0x0002, 60, SW_PARSE_TCP_OFFSET },
	{ 0, 32, 0xb002, 60, SW_PARSE_TCP_OFFSET },
	{ 0, 32, 0x5002, 60, SW_PARSE_OK },
	{ 0, 6, 0x8000, 60, SW_PARSE_OK }, /* reserved bit, no fragment */
	{ 3, 28, 7, 35, SW_PARSE_UDP_LENGTH },
	{ 3, 28, 0, 35, SW_PARSE_UDP_LENGTH },
	{ 3, 28, 8, 35, SW_PARSE_OK }, /* shorter than the datagram */
	{ 3, 28, 12, 35, SW_PARSE_UDP_LENGTH },
	{ 3, 2, 31, 35, SW_PARSE_CUT },
	{ 5, 2, 27, 32, SW_PARSE_ICMP_LENGTH },
	{ 5, 2, 20, 32, SW_PARSE_ICMP_LENGTH },
	{ 5, 2, 28, 32, SW_PARSE_OK },
	/* IPv6 */
	{ 2, 4, 41, 80, SW_PARSE_CUT },
	{ 2, 4, 41, 81, SW_PARSE_OK },
	{ 2, 4, 0, 80, SW_PARSE_OK }, /* offload, jumbogram */
	{ 2, 4, 0, 0, SW_PARSE_CUT }, /* a header alone has no TCP */
	{ 2, 4, 0, 40, SW_PARSE_CUT },
	{ 2, 4, 39, 80, SW_PARSE_TCP_OFFSET },
	{ 2, 4, 19, 80, SW_PARSE_CUT },
	{ 2, 6, 0x3b37, 80, SW_PARSE_OK }, /* no next header */
	{ 2, 6, 0xfd37, 80, SW_PARSE_OK }, /* experimental */
	{ 6, 4, 7, 48, SW_PARSE_ICMP_LENGTH },
};

START_TEST(broken_field)
{
	uint8_t bytes[128];
	size_t size = build_hex(whole[broken[_i].row].hex, bytes);
	struct sw_packet p;

	bytes[broken[_i].at] = (uint8_t)(broken[_i].value >> 8);
	bytes[broken[_i].at + 1] = (uint8_t)broken[_i].value;
	ck_assert_int_eq(build_parse(bytes, size, broken[_i].stated, &p),
	    broken[_i].expected);
	ck_assert_uint_eq(p.malformed, broken[_i].expected);
	if (broken[_i].expected != SW_PARSE_OK)
		ck_assert(!sw_packet_opens(&p));
}
END_TEST

/* Offload: payload follows the true length, beyond 64 KiB as well. */
START_TEST(offload_length)
{
	uint8_t bytes[128];
	size_t size = build_hex(whole[1].hex, bytes);
	struct sw_packet p;

	bytes[2] = bytes[3] = 0;
	ck_assert_int_eq(build_parse(bytes, size, 180000, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.length, 180000);
	ck_assert_uint_eq(p.tcp.payload, 180000 - 60);
	size = build_hex(whole[2].hex, bytes);
	bytes[4] = bytes[5] = 0;
	ck_assert_int_eq(build_parse(bytes, size, 180000, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.length, 180000);
	ck_assert_uint_eq(p.tcp.payload, 180000 - 80);
}
END_TEST

/* Even a packet that is cut tells who sent it, as far as it goes. */
START_TEST(cut_packet_keeps_what_was_read)
{
	uint8_t bytes[128];
	struct sw_packet p;
	struct sw_addr src = build_addr("192.0.2.1");

	build_hex(whole[0].hex, bytes);
	ck_assert_int_eq(build_parse(bytes, 30, 60, &p), SW_PARSE_COPY);
	ck_assert_uint_eq(p.copied, 30);
	ck_assert(memcmp(&p.ends.src, &src, sizeof(src)) == 0);
	ck_assert_uint_eq(p.ends.sport, 44120);
	ck_assert_uint_eq(p.ends.dport, 5432);
	ck_assert_uint_eq(p.tcp.flags, 0);
	ck_assert_uint_eq(p.length, 60);
}
END_TEST

START_TEST(other_protocols)
{
	static const uint8_t protos[] = { 2, 4, 41, 47, 50, 89, 115, 253, 255 };

	for (size_t i = 0; i < ROWS(protos); i++) {
		struct sw_packet p = build_packet(
		    &(struct build){ .proto = protos[i], .payload_length = 3 });

		ck_assert_uint_eq(p.ends.proto, protos[i]);
		ck_assert(p.ends.sport == 0 && p.ends.dport == 0);
		ck_assert(sw_packet_opens(&p));
		p = build_packet(&(struct build){ .proto = protos[i] });
		ck_assert_uint_eq(p.length, 20);
	}
}
END_TEST

START_TEST(ports_of_other_protocols)
{
	static const uint8_t protos[] = { IPPROTO_DCCP, IPPROTO_UDPLITE };
	struct build build = {
		.proto = protos[_i],
		.payload = (const uint8_t *)"\x0f\xa0\x01\xbb",
		.payload_length = 4,
	};
	uint8_t bytes[BUILD_MAX];
	struct sw_packet p = build_packet(&build);

	ck_assert_uint_eq(p.ends.sport, 4000);
	ck_assert_uint_eq(p.ends.dport, 443);
	ck_assert(sw_packet_opens(&p));
	build.payload_length = 3;
	ck_assert_int_eq(build_parse(bytes, build_bytes(&build, bytes), 0, &p),
	    SW_PARSE_CUT);
}
END_TEST

START_TEST(ends_turn_and_compare)
{
	struct sw_endpoints a =
	    build_ends("10.0.0.1", 1, "10.0.0.2", 2, IPPROTO_TCP);
	struct sw_endpoints b =
	    build_ends("10.0.0.2", 2, "10.0.0.1", 1, IPPROTO_TCP);
	struct sw_endpoints turned = sw_packet_endpoints_reverse(&a);

	ck_assert(sw_packet_endpoints_equal(&turned, &b));
	ck_assert(!sw_packet_endpoints_equal(&a, &b));
	turned = a;
	turned.proto = IPPROTO_UDP;
	ck_assert(!sw_packet_endpoints_equal(&turned, &a));
	turned = a;
	turned.dport++;
	ck_assert(!sw_packet_endpoints_equal(&turned, &a));
	turned = a;
	turned.src.b[15] = 1;
	ck_assert(!sw_packet_endpoints_equal(&turned, &a));
	turned = a;
	turned.family = SW_IPV6;
	ck_assert(!sw_packet_endpoints_equal(&turned, &a));
}
END_TEST

START_TEST(each_outcome_has_its_text)
{
	for (enum sw_parse i = 0; i < SW_PARSE_COUNT; i++) {
		ck_assert_uint_gt(strlen(sw_packet_parse_text(i)), 1);
		for (enum sw_parse k = 0; k < i; k++)
			ck_assert_str_ne(
			    sw_packet_parse_text(i), sw_packet_parse_text(k));
	}
	ck_assert_str_eq(sw_packet_parse_text(SW_PARSE_CUT), "cut short");
	ck_assert_str_eq(sw_packet_parse_text(SW_PARSE_COUNT), "unknown");
}
END_TEST

/* Whatever one byte is changed to, the parser says something it can say. */
START_TEST(any_byte_any_value)
{
	uint8_t bytes[128];
	size_t size = build_hex(whole[_i].hex, bytes);

	for (size_t at = 0; at < size; at++) {
		uint8_t kept = bytes[at];

		for (unsigned value = 0; value < 256; value++) {
			struct sw_packet p;
			enum sw_parse outcome;

			bytes[at] = (uint8_t)value;
			outcome = build_parse(bytes, size, (uint32_t)size, &p);
			ck_assert_int_lt(outcome, SW_PARSE_FRAGMENT_ORPHAN);
			ck_assert_uint_eq(p.malformed, outcome);
			if (outcome == SW_PARSE_OK)
				ck_assert_uint_le(p.length, size);
		}
		bytes[at] = kept;
	}
}
END_TEST

/* What has no ports to judge by opens nothing, though its protocol would. */
START_TEST(a_later_fragment_opens_nothing)
{
	struct sw_packet p = build_packet(&(struct build){ .proto = IPPROTO_UDP,
	    .fragment = true,
	    .offset = 8,
	    .payload_length = 16,
	    .raw = true });

	ck_assert_uint_eq(p.malformed, SW_PARSE_OK);
	ck_assert_uint_eq(p.fragment.offset, 8);
	ck_assert(!sw_packet_opens(&p));
	p.fragment.offset = 0;
	ck_assert(sw_packet_opens(&p));
	p.malformed = SW_PARSE_CUT;
	ck_assert(!sw_packet_opens(&p));
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("packet");

	tcase_add_test(tcase, fields_ip4_tcp);
	tcase_add_test(tcase, fields_ip4_data);
	tcase_add_test(tcase, fields_ip6_tcp);
	tcase_add_test(tcase, fields_behind_options);
	tcase_add_loop_test(tcase, truncated_everywhere, 0, ROWS(whole));
	tcase_add_loop_test(tcase, short_copy_of_a_cut_header, 3, 5);
	tcase_add_test(tcase, options_in_a_short_copy);
	tcase_add_loop_test(tcase, padding_is_not_read, 0, ROWS(whole));
	tcase_add_loop_test(tcase, broken_field, 0, ROWS(broken));
	tcase_add_test(tcase, offload_length);
	tcase_add_test(tcase, cut_packet_keeps_what_was_read);
	tcase_add_test(tcase, a_later_fragment_opens_nothing);
	tcase_add_test(tcase, other_protocols);
	tcase_add_loop_test(tcase, ports_of_other_protocols, 0, 2);
	tcase_add_test(tcase, ends_turn_and_compare);
	tcase_add_test(tcase, each_outcome_has_its_text);
	tcase_add_loop_test(tcase, any_byte_any_value, 0, ROWS(whole));
	return run_case("packet", tcase);
}
