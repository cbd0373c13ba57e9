/* SPDX-License-Identifier: Apache-2.0 */
/*
 * which: what becomes of a connection, asked before there is one.
 */
#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "ctl/ends.h"
#include "ctl/show.h"
#include "ctl/talk.h"
#include "ctl/text.h"

enum { WORD = 96, INTERFACES = 4, WAY = 5 };

/* Interfaces come first. */
static const char *const way[WAY] = { "in", "out", "phys-in", "phys-out",
	"mark" };

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
		    sw_text_timeout((uint64_t)json_integer_value(value), text));
		comma = ", ";
	}
	putchar('\n');
}

static void
print_list(const json_t *list, const char *before)
{
	if (list != NULL)
		fputs(before, stdout);
	for (size_t i = 0; i < json_array_size(list); i++)
		printf("%s%s", i > 0 ? "," : "",
		    json_string_value(json_array_get(list, i)));
}

/* "tcp from 20 to 1024-65535, by server, within 1m, at most 16" */
static void
print_related(const json_t *list)
{
	char text[SW_TEXT];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		print_list(json_object_get(one, "protocol"), "  related   ");
		print_list(json_object_get(one, "source_port"), " from ");
		print_list(json_object_get(one, "to_port"), " to ");
		printf(", by %s, within %s, at most %" PRIu64 "\n",
		    sw_talk_json_text(one, "by"),
		    sw_text_timeout(sw_talk_json_count(one, "within"), text),
		    sw_talk_json_count(one, "limit"));
	}
}

static bool
print_which(const json_t *object, void *context)
{
	const struct sw_ctl *ctl = context;
	const char *action = sw_talk_json_text(object, "action");
	bool deny = strcmp(action, "allow") != 0;
	char src[SW_SHOW_END], dst[SW_SHOW_END];
	const char *file = sw_talk_json_text(object, "file");

	printf("%s %s > %s\n", sw_talk_json_text(object, "proto"),
	    sw_show_end(object, "src",
		sw_talk_json_count(object, "sport") > 0 ? "sport" : "", src),
	    sw_show_end(object, "dst", "dport", dst));
	printf("  rule      %s%s%s", sw_text_color(ctl, SW_COLOR_BOLD),
	    sw_talk_json_text(object, "rule"), sw_text_color_off(ctl));
	if (*file != '\0')
		printf(
		    " (%s:%d)", file, (int)sw_talk_json_count(object, "line"));
	else
		printf(" (no rule matches)");
	if (*sw_talk_json_text(object, "zone") != '\0')
		printf("\n  zone      %s", sw_talk_json_text(object, "zone"));
	printf("\n  action    %s%s%s%s\n",
	    sw_text_color(ctl, deny ? SW_COLOR_RED : SW_COLOR_GREEN), action,
	    sw_text_color_off(ctl),
	    strcmp(sw_talk_json_text(object, "mode"), "observe") == 0
		? ", observe mode: nothing is dropped"
		: "");
	printf("  tracking  %s%s\n", sw_talk_json_text(object, "tracking"),
	    sw_talk_json_true(object, "resync")
		? ", adopts proven sequence numbers"
		: "");
	if (sw_talk_json_true(object, "roam"))
		printf("  interfaces may change\n");
	printf("  on-idle   %s\n", sw_talk_json_text(object, "on_idle"));
	printf("  on-orphan %s\n", sw_talk_json_text(object, "on_orphan"));
	print_timeouts(json_object_get(object, "timeouts"));
	print_related(json_object_get(object, "related"));
	if (sw_talk_json_true(object, "interfaces_matter"))
		printf("Some rules name interfaces; give --in and --out to "
		       "include them.\n");
	if (sw_talk_json_true(object, "source_port_matters"))
		printf("Some rules name source ports; write ADDRESS:PORT for "
		       "the source to include them.\n");
	if (sw_talk_json_true(object, "bridge_ports_matter"))
		printf("Some rules name ports of a bridge; give --phys-in and "
		       "--phys-out to include them.\n");
	if (sw_talk_json_true(object, "mark_matters"))
		printf(
		    "Some rules name a mark; give --mark to include them.\n");
	return true;
}

/* => false after telling what is wrong */
static bool
check_interfaces(const struct sw_ctl *ctl)
{
	for (size_t i = 0; i < INTERFACES; i++) {
		const char *name = sw_command_value(ctl, way[i]);

		if (name != NULL &&
		    (*name == '\0' || strlen(name) >= IF_NAMESIZE)) {
			sw_command_fail(SW_EXIT_USAGE,
			    "--%s='%.80s': write a name of 1 to %d characters",
			    way[i], name, IF_NAMESIZE - 1);
			return false;
		}
	}
	return true;
}

int
sw_command_which(struct sw_ctl *ctl)
{
	struct sw_question question = sw_talk_question(ctl, "which");
	char words[3][WORD], named[WAY][WORD];
	const char *proto = sw_command_value(ctl, "proto");

	if (proto == NULL)
		proto = "tcp";
	if (!sw_ends_check(ctl->operands[0], ctl->operands[1], proto, false) ||
	    !check_interfaces(ctl))
		return SW_EXIT_USAGE;
	snprintf(words[0], WORD, "from=%.80s", ctl->operands[0]);
	snprintf(words[1], WORD, "to=%.80s", ctl->operands[1]);
	snprintf(words[2], WORD, "proto=%.80s", proto);
	for (int i = 0; i < 3; i++)
		sw_talk_question_add(&question, words[i]);
	for (size_t i = 0; i < WAY; i++)
		if (sw_command_given(ctl, way[i])) {
			snprintf(named[i], WORD, "%s=%.80s", way[i],
			    sw_command_value(ctl, way[i]));
			sw_talk_question_add(&question, named[i]);
		}
	return sw_talk_ask(&question, print_which, ctl);
}
