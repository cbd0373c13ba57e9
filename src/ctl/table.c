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

static const struct sw_ctl_option flows_options[] = {
	{ 'n', "limit", "NUMBER", SW_OPERAND_TEXT, "list so many at most" },
	{ 0 },
};

static const struct sw_ctl_option events_options[] = {
	{ 'f', "follow", NULL, SW_OPERAND_NONE,
	    "go on with what happens from now on" },
	{ 'n', "limit", "NUMBER", SW_OPERAND_TEXT, "begin so many back" },
	{ 0 },
};

static const struct sw_ctl_option drops_options[] = {
	{ 'C', "cause", "CAUSE", SW_OPERAND_CAUSE, "only drops of this cause" },
	{ 'n', "limit", "NUMBER", SW_OPERAND_TEXT,
	    "list so many drops, 20 when not given" },
	{ 0 },
};

static const struct sw_ctl_option explain_options[] = {
	{ 'p', "proto", "PROTOCOL", SW_OPERAND_TEXT,
	    "protocol of the connection, tcp when not given" },
	{ 0 },
};

static const struct sw_ctl_option which_options[] = {
	{ 'p', "proto", "PROTOCOL", SW_OPERAND_TEXT,
	    "protocol of the connection, tcp when not given" },
	{ 'i', "in", "INTERFACE", SW_OPERAND_INTERFACE,
	    "interface its first packet comes in by" },
	{ 'o', "out", "INTERFACE", SW_OPERAND_INTERFACE,
	    "interface its first packet goes out by" },
	{ 0 },
};

static const struct sw_ctl_option top_options[] = {
	{ 'b', "batch", NULL, SW_OPERAND_NONE,
	    "print once, for a file or another program" },
	{ 'd', "delay", "SECONDS", SW_OPERAND_TEXT,
	    "between two looks, 2 when not given" },
	{ 0 },
};

static const struct sw_ctl_option kill_options[] = {
	{ 'r', "reset", NULL, SW_OPERAND_NONE,
	    "reset both ends of connections, too" },
	{ 'y', "yes", NULL, SW_OPERAND_NONE, "do so for more than 100 flows" },
	{ 0 },
};

static const struct sw_ctl_option metrics_options[] = {
	{ 'o', "openmetrics", NULL, SW_OPERAND_NONE,
	    "name counters' families as OpenMetrics wants" },
	{ 0 },
};

static const struct sw_ctl_option hook_options[] = {
	{ 'c', "config", "FILE", SW_OPERAND_FILE,
	    "take the queues from this configuration" },
	{ 'I', "input", NULL, SW_OPERAND_NONE, "packets to this host as well" },
	{ 'O', "output", NULL, SW_OPERAND_NONE,
	    "packets from this host as well" },
	{ 'F', "no-forward", NULL, SW_OPERAND_NONE,
	    "not those that are forwarded" },
	{ 0 },
};

const struct sw_command sw_commands[] = {
	{
	    .name = "status",
	    .arguments = "",
	    .help = "show how things stand, on one screen",
	    .text =
		"Shows health, configuration, flows by state, packets by"
		" verdict, drops by cause, the log's sinks and each queue with"
		" the packets the kernel dropped before the daemon saw them."
		" At the end it says what to look at next.",
	    .run = sw_ctl_status,
	},
	{
	    .name = "flows",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list connections",
	    .text =
		"Lists the flows in the table: ends, state, age, silence, time"
		" left until it is forgotten, packets and bytes each way,"
		" interfaces, rule, and history: a letter for each kind of"
		" segment each side has shown, capitals by the opener."
		" A list of any length takes little memory, here and in the"
		" daemon, and holds up no packet.\n"
		"\n"
		"With several conditions all must hold.",
	    .options = flows_options,
	    .run = sw_ctl_flows,
	},
	{
	    .name = "events",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list what happened: opened, established, ended, dropped",
	    .text = "Lists the last events the daemon remembers, oldest first."
		    " With --follow it goes on as they happen; events that came"
		    " faster than they could be sent are counted in the list.",
	    .options = events_options,
	    .run = sw_ctl_events,
	},
	{
	    .name = "drops",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list incidents and the last dropped packets",
	    .text =
		"Lists incidents, then the last dropped packets as they are"
		" logged, newest first. With a filter incidents are left out,"
		" for each stands for many flows.",
	    .options = drops_options,
	    .run = sw_ctl_drops,
	},
	{
	    .name = "explain",
	    .arguments = "[CAUSE | FROM TO | LINE]",
	    .most = -1,
	    .operand = SW_OPERAND_CAUSE,
	    .help = "explain a cause, a connection or a line of the log",
	    .text =
		"With the name of a cause: what it means, what to check, what"
		" to change. Without anything: all causes.\n"
		"\n"
		"With two ends, as in 10.1.2.3:44120 10.0.5.9:5432: the story"
		" of the connection between them, however it ended, what was"
		" dropped of it since, and what would help; in any order. IPv6"
		" addresses with a port stand in brackets, and a ping has two"
		" addresses and --proto=icmp or icmpv6.\n"
		"\n"
		"With a whole line of the log in quotes: what the line says,"
		" then both of the above. A cause and a line are explained"
		" also where no daemon runs.",
	    .options = explain_options,
	    .run = sw_ctl_explain,
	},
	{
	    .name = "which",
	    .arguments = "FROM TO:PORT",
	    .least = 2,
	    .most = 2,
	    .operand = SW_OPERAND_TEXT,
	    .help = "tell which rule a connection would fall under",
	    .text =
		"Names the rule a connection from FROM to TO:PORT would fall"
		" under, the file and line it stands in, and how such a"
		" connection is tracked. Rules that name interfaces are looked"
		" at when --in and --out are given.",
	    .options = which_options,
	    .run = sw_ctl_which,
	},
	{
	    .name = "top",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "watch rates, busiest flows, causes and incidents",
	    .text =
		"Shows packets and drops a second and how they went lately,"
		" the flows that move most, drops by cause, and incidents."
		" With --batch, or where standard output is no terminal, or one"
		" without a screen, it looks twice, prints once and ends.\n"
		"\n"
		"Keys: q ends, space pauses, s sorts flows by another column,"
		" r turns their order around, / asks for a filter, c changes"
		" between causes and incidents, + and - change the delay, h"
		" shows the keys.",
	    .options = top_options,
	    .run = sw_ctl_top,
	},
	{
	    .name = "kill",
	    .arguments = "FILTER...",
	    .least = 1,
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "forget flows",
	    .text =
		"Counts the flows that match and has the daemon forget them."
		" More than 100 are forgotten only with --yes. Later packets of"
		" a forgotten connection are dropped with the cause evicted.\n"
		"\n"
		"With --reset both ends of each connection that had been"
		" established get a segment that resets it.",
	    .options = kill_options,
	    .run = sw_ctl_kill,
	},
	{
	    .name = "reload",
	    .arguments = "",
	    .help = "load the configuration anew",
	    .text =
		"Loads the whole configuration or, when anything is wrong with"
		" it, nothing: the errors are listed and the former one stays"
		" in force. Flows stay and take the timeouts of the rule of"
		" the same name.",
	    .run = sw_ctl_reload,
	},
	{
	    .name = "check",
	    .arguments = "[FILE]",
	    .most = 1,
	    .operand = SW_OPERAND_FILE,
	    .help = "look for errors in a configuration",
	    .text =
		"Reads FILE as the daemon would and lists what is wrong."
		" Without FILE it is the one the running daemon goes by, which"
		" a reload would load; where none runs, the installed one. No"
		" daemon is needed.\n"
		"With --json each error and warning is an object with file,"
		" line, column, key, expected and fix, what to write in its"
		" place where that is certain.",
	    .run = sw_ctl_check,
	},
	{
	    .name = "dump-config",
	    .arguments = "",
	    .help = "print the configuration in force",
	    .text =
		"Prints every value the daemon goes by and where it came from:"
		" a file and line, a profile, or the defaults. What is printed"
		" can be read back as a configuration.",
	    .run = sw_ctl_dump,
	},
	{
	    .name = "metrics",
	    .arguments = "",
	    .help = "print counters for Prometheus",
	    .text =
		"Prints all counters in the text format of Prometheus, for its"
		" node exporter's textfile collector or any agent that runs a"
		" command. No label holds an address.",
	    .options = metrics_options,
	    .run = sw_ctl_metrics,
	},
	{
	    .name = "report",
	    .arguments = "",
	    .help = "tell whether it is safe to enforce",
	    .text =
		"In observe mode nothing is dropped; this lists what would have"
		" been since the configuration was loaded, by rule and reason,"
		" with what enforcing would do to such packets, and says"
		" whether it is safe: some are better dropped, others belong to"
		" connections that work today. Nothing is called safe before it"
		" was watched for an hour.",
	    .run = sw_ctl_report,
	},
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
		"Fragments that come before the first of their datagram wait"
		" for it, up to 30 seconds, as they do in a kernel that joins"
		" fragments. The lines stay in the order of the capture.\n"
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
	{
	    .name = "hook",
	    .arguments = "up | down | show",
	    .least = 1,
	    .most = 1,
	    .operand = SW_OPERAND_UPDOWN,
	    .help = "put the queue rule in place or take it out",
	    .text =
		"up puts the rule that brings forwarded packets to the daemon's"
		" queues into nftables, or into iptables and ip6tables where"
		" the kernel has no queue statement for nftables. The rule"
		" comes after those of filters, spreads packets over all"
		" queues, lets them pass without a daemon if the configuration"
		" says fail-open, and has the kernel join fragments. Saying up"
		" again changes the rule if need be and is harmless.\n"
		"\n"
		"down takes away what up put in place and leaves the ruleset as"
		" it was before. show tells what is in place, which rules of"
		" others send packets to a queue as well, and who reads the"
		" queues.",
	    .options = hook_options,
	    .run = sw_ctl_hook,
	},
	{
	    .name = "completion",
	    .arguments = "bash | zsh",
	    .least = 1,
	    .most = 1,
	    .operand = SW_OPERAND_SHELL,
	    .help = "print the completion script of a shell",
	    .text = "Prints the script that completes synwardctl's commands,"
		    " options, causes and filters in the shell named.",
	    .run = sw_ctl_completion,
	},
	{
	    .name = "manual",
	    .arguments = "",
	    .help = "print the manual page",
	    .text = "Prints synwardctl(8) as mdoc source, made from the table"
		    " that --help is made from.",
	    .run = sw_ctl_manual,
	},
	{ 0 },
};

bool
sw_command_filters(const struct sw_command *command)
{
	return command->operand == SW_OPERAND_FILTER;
}

const struct sw_command *
sw_command_find(const char *name)
{
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
