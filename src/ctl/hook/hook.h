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
#include "lanes/lane_set.h"

enum sw_hook_chain {
	SW_HOOK_FORWARD,
	SW_HOOK_INPUT,
	SW_HOOK_OUTPUT,	     /* from an address that is not this host's */
	SW_HOOK_POSTROUTING, /* from an address of this host */
	SW_HOOK_CHAINS
};

struct sw_hook_wish {
	bool chain[SW_HOOK_CHAINS]; /* which are asked for */
	unsigned first, count;	    /* queues */
	bool bypass;		    /* packets pass while nobody reads */
	bool none;		    /* the source of packets is no queue */
	bool match;		    /* only what SW_HOOK_PIN asks for */
	bool keep;		    /* hook.keep */
};

/* A chain that no packet ever comes to: the rule in it has the kernel join
 * fragments, because it is there. */
#define SW_HOOK_DEFRAG "synward-defrag"

/* Our table in nftables. */
#define SW_HOOK_TABLE "inet synward"

/* The daemon's program for iptables' match bpf, in a file system of its own.
 * It answers which packets the daemon has to see. */
#define SW_HOOK_BPFFS SW_LANE_BPFFS
#define SW_HOOK_PIN SW_LANE_PIN

/* iptables and ip6tables; each can be of either backend. */
#define SW_HOOK_BACKENDS 2
#define SW_HOOK_FAMILIES 2

extern const char *const sw_hook_programs[SW_HOOK_FAMILIES];

/* ctl/hook/hook.c */

/* From the configuration: all but which chains.  => exit code; what is wrong
 * with it was written */
int sw_hook_wish_load(const struct sw_ctl *ctl, struct sw_hook_wish *wish);

/* Our rules as nft, iptables and ip6tables show them, "" where there are none;
 * to be freed. */
#define SW_HOOK_TEXTS (1 + SW_HOOK_FAMILIES)
void sw_hook_texts_read(char *texts[SW_HOOK_TEXTS]);
void sw_hook_texts_free(char *texts[SW_HOOK_TEXTS]);

/* ctl/hook/put.c */

/* Puts the rules, or replaces those that are there.  with: "nft", "iptables",
 * or NULL for what suits.  => exit code; what went wrong was written */
int sw_hook_put(const char *with, struct sw_hook_wish *wish);
/* Removes all that is ours.  => exit code */
int sw_hook_take_down(void);
/* How many families this host has, IPv4 first. */
size_t sw_hook_families(void);

/* ctl/hook/keep.c */

/* Puts rules back that somebody else takes out, until a signal ends it or the
 * configuration no longer wants it.  => exit code */
int sw_hook_keep(const struct sw_ctl *ctl);

/* ctl/hook/channel.c: how hook up and hook down reach hook keep */

/* => a descriptor: while it is open, hook keep does nothing; or -1 */
int sw_hook_channel_pause(void);
void sw_hook_channel_resume(int fd);
/* => a descriptor on which changes are announced, or -errno; -EADDRINUSE:
 *    another process keeps the rules of this network namespace */
int sw_hook_channel_open(void);
/* Waits for a change, at most that long, and until it is made.
 * => was there one? */
bool sw_hook_channel_wait(int fd, int timeout_ms);

/* ctl/hook/pin.c */

/* May rules for that queue use the program?  A pin that is missing, though
 * the daemon has a program, is made again.  Says so when the pin is that of
 * another daemon. */
bool sw_hook_pin_prepare(unsigned queue);
/* Removes the program and its file system, after the rules that use it.
 * => exit code; nothing there is fine */
int sw_hook_pin_remove(void);
/* Do these rules use the program?  why: => a phrase, why or why not */
bool
sw_hook_pin_is_used(const char *nft, const char *iptables, const char **why);

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
/* Do rules of ours there send packets to a queue? */
bool sw_hook_nft_feeds(void);
/* Our table as nft shows it, "" when there is none; to be freed. */
char *sw_hook_nft_show(void);
/* Has the table, as it was shown, this chain? */
bool sw_hook_nft_has(const char *shown, enum sw_hook_chain chain);

/* ctl/hook/iptables.c; each backend of each family has tables of its own */

/* Where rules of one family are. */
struct sw_hook_place {
	const char *program; /* as "iptables" or "ip6tables-legacy" */
	const char *table;   /* NULL: no rule needs it */
	const char *early;   /* of the rules that must precede NAT, or NULL */
};

/* Puts the rules into the first table that takes them, except those that need
 * a certain one.
 * => NULL and *place, or why not: the caller's */
char *sw_hook_iptables_up(const char *program, const struct sw_hook_wish *wish,
    struct sw_hook_place *place);

/* Removes all rules of ours of the first families (IPv4, IPv6), except those
 * at a place in keep, which may be NULL.  => exit code */
int sw_hook_iptables_clear(size_t families, const struct sw_hook_place *keep);

/* The same question of the places that are not in keep. */
bool sw_hook_iptables_feeds(size_t families, const struct sw_hook_place *keep);

/* Our rules of all backends; to be freed. */
char *sw_hook_iptables_show(const char *program);

/* The program for the tables that this one does not see, of the same family. */
const char *sw_hook_iptables_other(const char *program);

/* Prints "PROGRAM: first line of errors".  => exit code */
int sw_hook_iptables_fail(const char *program, char *errors);

/* Waits until no packet is in a queue any more, at most half a second. */
void sw_hook_drain(void);

/* --- kernel_lines.c --- */

/* Prints the rules that log drops to this group. */
void sw_hook_kernel_lines(const struct sw_ctl *ctl, unsigned group);

#endif
