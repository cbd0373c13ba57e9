/* SPDX-License-Identifier: Apache-2.0 */
/*
 * assign: NAME = VALUE, NAME = { VALUE, VALUE } and both with +=.
 *
 * Values are passed to the loader as they are read, and the loader reports
 * wrong ones.  This file reports habits from other languages whose meaning is
 * clear, and continues: a semicolon after a value, a blank before a unit,
 * braces around one value.  The reading of the file ends only when it is
 * unclear where the next statement begins.
 */
#include <string.h>

#include "conf/parser.h"

static const struct sw_key *
key_of(int k)
{
	size_t n;

	return sw_schema_keys(&n) + k;
}

/* A token as it is written, for the suggestion of what to write. */
static const char *
bare(const struct sw_parser *p, const struct sw_token *token,
    char text[SW_SHOWN_MAX])
{
	char raw[SW_SHOWN_MAX];

	snprintf(raw, sizeof raw, "%.*s", (int)token->length,
	    p->lexer.text + token->at);
	return sw_conf_error_shown(raw, text);
}

/* Ends the reading, and shows how the key's value is written. */
static bool
fail_form(const struct sw_parser *p, const struct sw_token *token,
    const struct sw_key *key, const char *why)
{
	char form[SW_CONF_NAME + 32];

	snprintf(form, sizeof form, "%s = %s", key->name,
	    sw_schema_is_list(key) ? "{ VALUE, VALUE }" : "VALUE");
	return sw_parser_fail(p, token, key->name, why, form);
}

/* Reports a word that ends in a semicolon, and uses it without. */
static void
drop_semicolon(struct sw_parser *p, int k)
{
	struct sw_fault fault = { 0 };
	size_t n = strlen(p->text);
	char whole[SW_SHOWN_MAX], rest[SW_SHOWN_MAX];

	if (p->token.kind != SW_TOKEN_WORD || p->text[n - 1] != ';')
		return;
	sw_conf_error_shown(p->text, whole);
	while (n > 0 && p->text[n - 1] == ';')
		p->text[--n] = '\0';
	sw_conf_error_shown(p->text, rest);
	sw_error_fix(&fault, "%s", rest);
	sw_error_why(&fault, "a value does not end with a semicolon");
	sw_load_refuse(
	    p->loader, k, sw_parser_place(p, &p->token), whole, &fault);
}

/* Passes the value in the last token to the loader. */
static bool
value(struct sw_parser *p, int k, bool first)
{
	if (!sw_parser_text(p))
		return false;
	drop_semicolon(p, k);
	if (*p->text != '\0' || p->token.kind == SW_TOKEN_STRING)
		sw_load_value(p->loader, k, sw_parser_place(p, &p->token),
		    p->text, first);
	return true;
}

/* Is the word the name of a key or section that may follow this key? */
static bool
is_name(const struct sw_parser *p, int k, const struct sw_token *word)
{
	const char *section = key_of(k)->section;
	char name[SW_SHOWN_MAX], inner[SW_SHOWN_MAX + SW_CONF_NAME];

	bare(p, word, name);
	snprintf(inner, sizeof inner, "%s%s%s", section,
	    *section != '\0' ? "." : "", name);
	return sw_schema_find(section, name) >= 0 ||
	       sw_schema_has_section(inner);
}

/* Is the word after a value on its line a part of that value, rather than the
 * next name? */
static bool
is_second_word(const struct sw_parser *p, int k, const struct sw_token *word)
{
	struct sw_token after = sw_parser_ahead(p, 2);

	if (!sw_parser_is_value(word) || word->line != p->token.line ||
	    is_name(p, k, word))
		return false;
	if (word->kind == SW_TOKEN_STRING)
		return true;
	return !sw_parser_follows_name(&after) &&
	       after.kind != SW_TOKEN_PARENTHESIS &&
	       (after.kind != SW_TOKEN_STRING || after.line != word->line);
}

/* Reports "2 hours" where 2h is meant, and skips it.
 * => whether it was that */
static bool
unit_apart(struct sw_parser *p, int k, const struct sw_token *word)
{
	char whole[2 * SW_SHOWN_MAX], number[SW_SHOWN_MAX], unit[SW_SHOWN_MAX];
	struct sw_token first = p->token;
	struct sw_fault fault = { 0 };

	bare(p, &first, number);
	bare(p, word, unit);
	if (!sw_field_joined(key_of(k), number, unit, &fault))
		return false;
	snprintf(whole, sizeof whole, "%s %s", number, unit);
	sw_load_refuse(p->loader, k, sw_parser_place(p, &first), whole, &fault);
	return sw_parser_next(p);
}

/* Reports a second value that does not belong there. */
static bool
second_word(struct sw_parser *p, int k, const struct sw_token *word)
{
	const struct sw_key *key = key_of(k);
	char text[SW_SHOWN_MAX], why[SW_SHOWN_MAX + SW_CONF_NAME + 64];

	snprintf(why, sizeof why, "unexpected %s after the value of %s",
	    sw_parser_shown(p, word, text), key->name);
	if (sw_schema_is_list(key))
		return fail_form(p, word, key, why);
	return sw_parser_fail(p, word, key->name, why,
	    "one value, in quotes if it contains a space");
}

/* Reads NAME = VALUE, from its value on. */
static bool
single(struct sw_parser *p, int k, bool first)
{
	const struct sw_key *key = key_of(k);
	struct sw_token after = sw_parser_ahead(p, 1);
	bool apart = is_second_word(p, k, &after);
	bool lone_sign = apart && p->lexer.text[after.at] == ';';

	if (apart && !lone_sign && unit_apart(p, k, &after))
		return true;
	if (p->lexer.text[p->token.at] == '[')
		return fail_form(
		    p, &p->token, key, "a list needs braces, not brackets");
	if (!value(p, k, first))
		return false;
	if (after.kind == SW_TOKEN_COMMA)
		return fail_form(p, &after, key,
		    sw_schema_is_list(key) ? "a list needs braces"
					   : "this key takes one value");
	return !apart || lone_sign || second_word(p, k, &after);
}

/* Reports a value in a list that is followed by neither a comma nor the end. */
static bool
no_comma(const struct sw_parser *p, const struct sw_token *before)
{
	char text[SW_SHOWN_MAX], old[SW_SHOWN_MAX];
	char why[SW_SHOWN_MAX + 64], write[2 * SW_SHOWN_MAX + 8];
	struct sw_token after = sw_parser_ahead(p, 1);

	if (!sw_parser_is_value(&p->token))
		return sw_parser_unexpected(
		    p, &p->token, "\",\" or \"}\"", "{ VALUE, VALUE }");
	if (sw_parser_follows_name(&after)) {
		snprintf(why, sizeof why, "the list is not closed before %s",
		    sw_parser_shown(p, &p->token, text));
		return sw_parser_fail(p, &p->token, NULL, why,
		    "\"}\" after the last value of the list");
	}
	snprintf(why, sizeof why, "a comma is missing before %s",
	    sw_parser_shown(p, &p->token, text));
	snprintf(write, sizeof write, "%s, %s", bare(p, before, old),
	    bare(p, &p->token, text));
	return sw_parser_fail(p, &p->token, NULL, why, write);
}

/* Reads the next value of a list.
 * => false when there is none, after reporting it */
static bool
list_item(struct sw_parser *p, const struct sw_token *open,
    const struct sw_token *comma)
{
	if (!sw_parser_next(p))
		return false;
	if (sw_parser_is_value(&p->token))
		return true;
	if (p->token.kind == SW_TOKEN_END)
		return sw_parser_never_closed(p, open);
	if (p->token.kind == SW_TOKEN_CLOSE && comma != NULL)
		return sw_parser_fail(p, comma, NULL,
		    "a value is missing after this comma",
		    "another value, or remove this comma");
	if (p->token.kind == SW_TOKEN_CLOSE)
		return sw_parser_fail(p, open, NULL, "the list is empty",
		    "at least one value, or remove this key");
	return sw_parser_unexpected(
	    p, &p->token, "a value", "{ VALUE, VALUE }");
}

/* Reports a list where the key takes one value, and skips it. */
static void
refuse_list(struct sw_parser *p, int k, const struct sw_token *open,
    const char *first, bool several)
{
	const struct sw_key *key = key_of(k);
	struct sw_fault fault = { 0 };

	sw_error_why(&fault, "one value is expected, not a list");
	if (!several)
		sw_error_fix(&fault, "%s", first);
	sw_error_write(&fault, "%s = %s%s", key->name, first,
	    several && sw_schema_part(key) == SW_PART_RULE
		? " and a rule for each other value"
		: "");
	sw_load_refuse(
	    p->loader, k, sw_parser_place(p, open), "{ ... }", &fault);
}

/* Reads NAME = { VALUE, VALUE }, from the brace on. */
static bool
list(struct sw_parser *p, int k, bool first)
{
	const struct sw_token open = p->token;
	bool many = sw_schema_is_list(key_of(k));
	struct sw_token comma, before;
	char one[SW_SHOWN_MAX];
	size_t n = 0;

	do {
		comma = p->token;
		if (!list_item(p, &open, n > 0 ? &comma : NULL))
			return false;
		before = p->token;
		if (n == 0)
			bare(p, &before, one);
		if (many && !value(p, k, first && n == 0))
			return false;
		n++;
		if (!sw_parser_next(p))
			return false;
	} while (p->token.kind == SW_TOKEN_COMMA);
	if (p->token.kind == SW_TOKEN_END)
		return sw_parser_never_closed(p, &open);
	if (p->token.kind != SW_TOKEN_CLOSE)
		return no_comma(p, &before);
	if (!many)
		refuse_list(p, k, &open, one, n > 1);
	return true;
}

/* Is the last token, after "=", no value, or one of the next statement? */
static bool
lacks_value(const struct sw_parser *p, const struct sw_token *sign)
{
	struct sw_token after = sw_parser_ahead(p, 1);

	if (p->token.kind == SW_TOKEN_OPEN ||
	    p->token.kind == SW_TOKEN_PARENTHESIS)
		return false;
	return !sw_parser_is_value(&p->token) ||
	       (p->token.line > sign->line && sw_parser_follows_name(&after));
}

bool
sw_conf_assign(struct sw_parser *p, int k)
{
	const struct sw_key *key = key_of(k);
	const struct sw_token name = p->token;
	struct sw_token sign;
	char why[SW_CONF_NAME + 64];

	if (!sw_parser_next(p))
		return false;
	sign = p->token;
	if (sign.kind != SW_TOKEN_EQUALS && sign.kind != SW_TOKEN_APPEND) {
		snprintf(why, sizeof why, "\"=\" is missing after \"%s\"",
		    key->name);
		return fail_form(p, &name, key, why);
	}
	if (sign.kind == SW_TOKEN_APPEND && !sw_schema_is_list(key)) {
		snprintf(why, sizeof why,
		    "\"%s\" is not a list, so += is not allowed", key->name);
		return fail_form(p, &name, key, why);
	}
	if (!sw_parser_next(p))
		return false;
	if (lacks_value(p, &sign))
		return fail_form(
		    p, &sign, key, "a value is missing after \"=\"");
	if (p->token.kind == SW_TOKEN_PARENTHESIS)
		return sw_parser_fail(p, &p->token, key->name,
		    "unexpected parenthesis",
		    "include(\"FILE\"), or the value in quotes");
	return p->token.kind == SW_TOKEN_OPEN
		   ? list(p, k, sign.kind == SW_TOKEN_EQUALS)
		   : single(p, k, sign.kind == SW_TOKEN_EQUALS);
}
