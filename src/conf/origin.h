/* SPDX-License-Identifier: Apache-2.0 */
/*
 * origin: the place of each value of a configuration.
 */
#ifndef SYNWARD_CONF_ORIGIN_H
#define SYNWARD_CONF_ORIGIN_H

#include "conf/schema.h"

struct sw_origin {
	uint32_t file; /* index in files */
	uint32_t line; /* 0: none, the value is a default */
	uint32_t at;   /* offset in the file's text */
};

/* A file that the configuration was read from. */
struct sw_conf_source {
	char *name;
	char *text; /* length bytes and a NUL, for excerpts */
	size_t length;
};

/* Of a rule, a set, a zone or a section related. */
struct sw_rule_origins {
	struct sw_origin key[SW_RULE_KEYS_MAX]; /* from the first of its
						   part */
	struct sw_origin at;			/* of the rule's name */
	bool damaged; /* a value was refused: the value held is not meant */
};

struct sw_conf_origins {
	struct sw_conf_source *files;
	uint32_t n_files;
	struct sw_origin key[SW_KEYS_MAX];
	struct sw_rule_origins *rules;	 /* beside conf->rules */
	struct sw_rule_origins *sets;	 /* beside conf->sets */
	struct sw_rule_origins *zones;	 /* beside conf->zones */
	struct sw_rule_origins *related; /* beside conf->related */
};

struct sw_conf_origins *sw_origins_create(void);
void sw_origins_destroy(struct sw_conf_origins *origins);
/* Adds a file; the origins own the text in any case.
 * => its number, or -1 when memory is short */
int64_t sw_origins_file(
    struct sw_conf_origins *origins, const char *name, char *text, size_t n);
/* The blame for sw_conf_error_complain(). */
struct sw_blame
sw_origin_blame(const struct sw_conf_origins *origins, struct sw_origin origin);

/* Moves the place of a key's first value to the one of this text after it,
 * where there is such a text. */
void sw_origin_point_at(struct sw_blame *blame, const char *value);

/* The origin of key number k, in the rule or set when it is one of these. */
struct sw_origin *sw_origin_at(
    struct sw_conf_origins *origins, struct sw_rule_origins *rule, int k);
/* Was it written down? */
bool sw_origin_given(const struct sw_rule_origins *rule, int k);

/* What the value of key number k came from; rule, or set, NULL: of the
 * whole. */
const char *sw_origin_text(const struct sw_conf *conf,
    const struct sw_rule_origins *rule, int k, char *text, size_t size);

#endif
