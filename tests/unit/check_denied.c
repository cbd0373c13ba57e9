/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_denied: nothing that the policy denies ever opens.
 *
 * Each scene is a configuration and the packets that try to get around it:
 * through a flow, through a rule without tracking, through the kind of a
 * message or through another interface.  10.1.0.0/16 and fd01::/16 are the
 * inside, at interface 1.
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

/* The inside, at a port of its own, and a service of it. */
#define IN4 "10.1.0.2"
#define IN6 "fd01::2"

#define OUTWARDS                                                          \
	"default-action = deny\n"                                         \
	"rule \"out\" { protocol = tcp from = { 10.1.0.0/16, fd01::/16 }" \
	" port = { 443 } "
#define UNKNOWN "drop: Not a Valid SYN Packet, web"
#define BY_LAN "default-action = deny\nrule \"out\" { in = eth1 "
#define OPENED                                                    \
	{ 0, IN4, 40000, S4, 443, "S", 1000, 0, "pass" },         \
	    { 1, S4, 443, IN4, 40000, "SA", 5000, 1001, "pass" }, \
	{                                                         \
		2, IN4, 40000, S4, 443, "A", 1001, 5001, "pass"   \
	}
#define REFUSED "drop: Denied by rule, default"
#define STRAY "drop: Not a Valid SYN Packet, out"

static const struct scene scenes[] = {
	{ "loose: a stray ACK from the denied side admits no SYN",
	    OUTWARDS "tracking = loose }",
	    {
		{ 0, S4, 443, IN4, 3389, "A", 5001, 1, STRAY },
		{ 1, S4, 443, IN4, 3389, "S", 7777, 0, REFUSED },
		{ 2, IN4, 3389, S4, 443, "SA", 42, 7778, REFUSED },
		{ 3, S4, 443, IN4, 3389, "A", 7778, 43, STRAY },
		{ 4, S6, 443, IN6, 3389, "A", 5001, 1, STRAY },
		{ 5, S6, 443, IN6, 3389, "S", 7777, 0, REFUSED },
		/* Ports the other way round tell nothing either. */
		{ 6, S4, 50000, IN4, 22, "A", 5001, 1, REFUSED },
		{ 7, S4, 50000, IN4, 22, "S", 7777, 0, REFUSED },
	    } },
	{ "loose: nor does a SYN pass into what the allowed side began",
	    OUTWARDS "tracking = loose }",
	    {
		{ 0, IN4, 3389, S4, 443, "A", 100, 200, "pass" },
		{ 1, S4, 443, IN4, 3389, "A", 200, 101, "pass" },
		{ 2, S4, 443, IN4, 3389, "S", 7777, 0, REFUSED },
		{ 3, S4, 443, IN4, 3389, "SFA", 7777, 0,
		    "drop: Invalid TCP flags, out" },
		{ 4, S4, 443, IN4, 3389, "SF", 7777, 0,
		    "drop: Invalid TCP flags, out" },
		{ 5, S4, 443, IN4, 3389, "PA", 200, 101, "pass" },
		/* The opener may begin again. */
		{ 6, IN4, 3389, S4, 443, "S", 9000, 0, "pass" },
		{ 7, S4, 443, IN4, 3389, "SA", 700, 9001, "pass" },
		{ 8, IN4, 3389, S4, 443, "A", 9001, 701, "pass" },
	    } },
	{ "loose: only a segment with ACK and nothing else picks up",
	    "tracking = loose",
	    {
		{ 0, C4, S4, 80, "FA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
		{ 1, C4, S4, 80, "RA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
		{ 2, C4, S4, 80, "R", 1, 0,
		    "drop: Not a Valid SYN Packet, default" },
		{ 3, C4, S4, 80, "SA", 1, 1,
		    "drop: Not a Valid SYN Packet, default" },
		{ 4, C4, S4, 80, "UA", 1, 1, "pass" },
		{ 5, S4, 80, "10.1.0.2", 40001, "PA", 1, 1, "pass" },
	    } },
	{ "loose: the rule that denies its own direction decides",
	    "tracking = loose\n"
	    "rule \"no\" { protocol = tcp port = { 80 } action = deny }",
	    {
		{ 0, C4, S4, 80, "PA", 1, 1, "drop: Denied by rule, no" },
		{ 1, C4, S4, 80, "A", 1, 1, "drop: Denied by rule, no" },
		{ 2, C6, S6, 80, "PA", 1, 1, "drop: Denied by rule, no" },
		/* From port 80 is the other direction: nothing denies it. */
		{ 3, S4, 80, IN4, 40000, "PA", 1, 1, "pass" },
		{ 4, IN4, 40000, S4, 80, "A", 1, 11, "pass" },
		/* But no SYN comes that way. */
		{ 5, IN4, 40000, S4, 80, "S", 900, 0,
		    "drop: Denied by rule, no" },
	    } },
	{ "loose: who is tracked otherwise is not picked up by his ports",
	    "rule \"l\" { protocol = tcp port = 80 tracking = loose }",
	    {
		{ 0, S4, 80, IN4, 40000, "PA", 1, 1,
		    "drop: Not a Valid SYN Packet, l" },
		{ 1, IN4, 40000, S4, 80, "A", 1, 11, "pass" },
		{ 2, S4, 80, IN4, 40000, "PA", 11, 1, "pass" },
	    } },
	{ "a SYN of the called side is asked the policy", OUTWARDS "}",
	    {
		{ 0, IN4, 40000, S4, 443, "S", 1000, 0, "pass" },
		/* No simultaneous open with the side that must not open. */
		{ 1, S4, 443, IN4, 40000, "S", 5000, 0, REFUSED },
		{ 2, S4, 443, IN4, 40000, "SA", 5000, 1001, "pass" },
		{ 3, IN4, 40000, S4, 443, "A", 1001, 5001, "pass" },
		{ 4, S4, 443, IN4, 40000, "S", 7000, 0, REFUSED },
		{ 5, IN4, 40000, S4, 443, "FA", 1001, 5001, "pass" },
		{ 6, S4, 443, IN4, 40000, "FA", 5001, 1002, "pass" },
		{ 7, IN4, 40000, S4, 443, "A", 1002, 5002, "pass" },
		/* Closed, and still refused it ends nothing. */
		{ 8, S4, 443, IN4, 40000, "S", 9000, 0, REFUSED },
		{ 9, IN4, 40000, S4, 443, "A", 1002, 5002, "pass" },
	    } },
	{ "after a reset the called side does not begin either", OUTWARDS "}",
	    {
		{ 0, IN4, 40000, S4, 443, "S", 1000, 0, "pass" },
		{ 1, S4, 443, IN4, 40000, "SA", 5000, 1001, "pass" },
		{ 2, IN4, 40000, S4, 443, "A", 1001, 5001, "pass" },
		{ 3, IN4, 40000, S4, 443, "R", 1001, 0, "pass" },
		{ 4, S4, 443, IN4, 40000, "S", 9000, 0, REFUSED },
		{ 5, IN4, 40000, S4, 443, "SA", 77, 9001, STRAY },
	    } },
	{ "observed, such a SYN passes and is told",
	    "mode = observe\n" OUTWARDS "}",
	    {
		{ 0, IN4, 40000, S4, 443, "S", 1000, 0, "pass" },
		{ 1, S4, 443, IN4, 40000, "S", 5000, 0,
		    "pass: would drop Denied by rule, default" },
		{ 2, IN4, 40000, S4, 443, "SA", 1000, 5001, "pass" },
	    } },
	{ "on-orphan = accept opens nothing",
	    "on-orphan = accept\n" OUTWARDS "on-orphan = accept }",
	    {
		{ 0, S4, 443, IN4, 3389, "A", 1, 1,
		    "pass: accept Not a Valid SYN Packet, out" },
		{ 1, S4, 443, IN4, 3389, "S", 7777, 0, REFUSED },
		{ 2, S4, 443, IN4, 3389, "SF", 7777, 0,
		    "drop: Invalid TCP flags, default" },
	    } },
	{ "off: no SYN from the port of the rule", OUTWARDS "tracking = off }",
	    {
		{ 0, S4, 443, IN4, 22, "S", 1, 0, REFUSED },
		{ 1, S6, 443, IN6, 22, "S", 1, 0, REFUSED },
		{ 2, S4, 443, IN4, 22, "SP", 1, 0, REFUSED },
		{ 3, S4, 443, IN4, 22, "SU", 1, 0, REFUSED },
		/* Some hosts take these for SYNs. */
		{ 4, S4, 443, IN4, 22, "SF", 1, 0,
		    "drop: Invalid TCP flags, default" },
		{ 5, S4, 443, IN4, 22, "SFP", 1, 0,
		    "drop: Invalid TCP flags, default" },
		{ 6, S4, 443, IN4, 22, "SR", 1, 0,
		    "drop: Invalid TCP flags, default" },
		/* Answers, and whatever the inside sends. */
		{ 7, S4, 443, IN4, 22, "SA", 1, 1, "pass" },
		{ 8, S4, 443, IN4, 22, "A", 1, 1, "pass" },
		{ 9, IN4, 22, S4, 443, "S", 1, 0, "pass" },
		{ 10, IN4, 22, S4, 443, "SF", 1, 0, "pass" },
		{ 11, IN6, 22, S6, 443, "S", 1, 0, "pass" },
	    } },
	{ "off: no echo request against the rule, and its answers",
	    "default-action = deny\n"
	    "rule \"p\" { protocol = icmp from = { 10.1.0.0/16, fd01::/16 } "
	    "tracking = off }",
	    {
		{ 0, IN4, 7, S4, 8, "ping", 0, 0, "pass" },
		{ 1, S4, 8, IN4, 7, "pong", 0, 0, "pass" },
		{ 2, S4, 7, IN4, 8, "ping", 0, 0, REFUSED },
		{ 3, S6, 7, IN6, 128, "ping", 0, 0, REFUSED },
		{ 4, IN6, 7, S6, 128, "ping", 0, 0, "pass" },
	    } },
	{ "off: a datagram does not tell an answer from an opening",
	    "default-action = deny\n"
	    "rule \"dns\" { protocol = udp from = { 10.1.0.0/16 } "
	    "port = { 53 } tracking = off }",
	    {
		{ 0, IN4, 40000, S4, 53, "udp", 0, 0, "pass" },
		{ 1, S4, 53, IN4, 40000, "udp", 0, 0, "pass" },
		{ 2, S4, 53, IN4, 161, "udp", 0, 0, "pass" },
		{ 3, S4, 54, IN4, 161, "udp", 0, 0, REFUSED },
	    } },
	{ "link messages: forwarded, the policy decides",
	    "default-action = deny\n"
	    "rule \"in\" { protocol = icmp to = { 10.1.0.0/16 } }",
	    {
		{ 0, IN6, 0, S6, 0, "link", 0, 0, REFUSED },
		{ 1, S6, 0, IN6, 0, "link", 0, 0, REFUSED },
		{ 2, IN4, 0, S4, 0, "link", 0, 0, REFUSED },
		{ 3, S4, 0, IN4, 0, "link", 0, 0, "pass" },
		/* What passed is no reason for an answer to pass. */
		{ 4, IN4, 0, S4, 0, "link", 0, 0, REFUSED },
		/* An end of them is the gateway itself. */
		{ 5, IN6, 0, S6, 0, "link", 0, 0, "pass", 1, STAGE_NONE },
		{ 6, IN6, 0, S6, 0, "link", 0, 0, "pass", STAGE_NONE, 2 },
		{ 7, IN4, 0, S4, 0, "link", 0, 0, "pass", 1, STAGE_NONE },
	    } },
	{ "interfaces: the opener's addresses from a denied one", BY_LAN "}",
	    {
		OPENED,
		{ 3, IN4, 40000, S4, 443, "PA", 1001, 5001, REFUSED, 3, 2 },
		{ 4, IN4, 40000, S4, 443, "R", 1001, 0, REFUSED, 3, 2 },
		{ 5, IN4, 40000, S4, 443, "FA", 1001, 5001, REFUSED, 3, 2 },
		{ 6, IN4, 40000, S4, 443, "PA", 1001, 5001, "pass" },
		/* By where it goes out the rule asks nothing. */
		{ 7, IN4, 40000, S4, 443, "PA", 1011, 5001, "pass", 1, 3 },
		{ 8, S4, 443, IN4, 40000, "A", 5001, 1021, "pass", 3, 1 },
		{ 9, S4, 443, IN4, 40000, "R", 5001, 0, "pass" },
	    } },
	{ "interfaces: indices above those that have a code",
	    "default-action = deny rule \"out\" { in = eth3001 }",
	    {
		{ 0, C4, S4, 443, "S", 1000, 0, "pass", 3001, 3002 },
		{ 1, S4, 443, IN4, 40000, "SA", 5000, 1001, "pass", 3002,
		    3001 },
		{ 2, C4, S4, 443, "A", 1001, 5001, "pass", 3001, 3002 },
		{ 3, C4, S4, 443, "PA", 1001, 5001, "pass", 3001, 3002 },
		{ 4, C4, S4, 443, "PA", 1011, 5001, REFUSED, 3003, 3002 },
		{ 5, C4, S4, 443, "PA", 1011, 5001, REFUSED, 2047, 2047 },
		{ 6, C4, S4, 443, "R", 1011, 0, REFUSED, 1, 3002 },
		{ 7, C4, S4, 443, "PA", 1011, 5001, "pass", 3001, 3002 },
		{ 8, S4, 443, IN4, 40000, "A", 5001, 1021, "pass", 3002, 3001 },
	    } },
	{ "interfaces: replies from one that a rule before denies",
	    "default-action = deny\n"
	    "rule \"no\" { in = eth3 action = deny }\n"
	    "rule \"out\" { in = eth1 }",
	    {
		OPENED,
		{ 3, S4, 443, IN4, 40000, "PA", 5001, 1001,
		    "drop: Denied by rule, no", 3, 1 },
		{ 4, S4, 443, IN4, 40000, "R", 5001, 0,
		    "drop: Denied by rule, no", 3, 1 },
		{ 5, S4, 443, IN4, 40000, "PA", 5001, 1001, "pass", 4, 1 },
		{ 6, S4, 443, IN4, 40000, "PA", 5011, 1001, "pass" },
		{ 7, IN4, 40001, S4, 53, "udp", 0, 0, "pass" },
		{ 8, S4, 53, IN4, 40001, "udp", 0, 0,
		    "drop: Denied by rule, no", 3, 1 },
		{ 9, S4, 53, IN4, 40001, "udp", 0, 0, "pass" },
	    } },
	{ "interfaces: replies by one where the opener must not go out",
	    "default-action = deny\n"
	    "rule \"out\" { in = eth1 out = { eth2, eth4 } }",
	    {
		OPENED,
		{ 3, S4, 443, IN4, 40000, "PA", 5001, 1001, REFUSED, 3, 1 },
		{ 4, S4, 443, IN4, 40000, "PA", 5001, 1001, "pass", 4, 1 },
		{ 5, IN6, 40000, S6, 443, "S", 1000, 0, "pass" },
		{ 6, S6, 443, IN6, 40000, "SA", 5000, 1001, REFUSED, 3, 1 },
		{ 7, S6, 443, IN6, 40000, "SA", 5000, 1001, "pass", 4, 1 },
	    } },
	{ "interfaces: a refusal that is copied from a denied one",
	    "default-action = deny\n"
	    "rule \"no\" { in = eth3 action = deny }\n"
	    "rule \"out\" { in = eth1 }",
	    {
		{ 0, IN4, 40000, S4, 443, "S", 1000, 0, "pass" },
		{ 1, S4, 443, IN4, 40000, "RA", 0, 1001, "pass" },
		{ 2, S4, 443, IN4, 40000, "RA", 0, 1001, STRAY, 3, 1 },
		/* The queue gives it a second time. */
		{ 3, S4, 443, IN4, 40000, "RA", 0, 1001, "pass" },
	    } },
	{ "interfaces: roam = true", BY_LAN "roam = true }",
	    {
		OPENED,
		{ 3, IN4, 40000, S4, 443, "PA", 1001, 5001, "pass", 3, 2 },
		{ 4, S4, 443, IN4, 40000, "A", 5001, 1011, "pass", 2, 3 },
		/* But to open is another matter. */
		{ 5, IN4, 40000, S4, 443, "S", 9000, 0, REFUSED, 3, 2 },
		{ 6, IN4, 40001, S4, 443, "S", 9000, 0, REFUSED, 3, 2 },
		{ 7, IN4, 40000, S4, 443, "R", 1011, 0, "pass", 3, 2 },
	    } },
	{ "a SYN/ACK that the gateway sends for a server",
	    "default-action = deny\n"
	    "rule \"web\" { port = { 443 } }",
	    {
		/* SYNPROXY answers the client, then opens itself. */
		{ 0, S4, 443, IN4, 40000, "SA", 77, 1001, "pass", STAGE_NONE,
		    1 },
		{ 1, IN4, 40000, S4, 443, "S", 1000, 0, "pass", STAGE_NONE, 2 },
		{ 2, S4, 443, IN4, 40000, "SA", 5000, 1001, "pass", 2, 1 },
		{ 3, IN4, 40000, S4, 443, "A", 1001, 5001, "pass", STAGE_NONE,
		    2 },
		{ 4, S4, 443, IN4, 40000, "A", 78, 1001, "pass", STAGE_NONE,
		    1 },
		{ 5, IN4, 40000, S4, 443, "PA", 1001, 78, "pass", 1, 2 },
		/* Others' answers still need their SYN, as does what follows
		 * it, and all need a rule. */
		{ 6, S4, 443, IN4, 40001, "SA", 77, 1001, UNKNOWN, 2, 1 },
		{ 7, S4, 443, IN4, 40001, "SA", 77, 1001, UNKNOWN, 2,
		    STAGE_NONE },
		{ 8, S4, 443, IN4, 40001, "A", 77, 1001, UNKNOWN, STAGE_NONE,
		    1 },
		{ 9, S4, 443, IN4, 40001, "R", 77, 1001, UNKNOWN, STAGE_NONE,
		    1 },
		{ 10, S4, 80, IN4, 40001, "SA", 77, 1001, REFUSED, STAGE_NONE,
		    1 },
	    } },
	{ "interfaces: a connection of the gateway's own",
	    "default-action = deny rule \"own\" { in = eth1 }\n"
	    "rule \"mine\" { from = { 10.1.0.2 } out = eth2 }",
	    {
		{ 0, "10.1.0.3", 40000, S4, 22, "S", 1000, 0, "pass", 1,
		    STAGE_NONE },
		{ 1, S4, 22, "10.1.0.3", 40000, "SA", 5000, 1001, "pass",
		    STAGE_NONE, 5 },
		{ 2, "10.1.0.3", 40000, S4, 22, "A", 1001, 5001, "pass", 1,
		    STAGE_NONE },
		{ 3, "10.1.0.3", 40000, S4, 22, "R", 1001, 0, REFUSED, 3,
		    STAGE_NONE },
		{ 4, S4, 22, "10.1.0.3", 40000, "PA", 5001, 1001, "pass",
		    STAGE_NONE, 5 },
		/* It calls; nobody else calls as if he were it. */
		{ 5, IN4, 40000, S4, 80, "S", 1000, 0, "pass", STAGE_NONE, 2 },
		{ 6, S4, 80, IN4, 40000, "SA", 5000, 1001, "pass", 2,
		    STAGE_NONE },
		{ 7, IN4, 40000, S4, 80, "A", 1001, 5001, REFUSED, 3, 6 },
		{ 8, IN4, 40000, S4, 80, "A", 1001, 5001, "pass", STAGE_NONE,
		    2 },
	    } },
};

START_TEST(denied_never_opens)
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

/* The policy is asked once about each of two ways that take turns, and about
 * every packet of one that it denies. */
START_TEST(ways_in_turns)
{
	static const struct stage_row opened[] = { OPENED };
	struct stage stage = stage_open(BY_LAN "}");
	struct sw_flow_info info;

	for (unsigned n = 0; n < 3; n++)
		stage_step(&stage, "in turns", n, &opened[n]);
	for (unsigned n = 0; n < 20; n++) {
		struct stage_row row = { 3 + n, S4, 443, IN4, 40000, "PA",
			5001 + 10 * n, 1001, "pass", n & 1 ? 3 : 2, 1 };

		stage_step(&stage, "in turns", n, &row);
	}
	/* A reload denies the third interface: what was allowed stays. */
	stage_reload(&stage,
	    "default-action = deny\n"
	    "rule \"no\" { in = eth3 action = deny }\n"
	    "rule \"out\" { in = eth1 }",
	    30);
	for (unsigned n = 20; n < 40; n++) {
		struct stage_row row = { 20 + n, S4, 443, IN4, 40000, "PA",
			5001 + 10 * n, 1001, "pass", n & 1 ? 3 : 2, 1 };

		stage_step(&stage, "in turns", n, &row);
	}
	ck_assert_uint_eq(
	    sw_engine_list(stage.engine, (struct sw_time){ 70 * SW_NS_PER_MS },
		&(uint32_t){ 0 }, 128, &info, 1),
	    1);
	/* Counts are not disturbed by what is written above them. */
	ck_assert_uint_eq(info.side[0].packets, 2);
	ck_assert_uint_eq(info.side[1].packets, 41);
	ck_assert_uint_eq(info.back_in, 3);
	stage_close(&stage);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("scenes");

	tcase_add_loop_test(
	    tcase, denied_never_opens, 0, sizeof scenes / sizeof scenes[0]);
	tcase_add_test(tcase, ways_in_turns);
	return run_case("denied", tcase);
}
