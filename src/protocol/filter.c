/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word is cut into key, operator and values; the key's row reads each value
 * (filter_key.c).  A filter is a list of conditions; one with "or" before it
 * begins another alternative, so the answer is found in one walk.
 *
 * A wrong word is refused with the word, the part of it that is wrong, what is
 * accepted there, and the nearest name.
 */
#include <stdio.h>
#include <string.h>

#include "base/distance.h"
#include "protocol/filter_internal.h"

enum {
	TEXT = 80, /* of a value */
	NEAR = 4,  /* fewer typing errors than this are near */
	WANTED = 320,
};

const char *
sw_filter_key_name(unsigned i, const char **values, const char **help)
{
	const struct sw_filter_key *key = sw_filter_key_at(i);

	if (key == NULL)
		return NULL;
	*values = key->values;
	*help = key->help;
	return key->name;
}

uint8_t
sw_filter_key_subjects(unsigned i)
{
	return sw_filter_key_at(i)->subjects;
}

const char *
sw_filter_key_value(const char *key, unsigned i)
{
	const struct sw_filter_key *row = sw_filter_key_find(key, strlen(key));

	return row != NULL && row->value != NULL ? row->value(i) : NULL;
}

bool
sw_filter_is_condition(const char *word)
{
	return word[strcspn(word, "=<>")] != '\0' || strcmp(word, "or") == 0;
}

/* --- errors ---------------------------------------------------------------- */

static bool
fail(char *why, size_t size, const char *word, const char *what)
{
	snprintf(why, size, "'%.80s': %s", word, what);
	return false;
}

/* Adds "; did you mean 'NAME'?" where a name is near. */
static void
add_nearest(const char *text, const char *nearest, char *what, size_t size)
{
	size_t used = strlen(what);

	if (nearest != NULL && text[0] != '\0' && used < size)
		snprintf(
		    what + used, size - used, "; did you mean '%s'?", nearest);
}

/* In a short word a third of the letters may be wrong. */
static unsigned
near_enough(const char *text)
{
	size_t below = (strlen(text) + 2) / 3 + 1;

	return below < NEAR ? (unsigned)below : NEAR;
}

static const char *
nearest_key(const char *text)
{
	unsigned below = near_enough(text);
	const struct sw_filter_key *key;
	const char *nearest = NULL;

	for (unsigned i = 0; (key = sw_filter_key_at(i)) != NULL; i++) {
		unsigned distance = sw_distance(text, key->name);

		if (distance < below) {
			below = distance;
			nearest = key->name;
		}
	}
	return nearest;
}

static const char *
nearest_value(const struct sw_filter_key *key, const char *text)
{
	unsigned below = near_enough(text);
	const char *name, *nearest = NULL;

	for (unsigned i = 0;
	     key->value != NULL && (name = key->value(i)) != NULL; i++) {
		unsigned distance = sw_distance(text, name);

		if (distance < below) {
			below = distance;
			nearest = name;
		}
	}
	return nearest;
}

static bool
fail_key(char *why, size_t size, const char *word, size_t length)
{
	char name[TEXT], what[WANTED];

	snprintf(
	    name, sizeof name, "%.*s", (int)(length < 32 ? length : 32), word);
	snprintf(what, sizeof what, "unknown key '%s'", name);
	add_nearest(name, nearest_key(name), what, sizeof what);
	if (nearest_key(name) == NULL)
		snprintf(what + strlen(what), sizeof what - strlen(what),
		    "; synwardctl flows --help lists all keys");
	return fail(why, size, word, what);
}

/* Who has the key, when those that are asked about have not. */
static bool
fail_subject(
    char *why, size_t size, const char *word, const struct sw_filter_key *key)
{
	static const struct {
		enum sw_filter_subject subject;
		const char *name;
	} names[] = {
		{ SW_FILTER_FLOWS, "flows" },
		{ SW_FILTER_EVENTS, "events" },
		{ SW_FILTER_DROPS, "drops" },
		{ SW_FILTER_INCIDENTS, "incidents" },
	};
	char what[WANTED];
	size_t used = (size_t)snprintf(
	    what, sizeof what, "only these have '%s':", key->name);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (key->subjects & names[i].subject)
			used += (size_t)snprintf(what + used,
			    sizeof what - used, " %s", names[i].name);
	return fail(why, size, word, what);
}

static bool
fail_value(char *why, size_t size, const char *word,
    const struct sw_filter_key *key, const char *text)
{
	char what[WANTED];
	size_t n = 0;
	const char *name;

	if (strchr(word, ',') != NULL)
		n = (size_t)snprintf(what, sizeof what, "'%.30s': ", text);
	n += (size_t)snprintf(
	    what + n, sizeof what - n, "write %s", key->values);
	if (nearest_value(key, text) != NULL) {
		add_nearest(text, nearest_value(key, text), what, sizeof what);
		return fail(why, size, word, what);
	}
	for (unsigned i = 0; key->value != NULL && n < sizeof what &&
			     (name = key->value(i)) != NULL;
	     i++)
		n += (size_t)snprintf(what + n, sizeof what - n, "%s%s",
		    i == 0 ? ", one of " : " ", name);
	return fail(why, size, word, what);
}

/* --- words ----------------------------------------------------------------- */

/* => where the value begins, NULL when there is no operator */
static const char *
read_operator(const char *word, size_t *name, uint8_t *is)
{
	static const struct {
		const char *text;
		enum sw_filter_operator is;
	} operators[] = {
		{ "!=", SW_FILTER_IS_NOT },
		{ ">=", SW_FILTER_LEAST },
		{ "<=", SW_FILTER_MOST },
		{ "=", SW_FILTER_IS },
		{ ">", SW_FILTER_ABOVE },
		{ "<", SW_FILTER_BELOW },
	};

	*name = strcspn(word, "=<>!");
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
		size_t length = strlen(operators[i].text);

		if (strncmp(word + *name, operators[i].text, length) == 0) {
			*is = (uint8_t)operators[i].is;
			return word + *name + length;
		}
	}
	return NULL;
}

/* Reads the values after each other.  => false when one is wrong */
static bool
read_values(struct sw_filter *filter, struct sw_condition *condition,
    const char *word, const char *at, char *why, size_t size)
{
	const struct sw_filter_key *key = condition->key;
	char text[TEXT];

	for (;;) {
		size_t length = strcspn(at, ",");

		if (filter->n_values == SW_FILTER_VALUES)
			return fail(why, size, word, "too many values");
		snprintf(text, sizeof text, "%.*s",
		    (int)(length < TEXT ? length : TEXT), at);
		memset(&filter->values[filter->n_values], 0,
		    sizeof filter->values[0]);
		if (length >= TEXT ||
		    !key->read(text, &filter->values[filter->n_values]))
			return fail_value(why, size, word, key, text);
		filter->n_values++;
		condition->n++;
		if (at[length] == '\0')
			return true;
		at += length + 1;
	}
}

static bool
read_condition(struct sw_filter *filter, struct sw_condition *condition,
    const char *word, char *why, size_t size)
{
	size_t name;
	const char *value = read_operator(word, &name, &condition->is);

	if (value == NULL)
		return fail(why, size, word,
		    "write a condition as key=value, such as dst=10.0.0.0/8");
	condition->key = sw_filter_key_find(word, name);
	if (condition->key == NULL)
		return fail_key(why, size, word, name);
	if (filter->subjects != 0 &&
	    (condition->key->subjects & filter->subjects) == 0)
		return fail_subject(why, size, word, condition->key);
	if (!condition->key->ordered && condition->is >= SW_FILTER_ABOVE)
		return fail(why, size, word, "this key accepts = and != only");
	if (condition->is >= SW_FILTER_ABOVE && strchr(value, ',') != NULL)
		return fail(why, size, word,
		    "a list needs = or !=; > and < compare with one value");
	return read_values(filter, condition, word, value, why, size);
}

static bool
add_or(struct sw_filter *filter, char *why, size_t size)
{
	if (filter->n == 0 || filter->is_open)
		return fail(why, size, "or", "write a condition before it");
	filter->is_open = true;
	return true;
}

bool
sw_filter_add(
    struct sw_filter *filter, const char *word, char *why, size_t size)
{
	struct sw_condition condition = { .alternative = filter->is_open,
		.first = (uint8_t)filter->n_values };

	if (strcmp(word, "or") == 0)
		return add_or(filter, why, size);
	if (filter->n == SW_FILTER_MAX)
		return fail(why, size, word, "too many conditions");
	if (!read_condition(filter, &condition, word, why, size))
		return false;
	filter->list[filter->n++] = condition;
	filter->is_open = false;
	return true;
}

bool
sw_filter_finish(const struct sw_filter *filter, char *why, size_t size)
{
	return !filter->is_open ||
	       fail(why, size, "or", "write a condition after it");
}

static bool
is_pattern(const char *name)
{
	return strpbrk(name, "*?[") != NULL;
}

static bool
check_rule(const char *wanted, const char *(*name)(unsigned i, void *context),
    void *context, char *why, size_t size)
{
	unsigned below = near_enough(wanted);
	const char *known, *nearest = NULL;
	char what[WANTED];

	for (unsigned i = 0; (known = name(i, context)) != NULL; i++) {
		unsigned distance = sw_distance(wanted, known);

		if (strcmp(wanted, known) == 0)
			return true;
		if (distance < below) {
			below = distance;
			nearest = known;
		}
	}
	snprintf(what, sizeof what, "there is no rule '%.63s'", wanted);
	add_nearest(wanted, nearest, what, sizeof what);
	snprintf(why, size, "%s", what);
	return false;
}

bool
sw_filter_check_rules(const struct sw_filter *filter,
    const char *(*name)(unsigned i, void *context), void *context, char *why,
    size_t size)
{
	const struct sw_filter_key *rule = sw_filter_key_find("rule", 4);

	for (size_t i = 0; i < filter->n; i++) {
		const struct sw_condition *condition = &filter->list[i];

		for (unsigned j = 0; condition->key == rule && j < condition->n;
		     j++) {
			const char *wanted =
			    filter->values[condition->first + j].name;

			if (!is_pattern(wanted) &&
			    !check_rule(wanted, name, context, why, size))
				return false;
		}
	}
	return true;
}

/* --- an answer ------------------------------------------------------------- */

static bool
holds(const struct sw_filter *filter, const struct sw_condition *condition,
    const struct sw_filter_view *view)
{
	enum sw_filter_operator is = (enum sw_filter_operator)condition->is;
	enum filter_fit best = FIT_NOT;

	for (unsigned i = 0; i < condition->n && best != FIT_YES; i++) {
		enum filter_fit fit = condition->key->fits(
		    &filter->values[condition->first + i], is, view);

		best = fit == FIT_NOT ? best : fit;
	}
	return is == SW_FILTER_IS_NOT ? best != FIT_YES : best != FIT_NOT;
}

bool
sw_filter_match(
    const struct sw_filter *filter, const struct sw_filter_view *view)
{
	bool all = true;

	for (size_t i = 0; i < filter->n; i++) {
		if (filter->list[i].alternative) {
			if (all)
				return true;
			all = true;
		}
		all = all && holds(filter, &filter->list[i], view);
	}
	return all;
}
