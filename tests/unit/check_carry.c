/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortcut for segments in the middle of a connection: what it takes it
 * steps just as the long way would, and it takes most of what is sent there.
 *
 * Records and segments are drawn around each other's edges, so that each
 * inequality is crossed often, from either side.
 */

#include <check.h>
#include <string.h>

#include "draw.h"
#include "engine/tcp/last.h"
#include "engine/tcp/tcp.h"
#include "runner.h"

#define DRAWS 2000000u

static uint64_t seed;

static uint32_t
below(uint32_t n)
{
	return (uint32_t)((draw(&seed) >> 32) * n >> 32);
}

/* Up to so far from base, to either side, and often just there. */
static uint32_t
near(uint32_t base, uint32_t far)
{
	return below(2) ? base + below(3) - 1 : base + below(2 * far + 1) - far;
}

static struct sw_peer
draw_peer(uint32_t end)
{
	uint32_t maxwin = below(4) ? 1 + below(100000) : below(3);

	return (struct sw_peer){ .end = end,
		.maxend = near(end + 1000, 1200),
		.maxwin = maxwin,
		.maxack = 0 };
}

static struct sw_flow
draw_flow(void)
{
	struct sw_flow flow = { .state = SW_STATE_ESTABLISHED,
		.flags = SW_FLOW_REPLIED | SW_FLOW_ASSURED };
	uint32_t base = below(4) ? below(UINT32_MAX) : 0u - below(2000);

	flow.peer[0] = draw_peer(base);
	flow.peer[1] = draw_peer(near(base, 100000));
	for (unsigned i = 0; i < 2; i++) {
		flow.peer[i].maxack = near(flow.peer[!i].end, 1500);
		flow.peer_flags[i] =
		    below(8) ? SW_PEER_ACKED | SW_PEER_SACK : 0;
		if (!below(4))
			flow.peer_flags[i] |= (uint8_t)below(256);
	}
	flow.scales = below(2) ? 0 : (uint8_t)below(256);
	flow.last = (uint8_t)below(256) &
		    (uint8_t) ~(SW_LAST_ASIDE | SW_LAST_FINS_AHEAD);
	return flow;
}

static struct sw_tcp_segment
draw_segment(const struct sw_flow *flow, unsigned direction)
{
	const struct sw_peer *sender = &flow->peer[direction];
	struct sw_tcp_segment segment = { .flags = SW_ACK,
		.kind = SW_TCP_ACK,
		.seq = near(sender->end, 1500),
		.ack =
		    near(flow->peer[!direction].end, below(2) ? 2000 : 70000),
		.payload = below(2) ? below(1500) : 0,
		.window = (uint16_t)(below(8) ? below(65536) : 0) };

	segment.has_sack = !below(8);
	segment.sack_edge = near(segment.ack + 500, 500);
	return segment;
}

/* As the caller of the long way does, and no more. */
static enum sw_tcp_outcome
step_long(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_flow_history history = { 0 }, as_was = { 0 };
	struct sw_tcp_step step = { .direction = (uint8_t)direction };
	enum sw_tcp_outcome outcome =
	    sw_tcp_step(flow, &history, segment, &step);

	if (memcmp(&history, &as_was, sizeof(history)) != 0)
		ck_abort_msg("the long way wrote a history");
	return outcome;
}

/* Now and then the segment is a repetition of the last one. */
static void
maybe_repeat(struct sw_flow *flow, unsigned direction,
    const struct sw_tcp_segment *segment)
{
	struct sw_flow after = *flow;

	if (below(3) == 0 &&
	    step_long(&after, direction, segment) == SW_TCP_FOLLOWS)
		flow->stamped[0] = after.stamped[0];
}

START_TEST(steps_as_the_long_way_does)
{
	uint32_t carried = 0, followed = 0;

	seed = UINT64_C(88172645463325252);
	for (uint32_t i = 0; i < DRAWS; i++) {
		struct sw_flow flow = draw_flow(), longer, was;
		unsigned direction = below(2);
		struct sw_tcp_segment segment = draw_segment(&flow, direction);
		enum sw_tcp_outcome outcome;

		maybe_repeat(&flow, direction, &segment);
		longer = was = flow;
		outcome = step_long(&longer, direction, &segment);
		followed += outcome == SW_TCP_FOLLOWS;
		if (!sw_tcp_carries_on(&flow, direction, &segment)) {
			if (memcmp(&flow, &was, sizeof(flow)) != 0)
				ck_abort_msg("draw %u: changed in vain", i);
			continue;
		}
		carried++;
		if (outcome != SW_TCP_FOLLOWS ||
		    memcmp(&flow, &longer, sizeof(flow)) != 0)
			ck_abort_msg("draw %u: not as the long way", i);
	}
	/* Draws are meant to be odd; still many are plain. */
	ck_assert_uint_gt(followed, DRAWS / 8);
	ck_assert_uint_gt(carried, followed / 4);
}
END_TEST

/* Data in turns, each acknowledged by the next: nothing goes the long way. */
START_TEST(takes_all_of_an_orderly_talk)
{
	struct sw_flow flow = { .state = SW_STATE_ESTABLISHED,
		.flags = SW_FLOW_REPLIED | SW_FLOW_ASSURED,
		.peer_flags = { SW_PEER_ACKED, SW_PEER_ACKED },
		.peer = { { 1000, 1000 + 30000, 30000, 5000 },
		    { 5000, 5000 + 30000, 30000, 1000 } } };

	for (uint32_t i = 0; i < 100000; i++) {
		unsigned direction = i & 1;
		struct sw_tcp_segment segment = { .flags = SW_ACK | SW_PSH,
			.kind = SW_TCP_ACK,
			.seq = flow.peer[direction].end,
			.ack = flow.peer[!direction].end,
			.payload = 1 + i % 1448,
			.window = 30000 };

		if (!sw_tcp_in_the_middle(&flow, &segment) ||
		    !sw_tcp_carries_on(&flow, direction, &segment))
			ck_abort_msg("segment %u went the long way", i);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("middle");

	tcase_add_test(t, steps_as_the_long_way_does);
	tcase_add_test(t, takes_all_of_an_orderly_talk);
	return run_case("carry", t);
}
