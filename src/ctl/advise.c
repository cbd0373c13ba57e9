/* SPDX-License-Identifier: Apache-2.0 */
/*
 * advise: the settings that would have saved connections, for each rule.
 */
#include <stdarg.h>
#include <string.h>

#include "ctl/advise.h"
#include "ctl/show.h"
#include "ctl/text.h"
#include "synward/policy.h"

enum { ALTERNATIVES = 3, INDENT = 11, WIDTH = 79, TEXT = 640 };

/* The advice for a rule, and a line of it that is being written. */
struct page {
	const struct sw_ctl *ctl;
	const json_t *object;
	char text[TEXT];
	size_t used;
};

static void __attribute__((format(printf, 2, 3)))
say(struct page *page, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(page->text + page->used, TEXT - page->used, format, args);
	va_end(args);
	if (n > 0)
		page->used += (size_t)n;
	if (page->used >= TEXT)
		page->used = TEXT - 1;
}

/* Words up to the end of a line; a longer word has a line of its own.
 * => where the next line begins */
static const char *
fold_at(const char *text)
{
	const char *end = text + WIDTH - INDENT, *at;

	if (strlen(text) <= WIDTH - INDENT)
		return text + strlen(text);
	for (at = end; at > text && *at != ' '; at--)
		continue;
	return at > text ? at : text + strcspn(text, " ");
}

/* Prints what was said, folded, with a label before its first line. */
static void
put_line(struct page *page, const char *label)
{
	const char *at = page->text;

	printf("  %s%-*s%s", sw_text_color(page->ctl, SW_COLOR_DIM), INDENT - 2,
	    label, sw_text_color_off(page->ctl));
	for (;;) {
		const char *end = fold_at(at);

		printf("%.*s\n", (int)(end - at), at);
		if (*end == '\0')
			break;
		at = end + 1;
		printf("%*s", INDENT, "");
	}
	page->used = 0;
	page->text[0] = '\0';
}

static uint64_t
count(const struct page *page, const char *key)
{
	return sw_talk_json_count(page->object, key);
}

static void
say_price(struct page *page, const json_t *object)
{
	char entries[SW_TEXT];
	uint64_t n = sw_talk_json_count(object, "entries");

	say(page, "at most %s entr%s more", sw_text_count(n, entries),
	    n == 1 ? "y" : "ies");
}

/* "established 12h instead of 1h" */
static void
say_changes(struct page *page)
{
	const json_t *timeout;
	size_t i;

	json_array_foreach(
	    json_object_get(page->object, "timeouts"), i, timeout)
	{
		uint64_t now = sw_talk_json_count(timeout, "now");
		uint64_t set = sw_talk_json_count(timeout, "set");
		char was[SW_TEXT], will[SW_TEXT];

		if (now == set)
			continue;
		say(page, "%s%s %s instead of %s", page->used > 0 ? ", " : "",
		    sw_talk_json_text(timeout, "timeout"),
		    sw_text_timeout(set, will), sw_text_timeout(now, was));
	}
}

static void
print_set(struct page *page)
{
	const struct sw_ctl *ctl = page->ctl;
	const char *line = sw_talk_json_text(page->object, "line");
	char saves[SW_TEXT], cut[SW_TEXT];

	if (*line == '\0')
		return;
	printf("  %s%-*s%s%s%s%s\n", sw_text_color(ctl, SW_COLOR_DIM),
	    INDENT - 2, "set", sw_text_color_off(ctl),
	    sw_text_color(ctl, SW_COLOR_BOLD), line, sw_text_color_off(ctl));
	say_changes(page);
	say(page, ": saves %s of %s connections, ",
	    sw_text_count(count(page, "saves"), saves),
	    sw_text_count(count(page, "cut"), cut));
	say_price(page, page->object);
	put_line(page, "");
}

/* Is it not below the value that the line sets? */
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
	return true;
}

static void
print_option(struct page *page, const json_t *option)
{
	char value[SW_TEXT], saves[SW_TEXT];

	say(page, "%s %s saves %s, ",
	    sw_talk_json_text(page->object, "option_of"),
	    sw_text_timeout(sw_talk_json_count(option, "seconds"), value),
	    sw_text_count(sw_talk_json_count(option, "saves"), saves));
	say_price(page, option);
	put_line(page, "or");
}

/* The highest values below the one that is set. */
static void
print_options(struct page *page)
{
	const json_t *options = json_object_get(page->object, "options");
	size_t end = 0, n = json_array_size(options);

	while (end < n &&
	       !is_set(page->object,
		   sw_talk_json_count(json_array_get(options, end), "seconds")))
		end++;
	for (size_t i = end; i > 0 && end - i < ALTERNATIVES; i--)
		print_option(page, json_array_get(options, i - 1));
}

static void
print_days(struct page *page)
{
	uint64_t n = count(page, "for_days");
	const char *line = sw_talk_json_text(page->object, "on_idle");
	char text[SW_TEXT];

	if (n == 0)
		return;
	say(page, "%s %s silent for a day or more", sw_text_count(n, text),
	    n == 1 ? "was" : "were");
	if (*line != '\0')
		say(page,
		    ": with '%s' both hosts learn at once that the connection "
		    "is gone; on-idle = probe keeps it while both answer",
		    line);
	put_line(page, "days");
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
print_hosts(struct page *page)
{
	uint64_t n = count(page, "keepalives");
	uint64_t below = count(page, "keepalive_below");
	uint64_t held = held_off(page->object);
	char text[SW_TEXT];

	if (n > 0) {
		say(page, "%s of these connections sent a keepalive too late",
		    sw_text_count(n, text));
		if (below > 0)
			say(page, ", within %s", sw_text_timeout(below, text));
		say(page, ": hosts send them after 2h by default");
		put_line(page, "hosts");
	}
	if (held == 0)
		return;
	say(page,
	    "keepalives at intervals below %s on the hosts save all without a "
	    "change here",
	    sw_text_timeout(held, text));
	put_line(page, n > 0 ? "" : "hosts");
}

static void
print_survived(struct page *page)
{
	uint64_t n = count(page, "survived");
	uint64_t kept = count(page, "survived_by_keepalive");
	char text[SW_TEXT];

	if (n == 0)
		return;
	say(page, "%s silence%s of a minute or more ended in time",
	    sw_text_count(n, text), sw_text_s(n));
	if (kept > 0)
		say(page, ", %s by a keepalive: these need nothing",
		    sw_text_count(kept, text));
	put_line(page, "in time");
}

static void
print_headline(const struct page *page)
{
	const struct sw_ctl *ctl = page->ctl;
	uint64_t cut = count(page, "cut"), cured = count(page, "cured");
	char text[SW_TEXT];

	printf("%srule %s%s: ", sw_text_color(ctl, SW_COLOR_CYAN),
	    sw_talk_json_text(page->object, "rule"), sw_text_color_off(ctl));
	if (cut > 0)
		printf("%s connection%s cut because of silence",
		    sw_text_count(cut, text), sw_text_s(cut));
	else
		printf("no timeout is too short");
	printf(" in the last %s",
	    sw_text_duration(sw_talk_json_real(page->object, "seconds"), text));
	if (cured > 0)
		printf(" (%s more before the timeouts were raised)",
		    sw_text_count(cured, text));
	putchar('\n');
}

void
sw_advise_print(struct sw_advised *advised, const json_t *object)
{
	struct page page = { .ctl = advised->ctl, .object = object };

	if (!sw_talk_json_is(object, "advice_rule"))
		return;
	if (advised->rules + advised->sound > 0)
		putchar('\n');
	print_headline(&page);
	if (count(&page, "cut") == 0) {
		advised->sound++;
	} else {
		advised->rules++;
		print_set(&page);
		print_options(&page);
		print_days(&page);
		print_hosts(&page);
	}
	print_survived(&page);
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
