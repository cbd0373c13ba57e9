/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table_options: the options of each command.
 *
 * Only ctl/table.c includes it.
 */
#ifndef SYNWARD_CTL_TABLE_OPTIONS_H
#define SYNWARD_CTL_TABLE_OPTIONS_H

#include "ctl/command.h"

static const struct sw_ctl_option replay_options[] = {
	{ 'c', "config", "FILE", SW_OPERAND_FILE,
	    "use this configuration, not the built-in defaults" },
	{ 'a', "all", NULL, SW_OPERAND_NONE,
	    "print every packet, not only refused packets" },
	{ 'S', "summary", NULL, SW_OPERAND_NONE, "print only the summary" },
	{ 'A', "advise", NULL, SW_OPERAND_NONE,
	    "print which settings would save which connections" },
	{ 'C', "compare", "FILE", SW_OPERAND_FILE,
	    "print what this configuration decides differently" },
	{ 'l', "link", "N", SW_OPERAND_TEXT,
	    "read frames of an unknown link type as link type N" },
	{ 0 },
};

#define WIDE                                                 \
	{                                                    \
		'w', "wide", NULL, SW_OPERAND_NONE,          \
		    "leave nothing out on a narrow terminal" \
	}
#define SINCE                                            \
	{                                                \
		0, "since", "TIME", SW_OPERAND_TEXT,     \
		    "from this time on: 2h (ago), 14:00" \
	}
#define UNTIL                                                   \
	{                                                       \
		0, "until", "TIME", SW_OPERAND_TEXT,            \
		    "up to this time, such as 2026-11-30T14:00" \
	}

static const struct sw_ctl_option advise_options[] = {
	{ 'r', "rule", "RULE", SW_OPERAND_TEXT, "only for this rule" },
	{ 0, "since", "TIME", SW_OPERAND_TEXT,
	    "count from then on: 2h (ago), 14:00 (default: 7d)" },
	{ 0 },
};

static const struct sw_ctl_option flows_options[] = {
	{ 'n', "limit", "N", SW_OPERAND_TEXT, "list at most N flows" },
	{ 0, "last", "N", SW_OPERAND_TEXT, "the same" },
	{ 's', "sort", "KEY", SW_OPERAND_SORT,
	    "sort by age, idle, left, bytes, packets" },
	{ 'r', "reverse", NULL, SW_OPERAND_NONE, "the smallest first" },
	WIDE,
	{ 0 },
};

static const struct sw_ctl_option events_options[] = {
	{ 'f', "follow", NULL, SW_OPERAND_NONE,
	    "keep running and print new events" },
	{ 'n', "limit", "N", SW_OPERAND_TEXT, "show the last N events first" },
	{ 0, "last", "N", SW_OPERAND_TEXT, "the same" },
	SINCE,
	UNTIL,
	WIDE,
	{ 0 },
};

static const struct sw_ctl_option drops_options[] = {
	{ 'C', "cause", "CAUSE", SW_OPERAND_CAUSE,
	    "show only drops with this cause" },
	{ 'f', "follow", NULL, SW_OPERAND_NONE,
	    "keep running and print new drops" },
	{ 'n', "limit", "N", SW_OPERAND_TEXT,
	    "list the last N drops (default: 20)" },
	{ 0, "last", "N", SW_OPERAND_TEXT, "the same" },
	SINCE,
	UNTIL,
	WIDE,
	{ 0 },
};

static const struct sw_ctl_option incidents_options[] = {
	{ 'f', "follow", NULL, SW_OPERAND_NONE,
	    "keep running and print news of incidents" },
	{ 'n', "limit", "N", SW_OPERAND_TEXT, "list the last N incidents" },
	{ 0, "last", "N", SW_OPERAND_TEXT, "the same" },
	SINCE,
	UNTIL,
	WIDE,
	{ 0 },
};

static const struct sw_ctl_option explain_options[] = {
	{ 'p', "proto", "PROTOCOL", SW_OPERAND_TEXT,
	    "protocol (default: tcp, without a port any)" },
	{ 0 },
};

static const struct sw_ctl_option which_options[] = {
	{ 'p', "proto", "PROTOCOL", SW_OPERAND_TEXT,
	    "protocol of the connection (default: tcp)" },
	{ 'i', "in", "INTERFACE", SW_OPERAND_INTERFACE,
	    "interface on which its first packet arrives" },
	{ 'o', "out", "INTERFACE", SW_OPERAND_INTERFACE,
	    "interface through which its first packet leaves" },
	{ 'I', "phys-in", "INTERFACE", SW_OPERAND_INTERFACE,
	    "bridge port on which its first packet arrives" },
	{ 'O', "phys-out", "INTERFACE", SW_OPERAND_INTERFACE,
	    "bridge port through which its first packet leaves" },
	{ 'm', "mark", "NUMBER", SW_OPERAND_TEXT,
	    "mark of its first packet, such as 0x10" },
	{ 0 },
};

static const struct sw_ctl_option top_options[] = {
	{ 'b', "batch", NULL, SW_OPERAND_NONE,
	    "print once and exit, for a file or another program" },
	{ 'd', "delay", "SECONDS", SW_OPERAND_TEXT,
	    "seconds between two updates (default: 2)" },
	{ 0 },
};

static const struct sw_ctl_option kill_options[] = {
	{ 'r', "reset", NULL, SW_OPERAND_NONE,
	    "also reset both ends of each connection" },
	{ 'y', "yes", NULL, SW_OPERAND_NONE, "allow more than 100 flows" },
	{ 0 },
};

static const struct sw_ctl_option metrics_options[] = {
	{ 'o', "openmetrics", NULL, SW_OPERAND_NONE,
	    "name counter families as OpenMetrics requires" },
	{ 0 },
};

static const struct sw_ctl_option try_options[] = {
	{ 'f', "for", "DURATION", SW_OPERAND_TEXT,
	    "follow for that long, such as 2h (default: 10m)" },
	{ 'g', "nflog", "GROUP", SW_OPERAND_TEXT,
	    "also explain what the firewall logs to this group" },
	{ 0 },
};

static const struct sw_ctl_option hook_options[] = {
	{ 'c', "config", "FILE", SW_OPERAND_FILE,
	    "read the queue numbers from this configuration" },
	{ 'I', "input", NULL, SW_OPERAND_NONE,
	    "also queue packets to this host" },
	{ 'O', "output", NULL, SW_OPERAND_NONE,
	    "also queue packets from this host" },
	{ 'F', "no-forward", NULL, SW_OPERAND_NONE,
	    "do not queue forwarded packets" },
	{ 'k', "kernel", NULL, SW_OPERAND_NONE,
	    "show rules that log the firewall's own drops" },
	{ 'l', "learn", "DURATION", SW_OPERAND_TEXT,
	    "take up open connections for that long, such as 10m" },
	{ 'w', "with", "TOOL", SW_OPERAND_TEXT,
	    "install the rule with this tool, nft or iptables" },
	{ 0 },
};

#endif
