/* SPDX-License-Identifier: Apache-2.0 */
/*
 * field: converts between the text of a value and its field.
 *
 * The schema's row gives the offset of the field and the kind of its value;
 * only this file writes through that offset.  A list is an array that grows by
 * one for each value, except for the sinks, whose number is limited.
 */
#include <stdlib.h>
#include <string.h>

#include "conf/schema.h"

static void *
field(const struct sw_key *key, void *base)
{
	return (char *)base + key->offset;
}

static const void *
field_const(const struct sw_key *key, const void *base)
{
	return (const char *)base + key->offset;
}

static void
store(const struct sw_key *key, void *base, uint32_t value)
{
	uint8_t narrow = (uint8_t)value;
	uint16_t middle = (uint16_t)value;

	switch (key->size) {
	case sizeof narrow:
		memcpy(field(key, base), &narrow, sizeof narrow);
		break;
	case sizeof middle:
		memcpy(field(key, base), &middle, sizeof middle);
		break;
	default:
		memcpy(field(key, base), &value, sizeof value);
	}
}

static uint32_t
fetch(const struct sw_key *key, const void *base)
{
	uint8_t narrow;
	uint16_t middle;
	uint32_t value;

	switch (key->size) {
	case sizeof narrow:
		memcpy(&narrow, field_const(key, base), sizeof narrow);
		return narrow;
	case sizeof middle:
		memcpy(&middle, field_const(key, base), sizeof middle);
		return middle;
	default:
		memcpy(&value, field_const(key, base), sizeof value);
		return value;
	}
}

/* Makes room for one more item of an array.
 * => NULL when out of memory */
static void *
list_grow(const struct sw_key *key, void *base, size_t item)
{
	size_t *n = (size_t *)(void *)((char *)base + key->count);
	void *list, *more;

	memcpy(&list, field(key, base), sizeof list);
	if ((*n & (*n - 1)) == 0) { /* full at powers of 2 */
		more = realloc(list, (*n > 0 ? *n * 2 : 1) * item);
		if (more == NULL)
			return NULL;
		list = more;
		memcpy(field(key, base), &list, sizeof list);
	}
	return (char *)list + (*n)++ * item;
}

static bool
append(const struct sw_key *key, void *base, const void *item, size_t size,
    struct sw_fault *fault)
{
	void *place = list_grow(key, base, size);

	if (place == NULL)
		return sw_error_why(fault, "out of memory");
	memcpy(place, item, size);
	return true;
}

static bool
take_address(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	struct sw_conf_address address;
	bool good = sw_schema_part(key) == SW_PART_SET
			? sw_address_read_of_set(text, &address, fault)
			: sw_address_read(text, &address, fault);

	return good && append(key, base, &address, sizeof address, fault);
}

static bool
take_ports(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	struct sw_port_range ports;
	bool except = *text == '!';
	char fix[sizeof fault->fix];

	if (!sw_port_read(text + except, &ports, fault)) {
		snprintf(fix, sizeof fix, "!%.120s", fault->fix);
		if (except && fix[1] != '\0')
			sw_error_fix(fault, "%s", fix);
		return false;
	}
	ports.except = except;
	return append(key, base, &ports, sizeof ports, fault);
}

/* "same" is a range that holds no port. */
static const struct sw_port_range same_port = { 1, 0, false };

static bool
take_to_ports(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	if (strcmp(text, "same") == 0)
		return append(key, base, &same_port, sizeof same_port, fault);
	return take_ports(key, base, text, fault);
}

static bool
take_interface(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	char name[SW_CONF_NAME] = "";

	return sw_net_read_interface(text, name, fault) &&
	       append(key, base, name, sizeof name, fault);
}

static bool
take_sink(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	size_t *n = (size_t *)(void *)((char *)base + key->count);
	struct sw_conf_sink *list = field(key, base), sink;

	if (!sw_net_read_sink(text, &sink, fault))
		return false;
	if (*n == SW_CONF_SINKS) {
		sw_error_write(fault, "at most %d sinks", SW_CONF_SINKS);
		return sw_error_why(fault, "too many sinks");
	}
	list[(*n)++] = sink;
	return true;
}

static bool
take_profile(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	struct sw_word words[8] = { { NULL, 0, false } };
	uint32_t value;

	for (unsigned i = 0; i < 7 && sw_profile_name(i) != NULL; i++)
		words[i].text = sw_profile_name(i);
	if (!sw_value_word(text, words, &value, fault))
		return false;
	strcpy(field(key, base), text);
	return true;
}

static bool
take_number(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	uint32_t value = 0;
	bool taken = false;

	if (key->kind == SW_KIND_WORD)
		taken = sw_value_word(text, key->words, &value, fault);
	else if (key->kind == SW_KIND_NUMBER)
		taken = sw_value_number(text, key->range, &value, fault);
	else if (key->kind == SW_KIND_SIZE)
		taken = sw_value_size(text, key->range, &value, fault);
	else if (key->kind == SW_KIND_PERCENT)
		taken = sw_value_percent(text, key->range, &value, fault);
	else if (key->kind == SW_KIND_DURATION)
		taken = sw_value_duration(text, key->range, &value, fault);
	if (taken)
		store(key, base, value);
	return taken;
}

static bool
take_protocol(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	int16_t proto;

	return sw_net_read_protocol(text, &proto, fault) &&
	       append(key, base, &proto, sizeof proto, fault);
}

bool
sw_field_take(const struct sw_key *key, void *base, const char *text,
    struct sw_fault *fault)
{
	memset(fault, 0, sizeof *fault);
	switch (key->kind) {
	case SW_KIND_WORD:
	case SW_KIND_NUMBER:
	case SW_KIND_SIZE:
	case SW_KIND_PERCENT:
	case SW_KIND_DURATION:
		return take_number(key, base, text, fault);
	case SW_KIND_PROFILE:
		return take_profile(key, base, text, fault);
	case SW_KIND_PATH:
		return sw_net_read_path(text, field(key, base),
		    key->range.most > 0 ? key->range.most + 1 : key->size,
		    fault);
	case SW_KIND_GROUP:
		return sw_net_read_group(text, field(key, base), fault);
	case SW_KIND_PROTOCOLS:
		return take_protocol(key, base, text, fault);
	case SW_KIND_ADDRESSES:
		return take_address(key, base, text, fault);
	case SW_KIND_PORTS:
		return take_ports(key, base, text, fault);
	case SW_KIND_TO_PORTS:
		return take_to_ports(key, base, text, fault);
	case SW_KIND_INTERFACES:
		return take_interface(key, base, text, fault);
	case SW_KIND_MARK:
		return sw_mark_read(text, field(key, base), fault);
	case SW_KIND_SINKS:
		return take_sink(key, base, text, fault);
	}
	return false;
}

bool
sw_field_joined(const struct sw_key *key, const char *number, const char *unit,
    struct sw_fault *fault)
{
	char joined[2 * SW_SHOWN_MAX], letter[2] = "";
	struct sw_fault ignored = { 0 };
	uint32_t value;
	bool fits = false;

	if (number[strspn(number, "0123456789")] != '\0')
		return false;
	letter[0] = sw_value_duration_letter(unit);
	snprintf(joined, sizeof joined, "%s%s", number,
	    key->kind == SW_KIND_DURATION ? letter : unit);
	if (key->kind == SW_KIND_DURATION)
		fits = sw_value_duration(joined, key->range, &value, &ignored);
	else if (key->kind == SW_KIND_SIZE)
		fits = sw_value_size(joined, key->range, &value, &ignored);
	else if (key->kind == SW_KIND_PERCENT)
		fits = sw_value_percent(joined, key->range, &value, &ignored);
	if (!fits)
		return false;
	sw_error_why(fault, "a number and its unit must be one word");
	sw_error_fix(fault, "%s", joined);
	return true;
}

size_t
sw_field_items(const struct sw_key *key, const void *base)
{
	size_t n;

	if (!sw_schema_is_list(key))
		return 1;
	memcpy(&n, (const char *)base + key->count, sizeof n);
	return n;
}

static const char *
show_port(const struct sw_port_range *ports, char text[SW_VALUE_MAX])
{
	return ports->first > ports->last ? "same" : sw_port_show(ports, text);
}

static const char *
show_item(const struct sw_key *key, const void *base, size_t i,
    char text[SW_VALUE_MAX])
{
	const void *list;

	if (key->kind == SW_KIND_SINKS) {
		const struct sw_conf_sink *sinks = field_const(key, base);

		return sw_net_show_sink(&sinks[i], text);
	}
	memcpy(&list, field_const(key, base), sizeof list);
	if (key->kind == SW_KIND_PROTOCOLS)
		return sw_net_show_protocol(((const int16_t *)list)[i], text);
	if (key->kind == SW_KIND_ADDRESSES)
		return sw_address_show(
		    (const struct sw_conf_address *)list + i, text);
	if (key->kind == SW_KIND_PORTS || key->kind == SW_KIND_TO_PORTS)
		return show_port((const struct sw_port_range *)list + i, text);
	return (const char *)list + i * SW_CONF_NAME;
}

const char *
sw_field_show(const struct sw_key *key, const void *base, size_t i,
    char text[SW_VALUE_MAX])
{
	switch (key->kind) {
	case SW_KIND_WORD:
		return sw_value_show_word(key->words, fetch(key, base));
	case SW_KIND_NUMBER:
	case SW_KIND_PERCENT:
		snprintf(text, SW_VALUE_MAX, "%u", fetch(key, base));
		return text;
	case SW_KIND_SIZE:
		return sw_value_show_size(fetch(key, base), text);
	case SW_KIND_DURATION:
		return sw_value_show_duration(fetch(key, base), text);
	case SW_KIND_PROFILE:
	case SW_KIND_PATH:
	case SW_KIND_GROUP:
		return field_const(key, base);
	case SW_KIND_MARK:
		return sw_mark_show(field_const(key, base), text);
	case SW_KIND_PROTOCOLS:
	case SW_KIND_ADDRESSES:
	case SW_KIND_PORTS:
	case SW_KIND_TO_PORTS:
	case SW_KIND_INTERFACES:
	case SW_KIND_SINKS:
		break;
	}
	return show_item(key, base, i, text);
}

void
sw_field_clear(const struct sw_key *key, void *base)
{
	void *list;

	if (!sw_schema_is_list(key))
		return;
	if (key->kind != SW_KIND_SINKS) {
		memcpy(&list, field(key, base), sizeof list);
		free(list);
		memset(field(key, base), 0, sizeof list);
	}
	memset((char *)base + key->count, 0, sizeof(size_t));
}
