/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_synproxy: the kernel's counters, and the hint that follows from them.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "net/synproxy.h"
#include "report/hint.h"
#include "runner.h"

#define NAMES                                                     \
	"entries\t\tsyn_received\tcookie_invalid\tcookie_valid\t" \
	"cookie_retrans\tconn_reopened\n"

START_TEST(cookies_are_added_up)
{
	static const struct {
		const char *text;
		uint64_t cookies;
	} cases[] = {
		{ NAMES "00000000\t0000000a\t00000003\t00000000\t0\t0\n", 0 },
		{ NAMES "00000000\t0000000a\t00000003\t00000010\t0\t0\n"
			"00000000\t00000001\t00000000\t000000ff\t0\t0\n",
		    0x10f },
		{ NAMES "0\t1\t2\t7", 7 },
		{ NAMES "0\t1\t2", 0 },
		{ NAMES, 0 },
		{ "entries\tcookie_invalid\n1\t2\n", 0 },
		{ "cookie_valid\n5\n", 5 },
		{ "cookie_valid", 0 },
		{ "\n", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(
		    sw_synproxy_cookies(cases[i].text) == cases[i].cookies,
		    "case %zu", i);
	ck_assert(!sw_synproxy_has_accepted(-1));
	ck_assert(!sw_synproxy_has_accepted(0));
}
END_TEST

/* => a file with this text in the kernel's place */
static FILE *
counters(const char *text)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fflush(file);
	return file;
}

static struct sw_event
answer(const char *from, const char *to, uint8_t flags)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED };

	event.refused.ends = build_ends(from, 443, to, 40000, IPPROTO_TCP);
	event.refused.tcp_flags = flags;
	event.refused.message = SW_MESSAGE_NOT_SYN;
	event.judgement.cause = SW_CAUSE_ASYMMETRIC;
	return event;
}

START_TEST(what_it_opened_gets_a_rule)
{
	struct sw_event event = answer("10.2.0.2", "10.1.0.2", SW_SYN | SW_ACK);
	struct sw_event six = answer("fd00:1234:5678:9abc:def0:1234:5678:9abc",
	    "fd00::1", SW_SYN | SW_ACK);
	struct sw_hints *hints = sw_hints_create(NULL);
	FILE *none = counters(NAMES "0\t5\t5\t0\t0\t0\n");
	FILE *some = counters(NAMES "0\t5\t4\t1\t0\t0\n");

	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	sw_hints_use_synproxy(hints, fileno(none));
	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	sw_hints_use_synproxy(hints, fileno(some));
	ck_assert_str_eq(sw_hints_for(hints, &event, "default"),
	    "rule \"synproxy-443\" { protocol = tcp to = { 10.2.0.2/32 } "
	    "port = { 443 } tracking = off }");
	ck_assert_ptr_nonnull(sw_hints_for(hints, &six, "default"));
	ck_assert_uint_eq(sw_hints_refused(hints), 0);
	fclose(none);
	fclose(some);
	sw_hints_destroy(hints);
}
END_TEST

START_TEST(nothing_else_does)
{
	struct sw_hints *hints = sw_hints_create(NULL);
	FILE *some = counters(NAMES "0\t5\t4\t1\t0\t0\n");
	struct sw_event event = answer("10.2.0.2", "10.1.0.2", SW_ACK);

	sw_hints_use_synproxy(hints, fileno(some));
	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	event.refused.tcp_flags = SW_SYN | SW_ACK | SW_RST;
	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	event.refused.tcp_flags = SW_SYN | SW_ACK;
	event.refused.message = SW_MESSAGE_DENIED;
	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	event.refused.message = SW_MESSAGE_NOT_SYN;
	event.refused.has_flow = true;
	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	event.refused.has_flow = false;
	event.kind = SW_EVENT_OPENED;
	ck_assert_ptr_null(sw_hints_for(hints, &event, "default"));
	fclose(some);
	sw_hints_destroy(hints);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("synproxy");

	tcase_add_test(tcase, cookies_are_added_up);
	tcase_add_test(tcase, what_it_opened_gets_a_rule);
	tcase_add_test(tcase, nothing_else_does);
	return run_case("synproxy", tcase);
}
