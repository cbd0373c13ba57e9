/* SPDX-License-Identifier: Apache-2.0 */
/*
 * which: what becomes of a connection, asked before there is one.
 */
#include <string.h>

#include "ctl/story.h"
#include "ctl/talk.h"
#include "ctl/text.h"
#include "shell/control_request.h"

enum { WORD = 96 };

static void
print_timeouts(const json_t *timeouts)
{
	const char *key, *comma = "";
	char text[SW_TEXT];
	json_t *value;
	int column = 0;

	fputs("  timeouts  ", stdout);
	json_object_foreach((json_t *)(uintptr_t)timeouts, key, value)
	{
		if (column > 50) {
			fputs("\n            ", stdout);
			comma = "";
			column = 0;
		}
		column += printf("%s%s %s", comma, key,
		    sw_text_duration(json_number_value(value), text));
		comma = ", ";
	}
	putchar('\n');
}

static bool
print_which(const json_t *object, void *context)
{
	const struct sw_ctl *ctl = context;
	bool deny = strcmp(sw_json_text(object, "action"), "deny") == 0;
	char src[SW_STORY_END], dst[SW_STORY_END];
	const char *file = sw_json_text(object, "file");

	printf("%s %s > %s\n", sw_json_text(object, "proto"),
	    sw_story_end(object, "src", "", src),
	    sw_story_end(object, "dst", "dport", dst));
	printf("  rule      %s%s%s", sw_color(ctl, SW_COLOR_BOLD),
	    sw_json_text(object, "rule"), sw_color_off(ctl));
	if (*file != '\0')
		printf(" (%s:%d)", file, (int)sw_json_count(object, "line"));
	else
		printf(" (no rule names it)");
	printf("\n  action    %s%s%s%s\n",
	    sw_color(ctl, deny ? SW_COLOR_RED : SW_COLOR_GREEN),
	    deny ? "deny" : "allow", sw_color_off(ctl),
	    strcmp(sw_json_text(object, "mode"), "observe") == 0
		? ", only observed: nothing is dropped"
		: "");
	printf("  tracking  %s\n", sw_json_text(object, "tracking"));
	printf("  on-idle   %s\n", sw_json_text(object, "on_idle"));
	printf("  on-orphan %s\n", sw_json_text(object, "on_orphan"));
	print_timeouts(json_object_get(object, "timeouts"));
	if (sw_json_true(object, "interfaces_matter"))
		printf("Some rules name interfaces: say --in and --out to have"
		       " them looked at.\n");
	return true;
}

/* => false after telling what is wrong */
static bool
check_ends(const struct sw_ctl *ctl, const char *proto)
{
	struct sw_addr addr;
	uint8_t families[2];
	uint16_t port = 0;

	for (int i = 0; i < 2; i++)
		if (!sw_request_endpoint(
			ctl->operands[i], &addr, &families[i], &port)) {
			sw_ctl_fail(SW_EXIT_USAGE,
			    "'%s' is no address such as 10.1.2.3:80 or"
			    " [fd00::1]:80",
			    ctl->operands[i]);
			return false;
		}
	if (families[0] != families[1]) {
		sw_ctl_fail(
		    SW_EXIT_USAGE, "one address is IPv4, the other IPv6");
		return false;
	}
	if (port == 0 &&
	    (strcmp(proto, "tcp") == 0 || strcmp(proto, "udp") == 0)) {
		sw_ctl_fail(
		    SW_EXIT_USAGE, "'%s' lacks a port", ctl->operands[1]);
		return false;
	}
	return true;
}

int
sw_ctl_which(struct sw_ctl *ctl)
{
	struct sw_question question = sw_question(ctl, "which");
	static const char *const options[] = { "in", "out" };
	char words[3][WORD], interfaces[2][WORD];
	const char *proto = sw_ctl_value(ctl, "proto");

	if (proto == NULL)
		proto = "tcp";
	if (!check_ends(ctl, proto))
		return SW_EXIT_USAGE;
	snprintf(words[0], WORD, "from=%.80s", ctl->operands[0]);
	snprintf(words[1], WORD, "to=%.80s", ctl->operands[1]);
	snprintf(words[2], WORD, "proto=%.80s", proto);
	for (int i = 0; i < 3; i++)
		sw_question_add(&question, words[i]);
	for (int i = 0; i < 2; i++)
		if (sw_ctl_given(ctl, options[i])) {
			snprintf(interfaces[i], WORD, "%s=%.80s", options[i],
			    sw_ctl_value(ctl, options[i]));
			sw_question_add(&question, interfaces[i]);
		}
	return sw_ask(&question, print_which, ctl);
}
