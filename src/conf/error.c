/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: collects errors and finds the name that was meant.
 *
 * Nothing here prints: the list of errors goes to the caller of the reader, the
 * daemon's log or a command.  All texts are plain ASCII whatever a file or its
 * name contains, so neither can control a terminal; sw_conf_error_shown() also
 * cuts values.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/distance.h"
#include "conf/error.h"

enum {
	WINDOW = 72, /* columns of a line in an excerpt */
	INDENT = 4,
};

/* Makes room for one more error, or returns NULL.  The first one always has
 * room: without an error the configuration would be accepted. */
static struct sw_conf_error *
errors_add(struct sw_conf_errors *errors)
{
	if (errors->n > SW_CONF_ERRORS_MAX || errors->list == &errors->reserve)
		return NULL;
	if ((errors->n & (errors->n - 1)) == 0) { /* full at powers of 2 */
		size_t room = errors->n > 0 ? errors->n * 2 : 1;
		struct sw_conf_error *list =
		    realloc(errors->list, room * sizeof *list);

		if (list != NULL)
			errors->list = list;
		else if (errors->n == 0)
			errors->list = &errors->reserve;
		else
			return NULL;
	}
	memset(&errors->list[errors->n], 0, sizeof *errors->list);
	return &errors->list[errors->n++];
}

/* Names of files may contain any byte; other than printable ones become
 * \xHH. */
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

/* Finds the text of the line that contains a byte. */
static void
find_line(const struct sw_blame *blame, size_t *first, size_t *end)
{
	*first = *end = blame->at;
	while (*first > 0 && blame->text[*first - 1] != '\n')
		--*first;
	while (*end < blame->length && blame->text[*end] != '\n')
		++*end;
}

/* Length of the word, string or sign at this place, within its line. */
static size_t
token_length(const char *at, size_t most)
{
	size_t n = 1;

	if (most < 2)
		return 1;
	if (*at == '"' || *at == '\'') {
		while (n < most && at[n] != *at)
			n += at[n] == '\\' && n + 1 < most ? 2 : 1;
		return n < most ? n + 1 : most;
	}
	if (strchr("{}=+,()", *at) != NULL)
		return 1;
	while (n < most && strchr(" \t\r\"'{}()=,#", at[n]) == NULL)
		n++;
	return n;
}

/* One column for each byte, so that the mark below is at the right place. */
static size_t
copy_columns(char *to, const char *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char c = from[i] == '\t' ? ' ' : from[i];

		to[i] = c;
		if (c < ' ' || c > '~')
			to[i] = '?';
	}
	return n;
}

/* Writes the line of the error, or the part around it, and a mark. */
static void
excerpt(const struct sw_blame *blame, struct sw_conf_error *error)
{
	size_t first, end, used = 0, marks;
	char *text = error->excerpt;

	find_line(blame, &first, &end);
	error->column = (uint32_t)(blame->at - first + 1);
	while (first < blame->at && isspace((unsigned char)blame->text[first]))
		first++;
	if (end - first > WINDOW && blame->at - first > WINDOW / 2)
		first = blame->at - WINDOW / 2;
	if (end - first > WINDOW)
		end = first + WINDOW;
	marks = token_length(blame->text + blame->at, end - blame->at);
	used += (size_t)sprintf(text, "%*s", INDENT, "");
	used += copy_columns(text + used, blame->text + first, end - first);
	while (text[used - 1] == ' ')
		used--;
	used += (size_t)sprintf(
	    text + used, "\n%*s^", (int)(INDENT + blame->at - first), "");
	for (; marks > 1; marks--)
		text[used++] = '~';
	strcpy(text + used, "\n");
}

/* Writes what precedes the message.
 * => bytes */
static size_t
prefix(const struct sw_conf_error *error, const char *file, char *text,
    size_t size)
{
	size_t used = (size_t)snprintf(text, size, "%.200s:", file);

	if (error->line > 0)
		used += (size_t)snprintf(
		    text + used, size - used, "%u:", error->line);
	if (error->column > 0)
		used += (size_t)snprintf(
		    text + used, size - used, "%u:", error->column);
	return used + (size_t)snprintf(text + used, size - used, "%s ",
			  error->warning ? " warning:" : "");
}

/* Fills the members of an error that programs read. */
static void
fill(
    struct sw_conf_error *error, const struct sw_blame *blame, const char *said)
{
	const char *expected = strstr(said, "; write ");

	error->line = blame->line;
	error->warning = blame->warning;
	show_plain(blame->file, error->file, sizeof error->file);
	if (blame->key != NULL)
		show_plain(blame->key, error->key, sizeof error->key);
	if (blame->fix != NULL)
		show_plain(blame->fix, error->fix, sizeof error->fix);
	if (expected != NULL)
		show_plain(
		    expected + 8, error->expected, sizeof error->expected);
	if (blame->text != NULL && blame->line > 0)
		excerpt(blame, error);
}

void
sw_conf_error_complain(struct sw_conf_errors *errors,
    const struct sw_blame *blame, const char *format, ...)
{
	struct sw_conf_error *error = errors_add(errors);
	char said[sizeof error->text];
	size_t used;
	va_list ap;

	if (error == NULL)
		return;
	va_start(ap, format);
	if (errors->n > SW_CONF_ERRORS_MAX)
		snprintf(said, sizeof said,
		    "more than %d errors; the rest is not listed",
		    SW_CONF_ERRORS_MAX);
	else
		vsnprintf(said, sizeof said, format, ap);
	va_end(ap);
	fill(error, blame, said);
	used = prefix(error, error->file, error->text, sizeof error->text);
	show_plain(said, error->text + used, sizeof error->text - used);
}

void
sw_conf_errors_print(const struct sw_conf_errors *errors, FILE *out)
{
	for (size_t i = 0; i < errors->n; i++)
		fprintf(out, "%s\n%s", errors->list[i].text,
		    errors->list[i].excerpt);
}

void
sw_conf_errors_free(struct sw_conf_errors *errors)
{
	if (errors->list != &errors->reserve)
		free(errors->list);
	errors->list = NULL;
	errors->n = 0;
}

bool
sw_error_why(struct sw_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(fault->why, sizeof fault->why, format, ap);
	va_end(ap);
	return false;
}

bool
sw_error_write(struct sw_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(fault->write, sizeof fault->write, format, ap);
	va_end(ap);
	return false;
}

bool
sw_error_fix(struct sw_fault *fault, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(fault->fix, sizeof fault->fix, format, ap);
	va_end(ap);
	return sw_error_write(fault, "%s", fault->fix);
}

const char *
sw_conf_error_shown(const char *text, char out[SW_SHOWN_MAX])
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

/* Is the word a beginning of the name with at least three letters, or the name
 * with an ending? */
static bool
begins(const char *word, const char *name)
{
	size_t n = strlen(word), m = strlen(name);

	return n >= 3 && m >= 3 && strncasecmp(word, name, n < m ? n : m) == 0;
}

const char *
sw_conf_error_nearest(const char *word, const char *const names[], size_t n)
{
	size_t length = strlen(word);
	unsigned best = (unsigned)length / 3 + 1;
	const char *nearest = NULL;

	if (length == 0)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned d = sw_distance(word, names[i]);

		if (d > 1 && d < SW_DISTANCE_FAR && begins(word, names[i]))
			d = 1;
		if (d < best || (d == best && nearest == NULL && d < length)) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}
