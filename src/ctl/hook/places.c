/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everywhere that rules of ours can be: iptables may be iptables-nft or
 * iptables-legacy, and was the other one before somebody changed that.  Both
 * have tables of their own, and a rule in both sends each packet to the queue
 * twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/hook/iptables.h"

enum {
	NAMES = 1024,
	PLACES = SW_HOOK_FAMILIES * SW_HOOK_BACKENDS * SW_HOOK_TABLES
};

const char *
sw_hook_iptables_other(const char *program)
{
	bool v6 = strcmp(sw_hook_iptables_family(program), "ip6") == 0;

	if (sw_hook_iptables_speaks_nft(program))
		return v6 ? "ip6tables-legacy" : "iptables-legacy";
	return v6 ? "ip6tables-nft" : "iptables-nft";
}

/* iptables-legacy would make the table in order to look into it. */
static bool
may_be_in(const char *program, const char *table)
{
	const char *path = strcmp(sw_hook_iptables_family(program), "ip6") == 0
			       ? "/proc/net/ip6_tables_names"
			       : "/proc/net/ip_tables_names";
	char names[NAMES] = "", *line, *rest = names;
	bool there = false;
	FILE *file;

	if (strstr(program, "-legacy") == NULL)
		return true;
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	names[fread(names, 1, sizeof names - 1, file)] = '\0';
	fclose(file);
	while ((line = strsep(&rest, "\n")) != NULL)
		there |= strcmp(line, table) == 0;
	return there;
}

static bool
is_table(const struct sw_hook_place *place, const char *table)
{
	return table != NULL && strcmp(place->table, table) == 0;
}

static bool
is_kept(const struct sw_hook_place *place, size_t families,
    const struct sw_hook_place *keep)
{
	for (size_t i = 0; i < families && keep != NULL; i++)
		if (keep[i].program != NULL &&
		    strcmp(place->program, keep[i].program) == 0 &&
		    (is_table(place, keep[i].table) ||
			is_table(place, keep[i].early)))
			return true;
	return false;
}

/* Everywhere that rules of ours can be.  => how many places */
static size_t
list_places(size_t families, struct sw_hook_place places[PLACES])
{
	static const char *const programs[] = { "iptables", "ip6tables" };
	size_t n = 0;

	for (size_t f = 0; f < families; f++) {
		const char *backends[SW_HOOK_BACKENDS] = { programs[f],
			sw_hook_iptables_other(programs[f]) };

		for (size_t i = 0; i < SW_HOOK_BACKENDS * SW_HOOK_TABLES; i++) {
			places[n] = (struct sw_hook_place){
				.program = backends[i / SW_HOOK_TABLES],
				.table = sw_hook_tables[i % SW_HOOK_TABLES]
			};
			n += may_be_in(places[n].program, places[n].table);
		}
	}
	return n;
}

/* All rules, then all chains: see ctl/hook/drain.c. */
int
sw_hook_iptables_clear(size_t families, const struct sw_hook_place *keep)
{
	struct sw_hook_place places[PLACES];
	size_t n = list_places(families, places);
	struct sw_hook_change *changes = calloc(n, sizeof *changes);
	int code = changes == NULL ? SW_EXIT_FAILURE : SW_EXIT_OK;
	bool any = false;

	for (size_t i = 0; i < n && code == SW_EXIT_OK; i++) {
		if (is_kept(&places[i], families, keep))
			continue;
		changes[i].program = places[i].program;
		changes[i].table = places[i].table;
		code = sw_hook_iptables_remove(&changes[i]);
		any |= changes[i].ours.n > 0;
	}
	if (any)
		sw_hook_drain();
	for (size_t i = 0; i < n && code == SW_EXIT_OK; i++)
		if (changes[i].ours.n > 0 || changes[i].ours.defrag)
			code = sw_hook_iptables_unmake(&changes[i]);
	free(changes);
	return code;
}

static bool
feeds(const struct sw_hook_place *place)
{
	struct sw_hook_ours ours;
	bool any = false;

	free(sw_hook_iptables_find(place->program, place->table, &ours));
	for (size_t i = 0; i < ours.n; i++)
		any |= !sw_hook_iptables_joins(ours.list[i]);
	return any;
}

bool
sw_hook_iptables_feeds(size_t families, const struct sw_hook_place *keep)
{
	struct sw_hook_place places[PLACES];
	size_t n = list_places(families, places);
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |=
		    !is_kept(&places[i], families, keep) && feeds(&places[i]);
	return any;
}

static void
show_backend(const char *program, FILE *out)
{
	struct sw_hook_ours ours;

	for (size_t t = 0; t < SW_HOOK_TABLES; t++) {
		if (!may_be_in(program, sw_hook_tables[t]))
			continue;
		free(sw_hook_iptables_find(program, sw_hook_tables[t], &ours));
		for (size_t i = 0; i < ours.n; i++)
			fprintf(out, "%s -t %s %s\n", program,
			    sw_hook_tables[t], ours.list[i]);
	}
}

char *
sw_hook_iptables_show(const char *program)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort(); /* no memory for a page of text */
	show_backend(program, out);
	show_backend(sw_hook_iptables_other(program), out);
	fclose(out);
	return text;
}
