/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parser: what conf/parse.c and conf/assign.c share.
 */
#ifndef SYNWARD_CONF_PARSER_H
#define SYNWARD_CONF_PARSER_H

#include "conf/lex.h"
#include "conf/load.h"

/* A file being parsed. */
struct sw_parser {
	struct sw_load *loader;
	struct sw_lex lexer;
	uint32_t file;
	struct sw_token token;	     /* the last one read */
	char text[SW_TOKEN_MAX + 1]; /* of a name or value */
};

/* Reads the next token.
 * => false after reporting a wrong one */
bool sw_parser_next(struct sw_parser *p);
/* The nth token after the last one read. */
struct sw_token sw_parser_ahead(const struct sw_parser *p, unsigned n);
/* Stores the text of the last token.
 * => false after reporting a wrong escape */
bool sw_parser_text(struct sw_parser *p);

bool sw_parser_is_value(const struct sw_token *token);
/* May the token follow the name of a key or section? */
bool sw_parser_follows_name(const struct sw_token *token);

struct sw_origin
sw_parser_place(const struct sw_parser *p, const struct sw_token *token);
/* A token as it is written, for a message. */
const char *sw_parser_shown(const struct sw_parser *p,
    const struct sw_token *token, char text[SW_SHOWN_MAX]);

/* Each reports an error at the token.
 * => false, for the caller to return: the reading ends here */
bool sw_parser_fail(const struct sw_parser *p, const struct sw_token *token,
    const char *key, const char *why, const char *write);
bool sw_parser_unexpected(const struct sw_parser *p,
    const struct sw_token *token, const char *wanted, const char *write);
bool
sw_parser_never_closed(const struct sw_parser *p, const struct sw_token *open);

/* Reads what follows the name of key k, which is the last token. */
bool sw_conf_assign(struct sw_parser *p, int k);

#endif
