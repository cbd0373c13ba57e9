/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who guesses numbers in the windows of both sides, but not the next ones,
 * and sends FINs for both, that acknowledge each other in the end, cuts
 * nobody's time: each connection is held against one that is spared, as by
 * forger, whose numbers are never in a window.
 */

#include <check.h>

#include "runner.h"
#include "victim.h"

enum { CONNECTIONS = 40, TRIES = 6 };

struct fins {
	struct victim *victim;
	uint32_t seq[2]; /* of each side's FIN */
};

/* In the window that was granted, and further than the programs get. */
static void
draw_fins(struct fins *fins)
{
	struct victim *victim = fins->victim;

	for (unsigned i = 0; i < 2; i++)
		fins->seq[i] = victim->road[ATTACKED].host[i].max + 20000 +
			       victim_draw(victim, 20000);
}

static void
send_fin(const struct fins *fins, uint8_t side, bool acknowledges)
{
	const struct host *host = &fins->victim->road[ATTACKED].host[side];
	struct segment segment = { .side = side,
		.flags = SW_FIN | SW_ACK,
		.seq = fins->seq[side],
		.ack = acknowledges ? fins->seq[!side] + 1 : host->expected,
		.window = 65535,
		.wscale = -1 };

	ck_assert(victim_is_right(fins->victim, side, segment.seq));
	victim_forge(fins->victim, &segment);
}

static bool
has_room(const struct victim *victim)
{
	const struct host *host = victim->road[ATTACKED].host;

	return host[0].ways.buffer >= 65535 && host[1].ways.buffer >= 65535 &&
	       host[0].ways.wscale >= 0 && host[1].ways.wscale >= 0;
}

static unsigned
attack(struct victim *victim, uint64_t seed)
{
	struct fins fins = { .victim = victim };
	unsigned tries = 0;

	victim->kind = seed % 2 ? VICTIM_IDLE : VICTIM_HALF;
	victim->timestamps = seed / 2 % 2;
	victim->silent = seed / 4 % 2;
	victim_begin(victim, seed);
	for (; has_room(victim) && tries < TRIES; tries++) {
		draw_fins(&fins);
		for (unsigned i = 0; i < 4; i++)
			send_fin(&fins, i & 1, i >= 2);
		victim_live(victim, 60 * HOST_SECOND);
		if (victim->hurt)
			ck_abort_msg("seed %u, try %u: %s", (unsigned)seed,
			    tries, victim_hurt_text(victim->hurt));
	}
	victim_end(victim);
	ck_assert_msg(!victim->hurt, "seed %u: %s", (unsigned)seed,
	    victim_hurt_text(victim->hurt));
	return tries;
}

START_TEST(cut_nobodys_time)
{
	static struct victim victim;

	for (unsigned i = 0; gate_grades[i]; i++) {
		struct sw_flow_policy treatment;
		unsigned tries = 0;

		ck_assert(gate_grade(gate_grades[i], &treatment));
		ck_assert(victim_open(&victim, &treatment));
		for (unsigned n = 1; n <= CONNECTIONS; n++)
			tries += attack(&victim, n);
		ck_assert_uint_gt(tries, CONNECTIONS);
		ck_assert_uint_eq(victim.forged, 4 * tries);
		ck_assert_uint_gt(victim.forged_passed, 2 * tries);
		victim_close(&victim);
	}
}
END_TEST

int
main(void)
{
	TCase *t = tcase_create("blind_fin");

	tcase_add_test(t, cut_nobodys_time);
	return run_case("blind_fin", t);
}
