/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts, and in the end prints: packets, differences by name, and whatever
 * has no name, with the segments that led there.
 */

#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/tcp/window.h"

const char *
report_kind(unsigned kind)
{
	static const char *const text[] = { [SW_TCP_BAD] = "bad flags",
		[SW_TCP_SYN] = "SYN",
		[SW_TCP_SYNACK] = "SYN/ACK",
		[SW_TCP_FIN] = "FIN",
		[SW_TCP_ACK] = "ACK",
		[SW_TCP_RST] = "RST" };

	return text[kind];
}

static const char *
state_text(const struct view *view)
{
	return view->exists ? sw_event_state_text((enum sw_state)view->state)
			    : "-";
}

/* "ACK from opener: ours syn_sent + close, kernel ..." */
static void
describe(const struct outcome *outcome, char *text, size_t size)
{
	const struct view *ours = &outcome->after[OURS];
	const struct view *kernel = &outcome->after[KERNEL];
	const char *timer = "";

	if (ours->exists && ours->state == kernel->state &&
	    !compare_timers_agree(ours, kernel))
		timer =
		    ours->timeout > kernel->timeout ? ", longer" : ", shorter";
	snprintf(text, size, "%s %s: %s/%s to ours %s %s%s, kernel %s %s",
	    report_kind(outcome->tcp.kind),
	    outcome->segment.side ? "back" : "forth",
	    state_text(&outcome->before[OURS]),
	    state_text(&outcome->before[KERNEL]),
	    outcome->passed[OURS] ? "passed" : "dropped", state_text(ours),
	    timer, outcome->passed[KERNEL] ? "passed" : "dropped",
	    state_text(kernel));
}

static void
print_segment(const struct segment *segment)
{
	char flags[9];

	sw_event_flags_text(segment->flags, false, flags);
	printf("    %5u s  %c %-4s seq %10u ack %10u len %5u win %5u",
	    segment->pause, segment->side ? '<' : '>', flags, segment->seq,
	    segment->ack, segment->length, segment->window);
	if (segment->wscale >= 0)
		printf(" wscale %d", segment->wscale);
	if (segment->sack)
		printf(" sack %u", segment->sack);
	printf("\n");
}

/* What our record held before the segment. */
static void
print_record(const struct outcome *outcome)
{
	static const char *const side[] = { "opener", "other " };
	struct sw_flow copy = outcome->flow;
	int32_t beyond;

	for (unsigned i = 0; i < 2; i++)
		printf(
		    "    %s end %u maxend %u maxwin %u maxack %u flags %02x\n",
		    side[i], copy.peer[i].end, copy.peer[i].maxend,
		    copy.peer[i].maxwin, copy.peer[i].maxack,
		    copy.peer_flags[i]);
	printf("    flags %02x last %02x aside %u; from %s, window %d\n",
	    copy.flags, copy.last, outcome->history.aside_end,
	    side[outcome->direction],
	    sw_window_judge(&copy, outcome->direction, &outcome->tcp, &beyond));
}

static void
show(struct report *report, const struct outcome *outcome, const char *looks)
{
	unsigned first =
	    report->sent > REPORT_HISTORY ? report->sent - REPORT_HISTORY : 0;

	printf("\n  %s (%u s, kernel %u s)\n", looks,
	    outcome->after[OURS].timeout, outcome->after[KERNEL].timeout);
	for (unsigned i = first; i < report->sent; i++)
		print_segment(&report->history[i % REPORT_HISTORY]);
	print_record(outcome);
}

static void
count_stranger(struct report *report, const struct outcome *outcome)
{
	char looks[sizeof(report->strange[0].looks)];
	unsigned i;

	report->strangers++;
	describe(outcome, looks, sizeof(looks));
	for (i = 0; i < report->kinds; i++)
		if (!strcmp(report->strange[i].looks, looks))
			break;
	if (i == REPORT_STRANGE_MAX)
		return;
	if (i == report->kinds) {
		strcpy(report->strange[report->kinds++].looks, looks);
		if (i < report->show)
			show(report, outcome, looks);
	}
	report->strange[i].times++;
}

void
report_conversation(struct report *report)
{
	report->conversations++;
	report->sent = 0;
}

static void
note(struct report *report, const struct outcome *outcome)
{
	report->history[report->sent++ % REPORT_HISTORY] = outcome->segment;
	report->packets++;
	report->ip6 += outcome->ip6;
	report->passed += outcome->passed[OURS];
}

/* Counts a difference by its name. */
static int
name(struct report *report, const struct outcome *outcome)
{
	int difference = difference_of(outcome);

	if (difference == DIFFERENCE_STRANGE)
		count_stranger(report, outcome);
	else
		report->known[difference]++;
	return difference;
}

static int
count(struct report *report, const struct outcome *outcome)
{
	note(report, outcome);
	if (compare_agrees(outcome))
		return DIFFERENCE_NONE;
	return name(report, outcome);
}

void
report_verdict(struct report *report, const struct outcome *outcome)
{
	note(report, outcome);
	if (outcome->passed[OURS] != outcome->passed[KERNEL])
		(void)name(report, outcome);
}

static bool
go_on(struct compare *compare, const struct outcome *outcome, int difference)
{
	if (difference == DIFFERENCE_STRANGE || difference_hides(outcome))
		return false;
	if (difference == DIFFERENCE_NONE)
		return true;
	if (differences[difference].parts &&
	    differences[difference].parts(outcome))
		return false;
	return compare_realign(compare, outcome);
}

bool
report_go_on(struct report *report, struct compare *compare,
    const struct outcome *outcome)
{
	bool goes_on = go_on(compare, outcome, count(report, outcome));

	report->cut += !goes_on;
	return goes_on;
}

static void
print_known(const struct report *report)
{
	for (unsigned i = 0; i < differences_n; i++)
		if (report->known[i])
			printf("  %10" PRIu64 "  %s\n", report->known[i],
			    differences[i].name);
}

static void
print_strange(const struct report *report)
{
	for (unsigned i = 0; i < report->kinds; i++)
		printf("  %10" PRIu64 "  %s\n", report->strange[i].times,
		    report->strange[i].looks);
}

bool
report_print(const struct report *report)
{
	uint64_t known = 0;

	for (unsigned i = 0; i < differences_n; i++)
		known += report->known[i];
	printf("\n%s: %" PRIu64 " packets in %" PRIu64
	       " conversations, %" PRIu64 " in IPv6, %" PRIu64 " passed\n",
	    report->title, report->packets, report->conversations, report->ip6,
	    report->passed);
	printf("  %10" PRIu64 "  both alike: %s\n",
	    report->packets - known - report->strangers,
	    report->free ? "verdict" : "verdict, state and timer");
	print_known(report);
	if (!report->free)
		printf("  %10" PRIu64
		       "  conversations cut short by a difference\n",
		    report->cut);
	printf("  %10" PRIu64 "  unexplained\n", report->strangers);
	print_strange(report);
	return !report->strangers;
}
