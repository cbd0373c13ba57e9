/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fragments on the engine's line: the first is judged, the others follow
 * it, a refused one is reported with the ports of its first, and nothing
 * moves before the datagram is complete.
 */

#include <check.h>
#include <netinet/in.h>

#include "build.h"
#include "runner.h"
#include "script.h"
#include "synward/engine.h"

static struct sw_policy *policy;
static struct sw_engine *engine;

static struct sw_limits
limits_for_tests(void)
{
	return (struct sw_limits){ .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 64,
		.key = "a key for tests" };
}

static void
open_engine(const struct sw_limits *limits, const struct sw_rule *rules,
    size_t n, const struct sw_flow_policy *otherwise)
{
	policy = sw_policy_compile(rules, n, otherwise);
	ck_assert_ptr_nonnull(policy);
	engine = sw_engine_create(
	    limits, NULL, policy, (struct sw_time){ .ns = SW_NS_PER_MS });
	ck_assert_ptr_nonnull(engine);
}

static void teardown(void);

static void
reopen(const struct sw_rule *rules, size_t n, struct sw_flow_policy otherwise,
    bool in_order)
{
	struct sw_limits limits = limits_for_tests();

	limits.fragments_in_order = in_order;
	teardown();
	open_engine(&limits, rules, n, &otherwise);
}

static void
setup(void)
{
	const struct sw_limits limits = limits_for_tests();
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);

	open_engine(&limits, NULL, 0, &flow_policy);
}

static void
teardown(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

/* Bytes begin up to end of datagram id, from port 4000 to 53. */
static struct sw_packet
part_with(const char *flags, uint8_t proto, uint32_t id, uint16_t begin,
    uint16_t end, bool more)
{
	size_t header = proto == IPPROTO_TCP ? 20 : 8;

	if (begin > 0 || proto == IPPROTO_ESP)
		header = 0;
	return build_packet(&(struct build){
	    .proto = proto,
	    .sport = 4000,
	    .dport = 53,
	    .type = 8,
	    .flags = build_flags(flags),
	    .raw = begin > 0 || proto == IPPROTO_ESP,
	    .payload_length = end - begin - header,
	    .fragment = true,
	    .more = more,
	    .offset = begin,
	    .fragment_id = id,
	});
}

static struct sw_packet
part(uint8_t proto, uint32_t id, uint16_t begin, uint16_t end, bool more)
{
	return part_with("FA", proto, id, begin, end, more);
}

static enum sw_verdict
step(const struct sw_packet *packet)
{
	return sw_engine_step(
	    engine, packet, (struct sw_time){ .ns = 2 * SW_NS_PER_MS });
}

static struct sw_event
refusal(void)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		if (event.kind == SW_EVENT_REFUSED)
			return event;
	ck_abort_msg("no refusal was told");
	return event;
}

static struct sw_counts
counts(void)
{
	struct sw_counts counts;

	sw_engine_counts(engine, &counts);
	return counts;
}

static uint32_t
events(enum sw_event_kind kind)
{
	struct sw_event event;
	uint32_t n = 0;

	while (sw_engine_take(engine, &event))
		n += event.kind == kind;
	return n;
}

START_TEST(later_fragments_pass_behind_one_that_passed)
{
	struct sw_packet first = part(IPPROTO_UDP, 7, 0, 800, true);
	struct sw_packet last = part(IPPROTO_UDP, 7, 800, 900, false);

	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_int_eq(step(&last), SW_PASS);
	/* The datagram is whole: this one is of another. */
	ck_assert_uint_eq(counts().flows, 1);
	ck_assert_int_eq(step(&last), SW_PASS);
	ck_assert_int_eq(step(&last), SW_DROP);
	ck_assert_uint_eq(
	    refusal().refused.malformed, SW_PARSE_FRAGMENT_REPEAT);
}
END_TEST

START_TEST(later_fragments_are_refused_as_their_first)
{
	struct sw_packet first = part(IPPROTO_TCP, 8, 0, 800, true);
	struct sw_packet last = part(IPPROTO_TCP, 8, 800, 900, false);
	struct sw_event event;

	ck_assert_int_eq(step(&first), SW_DROP);
	refusal();
	ck_assert_int_eq(step(&last), SW_DROP);
	event = refusal();
	ck_assert_uint_eq(event.refused.message, SW_MESSAGE_NOT_SYN);
	ck_assert_uint_eq(event.refused.ends.sport, 4000);
	ck_assert_uint_eq(event.refused.ends.dport, 53);
	ck_assert_uint_eq(event.refused.tcp_flags, SW_FIN | SW_ACK);
}
END_TEST

START_TEST(a_fragment_without_its_first_is_refused_by_name)
{
	struct sw_packet last = part(IPPROTO_UDP, 9, 800, 900, false);
	struct sw_event event;

	reopen(NULL, 0, script_treatment(SW_TRACK_NORMAL), true);
	ck_assert_int_eq(step(&last), SW_DROP);
	event = refusal();
	ck_assert_uint_eq(event.refused.message, SW_MESSAGE_MALFORMED);
	ck_assert_uint_eq(event.refused.malformed, SW_PARSE_FRAGMENT_ORPHAN);
}
END_TEST

static const uint8_t opening[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
	IPPROTO_ESP };

/* Neither a first fragment alone nor one without a first opens anything. */
START_TEST(half_a_datagram_opens_nothing)
{
	uint8_t proto = opening[_i];
	struct sw_packet first = part_with("S", proto, 1, 0, 800, true);
	struct sw_packet middle = part_with("S", proto, 1, 800, 1600, true);
	struct sw_packet answer = first;

	answer.ends = sw_packet_endpoints_reverse(&first.ends);
	answer.fragment = (struct sw_fragment){ 0 };
	answer.tcp.flags = SW_SYN | SW_ACK;
	answer.tcp.kind = SW_TCP_SYNACK;
	ck_assert_int_eq(step(&middle), SW_PASS);
	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_uint_eq(counts().flows, 0);
	ck_assert_uint_eq(counts().opened, 0);
	ck_assert_uint_eq(events(SW_EVENT_OPENED), 0);
	if (proto == IPPROTO_TCP)
		ck_assert_int_eq(step(&answer), SW_DROP);
}
END_TEST

/* The fragments of one datagram in every order. */
START_TEST(the_last_missing_fragment_opens)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 },
		{ 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	uint8_t proto = opening[_i / 6];
	const struct sw_packet parts[3] = {
		part_with("S", proto, 1, 0, 800, true),
		part_with("S", proto, 1, 800, 1600, true),
		part_with("S", proto, 1, 1600, 1700, false),
	};
	struct sw_flow_info info;

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(counts().flows, 0);
		ck_assert_int_eq(step(&parts[orders[_i % 6][i]]), SW_PASS);
	}
	ck_assert_uint_eq(counts().flows, 1);
	ck_assert(sw_engine_find(engine, &parts[0].ends,
	    (struct sw_time){ .ns = 3 * SW_NS_PER_MS }, &info));
	ck_assert_uint_eq(info.side[0].packets, 1);
	ck_assert_uint_eq(info.side[0].bytes, 1720);
}
END_TEST

/* An RST, a FIN or data alone in half a datagram moves nothing. */
START_TEST(half_a_datagram_moves_nothing)
{
	static const char *const flags[] = { "R", "RA", "FA", "A", "S", "SA" };
	struct sw_packet syn = build_packet(&(struct build){
	    .sport = 4000, .dport = 53, .flags = build_flags("S") });
	struct sw_packet synack =
	    build_packet(&(struct build){ .src = "10.0.0.2",
		.dst = "10.0.0.1",
		.sport = 53,
		.dport = 4000,
		.flags = build_flags("SA"),
		.ack = 1,
		.window = 60000 });
	struct sw_packet ack = build_packet(&(struct build){ .sport = 4000,
	    .dport = 53,
	    .flags = build_flags("A"),
	    .seq = 1,
	    .ack = 1,
	    .window = 60000 });
	struct sw_packet first =
	    part_with(flags[_i], IPPROTO_TCP, 1, 0, 800, true);
	struct sw_time later = { .ns = SW_NS_PER_SECOND };
	struct sw_flow_info before, after;

	first.tcp.seq = first.tcp.ack = 1;
	ck_assert_int_eq(step(&syn), SW_PASS);
	ck_assert_int_eq(step(&synack), SW_PASS);
	ck_assert_int_eq(step(&ack), SW_PASS);
	events(SW_EVENT_OPENED);
	ck_assert(sw_engine_find(engine, &syn.ends, later, &before));
	sw_engine_step(engine, &first, later);
	ck_assert(sw_engine_find(engine, &syn.ends, later, &after));
	ck_assert_mem_eq(&before, &after, sizeof(before));
	ck_assert_uint_eq(events(SW_EVENT_ENDED), 0);
	ck_assert_uint_eq(counts().flows, 1);
}
END_TEST

static void
rule_for_port(
    struct sw_rule *rule, const struct sw_port_range *ports, bool deny)
{
	*rule = (struct sw_rule){ .name = "ported",
		.slot = 1,
		.ports = ports,
		.n_ports = ports != NULL,
		.flow_policy = script_treatment(SW_TRACK_NORMAL) };
	rule->flow_policy.deny = deny;
}

/* What the policy would let through with no port at all does not pass ahead
 * of its first; anything else does, and the first is refused by its port. */
START_TEST(the_policy_is_asked_for_early_ones)
{
	static const struct sw_port_range dns = { 53, 53, false },
					  web = { 443, 443, false };
	static const struct {
		const struct sw_port_range *ports;
		bool deny, otherwise;
		enum sw_verdict early, first;
	} rows[] = {
		{ NULL, true, false, SW_DROP, SW_DROP },
		{ NULL, false, true, SW_PASS, SW_PASS },
		{ &dns, true, false, SW_PASS, SW_DROP },
		{ &dns, true, true, SW_DROP, SW_DROP },
		{ &dns, false, true, SW_PASS, SW_PASS },
		{ &web, false, true, SW_PASS, SW_DROP },
		{ &web, true, false, SW_PASS, SW_PASS },
	};
	struct sw_packet first = part(IPPROTO_UDP, 1, 0, 800, true);
	struct sw_packet last = part(IPPROTO_UDP, 1, 800, 900, false);
	struct sw_flow_policy otherwise = script_treatment(SW_TRACK_NORMAL);
	struct sw_rule rule;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rule_for_port(&rule, rows[i].ports, rows[i].deny);
		otherwise.deny = rows[i].otherwise;
		reopen(&rule, 1, otherwise, false);
		ck_assert_int_eq(step(&last), rows[i].early);
		ck_assert_int_eq(step(&first), rows[i].first);
		ck_assert_uint_eq(counts().flows,
		    rows[i].early == SW_PASS && rows[i].first == SW_PASS);
	}
}
END_TEST

/* Answers come the other way, where nothing may be opened. */
START_TEST(answers_come_early_too)
{
	static const struct sw_addr_range host = { .first.b = { 10, 0, 0, 2 },
		.last.b = { 10, 0, 0, 2 },
		.family = SW_IPV4 };
	static const struct sw_addr_list inside = { &host, 1, false };
	struct sw_packet last = part(IPPROTO_UDP, 1, 800, 900, false);
	struct sw_flow_policy otherwise = script_treatment(SW_TRACK_NORMAL);
	struct sw_rule rule;

	rule_for_port(&rule, NULL, false);
	rule.from = &inside;
	rule.n_from = 1;
	otherwise.deny = true;
	reopen(&rule, 1, otherwise, false);
	ck_assert_int_eq(step(&last), SW_PASS);
	last.ends.src.b[3] = 9; /* 10.0.0.9 to 10.0.0.2: still an answer */
	ck_assert_int_eq(step(&last), SW_PASS);
	last.ends.dst.b[3] = 9;
	ck_assert_int_eq(step(&last), SW_DROP);
}
END_TEST

/* One refusal is reported for a datagram that is only observed. */
START_TEST(observed_datagrams_are_reported_once)
{
	struct sw_flow_policy observe = script_treatment(SW_TRACK_NORMAL);
	struct sw_packet first = part(IPPROTO_UDP, 1, 0, 800, true);
	struct sw_packet last = part(IPPROTO_UDP, 1, 800, 900, false);

	observe.deny = observe.observe = true;
	reopen(NULL, 0, observe, false);
	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_int_eq(step(&last), SW_PASS);
	ck_assert_uint_eq(counts().would_drop, 1);
	ck_assert_uint_eq(events(SW_EVENT_REFUSED), 1);
	ck_assert_uint_eq(counts().flows, 0);
}
END_TEST

/* Half SYNs take no place in the table from anybody. */
START_TEST(half_datagrams_fill_no_table)
{
	struct sw_packet syn = build_packet(&(struct build){
	    .sport = 1, .dport = 53, .flags = build_flags("S") });
	struct sw_packet first = part_with("S", IPPROTO_TCP, 1, 0, 800, true);

	ck_assert_int_eq(step(&syn), SW_PASS);
	for (uint32_t id = 1; id < 5000; id++) {
		first.fragment.id = id;
		first.ends.sport = (uint16_t)(id + 1);
		step(&first);
	}
	ck_assert_uint_eq(counts().flows, 1);
	ck_assert_uint_eq(counts().ended[SW_END_EVICTED], 0);
}
END_TEST

/* UDP states its length in the first fragment; only the last shows whether
 * it is true. */
START_TEST(udp_length_of_the_whole)
{
	struct sw_packet first = part(IPPROTO_UDP, 1, 0, 800, true);
	struct sw_packet last = part(IPPROTO_UDP, 1, 800, 900, false);

	first.fragment.udp_length = 901;
	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_int_eq(step(&last), SW_DROP);
	ck_assert_uint_eq(refusal().refused.malformed, SW_PARSE_UDP_LENGTH);
	ck_assert_uint_eq(counts().flows, 0);
	first.fragment.id = last.fragment.id = 2;
	first.fragment.udp_length = 900;
	ck_assert_int_eq(step(&first), SW_PASS);
	ck_assert_int_eq(step(&last), SW_PASS);
	ck_assert_uint_eq(counts().flows, 1);
}
END_TEST

/* A first fragment that splits its header takes the others with it. */
START_TEST(later_fragments_of_an_unreadable_first)
{
	struct sw_packet last = part(IPPROTO_TCP, 1, 16, 900, false);
	uint8_t bytes[BUILD_MAX];
	struct sw_packet first;
	size_t size = build_bytes(&(struct build){ .raw = true,
				      .payload_length = 16,
				      .fragment = true,
				      .more = true,
				      .fragment_id = 1 },
	    bytes);

	ck_assert_int_eq(
	    build_parse(bytes, size, (uint32_t)size, &first), SW_PARSE_CUT);
	ck_assert_int_eq(step(&first), SW_DROP);
	ck_assert_uint_eq(refusal().refused.malformed, SW_PARSE_CUT);
	ck_assert_int_eq(step(&last), SW_DROP);
	ck_assert_uint_eq(refusal().refused.malformed, SW_PARSE_CUT);
}
END_TEST

/* Of an empty one nothing is told that could be put together. */
START_TEST(an_empty_first_tells_nothing_of_the_others)
{
	struct sw_packet first = part(IPPROTO_UDP, 1, 0, 800, true);
	struct sw_packet last = part(IPPROTO_UDP, 1, 800, 900, false);
	struct sw_event event;

	first.fragment.length = 0;
	first.malformed = SW_PARSE_FRAGMENT_LENGTH;
	ck_assert_int_eq(step(&first), SW_DROP);
	event = refusal();
	ck_assert_uint_eq(event.refused.malformed, SW_PARSE_FRAGMENT_LENGTH);
	ck_assert_int_eq(event.refused.beyond, 0);
	ck_assert_int_eq(step(&last), SW_PASS);
}
END_TEST

/* Half datagrams of one host that are never completed do not keep others
 * from completing theirs. */
START_TEST(a_flood_of_halves_keeps_nobody_out)
{
	struct sw_packet flood = part(IPPROTO_UDP, 0, 0, 800, true);
	struct sw_packet half = flood;
	struct sw_packet last = part(IPPROTO_UDP, 0, 800, 900, false);
	uint32_t opened = 0;

	flood.ends.src.b[1] = 66;
	for (uint32_t id = 0; id < 60000; id++) {
		flood.fragment.id = half.fragment.id = last.fragment.id = id;
		step(&flood);
		if (id % 1000)
			continue;
		half.ends.sport = (uint16_t)(1000 + id / 1000);
		ck_assert_int_eq(step(&half), SW_PASS);
		ck_assert_int_eq(step(&last), SW_PASS);
		opened++;
	}
	ck_assert_uint_eq(counts().flows, opened);
}
END_TEST

START_TEST(a_reader_may_ask_whether_events_wait)
{
	struct sw_packet last = part(IPPROTO_UDP, 9, 8, 900, false);

	ck_assert(!sw_engine_pending(engine));
	step(&last);
	ck_assert(sw_engine_pending(engine));
	refusal();
	ck_assert(!sw_engine_pending(engine));
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("line");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, later_fragments_pass_behind_one_that_passed);
	tcase_add_test(t, later_fragments_are_refused_as_their_first);
	tcase_add_test(t, a_fragment_without_its_first_is_refused_by_name);
	tcase_add_loop_test(t, half_a_datagram_opens_nothing, 0, 4);
	tcase_add_loop_test(t, the_last_missing_fragment_opens, 0, 24);
	tcase_add_loop_test(t, half_a_datagram_moves_nothing, 0, 6);
	tcase_add_test(t, the_policy_is_asked_for_early_ones);
	tcase_add_test(t, answers_come_early_too);
	tcase_add_test(t, observed_datagrams_are_reported_once);
	tcase_add_test(t, half_datagrams_fill_no_table);
	tcase_add_test(t, udp_length_of_the_whole);
	tcase_add_test(t, later_fragments_of_an_unreadable_first);
	tcase_add_test(t, an_empty_first_tells_nothing_of_the_others);
	tcase_add_test(t, a_flood_of_halves_keeps_nobody_out);
	tcase_add_test(t, a_reader_may_ask_whether_events_wait);
	return run_case("engine: fragments", t);
}
