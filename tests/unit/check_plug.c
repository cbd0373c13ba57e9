/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>

#include "net/queue_rules.h"
#include "runner.h"
#include "state/plug.h"

enum { V4 = SW_QUEUE_RULES_IPV4, V6 = SW_QUEUE_RULES_IPV6, UNKNOWN = -1 };

struct world {
	struct sw_plug plug;
	struct sw_plug_sample sample;
	uint64_t second;
};

/* So many seconds pass, in each of which these packets come and go; the rules
 * are read in every third. */
static void
pass(struct world *w, unsigned seconds, unsigned come, unsigned go, int have)
{
	while (seconds-- > 0) {
		w->second++;
		w->sample.now.ns = (100 + w->second) * SW_NS_PER_SECOND;
		w->sample.fed += come;
		w->sample.forwarded += go;
		w->sample.counts = true;
		sw_plug_step(&w->plug, &w->sample);
		if (w->second % 3 == 0)
			sw_plug_rules(&w->plug, have, w->sample.now);
	}
}

static struct world
busy(int have)
{
	struct world w = { .second = 0 };

	pass(&w, 10, 5, 5, have);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
	return w;
}

START_TEST(a_rule_that_goes_is_missed_within_ten_seconds)
{
	struct world idle = busy(V4 | V6), loaded = busy(V4 | V6);

	pass(&idle, 8, 0, 0, 0);
	ck_assert_int_eq(idle.plug.why, SW_PLUG_NO_RULE);
	pass(&loaded, 8, 0, 50, 0);
	ck_assert_int_eq(loaded.plug.why, SW_PLUG_NO_RULE);
	pass(&loaded, 3, 0, 0, V4 | V6);
	ck_assert_int_eq(loaded.plug.why, SW_PLUG_IN);
	pass(&loaded, 20, 0, 0, V4 | V6);
	ck_assert_int_eq(loaded.plug.why, SW_PLUG_IN);
}
END_TEST

START_TEST(one_family_may_lose_its_rule_while_the_other_comes)
{
	struct world w = busy(V4 | V6);

	pass(&w, 8, 5, 20, V6);
	ck_assert_int_eq(w.plug.why, SW_PLUG_NO_RULE);
	ck_assert_int_eq(w.plug.missing, V4);
	pass(&w, 3, 5, 5, V4 | V6);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
}
END_TEST

START_TEST(a_family_that_never_had_a_rule_is_not_missed)
{
	struct world w = busy(V4);

	pass(&w, 100, 5, 5, V4);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
}
END_TEST

START_TEST(a_rule_before_ours_takes_all)
{
	struct world w = busy(V4 | V6);

	pass(&w, 5, 0, 50, V4 | V6);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
	pass(&w, 3, 0, 50, V4 | V6);
	ck_assert_int_eq(w.plug.why, SW_PLUG_PASSED_BY);
	ck_assert_uint_eq(sw_plug_missed(&w.plug), 400);
	ck_assert_uint_eq(sw_plug_silence(&w.plug), 8);
	pass(&w, 1, 1, 1, V4 | V6);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
}
END_TEST

START_TEST(silence_is_no_evidence)
{
	struct world w = busy(V4);

	pass(&w, 1000, 0, 0, V4);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
}
END_TEST

START_TEST(a_rule_for_a_part_of_the_traffic_may_have_none)
{
	struct world w = { .second = 0 };

	pass(&w, 100, 5, 50, V4);
	pass(&w, 100, 0, 50, V4);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
}
END_TEST

START_TEST(rules_that_cannot_be_seen_are_judged_by_what_is_forwarded)
{
	struct world legacy = busy(0), unreadable = busy(UNKNOWN);

	ck_assert(legacy.plug.blind);
	pass(&legacy, 100, 0, 0, 0);
	ck_assert_int_eq(legacy.plug.why, SW_PLUG_IN);
	pass(&legacy, 8, 0, 20, 0);
	ck_assert_int_eq(legacy.plug.why, SW_PLUG_PASSED_BY);
	pass(&unreadable, 8, 0, 20, UNKNOWN);
	ck_assert_int_eq(unreadable.plug.why, SW_PLUG_PASSED_BY);
}
END_TEST

START_TEST(a_rule_that_moves_where_it_cannot_be_seen)
{
	struct world w = busy(V4 | V6);

	pass(&w, 20, 5, 5, 0);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
	ck_assert(w.plug.blind);
}
END_TEST

START_TEST(nothing_was_ever_plugged_in)
{
	struct world w = { .second = 0 };

	pass(&w, 8, 0, 0, 0);
	ck_assert_int_eq(w.plug.why, SW_PLUG_NO_RULE);
	pass(&w, 4, 0, 0, V4);
	ck_assert_int_eq(w.plug.why, SW_PLUG_IN);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("plug");

	tcase_add_test(tcase, a_rule_that_goes_is_missed_within_ten_seconds);
	tcase_add_test(
	    tcase, one_family_may_lose_its_rule_while_the_other_comes);
	tcase_add_test(tcase, a_family_that_never_had_a_rule_is_not_missed);
	tcase_add_test(tcase, a_rule_before_ours_takes_all);
	tcase_add_test(tcase, silence_is_no_evidence);
	tcase_add_test(tcase, a_rule_for_a_part_of_the_traffic_may_have_none);
	tcase_add_test(
	    tcase, rules_that_cannot_be_seen_are_judged_by_what_is_forwarded);
	tcase_add_test(tcase, a_rule_that_moves_where_it_cannot_be_seen);
	tcase_add_test(tcase, nothing_was_ever_plugged_in);
	return run_case("plug", tcase);
}
