/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_hint: the proposed line helps, and the loader takes it.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "report/hint.h"
#include "runner.h"
#include "synward/diagnose.h"
#include "synward/policy.h"

static struct sw_event
refusal(enum sw_cause cause)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED, .rule = 1 };

	event.refused.ends =
	    build_ends("10.1.2.3", 44120, "10.0.5.9", 5432, IPPROTO_TCP);
	event.refused.from_opener = true;
	event.refused.has_flow = true;
	event.info.opener = event.refused.ends;
	event.info.how = SW_END_TIMEOUT;
	event.info.rule = 1;
	event.info.state = SW_STATE_ESTABLISHED;
	event.judgement.cause = (uint8_t)cause;
	event.judgement.confidence = SW_CONF_HIGH;
	return event;
}

static void
set_idle(struct sw_event *event, int64_t idle, uint32_t timeout)
{
	event->info.timeout = timeout;
	event->judgement.evidences = 1;
	event->judgement.evidence[0] =
	    (struct sw_evidence){ SW_EVIDENCE_IDLE, idle };
}

/* expected: NULL for no hint at all */
static void
expect(const struct sw_event *event, const char *expected)
{
	char text[SW_HINT_MAX] = "left over";
	bool written = sw_hint(event, NULL, "db", text, sizeof text);

	if (!expected) {
		ck_assert_msg(!written, "unwanted: %s", text);
		ck_assert_str_eq(text, "");
		return;
	}
	ck_assert(written);
	ck_assert_str_eq(text, expected);
	ck_assert_msg(sw_hint_parses(text), "not taken: %s", text);
}

START_TEST(a_longer_timeout)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

	set_idle(&event, 3725, 3600);
	expect(&event, "rule db: timeouts { established = 7200s }");
	event.judgement.cause = SW_CAUSE_KEEPALIVE_DEAD;
	expect(&event, "rule db: timeouts { established = 7200s }");
	event.info.rule = SW_RULE_DEFAULT;
	expect(&event, "timeouts { established = 7200s }");
	set_idle(&event, 90000, 7440);
	expect(&event, "on-idle = reset");
	event.info.state = SW_STATE_ICMP;
	set_idle(&event, 31, 30);
	expect(&event, "timeouts { icmp = 60s }");
}
END_TEST

/* One side waited: of the two timeouts those that were too short. */
START_TEST(what_was_not_acknowledged)
{
	static const struct {
		uint32_t idle, timeout, state, unacknowledged;
		const char *hint;
	} rows[] = {
		{ 301, 300, 43200, 300,
		    "rule db: timeouts { unacknowledged = 600s }" },
		{ 900, 300, 43200, 300,
		    "rule db: timeouts { unacknowledged = 1800s }" },
		{ 50000, 300, 43200, 300,
		    "rule db: timeouts { established = 86400s  "
		    "unacknowledged = 86400s }" },
		{ 300, 300, 300, 300,
		    "rule db: timeouts { established = 600s  "
		    "unacknowledged = 600s }" },
		{ 250, 200, 200, 300,
		    "rule db: timeouts { established = 300s }" },
		{ 400, 200, 200, 300,
		    "rule db: timeouts { established = 600s  "
		    "unacknowledged = 600s }" },
		{ 8, 5, 7440, 5, "rule db: timeouts { unacknowledged = 10s }" },
		{ 90000, 300, 43200, 300, "rule db: on-idle = reset" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

		event.info.unanswered = true;
		event.refused.state_timeout = rows[i].state;
		event.refused.unacknowledged = rows[i].unacknowledged;
		set_idle(&event, rows[i].idle, rows[i].timeout);
		expect(&event, rows[i].hint);
		ck_assert(sw_event_cut_short(&event) ==
			  (rows[i].timeout == rows[i].unacknowledged));
	}
}
END_TEST

/* Connections of one rule that were silent for different times: each hint is
 * long enough for all that were seen before it, and for its own. */
START_TEST(hints_of_one_rule_do_not_contradict)
{
	static const struct {
		int64_t idle;
		bool unanswered;
		const char *hint;
	} rows[] = {
		{ 3725, false, "rule db: timeouts { established = 7200s }" },
		{ 8000, false, "rule db: timeouts { established = 14400s }" },
		{ 3700, false, "rule db: timeouts { established = 14400s }" },
		{ 3601, true,
		    "rule db: timeouts { established = 14400s  "
		    "unacknowledged = 7200s }" },
		{ 20000, true,
		    "rule db: timeouts { established = 28800s  "
		    "unacknowledged = 28800s }" },
		{ 3725, false, "rule db: timeouts { established = 28800s }" },
		{ 90000, false, "rule db: on-idle = reset" },
		{ 3725, false, "rule db: timeouts { established = 28800s }" },
	};
	uint32_t longest[SW_TIMEOUT_COUNT] = { 0 };
	char text[SW_HINT_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

		event.info.unanswered = rows[i].unanswered;
		event.refused.state_timeout = 3600;
		event.refused.unacknowledged = 300;
		set_idle(&event, rows[i].idle, 3600);
		if (rows[i].idle < 86400)
			sw_hint_silences(&event, longest);
		ck_assert(sw_hint(&event, longest, "db", text, sizeof text));
		ck_assert_str_eq(text, rows[i].hint);
		ck_assert_msg(sw_hint_parses(text), "not taken: %s", text);
	}
}
END_TEST

/* The packet came late, through interfaces that another rule names. */
START_TEST(the_rule_of_the_flow_decides)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

	event.info.rule = 4;
	ck_assert_uint_eq(sw_hint_rule(&event), 4);
	event.info.how = SW_END_KILLED;
	ck_assert_uint_eq(sw_hint_rule(&event), 1);
	event.info.how = SW_END_TIMEOUT;
	event.refused.has_flow = false;
	ck_assert_uint_eq(sw_hint_rule(&event), 1);
	event.refused.has_flow = true;
	event.refused.ends.proto = IPPROTO_ICMP; /* quotes it */
	ck_assert_uint_eq(sw_hint_rule(&event), 1);
}
END_TEST

/* A former program's story tells it by its numbers only. */
START_TEST(what_was_not_acknowledged_formerly)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

	event.refused.state_timeout = 7440;
	event.refused.unacknowledged = 300;
	set_idle(&event, 400, 300);
	event.info.side[0].next = 1000;
	event.info.side[1].ack = 900;
	expect(&event, "rule db: timeouts { unacknowledged = 600s }");
	event.info.side[1].ack = 1000;
	expect(&event, "rule db: timeouts { established = 600s }");
	strcpy(event.info.history, "ShADadW");
	expect(&event, "rule db: timeouts { unacknowledged = 600s }");
}
END_TEST

START_TEST(half_closed)
{
	struct sw_event event = refusal(SW_CAUSE_LATE_CLOSE);

	event.info.state = SW_STATE_CLOSE_WAIT;
	event.info.ender = 1;
	set_idle(&event, 700, 600);
	expect(&event, "rule db: timeouts { close_wait = 900s }");
	event.info.ender = 0;
	expect(&event, NULL);
	event.info.how = SW_END_CLOSED;
	event.info.ender = 1;
	expect(&event, NULL);
}
END_TEST

START_TEST(a_larger_table)
{
	struct sw_event event = refusal(SW_CAUSE_EVICTED);

	event.refused.message = SW_MESSAGE_TABLE_FULL;
	expect(&event, NULL);
	event.judgement.advice = 2097152;
	expect(&event, "table { max-flows = 2097152 }");
	event.refused.message = SW_MESSAGE_NOT_SYN;
	event.info.how = SW_END_EVICTED;
	expect(&event, "table { max-flows = 2097152 }");
	event.info.how = SW_END_KILLED;
	expect(&event, NULL);
}
END_TEST

START_TEST(a_longer_copy)
{
	struct sw_event event = refusal(SW_CAUSE_UNKNOWN);

	event.refused.message = SW_MESSAGE_MALFORMED;
	event.refused.malformed = SW_PARSE_CUT;
	event.refused.copied = 192;
	expect(&event, NULL);
	event.refused.malformed = SW_PARSE_COPY;
	expect(&event, "queue { copy-range = 256 }");
	event.refused.copied = 256;
	expect(&event, "queue { copy-range = 512 }");
	event.refused.copied = 40000;
	expect(&event, NULL);
}
END_TEST

START_TEST(a_rule_for_what_is_no_tcp)
{
	struct sw_event event = refusal(SW_CAUSE_NOT_TCP);

	expect(&event,
	    "rule \"no-tcp-5432\" { protocol = tcp from = { 10.1.2.3/32 } "
	    "to = { 10.0.5.9/32 } port = { 5432 } tracking = off }");
	event.refused.ends = build_ends("fd00:1111:2222:3333:4444:5555:6666:1",
	    40000, "fd00:1111:2222:3333:4444:5555:6666:2", 65535, IPPROTO_TCP);
	event.refused.from_opener = false;
	expect(&event, "rule \"no-tcp-40000\" { protocol = tcp "
		       "from = { fd00:1111:2222:3333:4444:5555:6666:2/128 } "
		       "to = { fd00:1111:2222:3333:4444:5555:6666:1/128 } "
		       "port = { 40000 } tracking = off }");
}
END_TEST

START_TEST(nothing_for_the_others)
{
	static const enum sw_cause others[] = { SW_CAUSE_BAD_FLAGS,
		SW_CAUSE_DENIED_BEFORE, SW_CAUSE_AFTER_RESET, SW_CAUSE_GAP,
		SW_CAUSE_ASYMMETRIC, SW_CAUSE_BACKSCATTER, SW_CAUSE_ACK_SCAN,
		SW_CAUSE_PORT_REUSE, SW_CAUSE_UNKNOWN };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct sw_event event = refusal(others[i]);

		set_idle(&event, 3725, 3600);
		event.judgement.advice = 1000;
		expect(&event, NULL);
	}
}
END_TEST

START_TEST(a_line_that_does_not_fit_is_none)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);
	char text[20] = "left over";

	set_idle(&event, 3725, 3600);
	ck_assert(!sw_hint(&event, NULL, "db", text, sizeof text));
	ck_assert_str_eq(text, "");
}
END_TEST

/* Of a rule that is gone only the name is left. */
START_TEST(the_default_rule_is_not_named)
{
	static const struct {
		uint16_t rule;
		const char *name;
	} rows[] = {
		{ 5, "db" },
		{ 5, "default" },
		{ SW_RULE_DEFAULT, "db" },
	};
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);
	char lines[3][SW_HINT_MAX];

	set_idle(&event, 3725, 3600);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		event.info.rule = rows[i].rule;
		ck_assert(sw_hint(
		    &event, NULL, rows[i].name, lines[i], sizeof(lines[i])));
	}
	ck_assert_str_eq(lines[1], lines[2]);
	ck_assert(strncmp(lines[0], "rule db: ", 9) == 0);
	ck_assert_str_eq(lines[0] + 9, lines[1]);
}
END_TEST

int
main(void)
{
	TCase *lines = tcase_create("lines");

	tcase_add_test(lines, a_longer_timeout);
	tcase_add_test(lines, what_was_not_acknowledged);
	tcase_add_test(lines, hints_of_one_rule_do_not_contradict);
	tcase_add_test(lines, the_rule_of_the_flow_decides);
	tcase_add_test(lines, what_was_not_acknowledged_formerly);
	tcase_add_test(lines, half_closed);
	tcase_add_test(lines, a_larger_table);
	tcase_add_test(lines, a_longer_copy);
	tcase_add_test(lines, a_rule_for_what_is_no_tcp);
	tcase_add_test(lines, nothing_for_the_others);
	tcase_add_test(lines, a_line_that_does_not_fit_is_none);
	tcase_add_test(lines, the_default_rule_is_not_named);
	return run_case("hint", lines);
}
