/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter_internal: what the files of filter share.
 */
#ifndef SYNWARD_PROTOCOL_FILTER_INTERNAL_H
#define SYNWARD_PROTOCOL_FILTER_INTERNAL_H

#include "protocol/filter.h"

/* Does a value fit? */
enum filter_fit {
	FIT_NOT,
	FIT_YES,
	/* It is one of many, of whom some may fit and some may not. */
	FIT_MAYBE,
};

struct sw_filter_key {
	const char *name;
	const char *values; /* as help shows them */
	const char *help;
	uint8_t subjects; /* that have it */
	bool ordered;	  /* > and < make sense */
	bool (*read)(const char *text, struct sw_filter_value *value);
	/* is: for keys that are ordered */
	enum filter_fit (*fits)(const struct sw_filter_value *value,
	    enum sw_filter_operator is, const struct sw_filter_view *view);
	/* The i-th name of a value, NULL past the last or where values are
	 * not names. */
	const char *(*value)(unsigned i);
};

/* => NULL past the last */
const struct sw_filter_key *sw_filter_key_at(unsigned i);
const struct sw_filter_key *sw_filter_key_find(const char *name, size_t length);

/* Readers of values.  => false when the text is none */
bool
sw_filter_value_read_prefix(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_ports(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_protocol(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_pattern(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_family(const char *text, struct sw_filter_value *value);
bool sw_filter_value_read_yes(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_duration(const char *text, struct sw_filter_value *value);
bool sw_filter_value_read_size(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_state(const char *text, struct sw_filter_value *value);
bool sw_filter_value_read_end(const char *text, struct sw_filter_value *value);
bool sw_filter_value_read_kind(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_cause(const char *text, struct sw_filter_value *value);
bool sw_filter_value_read_confidence(
    const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_verdict(const char *text, struct sw_filter_value *value);
bool
sw_filter_value_read_message(const char *text, struct sw_filter_value *value);

/* Names of values.  => NULL past the last */
const char *sw_filter_value_name_protocol(unsigned i);
const char *sw_filter_value_name_yes(unsigned i);
const char *sw_filter_value_name_state(unsigned i);
const char *sw_filter_value_name_end(unsigned i);
const char *sw_filter_value_name_kind(unsigned i);
const char *sw_filter_value_name_cause(unsigned i);
const char *sw_filter_value_name_confidence(unsigned i);
const char *sw_filter_value_name_verdict(unsigned i);
const char *sw_filter_value_name_message(unsigned i);

/* What verdict= compares, in the order of their names. */
enum filter_verdict {
	FILTER_VERDICT_DROP, /* whatever the sender was answered */
	FILTER_VERDICT_PASS, /* whatever the reason */
	FILTER_VERDICT_RESET,
	FILTER_VERDICT_REJECT,
	FILTER_VERDICT_WOULD_DROP,
	FILTER_VERDICT_ACCEPT,
};

#endif
