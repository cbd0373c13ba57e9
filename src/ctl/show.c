/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story: prints events and connections.
 *
 * All output comes from the JSON that the daemon sends, so the screen shows
 * the same values as --json.
 */
#include <string.h>

#include "ctl/show.h"
#include "ctl/text.h"
#include "protocol/filter.h"

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

bool
sw_show_filter(const struct sw_ctl *ctl)
{
	struct sw_filter filter = { 0 };
	char why[WHY];

	for (int i = 0; i < ctl->n_operands; i++)
		if (!sw_filter_add(
			&filter, ctl->operands[i], why, sizeof why)) {
			sw_command_fail(SW_EXIT_USAGE, "%s", why);
			return false;
		}
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
	printf(" rule=%s", sw_talk_json_text(event, "rule"));
	if (*sw_talk_json_text(event, "history") != '\0')
		printf(" hist=%s", sw_talk_json_text(event, "history"));
	putchar('\n');
}

void
sw_show_event(const struct sw_ctl *ctl, const json_t *event)
{
	const char *kind = sw_talk_json_text(event, "kind");
	char when[SW_TEXT], from[SW_SHOW_END], to[SW_SHOW_END];

	if (sw_talk_json_is(event, "missed")) {
		printf("%s... %llu events are missing: they came too fast%s\n",
		    sw_text_color(ctl, SW_COLOR_YELLOW),
		    (unsigned long long)sw_talk_json_count(event, "events"),
		    sw_text_color_off(ctl));
		return;
	}
	printf("%s %s%-11s%s ",
	    sw_text_moment(sw_talk_json_real(event, "time"), when),
	    sw_text_color(ctl, color_of(kind)), kind, sw_text_color_off(ctl));
	if (sw_talk_json_is(event, "drop")) {
		puts(sw_talk_json_text(event, "line"));
		return;
	}
	printf("%s %s > %s", sw_talk_json_text(event, "proto"),
	    sw_show_end(event, "src", "sport", from),
	    sw_show_end(event, "dst", "dport", to));
	print_step(event);
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
	puts("; capitals: the side that opened)");
}
