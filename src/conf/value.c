/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: words, numbers, sizes, percentages and durations.
 *
 * Numbers are decimal integers.  A duration always has a unit: 3600 alone may
 * mean seconds to one reader and milliseconds to another, so the error offers
 * what was probably meant and lets the writer choose.
 */
#include <ctype.h>
#include <string.h>

#include "conf/value.h"

enum {
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
};

static const uint64_t too_much = UINT64_C(1) << 62;

/* Reads digits; a number too large stays too large.
 * => the first byte that is no digit; text itself when there is none */
static const char *
digits(const char *text, uint64_t *number)
{
	for (*number = 0; isdigit((unsigned char)*text); text++)
		if (*number < too_much / 16)
			*number = *number * 10 + (uint64_t)(*text - '0');
	return text;
}

/* Lists the accepted words: "a, b or c". */
static void
words_offer(const struct sw_word *words, struct sw_fault *fault)
{
	size_t used = 0, left = 0;

	for (const struct sw_word *w = words; w->text != NULL; w++)
		left += !w->alias;
	fault->write[0] = '\0';
	for (const struct sw_word *w = words; w->text != NULL; w++) {
		int n;

		if (w->alias || used >= sizeof fault->write)
			continue;
		left--;
		n = snprintf(fault->write + used, sizeof fault->write - used,
		    "%s%s", w->text,
		    left > 1	? ", "
		    : left == 1 ? " or "
				: "");
		used += (size_t)n;
	}
}

/* Words of other programs; the first one that is accepted here is meant. */
static const struct {
	const char *theirs, *ours;
} synonyms[] = {
	{ "drop", "deny" },
	{ "block", "deny" },
	{ "refuse", "reject" },
	{ "accept", "allow" },
	{ "permit", "allow" },
	{ "pass", "allow" },
	{ "deny", "drop" },
	{ "allow", "accept" },
	{ "pass", "accept" },
	{ "all", "any" },
	{ "*", "any" },
	{ "1", "true" },
	{ "0", "false" },
	{ "enabled", "true" },
	{ "disabled", "false" },
};

static const char *
synonym(const char *text, const struct sw_word *words)
{
	for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
		for (const struct sw_word *w = words; w->text != NULL; w++)
			if (strcmp(synonyms[i].theirs, text) == 0 &&
			    strcmp(synonyms[i].ours, w->text) == 0)
				return w->text;
	return NULL;
}

static const char *
words_nearest(const char *text, const struct sw_word *words)
{
	const char *names[32], *meant = synonym(text, words);
	size_t n = 0;

	if (meant != NULL)
		return meant;
	for (; words->text != NULL && n < 32; words++)
		if (!words->alias)
			names[n++] = words->text;
	return sw_conf_error_nearest(text, names, n);
}

bool
sw_value_word(const char *text, const struct sw_word *words, uint32_t *value,
    struct sw_fault *fault)
{
	const char *nearest;

	for (const struct sw_word *w = words; w->text != NULL; w++)
		if (strcmp(w->text, text) == 0) {
			*value = w->value;
			return true;
		}
	nearest = words_nearest(text, words);
	if (nearest != NULL)
		sw_error_fix(fault, "%s", nearest);
	words_offer(words, fault);
	if (nearest != NULL)
		return sw_error_why(
		    fault, "unknown, did you mean \"%s\"?", nearest);
	return sw_error_why(fault, "unknown");
}

static bool
in_range(uint64_t number, struct sw_range range,
    const char *(*show)(uint32_t, char[SW_VALUE_MAX]), struct sw_fault *fault)
{
	char low[SW_VALUE_MAX], high[SW_VALUE_MAX];

	if (number >= range.least && number <= range.most)
		return true;
	show(range.least, low);
	show(range.most, high);
	sw_error_write(fault, "%s to %s", low, high);
	if (number < range.least)
		return sw_error_why(fault, "below the minimum, %s", low);
	return sw_error_why(fault, "above the maximum, %s", high);
}

static const char *
show_number(uint32_t value, char text[SW_VALUE_MAX])
{
	snprintf(text, SW_VALUE_MAX, "%u", value);
	return text;
}

static const char *
show_percent(uint32_t value, char text[SW_VALUE_MAX])
{
	snprintf(text, SW_VALUE_MAX, "%u%%", value);
	return text;
}

bool
sw_value_number(const char *text, struct sw_range range, uint32_t *value,
    struct sw_fault *fault)
{
	uint64_t number;
	const char *end = digits(text, &number);

	if (end == text || *end != '\0') {
		sw_error_write(fault, "%u to %u", range.least, range.most);
		return sw_error_why(fault, "not a whole number");
	}
	if (!in_range(number, range, show_number, fault))
		return false;
	*value = (uint32_t)number;
	return true;
}

/* The power of 2 of a size's unit, or -1. */
static int
size_unit(const char *unit)
{
	if (*unit == '\0')
		return 0;
	if (unit[1] != '\0')
		return -1;
	switch (*unit) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	}
	return -1;
}

bool
sw_value_amount(const char *text, uint64_t *value, struct sw_fault *fault)
{
	char shown[SW_SHOWN_MAX];
	uint64_t number;
	const char *end = digits(text, &number);
	int shift = size_unit(end);

	sw_error_write(fault, "a whole number, or one with k, M or G, such as "
			      "64k or 16M");
	if (end == text)
		return sw_error_why(fault, "not a size");
	if (shift < 0)
		return sw_error_why(fault, "unknown unit \"%s\"",
		    sw_conf_error_shown(end, shown));
	if (number > too_much >> shift)
		number = too_much >> shift;
	*value = number << shift;
	return true;
}

bool
sw_value_size(const char *text, struct sw_range range, uint32_t *value,
    struct sw_fault *fault)
{
	uint64_t number = 0;

	if (!sw_value_amount(text, &number, fault) ||
	    !in_range(number, range, sw_value_show_size, fault))
		return false;
	*value = (uint32_t)number;
	return true;
}

bool
sw_value_percent(const char *text, struct sw_range range, uint32_t *value,
    struct sw_fault *fault)
{
	uint64_t number;
	const char *end = digits(text, &number);

	if (end == text || (*end != '\0' && strcmp(end, "%") != 0)) {
		sw_error_write(fault, "%u to %u", range.least, range.most);
		return sw_error_why(fault, "not a percentage");
	}
	if (!in_range(number, range, show_percent, fault))
		return false;
	*value = (uint32_t)number;
	return true;
}

static uint32_t
duration_unit(char letter)
{
	switch (letter) {
	case 's':
		return 1;
	case 'm':
		return MINUTE;
	case 'h':
		return HOUR;
	case 'd':
		return DAY;
	}
	return 0;
}

char
sw_value_duration_letter(const char *unit)
{
	static const char *const names[] = { "s", "sec", "secs", "second",
		"seconds", "m", "min", "mins", "minute", "minutes", "h", "hr",
		"hrs", "hour", "hours", "d", "day", "days" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(unit, names[i]) == 0)
			return names[i][0];
	return '\0';
}

/* What a number without a unit may have meant; nothing needs no unit. */
static bool
duration_bare(uint64_t number, struct sw_range range, uint32_t *seconds,
    struct sw_fault *fault)
{
	char text[SW_VALUE_MAX];

	*seconds = 0;
	if (number == 0 && range.least == 0)
		return true;
	if (number < range.least || number > range.most)
		sw_error_write(fault, "a number and s, m, h or d, such as 90s");
	else if (number < MINUTE)
		sw_error_fix(fault, "%us", (uint32_t)number);
	else
		sw_error_write(fault, "%us or %s", (uint32_t)number,
		    sw_value_show_duration((uint32_t)number, text));
	return sw_error_why(fault, "a duration needs a unit");
}

/* at: the unknown unit, after the text's last number */
static bool
duration_unknown(const char *text, const char *at, struct sw_fault *fault)
{
	char shown[SW_SHOWN_MAX];

	sw_error_write(
	    fault, "a number and s, m, h or d, such as 90s, 5m, 2h or 1d");
	if (*at == '.' || *at == ',')
		return sw_error_why(fault, "a duration is a whole number");
	if (sw_value_duration_letter(at) != '\0' && at - text < SW_SHOWN_MAX)
		sw_error_fix(fault, "%.*s%c", (int)(at - text), text,
		    sw_value_duration_letter(at));
	return sw_error_why(
	    fault, "unknown unit \"%s\"", sw_conf_error_shown(at, shown));
}

bool
sw_value_duration(const char *text, struct sw_range range, uint32_t *seconds,
    struct sw_fault *fault)
{
	uint64_t sum = 0, number;

	sw_error_write(fault, "a number and s, m, h or d, such as 90s");
	if (!isdigit((unsigned char)*text))
		return sw_error_why(fault, "not a duration");
	for (const char *at = text, *last = text; *at != '\0'; at++) {
		const char *end = digits(at, &number);
		uint32_t unit = duration_unit(*end);

		if (*end == '\0' && at == text)
			return duration_bare(number, range, seconds, fault);
		if (end == at || (unit == 0 && *end != '\0'))
			return duration_unknown(
			    text, end == at ? last : end, fault);
		if (unit == 0)
			return sw_error_why(
			    fault, "its last number has no unit");
		if (number > UINT32_MAX)
			number = UINT32_MAX;
		sum += sum < too_much / 2 ? number * unit : 0;
		at = last = end;
	}
	if (!in_range(sum, range, sw_value_show_duration, fault))
		return false;
	*seconds = (uint32_t)sum;
	return true;
}

const char *
sw_value_show_word(const struct sw_word *words, uint32_t value)
{
	while (words->text != NULL && (words->alias || words->value != value))
		words++;
	return words->text != NULL ? words->text : "?";
}

const char *
sw_value_show_size(uint32_t value, char text[SW_VALUE_MAX])
{
	static const char units[] = " kMG";
	unsigned unit = 0;

	while (unit < 3 && value >= 1024 && value % 1024 == 0) {
		value /= 1024;
		unit++;
	}
	if (unit == 0)
		return show_number(value, text);
	snprintf(text, SW_VALUE_MAX, "%u%c", value, units[unit]);
	return text;
}

const char *
sw_value_show_duration(uint32_t seconds, char text[SW_VALUE_MAX])
{
	static const char letters[] = "dhms";
	size_t used = 0;

	for (const char *letter = letters; *letter != '\0'; letter++) {
		uint32_t unit = duration_unit(*letter), n = seconds / unit;

		seconds %= unit;
		if (n > 0 || (used == 0 && *letter == 's'))
			used += (size_t)snprintf(text + used,
			    SW_VALUE_MAX - used, "%u%c", n, *letter);
	}
	return text;
}
