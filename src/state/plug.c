/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of iptables-legacy cannot be seen.  So where packets come although no
 * rule is seen, only what is forwarded counts.
 */
#include "state/plug.h"

enum {
	QUIET_S = 3,	     /* of silence before no rule at all counts */
	PASSED_S = 6,	     /* before what is forwarded counts */
	PASSED = 10,	     /* packets at least */
	KNOWN = 10,	     /* packets that must have come before */
	REMEMBERED = 100000, /* packets; then older ones count for less */
};

static uint64_t
seconds_since(struct sw_time then, struct sw_time now)
{
	return now.ns > then.ns ? (now.ns - then.ns) / SW_NS_PER_SECOND : 0;
}

uint64_t
sw_plug_silence(const struct sw_plug *plug)
{
	return seconds_since(plug->fed_at.now, plug->last.now);
}

uint64_t
sw_plug_missed(const struct sw_plug *plug)
{
	const struct sw_plug_sample *then = &plug->fed_at, *now = &plug->last;

	if (!then->counts || !now->counts || now->forwarded < then->forwarded)
		return 0;
	return now->forwarded - then->forwarded;
}

/* Did nine of ten packets come to the queue that were forwarded? */
static bool
sees_all(const struct sw_plug *plug)
{
	return plug->came >= KNOWN && plug->came * 10 >= plug->went * 9;
}

static void
note_fed(struct sw_plug *plug, const struct sw_plug_sample *sample)
{
	plug->came += sample->fed - plug->last.fed;
	if (sample->counts && plug->last.counts &&
	    sample->forwarded > plug->last.forwarded)
		plug->went += sample->forwarded - plug->last.forwarded;
	if (plug->came > REMEMBERED) {
		plug->came /= 2;
		plug->went /= 2;
	}
	plug->fed_at = *sample;
	if (plug->missing == 0)
		plug->why = SW_PLUG_IN;
}

void
sw_plug_step(struct sw_plug *plug, const struct sw_plug_sample *sample)
{
	if (!plug->begun) {
		plug->begun = true;
		plug->last = plug->fed_at = *sample;
		return;
	}
	if (sample->fed > plug->last.fed)
		note_fed(plug, sample);
	plug->last = *sample;
	if (plug->why == SW_PLUG_IN && sw_plug_silence(plug) >= PASSED_S &&
	    sw_plug_missed(plug) >= PASSED && sees_all(plug))
		plug->why = SW_PLUG_PASSED_BY;
}

/* No rule is seen.  Packets that came since the last look prove that there is
 * one. */
static void
note_none(struct sw_plug *plug, struct sw_time asked)
{
	if (plug->fed_at.now.ns > asked.ns && asked.ns > 0 &&
	    plug->why != SW_PLUG_IN)
		plug->blind = true;
	if (plug->had == 0 && sw_plug_silence(plug) == 0 && plug->came > 0)
		plug->blind = true;
	if (plug->blind) {
		plug->had = plug->missing = 0;
		if (plug->why == SW_PLUG_NO_RULE)
			plug->why = SW_PLUG_IN;
	} else if (plug->had != 0 || sw_plug_silence(plug) >= QUIET_S) {
		plug->why = SW_PLUG_NO_RULE;
	}
}

void
sw_plug_rules(struct sw_plug *plug, int have, struct sw_time now)
{
	struct sw_time asked = plug->asked;

	plug->asked = now;
	if (have < 0)
		return;
	plug->had |= have;
	plug->missing = plug->had & ~have;
	if (have == 0) {
		note_none(plug, asked);
	} else if (plug->missing != 0) {
		plug->why = SW_PLUG_NO_RULE;
	} else if (plug->why == SW_PLUG_NO_RULE) {
		plug->why = SW_PLUG_IN;
		plug->fed_at = plug->last;
	}
	if (have != 0)
		plug->blind = false;
}
