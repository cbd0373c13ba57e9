/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a refused packet, field by field; what is sent in its stead;
 * and the RST that an answer to a dead process brings back.
 */

#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "engine/internal.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;
static struct sw_event refused, sent;
static void *memory;

static const struct sw_limits limits = { .max_flows = 16,
	.max_embryonic = 100,
	.tombstones = 64,
	.events = 64,
	.key = "a key for tests" };

static void
open_engine(uint64_t ms)
{
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	ck_assert_ptr_nonnull(policy);
	engine = sw_engine_create(&limits, memory, policy, script_at(ms));
	ck_assert_ptr_nonnull(engine);
}

static void
close_engine(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static void
begin(void)
{
	memory = script_memory(&limits);
	flow_policy = script_treatment(SW_TRACK_STRICT);
	open_engine(0);
}

static void
end(void)
{
	close_engine();
	free(memory);
}

/* Another treatment. */
static void
reopen(void)
{
	close_engine();
	open_engine(0);
}

static void
take(void)
{
	struct sw_event event;

	refused.kind = sent.kind = SW_EVENT_OPENED;
	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			refused = event;
		else if (event.kind == SW_EVENT_SEND)
			sent = event;
}

/* => it passed */
static bool
step(const struct sw_packet *packet, uint64_t ms)
{
	enum sw_verdict verdict = sw_engine_step(engine, packet, script_at(ms));

	take();
	return verdict == SW_PASS;
}

static struct sw_packet
segment(
    char from, const char *flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
	struct script_row row = { 0, from, flags, seq, ack, payload };

	return script_packet(&row);
}

static bool
run(char from, const char *flags, uint32_t seq, uint32_t ack, uint64_t ms)
{
	struct sw_packet packet = segment(from, flags, seq, ack, 0);

	return step(&packet, ms);
}

/* --- told ------------------------------------------------------------------ */

START_TEST(all_fields_are_told)
{
	struct sw_packet packet = segment('C', "PA", 11, 22, 33);
	const struct sw_refusal *told = &refused.refused;

	packet.tcp.window = 44;
	packet.tcp.has_timestamp = true;
	packet.tcp.tsval = 55;
	packet.tcp.tsecr = 66;
	packet.ttl = 77;
	ck_assert(!step(&packet, 10));
	ck_assert_uint_eq(refused.time.ns, script_at(10).ns);
	ck_assert_uint_eq(refused.in, 1);
	ck_assert_uint_eq(refused.out, 2);
	ck_assert(sw_packet_endpoints_equal(&told->ends, &packet.ends));
	ck_assert_uint_eq(told->length, 73);
	ck_assert_uint_eq(told->payload, 33);
	ck_assert_uint_eq(told->seq, 11);
	ck_assert_uint_eq(told->ack, 22);
	ck_assert_uint_eq(told->window, 44);
	ck_assert(told->has_timestamp);
	ck_assert_uint_eq(told->tsval, 55);
	ck_assert_uint_eq(told->tsecr, 66);
	ck_assert_uint_eq(told->ttl, 77);
	ck_assert_uint_eq(told->tcp_flags, SW_PSH | SW_ACK);
	ck_assert_uint_eq(told->message, SW_MESSAGE_NOT_SYN);
	ck_assert_uint_eq(told->action, SW_ACTION_DROP);
	ck_assert_uint_eq(told->malformed, 0);
	ck_assert(!told->opens && !told->answers && !told->opens_nothing);
	ck_assert(!told->quiet && !told->has_flow && !told->was_denied);
	ck_assert(told->from_opener);
	ck_assert_int_eq(told->beyond, 0);
	ck_assert_uint_eq(told->quote.family, 0);
	flow_policy.log = false;
	reopen();
	ck_assert(!step(&packet, 10));
	ck_assert(told->quiet);
}
END_TEST

/* Without a story the kind tells who opened, else the ports. */
START_TEST(who_opened_is_guessed)
{
	static const struct {
		char from;
		const char *flags;
		bool opener;
	} rows[] = {
		{ 'C', "A", true },
		{ 'S', "A", false },
		{ 'C', "SA", false },
		{ 'S', "SA", false },
		{ 'S', "R", false },
	};
	struct sw_packet packet;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)run(rows[i].from, rows[i].flags, 1, 1, i);
		ck_assert_uint_eq(refused.kind, SW_EVENT_REFUSED);
		ck_assert_msg(
		    refused.refused.from_opener == rows[i].opener, "%zu", i);
	}
	packet = segment('C', "A", 1, 1, 0);
	packet.ends.sport = packet.ends.dport;
	ck_assert(!step(&packet, 20));
	ck_assert(refused.refused.from_opener);
}
END_TEST

static struct sw_packet
icmp(enum sw_icmp_kind kind)
{
	struct sw_packet packet = { .length = 56, .in = 1, .out = 2 };

	packet.ends = build_ends("10.0.0.1", 7, "10.0.0.2", 7, IPPROTO_ICMP);
	packet.icmp.kind = (uint8_t)kind;
	packet.icmp.type = 9;
	packet.icmp.code = 8;
	return packet;
}

START_TEST(icmp_is_told_by_its_kind)
{
	static const struct {
		enum sw_icmp_kind kind;
		bool answers, nothing, opener;
	} rows[] = {
		{ SW_ICMP_REPLY, true, false, false },
		{ SW_ICMP_ERROR, false, true, true },
		{ SW_ICMP_OTHER, false, true, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_packet packet = icmp(rows[i].kind);

		ck_assert(!step(&packet, i));
		ck_assert_uint_eq(
		    refused.refused.message, SW_MESSAGE_NOT_OPENING);
		ck_assert(refused.refused.answers == rows[i].answers);
		ck_assert(!refused.refused.wrong_tag);
		ck_assert(refused.refused.opens_nothing == rows[i].nothing);
		ck_assert(refused.refused.from_opener == rows[i].opener);
		ck_assert_uint_eq(refused.refused.icmp_type, 9);
		ck_assert_uint_eq(refused.refused.icmp_code, 8);
		ck_assert_uint_eq(refused.refused.quote.family, 0);
	}
}
END_TEST

/* An error tells the story of what it quotes, though the sweep has not come
 * by since that was over. */
START_TEST(an_error_tells_what_it_quotes)
{
	struct sw_packet packet = icmp(SW_ICMP_ERROR);

	ck_assert(run('C', "S", 1000, 0, 0));
	packet.icmp.quote_valid = true;
	packet.icmp.quote = segment('C', "S", 1000, 0, 0).ends;
	ck_assert(!step(&packet, 31000));
	ck_assert(sw_packet_endpoints_equal(
	    &refused.refused.quote, &packet.icmp.quote));
	ck_assert(refused.refused.has_flow);
	ck_assert_uint_eq(refused.info.how, SW_END_TIMEOUT);
	ck_assert_uint_eq(refused.info.state, SW_STATE_SYN_SENT);
	packet.icmp.quote.sport++;
	ck_assert(!step(&packet, 31001));
	ck_assert(!refused.refused.has_flow);
}
END_TEST

START_TEST(what_its_rule_allows_is_told)
{
	(void)run('C', "S", 1000, 0, 0);
	(void)run('S', "SA", 5000, 1001, 1);
	(void)run('C', "A", 1001, 5001, 2);
	ck_assert(!run('C', "A", 900000, 5001, 3));
	ck_assert_uint_eq(refused.refused.message, SW_MESSAGE_OUT_OF_WINDOW);
	ck_assert_uint_eq(refused.refused.state_timeout, 7440);
	ck_assert_uint_eq(refused.refused.unacknowledged, 300);
	ck_assert(refused.refused.has_flow);
	ck_assert_uint_eq(refused.info.how, SW_END_NOT);
	ck_assert_int_eq(refused.refused.beyond, 900000 - 1001 - 65535);
	ck_assert_uint_eq(refused.refused.unseen, 0);
}
END_TEST

/* --- the story ------------------------------------------------------------- */

/* A connection that was established and reset. */
static void
reset_one(uint64_t ms)
{
	ck_assert(run('C', "S", 1000, 0, ms));
	ck_assert(run('S', "SA", 5000, 1001, ms));
	ck_assert(run('C', "A", 1001, 5001, ms));
	ck_assert(run('C', "R", 1001, 0, ms));
}

START_TEST(the_newer_story_is_told)
{
	reset_one(0);
	ck_assert(!run('S', "A", 5001, 1001, 20000));
	ck_assert(refused.refused.has_flow);
	ck_assert_uint_eq(refused.info.how, SW_END_RESET);
	ck_assert(!refused.refused.from_opener);
	/* A SYN that nobody answers. */
	ck_assert(run('C', "S", 9000, 0, 30000));
	ck_assert(!run('S', "A", 5001, 1001, 70000));
	ck_assert_uint_eq(refused.info.how, SW_END_TIMEOUT);
	ck_assert_uint_eq(refused.info.state, SW_STATE_SYN_SENT);
	/* And another connection. */
	reset_one(80000);
	ck_assert(!run('S', "A", 5001, 1001, 100000));
	ck_assert_uint_eq(refused.info.how, SW_END_RESET);
}
END_TEST

/* An ACK that crosses the RST changes nothing of how it ended. */
START_TEST(what_crosses_an_rst_ends_nothing_else)
{
	reset_one(0);
	ck_assert(run('S', "A", 5001, 1001, 5));
	ck_assert(!run('S', "A", 5001, 1001, 20000));
	ck_assert_uint_eq(refused.info.how, SW_END_RESET);
	ck_assert_uint_eq(refused.info.state, SW_STATE_CLOSE);
	ck_assert_uint_eq(refused.info.ender, 0);
}
END_TEST

START_TEST(a_denied_syn_explains_two_minutes)
{
	flow_policy.deny = true;
	reopen();
	ck_assert(!run('C', "S", 1000, 0, 0));
	ck_assert_uint_eq(refused.refused.message, SW_MESSAGE_DENIED);
	ck_assert(refused.refused.opens);
	ck_assert_int_eq(refused.refused.beyond, 0);
	ck_assert(!run('S', "A", 5001, 1001, 120000));
	ck_assert(refused.refused.was_denied);
	ck_assert_uint_eq(refused.info.how, SW_END_DENIED);
	ck_assert_uint_eq(refused.info.ended.ns, script_at(0).ns);
	ck_assert_uint_eq(refused.info.in, 1);
	ck_assert_uint_eq(refused.info.out, 2);
	ck_assert(!run('S', "A", 5001, 1001, 120001));
	ck_assert(!refused.refused.was_denied);
	ck_assert_uint_eq(refused.refused.message, SW_MESSAGE_DENIED);
}
END_TEST

START_TEST(a_malformed_handshake_explains_what_follows)
{
	static const struct {
		char from;
		const char *flags;
		uint8_t fault;
		bool remembered;
	} rows[] = {
		{ 'C', "S", SW_PARSE_TCP_OFFSET, true },
		{ 'S', "SA", SW_PARSE_TCP_OFFSET, true },
		{ 'C', "A", SW_PARSE_TCP_OFFSET, false },
		{ 'C', "S", SW_PARSE_FRAGMENT_ORPHAN, false },
		{ 'C', "S", SW_PARSE_FRAGMENT_ORPHAN - 1, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_packet packet =
		    segment(rows[i].from, rows[i].flags, 1000, 0, 0);
		struct sw_packet next = segment('C', "A", 1001, 5001, 0);

		packet.malformed = rows[i].fault;
		memset(memory, 0, sw_engine_memory(&limits));
		reopen();
		ck_assert(!step(&packet, 0));
		ck_assert_uint_eq(
		    refused.refused.message, SW_MESSAGE_MALFORMED);
		ck_assert_uint_eq(refused.refused.malformed, rows[i].fault);
		ck_assert(!refused.refused.opens && !refused.refused.tcp_flags);
		ck_assert(!step(&next, 10));
		ck_assert_msg(
		    refused.refused.was_denied == rows[i].remembered, "%zu", i);
		if (!rows[i].remembered)
			continue;
		ck_assert_uint_eq(refused.info.how, SW_END_MALFORMED);
		ck_assert_uint_eq(refused.info.in, 1);
		ck_assert_uint_eq(refused.info.out, 2);
		ck_assert(refused.refused.from_opener);
	}
}
END_TEST

/* --- sent ------------------------------------------------------------------ */

static void
check_reset_sent(
    const struct sw_packet *packet, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct sw_endpoints back = sw_packet_endpoints_reverse(&packet->ends);

	ck_assert(!step(packet, 0));
	ck_assert_uint_eq(refused.refused.action, SW_ACTION_RESET);
	ck_assert_uint_eq(sent.kind, SW_EVENT_SEND);
	ck_assert(sw_packet_endpoints_equal(&sent.send[0].ends, &back));
	ck_assert_uint_eq(sent.send[0].flags, flags);
	ck_assert_uint_eq(sent.send[0].seq, seq);
	ck_assert_uint_eq(sent.send[0].ack, ack);
	ck_assert_uint_eq(sent.send[0].out, 1);
	ck_assert_uint_eq(sent.send[1].flags, 0);
}

START_TEST(an_orphan_is_reset_as_hosts_do)
{
	struct sw_packet packet;

	flow_policy.on_orphan = SW_ORPHAN_RESET;
	reopen();
	packet = segment('C', "PA", 1000, 5000, 7);
	check_reset_sent(&packet, SW_RST, 5000, 0);
	packet = segment('C', "R", 1000, 0, 0);
	ck_assert(!step(&packet, 0));
	ck_assert_uint_eq(refused.refused.action, SW_ACTION_DROP);
	ck_assert_uint_eq(sent.kind, SW_EVENT_OPENED);
	packet = icmp(SW_ICMP_REPLY);
	ck_assert(!step(&packet, 0));
	ck_assert_uint_eq(refused.refused.action, SW_ACTION_DROP);
	packet = segment('C', "SF", 1000, 0, 0);
	ck_assert(!step(&packet, 0));
	ck_assert_uint_eq(refused.refused.message, SW_MESSAGE_BAD_FLAGS);
	ck_assert_uint_eq(refused.refused.action, SW_ACTION_DROP);
	ck_assert_uint_eq(sent.kind, SW_EVENT_OPENED);
	/* What acknowledges nothing is acknowledged. */
	ck_assert(run('S', "S", 1000, 0, 0));
	ck_assert(run('C', "SA", 5000, 1001, 0));
	packet = segment('C', "S", 7000, 0, 3);
	check_reset_sent(&packet, SW_RST | SW_ACK, 0, 7004);
}
END_TEST

START_TEST(an_orphan_may_pass)
{
	struct sw_counts counts;

	flow_policy.on_orphan = SW_ORPHAN_ACCEPT;
	reopen();
	ck_assert(run('C', "A", 1, 1, 0));
	ck_assert_uint_eq(refused.refused.action, SW_ACTION_ACCEPT);
	ck_assert(!run('C', "SF", 1, 1, 0));
	flow_policy.on_orphan = SW_ORPHAN_RESET;
	flow_policy.observe = true;
	reopen();
	ck_assert(run('C', "A", 1, 1, 0));
	ck_assert_uint_eq(refused.refused.action, SW_ACTION_WOULD_DROP);
	ck_assert_uint_eq(sent.kind, SW_EVENT_OPENED);
	sw_engine_counts(engine, &counts);
	ck_assert_uint_eq(counts.would_drop, 1);
	ck_assert_uint_eq(counts.refused[SW_MESSAGE_NOT_SYN], 1);
}
END_TEST

/* --- brought back ---------------------------------------------------------- */

/* The server refuses the SYN; then the process dies, and the next one takes
 * over. */
static void
refuse_and_die(uint64_t refused_at, uint64_t took_over)
{
	memset(memory, 0, sw_engine_memory(&limits));
	close_engine();
	open_engine(0);
	ck_assert(run('C', "S", 1000, 0, refused_at));
	ck_assert(run('S', "RA", 0, 1001, refused_at));
	close_engine();
	open_engine(took_over);
}

START_TEST(an_rst_that_is_brought_back_passes)
{
	refuse_and_die(0, 1000);
	ck_assert(run('S', "RA", 0, 1001, 10000));
	/* As often as through several rules, and then no more. */
	for (int i = 0; i < 7; i++)
		ck_assert(run('S', "RA", 0, 1001, 10000));
	ck_assert(!run('S', "RA", 0, 1001, 10000));
	refuse_and_die(0, 1000);
	ck_assert(!run('S', "RA", 0, 1001, 10001));
	refuse_and_die(0, 1000);
	ck_assert(!run('C', "RA", 0, 1001, 2000));
	refuse_and_die(0, 1000);
	ck_assert(!run('S', "A", 0, 1001, 2000));
	ck_assert_uint_eq(refused.info.how, SW_END_REFUSED);
}
END_TEST

/* What ended while this process lived was answered. */
START_TEST(only_a_predecessors_is_brought_back)
{
	ck_assert(run('C', "S", 1000, 0, 0));
	ck_assert(run('S', "RA", 0, 1001, 5));
	ck_assert(!run('S', "RA", 0, 1001, 2000));
	ck_assert_uint_eq(refused.info.how, SW_END_REFUSED);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("refuse");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, all_fields_are_told);
	tcase_add_test(t, who_opened_is_guessed);
	tcase_add_test(t, icmp_is_told_by_its_kind);
	tcase_add_test(t, an_error_tells_what_it_quotes);
	tcase_add_test(t, what_its_rule_allows_is_told);
	tcase_add_test(t, the_newer_story_is_told);
	tcase_add_test(t, what_crosses_an_rst_ends_nothing_else);
	tcase_add_test(t, a_denied_syn_explains_two_minutes);
	tcase_add_test(t, a_malformed_handshake_explains_what_follows);
	tcase_add_test(t, an_orphan_is_reset_as_hosts_do);
	tcase_add_test(t, an_orphan_may_pass);
	tcase_add_test(t, an_rst_that_is_brought_back_passes);
	tcase_add_test(t, only_a_predecessors_is_brought_back);
	return run_case("refuse", t);
}
