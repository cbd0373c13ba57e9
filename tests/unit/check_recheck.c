/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_recheck: after a change of policy exactly the flows that it denies
 * end, against rules that are looked at one after the other.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "engine/interfaces.h"
#include "rule_model.h"
#include "runner.h"
#include "script.h"

enum {
	RULES = 40,
	FLOWS = 300,
	SLICE = 7,
};

static const struct sw_time now = { SW_NS_PER_SECOND };

struct scene {
	struct sw_policy *allow, *after;
	struct sw_engine *engine;
	struct sw_rule rules[RULES];
	struct rule_drawn lists[RULES];
	struct rule_shared shared;
	struct sw_packet opened[FLOWS];
	unsigned n;
};

static struct sw_engine *
engine_under(const struct sw_policy *policy)
{
	struct sw_limits limits = { .max_flows = 1024,
		.max_embryonic = 100,
		.tombstones = 1024,
		.events = 16,
		.key = "a key for tests" };
	struct sw_engine *engine = sw_engine_create(&limits, NULL, policy, now);

	ck_assert_ptr_nonnull(engine);
	return engine;
}

/* Openers of any protocol, each by a way of its own. */
static void
open_flows(struct scene *scene, uint64_t *seed)
{
	static const struct sw_sctp_packet init = { .init_tag = 1,
		.chunks = 1 << SW_SCTP_INIT,
		.steps = 1,
		.step = { SW_SCTP_INIT } };

	for (unsigned i = 0; i < FLOWS; i++) {
		struct sw_packet packet = { .length = 60,
			.ends = rule_draw_opener(seed),
			.way = rule_draw_way(seed) };
		struct sw_flow_info info;

		if (sw_proto_is_icmp(packet.ends.proto) ||
		    sw_engine_find(scene->engine, &packet.ends, now, &info))
			continue;
		if (packet.ends.proto == IPPROTO_TCP)
			packet.tcp = (struct sw_tcp_segment){ .flags = SW_SYN,
				.kind = SW_TCP_SYN };
		if (packet.ends.proto == IPPROTO_SCTP)
			packet.sctp = init;
		ck_assert_int_eq(
		    sw_engine_step(scene->engine, &packet, now), SW_PASS);
		scene->opened[scene->n++] = packet;
	}
}

static void
draw_policy(struct scene *scene, uint64_t *seed)
{
	struct sw_flow_policy otherwise = script_treatment(SW_TRACK_NORMAL);

	rule_draw_shared(seed, &scene->shared);
	for (unsigned i = 0; i < RULES; i++) {
		rule_draw(
		    seed, &scene->rules[i], &scene->lists[i], &scene->shared);
		scene->rules[i].slot = (uint16_t)(i + 1);
		scene->rules[i].flow_policy = otherwise;
		scene->rules[i].flow_policy.deny =
		    (uint8_t)rule_draw_below(seed, 3);
		scene->rules[i].flow_policy.observe =
		    rule_draw_below(seed, 5) == 0;
	}
	otherwise.deny = (uint8_t)rule_draw_below(seed, 2);
	scene->after = sw_policy_compile(scene->rules, RULES, &otherwise);
	ck_assert_ptr_nonnull(scene->after);
}

static bool
is_denied(const struct scene *scene, const struct sw_packet *opened)
{
	const struct sw_flow_policy *flow_policy =
	    sw_policy_flow_policy(scene->after,
		rule_match(scene->rules, RULES, &opened->ends, &opened->way));

	return flow_policy->deny && !flow_policy->observe;
}

START_TEST(exactly_the_denied_ones_end)
{
	struct sw_flow_policy allow = script_treatment(SW_TRACK_NORMAL);
	struct scene *scene = calloc(1, sizeof *scene);
	uint64_t seed = UINT64_C(0x5eedbeef) + (uint64_t)_i;
	uint32_t cursor = 0, ended = 0, expected = 0;
	struct sw_counts counts;

	scene->allow = sw_policy_compile(NULL, 0, &allow);
	scene->engine = engine_under(scene->allow);
	open_flows(scene, &seed);
	draw_policy(scene, &seed);
	sw_engine_adopt(scene->engine, scene->after, now);
	while (cursor < sw_engine_slots(scene->engine))
		ended += sw_engine_recheck(scene->engine, now, &cursor, SLICE);
	for (unsigned i = 0; i < scene->n; i++) {
		bool denied = is_denied(scene, &scene->opened[i]);
		struct sw_flow_info info;

		ck_assert_int_eq(sw_engine_find(scene->engine,
				     &scene->opened[i].ends, now, &info),
		    !denied);
		if (denied && sw_engine_recall(scene->engine,
				  &scene->opened[i].ends, now, &info))
			ck_assert_int_eq(info.how, SW_END_REVOKED);
		expected += denied;
	}
	sw_engine_counts(scene->engine, &counts);
	ck_assert_uint_eq(ended, expected);
	ck_assert_uint_eq(counts.ended[SW_END_REVOKED], expected);
	ck_assert_uint_eq(counts.flows, scene->n - expected);
	ck_assert_uint_gt(scene->n, 100);
	sw_engine_destroy(scene->engine);
	sw_policy_destroy(scene->allow);
	sw_policy_destroy(scene->after);
	free(scene);
}
END_TEST

/* Its mark and ports of a bridge were not noted, and might be those that are
 * allowed. */
START_TEST(a_flow_of_a_former_program_stays)
{
	static const struct {
		bool stays;
		struct sw_rule rule;
	} rows[] = {
		{ true, { .slot = 1, .mark = { .value = 1, .mask = 1 } } },
		{ true, { .slot = 1, .phys_in = { .named = true } } },
		{ true, { .slot = 1, .phys_out = { .named = true } } },
		{ false, { .slot = 1, .in = { .named = true } } },
		{ false, { .slot = 1, .out = { .named = true } } },
	};
	struct sw_flow_policy allow = script_treatment(SW_TRACK_NORMAL),
			      deny = allow;
	struct sw_rule rule = rows[_i].rule;
	struct sw_policy *before = sw_policy_compile(NULL, 0, &allow), *after;
	struct sw_engine *engine = engine_under(before);
	uint64_t seed = 1;
	struct sw_packet packet = { .ends = rule_draw_opener(&seed),
		.length = 60 };
	uint32_t cursor = 0, index = 0;

	packet.ends.proto = IPPROTO_UDP;
	rule.flow_policy = allow;
	deny.deny = SW_DENY_DROP;
	after = sw_policy_compile(&rule, 1, &deny);
	sw_engine_step(engine, &packet, now);
	while (!sw_flows_deadline(engine->flows, index))
		index++;
	sw_flows_cold(engine->flows, index)->opening = SW_OPENING_UNKNOWN;
	sw_engine_adopt(engine, after, now);
	ck_assert_uint_eq(sw_engine_recheck(engine, now, &cursor, UINT32_MAX),
	    !rows[_i].stays);
	if (rows[_i].stays) {
		sw_flows_cold(engine->flows, index)->opening = SW_OPENING_BARE;
		cursor = 0;
		ck_assert_uint_eq(
		    sw_engine_recheck(engine, now, &cursor, UINT32_MAX), 1);
	}
	sw_engine_destroy(engine);
	sw_policy_destroy(before);
	sw_policy_destroy(after);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("recheck");

	tcase_add_loop_test(tcase, exactly_the_denied_ones_end, 0, 40);
	tcase_add_loop_test(tcase, a_flow_of_a_former_program_stays, 0, 5);
	return run_case("recheck", tcase);
}
