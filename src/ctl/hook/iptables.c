/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In iptables the rules are at the end of the chains of the table
 * security, which come after those of filter: synward sees what the filter
 * lets through, and an accepting rule there takes nothing from it.  Where
 * there is no such table, mangle serves.
 *
 * What this host sends and receives must show the same addresses both ways.
 * The kernel translates the destination of its own packets in OUTPUT, and
 * routes them again after that: so the final interface is known only in
 * POSTROUTING, where mangle precedes the translation of sources.  There an own
 * packet is recognised by its source, an address of this host; forwarded ones
 * do not have one yet.  A packet with another source, as a transparent proxy
 * sends it, is queued in OUTPUT.  The answers are translated back in INPUT, at
 * priority 100, so INPUT must be earlier: security is at 50 in iptables-legacy,
 * but at 150 in iptables-nft, where mangle serves.
 *
 * Old rules leave and new ones come in one transaction of iptables-restore.
 *
 * iptables makes a table and its chains when they are first used, and never
 * takes them away.  So that the ruleset is as before afterwards, the comment
 * of each rule remembers what was made for it: "synward" nothing,
 * "synward-chain" the chain, "synward-table" the table, too.  While it is
 * taken away, rules in a chain of our own remember the same, so that the
 * next call after an interruption can continue.
 *
 * A rule with the match bpf names the file of a program.  iptables opens the
 * file for each comparison of rules, and finds none equal: so such a rule is
 * removed by its number.  iptables-legacy opens it for each later change of
 * the table as well, and refuses the change when the file
 * is gone: so the rule goes first, and then the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/hook/iptables.h"
#include "ctl/run.h"

/* Matches that make the kernel join fragments as soon as a rule uses them,
 * the cheapest first. */
static const char *const joiners[] = { "-m socket",
	"-m conntrack --ctstate NEW" };
enum { JOINERS = sizeof joiners / sizeof joiners[0] };

static bool
has_table(const char *program, const char *table)
{
	const char *const argv[] = { "nft", "list", "table",
		sw_hook_iptables_family(program), table, NULL };

	return sw_run_quietly(argv, NULL) == 0;
}

static bool
has_chain(const char *program, const char *table, const char *chain)
{
	const char *const argv[] = { "nft", "list", "chain",
		sw_hook_iptables_family(program), table, chain, NULL };

	return sw_run_quietly(argv, NULL) == 0;
}

static bool
made_table(const struct sw_hook_ours *ours)
{
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (ours->made[i] != NULL &&
		    strcmp(ours->made[i], "-table") == 0)
			return true;
	return false;
}

/* What will have been made for a rule in this chain, as its comment says. */
static const char *
made_for(const char *program, const char *table, unsigned chain,
    const struct sw_hook_ours *ours)
{
	if (ours->made[chain] != NULL)
		return ours->made[chain];
	if (!sw_hook_iptables_speaks_nft(program))
		return "";
	if (made_table(ours) || !has_table(program, table))
		return "-table";
	return has_chain(program, table, sw_hook_chains[chain].name) ? ""
								     : "-chain";
}

static void
write_queue(FILE *out, const struct sw_hook_wish *wish)
{
	if (wish->count > 1)
		fprintf(out, "--queue-balance %u:%u", wish->first,
		    wish->first + wish->count - 1);
	else
		fprintf(out, "--queue-num %u", wish->first);
	fprintf(out, "%s\n", wish->bypass ? " --queue-bypass" : "");
}

static void
write_wish(FILE *out, const struct sw_hook_change *change,
    const struct sw_hook_wish *wish)
{
	const char *program = change->program, *table = change->table;
	const struct sw_hook_ours *ours = &change->ours;

	/* Declaring a chain makes it, or empties it. */
	fprintf(out,
	    ":" SW_HOOK_DEFRAG " - [0:0]\n"
	    "-A " SW_HOOK_DEFRAG " " SW_HOOK_COMMENT " %s -j RETURN\n",
	    change->joiner);
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		if (!wish->chain[i])
			continue;
		fprintf(out, "-A %s%s " SW_HOOK_COMMENT "%s%s -j NFQUEUE ",
		    sw_hook_chains[i].name, sw_hook_chains[i].match,
		    made_for(program, table, i, ours),
		    wish->match ? SW_HOOK_MATCH : "");
		write_queue(out, wish);
	}
}

static bool
any_matches(const struct sw_hook_ours *ours)
{
	for (size_t i = 0; i < ours->n; i++)
		if (strstr(ours->list[i], SW_HOOK_MATCH) != NULL)
			return true;
	return false;
}

/* All but the chain that joins fragments and what is in it; the last first,
 * because each one changes the numbers of those after it. */
static void
write_removal(FILE *out, const struct sw_hook_ours *ours)
{
	bool by_number = any_matches(ours);

	for (size_t i = ours->n; i-- > 0;) {
		const char *rule = ours->list[i] + strlen("-A ");

		if (sw_hook_iptables_joins(ours->list[i]))
			continue;
		if (by_number)
			fprintf(out, "-D %.*s %u\n", (int)strcspn(rule, " "),
			    rule, ours->number[i]);
		else
			fprintf(out, "-D %s\n", rule);
	}
}

/* Records what was made, for the call that removes it.  The rule that joins
 * fragments stays until then: it also has chains in the kernel
 * (ctl/hook/drain.c). */
static void
write_notes(FILE *out, const struct sw_hook_ours *ours)
{
	fprintf(out, ":" SW_HOOK_DEFRAG " - [0:0]\n");
	for (size_t i = 0; i < ours->n; i++)
		if (sw_hook_iptables_joins(ours->list[i]))
			fprintf(out, "%s\n", ours->list[i]);
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (ours->made[i] != NULL && *ours->made[i] != '\0')
			fprintf(out,
			    "-A " SW_HOOK_DEFRAG " " SW_HOOK_COMMENT
			    "-%s%s -j RETURN\n",
			    sw_hook_chains[i].name, ours->made[i]);
}

/* wish NULL: only take away.  => exit status of iptables-restore; *errors is
 * the caller's */
static int
replace(const struct sw_hook_change *change, const struct sw_hook_wish *wish,
    char **errors)
{
	char restore[64], *script = NULL;
	const char *const argv[] = { restore, "-w", "-n", NULL };
	size_t size = 0;
	FILE *out = open_memstream(&script, &size);
	struct sw_ran ran;

	if (out == NULL)
		abort(); /* no memory for a page of text */
	snprintf(restore, sizeof restore, "%s-restore", change->program);
	fprintf(out, "*%s\n", change->table);
	write_removal(out, &change->ours);
	if (wish != NULL)
		write_wish(out, change, wish);
	else
		write_notes(out, &change->ours);
	fprintf(out, "COMMIT\n");
	fclose(out);
	ran = sw_run(argv, script);
	free(script);
	free(ran.output);
	*errors = ran.errors;
	return ran.status;
}

/* Without rules, its own and others'. */
static bool
is_empty(const char *program, const char *table, const char *chain)
{
	const char *const argv[] = { program, "-w", "-t", table, "-S", chain,
		NULL };
	struct sw_ran ran = sw_run(argv, NULL);
	bool empty = ran.status == 0 && strstr(ran.output, "-A ") == NULL &&
		     strstr(ran.output, " ACCEPT") != NULL;

	sw_run_free(&ran);
	return empty;
}

/* Is there nothing in the table but the chain of ours? */
static bool
only_notes_left(const char *program, const char *table)
{
	static const char own[] = "chain " SW_HOOK_DEFRAG " ";
	const char *const argv[] = { "nft", "list", "table",
		sw_hook_iptables_family(program), table, NULL };
	struct sw_ran ran = sw_run(argv, NULL);
	bool only = ran.status == 0 && strstr(ran.output, "set ") == NULL;

	for (const char *at = ran.output; (at = strstr(at, "chain ")) != NULL;
	     at++)
		only = only && strncmp(at, own, sizeof own - 1) == 0;
	sw_run_free(&ran);
	return only;
}

/* Takes away the chains that were made, as far as nobody else uses them. */
static void
unmake_chains(
    const char *program, const char *table, const struct sw_hook_ours *ours)
{
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		const char *const argv[] = { "nft", "delete", "chain",
			sw_hook_iptables_family(program), table,
			sw_hook_chains[i].name, NULL };

		if (ours->made[i] != NULL && *ours->made[i] != '\0' &&
		    is_empty(program, table, sw_hook_chains[i].name))
			sw_run_quietly(argv, NULL);
	}
}

int
sw_hook_iptables_fail(const char *program, char *errors)
{
	int code = strstr(errors, "ermission denied") != NULL ||
			   strstr(errors, "ot permitted") != NULL
		       ? SW_EXIT_NOT_PERMITTED
		       : SW_EXIT_FAILURE;

	errors[strcspn(errors, "\n")] = '\0';
	return sw_command_fail((enum sw_ctl_exit)code, "%s: %s", program,
	    errors[0] != '\0' ? errors : "cannot be run");
}

int
sw_hook_iptables_remove(struct sw_hook_change *change)
{
	char *errors;
	int code = SW_EXIT_OK;

	free(sw_hook_iptables_find(
	    change->program, change->table, &change->ours));
	if (change->ours.n == 0 && !change->ours.defrag)
		return SW_EXIT_OK;
	if (replace(change, NULL, &errors) != 0)
		code = sw_hook_iptables_fail(change->program, errors);
	free(errors);
	return code;
}

int
sw_hook_iptables_unmake(const struct sw_hook_change *change)
{
	const char *program = change->program, *table = change->table;
	const char *const delete[] = { "nft", "delete", "table",
		sw_hook_iptables_family(program), table, NULL };
	char restore[64], script[SW_HOOK_RULE];
	const char *const argv[] = { restore, "-w", "-n", NULL };
	struct sw_ran ran;
	int code = SW_EXIT_OK;

	unmake_chains(program, table, &change->ours);
	if (made_table(&change->ours) && only_notes_left(program, table) &&
	    sw_run_quietly(delete, NULL) == 0)
		return SW_EXIT_OK;
	snprintf(restore, sizeof restore, "%s-restore", program);
	snprintf(script, sizeof script,
	    "*%s\n-F " SW_HOOK_DEFRAG "\n-X " SW_HOOK_DEFRAG "\nCOMMIT\n",
	    table);
	ran = sw_run(argv, script);
	if (ran.status != 0)
		code = sw_hook_iptables_fail(program, ran.errors);
	sw_run_free(&ran);
	return code;
}

/* => false with *errors filled, which is the caller's in either case */
static bool
put_into(const char *program, const char *table, const char *joiner,
    const struct sw_hook_wish *wish, char **errors)
{
	struct sw_hook_change change = { program, table, joiner, { .n = 0 } };

	*errors = sw_hook_iptables_find(program, table, &change.ours);
	if (*errors != NULL)
		return false;
	if (replace(&change, wish, errors) != 0)
		return false;
	/* Chains that are no longer asked for may be left empty. */
	unmake_chains(program, table, &change.ours);
	return true;
}

/* In the first way to join fragments that works.
 * => NULL, or why not: the caller's */
static char *
put_joined(
    const char *program, const char *table, const struct sw_hook_wish *wish)
{
	char *errors = NULL;

	for (size_t i = 0; i < JOINERS; i++) {
		free(errors);
		if (put_into(program, table, joiners[i], wish, &errors)) {
			free(errors);
			return NULL;
		}
	}
	return errors;
}

/* Where iptables speaks nft, its table security comes after the one that
 * translates addresses in INPUT. */
static bool
is_early(unsigned chain, bool speaks_nft)
{
	return chain == SW_HOOK_POSTROUTING ||
	       (chain == SW_HOOK_INPUT && speaks_nft);
}

/* Leaves in *wish what needs that table, or what does not.
 * => is there anything? */
static bool
select_rules(struct sw_hook_wish *wish, const char *program, bool early)
{
	bool speaks_nft = sw_hook_iptables_speaks_nft(program), any = false;

	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		wish->chain[i] =
		    wish->chain[i] && is_early(i, speaks_nft) == early;
		any = any || wish->chain[i];
	}
	return any;
}

char *
sw_hook_iptables_up(const char *program, const struct sw_hook_wish *wish,
    struct sw_hook_place *place)
{
	struct sw_hook_wish early = *wish, late = *wish;
	char *errors = NULL;

	*place = (struct sw_hook_place){ .program = program };
	if (select_rules(&early, program, true)) {
		place->early = SW_HOOK_EARLY;
		errors = put_joined(program, place->early, &early);
	}
	if (errors != NULL || !select_rules(&late, program, false))
		return errors;
	place->table = sw_hook_tables[0];
	errors = put_joined(program, place->table, &late);
	if (errors == NULL)
		return NULL;
	free(errors);
	place->table = SW_HOOK_EARLY;
	return put_joined(program, place->table, wish);
}
