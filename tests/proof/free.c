/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel beside a trial.
 *
 * Its timeouts are longer than ours by a margin, for it tells whole seconds
 * only and each time it is told that time has gone by it loses up to one.
 * So what it refuses of a conversation that lives, it refuses by its rules,
 * not by its clock.
 */

#include "free.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "kernel.h"
#include "trial.h"

#define LONGER 20
/* Conversations after which the kernel forgets all. */
#define ROUND 512u

/* Who let what through.  X(name, text) */
#define VERDICT_MAP(X)                                                       \
	X(BOTH, "passed both")                                               \
	X(NEITHER, "passed neither")                                         \
	X(DROPPED_LIVE, "live, dropped by us alone")                         \
	X(REFUSED_LIVE, "live, refused by the kernel alone")                 \
	X(DROPPED_DEAD, "of a connection that is over, dropped by us alone") \
	X(REFUSED_RST, "RST, refused by the kernel alone")                   \
	X(REFUSED_FIN, "FIN once more, refused by the kernel alone")         \
	X(LET_IN, "let in by us alone")

enum verdict {
#define X(name, text) VERDICT_##name,
	VERDICT_MAP(X)
#undef X
	    VERDICTS
};

struct free_peer {
	struct kernel *kernel;
	struct sw_endpoints opener;
	uint64_t owed; /* us that the kernel was not told of */
	uint64_t count[VERDICTS];
	unsigned conversations;
	bool finished[2]; /* that side sent a FIN, */
	uint32_t fin[2];  /* with this number */
	uint8_t bytes[BUILD_MAX];
};

static void
begin(void *context, const struct sw_endpoints *opener)
{
	struct free_peer *peer = context;

	if (peer->conversations++ % ROUND == 0)
		kernel_flush(peer->kernel);
	peer->opener = *opener;
	peer->owed = 0;
	peer->finished[0] = peer->finished[1] = false;
}

/* A host whose FIN nobody acknowledges sends it again, for longer than the
 * other host may remember anything; the kernel takes it for the other's FIN
 * (fin-covered) and is done with the connection. */
static bool
is_fin_again(struct free_peer *peer, const struct segment *segment)
{
	uint8_t side = segment->side;
	bool again = peer->finished[side] && segment->seq == peer->fin[side];

	if (!(segment->flags & SW_FIN))
		return false;
	peer->finished[side] = true;
	peer->fin[side] = segment->seq;
	return again;
}

static void
let_pass(struct free_peer *peer, uint64_t us)
{
	uint32_t seconds;

	peer->owed += us;
	seconds = (uint32_t)(peer->owed / HOST_SECOND);
	if (!seconds)
		return;
	kernel_age(peer->kernel, &peer->opener, seconds);
	peer->owed -= seconds * HOST_SECOND;
}

static enum verdict
verdict_of(const struct segment *segment, bool fin_again, bool live,
    bool passed, bool there)
{
	if (passed == there)
		return passed ? VERDICT_BOTH : VERDICT_NEITHER;
	if (!passed)
		return live ? VERDICT_DROPPED_LIVE : VERDICT_DROPPED_DEAD;
	if (segment->flags & SW_RST)
		return VERDICT_REFUSED_RST;
	if (fin_again && !live)
		return VERDICT_REFUSED_FIN;
	return live ? VERDICT_REFUSED_LIVE : VERDICT_LET_IN;
}

static bool
step(void *context, const struct segment *segment, uint64_t us, bool live,
    bool passed)
{
	struct free_peer *peer = context;
	size_t length = segment_bytes(segment, &peer->opener, peer->bytes);
	bool there;

	let_pass(peer, us);
	there = kernel_step(peer->kernel, segment->side, peer->bytes, length);
	if (!there && passed && live &&
	    kernel_find(peer->kernel, &peer->opener).exists)
		there = kernel_late(
		    peer->kernel, segment->side, peer->bytes, length);
	peer->count[verdict_of(
	    segment, is_fin_again(peer, segment), live, passed, there)]++;
	return there;
}

/* may_drop: strict, what lies outside */
static bool
print_verdicts(const struct free_peer *peer, bool may_drop)
{
	static const char *const texts[] = {
#define X(name, text) [VERDICT_##name] = text,
		VERDICT_MAP(X)
#undef X
	};

	printf("  against the kernel, tcp_be_liberal = 1:\n");
	for (unsigned i = 0; i < VERDICTS; i++)
		printf("  %10" PRIu64 "  %s\n", peer->count[i], texts[i]);
	return (may_drop || !peer->count[VERDICT_DROPPED_LIVE]) &&
	       !peer->count[VERDICT_LET_IN];
}

static enum free_outcome
play(struct free_peer *peer, struct trial *trial, const char *grade,
    uint64_t packets, uint64_t seed)
{
	struct beside beside = { begin, step, peer };
	bool right;

	trial->beside = &beside;
	while (trial->tally.packets < packets)
		trial_run(trial, seed++);
	right = trial_print(trial, grade);
	right &= print_verdicts(peer, trial->flow_policy.resync);
	return right ? FREE_RIGHT : FREE_WRONG;
}

enum free_outcome
free_run(const char *grade, uint64_t packets, uint64_t seed, unsigned show)
{
	static struct trial trial;
	static struct free_peer peer;
	struct sw_flow_policy flow_policy;
	enum free_outcome outcome = FREE_SKIPPED;

	memset(&peer, 0, sizeof(peer));
	if (!gate_grade(grade, &flow_policy) ||
	    !trial_open(&trial, &flow_policy))
		return FREE_SKIPPED;
	trial.show = show;
	peer.kernel =
	    kernel_open(&(struct kernel_ways){ .liberal = true,
			    .loose = flow_policy.tracking == SW_TRACK_LOOSE },
		&flow_policy.timeouts, -LONGER);
	if (peer.kernel)
		outcome = play(&peer, &trial, grade, packets, seed);
	kernel_close(peer.kernel);
	trial_close(&trial);
	return outcome;
}
