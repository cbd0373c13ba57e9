/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_packet_fragment: IPv6 extension headers, and fragments of both
 * families as the parser sees them one by one.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* chain: a letter for each extension header before TCP.
 * h hop-by-hop, d destination, r routing, a authentication (12 bytes),
 * A authentication (24), D destination of 16 bytes, f atomic fragment,
 * m first fragment, l later fragment, n no next header instead of TCP,
 * e ESP instead of TCP. */
static const struct {
	const char *chain;
	enum sw_parse expected;
	uint8_t proto;
} chains[] = {
	{ "", SW_PARSE_OK, IPPROTO_TCP },
	{ "h", SW_PARSE_OK, IPPROTO_TCP },
	{ "hdrad", SW_PARSE_OK, IPPROTO_TCP },
	{ "D", SW_PARSE_OK, IPPROTO_TCP },
	{ "aA", SW_PARSE_OK, IPPROTO_TCP },
	{ "hddddddd", SW_PARSE_OK, IPPROTO_TCP },
	{ "dddddddd", SW_PARSE_OK, IPPROTO_TCP },
	{ "hdddddddf", SW_PARSE_OK, IPPROTO_TCP },
	{ "ddddddddd", SW_PARSE_EXTENSIONS, IPPROTO_DSTOPTS },
	{ "hddddfdddd", SW_PARSE_EXTENSIONS, IPPROTO_DSTOPTS },
	{ "dh", SW_PARSE_EXTENSION_ORDER, IPPROTO_HOPOPTS },
	{ "hh", SW_PARSE_EXTENSION_ORDER, IPPROTO_HOPOPTS },
	{ "fh", SW_PARSE_EXTENSION_ORDER, IPPROTO_HOPOPTS },
	{ "f", SW_PARSE_OK, IPPROTO_TCP },
	{ "hfd", SW_PARSE_OK, IPPROTO_TCP },
	{ "ff", SW_PARSE_FRAGMENT_TWICE, IPPROTO_FRAGMENT },
	{ "fdf", SW_PARSE_FRAGMENT_TWICE, IPPROTO_FRAGMENT },
	{ "mf", SW_PARSE_FRAGMENT_TWICE, IPPROTO_FRAGMENT },
	{ "m", SW_PARSE_OK, IPPROTO_TCP },
	{ "md", SW_PARSE_OK, IPPROTO_TCP },
	{ "l", SW_PARSE_OK, IPPROTO_TCP },
	{ "ldddddddddd", SW_PARSE_OK, IPPROTO_DSTOPTS }, /* is payload */
	{ "lf", SW_PARSE_OK, IPPROTO_FRAGMENT },
	{ "n", SW_PARSE_OK, IPPROTO_NONE },
	{ "dn", SW_PARSE_OK, IPPROTO_NONE },
	{ "dddddddde", SW_PARSE_OK, IPPROTO_ESP },
};

static uint8_t
letter_proto(char letter)
{
	switch (letter) {
	case 'h':
		return IPPROTO_HOPOPTS;
	case 'd':
	case 'D':
		return IPPROTO_DSTOPTS;
	case 'r':
		return IPPROTO_ROUTING;
	case 'a':
	case 'A':
		return IPPROTO_AH;
	case 'f':
	case 'm':
	case 'l':
		return IPPROTO_FRAGMENT;
	case 'n':
		return IPPROTO_NONE;
	case 'e':
		return IPPROTO_ESP;
	default:
		return IPPROTO_TCP;
	}
}

/* One header after the other; => bytes */
static size_t
put_chain(const char *chain, uint8_t *to)
{
	size_t size = 0;

	for (const char *c = chain; *c != '\0' && *c != 'n' && *c != 'e'; c++) {
		size_t own = *c == 'D' ? 16 : *c == 'a' ? 12 : 8;

		if (*c == 'A')
			own = 24;
		memset(to + size, 0, own);
		to[size] = letter_proto(c[1]);
		if (*c == 'D')
			to[size + 1] = 1;
		else if (*c == 'a' || *c == 'A')
			to[size + 1] = (uint8_t)(own / 4 - 2);
		else if (*c == 'm')
			to[size + 3] = 1;
		else if (*c == 'l')
			to[size + 2] = 1;
		size += own;
	}
	return size;
}

START_TEST(extension_chain)
{
	const char *chain = chains[_i].chain;
	uint8_t extensions[256], bytes[512];
	size_t size = put_chain(chain, extensions);
	struct sw_packet p;
	struct build build = {
		.src = "fd00::1",
		.dst = "fd00::2",
		.sport = 7,
		.dport = 9,
		.flags = SW_SYN,
		.payload_length = 12,
		.extensions = extensions,
		.extensions_length = size,
		.extensions_first = letter_proto(chain[0]),
	};

	if (strpbrk(chain, "ne") != NULL)
		build.proto = letter_proto(chain[strlen(chain) - 1]);
	if (strpbrk(chain, "m") != NULL && size % 8 != 0)
		build.payload_length += 4;
	size = build_bytes(&build, bytes);
	ck_assert_int_eq(
	    build_parse(bytes, size, (uint32_t)size, &p), chains[_i].expected);
	ck_assert_uint_eq(p.ends.proto, chains[_i].proto);
	if (p.malformed == SW_PARSE_OK && p.fragment.offset == 0 &&
	    p.ends.proto == IPPROTO_TCP) {
		ck_assert_uint_eq(p.ends.sport, 7);
		ck_assert_uint_eq(p.ends.dport, 9);
		ck_assert_uint_eq(p.tcp.payload, build.payload_length);
	}
	ck_assert(p.fragment.is_fragment == (strpbrk(chain, "ml") != NULL));
}
END_TEST

/* The chain must lie within the datagram, wherever it is cut. */
START_TEST(extension_chain_cut)
{
	uint8_t extensions[256], bytes[512];
	size_t size = put_chain("hDaAfd", extensions);
	size_t headers = 40 + size + 20;
	struct sw_packet p;
	struct build build = {
		.src = "fd00::1",
		.dst = "fd00::2",
		.flags = SW_SYN,
		.extensions = extensions,
		.extensions_length = size,
		.extensions_first = IPPROTO_HOPOPTS,
	};

	size = build_bytes(&build, bytes);
	ck_assert_uint_eq(size, headers);
	for (size_t n = 0; n < headers; n++)
		ck_assert_int_eq(
		    build_parse(bytes, n, (uint32_t)size, &p), SW_PARSE_COPY);
	for (size_t n = 40; n < headers; n++) {
		bytes[5] = (uint8_t)(n - 40);
		if (n > 40)
			ck_assert_int_eq(
			    build_parse(bytes, size, (uint32_t)size, &p),
			    SW_PARSE_CUT);
	}
	bytes[5] = (uint8_t)(headers - 40);
	bytes[41] = 255; /* hop-by-hop options past the end */
	ck_assert_int_eq(
	    build_parse(bytes, size, (uint32_t)size, &p), SW_PARSE_CUT);
}
END_TEST

/* AH of IPv4 is a protocol of its own, as is every extension's number. */
START_TEST(ip4_has_no_extensions)
{
	static const uint8_t protos[] = { IPPROTO_ROUTING, IPPROTO_FRAGMENT,
		IPPROTO_AH, IPPROTO_DSTOPTS };

	for (size_t i = 0; i < ROWS(protos); i++) {
		struct sw_packet p =
		    build_packet(&(struct build){ .proto = protos[i] });

		ck_assert_uint_eq(p.ends.proto, protos[i]);
		ck_assert(!p.fragment.is_fragment);
	}
}
END_TEST

static const char *const sources[] = { "10.0.0.1", "fd00::1" };
static const char *const targets[] = { "10.0.0.2", "fd00::2" };

START_TEST(first_fragment_shows_ports)
{
	struct sw_packet p = build_packet(&(struct build){
	    .src = sources[_i],
	    .dst = targets[_i],
	    .proto = IPPROTO_UDP,
	    .sport = 1000,
	    .dport = 53,
	    .payload_length = 1000,
	    .fragment = true,
	    .more = true,
	    .fragment_id = 77,
	});

	ck_assert(p.fragment.is_fragment && p.fragment.more);
	ck_assert_uint_eq(p.fragment.offset, 0);
	ck_assert_uint_eq(p.fragment.length, 1008);
	ck_assert_uint_eq(p.fragment.id, 77);
	ck_assert_uint_eq(p.ends.sport, 1000);
	ck_assert_uint_eq(p.ends.dport, 53);
	ck_assert(sw_packet_opens(&p));
}
END_TEST

START_TEST(later_fragment_has_no_ports)
{
	struct sw_packet p = build_packet(&(struct build){
	    .src = sources[_i],
	    .dst = targets[_i],
	    .proto = IPPROTO_TCP,
	    .raw = true,
	    .payload = (const uint8_t *)"\x01\x02\x03\x04\x05",
	    .payload_length = 5,
	    .fragment = true,
	    .offset = 1480,
	    .fragment_id = 0xffff,
	});

	ck_assert(p.fragment.is_fragment && !p.fragment.more);
	ck_assert_uint_eq(p.fragment.offset, 1480);
	ck_assert_uint_eq(p.fragment.length, 5);
	ck_assert_uint_eq(p.fragment.id, 0xffff);
	ck_assert(p.ends.sport == 0 && p.ends.dport == 0);
	ck_assert_uint_eq(p.tcp.flags, 0);
	ck_assert(!sw_packet_opens(&p));
}
END_TEST

/* part: bytes behind the IP header (IPv6: behind the fragment header). */
static const struct {
	uint16_t offset;
	bool more;
	size_t part;
	enum sw_parse ip4, ip6;
} parts[] = {
	{ 0, true, 24, SW_PARSE_OK, SW_PARSE_OK },
	{ 0, true, 16, SW_PARSE_CUT, SW_PARSE_CUT }, /* splits TCP */
	{ 0, true, 8, SW_PARSE_CUT, SW_PARSE_CUT },
	{ 0, true, 25, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_FRAGMENT_LENGTH },
	{ 8, true, 23, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_FRAGMENT_LENGTH },
	{ 8, true, 0, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_FRAGMENT_LENGTH },
	{ 8, false, 0, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_FRAGMENT_LENGTH },
	{ 8, false, 1, SW_PARSE_OK, SW_PARSE_OK },
	{ 65528, false, 7, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_OK },
	{ 65528, false, 8, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_FRAGMENT_LENGTH },
	{ 65512, false, 3, SW_PARSE_OK, SW_PARSE_OK },
	{ 65512, false, 4, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_OK },
	{ 65528, true, 8, SW_PARSE_FRAGMENT_LENGTH, SW_PARSE_FRAGMENT_LENGTH },
};

START_TEST(fragment_part)
{
	static const uint8_t zeros[64] = { [12] = 0x50 };

	for (int v = 0; v < 2; v++) {
		uint8_t bytes[256];
		struct sw_packet p;
		size_t size = build_bytes(
		    &(struct build){
			.src = sources[v],
			.dst = targets[v],
			.raw = true,
			.payload = zeros,
			.payload_length = parts[_i].part,
			.fragment = true,
			.offset = parts[_i].offset,
			.more = parts[_i].more,
		    },
		    bytes);

		ck_assert_int_eq(build_parse(bytes, size, (uint32_t)size, &p),
		    v == 0 ? parts[_i].ip4 : parts[_i].ip6);
	}
}
END_TEST

/* The UDP length of a first fragment is that of the whole. */
START_TEST(udp_length_of_first_fragment)
{
	uint8_t whole[2100], bytes[2100];
	struct sw_packet p;
	size_t size = build_bytes(
	    &(struct build){
		.src = sources[_i],
		.dst = targets[_i],
		.proto = IPPROTO_UDP,
		.dport = 2049,
		.payload_length = 2000,
	    },
	    whole);

	ck_assert_uint_gt(size, 2000);
	size = build_fragment(whole, 0, 1200, 5, bytes);
	ck_assert_int_eq(
	    build_parse(bytes, size, (uint32_t)size, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.ends.dport, 2049);
	size = build_fragment(whole, 1200, 1200, 5, bytes);
	ck_assert_int_eq(
	    build_parse(bytes, size, (uint32_t)size, &p), SW_PARSE_OK);
	ck_assert_uint_eq(p.fragment.offset + p.fragment.length, 2008);
	ck_assert(!p.fragment.more);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("packet_fragment");

	tcase_add_loop_test(tcase, extension_chain, 0, ROWS(chains));
	tcase_add_test(tcase, extension_chain_cut);
	tcase_add_test(tcase, ip4_has_no_extensions);
	tcase_add_loop_test(tcase, first_fragment_shows_ports, 0, 2);
	tcase_add_loop_test(tcase, later_fragment_has_no_ports, 0, 2);
	tcase_add_loop_test(tcase, fragment_part, 0, ROWS(parts));
	tcase_add_loop_test(tcase, udp_length_of_first_fragment, 0, 2);
	return run_case("packet_fragment", tcase);
}
