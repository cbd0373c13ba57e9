/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_treatment_idle: what silence leads to under each on-idle, what is
 * sent then and in answer to orphans, and what a reload does to flows.
 */
#include <check.h>
#include <netinet/in.h>

#include "build.h"
#include "runner.h"
#include "stage.h"

static void
establish(struct stage *stage)
{
	static const struct stage_row rows[] = {
		{ 0, C4, S4, 80, "S", 1000, 0, "pass" },
		{ 1, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		{ 2, C4, S4, 80, "A", 1001, 5001, "pass" },
		{ 3, C4, S4, 80, "PA", 1001, 5001, "pass" },
		{ 4, S4, 80, "10.1.0.2", 40000, "A", 5001, 1011, "pass" },
	};

	for (unsigned i = 0; i < 5; i++)
		stage_step(stage, "establish", i, &rows[i]);
}

/* A segment the stage sent: to the client (or the server), like this. */
static void
sent(const struct stage *stage, unsigned which, bool to_client, uint8_t flags,
    uint32_t seq, uint32_t ack)
{
	const struct sw_send *send = &stage->sent[which / 2].send[which % 2];
	struct sw_endpoints ends =
	    to_client ? build_ends(S4, 80, "10.1.0.2", 40000, IPPROTO_TCP)
		      : build_ends("10.1.0.2", 40000, S4, 80, IPPROTO_TCP);

	ck_assert(sw_packet_endpoints_equal(&send->ends, &ends));
	ck_assert_uint_eq(send->flags, flags);
	ck_assert_uint_eq(send->seq, seq);
	ck_assert_uint_eq(send->ack, ack);
	ck_assert_uint_eq(send->out, to_client ? 1 : 2);
}

/* Whose end it tells of, all of it. */
static void
tells_of_the_flow(const struct sw_event *event)
{
	struct sw_endpoints opener =
	    build_ends("10.1.0.2", 40000, S4, 80, IPPROTO_TCP);

	ck_assert(sw_packet_endpoints_equal(&event->info.opener, &opener));
	ck_assert_int_eq(event->info.state, SW_STATE_ESTABLISHED);
	ck_assert(event->info.assured);
	ck_assert_uint_eq(event->info.timeout, 60);
	ck_assert_uint_eq(event->info.in, 1);
	ck_assert_uint_eq(event->info.out, 2);
	ck_assert_uint_eq(event->info.back_in, 2);
	ck_assert_uint_eq(event->info.side[0].next, 1011);
	ck_assert_uint_eq(event->info.side[1].next, 5001);
	ck_assert_str_eq(event->info.history, "ShADa");
}

START_TEST(idle_reset_is_exact_on_both_sides)
{
	struct stage stage =
	    stage_open("on-idle = reset timeouts { established = 60s }");

	establish(&stage);
	stage_sweep(&stage, 59000);
	ck_assert_uint_eq(stage.n_sent, 0);
	stage_sweep(&stage, 61000);
	ck_assert_uint_eq(stage.n_sent, 1);
	sent(&stage, 0, true, SW_RST | SW_ACK, 5001, 1011);
	sent(&stage, 1, false, SW_RST | SW_ACK, 1011, 5001);
	ck_assert(stage.has_refused);
	ck_assert_uint_eq(stage.refused.refused.message, SW_MESSAGE_IDLE_RESET);
	ck_assert_uint_eq(stage.refused.refused.action, SW_ACTION_RESET);
	tells_of_the_flow(&stage.refused);
	ck_assert_int_eq(stage.refused.info.how, SW_END_TIMEOUT);
	ck_assert(stage.refused.refused.has_flow);
	ck_assert(stage.refused.refused.from_opener);
	ck_assert(sw_packet_endpoints_equal(
	    &stage.refused.refused.ends, &stage.refused.info.opener));
	ck_assert_uint_eq(stage.refused.in, 1);
	ck_assert_uint_eq(stage.refused.out, 2);
	tells_of_the_flow(&stage.sent[0]);
	ck_assert_int_eq(stage.sent[0].info.how, SW_END_NOT);
	stage_close(&stage);
}
END_TEST

/* Data that nobody acknowledges cuts the time of a flow short, and it is
 * ended in time by a sweep alone, whenever it was looked at before. */
START_TEST(unacknowledged_data_cuts_short)
{
	static const struct {
		const char *text;
		uint32_t alive, over; /* seconds after the data */
		bool cut;
	} rows[] = {
		{ "on-idle = reset", 299, 301, true },
		{ "on-idle = reset timeouts { unacknowledged = 5s }", 4, 6,
		    true },
		{ "on-idle = reset timeouts { unacknowledged = 1h }", 3599,
		    3601, true },
		{ "on-idle = reset timeouts { unacknowledged = 1d }", 7439,
		    7441, false },
		{ "on-idle = reset timeouts { unacknowledged = 9s }\n"
		  "rule \"web\" { protocol = tcp  port = { 80 }\n"
		  "timeouts { established = 12h  unacknowledged = 40s } }",
		    39, 41, true },
	};
	static const struct stage_row data = { 100000, C4, S4, 80, "PA", 1011,
		5001, "pass" };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct stage stage = stage_open(rows[i].text);

		establish(&stage);
		for (uint32_t at = 1; at <= 100; at++)
			stage_sweep(&stage, at * 1000);
		stage_step(&stage, rows[i].text, (unsigned)i, &data);
		for (uint32_t at = 1; at <= rows[i].alive; at++)
			stage_sweep(&stage, 100000 + at * 1000);
		ck_assert_msg(!stage.has_refused, "row %zu: too soon", i);
		stage_sweep(&stage, 100000 + rows[i].over * 1000);
		ck_assert_msg(stage.has_refused, "row %zu: too late", i);
		ck_assert(stage.refused.info.unanswered);
		ck_assert(sw_event_cut_short(&stage.refused) == rows[i].cut);
		ck_assert_uint_eq(stage.n_sent, 1);
		stage_close(&stage);
	}
}
END_TEST

/* Once it is acknowledged the flow has its state's time again. */
START_TEST(acknowledged_data_lasts)
{
	static const struct stage_row data = { 10, C4, S4, 80, "PA", 1011, 5001,
		"pass" };
	static const struct stage_row ack = { 4000, S4, 80, "10.1.0.2", 40000,
		"A", 5001, 1021, "pass" };
	struct stage stage =
	    stage_open("on-idle = reset timeouts { unacknowledged = 5s }");

	establish(&stage);
	stage_step(&stage, "data", 0, &data);
	stage_step(&stage, "ack", 0, &ack);
	for (uint32_t at = 5; at <= 7443; at++)
		stage_sweep(&stage, at * 1000);
	ck_assert(!stage.has_refused);
	stage_sweep(&stage, 7445000);
	ck_assert(stage.has_refused);
	ck_assert(!sw_event_cut_short(&stage.refused));
	stage_close(&stage);
}
END_TEST

/* Neither a flow that was never answered, nor one under observation. */
START_TEST(idle_reset_spares_others)
{
	static const struct stage_row half = { 0, C4, S4, 80, "S", 1000, 0,
		"pass" };
	struct stage stage = stage_open("on-idle = reset");

	stage_step(&stage, "half", 0, &half);
	stage_sweep(&stage, 8000000);
	ck_assert_uint_eq(stage.n_sent, 0);
	ck_assert(!stage.has_refused);
	stage_close(&stage);
	stage = stage_open("mode = observe on-idle = reset");
	establish(&stage);
	stage_sweep(&stage, 8000000);
	ck_assert_uint_eq(stage.n_sent, 0);
	ck_assert(stage.has_refused);
	ck_assert_uint_eq(stage.refused.refused.action, SW_ACTION_WOULD_DROP);
	stage_close(&stage);
	stage = stage_open("mode = observe on-idle = probe");
	establish(&stage);
	stage_sweep(&stage, 8000000);
	ck_assert_uint_eq(stage.n_sent, 0);
	stage_close(&stage);
}
END_TEST

START_TEST(probe_keeps_what_both_answer)
{
	static const struct stage_row server = { 62000, S4, 80, "10.1.0.2",
		40000, "A", 5001, 1011, "drop" };
	static const struct stage_row client = { 62500, C4, S4, 80, "A", 1011,
		5001, "drop" };
	static const struct stage_row data = { 100000, C4, S4, 80, "PA", 1011,
		5001, "pass" };
	struct stage stage =
	    stage_open("on-idle = probe timeouts { established = 60s }");

	establish(&stage);
	stage_sweep(&stage, 61000);
	ck_assert_uint_eq(stage.n_sent, 1);
	sent(&stage, 0, true, SW_ACK, 5000, 1011);
	sent(&stage, 1, false, SW_ACK, 1010, 5001);
	/* The answers are ours: they go nowhere, and the flow lives on. */
	stage_step(&stage, "server", 0, &server);
	stage_step(&stage, "client", 0, &client);
	stage_sweep(&stage, 99000);
	ck_assert_uint_eq(stage.n_sent, 1);
	stage_step(&stage, "data", 0, &data);
	stage_close(&stage);
}
END_TEST

/* One side that answers is not enough: the other is gone. */
START_TEST(probe_resets_what_one_has_left)
{
	static const struct stage_row server = { 62000, S4, 80, "10.1.0.2",
		40000, "A", 5001, 1011, "drop" };
	struct stage stage =
	    stage_open("on-idle = probe timeouts { established = 60s }");

	establish(&stage);
	stage_sweep(&stage, 61000);
	stage_step(&stage, "server", 0, &server);
	stage_sweep(&stage, 71000);
	stage_sweep(&stage, 81000);
	ck_assert_uint_eq(stage.n_sent, 3);
	sent(&stage, 4, true, SW_ACK, 5000, 1011);
	stage_sweep(&stage, 91000);
	ck_assert_uint_eq(stage.n_sent, 4);
	sent(&stage, 6, true, SW_RST | SW_ACK, 5001, 1011);
	sent(&stage, 7, false, SW_RST | SW_ACK, 1011, 5001);
	stage_close(&stage);
}
END_TEST

/* The server goes on by itself: that shows that it lives, and is no answer
 * that would be kept from the client. */
START_TEST(data_are_no_answer_to_a_probe)
{
	static const struct stage_row data = { 62000, S4, 80, "10.1.0.2", 40000,
		"PA", 5001, 1011, "pass" };
	struct stage stage =
	    stage_open("on-idle = probe timeouts { established = 60s }");

	establish(&stage);
	stage_sweep(&stage, 61000);
	ck_assert_uint_eq(stage.n_sent, 1);
	stage_step(&stage, "data", 0, &data);
	stage_close(&stage);
}
END_TEST

/* The sweep comes by more often than probes are due. */
START_TEST(a_probe_has_its_time)
{
	struct stage stage =
	    stage_open("on-idle = probe timeouts { established = 60s }");

	establish(&stage);
	for (uint32_t at = 61000; at < 71000; at += 1000) {
		stage_sweep(&stage, at > 70000 ? 70000 : at);
		ck_assert_uint_eq(stage.n_sent, 1);
	}
	stage_sweep(&stage, 71000);
	ck_assert_uint_eq(stage.n_sent, 2);
	stage_close(&stage);
}
END_TEST

/* A reset counts for its receiver only at the number it expects next, which
 * is not that of data it has not acknowledged. */
START_TEST(idle_reset_goes_by_what_was_acknowledged)
{
	static const struct stage_row unseen = { 5, S4, 80, "10.1.0.2", 40000,
		"PA", 5001, 1011, "pass" };
	struct stage stage =
	    stage_open("on-idle = reset timeouts { established = 60s }");

	establish(&stage);
	stage_step(&stage, "unseen", 0, &unseen);
	stage_sweep(&stage, 400000);
	ck_assert_uint_eq(stage.n_sent, 1);
	sent(&stage, 0, true, SW_RST | SW_ACK, 5001, 1011);
	sent(&stage, 1, false, SW_RST | SW_ACK, 1011, 5001);
	stage_close(&stage);
}
END_TEST

/* A rule may be less patient than what no rule names. */
START_TEST(the_shortest_timeout_is_any_rules)
{
	static const struct stage_row late[] = {
		{ 5000, C4, S4, 80, "PA", 1011, 5001,
		    "drop: Not a Valid SYN Packet, short" },
		{ 5001, S4, 80, "10.1.0.2", 40000, "PA", 5001, 1011,
		    "drop: Not a Valid SYN Packet, short" },
	};
	struct stage stage = stage_open(
	    "rule \"short\" { port = 80 timeouts { established = 3s } }");

	establish(&stage);
	stage_step(&stage, "late", 0, &late[0]);
	stage_step(&stage, "late", 1, &late[1]);
	stage_close(&stage);
}
END_TEST

/* RFC 9293 3.5.2: what the sender expects, whether it sent an ACK or not. */
START_TEST(orphan_reset_fits_the_orphan)
{
	static const struct stage_row acked = { 0, C4, S4, 80, "PA", 700, 900,
		"drop: reset Not a Valid SYN Packet, default" };
	struct stage stage = stage_open("on-orphan = reset");

	stage_step(&stage, "acked", 0, &acked);
	ck_assert_uint_eq(stage.n_sent, 1);
	sent(&stage, 0, true, SW_RST, 900, 0);
	ck_assert_uint_eq(stage.sent[0].send[1].flags, 0);
	stage_close(&stage);
}
END_TEST

/* RFC 9293 3.10.7.1: SYN and FIN take a sequence number each, and a host in
 * SYN-SENT takes no other acknowledgement. */
START_TEST(orphan_reset_counts_what_takes_a_number)
{
	static const struct stage_row rows[] = {
		{ 0, C4, S4, 80, "S", 1000, 0, "pass" },
		{ 1, S4, 80, "10.1.0.2", 40000, "SA", 5000, 1001, "pass" },
		{ 2, S4, 80, "10.1.0.2", 40000, "S", 7000, 0,
		    "drop: reset Not a Valid SYN Packet, default" },
		{ 3, S4, 80, "10.1.0.2", 40000, "SP", 7000, 0,
		    "drop: reset Not a Valid SYN Packet, default" },
	};
	struct stage stage = stage_open("on-orphan = reset");

	for (unsigned i = 0; i < 4; i++)
		stage_step(&stage, "a SYN of the called side", i, &rows[i]);
	ck_assert_uint_eq(stage.n_sent, 2);
	sent(&stage, 0, false, SW_RST | SW_ACK, 0, 7001);
	sent(&stage, 2, false, SW_RST | SW_ACK, 0, 7011);
	stage_close(&stage);
}
END_TEST

/* --- reload --- */

START_TEST(reload_keeps_flows_under_their_name)
{
	static const struct stage_row late = { 30000, C4, S4, 80, "PA", 1011,
		5001, "pass" };
	static const struct stage_row too_late = { 31000 + 11000, C4, S4, 80,
		"PA", 1021, 5001, "drop: Not a Valid SYN Packet, web" };
	struct stage stage = stage_open("rule \"db\" { port = 5432 }\n"
					"rule \"web\" { port = 80\n"
					"\ttimeouts { established = 60s } }\n");

	establish(&stage);
	/* In another place, with another timeout. */
	stage_reload(&stage,
	    "rule \"web\" { port = 80 timeouts { established = 40s } }\n"
	    "rule \"new\" { port = 81 }\n"
	    "rule \"db\" { port = 5432 }\n",
	    20000);
	stage_step(&stage, "late", 0, &late);
	stage_reload(&stage,
	    "rule \"new\" { port = 81 }\n"
	    "rule \"web\" { port = 80 timeouts { established = 10s } }\n",
	    31000);
	stage_step(&stage, "too late", 0, &too_late);
	stage_close(&stage);
}
END_TEST

/* A flow whose rule is gone goes on as one that no rule names; one whose
 * rule now denies is no longer let through by an opening packet. */
START_TEST(reload_takes_rules_away)
{
	static const struct stage_row late = { 30000, C4, S4, 80, "PA", 1011,
		5001, "pass" };
	static const struct stage_row again = { 40000, "10.1.0.2", 41000, S4,
		80, "S", 1, 0, "drop: Denied by rule, web" };
	static const struct stage_row gone = { 41000, C4, S4, 80, "PA", 1021,
		5001, "pass" };
	struct stage stage = stage_open("rule \"web\" { port = 80 }");

	establish(&stage);
	stage_reload(&stage, "", 20000);
	stage_step(&stage, "late", 0, &late);
	stage_reload(&stage, "rule \"web\" { port = 80 action = deny }", 39000);
	stage_step(&stage, "again", 0, &again);
	stage_step(&stage, "gone", 0, &gone);
	stage_close(&stage);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("time");

	tcase_add_test(tcase, idle_reset_is_exact_on_both_sides);
	tcase_add_test(tcase, idle_reset_spares_others);
	tcase_add_test(tcase, unacknowledged_data_cuts_short);
	tcase_add_test(tcase, acknowledged_data_lasts);
	tcase_add_test(tcase, probe_keeps_what_both_answer);
	tcase_add_test(tcase, probe_resets_what_one_has_left);
	tcase_add_test(tcase, data_are_no_answer_to_a_probe);
	tcase_add_test(tcase, a_probe_has_its_time);
	tcase_add_test(tcase, idle_reset_goes_by_what_was_acknowledged);
	tcase_add_test(tcase, the_shortest_timeout_is_any_rules);
	tcase_add_test(tcase, orphan_reset_fits_the_orphan);
	tcase_add_test(tcase, orphan_reset_counts_what_takes_a_number);
	tcase_add_test(tcase, reload_keeps_flows_under_their_name);
	tcase_add_test(tcase, reload_takes_rules_away);
	return run_case("treatment over time", tcase);
}
