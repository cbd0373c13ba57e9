/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_hint_related: the hint of a denied packet whose hosts have a parent.
 *
 * Each hint is a configuration, and with it the packet passes.
 */
#include <check.h>
#include <string.h>

#include "report/hint.h"
#include "runner.h"
#include "stage.h"
#include "synward/diagnose.h"

enum {
	STEPS = 8,
};

struct scene {
	const char *rule; /* of the parent */
	struct stage_row rows[STEPS];
	const char *hint; /* NULL: none */
};

#define DENIED "drop: Denied by rule, default"
#define TCP_PARENT(port)                                   \
	{ 0, C4, S4, port, "S", 1000, 0, "pass" },         \
	    { 1, S4, port, C4, "SA", 5000, 1001, "pass" }, \
	{                                                  \
		2, C4, S4, port, "A", 1001, 5001, "pass"   \
	}

static const struct scene scenes[] = {
	{ "port = 21",
	    { TCP_PARENT(21),
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED } },
	    "rule x: related { protocol = tcp source-port = 20 to-port = "
	    "1024-65535 }" },
	{ "port = 21",
	    { TCP_PARENT(21),
		{ 3, S4, 5000, "10.1.0.2", 2000, "S", 1, 0, DENIED } },
	    "rule x: related { protocol = tcp from-any-port = true to-port = "
	    "1024-65535 }" },
	{ "port = 21",
	    { TCP_PARENT(21),
		{ 3, "10.1.0.2", 2000, S4, 50000, "S", 1, 0, DENIED } },
	    "rule x: related { protocol = tcp from-any-port = true to-port = "
	    "1024-65535 by = client }" },
	/* These are not of FTP. */
	{ "port = 21",
	    { TCP_PARENT(21),
		{ 3, "10.1.0.2", 2000, S4, 23, "S", 1, 0, DENIED } },
	    NULL },
	{ "port = 21",
	    { TCP_PARENT(21),
		{ 3, S4, 20, "10.1.0.2", 2000, "udp", 1, 0, DENIED } },
	    NULL },
	/* Nor is this one of a service that opens others. */
	{ "port = 80",
	    { TCP_PARENT(80),
		{ 3, S4, 2000, "10.1.0.2", 2000, "S", 1, 0, DENIED } },
	    NULL },
	{ "port = 21 related { protocol = tcp source-port = 20 to-port = 2001 "
	  "}",
	    { TCP_PARENT(21),
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED } },
	    "rule x: related { protocol = tcp source-port = 20 to-port = "
	    "1024-65535 }" },
	{ "port = 21 related { protocol = tcp source-port = 20 to-port = 2000 "
	  "}",
	    { TCP_PARENT(21),
		{ 100000, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED } },
	    "rule x: related { protocol = tcp source-port = 20 to-port = "
	    "1024-65535 within = 120s }" },
	{ "port = 21 related { protocol = tcp source-port = 20 to-port = "
	  "{ 1999, 2000 } limit = 1 }",
	    { TCP_PARENT(21),
		{ 3, S4, 20, "10.1.0.2", 1999, "S", 1, 0, "pass" },
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED } },
	    "rule x: related { protocol = tcp source-port = 20 to-port = "
	    "1024-65535 limit = 2 }" },
	{ "port = 21 related { protocol = tcp source-port = 20 to-port = 2000 "
	  "}",
	    { TCP_PARENT(21),
		{ 3, S4, 20, "10.1.0.2", 2000, "S", 1, 0, DENIED, 3, 1 } },
	    "rule x: roam = true" },
	{ "protocol = udp port = 69",
	    { { 0, C4, S4, 69, "udp", 0, 0, "pass" },
		{ 1, S4, 3000, C4, "udp", 0, 0, DENIED } },
	    "rule x: related { protocol = udp from-any-port = true to-port = "
	    "same }" },
	{ "port = 1723",
	    { TCP_PARENT(1723),
		{ 3, S4, 0, "10.1.0.2", 0, "gre", 0, 0, DENIED } },
	    "rule x: related { protocol = gre by = either }" },
	{ "protocol = udp port = 5060",
	    { { 0, C4, S4, 5060, "udp", 0, 0, "pass" },
		{ 1, S4, 5060, C4, "udp", 0, 0, "pass" },
		{ 2, S4, 20000, "10.1.0.2", 30000, "udp", 0, 0, DENIED } },
	    "rule x: related { protocol = udp from-any-port = true to-port = "
	    "1024-65535 }" },
	{ "protocol = udp port = 5060",
	    { { 0, C4, S4, 5060, "udp", 0, 0, "pass" },
		{ 1, S4, 5060, C4, "udp", 0, 0, "pass" },
		{ 2, "10.2.0.9", 20000, "10.1.0.2", 30000, "udp", 0, 0,
		    DENIED } },
	    "rule \"x-media\" { protocol = udp from = { 10.2.0.9/32 } to = { "
	    "10.1.0.2/32 } port = 1024-65535 }" },
	{ "protocol = udp port = 5060",
	    { { 0, C6, S6, 5060, "udp", 0, 0, "pass" },
		{ 1, S6, 5060, C6, "udp", 0, 0, "pass" },
		{ 2, "fd02::9", 20000, "fd01::2", 30000, "udp", 0, 0,
		    DENIED } },
	    "rule \"x-media\" { protocol = udp from = { fd02:0:0:0:0:0:0:9/128 "
	    "} to = { fd01:0:0:0:0:0:0:2/128 } port = 1024-65535 }" },
};

/* The configuration with what the hint says. */
static void
follow_hint(const struct scene *scene, char *text, size_t size)
{
	const char *line = strstr(scene->hint, ": ");
	bool whole = scene->hint[5] == '"';

	snprintf(text, size,
	    "default-action = deny\n%s\nrule \"x\" { %s %s }\n",
	    whole ? scene->hint : "", scene->rule, whole ? "" : line + 2);
}

static unsigned
play(struct stage *stage, const struct scene *scene, bool but_last)
{
	unsigned n = 0;

	while (n < STEPS && scene->rows[n].src)
		n++;
	for (unsigned i = 0; i < n - but_last; i++)
		stage_step(stage, scene->rule, i, &scene->rows[i]);
	return n - 1;
}

START_TEST(names_the_parent_rule)
{
	const struct scene *scene = &scenes[_i];
	char text[512], hint[SW_HINT_MAX];
	struct stage stage;
	struct stage_row last;
	bool hinted;

	snprintf(text, sizeof text,
	    "default-action = deny\nrule \"x\" { %s }\n", scene->rule);
	stage = stage_open(text);
	last = scene->rows[play(&stage, scene, false)];
	hinted = sw_hint(&stage.refused, NULL, "x", hint, sizeof hint);
	ck_assert_str_eq(hint, scene->hint ? scene->hint : "");
	ck_assert_uint_eq(sw_hint_rule(&stage.refused), hinted ? 1 : 0);
	stage_close(&stage);
	if (!hinted)
		return;
	ck_assert(sw_hint_parses(hint));
	follow_hint(scene, text, sizeof text);
	stage = stage_open(text);
	play(&stage, scene, true);
	last.expected = "pass";
	stage_step(&stage, hint, 0, &last);
	stage_close(&stage);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("hint_related");

	tcase_add_loop_test(tcase, names_the_parent_rule, 0,
	    sizeof(scenes) / sizeof(scenes[0]));
	return run_case("hint_related", tcase);
}
