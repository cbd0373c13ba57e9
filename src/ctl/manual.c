/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manual: synwardctl(8) as mdoc source, out of the command table.
 */
#include <string.h>

#include "ctl/command.h"
#include "protocol/filter.h"

enum { WIDTH = 76 };

/* One word after another, a request's arguments escaped where they must. */
static void
put_text(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
}

/* A word of running text; options keep their dashes. */
static void
put_word(const char *word, size_t length)
{
	bool option = length > 1 && word[0] == '-';

	for (size_t i = 0; i < length; i++)
		if (word[i] == '\\')
			fputs("\\e", stdout);
		else if (word[i] == '-' && option && i < 2)
			fputs("\\-", stdout);
		else
			putchar(word[i]);
}

static bool
ends_sentence(const char *word, size_t length)
{
	return length > 1 && strchr(".:", word[length - 1]) != NULL;
}

/* Running text, folded, and each sentence on a line of its own. */
static void
put_running(const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (column > 0 && column + length > WIDTH) {
			putchar('\n');
			column = 0;
		}
		if (column > 0)
			putchar(' ');
		put_word(text, length);
		column += length + 1;
		if (ends_sentence(text, length) && text[length] != '\0') {
			putchar('\n');
			column = 0;
		}
		text += length;
		if (strncmp(text, "\n\n", 2) == 0)
			fputs(column > 0 ? "\n.Pp\n" : ".Pp\n", stdout);
		column = *text == '\n' ? 0 : column;
		text += strspn(text, " \n");
	}
	if (column > 0)
		putchar('\n');
}

static void
put_option_flag(const struct sw_ctl_option *option)
{
	if (option->letter != 0)
		printf("Fl %c , ", option->letter);
	fputs("Fl \\-", stdout);
	put_text(option->name);
	if (option->value != NULL)
		printf(" Ns = Ns Ar %s", option->value);
}

static void
put_options(const struct sw_ctl_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		fputs(".It ", stdout);
		put_option_flag(options);
		putchar('\n');
		put_running(options->help);
	}
}

/* "[FILTER]..." as macros: words in capitals are arguments. */
static void
put_arguments(const char *arguments)
{
	while (*arguments != '\0') {
		size_t capitals =
		    strspn(arguments, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		bool first = capitals > 0;

		if (first) {
			printf(" Ar %.*s", (int)capitals, arguments);
			arguments += capitals;
		} else if (strncmp(arguments, "...", 3) == 0) {
			fputs(" Ns ...", stdout);
			arguments += 3;
		} else if (*arguments == '[') {
			fputs(" Oo", stdout);
			arguments++;
		} else if (*arguments == ']') {
			fputs(" Oc", stdout);
			arguments++;
		} else if (*arguments == ' ') {
			arguments++;
		} else if (*arguments == ':') {
			fputs(" Ns \\&:", stdout);
			arguments++;
			if (*arguments != '\0')
				fputs(" Ns", stdout);
		} else if (*arguments == '|') {
			fputs(" \\*(Ba", stdout);
			arguments++;
		} else {
			size_t word = strcspn(arguments, " |[]:");

			printf(" Cm %.*s", (int)word, arguments);
			arguments += word;
		}
	}
}

static void
put_command(const struct sw_command *command)
{
	fputs(".It Xo\n.Cm ", stdout);
	put_text(command->name);
	put_arguments(command->arguments);
	fputs("\n.Xc\n", stdout);
	put_running(command->text);
	if (command->options == NULL)
		return;
	fputs(".Bl -tag -width Ds\n", stdout);
	put_options(command->options);
	fputs(".El\n", stdout);
}

static void
put_key(unsigned i, const char *name, const char *values, const char *help)
{
	static const struct {
		enum sw_filter_subject subject;
		const char *name;
	} subjects[] = {
		{ SW_FILTER_FLOWS, "flows" },
		{ SW_FILTER_EVENTS, "events" },
		{ SW_FILTER_DROPS, "drops" },
		{ SW_FILTER_INCIDENTS, "incidents" },
	};
	const char *comma = "";

	printf(".It Cm %s Ns = Ns Ar %s\n%s", name, values, help);
	if (sw_filter_key_subjects(i) != SW_FILTER_ALL) {
		fputs(" (only ", stdout);
		for (size_t j = 0; j < sizeof subjects / sizeof subjects[0];
		     j++)
			if (sw_filter_key_subjects(i) & subjects[j].subject) {
				printf("%s%s", comma, subjects[j].name);
				comma = ", ";
			}
		putchar(')');
	}
	fputs(".\n", stdout);
}

static void
put_keys(void)
{
	const char *name, *values, *help;

	fputs(".Ss Filters\n"
	      "A filter is a list of conditions, each one word.\nA flow, "
	      "event, drop or incident must meet all of them:\n"
	      ".Ar KEY Ns = Ns Ar VALUE ,\n"
	      ".Ar KEY Ns != Ns Ar VALUE ,\n"
	      "and for idle, age, bytes and packets also >, <, >= and <=.\n"
	      "A value may be a list such as\n"
	      ".Cm port=80,443 ,\n"
	      "of which one must fit, or none with != .\n"
	      "Names of rules and interfaces may contain the wildcards * and "
	      "?.\n"
	      "The word\n"
	      ".Cm or\n"
	      "separates alternatives.\n"
	      "What is not known meets no condition with = and each one with "
	      "!= .\n"
	      ".Bl -tag -width Ds\n",
	    stdout);
	for (unsigned i = 0;
	     (name = sw_filter_key_name(i, &values, &help)) != NULL; i++)
		put_key(i, name, values, help);
	fputs(".El\n"
	      ".Pp\n"
	      "Durations take the units s, m, h and d, sizes k, M and G.\n",
	    stdout);
}

static const char tail[] =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width Ds\n"
    ".It Ev NO_COLOR\n"
    "If this variable is set and not empty, the output has no colour.\n"
    ".El\n"
    ".Sh FILES\n"
    ".Bl -tag -width Ds\n"
    ".It Pa /run/synward/ctl.sock\n"
    "The daemon's socket, unless the configuration names another path.\n"
    "Root and members of the group\n"
    ".Dq synward\n"
    "may query and change, members of\n"
    ".Dq synward-read\n"
    "may only query.\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    ".Bl -tag -width Ds\n"
    ".It 0\n"
    "The command succeeded.\n"
    ".It 1\n"
    "The command failed.\n"
    ".It 2\n"
    "The command line has an error.\n"
    ".It 3\n"
    "The daemon does not answer.\n"
    ".It 4\n"
    "Nothing matched.\n"
    ".It 5\n"
    "The command is not permitted.\n"
    ".It 78\n"
    "The configuration has errors.\n"
    ".El\n"
    ".Sh EXAMPLES\n"
    "Who is connected to the database and has been silent for an hour?\n"
    ".Pp\n"
    ".Dl synwardctl flows port=5432 'idle>1h'\n"
    ".Pp\n"
    "Why was this dropped?\n"
    ".Pp\n"
    ".Dl synwardctl explain \"$(journalctl -t synwardd -n 1 -o cat)\"\n"
    ".Pp\n"
    "What would synward have dropped from yesterday's capture?\n"
    ".Pp\n"
    ".Dl synwardctl replay -c new.conf yesterday.pcapng\n"
    ".Pp\n"
    "Follow the events of one host, as JSON objects:\n"
    ".Pp\n"
    ".Dl synwardctl events -f --json host=10.1.2.3\n"
    ".Pp\n"
    "Write the counters for the textfile collector of Prometheus:\n"
    ".Pp\n"
    ".Dl synwardctl metrics | sponge "
    "/var/lib/prometheus/node-exporter/synward.prom\n"
    ".Sh SEE ALSO\n"
    ".Xr synward.conf 5 ,\n"
    ".Xr synward-causes 7 ,\n"
    ".Xr synwardd 8\n";

static const char head[] =
    ".\\\" Made by \"synwardctl manual\"; change src/ctl/table.c instead.\n"
    ".Dd November 21, 2026\n"
    ".Dt SYNWARDCTL 8\n"
    ".Os synward\n"
    ".Sh NAME\n"
    ".Nm synwardctl\n"
    ".Nd inspect and control synwardd\n"
    ".Sh SYNOPSIS\n"
    ".Nm\n"
    ".Op Fl s Ar SOCKET\n"
    ".Ar COMMAND\n"
    ".Op Ar ARGUMENT Ns ...\n"
    ".Sh DESCRIPTION\n"
    ".Nm\n"
    "queries the daemon\n"
    ".Xr synwardd 8\n"
    "over its control socket, replays captures, and installs the queue rule.\n"
    ".Pp\n"
    "Every command takes these options:\n"
    ".Bl -tag -width Ds\n";

int
sw_command_manual(struct sw_ctl *ctl)
{
	(void)ctl;
	fputs(head, stdout);
	put_options(sw_common_options);
	fputs(".El\n"
	      ".Pp\n"
	      "Before the command,\n"
	      ".Fl s\n"
	      "names the socket and\n"
	      ".Fl \\-version\n"
	      "prints the version.\n"
	      ".Sh COMMANDS\n"
	      ".Bl -tag -width Ds\n",
	    stdout);
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		put_command(c);
	fputs(".El\n", stdout);
	put_keys();
	fputs(tail, stdout);
	return SW_EXIT_OK;
}
