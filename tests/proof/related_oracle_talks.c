/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hosts say.
 *
 * Numbers are those a host in step would use.  The stranger sees nothing of
 * theirs, so his are wrong; of the others' random ones, one in eight.
 */
#include "draw.h"
#include "related_oracle.h"

static uint32_t
isn(const struct related_step *step)
{
	return step->sender == CLIENT ? 1000 : 500000;
}

/* The next number of the side that sends this step, or of the other. */
static uint32_t
next_of(const struct related_talk *talk, unsigned n, bool other)
{
	const struct related_step *step = &talk->step[n];
	bool client = (step->sender == CLIENT) != other;
	uint32_t next = client ? 1000 : 500000;

	for (unsigned i = 0; i < n; i++) {
		const struct related_step *said = &talk->step[i];

		if (said->link == step->link && said->good &&
		    (said->sender == CLIENT) == client &&
		    !(said->flags & SW_RST))
			next = said->seq + !!(said->flags & SW_SYN) +
			       !!(said->flags & SW_FIN);
	}
	return next;
}

static void
number(struct related_talk *talk, unsigned n)
{
	struct related_step *step = &talk->step[n];

	step->good = step->sender != STRANGER;
	step->seq = next_of(talk, n, false);
	step->ack = next_of(talk, n, true);
	if (step->flags & SW_SYN)
		step->seq = isn(step);
	else if (step->seq == isn(step))
		step->seq++;
	if (step->sender == STRANGER) { /* who sees nothing of theirs */
		step->seq += 123456;
		step->ack += 654321;
	}
}

void
related_say(struct related_talk *talk, uint8_t link, uint8_t sender,
    uint8_t flags, uint32_t pause)
{
	talk->step[talk->n] = (struct related_step){
		.link = link, .sender = sender, .flags = flags, .pause = pause
	};
	number(talk, talk->n);
	talk->n++;
}

void
related_open_parent(struct related_talk *talk, unsigned segments)
{
	static const uint8_t flags[] = { SW_SYN, SW_SYN | SW_ACK, SW_ACK };

	for (unsigned i = 0; i < segments; i++)
		related_say(
		    talk, PARENT, i == 1 ? SERVER : CLIENT, flags[i], 10);
}

static const uint8_t flags_of[] = { SW_SYN, SW_SYN | SW_ACK, SW_ACK,
	SW_FIN | SW_ACK, SW_RST };

unsigned
related_letters(void)
{
	return LINKS * 3 * sizeof(flags_of);
}

void
related_say_letter(struct related_talk *talk, unsigned letter, uint32_t pause)
{
	uint8_t sender = (uint8_t)(letter % 3);

	letter /= 3;
	related_say(talk, (uint8_t)(letter % LINKS), sender,
	    flags_of[letter / LINKS], pause);
}

static uint32_t
below(uint64_t *seed, uint32_t limit)
{
	return (uint32_t)((draw(seed) >> 32) % limit);
}

static const uint32_t pauses[] = { 10, 10, 10, 10, 10, 900, 12000, 35000, 59900,
	60200, 70000, 130000 };

void
related_draw(struct related_talk *talk, uint64_t *seed)
{
	unsigned n = 5 + below(seed, STEPS - 8);

	related_open_parent(talk, below(seed, 4) ? 3 : below(seed, 3));
	while (talk->n < n) {
		uint32_t pause =
		    pauses[below(seed, sizeof pauses / sizeof pauses[0])];
		struct related_step *step;

		if (below(seed, 4) == 0)
			related_say(talk, CHILD, SERVER, SW_SYN, pause);
		else
			related_say_letter(
			    talk, below(seed, related_letters()), pause);
		step = &talk->step[talk->n - 1];
		if (below(seed, 8) == 0) {
			step->seq += 1 + below(seed, 200000);
			step->good = false;
		}
	}
}
