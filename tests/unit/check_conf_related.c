/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_conf_related: what sections related { } become, and what is said of
 * those that are valid.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "conf/conf.h"
#include "config.h"
#include "runner.h"

#define FTP                                                         \
	"default-action = deny\n"                                   \
	"rule \"a\" { port = 1 }\n"                                 \
	"rule \"ftp\" {\n"                                          \
	"  related { protocol = tcp source-port = { 20, 22-30 } "   \
	"to-port = { 1024-65535, !3000 } }\n"                       \
	"  port = 21\n"                                             \
	"  related { protocol = { udp, dccp } from-any-port = yes " \
	"to-port = same by = client within = 5m limit = 3 }\n"      \
	"}\n"                                                       \
	"rule \"pptp\" { related { protocol = gre by = either } }\n"

START_TEST(each_rule_has_its_own)
{
	struct sw_conf *conf = config_taken(FTP);
	const struct sw_related *related;
	struct sw_policy *policy;
	size_t n;

	for (size_t i = 0; i < conf->n_rules; i++)
		conf->rules[i].rule.slot = (uint16_t)(i + 1);
	policy = sw_conf_compile_policy(conf, NULL, 0);
	sw_conf_free(conf); /* the policy has copies */
	ck_assert_ptr_nonnull(policy);
	ck_assert(sw_policy_relates(policy));
	sw_policy_related(policy, 1, &n);
	ck_assert_uint_eq(n, 0);
	related = sw_policy_related(policy, 2, &n);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(related[0].n_source_ports, 2);
	ck_assert_uint_eq(related[0].source_ports[1].last, 30);
	ck_assert_uint_eq(related[0].n_to_ports, 2);
	ck_assert(related[0].to_ports[1].except);
	ck_assert(!related[0].to_same);
	ck_assert_uint_eq(related[0].by, SW_BY_SERVER);
	ck_assert_uint_eq(related[0].within, 60);
	ck_assert_uint_eq(related[0].limit, 16);
	ck_assert_uint_eq(related[1].n_protos, 2);
	ck_assert_int_eq(related[1].protos[1], IPPROTO_DCCP);
	ck_assert_uint_eq(related[1].n_source_ports, 0);
	ck_assert(related[1].to_same);
	ck_assert_uint_eq(related[1].by, SW_BY_CLIENT);
	ck_assert_uint_eq(related[1].within, 300);
	ck_assert_uint_eq(related[1].limit, 3);
	related = sw_policy_related(policy, 3, &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(related[0].protos[0], IPPROTO_GRE);
	ck_assert_uint_eq(related[0].by, SW_BY_EITHER);
	sw_policy_destroy(policy);
}
END_TEST

static void
drop_comments(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0';)
		if (*from == '#')
			from += strcspn(from, "\n");
		else
			*to++ = *from++;
	*to = '\0';
}

/* With the place of each value. */
START_TEST(a_dump_reads_back_as_the_same)
{
	static char first[1 << 16], second[1 << 16];
	struct sw_conf *conf = config_taken(FTP);

	config_dump(conf, first, sizeof first);
	sw_conf_free(conf);
	ck_assert_ptr_nonnull(strstr(first, "\trelated { # line 4 of "));
	ck_assert_ptr_nonnull(
	    strstr(first, "\t\tto-port = { 1024-65535, '!3000' } # "));
	ck_assert_ptr_nonnull(strstr(first, "\t\tto-port = { same }"));
	ck_assert_ptr_nonnull(strstr(first, "\t\twithin = 5m"));
	conf = config_taken(first);
	config_dump(conf, second, sizeof second);
	ck_assert_uint_eq(conf->n_related, 3);
	sw_conf_free(conf);
	drop_comments(first);
	drop_comments(second);
	ck_assert_str_eq(first, second);
}
END_TEST

static const struct {
	const char *text;
	const char *warning; /* a part of the only one, or NULL */
} warned[] = {
	{ "default-action = deny\n"
	  "rule \"ftp\" { port = 21\n"
	  "\trelated { protocol = tcp from-any-port = true\n"
	  "\t          to-port = { 1024-65535 } by = client } }\n",
	    "text:3:2: warning: rule \"ftp\": related has every connection of "
	    "the rule hold 64512 ports of its server open to that client; " },
	{ "rule \"no\" { port = 1 action = deny }\n"
	  "rule \"ftp\" { port = 21 related { protocol = tcp from-any-port = "
	  "true to-port = { 2000-2999 } } }\n",
	    "hold 1000 ports of its client open to that server; " },
	{ "rule \"no\" { port = 1 action = deny }\n"
	  "rule \"ftp\" { port = 21 related { protocol = tcp from-any-port = "
	  "true to-port = { 2000-2998 } } }\n",
	    NULL },
	{ "default-action = reject\n"
	  "rule \"ftp\" { port = 21 related { protocol = tcp source-port = 20 "
	  "to-port = { 1024-65535 } } }\n",
	    NULL },
	{ "default-action = deny\n"
	  "rule \"tftp\" { protocol = udp port = 69 related { protocol = udp "
	  "from-any-port = true to-port = same } }\n",
	    NULL },
	{ "rule \"ftp\" { port = 21 related { protocol = tcp source-port = 20 "
	  "to-port = { 1024-65535 } } }\n",
	    "rule \"ftp\": related has no effect: nothing is denied; write "
	    "default-action = deny, or the rule without it" },
};

START_TEST(what_is_said_of_it)
{
	struct sw_conf *conf = config_taken(warned[_i].text);
	struct sw_conf_errors warnings;

	sw_conf_warn(conf, &warnings);
	ck_assert_uint_eq(warnings.n, warned[_i].warning != NULL);
	if (warned[_i].warning != NULL) {
		ck_assert(warnings.list[0].warning);
		ck_assert_str_eq(warnings.list[0].key, "related");
		ck_assert_msg(
		    strstr(warnings.list[0].text, warned[_i].warning) != NULL,
		    "%s", warnings.list[0].text);
	}
	sw_conf_errors_free(&warnings);
	sw_conf_free(conf);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("related");

	tcase_add_test(tcase, each_rule_has_its_own);
	tcase_add_test(tcase, a_dump_reads_back_as_the_same);
	tcase_add_loop_test(
	    tcase, what_is_said_of_it, 0, sizeof(warned) / sizeof(warned[0]));
	return run_case("related of configurations", tcase);
}
