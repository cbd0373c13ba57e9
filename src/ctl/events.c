/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events and drops.
 */
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "synward/cause.h"

enum { WORD = 96, DROPS_USUAL = 20 };

static void
add_operands(struct sw_question *question, const struct sw_ctl *ctl)
{
	for (int i = 0; i < ctl->n_operands; i++)
		sw_talk_question_add(question, ctl->operands[i]);
}

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
	char limit[WORD];
	int code;

	if (!sw_show_filter(ctl))
		return SW_EXIT_USAGE;
	question.follow = sw_command_given(ctl, "follow");
	if (question.follow)
		sw_talk_question_add(&question, "follow");
	if (sw_command_given(ctl, "limit")) {
		snprintf(limit, sizeof limit, "limit=%.20s",
		    sw_command_value(ctl, "limit"));
		sw_talk_question_add(&question, limit);
	}
	add_operands(&question, ctl);
	code = sw_talk_ask(&question, print_event, &told);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching event\n", stderr);
	if (code == SW_EXIT_OK && !told.any && !question.follow && !ctl->json)
		fputs("no event yet\n", stderr);
	return code;
}

/* What is shown of drops: incidents as a table, then lines. */
struct shown {
	const struct sw_ctl *ctl;
	struct sw_columns incidents;
	bool lines; /* the table is done */
	bool any;
};

static const struct sw_column incident_columns[] = { { "incident", false },
	{ "cause", false }, { "server", false }, { "drops", true },
	{ "clients", true }, { "since", false }, { "last", false },
	{ "in", false }, { "out", false }, { "rule", false }, { "", false },
	{ 0 } };

static void
print_incident(struct sw_columns *columns, const json_t *incident)
{
	char drops[SW_TEXT], clients[SW_TEXT], first[SW_TEXT], last[SW_TEXT];

	sw_text_columns_row(columns,
	    (const char *const[]){ sw_talk_json_text(incident, "id"),
		sw_talk_json_text(incident, "cause"),
		sw_talk_json_text(incident, "server"),
		sw_text_count(sw_talk_json_count(incident, "drops"), drops),
		sw_text_count(sw_talk_json_count(incident, "clients"), clients),
		sw_text_moment(sw_talk_json_real(incident, "first"), first),
		sw_text_moment(sw_talk_json_real(incident, "last"), last),
		sw_talk_json_text(incident, "in"),
		sw_talk_json_text(incident, "out"),
		sw_talk_json_text(incident, "rule"),
		sw_talk_json_true(incident, "open") ? "going on" : "" });
}

static bool
print_drop(const json_t *object, void *context)
{
	struct shown *shown = context;

	shown->any = true;
	if (sw_talk_json_is(object, "incident")) {
		/* A single drop is no more than its own line below. */
		if (sw_talk_json_count(object, "drops") > 1)
			print_incident(&shown->incidents, object);
		return true;
	}
	if (!shown->lines && shown->incidents.rows > 0) {
		sw_text_columns_end(&shown->incidents);
		putchar('\n');
	}
	shown->lines = true;
	sw_show_event(shown->ctl, object);
	return true;
}

int
sw_command_drops(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "drops");
	struct shown shown = { .ctl = ctl };
	char cause[WORD], limit[WORD];
	int code;

	if (!sw_show_filter(ctl))
		return SW_EXIT_USAGE;
	if (sw_command_given(ctl, "cause")) {
		if (sw_cause_by_name(sw_command_value(ctl, "cause")) ==
		    SW_CAUSE_COUNT)
			return sw_command_fail(SW_EXIT_USAGE,
			    "unknown cause '%s'; synwardctl explain lists all "
			    "causes",
			    sw_command_value(ctl, "cause"));
		snprintf(cause, sizeof cause, "cause=%s",
		    sw_command_value(ctl, "cause"));
		sw_talk_question_add(&question, cause);
	}
	snprintf(limit, sizeof limit, "limit=%d", DROPS_USUAL);
	if (sw_command_given(ctl, "limit"))
		snprintf(limit, sizeof limit, "limit=%.20s",
		    sw_command_value(ctl, "limit"));
	sw_talk_question_add(&question, limit);
	add_operands(&question, ctl);
	sw_text_columns_begin(&shown.incidents, ctl, incident_columns);
	code = sw_talk_ask(&question, print_drop, &shown);
	sw_text_columns_end(&shown.incidents);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching drop\n", stderr);
	if (code == SW_EXIT_OK && !shown.any && !ctl->json)
		fputs("no packet was dropped\n", stderr);
	return code;
}
