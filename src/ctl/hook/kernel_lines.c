/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines with which a firewall logs what it drops to the group that a tap's
 * daemon reads.  They are only shown: which rules of a firewall drop, and where
 * such a line belongs, its administrator knows.
 */
#include <stdio.h>

#include "base/json.h"
#include "ctl/hook/hook.h"

enum { TEXT = 1024 };

static const char nft[] =
    "ct state invalid log prefix \"INVALID: \" group %u drop\n"
    "log prefix \"no rule: \" group %u\n";

static const char iptables[] =
    "%s -I FORWARD -m conntrack --ctstate INVALID -j NFLOG --nflog-group %u "
    "--nflog-prefix \"INVALID: \"\n"
    "%s -A FORWARD -j NFLOG --nflog-group %u --nflog-prefix \"no rule: \"\n";

static void
print_tool(const struct sw_ctl *ctl, const char *tool, const char *text)
{
	struct sw_json json = sw_json_to_stream(stdout);

	if (!ctl->json) {
		fputs(text, stdout);
		return;
	}
	sw_json_begin(&json, "hook");
	sw_json_put_text(&json, "in", tool);
	sw_json_put_text(&json, "text", text);
	sw_json_end(&json);
}

static void
say(const struct sw_ctl *ctl, const char *text)
{
	if (!ctl->json)
		fputs(text, stdout);
}

void
sw_hook_kernel_lines(const struct sw_ctl *ctl, unsigned group)
{
	char text[TEXT];

	say(ctl, "# nftables: \"log group\" goes into each rule that drops, "
		 "before its verdict, and\n"
		 "# to the end of a chain whose policy is drop:\n");
	snprintf(text, sizeof text, nft, group, group);
	print_tool(ctl, "nft", text);
	say(ctl, "# iptables: the same match with NFLOG precedes each rule "
		 "that drops, and goes\n"
		 "# to the end of a chain whose policy is DROP:\n");
	snprintf(
	    text, sizeof text, iptables, "iptables", group, "iptables", group);
	print_tool(ctl, "iptables", text);
	snprintf(text, sizeof text, iptables, "ip6tables", group, "ip6tables",
	    group);
	print_tool(ctl, "ip6tables", text);
	say(ctl, "# A prefix with the word INVALID says that the tracker found "
		 "no state.\n");
}
