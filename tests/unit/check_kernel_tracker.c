/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_kernel_tracker: what is read of the kernel's tracker, and the hints in
 * its words.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "net/kernel_tracker.h"
#include "report/hint.h"
#include "report/hint_kernel.h"
#include "runner.h"
#include "synward/cause.h"

static struct sw_kernel_settings kernel;

static void
settle(void)
{
	memset(&kernel, 0, sizeof kernel);
	kernel.is_there = true;
	kernel.max = 4096;
	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++)
		kernel.timeouts[t] = 30;
	kernel.timeouts[SW_TIMEOUT_ESTABLISHED] = 3600;
	kernel.timeouts[SW_TIMEOUT_UNACKNOWLEDGED] = 300;
}

START_TEST(counters_are_hexadecimal_and_of_each_core)
{
	static const char newer[] =
	    "entries  clashres found new invalid ignore delete chainlength "
	    "insert insert_failed drop early_drop icmp_error\n"
	    "00000003  00000000 00000000 00000000 00000002 00000000 00000000 "
	    "00000000 00000000 00000000 0000000a 00000010 00000000\n"
	    "00000003  00000000 00000000 00000000 00000002 00000000 00000000 "
	    "00000000 00000000 00000000 00000001 00000002 00000000\n";
	static const char older[] =
	    "entries  searched found drop early_drop\n"
	    "00000003  00000000 00000000 00000004 00000005";
	uint64_t dropped, evicted;

	ck_assert(sw_kernel_tracker_sum(newer, &dropped, &evicted));
	ck_assert_uint_eq(dropped, 11);
	ck_assert_uint_eq(evicted, 18);
	ck_assert(sw_kernel_tracker_sum(older, &dropped, &evicted));
	ck_assert_uint_eq(dropped, 4);
	ck_assert_uint_eq(evicted, 5);
}
END_TEST

START_TEST(other_texts_count_nothing)
{
	static const char *const texts[] = { "", "\n", "drop\n1\n",
		"early_drop entries\n1 2\n", "drop early_drop\n", "x\ndrop" };
	uint64_t dropped, evicted;

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		sw_kernel_tracker_sum(texts[i], &dropped, &evicted);
		ck_assert_uint_eq(dropped, 0);
		ck_assert_uint_eq(evicted, 0);
	}
	/* A line that is cut counts as far as it is there. */
	ck_assert(sw_kernel_tracker_sum(
	    "drop early_drop\n00000007\n", &dropped, &evicted));
	ck_assert_uint_eq(dropped, 7);
	ck_assert_uint_eq(evicted, 0);
}
END_TEST

START_TEST(every_timeout_has_a_name)
{
	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++) {
		const char *name = sw_kernel_tracker_sysctl(t);

		ck_assert_ptr_nonnull(name);
		ck_assert_msg(strncmp(name, "net.netfilter.nf_conntrack_",
				  strlen("net.netfilter.nf_conntrack_")) == 0,
		    "%s", name);
		for (unsigned u = 0; u < t; u++)
			ck_assert_str_ne(name, sw_kernel_tracker_sysctl(u));
	}
}
END_TEST

static struct sw_event
refusal(enum sw_cause cause)
{
	struct sw_event event = { .kind = SW_EVENT_REFUSED };

	event.refused.ends =
	    build_ends("10.1.2.3", 44120, "10.0.5.9", 5432, IPPROTO_TCP);
	event.refused.from_opener = true;
	event.refused.has_flow = true;
	event.refused.state_timeout = 3600;
	event.refused.unacknowledged = 300;
	event.info.opener = event.refused.ends;
	event.info.how = SW_END_TIMEOUT;
	event.info.state = SW_STATE_ESTABLISHED;
	event.info.timeout = 3600;
	event.judgement.cause = (uint8_t)cause;
	event.judgement.confidence = SW_CONF_HIGH;
	return event;
}

static void
set_idle(struct sw_event *event, int64_t idle)
{
	event->judgement.evidences = 1;
	event->judgement.evidence[0] =
	    (struct sw_evidence){ SW_EVIDENCE_IDLE, idle };
}

static void
expect(const struct sw_event *event, const char *text)
{
	char got[SW_HINT_MAX];

	ck_assert_int_eq(sw_hint_kernel(event, NULL, &kernel, got, sizeof got),
	    SW_HINT_KERNEL_WRITTEN);
	ck_assert_str_eq(got, text);
}

static void
expect_outcome(
    const struct sw_event *event, enum sw_hint_kernel_outcome outcome)
{
	char got[SW_HINT_MAX];

	ck_assert_int_eq(
	    sw_hint_kernel(event, NULL, &kernel, got, sizeof got), outcome);
}

START_TEST(a_longer_timeout)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

	settle();
	set_idle(&event, 3725);
	expect(&event,
	    "sysctl net.netfilter.nf_conntrack_tcp_timeout_established=7200");
	set_idle(&event, 90000);
	expect(&event, "sysctl "
		       "net.netfilter.nf_conntrack_tcp_timeout_established="
		       "172800");
	event.info.unanswered = true;
	set_idle(&event, 3725);
	expect(&event,
	    "sysctl net.netfilter.nf_conntrack_tcp_timeout_established=7200 "
	    "net.netfilter.nf_conntrack_tcp_timeout_unacknowledged=7200");
}
END_TEST

/* A rule of ours states another timeout than the kernel's. */
START_TEST(a_rules_own_timeout)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);

	settle();
	kernel.timeouts[SW_TIMEOUT_ESTABLISHED] = 432000;
	set_idle(&event, 3725);
	expect_outcome(&event, SW_HINT_KERNEL_OTHER);
}
END_TEST

START_TEST(the_windows)
{
	struct sw_event event = refusal(SW_CAUSE_OUT_OF_WINDOW);

	settle();
	expect(&event, "sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1");
	kernel.liberal = true;
	expect_outcome(&event, SW_HINT_KERNEL_NONE);
}
END_TEST

START_TEST(a_full_table)
{
	struct sw_event event = refusal(SW_CAUSE_EVICTED);

	settle();
	event.info.how = SW_END_NOT; /* of the kernel: ours still has it */
	expect(&event, "sysctl net.netfilter.nf_conntrack_max=8192");
	event.info.how = SW_END_EVICTED;
	expect_outcome(&event, SW_HINT_KERNEL_OTHER);
	event.info.how = SW_END_NOT;
	kernel.max = 0;
	expect_outcome(&event, SW_HINT_KERNEL_NONE);
}
END_TEST

START_TEST(what_no_setting_cures)
{
	settle();
	for (unsigned cause = 0; cause < SW_CAUSE_COUNT; cause++) {
		struct sw_event event = refusal((enum sw_cause)cause);

		if (cause == SW_CAUSE_EVICTED ||
		    cause == SW_CAUSE_OUT_OF_WINDOW)
			continue;
		/* Without a silence no timeout was too short. */
		expect_outcome(&event, SW_HINT_KERNEL_NONE);
	}
}
END_TEST

START_TEST(a_hint_that_does_not_fit_is_none)
{
	struct sw_event event = refusal(SW_CAUSE_IDLE_EXPIRED);
	char got[40];

	settle();
	set_idle(&event, 3725);
	ck_assert_int_eq(sw_hint_kernel(&event, NULL, &kernel, got, sizeof got),
	    SW_HINT_KERNEL_NONE);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("tracker");

	tcase_add_test(tcase, counters_are_hexadecimal_and_of_each_core);
	tcase_add_test(tcase, other_texts_count_nothing);
	tcase_add_test(tcase, every_timeout_has_a_name);
	tcase_add_test(tcase, a_longer_timeout);
	tcase_add_test(tcase, a_rules_own_timeout);
	tcase_add_test(tcase, the_windows);
	tcase_add_test(tcase, a_full_table);
	tcase_add_test(tcase, what_no_setting_cures);
	tcase_add_test(tcase, a_hint_that_does_not_fit_is_none);
	return run_case("the kernel's tracker", tcase);
}
