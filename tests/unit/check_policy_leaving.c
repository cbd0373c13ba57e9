/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_policy_leaving: what the policy would deny on another way out.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>

#include "build.h"
#include "draw.h"
#include "rule_model.h"
#include "runner.h"
#include "synward/policy.h"

static bool
names_out(const struct sw_rule *rule)
{
	return rule->out.named || rule->out.n_except > 0;
}

/* Would some other outgoing interface have it denied by an earlier rule?  By
 * trying them all.  Flows of a rule that names one itself are not asked
 * about. */
static bool
is_denied_somewhere(const struct sw_rule *rules, size_t n,
    const struct sw_endpoints *ends, struct sw_way way)
{
	uint16_t own = rule_match(rules, n, ends, &way);

	if (own != SW_RULE_DEFAULT && names_out(&rules[own - 1]))
		return false;
	for (way.out = 1; way.out < 64; way.out++) {
		uint16_t slot = rule_match(rules, n, ends, &way);

		if (slot != own && slot != SW_RULE_DEFAULT &&
		    rules[slot - 1].flow_policy.deny)
			return true;
	}
	return false;
}

enum { RULES = 12, OPENERS = 400, DRAWINGS = 30 };

/* => how many of the openers may be denied elsewhere; said: are said to be */
static unsigned
compare_leaving(uint64_t *seed, unsigned *said)
{
	struct sw_flow_policy otherwise = { .log = true };
	struct sw_rule rules[RULES] = { 0 };
	struct rule_drawn lists[RULES];
	struct rule_shared shared;
	struct sw_policy *policy;
	unsigned denied = 0;

	rule_draw_shared(seed, &shared);
	for (uint16_t i = 0; i < RULES; i++) {
		rule_draw(seed, &rules[i], &lists[i], &shared);
		rules[i].slot = (uint16_t)(i + 1);
		rules[i].flow_policy.deny = (uint8_t)rule_draw_below(seed, 2);
	}
	policy = sw_policy_compile(rules, RULES, &otherwise);
	for (unsigned i = 0; i < OPENERS; i++) {
		struct sw_endpoints ends = rule_draw_opener(seed);
		struct sw_way way = rule_draw_way(seed);
		bool denies = is_denied_somewhere(rules, RULES, &ends, way);
		bool says = sw_policy_denies_leaving(policy, &ends, &way);

		/* Marks and bridge ports may be others then, so more are said
		 * to be. */
		ck_assert(says || !denies);
		denied += denies;
		*said += says;
	}
	sw_policy_destroy(policy);
	return denied;
}

START_TEST(knows_what_another_way_out_would_deny)
{
	uint64_t seed = UINT64_C(0x1eaf0123456789ab);
	unsigned denied = 0, said = 0;

	for (unsigned i = 0; i < DRAWINGS; i++)
		denied += compare_leaving(&seed, &said);
	printf("of %d ends %u may be denied elsewhere, %u are said to\n",
	    OPENERS * DRAWINGS, denied, said);
	ck_assert_uint_gt(denied, 100);
	ck_assert_uint_lt(said, OPENERS * DRAWINGS / 2);
}
END_TEST

static const uint32_t guest = 7, inside = 3;
static const struct sw_iface_list to_guest = {
	.only = &guest, .n_only = 1, .named = true
};
static const struct sw_iface_list from_inside = {
	.only = &inside, .n_only = 1, .named = true
};
static const struct sw_iface_list absent = { .named = true };
static const struct sw_iface_list but_guest = { .except = &guest,
	.n_except = 1 };

/* Only an earlier rule that denies, for this arrival, and whose interfaces
 * exist. */
START_TEST(another_way_out_is_one_of_an_earlier_rule)
{
	const struct sw_flow_policy deny = { .deny = SW_DENY_DROP },
				    allow = { .log = true };
	const struct sw_rule web = { .slot = 2, .flow_policy = allow };
	const struct {
		struct sw_rule first, second;
		bool denies;
	} rows[] = {
		{ { .slot = 1, .out = to_guest, .flow_policy = deny }, web,
		    true },
		{ web, { .slot = 1, .out = to_guest, .flow_policy = deny },
		    false },
		{ { .slot = 1, .out = to_guest, .flow_policy = allow }, web,
		    false },
		{ { .slot = 1, .in = to_guest, .flow_policy = deny }, web,
		    false },
		{ { .slot = 1, .out = absent, .flow_policy = deny }, web,
		    false },
		{ { .slot = 1, .out = but_guest, .flow_policy = deny }, web,
		    true },
		{ { .slot = 1,
		      .out = to_guest,
		      .in = from_inside,
		      .flow_policy = deny },
		    web, true },
		{ { .slot = 1,
		      .out = to_guest,
		      .in = to_guest,
		      .flow_policy = deny },
		    web, false },
		{ { .slot = 1,
		      .out = to_guest,
		      .mark = { 5, 7, false },
		      .flow_policy = deny },
		    web, true },
	};
	struct sw_endpoints ends =
	    build_ends("10.0.0.1", 40000, "10.0.0.2", 80, IPPROTO_TCP);
	const struct sw_way way = { .in = inside, .out = guest };
	struct sw_rule rules[] = { rows[_i].first, rows[_i].second };
	struct sw_policy *policy = sw_policy_compile(rules, 2, &allow);
	struct sw_way elsewhere = way;

	elsewhere.out = 2;
	if (rows[_i].first.out.n_except > 0)
		elsewhere.out = guest;
	ck_assert_int_eq(sw_policy_denies_leaving(policy, &ends, &elsewhere),
	    rows[_i].denies);
	sw_policy_destroy(policy);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("policy_leaving");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, knows_what_another_way_out_would_deny, 0, 8);
	tcase_add_loop_test(
	    tcase, another_way_out_is_one_of_an_earlier_rule, 0, 9);
	return run_case("policy_leaving", tcase);
}
