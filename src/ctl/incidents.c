/* SPDX-License-Identifier: Apache-2.0 */
/*
 * incidents: as a table, and as lines for users who follow.
 */
#include <string.h>

#include "ctl/incidents.h"
#include "ctl/show.h"
#include "ctl/text.h"

static const struct sw_column columns_of[] = { { "id", false },
	{ "cause", false }, { "client", false }, { "server", false },
	{ "drops", true }, { "since", false }, { "last", false },
	{ "in", false }, { "out", false }, { "rule", false }, { "", false },
	{ 0 } };

SW_COLUMNS_FIT(columns_of);

static const uint8_t spare[] = { 0, 0, 0, 0, 0, 2, 1, 5, 5, 4, 3 };

_Static_assert(sizeof spare + 1 == sizeof columns_of / sizeof columns_of[0],
    "a number for each column");

const char *
sw_incidents_who(const json_t *incident, char text[SW_INCIDENTS_WHO])
{
	const char *client = sw_talk_json_text(incident, "client");
	const char *network = sw_talk_json_text(incident, "network");
	char count[SW_TEXT];

	if (*client != '\0')
		return client;
	sw_text_count(sw_talk_json_count(incident, "clients"), count);
	if (*network != '\0')
		snprintf(text, SW_INCIDENTS_WHO, "%s of %s", count, network);
	else
		snprintf(text, SW_INCIDENTS_WHO, "%s clients", count);
	return text;
}

void
sw_incidents_begin(struct sw_columns *columns, const struct sw_ctl *ctl)
{
	sw_text_columns_begin(columns, ctl, columns_of);
	sw_text_columns_spare(columns, spare);
}

void
sw_incidents_row(struct sw_columns *columns, const json_t *incident)
{
	char drops[SW_TEXT], first[SW_TEXT], last[SW_TEXT],
	    text[SW_INCIDENTS_WHO];

	sw_text_columns_row(columns,
	    (const char *const[]){ sw_talk_json_text(incident, "id"),
		sw_talk_json_text(incident, "cause"),
		sw_incidents_who(incident, text),
		sw_talk_json_text(incident, "server"),
		sw_text_count(sw_talk_json_count(incident, "drops"), drops),
		sw_text_moment(sw_talk_json_real(incident, "first"), first),
		sw_text_moment(sw_talk_json_real(incident, "last"), last),
		sw_talk_json_text(incident, "in"),
		sw_talk_json_text(incident, "out"),
		sw_talk_json_text(incident, "rule"),
		sw_talk_json_true(incident, "open") ? "going on" : "" });
}

/* "7f3b idle-expired 10.1.2.3 > 10.0.5.9:5432 412 drops since 02:11:08" */
static void
print_line(const json_t *incident)
{
	char drops[SW_TEXT], first[SW_TEXT], last[SW_TEXT],
	    text[SW_INCIDENTS_WHO];
	uint64_t n = sw_talk_json_count(incident, "drops");

	printf("%s %s %s %s > %s, %s drop%s since %s%s\n",
	    sw_text_moment(sw_talk_json_real(incident, "last"), last),
	    sw_talk_json_text(incident, "id"),
	    sw_talk_json_text(incident, "cause"),
	    sw_incidents_who(incident, text),
	    sw_talk_json_text(incident, "server"), sw_text_count(n, drops),
	    sw_text_s(n),
	    sw_text_moment(sw_talk_json_real(incident, "first"), first),
	    sw_talk_json_true(incident, "open") ? "" : ", over");
}

struct shown {
	bool follow;
	struct sw_columns columns;
};

static bool
print_incident(const json_t *object, void *context)
{
	struct shown *shown = context;

	if (!sw_talk_json_is(object, "incident"))
		return true;
	if (shown->follow)
		print_line(object);
	else
		sw_incidents_row(&shown->columns, object);
	return true;
}

int
sw_command_incidents(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "incidents");
	struct shown shown = { .follow = sw_command_given(ctl, "follow") };
	struct sw_show_asked asked;
	int code;

	if (!sw_show_filter(ctl) ||
	    !sw_show_ask(&question, ctl, &asked, 0, NULL))
		return SW_EXIT_USAGE;
	sw_incidents_begin(&shown.columns, ctl);
	code = sw_talk_ask(&question, print_incident, &shown);
	sw_text_columns_end(&shown.columns);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching incident\n", stderr);
	if (code == SW_EXIT_OK && !shown.follow && !ctl->json &&
	    shown.columns.rows == 0)
		fputs("no incident\n", stderr);
	return code;
}
