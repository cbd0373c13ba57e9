/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook: the rules that bring packets to the queue.
 *
 * Everything synward puts into a ruleset carries its name: a table of its
 * own in nftables, a comment on each rule in iptables.  So it is found
 * again without a note kept elsewhere, and nothing else is touched.
 */
#ifndef SYNWARD_CTL_HOOK_HOOK_H
#define SYNWARD_CTL_HOOK_HOOK_H

#include "ctl/command.h"

enum sw_hook_chain {
	SW_HOOK_FORWARD,
	SW_HOOK_INPUT,
	SW_HOOK_OUTPUT,
	SW_HOOK_CHAINS
};

struct sw_hook_wish {
	bool chain[SW_HOOK_CHAINS]; /* which are asked for */
	unsigned first, count;	    /* queues */
	bool bypass;		    /* packets pass while nobody reads */
};

/* A chain that no packet ever comes to: the rule in it has the kernel join
 * fragments, because it is there. */
#define SW_HOOK_DEFRAG "synward-defrag"

/* Our table in nftables. */
#define SW_HOOK_TABLE "inet synward"

/* ctl/hook/other.c */

/* Rules of others that send packets to a queue, one a line; to be freed. */
char *sw_hook_others(void);

/* ctl/hook/nft.c */

/* Has this kernel nftables with the queue statement? */
bool sw_hook_nft_works(void);
/* => exit code; what went wrong was written */
int sw_hook_nft_up(const struct sw_hook_wish *wish);
/* => exit code; nothing there is fine */
int sw_hook_nft_down(void);
/* Our table as nft shows it, "" when there is none; to be freed. */
char *sw_hook_nft_show(void);

/* ctl/hook/iptables.c, for "iptables" and "ip6tables" each */
int sw_hook_iptables_up(const char *program, const struct sw_hook_wish *wish);
int sw_hook_iptables_down(const char *const programs[], size_t n);
char *sw_hook_iptables_show(const char *program);

/* Waits until no packet is in a queue any more, at most half a second. */
void sw_hook_drain(void);

#endif
