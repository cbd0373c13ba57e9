/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parser: the position in the tokens of a file, and errors at it.
 */
#include <string.h>

#include "conf/parser.h"

struct sw_origin
sw_parser_place(const struct sw_parser *p, const struct sw_token *token)
{
	return (struct sw_origin){ p->file, token->line, token->at };
}

/* Only strings have quotes of their own. */
const char *
sw_parser_shown(const struct sw_parser *p, const struct sw_token *token,
    char text[SW_SHOWN_MAX])
{
	char raw[SW_SHOWN_MAX];
	int n = token->length < 60 ? (int)token->length : 60;

	if (token->kind == SW_TOKEN_END)
		return "the end of the file";
	snprintf(raw, sizeof raw,
	    token->kind == SW_TOKEN_STRING ? "%.*s" : "\"%.*s\"", n,
	    p->lexer.text + token->at);
	return sw_conf_error_shown(raw, text);
}

/* Ends the reading at the token. */
bool
sw_parser_fail(const struct sw_parser *p, const struct sw_token *token,
    const char *key, const char *why, const char *write)
{
	sw_load_complain(p->loader, sw_parser_place(p, token), key, NULL,
	    "%s; write %s", why, write);
	return false;
}

bool
sw_parser_next(struct sw_parser *p)
{
	p->token = sw_lex_next(&p->lexer);
	return p->token.kind != SW_TOKEN_WRONG ||
	       sw_parser_fail(p, &p->token, NULL, p->token.why, p->token.write);
}

/* The token after the last one read; n: skip this many. */
struct sw_token
sw_parser_ahead(const struct sw_parser *p, unsigned n)
{
	struct sw_lex lexer = p->lexer;
	struct sw_token token = sw_lex_next(&lexer);

	while (n-- > 1 && token.kind != SW_TOKEN_WRONG)
		token = sw_lex_next(&lexer);
	return token;
}

bool
sw_parser_is_value(const struct sw_token *token)
{
	return token->kind == SW_TOKEN_WORD || token->kind == SW_TOKEN_STRING;
}

/* May the token follow the name of a key or section? */
bool
sw_parser_follows_name(const struct sw_token *token)
{
	return token->kind == SW_TOKEN_EQUALS ||
	       token->kind == SW_TOKEN_APPEND || token->kind == SW_TOKEN_OPEN;
}

bool
sw_parser_unexpected(const struct sw_parser *p, const struct sw_token *token,
    const char *wanted, const char *write)
{
	char text[SW_SHOWN_MAX], why[SW_SHOWN_MAX + 80];

	snprintf(why, sizeof why, "%s is expected here, not %s", wanted,
	    sw_parser_shown(p, token, text));
	return sw_parser_fail(p, token, NULL, why, write);
}

bool
sw_parser_never_closed(const struct sw_parser *p, const struct sw_token *open)
{
	return sw_parser_fail(
	    p, open, NULL, "this \"{\" is never closed", "\"}\" where it ends");
}

/* Stores the text of the last token.
 * => false when it has a wrong escape */
bool
sw_parser_text(struct sw_parser *p)
{
	struct sw_fault fault = { 0 };

	return sw_lex_token_text(&p->lexer, &p->token, p->text, &fault) ||
	       sw_parser_fail(p, &p->token, NULL, fault.why, fault.write);
}
