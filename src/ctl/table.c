/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: the commands.
 *
 * Help texts are paragraphs parted by an empty line; lines that begin with a
 * space are shown as they are.
 */
#include <string.h>

#include "ctl/command.h"

const struct sw_ctl_option sw_common_options[] = {
	{ 'j', "json", NULL, SW_OPERAND_NONE,
	    "print one JSON object per line" },
	{ 'h', "help", NULL, SW_OPERAND_NONE, "explain this command" },
	{ 0 },
};

static const struct sw_ctl_option replay_options[] = {
	{ 'c', "config", "FILE", SW_OPERAND_FILE,
	    "judge by this configuration instead of the defaults" },
	{ 'a', "all", NULL, SW_OPERAND_NONE,
	    "print every packet, not only refused ones" },
	{ 'S', "summary", NULL, SW_OPERAND_NONE, "print the summary only" },
	{ 0 },
};

const struct sw_command sw_commands[] = {
	{
	    .name = "replay",
	    .arguments = "FILE",
	    .least = 1,
	    .most = 1,
	    .operand = SW_OPERAND_FILE,
	    .help = "run a capture through the engine",
	    .text =
		"Reads a pcap or pcapng file, or standard input when FILE is"
		" -, and prints one line for each packet that synwardd would"
		" have dropped had it stood where the capture was taken, then"
		" a summary. No daemon and no privilege is needed; the clock"
		" is the capture's own.\n"
		"\n"
		"Without -c the built-in defaults apply, not the installed"
		" configuration. Rules that name interfaces match those a"
		" pcapng file names.\n"
		"\n"
		"With --json one object is printed for each refused packet and"
		" no summary; its frame counts from 1 over every record of the"
		" file. With --all a record that holds no IP packet has the"
		" member skipped. With --json and --summary the summary is one"
		" object.\n"
		"\n"
		"A damaged file is read up to the damage; the exit code is"
		" then 1.",
	    .options = replay_options,
	    .run = sw_ctl_replay,
	},
	{ 0 },
};

const struct sw_command *
sw_command_find(const char *name)
{
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
