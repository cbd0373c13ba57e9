/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forger keeps a connection of his own in mind: a next number of each
 * side.  He draws both where they cannot be right, for a right one is what
 * he does not have, and steps through his script with them; whatever would
 * become right on the way is left out.
 */

#include "forge.h"

#include <string.h>

#include "build.h"

#define MS UINT64_C(1000)

struct forger {
	struct victim *victim;
	uint32_t next[2];
	uint32_t stamp[2];
	uint16_t window;
	bool right_acks; /* tells true acknowledgements */
	struct forge_note note;
};

const char *
forge_lead_text(enum forge_lead lead)
{
	static const char *const texts[] = {
#define X(name, text) [FORGE_LEAD_##name] = text,
		FORGE_LEAD_MAP(X)
#undef X
	};

	return texts[lead];
}

const char *
forge_blow_text(enum forge_blow blow)
{
	static const char *const texts[] = {
#define X(name, text, steps) [FORGE_BLOW_##name] = text,
		FORGE_BLOW_MAP(X)
#undef X
	};

	return texts[blow];
}

static const char *
blow_steps(enum forge_blow blow)
{
	static const char *const steps[] = {
#define X(name, text, steps) [FORGE_BLOW_##name] = steps,
		FORGE_BLOW_MAP(X)
#undef X
	};

	return steps[blow];
}

/* --- numbers --- */

static const char *const places[] = { "anywhere", "half the space away",
	"just above what is right", "just below what is right",
	"a quarter of the space away", "zero" };

static uint32_t
number_at(struct victim *victim, uint8_t side, unsigned place)
{
	uint32_t from, to;

	victim_right(victim, side, &from, &to);
	switch (place) {
	case 1:
		return to + (UINT32_C(1) << 31) - victim_draw(victim, 3);
	case 2: /* with room for what the hosts say meanwhile */
		return to + 1 + victim_draw(victim, 5000);
	case 3:
		return from - 1 - victim_draw(victim, 200000);
	case 4:
		return to + (UINT32_C(1) << 30);
	case 5:
		return 0;
	default:
		return victim_draw(victim, UINT32_MAX);
	}
}

static void
draw_numbers(struct forger *forger)
{
	struct victim *victim = forger->victim;
	unsigned place = victim_draw(victim, 2) ? 0 : victim_draw(victim, 6);

	forger->note.numbers = places[place];
	for (uint8_t side = 0; side < 2; side++)
		do {
			forger->next[side] = number_at(victim, side, place);
			place =
			    victim_is_right(victim, side, forger->next[side])
				? 0
				: place;
		} while (victim_is_right(victim, side, forger->next[side]));
}

static uint64_t
draw_pace(struct victim *victim)
{
	static const uint16_t ms[] = { 0, 0, 1, 50, 260, 520, 700, 1100, 2500,
		10000 };

	return ms[victim_draw(victim, 10)] * MS;
}

/* --- a segment --- */

static void
stamp(struct forger *forger, struct segment *segment)
{
	uint8_t side = segment->side;

	if (!forger->note.stamped)
		return;
	segment->has_timestamp = true;
	segment->tsval =
	    forger->stamp[side] + (uint32_t)(forger->victim->road[0].now / MS);
	segment->tsecr = segment->flags & SW_ACK ? forger->stamp[!side] : 0;
}

/* Has the forger a right number after all?  Then he does not send it. */
static bool
has_right(const struct forger *forger, const struct segment *segment)
{
	const struct victim *victim = forger->victim;
	uint8_t side = segment->side;

	if (victim_is_right(victim, side, segment->seq) ||
	    victim_is_right(victim, side, segment_end(segment)))
		return true;
	return segment->flags & SW_ACK && !forger->right_acks &&
	       victim_is_right(victim, !side, segment->ack);
}

static void
say(struct forger *forger, uint8_t side, uint8_t flags, uint32_t length)
{
	struct victim *victim = forger->victim;
	struct segment segment = { .side = side,
		.flags = flags,
		.seq = forger->next[side],
		.window = forger->window,
		.length = length,
		.wscale = flags & SW_SYN ? (int8_t)7 : (int8_t)-1,
		.sack_permitted = flags & SW_SYN };

	if (victim->hurt)
		return;
	if (flags & SW_ACK)
		segment.ack = forger->right_acks
				  ? victim->road[0].host[side].expected
				  : forger->next[!side];
	stamp(forger, &segment);
	if (!has_right(forger, &segment))
		victim_forge(victim, &segment);
	if (!(flags & SW_RST))
		forger->next[side] = segment_end(&segment);
	if (forger->note.pace)
		victim_live(victim, forger->note.pace);
}

/* A script: ">" the opener or "<" the other, and flags. */
static void
play(struct forger *forger, const char *steps)
{
	while (*steps) {
		uint8_t side = *steps++ == '<';
		char flags[8] = "";
		size_t n = strcspn(steps, "<>");

		memcpy(flags, steps, n < 7 ? n : 7);
		say(forger, side, build_flags(flags), 0);
		steps += n;
	}
}

/* --- what goes before --- */

static void
converse(struct forger *forger, unsigned turns)
{
	for (unsigned i = 0; i < turns; i++) {
		uint8_t side = (uint8_t)victim_draw(forger->victim, 2);

		say(forger, side, SW_ACK | SW_PSH,
		    1 + victim_draw(forger->victim, 1400));
		say(forger, !side, SW_ACK, 0);
	}
}

/* So that the last of many comes more than two seconds after the first. */
static unsigned
turns_of(struct forger *forger)
{
	uint64_t pace = forger->note.pace;
	unsigned least = pace ? (unsigned)(3000 * MS / (2 * pace)) + 2 : 4;

	return least < 12 ? least : 12;
}

/* Both sides go on a little further than they were. */
static void
jump(struct forger *forger)
{
	for (unsigned side = 0; side < 2; side++)
		forger->next[side] += 1 + victim_draw(forger->victim, 2000);
}

/* Long enough to be believed, then elsewhere with what was believed. */
static void
move(struct forger *forger, void (*to)(struct forger *forger))
{
	for (unsigned i = 0; i < 3; i++) {
		converse(forger, turns_of(forger));
		to(forger);
	}
	converse(forger, 2);
}

static void
lead_on(struct forger *forger, enum forge_lead lead)
{
	uint8_t side = (uint8_t)victim_draw(forger->victim, 2);

	switch (lead) {
	case FORGE_LEAD_ONE_SIDE:
	case FORGE_LEAD_RIGHT_ACK:
		forger->right_acks = lead == FORGE_LEAD_RIGHT_ACK;
		for (unsigned i = 0; i < 4; i++)
			say(forger, side, SW_ACK | SW_PSH, 100);
		break;
	case FORGE_LEAD_PAIR:
		converse(forger, 1);
		break;
	case FORGE_LEAD_CHAIN:
		converse(forger, turns_of(forger));
		break;
	case FORGE_LEAD_SLOW:
		forger->note.pace = 2500 * MS;
		converse(forger, 6);
		break;
	case FORGE_LEAD_JUMP:
		move(forger, jump);
		break;
	case FORGE_LEAD_FAR:
		forger->note.stamped = true;
		move(forger, draw_numbers);
		break;
	case FORGE_LEAD_SHUT:
		forger->window = 0;
		__attribute__((fallthrough));
	case FORGE_LEAD_ACKS:
		for (unsigned i = 0; i < 2 * turns_of(forger); i++)
			say(forger, i & 1, SW_ACK, 0);
		break;
	case FORGE_LEAD_HANDSHAKE:
		play(forger, ">S<SA>A>A<A");
		break;
	case FORGE_LEAD_DISAGREE:
		for (unsigned i = 0; i < 8; i++) {
			draw_numbers(forger);
			say(forger, i & 1, SW_ACK | SW_PSH, 10);
		}
		break;
	case FORGE_LEAD_NOTHING:
	case FORGE_LEADS:
		break;
	}
}

struct forge_note
forge_try(struct victim *victim, enum forge_lead lead, enum forge_blow blow)
{
	struct forger forger = { .victim = victim,
		.window = (uint16_t)victim_draw(victim, 65536) };

	forger.note.pace = draw_pace(victim);
	forger.note.stamped = victim_draw(victim, 2);
	for (unsigned i = 0; i < 2; i++)
		forger.stamp[i] = victim_draw(victim, UINT32_MAX);
	draw_numbers(&forger);
	lead_on(&forger, lead);
	play(&forger, blow_steps(blow));
	if (!victim->hurt)
		victim_live(victim, (1 + victim_draw(victim, 15000)) * MS);
	return forger.note;
}
