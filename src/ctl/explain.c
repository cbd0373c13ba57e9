/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: a cause by its name, a connection by its ends, or both by a line
 * of the log.
 *
 * A cause and a line are explained without the daemon; when it runs, the
 * connection's story follows.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/ends.h"
#include "ctl/explain.h"
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "protocol/request.h"

enum { LINE = 2048, DROPS_SHOWN = 8, WORD = 96, STEPS_SHOWN = 12 };

void
sw_explain_heading(const struct sw_ctl *ctl, const char *text)
{
	printf("%s%s%s\n", sw_text_color(ctl, SW_COLOR_BOLD), text,
	    sw_text_color_off(ctl));
}

void
sw_explain_cause(const struct sw_ctl *ctl, enum sw_cause cause)
{
	const struct sw_cause_text *text = sw_cause_text(cause);

	printf("%s%s%s: %s\n\n", sw_text_color(ctl, SW_COLOR_BOLD), text->name,
	    sw_text_color_off(ctl), text->summary);
	sw_show_fold(text->meaning, 2);
	putchar('\n');
	sw_explain_heading(ctl, "Check");
	sw_show_fold(text->check, 2);
	putchar('\n');
	sw_explain_heading(ctl, "Change");
	sw_show_fold(text->change[0] != '\0' ? text->change
					     : "No configuration change helps.",
	    2);
}

void
sw_explain_object(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
	putchar('\n');
	json_decref(object);
}

void
sw_explain_cause_json(enum sw_cause cause)
{
	const struct sw_cause_text *text = sw_cause_text(cause);
	struct sw_json json = sw_json_to_stream(stdout);

	sw_json_begin(&json, "cause");
	sw_json_put_text(&json, "cause", text->name);
	sw_json_put_text(&json, "id", text->id);
	sw_json_put_text(&json, "summary", text->summary);
	sw_json_put_text(&json, "meaning", text->meaning);
	sw_json_put_text(&json, "check", text->check);
	sw_json_put_text(&json, "change", text->change);
	sw_json_end(&json);
}

static int
explain_cause(const struct sw_ctl *ctl, enum sw_cause cause)
{
	if (ctl->json)
		sw_explain_cause_json(cause);
	else
		sw_explain_cause(ctl, cause);
	return SW_EXIT_OK;
}

static int
list_causes(const struct sw_ctl *ctl)
{
	static const struct sw_column list[] = { { "cause", false },
		{ "what it means", false }, { 0 } };
	struct sw_columns columns;

	sw_text_columns_begin(&columns, ctl, list);
	for (unsigned i = 0; i < SW_CAUSE_COUNT; i++)
		if (ctl->json)
			sw_explain_cause_json((enum sw_cause)i);
		else
			sw_text_columns_row(&columns,
			    (const char *const[]){ sw_cause_text(i)->name,
				sw_cause_text(i)->summary });
	sw_text_columns_end(&columns);
	return SW_EXIT_OK;
}

/* A connection's story as it comes from the daemon. */
struct answer {
	const struct sw_ctl *ctl;
	bool lives, ended;
	json_t *steps, *drops; /* arrays */
};

static void
print_facts(const json_t *flow)
{
	char when[SW_TEXT], a[SW_TEXT], b[SW_TEXT];
	char src[SW_SHOW_END];

	printf("  opened   %s by %s, %s to %s, rule %s\n",
	    sw_text_moment(sw_talk_json_real(flow, "opened"), when),
	    sw_show_end(flow, "src", "sport", src),
	    sw_talk_json_text(flow, "in"), sw_talk_json_text(flow, "out"),
	    sw_talk_json_text(flow, "rule"));
	sw_show_history(sw_talk_json_text(flow, "history"));
	if (sw_talk_json_count(flow, "packets") == 0)
		return;
	printf("  sent     %s packets, %s\n",
	    sw_text_count(sw_talk_json_count(flow, "packets"), a),
	    sw_text_bytes(sw_talk_json_real(flow, "bytes"), b));
	printf("  got      %s packets, %s\n",
	    sw_text_count(sw_talk_json_count(flow, "reply_packets"), a),
	    sw_text_bytes(sw_talk_json_real(flow, "reply_bytes"), b));
}

/* A connection that is out of step with its windows. */
static void
print_lost(const json_t *flow)
{
	char since[SW_TEXT];

	if (!sw_show_is_lost(flow))
		return;
	sw_text_duration(sw_talk_json_real(flow, "since"), since);
	printf("  step     lost for %s: packets of this connection passed "
	       "elsewhere; synward\n           adopts the hosts' sequence "
	       "numbers once they are proven\n",
	    since);
}

static void
print_live(const struct sw_ctl *ctl, const json_t *flow)
{
	char age[SW_TEXT], idle[SW_TEXT], left[SW_TEXT];

	printf("%sThe connection is tracked%s: %s for %s, idle for %s, expires "
	       "in %s if it stays idle.\n",
	    sw_text_color(ctl, SW_COLOR_GREEN), sw_text_color_off(ctl),
	    sw_talk_json_text(flow, "state"),
	    sw_text_duration(sw_talk_json_real(flow, "age"), age),
	    sw_text_duration(sw_talk_json_real(flow, "idle"), idle),
	    sw_text_duration(sw_talk_json_real(flow, "left"), left));
	print_lost(flow);
	print_facts(flow);
}

/* How a flow ended, as half a sentence. */
static const struct {
	const char *how, *text;
} endings[] = {
	{ "timeout", "it was silent longer than its timeout" },
	{ "reset", "one side reset it" },
	{ "refused", "the other side refused it" },
	{ "closed", "both sides closed it" },
	{ "reused", "a new connection took over its ports" },
	{ "evicted", "the table was full and a new connection took its place" },
	{ "killed", "the administrator removed it" },
	{ "revoked", "a reload put rules in force that deny it" },
	{ "denied", "it never opened: a rule denied its first packet" },
	{ "full", "it never opened: the table had no room" },
	{ "malformed", "it never opened: its handshake was malformed" },
};

static const char *
ending_of(const char *how)
{
	for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
		if (strcmp(endings[i].how, how) == 0)
			return endings[i].text;
	return how;
}

/* A tombstone without a life: its first packet was refused. */
static bool
never_opened(const json_t *flow)
{
	const char *how = sw_talk_json_text(flow, "how");

	return strcmp(how, "denied") == 0 || strcmp(how, "full") == 0 ||
	       strcmp(how, "malformed") == 0;
}

static void
print_gone(const struct answer *answer, const json_t *flow)
{
	char ago[SW_TEXT], silent[SW_TEXT], timeout[SW_TEXT];

	sw_text_duration(sw_talk_json_real(flow, "ended_ago"), ago);
	printf("%s%s%s: %s, %s ago",
	    sw_text_color(answer->ctl, SW_COLOR_YELLOW),
	    answer->lives ? "An earlier connection has ended"
			  : "The connection is not tracked",
	    sw_text_color_off(answer->ctl),
	    ending_of(sw_talk_json_text(flow, "how")), ago);
	if (never_opened(flow)) {
		puts(".");
		return;
	}
	printf(", in state %s.\n", sw_talk_json_text(flow, "state"));
	printf("  idle     %s before its end, timeout %s\n",
	    sw_text_duration(sw_talk_json_real(flow, "silent"), silent),
	    sw_text_timeout(sw_talk_json_count(flow, "timeout"), timeout));
	print_facts(flow);
}

static bool
read_answer(const json_t *object, void *context)
{
	struct answer *answer = context;

	if (sw_talk_json_is(object, "flow")) {
		answer->lives = true;
		print_live(answer->ctl, object);
	} else if (sw_talk_json_is(object, "gone")) {
		answer->ended = true;
		print_gone(answer, object);
	} else {
		json_array_append_new(sw_talk_json_is(object, "drop")
					  ? answer->drops
					  : answer->steps,
		    json_deep_copy(object));
	}
	return true;
}

static void
print_last(const struct sw_ctl *ctl, json_t *events, size_t most)
{
	size_t n = json_array_size(events), i;

	if (n > most)
		printf("... %zu earlier events\n", n - most);
	for (i = n > most ? n - most : 0; i < n; i++)
		sw_show_event(ctl, json_array_get(events, i));
}

static void
print_advice(const struct sw_ctl *ctl, const json_t *drop)
{
	enum sw_cause cause =
	    sw_cause_by_name(sw_talk_json_text(drop, "cause"));
	const char *hint = sw_talk_json_text(drop, "hint");

	if (cause == SW_CAUSE_COUNT)
		return;
	putchar('\n');
	sw_explain_heading(ctl, "What to do");
	sw_show_fold(sw_cause_text(cause)->check, 2);
	if (sw_cause_text(cause)->change[0] != '\0')
		sw_show_fold(sw_cause_text(cause)->change, 2);
	if (*hint != '\0')
		printf("  In the configuration: %s%s%s\n",
		    sw_text_color(ctl, SW_COLOR_CYAN), hint,
		    sw_text_color_off(ctl));
}

static void
print_answer(const struct answer *answer)
{
	size_t drops = json_array_size(answer->drops);

	if (!answer->lives && !answer->ended)
		puts("The connection is not tracked, and synward remembers no "
		     "entry for it.");
	if (json_array_size(answer->steps) > 0) {
		putchar('\n');
		sw_explain_heading(answer->ctl, "Events of this connection");
		print_last(answer->ctl, answer->steps, STEPS_SHOWN);
	}
	if (drops > 0) {
		putchar('\n');
		sw_explain_heading(
		    answer->ctl, "Dropped packets of this connection");
		print_last(answer->ctl, answer->drops, DROPS_SHOWN);
		print_advice(
		    answer->ctl, json_array_get(answer->drops, drops - 1));
	}
}

int
sw_explain_ends(struct sw_ctl *ctl, const char *from, const char *to,
    const char *proto, bool alone)
{
	struct sw_question question = sw_talk_question(ctl, "explain");
	struct answer answer = {
		.ctl = ctl, .steps = json_array(), .drops = json_array()
	};
	char words[3][WORD];
	int code;

	snprintf(words[0], WORD, "from=%.80s", from);
	snprintf(words[1], WORD, "to=%.80s", to);
	snprintf(words[2], WORD, "proto=%.80s", proto);
	for (int i = 0; i < 3; i++)
		sw_talk_question_add(&question, words[i]);
	question.quiet = alone;
	code = sw_talk_ask(&question, read_answer, &answer);
	if (code == SW_EXIT_OK && !ctl->json)
		print_answer(&answer);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		printf("The daemon knows nothing about %s %s > %s%s.\n", proto,
		    from, to, alone ? " any more" : "");
	if (code == SW_EXIT_NO_DAEMON && alone && !ctl->json)
		puts("synwardd is not running here, so no more is known.");
	json_decref(answer.steps);
	json_decref(answer.drops);
	return alone ? SW_EXIT_OK : code;
}

/* A line whose quotes were forgotten came in pieces. */
static const char *
join(const struct sw_ctl *ctl, char text[LINE])
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < ctl->n_operands && used < LINE; i++)
		used += (size_t)snprintf(text + used, LINE - used, "%s%s",
		    i > 0 ? " " : "", ctl->operands[i]);
	return text;
}

static bool
is_end(const char *text)
{
	struct sw_addr addr;
	uint8_t family;
	uint16_t port;

	return sw_request_endpoint(text, &addr, &family, &port);
}

/* The two ends among the operands; ">" may be between them, as in the
 * log.  => false when that is not what was typed */
static bool
find_ends(const struct sw_ctl *ctl, const char *ends[2])
{
	int last = ctl->n_operands - 1;

	if (last != 1 && (last != 2 || strcmp(ctl->operands[1], ">") != 0))
		return false;
	ends[0] = ctl->operands[0];
	ends[1] = ctl->operands[last];
	return is_end(ends[0]) || is_end(ends[1]);
}

int
sw_command_explain(struct sw_ctl *ctl)
{
	const char *proto = sw_command_value(ctl, "proto");
	char line[LINE];
	const char *ends[2];
	enum sw_cause cause;

	if (ctl->n_operands == 0)
		return list_causes(ctl);
	if (proto == NULL)
		proto = "tcp";
	if (find_ends(ctl, ends))
		return sw_ends_check(ends[0], ends[1], proto, true)
			   ? sw_explain_ends(
				 ctl, ends[0], ends[1], proto, false)
			   : SW_EXIT_USAGE;
	if (ctl->n_operands == 1 && is_end(ctl->operands[0]))
		return sw_command_fail(SW_EXIT_USAGE,
		    "'%s' is only one endpoint: explain needs FROM and TO",
		    ctl->operands[0]);
	cause = sw_cause_by_name(ctl->operands[0]);
	if (ctl->n_operands == 1 && cause != SW_CAUSE_COUNT)
		return explain_cause(ctl, cause);
	return sw_explain_line(ctl, join(ctl, line));
}
