/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_policy: the compiled policy against one that looks at rule after
 * rule, with rules and openers drawn from small pools, so that they overlap
 * and every axis decides now and then.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "draw.h"
#include "runner.h"
#include "synward/policy.h"

enum {
	LIST = 4, /* entries of a rule's list at most */
};

/* A rule with room for its lists. */
struct drawn {
	struct sw_prefix from[LIST], to[LIST];
	struct sw_port_range ports[LIST];
	uint32_t in[LIST], out[LIST];
};

static uint32_t
draw_below(uint64_t *seed, uint32_t n)
{
	return (uint32_t)(draw(seed) >> 32) % n;
}

/* Addresses differ in few bits only, so that prefixes catch them. */
static struct sw_addr
draw_addr(uint64_t *seed, uint8_t family)
{
	static const uint8_t values[] = { 0, 10, 10, 11, 128, 255 };
	struct sw_addr addr = { { 0 } };

	for (unsigned i = 0; i < (family == SW_IPV4 ? 4u : 16u); i++)
		addr.b[i] = values[draw_below(seed, sizeof values)];
	return addr;
}

static struct sw_prefix
draw_prefix(uint64_t *seed)
{
	uint8_t family = draw_below(seed, 2) ? SW_IPV4 : SW_IPV6;
	uint8_t width = family == SW_IPV4 ? 32 : 128;
	struct sw_prefix p = {
		.addr = draw_addr(seed, family),
		.family = family,
		.bits = (uint8_t)draw_below(seed, width + 1u),
	};

	if (draw_below(seed, 3) == 0)
		p.bits = (uint8_t)draw_below(seed, 9);
	for (unsigned bit = p.bits; bit < width; bit++)
		p.addr.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return p;
}

static int16_t
draw_proto(uint64_t *seed)
{
	static const int16_t protos[] = { SW_PROTO_ANY, SW_PROTO_ANY,
		SW_PROTO_ICMP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_GRE, IPPROTO_SCTP, 255,
		0 };

	return protos[draw_below(seed, sizeof protos / sizeof *protos)];
}

static uint16_t
draw_port(uint64_t *seed)
{
	static const uint16_t ports[] = { 0, 1, 22, 80, 443, 5432, 6000, 6010,
		65534, 65535 };

	return ports[draw_below(seed, sizeof ports / sizeof *ports)];
}

/* Half of all lists are empty. */
static size_t
draw_count(uint64_t *seed)
{
	return draw_below(seed, 2) ? draw_below(seed, LIST + 1) : 0;
}

static void
draw_rule(uint64_t *seed, struct sw_rule *rule, struct drawn *lists)
{
	rule->proto = draw_proto(seed);
	rule->n_from = draw_count(seed);
	rule->n_to = draw_count(seed);
	rule->n_ports = draw_count(seed);
	rule->n_in = draw_count(seed);
	rule->n_out = draw_count(seed);
	rule->has_in = rule->n_in > 0 || draw_below(seed, 20) == 0;
	rule->has_out = rule->n_out > 0 || draw_below(seed, 20) == 0;
	for (unsigned i = 0; i < LIST; i++) {
		lists->from[i] = draw_prefix(seed);
		lists->to[i] = draw_prefix(seed);
		lists->ports[i].first = draw_port(seed);
		lists->ports[i].last = draw_port(seed);
		lists->in[i] = draw_below(seed, 5);
		lists->out[i] = draw_below(seed, 5);
	}
	rule->from = lists->from;
	rule->to = lists->to;
	rule->ports = lists->ports;
	rule->in = lists->in;
	rule->out = lists->out;
}

static bool
prefixes_hold(const struct sw_prefix *list, size_t n,
    const struct sw_addr *addr, uint8_t family)
{
	for (size_t i = 0; i < n; i++) {
		unsigned bit = 0;

		if (list[i].family != family)
			continue;
		while (bit < list[i].bits &&
		       ((addr->b[bit / 8] ^ list[i].addr.b[bit / 8]) &
			   (0x80 >> bit % 8)) == 0)
			bit++;
		if (bit == list[i].bits)
			return true;
	}
	return n == 0;
}

static bool
proto_holds(const struct sw_rule *rule, uint8_t proto)
{
	if (rule->proto == SW_PROTO_ICMP)
		return proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
	return rule->proto == SW_PROTO_ANY || rule->proto == proto;
}

static bool
ports_hold(const struct sw_rule *rule, const struct sw_endpoints *opener)
{
	static const uint8_t ported[] = { IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_UDPLITE };

	if (rule->n_ports == 0)
		return true;
	if (memchr(ported, opener->proto, sizeof ported) == NULL)
		return false;
	for (size_t i = 0; i < rule->n_ports; i++)
		if (opener->dport >= rule->ports[i].first &&
		    opener->dport <= rule->ports[i].last)
			return true;
	return false;
}

static bool
interfaces_hold(const uint32_t *list, size_t n, bool named, uint32_t index)
{
	if (!named)
		return true;
	for (size_t i = 0; i < n; i++)
		if (list[i] == index && index != 0)
			return true;
	return false;
}

static bool
rule_holds(const struct sw_rule *rule, const struct sw_endpoints *opener,
    uint32_t in, uint32_t out)
{
	return proto_holds(rule, opener->proto) && ports_hold(rule, opener) &&
	       prefixes_hold(
		   rule->from, rule->n_from, &opener->src, opener->family) &&
	       prefixes_hold(
		   rule->to, rule->n_to, &opener->dst, opener->family) &&
	       interfaces_hold(rule->in, rule->n_in, rule->has_in, in) &&
	       interfaces_hold(rule->out, rule->n_out, rule->has_out, out);
}

static uint16_t
match_one_by_one(const struct sw_rule *rules, size_t n,
    const struct sw_endpoints *opener, uint32_t in, uint32_t out)
{
	for (size_t i = 0; i < n; i++)
		if (rule_holds(&rules[i], opener, in, out))
			return rules[i].slot;
	return SW_RULE_DEFAULT;
}

static struct sw_endpoints
draw_opener(uint64_t *seed)
{
	struct sw_endpoints ends = {
		.family = draw_below(seed, 2) ? SW_IPV4 : SW_IPV6,
		.sport = (uint16_t)draw(seed),
		.dport = draw_port(seed),
	};
	int16_t proto = draw_proto(seed);

	ends.src = draw_addr(seed, ends.family);
	ends.dst = draw_addr(seed, ends.family);
	ends.proto = proto < 0 ? IPPROTO_TCP : (uint8_t)proto;
	return ends;
}

/* Compares n rules on that many openers; => how many met a rule. */
static unsigned
compare(uint64_t *seed, size_t n, unsigned openers)
{
	struct sw_rule *rules = calloc(n + 1, sizeof *rules);
	struct drawn *lists = calloc(n + 1, sizeof *lists);
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_policy *policy;
	unsigned met = 0;

	for (size_t i = 0; i < n; i++) {
		draw_rule(seed, &rules[i], &lists[i]);
		rules[i].slot = (uint16_t)(n - i);
	}
	policy = sw_policy_compile(rules, n, &otherwise);
	ck_assert_ptr_nonnull(policy);
	for (unsigned i = 0; i < openers; i++) {
		struct sw_endpoints opener = draw_opener(seed);
		uint32_t in = draw_below(seed, 5), out = draw_below(seed, 5);
		uint16_t slot = sw_policy_match(policy, &opener, in, out);

		ck_assert_uint_eq(
		    slot, match_one_by_one(rules, n, &opener, in, out));
		met += slot != SW_RULE_DEFAULT;
	}
	sw_policy_destroy(policy);
	free(rules);
	free(lists);
	return met;
}

START_TEST(finds_what_a_linear_search_finds)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 10, 63, 64, 65, 128, 500,
		1000, 4095, 4096, 4097 };
	uint64_t seed = UINT64_C(0x5eed0123456789ab) + (uint64_t)_i;
	unsigned met = 0;

	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++)
		met += compare(&seed, sizes[i], 300);
	ck_assert_uint_gt(met, 300);
}
END_TEST

/* Would a rule let this opener through if its port were another?  As many
 * rules are looked at as the policy looks at. */
static bool
might_pass_one_by_one(const struct sw_rule *rules, size_t n,
    const struct sw_endpoints *opener, uint32_t in, uint32_t out)
{
	static const struct sw_port_range all = { 0, UINT16_MAX };
	unsigned looks = 0;

	for (size_t i = 0; i < n; i++) {
		struct sw_rule rule = rules[i];

		if (rule.n_ports > 0) {
			rule.ports = &all;
			rule.n_ports = 1;
		}
		if (!rule_holds(&rule, opener, in, out))
			continue;
		if (++looks > 64)
			return false;
		if (!rule.flow_policy.deny)
			return true;
		if (rule.n_ports == 0)
			return false;
	}
	return looks < 64;
}

/* denials: in a hundred rules */
static unsigned
compare_might_pass(uint64_t *seed, size_t n, uint32_t denials)
{
	struct sw_rule *rules = calloc(n + 1, sizeof *rules);
	struct drawn *lists = calloc(n + 1, sizeof *lists);
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_policy *policy;
	unsigned passed = 0;

	for (size_t i = 0; i < n; i++) {
		draw_rule(seed, &rules[i], &lists[i]);
		rules[i].slot = (uint16_t)(i + 1);
		rules[i].flow_policy.deny = draw_below(seed, 100) < denials;
	}
	policy = sw_policy_compile(rules, n, &otherwise);
	ck_assert_ptr_nonnull(policy);
	for (unsigned i = 0; i < 300; i++) {
		struct sw_endpoints opener = draw_opener(seed);
		uint32_t in = draw_below(seed, 5), out = draw_below(seed, 5);
		bool expected =
		    might_pass_one_by_one(rules, n, &opener, in, out);

		ck_assert(
		    sw_policy_might_pass(policy, &opener, in, out) == expected);
		passed += expected;
	}
	sw_policy_destroy(policy);
	free(rules);
	free(lists);
	return passed;
}

START_TEST(might_pass_leaves_the_port_open)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 10, 63, 64, 65, 128, 4095,
		4096, 4097 };
	static const uint32_t denials[] = { 50, 90, 100 };
	uint64_t seed = UINT64_C(0xfade0123456789ab) + (uint64_t)_i;
	unsigned passed = 0, asked = 0;

	for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		passed += compare_might_pass(&seed, sizes[i], denials[_i % 3]);
		asked += 300;
	}
	ck_assert_uint_gt(passed, 300);
	ck_assert_uint_lt(passed, asked - 300);
}
END_TEST

/* The largest values of each axis have no edge behind them. */
START_TEST(matches_up_to_the_last_value)
{
	struct sw_prefix last4 = { .addr = { { 255, 255, 255, 255 } },
		.family = SW_IPV4,
		.bits = 32 };
	struct sw_prefix all6 = { .family = SW_IPV6, .bits = 0 };
	struct sw_port_range high = { 65535, 65535 };
	uint32_t interface = UINT32_MAX;
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_rule rules[] = {
		{ .name = "four",
		    .slot = 1,
		    .proto = IPPROTO_TCP,
		    .to = &last4,
		    .n_to = 1,
		    .ports = &high,
		    .n_ports = 1,
		    .in = &interface,
		    .n_in = 1,
		    .has_in = true },
		{ .name = "six",
		    .slot = 2,
		    .proto = SW_PROTO_ANY,
		    .from = &all6,
		    .n_from = 1 },
	};
	struct sw_endpoints four =
	    build_ends("1.2.3.4", 40000, "255.255.255.255", 65535, IPPROTO_TCP);
	struct sw_endpoints six = build_ends("fd00::1", 40000,
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, IPPROTO_GRE);
	struct sw_policy *policy = sw_policy_compile(rules, 2, &otherwise);

	ck_assert_uint_eq(sw_policy_match(policy, &four, UINT32_MAX, 0), 1);
	ck_assert_uint_eq(sw_policy_match(policy, &four, 7, 0), 0);
	ck_assert_uint_eq(sw_policy_match(policy, &six, 0, 0), 2);
	four.dport = 65534;
	ck_assert_uint_eq(sw_policy_match(policy, &four, UINT32_MAX, 0), 0);
	sw_policy_destroy(policy);
}
END_TEST

START_TEST(slot_without_rule_is_the_default)
{
	struct sw_flow_policy otherwise = { .deny = true };
	struct sw_rule rule = { .name = "db",
		.slot = 300,
		.proto = SW_PROTO_ANY,
		.flow_policy = { .observe = true } };
	struct sw_policy *policy = sw_policy_compile(&rule, 1, &otherwise);

	ck_assert_str_eq(sw_policy_rule_name(policy, 300), "db");
	ck_assert(sw_policy_flow_policy(policy, 300)->observe);
	ck_assert_str_eq(sw_policy_rule_name(policy, 0), "default");
	ck_assert_str_eq(sw_policy_rule_name(policy, 299), "default");
	ck_assert_str_eq(sw_policy_rule_name(policy, 65534), "default");
	ck_assert(sw_policy_flow_policy(policy, 301)->deny);
	sw_policy_destroy(policy);
}
END_TEST

/* As many as there are slots, the default's not among them. */
START_TEST(so_many_rules_and_no_more)
{
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_rule *rules = calloc(SW_RULE_SLOTS, sizeof *rules);
	struct sw_endpoints opener =
	    build_ends("10.0.0.1", 40000, "10.0.0.2", 80, IPPROTO_UDP);
	struct sw_policy *policy;

	for (uint32_t i = 0; i < SW_RULE_SLOTS; i++) {
		rules[i].slot = (uint16_t)(i + 1);
		rules[i].proto =
		    i + 2 == SW_RULE_SLOTS ? IPPROTO_UDP : IPPROTO_TCP;
	}
	ck_assert_ptr_null(sw_policy_compile(rules, SW_RULE_SLOTS, &otherwise));
	sw_policy_destroy(NULL);
	policy = sw_policy_compile(rules, SW_RULE_SLOTS - 1, &otherwise);
	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_eq(
	    sw_policy_match(policy, &opener, 1, 2), SW_RULE_SLOTS - 1);
	sw_policy_destroy(policy);
	free(rules);
}
END_TEST

/* Of the default and of every rule, whichever it is. */
START_TEST(the_shortest_timeout_is_found)
{
	struct sw_flow_policy otherwise = { .timeouts = *sw_profile("linux") };
	struct sw_rule rules[3] = { { .slot = 1 }, { .slot = 2 },
		{ .slot = 3 } };

	for (unsigned i = 0; i < 3; i++)
		rules[i].flow_policy.timeouts = *sw_profile("linux");
	for (unsigned at = 0; at < 4 * SW_TIMEOUT_COUNT; at++) {
		struct sw_timeouts *timeouts =
		    at % 4 ? &rules[at % 4 - 1].flow_policy.timeouts
			   : &otherwise.timeouts;
		uint32_t was = timeouts->seconds[at / 4];
		struct sw_policy *policy;

		timeouts->seconds[at / 4] = 3;
		policy = sw_policy_compile(rules, 3, &otherwise);
		ck_assert_uint_eq(sw_policy_shortest(policy), 3);
		sw_policy_destroy(policy);
		timeouts->seconds[at / 4] = was;
	}
}
END_TEST

START_TEST(compiled_policy_needs_no_rules)
{
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_rule *rule = calloc(1, sizeof *rule);
	struct sw_endpoints opener =
	    build_ends("10.0.0.1", 40000, "10.0.0.2", 80, IPPROTO_TCP);
	struct sw_policy *policy;

	strcpy(rule->name, "web");
	rule->slot = 5;
	rule->proto = IPPROTO_TCP;
	policy = sw_policy_compile(rule, 1, &otherwise);
	free(rule);
	ck_assert_uint_eq(sw_policy_match(policy, &opener, 1, 2), 5);
	ck_assert_str_eq(sw_policy_rule_name(policy, 5), "web");
	sw_policy_destroy(policy);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("policy");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, finds_what_a_linear_search_finds, 0, 8);
	tcase_add_loop_test(tcase, might_pass_leaves_the_port_open, 0, 6);
	tcase_add_test(tcase, matches_up_to_the_last_value);
	tcase_add_test(tcase, slot_without_rule_is_the_default);
	tcase_add_test(tcase, so_many_rules_and_no_more);
	tcase_add_test(tcase, the_shortest_timeout_is_found);
	tcase_add_test(tcase, compiled_policy_needs_no_rules);
	return run_case("policy", tcase);
}
