/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload: what the kernel carries without the daemon, and why flows are not
 * among it.
 */
#include "ctl/offload.h"
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"

static const struct sw_column reason_columns[] = { { "flows", true },
	{ "fast path", false }, { 0 } };

static const struct sw_column flow_columns[] = { { "proto", false },
	{ "from", false }, { "to", false }, { "state", false },
	{ "fast", false }, { "because", false }, { 0 } };

struct offload {
	struct sw_columns columns;
	bool of_flows;
};

void
sw_offload_print(const json_t *offload)
{
	uint64_t packets = sw_talk_json_count(offload, "packets");
	uint64_t passed = sw_talk_json_count(offload, "passed");
	char used[SW_TEXT], lanes[SW_TEXT];

	if (!sw_talk_json_true(offload, "on")) {
		printf(
		    "fast path: off (%s)\n", sw_talk_json_text(offload, "why"));
		return;
	}
	printf("fast path: on, %s of %s lanes used, %.1f %% of the packets\n",
	    sw_text_count(sw_talk_json_count(offload, "used"), used),
	    sw_text_count(sw_talk_json_count(offload, "lanes"), lanes),
	    passed > 0 ? 100.0 * (double)packets / (double)passed : 0);
}

static void
print_counts(const json_t *offload)
{
	char a[SW_TEXT], b[SW_TEXT], c[SW_TEXT];

	sw_offload_print(offload);
	if (!sw_talk_json_true(offload, "on"))
		return;
	printf("lanes      opened %s, taken back %s, none free %s times\n",
	    sw_text_count(sw_talk_json_count(offload, "opened"), a),
	    sw_text_count(sw_talk_json_count(offload, "taken"), b),
	    sw_text_count(sw_talk_json_count(offload, "full"), c));
	printf("carried    %s packets (%s)\n\n",
	    sw_text_count(sw_talk_json_count(offload, "packets"), a),
	    sw_text_bytes(sw_talk_json_real(offload, "bytes"), b));
}

static void
print_flow(struct sw_columns *columns, const json_t *flow)
{
	char from[SW_SHOW_END], to[SW_SHOW_END];
	bool fast = sw_talk_json_true(flow, "offload");

	sw_text_columns_row(
	    columns, (const char *const[]){ sw_talk_json_text(flow, "proto"),
			 sw_show_end(flow, "src", "sport", from),
			 sw_show_end(flow, "dst", "dport", to),
			 sw_talk_json_text(flow, "state"), fast ? "yes" : "no",
			 fast ? "" : sw_talk_json_text(flow, "why") });
}

static bool
print_object(const json_t *object, void *context)
{
	struct offload *offload = context;
	char flows[SW_TEXT];

	if (sw_talk_json_is(object, "offload")) {
		print_counts(object);
	} else if (sw_talk_json_is(object, "reason")) {
		sw_text_count(sw_talk_json_count(object, "flows"), flows);
		sw_text_columns_row(
		    &offload->columns, (const char *const[]){ flows,
					   sw_talk_json_text(object, "why") });
	} else if (sw_talk_json_is(object, "flow")) {
		print_flow(&offload->columns, object);
	}
	return true;
}

int
sw_command_offload(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "offload");
	struct offload offload = { .of_flows = ctl->n_operands > 0 };
	int code;

	if (!sw_show_filter(ctl))
		return SW_EXIT_USAGE;
	for (int i = 0; i < ctl->n_operands; i++)
		sw_talk_question_add(&question, ctl->operands[i]);
	sw_text_columns_begin(&offload.columns, ctl,
	    offload.of_flows ? flow_columns : reason_columns);
	code = sw_talk_ask(&question, print_object, &offload);
	sw_text_columns_end(&offload.columns);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		fputs("no matching flow\n", stderr);
	return code;
}
