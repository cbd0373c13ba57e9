/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_midstream: what begins in the middle of a connection while the engine
 * learns, or because the kernel knew it; and that nothing else gets in by it.
 *
 * Inside is 10.0.0.5, which may open anything at port 443; outside is
 * 203.0.113.9, which may open nothing.
 */
#include <check.h>
#include <netinet/in.h>

#include "config.h"
#include "runner.h"
#include "shards/rule_slots.h"
#include "synward/engine.h"

enum { IN = 2, OUT = 3, HIGH = 40000, RDP = 3389 };

static const char rules[] =
    "default-action = deny\n"
    "rule \"out\" { protocol = { tcp, udp }  from = { 10.0.0.0/8 }\n"
    "	port = { 443, 53 } }\n";

struct scene {
	struct sw_conf *conf;
	struct sw_policy *policy;
	struct sw_engine *engine;
	uint64_t ms;
};

static void
open_scene(struct scene *s)
{
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 256,
		.key = "a key for tests" };
	struct sw_rule_slots *slots = sw_rule_slots_create();

	s->ms = 1000;
	s->conf = config_taken(rules);
	ck_assert_int_eq(sw_conf_compile_slots(s->conf, slots), 0);
	sw_rule_slots_destroy(slots);
	s->policy = sw_conf_compile_policy(s->conf, NULL, 0);
	s->engine = sw_engine_create(
	    &limits, NULL, s->policy, (struct sw_time){ SW_NS_PER_SECOND });
	ck_assert_ptr_nonnull(s->engine);
}

static void
close_scene(struct scene *s)
{
	sw_engine_destroy(s->engine);
	sw_policy_destroy(s->policy);
	sw_conf_free(s->conf);
}

static struct sw_endpoints
from_inside(uint16_t sport, uint16_t dport, uint8_t proto)
{
	return (struct sw_endpoints){ .src = { { 10, 0, 0, 5 } },
		.dst = { { 203, 0, 113, 9 } },
		.sport = sport,
		.dport = dport,
		.family = SW_IPV4,
		.proto = proto };
}

static bool
passes(struct scene *s, struct sw_packet *packet)
{
	struct sw_time now = { s->ms++ * SW_NS_PER_MS };

	packet->length = 60;
	return sw_engine_step(s->engine, packet, now) == SW_PASS;
}

/* A segment of the inside ('i') between its port and the outside's, or of the
 * outside ('o'). */
static bool
tcp(struct scene *s, char from, uint16_t inside, uint16_t outside,
    enum sw_tcp_kind kind, uint32_t seq, uint32_t ack)
{
	static const uint8_t flags[] = {
		[SW_TCP_SYN] = SW_SYN,
		[SW_TCP_SYNACK] = SW_SYN | SW_ACK,
		[SW_TCP_FIN] = SW_FIN | SW_ACK,
		[SW_TCP_ACK] = SW_ACK,
		[SW_TCP_RST] = SW_RST,
	};
	struct sw_packet packet = {
		.ends = from_inside(inside, outside, IPPROTO_TCP),
		.way = { .in = IN, .out = OUT },
		.tcp = { .flags = flags[kind],
		    .kind = (uint8_t)kind,
		    .seq = seq,
		    .ack = ack,
		    .window = 1000 },
	};

	if (from == 'o') {
		packet.ends = sw_packet_endpoints_reverse(&packet.ends);
		packet.way = sw_way_reverse(&packet.way);
	}
	return passes(s, &packet);
}

static bool
udp(struct scene *s, char from, uint16_t inside, uint16_t outside)
{
	struct sw_packet packet = { .ends = from_inside(
					inside, outside, IPPROTO_UDP) };

	if (from == 'o')
		packet.ends = sw_packet_endpoints_reverse(&packet.ends);
	return passes(s, &packet);
}

static uint32_t
flows(const struct scene *s)
{
	struct sw_counts counts;

	sw_engine_counts(s->engine, &counts);
	return counts.flows;
}

static void
learn(struct scene *s)
{
	open_scene(s);
	ck_assert(sw_engine_learn(
	    s->engine, (struct sw_time){ 600 * SW_NS_PER_SECOND }));
}

static void
know(struct scene *s, struct sw_endpoints opener)
{
	open_scene(s);
	ck_assert(sw_engine_expect(
	    s->engine, 1, (struct sw_time){ SW_NS_PER_SECOND }));
	ck_assert(sw_engine_know(s->engine, &opener));
	ck_assert(!sw_engine_know(s->engine, &opener));
}

START_TEST(without_learning_nothing_is_taken_up)
{
	struct scene s;

	open_scene(&s);
	ck_assert(!tcp(&s, 'i', HIGH, 443, SW_TCP_ACK, 100, 200));
	ck_assert(!tcp(&s, 'o', HIGH, 443, SW_TCP_ACK, 200, 100));
	ck_assert_uint_eq(flows(&s), 0);
	close_scene(&s);
}
END_TEST

START_TEST(a_talking_connection_is_learned_whoever_speaks_first)
{
	for (int first = 0; first < 2; first++) {
		struct scene s;

		learn(&s);
		if (first == 1)
			ck_assert(
			    tcp(&s, 'o', HIGH, 443, SW_TCP_ACK, 200, 100));
		ck_assert_uint_eq(flows(&s), 0);
		ck_assert(tcp(&s, 'i', HIGH, 443, SW_TCP_ACK, 100, 200));
		ck_assert_uint_eq(flows(&s), 1);
		ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_ACK, 200, 100));
		ck_assert(tcp(&s, 'i', HIGH, 443, SW_TCP_FIN, 100, 200));
		ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_FIN, 200, 101));
		ck_assert(tcp(&s, 'i', HIGH, 443, SW_TCP_ACK, 101, 201));
		close_scene(&s);
	}
}
END_TEST

/* As in the case loose-inbound-syn. */
START_TEST(a_stray_ack_then_a_syn_opens_nothing)
{
	struct scene s;

	learn(&s);
	ck_assert(tcp(&s, 'o', RDP, 443, SW_TCP_ACK, 7, 9));
	ck_assert(!tcp(&s, 'o', RDP, 443, SW_TCP_SYN, 8, 0));
	ck_assert_uint_eq(flows(&s), 0);
	ck_assert(!tcp(&s, 'i', RDP, 443, SW_TCP_SYNACK, 50, 9));
	/* What was refused is not learned any more. */
	ck_assert(!tcp(&s, 'o', RDP, 443, SW_TCP_ACK, 9, 51));
	ck_assert(!tcp(&s, 'i', RDP, 443, SW_TCP_ACK, 51, 9));
	ck_assert_uint_eq(flows(&s), 0);
	close_scene(&s);
}
END_TEST

START_TEST(a_reset_is_no_answer_that_is_learned)
{
	struct scene s;

	learn(&s);
	ck_assert(tcp(&s, 'o', RDP, 443, SW_TCP_ACK, 7, 9));
	ck_assert(!tcp(&s, 'i', RDP, 443, SW_TCP_RST, 9, 0));
	ck_assert(!tcp(&s, 'o', RDP, 443, SW_TCP_ACK, 7, 9));
	ck_assert_uint_eq(flows(&s), 0);
	close_scene(&s);
}
END_TEST

START_TEST(a_low_source_port_is_no_direction)
{
	struct scene s;

	learn(&s);
	/* The inside's port 22 may not be opened, and opens nothing there. */
	ck_assert(!tcp(&s, 'o', 22, 4444, SW_TCP_ACK, 7, 9));
	ck_assert(tcp(&s, 'o', 22, 443, SW_TCP_ACK, 7, 9));
	ck_assert(!tcp(&s, 'o', 23, 443, SW_TCP_SYNACK, 7, 9));
	ck_assert(!tcp(&s, 'o', 24, 443, SW_TCP_FIN, 7, 9));
	ck_assert(!tcp(&s, 'o', 25, 443, SW_TCP_SYN, 7, 0));
	ck_assert_uint_eq(flows(&s), 0);
	close_scene(&s);
}
END_TEST

START_TEST(a_datagram_needs_the_policy)
{
	struct scene s;

	learn(&s);
	ck_assert(!udp(&s, 'o', RDP, 53));
	ck_assert_uint_eq(flows(&s), 0);
	ck_assert(udp(&s, 'i', HIGH, 53));
	ck_assert(udp(&s, 'o', HIGH, 53));
	close_scene(&s);
}
END_TEST

START_TEST(learning_ends)
{
	struct scene s;

	learn(&s);
	s.ms = 601000;
	ck_assert(!tcp(&s, 'i', HIGH, 443, SW_TCP_ACK, 100, 200));
	ck_assert(!tcp(&s, 'o', HIGH, 443, SW_TCP_ACK, 200, 100));
	close_scene(&s);
}
END_TEST

/* Nobody knows the right number yet, so a forged one ends nothing. */
START_TEST(a_reset_counts_once_both_sides_were_seen)
{
	struct scene s;

	learn(&s);
	ck_assert(tcp(&s, 'i', HIGH, 443, SW_TCP_ACK, 100, 200));
	ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_RST, 200, 0));
	ck_assert(tcp(&s, 'i', HIGH, 443, SW_TCP_FIN, 100, 200));
	ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_ACK, 200, 100));
	ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_RST, 200, 0));
	ck_assert(!tcp(&s, 'o', RDP, 443, SW_TCP_FIN, 200, 100));
	s.ms += 60000;
	ck_assert(!tcp(&s, 'o', HIGH, 443, SW_TCP_FIN, 200, 100));
	close_scene(&s);
}
END_TEST

START_TEST(a_known_connection_keeps_its_opener)
{
	for (int first = 0; first < 2; first++) {
		struct sw_endpoints opener =
		    from_inside(HIGH, 443, IPPROTO_TCP);
		struct sw_flow_info info;
		struct scene s;

		know(&s, opener);
		ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_FIN, 200, 100));
		ck_assert(tcp(&s, 'o', HIGH, 443, SW_TCP_RST, 200, 0));
		ck_assert_uint_eq(flows(&s), 0);
		ck_assert(tcp(&s, first == 0 ? 'o' : 'i', HIGH, 443, SW_TCP_ACK,
		    first == 0 ? 200 : 100, first == 0 ? 100 : 200));
		ck_assert_uint_eq(flows(&s), 1);
		ck_assert(sw_engine_find(s.engine, &opener,
		    (struct sw_time){ s.ms * SW_NS_PER_MS }, &info));
		ck_assert_uint_eq(info.opener.sport, HIGH);
		ck_assert_int_eq(info.state, SW_STATE_ESTABLISHED);
		ck_assert(tcp(&s, first == 0 ? 'i' : 'o', HIGH, 443, SW_TCP_ACK,
		    first == 0 ? 100 : 200, first == 0 ? 200 : 100));
		close_scene(&s);
	}
}
END_TEST

START_TEST(a_known_datagram_flow_hears_its_server)
{
	struct scene s;

	know(&s, from_inside(HIGH, 53, IPPROTO_UDP));
	ck_assert(udp(&s, 'o', HIGH, 53));
	ck_assert(udp(&s, 'i', HIGH, 53));
	ck_assert(!udp(&s, 'o', HIGH + 1, 53));
	close_scene(&s);
}
END_TEST

START_TEST(what_the_kernel_knew_does_not_beat_the_policy)
{
	struct sw_endpoints inward = from_inside(RDP, HIGH, IPPROTO_TCP);
	struct scene s;

	know(&s, sw_packet_endpoints_reverse(&inward));
	ck_assert(!tcp(&s, 'o', RDP, HIGH, SW_TCP_ACK, 7, 9));
	ck_assert(!tcp(&s, 'i', RDP, HIGH, SW_TCP_ACK, 9, 7));
	ck_assert(!tcp(&s, 'o', RDP, HIGH, SW_TCP_SYN, 7, 0));
	ck_assert_uint_eq(flows(&s), 0);
	close_scene(&s);
}
END_TEST

START_TEST(a_known_connection_that_was_silent_too_long_is_over)
{
	struct scene s;

	know(&s, from_inside(HIGH, 443, IPPROTO_TCP));
	s.ms += 7441 * 1000;
	ck_assert(!tcp(&s, 'i', HIGH, 443, SW_TCP_ACK, 100, 200));
	close_scene(&s);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("midstream");

	tcase_add_test(t, without_learning_nothing_is_taken_up);
	tcase_add_test(t, a_talking_connection_is_learned_whoever_speaks_first);
	tcase_add_test(t, a_stray_ack_then_a_syn_opens_nothing);
	tcase_add_test(t, a_reset_is_no_answer_that_is_learned);
	tcase_add_test(t, a_low_source_port_is_no_direction);
	tcase_add_test(t, a_datagram_needs_the_policy);
	tcase_add_test(t, learning_ends);
	tcase_add_test(t, a_reset_counts_once_both_sides_were_seen);
	tcase_add_test(t, a_known_connection_keeps_its_opener);
	tcase_add_test(t, a_known_datagram_flow_hears_its_server);
	tcase_add_test(t, what_the_kernel_knew_does_not_beat_the_policy);
	tcase_add_test(t, a_known_connection_that_was_silent_too_long_is_over);
	return run_case("midstream", t);
}
