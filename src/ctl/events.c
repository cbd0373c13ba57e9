/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events and drops.
 *
 * On a terminal each is one short line, and repeats of a drop are one line with
 * their number; what to set follows once.  Elsewhere, and with --wide, each
 * drop is its whole log line.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/incidents.h"
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "protocol/filter.h"

enum { WORD = 96, DROPS_USUAL = 20, HINTS = 8 };

struct told {
	const struct sw_ctl *ctl;
	bool any;
};

static bool
print_event(const json_t *event, void *context)
{
	struct told *told = context;

	told->any = true;
	sw_show_event(told->ctl, event);
	return true;
}

int
sw_command_events(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "events");
	struct told told = { .ctl = ctl };
	struct sw_show_asked asked;
	int code;

	if (!sw_show_filter(ctl) ||
	    !sw_show_ask(&question, ctl, &asked, 0, NULL))
		return SW_EXIT_USAGE;
	code = sw_talk_ask(&question, print_event, &told);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching event\n", stderr);
	if (code == SW_EXIT_OK && !told.any && !question.follow && !ctl->json)
		fputs("no event yet\n", stderr);
	return code;
}

/* What is shown of drops: incidents as a table, then lines, then hints. */
struct shown {
	const struct sw_ctl *ctl;
	struct sw_columns incidents;
	bool lines; /* the table is done */
	bool any;
	json_t *last; /* the drop that repeats may follow, or NULL */
	unsigned repeats;
	size_t n_hints;
	char *hints[HINTS];
};

static void
note_hint(struct shown *shown, const char *hint)
{
	if (*hint == '\0' || shown->n_hints == HINTS)
		return;
	for (size_t i = 0; i < shown->n_hints; i++)
		if (strcmp(shown->hints[i], hint) == 0)
			return;
	shown->hints[shown->n_hints] = strdup(hint);
	shown->n_hints += shown->hints[shown->n_hints] != NULL;
}

static void
end_repeats(struct shown *shown)
{
	if (shown->last == NULL)
		return;
	sw_show_drop(shown->ctl, shown->last, shown->repeats, NULL);
	json_decref(shown->last);
	shown->last = NULL;
}

static void
print_short(struct shown *shown, const json_t *drop)
{
	note_hint(shown, sw_talk_json_text(drop, "hint"));
	if (shown->last != NULL && sw_show_same_drop(shown->last, drop)) {
		shown->repeats++;
		return;
	}
	end_repeats(shown);
	shown->last = json_deep_copy(drop);
	shown->repeats = 1;
}

static void
end_table(struct shown *shown)
{
	char zone[SW_TEXT];

	if (!shown->lines && shown->incidents.rows > 0) {
		sw_text_columns_end(&shown->incidents);
		putchar('\n');
	}
	if (!shown->lines && sw_text_width(shown->ctl) > 0)
		printf("Last drops, newest first (times in %s):\n",
		    sw_text_zone(zone));
	shown->lines = true;
}

static bool
print_drop(const json_t *object, void *context)
{
	struct shown *shown = context;

	shown->any = true;
	if (sw_talk_json_is(object, "incident")) {
		/* A single drop is no more than its own line below. */
		if (sw_talk_json_count(object, "drops") > 1)
			sw_incidents_row(&shown->incidents, object);
		return true;
	}
	end_table(shown);
	if (sw_text_width(shown->ctl) > 0)
		print_short(shown, object);
	else
		sw_show_event(shown->ctl, object);
	return true;
}

/* A hint is too long for a line of its drop. */
static void
print_hints(struct shown *shown)
{
	if (shown->n_hints > 0)
		fputs("\nTo set (synwardctl explain says what for):\n", stdout);
	for (size_t i = 0; i < shown->n_hints; i++) {
		printf("  %s%s%s\n", sw_text_color(shown->ctl, SW_COLOR_CYAN),
		    shown->hints[i], sw_text_color_off(shown->ctl));
		free(shown->hints[i]);
	}
}

/* --cause=NAME is cause=NAME; it may be a list.  => false after telling what
 * is wrong */
static bool
write_cause(const struct sw_ctl *ctl, char word[WORD])
{
	const char *cause = sw_command_value(ctl, "cause");
	struct sw_filter filter = { .subjects = SW_FILTER_DROPS };
	char why[256];

	word[0] = '\0';
	if (cause == NULL)
		return true;
	snprintf(word, WORD, "cause=%.80s", cause);
	if (sw_filter_add(&filter, word, why, sizeof why))
		return true;
	sw_command_fail(
	    SW_EXIT_USAGE, "%s; synwardctl explain lists all causes", why);
	return false;
}

/* Drops that are followed come one by one, the oldest first. */
static int
follow_drops(const struct sw_ctl *ctl, struct sw_question *question)
{
	struct told told = { .ctl = ctl };

	return sw_talk_ask(question, print_event, &told);
}

int
sw_command_drops(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "drops");
	struct shown shown = { .ctl = ctl };
	struct sw_show_asked asked;
	char cause[WORD];
	int code;

	if (!sw_show_filter(ctl) || !write_cause(ctl, cause) ||
	    !sw_show_ask(&question, ctl, &asked, DROPS_USUAL, cause))
		return SW_EXIT_USAGE;
	if (question.follow)
		return follow_drops(ctl, &question);
	sw_incidents_begin(&shown.incidents, ctl);
	code = sw_talk_ask(&question, print_drop, &shown);
	end_repeats(&shown);
	sw_text_columns_end(&shown.incidents);
	print_hints(&shown);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching drop\n", stderr);
	if (code == SW_EXIT_OK && !shown.any && !ctl->json)
		fputs("no packet was dropped\n", stderr);
	return code;
}
