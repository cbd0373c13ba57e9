/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is no TCP: UDP, echoes, protocols without ports, and the ICMP errors
 * that quote any of them.
 *
 * A row is a datagram: milliseconds since the start, who sends it (C the
 * client 10.0.0.1, S the server 10.0.0.2, R a router on the way), what it
 * is, and whether it passes.
 */

#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"
#include "script.h"

enum what {
	UDP,
	ECHO,
	ECHO_REPLY,
	STAMP, /* ICMP timestamp */
	STAMP_REPLY,
	ADVERT, /* router advertisement */
	ESP,
	GRE,
	SCTP,
	/* Errors about a packet of the receiver */
	ABOUT_UDP,
	ABOUT_UNKNOWN, /* UDP of another port */
	ABOUT_TCP,     /* its sequence number is the row's number */
	ABOUT_ECHO,
	ABOUT_ASTRAY, /* a client's packet, but the server is told */
	ABOUT_OTHERS, /* quotes what the receiver never sent */
	TCP_SYN,
	TCP_SYNACK,
	TCP_ACK,
};

struct row {
	uint32_t at; /* ms */
	char from;
	enum what what;
	char expect;
	uint32_t number; /* identifier, sequence number, ICMP type */
};

#define CLIENT "10.0.0.1"
#define SERVER "10.0.0.2"
#define ROUTER "10.9.9.9"

static const char *
address(char who)
{
	return who == 'C' ? CLIENT : who == 'S' ? SERVER : ROUTER;
}

/* What the receiver of an error had sent, to be quoted. */
static size_t
quoted_bytes(const struct row *row, bool from_client, uint8_t *bytes)
{
	struct build build = { .src = from_client ? CLIENT : SERVER,
		.dst = from_client ? SERVER : CLIENT,
		.proto = IPPROTO_UDP,
		.sport = from_client ? 40000 : 53,
		.dport = from_client ? 53 : 40000,
		.payload_length = 20 };

	if (row->what == ABOUT_UNKNOWN)
		build.sport = build.dport = 9;
	if (row->what == ABOUT_OTHERS)
		build.src = "10.0.0.77";
	if (row->what == ABOUT_TCP) {
		build.proto = IPPROTO_TCP;
		build.flags = SW_ACK;
		build.seq = row->number;
		build.sport = from_client ? 40000 : 80;
		build.dport = from_client ? 80 : 40000;
	}
	if (row->what == ABOUT_ECHO) {
		build.proto = IPPROTO_ICMP;
		build.type = 8;
		build.id = 7;
	}
	return build_bytes(&build, bytes);
}

static bool
is_error(enum what what)
{
	return what >= ABOUT_UDP && what <= ABOUT_OTHERS;
}

/* An error to the client, or from the client to the server. */
static struct sw_packet
error_packet(const struct row *row, uint8_t *quote)
{
	bool to_client = row->from != 'C';
	bool astray = row->what == ABOUT_ASTRAY;
	struct build build = { .src = address(row->from),
		.dst = to_client && !astray ? CLIENT : SERVER,
		.proto = IPPROTO_ICMP,
		.type = row->what == ABOUT_TCP || !row->number
			    ? 3
			    : (uint8_t)row->number,
		.payload = quote };

	build.payload_length = quoted_bytes(row, to_client, quote);
	if (build.payload_length > 28)
		build.payload_length = 28;
	return build_packet(&build);
}

static void
fill_icmp(const struct row *row, struct build *build)
{
	static const uint8_t types[] = { [ECHO] = 8,
		[ECHO_REPLY] = 0,
		[STAMP] = 13,
		[STAMP_REPLY] = 14,
		[ADVERT] = 9 };

	build->proto = IPPROTO_ICMP;
	build->type = types[row->what];
	build->id = (uint16_t)row->number;
}

static void
fill_tcp(const struct row *row, struct build *build)
{
	bool client = row->from == 'C';

	build->sport = client ? 40000 : 80;
	build->dport = client ? 80 : 40000;
	build->window = 65535;
	build->payload_length = 0;
	build->flags = row->what == TCP_SYN   ? SW_SYN
		       : row->what == TCP_ACK ? SW_ACK
					      : SW_SYN | SW_ACK;
	build->seq = client ? 1000 + !(build->flags & SW_SYN) : 5000;
	build->ack = build->flags & SW_ACK ? (client ? 5001 : 1001) : 0;
}

static struct sw_packet
packet_of(const struct row *row)
{
	static const uint8_t protos[] = {
		[ESP] = IPPROTO_ESP, [GRE] = IPPROTO_GRE, [SCTP] = IPPROTO_SCTP
	};
	static const uint8_t init[32] = { 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0, 0, 20, 0, 0, 0, 7 };
	static uint8_t quote[BUILD_MAX];
	bool client = row->from == 'C';
	struct build build = { .src = address(row->from),
		.dst = client ? SERVER : CLIENT,
		.proto = IPPROTO_UDP,
		.sport = client ? 40000 : 53,
		.dport = client ? 53 : 40000,
		.payload_length = 8 };

	if (is_error(row->what))
		return error_packet(row, quote);
	if (row->what >= TCP_SYN)
		build.proto = IPPROTO_TCP, fill_tcp(row, &build);
	else if (row->what >= ESP)
		build.proto = protos[row->what], build.raw = true;
	else if (row->what >= ECHO)
		fill_icmp(row, &build);
	if (row->what == SCTP)
		build.payload = init, build.payload_length = sizeof init;
	return build_packet(&build);
}

/* rule: of one protocol, or NULL */
static void
run_under(const struct sw_rule *rule, const char *name, const struct row *rows,
    size_t n)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_policy *policy =
	    sw_policy_compile(rule, !!rule, &flow_policy);
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 256 };
	struct sw_engine *engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ SW_NS_PER_SECOND });

	for (size_t i = 0; i < n; i++) {
		struct sw_packet packet = packet_of(&rows[i]);
		struct sw_time now = { (1000u + rows[i].at) * SW_NS_PER_MS };
		bool passed = sw_engine_step(engine, &packet, now) == SW_PASS;

		ck_assert_msg(rows[i].expect == '+' || rows[i].expect == '-',
		    "%s: row %zu expects nothing", name, i + 1);
		ck_assert_msg(passed == (rows[i].expect == '+'),
		    "%s: row %zu should %s", name, i + 1,
		    rows[i].expect == '+' ? "pass" : "be dropped");
	}
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

#define RUN(name, rows) \
	run_under(NULL, name, rows, sizeof(rows) / sizeof(*(rows)))

/* --- lives ------------------------------------------------------------------*/

static struct sw_counts
counts_after(const struct row *rows, size_t n, uint32_t at)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_policy *policy = sw_policy_compile(NULL, 0, &flow_policy);
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 256 };
	struct sw_engine *engine = sw_engine_create(
	    &limits, NULL, policy, (struct sw_time){ SW_NS_PER_SECOND });
	struct sw_counts counts;

	for (size_t i = 0; i < n; i++) {
		struct sw_packet packet = packet_of(&rows[i]);

		sw_engine_step(engine, &packet,
		    (struct sw_time){ (1000u + rows[i].at) * SW_NS_PER_MS });
	}
	sw_engine_sweep(engine, (struct sw_time){ (1000u + at) * SW_NS_PER_MS },
	    sw_engine_slots(engine));
	sw_engine_counts(engine, &counts);
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
	return counts;
}

static void
lives(const struct row *rows, size_t n, uint32_t seconds)
{
	uint32_t last = rows[n - 1].at;

	ck_assert_uint_eq(
	    counts_after(rows, n, last + seconds * 1000 - 100).flows, 1);
	ck_assert_uint_eq(
	    counts_after(rows, n, last + seconds * 1000 + 100).flows, 0);
}

START_TEST(each_kind_has_its_time)
{
	static const struct row udp[] = { { 0, 'C', UDP, '+', 0 },
		{ 5000, 'C', UDP, '+', 0 }, { 9000, 'S', UDP, '+', 0 },
		{ 20000, 'C', UDP, '+', 0 } };
	static const struct row echo[] = { { 0, 'C', ECHO, '+', 7 },
		{ 5000, 'S', ECHO_REPLY, '+', 7 } };
	static const struct row esp[] = { { 0, 'C', ESP, '+', 0 },
		{ 5000, 'S', ESP, '+', 0 } };
	static const struct row sctp[] = { { 0, 'C', SCTP, '+', 0 } };

	lives(udp, 1, 30);  /* not answered */
	lives(udp, 2, 30);  /* repeated, not answered */
	lives(udp, 3, 120); /* answered */
	lives(udp, 4, 120);
	lives(echo, 1, 30);
	lives(echo, 2, 30);
	lives(esp, 1, 600);
	lives(esp, 2, 600);
	lives(sctp, 1, 30);
}
END_TEST

START_TEST(a_reply_belongs_to_its_opener)
{
	static const struct row rows[] = { { 0, 'C', UDP, '+', 0 },
		{ 1, 'S', UDP, '+', 0 } };
	struct sw_counts counts = counts_after(rows, 2, 2);

	ck_assert_uint_eq(counts.opened, 1);
	ck_assert_uint_eq(counts.by_state[SW_STATE_UDP], 1);
	ck_assert_uint_eq(counts.embryonic, 0);
	counts = counts_after(rows, 1, 2);
	ck_assert_uint_eq(counts.by_state[SW_STATE_UDP_UNREPLIED], 1);
	ck_assert_uint_eq(counts.embryonic, 1);
}
END_TEST

START_TEST(a_reply_needs_its_request)
{
	static const struct row rows[] = {
		{ 0, 'S', ECHO_REPLY, '-', 7 },
		{ 1, 'C', ECHO, '+', 7 },
		{ 2, 'S', ECHO_REPLY, '+', 7 },
		{ 3, 'S', ECHO_REPLY, '-', 8 },
		{ 4, 'S', ECHO_REPLY, '+', 7 },
		{ 5, 'C', STAMP, '+', 9 },
		{ 6, 'S', STAMP_REPLY, '+', 9 },
		{ 7, 'S', STAMP_REPLY, '-', 10 },
		{ 40000, 'S', ECHO_REPLY, '-', 7 },
	};

	RUN("requests", rows);
}
END_TEST

/* An identifier belongs to one kind of question, and to who asks. */
START_TEST(a_reply_answers_its_own_request)
{
	static const struct row rows[] = {
		{ 0, 'C', ECHO, '+', 7 },
		{ 1, 'S', STAMP_REPLY, '-', 7 },
		{ 2, 'C', ECHO_REPLY, '-', 7 },
		{ 3, 'S', ECHO, '+', 7 },
		{ 4, 'C', ECHO_REPLY, '+', 7 },
		{ 5, 'S', ECHO_REPLY, '+', 7 },
		{ 6, 'C', ECHO, '+', 0 },
		{ 7, 'S', ABOUT_UNKNOWN, '-', 3 },
	};
	struct sw_counts counts = counts_after(rows, 5, 5);

	RUN("questions of both", rows);
	ck_assert_uint_eq(counts.opened, 2);
}
END_TEST

START_TEST(what_stays_on_its_link_passes)
{
	static const struct row rows[] = { { 0, 'R', ADVERT, '+', 0 } };

	RUN("router advertisement", rows);
}
END_TEST

/* --- errors -----------------------------------------------------------------*/

START_TEST(an_error_belongs_to_what_it_quotes)
{
	static const struct row rows[] = {
		{ 0, 'R', ABOUT_UDP, '-', 0 },
		{ 1, 'C', UDP, '+', 0 },
		{ 2, 'R', ABOUT_UDP, '+', 3 },
		{ 3, 'S', ABOUT_UDP, '+', 3 },
		{ 4, 'R', ABOUT_UDP, '+', 11 },
		{ 5, 'R', ABOUT_UDP, '+', 12 },
		{ 6, 'R', ABOUT_UNKNOWN, '-', 3 },
		{ 7, 'C', ECHO, '+', 7 },
		{ 8, 'R', ABOUT_ECHO, '+', 11 },
		{ 40000, 'R', ABOUT_UDP, '-', 3 },
		{ 40001, 'R', ABOUT_ECHO, '-', 3 },
	};

	RUN("errors", rows);
}
END_TEST

/* The server's packet could not be delivered: the client says so. */
START_TEST(an_error_may_quote_a_reply)
{
	static const struct row rows[] = {
		{ 0, 'C', UDP, '+', 0 },
		{ 1, 'S', UDP, '+', 0 },
		{ 2, 'C', ABOUT_UDP, '+', 3 },
	};

	RUN("quoted reply", rows);
}
END_TEST

START_TEST(an_error_is_for_who_sent_what_it_quotes)
{
	static const struct row rows[] = {
		{ 0, 'C', UDP, '+', 0 },
		{ 1, 'R', ABOUT_OTHERS, '-', 3 },
		{ 2, 'R', ABOUT_ASTRAY, '-', 3 },
		{ 3, 'R', ABOUT_UDP, '+', 3 },
	};

	RUN("wrong receiver", rows);
}
END_TEST

/* Where a rule lets packets by without a flow, their errors pass as well. */
START_TEST(an_error_may_quote_what_is_not_tracked)
{
	static const int16_t udp = IPPROTO_UDP;
	static const struct row rows[] = {
		{ 0, 'R', ABOUT_UDP, '+', 3 },
		{ 1, 'C', ABOUT_UDP, '+', 3 },
		{ 2, 'R', ABOUT_ASTRAY, '-', 3 },
		{ 3, 'R', ABOUT_TCP, '-', 1000 },
		{ 4, 'R', ABOUT_ECHO, '-', 3 },
	};
	struct sw_rule rule = { .name = "off",
		.slot = 1,
		.protos = &udp,
		.n_protos = 1,
		.flow_policy = script_treatment(SW_TRACK_OFF) };

	run_under(&rule, "not tracked", rows, sizeof(rows) / sizeof(*rows));
}
END_TEST

/* Who sees nothing knows the ports at best (RFC 5927). */
START_TEST(an_error_about_tcp_must_know_the_number)
{
	static const struct row rows[] = {
		{ 0, 'C', TCP_SYN, '+', 0 },
		{ 1, 'S', TCP_SYNACK, '+', 0 },
		{ 2, 'C', TCP_ACK, '+', 0 },
		{ 3, 'R', ABOUT_TCP, '+', 1000 },
		{ 4, 'R', ABOUT_TCP, '+', 1001 },
		{ 5, 'R', ABOUT_TCP, '-', 1002 },
		{ 6, 'R', ABOUT_TCP, '-', 900000 },
		{ 7, 'R', ABOUT_TCP, '-', 4000000000 },
		{ 8, 'C', ABOUT_TCP, '+', 5000 },
		{ 9, 'C', ABOUT_TCP, '-', 900000 },
		{ 10, 'R', ABOUT_TCP, '+', 4294902761 },
		{ 11, 'R', ABOUT_TCP, '-', 4294902760 },
	};

	RUN("TCP quoted", rows);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("datagram");
	TCase *t = tcase_create("lives");

	tcase_add_test(t, each_kind_has_its_time);
	tcase_add_test(t, a_reply_belongs_to_its_opener);
	tcase_add_test(t, a_reply_needs_its_request);
	tcase_add_test(t, a_reply_answers_its_own_request);
	tcase_add_test(t, what_stays_on_its_link_passes);
	suite_add_tcase(s, t);
	t = tcase_create("errors");
	tcase_add_test(t, an_error_belongs_to_what_it_quotes);
	tcase_add_test(t, an_error_may_quote_a_reply);
	tcase_add_test(t, an_error_is_for_who_sent_what_it_quotes);
	tcase_add_test(t, an_error_may_quote_what_is_not_tracked);
	tcase_add_test(t, an_error_about_tcp_must_know_the_number);
	suite_add_tcase(s, t);
	return run_suite(s);
}
