/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_packet_tcp: what flags mean, and options as hosts read them.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* The rule in words: at most one of SYN, FIN and RST; FIN and the bare
 * segment need ACK; URG goes with none of SYN/ACK and RST. */
static enum sw_tcp_kind
kind_by_rule(unsigned flags)
{
	bool fin = flags & 1, syn = flags & 2, rst = flags & 4;
	bool ack = flags & 16, urg = flags & 32;

	if (fin + syn + rst > 1)
		return SW_TCP_BAD;
	if (syn && !ack)
		return SW_TCP_SYN;
	if (syn)
		return urg ? SW_TCP_BAD : SW_TCP_SYNACK;
	if (rst)
		return urg ? SW_TCP_BAD : SW_TCP_RST;
	if (!ack)
		return SW_TCP_BAD;
	return fin ? SW_TCP_FIN : SW_TCP_ACK;
}

START_TEST(kind_of_each_flag_byte)
{
	unsigned per_kind[SW_TCP_KINDS] = { 0 };

	for (unsigned flags = 0; flags < 256; flags++) {
		enum sw_tcp_kind kind = sw_tcp_kind((uint8_t)flags);

		ck_assert_msg(kind == kind_by_rule(flags),
		    "flags %02x are taken for kind %d", flags, kind);
		per_kind[kind]++;
	}
	ck_assert_uint_eq(per_kind[SW_TCP_SYN], 16);
	ck_assert_uint_eq(per_kind[SW_TCP_SYNACK], 8);
	ck_assert_uint_eq(per_kind[SW_TCP_FIN], 16);
	ck_assert_uint_eq(per_kind[SW_TCP_ACK], 16);
	ck_assert_uint_eq(per_kind[SW_TCP_RST], 16);
	ck_assert_uint_eq(per_kind[SW_TCP_BAD], 184);
}
END_TEST

static const struct {
	const char *letters;
	enum sw_tcp_kind kind;
} named[] = {
	{ "S", SW_TCP_SYN },
	{ "SPUEW", SW_TCP_SYN },
	{ "SEW", SW_TCP_SYN }, /* RFC 3168 */
	{ "SA", SW_TCP_SYNACK },
	{ "SAE", SW_TCP_SYNACK },
	{ "A", SW_TCP_ACK },
	{ "PA", SW_TCP_ACK },
	{ "PAU", SW_TCP_ACK },
	{ "FA", SW_TCP_FIN },
	{ "FPA", SW_TCP_FIN },
	{ "R", SW_TCP_RST },
	{ "RA", SW_TCP_RST },
	{ "RPA", SW_TCP_RST },
	{ "-", SW_TCP_BAD },   /* null scan */
	{ "FPU", SW_TCP_BAD }, /* Xmas scan */
	{ "F", SW_TCP_BAD },   /* FIN scan */
	{ "FS", SW_TCP_BAD },
	{ "FSA", SW_TCP_BAD },
	{ "SR", SW_TCP_BAD },
	{ "FRA", SW_TCP_BAD },
	{ "P", SW_TCP_BAD },
	{ "FSRPAUEW", SW_TCP_BAD },
};

START_TEST(kind_by_name)
{
	struct sw_packet p = build_packet(
	    &(struct build){ .flags = build_flags(named[_i].letters) });

	ck_assert_uint_eq(p.tcp.kind, named[_i].kind);
	ck_assert_uint_eq(p.tcp.flags, build_flags(named[_i].letters));
	ck_assert(sw_packet_opens(&p) == (named[_i].kind == SW_TCP_SYN));
}
END_TEST

/* What is expected of options; -1 = not there. */
static const struct {
	const char *hex;
	int wscale, mss, sack_permitted;
	long long tsval, sack_edge;
} options[] = {
	{ "", -1, -1, 0, -1, -1 },
	{ "020405b4", -1, 1460, 0, -1, -1 },
	{ "030307", 7, -1, 0, -1, -1 },
	{ "03030e", 14, -1, 0, -1, -1 },
	{ "03030f", 14, -1, 0, -1, -1 }, /* capped (RFC 7323 §2.3) */
	{ "0303ff", 14, -1, 0, -1, -1 },
	{ "030300", 0, -1, 0, -1, -1 },
	{ "0402", -1, -1, 1, -1, -1 },
	{ "080a0000000700000009", -1, -1, 0, 7, -1 },
	{ "0101080a0000000700000009", -1, -1, 0, 7, -1 },
	{ "050a0000100000002000", -1, -1, 0, -1, 0x2000 },
	/* the right edge that is furthest */
	{ "05120000100000002000"
	  "0000300000004000",
	    -1, -1, 0, -1, 0x4000 },
	{ "05120000300000004000"
	  "0000100000002000",
	    -1, -1, 0, -1, 0x4000 },
	/* left of the acknowledgement: D-SACK (RFC 2883) */
	{ "050a0000000100000002", -1, -1, 0, -1, 0x1000 },
	/* four blocks fill the options */
	{ "05220000200000002001"
	  "0000210000002101"
	  "0000220000002201"
	  "0000230000002301",
	    -1, -1, 0, -1, 0x2301 },
	{ "0502", -1, -1, 0, -1, -1 },		 /* no block at all */
	{ "05060000100000", -1, -1, 0, -1, -1 }, /* half a block */
	{ "050e000010000000200000003000", -1, -1, 0, -1, -1 },
	/* only the first SACK option counts */
	{ "050a0000100000002000050a0000100000005000", -1, -1, 0, -1, 0x2000 },
	/* an option of another size than its own is passed over */
	{ "0304070003030500", 5, -1, 0, -1, -1 },
	{ "020305030305", 5, -1, 0, -1, -1 },
	{ "040300030305", 5, -1, 0, -1, -1 },
	{ "080300030305", 5, -1, 0, -1, -1 },
	{ "03040700", -1, -1, 0, -1, -1 },
	{ "03020101", -1, -1, 0, -1, -1 },
	{ "02030500", -1, -1, 0, -1, -1 },
	{ "020505b40000", -1, -1, 0, -1, -1 },
	{ "04030000", -1, -1, 0, -1, -1 },
	{ "080900000007000000", -1, -1, 0, -1, -1 },
	{ "080b000000070000000900", -1, -1, 0, -1, -1 },
	/* unknown options are passed over */
	{ "fe04aaaa030305", 5, -1, 0, -1, -1 },
	{ "220c0102030405060708090a030305", 5, -1, 0, -1, -1 }, /* Fast Open */
	/* the last of two counts */
	{ "030301030302", 2, -1, 0, -1, -1 },
	/* the end is the end */
	{ "00030305", -1, -1, 0, -1, -1 },
	{ "01010100020405b4", -1, -1, 0, -1, -1 },
	/* sizes that lie end the reading; what was read stays */
	{ "0303040200", 4, -1, 0, -1, -1 },
	{ "030304020104", 4, -1, 0, -1, -1 },
	{ "0303040400", 4, -1, 0, -1, -1 },
	{ "0303040228", 4, -1, 0, -1, -1 },
	{ "03030402ff", 4, -1, 0, -1, -1 },
	{ "08ff", -1, -1, 0, -1, -1 },
	{ "0101010103", -1, -1, 0, -1, -1 },
	{ "01010103", -1, -1, 0, -1, -1 }, /* kind without size at the end */
	{ "030300ff", 0, -1, 0, -1, -1 },
};

static void
expect_options(const struct sw_tcp_segment *tcp, int row)
{
	ck_assert_int_eq(
	    tcp->has_wscale ? tcp->wscale : -1, options[row].wscale);
	ck_assert_int_eq(tcp->has_mss ? tcp->mss : -1, options[row].mss);
	ck_assert_int_eq(tcp->sack_permitted, options[row].sack_permitted);
	ck_assert_int_eq(tcp->has_timestamp ? (long long)tcp->tsval : -1,
	    options[row].tsval);
	ck_assert_int_eq(tcp->has_sack ? (long long)tcp->sack_edge : -1,
	    options[row].sack_edge);
}

START_TEST(options_are_read)
{
	uint8_t bytes[64];
	size_t size = build_hex(options[_i].hex, bytes);
	struct sw_packet p = build_packet(&(struct build){
	    .flags = SW_ACK,
	    .ack = 0x1000,
	    .options = bytes,
	    .options_length = size,
	    .payload_length = 11,
	});

	expect_options(&p.tcp, _i);
	ck_assert_uint_eq(p.tcp.payload, 11);
}
END_TEST

/* The edge that an ACK with these SACK blocks shows. */
static uint32_t
sack_edge(uint32_t ack, const char *hex)
{
	uint8_t bytes[40];
	struct build build = {
		.flags = SW_ACK,
		.ack = ack,
		.options = bytes,
		.options_length = build_hex(hex, bytes),
	};

	return build_packet(&build).tcp.sack_edge;
}

/* Sequence numbers wrap; the furthest edge is found across 2^32. */
START_TEST(sack_edge_wraps)
{
	ck_assert_uint_eq(
	    sack_edge(0xfffffff0, "0512fffffff1fffffff50000000100000005"), 5);
}
END_TEST

/* Edges half a circle apart do not carry each other around it. */
START_TEST(sack_edge_does_not_climb)
{
	ck_assert_uint_eq(
	    sack_edge(1000, "0512000000004300000000000000c0000000"),
	    0x43000000);
}
END_TEST

/* Options of any two bytes never touch what is behind them, nor make the
 * packet malformed. */
START_TEST(options_never_malform)
{
	for (unsigned word = 0; word < 65536; word++) {
		uint8_t two[4] = { (uint8_t)(word >> 8), (uint8_t)word, 3, 3 };
		struct sw_packet p = build_packet(&(struct build){
		    .flags = SW_SYN,
		    .options = two,
		    .options_length = sizeof(two),
		    .payload_length = 1,
		});

		ck_assert_uint_eq(p.tcp.payload, 1);
		ck_assert_uint_eq(p.tcp.kind, SW_TCP_SYN);
		ck_assert(!p.tcp.has_timestamp && !p.tcp.has_sack);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("packet_tcp");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, kind_of_each_flag_byte);
	tcase_add_loop_test(tcase, kind_by_name, 0, ROWS(named));
	tcase_add_loop_test(tcase, options_are_read, 0, ROWS(options));
	tcase_add_test(tcase, sack_edge_wraps);
	tcase_add_test(tcase, sack_edge_does_not_climb);
	tcase_add_test(tcase, options_never_malform);
	return run_case("packet_tcp", tcase);
}
