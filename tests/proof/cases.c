/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case is a way into a state, one segment there, and an ACK from each side
 * behind it, which shows what that segment left.
 *
 * Both hosts grant 10,000 bytes unscaled.  They are followed along the way,
 * so that a place ("beyond the window") is a number relative to what its
 * sender would send next.
 */

#include "cases.h"

#include <netinet/in.h>
#include <stdio.h>

#include "build.h"

#define WINDOW 10000u
#define WAY_MAX 12

/* Into a state: segments as "<SA" (from the other side), "d" for data. */
struct way {
	const char *name;
	const char *segments[WAY_MAX];
	enum sw_timeout lasts;
};

#define OPEN ">S", "<SA", ">A"
#define TALK OPEN, ">Ad", "<A", "<Ad", ">A"

static const struct way ways[] = {
	{ "none", { NULL }, SW_TIMEOUT_CLOSE },
	{ "syn_sent", { ">S" }, SW_TIMEOUT_SYN_SENT },
	{ "syn_sent, challenged", { ">S", "<A" }, SW_TIMEOUT_SYN_SENT },
	{ "syn_sent2", { ">S", "<S" }, SW_TIMEOUT_SYN_SENT },
	{ "syn_recv", { ">S", "<SA" }, SW_TIMEOUT_SYN_RECV },
	{ "syn_recv, both called", { ">S", "<S", ">SA" }, SW_TIMEOUT_SYN_RECV },
	{ "established, silent", { OPEN }, SW_TIMEOUT_ESTABLISHED },
	{ "established", { TALK }, SW_TIMEOUT_ESTABLISHED },
	{ "established, SYN aside", { TALK, ">S" }, SW_TIMEOUT_ESTABLISHED },
	{ "fin_wait, opener", { TALK, ">FA" }, SW_TIMEOUT_FIN_WAIT },
	{ "fin_wait, other", { TALK, "<FA" }, SW_TIMEOUT_FIN_WAIT },
	{ "close_wait, opener", { TALK, ">FA", "<A" }, SW_TIMEOUT_CLOSE_WAIT },
	{ "close_wait, other", { TALK, "<FA", ">A" }, SW_TIMEOUT_CLOSE_WAIT },
	{ "last_ack, opener", { TALK, ">FA", "<A", "<FA" },
	    SW_TIMEOUT_LAST_ACK },
	{ "last_ack, other", { TALK, "<FA", ">A", ">FA" },
	    SW_TIMEOUT_LAST_ACK },
	{ "last_ack, SYN aside", { TALK, ">FA", "<A", "<FA", ">S" },
	    SW_TIMEOUT_LAST_ACK },
	{ "time_wait", { TALK, ">FA", "<A", "<FA", ">A" },
	    SW_TIMEOUT_TIME_WAIT },
	{ "close, opener", { TALK, ">R" }, SW_TIMEOUT_CLOSE },
	{ "close, other", { TALK, "<R" }, SW_TIMEOUT_CLOSE },
};

static const struct place {
	const char *name;
	int64_t seq, ack; /* relative to the next one */
	bool zero;	  /* number 0 instead */
} places[] = {
	{ "exact", 0, 0, false },
	{ "one before", -1, 0, false },
	{ "far before", -100000, 0, false },
	{ "inside", 1000, 0, false },
	{ "at the edge", WINDOW, 0, false },
	{ "past the edge", WINDOW + 1, 0, false },
	{ "beyond", 1000000, 0, false },
	{ "zero", 0, 0, true },
	{ "exact, old ack", 0, -1, false },
	{ "exact, far old ack", 0, -100000, false },
	{ "exact, early ack", 0, 1000, false },
};

/* "d": with 100 bytes. */
static const char *const probes[] = { "S", "SU", "SA", "FA", "A", "Ad", "R",
	"RA", "F", "SF", "SRA", "-", "P", "FPU" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct scene {
	struct compare *compare;
	struct report *report;
	struct coverage *coverage;
	uint32_t next[2];
	bool called[2]; /* sent a SYN */
	bool over;	/* the trackers can not be put in step any more */
};

static struct segment
segment_at(const struct scene *scene, uint8_t side, const char *text,
    const struct place *place)
{
	struct segment segment = {
		.side = side, .window = WINDOW, .wscale = -1
	};
	char flags[8] = "";

	for (size_t i = 0; text[i] && i < sizeof(flags) - 1; i++) {
		if (text[i] == 'd')
			segment.length = 100;
		else
			flags[i] = text[i];
	}
	segment.flags = build_flags(flags);
	segment.sack_permitted = segment.flags & SW_SYN;
	segment.seq =
	    place->zero ? 0 : scene->next[side] + (uint32_t)place->seq;
	if (segment.flags & SW_ACK)
		segment.ack = scene->next[!side] + (uint32_t)place->ack;
	return segment;
}

/* Sends it through both, and follows its sender. */
static void
send_one(struct scene *scene, const struct segment *segment)
{
	struct outcome outcome;

	if (scene->over)
		return;
	outcome = compare_step(scene->compare, segment);
	scene->coverage->cell[outcome.direction][outcome.tcp.kind]
			     [outcome.before[OURS].state] = true;
	scene->over = !report_go_on(scene->report, scene->compare, &outcome);
}

/* One step of a way: what its sender would send next.  A second SYN is of a
 * host that has started over: ahead of all it sent. */
static void
walk(struct scene *scene, const char *step)
{
	uint8_t side = step[0] == '<';
	struct segment segment = segment_at(scene, side, step + 1, &places[0]);

	if (segment.flags & SW_SYN)
		segment.seq--;
	if (segment.flags == SW_SYN && scene->called[side])
		segment.seq += 50000;
	send_one(scene, &segment);
	if (segment.flags & SW_SYN)
		scene->called[side] = true;
	else
		scene->next[side] +=
		    segment.length + !!(segment.flags & SW_FIN);
}

static void
begin(struct scene *scene, const struct way *way)
{
	compare_begin(scene->compare, IPPROTO_TCP, FAMILY_BY_TURNS);
	report_conversation(scene->report);
	scene->over = scene->called[0] = scene->called[1] = false;
	scene->next[0] = 200001;
	scene->next[1] = 500001;
	for (size_t i = 0; i < WAY_MAX && way->segments[i]; i++)
		walk(scene, way->segments[i]);
	scene->coverage->cases++;
}

static void
probe(struct scene *scene, const struct way *way, uint8_t side,
    const char *text, const struct place *place)
{
	struct segment segment;

	begin(scene, way);
	segment = segment_at(scene, side, text, place);
	scene->coverage->by_kind[sw_tcp_kind(segment.flags)]++;
	send_one(scene, &segment);
	for (uint8_t i = 0; i < 2; i++) {
		segment = segment_at(scene, i, "A", &places[0]);
		send_one(scene, &segment);
	}
}

/* The state lasts as long as it should, and not longer. */
static void
outlast(struct scene *scene, const struct way *way, uint32_t pause)
{
	struct segment segment;

	begin(scene, way);
	for (uint8_t i = 0; i < 2; i++) {
		segment = segment_at(scene, i, "A", &places[0]);
		segment.pause = i ? 0 : pause;
		send_one(scene, &segment);
	}
	scene->coverage->by_kind[SW_TCP_ACK]++;
}

void
cases_run(
    struct compare *compare, struct report *report, struct coverage *coverage)
{
	struct scene scene = {
		.compare = compare, .report = report, .coverage = coverage
	};

	for (size_t w = 0; w < COUNT(ways); w++) {
		uint32_t lasts = compare_timeout(ways[w].lasts);

		for (uint8_t side = 0; side < 2; side++)
			for (size_t p = 0; p < COUNT(probes); p++)
				for (size_t a = 0; a < COUNT(places); a++)
					probe(&scene, &ways[w], side, probes[p],
					    &places[a]);
		outlast(&scene, &ways[w], lasts - 10);
		outlast(&scene, &ways[w], lasts);
	}
}

/* Cells that a segment can meet: none is met from the opener alone. */
static bool
reachable(unsigned direction, unsigned state)
{
	return state != SW_STATE_NONE || direction == 0;
}

bool
cases_print(const struct coverage *coverage)
{
	unsigned cells = 0, met = 0;

	for (unsigned d = 0; d < 2; d++)
		for (unsigned k = SW_TCP_SYN; k < SW_TCP_KINDS; k++)
			for (unsigned s = 0; s <= SW_STATE_SYN_SENT2; s++) {
				cells += reachable(d, s);
				met +=
				    reachable(d, s) && coverage->cell[d][k][s];
			}
	printf("  %10u  cases:", coverage->cases);
	for (unsigned k = 0; k < SW_TCP_KINDS; k++)
		printf(" %s %u%s", report_kind(k), coverage->by_kind[k],
		    k + 1 < SW_TCP_KINDS ? "," : "\n");
	printf("  %10u  cells of the table, of %u\n", met, cells);
	return met == cells;
}
