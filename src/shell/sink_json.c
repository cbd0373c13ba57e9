/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object per line to a file: the members of `synwardctl replay
 * --json` for a refused packet, and for any other line
 *
 *	{"time":1700000000.123456,"priority":5,"text":"..."}
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/sink.h"

/* Six digits behind the point; microseconds are exact up to the year 2255. */
static json_t *
time_json(struct sw_time wall)
{
	return json_real((double)(wall.ns / 1000) / 1e6);
}

static json_t *
record_json(const struct sw_record *record)
{
	json_t *object = json_object();
	json_t *members;

	json_object_set_new(object, "time", time_json(record->wall));
	if (record->fields == NULL) {
		json_object_set_new(
		    object, "priority", json_integer(record->priority));
		json_object_set_new(
		    object, "text", sw_field_json_text(record->text));
		return object;
	}
	members = sw_fields_json(record->fields);
	json_object_update(object, members);
	json_decref(members);
	return object;
}

static int
write_json(struct sw_sink *sink, const struct sw_record *record)
{
	json_t *object = record_json(record);
	char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(16));
	int error = -ENOMEM;
	size_t n;

	json_decref(object);
	if (text == NULL)
		return error;
	n = strlen(text);
	text[n] = '\n'; /* in the place of the NUL */
	error = sw_sink_append(sink, text, n + 1);
	free(text);
	return error;
}

const struct sw_sink_type sw_sink_json = {
	.name = "json",
	.open = sw_sink_open_file,
	.write = write_json,
};
