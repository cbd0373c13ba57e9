// SPDX-License-Identifier: Apache-2.0
/*
 * needs_daemon: the match before the queue.
 *
 * Answers 1 for a packet that the daemon has to see, and 0 for one that it
 * carried itself: a plain packet of a flow that has an open lane
 * (engine/table/lane.h), inside its windows and its time.  For such a packet
 * the lane is stepped just as the engine would step the record.
 *
 *	whole datagram, no IP option or extension, TCP or UDP?
 *	a lane of these ends, by this interface?	else the daemon
 *	the lease runs, the gate is open?
 *	silent for less than its limit?
 *	plain: ACK, at most PSH, ECE, CWR; a letter that was shown
 *	owns the gate, still of these ends; inside the windows?	carried
 *
 * What lies inside the windows and cannot be carried shuts the lane on the way,
 * so that nothing overtakes it.  What is outside goes to the daemon and leaves
 * the lane as it is, because anybody can send it.
 */
#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/headers.h"
#include "engine/table/lane.h"
#include "engine/tcp/carry.h"

/* Tries to own a lane; the engine and other processors keep one for as long
 * as a packet takes. */
#define TRIES 256

enum { CARRIED, NEEDS_DAEMON };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct sw_lane_control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_LANE_WAYS); /* set by the loader */
	__type(key, uint32_t);
	__type(value, struct sw_lane);
} lanes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SW_LANE_WAYS); /* also */
	__type(key, uint32_t);
	__type(value, struct sw_lane_stamps);
} stamps SEC(".maps");

/* The ticks that hold now, and the first that is not before it. */
struct moment {
	uint32_t tick, seen;
};

static __always_inline struct moment
read_clock(void)
{
	uint64_t ns = bpf_ktime_get_boot_ns();

	return (struct moment){
		.tick = (uint32_t)(ns / SW_LANE_TICK_NS),
		.seen =
		    (uint32_t)((ns + SW_LANE_TICK_NS - 1) / SW_LANE_TICK_NS),
	};
}

/* Is it the lane of the packet's flow? */
static __always_inline int
is_of(const struct sw_lane *lane, const struct packet *p)
{
	return lane->a_port == p->a_port && lane->b_port == p->b_port &&
	       (lane->flags & (SW_LANE_UDP | SW_LANE_IPV6)) == p->kind &&
	       lane->zone == 0 && lane->a.half[0] == p->a.half[0] &&
	       lane->a.half[1] == p->a.half[1] &&
	       lane->b.half[0] == p->b.half[0] &&
	       lane->b.half[1] == p->b.half[1];
}

static __always_inline struct sw_lane *
find(const struct sw_lane_control *c, const struct packet *p, uint32_t *at)
{
	uint32_t ports = (uint32_t)p->a_port << 16 | p->b_port;
	uint32_t first = sw_lane_set(c, &p->a, &p->b, ports);

#pragma unroll
	for (uint32_t i = 0; i < SW_LANE_WAYS; i++) {
		uint32_t number = first + i;
		struct sw_lane *lane = bpf_map_lookup_elem(&lanes, &number);

		if (!lane)
			return 0;
		if (is_of(lane, p)) {
			*at = number;
			return lane;
		}
	}
	return 0;
}

/* => 1 when the lane is ours */
static __always_inline int
own(struct sw_lane *lane, uint32_t open)
{
	uint32_t busy = open - SW_GATE_OPEN + SW_GATE_BUSY;

#pragma clang loop unroll(disable)
	for (int i = 0; i < TRIES; i++) {
		uint32_t was =
		    __sync_val_compare_and_swap(&lane->gate, open, busy);

		if (was == open)
			return 1;
		if (was != busy && was != SW_GATE_HELD)
			return 0;
	}
	return 0;
}

/* The engine may have taken it by force meanwhile. */
static __always_inline void
leave(struct sw_lane *lane, uint32_t open, uint32_t next)
{
	uint32_t busy = open - SW_GATE_OPEN + SW_GATE_BUSY;

	__sync_val_compare_and_swap(&lane->gate, busy, next);
}

static __always_inline void
count(struct sw_lane *lane, uint32_t d, const struct packet *p,
    const struct moment *now)
{
	lane->packets[d]++;
	lane->bytes[d] += p->length;
	if (lane->seen != now->seen)
		lane->seen = now->seen;
}

static __always_inline int
in_time(const struct sw_lane *lane, const struct moment *now)
{
	uint32_t silent = now->tick - lane->seen;

	return (int32_t)silent < 0 ||
	       silent < (uint32_t)lane->limit * SW_LANE_TICKS;
}

static __always_inline void
note_stamps(struct sw_lane *lane, uint32_t at, uint32_t d,
    const struct packet *p, const struct moment *now)
{
	uint16_t slot = (uint16_t)(now->seen >> SW_LANE_STAMP_SLOT);
	struct sw_lane_stamps *of;

	if (!p->has_stamp ||
	    (lane->stamped[d] == slot && !(lane->flags & SW_LANE_NOTED)))
		return;
	of = bpf_map_lookup_elem(&stamps, &at);
	if (!of)
		return;
	of->value[d] = p->stamp;
	of->echo[d] = p->echo;
	of->tick[d] = now->seen;
	lane->stamped[d] = slot;
}

/* The segment as the step takes it, by the lane's window scale. */
static __always_inline struct sw_carry
segment_of(const struct sw_lane *lane, uint32_t d, const struct packet *p)
{
	uint32_t scale = (d ? lane->scales >> 4 : lane->scales) & 15;
	uint8_t receiver = lane->peer_flags[d ^ 1];
	struct sw_carry s = { .seq = p->seq,
		.end = p->seq + p->payload,
		.ack = p->ack,
		.sack = p->ack,
		.window = (uint32_t)p->window << scale };

	if (p->has_sack && receiver & SW_PEER_SACK)
		s.sack = sw_carry_later(p->ack, p->sack);
	return s;
}

/* Is this one that the step would carry, if its numbers are right? */
static __always_inline int
is_plain(const struct sw_lane *lane, uint32_t d, const struct packet *p,
    const struct moment *now)
{
	uint8_t letter = p->payload ? SW_LANE_DATA : SW_LANE_ACK;

	return p->readable && (p->flags & TCP_JUDGED) == TCP_ACK &&
	       (lane->flags & (letter << d)) && in_time(lane, now);
}

/* Would it be overtaken by what follows it?  A bare ACK would not matter.
 * Ends and windows are looked at as if it were plain. */
static __always_inline int
shuts(const struct sw_lane *lane, uint32_t d, const struct packet *p)
{
	struct sw_carry s = segment_of(lane, d, p);

	if (!p->payload && (p->flags & TCP_JUDGED) == TCP_ACK)
		return 0;
	if (!(p->flags & TCP_ACK))
		s.ack = s.sack = lane->peer[d ^ 1].end;
	return sw_carry_is_inside(&lane->peer[d], &lane->peer[d ^ 1], &s);
}

static __always_inline int
carry_tcp(struct sw_lane *lane, uint32_t at, uint32_t d, const struct packet *p,
    const struct moment *now)
{
	const struct sw_carry_flow sides = { &lane->peer[d], &lane->peer[d ^ 1],
		&lane->peer_flags[d], &lane->peer_flags[d ^ 1] };
	struct sw_carry s = segment_of(lane, d, p);

	if (!is_plain(lane, d, p, now) || !sw_carry_step(&sides, &s))
		return 0;
	lane->last = sw_carry_last(lane->last, d);
	note_stamps(lane, at, d, p, now);
	if (lane->flags & SW_LANE_NOTED)
		lane->flags &= (uint8_t)~SW_LANE_NOTED;
	return 1;
}

static __always_inline int
carry_udp(struct sw_lane *lane, uint32_t d, const struct moment *now)
{
	return (lane->flags & (SW_LANE_DATA << d)) && in_time(lane, now);
}

/* With the gate owned. */
static __always_inline int
step(struct sw_lane *lane, uint32_t at, const struct packet *p,
    const struct moment *now, uint32_t open)
{
	uint32_t d = (p->from_b ^ lane->flags) & 1;
	uint32_t next = open;
	int carried = 0;

	if (lane->in[d] == p->in)
		carried = p->kind & SW_LANE_UDP
			      ? carry_udp(lane, d, now)
			      : carry_tcp(lane, at, d, p, now);
	if (carried)
		count(lane, d, p, now);
	else if (p->kind & SW_LANE_UDP || lane->in[d] != p->in ||
		 shuts(lane, d, p))
		next = SW_GATE_SHUT;
	leave(lane, open, next);
	return carried ? CARRIED : NEEDS_DAEMON;
}

/* Not static, so the kernel verifies it once, whatever the packet is. */
__attribute__((noinline)) int
decide(const struct packet *p)
{
	uint32_t zero = 0, at, open;
	const struct sw_lane_control *c = bpf_map_lookup_elem(&control, &zero);
	struct sw_lane *lane;
	struct moment now;

	if (!c || !p)
		return NEEDS_DAEMON;
	lane = find(c, p, &at);
	if (!lane)
		return NEEDS_DAEMON;
	open = sw_lane_open(c->epoch);
	now = read_clock();
	if ((int32_t)(now.tick - c->alive_until) > 0 || !own(lane, open))
		return NEEDS_DAEMON;
	/* Until it was owned, the engine may have given it to another flow. */
	if (!is_of(lane, p)) {
		leave(lane, open, open);
		return NEEDS_DAEMON;
	}
	return step(lane, at, p, &now, open);
}

SEC("socket")
int
needs_daemon(struct __sk_buff *skb)
{
	struct packet p = { 0 };

	return read_packet(skb, &p) ? decide(&p) : NEEDS_DAEMON;
}

char terms[] SEC("license") = "Apache-2.0";
