/* SPDX-License-Identifier: Apache-2.0 */
/* Sets the flow of astray.h up, and compares it. */
#include "astray.h"

#include <check.h>
#include <string.h>

#include "build.h"
#include "engine/tcp/shadow.h"

void
astray_set(struct astray *astray)
{
	memset(astray, 0, sizeof(*astray));
	astray->flow.state = SW_STATE_ESTABLISHED;
	astray->flow.proto = 6;
	astray->flow.flags = SW_FLOW_REPLIED | SW_FLOW_ASSURED;
	astray->flow.peer[0] = (struct sw_peer){ .end = C_END,
		.maxend = C_END + S_WINDOW,
		.maxwin = C_WINDOW,
		.maxack = S_END };
	astray->flow.peer[1] = (struct sw_peer){ .end = S_END,
		.maxend = S_END + C_WINDOW,
		.maxwin = S_WINDOW,
		.maxack = C_END };
	astray->flow.peer_flags[0] = astray->flow.peer_flags[1] = SW_PEER_ACKED;
	astray->flow.seen = NOW - 10;
	astray->lost = (struct sw_lost){ .flow = &astray->flow,
		.history = &astray->history,
		.cold = &astray->cold,
		.tick = NOW,
		.seen = NOW + 1 };
}

void
astray_wait(struct astray *astray, uint32_t ticks)
{
	astray->lost.tick += ticks;
	astray->lost.seen += ticks;
}

struct sw_tcp_segment
astray_segment(const char *flags, uint32_t seq, uint32_t ack, uint32_t payload)
{
	struct sw_tcp_segment segment = { .flags = build_flags(flags),
		.seq = seq,
		.ack = ack,
		.payload = payload,
		.window = 1500 };

	segment.kind = (uint8_t)sw_tcp_kind(segment.flags);
	return segment;
}

void
astray_check(const struct sw_flow *flow, unsigned side, struct sw_peer expected,
    uint8_t flags)
{
	const struct sw_peer *peer = &flow->peer[side];

	ck_assert_uint_eq(peer->end, expected.end);
	ck_assert_uint_eq(peer->maxend, expected.maxend);
	ck_assert_uint_eq(peer->maxwin, expected.maxwin);
	ck_assert_uint_eq(peer->maxack, expected.maxack);
	ck_assert_uint_eq(flow->peer_flags[side], flags);
}

void
astray_note(struct astray *a, unsigned direction, const char *flags,
    uint32_t seq, uint32_t ack, uint32_t payload)
{
	struct sw_tcp_segment segment =
	    astray_segment(flags, seq, ack, payload);

	sw_shadow_note(&a->lost, direction, &segment);
}

struct sw_flow
astray_shadow(const struct astray *a)
{
	return sw_shadow_record(&a->cold);
}

void
astray_last_for(struct astray *a, uint32_t ticks)
{
	astray_note(a, 0, "PA", FAR_C, FAR_S, 100);
	astray_note(a, 1, "A", FAR_S, FAR_C + 100, 0);
	ck_assert_uint_eq(a->cold.lost, SW_LOST_AGREED);
	astray_wait(a, ticks);
	astray_note(a, 0, "A", FAR_C + 100, FAR_S, 0);
	ck_assert_uint_eq(a->cold.lost, SW_LOST_AGREED);
	astray_note(a, 1, "A", FAR_S, FAR_C + 100, 0);
}
