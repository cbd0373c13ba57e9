/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events and drops are walked from their newest to their oldest; a drop like
 * one that was met already is counted there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/explain/explain.h"
#include "ctl/explain/timeline.h"
#include "ctl/show.h"
#include "ctl/text.h"

enum { SHOWN = 16, LINES = 256 };

/* A line to print: it has the time of the newest. */
struct line {
	const json_t *newest, *oldest;
	unsigned repeats;
};

struct lines {
	size_t n, left_out;
	struct line list[LINES];
};

static bool
is_repeat(const struct line *line, const json_t *event)
{
	return sw_talk_json_is(event, "drop") &&
	       sw_talk_json_is(line->newest, "drop") &&
	       sw_show_same_drop(line->newest, event);
}

static void
add(struct lines *lines, const json_t *event)
{
	for (size_t i = 0; i < lines->n; i++)
		if (is_repeat(&lines->list[i], event)) {
			lines->list[i].oldest = event;
			lines->list[i].repeats++;
			return;
		}
	if (lines->n == LINES)
		lines->left_out++;
	else
		lines->list[lines->n++] = (struct line){ event, event, 1 };
}

/* Both lists are in order; the newest of either is next. */
static void
gather(struct lines *lines, const struct sw_known *known)
{
	size_t i = json_array_size(known->steps);
	size_t j = json_array_size(known->drops);

	while (i > 0 || j > 0) {
		const json_t *step =
		    i > 0 ? json_array_get(known->steps, i - 1) : NULL;
		const json_t *drop =
		    j > 0 ? json_array_get(known->drops, j - 1) : NULL;

		if (drop == NULL ||
		    (step != NULL && sw_talk_json_real(step, "time") >
					 sw_talk_json_real(drop, "time"))) {
			add(lines, step);
			i--;
		} else {
			add(lines, drop);
			j--;
		}
	}
}

static void
print(const struct sw_ctl *ctl, const struct line *line)
{
	if (sw_talk_json_is(line->newest, "drop"))
		sw_show_drop(ctl, line->newest, line->repeats, line->oldest);
	else
		sw_show_step(ctl, line->newest, line->repeats);
}

void
sw_timeline_print(const struct sw_ctl *ctl, const struct sw_known *known)
{
	struct lines *lines = calloc(1, sizeof *lines);
	char zone[SW_TEXT], heading[64];
	size_t shown;

	if (lines == NULL)
		return;
	gather(lines, known);
	shown = lines->n < SHOWN ? lines->n : SHOWN;
	if (shown > 0) {
		snprintf(heading, sizeof heading,
		    "What happened, newest first (times in %s)",
		    sw_text_zone(zone));
		putchar('\n');
		sw_explain_heading(ctl, heading);
	}
	for (size_t i = 0; i < shown; i++)
		print(ctl, &lines->list[i]);
	if (lines->n + lines->left_out > shown)
		printf("... and %zu earlier\n",
		    lines->n + lines->left_out - shown);
	free(lines);
}
