/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what observe mode has seen, as a table, and what follows from it.
 */
#include <string.h>

#include "ctl/talk.h"
#include "ctl/text.h"
#include "synward/cause.h"

enum { REASON = 96 };

struct report {
	const struct sw_ctl *ctl;
	struct sw_columns columns;
};

static const struct sw_column report_columns[] = { { "rule", false },
	{ "what", false }, { "packets", true }, { "last", false },
	{ "if enforced", false }, { 0 } };

static bool
is_orphan(const json_t *row)
{
	const char *message = sw_talk_json_text(row, "message");

	return strcmp(message, sw_cause_message_text(SW_MESSAGE_NOT_SYN)) ==
		   0 ||
	       strcmp(message, sw_cause_message_text(SW_MESSAGE_NOT_OPENING)) ==
		   0;
}

static void
print_row(struct sw_columns *columns, const json_t *row)
{
	char packets[SW_TEXT], last[SW_TEXT], what[REASON];
	const char *cause = sw_talk_json_text(row, "cause");
	bool told = strcmp(cause, "unknown") != 0 || is_orphan(row);

	snprintf(what, sizeof what, "%s%s%s", sw_talk_json_text(row, "message"),
	    told ? ", " : "", told ? cause : "");
	sw_text_columns_row(columns,
	    (const char *const[]){ sw_talk_json_text(row, "rule"), what,
		sw_text_count(sw_talk_json_count(row, "packets"), packets),
		sw_text_moment(sw_talk_json_real(row, "last"), last),
		sw_talk_json_text(row, "text") });
}

static void
print_verdict(const struct sw_ctl *ctl, const json_t *verdict)
{
	const char *name = sw_talk_json_text(verdict, "verdict");
	enum sw_color color = SW_COLOR_YELLOW;
	char time[SW_TEXT];

	if (strcmp(name, "safe") == 0)
		color = SW_COLOR_GREEN;
	else if (strcmp(name, "unsafe") == 0)
		color = SW_COLOR_RED;
	if (strcmp(name, "enforced") != 0)
		printf("configuration %d, observed for %s\n",
		    (int)sw_talk_json_count(verdict, "generation"),
		    sw_text_duration(
			sw_talk_json_real(verdict, "seconds"), time));
	printf("%s%s%s\n", sw_text_color(ctl, color),
	    sw_talk_json_text(verdict, "text"), sw_text_color_off(ctl));
}

static bool
print_report(const json_t *object, void *context)
{
	struct report *report = context;

	if (sw_talk_json_is(object, "observed")) {
		print_row(&report->columns, object);
		return true;
	}
	if (report->columns.rows > 0) {
		sw_text_columns_end(&report->columns);
		putchar('\n');
	}
	print_verdict(report->ctl, object);
	return true;
}

int
sw_command_report(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "report");
	struct report report = { .ctl = ctl };
	int code;

	sw_text_columns_begin(&report.columns, ctl, report_columns);
	code = sw_talk_ask(&question, print_report, &report);
	sw_text_columns_end(&report.columns);
	return code;
}
