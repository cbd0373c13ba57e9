/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A talk is a row of turns.  In each a program writes, reads or closes, and
 * the road runs until the next.  Most pauses are short, some as long as the
 * shortest timeout allows.
 */

#include "talk.h"

#include <string.h>

#define MS UINT64_C(1000)
/* Seconds until the last byte has come through the smallest window. */
#define TIMEOUT 3000
/* Bytes that fill the largest window that shuts. */
#define SHUT 30000u
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

const char *
talk_kind_text(enum talk_kind kind)
{
	static const char *const texts[] = {
#define X(name, text) [TALK_##name] = text,
		TALK_MAP(X)
#undef X
	};

	return texts[kind];
}

const char *
talk_unseen_text(enum talk_unseen unseen)
{
	static const char *const texts[] = {
#define X(name, text) [TALK_UNSEEN_##name] = text,
		TALK_UNSEEN_MAP(X)
#undef X
	};

	return texts[unseen];
}

/* --- drawing --- */

static void
draw_host(struct road *road, uint8_t side, bool timestamps)
{
	static const uint32_t buffers[] = { 1000, 8192, 29200, 65535, 262144,
		1u << 20, 4u << 20 };
	static const int8_t scales[] = { -1, 0, 1, 2, 5, 7, 9, 14 };
	static const uint32_t sizes[] = { 536, 1220, 1460, 1460, 8960 };
	struct host_ways ways = { .side = side,
		.iss = road_draw(road, UINT32_MAX),
		.mss = sizes[road_draw(road, COUNT(sizes))],
		.wscale = scales[road_draw(road, COUNT(scales))],
		.timestamps = timestamps || road_chance(road, 100),
		.sack = !road_chance(road, 200),
		.probes_by_byte = road_chance(road, 300),
		.buffer = buffers[road_draw(road, COUNT(buffers))],
		.stamp = road_draw(road, UINT32_MAX),
		.keepalive = HOST_NEVER };

	if (road_chance(road, 200)) /* numbers come round soon */
		ways.iss = UINT32_MAX - road_draw(road, 200000);
	if (ways.wscale < 0 && ways.buffer > 65535)
		ways.buffer = 65535;
	ways.flight = ways.mss * (2 + road_draw(road, 40));
	host_begin(&road->host[side], &ways);
}

static void
draw_weather(struct road *road)
{
	struct road_weather *weather = &road->weather;
	static const uint64_t delays[] = { 50, 500, 5000, 20000, 80000 };

	memset(weather, 0, sizeof(*weather));
	for (unsigned i = 0; i < 2; i++)
		weather->delay[i] = delays[road_draw(road, COUNT(delays))];
	if (road_chance(road, 300))
		weather->lost_before = (uint16_t)(1 + road_draw(road, 60));
	if (road_chance(road, 300))
		weather->lost_after = (uint16_t)(1 + road_draw(road, 60));
	if (road_chance(road, 200))
		weather->doubled = (uint16_t)(1 + road_draw(road, 100));
	if (road_chance(road, 200))
		weather->overtaken = (uint16_t)(1 + road_draw(road, 150));
	if (road_chance(road, 200))
		weather->fragmented = (uint16_t)(1 + road_draw(road, 300));
}

/* Longer than any answer takes that is not lost. */
static void
set_patience(struct road *road)
{
	uint64_t trip = road->weather.delay[0] + road->weather.delay[1];

	for (unsigned i = 0; i < 2; i++)
		road->host[i].ways.retry = 400 * MS + 3 * trip;
}

static enum talk_unseen
draw_unseen(struct road *road)
{
	uint32_t n = road_draw(road, 100);

	if (n < 20)
		return TALK_UNSEEN_NOTHING;
	if (n < 45)
		return TALK_UNSEEN_ONCE;
	if (n < 70)
		return TALK_UNSEEN_OFTEN;
	if (n < 82)
		return TALK_UNSEEN_SOME;
	return n < 95 ? TALK_UNSEEN_MANY : TALK_UNSEEN_SIDE;
}

void
talk_begin(struct talk *talk, struct road *road, bool seen)
{
	bool timestamps = road_chance(road, 500);

	*talk = (struct talk){
		.kind = (enum talk_kind)road_draw(road, TALK_KINDS),
		.end = (enum talk_end)road_draw(road, TALK_ENDS),
		.side = (uint8_t)road_draw(road, 2),
		.together = road_chance(road, 20),
		.ip6 = road_chance(road, 400),
		.lasts = 900 * HOST_SECOND,
		.pause_most = 250000,
		.turns_most = 1000,
	};
	draw_host(road, 0, timestamps);
	draw_host(road, 1, timestamps);
	draw_weather(road);
	talk->unseen = seen ? TALK_UNSEEN_NOTHING : draw_unseen(road);
	if (talk->kind == TALK_SHUT &&
	    road->host[!talk->side].ways.buffer > SHUT)
		road->host[!talk->side].ways.buffer = SHUT;
	if (talk->kind == TALK_QUIET)
		road->host[talk->side].ways.keepalive =
		    (10 + road_draw(road, 200)) * HOST_SECOND;
	set_patience(road);
	talk->weather = road->weather;
}

/* --- what goes by unseen --- */

static void
hide_sides(struct road *road, uint16_t chance)
{
	uint32_t which = 1 + road_draw(road, 3);

	for (unsigned i = 0; i < 2; i++)
		if (which & 1u << i)
			road->weather.hidden[i] = chance;
}

static void
change_weather(struct talk *talk, struct road *road, unsigned turn)
{
	bool again =
	    talk->unseen == TALK_UNSEEN_OFTEN && road_chance(road, 150);
	bool once = talk->unseen == TALK_UNSEEN_ONCE && turn == 4;

	if (talk->episode && --talk->episode)
		return;
	road->weather = talk->weather;
	if (!again && !once)
		return;
	talk->episode = 1 + road_draw(road, 3);
	hide_sides(road, road_chance(road, 500) ? 1000 : 500);
}

static void
set_weather(struct talk *talk, struct road *road)
{
	if (talk->unseen == TALK_UNSEEN_SOME)
		hide_sides(road, 20);
	if (talk->unseen == TALK_UNSEEN_MANY)
		hide_sides(road, 330);
	if (talk->unseen == TALK_UNSEEN_SIDE)
		road->weather.hidden[road_draw(road, 2)] = 1000;
	talk->weather = road->weather;
}

/* --- the turns --- */

static uint64_t
pause_of(const struct talk *talk, struct road *road)
{
	uint32_t n = road_draw(road, 100);
	uint64_t ms = 1 + road_draw(road, n < 35 ? 40 : 2000);

	if (n >= 70)
		ms = 2000 + road_draw(road, 28000);
	if (n >= 90)
		ms = 30000 + road_draw(road, 220000);
	return (ms < talk->pause_most ? ms : talk->pause_most) * MS;
}

static uint32_t
amount(struct road *road)
{
	static const uint32_t most[] = { 1, 100, 1460, 6000, 60000 };

	return 1 + road_draw(road, most[road_draw(road, COUNT(most))]);
}

static void
run(struct road *road, uint64_t us)
{
	road_run(road, road->now + us);
}

static void
shut_and_open(struct talk *talk, struct road *road)
{
	struct host *reader = &road->host[!talk->side];

	host_read(reader, false);
	host_write(&road->host[talk->side],
	    reader->ways.buffer + road_draw(road, 5000));
	run(road, (1 + road_draw(road, 30)) * HOST_SECOND);
	host_read(reader, true);
}

static void
turn(struct talk *talk, struct road *road)
{
	struct host *actor = &road->host[talk->side];
	struct host *other = &road->host[!talk->side];

	switch (talk->kind) {
	case TALK_QUESTIONS:
		host_write(actor, 1 + road_draw(road, 3000));
		run(road, (1 + road_draw(road, 400)) * MS);
		host_write(other, amount(road));
		break;
	case TALK_BULK:
	case TALK_HALF:
		host_write(actor, actor->ways.mss * (1 + road_draw(road, 20)));
		break;
	case TALK_BOTH:
		host_write(
		    road_chance(road, 500) ? actor : other, amount(road));
		break;
	case TALK_QUIET:
		run(road, 20 * HOST_SECOND);
		break;
	case TALK_SHUT:
		shut_and_open(talk, road);
		break;
	case TALK_KINDS:
		break;
	}
}

static void
open_up(struct talk *talk, struct road *road)
{
	host_connect(&road->host[0], road->now);
	if (talk->together)
		host_connect(&road->host[1], road->now);
	else
		host_listen(&road->host[1]);
	road->hides_no_syn = true;
	run(road, 3 * HOST_SECOND);
}

/* Pauses of one who has closed are shorter than fin_wait. */
static void
half_close(struct talk *talk, struct road *road)
{
	if (talk->kind != TALK_HALF)
		return;
	host_close(&road->host[!talk->side]);
	talk->pause_most = 100000;
}

static bool
has_left(const struct host *host)
{
	return host->state == HOST_CLOSED || host->state == HOST_TIME_WAIT;
}

static void
close_down(struct talk *talk, struct road *road)
{
	switch (talk->end) {
	case TALK_END_OPENER:
		host_close(&road->host[0]);
		run(road, 100 * MS);
		break;
	case TALK_END_OTHER:
		host_close(&road->host[1]);
		run(road, 100 * MS);
		break;
	case TALK_END_TOGETHER:
		break;
	case TALK_END_RESET_OPENER:
		host_abort(&road->host[0]);
		return;
	case TALK_END_RESET_OTHER:
		host_abort(&road->host[1]);
		return;
	case TALK_ENDS:
		break;
	}
	host_close(&road->host[0]);
	host_close(&road->host[1]);
}

void
talk_play(struct talk *talk, struct road *road)
{
	uint64_t end = road->now + talk->lasts;

	open_up(talk, road);
	set_weather(talk, road);
	half_close(talk, road);
	for (unsigned i = 0; i < talk->turns_most && road->now < end; i++) {
		change_weather(talk, road, i);
		turn(talk, road);
		run(road, pause_of(talk, road));
	}
	road->weather = talk->weather;
	run(road, 8 * HOST_SECOND);
	close_down(talk, road);
	for (unsigned i = 0; i < TIMEOUT; i++) {
		run(road, HOST_SECOND);
		if (has_left(&road->host[0]) && has_left(&road->host[1]))
			break;
	}
	run(road, HOST_SECOND);
}
