/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_reject: who is told of a refusal by action = reject, and what.
 */
#include <check.h>
#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "engine/packet/unreachable.h"
#include "runner.h"
#include "script.h"
#include "synward/engine.h"

static struct sw_engine *engine;
static struct sw_policy *policy;
static const struct sw_time now = { SW_NS_PER_SECOND };
static uint8_t datagram[200];

/* What the refused packet led to. */
static struct {
	unsigned sent, unreachable;
	enum sw_action action;
	struct sw_send send;
	struct sw_unreachable told;
} got;

static void
open_engine(enum sw_deny deny, bool observe)
{
	struct sw_flow_policy flow_policy = script_treatment(SW_TRACK_NORMAL);
	struct sw_limits limits = { .max_flows = 16,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 16,
		.key = "a key for tests" };

	flow_policy.deny = (uint8_t)deny;
	flow_policy.observe = observe;
	policy = sw_policy_compile(NULL, 0, &flow_policy);
	engine = sw_engine_create(&limits, NULL, policy, now);
	ck_assert_ptr_nonnull(engine);
}

static void
close_engine(void)
{
	sw_engine_destroy(engine);
	sw_policy_destroy(policy);
}

static enum sw_verdict
step(const struct sw_packet *packet)
{
	enum sw_verdict verdict = sw_engine_step(engine, packet, now);
	struct sw_event event;

	memset(&got, 0, sizeof got);
	while (sw_engine_take(engine, &event)) {
		if (event.kind == SW_EVENT_REFUSED)
			got.action = event.refused.action;
		if (event.kind == SW_EVENT_SEND) {
			got.sent++;
			got.send = event.send[0];
		}
		if (event.kind == SW_EVENT_UNREACHABLE) {
			got.unreachable++;
			got.told = event.unreachable;
		}
	}
	return verdict;
}

static struct sw_packet
packet_of(const char *src, const char *dst, uint8_t proto)
{
	struct sw_packet packet = { .ends =
					build_ends(src, 4000, dst, 80, proto),
		.length = 60,
		.in = 3,
		.out = 4,
		.bytes = datagram,
		.n_bytes = 60 };

	return packet;
}

/* RFC 9293 3.10.7.1: numbers that the sender takes for an answer. */
START_TEST(tcp_gets_a_reset)
{
	struct sw_packet packet =
	    packet_of("10.0.0.1", "10.0.0.2", IPPROTO_TCP);

	open_engine(SW_DENY_REJECT, false);
	packet.tcp = (struct sw_tcp_segment){
		.flags = SW_SYN, .kind = SW_TCP_SYN, .seq = 1000
	};
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_int_eq(got.action, SW_ACTION_REJECT);
	ck_assert_uint_eq(got.sent, 1);
	ck_assert_uint_eq(got.unreachable, 0);
	ck_assert_uint_eq(got.send.flags, SW_RST | SW_ACK);
	ck_assert_uint_eq(got.send.seq, 0);
	ck_assert_uint_eq(got.send.ack, 1001);
	ck_assert_uint_eq(got.send.out, 3);
	ck_assert_uint_eq(got.send.ends.sport, 80);
	packet.tcp.payload = 3;
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_uint_eq(got.send.ack, 1004);
	packet.tcp = (struct sw_tcp_segment){ .flags = SW_ACK,
		.kind = SW_TCP_ACK,
		.seq = 1001,
		.ack = 7000,
		.payload = 5 };
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_uint_eq(got.send.flags, SW_RST);
	ck_assert_uint_eq(got.send.seq, 7000);
	packet.tcp = (struct sw_tcp_segment){
		.flags = SW_RST, .kind = SW_TCP_RST, .seq = 1001
	};
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_int_eq(got.action, SW_ACTION_DROP);
	ck_assert_uint_eq(got.sent, 0);
	close_engine();
}
END_TEST

START_TEST(others_get_an_error_that_quotes_them)
{
	struct sw_packet packet =
	    packet_of("10.0.0.1", "10.0.0.2", IPPROTO_UDP);

	for (unsigned i = 0; i < sizeof datagram; i++)
		datagram[i] = (uint8_t)i;
	open_engine(SW_DENY_REJECT, false);
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_int_eq(got.action, SW_ACTION_REJECT);
	ck_assert_uint_eq(got.sent, 0);
	ck_assert_uint_eq(got.unreachable, 1);
	ck_assert_uint_eq(got.told.quoted, 60);
	ck_assert_mem_eq(got.told.quote, datagram, 60);
	ck_assert_uint_eq(got.told.out, 3);
	ck_assert_uint_eq(got.told.ends.src.b[3], 2);
	ck_assert_uint_eq(got.told.ends.dst.b[3], 1);
	packet.n_bytes = 200;
	step(&packet);
	ck_assert_uint_eq(got.told.quoted, SW_QUOTE_MAX);
	packet.bytes = NULL;
	step(&packet);
	ck_assert_uint_eq(got.unreachable, 0);
	close_engine();
}
END_TEST

static const struct {
	const char *src, *dst;
	uint8_t proto, icmp;
	bool told;
} rows[] = {
	{ "10.0.0.1", "10.0.0.2", IPPROTO_GRE, 0, true },
	{ "10.0.0.1", "224.0.0.1", IPPROTO_UDP, 0, false },
	{ "10.0.0.1", "255.255.255.255", IPPROTO_UDP, 0, false },
	{ "0.0.0.0", "10.0.0.2", IPPROTO_UDP, 0, false },
	{ "127.0.0.1", "10.0.0.2", IPPROTO_UDP, 0, false },
	{ "239.0.0.1", "10.0.0.2", IPPROTO_UDP, 0, false },
	{ "fd00::1", "fd00::2", IPPROTO_UDP, 0, true },
	{ "fd00::1", "ff02::1", IPPROTO_UDP, 0, false },
	{ "::", "fd00::2", IPPROTO_UDP, 0, false },
	{ "::1", "fd00::2", IPPROTO_UDP, 0, false },
	{ "ff02::1", "fd00::2", IPPROTO_UDP, 0, false },
	{ "10.0.0.1", "10.0.0.2", IPPROTO_ICMP, SW_ICMP_REQUEST, true },
	{ "10.0.0.1", "10.0.0.2", IPPROTO_ICMP, SW_ICMP_REPLY, false },
	{ "10.0.0.1", "10.0.0.2", IPPROTO_ICMP, SW_ICMP_ERROR, false },
	{ "fd00::1", "fd00::2", IPPROTO_ICMPV6, SW_ICMP_OTHER, false },
};

START_TEST(not_everybody_is_told)
{
	struct sw_packet packet =
	    packet_of(rows[_i].src, rows[_i].dst, rows[_i].proto);

	if (sw_proto_is_icmp(rows[_i].proto))
		packet.icmp.kind = rows[_i].icmp;
	open_engine(SW_DENY_REJECT, false);
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_uint_eq(got.unreachable, rows[_i].told);
	ck_assert_int_eq(
	    got.action, rows[_i].told ? SW_ACTION_REJECT : SW_ACTION_DROP);
	close_engine();
}
END_TEST

START_TEST(nobody_is_told_by_deny_or_observe)
{
	struct sw_packet packet =
	    packet_of("10.0.0.1", "10.0.0.2", IPPROTO_UDP);

	open_engine(SW_DENY_DROP, false);
	ck_assert_int_eq(step(&packet), SW_DROP);
	ck_assert_uint_eq(got.unreachable, 0);
	close_engine();
	open_engine(SW_DENY_REJECT, true);
	ck_assert_int_eq(step(&packet), SW_PASS);
	ck_assert_int_eq(got.action, SW_ACTION_WOULD_DROP);
	ck_assert_uint_eq(got.unreachable, 0);
	close_engine();
}
END_TEST

static uint16_t
folded(uint32_t sum, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Both checksums of what is written are right, for odd lengths, too. */
START_TEST(bytes_are_right)
{
	struct sw_unreachable told = {
		.ends = build_ends("10.0.0.2", 0, "10.0.0.1", 0, IPPROTO_UDP),
		.quoted = (uint8_t)(27 + _i),
	};
	uint8_t bytes[SW_UNREACHABLE_MAX];
	size_t n;

	memset(told.quote, 0xa7, sizeof told.quote);
	n = sw_unreachable_bytes(&told, bytes);
	ck_assert_uint_eq(n, 28u + told.quoted);
	ck_assert_uint_eq(bytes[20], 3);
	ck_assert_uint_eq(bytes[21], 13);
	ck_assert_uint_eq(folded(0, bytes, 20), 0xffff);
	ck_assert_uint_eq(folded(0, bytes + 20, n - 20), 0xffff);
	ck_assert_mem_eq(bytes + 28, told.quote, told.quoted);
	told.ends = build_ends("fd00::2", 0, "fd00::1", 0, IPPROTO_UDP);
	n = sw_unreachable_bytes(&told, bytes);
	ck_assert_uint_eq(n, 48u + told.quoted);
	ck_assert_uint_eq(bytes[40], 1);
	ck_assert_uint_eq(bytes[41], 1);
	ck_assert_uint_eq(folded((uint32_t)(n - 40) + IPPROTO_ICMPV6 +
				     folded(0, bytes + 8, 32),
			      bytes + 40, n - 40),
	    0xffff);
}
END_TEST

int
main(void)
{
	TCase *tcase = tcase_create("reject");

	tcase_add_test(tcase, tcp_gets_a_reset);
	tcase_add_test(tcase, others_get_an_error_that_quotes_them);
	tcase_add_loop_test(tcase, not_everybody_is_told, 0,
	    (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(tcase, nobody_is_told_by_deny_or_observe);
	tcase_add_loop_test(tcase, bytes_are_right, 0, 4);
	return run_case("reject", tcase);
}
