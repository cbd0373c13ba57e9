/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help: what --help prints, out of the command table.
 */
#include <stdlib.h>
#include <string.h>

#include "base/distance.h"
#include "ctl/command.h"
#include "ctl/show.h"
#include "protocol/filter.h"

#define WIDTH 78

/* One line of text without its indent, folded at WIDTH. */
static void
print_folded(const char *text, size_t length, FILE *out)
{
	while (length > WIDTH) {
		size_t cut = WIDTH;

		while (cut > 0 && text[cut] != ' ')
			cut--;
		if (cut == 0)
			break;
		fprintf(out, "%.*s\n", (int)cut, text);
		text += cut + 1;
		length -= cut + 1;
	}
	fprintf(out, "%.*s\n", (int)length, text);
}

static void
print_text(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t length = strcspn(text, "\n");

		print_folded(text, length, out);
		text += length;
		if (*text == '\n')
			text++;
	}
}

static void
print_option(const struct sw_ctl_option *option, FILE *out)
{
	char name[64];

	snprintf(name, sizeof name, "--%s%s%s", option->name,
	    option->value != NULL ? "=" : "",
	    option->value != NULL ? option->value : "");
	if (option->letter != 0)
		fprintf(out, "  -%c, %-22s %s\n", option->letter, name,
		    option->help);
	else
		fprintf(out, "      %-22s %s\n", name, option->help);
}

static void
print_keys(uint8_t subjects, FILE *out)
{
	const char *name, *values, *help;
	char left[64];

	fputs("\nConditions: KEY=VALUE or KEY!=VALUE; idle, age, bytes and "
	      "packets also take\n>, <, >= and <=, which need quotes in a "
	      "shell. Lists: port=80,443. The word or\nseparates "
	      "alternatives. Wildcards * and ? in rule, in, out, message.\n",
	    out);
	for (unsigned i = 0;
	     (name = sw_filter_key_name(i, &values, &help)) != NULL; i++) {
		if ((sw_filter_key_subjects(i) & subjects) == 0)
			continue;
		snprintf(left, sizeof left, "%s=%s", name, values);
		fprintf(out, "  %-24s %s\n", left, help);
	}
}

void
sw_help_command(const struct sw_command *command, FILE *out)
{
	const struct sw_ctl_option *option;

	fprintf(out, "usage: synwardctl %s%s%s [OPTION]...\n\n", command->name,
	    command->arguments[0] == '\0' ? "" : " ", command->arguments);
	print_text(command->text, out);
	if (sw_table_command_filters(command))
		print_keys(sw_show_subjects(command), out);
	fputs("\nOptions:\n", out);
	for (option = command->options; option && option->name; option++)
		print_option(option, out);
	for (option = sw_common_options; option->name != NULL; option++)
		print_option(option, out);
}

void
sw_help_all(FILE *out)
{
	fputs(
	    "usage: synwardctl [-s SOCKET] COMMAND [ARGUMENT]...\n\n"
	    "Inspect and control synwardd, or replay a capture without it.\n\n",
	    out);
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		fprintf(out, "  %-12s %s\n", c->name, c->help);
	fputs("\nsynwardctl COMMAND --help explains a command. Every command "
	      "accepts --json.\n",
	    out);
}

int
sw_command_nearest(
    const char *word, const char *(*name)(size_t i), size_t below)
{
	int nearest = -1;

	for (size_t i = 0; name(i) != NULL; i++) {
		size_t d = sw_distance(word, name(i));

		if (d < below) {
			below = d;
			nearest = (int)i;
		}
	}
	return nearest;
}

static const char *
command_name(size_t i)
{
	return sw_commands[i].name;
}

const struct sw_command *
sw_help_near_command(const char *name)
{
	int nearest = sw_command_nearest(name, command_name, 3);

	return nearest < 0 ? NULL : &sw_commands[nearest];
}
