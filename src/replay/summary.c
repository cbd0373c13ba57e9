/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary: prints the result of a whole capture.
 *
 * One screen: its length, verdicts, flows, drops by cause, and last the busiest
 * incidents.  Rows that would be 0 are left out.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "replay/internal.h"

struct page {
	FILE *out;
	const char *bold, *dim, *plain;
};

static struct page
page_open(FILE *out, bool color)
{
	return (struct page){
		.out = out,
		.bold = color ? "\033[1m" : "",
		.dim = color ? "\033[2m" : "",
		.plain = color ? "\033[0m" : "",
	};
}

/* Writes 1234567 as 1,234,567; text has 28 bytes. */
static const char *
grouped(uint64_t number, char text[28])
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRIu64, number);
	char *to = text;

	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return text;
}

static void
title(const struct page *page, const char *text)
{
	fprintf(page->out, "\n%s%s%s\n", page->bold, text, page->plain);
}

/* Prints one row: number, its part of whole (0: without), what it counts. */
static void
row(const struct page *page, const char *label, uint64_t number, uint64_t whole,
    const char *note)
{
	char text[28];

	if (number == 0)
		return;
	fprintf(page->out, "  %-15s %14s", label, grouped(number, text));
	if (whole > 0)
		fprintf(page->out, "  %5.1f %%",
		    100.0 * (double)number / (double)whole);
	else if (note[0] != '\0')
		fprintf(page->out, "         ");
	if (note[0] != '\0')
		fprintf(page->out, "  %s%s%s", page->dim, note, page->plain);
	putc('\n', page->out);
}

static void
span_text(uint64_t ns, char text[48])
{
	uint64_t s = ns / SW_NS_PER_SECOND;

	if (s >= 86400)
		snprintf(text, 48,
		    "%" PRIu64 " d %" PRIu64 " h %" PRIu64 " min", s / 86400,
		    s / 3600 % 24, s / 60 % 60);
	else if (s >= 3600)
		snprintf(text, 48,
		    "%" PRIu64 " h %" PRIu64 " min %" PRIu64 " s", s / 3600,
		    s / 60 % 60, s % 60);
	else if (s >= 60)
		snprintf(
		    text, 48, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		snprintf(
		    text, 48, "%.3f s", (double)ns / (double)SW_NS_PER_SECOND);
}

static void
clock_text(struct sw_time time, char text[32])
{
	time_t seconds = (time_t)(time.ns / SW_NS_PER_SECOND);
	struct tm parts;

	if (gmtime_r(&seconds, &parts) == NULL ||
	    strftime(text, 32, "%Y-%m-%d %H:%M:%S", &parts) == 0)
		snprintf(text, 32, "%" PRIu64, (uint64_t)seconds);
}

static void
print_span(const struct page *page, const struct sw_replay_summary *summary,
    const char *name)
{
	char first[32], last[32], span[48], records[28];

	fprintf(page->out, "%s%s%s: ", page->bold, name, page->plain);
	if (summary->records == 0) {
		fputs("no records\n", page->out);
		return;
	}
	clock_text(summary->first, first);
	clock_text(summary->last, last);
	span_text(summary->last.ns - summary->first.ns, span);
	fprintf(page->out, "%s record%s in %s, %s to %s UTC\n",
	    grouped(summary->records, records),
	    summary->records == 1 ? "" : "s", span, first, last);
}

static void
print_packets(const struct page *page, const struct sw_replay_summary *summary)
{
	uint64_t packets = summary->passed + summary->dropped;
	uint64_t malformed = summary->counts.refused[SW_MESSAGE_MALFORMED];

	title(page, "Packets");
	row(page, "passed", summary->passed, packets, "");
	row(page, "would drop", summary->spared, packets, "of those passed");
	row(page, "untracked", summary->counts.untracked, packets,
	    "of those passed");
	row(page, "dropped", summary->dropped, packets, "");
	row(page, "malformed", malformed, packets, "of those dropped");
#define X(name, key, label, why, note) \
	row(page, label, summary->skipped[SW_LINK_##name], 0, note);
	SW_LINK_OUTCOME_MAP(X)
#undef X
	row(page, "backwards", summary->backwards, 0,
	    "in time: judged at the latest time before");
}

static void
print_flows(const struct page *page, const struct sw_counts *counts)
{
	if (counts->opened == 0)
		return;
	title(page, "Flows");
	row(page, "opened", counts->opened, 0, "");
	for (int how = SW_END_NOT + 1; how < SW_END_DENIED; how++)
		row(page, sw_event_end_text(how), counts->ended[how],
		    counts->opened, "");
	row(page, "still open", counts->flows, counts->opened, "");
}

/* Sorts causes by count, the largest first. */
static size_t
order_causes(const uint64_t drops[SW_CAUSE_COUNT], int order[SW_CAUSE_COUNT])
{
	size_t n = 0;

	for (int cause = 0; cause < SW_CAUSE_COUNT; cause++) {
		size_t at = n;

		if (drops[cause] == 0)
			continue;
		for (; at > 0 && drops[order[at - 1]] < drops[cause]; at--)
			order[at] = order[at - 1];
		order[at] = cause;
		n++;
	}
	return n;
}

static void
print_causes(const struct page *page, const struct sw_replay_summary *summary)
{
	const uint64_t *drops = summary->judged.drops;
	int order[SW_CAUSE_COUNT];
	size_t n = order_causes(drops, order);
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += drops[order[i]];
	if (n > 0)
		title(page, "Refused, by cause");
	for (size_t i = 0; i < n; i++)
		row(page, sw_cause_text(order[i])->name, drops[order[i]], all,
		    sw_cause_text(order[i])->summary);
}

static void
print_incidents(
    const struct page *page, const struct sw_replay_summary *summary)
{
	char parties[160], drops[28];

	if (summary->n_incidents > 0)
		title(page, "Busiest");
	for (size_t i = 0; i < summary->n_incidents; i++) {
		const struct sw_incident *incident = &summary->incidents[i];

		sw_incident_line_parties(incident, parties);
		fprintf(page->out, "  %-15s %14s  %s\n",
		    sw_incident_line_title(incident),
		    grouped(incident->drops, drops), parties);
	}
}

void
sw_replay_summary_print(const struct sw_replay_summary *summary,
    const char *name, bool color, FILE *out)
{
	struct page page = page_open(out, color);

	print_span(&page, summary, name);
	if (summary->records == 0)
		return;
	print_packets(&page, summary);
	print_flows(&page, &summary->counts);
	print_causes(&page, summary);
	print_incidents(&page, summary);
	if (summary->passed > 0 && summary->dropped + summary->spared == 0)
		fputs("\nNothing was refused.\n", out);
}

static void
write_counts(struct sw_json *json, const char *key, const uint64_t *counts,
    int from, int to, const char *(*name)(int))
{
	sw_json_open(json, key, '{');
	for (int i = from; i < to; i++)
		if (counts[i] > 0)
			sw_json_put_count(json, name(i), counts[i]);
	sw_json_close(json, '}');
}

static const char *
cause_name(int cause)
{
	return sw_cause_text(cause)->name;
}

static const char *
end_name(int how)
{
	return sw_event_end_text(how);
}

static void
write_packets(struct sw_json *json, const struct sw_replay_summary *summary)
{
	const struct sw_counts *counts = &summary->counts;

	sw_json_put_count(json, "passed", summary->passed);
	sw_json_put_count(json, "dropped", summary->dropped);
	sw_json_put_count(json, "would_drop", summary->spared);
	sw_json_put_count(json, "untracked", counts->untracked);
	sw_json_put_count(
	    json, "malformed", counts->refused[SW_MESSAGE_MALFORMED]);
#define X(name, key, label, why, note) \
	sw_json_put_count(json, key, summary->skipped[SW_LINK_##name]);
	SW_LINK_OUTCOME_MAP(X)
#undef X
	sw_json_put_count(json, "backwards", summary->backwards);
}

static double
seconds_of(struct sw_time time)
{
	return (double)(time.ns / 1000) / 1e6;
}

void
sw_replay_summary_json(
    const struct sw_replay_summary *summary, const char *name, FILE *out)
{
	const struct sw_counts *counts = &summary->counts;
	struct sw_json json = sw_json_to_stream(out);

	sw_json_begin(&json, NULL);
	sw_json_put_text(&json, "file", name);
	sw_json_put_count(&json, "records", summary->records);
	sw_json_put_real(&json, "first", seconds_of(summary->first));
	sw_json_put_real(&json, "last", seconds_of(summary->last));
	write_packets(&json, summary);
	sw_json_put_count(&json, "opened", counts->opened);
	sw_json_put_count(&json, "open", counts->flows);
	write_counts(&json, "ended", counts->ended, SW_END_NOT + 1,
	    SW_END_DENIED, end_name);
	write_counts(&json, "causes", summary->judged.drops, 0, SW_CAUSE_COUNT,
	    cause_name);
	sw_json_end(&json);
}
