/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_related: which packets become related connections, and which do not.
 *
 * Every scene runs under default-action = deny, so what passes without a rule
 * for it has a parent.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "runner.h"
#include "stage.h"

enum {
	STEPS = 18,
};

#define DENIED "drop: Denied by rule, default"

/* A handshake to port 21, from C4. */
#define CONTROL                                          \
	{ 0, C4, S4, 21, "S", 1000, 0, "pass" },         \
	    { 1, S4, 21, C4, "SA", 5000, 1001, "pass" }, \
	{                                                \
		2, C4, S4, 21, "A", 1001, 5001, "pass"   \
	}

#define ACTIVE                                                   \
	"default-action = deny\n"                                \
	"rule \"ftp\" { protocol = tcp port = 21\n"              \
	"  related { protocol = tcp source-port = 20 to-port = " \
	"{ 1024-65535, !3000 } limit = 2 } }\n"

struct scene {
	const char *name, *conf;
	struct stage_row rows[STEPS];
};

static const struct scene scenes[] = {
	{ "a parent must be established", ACTIVE,
	    {
		{ 0, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 1, C4, S4, 21, "S", 1000, 0, "pass" },
		{ 2, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 3, S4, 21, C4, "SA", 5000, 1001, "pass" },
		{ 4, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 5, C4, S4, 21, "A", 1001, 5001, "pass" },
		{ 6, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" },
		{ 7, "10.1.0.2", 2000, S4, 20, "SA", 9, 2, "pass" },
		{ 8, S4, 20, "10.1.0.2", 2000, "A", 2, 10, "pass" },
		{ 9, S4, 20, "10.1.0.2", 2000, "PA", 2, 10, "pass" },
	    } },
	{ "only what its rule says, between its hosts", ACTIVE,
	    {
		CONTROL,
		{ 3, S4, 21, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 3, S4, 1020, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 3, S4, 20, "10.1.0.2", 1023, "S", 1, 0, DENIED },
		{ 3, S4, 20, "10.1.0.2", 3000, "S", 1, 0, DENIED },
		{ 3, S4, 20, "10.1.0.2", 2000, "udp", 1, 0, DENIED },
		{ 3, S4, 20, "10.1.0.3", 2000, "S", 1, 0, DENIED },
		{ 3, "10.2.0.3", 20, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 3, "10.1.0.2", 20, S4, 2000, "S", 1, 0, DENIED },
		{ 3, S4, 20, "10.1.0.2", 2000, "SA", 1, 1, DENIED },
		{ 3, S4, 20, "10.1.0.2", 2000, "A", 1, 1, DENIED },
		{ 3, S4, 20, "10.1.0.2", 1024, "S", 1, 0, "pass" },
		/* A child is nobody's parent. */
		{ 4, "10.1.0.2", 1024, S4, 20, "SA", 9, 2, "pass" },
		{ 5, S4, 20, "10.1.0.2", 1024, "A", 2, 10, "pass" },
		{ 6, "10.1.0.2", 20, S4, 2000, "S", 1, 0, DENIED },
	    } },
	{ "only by the interfaces of the parent", ACTIVE,
	    {
		CONTROL,
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED, 3, 1 },
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED, 2, 3 },
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass", 2, 1 },
		{ 4, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED, 3, 1 },
		{ 5, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass", 2, 1 },
	    } },
	{ "a parent that roams takes its children along",
	    "default-action = deny\n"
	    "rule \"ftp\" { protocol = tcp port = 21 roam = true\n"
	    "  related { protocol = tcp source-port = 20 to-port = 2000 } }\n",
	    {
		CONTROL,
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass", 3, 1 },
	    } },
	{ "within counts from the parent's last packet", ACTIVE,
	    {
		CONTROL,
		{ 59000, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" },
		{ 61000, S4, 20, "10.1.0.2", 2001, "S", 1, 0, DENIED },
		/* Nor may it begin again. */
		{ 61001, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED },
		{ 62000, C4, S4, 21, "PA", 1001, 5001, "pass" },
		{ 62001, S4, 21, C4, "A", 5001, 1011, "pass" },
		{ 62002, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" },
		{ 121000, S4, 20, "10.1.0.2", 2002, "S", 1, 0, "pass" },
		{ 123000, S4, 20, "10.1.0.2", 2003, "S", 1, 0, DENIED },
	    } },
	{ "the parent's close ends it, whatever remains of its entry", ACTIVE,
	    {
		CONTROL,
		{ 3, C4, S4, 21, "FA", 1001, 5001, "pass" },
		{ 4, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" },
		{ 5, S4, 21, C4, "FA", 5001, 1002, "pass" },
		{ 6, C4, S4, 21, "A", 1002, 5002, "pass" },
		{ 7, S4, 20, "10.1.0.2", 2001, "S", 1, 0, DENIED },
		/* Its child goes on, but for another SYN. */
		{ 8, "10.1.0.2", 2000, S4, 20, "SA", 9, 2, "pass" },
		{ 9, S4, 20, "10.1.0.2", 2000, "A", 2, 10, "pass" },
		{ 10, S4, 20, "10.1.0.2", 2000, "PA", 2, 10, "pass" },
		{ 11, S4, 20, "10.1.0.2", 2000, "S", 77, 0, DENIED },
	    } },
	{ "a reset ends it, too", ACTIVE,
	    {
		CONTROL,
		{ 3, S4, 21, C4, "R", 5001, 0, "pass" },
		{ 4, S4, 20, "10.1.0.2", 2001, "S", 1, 0, DENIED },
	    } },
	{ "no more than limit at the same time", ACTIVE,
	    {
		CONTROL,
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" },
		{ 3, S4, 20, "10.1.0.2", 2001, "S", 1, 0, "pass" },
		{ 3, S4, 20, "10.1.0.2", 2002, "S", 1, 0, DENIED },
		{ 4, "10.1.0.2", 2000, S4, 20, "RA", 0, 2, "pass" },
		{ 5, S4, 20, "10.1.0.2", 2002, "S", 1, 0, "pass" },
		{ 5, S4, 20, "10.1.0.2", 2003, "S", 1, 0, DENIED },
		/* One that has closed does not count. */
		{ 6, "10.1.0.2", 2001, S4, 20, "SA", 9, 2, "pass" },
		{ 7, S4, 20, "10.1.0.2", 2001, "FA", 2, 10, "pass" },
		{ 8, "10.1.0.2", 2001, S4, 20, "FA", 10, 3, "pass" },
		{ 9, S4, 20, "10.1.0.2", 2001, "A", 3, 11, "pass" },
		{ 10, S4, 20, "10.1.0.2", 2003, "S", 1, 0, "pass" },
		{ 10, S4, 20, "10.1.0.2", 2004, "S", 1, 0, DENIED },
	    } },
	{ "a rule before the parent's denies, one after it does not",
	    "default-action = deny\n"
	    "rule \"first\" { port = 2000 action = deny }\n"
	    "rule \"ftp\" { protocol = tcp port = 21\n"
	    "  related { protocol = tcp source-port = 20 to-port = "
	    "{ 1024-65535 } } }\n"
	    "rule \"last\" { port = 2001 action = reject }\n",
	    {
		CONTROL,
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0,
		    "drop: Denied by rule, first" },
		{ 3, S4, 20, "10.1.0.2", 2001, "S", 1, 0, "pass" },
	    } },
	{ "by its client, or by either",
	    "default-action = deny\n"
	    "rule \"ftp\" { protocol = tcp port = 21\n"
	    "  related { protocol = tcp from-any-port = true to-port = 5000 "
	    "by = client }\n"
	    "  related { protocol = udp from-any-port = true to-port = 6000 "
	    "by = either } }\n",
	    {
		CONTROL,
		{ 3, S4, 999, "10.1.0.2", 5000, "S", 1, 0, DENIED },
		{ 3, "10.1.0.2", 999, S4, 5000, "S", 1, 0, "pass" },
		{ 3, "10.1.0.2", 999, S4, 6000, "udp", 1, 0, "pass" },
		{ 3, S4, 999, "10.1.0.2", 6000, "udp", 1, 0, "pass" },
		{ 3, S4, 999, "10.1.0.2", 6001, "udp", 1, 0, DENIED },
	    } },
	{ "a child that is late is told what it was", ACTIVE,
	    {
		CONTROL,
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" },
		{ 4, "10.1.0.2", 2000, S4, 20, "RA", 0, 2, "pass" },
		{ 5, S4, 20, "10.1.0.2", 2000, "A", 2, 10,
		    "drop: Not a Valid SYN Packet, ftp" },
	    } },
	{ "TFTP: the first child is the answer",
	    "default-action = deny\n"
	    "rule \"tftp\" { protocol = udp port = 69\n"
	    "  related { protocol = udp from-any-port = true to-port = same } "
	    "}\n",
	    {
		{ 0, S4, 3000, C4, "udp", 0, 0, DENIED },
		{ 1, C4, S4, 69, "udp", 0, 0, "pass" },
		{ 2, S4, 3000, "10.1.0.2", 40001, "udp", 0, 0, DENIED },
		{ 2, "10.2.0.3", 3000, C4, "udp", 0, 0, DENIED },
		{ 3, S4, 3000, C4, "udp", 0, 0, "pass" },
		{ 4, C4, S4, 3000, "udp", 0, 0, "pass" },
		{ 5, "10.1.0.2", 40001, S4, 3000, "udp", 0, 0, DENIED },
		/* Its own time is over. */
		{ 40000, S4, 3001, C4, "udp", 0, 0, DENIED },
	    } },
	{ "another UDP parent needs an answer",
	    "default-action = deny\n"
	    "rule \"sip\" { protocol = udp port = 5060\n"
	    "  related { protocol = udp from-any-port = true to-port = "
	    "{ 30000-30009 } by = either } }\n",
	    {
		{ 0, C4, S4, 5060, "udp", 0, 0, "pass" },
		{ 1, S4, 4000, "10.1.0.2", 30001, "udp", 0, 0, DENIED },
		{ 2, S4, 5060, C4, "udp", 0, 0, "pass" },
		{ 3, S4, 4000, "10.1.0.2", 30001, "udp", 0, 0, "pass" },
		{ 4, "10.1.0.2", 4000, S4, 30001, "udp", 0, 0, "pass" },
		{ 5, "10.2.0.9", 4000, "10.1.0.2", 30001, "udp", 0, 0, DENIED },
	    } },
	{ "without ports",
	    "default-action = deny\n"
	    "rule \"pptp\" { protocol = tcp port = 1723\n"
	    "  related { protocol = gre by = either } }\n",
	    {
		{ 0, C4, S4, 1723, "S", 1000, 0, "pass" },
		{ 1, S4, 1723, C4, "SA", 5000, 1001, "pass" },
		{ 2, S4, 0, "10.1.0.2", 0, "gre", 0, 0, DENIED },
		{ 3, C4, S4, 1723, "A", 1001, 5001, "pass" },
		{ 4, S4, 0, "10.1.0.2", 0, "gre", 0, 0, "pass" },
		{ 5, "10.1.0.2", 0, S4, 0, "gre", 0, 0, "pass" },
		{ 6, "10.2.0.3", 0, "10.1.0.2", 0, "gre", 0, 0, DENIED },
	    } },
	{ "IPv6", ACTIVE,
	    {
		{ 0, C6, S6, 21, "S", 1000, 0, "pass" },
		{ 1, S6, 21, C6, "SA", 5000, 1001, "pass" },
		{ 2, C6, S6, 21, "A", 1001, 5001, "pass" },
		{ 3, S6, 20, "fd01::3", 2000, "S", 1, 0, DENIED },
		{ 3, S6, 20, "fd01::2", 2000, "S", 1, 0, "pass" },
		{ 50000, C6, S6, 21, "PA", 1001, 5001, "pass" },
		{ 50001, S6, 21, C6, "A", 5001, 1011, "pass" },
		{ 100000, S6, 20, "fd01::2", 2001, "S", 1, 0, "pass" },
	    } },
};

static void
play(struct stage *stage, const struct scene *scene)
{
	for (unsigned i = 0; i < STEPS && scene->rows[i].src; i++)
		stage_step(stage, scene->name, i, &scene->rows[i]);
}

START_TEST(as_its_rule_says)
{
	const struct scene *scene = &scenes[_i];
	struct stage stage = stage_open(scene->conf);

	play(&stage, scene);
	stage_close(&stage);
}
END_TEST

static struct sw_endpoints
ends(const char *src, uint16_t sport, const char *dst, uint16_t dport)
{
	return build_ends(src, sport, dst, dport, IPPROTO_TCP);
}

START_TEST(a_child_names_its_parent)
{
	struct scene scene = { "parent", ACTIVE,
		{ CONTROL,
		    { 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, "pass" } } };
	struct stage stage = stage_open(scene.conf);
	struct sw_endpoints child = ends(S4, 20, "10.1.0.2", 2000);
	struct sw_endpoints expected = ends(C4, S4, 21), parent;
	struct sw_flow_info info;
	struct sw_counts counts;

	play(&stage, &scene);
	ck_assert(
	    sw_engine_find(stage.engine, &child, (struct sw_time){ 0 }, &info));
	ck_assert(sw_event_parent(&info, &parent));
	ck_assert(sw_packet_endpoints_equal(&parent, &expected));
	ck_assert_str_eq(sw_policy_rule_name(stage.policy, info.rule), "ftp");
	ck_assert(sw_engine_find(
	    stage.engine, &expected, (struct sw_time){ 0 }, &info));
	ck_assert(!sw_event_parent(&info, &parent));
	sw_engine_counts(stage.engine, &counts);
	ck_assert_uint_eq(counts.related, 1);
	ck_assert_uint_eq(counts.opened, 2);
	ck_assert_uint_eq(counts.parents, 1);
	stage_close(&stage);
}
END_TEST

/* What another rule says of the flows that there are. */
START_TEST(a_reload_changes_what_is_allowed)
{
	static const char plain[] = "default-action = deny\n"
				    "rule \"ftp\" { protocol = tcp port = 21 }";
	struct scene scene = { "reload", plain, { CONTROL } };
	const struct stage_row denied = { 3, S4, 20, "10.1.0.2", 2000, "S", 1,
		0, DENIED };
	const struct stage_row passes = { 3, S4, 20, "10.1.0.2", 2000, "S", 1,
		0, "pass" };
	struct stage stage = stage_open(plain);
	struct sw_counts counts;
	uint32_t cursor = 0;

	play(&stage, &scene);
	stage_step(&stage, "before", 0, &denied);
	ck_assert_int_eq(stage.refused.refused.kin, SW_KIN_SILENT);
	ck_assert_uint_eq(stage.refused.refused.kin_rule, 1);
	ck_assert_uint_eq(stage.refused.refused.kin_port, 21);
	stage_reload(&stage, ACTIVE, 3);
	stage_sweep(&stage, 3);
	stage_step(&stage, "allowed", 0, &passes);
	ck_assert_uint_eq(
	    sw_engine_recheck(stage.engine,
		(struct sw_time){ 3 * SW_NS_PER_MS }, &cursor, UINT32_MAX),
	    0);
	stage_reload(&stage, plain, 3);
	stage_step(&stage, "again", 0, &denied);
	cursor = 0;
	ck_assert_uint_eq(
	    sw_engine_recheck(stage.engine,
		(struct sw_time){ 3 * SW_NS_PER_MS }, &cursor, UINT32_MAX),
	    1);
	sw_engine_counts(stage.engine, &counts);
	ck_assert_uint_eq(counts.flows, 1);
	stage_close(&stage);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("related");

	tcase_add_loop_test(
	    tcase, as_its_rule_says, 0, sizeof(scenes) / sizeof(scenes[0]));
	tcase_add_test(tcase, a_child_names_its_parent);
	tcase_add_test(tcase, a_reload_changes_what_is_allowed);
	return run_case("related", tcase);
}
