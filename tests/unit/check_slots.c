/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_slots: rules keep their number over reloads, and a policy made of a
 * configuration answers with it.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf/conf.h"
#include "config.h"
#include "runner.h"
#include "shards/rule_slots.h"

static uint16_t
slot(const struct sw_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_rules; i++)
		if (strcmp(conf->rules[i].rule.name, name) == 0)
			return conf->rules[i].rule.slot;
	ck_abort_msg("no rule %s", name);
}

START_TEST(names_keep_slots)
{
	struct sw_rule_slots *slots = sw_rule_slots_create();
	struct sw_conf *first =
	    config_taken("rule \"a\" { port = 1 } rule \"b\" { port = 2 }");
	struct sw_conf *second =
	    config_taken("rule \"c\" { port = 3 } rule \"b\" { port = 4 }");
	struct sw_conf *third =
	    config_taken("rule \"b\" { port = 5 } rule \"a\" { port = 6 }");

	ck_assert_int_eq(sw_conf_compile_slots(first, slots), 0);
	ck_assert_int_eq(sw_conf_compile_slots(second, slots), 0);
	ck_assert_int_eq(sw_conf_compile_slots(third, slots), 0);
	ck_assert_uint_eq(slot(first, "b"), slot(second, "b"));
	ck_assert_uint_eq(slot(first, "b"), slot(third, "b"));
	ck_assert_uint_eq(slot(first, "a"), slot(third, "a"));
	ck_assert_uint_ne(slot(first, "a"), slot(second, "c"));
	ck_assert_uint_ne(slot(first, "b"), slot(second, "c"));
	ck_assert_uint_ne(slot(first, "a"), SW_RULE_DEFAULT);
	ck_assert_str_eq(sw_rule_slots_name(slots, slot(second, "c")), "c");
	ck_assert_str_eq(sw_rule_slots_name(slots, SW_RULE_DEFAULT), "default");
	ck_assert_str_eq(sw_rule_slots_name(slots, 60000), "default");
	sw_conf_free(first);
	sw_conf_free(second);
	sw_conf_free(third);
	sw_rule_slots_destroy(slots);
}
END_TEST

/* All there are, each with its own; one more is refused. */
START_TEST(slots_run_out)
{
	struct sw_rule_slots *slots = sw_rule_slots_create();
	const size_t n = SW_RULE_SLOTS - 1;
	struct sw_conf conf = { .rules = calloc(n, sizeof *conf.rules),
		.n_rules = n };
	struct sw_conf *more = config_taken("rule \"r7\" { port = 1 }\n"
					    "rule \"new\" { port = 2 }");

	ck_assert_ptr_nonnull(conf.rules);
	for (size_t i = 0; i < n; i++)
		snprintf(conf.rules[i].rule.name, SW_RULE_NAME_MAX, "r%zu", i);
	ck_assert_int_eq(sw_conf_compile_slots(&conf, slots), 0);
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(
		    sw_rule_slots_name(slots, conf.rules[i].rule.slot),
		    conf.rules[i].rule.name);
	ck_assert_int_eq(sw_conf_compile_slots(more, slots), -ENOSPC);
	free(conf.rules);
	sw_conf_free(more);
	sw_rule_slots_destroy(slots);
}
END_TEST

static const struct sw_iface links[] = { { "eth1", 7, false, 0 },
	{ "eth2", 8, false, 0 }, { "ppp0", 9, false, 0 },
	{ "ppp17", 10, false, 0 } };

/* The first n of them are there. */
static struct sw_policy *
compile(const struct sw_conf *conf, size_t n)
{
	struct sw_policy *policy = sw_conf_compile_policy(conf, links, n);

	ck_assert_ptr_nonnull(policy);
	return policy;
}

static const char *
matched(const struct sw_policy *policy, const struct sw_endpoints *ends,
    uint32_t in, uint32_t out)
{
	struct sw_way way = { .in = in, .out = out };

	return sw_policy_rule_name(policy, sw_policy_match(policy, ends, &way));
}

START_TEST(policy_resolves_interfaces)
{
	struct sw_rule_slots *slots = sw_rule_slots_create();
	struct sw_conf *conf =
	    config_taken("rule \"gone\" { in = { eth9 } }\n"
			 "rule \"some\" { in = { eth9, eth1 } out = eth2 }\n"
			 "rule \"ping\" { protocol = icmp action = deny }\n"
			 "timeouts { udp = 9s }\n");
	struct sw_endpoints tcp = { .family = SW_IPV4, .proto = IPPROTO_TCP };
	struct sw_endpoints ping = { .family = SW_IPV6,
		.proto = IPPROTO_ICMPV6 };
	struct sw_policy *policy;

	ck_assert_int_eq(sw_conf_compile_slots(conf, slots), 0);
	policy = compile(conf, 4);
	ck_assert_str_eq(matched(policy, &tcp, 7, 8), "some");
	ck_assert_str_eq(matched(policy, &tcp, 7, 9), "default");
	ck_assert_str_eq(matched(policy, &tcp, 0, 0), "default");
	ck_assert_str_eq(matched(policy, &ping, 0, 0), "ping");
	ck_assert(sw_policy_flow_policy(policy, slot(conf, "ping"))->deny);
	ck_assert_uint_eq(sw_policy_flow_policy(policy, SW_RULE_DEFAULT)
			      ->timeouts.seconds[SW_TIMEOUT_UDP],
	    9);
	sw_policy_destroy(policy);
	sw_conf_free(conf);
	sw_rule_slots_destroy(slots);
}
END_TEST

/* Of interfaces that come and go: each time for those that there are. */
START_TEST(policy_resolves_patterns)
{
	struct sw_rule_slots *slots = sw_rule_slots_create();
	struct sw_conf *conf = config_taken(
	    "rule \"dial\" { in = { \"ppp*\", \"!ppp17\" } }\n"
	    "rule \"rest\" { in = { \"!eth*\" } out = { \"eth*\" } }\n");
	struct sw_endpoints ends = { .family = SW_IPV4, .proto = IPPROTO_TCP };
	struct sw_policy *policy;

	ck_assert_int_eq(sw_conf_compile_slots(conf, slots), 0);
	policy = compile(conf, 4);
	ck_assert_str_eq(matched(policy, &ends, 9, 0), "dial");
	ck_assert_str_eq(matched(policy, &ends, 10, 0), "default");
	ck_assert_str_eq(matched(policy, &ends, 10, 7), "rest");
	ck_assert_str_eq(matched(policy, &ends, 0, 8), "rest");
	ck_assert_str_eq(matched(policy, &ends, 7, 8), "default");
	ck_assert_str_eq(matched(policy, &ends, 77, 8), "rest");
	sw_policy_destroy(policy);
	policy = compile(conf, 2);
	ck_assert_str_eq(matched(policy, &ends, 9, 0), "default");
	ck_assert_str_eq(matched(policy, &ends, 9, 7), "rest");
	sw_policy_destroy(policy);
	sw_conf_free(conf);
	sw_rule_slots_destroy(slots);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("slots");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, names_keep_slots);
	tcase_add_test(tcase, slots_run_out);
	tcase_add_test(tcase, policy_resolves_interfaces);
	tcase_add_test(tcase, policy_resolves_patterns);
	return run_case("slots", tcase);
}
