/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_error: collects errors and finds the name that was meant.
 *
 * Nothing here prints: a list of finished lines is handed to whoever asked
 * for the configuration, be it the daemon's log or a command.  A line is
 * plain ASCII whatever a file or its name holds, so neither can write to a
 * terminal; values are also cut, by sw_conf_shown().
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "shell/conf_error.h"

enum {
	WORD_MAX = 32, /* longer words have no near name */
};

/* Room for one more error, or NULL. */
static struct sw_conf_error *
errors_add(struct sw_conf_errors *errors)
{
	if (errors->n > SW_CONF_ERRORS_MAX)
		return NULL;
	if ((errors->n & (errors->n - 1)) == 0) { /* full at powers of 2 */
		size_t room = errors->n > 0 ? errors->n * 2 : 1;
		struct sw_conf_error *list =
		    realloc(errors->list, room * sizeof *list);

		if (list == NULL)
			return NULL;
		errors->list = list;
	}
	return &errors->list[errors->n++];
}

/* Names of files may hold anything; a line shows it as \xHH. */
static void
show_plain(const char *line, char *text, size_t size)
{
	size_t used = 0;

	for (; *line != '\0' && used + 5 < size; line++) {
		unsigned char c = (unsigned char)*line;

		if (c >= ' ' && c < 127)
			text[used++] = (char)c;
		else
			used += (size_t)sprintf(text + used, "\\x%02x", c);
	}
	text[used] = '\0';
}

void
sw_conf_complain(struct sw_conf_errors *errors, const char *file, int line,
    const char *format, ...)
{
	struct sw_conf_error *error = errors_add(errors);
	char said[sizeof error->text];
	int used;
	va_list ap;

	if (error == NULL)
		return;
	if (line > 0)
		used = snprintf(said, sizeof said, "%.200s:%d: ", file, line);
	else
		used = snprintf(said, sizeof said, "%.200s: ", file);
	va_start(ap, format);
	if (errors->n > SW_CONF_ERRORS_MAX)
		snprintf(said + used, sizeof said - (size_t)used,
		    "more than %d errors; the rest is not listed",
		    SW_CONF_ERRORS_MAX);
	else
		vsnprintf(said + used, sizeof said - (size_t)used, format, ap);
	va_end(ap);
	show_plain(said, error->text, sizeof error->text);
}

void
sw_conf_errors_free(struct sw_conf_errors *errors)
{
	free(errors->list);
	errors->list = NULL;
	errors->n = 0;
}

bool
sw_fault_why(struct sw_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(fault->why, sizeof fault->why, format, ap);
	va_end(ap);
	return false;
}

bool
sw_fault_write(struct sw_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(fault->write, sizeof fault->write, format, ap);
	va_end(ap);
	return false;
}

const char *
sw_conf_shown(const char *text, char out[SW_SHOWN_MAX])
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (used > SW_SHOWN_MAX - 12) {
			strcpy(out + used, "...");
			return out;
		}
		if (c >= ' ' && c < 127)
			out[used++] = (char)c;
		else
			used += (size_t)sprintf(out + used, "\\x%02x", c);
	}
	out[used] = '\0';
	return out;
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Restricted Damerau-Levenshtein distance; both words below WORD_MAX. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];
	size_t n = strlen(b);

	for (unsigned j = 0; j <= n; j++)
		above[j] = j;
	for (unsigned i = 1; a[i - 1] != '\0'; i++) {
		unsigned *spare = before;

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);

			row[j] = least(above[j - 1] + !same,
			    least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[n];
}

/* A beginning of at least three letters, or the name with an ending. */
static bool
begins(const char *word, const char *name)
{
	size_t n = strlen(word), m = strlen(name);

	return n >= 3 && m >= 3 && strncasecmp(word, name, n < m ? n : m) == 0;
}

const char *
sw_conf_nearest(const char *word, const char *const names[], size_t n)
{
	size_t length = strlen(word);
	unsigned best = (unsigned)length / 3 + 1;
	const char *nearest = NULL;

	if (length == 0 || length >= WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned d;

		if (strlen(names[i]) >= WORD_MAX)
			continue;
		d = distance(word, names[i]);
		if (d > 1 && begins(word, names[i]))
			d = 1;
		if (d < best || (d == best && nearest == NULL && d < length)) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}
