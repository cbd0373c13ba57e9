/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arguments: a command line read by the rows of the command table.
 *
 * Options may be before, between and after operands; "--" ends them.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/command.h"

#define LISTED_MAX (SW_CTL_OPTIONS + 2)
#define VALUE_BASE 256 /* getopt's answer for option i is this plus i */

/* The options of a command as getopt_long() wants them. */
struct listing {
	const struct sw_ctl_option *option[LISTED_MAX];
	struct option list[LISTED_MAX + 1];
	char letters[3 * LISTED_MAX + 2];
	int n;
};

static void
list_option(struct listing *listing, const struct sw_ctl_option *option)
{
	size_t used = strlen(listing->letters);

	listing->option[listing->n] = option;
	listing->list[listing->n] = (struct option){
		.name = option->name,
		.has_arg = option->value != NULL,
		.val = VALUE_BASE + listing->n,
	};
	listing->n++;
	if (option->letter == 0)
		return;
	listing->letters[used++] = option->letter;
	if (option->value != NULL)
		listing->letters[used++] = ':';
	listing->letters[used] = '\0';
}

static void
list_options(struct listing *listing, const struct sw_command *command)
{
	const struct sw_ctl_option *option;

	memset(listing, 0, sizeof *listing);
	for (option = command->options; option && option->name; option++)
		list_option(listing, option);
	for (option = sw_common_options; option->name != NULL; option++)
		list_option(listing, option);
}

/* => place in the listing, or -1 */
static int
place_of(const struct listing *listing, int answer)
{
	if (answer >= VALUE_BASE)
		return answer - VALUE_BASE;
	for (int i = 0; i < listing->n; i++)
		if (answer == listing->option[i]->letter)
			return i;
	return -1;
}

static int
usage(const struct sw_command *command)
{
	fprintf(stderr,
	    "usage: synwardctl %s%s%s [OPTION]...; see synwardctl %s --help\n",
	    command->name, command->arguments[0] == '\0' ? "" : " ",
	    command->arguments, command->name);
	return -1;
}

static int
check_operands(struct sw_ctl *ctl)
{
	const struct sw_command *command = ctl->command;

	if (ctl->n_operands < command->least) {
		fprintf(stderr, "synwardctl: %s needs %s\n", command->name,
		    command->arguments);
		return usage(command);
	}
	if (command->most >= 0 && ctl->n_operands > command->most) {
		fprintf(stderr, "synwardctl: %s: unexpected argument '%s'\n",
		    command->name, ctl->operands[command->most]);
		return usage(command);
	}
	return 0;
}

/* => 1 when help is wanted */
static int
take_option(struct sw_ctl *ctl, const struct listing *listing, int place)
{
	const struct sw_ctl_option *option = listing->option[place];

	if (strcmp(option->name, "help") == 0)
		return 1;
	if (strcmp(option->name, "json") == 0) {
		ctl->json = true;
		return 0;
	}
	if (strcmp(option->name, "wide") == 0)
		ctl->wide = true;
	ctl->given[place] = true;
	ctl->value[place] = optarg;
	return 0;
}

int
sw_command_parse(struct sw_ctl *ctl, int argc, char **argv)
{
	struct listing listing;
	char program[64]; /* what getopt_long() puts before its complaints */
	int answer, place;

	snprintf(program, sizeof program, "synwardctl: %s", ctl->command->name);
	argv[0] = program;
	list_options(&listing, ctl->command);
	optind = 0; /* glibc: start again */
	while ((answer = getopt_long(
		    argc, argv, listing.letters, listing.list, NULL)) != -1) {
		place = place_of(&listing, answer);
		if (place < 0)
			return usage(ctl->command);
		if (take_option(ctl, &listing, place) != 0)
			return 1;
	}
	ctl->operands = argv + optind;
	ctl->n_operands = argc - optind;
	return check_operands(ctl);
}

static int
own_place(const struct sw_command *command, const char *name)
{
	int i = 0;

	while (strcmp(command->options[i].name, name) != 0)
		i++;
	return i;
}

bool
sw_command_given(const struct sw_ctl *ctl, const char *option)
{
	return ctl->given[own_place(ctl->command, option)];
}

const char *
sw_command_value(const struct sw_ctl *ctl, const char *option)
{
	return ctl->value[own_place(ctl->command, option)];
}

const char *
sw_command_value_of(
    const struct sw_ctl *ctl, const char *option, const char *other)
{
	const char *value = sw_command_value(ctl, option);

	return value != NULL ? value : sw_command_value(ctl, other);
}

int
sw_command_fail(enum sw_ctl_exit code, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("synwardctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
	return code;
}
