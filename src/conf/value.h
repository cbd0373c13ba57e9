/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: converts one value of the configuration from its text, and back.
 *
 * Every function that reads returns false with the fault filled: why the text
 * is refused and what would be accepted.  Every function that writes gives a
 * text that reads back as the same value.
 */
#ifndef SYNWARD_CONF_VALUE_H
#define SYNWARD_CONF_VALUE_H

#include "conf/error.h"

/* Room for any value's text. */
#define SW_VALUE_MAX (SW_CONF_PATH + 16)

/* One of several names; the list ends with a NULL text. */
struct sw_word {
	const char *text;
	uint32_t value;
	bool alias; /* accepted, but not offered */
};

struct sw_range {
	uint32_t least, most;
};

bool sw_value_word(const char *text, const struct sw_word *words,
    uint32_t *value, struct sw_fault *fault);
bool sw_value_number(const char *text, struct sw_range range, uint32_t *value,
    struct sw_fault *fault);
/* 64k, 16M, 1G: times 1024; larger values count as 2^62 */
bool sw_value_amount(const char *text, uint64_t *value, struct sw_fault *fault);
/* A size within a range. */
bool sw_value_size(const char *text, struct sw_range range, uint32_t *value,
    struct sw_fault *fault);
/* 25 or 25% */
bool sw_value_percent(const char *text, struct sw_range range, uint32_t *value,
    struct sw_fault *fault);
/* The letter of a duration's unit by any of its names, such as "hours".
 * => NUL when it has none */
char sw_value_duration_letter(const char *unit);
/* 90s, 5m, 2h, 1d, 1h30m => seconds */
bool sw_value_duration(const char *text, struct sw_range range,
    uint32_t *seconds, struct sw_fault *fault);

/* Words for "every one" that other programs have.  And the fault that the
 * rule is to be written without the key.  => false */
bool sw_net_means_any(const char *text);
bool sw_net_refuse_any(const char *what, struct sw_fault *fault);

/* An address, or one with a prefix length; host bits may be set, and stay. */
bool sw_net_read_address(
    const char *text, struct sw_prefix *prefix, struct sw_fault *fault);
/* A prefix for a rule: neither host bits nor IPv4-mapped addresses. */
bool sw_net_read_prefix(
    const char *text, struct sw_prefix *prefix, struct sw_fault *fault);
/* 5432, 6000-6010, or the name of a service */
bool sw_port_read(
    const char *text, struct sw_port_range *ports, struct sw_fault *fault);
/* A prefix, a range of addresses such as 10.0.0.1-10.0.0.9, or @SET; each
 * may begin with "!". */
bool sw_address_read(
    const char *text, struct sw_conf_address *address, struct sw_fault *fault);
/* The same for a set, which holds no other set. */
bool sw_address_read_of_set(
    const char *text, struct sw_conf_address *address, struct sw_fault *fault);
bool
sw_net_read_protocol(const char *text, int16_t *proto, struct sw_fault *fault);
/* A name; or, ending in "*", all that begin so; each may begin with "!". */
bool sw_net_read_interface(
    const char *text, char name[SW_CONF_NAME], struct sw_fault *fault);
/* Is that the name, or one of those, apart from a "!" before it? */
bool sw_net_names_interface(const char *written, const char *name);
bool sw_net_read_group(
    const char *text, char name[SW_CONF_NAME], struct sw_fault *fault);
/* An absolute path shorter than size. */
bool sw_net_read_path(
    const char *text, char *path, size_t size, struct sw_fault *fault);
/* journal, syslog, stderr, file:PATH, json:PATH */
bool sw_net_read_sink(
    const char *text, struct sw_conf_sink *sink, struct sw_fault *fault);
bool sw_net_read_rule_name(const char *text, struct sw_fault *fault);

/* 0x10, or 0x10/0xff, which compares these bits only; either may begin with
 * "!" */
bool sw_mark_read(
    const char *text, struct sw_mark_match *mark, struct sw_fault *fault);
/* => "" for any mark */
const char *
sw_mark_show(const struct sw_mark_match *mark, char text[SW_VALUE_MAX]);

const char *sw_value_show_word(const struct sw_word *words, uint32_t value);
const char *sw_value_show_size(uint32_t value, char text[SW_VALUE_MAX]);
const char *sw_value_show_duration(uint32_t seconds, char text[SW_VALUE_MAX]);
const char *
sw_net_show_prefix(const struct sw_prefix *prefix, char text[SW_VALUE_MAX]);
/* The first and last address of a prefix. */
struct sw_addr_range sw_address_of_prefix(const struct sw_prefix *prefix);
const char *
sw_address_show(const struct sw_conf_address *address, char text[SW_VALUE_MAX]);
const char *
sw_port_show(const struct sw_port_range *ports, char text[SW_VALUE_MAX]);
const char *sw_net_show_protocol(int16_t proto, char text[SW_VALUE_MAX]);
const char *
sw_net_show_sink(const struct sw_conf_sink *sink, char text[SW_VALUE_MAX]);

#endif
