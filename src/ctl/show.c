/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: prints events and connections.
 *
 * All output comes from the JSON that the daemon sends, so the screen shows
 * the same values as --json.
 */
#include <string.h>
#include <time.h>

#include "ctl/show.h"
#include "ctl/text.h"
#include "protocol/moment.h"
#include "protocol/request.h"

enum { WIDTH = 78, WHY = 256 };

const char *
sw_show_end(const json_t *object, const char *address, const char *port,
    char text[SW_SHOW_END])
{
	const char *host = sw_talk_json_text(object, address);
	const json_t *number = json_object_get(object, port);

	if (number == NULL)
		snprintf(text, SW_SHOW_END, "%s", host);
	else
		snprintf(text, SW_SHOW_END,
		    strchr(host, ':') != NULL ? "[%s]:%d" : "%s:%d", host,
		    (int)json_integer_value(number));
	return text;
}

bool
sw_show_is_lost(const json_t *flow)
{
	return strcmp(sw_talk_json_text(flow, "step"), "lost") == 0;
}

uint8_t
sw_show_subjects(const struct sw_command *command)
{
	for (unsigned i = 0; i < SW_REQUEST_COUNT; i++)
		if (strcmp(command->name, sw_request_name(i)) == 0)
			return sw_request_subjects(i);
	return SW_FILTER_FLOWS;
}

bool
sw_show_filter(const struct sw_ctl *ctl)
{
	struct sw_filter filter = { .subjects =
					sw_show_subjects(ctl->command) };
	char why[WHY];

	for (int i = 0; i < ctl->n_operands; i++)
		if (!sw_filter_add(
			&filter, ctl->operands[i], why, sizeof why)) {
			sw_command_fail(SW_EXIT_USAGE, "%s", why);
			return false;
		}
	if (sw_filter_finish(&filter, why, sizeof why))
		return true;
	sw_command_fail(SW_EXIT_USAGE, "%s", why);
	return false;
}

bool
sw_show_moment(
    const struct sw_ctl *ctl, const char *option, char *word, size_t size)
{
	const char *text = sw_command_value(ctl, option);
	int64_t seconds;

	word[0] = '\0';
	if (text == NULL)
		return true;
	if (!sw_moment_read(text, (int64_t)time(NULL), &seconds)) {
		sw_command_fail(SW_EXIT_USAGE, "--%s='%.60s': write %s", option,
		    text, SW_MOMENT_WANTED);
		return false;
	}
	snprintf(word, size, "%s=@%lld", option, (long long)seconds);
	return true;
}

static void
add_operands(
    struct sw_question *question, const struct sw_ctl *ctl, const char *also)
{
	bool has_also = also != NULL && *also != '\0';

	for (int i = 0; i < ctl->n_operands; i++) {
		if (has_also && strcmp(ctl->operands[i], "or") == 0)
			sw_talk_question_add(question, also);
		sw_talk_question_add(question, ctl->operands[i]);
	}
	if (has_also)
		sw_talk_question_add(question, also);
}

bool
sw_show_ask(struct sw_question *question, const struct sw_ctl *ctl,
    struct sw_show_asked *asked, unsigned usual, const char *also)
{
	const char *limit = sw_command_value_of(ctl, "limit", "last");

	if (!sw_show_moment(ctl, "since", asked->since, sizeof asked->since) ||
	    !sw_show_moment(ctl, "until", asked->until, sizeof asked->until))
		return false;
	question->follow = sw_command_given(ctl, "follow");
	if (question->follow)
		sw_talk_question_add(question, "follow");
	snprintf(asked->limit, sizeof asked->limit, "limit=%u", usual);
	if (limit != NULL)
		snprintf(
		    asked->limit, sizeof asked->limit, "limit=%.20s", limit);
	/* Who names a time wants all of it. */
	if (limit != NULL || (usual > 0 && asked->since[0] == '\0'))
		sw_talk_question_add(question, asked->limit);
	if (asked->since[0] != '\0')
		sw_talk_question_add(question, asked->since);
	if (asked->until[0] != '\0')
		sw_talk_question_add(question, asked->until);
	add_operands(question, ctl, also);
	return true;
}

static enum sw_color
color_of(const char *kind)
{
	if (strcmp(kind, "drop") == 0)
		return SW_COLOR_RED;
	if (strcmp(kind, "ended") == 0)
		return SW_COLOR_DIM;
	return SW_COLOR_GREEN;
}

/* What there is to tell of a flow's step, behind its ends. */
static void
print_step(const json_t *event)
{
	char lived[SW_TEXT], silent[SW_TEXT], a[SW_TEXT], b[SW_TEXT];

	if (sw_talk_json_is(event, "ended")) {
		printf(" %s in %s after %s", sw_talk_json_text(event, "how"),
		    sw_talk_json_text(event, "state"),
		    sw_text_duration(sw_talk_json_real(event, "lived"), lived));
		printf(", silent %s, packets %s/%s",
		    sw_text_duration(
			sw_talk_json_real(event, "silent"), silent),
		    sw_text_short(sw_talk_json_real(event, "packets"), a),
		    sw_text_short(
			sw_talk_json_real(event, "reply_packets"), b));
	} else {
		printf(" in=%s out=%s", sw_talk_json_text(event, "in"),
		    sw_talk_json_text(event, "out"));
	}
	if (*sw_talk_json_text(event, "zone") != '\0')
		printf(" zone=%s", sw_talk_json_text(event, "zone"));
	printf(" rule=%s", sw_talk_json_text(event, "rule"));
	if (*sw_talk_json_text(event, "history") != '\0')
		printf(" hist=%s", sw_talk_json_text(event, "history"));
	putchar('\n');
}

bool
sw_show_same_drop(const json_t *a, const json_t *b)
{
	static const char *const keys[] = { "src", "dst", "message", "cause",
		"flags", "proto", "rule", "action" };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (strcmp(sw_talk_json_text(a, keys[i]),
			sw_talk_json_text(b, keys[i])) != 0)
			return false;
	return sw_talk_json_count(a, "sport") ==
		   sw_talk_json_count(b, "sport") &&
	       sw_talk_json_count(a, "dport") == sw_talk_json_count(b, "dport");
}

/* A message that is its own reason has no cause. */
static const char *
reason_of(const json_t *drop)
{
	const char *cause = sw_talk_json_text(drop, "cause");

	return *cause != '\0' ? cause : sw_talk_json_text(drop, "message");
}

static void
print_when(const json_t *event)
{
	char when[SW_TEXT];

	printf("%s ", sw_text_moment(sw_talk_json_real(event, "time"), when));
}

void
sw_show_drop(const struct sw_ctl *ctl, const json_t *drop, unsigned repeats,
    const json_t *since)
{
	char from[SW_SHOW_END], to[SW_SHOW_END], first[SW_TEXT];
	const char *proto = sw_talk_json_text(drop, "proto");
	const char *action = sw_talk_json_text(drop, "action");

	print_when(drop);
	printf("%s%s%s %s > %s", sw_text_color(ctl, SW_COLOR_RED),
	    reason_of(drop), sw_text_color_off(ctl),
	    sw_show_end(drop, "src", "sport", from),
	    sw_show_end(drop, "dst", "dport", to));
	if (strcmp(proto, "tcp") == 0)
		printf(" [%s]", sw_talk_json_text(drop, "flags"));
	else
		printf(" %s", proto);
	if (*action != '\0')
		printf(" (%s)", action);
	if (repeats > 1)
		printf(" \u00d7%u", repeats);
	if (repeats > 1 && since != NULL)
		printf(" since %s",
		    sw_text_moment(sw_talk_json_real(since, "time"), first));
	putchar('\n');
}

void
sw_show_step(const struct sw_ctl *ctl, const json_t *event, unsigned repeats)
{
	char from[SW_SHOW_END], to[SW_SHOW_END];
	const char *kind = sw_talk_json_text(event, "kind");
	char text[SW_TEXT];

	print_when(event);
	printf("%s%s%s %s > %s", sw_text_color(ctl, color_of(kind)), kind,
	    sw_text_color_off(ctl), sw_show_end(event, "src", "sport", from),
	    sw_show_end(event, "dst", "dport", to));
	if (strcmp(kind, "ended") == 0)
		printf(" %s, silent %s", sw_talk_json_text(event, "how"),
		    sw_text_duration(sw_talk_json_real(event, "silent"), text));
	else
		printf(" %s %s", sw_talk_json_text(event, "state"),
		    sw_text_timeout(
			sw_talk_json_count(event, "timeout"), text));
	if (repeats > 1)
		printf(" \u00d7%u", repeats);
	putchar('\n');
}

static void
print_missed(const struct sw_ctl *ctl, const json_t *event)
{
	printf("%s... %llu events are missing: they came too fast%s\n",
	    sw_text_color(ctl, SW_COLOR_YELLOW),
	    (unsigned long long)sw_talk_json_count(event, "events"),
	    sw_text_color_off(ctl));
}

static void
print_whole(const struct sw_ctl *ctl, const json_t *event)
{
	const char *kind = sw_talk_json_text(event, "kind");
	char from[SW_SHOW_END], to[SW_SHOW_END];

	print_when(event);
	printf("%s%-11s%s ", sw_text_color(ctl, color_of(kind)), kind,
	    sw_text_color_off(ctl));
	if (sw_talk_json_is(event, "drop")) {
		puts(sw_talk_json_text(event, "line"));
		return;
	}
	printf("%s %s > %s", sw_talk_json_text(event, "proto"),
	    sw_show_end(event, "src", "sport", from),
	    sw_show_end(event, "dst", "dport", to));
	print_step(event);
}

void
sw_show_event(const struct sw_ctl *ctl, const json_t *event)
{
	if (sw_talk_json_is(event, "missed"))
		print_missed(ctl, event);
	else if (sw_text_width(ctl) == 0)
		print_whole(ctl, event);
	else if (sw_talk_json_is(event, "drop"))
		sw_show_drop(ctl, event, 1, NULL);
	else
		sw_show_step(ctl, event, 1);
}

static void
print_line(const char *text, size_t length, unsigned indent)
{
	size_t width = WIDTH - indent;

	while (length > width) {
		size_t cut = width;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		printf("%*s%.*s\n", (int)indent, "", (int)cut, text);
		text += cut + 1;
		length -= cut + 1;
	}
	printf("%*s%.*s\n", (int)indent, "", (int)length, text);
}

void
sw_show_fold(const char *text, unsigned indent)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		print_line(text, length, indent);
		text += length + (text[length] == '\n');
	}
}

static const struct {
	char upper;
	const char *meaning;
} letters[] = {
	{ 'S', "SYN" },
	{ 'H', "SYN and ACK" },
	{ 'A', "ACK" },
	{ 'D', "data" },
	{ 'F', "FIN" },
	{ 'R', "RST" },
	{ 'W', "zero window" },
};

void
sw_show_history(const char *history)
{
	const char *comma = "";

	if (*history == '\0')
		return;
	printf("  history  %s (", history);
	for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
		if (strchr(history, letters[i].upper) != NULL ||
		    strchr(history, letters[i].upper + 'a' - 'A') != NULL) {
			printf("%s%c %s", comma, letters[i].upper,
			    letters[i].meaning);
			comma = ", ";
		}
	puts(";\n           capitals: the side that opened)");
}
