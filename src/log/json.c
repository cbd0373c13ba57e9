/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object per line to a file: the members of `synwardctl replay
 * --json` for a refused packet, those of an incident, and for any other line
 *
 *	{"time":1700000000.123456,"priority":5,"text":"..."}
 *
 * doc/event.schema.json describes them all.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/sink.h"

/* The members behind time.  => new reference, NULL when memory is short */
static json_t *
members_of(const struct sw_record *record)
{
	json_t *object;

	if (record->fields != NULL)
		return sw_fields_json(record->fields);
	object = json_object();
	if (json_object_set_new(
		object, "priority", json_integer(record->priority)) == 0 &&
	    json_object_set_new(
		object, "text", sw_field_json_text(record->text)) == 0)
		return object;
	json_decref(object);
	return NULL;
}

static int
write_json(struct sw_sink *sink, const struct sw_record *record)
{
	json_t *object = members_of(record);
	char *text = json_dumps(object, JSON_COMPACT), *line = NULL;
	uint64_t us = record->wall.ns / 1000;
	int n = -1, error = -ENOMEM;

	json_decref(object);
	if (text != NULL) /* which has its opening brace already */
		n = asprintf(&line, "{\"time\":%" PRIu64 ".%06" PRIu64 ",%s\n",
		    us / 1000000, us % 1000000, text + 1);
	if (n > 0) {
		error = sw_sink_append(sink, line, (size_t)n);
		free(line);
	}
	free(text);
	return error;
}

const struct sw_sink_type sw_sink_json = {
	.name = "json",
	.open = sw_sink_open_file,
	.write = write_json,
};
