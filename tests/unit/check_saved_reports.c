/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_saved_reports: what one process has reported, the next one knows, and
 * what is damaged it does not believe.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "report/incident_internal.h"
#include "report/saved_reports.h"
#include "runner.h"

static const struct sw_time now = { 5000 * SW_NS_PER_SECOND };

static struct sw_saved_reports
make(void)
{
	struct sw_saved_reports reports;

	ck_assert_int_eq(sw_saved_reports_create(&reports), 0);
	return reports;
}

/* Another process's view of the block. */
static int
adopt(struct sw_saved_reports *other, const struct sw_saved_reports *reports)
{
	return sw_saved_reports_adopt(other, dup(reports->memory.fd));
}

static struct sw_event
idle_drop(unsigned client, int64_t idle)
{
	struct sw_event event;

	memset(&event, 0, sizeof event);
	event.kind = SW_EVENT_REFUSED;
	event.time.ns = 4000 * SW_NS_PER_SECOND;
	event.rule = 1;
	event.refused.ends =
	    build_ends("10.1.2.3", 44120, "10.0.5.9", 5432, IPPROTO_TCP);
	event.refused.ends.src.b[1] = (uint8_t)client;
	event.refused.from_opener = event.refused.has_flow = true;
	event.info.opener = event.refused.ends;
	event.info.how = SW_END_TIMEOUT;
	event.info.state = SW_STATE_ESTABLISHED;
	event.info.timeout = 3600;
	event.info.rule = 1;
	event.judgement.cause = SW_CAUSE_IDLE_EXPIRED;
	event.judgement.evidences = 1;
	event.judgement.evidence[0] =
	    (struct sw_evidence){ SW_EVIDENCE_IDLE, idle };
	return event;
}

START_TEST(all_of_it_comes_over)
{
	struct sw_saved_reports reports = make(), other;
	struct sw_saved_totals totals = { .taken = 7, .packets.passed = 11 };
	struct sw_event event = idle_drop(1, 3725), got;
	struct sw_event_cursor cursor = { 0 };
	struct sw_event_history *drops;
	uint32_t longest[SW_TIMEOUT_COUNT], torn;
	struct sw_incident incident;
	uint64_t missed = 0;

	drops = sw_saved_reports_history(&reports, SW_SAVED_DROPS, now);
	sw_event_history_add(drops, &event);
	sw_incidents_add(
	    sw_saved_reports_incidents(&reports, 0, 60, now, &torn), &event);
	sw_silences_note(sw_saved_reports_silences(&reports), &event, false);
	sw_saved_reports_put_totals(&reports, &totals);
	sw_event_history_close(drops);

	ck_assert_int_eq(adopt(&other, &reports), 0);
	sw_saved_reports_close(&reports);
	drops = sw_saved_reports_history(&other, SW_SAVED_DROPS, now);
	ck_assert_uint_eq(
	    sw_event_history_read(drops, &cursor, &missed, &got, 1), 1);
	ck_assert_mem_eq(&got, &event, sizeof got);
	ck_assert_uint_eq(sw_incident_due_list(sw_saved_reports_incidents(
						   &other, 0, 60, now, &torn),
			      &incident, 1),
	    1);
	ck_assert_uint_eq(torn, 0);
	ck_assert_uint_eq(incident.drops, 1);
	ck_assert_uint_eq(incident.cause, SW_CAUSE_IDLE_EXPIRED);
	sw_silences_longest(sw_saved_reports_silences(&other), 1, longest);
	ck_assert_uint_eq(longest[SW_TIMEOUT_ESTABLISHED], 3725);
	ck_assert(sw_saved_reports_totals(&other, &totals));
	ck_assert_uint_eq(totals.taken, 7);
	ck_assert_uint_eq(totals.packets.passed, 11);
	sw_event_history_close(drops);
	sw_saved_reports_close(&other);
}
END_TEST

START_TEST(a_new_block_knows_nothing)
{
	struct sw_saved_reports reports = make();
	struct sw_saved_totals totals;
	uint32_t torn;

	ck_assert(!sw_saved_reports_totals(&reports, &totals));
	ck_assert_uint_eq(totals.taken, 0);
	sw_saved_reports_incidents(&reports, 0, 60, now, &torn);
	ck_assert_uint_eq(torn, 0);
	sw_saved_reports_close(&reports);
}
END_TEST

/* As the program before histograms left it: the part for silences is shorter,
 * and ends with the longest of each rule. */
static int
make_former(const struct sw_saved_reports *reports, uint32_t longest)
{
	size_t front = (32 + 2 * (16 + sizeof(struct sw_saved_totals)) + 4095) /
		       4096 * 4096;
	size_t part = (sw_silences_memory() + 4095) / 4096 * 4096;
	size_t then = (sw_silences_memory_former() + 4095) / 4096 * 4096;
	struct sw_shared_memory former;
	uint8_t *bytes;
	const uint8_t *from = reports->memory.base;
	int fd;

	ck_assert_int_eq(sw_shared_memory_create(&former, "former",
			     reports->memory.size - part + then),
	    0);
	bytes = former.base;
	memcpy(bytes, from, front);
	memcpy(bytes + front + then, from + front + part,
	    reports->memory.size - front - part);
	memcpy(bytes + front + 16384 * 16 +
		   (SW_TIMEOUT_COUNT + SW_TIMEOUT_ESTABLISHED) * 4,
	    &longest, 4);
	sw_saved_reports_seal_former(bytes);
	fd = dup(former.fd);
	sw_shared_memory_close(&former);
	return fd;
}

START_TEST(the_former_layout_is_taken_over)
{
	struct sw_saved_reports reports = make(), other;
	struct sw_saved_totals totals = { .taken = 7 };
	struct sw_event event = idle_drop(1, 3725), got;
	struct sw_event_cursor cursor = { 0 };
	struct sw_event_history *drops;
	uint32_t longest[SW_TIMEOUT_COUNT];
	uint64_t missed = 0;

	drops = sw_saved_reports_history(&reports, SW_SAVED_DROPS, now);
	sw_event_history_add(drops, &event);
	sw_event_history_close(drops);
	sw_saved_reports_put_totals(&reports, &totals);
	ck_assert_int_eq(
	    sw_saved_reports_adopt(&other, make_former(&reports, 5000)), 0);
	sw_saved_reports_close(&reports);
	drops = sw_saved_reports_history(&other, SW_SAVED_DROPS, now);
	ck_assert_uint_eq(
	    sw_event_history_read(drops, &cursor, &missed, &got, 1), 1);
	ck_assert_mem_eq(&got, &event, sizeof got);
	sw_event_history_close(drops);
	ck_assert(sw_saved_reports_totals(&other, &totals));
	ck_assert_uint_eq(totals.taken, 7);
	sw_silences_longest(sw_saved_reports_silences(&other), 1, longest);
	ck_assert_uint_eq(longest[SW_TIMEOUT_ESTABLISHED], 5000);
	ck_assert_uint_eq(longest[SW_TIMEOUT_UDP], 0);
	ck_assert_uint_eq(
	    sw_silences_began(sw_saved_reports_silences(&other)).ns, 0);
	/* And it is one of this layout now. */
	ck_assert_int_eq(adopt(&reports, &other), 0);
	sw_saved_reports_close(&reports);
	sw_saved_reports_close(&other);
}
END_TEST

/* Any other byte in the head is another layout. */
START_TEST(another_layout_is_not_taken_over)
{
	struct sw_saved_reports reports = make(), other;

	for (unsigned i = 0; i < 32; i++) {
		uint8_t *byte = (uint8_t *)reports.memory.base + i;

		*byte ^= 1;
		ck_assert_int_eq(adopt(&other, &reports), -EINVAL);
		*byte ^= 1;
	}
	ck_assert_int_eq(adopt(&other, &reports), 0);
	sw_saved_reports_close(&other);
	sw_saved_reports_close(&reports);
	ck_assert_int_lt(sw_saved_reports_adopt(&other, -1), 0);
}
END_TEST

/* Killed between two writes: the copy before is whole. */
START_TEST(torn_totals_give_way_to_the_copy_before)
{
	struct sw_saved_reports reports = make();
	struct sw_saved_totals totals = { 0 };
	uint8_t *bytes = reports.memory.base;
	size_t size = 32 + 2 * (16 + sizeof totals);

	for (uint64_t i = 1; i <= 5; i++) {
		totals.taken = i;
		sw_saved_reports_put_totals(&reports, &totals);
	}
	for (size_t at = 32; at < size; at += 7) {
		bytes[at] ^= 0xa5;
		ck_assert(sw_saved_reports_totals(&reports, &totals));
		ck_assert(totals.taken == 5 || totals.taken == 4);
		bytes[at] ^= 0xa5;
	}
	ck_assert(sw_saved_reports_totals(&reports, &totals));
	ck_assert_uint_eq(totals.taken, 5);
	sw_saved_reports_close(&reports);
}
END_TEST

static struct sw_incidents *
many_incidents(struct sw_saved_reports *reports)
{
	uint32_t torn;
	struct sw_incidents *incidents =
	    sw_saved_reports_incidents(reports, 0, 60, now, &torn);

	for (unsigned i = 0; i < 90; i++) {
		struct sw_event event = idle_drop(i % 9, 4000);

		sw_incidents_add(incidents, &event);
	}
	return incidents;
}

START_TEST(an_incident_goes_on)
{
	struct sw_saved_reports reports = make();
	struct sw_incidents *incidents = many_incidents(&reports);
	struct sw_event event = idle_drop(4, 4000);
	struct sw_incident list[16];
	uint32_t torn;

	incidents = sw_saved_reports_incidents(&reports, 0, 60, now, &torn);
	ck_assert_uint_eq(torn, 0);
	sw_incidents_add(incidents, &event);
	ck_assert_uint_eq(sw_incident_due_list(incidents, list, 16), 9);
	for (unsigned i = 0; i < 9; i++)
		ck_assert_uint_eq(
		    list[i].drops, list[i].example.src.b[1] == 4 ? 11 : 10);
	sw_saved_reports_close(&reports);
}
END_TEST

/* Whatever is written over them: no index in them is followed, and they can be
 * listed, added to and told. */
START_TEST(damaged_incidents_do_no_harm)
{
	uint32_t seed = 7, torn;

	for (unsigned round = 0; round < 200; round++) {
		struct sw_saved_reports reports = make();
		struct sw_incidents *incidents = many_incidents(&reports);
		uint8_t *bytes = (uint8_t *)incidents;
		struct sw_incident_report report;
		struct sw_incident list[700];

		for (unsigned i = 0; i < 5 + round * 20; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 4) %
			      (round % 2 ? 20000 : sizeof *incidents)] =
			    (uint8_t)(seed >> 20);
		}
		incidents =
		    sw_saved_reports_incidents(&reports, 0, 60, now, &torn);
		for (unsigned i = 0; i < 2000; i++) {
			struct sw_event event = idle_drop(i % 250, 4000);

			sw_incidents_add(incidents, &event);
		}
		ck_assert_uint_ge(
		    sw_incident_due_list(incidents, list, 700), 1);
		for (unsigned i = 0;
		     i < 2000 &&
		     sw_incident_due(incidents,
			 sw_time_add_ms(now, 1000 * (1000 + i)), &report);
		     i++)
			ck_assert_uint_lt(
			    report.incident.cause, SW_CAUSE_COUNT);
		sw_saved_reports_close(&reports);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("saved_reports");

	tcase_add_test(t, all_of_it_comes_over);
	tcase_add_test(t, the_former_layout_is_taken_over);
	tcase_add_test(t, a_new_block_knows_nothing);
	tcase_add_test(t, another_layout_is_not_taken_over);
	tcase_add_test(t, torn_totals_give_way_to_the_copy_before);
	tcase_add_test(t, an_incident_goes_on);
	tcase_add_test(t, damaged_incidents_do_no_harm);
	return run_case("saved_reports", t);
}
