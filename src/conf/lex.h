/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex: the tokens of a configuration's text.
 *
 * A token is a place in the text; nothing is copied or changed.  A lexer is a
 * plain value: a copy of it can look ahead.
 */
#ifndef SYNWARD_CONF_LEX_H
#define SYNWARD_CONF_LEX_H

#include "conf/error.h"

/* The longest word or quoted string in bytes. */
#define SW_TOKEN_MAX 4096

enum sw_token_kind {
	SW_TOKEN_END,
	SW_TOKEN_WORD,
	SW_TOKEN_STRING, /* in quotes of either kind */
	SW_TOKEN_EQUALS,
	SW_TOKEN_APPEND, /* += */
	SW_TOKEN_OPEN,
	SW_TOKEN_CLOSE,
	SW_TOKEN_COMMA,
	SW_TOKEN_PARENTHESIS, /* ( or ) */
	SW_TOKEN_WRONG,	      /* why and write contain the error */
};

struct sw_token {
	enum sw_token_kind kind;
	uint32_t at, length; /* offset and length in the text */
	uint32_t line;	     /* line of its beginning, from 1 */
	const char *why, *write;
};

struct sw_lex {
	const char *text;
	uint32_t length, at, line;
};

/* => valid as long as the text, which must be shorter than 4 GiB */
struct sw_lex sw_lex_begin(const char *text, size_t length);
/* The next token; the caller must stop after the last one and after a wrong
 * one. */
struct sw_token sw_lex_next(struct sw_lex *lexer);

/* The content of a word or string, without quotes and escapes.
 * => false, with the fault filled, when an escape does not exist */
bool sw_lex_token_text(const struct sw_lex *lexer, const struct sw_token *token,
    char text[SW_TOKEN_MAX + 1], struct sw_fault *fault);

#endif
