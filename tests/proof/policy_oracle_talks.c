/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hosts say.
 *
 * Short conversations are words of an alphabet: who, which flags, by which
 * interface, after which pause; numbers are those a host in step would use,
 * because only they lead anywhere.  Long ones are drawn, and some of their
 * numbers are wrong.
 */
#include "draw.h"
#include "policy_oracle.h"

static const uint8_t alphabet[] = {
	SW_SYN,
	SW_SYN | SW_ACK,
	SW_ACK,
	SW_FIN | SW_ACK,
	SW_RST,
};

enum {
	LETTERS = sizeof(alphabet),
	SYMBOLS = LETTERS * 2 * 2,
};

/* Pauses before a segment, ms: around every timeout of the profile. */
static const uint32_t pauses[] = { 10, 10, 10, 10, 10, 10, 900, 12000, 35000,
	70000, 130000, 700000, 7500000 };

#define PAUSES (sizeof(pauses) / sizeof(pauses[0]))

/* Where the numbers of a host begin. */
static uint32_t
isn(unsigned side)
{
	return side == ORACLE_INSIDE ? 1000 : 500000;
}

/* What this side has sent so far, its next number. */
static uint32_t
next_of(const struct oracle_talk *talk, unsigned n, unsigned side)
{
	uint32_t next = isn(side);

	for (unsigned i = 0; i < n; i++) {
		const struct oracle_step *step = &talk->step[i];

		if (step->side == side && !(step->flags & SW_RST))
			next = step->seq + step->payload +
			       !!(step->flags & SW_SYN) +
			       !!(step->flags & SW_FIN);
	}
	return next;
}

/* A SYN begins again with numbers of its own. */
static uint32_t
seq_of(const struct oracle_talk *talk, unsigned n, unsigned side, uint8_t flags)
{
	uint32_t next = next_of(talk, n, side);

	if (!(flags & SW_SYN))
		return next == isn(side) ? next + 1 : next;
	return next == isn(side) ? next : next + 100000;
}

unsigned
oracle_symbols(void)
{
	return SYMBOLS;
}

static void
number(struct oracle_talk *talk, unsigned n)
{
	struct oracle_step *step = &talk->step[n];
	uint32_t peer = next_of(talk, n, !step->side);

	step->seq = seq_of(talk, n, step->side, step->flags);
	step->ack = peer == isn(!step->side) ? peer + 1 : peer;
}

void
oracle_write(struct oracle_talk *talk, unsigned n, unsigned symbol)
{
	talk->step[n] = (struct oracle_step){ .pause = 10,
		.side = symbol & 1,
		.guest = symbol >> 1 & 1,
		.flags = alphabet[symbol >> 2] };
	number(talk, n);
}

/* Flags in a random conversation, the usual ones more often. */
static const uint8_t drawn[] = {
	SW_SYN,
	SW_SYN,
	SW_SYN,
	SW_SYN | SW_ACK,
	SW_SYN | SW_ACK,
	SW_ACK,
	SW_ACK,
	SW_ACK,
	SW_ACK | SW_PSH,
	SW_FIN | SW_ACK,
	SW_RST,
	SW_RST | SW_ACK,
	SW_SYN | SW_FIN,
	SW_SYN | SW_URG,
	SW_SYN | SW_FIN | SW_ACK,
	0,
};

static uint32_t
below(uint64_t *seed, uint32_t limit)
{
	return (uint32_t)((draw(seed) >> 32) % limit);
}

/* One number in eight is wrong. */
static uint32_t
blur(uint32_t right, uint64_t *seed)
{
	static const uint32_t off[] = { 1, -1u, 1000, -1000u, 70000, -70000u,
		UINT32_C(1) << 31, 5000000 };

	return below(seed, 8) ? right : right + off[below(seed, 8)];
}

static void
draw_step(struct oracle_talk *talk, unsigned n, uint64_t *seed)
{
	struct oracle_step *step = &talk->step[n];

	*step = (struct oracle_step){ .pause = pauses[below(seed, PAUSES)],
		.side = (uint8_t)below(seed, 2),
		.guest = below(seed, 8) == 0,
		.flags = drawn[below(seed, sizeof(drawn))] };
	if (step->flags & SW_PSH)
		step->payload = 1 + below(seed, 1400);
	number(talk, n);
	/* The same SYN again is as likely as a new one. */
	if (step->flags & SW_SYN && below(seed, 2))
		step->seq = isn(step->side);
	step->seq = blur(step->seq, seed);
	step->ack = blur(step->ack, seed);
}

/* Half of them open the way the rules allow, so that there is something to
 * get into. */
static unsigned
draw_handshake(struct oracle_talk *talk, uint64_t *seed)
{
	static const uint8_t flags[] = { SW_SYN, SW_SYN | SW_ACK, SW_ACK };
	unsigned first = below(seed, 2) ? 0 : below(seed, 4);
	unsigned n;

	for (n = 0; n < first; n++) {
		talk->step[n] = (struct oracle_step){ .pause = 10,
			.side = n == 1 ? ORACLE_OUTSIDE : ORACLE_INSIDE,
			.flags = flags[n] };
		number(talk, n);
	}
	return n;
}

void
oracle_draw(struct oracle_talk *talk, uint64_t *seed)
{
	unsigned n = draw_handshake(talk, seed);

	talk->n = 5 + below(seed, ORACLE_STEPS - 5 + 1);
	for (; n < talk->n; n++)
		draw_step(talk, n, seed);
}
