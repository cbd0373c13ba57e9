/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_incident: which drops are alike, and the words they are told in.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "books.h"
#include "runner.h"

START_TEST(lines_read_as_promised)
{
	struct books books = books_open(50, 60);
	uint64_t start = 8 * 1000, ms = 0;
	struct sw_event event;

	/* 02:11:08 by the wall; 1630 drops over 252 s. */
	for (unsigned i = 0; i < 1630; i++) {
		ms = start + i * 252000ull / 1629;
		event = books_answer(0x0a010200 + i % 37, 0x0a090007, ms);
		if (i == 10 || i == 20)
			event.refused.tcp_flags = SW_ACK;
		books_take_all(&books, ms);
		books_give(&books, &event);
		if (books.lines == 1 && books.last[0] == 'I') {
			ck_assert_str_eq(strchr(books.last + 9, ' '),
			    " asymmetric: 387 drops in 60s [SA]=386 [A]=1, 37 "
			    "clients > 10.9.0.7:443 in=eth2 out=eth1, since "
			    "00:00:08");
			books.last[0] = '\0';
		}
	}
	ck_assert_uint_eq(books.lines, 4);
	ck_assert_uint_eq(books.logged, 6);
	ck_assert(books_take(&books, ms + 59000));
	ck_assert(!books_take(&books, ms + 59999));
	ck_assert(books_take(&books, ms + 60000));
	ck_assert_str_eq(strchr(books.last + 9, ' '),
	    " closed: 1630 drops in 252s, last 00:04:20");
	ck_assert(!books_take(&books, ms + 60000));
	books_close(&books, ms + 60000);
	ck_assert_uint_eq(books.closed, 1);
}
END_TEST

START_TEST(line_and_closing_line_bear_the_same_id)
{
	struct books books = books_open(50, 60);
	char id[5];

	for (unsigned i = 0; i < 10; i++) {
		struct sw_event event = books_refusal(1, 2, SW_ACK, i);

		books_give(&books, &event);
	}
	ck_assert(books_take(&books, 60100));
	memcpy(id, books.last + 9, 4);
	id[4] = '\0';
	ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 4);
	ck_assert(books_take(&books, 60100));
	ck_assert_int_eq(strncmp(books.last + 9, id, 4), 0);
	books_close(&books, 60100);
}
END_TEST

START_TEST(first_drops_and_new_flags_are_logged)
{
	static const uint8_t flags[] = { SW_ACK, SW_FIN | SW_ACK, SW_RST,
		SW_PSH | SW_ACK, SW_RST | SW_ACK, SW_FIN | SW_PSH | SW_ACK };
	struct books books = books_open(50, 60);
	struct sw_event event = books_refusal(1, 2, SW_ACK, 0);

	for (unsigned i = 0; i < sizeof flags; i++) {
		event.refused.tcp_flags = flags[i];
		ck_assert(books_give(&books, &event));
	}
	for (unsigned i = 0; i < sizeof flags; i++) {
		event.refused.tcp_flags = flags[i];
		ck_assert(!books_give(&books, &event));
	}
	books_close(&books, 1000);
}
END_TEST

START_TEST(all_logged_ends_without_a_word)
{
	struct books books = books_open(50, 60);
	struct sw_event event = books_refusal(1, 2, SW_ACK, 0);
	struct sw_incident listed;

	for (unsigned i = 0; i < 5; i++)
		ck_assert(books_give(&books, &event));
	ck_assert_uint_eq(sw_incident_due_count_open(books.incidents), 0);
	ck_assert(!books_take(&books, 100000));
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, &listed, 1), 1);
	ck_assert(!listed.open);
	ck_assert_uint_eq(listed.drops, 5);
	ck_assert_uint_eq(listed.logged, 5);
	books_close(&books, 100000);
	ck_assert_uint_eq(books.lines, 0);
}
END_TEST

START_TEST(both_directions_are_one_incident)
{
	struct books books = books_open(50, 60);
	struct sw_event to = books_refusal(0x0a010203, 0x0a090007, SW_ACK, 0);
	struct sw_event back = to;
	struct sw_incident listed[2];

	back.refused.ends = sw_packet_endpoints_reverse(&to.refused.ends);
	back.refused.tcp_flags = SW_SYN | SW_ACK;
	back.in = to.out;
	back.out = to.in;
	books_give(&books, &back);
	books_give(&books, &to);
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, listed, 2), 1);
	ck_assert_uint_eq(listed[0].drops, 2);
	ck_assert_uint_eq(listed[0].example.dport, 443);
	ck_assert_uint_eq(listed[0].in, BOOKS_OUT);
	books_close(&books, 0);
}
END_TEST

START_TEST(what_differs_is_another_incident)
{
	struct books books = books_open(50, 60);
	struct sw_incident listed[16];
	struct sw_event event = books_refusal(0x0a010203, 2, SW_ACK, 0);

	books_give(&books, &event);
	event.refused.ends.src =
	    books_refusal(0x0a0102ff, 2, 0, 0).refused.ends.src; /* same /24 */
	books_give(&books, &event);
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, listed, 16), 1);
	event.refused.ends.src =
	    books_refusal(0x0a010303, 2, 0, 0).refused.ends.src;
	books_give(&books, &event);
	event.refused.ends.dport = 80;
	books_give(&books, &event);
	event.rule = 2;
	books_give(&books, &event);
	event.in = 3;
	books_give(&books, &event);
	event.judgement.cause = SW_CAUSE_GAP;
	books_give(&books, &event);
	event.refused.action = SW_ACTION_WOULD_DROP;
	books_give(&books, &event);
	event.refused.ends.proto = IPPROTO_UDP;
	books_give(&books, &event);
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, listed, 16), 8);
	books_close(&books, 0);
}
END_TEST

START_TEST(other_protocols_and_actions_are_named)
{
	struct books books = books_open(50, 60);
	struct sw_event event = books_refusal(0x0a010203, 0x0a090007, 0, 0);

	event.refused.ends.proto = IPPROTO_UDP;
	event.refused.message = SW_MESSAGE_DENIED;
	event.refused.action = SW_ACTION_WOULD_DROP;
	event.judgement.cause = SW_CAUSE_UNKNOWN;
	for (unsigned i = 0; i < 8; i++)
		books_give(&books, &event);
	ck_assert(books_take(&books, 60000));
	ck_assert_str_eq(strchr(books.last + 9, ' '),
	    " Denied by rule: 3 would-be drops in 60s UDP=3, 1 client "
	    "10.1.2.3 > 10.9.0.7:443 in=eth2 out=eth1, since 00:00:00");
	books_close(&books, 60000);
}
END_TEST

/* From 2001:db8::N:1 to port 443 of 2001:db8:9::7. */
static struct sw_event
refusal6(uint8_t network, uint8_t host, uint64_t ms)
{
	struct sw_event event = books_refusal(1, 2, SW_ACK, ms);
	struct sw_endpoints *ends = &event.refused.ends;

	ends->family = SW_IPV6;
	ends->src = (struct sw_addr){ { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0,
	    network, 0, 0, 0, 0, 0, 0, 0, host } };
	ends->dst = (struct sw_addr){ { 0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0,
	    0, 0, 0, 0, 0, 0, 7 } };
	return event;
}

START_TEST(ipv6_clients_are_alike_within_64_bits)
{
	struct books books = books_open(50, 60);
	struct sw_incident listed[4];
	struct sw_event event;

	for (uint8_t i = 0; i < 10; i++) {
		event = refusal6(1, i, i);
		books_give(&books, &event);
	}
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, listed, 4), 1);
	event = refusal6(2, 0, 10);
	books_give(&books, &event);
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, listed, 4), 2);
	ck_assert(books_take(&books, 60100));
	ck_assert_ptr_nonnull(strstr(books.last,
	    ": 5 drops in 60s [A]=5, 10 clients > [2001:db8:9::7]:443 in="));
	books_close(&books, 60100);
}
END_TEST

START_TEST(protocols_without_ports_have_none)
{
	struct books books = books_open(50, 60);
	struct sw_event event = books_refusal(0x0a010203, 0x0a090007, 0, 0);

	event.refused.ends.proto = IPPROTO_GRE;
	event.refused.ends.sport = event.refused.ends.dport = 0;
	event.refused.message = SW_MESSAGE_DENIED;
	event.judgement.cause = SW_CAUSE_UNKNOWN;
	for (unsigned i = 0; i < 6; i++)
		books_give(&books, &event);
	ck_assert(books_take(&books, 60000));
	ck_assert_str_eq(strchr(books.last + 9, ' '),
	    " Denied by rule: 1 drop in 60s GRE=1, 1 client 10.1.2.3 > "
	    "10.9.0.7 in=eth2 out=eth1, since 00:00:00");
	books_close(&books, 60000);
}
END_TEST

START_TEST(a_shorter_interval_holds_at_once)
{
	struct books books = books_open(50, 3600);
	struct sw_event event = books_refusal(1, 2, SW_ACK, 0);

	for (unsigned i = 0; i < 10; i++)
		books_give(&books, &event);
	ck_assert(!books_take(&books, 5000));
	ck_assert_uint_eq(sw_incident_due_count_open(books.incidents), 1);
	sw_incidents_set(books.incidents, 50, 5);
	ck_assert(books_take(&books, 5000));
	books_close(&books, 5000);
}
END_TEST

START_TEST(lists_newest_first_and_closed_ones)
{
	struct books books = books_open(0, 60);
	struct sw_incident listed[3];

	for (uint16_t i = 0; i < 4; i++) {
		struct sw_event event = books_refusal(1, 2, SW_ACK, i * 1000);

		event.rule = i;
		books_give(&books, &event);
	}
	books_take_all(&books, 61500); /* the first two are over */
	ck_assert_uint_eq(sw_incident_due_list(books.incidents, listed, 3), 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(listed[i].rule, 3 - i);
	ck_assert(listed[0].open && listed[1].open && !listed[2].open);
	books_close(&books, 61500);
}
END_TEST

START_TEST(cut_lines_stay_text)
{
	struct books books = books_open(50, 60);
	struct sw_names names = { .rule = "db" };
	char line[24];

	for (unsigned i = 0; i < 10; i++) {
		struct sw_event event = books_refusal(1, 2, SW_ACK, i);

		books_give(&books, &event);
	}
	ck_assert(books_take(&books, 70000));
	memset(line, 'x', sizeof line);
	sw_incident_line(&books.report, &names, 0, line, sizeof line);
	ck_assert_uint_eq(strlen(line), sizeof line - 1);
	books_close(&books, 70000);
}
END_TEST

START_TEST(odd_names_do_no_harm)
{
	struct books books = books_open(50, 60);
	struct sw_names names = {
		.rule = "db", .in = "e\x1b[2J, since", .out = "\"\n\xff"
	};
	char line[SW_LINE_MAX];

	for (unsigned i = 0; i < 10; i++) {
		struct sw_event event = books_refusal(1, 2, SW_ACK, i);

		books_give(&books, &event);
	}
	ck_assert(books_take(&books, 70000));
	sw_incident_line(&books.report, &names, 0, line, sizeof line);
	ck_assert_ptr_nonnull(strstr(
	    line, " in=\"e\\x1b[2J, since\" out=\"\\\"\\x0a\\xff\", since "));
	books_close(&books, 70000);
}
END_TEST

/* The report's fields as JSON. */
static void
json_is(const struct sw_incident_report *report, const char *expected)
{
	struct sw_names names = { .rule = "db", .in = "eth2", .out = "eth1" };
	struct sw_incident_texts texts;
	struct sw_fields fields;
	char text[4096];
	struct sw_json json = sw_json_to_buffer(text, sizeof text);

	sw_incident_line_fields(
	    report, &names, 100 * (int64_t)SW_NS_PER_SECOND, &texts, &fields);
	sw_json_begin(&json, NULL);
	sw_line_fields_json(&fields, &json);
	ck_assert(sw_json_end(&json));
	text[json.end - 1] = '\0';
	ck_assert_str_eq(text, expected);
}

START_TEST(fields_tell_what_the_line_tells)
{
	struct books books = books_open(50, 60);
	char expected[512];

	for (unsigned i = 0; i < 10; i++) {
		struct sw_event event =
		    books_refusal(0x0a010203, 0x0a090007, SW_ACK, i * 1000);

		books_give(&books, &event);
	}
	ck_assert(books_take(&books, 65000));
	snprintf(expected, sizeof expected,
	    "{\"incident\":\"%04x\",\"state\":\"open\",\"drops\":5,"
	    "\"seconds\":60,\"tally\":\"[A]=5\",\"first\":100,"
	    "\"last\":109,\"message\":\"Not a Valid SYN Packet\","
	    "\"cause\":\"asymmetric\",\"proto\":\"tcp\","
	    "\"src\":\"10.1.2.3\",\"dst\":\"10.9.0.7\",\"dport\":443,"
	    "\"clients\":1,\"targets\":1,\"in\":\"eth2\","
	    "\"out\":\"eth1\",\"rule\":\"db\"}",
	    books.report.incident.id);
	json_is(&books.report, expected);
	ck_assert(books_take(&books, 70000));
	ck_assert(books.report.closing);
	ck_assert_uint_eq(books.report.drops, 10);
	ck_assert_uint_eq(books.report.seconds, 9);
	books_close(&books, 70000);
}
END_TEST

int
main(void)
{
	TCase *tests = tcase_create("incident");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, lines_read_as_promised);
	tcase_add_test(tests, line_and_closing_line_bear_the_same_id);
	tcase_add_test(tests, first_drops_and_new_flags_are_logged);
	tcase_add_test(tests, all_logged_ends_without_a_word);
	tcase_add_test(tests, both_directions_are_one_incident);
	tcase_add_test(tests, what_differs_is_another_incident);
	tcase_add_test(tests, other_protocols_and_actions_are_named);
	tcase_add_test(tests, ipv6_clients_are_alike_within_64_bits);
	tcase_add_test(tests, protocols_without_ports_have_none);
	tcase_add_test(tests, a_shorter_interval_holds_at_once);
	tcase_add_test(tests, lists_newest_first_and_closed_ones);
	tcase_add_test(tests, cut_lines_stay_text);
	tcase_add_test(tests, odd_names_do_no_harm);
	tcase_add_test(tests, fields_tell_what_the_line_tells);
	return run_case("incident", tests);
}
