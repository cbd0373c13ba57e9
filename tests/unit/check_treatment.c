/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_treatment: what the policy of a configuration does to packets.
 *
 * Each scene is a configuration as one would write it and the packets that
 * meet it.  An expected refusal that passes fails, and one by the wrong
 * rule, too.
 */
#include <check.h>

#include "runner.h"
#include "stage.h"

enum {
	STEPS = 12,
};

struct scene {
	const char *name, *conf;
	struct stage_row rows[STEPS];
};

static const struct scene scenes[] = {
	{ "first match wins",
	    "rule \"a\" { to = { 10.2.0.2 } port = 80 }\n"
	    "rule \"b\" { to = { 10.2.0.0/24 } action = deny }\n",
	    {
		{ 0, C4, S4, 80, "S", 1, 0, "pass" },
		{ 1, C4, S4, 81, "S", 1, 0, "drop: Denied by rule, b" },
		{ 2, C4, "10.2.0.3", 80, "S", 1, 0, "drop: Denied by rule, b" },
		{ 3, C4, "10.2.1.3", 80, "S", 1, 0, "pass" },
	    } },
	{ "answers belong to their opener's rule",
	    "rule \"out\" { from = { 10.1.0.0/16 } }\n"
	    "rule \"no\" { action = deny }\n",
	    {
		{ 0, C4, S4, 80, "S", 1000, 0, "pass" },
		{ 1, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		{ 2, C4, S4, 80, "A", 1001, 5001, "pass" },
		{ 3, S4, 4000, "10.1.0.2", 80, "S", 1, 0,
		    "drop: Denied by rule, no" },
		{ 4, C4, S4, 53, "udp", 0, 0, "pass" },
		{ 5, S4, 53, "10.1.0.2", 40000, "udp", 0, 0, "pass" },
		{ 6, S4, 53, "10.1.0.2", 40001, "udp", 0, 0,
		    "drop: Denied by rule, no" },
	    } },
	{ "protocols, ports and interfaces",
	    "rule \"dns\" { protocol = udp port = { 53, 5000-5010 } }\n"
	    "rule \"in\" { protocol = tcp in = eth2 out = eth1 action = deny "
	    "}\n"
	    "rule \"ping\" { protocol = icmp action = deny }\n"
	    "rule \"rest\" { protocol = udp action = deny }\n",
	    {
		{ 0, C4, S4, 53, "udp", 0, 0, "pass" },
		{ 1, C4, S4, 5010, "udp", 0, 0, "pass" },
		{ 2, C4, S4, 5011, "udp", 0, 0, "drop: Denied by rule, rest" },
		{ 3, C4, S4, 53, "S", 1, 0, "pass" },
		{ 4, S4, 53, "10.1.0.3", 53, "S", 1, 0,
		    "drop: Denied by rule, in" },
		{ 5, "10.1.0.2", 7, S4, 7, "ping", 0, 0,
		    "drop: Denied by rule, ping" },
		{ 6, "fd01::2", 7, S6, 7, "ping", 0, 0,
		    "drop: Denied by rule, ping" },
	    } },
	{ "both families",
	    "rule \"guest\" { to = { 10.2.0.0/16, fd02::/16 } action = deny }",
	    {
		{ 0, C4, S4, 80, "S", 1, 0, "drop: Denied by rule, guest" },
		{ 1, C6, S6, 80, "S", 1, 0, "drop: Denied by rule, guest" },
		{ 2, C6, "fd03::1", 80, "S", 1, 0, "pass" },
		{ 3, C4, "10.3.0.1", 80, "S", 1, 0, "pass" },
	    } },
	{ "what would be denied anyway is denied, not without a SYN",
	    "rule \"guest\" { to = { 10.2.0.0/16 } action = deny }",
	    {
		{ 0, C4, S4, 80, "FA", 1, 1, "drop: Denied by rule, guest" },
		{ 1, C4, "10.3.0.1", 80, "FA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
		{ 2, C4, S4, 80, "SF", 1, 1, "drop: Invalid TCP flags, guest" },
	    } },
	{ "default-action",
	    "default-action = deny\n"
	    "rule \"web\" { port = { 80 } }",
	    {
		{ 0, C4, S4, 80, "S", 1, 0, "pass" },
		{ 1, C4, S4, 81, "S", 1, 0, "drop: Denied by rule, default" },
	    } },
	{ "tracking = off, both directions, single packets",
	    "rule \"legacy\" { protocol = tcp from = { 10.1.0.0/16 }\n"
	    "\tto = { 10.2.0.9/32 } port = 4000 tracking = off }",
	    {
		{ 0, C4, "10.2.0.9", 4000, "PA", 1, 1, "pass" },
		{ 1, "10.2.0.9", 4000, "10.1.0.2", 40000, "SA", 1, 1, "pass" },
		{ 2, "10.2.0.9", 4000, "10.1.0.2", 40000, "F", 1, 1, "pass" },
		{ 3, C4, "10.2.0.9", 4001, "PA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
		{ 4, "10.2.0.9", 4001, "10.1.0.2", 40000, "PA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
	    } },
	{ "tracking = off goes no further than its place among the rules",
	    "rule \"ssh\" { protocol = tcp port = 22 action = deny }\n"
	    "rule \"web\" { protocol = tcp port = 80 }\n"
	    "rule \"legacy\" { port = 4000 tracking = off }\n"
	    "rule \"dns\" { port = 53 action = deny }",
	    {
		/* Its port is no way around the rules before it... */
		{ 0, "10.1.0.2", 4000, S4, 22, "S", 1, 0,
		    "drop: Denied by rule, ssh" },
		{ 1, "10.1.0.2", 4000, S4, 80, "S", 1000, 0, "pass" },
		{ 2, S4, 80, "10.1.0.2", 4000, "SA", 5000, 1001, "pass" },
		{ 3, "10.1.0.2", 4000, S4, 80, "R", 1001, 0, "pass" },
		/* ...nor around the one after it, for a SYN... */
		{ 4, S4, 4000, "10.1.0.2", 53, "S", 1, 0,
		    "drop: Denied by rule, dns" },
		/* ...but a datagram from there may be an answer. */
		{ 5, "10.1.0.2", 4000, S4, 53, "udp", 0, 0, "pass" },
		/* What answers may look as if it called a port before it. */
		{ 6, S4, 4000, "10.1.0.2", 22, "A", 1, 1, "pass" },
		{ 7, C4, S4, 53, "udp", 0, 0, "drop: Denied by rule, dns" },
	    } },
	{ "tracking = off for all, and rules that say otherwise",
	    "tracking = off\n"
	    "rule \"ssh\" { protocol = tcp port = 22 action = deny }\n"
	    "rule \"web\" { protocol = tcp port = 80 tracking = normal }",
	    {
		{ 0, C4, S4, 22, "S", 1, 0, "drop: Denied by rule, ssh" },
		{ 1, C4, S4, 22, "A", 1, 1, "drop: Denied by rule, ssh" },
		{ 2, C4, S4, 80, "PA", 1, 1,
		    "drop: Not a Valid SYN Packet, web" },
		{ 3, C4, S4, 80, "S", 1000, 0, "pass" },
		{ 4, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		{ 5, S4, 80, "10.1.0.2", 40001, "SA", 5000, 1001,
		    "drop: Not a Valid SYN Packet, web" },
		{ 6, C4, S4, 81, "PA", 1, 1, "pass" },
		{ 7, S4, 81, "10.1.0.2", 40000, "PA", 1, 1, "pass" },
	    } },
	{ "tracking = off for all, and what no rule names is denied",
	    "tracking = off default-action = deny\n"
	    "rule \"web\" { protocol = tcp port = 80 }",
	    {
		{ 0, C4, S4, 80, "PA", 1, 1, "pass" },
		{ 1, S4, 80, "10.1.0.2", 40000, "PA", 1, 1, "pass" },
		{ 2, C4, S4, 81, "S", 1, 0, "drop: Denied by rule, default" },
		{ 3, C4, S4, 81, "PA", 1, 1, "drop: Denied by rule, default" },
	    } },
	{ "tracking = loose, by rule",
	    "rule \"l\" { protocol = tcp port = 80 tracking = loose }",
	    {
		{ 0, C4, S4, 80, "PA", 1000, 7000, "pass" },
		{ 1, S4, 80, "10.1.0.2", 40000, "A", 7000, 1010, "pass" },
		{ 2, C4, S4, 81, "PA", 1000, 7000,
		    "drop: Not a Valid SYN Packet, default" },
	    } },
	{ "tracking = strict, by rule",
	    "rule \"s\" { protocol = tcp port = 80 tracking = strict }",
	    {
		{ 0, C4, S4, 80, "S", 1000, 0, "pass" },
		{ 1, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		{ 2, C4, S4, 80, "A", 1001, 5001, "pass" },
		{ 3, C4, S4, 80, "PA", 900000, 5001, "drop: Out of window, s" },
		{ 4, C4, S4, 81, "S", 1000, 0, "pass" },
		{ 5, S4, 81, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		{ 6, C4, S4, 81, "A", 1001, 5001, "pass" },
		{ 7, C4, S4, 81, "PA", 900000, 5001, "pass" },
	    } },
	{ "mode = observe, for all",
	    "mode = observe\n"
	    "rule \"no\" { port = 81 action = deny }",
	    {
		{ 0, C4, S4, 80, "PA", 1, 1,
		    "pass: would drop Not a Valid SYN Packet, default" },
		{ 1, C4, S4, 81, "S", 1, 0,
		    "pass: would drop Denied by rule, no" },
		{ 2, C4, S4, 80, "SF", 1, 0,
		    "pass: would drop Invalid TCP flags, default" },
	    } },
	{ "mode = observe, by rule, or all but one",
	    "mode = observe\n"
	    "rule \"strict\" { port = 81 mode = enforce }",
	    {
		{ 0, C4, S4, 80, "PA", 1, 1,
		    "pass: would drop Not a Valid SYN Packet, default" },
		{ 1, C4, S4, 81, "PA", 1, 1,
		    "drop: Not a Valid SYN Packet, strict" },
	    } },
	{ "on-orphan",
	    "on-orphan = reset\n"
	    "rule \"a\" { port = 81 on-orphan = accept }\n"
	    "rule \"d\" { port = 82 on-orphan = drop }",
	    {
		{ 0, C4, S4, 80, "PA", 1, 1,
		    "drop: reset Not a Valid SYN Packet, default" },
		{ 1, C4, S4, 80, "RA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
		{ 2, C4, S4, 81, "PA", 1, 1,
		    "pass: accept Not a Valid SYN Packet, a" },
		{ 3, C4, S4, 82, "PA", 1, 1,
		    "drop: Not a Valid SYN Packet, d" },
		{ 4, C4, S4, 81, "SF", 1, 1, "drop: Invalid TCP flags, a" },
	    } },
};

START_TEST(policy_decides)
{
	const struct scene *scene = &scenes[_i];
	struct stage stage = stage_open(scene->conf);
	unsigned n = 0;

	for (; n < STEPS && scene->rows[n].src != NULL; n++)
		stage_step(&stage, scene->name, n, &scene->rows[n]);
	ck_assert_uint_gt(n, 0);
	stage_close(&stage);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("scenes");

	tcase_add_loop_test(
	    tcase, policy_decides, 0, sizeof scenes / sizeof scenes[0]);
	return run_case("treatment", tcase);
}
