/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_zone: hosts of two zones with the same addresses and ports never touch
 * each other, against two engines without zones; and flows follow when their
 * interfaces change zones.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "conf/conf.h"
#include "draw.h"
#include "runner.h"
#include "stage.h"

enum {
	STEPS = 10000,
	TENANTS = 2,
};

static const char rules[] =
    "timeouts { established = 20s syn_sent = 8s udp = 9s time_wait = 3s }\n"
    "rule \"no\" { protocol = tcp port = { 23 } action = deny }\n"
    "rule \"strict\" { protocol = tcp port = { 81 } tracking = strict }\n";
static const char zones[] = "zone \"red\" { interfaces = { eth1, eth2 } }\n"
			    "zone \"blue\" { interfaces = { eth3, eth4 } }\n";

static struct stage
open_with(const char *head)
{
	char text[1024];

	snprintf(text, sizeof text, "%s%s", head, rules);
	return stage_open(text);
}

static unsigned
one_of(uint64_t *seed, unsigned n)
{
	return (unsigned)(draw(seed) % n);
}

/* A packet of a few connections, in order or not. */
static struct stage_row
draw_row(uint64_t *seed, uint32_t at)
{
	static const char *const whats[] = { "S", "SA", "A", "PA", "FA", "R",
		"RA", "udp", "ping", "pong", "A", "PA" };
	static const uint16_t ports[] = { 80, 81, 23 };
	const char *a = one_of(seed, 4) ? "10.1.0.2" : "10.1.0.3";
	uint16_t server = ports[one_of(seed, 3)];
	uint16_t client = (uint16_t)(40000 + one_of(seed, 2));
	struct stage_row row = { .at = at,
		.src = a,
		.sport = client,
		.dst = "10.2.0.2",
		.dport = server,
		.what = whats[one_of(seed, 12)],
		.seq = 1000 + one_of(seed, 3),
		.ack = 1000 + one_of(seed, 3) };

	if (one_of(seed, 2)) {
		row.src = "10.2.0.2";
		row.sport = server;
		row.dst = a;
		row.dport = client;
	}
	return row;
}

static uint64_t
flows_in(const struct stage *stage)
{
	struct sw_counts counts;

	sw_engine_counts(stage->engine, &counts);
	return counts.flows;
}

/* The ways of the second tenant are those of the first, two further. */
static void
shift(struct stage_row *row)
{
	bool from_1 = strncmp(row->src, "10.1.", 5) == 0;

	row->in = from_1 ? 3 : 4;
	row->out = from_1 ? 4 : 3;
}

static void
step_both(struct stage *both, struct stage *alone, const struct stage_row *row,
    unsigned tenant, unsigned number)
{
	struct stage_row shifted = *row;
	char expected[128], text[128];

	if (tenant == 1)
		shift(&shifted);
	stage_try(alone, &shifted, expected);
	stage_try(both, &shifted, text);
	ck_assert_msg(strcmp(text, expected) == 0,
	    "step %u, tenant %u, %s %s:%u > %s:%u: \"%s\", not \"%s\"", number,
	    tenant, row->what, row->src, row->sport, row->dst, row->dport, text,
	    expected);
	if (!both->has_refused)
		return;
	ck_assert_int_eq(
	    both->refused.refused.has_flow, alone->refused.refused.has_flow);
	ck_assert_uint_eq(both->refused.refused.ends.zone, tenant + 1);
	if (both->refused.refused.has_flow)
		ck_assert_int_eq(
		    both->refused.info.how, alone->refused.info.how);
}

START_TEST(two_tenants_are_two_engines)
{
	struct stage both = open_with(zones);
	struct stage alone[TENANTS] = { open_with(""), open_with("") };
	uint64_t seed = 77 + (uint64_t)_i;
	uint32_t at = 1000;
	unsigned most = 0;

	for (unsigned i = 0; i < STEPS; i++) {
		struct stage_row row = draw_row(&seed, at);
		unsigned tenant = one_of(&seed, TENANTS);

		step_both(&both, &alone[tenant], &row, tenant, i);
		at += one_of(&seed, 40) == 0 ? 5000 : one_of(&seed, 50);
		/* What is over ends at the same time in all of them. */
		stage_sweep(&both, at);
		stage_sweep(&alone[0], at);
		stage_sweep(&alone[1], at);
		ck_assert_uint_eq(
		    flows_in(&both), flows_in(&alone[0]) + flows_in(&alone[1]));
		if (flows_in(&both) > most)
			most = (unsigned)flows_in(&both);
	}
	ck_assert_uint_gt(most, 10);
	stage_close(&both);
	stage_close(&alone[0]);
	stage_close(&alone[1]);
}
END_TEST

static const struct stage_row opening[] = {
	{ 1000, C4, S4, 80, "S", 100, 0, "pass", 0, 0 },
	{ 1001, S4, 80, C4, "SA", 500, 101, "pass", 0, 0 },
	{ 1002, C4, S4, 80, "A", 101, 501, "pass", 0, 0 },
};

static void
open_one(struct stage *stage)
{
	for (unsigned i = 0; i < 3; i++)
		stage_step(stage, "opening", i, &opening[i]);
}

static struct sw_endpoints
ends_in(uint8_t zone)
{
	struct sw_endpoints ends =
	    build_ends("10.1.0.2", 40000, "10.2.0.2", 80, IPPROTO_TCP);

	ends.zone = zone;
	return ends;
}

static bool
is_in(const struct stage *stage, uint8_t zone)
{
	struct sw_flow_info info;
	struct sw_endpoints ends = ends_in(zone);

	return sw_engine_find(stage->engine, &ends,
		   (struct sw_time){ 2000 * SW_NS_PER_MS }, &info) &&
	       info.opener.zone == zone;
}

/* Without zones, with them, in another order, and without them again: the flow
 * is where its packets look for it. */
START_TEST(flows_follow_their_interfaces)
{
	static const char other[] =
	    "zone \"blue\" { interfaces = { eth3, eth4 } }\n"
	    "zone \"red\" { interfaces = { eth1, eth2 } }\n";
	static const struct stage_row more = { 2000, C4, S4, 80, "PA", 101, 501,
		"pass", 0, 0 };
	static const char *const texts[] = { "", zones, other, "", other };
	static const uint8_t zone[] = { 0, 1, 2, 0, 2 };
	struct stage stage = stage_open("");

	open_one(&stage);
	for (unsigned i = 0; i < 5; i++) {
		stage_reload(&stage, texts[i], 1500);
		for (uint8_t z = 0; z < 3; z++)
			ck_assert_int_eq(is_in(&stage, z), z == zone[i]);
		stage_step(&stage, "after", i, &more);
		ck_assert_uint_eq(flows_in(&stage), 1);
	}
	stage_close(&stage);
}
END_TEST

/* When two zones become one, of two flows with one key one stays. */
START_TEST(one_of_two_equal_flows_stays)
{
	static const struct stage_row second = { 1000, C4, S4, 80, "S", 100, 0,
		"pass", 3, 4 };
	struct stage stage = stage_open(zones);

	open_one(&stage);
	stage_step(&stage, "second", 0, &second);
	ck_assert_uint_eq(flows_in(&stage), 2);
	stage_reload(
	    &stage, "zone \"all\" { interfaces = { \"eth*\" } }", 1500);
	ck_assert_uint_eq(flows_in(&stage), 1);
	ck_assert(is_in(&stage, 1));
	stage_close(&stage);
}
END_TEST

/* A zone is that of either interface; of two, the first. */
START_TEST(both_directions_have_one_zone)
{
	static const struct {
		uint32_t in, out;
		uint8_t zone;
	} rows[] = { { 1, 2, 1 }, { 1, 9, 1 }, { 0, 1, 1 }, { 3, 4, 2 },
		{ 3, 9, 2 }, { 0, 3, 2 }, { 1, 3, 1 }, { 9, 8, 0 },
		{ 0, 0, 0 } };
	struct stage stage = stage_open(zones);

	ck_assert(sw_engine_has_zones(stage.engine));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sw_way way = { .in = rows[i].in, .out = rows[i].out };
		struct sw_way back = sw_way_reverse(&way);

		ck_assert_uint_eq(
		    sw_policy_zone(stage.policy, &way), rows[i].zone);
		ck_assert_uint_eq(
		    sw_policy_zone(stage.policy, &back), rows[i].zone);
	}
	ck_assert_str_eq(sw_policy_zone_name(stage.policy, 1), "red");
	ck_assert_str_eq(sw_policy_zone_name(stage.policy, 2), "blue");
	ck_assert_ptr_null(sw_policy_zone_name(stage.policy, 0));
	ck_assert_ptr_null(sw_policy_zone_name(stage.policy, 3));
	stage_close(&stage);
}
END_TEST

/* An error is of the flow that it quotes in its own zone. */
START_TEST(a_quote_is_looked_up_in_its_zone)
{
	struct stage stage = stage_open(zones);
	struct sw_packet error = { .length = 60,
		.in = 2,
		.out = 1,
		.ends = build_ends("10.2.0.9", 0, "10.1.0.2", 0, IPPROTO_ICMP),
		.icmp = { .kind = SW_ICMP_ERROR,
		    .type = 3,
		    .code = 1,
		    .quote_valid = true,
		    .quote = ends_in(0),
		    .quote_has_seq = true,
		    .quote_seq = 101 } };

	open_one(&stage);
	sw_engine_place(stage.engine, &error);
	ck_assert_int_eq(sw_engine_step(stage.engine, &error,
			     (struct sw_time){ 1100 * SW_NS_PER_MS }),
	    SW_PASS);
	error.in = 4;
	error.out = 3;
	sw_engine_place(stage.engine, &error);
	ck_assert_uint_eq(error.icmp.quote.zone, 2);
	ck_assert_int_eq(sw_engine_step(stage.engine, &error,
			     (struct sw_time){ 1100 * SW_NS_PER_MS }),
	    SW_DROP);
	stage_close(&stage);
}
END_TEST

/* Parts of two datagrams with the same name are not one. */
START_TEST(fragments_of_two_zones_are_apart)
{
	struct stage stage = stage_open(zones);
	struct sw_packet first = { .length = 520,
		.in = 1,
		.out = 2,
		.ends = build_ends("10.1.0.2", 1, "10.2.0.2", 2, IPPROTO_UDP),
		.fragment = { .is_fragment = true,
		    .more = true,
		    .id = 7,
		    .length = 504,
		    .headers = 8,
		    .udp_length = 1000 } };
	struct sw_packet last = first;
	struct sw_time now = { SW_NS_PER_SECOND };

	last.ends.sport = last.ends.dport = 0;
	last.fragment = (struct sw_fragment){
		.is_fragment = true, .offset = 504, .id = 7, .length = 496
	};
	sw_engine_place(stage.engine, &first);
	ck_assert_int_eq(sw_engine_step(stage.engine, &first, now), SW_PASS);
	last.in = 3;
	last.out = 4;
	sw_engine_place(stage.engine, &last);
	sw_engine_step(stage.engine, &last, now);
	ck_assert_uint_eq(flows_in(&stage), 0);
	last.in = 1;
	last.out = 2;
	sw_engine_place(stage.engine, &last);
	ck_assert_int_eq(sw_engine_step(stage.engine, &last, now), SW_PASS);
	ck_assert_uint_eq(flows_in(&stage), 1);
	stage_close(&stage);
}
END_TEST

/* A VRF and its members show one or the other. */
START_TEST(a_vrf_and_its_members_are_one)
{
	static const char text[] =
	    "zone \"of-vrf\" { interfaces = { vrf1 } }\n"
	    "zone \"of-member\" { interfaces = { e3 } }\n";
	static const struct sw_iface links[] = { { "vrf1", 10, false, 0 },
		{ "e1", 1, false, 10 }, { "vrf2", 20, false, 0 },
		{ "e3", 3, false, 20 }, { "e4", 4, false, 0 } };
	static const uint8_t zone[] = { 1, 1, 2, 2, 0 };
	struct sw_conf_errors errors;
	struct sw_conf *conf = sw_conf_parse(text, "text", &errors);
	struct sw_policy *policy;

	ck_assert_ptr_nonnull(conf);
	policy = sw_conf_compile_policy(conf, links, 5);
	for (unsigned i = 0; i < 5; i++) {
		struct sw_way way = { .in = links[i].index };

		ck_assert_uint_eq(sw_policy_zone(policy, &way), zone[i]);
	}
	sw_policy_destroy(policy);
	sw_conf_free(conf);
	sw_conf_errors_free(&errors);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("zone");

	tcase_add_loop_test(t, two_tenants_are_two_engines, 0, 4);
	tcase_add_test(t, flows_follow_their_interfaces);
	tcase_add_test(t, one_of_two_equal_flows_stays);
	tcase_add_test(t, both_directions_have_one_zone);
	tcase_add_test(t, a_quote_is_looked_up_in_its_zone);
	tcase_add_test(t, fragments_of_two_zones_are_apart);
	tcase_add_test(t, a_vrf_and_its_members_are_one);
	return run_case("zone", t);
}
