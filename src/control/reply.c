/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written by hand and not by a library, because a list of a million flows
 * goes through here: no allocation a member, nothing but bytes appended.
 * Text that is not plain ASCII is rare and goes through jansson.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/reply.h"
#include "report/field.h"

bool
sw_reply_init(struct sw_reply *reply)
{
	memset(reply, 0, sizeof *reply);
	reply->bytes = malloc(SW_REPLY_SIZE);
	return reply->bytes != NULL;
}

void
sw_reply_free(struct sw_reply *reply)
{
	free(reply->bytes);
	reply->bytes = NULL;
}

bool
sw_reply_room(struct sw_reply *reply)
{
	if (reply->start > 0) {
		memmove(reply->bytes, reply->bytes + reply->start,
		    reply->end - reply->start);
		reply->end -= reply->start;
		reply->start = 0;
	}
	return SW_REPLY_SIZE - reply->end >= SW_REPLY_LINE;
}

static void
put(struct sw_reply *reply, const char *bytes, size_t length)
{
	if (length > SW_REPLY_SIZE - reply->end) {
		reply->broken = true;
		return;
	}
	memcpy(reply->bytes + reply->end, bytes, length);
	reply->end += length;
}

static void __attribute__((format(printf, 2, 3)))
put_format(struct sw_reply *reply, const char *format, ...)
{
	char text[64];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	put(reply, text, (size_t)n);
}

static void
put_json(struct sw_reply *reply, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text != NULL)
		put(reply, text, strlen(text));
	else
		reply->broken = reply->gaps = true;
	free(text);
}

static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text > '~' ||
		    *text == '"' || *text == '\\')
			return false;
	return true;
}

static void
put_string(struct sw_reply *reply, const char *text)
{
	json_t *value;

	if (is_plain(text)) {
		put(reply, "\"", 1);
		put(reply, text, strlen(text));
		put(reply, "\"", 1);
		return;
	}
	value = sw_field_json_text(text);
	put_json(reply, value);
	json_decref(value);
}

static void
put_key(struct sw_reply *reply, const char *key)
{
	if (reply->comma)
		put(reply, ",", 1);
	reply->comma = true;
	if (key == NULL)
		return;
	put_string(reply, key);
	put(reply, ":", 1);
}

void
sw_reply_begin(struct sw_reply *reply, const char *kind)
{
	reply->line = reply->end;
	reply->broken = false;
	reply->comma = false;
	put(reply, "{", 1);
	if (kind != NULL)
		sw_reply_text(reply, "kind", kind);
}

bool
sw_reply_end(struct sw_reply *reply)
{
	put(reply, "}\n", 2);
	if (reply->broken)
		reply->end = reply->line;
	return !reply->broken;
}

void
sw_reply_text(struct sw_reply *reply, const char *key, const char *text)
{
	put_key(reply, key);
	put_string(reply, text);
}

void
sw_reply_number(struct sw_reply *reply, const char *key, int64_t number)
{
	put_key(reply, key);
	put_format(reply, "%" PRId64, number);
}

void
sw_reply_count(struct sw_reply *reply, const char *key, uint64_t number)
{
	put_key(reply, key);
	put_format(reply, "%" PRIu64, number);
}

void
sw_reply_bool(struct sw_reply *reply, const char *key, bool value)
{
	put_key(reply, key);
	put(reply, value ? "true" : "false", value ? 4 : 5);
}

void
sw_reply_seconds(struct sw_reply *reply, const char *key, uint64_t ns)
{
	put_key(reply, key);
	put_format(reply, "%" PRIu64 ".%03" PRIu64, ns / SW_NS_PER_SECOND,
	    ns % SW_NS_PER_SECOND / SW_NS_PER_MS);
}

void
sw_reply_moment(struct sw_reply *reply, const char *key, int64_t ns)
{
	uint64_t moment = ns < 0 ? 0 : (uint64_t)ns;

	put_key(reply, key);
	put_format(reply, "%" PRIu64 ".%06" PRIu64, moment / SW_NS_PER_SECOND,
	    moment % SW_NS_PER_SECOND / 1000);
}

void
sw_reply_open(struct sw_reply *reply, const char *key, char bracket)
{
	put_key(reply, key);
	put(reply, &bracket, 1);
	reply->comma = false;
}

void
sw_reply_close(struct sw_reply *reply, char bracket)
{
	put(reply, &bracket, 1);
	reply->comma = true;
}

void
sw_reply_members(struct sw_reply *reply, const json_t *object)
{
	const json_t *value;
	const char *key;

	if (object == NULL)
		reply->broken = reply->gaps = true;
	/* json_object_foreach() wants an object that can be changed. */
	for (void *at = json_object_iter((json_t *)(uintptr_t)object);
	     at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
		key = json_object_iter_key(at);
		value = json_object_iter_value(at);
		put_key(reply, key);
		put_json(reply, value);
	}
}

void
sw_reply_ends(struct sw_reply *reply, const struct sw_endpoints *ends)
{
	bool ports = sw_proto_has_ports(ends->proto);
	char src[64], dst[64], proto[16];
	char *at;

	snprintf(proto, sizeof proto, "%s",
	    sw_line_protocol(ends->proto, (char[16]){ 0 }));
	for (at = proto; *at != '\0'; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at += 'a' - 'A';
	sw_line_address(&ends->src, ends->family, src);
	sw_line_address(&ends->dst, ends->family, dst);
	sw_reply_text(reply, "proto", proto);
	sw_reply_text(reply, "src", src);
	if (ports)
		sw_reply_count(reply, "sport", ends->sport);
	sw_reply_text(reply, "dst", dst);
	if (ports)
		sw_reply_count(reply, "dport", ends->dport);
	else if (sw_endpoints_id(ends) != 0)
		sw_reply_count(reply, "id", sw_endpoints_id(ends));
}
