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

struct sw_rule_origins {
	/* indexed from the first key of rules */
	struct sw_origin key[SW_RULE_KEYS_MAX];
	struct sw_origin at; /* place of the rule's name */
	/* a value was refused: the stored one is not what was meant */
	bool damaged;
};

struct sw_conf_origins {
	struct sw_conf_source *files;
	uint32_t n_files;
	struct sw_origin key[SW_KEYS_MAX];
	struct sw_rule_origins *rules; /* parallel to conf->rules */
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

/* The origin of key number k, in the rule when it is a key of rules. */
struct sw_origin *sw_origin_at(
    struct sw_conf_origins *origins, struct sw_rule_origins *rule, int k);
/* Was it written down? */
bool sw_origin_given(const struct sw_rule_origins *rule, int k);

/* The origin of key number k's value; rule NULL: of the whole configuration. */
const char *sw_origin_text(const struct sw_conf *conf,
    const struct sw_rule_origins *rule, int k, char *text, size_t size);

#endif
