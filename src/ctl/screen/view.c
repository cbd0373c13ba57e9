/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The screen as lines of text: a head with rates and their recent course,
 * the flows that move most, and below them causes or incidents.  On a low
 * screen the panel below goes first, then the flows.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/incidents.h"
#include "ctl/screen/top.h"
#include "ctl/show.h"
#include "ctl/text.h"

enum {
	HEAD = 6,
	PANEL_LEAST = 4,
	PANEL_MOST = 10,
	GRAPH_AT = 44,
	END_LEAST = 15
};

struct page {
	struct sw_top *top;
	struct sw_top_line *lines;
	size_t n, rows, columns;
	bool unicode;
};

/* A new line.  => NULL when the screen is full */
static char *
add(struct page *page, enum sw_top_style style)
{
	struct sw_top_line *line;

	if (page->n == page->rows)
		return NULL;
	line = &page->lines[page->n++];
	line->style = style;
	line->text[0] = '\0';
	return line->text;
}

static void __attribute__((format(printf, 3, 4)))
put(struct page *page, enum sw_top_style style, const char *format, ...)
{
	char *text = add(page, style);
	va_list args;

	if (text == NULL)
		return;
	va_start(args, format);
	vsnprintf(text, SW_TOP_LINE, format, args);
	va_end(args);
	/* All but graphs is one byte a column. */
	if (strlen(text) > page->columns)
		text[page->columns] = '\0';
}

/* Appends the course of a rate, the newest at the right. */
static void
put_graph(struct page *page, double (*rate)(const struct sw_top_rates *))
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆",
		"▇", "█" };
	static const char plain[] = " .,:;-=+#";
	const struct sw_top *top = page->top;
	char *text = page->lines[page->n - 1].text;
	size_t width = page->columns > GRAPH_AT ? page->columns - GRAPH_AT : 0;
	size_t used = strlen(text);
	double most = 0;

	if (width > top->n_rates)
		width = top->n_rates;
	for (size_t i = 0; i < width; i++)
		if (rate(&top->rates[i]) > most)
			most = rate(&top->rates[i]);
	while (used < GRAPH_AT)
		text[used++] = ' ';
	text[used] = '\0';
	for (size_t i = width; i > 0 && most > 0; i--) {
		double height = rate(&top->rates[i - 1]) / most * 8;
		unsigned step = (unsigned)(height + (height > 0 ? 0.999 : 0));

		step = step > 8 ? 8 : step;
		if (page->unicode)
			strcat(text, blocks[step]);
		else
			strncat(text, &plain[step], 1);
	}
}

static double
passed_of(const struct sw_top_rates *rates)
{
	return rates->passed;
}

static double
dropped_of(const struct sw_top_rates *rates)
{
	return rates->dropped;
}

static void
put_title(struct page *page)
{
	static const char *const sorts[] = { "rate", "bytes", "packets", "age",
		"idle" };
	const struct sw_top *top = page->top;
	time_t now = time(NULL);
	char clock[16], up[SW_TEXT];
	struct tm local;

	localtime_r(&now, &local);
	strftime(clock, sizeof clock, "%H:%M:%S", &local);
	put(page, SW_TOP_BOLD,
	    "synward top  %s  up %s  %s  every %.1fs  by %s%s%s%s%s", clock,
	    sw_text_duration(sw_talk_json_real(top->status, "uptime"), up),
	    sw_talk_json_text(top->status, "mode"), top->delay,
	    sorts[top->sort], top->reverse ? " reversed" : "",
	    top->paused ? "  PAUSED" : "", top->filter[0] != '\0' ? "  / " : "",
	    top->filter);
	if (top->code != SW_EXIT_OK)
		put(page, SW_TOP_RED,
		    "synwardd does not answer; these are its last figures");
}

static void
put_packets(struct page *page)
{
	const struct sw_top_rates *rates = &page->top->rates[0];
	char a[SW_TEXT], b[SW_TEXT];

	put(page, SW_TOP_PLAIN, "packets %s/s, %s/s",
	    sw_text_count((uint64_t)(rates->passed + 0.5), a),
	    sw_text_bytes(rates->bytes, b));
	put_graph(page, passed_of);
	put(page, rates->dropped > 0 ? SW_TOP_RED : SW_TOP_PLAIN,
	    "drops   %s/s", sw_text_count((uint64_t)(rates->dropped + 0.5), a));
	put_graph(page, dropped_of);
}

static void
put_flows_and_queues(struct page *page)
{
	const struct sw_top *top = page->top;
	const json_t *flows = json_object_get(top->status, "flows");
	uint64_t waiting = 0, lost = 0;
	char a[SW_TEXT], b[SW_TEXT], c[SW_TEXT], d[SW_TEXT];
	const json_t *queue;
	size_t i;

	put(page, SW_TOP_PLAIN, "flows   %s of %s, half open %s, opened %s/s",
	    sw_text_count(sw_talk_json_count(flows, "now"), a),
	    sw_text_count(sw_talk_json_count(flows, "limit"), b),
	    sw_text_count(sw_talk_json_count(flows, "embryonic"), c),
	    sw_text_count((uint64_t)(top->rates[0].opened + 0.5), d));
	json_array_foreach(top->queues, i, queue)
	{
		waiting += sw_talk_json_count(queue, "waiting");
		lost += sw_talk_json_count(queue, "queue_dropped") +
			sw_talk_json_count(queue, "user_dropped");
	}
	put(page, lost > 0 ? SW_TOP_RED : SW_TOP_PLAIN,
	    "queues  %zu, %s packets waiting, %s lost by the kernel",
	    json_array_size(top->queues), sw_text_count(waiting, a),
	    sw_text_count(lost, b));
}

static double
rate_of(const json_t *flow)
{
	double within = sw_talk_json_real(flow, "within");

	return sw_talk_json_real(flow, "moved") / (within > 0.1 ? within : 0.1);
}

static double
weight(const json_t *flow, enum sw_top_sort sort)
{
	switch (sort) {
	case SW_TOP_RATE:
		return rate_of(flow);
	case SW_TOP_BYTES:
		return sw_talk_json_real(flow, "bytes") +
		       sw_talk_json_real(flow, "reply_bytes");
	case SW_TOP_PACKETS:
		return sw_talk_json_real(flow, "packets") +
		       sw_talk_json_real(flow, "reply_packets");
	case SW_TOP_AGE:
		return sw_talk_json_real(flow, "age");
	case SW_TOP_IDLE:
		return sw_talk_json_real(flow, "idle");
	case SW_TOP_SORTS:
		break;
	}
	return 0;
}

struct ranked {
	double weight;
	const json_t *flow;
};

static int
by_weight(const void *a, const void *b)
{
	double x = ((const struct ranked *)a)->weight;
	double y = ((const struct ranked *)b)->weight;

	return (x < y) - (x > y);
}

static size_t
rank(const struct sw_top *top, struct ranked ranked[SW_TOP_BUSY])
{
	size_t n = json_array_size(top->busy);

	n = n < SW_TOP_BUSY ? n : SW_TOP_BUSY;
	for (size_t i = 0; i < n; i++) {
		const json_t *flow = json_array_get(top->busy, i);
		double heavy = weight(flow, top->sort);

		ranked[i] =
		    (struct ranked){ top->reverse ? -heavy : heavy, flow };
	}
	qsort(ranked, n, sizeof ranked[0], by_weight);
	return n;
}

static void
put_flow(struct page *page, const json_t *flow, const int width[2])
{
	char from[SW_SHOW_END], to[SW_SHOW_END], rate[SW_TEXT];
	char sent[SW_TEXT], got[SW_TEXT], age[SW_TEXT], idle[SW_TEXT];

	put(page, SW_TOP_PLAIN,
	    "%-6s %-*s %-*s %-11s %10s/s %9s %9s %8s %6s %s",
	    sw_talk_json_text(flow, "proto"), width[0],
	    sw_show_end(flow, "src", "sport", from), width[1],
	    sw_show_end(flow, "dst", "dport", to),
	    sw_talk_json_text(flow, "state"),
	    sw_text_bytes(rate_of(flow), rate),
	    sw_text_bytes(sw_talk_json_real(flow, "bytes"), sent),
	    sw_text_bytes(sw_talk_json_real(flow, "reply_bytes"), got),
	    sw_text_duration(sw_talk_json_real(flow, "age"), age),
	    sw_text_duration(sw_talk_json_real(flow, "idle"), idle),
	    sw_talk_json_text(flow, "rule"));
}

static void
widen(int *width, const char *text)
{
	if ((int)strlen(text) > *width)
		*width = (int)strlen(text);
}

/* Columns for the ends: IPv6 wants more. */
static void
measure(const struct ranked *ranked, size_t n, int width[2])
{
	char end[SW_SHOW_END];

	width[0] = width[1] = END_LEAST;
	for (size_t i = 0; i < n; i++) {
		widen(&width[0],
		    sw_show_end(ranked[i].flow, "src", "sport", end));
		widen(&width[1],
		    sw_show_end(ranked[i].flow, "dst", "dport", end));
	}
}

static void
put_flows(struct page *page, size_t until)
{
	struct ranked ranked[SW_TOP_BUSY];
	size_t n = rank(page->top, ranked);
	size_t room = until > page->n ? until - page->n : 0;
	int width[2];

	measure(ranked, n < room ? n : room, width);
	put(page, SW_TOP_HEAD, "%-6s %-*s %-*s %-11s %12s %9s %9s %8s %6s %-*s",
	    "proto", width[0], "from", width[1], "to", "state", "rate", "sent",
	    "got", "age", "idle", (int)page->columns, "rule");
	for (size_t i = 0; i < n && page->n < until; i++)
		put_flow(page, ranked[i].flow, width);
	if (n == 0 && page->n < until)
		put(page, SW_TOP_DIM, "no flow has moved");
	while (page->n < until)
		add(page, SW_TOP_PLAIN);
}

/* Drops of a cause, with the rate first in order. */
struct tally {
	const char *name;
	double rate, sum;
};

static int
by_rate(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	if (x->rate != y->rate)
		return (x->rate < y->rate) - (x->rate > y->rate);
	return (x->sum < y->sum) - (x->sum > y->sum);
}

static void
put_causes(struct page *page, size_t until)
{
	json_t *drops = json_object_get(page->top->status, "drops"), *value;
	struct tally tallies[64];
	char rate[SW_TEXT], sum[SW_TEXT];
	const char *name;
	size_t n = 0;

	put(page, SW_TOP_HEAD, "%-16s %12s %14s %-*s", "cause", "drops/s",
	    "drops", (int)page->columns, "");
	json_object_foreach(drops, name,
	    value) if (n < sizeof tallies / sizeof tallies[0]) tallies[n++] =
	    (struct tally){ name, sw_top_data_cause_rate(page->top, name),
		    json_number_value(value) };
	qsort(tallies, n, sizeof tallies[0], by_rate);
	for (size_t i = 0; i < n && page->n < until; i++)
		put(page, SW_TOP_PLAIN, "%-16s %12s %14s", tallies[i].name,
		    sw_text_short(tallies[i].rate, rate),
		    sw_text_count((uint64_t)tallies[i].sum, sum));
	if (n == 0 && page->n < until)
		put(page, SW_TOP_DIM, "no packet was dropped");
}

static void
put_incidents(struct page *page, size_t until)
{
	const json_t *incident;
	char drops[SW_TEXT], who[SW_INCIDENTS_WHO], when[SW_TEXT];
	size_t i;

	put(page, SW_TOP_HEAD, "%-4s %-14s %-17s %-21s %8s %-8s %-*s", "id",
	    "cause", "client", "server", "drops", "last", (int)page->columns,
	    "rule");
	json_array_foreach(page->top->incidents, i, incident)
	{
		if (page->n >= until)
			return;
		put(page,
		    sw_talk_json_true(incident, "open") ? SW_TOP_PLAIN
							: SW_TOP_DIM,
		    "%-4s %-14s %-17s %-21s %8s %-8s %s",
		    sw_talk_json_text(incident, "id"),
		    sw_talk_json_text(incident, "cause"),
		    sw_incidents_who(incident, who),
		    sw_talk_json_text(incident, "server"),
		    sw_text_short(sw_talk_json_real(incident, "drops"), drops),
		    sw_text_moment(sw_talk_json_real(incident, "last"), when),
		    sw_talk_json_text(incident, "rule"));
	}
	if (json_array_size(page->top->incidents) == 0 && page->n < until)
		put(page, SW_TOP_DIM, "no incident");
}

static const char *const keys[] = {
	"q      quit",
	"space  pause or continue",
	"s      sort flows by rate, bytes, packets, age, idle time",
	"r      reverse the order",
	"/      filter flows: port=443 src=10.0.0.0/8, or just 443",
	"c      show causes or incidents below",
	"+ -    refresh slower, faster",
	"h      show these keys",
};

static void
put_keys(struct page *page)
{
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		put(page, SW_TOP_PLAIN, "%s", keys[i]);
}

/* Rows of the panel below, its head included; 0: no room for it. */
static size_t
panel_rows(size_t rows)
{
	size_t panel = rows / 3;

	if (rows < HEAD + 2 * PANEL_LEAST)
		return 0;
	return panel > PANEL_MOST ? PANEL_MOST : panel;
}

size_t
sw_top_view(struct sw_top *top, struct sw_top_line *lines, size_t rows,
    size_t columns, bool unicode)
{
	struct page page = { .top = top,
		.lines = lines,
		.rows = rows,
		.columns =
		    columns < SW_TOP_LINE / 4 ? columns : SW_TOP_LINE / 4,
		.unicode = unicode };

	put_title(&page);
	put_packets(&page);
	put_flows_and_queues(&page);
	add(&page, SW_TOP_PLAIN);
	if (top->help) {
		put_keys(&page);
		return page.n;
	}
	put_flows(&page, rows - panel_rows(rows));
	if (panel_rows(rows) > 0 && top->panel == SW_TOP_CAUSES)
		put_causes(&page, rows);
	else if (panel_rows(rows) > 0)
		put_incidents(&page, rows);
	return page.n;
}
