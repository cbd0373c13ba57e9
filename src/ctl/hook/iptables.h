/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iptables: our rules in one table of iptables, for the files of this folder.
 */
#ifndef SYNWARD_CTL_HOOK_IPTABLES_H
#define SYNWARD_CTL_HOOK_IPTABLES_H

#include "ctl/hook/hook.h"

#define SW_HOOK_COMMENT "-m comment --comment synward"
#define SW_HOOK_MATCH " -m bpf --object-pinned " SW_HOOK_PIN

#define SW_HOOK_TABLES 2
#define SW_HOOK_EARLY "mangle"
#define SW_HOOK_RULE 256 /* bytes of a rule's text */
#define SW_HOOK_RULES 32

/* The tables to use, the better first; SW_HOOK_EARLY is the last. */
extern const char *const sw_hook_tables[SW_HOOK_TABLES];

struct sw_hook_iptables_chain {
	const char *name, *match;
	const char *former; /* what earlier versions wrote for match, or NULL */
};
extern const struct sw_hook_iptables_chain sw_hook_chains[SW_HOOK_CHAINS];

/* Our rules in one table, as iptables -S shows them. */
struct sw_hook_ours {
	char list[SW_HOOK_RULES][SW_HOOK_RULE];
	unsigned number[SW_HOOK_RULES]; /* in their chains, from 1 */
	size_t n;
	bool defrag; /* the chain SW_HOOK_DEFRAG */
	/* "-table", "-chain" or ""; NULL: nothing of ours was ever there */
	const char *made[SW_HOOK_CHAINS];
};

/* The content of a table that replaces our rules there. */
struct sw_hook_change {
	const char *program, *table, *joiner;
	struct sw_hook_ours ours;
};

/* ctl/hook/iptables_read.c */

/* => NULL, or why not all of the table can be read: the caller's */
char *sw_hook_iptables_find(
    const char *program, const char *table, struct sw_hook_ours *ours);

/* "ip" or "ip6" */
const char *sw_hook_iptables_family(const char *program);

/* Does iptables keep its rules where nft sees them? */
bool sw_hook_iptables_speaks_nft(const char *program);

/* Is it a rule in the chain that joins fragments? */
bool sw_hook_iptables_joins(const char *rule);

/* ctl/hook/iptables.c */

/* Removes the rules and leaves in change what was made for them.
 * => exit code */
int sw_hook_iptables_remove(struct sw_hook_change *change);

/* Removes what was made, and last of all what remembers it.  => exit code */
int sw_hook_iptables_unmake(const struct sw_hook_change *change);

#endif
