/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows and kill.
 */
#include <string.h>

#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "protocol/request.h"

static const struct sw_column flow_columns[] = { { "proto", false },
	{ "from", false }, { "to", false }, { "state", false }, { "age", true },
	{ "idle", true }, { "left", true }, { "", true }, { "sent", true },
	{ "", true }, { "got", true }, { "in", false }, { "out", false },
	{ "fast", false }, { "rule", false }, { "history", false },
	{ "parent", false }, { "zone", false }, { 0 } };

SW_COLUMNS_FIT(flow_columns);

static const uint8_t spare[] = { 5, 0, 0, 0, 6, 0, 1, 9, 4, 9, 3, 8, 8, 7, 2, 7,
	10, 10 };

_Static_assert(sizeof spare + 1 == sizeof flow_columns / sizeof flow_columns[0],
    "a number for each column");

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
		sw_talk_json_text(flow, "out"),
		sw_talk_json_true(flow, "offload") ? "yes" : "",
		sw_talk_json_text(flow, "rule"),
		sw_talk_json_text(flow, "history"),
		sw_talk_json_text(flow, "parent"),
		sw_talk_json_text(flow, "zone") });
	return true;
}

static void
add_operands(struct sw_question *question, const struct sw_ctl *ctl)
{
	for (int i = 0; i < ctl->n_operands; i++)
		sw_talk_question_add(question, ctl->operands[i]);
}

static const char *
sort_name(size_t i)
{
	return sw_request_sort_name((unsigned)i + 1);
}

/* Writes the word that asks for an order.  => false after telling what is
 * wrong; an empty word when none is asked for */
static bool
write_sort(const struct sw_ctl *ctl, char *word, size_t size)
{
	const char *key = sw_command_value(ctl, "sort");
	int near;

	word[0] = '\0';
	if (key == NULL && !sw_command_given(ctl, "reverse"))
		return true;
	if (key == NULL) {
		sw_command_fail(SW_EXIT_USAGE,
		    "--reverse needs --sort=KEY: age, idle, left, bytes or "
		    "packets");
		return false;
	}
	near = sw_command_nearest(key, sort_name, 4);
	if (near < 0 || strcmp(sort_name((size_t)near), key) != 0) {
		sw_command_fail(SW_EXIT_USAGE,
		    "--sort='%.40s': write age, idle, left, bytes or "
		    "packets%s%s%s",
		    key, near < 0 ? "" : "; did you mean '",
		    near < 0 ? "" : sort_name((size_t)near),
		    near < 0 ? "" : "'?");
		return false;
	}
	snprintf(word, size, "sort=%s%s",
	    sw_command_given(ctl, "reverse") ? "-" : "", key);
	return true;
}

int
sw_command_flows(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "flows");
	const char *n = sw_command_value_of(ctl, "limit", "last");
	char limit[SW_TEXT + 8], sort[SW_TEXT + 8];
	struct sw_columns columns;
	int code;

	if (!sw_show_filter(ctl) || !write_sort(ctl, sort, sizeof sort))
		return SW_EXIT_USAGE;
	add_operands(&question, ctl);
	if (n != NULL) {
		snprintf(limit, sizeof limit, "limit=%.20s", n);
		sw_talk_question_add(&question, limit);
	}
	if (sort[0] != '\0')
		sw_talk_question_add(&question, sort);
	sw_text_columns_begin(&columns, ctl, flow_columns);
	sw_text_columns_spare(&columns, spare);
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
