/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_line: refusals as the text and the JSON that users and scripts
 * read, to the letter.
 */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "report/line.h"
#include "runner.h"

static const struct sw_names names_db = {
	.rule = "db",
	.in = "eth1",
	.out = "eth0",
	.hint = "rule db: timeouts { established = 7200s }",
};

static const struct sw_names names_bare = { .rule = "default" };

static struct sw_event
refusal(struct sw_endpoints ends, enum sw_message message, uint8_t flags)
{
	return (struct sw_event){
		.kind = SW_EVENT_REFUSED,
		.refused = {
			.ends = ends,
			.length = 52,
			.tcp_flags = flags,
			.message = (uint8_t)message,
			.action = SW_ACTION_DROP,
		},
		.judgement.cause = SW_CAUSE_UNKNOWN,
	};
}

static struct sw_event
idle_expired(void)
{
	struct sw_event event = refusal(
	    build_ends("10.1.2.3", 44120, "10.0.5.9", 5432, IPPROTO_TCP),
	    SW_MESSAGE_NOT_SYN, SW_FIN | SW_ACK);

	event.refused.has_flow = true;
	memcpy(event.info.history, "ShADad", 7);
	event.judgement = (struct sw_judgement){
		.cause = SW_CAUSE_IDLE_EXPIRED,
		.confidence = SW_CONF_HIGH,
		.evidences = 2,
		.evidence = {
			{ SW_EVIDENCE_IDLE, 3725 },
			{ SW_EVIDENCE_TIMEOUT, 3600 },
		},
	};
	return event;
}

static void
expect(const struct sw_event *event, const struct sw_names *names,
    const char *expected)
{
	char line[SW_LINE_MAX];
	size_t n = sw_line_refusal(event, names, line, sizeof line);

	ck_assert_str_eq(line, expected);
	ck_assert_uint_eq(n, strlen(expected));
}

static void
expect_json(const struct sw_event *event, const struct sw_names *names,
    const char *expected)
{
	char text[4096];
	struct sw_json json = sw_json_to_buffer(text, sizeof text);

	sw_json_begin(&json, NULL);
	sw_line_json(event, names, &json);
	ck_assert(sw_json_end(&json));
	text[json.end - 1] = '\0';
	ck_assert_str_eq(text, expected);
}

START_TEST(line_of_the_manual)
{
	struct sw_event event = idle_expired();

	expect(&event, &names_db,
	    "Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > 10.0.5.9:5432 "
	    "in=eth1 out=eth0 len=52 cause=idle-expired conf=high idle=3725s "
	    "timeout=3600s hist=ShADad rule=db "
	    "hint=\"rule db: timeouts { established = 7200s }\"");
}
END_TEST

START_TEST(json_of_the_manual)
{
	struct sw_event event = idle_expired();

	expect_json(&event, &names_db,
	    "{\"verdict\":\"drop\",\"message\":\"Not a Valid SYN Packet\","
	    "\"flags\":\"FA\",\"proto\":\"tcp\",\"src\":\"10.1.2.3\","
	    "\"sport\":44120,\"dst\":\"10.0.5.9\",\"dport\":5432,"
	    "\"in\":\"eth1\",\"out\":\"eth0\",\"len\":52,"
	    "\"cause\":\"idle-expired\",\"conf\":\"high\",\"idle\":3725,"
	    "\"timeout\":3600,\"hist\":\"ShADad\",\"rule\":\"db\","
	    "\"hint\":\"rule db: timeouts { established = 7200s }\"}");
}
END_TEST

START_TEST(ipv6_stands_in_brackets)
{
	struct sw_event event =
	    refusal(build_ends("fd00::1", 80, "2001:db8::2", 4711, IPPROTO_TCP),
		SW_MESSAGE_NOT_SYN, SW_SYN | SW_ACK);

	expect(&event, &names_bare,
	    "Not a Valid SYN Packet [SA] TCP [fd00::1]:80 > "
	    "[2001:db8::2]:4711 len=52 cause=unknown conf=low rule=default");
}
END_TEST

START_TEST(observe_says_so_behind_the_head)
{
	struct sw_event event = idle_expired();

	event.refused.action = SW_ACTION_WOULD_DROP;
	event.refused.has_flow = false;
	expect(&event, &names_bare,
	    "Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > 10.0.5.9:5432 "
	    "len=52 cause=idle-expired conf=high action=\"would drop\" "
	    "idle=3725s timeout=3600s rule=default");
	event.judgement.evidences = 0;
	expect_json(&event, &names_bare,
	    "{\"verdict\":\"pass\",\"message\":\"Not a Valid SYN Packet\","
	    "\"flags\":\"FA\",\"proto\":\"tcp\",\"src\":\"10.1.2.3\","
	    "\"sport\":44120,\"dst\":\"10.0.5.9\",\"dport\":5432,\"len\":52,"
	    "\"cause\":\"idle-expired\",\"conf\":\"high\","
	    "\"action\":\"would drop\",\"rule\":\"default\"}");
}
END_TEST

START_TEST(malformed_says_what)
{
	struct sw_event event =
	    refusal(build_ends("10.0.0.1", 0, "10.0.0.2", 0, IPPROTO_UDP),
		SW_MESSAGE_MALFORMED, 0);

	event.refused.malformed = SW_PARSE_CUT;
	expect(&event, &names_bare,
	    "Malformed packet [-] UDP 10.0.0.1:0 > 10.0.0.2:0 len=52 "
	    "what=\"cut short\" rule=default");
}
END_TEST

START_TEST(unreadable_addresses_are_dashes)
{
	struct sw_event event = refusal(
	    (struct sw_endpoints){ .proto = 0 }, SW_MESSAGE_MALFORMED, 0);

	event.refused.malformed = SW_PARSE_VERSION;
	expect(&event, &names_bare,
	    "Malformed packet [-] proto-0 - > - len=52 "
	    "what=\"IP version is neither 4 nor 6\" rule=default");
}
END_TEST

START_TEST(icmp_tells_type_and_code)
{
	struct sw_event event =
	    refusal(build_ends("fd00::1", 7, "fd00::2", 7, IPPROTO_ICMPV6),
		SW_MESSAGE_NOT_SYN, 0xff);

	event.refused.icmp_type = 129;
	event.refused.icmp_code = 3;
	expect(&event, &names_bare,
	    "Not a Valid SYN Packet [-] ICMPv6 fd00::1 > fd00::2 len=52 "
	    "type=129 code=3 id=7 cause=unknown conf=low rule=default");
}
END_TEST

START_TEST(a_denied_packet_needs_no_cause)
{
	struct sw_event event =
	    refusal(build_ends("10.0.0.1", 1, "10.0.0.2", 2, IPPROTO_TCP),
		SW_MESSAGE_DENIED, SW_SYN);

	expect(&event, &names_bare,
	    "Denied by rule [S] TCP 10.0.0.1:1 > 10.0.0.2:2 len=52 "
	    "rule=default");
	event.judgement.cause = SW_CAUSE_ACK_SCAN;
	expect(&event, &names_bare,
	    "Denied by rule [S] TCP 10.0.0.1:1 > 10.0.0.2:2 len=52 "
	    "cause=ack-scan conf=low rule=default");
}
END_TEST

START_TEST(odd_names_are_quoted)
{
	struct sw_event event = refusal(
	    build_ends("10.0.0.1", 0, "10.0.0.2", 0, 47), SW_MESSAGE_DENIED, 0);
	struct sw_names names = {
		.rule = "a \"b\"\n\\\xff",
		.in = "br=0",
		.route = "eth9",
	};

	expect(&event, &names,
	    "Denied by rule [-] GRE 10.0.0.1 > 10.0.0.2 in=\"br=0\" len=52 "
	    "route=eth9 rule=\"a \\\"b\\\"\\x0a\\\\\\xff\"");
	expect_json(&event, &names,
	    "{\"verdict\":\"drop\",\"message\":\"Denied by rule\","
	    "\"flags\":\"-\",\"proto\":\"gre\",\"src\":\"10.0.0.1\","
	    "\"dst\":\"10.0.0.2\",\"in\":\"br=0\",\"len\":52,"
	    "\"route\":\"eth9\","
	    "\"rule\":\"a \\\\\\\"b\\\\\\\"\\\\x0a\\\\\\\\\\\\xff\"}");
}
END_TEST

START_TEST(a_short_line_loses_whole_fields)
{
	struct sw_event event = idle_expired();
	char whole[SW_LINE_MAX], line[SW_LINE_MAX];
	size_t head, n;

	n = sw_line_refusal(&event, &names_db, whole, sizeof whole);
	head = strlen("Not a Valid SYN Packet [FA] TCP 10.1.2.3:44120 > "
		      "10.0.5.9:5432");
	for (size_t size = 1; size <= n + 1; size++) {
		size_t got = sw_line_refusal(&event, &names_db, line, size);

		ck_assert_uint_lt(got, size);
		ck_assert_uint_eq(got, strlen(line));
		if (size <= head)
			continue;
		ck_assert_int_eq(strncmp(line, whole, head), 0);
		for (char *at = strtok(line + head, " ");
		     at != NULL && strncmp(at, "hint", 4) != 0;
		     at = strtok(NULL, " "))
			ck_assert_ptr_nonnull(strstr(whole, at));
	}
	ck_assert_uint_eq(sw_line_refusal(&event, &names_db, line, n + 1), n);
	ck_assert_str_eq(line, whole);
}
END_TEST

START_TEST(flags_in_their_order)
{
	static const struct {
		uint8_t flags;
		const char *plain, *ecn;
	} rows[] = {
		{ 0, "-", "-" },
		{ SW_FIN | SW_ACK, "FA", "FA" },
		{ SW_RST | SW_ACK, "RA", "RA" },
		{ SW_PSH | SW_ACK, "PA", "PA" },
		{ SW_SYN | SW_ACK, "SA", "SA" },
		{ SW_FIN | SW_PSH | SW_ACK, "FPA", "FPA" },
		{ SW_SYN | SW_ECE | SW_CWR, "S", "SEW" },
		{ SW_ECE, "-", "E" },
		{ 0xff, "FSRPAU", "FSRPAUEW" },
	};
	char text[9];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		sw_event_flags_text(rows[i].flags, false, text);
		ck_assert_str_eq(text, rows[i].plain);
		sw_event_flags_text(rows[i].flags, true, text);
		ck_assert_str_eq(text, rows[i].ecn);
	}
}
END_TEST

START_TEST(every_state_and_end_has_a_word)
{
	for (unsigned i = 0; i < SW_STATE_COUNT; i++)
		ck_assert_uint_gt(strlen(sw_event_state_text(i)), 0);
	for (unsigned i = 0; i < SW_END_COUNT; i++)
		ck_assert_uint_gt(strlen(sw_event_end_text(i)), 0);
	ck_assert_str_eq(sw_event_state_text(SW_STATE_TIME_WAIT), "time_wait");
	ck_assert_str_eq(sw_event_end_text(SW_END_EVICTED), "evicted");
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("line");

	tcase_add_test(tcase, line_of_the_manual);
	tcase_add_test(tcase, json_of_the_manual);
	tcase_add_test(tcase, ipv6_stands_in_brackets);
	tcase_add_test(tcase, observe_says_so_behind_the_head);
	tcase_add_test(tcase, malformed_says_what);
	tcase_add_test(tcase, unreadable_addresses_are_dashes);
	tcase_add_test(tcase, icmp_tells_type_and_code);
	tcase_add_test(tcase, a_denied_packet_needs_no_cause);
	tcase_add_test(tcase, odd_names_are_quoted);
	tcase_add_test(tcase, a_short_line_loses_whole_fields);
	tcase_add_test(tcase, flags_in_their_order);
	tcase_add_test(tcase, every_state_and_end_has_a_word);
	return run_case("line", tcase);
}
