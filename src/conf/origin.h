/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_origin: the place each value of a configuration stands at.
 */
#ifndef SYNWARD_CONF_ORIGIN_H
#define SYNWARD_CONF_ORIGIN_H

#include "conf/schema.h"

struct sw_origin {
	uint32_t file; /* number in files */
	uint32_t line; /* 0: nowhere, the value is a default */
	uint32_t at;   /* byte of the file's text */
};

/* A file the configuration was read from. */
struct sw_conf_source {
	char *name;
	char *text; /* length bytes and a NUL, for excerpts */
	size_t length;
};

struct sw_rule_origins {
	struct sw_origin key[SW_RULE_KEYS_MAX]; /* from the first of rules */
	struct sw_origin at;			/* of the rule's name */
	bool damaged; /* a value was refused: what is there is not meant */
};

struct sw_conf_origins {
	struct sw_conf_source *files;
	uint32_t n_files;
	struct sw_origin key[SW_KEYS_MAX];
	struct sw_rule_origins *rules; /* beside conf->rules */
};

struct sw_conf_origins *sw_origins_create(void);
void sw_origins_destroy(struct sw_conf_origins *origins);
/* Adds a file; a text goes over to the origins in any case.
 * => its number, or -1 when memory is short */
int64_t sw_origins_file(
    struct sw_conf_origins *origins, const char *name, char *text, size_t n);
/* For sw_conf_error_complain(). */
struct sw_blame
sw_origin_blame(const struct sw_conf_origins *origins, struct sw_origin origin);

/* The origin of key number k, in the rule when it is one of rules. */
struct sw_origin *sw_origin_at(
    struct sw_conf_origins *origins, struct sw_rule_origins *rule, int k);
/* Was it written down? */
bool sw_origin_given(const struct sw_rule_origins *rule, int k);

/* What the value of key number k came from; rule NULL: of the whole. */
const char *sw_origin_text(const struct sw_conf *conf,
    const struct sw_rule_origins *rule, int k, char *text, size_t size);

#endif
