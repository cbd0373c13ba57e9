/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP messages without a flow of their own, put together by hand: each
 * table changes one thing of an error that passes.
 */

#include <check.h>
#include <netinet/in.h>

#include "engine/icmp.h"
#include "runner.h"
#include "script.h"

static struct sw_flow_policy flow_policy;
static struct sw_policy *policy;
static struct sw_engine *engine;

/* The client has sent up to 1001 + 100, the server up to 5001. */
static const struct script_row rows[] = { SCRIPT_HANDSHAKE,
	{ 3, 'C', "PA", 1001, 5001, 100, '+' } };

static void
open_by(enum sw_tracking tracking, const struct sw_rule *rules, size_t n)
{
	flow_policy = script_treatment(tracking);
	policy = sw_policy_compile(rules, n, &flow_policy);
	engine = sw_engine_create(&script_limits, NULL, policy, script_at(0));
	ck_assert_ptr_nonnull(engine);
}

static void
open_under(const struct sw_rule *rules, size_t n)
{
	open_by(SW_TRACK_NORMAL, rules, n);
}

static void
begin(void)
{
	open_under(NULL, 0);
	script_pass(engine, rows, sizeof(rows) / sizeof(*rows));
}

static void
end(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* A router, 10.9.9.9, to who sent what is quoted. */
static struct sw_packet
error_about(char sender, uint32_t seq)
{
	struct script_row row = { 0, sender, "A", seq, 0, 0, '+' };
	struct sw_packet quoted = script_packet(&row), packet;

	packet = (struct sw_packet){ .length = 56, .in = 2, .out = 1 };
	packet.ends.family = SW_IPV4;
	packet.ends.proto = IPPROTO_ICMP;
	packet.ends.src.b[0] = 10;
	packet.ends.dst = quoted.ends.src;
	packet.icmp = (struct sw_icmp_message){ .kind = SW_ICMP_ERROR,
		.type = 3,
		.quote_valid = true,
		.quote_has_seq = true,
		.quote = quoted.ends,
		.quote_seq = seq };
	return packet;
}

static bool
passes_at(const struct sw_packet *packet, uint64_t ms)
{
	struct sw_lookup p = { .packet = packet,
		.now = script_at(ms),
		.tick = sw_time_tick(script_at(ms)) };

	return sw_icmp_passes(engine, &p);
}

static bool
passes(const struct sw_packet *packet)
{
	return passes_at(packet, 10);
}

/* Everything else is no error, or not about this flow. */
START_TEST(only_a_whole_error_about_the_flow_passes)
{
	struct sw_packet right = error_about('C', 1001), p;

	ck_assert(passes(&right));
	p = right;
	p.ends.proto = IPPROTO_ICMPV6;
	ck_assert(passes(&p));
	p.ends.proto = IPPROTO_UDP;
	ck_assert(!passes(&p));
	p.ends.proto = IPPROTO_TCP;
	ck_assert(!passes(&p));
	p = right;
	p.fragment.offset = 8;
	ck_assert(!passes(&p));
	for (unsigned kind = 0; kind <= SW_ICMP_OTHER; kind++) {
		p = right;
		p.icmp.kind = (uint8_t)kind;
		ck_assert_int_eq(passes(&p), kind == SW_ICMP_ERROR);
	}
	p = right;
	p.icmp.quote_valid = false;
	ck_assert(!passes(&p));
	for (unsigned byte = 0; byte < 16; byte++) {
		p = right;
		p.ends.dst.b[byte] ^= 1;
		ck_assert(!passes(&p));
	}
	p = right;
	p.icmp.quote.sport++;
	ck_assert(!passes(&p));
	p = right;
	p.icmp.quote.proto = IPPROTO_UDP;
	ck_assert(!passes(&p));
}
END_TEST

/* From one window, 65,535 at least, before the end to the end. */
START_TEST(the_number_is_one_under_way)
{
	static const struct {
		char sender;
		uint32_t end;
	} sides[] = { { 'C', 1101 }, { 'S', 5001 } };

	for (unsigned i = 0; i < 2; i++) {
		uint32_t end = sides[i].end;
		const struct {
			uint32_t seq;
			bool passes;
		} numbers[] = { { end, true }, { end + 1, false },
			{ end - 65536, true }, { end - 65537, false },
			{ end + 0x7fffffff, false } };

		for (unsigned n = 0; n < 5; n++) {
			struct sw_packet p =
			    error_about(sides[i].sender, numbers[n].seq);

			ck_assert_int_eq(passes(&p), numbers[n].passes);
			p.icmp.quote_has_seq = false;
			ck_assert(passes(&p));
		}
	}
}
END_TEST

/* A larger window reaches further back; of a side of which nothing was heard
 * no number is known. */
START_TEST(the_window_says_how_far_back)
{
	struct sw_packet p = error_about('C', 1101 - 100001);
	struct sw_tuple tuple;
	struct sw_flow *flow;
	uint64_t hash;

	(void)sw_tuple_key(&tuple, &p.icmp.quote, script_limits.key, &hash);
	flow = sw_flows_at(
	    engine->flows, sw_flows_find(engine->flows, &tuple, hash));
	ck_assert(!passes(&p));
	flow->peer[1].maxwin = 100000;
	ck_assert(passes(&p));
	p.icmp.quote_seq--;
	ck_assert(!passes(&p));
	flow->peer[0].maxwin = 0;
	ck_assert(passes(&p));
	flow->peer[0].maxwin = 1;
	ck_assert(!passes(&p));
}
END_TEST

START_TEST(what_is_over_is_quoted_in_vain)
{
	struct sw_packet p = error_about('C', 1001);

	ck_assert(passes_at(&p, 299000));
	ck_assert(!passes_at(&p, 301000));
}
END_TEST

/* Where no flow is, the rule of the quoted packet decides; one that no rule
 * names goes by its other direction. */
static struct sw_rule
rule_off(void)
{
	static const int16_t tcp = IPPROTO_TCP;

	return (struct sw_rule){ .name = "port",
		.slot = 1,
		.flow_policy = script_treatment(SW_TRACK_OFF),
		.protos = &tcp,
		.n_protos = 1 };
}

static struct sw_rule
rule_all(void)
{
	return (struct sw_rule){ .name = "all",
		.slot = 2,
		.flow_policy = script_treatment(SW_TRACK_NORMAL) };
}

START_TEST(what_is_not_tracked_may_be_quoted)
{
	struct sw_rule port = rule_off(), all = rule_all();
	struct sw_rule rules[] = { all, port };
	struct sw_packet p = error_about('C', 77), back = error_about('S', 77);

	end();
	open_under(&port, 1);
	ck_assert(passes(&p));
	ck_assert(passes(&back));
	p.icmp.quote.proto = IPPROTO_UDP;
	ck_assert(!passes(&p));
	p.icmp.quote.proto = IPPROTO_TCP;
	end();
	open_under(rules, 2);
	ck_assert(!passes(&p));
	ck_assert(!passes(&back));
	end();
	open_by(SW_TRACK_OFF, &all, 1);
	ck_assert(!passes(&back));
}
END_TEST

/* A rule follows the quoted packet, and another one not its answer. */
START_TEST(a_quoted_packet_has_interfaces)
{
	const uint32_t inside = 1;
	struct sw_rule port = rule_off(), all = rule_all();
	struct sw_packet p = error_about('C', 77), back = error_about('S', 77);
	struct sw_rule rules[2];

	end();
	port.in = (struct sw_iface_list){
		.only = &inside, .n_only = 1, .named = true
	};
	rules[0] = port;
	rules[1] = all;
	open_under(rules, 2);
	ck_assert(passes(&p));
	p.out = 3;
	ck_assert(!passes(&p));
	back.in = 1;
	back.out = 2;
	ck_assert(passes(&back));
	back.in = 3;
	ck_assert(!passes(&back));
}
END_TEST

START_TEST(a_quoted_packet_has_ports)
{
	const struct sw_port_range http = { 80, 80 };
	struct sw_rule port = rule_off();
	struct sw_packet p = error_about('C', 77), back = error_about('S', 77);

	end();
	port.flow_policy = script_treatment(SW_TRACK_NORMAL);
	port.ports = &http;
	port.n_ports = 1;
	open_by(SW_TRACK_OFF, &port, 1);
	ck_assert(!passes(&p));
	ck_assert(!passes(&back));
	p.icmp.quote.dport++;
	ck_assert(passes(&p));
}
END_TEST

/* Of a flow out of step, what its side claims to have under way counts. */
START_TEST(a_claimed_number_is_one_under_way)
{
	struct script_row far = { 4, 'C', "A", 71101, 5001, 0, '+' };
	struct sw_packet segment = script_packet(&far);
	struct sw_packet p = error_about('C', 71101);
	struct sw_packet other = error_about('S', 71101);

	ck_assert(!passes(&p));
	ck_assert_int_eq(
	    sw_engine_step(engine, &segment, script_at(4)), SW_PASS);
	ck_assert(passes(&p));
	ck_assert(!passes(&other));
	p.icmp.quote_seq++;
	ck_assert(!passes(&p));
}
END_TEST

START_TEST(what_concerns_a_link)
{
	struct sw_packet p = error_about('C', 1001);

	for (unsigned i = 0; i < 16; i++) {
		bool kind = i & 1, whole = i & 2, icmp = i & 4, local = i & 8;

		p.icmp.kind = kind ? SW_ICMP_LOCAL : SW_ICMP_OTHER;
		p.fragment.offset = whole ? 0 : 8;
		p.ends.proto = icmp ? IPPROTO_ICMPV6 : IPPROTO_ESP;
		p.local = local;
		ck_assert_int_eq(
		    sw_icmp_concerns_link(&p), kind && whole && icmp);
		ck_assert_int_eq(
		    sw_icmp_stands_alone(&p), kind && whole && icmp && local);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("icmp");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, only_a_whole_error_about_the_flow_passes);
	tcase_add_test(t, the_number_is_one_under_way);
	tcase_add_test(t, the_window_says_how_far_back);
	tcase_add_test(t, what_is_over_is_quoted_in_vain);
	tcase_add_test(t, what_is_not_tracked_may_be_quoted);
	tcase_add_test(t, a_quoted_packet_has_interfaces);
	tcase_add_test(t, a_quoted_packet_has_ports);
	tcase_add_test(t, a_claimed_number_is_one_under_way);
	tcase_add_test(t, what_concerns_a_link);
	return run_case("icmp", t);
}
