/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_leaks: what the engine made is given back when it is destroyed.
 */
#include <check.h>
#include <malloc.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "engine/table/event_ring.h"
#include "engine/table/fragment.h"
#include "runner.h"
#include "synward/diagnose.h"
#include "synward/engine.h"
#include "synward/source.h"

enum {
	SIZE = 8,
	RULES = 200,
	WARM = 50,
};

/* Rules that differ on every axis, for both families. */
static struct sw_policy *
compile(const struct sw_flow_policy *flow_policy)
{
	struct sw_rule *rules = calloc(RULES, sizeof *rules);
	struct sw_addr_range *ranges = calloc(RULES, sizeof *ranges);
	struct sw_addr_list *lists = calloc(RULES, sizeof *lists);
	const int16_t tcp = IPPROTO_TCP;
	struct sw_port_range *ports = calloc(RULES, sizeof *ports);
	struct sw_policy *policy;

	for (unsigned i = 0; i < RULES; i++) {
		ranges[i] =
		    (struct sw_addr_range){ .first.b = { 10, (uint8_t)i },
			    .last.b = { 10, (uint8_t)i, 255, 255 },
			    .family = i & 1 ? SW_IPV4 : SW_IPV6 };
		lists[i] =
		    (struct sw_addr_list){ .ranges = &ranges[i], .n = 1 };
		ports[i].first = ports[i].last = (uint16_t)(1000 + 3 * i);
		rules[i] = (struct sw_rule){ .slot = (uint16_t)(i + 1),
			.protos = &tcp,
			.n_protos = 1,
			.from = &lists[i],
			.n_from = 1,
			.ports = &ports[i],
			.n_ports = 1 };
	}
	policy = sw_policy_compile(rules, RULES, flow_policy);
	ck_assert_ptr_nonnull(policy);
	free(rules);
	free(ranges);
	free(lists);
	free(ports);
	return policy;
}

static void
make_and_destroy(void)
{
	static const uint8_t key[16] = "a key of 16 byte";
	struct sw_flow_policy flow_policy = { .timeouts =
						  *sw_profile("rfc5382") };
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 50,
		.max_src_flows = 9,
		.tombstones = 64,
		.events = SIZE };
	struct sw_diagnose_config config = { .max_flows = 64 };
	struct sw_policy *policy = compile(&flow_policy);
	struct sw_engine *engine =
	    sw_engine_create(&limits, NULL, policy, (struct sw_time){ 0 });
	struct sw_diagnose *diagnose = sw_diagnose_create(&config);

	ck_assert_ptr_nonnull(engine);
	ck_assert_ptr_nonnull(diagnose);
	sw_diagnose_destroy(diagnose);
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
	sw_event_ring_destroy(sw_event_ring_create(SIZE));
	sw_source_limits_destroy(sw_source_limits_create(64, key));
	sw_fragments_destroy(sw_fragments_create(64, key));
}

/* Where the allocator is a sanitizer's, these figures are 0 and its own
 * search for leaks is what tells. */
START_TEST(nothing_is_kept)
{
	struct mallinfo2 before, after;

	/* What is kept for the next allocation counts as used; after ten
	 * rounds or so nothing more is put there. */
	for (unsigned i = 0; i < WARM; i++)
		make_and_destroy();
	before = mallinfo2();
	for (unsigned i = 0; i < 10; i++)
		make_and_destroy();
	after = mallinfo2();
	ck_assert_uint_eq(after.uordblks, before.uordblks);
	ck_assert_uint_eq(after.hblkhd, before.hblkhd);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("leaks");

	tcase_add_test(tcase, nothing_is_kept);
	return run_case("leaks", tcase);
}
