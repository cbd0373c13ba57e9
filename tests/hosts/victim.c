/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two lives of one connection, side by side.
 *
 * The roads are clear, so all that differs is what was forged and what the
 * hosts answered to it; an answer may prolong the life of the entry, or come
 * before a delayed acknowledgement and in its place.
 */

#include "victim.h"

#include <netinet/in.h>
#include <string.h>

#include "build.h"
#include "draw.h"

#define MS UINT64_C(1000)
/* An answer may take the place of an acknowledgement delayed by 40 ms; the
 * engine's ticks are 16 ms. */
#define TOLERANCE_MS 60u
#define REACH (UINT32_C(1) << 20)
/* So far back an acknowledgement may lie (engine/tcp/window.c). */
#define ACK_SLACK 66000u

const char *
victim_kind_text(enum victim_kind kind)
{
	static const char *const texts[] = {
#define X(name, text) [VICTIM_##name] = text,
		VICTIM_MAP(X)
#undef X
	};

	return texts[kind];
}

const char *
victim_hurt_text(enum hurt hurt)
{
	static const char *const texts[] = { [HURT_NOT] = "nothing",
#define X(name, text) [HURT_##name] = text,
		HURT_MAP(X)
#undef X
	};

	return texts[hurt];
}

static void
harm(struct victim *victim, enum hurt hurt)
{
	if (!victim->hurt)
		victim->hurt = hurt;
}

/* --- at the gate --- */

static bool
at_gate(void *context, struct road *road, const struct road_segment *r)
{
	struct victim *victim = context;
	enum life life = road == &victim->road[ATTACKED] ? ATTACKED : SPARED;
	struct sw_packet packet = segment_packet(&r->segment, &victim->opener);
	bool passed = gate_pass(&victim->gate[life], &packet, road->now);

	if (r->forged) {
		victim->heard[0] = victim->heard[1] = false;
		victim->forged++;
		victim->forged_passed += passed;
		return passed;
	}
	victim->packets++;
	if (life == ATTACKED)
		victim->heard[r->segment.side] = true;
	if (!passed && life == ATTACKED)
		harm(victim, HURT_DROPPED);
	return passed;
}

/* A host that is provoked to answer acknowledges a little earlier what it has
 * received; further than that the window must not be. */
static bool
windows_differ(const struct gate_view *attacked, const struct gate_view *spared)
{
	for (unsigned i = 0; i < 2; i++)
		if (attacked->side[i].next != spared->side[i].next ||
		    segment_before(
			spared->side[!i].next, attacked->side[i].ack) ||
		    segment_before(attacked->side[i].ack, spared->side[i].ack))
			return true;
	return false;
}

/* Holds one life against the other.  What a forged conversation seems to be
 * may stand beside the hosts' until both were heard again. */
static void
compare(struct victim *victim)
{
	struct gate_view *view = victim->view;

	if (victim->hurt)
		return;
	for (unsigned i = 0; i < 2; i++)
		view[i] = gate_look(
		    &victim->gate[i], &victim->opener, victim->road[i].now);
	if (!view[SPARED].exists)
		return;
	if (!view[ATTACKED].exists)
		harm(victim, HURT_ENDED);
	else if (view[ATTACKED].left_ms + TOLERANCE_MS < view[SPARED].left_ms)
		harm(victim, HURT_SHORTENED);
	else if (!victim->heard[0] || !victim->heard[1])
		return;
	else if (view[ATTACKED].state != view[SPARED].state)
		harm(victim, HURT_STATE);
	else if (victim->strict &&
		 windows_differ(&view[ATTACKED], &view[SPARED]))
		harm(victim, HURT_WINDOW);
}

/* --- what the programs do --- */

uint32_t
victim_draw(struct victim *victim, uint32_t below)
{
	return (uint32_t)((draw(&victim->seed) >> 32) * below >> 32);
}

static void
both_write(struct victim *victim, uint8_t side, uint32_t bytes)
{
	for (unsigned i = 0; i < 2; i++)
		host_write(&victim->road[i].host[side], bytes);
}

/* Drawn from the road that is spared: attacks must not change it. */
static void
act(struct victim *victim)
{
	struct road *road = &victim->road[SPARED];
	uint32_t bytes = 1 + road_draw(road, 2000);
	uint64_t pause = 0;

	switch (victim->kind) {
	case VICTIM_IDLE:
		both_write(victim, (uint8_t)road_draw(road, 2), bytes);
		pause = 30000 + road_draw(road, 250000);
		break;
	case VICTIM_TALKING:
		both_write(victim, 0, bytes);
		both_write(victim, 1, 1 + road_draw(road, 4000));
		pause = 200 + road_draw(road, 5000);
		break;
	case VICTIM_ONE_WAY:
		both_write(victim, 1, bytes);
		pause = 100 + road_draw(road, 1900);
		break;
	case VICTIM_HALF:
		both_write(victim, 0, bytes);
		pause = 500 + road_draw(road, 90000);
		break;
	case VICTIM_KINDS:
		break;
	}
	victim->act_at += pause * MS;
}

static void
run(struct victim *victim, uint64_t until)
{
	for (unsigned i = 0; i < 2; i++)
		road_run(&victim->road[i], until);
	compare(victim);
}

void
victim_live(struct victim *victim, uint64_t us)
{
	uint64_t until = victim->road[SPARED].now + us;

	while (victim->act_at <= until) {
		run(victim, victim->act_at);
		act(victim);
	}
	run(victim, until);
}

/* --- beginning and end --- */

bool
victim_open(struct victim *victim, const struct sw_flow_policy *flow_policy)
{
	memset(victim, 0, sizeof(*victim));
	victim->strict = flow_policy->tracking == SW_TRACK_STRICT;
	for (unsigned i = 0; i < 2; i++)
		if (!gate_open(&victim->gate[i], flow_policy, 64)) {
			victim_close(victim);
			return false;
		}
	return true;
}

void
victim_close(struct victim *victim)
{
	for (unsigned i = 0; i < 2; i++)
		gate_close(&victim->gate[i]);
}

static void
draw_hosts(struct victim *victim, struct road *road)
{
	static const uint32_t buffers[] = { 8192, 65535, 262144, 2u << 20 };

	for (uint8_t side = 0; side < 2; side++) {
		struct host_ways ways = { .side = side,
			.iss = road_draw(road, UINT32_MAX),
			.mss = 1460,
			.wscale = (int8_t)(road_draw(road, 10) - 1),
			.timestamps = victim->timestamps,
			.sack = true,
			.silent = victim->silent,
			.buffer = buffers[road_draw(road, 4)],
			.flight = 14600,
			.retry = 400 * MS,
			.stamp = road_draw(road, UINT32_MAX),
			.keepalive = HOST_NEVER };

		host_begin(&road->host[side], &ways);
	}
	for (unsigned i = 0; i < 2; i++)
		road->weather.delay[i] = 1 + road_draw(road, 40000);
}

static void
name_ends(struct victim *victim)
{
	uint32_t n = victim->number++;

	victim->opener =
	    build_ends("10.0.0.1", 0, "10.1.0.1", 443, IPPROTO_TCP);
	victim->opener.src.b[2] = (uint8_t)(n >> 14);
	victim->opener.sport = (uint16_t)(1024 + (n & 0x3fff));
}

void
victim_begin(struct victim *victim, uint64_t seed)
{
	uint64_t now = victim->road[SPARED].now + HOST_SECOND;

	name_ends(victim);
	victim->hurt = HURT_NOT;
	victim->seed = seed * 2 + 1;
	for (unsigned i = 0; i < 2; i++) {
		struct road *road = &victim->road[i];

		road_begin(road, seed, now);
		road->hooks = (struct road_hooks){ .gate = at_gate };
		road->context = victim;
		draw_hosts(victim, road);
		host_listen(&road->host[1]);
		host_connect(&road->host[0], now);
	}
	victim->act_at = HOST_NEVER;
	run(victim, now + HOST_SECOND);
	for (unsigned i = 0; i < 2 && victim->kind == VICTIM_HALF; i++)
		host_close(&victim->road[i].host[1]);
	victim->act_at = victim->road[SPARED].now;
	victim_live(victim, 2 * HOST_SECOND);
}

void
victim_end(struct victim *victim)
{
	struct gate_view view;

	victim->act_at = HOST_NEVER;
	victim_live(victim, HOST_SECOND);
	for (unsigned i = 0; i < 2; i++) {
		host_close(&victim->road[i].host[0]);
		host_close(&victim->road[i].host[1]);
	}
	victim_live(victim, 5 * HOST_SECOND);
	view = gate_look(&victim->gate[ATTACKED], &victim->opener,
	    victim->road[ATTACKED].now);
	if (view.exists && view.state != SW_STATE_TIME_WAIT)
		harm(victim, HURT_UNENDED);
	for (unsigned i = 0; i < 2; i++)
		sw_engine_kill(victim->gate[i].engine, &victim->opener,
		    gate_time(victim->road[i].now), false);
}

/* --- the forger --- */

void
victim_right(
    const struct victim *victim, uint8_t side, uint32_t *from, uint32_t *to)
{
	const struct host *sender = &victim->road[ATTACKED].host[side];
	const struct host *receiver = &victim->road[ATTACKED].host[!side];
	uint32_t window = receiver->ways.buffer + (1u << receiver->scale_in);
	uint32_t reach = 2 * window < REACH ? 2 * window : REACH;
	uint32_t back = window > ACK_SLACK ? window : ACK_SLACK;

	*from = sender->una - back;
	*to = sender->max + (window > reach ? window : reach);
}

bool
victim_is_right(const struct victim *victim, uint8_t side, uint32_t number)
{
	uint32_t from, to;

	victim_right(victim, side, &from, &to);
	return number - from <= to - from;
}

void
victim_forge(struct victim *victim, const struct segment *segment)
{
	struct road *road = &victim->road[ATTACKED];

	road_forge(road, segment);
	road_run(road, road->now);
	compare(victim);
}
