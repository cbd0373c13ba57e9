/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the only table of keys.
 *
 * One row has a key's name, type, range, default and description; reading,
 * dumping, "did you mean" and the test of the manual all use that row.
 */
#ifndef SYNWARD_CONF_SCHEMA_H
#define SYNWARD_CONF_SCHEMA_H

#include "conf/value.h"

/* X(name, the type's name in the manual) */
#define SW_KIND_MAP(X)                      \
	X(WORD, "word")                     \
	X(NUMBER, "number")                 \
	X(SIZE, "size")                     \
	X(PERCENT, "percentage")            \
	X(DURATION, "duration")             \
	X(PROFILE, "profile")               \
	X(PATH, "path")                     \
	X(GROUP, "group")                   \
	X(PROTOCOLS, "list of protocols")   \
	X(ADDRESSES, "list of addresses")   \
	X(PORTS, "list of ports")           \
	X(TO_PORTS, "list of ports")        \
	X(INTERFACES, "list of interfaces") \
	X(MARK, "mark")                     \
	X(SINKS, "list of sinks")

enum sw_kind {
#define X(name, text) SW_KIND_##name,
	SW_KIND_MAP(X)
#undef X
};

/* The keys are in this order. */
enum sw_schema_part {
	SW_PART_WHOLE,
	SW_PART_SET,
	SW_PART_ZONE,
	SW_PART_RELATED,
	SW_PART_RULE,
};

struct sw_key {
	const char *section; /* "", "log", "rule", "rule.timeouts" ... */
	const char *name;
	enum sw_kind kind;
	struct sw_range range;
	const struct sw_word *words; /* of SW_KIND_WORD */
	size_t offset, size;	     /* of the field in sw_conf; in
					sw_conf_set, sw_conf_zone,
					sw_conf_related or sw_conf_rule for
					keys of these */
	size_t count;		     /* offset of a list's count */
	const char *otherwise;	     /* default as one would write it; NULL:
					of the profile, or nothing */
	const char *doc;	     /* one sentence */
};

/* Room for all keys, and for those of rules. */
#define SW_KEYS_MAX 128
#define SW_RULE_KEYS_MAX 48

/* All keys, part by part.  => static storage */
const struct sw_key *sw_schema_keys(size_t *n);
/* The number of the key, or -1. */
int sw_schema_find(const char *section, const char *name);
/* Does any key have this section? */
bool sw_schema_has_section(const char *section);
bool sw_schema_is_list(const struct sw_key *key);
enum sw_schema_part sw_schema_part(const struct sw_key *key);
/* The number of the first key of a part. */
int sw_schema_first(enum sw_schema_part part);
/* The key from which a rule's key inherits its value, or -1. */
int sw_schema_parent(const struct sw_key *key);
/* "timeouts.established", "related.within", "profile"; without "set." and
 * "rule." */
const char *sw_schema_path(const struct sw_key *key, char text[SW_CONF_NAME]);

/* Reads a text into the key's field of base (a conf, set, related or rule); a list
 * gets one more item.  => false with the fault filled */
bool sw_field_take(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault);
/* Are a number and a word that is written apart from it together a value of the
 * key, such as "2 hours"?
 * => true, with the fault filled */
bool sw_field_joined(const struct sw_key *key, const char *number,
    const char *unit, struct sw_fault *fault);
/* The number of items in a list; 1 for any other field. */
size_t sw_field_items(const struct sw_key *key, const void *base);
/* Item i as text.  => text or static storage */
const char *sw_field_show(const struct sw_key *key, const void *base, size_t i,
    char text[SW_VALUE_MAX]);
void sw_field_clear(const struct sw_key *key, void *base);

#endif
