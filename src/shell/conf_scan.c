/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_scan: a small lexer with a memory of two tokens.
 *
 * It knows the tokens of libConfuse (words, strings in either quote,
 * comments of three kinds, six signs) and counts braces; keys and values
 * mean nothing to it.  It stops at the first thing that is wrong and tells
 * how much of the text before it is sound, so that the values up to there
 * can still be checked.  Comments become spaces on the way, for libConfuse
 * counts the lines that end in one twice.
 */
#include <ctype.h>
#include <string.h>

#include "shell/conf_scan.h"

enum {
	DEPTH_MAX = 8,	 /* braces within braces */
	WORD_MAX = 4096, /* bytes of a word or string */
};

enum token {
	NOTHING,
	WORD,
	EQUALS,
	OPEN,
	CLOSE,
	COMMA,
	PAREN,
};

struct scan {
	const char *text, *end;
	char *at;
	char *open; /* the last open brace */
	int line;
	enum token last, before; /* the last two tokens */
	const char *equals;	 /* behind the last "=" */
	int equals_line, last_line;
	bool last_include; /* the last is the word include */
	const char *call;  /* where an include began, until its end */
	unsigned depth;
	int opened[DEPTH_MAX]; /* lines of the open braces */
	struct sw_scan_result *result;
};

/* Ends the scan at a place: whatever is before it is sound. */
static bool
wrong(struct scan *scan, const char *place, int line, const char *why,
    const char *write)
{
	struct sw_scan_result *result = scan->result;

	if (scan->call != NULL && scan->call < place)
		place = scan->call;
	result->sound = (size_t)(place - scan->text);
	result->line = line;
	sw_fault_why(&result->fault, "%s", why);
	return sw_fault_write(&result->fault, "%s", write);
}

static void
token(struct scan *scan, enum token kind)
{
	scan->before = scan->last;
	scan->last = kind;
	scan->last_include = false;
	scan->last_line = scan->line;
}

/* What follows "=" in another line is no value when it has one of its own. */
static bool
lacks_value(const struct scan *scan)
{
	return scan->last == WORD && scan->before == EQUALS &&
	       scan->last_line > scan->equals_line;
}

static bool
value_missing(struct scan *scan)
{
	return wrong(scan, scan->equals, scan->equals_line,
	    "a value is missing behind \"=\"", "NAME = VALUE");
}

static bool
at_string(const struct scan *scan, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(scan->end - scan->at) >= n &&
	       memcmp(scan->at, what, n) == 0;
}

static void
skip_line(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		*scan->at++ = ' ';
}

/* Overwrites with spaces what is before the place. */
static void
blank(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n')
			*from = ' ';
}

static bool
skip_comment(struct scan *scan)
{
	char *begin = scan->at;
	int line = scan->line;

	for (scan->at += 2; scan->at < scan->end; scan->at++) {
		if (at_string(scan, "*/")) {
			scan->at += 2;
			blank(begin, scan->at);
			return true;
		}
		if (*scan->at == '\n')
			scan->line++;
		if (*scan->at == '\0')
			break;
	}
	return wrong(scan, begin, line, "a comment is opened and never closed",
	    "*/ where it ends");
}

/* Can only a key come next? */
static bool
wants_key(const struct scan *scan)
{
	if (scan->last == OPEN || scan->last == WORD)
		return (scan->last == WORD) == (scan->before == EQUALS);
	return scan->last == NOTHING || scan->last == CLOSE;
}

static bool
string(struct scan *scan)
{
	const char *begin = scan->at;
	char quote = *scan->at;
	int line = scan->line;

	if (wants_key(scan) && scan->call == NULL)
		return wrong(scan, begin, line, "a key stands in quotes",
		    "it without them");
	for (scan->at++; scan->at < scan->end; scan->at++) {
		if (*scan->at == quote) {
			scan->at++;
			token(scan, WORD);
			return true;
		}
		if (scan->at - begin > WORD_MAX)
			return wrong(scan, begin, line,
			    "a string is longer than 4096 bytes, or never "
			    "closed",
			    "the other quote where it ends");
		if (*scan->at == '\0')
			break;
		if (quote == '"' && at_string(scan, "${"))
			return wrong(scan, begin, scan->line,
			    "environment variables are not read here",
			    "the value itself");
		if (*scan->at == '\\' && scan->at + 1 < scan->end)
			scan->at++;
		if (*scan->at == '\n')
			scan->line++;
	}
	return wrong(scan, begin, line, "a string is opened and never closed",
	    "the other quote where it ends");
}

static bool
is_word(char c)
{
	return !isspace((unsigned char)c) && c != '\0' &&
	       strchr("#\"'={}()+,*", c) == NULL;
}

/* What may not stand right behind a word, though libConfuse takes it. */
static bool
word_end(struct scan *scan, const char *begin)
{
	if (scan->at == scan->end)
		return true;
	if (*scan->at == '#')
		return wrong(scan, begin, scan->line,
		    "a comment begins inside a word",
		    "a space before #, or the whole value in quotes");
	if (*scan->at == '"' || *scan->at == '\'')
		return wrong(scan, begin, scan->line,
		    "a quote stands inside a word",
		    "the whole value in quotes");
	return true;
}

static bool
word(struct scan *scan)
{
	const char *begin = scan->at;

	for (; scan->at < scan->end && is_word(*scan->at); scan->at++) {
		if (at_string(scan, "${"))
			return wrong(scan, begin, scan->line,
			    "environment variables are not read here",
			    "the value itself");
		if (*scan->at == '|')
			return wrong(scan, begin, scan->line,
			    "a \"|\" stands where none belongs",
			    "the value in quotes if it belongs to one");
		if (at_string(scan, "//") || at_string(scan, "/*"))
			return wrong(scan, begin, scan->line,
			    "a comment begins inside a word",
			    "a space before it, or the whole value in quotes");
		if (scan->at - begin > WORD_MAX)
			return wrong(scan, begin, scan->line,
			    "a word is longer than 4096 bytes",
			    "a shorter one");
	}
	if (!word_end(scan, begin))
		return false;
	token(scan, WORD);
	scan->last_include = scan->call == NULL && scan->at - begin == 7 &&
			     memcmp(begin, "include", 7) == 0;
	if (scan->last_include)
		scan->call = begin;
	return true;
}

static bool
open_brace(struct scan *scan)
{
	if (lacks_value(scan))
		return value_missing(scan);
	if (scan->depth == DEPTH_MAX)
		return wrong(scan, scan->at, scan->line,
		    "braces are nested too deeply", "fewer of them");
	scan->opened[scan->depth++] = scan->line;
	scan->open = scan->at;
	token(scan, OPEN);
	scan->at++;
	return true;
}

/* Moves the brace that closes an empty section to the one that opens it, so
 * that libConfuse is still in the line where the section begins. */
static void
close_early(struct scan *scan)
{
	char *behind = scan->open + 1;

	memmove(behind + 1, behind, (size_t)(scan->at - behind));
	*behind = '}';
}

static bool
close_brace(struct scan *scan)
{
	if (scan->depth == 0)
		return wrong(scan, scan->at, scan->line,
		    "this \"}\" closes nothing", "the file without it");
	if (scan->last == OPEN && scan->before == EQUALS)
		return wrong(scan, scan->at, scan->line, "the list is empty",
		    "at least one value, or the file without this key");
	if (scan->last == COMMA)
		return wrong(scan, scan->at, scan->line,
		    "a value is missing behind \",\"",
		    "another value, or the list without this comma");
	if (scan->last == OPEN)
		close_early(scan);
	scan->depth--;
	token(scan, CLOSE);
	scan->at++;
	return true;
}

/* Those of an include, for nothing else has any. */
static bool
parenthesis(struct scan *scan)
{
	if (scan->call == NULL)
		return wrong(scan, scan->at, scan->line,
		    "a parenthesis stands where none belongs",
		    "include(\"FILE\"), or the value in quotes");
	token(scan, *scan->at == '(' ? PAREN : CLOSE);
	scan->at++;
	if (scan->last == CLOSE)
		scan->call = NULL;
	return true;
}

static bool
sign(struct scan *scan)
{
	if (at_string(scan, "+="))
		scan->at++;
	else if (*scan->at == '*' || *scan->at == '+')
		return wrong(scan, scan->at, scan->line,
		    *scan->at == '*' ? "a \"*\" stands where none belongs"
				     : "a \"+\" stands where none belongs",
		    "the value in quotes if it belongs to one");
	if (*scan->at != ',' && lacks_value(scan))
		return value_missing(scan);
	token(scan, *scan->at == ',' ? COMMA : EQUALS);
	scan->at++;
	if (scan->last == EQUALS) {
		scan->equals = scan->at;
		scan->equals_line = scan->line;
	}
	return true;
}

/* Whether the call of include, once begun, goes on as it must. */
static bool
call_goes_on(const struct scan *scan)
{
	char c = *scan->at;

	if (scan->last_include)
		return c == '(';
	if (scan->last == PAREN)
		return c == '"' || c == '\'' || is_word(c);
	return c == ')';
}

static bool
step(struct scan *scan)
{
	char c = *scan->at;

	if (c == '\n')
		scan->line++;
	if (isspace((unsigned char)c)) {
		scan->at++;
		return true;
	}
	if (c == '#' || at_string(scan, "//")) {
		skip_line(scan);
		return true;
	}
	if (at_string(scan, "/*"))
		return skip_comment(scan);
	if (iscntrl((unsigned char)c))
		return wrong(scan, scan->at, scan->line,
		    "a control character stands here", "plain text");
	if (scan->call != NULL && !call_goes_on(scan))
		return wrong(scan, scan->call, scan->line,
		    "include is not complete", "include(\"FILE\")");
	switch (c) {
	case '"':
	case '\'':
		return string(scan);
	case '{':
		return open_brace(scan);
	case '}':
		return close_brace(scan);
	case '(':
	case ')':
		return parenthesis(scan);
	case '=':
	case '+':
	case ',':
	case '*':
		return sign(scan);
	}
	return word(scan);
}

static bool
finish(struct scan *scan)
{
	char why[80];

	if (scan->call != NULL)
		return wrong(scan, scan->call, scan->line,
		    "include is not complete", "include(\"FILE\")");
	if (scan->last == EQUALS)
		return value_missing(scan);
	if (scan->depth == 0 && scan->last == WORD && scan->before != EQUALS)
		return wrong(scan, scan->end, scan->last_line,
		    "the file ends in the middle of this",
		    "NAME = VALUE or NAME { ... }");
	if (scan->depth == 0)
		return true;
	snprintf(why, sizeof why, "the \"{\" of line %d is never closed",
	    scan->opened[scan->depth - 1]);
	return wrong(scan, scan->end, scan->line, why, "\"}\" where it ends");
}

void
sw_conf_scan(char *text, size_t length, struct sw_scan_result *result)
{
	struct scan scan = {
		.text = text,
		.end = text + length,
		.at = text,
		.line = 1,
		.result = result,
	};

	memset(result, 0, sizeof *result);
	result->sound = length;
	if (at_string(&scan, "\xef\xbb\xbf")) {
		wrong(&scan, text, 1, "the file begins with a byte order mark",
		    "the file as UTF-8 without one");
		return;
	}
	while (scan.at < scan.end)
		if (!step(&scan))
			return;
	finish(&scan);
}
