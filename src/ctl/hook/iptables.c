/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In iptables the rules are at the end of the chains of the table
 * security, which come after those of filter: synward sees what the filter
 * lets through, and an accepting rule there takes nothing from it.  Where
 * there is no such table, mangle serves.
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
 * Others may use such comments as well: a rule is ours when all of it is as
 * we write it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/hook/hook.h"
#include "ctl/run.h"

#define COMMENT "-m comment --comment synward"

/* Matches that make the kernel join fragments as soon as a rule uses them,
 * the cheapest first. */
static const char *const joiners[] = { "-m socket",
	"-m conntrack --ctstate NEW" };
enum { JOINERS = sizeof joiners / sizeof joiners[0] };

enum { RULE = 256, SCRIPT = 8192, RULES = 32 };

static const char *const tables[] = { "security", "mangle" };
enum { TABLES = sizeof tables / sizeof tables[0] };

static const struct {
	const char *name, *match;
} chains[SW_HOOK_CHAINS] = {
	[SW_HOOK_FORWARD] = { "FORWARD", "" },
	[SW_HOOK_INPUT] = { "INPUT", " ! -i lo" },
	[SW_HOOK_OUTPUT] = { "OUTPUT", " ! -o lo" },
};

/* What a comment says was made. */
static const char *const makes[] = { "-table", "-chain", "" };
enum { MAKES = sizeof makes / sizeof makes[0] };

/* Our rules in one table, as iptables -S shows them. */
struct ours {
	char list[RULES][RULE];
	size_t n;
	bool defrag; /* the chain SW_HOOK_DEFRAG */
	/* one of makes; NULL: nothing of ours was ever there */
	const char *made[SW_HOOK_CHAINS];
};

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
learn_made(struct ours *ours, unsigned chain, const char *made)
{
	if (ours->made[chain] == NULL || *ours->made[chain] == '\0')
		ours->made[chain] = made;
}

/* => whether it is one of our rules; what it remembers is learned */
static bool
is_ours(struct ours *ours, const char *line)
{
	static const char joins[] = "-A " SW_HOOK_DEFRAG " " COMMENT " ";

	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		char rule[RULE], note[RULE];
		const char *made, *noted;

		snprintf(rule, sizeof rule, "-A %s%s " COMMENT, chains[i].name,
		    chains[i].match);
		snprintf(note, sizeof note,
		    "-A " SW_HOOK_DEFRAG " " COMMENT "-%s", chains[i].name);
		made = match_made(line, rule, " -j NFQUEUE ");
		noted = match_made(line, note, " -j RETURN");
		if (made != NULL || noted != NULL)
			learn_made(ours, i, made != NULL ? made : noted);
		if (made != NULL)
			return true;
	}
	return strncmp(line, joins, sizeof joins - 1) == 0;
}

/* Where nft has put into a table what iptables does not know, iptables still
 * writes there, but may never find it again.
 * => NULL, or why not all of the table can be read: the caller's */
static char *
find_ours(const char *program, const char *table, struct ours *ours)
{
	const char *const argv[] = { program, "-w", "-t", table, "-S", NULL };
	struct sw_ran ran = sw_run(argv, NULL);
	char *wrong = NULL;
	char *rest = ran.output, *line;

	memset(ours, 0, sizeof *ours);
	while ((line = strsep(&rest, "\n")) != NULL) {
		ours->defrag |= strcmp(line, "-N " SW_HOOK_DEFRAG) == 0;
		if (strlen(line) < RULE && ours->n < RULES &&
		    is_ours(ours, line))
			strcpy(ours->list[ours->n++], line);
	}
	if (ran.status != 0) {
		wrong = ran.errors;
		ran.errors = NULL;
	}
	sw_run_free(&ran);
	return wrong;
}

static const char *
family_of(const char *program)
{
	return strcmp(program, "ip6tables") == 0 ? "ip6" : "ip";
}

/* Does iptables keep its rules where nft sees them? */
static bool
speaks_nft(const char *program)
{
	const char *const argv[] = { program, "-V", NULL };
	struct sw_ran ran = sw_run(argv, NULL);
	bool speaks = strstr(ran.output, "nf_tables") != NULL;

	sw_run_free(&ran);
	return speaks;
}

static bool
has_table(const char *program, const char *table)
{
	const char *const argv[] = { "nft", "list", "table", family_of(program),
		table, NULL };

	return sw_run_quietly(argv, NULL) == 0;
}

static bool
has_chain(const char *program, const char *table, const char *chain)
{
	const char *const argv[] = { "nft", "list", "chain", family_of(program),
		table, chain, NULL };

	return sw_run_quietly(argv, NULL) == 0;
}

static bool
made_table(const struct ours *ours)
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
    const struct ours *ours)
{
	if (ours->made[chain] != NULL)
		return ours->made[chain];
	if (!speaks_nft(program))
		return "";
	if (made_table(ours) || !has_table(program, table))
		return "-table";
	return has_chain(program, table, chains[chain].name) ? "" : "-chain";
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

/* The new content of a table, which replaces our rules there. */
struct change {
	const char *program, *table, *joiner;
	struct ours ours;
};

static void
write_wish(
    FILE *out, const struct change *change, const struct sw_hook_wish *wish)
{
	const char *program = change->program, *table = change->table;
	const struct ours *ours = &change->ours;

	/* Declaring a chain makes it, or empties it. */
	fprintf(out,
	    ":" SW_HOOK_DEFRAG " - [0:0]\n"
	    "-A " SW_HOOK_DEFRAG " " COMMENT " %s -j RETURN\n",
	    change->joiner);
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		if (!wish->chain[i])
			continue;
		fprintf(out, "-A %s%s " COMMENT "%s -j NFQUEUE ",
		    chains[i].name, chains[i].match,
		    made_for(program, table, i, ours));
		write_queue(out, wish);
	}
}

static bool
joins_fragments(const char *rule)
{
	static const char start[] = "-A " SW_HOOK_DEFRAG " ";

	return strncmp(rule, start, sizeof start - 1) == 0;
}

/* All but the chain that joins fragments and what is in it. */
static void
write_removal(FILE *out, const struct ours *ours)
{
	for (size_t i = 0; i < ours->n; i++)
		if (!joins_fragments(ours->list[i]))
			fprintf(out, "-D %s\n", ours->list[i] + strlen("-A "));
}

/* Records what was made, for the call that removes it.  The rule that joins
 * fragments stays until then: it also has chains in the kernel
 * (ctl/hook/drain.c). */
static void
write_notes(FILE *out, const struct ours *ours)
{
	fprintf(out, ":" SW_HOOK_DEFRAG " - [0:0]\n");
	for (size_t i = 0; i < ours->n; i++)
		if (joins_fragments(ours->list[i]))
			fprintf(out, "%s\n", ours->list[i]);
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++)
		if (ours->made[i] != NULL && *ours->made[i] != '\0')
			fprintf(out,
			    "-A " SW_HOOK_DEFRAG " " COMMENT
			    "-%s%s -j RETURN\n",
			    chains[i].name, ours->made[i]);
}

/* wish NULL: only take away.  => exit status of iptables-restore; *errors is
 * the caller's */
static int
replace(
    const struct change *change, const struct sw_hook_wish *wish, char **errors)
{
	char restore[32], *script = NULL;
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
	const char *const argv[] = { "nft", "list", "table", family_of(program),
		table, NULL };
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
unmake_chains(const char *program, const char *table, const struct ours *ours)
{
	for (unsigned i = 0; i < SW_HOOK_CHAINS; i++) {
		const char *const argv[] = { "nft", "delete", "chain",
			family_of(program), table, chains[i].name, NULL };

		if (ours->made[i] != NULL && *ours->made[i] != '\0' &&
		    is_empty(program, table, chains[i].name))
			sw_run_quietly(argv, NULL);
	}
}

static int
fail(const char *program, char *errors)
{
	int code = strstr(errors, "ermission denied") != NULL ||
			   strstr(errors, "ot permitted") != NULL
		       ? SW_EXIT_NOT_PERMITTED
		       : SW_EXIT_FAILURE;

	errors[strcspn(errors, "\n")] = '\0';
	return sw_command_fail((enum sw_ctl_exit)code, "%s: %s", program,
	    errors[0] != '\0' ? errors : "cannot be run");
}

/* Takes the rules away and leaves in change what was made for them. */
static int
remove_rules(struct change *change)
{
	char *errors;
	int code = SW_EXIT_OK;

	free(find_ours(change->program, change->table, &change->ours));
	if (change->ours.n == 0 && !change->ours.defrag)
		return SW_EXIT_OK;
	if (replace(change, NULL, &errors) != 0)
		code = fail(change->program, errors);
	free(errors);
	return code;
}

/* Takes away what was made, and last of all what remembers it. */
static int
unmake(const struct change *change)
{
	const char *program = change->program, *table = change->table;
	const char *const delete[] = { "nft", "delete", "table",
		family_of(program), table, NULL };
	char restore[32], script[RULE];
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
		code = fail(program, ran.errors);
	sw_run_free(&ran);
	return code;
}

/* => false with *errors filled, which is the caller's in either case */
static bool
put_into(const char *program, const char *table, const char *joiner,
    const struct sw_hook_wish *wish, char **errors)
{
	struct change change = { program, table, joiner, { .n = 0 } };

	*errors = find_ours(program, table, &change.ours);
	if (*errors != NULL)
		return false;
	if (replace(&change, wish, errors) != 0)
		return false;
	/* Chains that are no longer asked for may be left empty. */
	unmake_chains(program, table, &change.ours);
	return true;
}

int
sw_hook_iptables_up(const char *program, const struct sw_hook_wish *wish)
{
	char *errors = NULL;
	int code;

	for (size_t i = 0; i < TABLES * JOINERS; i++) {
		free(errors);
		errors = NULL;
		if (put_into(program, tables[i % TABLES], joiners[i / TABLES],
			wish, &errors)) {
			free(errors);
			return SW_EXIT_OK;
		}
	}
	code = fail(program, errors);
	free(errors);
	return code;
}

/* All rules, then all chains: see ctl/hook/drain.c. */
int
sw_hook_iptables_down(const char *const programs[], size_t n)
{
	struct change *changes = calloc(n * TABLES, sizeof *changes);
	int code = changes == NULL ? SW_EXIT_FAILURE : SW_EXIT_OK;
	bool any = false;

	for (size_t i = 0; i < n * TABLES && code == SW_EXIT_OK; i++) {
		changes[i].program = programs[i / TABLES];
		changes[i].table = tables[i % TABLES];
		code = remove_rules(&changes[i]);
		any |= changes[i].ours.n > 0;
	}
	if (any)
		sw_hook_drain();
	for (size_t i = 0; i < n * TABLES && code == SW_EXIT_OK; i++)
		if (changes[i].ours.n > 0 || changes[i].ours.defrag)
			code = unmake(&changes[i]);
	free(changes);
	return code;
}

char *
sw_hook_iptables_show(const char *program)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct ours ours;

	if (out == NULL)
		abort(); /* no memory for a page of text */
	for (size_t t = 0; t < TABLES; t++) {
		free(find_ours(program, tables[t], &ours));
		for (size_t i = 0; i < ours.n; i++)
			fprintf(out, "%s -t %s %s\n", program, tables[t],
			    ours.list[i]);
	}
	fclose(out);
	return text;
}
