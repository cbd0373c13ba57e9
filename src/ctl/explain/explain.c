/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain: a cause by its name, a connection by what is known of its ends, an
 * incident by its identifier, or all of these by a line of the log.
 *
 * A cause and a line are explained without the daemon; when it runs, the
 * connection's story follows.
 */
#include <string.h>

#include "base/json.h"
#include "ctl/ends.h"
#include "ctl/explain/explain.h"
#include "ctl/explain/timeline.h"
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "protocol/request.h"

enum { LINE = 2048, WORD = 96, FLOWS_SHOWN = 3 };

void
sw_explain_heading(const struct sw_ctl *ctl, const char *text)
{
	fputs(sw_text_color(ctl, SW_COLOR_BOLD), stdout);
	if (sw_text_width(ctl) > 0)
		sw_show_fold(text, 0);
	else
		puts(text);
	fputs(sw_text_color_off(ctl), stdout);
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

static void
print_facts(const json_t *flow)
{
	char when[SW_TEXT], a[SW_TEXT], b[SW_TEXT];
	char src[SW_SHOW_END];

	printf("  opened   %s by %s, %s to %s, rule %s\n",
	    sw_text_moment_zone(sw_talk_json_real(flow, "opened"), when),
	    sw_show_end(flow, "src", "sport", src),
	    sw_talk_json_text(flow, "in"), sw_talk_json_text(flow, "out"),
	    sw_talk_json_text(flow, "rule"));
	if (*sw_talk_json_text(flow, "zone") != '\0')
		printf("  zone     %s\n", sw_talk_json_text(flow, "zone"));
	if (*sw_talk_json_text(flow, "parent") != '\0')
		printf("  parent   %s\n", sw_talk_json_text(flow, "parent"));
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
print_gone(const struct sw_ctl *ctl, const json_t *flow, bool lives)
{
	char ago[SW_TEXT], silent[SW_TEXT], timeout[SW_TEXT];

	sw_text_duration(sw_talk_json_real(flow, "ended_ago"), ago);
	printf("%s%s%s: %s, %s ago", sw_text_color(ctl, SW_COLOR_YELLOW),
	    lives ? "An earlier connection has ended"
		  : "The connection is not tracked",
	    sw_text_color_off(ctl), ending_of(sw_talk_json_text(flow, "how")),
	    ago);
	if (never_opened(flow)) {
		puts(".");
		return;
	}
	printf(".\n  state    %s, idle %s before its end, timeout %s\n",
	    sw_talk_json_text(flow, "state"),
	    sw_text_duration(sw_talk_json_real(flow, "silent"), silent),
	    sw_text_timeout(sw_talk_json_count(flow, "timeout"), timeout));
	print_facts(flow);
}

static bool
hear(const json_t *object, void *context)
{
	struct sw_known *known = context;
	json_t *list = known->steps;

	if (sw_talk_json_is(object, "flow"))
		list = known->flows;
	else if (sw_talk_json_is(object, "gone"))
		list = known->gone;
	else if (sw_talk_json_is(object, "drop"))
		list = known->drops;
	json_array_append_new(list, json_deep_copy(object));
	return true;
}

/* Of the drop's connection, when more than one was asked about. */
static bool
hear_gone(const json_t *object, void *context)
{
	struct sw_known *known = context;

	if (sw_talk_json_is(object, "gone"))
		json_array_append_new(known->gone, json_deep_copy(object));
	return true;
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
print_flows(const struct sw_ctl *ctl, const struct sw_known *known)
{
	size_t lives = json_array_size(known->flows), i;

	for (i = 0; i < lives && i < FLOWS_SHOWN; i++)
		print_live(ctl, json_array_get(known->flows, i));
	if (lives > FLOWS_SHOWN)
		printf("... and %zu more: synwardctl flows host=%s\n",
		    lives - FLOWS_SHOWN,
		    sw_talk_json_text(json_array_get(known->flows, 0), "src"));
	for (i = 0; i < json_array_size(known->gone); i++)
		print_gone(ctl, json_array_get(known->gone, i), lives > 0);
	if (lives == 0 && json_array_size(known->gone) == 0)
		puts("The connection is not tracked, and synward remembers no "
		     "entry for it.");
}

static void
print_known(const struct sw_ctl *ctl, const struct sw_known *known)
{
	json_t *headline = sw_headline_object(known);
	const json_t *drop = sw_headline_drop(known);

	if (headline != NULL) {
		sw_explain_heading(ctl, sw_talk_json_text(headline, "text"));
		putchar('\n');
	}
	json_decref(headline);
	print_flows(ctl, known);
	sw_timeline_print(ctl, known);
	if (drop != NULL)
		print_advice(ctl, drop);
}

/* The headline, then what the daemon said. */
static void
print_json(const struct sw_known *known)
{
	json_t *lists[] = { known->flows, known->gone, known->steps,
		known->drops };
	json_t *headline = sw_headline_object(known);

	if (headline != NULL)
		sw_explain_object(headline);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		for (size_t j = 0; j < json_array_size(lists[i]); j++)
			sw_explain_object(
			    json_incref(json_array_get(lists[i], j)));
}

static bool
has_port(const char *end)
{
	struct sw_addr addr;
	uint8_t family;
	uint16_t port = 0;

	return end != NULL && sw_request_endpoint(end, &addr, &family, &port) &&
	       port != 0;
}

/* How the connection of the drop that matters most had ended. */
static void
ask_gone(struct sw_ctl *ctl, struct sw_known *known)
{
	const json_t *drop = sw_headline_drop(known);
	struct sw_question question = sw_talk_question(ctl, "explain");
	char from[SW_SHOW_END], to[SW_SHOW_END], words[3][WORD];

	if (drop == NULL || json_array_size(known->gone) > 0)
		return;
	snprintf(
	    words[0], WORD, "from=%s", sw_show_end(drop, "src", "sport", from));
	snprintf(
	    words[1], WORD, "to=%s", sw_show_end(drop, "dst", "dport", to));
	snprintf(words[2], WORD, "proto=%s", sw_talk_json_text(drop, "proto"));
	for (int i = 0; i < 3; i++)
		sw_talk_question_add(&question, words[i]);
	question.quiet = true;
	question.verbatim = false;
	(void)sw_talk_ask(&question, hear_gone, known);
}

static void
say_nothing_known(
    const char *from, const char *to, const char *proto, bool alone)
{
	printf("The daemon knows nothing about %s%s%s%s%s%s.\n",
	    proto != NULL ? proto : "", proto != NULL ? " " : "", from,
	    to != NULL ? " > " : "", to != NULL ? to : "",
	    alone ? " any more" : "");
}

static int
ask(struct sw_ctl *ctl, struct sw_known *known, const char *from,
    const char *to, const char *proto, bool alone)
{
	struct sw_question question = sw_talk_question(ctl, "explain");
	char words[3][WORD];

	snprintf(words[0], WORD, "from=%.80s", from);
	snprintf(words[1], WORD, "to=%.80s", to != NULL ? to : "");
	snprintf(words[2], WORD, "proto=%.80s", proto != NULL ? proto : "");
	sw_talk_question_add(&question, words[0]);
	if (to != NULL)
		sw_talk_question_add(&question, words[1]);
	if (proto != NULL)
		sw_talk_question_add(&question, words[2]);
	question.quiet = alone;
	question.verbatim = false;
	return sw_talk_ask(&question, hear, known);
}

static struct sw_known
know_nothing(void)
{
	return (struct sw_known){ json_array(), json_array(), json_array(),
		json_array() };
}

static void
forget(struct sw_known *known)
{
	json_decref(known->flows);
	json_decref(known->gone);
	json_decref(known->steps);
	json_decref(known->drops);
}

void
sw_explain_headline(
    struct sw_ctl *ctl, const char *from, const char *to, const char *proto)
{
	struct sw_known known = know_nothing();
	json_t *headline = NULL;

	if (ask(ctl, &known, from, to, proto, true) == SW_EXIT_OK)
		headline = sw_headline_object(&known);
	if (headline != NULL) {
		sw_explain_heading(ctl, sw_talk_json_text(headline, "text"));
		putchar('\n');
	}
	json_decref(headline);
	forget(&known);
}

int
sw_explain_ends(struct sw_ctl *ctl, const char *from, const char *to,
    const char *proto, bool alone)
{
	struct sw_known known = know_nothing();
	bool exact = has_port(from) && has_port(to);
	int code;

	if (proto == NULL && exact)
		proto = "tcp";
	code = ask(ctl, &known, from, to, proto, alone);
	if (code == SW_EXIT_OK && !exact)
		ask_gone(ctl, &known);
	if (code == SW_EXIT_OK && ctl->json)
		print_json(&known);
	else if (code == SW_EXIT_OK)
		print_known(ctl, &known);
	if (code == SW_EXIT_NOTHING && !ctl->json)
		say_nothing_known(from, to, proto, alone);
	if (code == SW_EXIT_NO_DAEMON && alone && !ctl->json)
		puts("synwardd is not running here, so no more is known.");
	forget(&known);
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

/* One or two ends among the operands; ">" may be between them, as in the
 * log.  => false when that is not what was typed */
static bool
find_ends(const struct sw_ctl *ctl, const char *ends[2])
{
	int last = ctl->n_operands - 1;

	if (last > 2 || (last == 2 && strcmp(ctl->operands[1], ">") != 0))
		return false;
	ends[0] = ctl->operands[0];
	ends[1] = last > 0 ? ctl->operands[last] : NULL;
	return is_end(ends[0]) || (last > 0 && is_end(ends[1]));
}

/* "7f3b" */
static bool
is_incident(const char *text)
{
	return strlen(text) == 4 &&
	       strspn(text, "0123456789abcdef") == strlen(text);
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
	if (find_ends(ctl, ends))
		return sw_ends_check_known(ends[0], ends[1], proto)
			   ? sw_explain_ends(
				 ctl, ends[0], ends[1], proto, false)
			   : SW_EXIT_USAGE;
	cause = sw_cause_by_name(ctl->operands[0]);
	if (ctl->n_operands == 1 && cause != SW_CAUSE_COUNT)
		return explain_cause(ctl, cause);
	if (ctl->n_operands == 1 && is_incident(ctl->operands[0]))
		return sw_explain_incident(ctl, ctl->operands[0]);
	return sw_explain_line(ctl, join(ctl, line));
}
