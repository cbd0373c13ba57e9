/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In nftables the hook is a separate table.  One transaction replaces its
 * rules, so they are always present, and removing the table leaves no trace.
 *
 * When a chain leaves a hook of the kernel, all packets that wait in any
 * queue are dropped, even if the chain was only tried (nft -c).  So a chain
 * stays if it is needed again, and a trial chain has no hook.
 *
 * The chains come after those of filters (priority security): synward sees
 * what they let through.  Why own packets are queued in two places:
 * ctl/hook/iptables.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/hook/hook.h"
#include "ctl/run.h"

#define TABLE SW_HOOK_TABLE

enum { SCRIPT = 4096 };

static const char *const check[] = { "nft", "-c", "-f", "-", NULL };
static const char *const apply[] = { "nft", "-f", "-", NULL };
static const char *const list[] = { "nft", "list", "table", "inet", "synward",
	NULL };

static const struct {
	const char *name, *priority, *match;
} chains[SW_HOOK_CHAINS] = {
	[SW_HOOK_FORWARD] = { "forward", "security", "" },
	[SW_HOOK_INPUT] = { "input", "security", "iifname != \"lo\" " },
	[SW_HOOK_OUTPUT] = { "output", "security",
	    "oifname != \"lo\" fib saddr type != local " },
	[SW_HOOK_POSTROUTING] = { "postrouting", "srcnat - 10",
	    "oifname != \"lo\" fib saddr type local " },
};

bool
sw_hook_nft_works(void)
{
	return sw_run_quietly(check,
		   "add table inet synward_probe\n"
		   "add chain inet synward_probe c\n"
		   "add rule inet synward_probe c queue num 0\n") == 0;
}

/* Both make the kernel join fragments before any chain sees them; no other
 * chain jumps to their chain. */
static const char *
joins_fragments(void)
{
	static const char proxy[] = "meta l4proto tcp tproxy to :1";
	static const char track[] = "ct state new counter";
	char script[SCRIPT];

	snprintf(script, sizeof script,
	    "add table inet synward_probe\n"
	    "add chain inet synward_probe c\n"
	    "add rule inet synward_probe c %s\n",
	    proxy);
	return sw_run_quietly(check, script) == 0 ? proxy : track;
}

static void
write_chain(
    FILE *out, enum sw_hook_chain chain, const struct sw_hook_wish *wish)
{
	const char *name = chains[chain].name;

	fprintf(out,
	    "	chain %s {\n"
	    "		type filter hook %s priority %s; policy accept;\n"
	    "		%squeue%s to %u",
	    name, name, chains[chain].priority, chains[chain].match,
	    wish->bypass ? " flags bypass" : "", wish->first);
	if (wish->count > 1)
		fprintf(out, "-%u", wish->first + wish->count - 1);
	fprintf(out, "\n	}\n");
}

bool
sw_hook_nft_has(const char *shown, enum sw_hook_chain chain)
{
	char start[32];

	snprintf(start, sizeof start, "chain %s {", chains[chain].name);
	return strstr(shown, start) != NULL;
}

/* Those that are there and not asked for any more. */
static void
write_leaving(FILE *out, const struct sw_hook_wish *wish)
{
	char *shown = sw_hook_nft_show();

	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (!wish->chain[i] &&
		    sw_hook_nft_has(shown, (enum sw_hook_chain)i))
			fprintf(
			    out, "delete chain " TABLE " %s\n", chains[i].name);
	free(shown);
}

static char *
write_script(const struct sw_hook_wish *wish)
{
	char *script = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&script, &size);

	if (out == NULL)
		abort(); /* no memory for a page of text */
	fprintf(out, "add table " TABLE "\n"
		     "flush table " TABLE "\n");
	write_leaving(out, wish);
	fprintf(out,
	    "table " TABLE " {\n"
	    "	chain " SW_HOOK_DEFRAG " {\n"
	    "		%s\n"
	    "	}\n",
	    joins_fragments());
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (wish->chain[i])
			write_chain(out, (enum sw_hook_chain)i, wish);
	fprintf(out, "}\n");
	fclose(out);
	return script;
}

int
sw_hook_nft_up(const struct sw_hook_wish *wish)
{
	char *script = write_script(wish);
	struct sw_ran ran = sw_run(apply, script);
	int code = SW_EXIT_OK;

	if (ran.status != 0)
		code = sw_command_fail(SW_EXIT_FAILURE, "nft: %s", ran.errors);
	sw_run_free(&ran);
	free(script);
	return code;
}

char *
sw_hook_nft_show(void)
{
	struct sw_ran ran = sw_run(list, NULL);

	free(ran.errors);
	if (ran.status != 0)
		ran.output[0] = '\0';
	return ran.output;
}

bool
sw_hook_nft_feeds(void)
{
	char *shown = sw_hook_nft_show(), *rest = shown, *line;
	bool hooked = false, feeds = false;

	/* A chain that hooks in begins with its type; then come rules. */
	while ((line = strsep(&rest, "\n")) != NULL) {
		line += strspn(line, " \t");
		if (strncmp(line, "type ", 5) == 0)
			hooked = true;
		else if (*line == '}')
			hooked = false;
		else
			feeds |= hooked;
	}
	free(shown);
	return feeds;
}

/* => exit status of nft; what joins fragments stays (ctl/hook/drain.c) */
static int
flush_chains(const char *shown)
{
	char script[SCRIPT] = "";
	size_t length = 0;

	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (sw_hook_nft_has(shown, (enum sw_hook_chain)i))
			length += (size_t)snprintf(script + length,
			    sizeof script - length,
			    "flush chain " TABLE " %s\n", chains[i].name);
	return sw_run_quietly(apply, script);
}

int
sw_hook_nft_down(void)
{
	char *shown = sw_hook_nft_show();
	bool there = shown[0] != '\0';

	if (there && flush_chains(shown) == 0)
		sw_hook_drain();
	free(shown);
	if (there && sw_run_quietly(apply, "delete table " TABLE "\n") != 0)
		return sw_command_fail(
		    SW_EXIT_FAILURE, "nft: cannot delete table " TABLE);
	return SW_EXIT_OK;
}
