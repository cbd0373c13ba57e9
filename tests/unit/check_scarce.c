/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_scarce: a start for which memory runs out ends in an error.
 *
 * Each part is made again and again; the first time its first allocation
 * fails, then its second, until it is made without one failing.  A part
 * that could not be made says so and leaves nothing behind, which the leak
 * checker of the sanitized build sees.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/conf.h"
#include "report/incident.h"
#include "runner.h"
#include "scarce.h"
#include "scratch.h"
#include "script.h"
#include "shards/shard.h"
#include "synward/diagnose.h"

static const struct sw_limits limits = { .max_flows = 64,
	.max_embryonic = 100,
	.tombstones = 64,
	.events = 64,
	.key = "a key for tests" };

/* Makes the part and unmakes it.  => could it be made? */
static bool
policy(void)
{
	const struct sw_addr_range net = { .last.b = { 0, 255, 255, 255 },
		.family = SW_IPV4 };
	const struct sw_addr_list to = { .ranges = &net, .n = 1 };
	const struct sw_port_range port = { .first = 22, .last = 22 };
	const int16_t tcp = IPPROTO_TCP;
	const struct sw_rule rule = { .name = "one",
		.slot = 1,
		.protos = &tcp,
		.n_protos = 1,
		.to = &to,
		.n_to = 1,
		.ports = &port,
		.n_ports = 1,
		.flow_policy = script_treatment(SW_TRACK_NORMAL) };
	struct sw_policy *made = sw_policy_compile(&rule, 1, &rule.flow_policy);

	sw_policy_destroy(made);
	return made;
}

static struct sw_policy *
plain_policy(void)
{
	struct sw_flow_policy otherwise = script_treatment(SW_TRACK_NORMAL);
	struct sw_policy *made;

	scarce_pause(true);
	made = sw_policy_compile(NULL, 0, &otherwise);
	scarce_pause(false);
	return made;
}

static bool
engine(void)
{
	struct sw_policy *under = plain_policy();
	struct sw_engine *made = sw_engine_create(
	    &limits, NULL, under, (struct sw_time){ .ns = SW_NS_PER_MS });

	sw_engine_destroy(made);
	sw_policy_destroy(under);
	return made;
}

static bool
shards(void)
{
	struct sw_policy *under = plain_policy();
	struct sw_shards *made = sw_shards_create(&limits, 2, under);

	sw_shards_destroy(made);
	sw_policy_destroy(under);
	return made;
}

static bool
diagnose(void)
{
	const struct sw_diagnose_config config = { .key = "another key one" };
	struct sw_diagnose *made = sw_diagnose_create(&config);

	sw_diagnose_destroy(made);
	return made;
}

static bool
incidents(void)
{
	struct sw_incidents *made = sw_incidents_create(50, 60);

	sw_incidents_destroy(made);
	return made;
}

static const char rules[] =
    "rule \"db\" { protocol = tcp  to = { 10.0.5.0/24 }\n"
    "  port = { 5432 }  timeouts { established = 12h } }\n"
    "rule \"web\" { port = { 80, 443, 8080 } in = { eth0, eth1 } }\n"
    "log { to = { 'file:/var/log/a b', stderr } }\n";

/* => could it be made?  Else there is a reason at least. */
static bool
conf_made(struct sw_conf *made, struct sw_conf_errors *errors)
{
	scarce_pause(true); /* Check allocates, too */
	if (made != NULL) {
		ck_assert_uint_eq(errors->n, 0);
		ck_assert_uint_eq(made->n_rules, 2);
		ck_assert_uint_eq(made->rules[0]
				      .rule.flow_policy.timeouts
				      .seconds[SW_TIMEOUT_ESTABLISHED],
		    12 * 3600);
	} else {
		ck_assert_uint_gt(errors->n, 0);
		ck_assert_ptr_nonnull(
		    strstr(errors->list[errors->n - 1].text, "emory"));
	}
	sw_conf_free(made);
	sw_conf_errors_free(errors);
	return made;
}

static bool
conf(void)
{
	struct sw_conf_errors errors;
	struct sw_conf *made = sw_conf_parse(rules, "test.conf", &errors);

	return conf_made(made, &errors);
}

/* With an included file and a directory. */
static bool
conf_files(void)
{
	struct sw_conf_errors errors;
	struct sw_conf *made = sw_conf_load("a.conf", &errors);

	return conf_made(made, &errors);
}

/* Errors that cannot be kept are not forgotten: it is never made. */
static bool
conf_wrong(void)
{
	struct sw_conf_errors errors;
	struct sw_conf *made = sw_conf_parse(
	    "mode = 1 tracking = 2 on-idle = 3\nrule \"a\" { in = { a, / } }",
	    "test.conf", &errors);
	bool all = errors.n == 4;

	scarce_pause(true);
	for (size_t i = 0; i < errors.n; i++)
		all = all && strstr(errors.list[i].text, "memory") == NULL;
	ck_assert_ptr_null(made);
	ck_assert_uint_gt(errors.n, 0);
	sw_conf_errors_free(&errors);
	return all;
}

static const struct part {
	const char *name;
	bool (*make)(void);
} parts[] = { { "policy", policy }, { "engine", engine }, { "shards", shards },
	{ "diagnose", diagnose }, { "incidents", incidents }, { "conf", conf },
	{ "conf_files", conf_files }, { "conf_wrong", conf_wrong } };

static void
enter(void)
{
	scratch_enter("check_scarce");
	ck_assert_int_eq(mkdir("conf.d", 0755), 0);
	scratch_put("a.conf", "mode = observe include(\"b\")\n");
	scratch_put("b", rules);
	scratch_put("conf.d/10.conf", "log { rate = 1 }\n");
	scratch_put("conf.d/20.conf", "log { rate = 2 }\n");
}

START_TEST(says_so_and_leaves_nothing)
{
	const struct part *part = &parts[_i];
	unsigned nth = 0;
	bool made, failed;

	do {
		scarce_at(++nth);
		made = part->make();
		failed = scarce_over();
		ck_assert_msg(made != failed,
		    "%s: allocation %u failed, yet it was made", part->name,
		    nth);
	} while (failed && nth < 1000);
	ck_assert_uint_gt(nth, 1);
	ck_assert(made);
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("start");

	tcase_add_checked_fixture(t, enter, scratch_leave);
	tcase_add_loop_test(
	    t, says_so_and_leaves_nothing, 0, sizeof parts / sizeof parts[0]);
	return run_case("scarce", t);
}
