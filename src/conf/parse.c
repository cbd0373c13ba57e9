/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse: recursive descent over the tokens of conf/lex.h.
 *
 * The schema's table gives the meaning of names: a key of the section, or a
 * section inside it.  The schema also bounds the depth: a section that it does
 * not have is not entered.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/parse.h"
#include "conf/parser.h"
#include "conf/rule.h"
#include "conf/set.h"
#include "conf/zone.h"

static bool
body(struct sw_parser *p, const char *section, const struct sw_token *open);

/* Reads include("FILE"), from its name on. */
static bool
include(struct sw_parser *p)
{
	const struct sw_token name = p->token;
	static const char write[] = "include(\"FILE\")";
	struct sw_token open = sw_parser_ahead(p, 1),
			file = sw_parser_ahead(p, 2),
			close = sw_parser_ahead(p, 3);

	if (open.kind != SW_TOKEN_PARENTHESIS || !sw_parser_is_value(&file) ||
	    close.kind != SW_TOKEN_PARENTHESIS)
		return sw_parser_fail(
		    p, &name, "include", "incomplete include", write);
	if (!sw_parser_next(p)) /* ( */
		return false;
	if (!sw_parser_next(p) || !sw_parser_text(p))
		return false;
	if (!sw_parser_next(p)) /* ) */
		return false;
	if (p->lexer.text[open.at] != '(' || p->lexer.text[close.at] != ')')
		return sw_parser_fail(
		    p, &name, "include", "incomplete include", write);
	if (p->loader->reading->name == NULL)
		return sw_parser_fail(p, &name, "include",
		    "include is not allowed here", "what the file holds");
	if (*p->text == '\0')
		return sw_parser_fail(
		    p, &name, "include", "include names no file", write);
	return sw_load_include(p->loader, sw_parser_place(p, &name), p->text);
}

/* Reads "{" after the name of a section, or after its title. */
static bool
section_opens(struct sw_parser *p, const struct sw_token *name)
{
	char text[SW_SHOWN_MAX], why[SW_SHOWN_MAX + 40];

	if (!sw_parser_next(p))
		return false;
	if (p->token.kind == SW_TOKEN_OPEN)
		return true;
	snprintf(why, sizeof why, "\"{\" is missing after %s",
	    sw_parser_shown(p, name, text));
	return sw_parser_fail(p, name, NULL, why, "NAME { ... }");
}

/* The title of a section, from its name on, to its "{". */
static bool
title(struct sw_parser *p, const struct sw_token *name)
{
	struct sw_token token;
	char what[SW_SHOWN_MAX], why[SW_SHOWN_MAX], form[SW_SHOWN_MAX];

	snprintf(what, sizeof what, "%.*s", (int)name->length,
	    p->lexer.text + name->at);
	if (!sw_parser_next(p))
		return false;
	token = p->token;
	if (!sw_parser_is_value(&token)) {
		snprintf(why, sizeof why, "this %.16s has no name", what);
		snprintf(form, sizeof form, "%.16s \"NAME\" { ... }", what);
		return sw_parser_fail(p, name, what, why, form);
	}
	return sw_parser_text(p) && section_opens(p, &token);
}

static bool
rule(struct sw_parser *p, const char *section)
{
	const struct sw_token name = p->token;
	struct sw_conf *conf = p->loader->conf;
	struct sw_token open;

	if (!title(p, &name))
		return false;
	open = p->token;
	if (!sw_conf_rule_add(
		conf, p->text, sw_parser_place(p, &name), p->loader->errors))
		return false;
	if (body(p, section, &open))
		return true;
	conf->origins->rules[conf->n_rules - 1].damaged = true;
	return false;
}

static bool
set(struct sw_parser *p, const char *section)
{
	const struct sw_token name = p->token;
	struct sw_token open;

	if (!title(p, &name))
		return false;
	open = p->token;
	return sw_conf_set_add(p->loader->conf, p->text,
		   sw_parser_place(p, &name), p->loader->errors) &&
	       body(p, section, &open);
}

static bool
zone(struct sw_parser *p, const char *section)
{
	const struct sw_token name = p->token;
	struct sw_token open;

	if (!title(p, &name))
		return false;
	open = p->token;
	return sw_conf_zone_add(p->loader->conf, p->text,
		   sw_parser_place(p, &name), p->loader->errors) &&
	       body(p, section, &open);
}

static bool
unknown(const struct sw_parser *p, const char *section)
{
	char name[SW_SHOWN_MAX], why[400];
	const char *meant;

	meant = sw_conf_unknown(section, p->text, why, sizeof why);
	sw_load_complain(p->loader, sw_parser_place(p, &p->token), NULL, meant,
	    "unknown key \"%s\"%s%s; %s", sw_conf_error_shown(p->text, name),
	    *section == '\0' ? "" : " in ",
	    strrchr(section, '.') != NULL ? strrchr(section, '.') + 1 : section,
	    why);
	return false;
}

/* Reports a semicolon in place of a name, and skips it. */
static bool
lone_semicolon(const struct sw_parser *p)
{
	if (p->text[strspn(p->text, ";")] != '\0')
		return false;
	sw_parser_fail(p, &p->token, NULL,
	    "a statement does not end with a semicolon", "the file without it");
	return true;
}

/* Reads a statement, which begins with a name. */
static bool
statement(struct sw_parser *p, const char *section)
{
	const struct sw_token name = p->token;
	char inner[SW_CONF_NAME];
	int k, n;

	if (!sw_parser_text(p))
		return false;
	if (lone_semicolon(p))
		return true;
	if (*section == '\0' && strcmp(p->text, "include") == 0)
		return include(p);
	k = sw_schema_find(section, p->text);
	if (k >= 0)
		return sw_conf_assign(p, k);
	n = snprintf(inner, sizeof inner, "%s%s%s", section,
	    *section != '\0' ? "." : "", p->text);
	if (n >= (int)sizeof inner || strchr(p->text, '.') != NULL ||
	    !sw_schema_has_section(inner))
		return unknown(p, section);
	if (strcmp(inner, "rule") == 0)
		return rule(p, inner);
	if (strcmp(inner, "set") == 0)
		return set(p, inner);
	if (strcmp(inner, "zone") == 0)
		return zone(p, inner);
	if (!section_opens(p, &name))
		return false;
	if (strcmp(inner, "rule.related") == 0 &&
	    !sw_conf_rule_relate(
		p->loader->conf, sw_parser_place(p, &name), p->loader->errors))
		return false;
	return body(p, inner,
	    &(struct sw_token){ .kind = SW_TOKEN_OPEN,
		.at = p->token.at,
		.length = 1,
		.line = p->token.line });
}

/* Reads statements up to the brace that closes open, or to the end of the file
 * when open is NULL. */
static bool
body(struct sw_parser *p, const char *section, const struct sw_token *open)
{
	while (sw_parser_next(p)) {
		if (p->token.kind == SW_TOKEN_WORD) {
			if (!statement(p, section))
				return false;
		} else if (p->token.kind == SW_TOKEN_END) {
			return open == NULL || sw_parser_never_closed(p, open);
		} else if (p->token.kind == SW_TOKEN_CLOSE) {
			return open != NULL ||
			       sw_parser_fail(p, &p->token, NULL,
				   "this \"}\" closes nothing",
				   "the file without it");
		} else if (p->token.kind == SW_TOKEN_STRING) {
			return sw_parser_fail(p, &p->token, NULL,
			    "a key must not be in quotes", "it without them");
		} else {
			return sw_parser_unexpected(p, &p->token, "a name",
			    "NAME = VALUE, NAME = { VALUE, VALUE } or "
			    "NAME { ... }");
		}
	}
	return false;
}

bool
sw_conf_parse_text(struct sw_load *loader, uint32_t file)
{
	const struct sw_conf_source *source =
	    &loader->conf->origins->files[file];
	struct sw_parser *p = calloc(1, sizeof *p);
	bool whole;

	if (p == NULL) {
		sw_conf_complain_file(
		    loader->errors, source->name, "out of memory");
		return false;
	}
	p->loader = loader;
	p->file = file;
	p->lexer = sw_lex_begin(source->text, source->length);
	whole = body(p, "", NULL);
	free(p);
	return whole;
}
