/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_set: sets of addresses, and the files that they are read from.
 *
 * A set may follow the rules that use it, and its keys may have any order,
 * so files are read once the whole configuration was.  A file of a
 * set is trusted and bounded as any other file of the configuration, and its
 * errors name file, line and column.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/spans.h"
#include "conf/set.h"

enum {
	SETS_MAX = 4096,
	WORD_MAX = 256, /* longer text is no address */
};

static const enum sw_family families[] = { SW_IPV4, SW_IPV6 };

/* --- adding --- */

/* Room for one more set. */
static bool
sets_grow(struct sw_conf *conf)
{
	size_t n = conf->n_sets, room = n > 0 ? n * 2 : 1;
	struct sw_conf_set *sets;
	struct sw_rule_origins *origins;

	if ((n & (n - 1)) != 0) /* full at powers of 2 */
		return true;
	sets = realloc(conf->sets, room * sizeof *sets);
	if (sets == NULL)
		return false;
	conf->sets = sets;
	origins = realloc(conf->origins->sets, room * sizeof *origins);
	if (origins == NULL)
		return false;
	conf->origins->sets = origins;
	return true;
}

const struct sw_conf_set *
sw_conf_set_find(const struct sw_conf *conf, const char *name)
{
	for (size_t i = 0; i < conf->n_sets; i++)
		if (strcmp(conf->sets[i].name, name) == 0)
			return &conf->sets[i];
	return NULL;
}

static void
name_set(struct sw_conf *conf, struct sw_conf_set *set, const char *name,
    const struct sw_blame *blame, struct sw_conf_errors *errors)
{
	const struct sw_conf_set *first = sw_conf_set_find(conf, name);
	struct sw_fault fault = { 0 };
	char shown[SW_SHOWN_MAX];

	if (!sw_net_read_rule_name(name, &fault)) {
		sw_conf_error_shown(name, shown);
		snprintf(set->name, sizeof set->name, "%.63s", shown);
		sw_conf_error_complain(errors, blame,
		    "set \"%s\": %s; write %s", shown, fault.why, fault.write);
		return;
	}
	strcpy(set->name, name);
	if (first != NULL)
		sw_conf_error_complain(errors, blame,
		    "set \"%s\" already exists, in %s:%d; write another name",
		    name, first->file, first->line);
}

bool
sw_conf_set_add(struct sw_conf *conf, const char *name, struct sw_origin at,
    struct sw_conf_errors *errors)
{
	struct sw_blame blame = sw_origin_blame(conf->origins, at);
	struct sw_conf_set *set;

	blame.key = "set";
	if (conf->n_sets >= SETS_MAX || !sets_grow(conf)) {
		if (conf->n_sets >= SETS_MAX)
			sw_conf_error_complain(errors, &blame,
			    "too many sets; write at most %d", SETS_MAX);
		else
			sw_conf_error_complain(errors, &blame, "out of memory");
		return false;
	}
	set = &conf->sets[conf->n_sets];
	memset(set, 0, sizeof *set);
	set->file = blame.file;
	set->line = (int)at.line;
	memset(
	    &conf->origins->sets[conf->n_sets], 0, sizeof *conf->origins->sets);
	conf->origins->sets[conf->n_sets].at = at;
	name_set(conf, set, name, &blame, errors);
	conf->n_sets++;
	return true;
}

void
sw_conf_set_free(struct sw_conf *conf)
{
	for (size_t i = 0; i < conf->n_sets; i++) {
		free(conf->sets[i].addresses);
		free(conf->sets[i].ranges);
	}
	free(conf->sets);
}

/* --- gathering --- */

/* What a set holds and excepts, by family. */
struct gathering {
	struct sw_load *loader;
	struct sw_conf_set *set;
	struct sw_spans holds[2], excepts[2];
};

static void
gather(struct gathering *all, const struct sw_conf_address *address)
{
	enum sw_family family = address->range.family;
	struct sw_spans *spans = address->except ? all->excepts : all->holds;

	sw_spans_add(&spans[family == SW_IPV6],
	    sw_spans_addr(&address->range.first, family),
	    sw_spans_addr(&address->range.last, family));
}

/* A word of the file of a set. */
static void
gather_word(
    struct gathering *all, struct sw_origin at, const char *from, size_t n)
{
	struct sw_conf_address address;
	struct sw_fault fault = { .why = "the word contains a zero byte",
		.write = "the file as plain text" };
	char word[WORD_MAX], shown[SW_SHOWN_MAX];

	snprintf(word, sizeof word, "%.*s",
	    (int)(n < sizeof word ? n : sizeof word - 1), from);
	if (memchr(from, '\0', n) == NULL &&
	    sw_address_read_of_set(word, &address, &fault)) {
		gather(all, &address);
		return;
	}
	all->loader->conf->origins->sets[all->set - all->loader->conf->sets]
	    .damaged = true;
	sw_load_complain(all->loader, at, "file", fault.fix,
	    "set \"%s\": %s: %s; write %s", all->set->name,
	    sw_conf_error_shown(word, shown), fault.why, fault.write);
}

/* Words, separated by blanks; "#" begins a comment. */
static void
gather_text(struct gathering *all, uint32_t file)
{
	const struct sw_conf_source *source =
	    &all->loader->conf->origins->files[file];
	const char *text = source->text;
	struct sw_origin at = { .file = file, .line = 1 };
	size_t i = 0, n;

	while (i < source->length) {
		at.line += text[i] == '\n';
		if (text[i] == '#') {
			while (i < source->length && text[i] != '\n')
				i++;
			continue;
		}
		if (isspace((unsigned char)text[i])) {
			i++;
			continue;
		}
		for (n = 0; i + n < source->length && text[i + n] != '#' &&
			    !isspace((unsigned char)text[i + n]);)
			n++;
		at.at = (uint32_t)i;
		gather_word(all, at, text + i, n);
		i += n;
	}
}

static void
gather_file(struct gathering *all)
{
	struct sw_conf *conf = all->loader->conf;
	size_t i = (size_t)(all->set - conf->sets);
	struct sw_origin *at = sw_origin_at(conf->origins,
	    &conf->origins->sets[i], sw_schema_find("set", "file"));
	uint32_t file;

	if (*all->set->path == '\0' || at->line == 0)
		return;
	if (sw_load_list(
		all->loader, *at, all->set->name, all->set->path, &file))
		gather_text(all, file);
}

/* Where a set only excepts, it holds the rest of the families it names. */
static void
settle(struct gathering *all)
{
	bool rest = all->holds[0].n == 0 && all->holds[1].n == 0;

	for (unsigned f = 0; f < 2; f++) {
		if (rest && all->excepts[f].n > 0)
			sw_spans_add(&all->holds[f], 0,
			    f == 0 ? UINT32_MAX : ~(sw_wide)0);
		sw_spans_settle(&all->holds[f]);
		sw_spans_settle(&all->excepts[f]);
		all->holds[f].failed |= all->excepts[f].failed;
		sw_spans_remove(&all->holds[f], &all->excepts[f]);
	}
}

/* => false when memory is short */
static bool
take_over(struct gathering *all)
{
	struct sw_conf_set *set = all->set;
	size_t n = all->holds[0].n + all->holds[1].n;

	set->ranges = calloc(n + 1, sizeof *set->ranges);
	if (set->ranges == NULL)
		return false;
	for (unsigned f = 0; f < 2; f++)
		for (size_t i = 0; i < all->holds[f].n; i++) {
			const struct sw_span *span = &all->holds[f].list[i];

			set->ranges[set->n_ranges++] = (struct sw_addr_range){
				sw_spans_to_addr(span->first, families[f]),
				sw_spans_to_addr(span->last, families[f]),
				(uint8_t)families[f]
			};
		}
	return !all->holds[0].failed && !all->holds[1].failed;
}

static void
finish(struct sw_load *loader, struct sw_conf_set *set)
{
	struct gathering all = { .loader = loader, .set = set };
	size_t number = (size_t)(set - loader->conf->sets);
	struct sw_origin at = loader->conf->origins->sets[number].at;

	for (size_t i = 0; i < set->n_addresses; i++)
		gather(&all, &set->addresses[i]);
	gather_file(&all);
	settle(&all);
	if (!take_over(&all))
		sw_load_complain(loader, at, "set", NULL, "out of memory");
	for (unsigned f = 0; f < 2; f++) {
		sw_spans_free(&all.holds[f]);
		sw_spans_free(&all.excepts[f]);
	}
}

void
sw_conf_set_finish(struct sw_load *loader)
{
	for (size_t i = 0; i < loader->conf->n_sets; i++)
		finish(loader, &loader->conf->sets[i]);
}

/* --- checking --- */

static void
complain_of_set(const struct sw_conf *conf, size_t rule, const char *key,
    const char *name, struct sw_conf_errors *errors)
{
	struct sw_rule_origins *origins = &conf->origins->rules[rule];
	struct sw_blame blame = sw_origin_blame(conf->origins,
	    *sw_origin_at(conf->origins, origins, sw_schema_find("rule", key)));
	const char *names[64], *nearest;
	char mark[SW_RULE_NAME_MAX + 2], fix[SW_RULE_NAME_MAX + 2];
	size_t n = 0;

	for (; n < conf->n_sets && n < 64; n++)
		names[n] = conf->sets[n].name;
	nearest = sw_conf_error_nearest(name, names, n);
	snprintf(mark, sizeof mark, "@%s", name);
	snprintf(fix, sizeof fix, "@%s", nearest != NULL ? nearest : "");
	sw_origin_point_at(&blame, mark);
	blame.key = key;
	blame.fix = nearest != NULL ? fix : NULL;
	origins->damaged = true;
	sw_conf_error_complain(errors, &blame,
	    "rule \"%s\": %s = @%s: no set has this name; write %s%s",
	    conf->rules[rule].rule.name, key, name,
	    nearest != NULL ? fix : "set ",
	    nearest != NULL ? "" : "\"NAME\" { addresses = { ... } }");
}

/* What a damaged set would have held is not known. */
static bool
is_damaged(const struct sw_conf *conf, const struct sw_conf_set *set)
{
	return conf->origins->sets[set - conf->sets].damaged;
}

static void
check_list(const struct sw_conf *conf, size_t rule, const char *key,
    const struct sw_conf_address *list, size_t n, struct sw_conf_errors *errors)
{
	for (size_t i = 0; i < n; i++) {
		const struct sw_conf_set *set;

		if (*list[i].set == '\0')
			continue;
		set = sw_conf_set_find(conf, list[i].set);
		if (set == NULL)
			complain_of_set(conf, rule, key, list[i].set, errors);
		else if (is_damaged(conf, set))
			conf->origins->rules[rule].damaged = true;
	}
}

void
sw_conf_set_check(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct sw_conf_rule *rule = &conf->rules[i];

		check_list(conf, i, "from", rule->from, rule->n_from, errors);
		check_list(conf, i, "to", rule->to, rule->n_to, errors);
	}
}
