/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_diagnose_stray: what the diagnosis makes of refusals without a
 * story, given what it was told before: gaps, routes, balanced links, and
 * how much it may work.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "draw.h"
#include "runner.h"
#include "synward/diagnose.h"

#define SECOND SW_NS_PER_SECOND

static struct sw_diagnose *
make(uint32_t budget)
{
	struct sw_diagnose_config config = { .key = "a key for tests",
		.budget = budget,
		.start = { 1000 * SECOND } };
	struct sw_diagnose *diagnose = sw_diagnose_create(&config);

	ck_assert_ptr_nonnull(diagnose);
	return diagnose;
}

/* Seconds after the start. */
static struct sw_time
moment(double seconds)
{
	return (struct sw_time){ 1000 * SECOND +
				 (uint64_t)(seconds * (double)SECOND) };
}

/* A stray from 10.2.0.n:80 to 10.1.0.n:40000 + n. */
static struct sw_event
stray(double at, unsigned n, const char *flags, uint32_t seq)
{
	struct sw_event event = {
		.kind = SW_EVENT_REFUSED, .time = moment(at), .in = 2, .out = 1
	};
	struct sw_refusal *refused = &event.refused;

	refused->ends = build_ends(
	    "10.2.0.0", 80, "10.1.0.0", (uint16_t)(40000 + n), IPPROTO_TCP);
	refused->ends.src.b[3] = refused->ends.dst.b[3] = (uint8_t)n;
	refused->message = SW_MESSAGE_NOT_SYN;
	refused->tcp_flags = build_flags(flags);
	refused->seq = seq;
	refused->ack = ~seq;
	refused->length = 60;
	refused->window = 500;
	return event;
}

static enum sw_cause
judge(struct sw_diagnose *diagnose, struct sw_event *event)
{
	sw_diagnose_judge(diagnose, event);
	return (enum sw_cause)event->judgement.cause;
}

static enum sw_cause
cause_of(struct sw_diagnose *diagnose, double at, unsigned n, const char *flags,
    uint32_t seq)
{
	struct sw_event event = stray(at, n, flags, seq);

	return judge(diagnose, &event);
}

#define ck_cause(got, expected)                                   \
	ck_assert_msg((got) == SW_CAUSE_##expected, "%s, not %s", \
	    sw_cause_text(got)->name,                             \
	    sw_cause_text(SW_CAUSE_##expected)->name)

START_TEST(soon_after_the_start)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event event;

	for (unsigned n = 1; n < 9; n++) {
		event = stray(n, n, "PA", 1000 * n);
		event.refused.payload = 100;
		ck_cause(judge(diagnose, &event), GAP);
	}
	ck_assert_uint_eq(event.judgement.confidence, SW_CONF_HIGH);
	ck_cause(cause_of(diagnose, 9000, 20, "A", 77), UNKNOWN);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(after_a_gap)
{
	struct sw_diagnose *diagnose = make(0);

	ck_cause(cause_of(diagnose, 9000, 1, "A", 77), UNKNOWN);
	sw_diagnose_gap(diagnose, moment(9010));
	ck_cause(cause_of(diagnose, 9011, 2, "A", 77), GAP);
	ck_cause(cause_of(diagnose, 9011, 2, "A", 1177), GAP);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(hosts_that_miss_new_syns_disprove_the_gap)
{
	struct sw_diagnose *diagnose = make(0);

	ck_cause(cause_of(diagnose, 70, 1, "A", 77), GAP);
	for (unsigned i = 0; i < 3; i++) {
		struct sw_event event = stray(80, 1, "SA", 1000);

		event.refused.ends.dport = (uint16_t)(50000 + i);
		judge(diagnose, &event);
		event = stray(81, 1, "PA", 1001);
		event.refused.ends.dport = (uint16_t)(51000 + i);
		ck_assert(judge(diagnose, &event) != SW_CAUSE_GAP);
	}
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(another_way_back)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event event = stray(100, 1, "SA", 77);

	event.route = 3;
	ck_cause(judge(diagnose, &event), ASYMMETRIC);
	ck_assert_uint_eq(event.judgement.confidence, SW_CONF_HIGH);
	ck_assert_uint_eq(event.route, 3);
	event = stray(100, 2, "SA", 77);
	event.route = 2;
	judge(diagnose, &event);
	ck_assert_uint_eq(event.route, 0);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(balanced_links_are_one_way)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event works = { .kind = SW_EVENT_ESTABLISHED,
		.time = moment(90) };
	struct sw_event event = stray(100, 1, "PA", 77);

	works.info.opener =
	    build_ends("10.1.0.9", 5, "10.2.0.9", 80, IPPROTO_TCP);
	works.info.in = 1;
	works.info.out = 3;
	works.info.back_in = 2;
	sw_diagnose_judge(diagnose, &works);
	event.route = 3;
	ck_cause(judge(diagnose, &event), GAP);
	ck_assert_uint_eq(event.route, 0);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(a_stream_of_which_half_is_seen)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event event;

	for (unsigned i = 0; i < 6; i++) {
		event = stray(200 + i * 0.1, 1, "A", 5000);
		event.refused.ack = 100000 + 1000 * i;
		judge(diagnose, &event);
	}
	ck_cause((enum sw_cause)event.judgement.cause, ASYMMETRIC);
	for (unsigned i = 0; i < 6; i++) {
		event = stray(300 + i, 2, "PA", 5000 + 100 * i);
		event.refused.payload = 100;
		judge(diagnose, &event);
	}
	ck_cause((enum sw_cause)event.judgement.cause, ASYMMETRIC);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(an_answer_disowned_at_once)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event event = stray(100, 1, "SA", 77);

	event.refused.length = 44;
	ck_cause(judge(diagnose, &event), BACKSCATTER);
	event = stray(100.01, 1, "R", ~77u);
	event.refused.ends = sw_packet_endpoints_reverse(&event.refused.ends);
	ck_cause(judge(diagnose, &event), BACKSCATTER);
	ck_assert_uint_ge(event.judgement.confidence, SW_CONF_MEDIUM);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(an_error_about_what_was_refused)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event probe, error;

	for (unsigned n = 0; n < 5; n++) {
		probe = stray(100, 1, "A", 0);
		probe.refused.ends =
		    sw_packet_endpoints_reverse(&probe.refused.ends);
		probe.refused.ends.sport = 50000;
		probe.refused.ends.dport = (uint16_t)(20 + n);
		ck_cause(judge(diagnose, &probe), ACK_SCAN);
	}
	error = stray(101, 9, "-", 0);
	error.refused.ends.proto = IPPROTO_ICMP;
	error.refused.ends.sport = error.refused.ends.dport = 0;
	error.refused.quote = probe.refused.ends;
	ck_cause(judge(diagnose, &error), ACK_SCAN);
	sw_diagnose_destroy(diagnose);
}
END_TEST

/* The answer to a SYN after its time, with so many other SYNs to the same
 * service unanswered. */
static enum sw_confidence
late_answer(unsigned unanswered)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event event = stray(100, 1, "SA", 77);
	struct sw_event ended = { .kind = SW_EVENT_ENDED, .time = moment(99) };

	event.refused.has_flow = true;
	event.info.opener = sw_packet_endpoints_reverse(&event.refused.ends);
	event.info.how = SW_END_TIMEOUT;
	event.info.state = SW_STATE_SYN_SENT;
	event.info.timeout = 30;
	event.info.seen = moment(60);
	event.info.side[0].next = ~77u;
	ended.info = event.info;
	for (unsigned i = 0; i < unanswered; i++)
		sw_diagnose_judge(diagnose, &ended);
	ck_cause(judge(diagnose, &event), EMBRYONIC_LATE);
	sw_diagnose_destroy(diagnose);
	return (enum sw_confidence)event.judgement.confidence;
}

START_TEST(a_flood_of_syns_leaves_doubt)
{
	ck_assert_uint_eq(late_answer(3), SW_CONF_HIGH);
	ck_assert_uint_eq(late_answer(100), SW_CONF_LOW);
}
END_TEST

START_TEST(over_the_budget_only_counted)
{
	struct sw_diagnose *diagnose = make(10);
	struct sw_diagnose_counts counts;
	uint64_t all = 0;

	for (unsigned n = 0; n < 100; n++)
		cause_of(diagnose, 5, n, "A", 1000 * n + 1);
	sw_diagnose_counts(diagnose, &counts);
	ck_assert_uint_eq(counts.unexamined, 90);
	ck_cause(cause_of(diagnose, 6.1, 200, "A", 5), GAP);
	sw_diagnose_counts(diagnose, &counts);
	ck_assert_uint_eq(counts.unexamined, 90);
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		all += counts.drops[i];
	ck_assert_uint_eq(all, 101);
	sw_diagnose_destroy(diagnose);
}
END_TEST

START_TEST(whatever_comes_it_answers)
{
	struct sw_diagnose *diagnose = make(0);
	uint64_t seed = 88172645463325252u;

	for (unsigned i = 0; i < 200000; i++) {
		struct sw_event event;
		double at = 10 + i * 0.001;

		draw(&seed);
		event = stray(at, (unsigned)(seed % 200), "A", (uint32_t)seed);
		event.refused.tcp_flags = (uint8_t)(seed >> 20);
		event.refused.message =
		    (uint8_t)((seed >> 28) % SW_MESSAGE_COUNT);
		event.refused.has_flow = seed >> 32 & 1;
		event.refused.from_opener = seed >> 33 & 1;
		event.refused.payload = (uint32_t)(seed >> 34 & 1023);
		event.refused.opens = (seed >> 44 & 7) == 0;
		event.refused.ends.proto =
		    (seed >> 47 & 7) ? IPPROTO_TCP : IPPROTO_ICMP;
		event.info.opener = event.refused.ends;
		event.info.state = (uint8_t)((seed >> 50) % SW_STATE_COUNT);
		event.info.how = (uint8_t)((seed >> 54) % SW_END_COUNT);
		event.info.seen = moment(at - (double)(seed >> 58));
		judge(diagnose, &event);
		ck_assert_uint_lt(event.judgement.cause, SW_CAUSE_COUNT);
		ck_assert_uint_le(event.judgement.confidence, SW_CONF_HIGH);
		ck_assert_uint_le(event.judgement.evidences, SW_EVIDENCE_MAX);
	}
	sw_diagnose_destroy(diagnose);
}
END_TEST

/* Bare ACKs to many servers are a scan, until one of them talks back. */
START_TEST(who_is_answered_does_not_scan)
{
	struct sw_diagnose *diagnose = make(0);
	struct sw_event event;

	for (unsigned n = 1; n <= 25; n++) {
		event = stray(100 + n / 100.0, n, "A", 7000);
		event.refused.ends =
		    sw_packet_endpoints_reverse(&event.refused.ends);
		event.refused.ends.src = build_addr("10.1.0.1");
		event.refused.ends.sport = 40000;
		event.refused.length = 40;
		judge(diagnose, &event);
	}
	ck_assert_int_eq(event.judgement.cause, SW_CAUSE_ACK_SCAN);
	event.refused.ends = sw_packet_endpoints_reverse(&event.refused.ends);
	event.refused.payload = 500;
	ck_assert_int_ne(judge(diagnose, &event), SW_CAUSE_ACK_SCAN);
	sw_diagnose_destroy(diagnose);
}
END_TEST

int
main(void)
{
	TCase *strays = tcase_create("strays");

	tcase_add_test(strays, soon_after_the_start);
	tcase_add_test(strays, after_a_gap);
	tcase_add_test(strays, hosts_that_miss_new_syns_disprove_the_gap);
	tcase_add_test(strays, another_way_back);
	tcase_add_test(strays, balanced_links_are_one_way);
	tcase_add_test(strays, a_stream_of_which_half_is_seen);
	tcase_add_test(strays, an_answer_disowned_at_once);
	tcase_add_test(strays, an_error_about_what_was_refused);
	tcase_add_test(strays, a_flood_of_syns_leaves_doubt);
	tcase_add_test(strays, over_the_budget_only_counted);
	tcase_add_test(strays, who_is_answered_does_not_scan);
	tcase_add_test(strays, whatever_comes_it_answers);
	return run_case("diagnose_stray", strays);
}
