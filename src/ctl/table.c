/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: the commands.
 *
 * Help texts are paragraphs separated by an empty line; lines that begin with a
 * space are shown as they are.
 */
#include <string.h>

#include "ctl/command.h"
#include "ctl/table_options.h"

const struct sw_ctl_option sw_common_options[] = {
	{ 'j', "json", NULL, SW_OPERAND_NONE,
	    "print one JSON object per line" },
	{ 'h', "help", NULL, SW_OPERAND_NONE, "print help for this command" },
	{ 0 },
};

const struct sw_command sw_commands[] = {
	{
	    .name = "status",
	    .arguments = "",
	    .help = "show the state of the daemon on one screen",
	    .text =
		"Shows health, configuration, flows by state, packets by "
		"verdict, drops by cause, the log's sinks, and each queue with "
		"the number of packets that the kernel dropped before the "
		"daemon saw them. The first line says DEGRADED, and why, while "
		"something is wrong: a condition until it is over, a loss "
		"until ten minutes after the last one. The last lines say what "
		"to check next, and since when.",
	    .run = sw_command_status,
	},
	{
	    .name = "flows",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list connections",
	    .text =
		"Lists the flows in the table with their addresses and ports, "
		"state, age, idle time, remaining time, packets and bytes in "
		"each direction, interfaces, rule and history. The history has "
		"one letter for each kind of segment that a side has sent; "
		"capital letters belong to the side that opened the "
		"connection. The column fast says yes where the kernel carries "
		"the packets; the numbers include them. The parent of a "
		"related connection is the flow that allowed it.\n"
		"\n"
		"A flow must meet all conditions, or all of one alternative if "
		"the word or separates alternatives. On a terminal, columns "
		"that do not fit are left out; --wide shows all. With --sort "
		"the daemon finds the first flows of all (at most 1000), the "
		"largest value first.",
	    .options = flows_options,
	    .run = sw_command_flows,
	},
	{
	    .name = "events",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list events: opened, established, ended, dropped",
	    .text = "Lists the last events that the daemon remembers, oldest "
		    "first. With --follow it then prints new events as they "
		    "happen. If events occur faster than they can be sent, the "
		    "list shows how many are missing. Events are kept by rule "
		    "and kind, and drops by cause and rule, so a scan does not "
		    "displace other events.",
	    .options = events_options,
	    .run = sw_command_events,
	},
	{
	    .name = "drops",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list incidents and the last dropped packets",
	    .text = "Lists incidents, then the last dropped packets as log "
		    "lines, newest first. On a terminal each is a short line; "
		    "--wide prints the whole log line. With --follow it prints "
		    "new drops as they happen. The daemon keeps drops by cause "
		    "and rule, also when it is restarted, so a scan displaces "
		    "only scans.\n"
		    "\n"
		    "An incident summarises many drops. It is listed if one of "
		    "them may meet the conditions.",
	    .options = drops_options,
	    .run = sw_command_drops,
	},
	{
	    .name = "incidents",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "list incidents: who, where, how many drops",
	    .text = "Lists incidents, the newest first: the client or the "
		    "scanner, the server, and the number of drops. With "
		    "--follow it prints the incidents that are open, and then "
		    "each incident when it opens, when the log gets a line "
		    "about it, and when it closes.",
	    .options = incidents_options,
	    .run = sw_command_incidents,
	},
	{
	    .name = "explain",
	    .arguments = "[CAUSE | CLIENT [SERVER] | ID | LINE]",
	    .most = -1,
	    .operand = SW_OPERAND_CAUSE,
	    .help = "explain a cause, a connection or a log line",
	    .text = "With the name of a cause: shows what the cause means, "
		    "what to check and what to change. Without an argument: "
		    "lists all causes.\n"
		    "\n"
		    "With what is known of a connection, in any order: a "
		    "client, a client and a server such as 10.1.2.3 10.0.5.9, "
		    "the server with its port, or both endpoints as in "
		    "10.1.2.3:44120 10.0.5.9:5432. The first line says what "
		    "happened and what to set. Then come the connection, what "
		    "happened to it with the newest first and repeats counted, "
		    "and what to do. Write an IPv6 address with a port in "
		    "brackets. For a ping, give two addresses and --proto=icmp "
		    "or icmpv6.\n"
		    "\n"
		    "With the identifier of an incident, such as 7f3b, or a "
		    "whole log line in quotes: shows what it says, then both "
		    "of the above. Explaining a cause or a log line needs no "
		    "daemon.",
	    .options = explain_options,
	    .run = sw_command_explain,
	},
	{
	    .name = "which",
	    .arguments = "FROM TO:PORT",
	    .least = 2,
	    .most = 2,
	    .operand = SW_OPERAND_TEXT,
	    .help = "show which rule would match a connection",
	    .text = "Shows the rule that would match a connection from FROM to "
		    "TO:PORT, its file and line, how synward would track such "
		    "a connection, and what may be related to it. Rules that "
		    "name interfaces count only with --in and --out.",
	    .options = which_options,
	    .run = sw_command_which,
	},
	{
	    .name = "top",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "show rates, busiest flows, causes and incidents live",
	    .text =
		"Shows packets and drops per second with their recent history, "
		"the flows that transfer most, drops by cause, and incidents. "
		"With --batch, or if standard output is not a terminal with a "
		"screen, it takes two samples, prints once and exits.\n"
		"\n"
		"Keys: q quits, space pauses, s sorts flows by another column, "
		"r reverses the order, / asks for a filter, c switches between "
		"causes and incidents, + refreshes slower and - faster, h "
		"shows the keys.",
	    .options = top_options,
	    .run = sw_command_top,
	},
	{
	    .name = "kill",
	    .arguments = "FILTER...",
	    .least = 1,
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "forget flows",
	    .text = "Counts the matching flows and removes them from the "
		    "daemon's table. Removing more than 100 flows requires "
		    "--yes. Later packets of a removed connection are dropped "
		    "with the cause evicted.\n"
		    "\n"
		    "With --reset the daemon also sends a reset to both ends "
		    "of each connection that was established.",
	    .options = kill_options,
	    .run = sw_command_kill,
	},
	{
	    .name = "reload",
	    .arguments = "",
	    .help = "reload the configuration",
	    .text = "Loads the whole configuration or nothing: if it has "
		    "errors, they are listed and the previous configuration "
		    "stays in force. Flows stay in the table and use the "
		    "timeouts of the rule with the same name.",
	    .run = sw_command_reload,
	},
	{
	    .name = "check",
	    .arguments = "[FILE]",
	    .most = 1,
	    .operand = SW_OPERAND_FILE,
	    .help = "check a configuration for errors",
	    .text =
		"Reads FILE as the daemon would and lists all errors. Without "
		"FILE it checks the configuration that a reload of the running "
		"daemon would load, or the installed configuration if no "
		"daemon runs. No daemon is needed.\n"
		"Warnings do not change the exit code: a log file that cannot "
		"be written, an unknown group, an interface that never "
		"matches, rules that let answers open, an established timeout "
		"below the two hours after which hosts send keepalives, and "
		"rules that deny the ssh session in which they are checked.\n"
		"With --json each error and warning is an object with the "
		"members file, line, column, key, expected and fix. The member "
		"fix holds the correct value if only one is possible.",
	    .run = sw_command_check,
	},
	{
	    .name = "dump-config",
	    .arguments = "",
	    .help = "print the active configuration",
	    .text = "Prints every value that the daemon uses and its origin: a "
		    "file and line, a profile, or the defaults. The output is "
		    "itself a valid configuration.",
	    .run = sw_command_dump,
	},
	{
	    .name = "metrics",
	    .arguments = "",
	    .help = "print counters for Prometheus",
	    .text = "Prints all counters in the Prometheus text format, for "
		    "the textfile collector of its node exporter or for any "
		    "agent that runs a command. No label contains an address.",
	    .options = metrics_options,
	    .run = sw_command_metrics,
	},
	{
	    .name = "offload",
	    .arguments = "[FILTER]...",
	    .most = -1,
	    .operand = SW_OPERAND_FILTER,
	    .help = "show what the kernel carries without the daemon",
	    .text = "Shows whether the fast path is on, how many lanes are "
		    "used, which share of the packets the kernel carried, and "
		    "why the other flows go through the queue. With conditions "
		    "it lists the flows that meet all of them instead, each "
		    "with its reason.",
	    .run = sw_command_offload,
	},
	{
	    .name = "report",
	    .arguments = "",
	    .help = "show whether it is safe to enforce",
	    .text = "In observe mode synward drops nothing. This command lists "
		    "the packets that it would have dropped since the "
		    "configuration last changed, by rule and reason, and what "
		    "enforcing would do to such packets. A reload of an "
		    "unchanged configuration keeps them. It then says whether "
		    "enforcing is safe: some packets are better dropped, but "
		    "others belong to connections that work today. The report "
		    "calls nothing safe before one hour of observation. The "
		    "exit status is 0 if enforcing is safe, 1 if it is not, "
		    "and 4 as long as nothing can be said: before the hour has "
		    "passed, or if nothing is observed.",
	    .run = sw_command_report,
	},
	{
	    .name = "advise",
	    .arguments = "",
	    .help = "show which settings would have saved which connections",
	    .text =
		"For each rule, shows how many connections were cut because "
		"they were silent for longer than a timeout, the line that "
		"would have saved most of them, how many it saves, what it "
		"costs, and what shorter timeouts would save. The line is the "
		"one that the log and explain show as the hint of that rule: "
		"each timeout is the next customary value above the longest "
		"silence of less than a day. A connection counts once, with "
		"its longest silence; those that the configuration in force "
		"would no longer cut are counted apart. The cost is an upper "
		"bound: the number of entries that the table holds more on "
		"average, because flows that end in silence stay longer.\n"
		"\n"
		"Figures are exact for timeouts of 5, 10, 20, 30 s, 1, 2, 3, "
		"5, 10, 15, 30 min, 1 h, 2 h, 2 h 4 min, 4, 6, 8, 12 h, 1, 2 "
		"and 5 d; a timeout between two of these counts as the lower "
		"one.\n"
		"\n"
		"A host that sends keepalives in time needs nothing; how many "
		"silences ended in time, and how many of these by a keepalive, "
		"is shown too, and so are keepalives that came too late. "
		"Histograms are kept in parts of three hours, over restarts "
		"and reloads and per name of a rule, so --since may begin a "
		"little earlier. With --json there is an object of kind "
		"advice_rule for each rule, and one of kind silences for each "
		"histogram.\n"
		"\n"
		"The exit status is 0 if a connection was cut, and 4 if none "
		"was. For a capture see replay --advise.",
	    .options = advise_options,
	    .run = sw_command_advise,
	},
	{
	    .name = "replay",
	    .arguments = "FILE",
	    .least = 1,
	    .most = 1,
	    .operand = SW_OPERAND_FILE,
	    .help = "run the engine over a capture file",
	    .text = "Reads a pcap or pcapng file, or standard input if FILE is "
		    "-, also if it is compressed by gzip, zstd or xz, and "
		    "prints one line for each packet that synwardd would have "
		    "dropped at the place of the capture, then a summary. The "
		    "command needs no daemon and no privileges, and uses the "
		    "time stamps of the capture as its clock.\n"
		    "\n"
		    "Without -c the built-in defaults apply, not the installed "
		    "configuration. Rules that name interfaces match the "
		    "interface names in a pcapng file.\n"
		    "\n"
		    "These link types are read: Ethernet (1), Linux cooked "
		    "(113, 276), raw IP (12, 14, 101, 228, 229), BSD loopback "
		    "(0, 108), PPP (9, 50, 51, 166, 204), Cisco HDLC (104), "
		    "MPLS (219), FDDI (10), 802.2 LLC (11, 100), 802.11 "
		    "without (105) and with radiotap (127), NFLOG (239) and "
		    "PFLOG (117); and within them VLAN tags, PPPoE, MPLS "
		    "labels and LLC/SNAP headers. With --link frames of every "
		    "other link type, such as the user types 147 to 162, are "
		    "read as link type N: a number, or a name of libpcap.\n"
		    "\n"
		    "NFLOG has the numbers of the interfaces and the mark of a "
		    "packet, PFLOG its interface and direction; rules see "
		    "them. Frames that an 802.11 network encrypted are only "
		    "counted.\n"
		    "\n"
		    "Fragments that arrive before the first fragment of their "
		    "datagram wait for it, up to 30 seconds, as in a kernel "
		    "that reassembles fragments. The lines stay in the order "
		    "of the capture.\n"
		    "\n"
		    "A packet of which the capture has cut the headers is "
		    "counted as cut and not judged. What follows between its "
		    "hosts can then be refused for that reason alone: its "
		    "cause is gap.\n"
		    "\n"
		    "With --json the command prints one object for each "
		    "refused packet and no summary; the member frame counts "
		    "from 1 over every record of the file. With --all a record "
		    "without an IP packet has the member skipped. With --json "
		    "and --summary the summary is one object.\n"
		    "\n"
		    "A damaged file is read up to the damage, compressed or "
		    "not; the command then says where that is, and its exit "
		    "code is 1.",
	    .options = replay_options,
	    .run = sw_command_replay,
	},
	{
	    .name = "try",
	    .arguments = "INTERFACE...",
	    .least = 1,
	    .most = -1,
	    .operand = SW_OPERAND_INTERFACE,
	    .help = "follow connections for a while, touching nothing",
	    .text =
		"Follows the packets that arrive on these interfaces, beside "
		"the kernel's firewall, and then reports: the connections "
		"that it followed, which packets an enforcing tracker would "
		"have dropped and why, and what the tap lost. Name all "
		"interfaces through which connections come and go. It needs "
		"root, but no configuration and no installation: it starts "
		"the synwardd beside it, with a directory of its own in /run, "
		"and removes both at the end. Nothing is put into the "
		"packets' way, whatever happens to it. The timeouts are those "
		"of the kernel's tracker.\n"
		"\n"
		"With --nflog the report also says which packets the kernel's "
		"firewall dropped, and why. It must log them to that group; "
		"synwardctl hook show --kernel prints the rules for that.\n"
		"\n"
		"The report comes when the time is over, and at once after "
		"Ctrl-C. With --json it begins with an object of the kind "
		"try, followed by one of the kind refused for each kind of "
		"refused packets. The exit status is 4 if no forwarded packet "
		"was seen; it then says what each interface received.",
	    .options = try_options,
	    .run = sw_command_try,
	},
	{
	    .name = "hook",
	    .arguments = "up | down | keep | show",
	    .least = 1,
	    .most = 1,
	    .operand = SW_OPERAND_UPDOWN,
	    .help = "install, remove, keep or show the queue rule",
	    .text = "up installs the rule that sends forwarded packets to the "
		    "daemon's queues. If the daemon has loaded its fast "
		    "path, it uses iptables and ip6tables, whose rule asks the "
		    "daemon's program for each packet whether the daemon must "
		    "see it. Otherwise it uses nftables, or iptables and "
		    "ip6tables if the kernel does not support the nftables "
		    "queue statement. The rule runs after the filter rules, "
		    "distributes packets over all queues, lets packets pass "
		    "without a daemon if the configuration sets fail-open, and "
		    "makes the kernel reassemble fragments. Running up again "
		    "is harmless and updates the rule if necessary, without "
		    "a moment in which no rule is there.\n"
		    "\n"
		    "Packets to and from this host are queued where both "
		    "directions show the same addresses, also when the kernel "
		    "translates them, and the final interface: own packets in "
		    "POSTROUTING, before sources are translated; those with "
		    "another host's source, as a transparent proxy sends "
		    "them, in OUTPUT. With iptables-nft, packets to this host "
		    "are queued before the filter rules of INPUT.\n"
		    "\n"
		    "With --learn, on a gateway whose kernel does not track "
		    "connections, the daemon first takes up TCP connections "
		    "that are open already: for that long, at most a day, a "
		    "segment in the middle of a connection begins a flow "
		    "where the rules allow its direction, and passes where "
		    "they allow only the other. A SYN, a datagram, and what "
		    "follows a refusal are judged as always; 0 ends it. "
		    "status counts the time down. hook.learn does the same "
		    "after each first start.\n"
		    "\n"
		    "down removes everything that up installed and the "
		    "daemon's program, which the daemon loads again when it "
		    "starts, and leaves the ruleset as it was before.\n"
		    "\n"
		    "keep runs until it is ended, and puts the rules back "
		    "within four seconds when somebody else takes them out, "
		    "as long as a process reads the queue. What up and down "
		    "change meanwhile is kept so. It ends at once if the "
		    "configuration does not say hook.keep = true.\n"
		    "\n"
		    "show "
		    "lists the installed rule, whether it uses the fast path "
		    "and why, other rules that also send packets to a queue, "
		    "and the processes that read the queues.\n"
		    "\n"
		    "Where the configuration says source.from = tap, no rule "
		    "is needed: up removes what an earlier one has put. show "
		    "--kernel prints the lines of nftables and iptables with "
		    "which a firewall logs what it drops to the daemon "
		    "(source.nflog); they are never put by itself.",
	    .options = hook_options,
	    .run = sw_command_hook,
	},
	{
	    .name = "completion",
	    .arguments = "bash | zsh",
	    .least = 1,
	    .most = 1,
	    .operand = SW_OPERAND_SHELL,
	    .help = "print the completion script for a shell",
	    .text = "Prints the script that completes synwardctl's commands, "
		    "options, causes and filters in the given shell.",
	    .run = sw_command_completion,
	},
	{
	    .name = "manual",
	    .arguments = "",
	    .help = "print the manual page",
	    .text = "Prints synwardctl(8) as mdoc source, generated from the "
		    "same table as --help.",
	    .run = sw_command_manual,
	},
	{ 0 },
};

bool
sw_table_command_filters(const struct sw_command *command)
{
	return command->operand == SW_OPERAND_FILTER;
}

const struct sw_command *
sw_table_find_command(const char *name)
{
	for (const struct sw_command *c = sw_commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}
