/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_request: lines of the control socket, good and bad, and filters
 * against flows.
 */
#include <check.h>
#include <jansson.h>
#include <netinet/in.h>
#include <string.h>

#include "control/reply.h"
#include "protocol/request.h"
#include "runner.h"

static bool
parse(const char *line, struct sw_request *request, char *why)
{
	return sw_request_parse(line, strlen(line), request, why);
}

static const char *const good[] = {
	"synward/1 status",
	"  synward/1   status  ",
	"\"synward/1\" \"status\"",
	"synward/1 flows",
	"synward/1 flows limit=10 src=10.0.0.0/8 state=established",
	"synward/1 flows \"rule=a b\"",
	"synward/1 events follow limit=3",
	"synward/1 drops cause=gap",
	"synward/1 drops cause=gap,asymmetric limit=3 follow",
	"synward/1 drops since=2h until=1h",
	"synward/1 events since=@1700000000 until=2027-01-01",
	"synward/1 incidents client=10.0.0.0/8 or server=fd00::/8",
	"synward/1 incidents follow",
	"synward/1 flows port=80,443,6000-6010 or rule=db* in=eth?",
	"synward/1 flows sort=idle limit=5",
	"synward/1 flows sort=-bytes idle>=5m bytes<=1M",
	"synward/1 drops conf=high,medium verdict!=drop message=denied-by-rule",
	"synward/1 drops \"message=Denied by rule\" message=not-a*",
	"synward/1 events kind=ended how=timeout state=established",
	"synward/1 explain from=10.0.0.1",
	"synward/1 explain from=10.0.0.1 to=10.0.0.2",
	"synward/1 explain from=10.0.0.1 to=10.0.0.2:443",
	"synward/1 explain from=10.0.0.1:1 to=10.0.0.2:2",
	"synward/1 explain from=10.0.0.1:1 to=10.0.0.2:2 proto=tcp",
	"synward/1 explain from=[fd00::1]:1 to=[fd00::2]:2 proto=17",
	"synward/1 which from=fd00::1 to=[fd00::2]:2 proto=tcp in=a out=b",
	"synward/1 kill reset yes port=1",
	"synward/1 reload",
	"synward/1 metrics",
};

static const char *const bad[] = {
	"",
	"status",
	"synward/1",
	"synward/2 status",
	"synward/1 Status",
	"synward/1 status now",
	"synward/1 flows follow",
	"synward/1 flows limit=0",
	"synward/1 flows limit=4294967296",
	"synward/1 flows limit=-1",
	"synward/1 flows nothing",
	"synward/1 flows bogus=1",
	"synward/1 flows =1",
	"synward/1 flows src=",
	"synward/1 flows src=10.0.0.0/33",
	"synward/1 flows src=10.0.0.0/",
	"synward/1 flows src=fd00::/129",
	"synward/1 flows src>10.0.0.1",
	"synward/1 flows port=65536",
	"synward/1 flows port=2-1",
	"synward/1 flows port=1-",
	"synward/1 flows state=open",
	"synward/1 flows idle>5x",
	"synward/1 flows idle>1m5",
	"synward/1 flows bytes>5KB",
	"synward/1 flows src=10.0.0.0/255.0.0.0",
	"synward/1 flows idle>99999999999999999999",
	"synward/1 flows family=5",
	"synward/1 flows \"rule=a",
	"synward/1 flows port=1\x01",
	"synward/1 drops cause=bogus",
	"synward/1 explain",
	"synward/1 explain to=10.0.0.2:2 proto=tcp",
	"synward/1 drops since=1x",
	"synward/1 drops since=25:00",
	"synward/1 drops since=1h until=2h",
	"synward/1 flows since=1h",
	"synward/1 flows sort=size",
	"synward/1 flows sort=-",
	"synward/1 drops sort=age",
	"synward/1 flows cause=gap",
	"synward/1 flows or",
	"synward/1 flows port=1 or",
	"synward/1 flows or port=1",
	"synward/1 flows port=1 or or port=2",
	"synward/1 flows port=1,",
	"synward/1 flows port=,1",
	"synward/1 flows port=1,,2",
	"synward/1 flows port=1,x",
	"synward/1 flows idle>1m,2m",
	"synward/1 incidents conf=high",
	"synward/1 incidents idle>1m",
	"synward/1 drops message=denied-by-nobody",
	"synward/1 drops verdict=maybe",
	"synward/1 kill port=1 or",
	"synward/1 explain to=10.0.0.2:2 from=10.0.0.1:1 proto=tcp",
	"synward/1 explain from=10.0.0.1:1 to=[fd00::2]:2 proto=tcp",
	"synward/1 explain from=10.0.0.1:x to=10.0.0.2:2 proto=tcp",
	"synward/1 explain from=10.0.0.1/8 to=10.0.0.2:2 proto=tcp",
	"synward/1 explain from=[fd00::1 to=[fd00::2]:2 proto=tcp",
	"synward/1 explain from=10.0.0.1:1 to=10.0.0.2:2 proto=300",
	("synward/1 which from=10.0.0.1 to=10.0.0.2:2 proto=tcp "
	 "in=abcdefghijklmnopq"),
	"synward/1 kill",
	"synward/1 kill reset yes",
	"synward/1 kill limit=1 port=1",
	"synward/1 flows proto=proto-tcp",
	"synward/1 flows proto=proto-256",
	"synward/1 flows proto=sctpx",
};

START_TEST(good_lines_are_understood)
{
	struct sw_request request;
	char why[SW_REQUEST_WHY] = "";

	ck_assert_msg(parse(good[_i], &request, why), "%s: %s", good[_i], why);
}
END_TEST

START_TEST(bad_lines_are_refused_with_a_reason)
{
	struct sw_request request;
	char why[SW_REQUEST_WHY] = "";

	ck_assert_msg(!parse(bad[_i], &request, why), "%s", bad[_i]);
	ck_assert_str_ne(why, "");
}
END_TEST

START_TEST(a_line_says_what_it_asks)
{
	struct sw_request request;
	char why[SW_REQUEST_WHY];

	ck_assert(parse(
	    "synward/1 events follow limit=7 dst=10.0.0.0/8", &request, why));
	ck_assert_int_eq(request.kind, SW_REQUEST_EVENTS);
	ck_assert(request.follow && !request.changes && !request.reset);
	ck_assert_uint_eq(request.limit, 7);
	ck_assert_uint_eq(request.filter.n, 1);
	ck_assert(parse("synward/1 kill reset port=1", &request, why));
	ck_assert(request.changes && request.reset && !request.yes);
	ck_assert(parse("synward/1 which from=10.1.2.3 to=10.9.8.7:443 "
			"proto=udp in=eth0",
	    &request, why));
	ck_assert_uint_eq(request.ends.dport, 443);
	ck_assert_uint_eq(request.ends.sport, 0);
	ck_assert_uint_eq(request.ends.proto, IPPROTO_UDP);
	ck_assert_uint_eq(request.ends.src.b[3], 3);
	ck_assert_uint_eq(request.ends.dst.b[0], 10);
	ck_assert_str_eq(request.in, "eth0");
	ck_assert_str_eq(request.out, "");
}
END_TEST

START_TEST(a_line_too_long_or_of_too_many_words_is_refused)
{
	static char line[SW_REQUEST_MAX + 16];
	struct sw_request request;
	char why[SW_REQUEST_WHY];

	memset(line, 'a', sizeof line);
	ck_assert(!sw_request_parse(line, sizeof line, &request, why));
	memset(line, ' ', SW_REQUEST_MAX - 1);
	ck_assert(!sw_request_parse(line, SW_REQUEST_MAX - 1, &request, why));
	for (int i = 0; i < 100; i++)
		memcpy(line + i * 2, "a ", 2);
	ck_assert(!sw_request_parse(line, 200, &request, why));
}
END_TEST

static const char *
rule_name(uint16_t slot, void *context)
{
	(void)context;
	return slot == 3 ? "db" : "default";
}

static const char *
interface_name(uint32_t index, char name[IF_NAMESIZE], void *context)
{
	(void)context;
	if (index != 5)
		return NULL;
	strcpy(name, "eth0");
	return name;
}

static const char *
zone_name(uint8_t zone, void *context)
{
	(void)context;
	return zone == 1 ? "red" : NULL;
}

static const struct sw_filter_names names = {
	.rule = rule_name, .interface = interface_name, .zone = zone_name
};

/* Opened at second 100, last seen at 160; now is 200. */
static const struct sw_flow_info info = {
	.opener = { .src = { { 10, 1, 2, 3 } },
	    .dst = { { 10, 9, 8, 7 } },
	    .sport = 40000,
	    .dport = 443,
	    .family = SW_IPV4,
	    .proto = IPPROTO_TCP },
	.opened = { 100 * SW_NS_PER_SECOND },
	.seen = { 160 * SW_NS_PER_SECOND },
	.in = 5,
	.out = 6,
	.rule = 3,
	.state = SW_STATE_ESTABLISHED,
	.assured = true,
	.side = { { .packets = 10, .bytes = 1000 },
	    { .packets = 5, .bytes = 2048 } },
};

static const struct {
	const char *condition;
	bool holds;
} conditions[] = {
	{ "src=10.1.2.3", true },
	{ "src=10.1.2.4", false },
	{ "src=10.0.0.0/8", true },
	{ "src=10.1.2.2/31", true },
	{ "src=10.1.2.4/31", false },
	{ "src=0.0.0.0/0", true },
	{ "src=::/0", false },
	{ "dst=10.9.8.0/24", true },
	{ "dst!=10.9.8.0/24", false },
	{ "host=10.9.8.7", true },
	{ "host=10.1.2.3", true },
	{ "host=10.1.2.9", false },
	{ "client=10.1.2.3", true },
	{ "client=10.9.8.7", false },
	{ "server=10.9.8.7", true },
	{ "server!=10.9.8.7,10.9.8.6", false },
	{ "src=10.1.2.9,10.1.2.3", true },
	{ "src!=10.1.2.9,10.1.2.4", true },
	{ "src!=10.1.2.9,10.1.2.3", false },
	{ "port=80,443", true },
	{ "port=80,8080", false },
	{ "port!=80,8080", true },
	{ "port=80,400-500", true },
	{ "rule=d*", true },
	{ "rule=web*,d?", true },
	{ "rule!=d*", false },
	{ "in=eth*", true },
	{ "in=wlan*", false },
	{ "out=*", false },
	{ "out!=*", true },
	{ "state=close,established", true },
	{ "idle>=40", true },
	{ "idle>=41", false },
	{ "idle<=40", true },
	{ "idle<=39", false },
	{ "port=443", true },
	{ "port=400-500", true },
	{ "port!=443", false },
	{ "sport=40000", true },
	{ "sport=443", false },
	{ "proto=tcp", true },
	{ "proto=TCP", true },
	{ "proto=6", true },
	{ "proto=proto-6", true },
	{ "proto=udp", false },
	{ "proto=UDPLite", false },
	{ "proto=ospf", false },
	{ "proto=icmp6", false },
	{ "proto=proto-143", false },
	{ "family=4", true },
	{ "family=6", false },
	{ "state=established", true },
	{ "state!=established", false },
	{ "assured=yes", true },
	{ "assured=no", false },
	{ "rule=db", true },
	{ "rule=default", false },
	{ "in=eth0", true },
	{ "out=eth0", false },
	{ "idle>39s", true },
	{ "idle>40", false },
	{ "idle<1m", true },
	{ "idle=40", true },
	{ "age>1m", true },
	{ "age=1m40s", true },
	{ "age>1m40s", false },
	{ "age<99", false },
	{ "age=100", true },
	{ "bytes>3047", true },
	{ "bytes>1k", true },
	{ "bytes>1M", false },
	{ "bytes<5G", true },
	{ "bytes=3048", true },
	{ "packets<16", true },
	{ "packets<15", false },
};

static struct sw_filter_view
view_story(void)
{
	return sw_filter_view_flow(
	    &info, (struct sw_time){ 200 * SW_NS_PER_SECOND }, &names);
}

START_TEST(a_condition_takes_what_it_says)
{
	struct sw_filter_view story_view = view_story();
	struct sw_filter filter = { 0 };
	char why[SW_REQUEST_WHY];

	ck_assert_msg(
	    sw_filter_add(&filter, conditions[_i].condition, why, sizeof why),
	    "%s", why);
	ck_assert_msg(
	    sw_filter_match(&filter, &story_view) == conditions[_i].holds, "%s",
	    conditions[_i].condition);
}
END_TEST

START_TEST(all_conditions_must_hold)
{
	struct sw_filter_view story_view = view_story();
	struct sw_filter filter = { 0 };
	char why[SW_REQUEST_WHY];

	for (int i = 0; i < SW_FILTER_MAX; i++)
		ck_assert(sw_filter_add(&filter, "port=443", why, sizeof why));
	ck_assert(sw_filter_match(&filter, &story_view));
	ck_assert(!sw_filter_add(&filter, "port=443", why, sizeof why));
	filter = (struct sw_filter){ 0 };
	ck_assert(sw_filter_add(&filter, "port=443", why, sizeof why));
	ck_assert(sw_filter_add(&filter, "proto=udp", why, sizeof why));
	ck_assert(!sw_filter_match(&filter, &story_view));
}
END_TEST

START_TEST(a_reply_holds_whole_lines_only)
{
	struct sw_reply reply;
	char big[5000];
	int lines = 0;

	memset(big, 'x', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	ck_assert(sw_reply_init(&reply));
	while (sw_reply_room(&reply)) {
		sw_json_begin(&reply.json, "test");
		sw_json_put_text(&reply.json, "big", big);
		ck_assert(sw_json_end(&reply.json));
		lines++;
	}
	ck_assert_int_ge(lines, 11);
	for (int i = 0; i < 3; i++) {
		sw_json_begin(&reply.json, "test");
		sw_json_put_text(&reply.json, "big", big);
		lines += sw_json_end(&reply.json);
	}
	for (size_t at = reply.start; at < reply.json.end; lines--) {
		const char *newline =
		    memchr(reply.json.bytes + at, '\n', reply.json.end - at);
		json_t *line;

		ck_assert_ptr_nonnull(newline);
		line = json_loadb(reply.json.bytes + at,
		    (size_t)(newline - reply.json.bytes) - at, 0, NULL);
		ck_assert_ptr_nonnull(line);
		json_decref(line);
		at = (size_t)(newline - reply.json.bytes) + 1;
	}
	ck_assert_int_eq(lines, 0);
	sw_reply_free(&reply);
}
END_TEST

START_TEST(a_reply_escapes_what_it_must)
{
	struct sw_reply reply;
	json_t *line;

	ck_assert(sw_reply_init(&reply));
	sw_json_begin(&reply.json, NULL);
	sw_json_put_text(&reply.json, "a", "quote \" back \\ tab \t end");
	sw_json_put_text(&reply.json, "b", "gr\xc3\xbc\xc3\x9f \xff");
	sw_json_open(&reply.json, "c", '[');
	sw_json_put_number(&reply.json, NULL, -5);
	sw_json_put_seconds(&reply.json, NULL, 1500 * SW_NS_PER_MS);
	sw_json_put_bool(&reply.json, NULL, true);
	sw_json_close(&reply.json, ']');
	sw_json_put_moment(&reply.json, "d", -1);
	ck_assert(sw_json_end(&reply.json));
	line = json_loadb(reply.json.bytes, reply.json.end, 0, NULL);
	ck_assert_ptr_nonnull(line);
	ck_assert_str_eq(json_string_value(json_object_get(line, "a")),
	    "quote \" back \\ tab \t end");
	ck_assert(json_real_value(
		      json_array_get(json_object_get(line, "c"), 1)) == 1.5);
	json_decref(line);
	sw_reply_free(&reply);
}
END_TEST

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

int
main(void)
{
	TCase *tests = tcase_create("request");

	tcase_add_loop_test(tests, good_lines_are_understood, 0, COUNT(good));
	tcase_add_loop_test(
	    tests, bad_lines_are_refused_with_a_reason, 0, COUNT(bad));
	tcase_add_test(tests, a_line_says_what_it_asks);
	tcase_add_test(tests, a_line_too_long_or_of_too_many_words_is_refused);
	tcase_add_loop_test(
	    tests, a_condition_takes_what_it_says, 0, COUNT(conditions));
	tcase_add_test(tests, all_conditions_must_hold);
	tcase_add_test(tests, a_reply_holds_whole_lines_only);
	tcase_add_test(tests, a_reply_escapes_what_it_must);
	return run_case("request", tests);
}
