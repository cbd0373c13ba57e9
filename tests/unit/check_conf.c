/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf: what a configuration's text means.
 */
#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <string.h>
#include <syslog.h>

#include "conf/conf.h"
#include "conf/schema.h"
#include "config.h"
#include "runner.h"

enum {
	TEXT_MAX = 1 << 16,
};

static const char sample[] =
    "profile = linux\n"						/* 1 */
    "tracking = strict # for all\n"				/* 2 */
    "queue { first = 4 count = 2 fail-open = true }\n"		/* 3 */
    "/* several\n"						/* 4 */
    " * lines */\n"						/* 5 */
    "timeouts {\n"						/* 6 */
    "\testablished = 1h30m\n"					/* 7 */
    "}\n"							/* 8 */
    "rule \"db\" {\n"						/* 9 */
    "\tprotocol = tcp\n"					/* 10 */
    "\tto = { 10.0.5.0/24, fd00::/8 }\n"			/* 11 */
    "\tport = { 5432,\n"					/* 12 */
    "\t\t6000-6010 }\n"						/* 13 */
    "\ttracking = normal on-idle = probe\n"			/* 14 */
    "\ttimeouts {\n"						/* 15 */
    "\t\testablished = 12h\n"					/* 16 */
    "\t}\n"							/* 17 */
    "}\n"							/* 18 */
    "rule \"guest\" { in = { eth3 } action = deny log = no }\n" /* 19 */
    "log { to = { 'file:/var/log/its \\'here\\' \\\\ #1', stderr } }\n"
    "on-orphan = reset\n"; /* 21 */

static uint32_t
timeout(const struct sw_conf *conf, enum sw_timeout timeout)
{
	return conf->otherwise.timeouts.seconds[timeout];
}

static const char *
origin(const struct sw_conf *conf, const char *key)
{
	static char text[SW_CONF_PATH];

	return sw_conf_origin(conf, key, text, sizeof text);
}

static const char *
rule_origin(const struct sw_conf *conf, size_t rule, const char *key)
{
	static char text[SW_CONF_PATH];

	return sw_conf_rule_origin(conf, rule, key, text, sizeof text);
}

START_TEST(nothing_is_a_configuration)
{
	struct sw_conf *conf = config_taken("");

	ck_assert_str_eq(conf->profile, "rfc5382");
	ck_assert_uint_eq(conf->queue.first, 0);
	ck_assert_uint_eq(conf->queue.count, 1);
	ck_assert(!conf->queue.fail_open);
	ck_assert_uint_eq(conf->queue.copy_range, 256);
	ck_assert_uint_eq(conf->queue.spin, 50);
	ck_assert_uint_eq(conf->table.max_flows, 1u << 20);
	ck_assert_uint_eq(conf->table.max_embryonic, 25);
	ck_assert_uint_eq(conf->table.max_src_flows, 0);
	ck_assert_uint_eq(conf->table.tombstones, 1u << 20);
	ck_assert_uint_eq(conf->otherwise.tracking, SW_TRACK_NORMAL);
	ck_assert_uint_eq(conf->otherwise.on_idle, SW_IDLE_EXPIRE);
	ck_assert_uint_eq(conf->otherwise.on_orphan, SW_ORPHAN_DROP);
	ck_assert(!conf->otherwise.deny && !conf->otherwise.observe);
	ck_assert(conf->otherwise.log);
	ck_assert_uint_eq(conf->log.n_to, 0);
	ck_assert_int_eq(conf->log.facility, LOG_DAEMON);
	ck_assert_uint_eq(conf->log.rate, 50);
	ck_assert_uint_eq(conf->log.incident_interval, 60);
	ck_assert(!conf->log.ecn);
	ck_assert_str_eq(conf->control.socket, "/run/synward/ctl.sock");
	ck_assert_str_eq(conf->control.group, "synward");
	ck_assert_str_eq(conf->control.read_group, "synward-read");
	ck_assert_uint_eq(conf->n_rules, 0);
	sw_conf_free(conf);
}
END_TEST

/* In the order of SW_TIMEOUT_MAP. */
static const struct {
	const char *name;
	uint32_t seconds[SW_TIMEOUT_COUNT];
} profiles[] = {
	{ "rfc5382", { 30, 30, 7440, 120, 600, 30, 60, 10, 300, 30, 120, 30,
			 600, 10, 30, 30, 7440, 120, 120, 30, 30 } },
	{ "linux", { 120, 60, 432000, 120, 60, 30, 120, 10, 300, 30, 120, 30,
		       600, 10, 3, 3, 210, 3, 3, 3, 30 } },
	{ "forcepoint", { 15, 15, 1800, 60, 60, 10, 60, 10, 300, 50, 50, 5, 180,
			    10, 15, 15, 1800, 60, 60, 10, 30 } },
	{ "pf-normal", { 120, 30, 86400, 900, 900, 45, 45, 90, 300, 60, 60, 20,
			   60, 90, 120, 30, 86400, 900, 900, 45, 30 } },
	{ "pf-aggressive", { 30, 5, 18000, 60, 60, 30, 30, 30, 300, 60, 60, 20,
			       60, 30, 30, 5, 18000, 60, 60, 30, 30 } },
};

START_TEST(profile_sets_timeouts)
{
	char text[64];
	struct sw_conf *conf;

	snprintf(text, sizeof text, "profile = %s", profiles[_i].name);
	conf = config_taken(text);
	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++)
		ck_assert_msg(timeout(conf, t) == profiles[_i].seconds[t],
		    "%s of %s is %u", sw_profile_timeout_text(t),
		    profiles[_i].name, timeout(conf, t));
	sw_conf_free(conf);
}
END_TEST

START_TEST(profile_gives_way_to_timeouts)
{
	struct sw_conf *conf =
	    config_taken("timeouts { udp = 7s }\nprofile = forcepoint");

	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_UDP), 7);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_ESTABLISHED), 1800);
	ck_assert_str_eq(origin(conf, "timeouts.udp"), "text:1");
	ck_assert_str_eq(
	    origin(conf, "timeouts.established"), "profile forcepoint");
	sw_conf_free(conf);
}
END_TEST

START_TEST(values_have_many_forms)
{
	struct sw_conf *conf = config_taken(
	    "timeouts { syn_sent = 90s syn_recv = 5m established = 2h\n"
	    "fin_wait = 1d close_wait = 1d2h3m4s last_ack = \"10s\"\n"
	    "time_wait = '180d' }\n"
	    "table { max-flows = 64k tombstones = 16M max-src-flows = 1000\n"
	    "max-embryonic = 30% }\n"
	    "queue { copy-range = 1K fail-open = yes spin = 0 }\n"
	    "log { ecn = on facility = local3 }\n");

	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_SYN_SENT), 90);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_SYN_RECV), 300);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_ESTABLISHED), 7200);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_FIN_WAIT), 86400);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_CLOSE_WAIT),
	    86400 + 2 * 3600 + 3 * 60 + 4);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_LAST_ACK), 10);
	ck_assert_uint_eq(timeout(conf, SW_TIMEOUT_TIME_WAIT), 15552000);
	ck_assert_uint_eq(conf->table.max_flows, 65536);
	ck_assert_uint_eq(conf->table.tombstones, 16u << 20);
	ck_assert_uint_eq(conf->table.max_src_flows, 1000);
	ck_assert_uint_eq(conf->table.max_embryonic, 30);
	ck_assert_uint_eq(conf->queue.copy_range, 1024);
	ck_assert_uint_eq(conf->queue.spin, 0);
	ck_assert(conf->queue.fail_open && conf->log.ecn);
	ck_assert_int_eq(conf->log.facility, LOG_LOCAL3);
	sw_conf_free(conf);
}
END_TEST

START_TEST(zero_is_no_limit)
{
	struct sw_conf *conf =
	    config_taken("table { max-embryonic = 0 max-src-flows = 0 }");

	ck_assert_uint_eq(conf->table.max_src_flows, 0);
	ck_assert_uint_eq(conf->table.max_embryonic, 0);
	ck_assert_uint_eq(sw_conf_embryonic(&conf->table), 100);
	sw_conf_free(conf);
	conf = config_taken("");
	ck_assert_uint_eq(sw_conf_embryonic(&conf->table), 25);
	sw_conf_free(conf);
}
END_TEST

START_TEST(lists_have_many_forms)
{
	struct sw_conf *conf =
	    config_taken("rule \"a\" { protocol = tcp port = 80\n"
			 "port += { 443, 8000-8080 }\n"
			 "from = { 10.0.0.1, ::1 } }\n");
	const struct sw_conf_address *from = conf->rules[0].from;
	const struct sw_rule *rule = &conf->rules[0].rule;

	ck_assert_uint_eq(rule->n_ports, 3);
	ck_assert_uint_eq(rule->ports[0].first, 80);
	ck_assert_uint_eq(rule->ports[1].first, 443);
	ck_assert_uint_eq(rule->ports[1].last, 443);
	ck_assert_uint_eq(rule->ports[2].last, 8080);
	ck_assert_uint_eq(conf->rules[0].n_from, 2);
	ck_assert_mem_eq(&from[0].range.first, &from[0].range.last, 16);
	ck_assert_uint_eq(from[1].range.family, SW_IPV6);
	ck_assert_uint_eq(from[1].range.first.b[15], 1);
	ck_assert_uint_eq(from[1].range.last.b[15], 1);
	sw_conf_free(conf);
}
END_TEST

START_TEST(rules_are_read)
{
	static const uint8_t net[] = { 10, 0, 5, 0 };
	struct sw_conf *conf = config_taken(sample);
	const struct sw_conf_rule *db = &conf->rules[0];
	const struct sw_conf_rule *guest = &conf->rules[1];

	ck_assert_uint_eq(conf->n_rules, 2);
	ck_assert_str_eq(db->rule.name, "db");
	ck_assert_uint_eq(db->rule.n_protos, 1);
	ck_assert_int_eq(db->rule.protos[0], IPPROTO_TCP);
	ck_assert_uint_eq(db->n_to, 2);
	ck_assert_uint_eq(db->to[0].range.family, SW_IPV4);
	ck_assert_mem_eq(db->to[0].range.first.b, net, 4);
	ck_assert_uint_eq(db->to[0].range.last.b[3], 255);
	ck_assert_uint_eq(db->to[1].range.family, SW_IPV6);
	ck_assert_uint_eq(db->n_from, 0);
	ck_assert_uint_eq(db->rule.n_ports, 2);
	ck_assert_int_eq(db->line, 9);
	ck_assert_str_eq(db->file, "text");
	ck_assert_uint_eq(guest->rule.n_protos, 0);
	ck_assert_uint_eq(guest->n_in, 1);
	ck_assert_str_eq(guest->in[0], "eth3");
	ck_assert_uint_eq(guest->n_out, 0);
	ck_assert(guest->rule.flow_policy.deny && !guest->rule.flow_policy.log);
	ck_assert_int_eq(guest->line, 19);
	sw_conf_free(conf);
}
END_TEST

/* Also from keys that stand behind the rule. */
START_TEST(rules_inherit)
{
	struct sw_conf *conf = config_taken(sample);
	const struct sw_flow_policy *db = &conf->rules[0].rule.flow_policy;
	const struct sw_flow_policy *guest = &conf->rules[1].rule.flow_policy;

	ck_assert_uint_eq(db->tracking, SW_TRACK_NORMAL);
	ck_assert_uint_eq(guest->tracking, SW_TRACK_STRICT);
	ck_assert_uint_eq(db->on_idle, SW_IDLE_PROBE);
	ck_assert_uint_eq(guest->on_idle, SW_IDLE_EXPIRE);
	ck_assert_uint_eq(db->on_orphan, SW_ORPHAN_RESET);
	ck_assert_uint_eq(
	    db->timeouts.seconds[SW_TIMEOUT_ESTABLISHED], 12 * 3600);
	ck_assert_uint_eq(
	    guest->timeouts.seconds[SW_TIMEOUT_ESTABLISHED], 5400);
	ck_assert_uint_eq(db->timeouts.seconds[SW_TIMEOUT_SYN_SENT], 120);
	ck_assert(db->log);
	sw_conf_free(conf);
}
END_TEST

START_TEST(origins_are_kept)
{
	struct sw_conf *conf = config_taken(sample);

	ck_assert_str_eq(origin(conf, "profile"), "text:1");
	ck_assert_str_eq(origin(conf, "mode"), "default");
	ck_assert_str_eq(origin(conf, "tracking"), "text:2");
	ck_assert_str_eq(origin(conf, "queue.count"), "text:3");
	ck_assert_str_eq(origin(conf, "queue.copy-range"), "default");
	ck_assert_str_eq(origin(conf, "timeouts.established"), "text:7");
	ck_assert_str_eq(origin(conf, "timeouts.udp"), "profile linux");
	ck_assert_str_eq(rule_origin(conf, 0, "port"), "text:12");
	ck_assert_str_eq(rule_origin(conf, 0, "on-idle"), "text:14");
	ck_assert_str_eq(
	    rule_origin(conf, 0, "timeouts.established"), "text:16");
	ck_assert_str_eq(rule_origin(conf, 0, "timeouts.udp"), "profile linux");
	ck_assert_str_eq(rule_origin(conf, 0, "from"), "default");
	ck_assert_str_eq(rule_origin(conf, 1, "tracking"), "text:2");
	ck_assert_str_eq(
	    rule_origin(conf, 1, "timeouts.established"), "text:7");
	ck_assert_str_eq(origin(conf, "log.to"), "text:20");
	ck_assert_str_eq(origin(conf, "on-orphan"), "text:21");
	ck_assert_ptr_null(origin(conf, "queue.cuont"));
	ck_assert_ptr_null(rule_origin(conf, 2, "tracking"));
	sw_conf_free(conf);
}
END_TEST

START_TEST(dump_tells_origins)
{
	static char text[TEXT_MAX];
	struct sw_conf *conf = config_taken(sample);

	config_dump(conf, text, TEXT_MAX);
	ck_assert_ptr_nonnull(
	    strstr(text, "profile = linux                         # text:1\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\tcopy-range = 256                # default\n"));
	ck_assert_ptr_nonnull(strstr(
	    text, "\tudp = 2m                        # profile linux\n"));
	ck_assert_ptr_nonnull(strstr(text, "rule \"db\" { # line 9 of text\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\tport = { 5432, 6000-6010 }      # text:12\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "\t\testablished = 12h       # text:16\n"));
	sw_conf_free(conf);
}
END_TEST

static const char *const dumped[] = {
	"",
	sample,
	"tracking = off rule \"a\" { port = 1 tracking = loose }",
	"on-idle = reset on-orphan = reset tracking = strict\n"
	"rule \"a\" { protocol = udp } rule \"b\" { protocol = icmp }\n"
	"rule \"c\" { protocol = 99 } rule \"d\" { action = deny port = 1 }\n"
	"rule \"e\" { tracking = off port = 2 } rule \"f\" { protocol = ospf }",
	"log { to = { \"json:/a b/c'd\\\"e\\\\f#g$h{i}\", \"file://x\" } }",
	"control { socket = '/tmp/${HOME}' } rule \"x\" { in = 'et,h=' }",
};

/* Comments tell places, and those differ. */
static void
drop_comments(char *text)
{
	char *to = text;

	while (*text != '\0')
		if (strncmp(text, "# ", 2) == 0)
			text += strcspn(text, "\n");
		else
			*to++ = *text++;
	*to = '\0';
}

/* What is printed reads back, and prints the same again. */
START_TEST(dump_reads_back)
{
	static char first[TEXT_MAX], second[TEXT_MAX], third[TEXT_MAX];
	struct sw_conf *conf = config_taken(dumped[_i]);

	config_dump(conf, first, TEXT_MAX);
	sw_conf_free(conf);
	conf = config_taken(first);
	config_dump(conf, second, TEXT_MAX);
	sw_conf_free(conf);
	conf = config_taken(second);
	config_dump(conf, third, TEXT_MAX);
	sw_conf_free(conf);
	ck_assert_str_eq(second, third);
	drop_comments(first);
	drop_comments(second);
	ck_assert_str_eq(first, second);
}
END_TEST

/* Keys of rules are the same as those of the whole where both exist. */
START_TEST(schema_is_sound)
{
	size_t n;
	const struct sw_key *keys = sw_schema_keys(&n);

	for (size_t k = 0; k < n; k++) {
		int parent = sw_schema_parent(&keys[k]);

		ck_assert_ptr_nonnull(keys[k].doc);
		ck_assert_int_eq(
		    sw_schema_find(keys[k].section, keys[k].name), (int)k);
		if (parent < 0)
			continue;
		ck_assert_uint_eq(keys[parent].size, keys[k].size);
		ck_assert_int_eq(keys[parent].kind, keys[k].kind);
		ck_assert_ptr_eq(keys[parent].words, keys[k].words);
	}
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_test(tcase, nothing_is_a_configuration);
	tcase_add_loop_test(tcase, profile_sets_timeouts, 0,
	    sizeof profiles / sizeof profiles[0]);
	tcase_add_test(tcase, profile_gives_way_to_timeouts);
	tcase_add_test(tcase, values_have_many_forms);
	tcase_add_test(tcase, zero_is_no_limit);
	tcase_add_test(tcase, lists_have_many_forms);
	tcase_add_test(tcase, rules_are_read);
	tcase_add_test(tcase, rules_inherit);
	tcase_add_test(tcase, origins_are_kept);
	tcase_add_test(tcase, dump_tells_origins);
	tcase_add_loop_test(
	    tcase, dump_reads_back, 0, sizeof dumped / sizeof dumped[0]);
	tcase_add_test(tcase, schema_is_sound);
	return run_case("configuration", tcase);
}
