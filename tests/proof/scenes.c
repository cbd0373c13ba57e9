/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row is a segment, with numbers relative to its sides' first ones, and
 * what must become of it.
 */

#include "scenes.h"

#include <netinet/in.h>
#include <stdio.h>

#include "build.h"

/* What becomes of a segment: strict may drop what normal passes. */
enum exit_reason { PASSES, STRICT_DROPS };

struct row {
	const char *what; /* ">SA": side and flags; NULL ends */
	uint32_t seq, ack, length;
	uint16_t window;
	enum exit_reason exit_reason;
	enum sw_state state; /* afterwards */
	unsigned times;	     /* again, each behind the last; 0 is 1 */
};

struct scene {
	const char *name;
	struct row rows[20];
};

#define SENT SW_STATE_SYN_SENT
#define RECV SW_STATE_SYN_RECV
#define EST SW_STATE_ESTABLISHED

#define OPEN                                            \
	{ ">S", 0, 0, 0, 65535, PASSES, SENT, 0 },      \
	    { "<SA", 0, 1, 0, 65535, PASSES, RECV, 0 }, \
	{                                               \
		">A", 1, 1, 0, 65535, PASSES, EST, 0    \
	}

/* Three segments of the server, and what the client says to them. */
#define SERVED                                             \
	OPEN, { "<A", 1, 1, 1000, 65535, PASSES, EST, 3 }, \
	    { ">A", 1, 1001, 0, 65535, PASSES, EST, 0 },   \
	    { ">A", 1, 2001, 0, 65535, PASSES, EST, 0 },   \
	{                                                  \
		">A", 1, 3001, 0, 65535, PASSES, EST, 0    \
	}

/* clang-format off */
static const struct scene scenes[] = {
	/* Acknowledged data come again, for the acknowledgement was lost. */
	{ "an acknowledgement is lost", {
		OPEN,
		{ ">PA", 1, 1, 1460, 257, PASSES, EST, 11 },
		{ "<A", 1, 16061, 0, 65535, PASSES, EST, 0 },
		{ ">PA", 16061, 1, 1460, 257, PASSES, EST, 35 },
		{ "<A", 1, 67161, 0, 65535, PASSES, EST, 0 },
		{ ">PA", 1, 1, 1460, 257, PASSES, EST, 0 },
		{ "<A", 1, 67161, 0, 65535, PASSES, EST, 0 },
	} },
	/* It closes, then resets, and the other's RST comes late. */
	{ "an RST while it closes", {
		SERVED,
		{ ">PA", 1, 3001, 1000, 65535, PASSES, EST, 0 },
		{ "<FA", 3001, 1001, 0, 65535, PASSES, SW_STATE_FIN_WAIT, 0 },
		{ ">A", 1001, 3002, 0, 65535, PASSES, SW_STATE_CLOSE_WAIT, 0 },
		{ ">RA", 1001, 3002, 0, 65535, PASSES, SW_STATE_CLOSE, 0 },
		{ "<R", 2001, 0, 0, 0, PASSES, SW_STATE_CLOSE, 0 },
	} },
	/* Four RSTs of a blind forger, and the exact one. */
	{ "RSTs that are not exact", {
		SERVED,
		{ "<R", 0, 0, 0, 0, STRICT_DROPS, EST, 0 },
		{ "<R", 1000000, 0, 0, 0, STRICT_DROPS, EST, 0 },
		{ "<R", 42, 0, 0, 0, STRICT_DROPS, EST, 0 },
		{ ">PA", 1, 3001, 1000, 65535, PASSES, EST, 0 },
		{ "<A", 3001, 1001, 0, 65535, PASSES, EST, 0 },
		{ "<RA", 3000, 1001, 0, 0, STRICT_DROPS, EST, 0 },
		{ "<RA", 3001, 1001, 0, 0, PASSES, SW_STATE_CLOSE, 0 },
	} },
	/* The server still has the last connection on these ports. */
	{ "a SYN that is challenged", {
		{ ">S", 0, 0, 0, 65535, PASSES, SENT, 0 },
		{ "<A", 145824453, 643160523, 0, 240, PASSES, SENT, 0 },
		{ ">R", 643160523, 0, 0, 0, PASSES, SENT, 0 },
		{ ">S", 0, 0, 0, 65535, PASSES, SENT, 0 },
		{ "<SA", 0, 1, 0, 250, PASSES, RECV, 0 },
		{ ">A", 1, 1, 0, 256, PASSES, EST, 0 },
	} },
	/* The answer to an earlier SYN comes first. */
	{ "an old SYN/ACK", {
		{ ">S", 0, 0, 0, 65535, PASSES, SENT, 0 },
		{ "<SA", 145824453, 643160523, 0, 240, STRICT_DROPS, SENT, 0 },
		{ ">S", 0, 0, 0, 65535, PASSES, SENT, 0 },
		{ "<SA", 145758918, 1, 0, 250, PASSES, RECV, 0 },
		{ ">PA", 1, 145758919, 1, 256, PASSES, EST, 0 },
	} },
	/* The client has forgotten the connection and calls again. */
	{ "a SYN on a live connection", {
		OPEN,
		{ ">PA", 1, 1, 100, 257, PASSES, EST, 0 },
		{ "<A", 1, 101, 0, 256, PASSES, EST, 0 },
		{ ">S", 2000, 0, 0, 32792, PASSES, EST, 0 },
		{ "<A", 1, 101, 0, 256, PASSES, EST, 0 },
		{ ">RA", 101, 1, 0, 257, PASSES, SW_STATE_CLOSE, 0 },
		{ ">S", 2000, 0, 0, 32792, PASSES, SENT, 0 },
		{ "<SA", 0, 2001, 0, 65535, PASSES, RECV, 0 },
		{ ">A", 2001, 1, 0, 257, PASSES, EST, 0 },
	} },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Numbers that come round in the middle of each scene. */
static const uint32_t first[2] = { UINT32_MAX - 500, UINT32_MAX - 90 };

static struct segment
segment_of(const struct row *row, unsigned again)
{
	struct segment segment = { .side = row->what[0] == '<',
		.flags = build_flags(row->what + 1),
		.window = row->window,
		.length = row->length,
		.wscale = -1 };

	segment.seq = first[segment.side] + row->seq + again * row->length;
	if (segment.flags & SW_ACK)
		segment.ack = first[!segment.side] + row->ack;
	segment.sack_permitted = segment.flags & SW_SYN;
	return segment;
}

static bool
as_written(const struct row *row, const struct outcome *outcome)
{
	bool passes =
	    row->exit_reason == PASSES || outcome->tracking != SW_TRACK_STRICT;

	return outcome->passed[OURS] == passes && outcome->after[OURS].exists &&
	       outcome->after[OURS].state == row->state;
}

/* Plays a segment; what comes after a difference that cannot be put right is
 * held against the scene alone. */
static bool
play_segment(struct compare *compare, struct report *report,
    const struct row *row, unsigned again, bool *in_step)
{
	struct segment segment = segment_of(row, again);
	struct outcome outcome = compare_step(compare, &segment);

	if (*in_step)
		*in_step = report_go_on(report, compare, &outcome);
	if (as_written(row, &outcome))
		return true;
	printf("  %s: %s, %s\n", row->what,
	    outcome.passed[OURS] ? "passed" : "dropped",
	    sw_event_state_text((enum sw_state)outcome.after[OURS].state));
	return false;
}

static bool
play(struct compare *compare, struct report *report, const struct scene *scene)
{
	bool in_step = true;

	compare_begin(compare, IPPROTO_TCP, FAMILY_BY_TURNS);
	report_conversation(report);
	for (const struct row *row = scene->rows; row->what; row++)
		for (unsigned i = 0; i < 1 || i < row->times; i++)
			if (!play_segment(compare, report, row, i, &in_step)) {
				printf("  %s, row %td\n", scene->name,
				    row - scene->rows + 1);
				return false;
			}
	return true;
}

bool
scenes_run(struct compare *compare, struct report *report)
{
	unsigned right = 0;

	for (size_t i = 0; i < COUNT(scenes); i++)
		right += play(compare, report, &scenes[i]);
	printf("  %10u  scenes of the kernel's own tests, of %zu\n", right,
	    COUNT(scenes));
	return right == COUNT(scenes);
}
