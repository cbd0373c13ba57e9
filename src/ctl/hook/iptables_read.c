/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds our rules in a table, as iptables -S shows it.
 *
 * Others may use such comments as well: a rule is ours when all of it is as
 * we write it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/hook/iptables.h"
#include "ctl/run.h"

const char *const sw_hook_tables[SW_HOOK_TABLES] = { "security",
	SW_HOOK_EARLY };

const struct sw_hook_iptables_chain sw_hook_chains[SW_HOOK_CHAINS] = {
	[SW_HOOK_FORWARD] = { "FORWARD", "", NULL },
	[SW_HOOK_INPUT] = { "INPUT", " ! -i lo", NULL },
	[SW_HOOK_OUTPUT] = { "OUTPUT",
	    " ! -o lo -m addrtype ! --src-type LOCAL", " ! -o lo" },
	[SW_HOOK_POSTROUTING] = { "POSTROUTING",
	    " ! -o lo -m addrtype --src-type LOCAL", NULL },
};

/* What a comment says was made. */
static const char *const makes[] = { "-table", "-chain", "" };
enum { MAKES = sizeof makes / sizeof makes[0] };

/* Does the line consist of before, one of makes, and behind?
 * => which of them, or NULL */
static const char *
match_made(const char *line, const char *before, const char *behind)
{
	size_t length = strlen(before);

	if (strncmp(line, before, length) != 0)
		return NULL;
	for (unsigned i = 0; i < MAKES; i++)
		if (strncmp(line + length, makes[i], strlen(makes[i])) == 0 &&
		    strncmp(line + length + strlen(makes[i]), behind,
			strlen(behind)) == 0)
			return makes[i];
	return NULL;
}

/* Of several rules in a chain the first that made something counts. */
static void
learn_made(struct sw_hook_ours *ours, unsigned chain, const char *made)
{
	if (ours->made[chain] == NULL || *ours->made[chain] == '\0')
		ours->made[chain] = made;
}

/* Is it a rule that sends packets to the queue?
 * => what its comment says was made, or NULL */
static const char *
match_rule(const char *line, const char *chain, const char *match)
{
	char rule[SW_HOOK_RULE];
	const char *made;

	if (match == NULL)
		return NULL;
	snprintf(rule, sizeof rule, "-A %s%s " SW_HOOK_COMMENT, chain, match);
	made = match_made(line, rule, " -j NFQUEUE ");
	return made != NULL
		   ? made
		   : match_made(line, rule, SW_HOOK_MATCH " -j NFQUEUE ");
}

/* => whether it is one of our rules; what it remembers is learned */
static bool
is_ours(struct sw_hook_ours *ours, const char *line)
{
	static const char joins[] =
	    "-A " SW_HOOK_DEFRAG " " SW_HOOK_COMMENT " ";

	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		const struct sw_hook_iptables_chain *chain = &sw_hook_chains[i];
		const char *made = match_rule(line, chain->name, chain->match);
		char note[SW_HOOK_RULE];
		const char *noted;

		if (made == NULL)
			made = match_rule(line, chain->name, chain->former);
		snprintf(note, sizeof note,
		    "-A " SW_HOOK_DEFRAG " " SW_HOOK_COMMENT "-%s",
		    chain->name);
		noted = match_made(line, note, " -j RETURN");
		if (made != NULL || noted != NULL)
			learn_made(ours, i, made != NULL ? made : noted);
		if (made != NULL)
			return true;
	}
	return strncmp(line, joins, sizeof joins - 1) == 0;
}

/* Is it a rule of the same chain as the line before it?  before may be NULL. */
static bool
same_chain(const char *before, const char *line)
{
	size_t length = strlen("-A ");

	length += strcspn(line + length, " ");
	return before != NULL && strncmp(before, line, length + 1) == 0;
}

/* Where nft has put into a table what iptables does not know, iptables still
 * writes there, but may never find it again.
 * => NULL, or why not all of the table can be read: the caller's */
char *
sw_hook_iptables_find(
    const char *program, const char *table, struct sw_hook_ours *ours)
{
	const char *const argv[] = { program, "-w", "-t", table, "-S", NULL };
	struct sw_ran ran = sw_run(argv, NULL);
	char *wrong = NULL;
	char *rest = ran.output, *line, *before = NULL;
	unsigned number = 0;

	memset(ours, 0, sizeof *ours);
	while ((line = strsep(&rest, "\n")) != NULL) {
		ours->defrag |= strcmp(line, "-N " SW_HOOK_DEFRAG) == 0;
		if (strncmp(line, "-A ", 3) != 0)
			continue;
		number = same_chain(before, line) ? number + 1 : 1;
		before = line;
		if (strlen(line) < SW_HOOK_RULE && ours->n < SW_HOOK_RULES &&
		    is_ours(ours, line)) {
			ours->number[ours->n] = number;
			strcpy(ours->list[ours->n++], line);
		}
	}
	if (ran.status != 0) {
		wrong = ran.errors;
		ran.errors = NULL;
	}
	sw_run_free(&ran);
	return wrong;
}

const char *
sw_hook_iptables_family(const char *program)
{
	return strncmp(program, "ip6", 3) == 0 ? "ip6" : "ip";
}

bool
sw_hook_iptables_speaks_nft(const char *program)
{
	const char *const argv[] = { program, "-V", NULL };
	struct sw_ran ran = sw_run(argv, NULL);
	bool speaks = strstr(ran.output, "nf_tables") != NULL;

	sw_run_free(&ran);
	return speaks;
}

bool
sw_hook_iptables_joins(const char *rule)
{
	static const char start[] = "-A " SW_HOOK_DEFRAG " ";

	return strncmp(rule, start, sizeof start - 1) == 0;
}
