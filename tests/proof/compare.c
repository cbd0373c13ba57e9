/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feeds the very same bytes to both trackers and looks at each before and
 * after.  Time is one clock that only pauses move, and a millisecond a
 * packet.
 */

#include "compare.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "engine/internal.h"

/* Conversations after which both tables are emptied. */
#define ROUND 1024u

struct compare {
	struct kernel *kernel;
	struct sw_policy *policy;
	struct sw_engine *engine;
	enum sw_tracking tracking;
	struct sw_time now;
	struct sw_endpoints opener;
	uint32_t conversation;
	struct view kernels; /* after the last segment */
	struct sw_tcp_segment last;
	uint8_t last_side;
	uint8_t bytes[BUILD_MAX];
};

/* Each at least twenty seconds, and a multiple of ten. */
static const struct sw_timeouts
    timeouts = { .seconds = {
		     [SW_TIMEOUT_SYN_SENT] = 120,
		     [SW_TIMEOUT_SYN_RECV] = 60,
		     [SW_TIMEOUT_ESTABLISHED] = 7440,
		     [SW_TIMEOUT_FIN_WAIT] = 120,
		     [SW_TIMEOUT_CLOSE_WAIT] = 600,
		     [SW_TIMEOUT_LAST_ACK] = 30,
		     [SW_TIMEOUT_TIME_WAIT] = 130,
		     [SW_TIMEOUT_CLOSE] = 20,
		     [SW_TIMEOUT_UNACKNOWLEDGED] = 300,
		     [SW_TIMEOUT_UNREPLIED_UDP] = 30,
		     [SW_TIMEOUT_UDP] = 120,
		     [SW_TIMEOUT_ICMP] = 30,
		     [SW_TIMEOUT_OTHER] = 600,
		     [SW_TIMEOUT_SCTP_CLOSED] = 20,
		     [SW_TIMEOUT_SCTP_COOKIE_WAIT] = 20,
		     [SW_TIMEOUT_SCTP_COOKIE_ECHOED] = 40,
		     [SW_TIMEOUT_SCTP_ESTABLISHED] = 210,
		     [SW_TIMEOUT_SCTP_SHUTDOWN_SENT] = 60,
		     [SW_TIMEOUT_SCTP_SHUTDOWN_RECD] = 80,
		     [SW_TIMEOUT_SCTP_SHUTDOWN_ACK_SENT] = 30,
		     [SW_TIMEOUT_SCTP_HEARTBEAT_SENT] = 50,
		 } };

struct compare *
compare_open(enum sw_tracking tracking, bool apart)
{
	struct compare *compare = calloc(1, sizeof(*compare));
	struct sw_flow_policy flow_policy = { .timeouts = timeouts,
		.tracking = (uint8_t)tracking };
	struct sw_limits limits = { .max_flows = 4096,
		.max_embryonic = 100,
		.tombstones = 64,
		.events = 1024,
		.key = "compared to both" };

	if (!compare)
		return NULL;
	compare->tracking = tracking;
	compare->now.ns = 1000 * SW_NS_PER_SECOND;
	compare->kernel = kernel_open(
	    &(struct kernel_ways){
		.liberal = apart || tracking == SW_TRACK_NORMAL,
		.loose = tracking == SW_TRACK_LOOSE },
	    &timeouts, COMPARE_MARGIN);
	compare->policy = sw_policy_compile(NULL, 0, &flow_policy);
	compare->engine = compare->policy ? sw_engine_create(&limits, NULL,
						compare->policy, compare->now)
					  : NULL;
	if (!compare->kernel || !compare->engine) {
		compare_close(compare);
		return NULL;
	}
	return compare;
}

uint32_t
compare_timeout(enum sw_timeout timeout)
{
	return timeouts.seconds[timeout];
}

void
compare_close(struct compare *compare)
{
	if (!compare)
		return;
	kernel_close(compare->kernel);
	sw_engine_destroy(compare->engine);
	sw_policy_destroy(compare->policy);
	free(compare);
}

/* Ends that were not used before; echoes are told apart by a number in the
 * place of the opener's port, what has no ports by its addresses alone. */
static void
name_ends(struct compare *compare, uint8_t proto, enum family family)
{
	uint32_t n = compare->conversation++;
	bool ip6 = (family == FAMILY_IP6 ||
		       (family == FAMILY_BY_TURNS && n % 4 >= 2)) &&
		   kernel_has_ip6(compare->kernel);
	struct sw_endpoints *ends = &compare->opener;
	bool icmp = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6;
	uint8_t *last;

	if (ip6)
		*ends = build_ends("fd00:a::1", 0, "fd00:b::1", 0, proto);
	else
		*ends = build_ends("10.0.0.1", 0, "10.1.0.1", 0, proto);
	last = &ends->src.b[ip6 ? 14 : 2];
	last[0] = (uint8_t)(n >> 7 & 0x7f);
	last[1] = (uint8_t)(1 + (n & 0x7f));
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto == IPPROTO_SCTP)
		ends->dport = 80;
	if (ends->dport || icmp)
		ends->sport = (uint16_t)(1024 + (n >> 14));
	if (icmp)
		ends->dport = ip6 ? 128 : 8;
}

bool
compare_has_ip6(const struct compare *compare)
{
	return kernel_has_ip6(compare->kernel);
}

const struct sw_endpoints *
compare_begin(struct compare *compare, uint8_t proto, enum family family)
{
	if (compare->conversation % ROUND == 0)
		kernel_flush(compare->kernel);
	sw_engine_kill(compare->engine, &compare->opener, compare->now, false);
	name_ends(compare, proto, family);
	compare->kernels = (struct view){ 0 };
	compare->last = (struct sw_tcp_segment){ 0 };
	return &compare->opener;
}

static struct view
our_view(const struct compare *compare)
{
	struct sw_flow_info info;
	struct view view = { 0 };
	uint64_t idle;

	if (!sw_engine_find(
		compare->engine, &compare->opener, compare->now, &info))
		return view;
	idle = sw_time_ms_since(info.seen, compare->now) / 1000;
	return (struct view){ .exists = true,
		.assured = info.assured,
		.state = info.state,
		.timeout =
		    info.timeout > idle ? info.timeout - (uint32_t)idle : 0 };
}

/* A copy of the record, without its addresses, and of what is beside it.
 * => its index */
static uint32_t
copy_flow(const struct compare *compare, struct sw_flow *flow,
    struct sw_cold *cold, bool *from_b)
{
	struct sw_flows *flows = compare->engine->flows;
	struct sw_tuple tuple;
	uint32_t index;

	*from_b = sw_tuple_make(&tuple, &compare->opener);
	index = sw_flows_find(
	    flows, &tuple, sw_tuple_hash(&tuple, sw_flows_key(flows)));
	memcpy(flow, sw_flows_at(flows, index), SW_RECORD_MOVING);
	*cold = *sw_flows_cold(flows, index);
	return index;
}

static void
copy_before(const struct compare *compare, struct outcome *outcome)
{
	uint32_t index;
	bool from_b;

	if (!outcome->before[OURS].exists)
		return;
	index = copy_flow(compare, &outcome->flow, &outcome->cold, &from_b);
	outcome->history = *sw_flows_history(compare->engine->flows, index);
	outcome->direction = (outcome->segment.side ^ from_b) !=
			     !!(outcome->flow.flags & SW_FLOW_OPENER_B);
}

static void
copy_after(const struct compare *compare, struct outcome *outcome)
{
	bool from_b;

	if (outcome->after[OURS].exists)
		copy_flow(compare, &outcome->flow_after, &outcome->cold_after,
		    &from_b);
}

static struct view
kernel_view(struct compare *compare)
{
	struct kernel_entry entry =
	    kernel_find(compare->kernel, &compare->opener);

	if (compare->opener.proto == IPPROTO_SCTP)
		entry.state += SW_STATE_SCTP_CLOSED - 1;
	return (struct view){ .exists = entry.exists,
		.assured = entry.assured,
		.state = entry.exists ? entry.state : SW_STATE_NONE,
		.timeout = entry.timeout };
}

static void
drain(struct sw_engine *engine)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		;
}

/* The kernel's entry ages by whole seconds of our clock, so that what a step
 * adds to a pause does not add up to a difference. */
static void
let_pass(struct compare *compare, uint32_t pause)
{
	uint64_t before = compare->now.ns / SW_NS_PER_SECOND, after;

	if (pause)
		compare->now =
		    sw_time_add_ms(compare->now, (uint64_t)pause * 1000 + 50);
	compare->now = sw_time_add_ms(compare->now, 1);
	after = compare->now.ns / SW_NS_PER_SECOND;
	if (after > before) {
		kernel_age(compare->kernel, &compare->opener,
		    (uint32_t)(after - before));
		compare->kernels = kernel_view(compare);
	}
}

/* One by one and in batches, by turns: both ways in must be the same. */
static enum sw_verdict
our_verdict(struct compare *compare, const struct sw_packet *packet)
{
	enum sw_verdict verdict;

	if (compare->conversation % 2)
		return sw_engine_step(compare->engine, packet, compare->now);
	sw_engine_batch(compare->engine, &packet, 1, compare->now, &verdict);
	return verdict;
}

/* That only we let an RST or a SYN by is nothing new, and waited for in
 * vain. */
static bool
may_be_late(const struct compare *compare, const struct outcome *outcome)
{
	return compare->opener.proto != IPPROTO_SCTP && outcome->passed[OURS] &&
	       !outcome->passed[KERNEL] && outcome->tcp.kind != SW_TCP_RST &&
	       outcome->tcp.kind != SW_TCP_SYN;
}

static bool
is_reset_again(
    struct compare *compare, uint8_t side, const struct sw_tcp_segment *tcp)
{
	const struct sw_tcp_segment *last = &compare->last;
	bool again = tcp->kind == SW_TCP_RST && last->kind == SW_TCP_RST &&
		     side == compare->last_side && tcp->seq == last->seq &&
		     tcp->ack == last->ack && tcp->flags == last->flags;

	compare->last = *tcp;
	compare->last_side = side;
	return again;
}

struct outcome
compare_bytes(struct compare *compare, uint8_t side, uint32_t pause,
    const uint8_t *bytes, size_t length)
{
	struct outcome outcome = { .segment = { .side = side, .pause = pause },
		.tracking = compare->tracking,
		.ip6 = compare->opener.family == SW_IPV6 };
	struct sw_packet packet;

	let_pass(compare, pause);
	sw_packet_parse(bytes, length, (uint32_t)length, &packet);
	if (packet.ends.proto == IPPROTO_TCP)
		outcome.tcp = packet.tcp;
	outcome.reset_again = is_reset_again(compare, side, &outcome.tcp);
	outcome.before[OURS] = our_view(compare);
	outcome.before[KERNEL] = compare->kernels;
	copy_before(compare, &outcome);
	outcome.passed[OURS] = our_verdict(compare, &packet) == SW_PASS;
	outcome.passed[KERNEL] =
	    kernel_step(compare->kernel, side, bytes, length);
	if (may_be_late(compare, &outcome))
		outcome.passed[KERNEL] =
		    kernel_late(compare->kernel, side, bytes, length);
	outcome.after[OURS] = our_view(compare);
	copy_after(compare, &outcome);
	outcome.after[KERNEL] = compare->kernels = kernel_view(compare);
	drain(compare->engine);
	return outcome;
}

bool
compare_late(
    struct compare *compare, uint8_t side, const uint8_t *bytes, size_t length)
{
	return kernel_late(compare->kernel, side, bytes, length);
}

struct outcome
compare_step(struct compare *compare, const struct segment *segment)
{
	size_t length =
	    segment_bytes(segment, &compare->opener, compare->bytes);
	struct outcome outcome = compare_bytes(
	    compare, segment->side, segment->pause, compare->bytes, length);

	outcome.segment = *segment;
	return outcome;
}

bool
compare_timers_agree(const struct view *ours, const struct view *kernel)
{
	int32_t apart = (int32_t)(ours->timeout - kernel->timeout);

	/* The timeout of syn_sent2 can not be set and has no margin. */
	if (ours->state == SW_STATE_SYN_SENT2)
		return apart >= -1 && apart <= 9;
	apart -= COMPARE_MARGIN;
	return apart >= -1 && apart <= 4;
}

bool
compare_agrees(const struct outcome *outcome)
{
	const struct view *ours = &outcome->after[OURS];
	const struct view *kernel = &outcome->after[KERNEL];

	return outcome->passed[OURS] == outcome->passed[KERNEL] &&
	       ours->exists == kernel->exists && ours->state == kernel->state &&
	       (!ours->exists || compare_timers_agree(ours, kernel));
}

bool
compare_realign(struct compare *compare, const struct outcome *outcome)
{
	const struct view *ours = &outcome->after[OURS];
	uint32_t timeout = ours->timeout;

	if (ours->exists != outcome->after[KERNEL].exists)
		return false;
	if (!ours->exists)
		return true;
	if (ours->state != SW_STATE_SYN_SENT2)
		timeout -= COMPARE_MARGIN;
	kernel_put(compare->kernel, &compare->opener, ours->state, timeout);
	compare->kernels = kernel_view(compare);
	return true;
}
