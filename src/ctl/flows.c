/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows and kill.
 */
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"

static const struct sw_column flow_columns[] = { { "proto", false },
	{ "from", false }, { "to", false }, { "state", false }, { "age", true },
	{ "idle", true }, { "left", true }, { "sent", true }, { "", true },
	{ "got", true }, { "", true }, { "in", false }, { "out", false },
	{ "rule", false }, { "history", false }, { 0 } };

static void
write_sum(const json_t *flow, const char *packets, const char *bytes,
    char count[SW_TEXT], char size[SW_TEXT])
{
	sw_text_short(sw_talk_json_real(flow, packets), count);
	sw_text_bytes(sw_talk_json_real(flow, bytes), size);
}

static bool
print_flow(const json_t *flow, void *context)
{
	char from[SW_SHOW_END], to[SW_SHOW_END];
	char age[SW_TEXT], idle[SW_TEXT], left[SW_TEXT];
	char sent[2][SW_TEXT], got[2][SW_TEXT];
	char state[SW_TEXT];

	if (!sw_talk_json_is(flow, "flow"))
		return true;
	snprintf(state, sizeof state, "%s%s", sw_talk_json_text(flow, "state"),
	    sw_show_is_lost(flow) ? " lost" : "");
	write_sum(flow, "packets", "bytes", sent[0], sent[1]);
	write_sum(flow, "reply_packets", "reply_bytes", got[0], got[1]);
	sw_text_columns_row(context,
	    (const char *const[]){ sw_talk_json_text(flow, "proto"),
		sw_show_end(flow, "src", "sport", from),
		sw_show_end(flow, "dst", "dport", to), state,
		sw_text_duration(sw_talk_json_real(flow, "age"), age),
		sw_text_duration(sw_talk_json_real(flow, "idle"), idle),
		sw_text_duration(sw_talk_json_real(flow, "left"), left),
		sent[0], sent[1], got[0], got[1], sw_talk_json_text(flow, "in"),
		sw_talk_json_text(flow, "out"), sw_talk_json_text(flow, "rule"),
		sw_talk_json_text(flow, "history") });
	return true;
}

static void
add_operands(struct sw_question *question, const struct sw_ctl *ctl)
{
	for (int i = 0; i < ctl->n_operands; i++)
		sw_talk_question_add(question, ctl->operands[i]);
}

int
sw_command_flows(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "flows");
	struct sw_columns columns;
	char limit[SW_TEXT + 8];
	int code;

	if (!sw_show_filter(ctl))
		return SW_EXIT_USAGE;
	add_operands(&question, ctl);
	if (sw_command_given(ctl, "limit")) {
		snprintf(limit, sizeof limit, "limit=%.20s",
		    sw_command_value(ctl, "limit"));
		sw_talk_question_add(&question, limit);
	}
	sw_text_columns_begin(&columns, ctl, flow_columns);
	code = sw_talk_ask(&question, print_flow, &columns);
	sw_text_columns_end(&columns);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching flow\n", stderr);
	if (code == SW_EXIT_OK && !ctl->json && columns.rows == 0)
		fputs("no flows\n", stderr);
	return code;
}

static bool
print_killed(const json_t *object, void *context)
{
	const struct sw_ctl *ctl = context;
	char text[SW_TEXT];

	sw_text_count(sw_talk_json_count(object, "flows"), text);
	if (sw_talk_json_is(object, "matched"))
		printf("%s flows match\n", text);
	else if (sw_command_given(ctl, "reset"))
		printf("%s flows removed; both ends of established connections "
		       "are reset\n",
		    text);
	else
		printf("%s flows removed\n", text);
	return true;
}

int
sw_command_kill(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "kill");

	if (!sw_show_filter(ctl))
		return SW_EXIT_USAGE;
	if (sw_command_given(ctl, "reset"))
		sw_talk_question_add(&question, "reset");
	if (sw_command_given(ctl, "yes"))
		sw_talk_question_add(&question, "yes");
	add_operands(&question, ctl);
	return sw_talk_ask(&question, print_killed, ctl);
}
