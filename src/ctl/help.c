/* SPDX-License-Identifier: Apache-2.0 */
/*
 * help: what --help prints, out of the command table.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"
#include "shell/control_filter.h"

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
print_keys(FILE *out)
{
	const char *name, *values, *help;
	char left[64];

	fputs("\nConditions: KEY=VALUE or KEY!=VALUE; idle, age, bytes and"
	      " packets also take\n> and <, to be quoted for the shell.\n",
	    out);
	for (unsigned i = 0;
	     (name = sw_filter_key_name(i, &values, &help)) != NULL; i++) {
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
	if (sw_command_filters(command))
		print_keys(out);
	fputs("\nOptions:\n", out);
	for (option = command->options; option && option->name; option++)
		print_option(option, out);
	for (option = sw_common_options; option->name != NULL; option++)
		print_option(option, out);
}

void
sw_help_all(FILE *out)
{
	fputs("usage: synwardctl [-s SOCKET] COMMAND [ARGUMENT]...\n\n"
	      "See and steer synwardd, or replay a capture without it.\n\n",
	    out);
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		fprintf(out, "  %-12s %s\n", c->name, c->help);
	fputs("\nsynwardctl COMMAND --help explains a command."
	      " Every command knows --json.\n",
	    out);
}

size_t
sw_ctl_distance(const char *a, const char *b)
{
	size_t n = strlen(b), row[32];

	if (n >= sizeof row / sizeof row[0])
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t least = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (corner + 1 < least)
				least = corner + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			row[j] = least;
		}
	}
	return row[n];
}

const struct sw_command *
sw_command_near(const char *name)
{
	const struct sw_command *nearest = NULL;
	size_t least = 3;

	for (const struct sw_command *c = sw_commands; c->name != NULL; c++) {
		size_t d = sw_ctl_distance(name, c->name);

		if (d < least) {
			least = d;
			nearest = c;
		}
	}
	return nearest;
}
