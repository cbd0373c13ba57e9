/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The road is a heap of segments under way, ordered by arrival, and by age
 * where two arrive at once.
 */

#include "road.h"

#include <stdlib.h>
#include <string.h>

#include "draw.h"

void
road_begin(struct road *road, uint64_t seed, uint64_t now)
{
	memset(road, 0, offsetof(struct road, flight));
	road->n = 0;
	road->serial = road->sent = road->hidden = road->lost = 0;
	road->doubled = road->overtaken = road->fragmented = 0;
	road->hides_no_syn = false;
	road->seed = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	road->now = now;
	for (int i = 0; i < 4; i++)
		draw(&road->seed);
}

uint32_t
road_draw(struct road *road, uint32_t below)
{
	return (uint32_t)((draw(&road->seed) >> 32) * below >> 32);
}

bool
road_chance(struct road *road, uint32_t in_thousand)
{
	return in_thousand && road_draw(road, 1000) < in_thousand;
}

/* --- the heap --- */

static bool
sooner(const struct road_segment *a, const struct road_segment *b)
{
	return a->arrives != b->arrives ? a->arrives < b->arrives
					: a->serial < b->serial;
}

static void
swap(struct road_segment *a, struct road_segment *b)
{
	struct road_segment c = *a;

	*a = *b;
	*b = c;
}

static void
put(struct road *road, const struct road_segment *segment)
{
	unsigned i = road->n++;

	if (road->n > ROAD_FLIGHT_MAX)
		abort(); /* no host sends that much unacknowledged */
	road->flight[i] = *segment;
	road->flight[i].serial = road->serial++;
	while (i && sooner(&road->flight[i], &road->flight[(i - 1) / 2])) {
		swap(&road->flight[i], &road->flight[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static struct road_segment
take(struct road *road)
{
	struct road_segment first = road->flight[0];
	unsigned i = 0;

	road->flight[0] = road->flight[--road->n];
	for (;;) {
		unsigned child = 2 * i + 1;

		if (child + 1 < road->n &&
		    sooner(&road->flight[child + 1], &road->flight[child]))
			child++;
		if (child >= road->n ||
		    !sooner(&road->flight[child], &road->flight[i]))
			return first;
		swap(&road->flight[i], &road->flight[child]);
		i = child;
	}
}

/* --- fates --- */

static bool
hides(struct road *road, const struct segment *segment)
{
	bool hidden = road_chance(road, road->weather.hidden[segment->side]);

	return hidden && !(road->hides_no_syn && segment->flags & SW_SYN);
}

static void
set_out(struct road *road, const struct segment *segment)
{
	const struct road_weather *weather = &road->weather;
	uint8_t side = segment->side;
	struct road_segment s = { .segment = *segment,
		.sent = road->now,
		.arrives = road->now + weather->delay[side],
		.stage = ROAD_TO_GATE,
		.to = !side };

	road->sent++;
	if (road_chance(road, weather->lost_before)) {
		road->lost++;
		return;
	}
	if (hides(road, segment)) {
		road->hidden++;
		s.hidden = true;
		s.stage = ROAD_TO_HOST;
		s.arrives += weather->delay[!side];
	}
	if (road_chance(road, weather->overtaken)) {
		road->overtaken++;
		s.arrives += road_draw(road, 100000);
	}
	s.fragmented = road_chance(road, weather->fragmented);
	road->fragmented += s.fragmented;
	put(road, &s);
	if (!road_chance(road, weather->doubled))
		return;
	road->doubled++;
	s.copy = true;
	s.arrives += 1 + road_draw(road, 50000);
	put(road, &s);
}

void
road_pull(struct road *road)
{
	struct segment segment;

	for (unsigned i = 0; i < 2; i++)
		while (host_send(&road->host[i], road->now, &segment))
			set_out(road, &segment);
}

void
road_forge(struct road *road, const struct segment *segment)
{
	struct road_segment s = { .segment = *segment,
		.sent = road->now,
		.arrives = road->now,
		.stage = ROAD_TO_GATE,
		.to = !segment->side,
		.forged = true };

	put(road, &s);
}

/* --- what happens --- */

static void
at_gate(struct road *road, struct road_segment *s)
{
	if (!road->hooks.gate(road->context, road, s))
		return;
	if (!s->forged && road_chance(road, road->weather.lost_after)) {
		road->lost++;
		return;
	}
	s->stage = ROAD_TO_HOST;
	s->arrives = road->now + road->weather.delay[s->to];
	put(road, s);
}

static void
at_host(struct road *road, const struct road_segment *s)
{
	host_receive(&road->host[s->to], &s->segment, road->now);
	if (road->hooks.arrived)
		road->hooks.arrived(road->context, road, s);
}

uint64_t
road_due(const struct road *road)
{
	uint64_t due = road->n ? road->flight[0].arrives : HOST_NEVER;

	for (unsigned i = 0; i < 2; i++)
		if (host_due(&road->host[i]) < due)
			due = host_due(&road->host[i]);
	return due;
}

void
road_run(struct road *road, uint64_t until)
{
	uint64_t due;

	road_pull(road);
	while ((due = road_due(road)) <= until) {
		if (due > road->now)
			road->now = due;
		if (road->n && road->flight[0].arrives <= road->now) {
			struct road_segment s = take(road);

			if (s.stage == ROAD_TO_GATE)
				at_gate(road, &s);
			else
				at_host(road, &s);
		}
		road_pull(road);
	}
	road->now = until;
}
