/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of others that send packets to a queue.
 *
 * Beside ours such a rule sends each packet there twice.  They are searched
 * in what iptables-save and ip6tables-save write, and, where nft has tables
 * that those do not show, in its ruleset.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/hook/hook.h"
#include "ctl/run.h"

enum { TABLE = 64, CHAIN = 64 };

/* "*mangle" names the table of the lines that follow. */
static void
tell_iptables(const char *program, char *saved, FILE *out)
{
	char table[TABLE] = "";
	char *line;

	while ((line = strsep(&saved, "\n")) != NULL) {
		if (line[0] == '*')
			snprintf(table, sizeof table, "%s", line + 1);
		else if (strncmp(line, "-A ", 3) == 0 &&
			 strstr(line, " -j NFQUEUE") != NULL &&
			 strstr(line, " --comment synward") == NULL)
			fprintf(out, "%s -t %s %s\n", program, table, line);
	}
}

/* Tables that iptables-save shows already. */
static bool
is_of_iptables(const char *table)
{
	static const char *const tables[] = { "filter", "mangle", "nat", "raw",
		"security" };
	const char *name;

	if (strncmp(table, "ip ", 3) != 0 && strncmp(table, "ip6 ", 4) != 0)
		return false;
	name = strchr(table, ' ') + 1;
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		if (strcmp(name, tables[i]) == 0)
			return true;
	return false;
}

static bool
has_statement(const char *line)
{
	const char *at = strstr(line, "queue");

	return at != NULL && (at == line || at[-1] == ' ' || at[-1] == '\t') &&
	       (at[5] == ' ' || at[5] == '\0') && strchr(line, '{') == NULL;
}

/* "table inet x {", "chain y {", then rules. */
static void
tell_nft(char *ruleset, FILE *out)
{
	char table[TABLE] = "", chain[CHAIN] = "";
	char *line;

	while ((line = strsep(&ruleset, "\n")) != NULL) {
		char family[TABLE], name[TABLE];

		line += strspn(line, " \t");
		if (sscanf(line, "table %15s %47s {", family, name) == 2)
			snprintf(
			    table, sizeof table, "%.15s %.47s", family, name);
		else if (sscanf(line, "chain %63s", chain) != 1 &&
			 has_statement(line) && !is_of_iptables(table) &&
			 strcmp(table, SW_HOOK_TABLE) != 0)
			fprintf(out, "nft %s %s: %s\n", table, chain, line);
	}
}

static void
ask(const char *program, const char *shown_as, FILE *out)
{
	const char *const argv[] = { program, NULL };
	struct sw_ran ran = sw_run(argv, NULL);

	if (ran.status == 0)
		tell_iptables(shown_as, ran.output, out);
	sw_run_free(&ran);
}

char *
sw_hook_others(void)
{
	static const char *const list[] = { "nft", "list", "ruleset", NULL };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct sw_ran ran;

	if (out == NULL)
		abort(); /* no memory for a page of text */
	ask("iptables-save", "iptables", out);
	ask("ip6tables-save", "ip6tables", out);
	ran = sw_run(list, NULL);
	if (ran.status == 0)
		tell_nft(ran.output, out);
	sw_run_free(&ran);
	fclose(out);
	return text;
}
