/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of all that is known, the drop that matters most decides: one whose cause
 * means that a connection that works was cut, before stragglers and scans.
 * Without a drop it names the live flow, else how the last one ended.
 *
 * The members of the object are those of the drop, so a program finds in them
 * what the sentence says.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/explain/explain.h"
#include "ctl/explain/headline.h"
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "report/observe_stats.h"

enum { TEXT = 512 };

static enum sw_message
message_of(const json_t *drop)
{
	const char *text = sw_talk_json_text(drop, "message");
	unsigned i = 0;

	while (i + 1 < SW_MESSAGE_COUNT &&
	       strcmp(text, sw_cause_message_text((enum sw_message)i)) != 0)
		i++;
	return (enum sw_message)i;
}

static enum sw_cause
cause_of(const json_t *drop)
{
	enum sw_cause cause =
	    sw_cause_by_name(sw_talk_json_text(drop, "cause"));

	return cause == SW_CAUSE_COUNT ? SW_CAUSE_UNKNOWN : cause;
}

static int
weight_of(const json_t *drop)
{
	const struct sw_observe_stats_row row = {
		.message = (uint8_t)message_of(drop),
		.cause = (uint8_t)cause_of(drop),
	};

	return (int)sw_observe_stats_harm(&row);
}

/* Of the same connection, whichever side sent it, and of the same cause. */
static bool
is_like(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "client", "server", "cause",
		"message" };
	uint64_t ports[2][2] = {
		{ sw_talk_json_count(a, "sport"),
		    sw_talk_json_count(a, "dport") },
		{ sw_talk_json_count(b, "sport"),
		    sw_talk_json_count(b, "dport") },
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(sw_talk_json_text(a, keys[i]),
			sw_talk_json_text(b, keys[i])) != 0)
			return false;
	return ports[0][0] + ports[0][1] == ports[1][0] + ports[1][1];
}

/* The first such drop: that is when its hosts noticed, and what ended its
 * silence. */
static const json_t *
begun(const struct sw_known *known, const json_t *like, size_t *n)
{
	const json_t *drop, *first = like;
	size_t i;

	*n = 0;
	json_array_foreach(known->drops, i, drop)
	{
		if (!is_like(drop, like))
			continue;
		if ((*n)++ == 0)
			first = drop;
	}
	return first;
}

/* Of connections alike, the one that was cut last; what its hosts send again
 * afterwards does not make it newer. */
const json_t *
sw_headline_drop(const struct sw_known *known)
{
	const json_t *drop, *first = NULL, *last = NULL;
	size_t i, n;

	json_array_foreach(known->drops, i,
	    drop) if ((first == NULL || weight_of(drop) >= weight_of(first)) &&
		      begun(known, drop, &n) == drop) first = drop;
	json_array_foreach(known->drops, i, drop) if (is_like(drop, first))
	    last = drop;
	return last;
}

/* The rule that decided how long its flow was kept. */
static const char *
rule_of(const json_t *drop)
{
	const char *own = sw_talk_json_text(drop, "flow_rule");

	return *own != '\0' ? own : sw_talk_json_text(drop, "rule");
}

static const char *
verb(const json_t *drop, const char *did, const char *would)
{
	return strcmp(sw_talk_json_text(drop, "action"), "would drop") == 0
		   ? would
		   : did;
}

static void
write_silence(const json_t *drop, const char *when, char *text, size_t size)
{
	const char *what = cause_of(drop) == SW_CAUSE_EMBRYONIC_LATE
			       ? verb(drop, "was answered too late",
				     "would have been answered too late")
			       : verb(drop, "was cut", "would have been cut");

	snprintf(text, size,
	    "%s \u2192 %s %s at %s: silent for %llu s, rule %s allows %llu s.",
	    sw_talk_json_text(drop, "client"),
	    sw_talk_json_text(drop, "server"), what, when,
	    (unsigned long long)sw_talk_json_count(drop, "idle"), rule_of(drop),
	    (unsigned long long)sw_talk_json_count(drop, "timeout"));
}

/* Who scans is who sends. */
static void
write_scan(const json_t *drop, const char *when, char *text, size_t size)
{
	uint64_t targets = sw_talk_json_count(drop, "targets");
	char others[48] = "";

	if (targets > 1)
		snprintf(others, sizeof others, " and %llu other targets",
		    (unsigned long long)targets - 1);
	snprintf(text, size, "%s scans %s%s, last at %s: %s.",
	    sw_talk_json_text(drop, "src"), sw_talk_json_text(drop, "dst"),
	    others, when, verb(drop, "dropped", "would be dropped"));
}

static void
write_denied(const json_t *drop, const char *when, char *text, size_t size)
{
	snprintf(text, size, "%s \u2192 %s %s at %s by rule %s.",
	    sw_talk_json_text(drop, "client"),
	    sw_talk_json_text(drop, "server"),
	    verb(drop, "was denied", "would have been denied"), when,
	    sw_talk_json_text(drop, "rule"));
}

static void
write_other(const json_t *drop, const char *when, char *text, size_t size)
{
	const char *cause = sw_talk_json_text(drop, "cause");
	const char *why = *cause != '\0'
			      ? sw_cause_text(cause_of(drop))->summary
			      : sw_talk_json_text(drop, "message");

	snprintf(text, size, "%s \u2192 %s: packets %s since %s: %s (rule %s).",
	    sw_talk_json_text(drop, "client"),
	    sw_talk_json_text(drop, "server"),
	    verb(drop, "dropped", "would have been dropped"), when, why,
	    rule_of(drop));
}

static void
write_drop(
    const struct sw_known *known, const json_t *drop, char *text, size_t size)
{
	char first[SW_TEXT], last[SW_TEXT];
	size_t n;
	const json_t *first_drop = begun(known, drop, &n);
	const char *hint = sw_talk_json_text(drop, "hint");
	size_t used;

	sw_text_moment_zone(sw_talk_json_real(first_drop, "time"), first);
	sw_text_moment_zone(sw_talk_json_real(drop, "time"), last);
	if (cause_of(drop) == SW_CAUSE_ACK_SCAN)
		write_scan(drop, last, text, size);
	else if (message_of(drop) == SW_MESSAGE_DENIED)
		write_denied(drop, first, text, size);
	else if (sw_talk_json_count(drop, "idle") > 0 &&
		 json_object_get(drop, "timeout") != NULL)
		write_silence(first_drop, first, text, size);
	else
		write_other(drop, first, text, size);
	used = strlen(text);
	if (*hint != '\0' && used < size)
		snprintf(text + used, size - used, " Set: %s", hint);
}

static void
write_live(const json_t *flow, char *text, size_t size)
{
	char from[SW_SHOW_END], to[SW_SHOW_END];
	char age[SW_TEXT], idle[SW_TEXT], left[SW_TEXT];

	snprintf(text, size,
	    "%s \u2192 %s is tracked: %s for %s, idle for %s, expires in %s.",
	    sw_show_end(flow, "src", "sport", from),
	    sw_show_end(flow, "dst", "dport", to),
	    sw_talk_json_text(flow, "state"),
	    sw_text_duration(sw_talk_json_real(flow, "age"), age),
	    sw_text_duration(sw_talk_json_real(flow, "idle"), idle),
	    sw_text_duration(sw_talk_json_real(flow, "left"), left));
}

static void
write_gone(const json_t *flow, char *text, size_t size)
{
	char from[SW_SHOW_END], to[SW_SHOW_END], ago[SW_TEXT];

	snprintf(text, size, "%s \u2192 %s ended %s ago: %s.",
	    sw_show_end(flow, "src", "sport", from),
	    sw_show_end(flow, "dst", "dport", to),
	    sw_text_duration(sw_talk_json_real(flow, "ended_ago"), ago),
	    sw_talk_json_text(flow, "how"));
}

/* The facts that the sentence is made of. */
static void
copy_facts(json_t *object, const json_t *from)
{
	static const char *const keys[] = { "client", "server", "proto", "src",
		"sport", "dst", "dport", "state", "message", "cause", "conf",
		"idle", "timeout", "targets", "rule", "flow_rule", "hint" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		json_t *value = json_object_get(from, keys[i]);

		if (value != NULL)
			json_object_set(object, keys[i], value);
	}
}

static void
add_advice(json_t *object, const struct sw_known *known, const json_t *drop)
{
	enum sw_cause cause =
	    sw_cause_by_name(sw_talk_json_text(drop, "cause"));
	size_t n;
	const json_t *first = begun(known, drop, &n);

	json_object_set(object, "since", json_object_get(first, "time"));
	if (json_object_get(first, "idle") != NULL)
		json_object_set(object, "idle", json_object_get(first, "idle"));
	json_object_set(object, "last", json_object_get(drop, "time"));
	json_object_set_new(object, "drops", json_integer((json_int_t)n));
	if (cause == SW_CAUSE_COUNT)
		return;
	json_object_set_new(
	    object, "check", json_string(sw_cause_text(cause)->check));
	json_object_set_new(
	    object, "change", json_string(sw_cause_text(cause)->change));
}

json_t *
sw_headline_object(const struct sw_known *known)
{
	const json_t *drop = sw_headline_drop(known);
	const json_t *live = json_array_get(known->flows, 0);
	const json_t *gone = json_array_get(known->gone, 0);
	const json_t *about = drop;
	char text[TEXT];
	json_t *object;

	if (drop != NULL && (live == NULL || weight_of(drop) > 0))
		write_drop(known, drop, text, sizeof text);
	else if (live != NULL)
		write_live(about = live, text, sizeof text);
	else if (gone != NULL)
		write_gone(about = gone, text, sizeof text);
	else
		return NULL;
	object = json_pack("{ss,ss}", "kind", "headline", "text", text);
	copy_facts(object, about);
	if (about == drop)
		add_advice(object, known, drop);
	return object;
}

void
sw_explain_object(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(16));
	putchar('\n');
	json_decref(object);
}
