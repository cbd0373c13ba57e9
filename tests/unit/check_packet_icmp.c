/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_packet_icmp: kinds of messages, identifiers, and quoted packets.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "runner.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct build
message(bool ip6, uint8_t type)
{
	return (struct build){
		.src = ip6 ? "fd00::1" : "10.0.0.1",
		.dst = ip6 ? "fd00::2" : "10.0.0.2",
		.proto = ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		.type = type,
		.id = 0x1234,
		.icmp_seq = 9,
	};
}

static bool
among(unsigned type, const char *types)
{
	char text[8];

	snprintf(text, sizeof(text), " %u ", type);
	return strstr(types, text) != NULL;
}

static enum sw_icmp_kind
kind_by_rule(bool ip6, unsigned type)
{
	if (ip6 && type < 128)
		return SW_ICMP_ERROR;
	if (among(type, ip6 ? " 128 139 " : " 8 13 15 17 "))
		return SW_ICMP_REQUEST;
	if (among(type, ip6 ? " 129 140 " : " 0 14 16 18 "))
		return SW_ICMP_REPLY;
	if (!ip6 && among(type, " 3 4 5 11 12 "))
		return SW_ICMP_ERROR;
	if (among(type, ip6 ? " 130 131 132 133 134 135 136 137 "
			      " 141 142 143 148 149 151 152 153 "
			    : " 9 10 "))
		return SW_ICMP_LOCAL;
	return SW_ICMP_OTHER;
}

/* Who asks has the identifier, who answers the type of the question. */
static bool
stands_for_ports(const struct sw_packet *p)
{
	static const uint8_t question[256] = { [0] = 8,
		[14] = 13,
		[16] = 15,
		[18] = 17,
		[129] = 128,
		[140] = 139 };

	if (p->icmp.kind == SW_ICMP_REQUEST)
		return p->ends.sport == p->icmp.id &&
		       p->ends.dport == p->icmp.type;
	if (p->icmp.kind == SW_ICMP_REPLY)
		return p->ends.sport == question[p->icmp.type] &&
		       p->ends.dport == p->icmp.id;
	return p->ends.sport == 0 && p->ends.dport == 0;
}

START_TEST(kind_of_each_type)
{
	for (unsigned i = 0; i < 512; i++) {
		bool ip6 = i >= 256;
		struct build build = message(ip6, (uint8_t)i);
		enum sw_icmp_kind kind = kind_by_rule(ip6, i % 256);
		bool has_id = kind == SW_ICMP_REQUEST || kind == SW_ICMP_REPLY;
		struct sw_packet p = build_packet(&build);

		ck_assert_msg(p.icmp.kind == kind,
		    "type %u of family %u is taken for kind %u", i % 256,
		    p.ends.family, p.icmp.kind);
		ck_assert_uint_eq(p.icmp.type, i % 256);
		ck_assert_uint_eq(p.icmp.id, has_id ? 0x1234 : 0);
		ck_assert(stands_for_ports(&p));
		ck_assert_uint_eq(sw_packet_icmp_id(&p.ends), p.icmp.id);
		ck_assert(sw_packet_opens(&p) == (kind == SW_ICMP_REQUEST));
	}
}
END_TEST

/* A message in the other family's packet is nobody's. */
START_TEST(message_of_other_family)
{
	struct build build = message(_i == 1, 8);
	struct sw_packet p;

	build.proto = _i == 1 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	p = build_packet(&build);
	ck_assert_uint_eq(p.icmp.kind, SW_ICMP_OTHER);
	ck_assert(p.ends.sport == 0 && p.ends.dport == 0);
	ck_assert(!sw_packet_opens(&p));
}
END_TEST

/* An error about what build describes, with the first quoted bytes. */
static struct sw_packet
error_about(const struct build *build, size_t quoted)
{
	bool ip6 = strchr(build->src, ':') != NULL;
	struct build error = message(ip6, ip6 ? 1 : 3);
	uint8_t bytes[512];
	size_t size = build_bytes(build, bytes);

	error.id = 0;
	error.icmp_seq = 0;
	error.payload = bytes;
	error.payload_length = quoted < size ? quoted : size;
	return build_packet(&error);
}

static struct build
quoted_packet(bool ip6, uint8_t proto)
{
	return (struct build){
		.src = ip6 ? "fd00::2" : "10.0.0.2",
		.dst = ip6 ? "fd00::9" : "10.9.9.9",
		.proto = proto,
		.sport = 4000,
		.dport = 443,
		.flags = SW_SYN,
		.seq = 0xdeadbeef,
		.payload_length = 20,
	};
}

static bool
is_quoted(const struct sw_packet *p, const struct build *build, uint16_t sport,
    uint16_t dport)
{
	struct sw_endpoints ends = build_ends(build->src, sport, build->dst,
	    dport, build->proto == 0 ? IPPROTO_TCP : build->proto);

	return p->icmp.quote_valid &&
	       sw_packet_endpoints_equal(&p->icmp.quote, &ends);
}

START_TEST(quoted_tcp)
{
	struct build build = quoted_packet(_i, IPPROTO_TCP);
	size_t needed = (_i ? 40 : 20) + 8;
	struct sw_packet p;

	for (size_t quoted = 0; quoted < needed; quoted++) {
		p = error_about(&build, quoted);
		ck_assert_uint_eq(p.icmp.kind, SW_ICMP_ERROR);
		ck_assert(!p.icmp.quote_valid && !p.icmp.quote_has_seq);
	}
	for (size_t quoted = needed; quoted < needed + 32; quoted++) {
		p = error_about(&build, quoted);
		ck_assert(is_quoted(&p, &build, 4000, 443));
		ck_assert(p.icmp.quote_has_seq);
		ck_assert_uint_eq(p.icmp.quote_seq, 0xdeadbeef);
	}
	ck_assert(p.ends.sport == 0 && p.ends.dport == 0);
}
END_TEST

START_TEST(quoted_udp)
{
	struct build build = quoted_packet(_i, IPPROTO_UDP);
	struct sw_packet p = error_about(&build, 100);

	ck_assert(is_quoted(&p, &build, 4000, 443));
	ck_assert(!p.icmp.quote_has_seq);
	ck_assert_uint_eq(p.icmp.quote_seq, 0);
	p = error_about(&build, (_i ? 40 : 20) + 7);
	ck_assert(!p.icmp.quote_valid);
}
END_TEST

START_TEST(quoted_echo)
{
	struct build build =
	    quoted_packet(_i, _i ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	struct sw_packet p;

	build.type = _i ? 128 : 8;
	build.id = 77;
	p = error_about(&build, 100);
	ck_assert(is_quoted(&p, &build, 77, build.type));
	build.type = _i ? 129 : 0;
	p = error_about(&build, 100);
	ck_assert(is_quoted(&p, &build, _i ? 128 : 8, 77));
	build.type = 3; /* never an error about an error (RFC 1122 §3.2.2) */
	p = error_about(&build, 100);
	ck_assert(!p.icmp.quote_valid);
}
END_TEST

START_TEST(quoted_other)
{
	struct build build = quoted_packet(_i, IPPROTO_GRE);
	struct sw_packet p = error_about(&build, 100);

	ck_assert(is_quoted(&p, &build, 0, 0));
	p = error_about(&build, _i ? 39 : 19);
	ck_assert(!p.icmp.quote_valid);
}
END_TEST

START_TEST(quoted_sctp)
{
	struct build build = quoted_packet(_i, IPPROTO_SCTP);
	struct sw_packet p;

	build.payload = (const uint8_t *)"\x0f\xa0\x01\xbb\0\0\0\1";
	build.payload_length = 8;
	p = error_about(&build, 100);
	ck_assert(is_quoted(&p, &build, 4000, 443));
	ck_assert(p.icmp.quote_has_seq);
	ck_assert_uint_eq(p.icmp.quote_seq, 1);
}
END_TEST

START_TEST(quoted_options)
{
	struct build build = quoted_packet(false, IPPROTO_UDP);
	struct build build6 = quoted_packet(true, IPPROTO_UDP);
	struct sw_packet p;

	build.ip_options = (const uint8_t *)"\x94\x04\x00\x00";
	build.ip_options_length = 4;
	p = error_about(&build, 32);
	ck_assert(is_quoted(&p, &build, 4000, 443));
	p = error_about(&build, 31);
	ck_assert(!p.icmp.quote_valid);
	build6.extensions = (const uint8_t *)"\x11\x00\x01\x04\x00\x00\x00\x00";
	build6.extensions_length = 8;
	build6.extensions_first = IPPROTO_DSTOPTS;
	p = error_about(&build6, 56);
	ck_assert(is_quoted(&p, &build6, 4000, 443));
	p = error_about(&build6, 55);
	ck_assert(!p.icmp.quote_valid);
}
END_TEST

START_TEST(quoted_fragment)
{
	struct build build = quoted_packet(_i, IPPROTO_UDP);
	struct sw_packet p;

	build.fragment = true;
	build.more = true;
	p = error_about(&build, 100);
	ck_assert(is_quoted(&p, &build, 4000, 443));
	build.offset = 64;
	p = error_about(&build, 100);
	ck_assert(!p.icmp.quote_valid);
}
END_TEST

/* The quote is of the family of its message, with a version that is one. */
START_TEST(quoted_nonsense)
{
	struct build error = message(_i, _i ? 1 : 3);
	struct build other = quoted_packet(!_i, IPPROTO_UDP);
	uint8_t bytes[512];
	struct sw_packet p;

	error.payload = bytes;
	error.payload_length = build_bytes(&other, bytes);
	p = build_packet(&error);
	ck_assert(!p.icmp.quote_valid);
	ck_assert_uint_eq(p.icmp.kind, SW_ICMP_ERROR);
	memset(bytes, 0xff, sizeof(bytes));
	p = build_packet(&error);
	ck_assert(!p.icmp.quote_valid);
	memset(bytes, 0x44, sizeof(bytes)); /* header of 16 bytes */
	p = build_packet(&error);
	ck_assert(!p.icmp.quote_valid);
}
END_TEST

/* A truncated copy that does not hold the quote is no fault of the message,
 * and the message is not one about nothing. */
START_TEST(quote_not_captured)
{
	struct build build = quoted_packet(_i, IPPROTO_TCP);
	struct build error = message(_i, _i ? 3 : 11);
	uint8_t inner[512], bytes[512];
	size_t headers = _i ? 48 : 28, size;
	struct sw_packet p;

	error.payload = inner;
	error.payload_length = build_bytes(&build, inner);
	size = build_bytes(&error, bytes);
	ck_assert_int_eq(
	    build_parse(bytes, headers - 1, (uint32_t)size, &p), SW_PARSE_COPY);
	ck_assert_int_eq(
	    build_parse(bytes, headers, (uint32_t)size, &p), SW_PARSE_COPY);
	ck_assert(!p.icmp.quote_valid);
	ck_assert_int_eq(
	    build_parse(bytes, headers + (_i ? 48 : 28), (uint32_t)size, &p),
	    SW_PARSE_OK);
	ck_assert(is_quoted(&p, &build, 4000, 443));
}
END_TEST

/* A number above all types is none, though its lower byte is one. */
START_TEST(identifiers_beyond_types)
{
	struct sw_endpoints ends = { .family = SW_IPV4,
		.proto = IPPROTO_ICMP,
		.sport = 5,
		.dport = 256 + 8 };

	ck_assert_uint_eq(sw_packet_icmp_id(&ends), 256 + 8);
	ends.dport = 8;
	ck_assert_uint_eq(sw_packet_icmp_id(&ends), 5);
	ends.dport = 256;
	ck_assert_uint_eq(sw_packet_icmp_id(&ends), 256);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("packet_icmp");

	tcase_add_test(tcase, kind_of_each_type);
	tcase_add_loop_test(tcase, message_of_other_family, 0, 2);
	tcase_add_loop_test(tcase, quoted_tcp, 0, 2);
	tcase_add_loop_test(tcase, quoted_udp, 0, 2);
	tcase_add_loop_test(tcase, quoted_echo, 0, 2);
	tcase_add_loop_test(tcase, quoted_other, 0, 2);
	tcase_add_loop_test(tcase, quoted_sctp, 0, 2);
	tcase_add_test(tcase, quoted_options);
	tcase_add_loop_test(tcase, quoted_fragment, 0, 2);
	tcase_add_loop_test(tcase, quoted_nonsense, 0, 2);
	tcase_add_loop_test(tcase, quote_not_captured, 0, 2);
	tcase_add_test(tcase, identifiers_beyond_types);
	return run_case("packet_icmp", tcase);
}
