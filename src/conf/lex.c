/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex: splits a text into words, strings, signs and comments.
 *
 * A word ends at a blank, a sign or a quote.  Strings in double quotes have the
 * escapes of C; in single quotes only \\ and \' are escapes.  Comments are
 * those of the shell, of C and of C++; they neither end nor begin a word, so a
 * path with "//" or "#" must be quoted.  Text that would be read differently
 * from what it looks like is refused: a quote or a comment inside a word, the
 * name of an environment variable.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "conf/lex.h"

struct sw_lex
sw_lex_begin(const char *text, size_t length)
{
	return (struct sw_lex){ text, (uint32_t)length, 0, 1 };
}

static bool
looking_at(const struct sw_lex *lexer, const char *what)
{
	size_t n = strlen(what);

	return lexer->length - lexer->at >= n &&
	       memcmp(lexer->text + lexer->at, what, n) == 0;
}

static bool
at_end(const struct sw_lex *lexer)
{
	return lexer->at >= lexer->length;
}

/* Advances by a byte and counts lines. */
static void
advance(struct sw_lex *lexer)
{
	lexer->line += lexer->text[lexer->at++] == '\n';
}

static struct sw_token
wrong(struct sw_token token, const char *why, const char *write)
{
	token.kind = SW_TOKEN_WRONG;
	token.why = why;
	token.write = write;
	return token;
}

static void
skip_line(struct sw_lex *lexer)
{
	while (!at_end(lexer) && lexer->text[lexer->at] != '\n')
		lexer->at++;
}

/* => false when the comment has no end */
static bool
skip_comment(struct sw_lex *lexer)
{
	lexer->at += 2;
	while (!at_end(lexer) && !looking_at(lexer, "*/"))
		advance(lexer);
	if (at_end(lexer))
		return false;
	lexer->at += 2;
	return true;
}

/* => false at a comment without an end: the lexer stays at its beginning */
static bool
skip_blanks(struct sw_lex *lexer)
{
	while (!at_end(lexer)) {
		const struct sw_lex before = *lexer;

		if (isspace((unsigned char)lexer->text[lexer->at])) {
			advance(lexer);
		} else if (looking_at(lexer, "#") || looking_at(lexer, "//")) {
			skip_line(lexer);
		} else if (!looking_at(lexer, "/*")) {
			break;
		} else if (!skip_comment(lexer)) {
			*lexer = before;
			return false;
		}
	}
	return true;
}

static struct sw_token
string(struct sw_lex *lexer, struct sw_token token)
{
	char quote = lexer->text[lexer->at];

	token.kind = SW_TOKEN_STRING;
	for (advance(lexer); !at_end(lexer); advance(lexer)) {
		char c = lexer->text[lexer->at];

		token.length = lexer->at - token.at + 1;
		if (c == quote) {
			lexer->at++;
			return token;
		}
		if (token.length > SW_TOKEN_MAX)
			return wrong(token,
			    "a string is longer than 4096 bytes, or never "
			    "closed",
			    "the other quote where it ends");
		if (c == '\0')
			break;
		if (quote == '"' && looking_at(lexer, "${"))
			return wrong(token,
			    "environment variables are not expanded",
			    "the value itself");
		if (c == '\\' && lexer->at + 1 < lexer->length)
			advance(lexer);
	}
	return wrong(token, "a string is opened and never closed",
	    "the other quote where it ends");
}

static bool
is_word(char c)
{
	return !isspace((unsigned char)c) && !iscntrl((unsigned char)c) &&
	       strchr("#\"'={}()+,*", c) == NULL;
}

/* Refuses what must not directly follow a word. */
static struct sw_token
word_end(const struct sw_lex *lexer, struct sw_token token)
{
	if (at_end(lexer))
		return token;
	if (looking_at(lexer, "#"))
		return wrong(token, "a comment starts inside a word",
		    "a space before #, or the whole value in quotes");
	if (looking_at(lexer, "\"") || looking_at(lexer, "'"))
		return wrong(token, "a quote inside a word",
		    "the whole value in quotes");
	return token;
}

static struct sw_token
word(struct sw_lex *lexer, struct sw_token token)
{
	token.kind = SW_TOKEN_WORD;
	for (; !at_end(lexer) && is_word(lexer->text[lexer->at]); lexer->at++) {
		token.length = lexer->at - token.at + 1;
		if (looking_at(lexer, "${"))
			return wrong(token,
			    "environment variables are not expanded",
			    "the value itself");
		if (looking_at(lexer, "|"))
			return wrong(token, "unexpected \"|\"",
			    "the value in quotes if it contains this "
			    "character");
		if (looking_at(lexer, "//") || looking_at(lexer, "/*"))
			return wrong(token, "a comment starts inside a word",
			    "a space before it, or the whole value in quotes");
		if (token.length > SW_TOKEN_MAX)
			return wrong(token, "a word is longer than 4096 bytes",
			    "a shorter one");
	}
	return word_end(lexer, token);
}

static struct sw_token
sign(struct sw_lex *lexer, struct sw_token token)
{
	static const struct {
		char text[3];
		enum sw_token_kind kind;
	} signs[] = { { "{", SW_TOKEN_OPEN }, { "}", SW_TOKEN_CLOSE },
		{ "=", SW_TOKEN_EQUALS }, { "+=", SW_TOKEN_APPEND },
		{ ",", SW_TOKEN_COMMA }, { "(", SW_TOKEN_PARENTHESIS },
		{ ")", SW_TOKEN_PARENTHESIS } };

	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (looking_at(lexer, signs[i].text)) {
			token.kind = signs[i].kind;
			token.length = (uint32_t)strlen(signs[i].text);
			lexer->at += token.length;
			return token;
		}
	return wrong(token,
	    looking_at(lexer, "*") ? "unexpected \"*\"" : "unexpected \"+\"",
	    "the value in quotes if it contains this character");
}

struct sw_token
sw_lex_next(struct sw_lex *lexer)
{
	bool skipped = skip_blanks(lexer);
	struct sw_token token = { .kind = SW_TOKEN_END,
		.at = lexer->at,
		.length = 1,
		.line = lexer->line };

	if (!skipped)
		return wrong(token, "a comment is opened and never closed",
		    "*/ where it ends");
	if (at_end(lexer))
		return token;
	if (token.at == 0 && looking_at(lexer, "\xef\xbb\xbf"))
		return wrong(token, "the file starts with a byte order mark",
		    "the file as UTF-8 without one");
	if (iscntrl((unsigned char)lexer->text[token.at]))
		return wrong(
		    token, "unexpected control character", "plain text");
	if (looking_at(lexer, "\"") || looking_at(lexer, "'"))
		return string(lexer, token);
	return is_word(lexer->text[token.at]) ? word(lexer, token)
					      : sign(lexer, token);
}

/* --- the content of a string ---------------------------------------------- */

/* An escape of digits: up to three octal ones, for at most a byte; \x with one
 * or two hexadecimal ones.
 * => bytes after the backslash that belong to it; value -1: not valid */
static size_t
escape_number(const char *at, int *value)
{
	size_t digits = strspn(at, "0123456789");
	unsigned long byte = 0;
	char text[4] = "";

	if (*at == 'x') {
		digits = strspn(at + 1, "0123456789abcdefABCDEF");
		digits = digits > 2 ? 2 : digits;
		memcpy(text, at + 1, digits);
		byte = strtoul(text, NULL, 16);
		*value = byte > 0 ? (int)byte : -1;
		return digits + 1;
	}
	if (digits <= 3 && strspn(at, "01234567") >= digits) {
		memcpy(text, at, digits);
		byte = strtoul(text, NULL, 8);
	}
	*value = byte > 0 && byte <= UINT8_MAX ? (int)byte : -1;
	return digits;
}

/* One escape of a string in double quotes, after its backslash.
 * => bytes that belong to it; value -1: there is no such escape */
static size_t
escape(const char *at, int *value)
{
	static const char letters[] = "nrbfatve",
			  bytes[] = "\n\r\b\f\a\t\v\033";
	const char *letter = strchr(letters, *at);

	if (isdigit((unsigned char)*at) ||
	    (*at == 'x' && isxdigit((unsigned char)at[1])))
		return escape_number(at, value);
	*value =
	    (unsigned char)(letter != NULL ? bytes[letter - letters] : *at);
	return 1;
}

static bool
no_escape(const char *at, size_t length, struct sw_fault *fault)
{
	sw_error_write(fault, "\\\\ for a backslash");
	return sw_error_why(fault,
	    "the string contains the unknown escape %.*s",
	    (int)(length < 16 ? length : 16), at);
}

bool
sw_lex_token_text(const struct sw_lex *lexer, const struct sw_token *token,
    char text[SW_TOKEN_MAX + 1], struct sw_fault *fault)
{
	const char *at = lexer->text + token->at;
	const char *end = at + token->length;
	char quote = *at;

	if (token->kind == SW_TOKEN_WORD) {
		memcpy(text, at, token->length);
		text[token->length] = '\0';
		return true;
	}
	for (at++, end--; at < end; at++) {
		bool plain = quote == '\'' && strchr("\\'\n", at[1]) == NULL;
		int value;

		if (*at != '\\' || plain) {
			*text++ = *at;
		} else if (at[1] == '\n') {
			at++; /* the string continues on the next line */
		} else {
			size_t length = escape(at + 1, &value);

			if (value < 0)
				return no_escape(at, length + 1, fault);
			*text++ = (char)value;
			at += length;
		}
	}
	*text = '\0';
	return true;
}
