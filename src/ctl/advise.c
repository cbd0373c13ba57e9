/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advise: the settings that would have saved connections, for each rule.
 */
#include <string.h>

#include "ctl/advise.h"
#include "ctl/show.h"
#include "ctl/text.h"
#include "synward/policy.h"

enum { ALTERNATIVES = 3 };

static void
print_label(const struct sw_ctl *ctl, const char *label)
{
	printf("  %s%-8s%s ", sw_text_color(ctl, SW_COLOR_DIM), label,
	    sw_text_color_off(ctl));
}

/* "at most 12 entries more" */
static void
print_price(const json_t *object)
{
	char entries[SW_TEXT];
	uint64_t n = sw_talk_json_count(object, "entries");

	printf("at most %s entr%s more", sw_text_count(n, entries),
	    n == 1 ? "y" : "ies");
}

/* "established: 12h, now 1h" */
static void
print_changes(const json_t *object)
{
	const json_t *timeout;
	size_t i;
	bool any = false;

	json_array_foreach(json_object_get(object, "timeouts"), i, timeout)
	{
		uint64_t now = sw_talk_json_count(timeout, "now");
		uint64_t set = sw_talk_json_count(timeout, "set");
		char was[SW_TEXT], will[SW_TEXT];

		if (now == set)
			continue;
		printf("%s%s %s instead of %s", any ? ", " : "",
		    sw_talk_json_text(timeout, "timeout"),
		    sw_text_timeout(set, will), sw_text_timeout(now, was));
		any = true;
	}
}

static void
print_set(const struct sw_ctl *ctl, const json_t *object)
{
	char saves[SW_TEXT], cut[SW_TEXT];

	if (*sw_talk_json_text(object, "line") == '\0')
		return;
	print_label(ctl, "set");
	printf("%s%s%s\n", sw_text_color(ctl, SW_COLOR_BOLD),
	    sw_talk_json_text(object, "line"), sw_text_color_off(ctl));
	print_label(ctl, "");
	print_changes(object);
	printf(": saves %s of %s connections, ",
	    sw_text_count(sw_talk_json_count(object, "saves"), saves),
	    sw_text_count(sw_talk_json_count(object, "cut"), cut));
	print_price(object);
	putchar('\n');
}

/* Is the value that the line sets? */
static bool
is_set(const json_t *object, uint64_t seconds)
{
	const char *of = sw_talk_json_text(object, "option_of");
	const json_t *timeout;
	size_t i;

	json_array_foreach(json_object_get(object, "timeouts"), i,
	    timeout) if (strcmp(sw_talk_json_text(timeout, "timeout"), of) ==
			 0) return seconds >=
	    sw_talk_json_count(timeout, "set");
	return false;
}

static void
print_option(
    const struct sw_ctl *ctl, const json_t *object, const json_t *option)
{
	char value[SW_TEXT], saves[SW_TEXT];

	print_label(ctl, "or");
	printf("%s = %s saves %s, ", sw_talk_json_text(object, "option_of"),
	    sw_text_timeout(sw_talk_json_count(option, "seconds"), value),
	    sw_text_count(sw_talk_json_count(option, "saves"), saves));
	print_price(option);
	putchar('\n');
}

/* The highest values below the one that is set; those above a day are not
 * proposed. */
static void
print_options(const struct sw_ctl *ctl, const json_t *object)
{
	const json_t *options = json_object_get(object, "options");
	size_t end = 0, n = json_array_size(options);

	while (end < n &&
	       !is_set(object,
		   sw_talk_json_count(json_array_get(options, end), "seconds")))
		end++;
	for (size_t i = end; i > 0 && end - i < ALTERNATIVES; i--)
		print_option(ctl, object, json_array_get(options, i - 1));
}

static void
print_days(const struct sw_ctl *ctl, const json_t *object)
{
	uint64_t n = sw_talk_json_count(object, "for_days");
	const char *line = sw_talk_json_text(object, "on_idle");
	char count[SW_TEXT];

	if (n == 0)
		return;
	print_label(ctl, "days");
	printf("%s %s silent for a day or more", sw_text_count(n, count),
	    n == 1 ? "was" : "were");
	if (*line != '\0')
		printf(": with '%s%s%s' both hosts learn at once that the "
		       "connection is gone; probe keeps it while both answer",
		    sw_text_color(ctl, SW_COLOR_BOLD), line,
		    sw_text_color_off(ctl));
	putchar('\n');
}

/* The timeout that keepalives hold off, or 0 when it cut nothing. */
static uint64_t
held_off(const json_t *object)
{
	const json_t *timeout;
	size_t i;

	json_array_foreach(json_object_get(object, "timeouts"), i,
	    timeout) if (strcmp(sw_talk_json_text(timeout, "timeout"),
			     "established") ==
			 0) return sw_talk_json_count(timeout, "now");
	return 0;
}

static void
print_hosts(const struct sw_ctl *ctl, const json_t *object)
{
	uint64_t n = sw_talk_json_count(object, "keepalives");
	uint64_t below = sw_talk_json_count(object, "keepalive_below");
	uint64_t least = held_off(object);
	char count[SW_TEXT], every[SW_TEXT], now[SW_TEXT];

	if (n > 0) {
		print_label(ctl, "hosts");
		printf("%s of these connections sent a keepalive too late",
		    sw_text_count(n, count));
		if (below > 0)
			printf(", within %s", sw_text_timeout(below, every));
		printf(": hosts send them after 2h by default\n");
	}
	if (least == 0)
		return;
	print_label(ctl, n > 0 ? "" : "hosts");
	printf("keepalives at intervals below %s on the hosts save TCP "
	       "connections without a change here\n",
	    sw_text_timeout(least, now));
}

static void
print_survived(const struct sw_ctl *ctl, const json_t *object)
{
	uint64_t n = sw_talk_json_count(object, "survived");
	uint64_t kept = sw_talk_json_count(object, "survived_by_keepalive");
	char count[SW_TEXT], probes[SW_TEXT];

	if (n == 0)
		return;
	print_label(ctl, "in time");
	printf("%s silence%s of a minute or more ended in time",
	    sw_text_count(n, count), sw_text_s(n));
	if (kept > 0)
		printf(", %s by a keepalive: these need nothing",
		    sw_text_count(kept, probes));
	putchar('\n');
}

static void
print_headline(const struct sw_ctl *ctl, const json_t *object)
{
	uint64_t cut = sw_talk_json_count(object, "cut");
	uint64_t cured = sw_talk_json_count(object, "cured");
	char count[SW_TEXT], time[SW_TEXT], before[SW_TEXT];

	printf("%srule %s%s: ", sw_text_color(ctl, SW_COLOR_CYAN),
	    sw_talk_json_text(object, "rule"), sw_text_color_off(ctl));
	if (cut > 0)
		printf("%s connection%s cut because of silence",
		    sw_text_count(cut, count), sw_text_s(cut));
	else
		printf("no timeout is too short");
	printf(" in the last %s",
	    sw_text_duration(sw_talk_json_real(object, "seconds"), time));
	if (cured > 0)
		printf(" (%s more before the timeouts were raised)",
		    sw_text_count(cured, before));
	putchar('\n');
}

void
sw_advise_print(struct sw_advised *advised, const json_t *object)
{
	const struct sw_ctl *ctl = advised->ctl;

	if (!sw_talk_json_is(object, "advice_rule"))
		return;
	if (advised->rules + advised->sound > 0)
		putchar('\n');
	print_headline(ctl, object);
	if (sw_talk_json_count(object, "cut") == 0) {
		advised->sound++;
	} else {
		advised->rules++;
		print_set(ctl, object);
		print_options(ctl, object);
		print_days(ctl, object);
		print_hosts(ctl, object);
	}
	print_survived(ctl, object);
}

int
sw_advise_end(const struct sw_advised *advised)
{
	if (advised->rules > 0)
		return SW_EXIT_OK;
	if (advised->sound == 0 && !advised->ctl->json)
		fputs("no connection was silent for a minute, or cut because "
		      "of silence\n",
		    stderr);
	return SW_EXIT_NOTHING;
}

static bool
print_each(const json_t *object, void *context)
{
	sw_advise_print(context, object);
	return true;
}

int
sw_command_advise(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "advise");
	struct sw_advised advised = { .ctl = ctl };
	const char *rule = sw_command_value(ctl, "rule");
	char since[SW_TEXT * 2], named[SW_RULE_NAME_MAX + 16];
	int code;

	if (!sw_show_moment(ctl, "since", since, sizeof since))
		return SW_EXIT_USAGE;
	if (since[0] != '\0')
		sw_talk_question_add(&question, since);
	if (rule != NULL) {
		if (strlen(rule) >= SW_RULE_NAME_MAX || strchr(rule, '"'))
			return sw_command_fail(SW_EXIT_USAGE,
			    "--rule='%.80s': write the name of a rule", rule);
		snprintf(named, sizeof named, "rule=%s", rule);
		sw_talk_question_add(&question, named);
	}
	code = sw_talk_ask(&question, print_each, &advised);
	if (code != SW_EXIT_OK && code != SW_EXIT_NOTHING)
		return code;
	return ctl->json ? code : sw_advise_end(&advised);
}
