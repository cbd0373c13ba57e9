/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_policy: the compiled policy against one that looks at rule after
 * rule.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "draw.h"
#include "rule_model.h"
#include "runner.h"
#include "synward/policy.h"

/* Compares n rules on that many openers; => how many met a rule. */
static unsigned
compare(uint64_t *seed, size_t n, unsigned openers)
{
	struct sw_rule *rules = calloc(n + 1, sizeof *rules);
	struct rule_drawn *lists = calloc(n + 1, sizeof *lists);
	struct rule_shared shared;
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_policy *policy;
	unsigned met = 0;

	rule_draw_shared(seed, &shared);
	for (size_t i = 0; i < n; i++) {
		rule_draw(seed, &rules[i], &lists[i], &shared);
		rules[i].slot = (uint16_t)(n - i);
	}
	policy = sw_policy_compile(rules, n, &otherwise);
	ck_assert_ptr_nonnull(policy);
	for (unsigned i = 0; i < openers; i++) {
		struct sw_endpoints opener = rule_draw_opener(seed);
		struct sw_way way = rule_draw_way(seed);
		uint16_t slot = sw_policy_match(policy, &opener, &way);

		ck_assert_uint_eq(slot, rule_match(rules, n, &opener, &way));
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
    const struct sw_endpoints *opener, const struct sw_way *way)
{
	static const struct sw_port_range all = { 0, UINT16_MAX, false };
	unsigned looks = 0;

	for (size_t i = 0; i < n; i++) {
		struct sw_rule rule = rules[i];

		if (rule.n_ports > 0) {
			rule.ports = &all;
			rule.n_ports = 1;
		}
		if (rule.n_source_ports > 0) {
			rule.source_ports = &all;
			rule.n_source_ports = 1;
		}
		if (!rule_holds(&rule, opener, way))
			continue;
		if (++looks > 64)
			return false;
		if (!rule.flow_policy.deny)
			return true;
		if (rule.n_ports == 0 && rule.n_source_ports == 0)
			return false;
	}
	return looks < 64;
}

/* denials: in a hundred rules */
static unsigned
compare_might_pass(uint64_t *seed, size_t n, uint32_t denials)
{
	struct sw_rule *rules = calloc(n + 1, sizeof *rules);
	struct rule_drawn *lists = calloc(n + 1, sizeof *lists);
	struct rule_shared shared;
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_policy *policy;
	unsigned passed = 0;

	rule_draw_shared(seed, &shared);
	for (size_t i = 0; i < n; i++) {
		rule_draw(seed, &rules[i], &lists[i], &shared);
		rules[i].slot = (uint16_t)(i + 1);
		rules[i].flow_policy.deny =
		    rule_draw_below(seed, 100) < denials;
	}
	policy = sw_policy_compile(rules, n, &otherwise);
	ck_assert_ptr_nonnull(policy);
	for (unsigned i = 0; i < 300; i++) {
		struct sw_endpoints opener = rule_draw_opener(seed);
		struct sw_way way = rule_draw_way(seed);
		bool expected = might_pass_one_by_one(rules, n, &opener, &way);

		ck_assert(
		    sw_policy_might_pass(policy, &opener, &way) == expected);
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

static uint16_t
match_in(const struct sw_policy *policy, const struct sw_endpoints *opener,
    uint32_t in)
{
	return sw_policy_match(policy, opener, &(struct sw_way){ .in = in });
}

/* The largest values of each axis have no edge behind them. */
START_TEST(matches_up_to_the_last_value)
{
	struct sw_addr_range last4 = { .first.b = { 255, 255, 255, 255 },
		.last.b = { 255, 255, 255, 255 },
		.family = SW_IPV4 };
	struct sw_addr_range all6 = { .family = SW_IPV6 };
	struct sw_addr_list to4 = { &last4, 1, false },
			    from6 = { &all6, 1, false };
	struct sw_port_range high = { 65535, 65535, false };
	uint32_t interface = UINT32_MAX;
	int16_t tcp = IPPROTO_TCP;
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_rule rules[] = {
		{ .name = "four",
		    .slot = 1,
		    .protos = &tcp,
		    .n_protos = 1,
		    .to = &to4,
		    .n_to = 1,
		    .ports = &high,
		    .n_ports = 1,
		    .in = { .only = &interface, .n_only = 1, .named = true },
		    .mark = { .value = UINT32_MAX,
			.mask = UINT32_MAX,
			.except = true } },
		{ .name = "six", .slot = 2, .from = &from6, .n_from = 1 },
	};
	struct sw_endpoints four =
	    build_ends("1.2.3.4", 40000, "255.255.255.255", 65535, IPPROTO_TCP);
	struct sw_endpoints six = build_ends("fd00::1", 40000,
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0, IPPROTO_GRE);
	struct sw_way marked = { .in = UINT32_MAX, .mark = UINT32_MAX };
	struct sw_policy *policy;

	memset(all6.last.b, 0xff, sizeof all6.last.b);
	policy = sw_policy_compile(rules, 2, &otherwise);
	ck_assert_uint_eq(match_in(policy, &four, UINT32_MAX), 1);
	ck_assert_uint_eq(sw_policy_match(policy, &four, &marked), 0);
	ck_assert_uint_eq(match_in(policy, &four, 7), 0);
	ck_assert_uint_eq(match_in(policy, &six, 0), 2);
	four.dport = 65534;
	ck_assert_uint_eq(match_in(policy, &four, UINT32_MAX), 0);
	sw_policy_destroy(policy);
}
END_TEST

/* All but nothing is all, of both families; all but nothing and some is all
 * but some. */
START_TEST(an_exception_of_nothing_matches_all)
{
	struct sw_addr_range one = { .first.b = { 10, 0, 0, 1 },
		.last.b = { 10, 0, 0, 1 },
		.family = SW_IPV4 };
	const struct sw_addr_list lists[] = { { NULL, 0, true },
		{ &one, 1, true }, { NULL, 0, false } };
	const struct {
		const struct sw_addr_list *from;
		size_t n;
		uint16_t four, same, six; /* the rule's slot, or 0 */
	} rows[] = {
		{ &lists[0], 1, 1, 1, 1 },
		{ &lists[0], 2, 0, 1, 1 },
		{ &lists[1], 1, 0, 1, 0 },
		{ &lists[1], 2, 0, 0, 0 },
		{ &lists[2], 1, 0, 0, 0 },
	};
	struct sw_endpoints four = build_ends(
				"10.0.0.1", 1, "10.0.0.9", 2, IPPROTO_TCP),
			    same = build_ends(
				"10.0.0.2", 1, "10.0.0.9", 2, IPPROTO_TCP),
			    six = build_ends(
				"fd00::1", 1, "fd00::2", 2, IPPROTO_TCP);
	struct sw_flow_policy otherwise = { .log = true };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sw_rule rule = { .name = "r",
			.slot = 1,
			.from = rows[i].from,
			.n_from = rows[i].n };
		struct sw_policy *policy =
		    sw_policy_compile(&rule, 1, &otherwise);

		ck_assert_uint_eq(match_in(policy, &four, 0), rows[i].four);
		ck_assert_uint_eq(match_in(policy, &same, 0), rows[i].same);
		ck_assert_uint_eq(match_in(policy, &six, 0), rows[i].six);
		sw_policy_destroy(policy);
	}
}
END_TEST

/* What a rule looks at beside ends, of each and of all together. */
START_TEST(what_rules_look_at)
{
	struct sw_flow_policy otherwise = { .log = true };
	uint32_t interface = 3;
	struct sw_iface_list one = {
		.only = &interface, .n_only = 1, .named = true
	};
	struct sw_iface_list not_one = { .except = &interface, .n_except = 1 };
	struct sw_rule rules[] = {
		{ .slot = 1 },
		{ .slot = 2, .in = one },
		{ .slot = 3, .out = not_one },
		{ .slot = 4, .phys_in = { .named = true } },
		{ .slot = 5, .phys_out = one, .in = one },
		{ .slot = 6, .mark = { .value = 1, .mask = 1 } },
	};
	static const uint8_t looks[] = { 0, 0, SW_LOOKS_AT_IN, SW_LOOKS_AT_OUT,
		SW_LOOKS_AT_PHYS, SW_LOOKS_AT_PHYS | SW_LOOKS_AT_IN,
		SW_LOOKS_AT_MARK, 0 };
	struct sw_policy *policy = sw_policy_compile(rules, 6, &otherwise);

	for (uint16_t slot = 0; slot < sizeof looks; slot++)
		ck_assert_uint_eq(sw_policy_looks(policy, slot), looks[slot]);
	ck_assert_uint_eq(sw_policy_looks_any(policy),
	    SW_LOOKS_AT_IN | SW_LOOKS_AT_OUT | SW_LOOKS_AT_PHYS |
		SW_LOOKS_AT_MARK);
	sw_policy_destroy(policy);
	policy = sw_policy_compile(rules, 1, &otherwise);
	ck_assert_uint_eq(sw_policy_looks_any(policy), 0);
	sw_policy_destroy(policy);
}
END_TEST

/* Each mask is an axis, and there is room for so many. */
START_TEST(so_many_masks_and_no_more)
{
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_rule rules[SW_MARK_MASKS + 1] = { { .slot = 1 } };
	struct sw_endpoints opener =
	    build_ends("10.0.0.1", 40000, "10.0.0.2", 80, IPPROTO_UDP);
	struct sw_way way = { .mark = 1u << (SW_MARK_MASKS - 1) };
	struct sw_policy *policy;

	for (uint16_t i = 0; i <= SW_MARK_MASKS; i++) {
		rules[i].slot = (uint16_t)(i + 1);
		rules[i].mark =
		    (struct sw_mark_match){ .value = 1u << i, .mask = 1u << i };
	}
	ck_assert_ptr_null(
	    sw_policy_compile(rules, SW_MARK_MASKS + 1, &otherwise));
	policy = sw_policy_compile(rules, SW_MARK_MASKS, &otherwise);
	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_eq(
	    sw_policy_match(policy, &opener, &way), SW_MARK_MASKS);
	sw_policy_destroy(policy);
}
END_TEST

START_TEST(slot_without_rule_is_the_default)
{
	struct sw_flow_policy otherwise = { .deny = true };
	struct sw_rule rule = {
		.name = "db", .slot = 300, .flow_policy = { .observe = true }
	};
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
	static const int16_t tcp = IPPROTO_TCP, udp = IPPROTO_UDP;
	struct sw_policy *policy;

	for (uint32_t i = 0; i < SW_RULE_SLOTS; i++) {
		rules[i].slot = (uint16_t)(i + 1);
		rules[i].protos = i + 2 == SW_RULE_SLOTS ? &udp : &tcp;
		rules[i].n_protos = 1;
	}
	ck_assert_ptr_null(sw_policy_compile(rules, SW_RULE_SLOTS, &otherwise));
	sw_policy_destroy(NULL);
	policy = sw_policy_compile(rules, SW_RULE_SLOTS - 1, &otherwise);
	ck_assert_ptr_nonnull(policy);
	ck_assert_uint_eq(match_in(policy, &opener, 1), SW_RULE_SLOTS - 1);
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
	const int16_t tcp = IPPROTO_TCP;
	struct sw_endpoints opener =
	    build_ends("10.0.0.1", 40000, "10.0.0.2", 80, IPPROTO_TCP);
	struct sw_policy *policy;

	strcpy(rule->name, "web");
	rule->slot = 5;
	rule->protos = &tcp;
	rule->n_protos = 1;
	policy = sw_policy_compile(rule, 1, &otherwise);
	free(rule);
	ck_assert_uint_eq(match_in(policy, &opener, 1), 5);
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
	tcase_add_test(tcase, what_rules_look_at);
	tcase_add_test(tcase, so_many_masks_and_no_more);
	tcase_add_test(tcase, matches_up_to_the_last_value);
	tcase_add_test(tcase, an_exception_of_nothing_matches_all);
	tcase_add_test(tcase, slot_without_rule_is_the_default);
	tcase_add_test(tcase, so_many_rules_and_no_more);
	tcase_add_test(tcase, the_shortest_timeout_is_found);
	tcase_add_test(tcase, compiled_policy_needs_no_rules);
	return run_case("policy", tcase);
}
