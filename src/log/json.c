/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object per line in a file: the members of `synwardctl replay --json`
 * for a refused packet, those of an incident, and for any other line
 *
 *	{"time":1700000000.123456,"priority":5,"text":"..."}
 *
 * doc/event.schema.json describes all of them.
 */
#include <errno.h>

#include "log/sink.h"

/* The longest possible line: all texts of a record together are shorter than 2
 * * SW_LINE_MAX, and JSON uses at most six bytes for one. */
enum { OBJECT = 16 * SW_LINE_MAX };

static int
write_json(struct sw_sink *sink, const struct sw_record *record)
{
	char bytes[OBJECT];
	struct sw_json json = sw_json_to_buffer(bytes, sizeof bytes);

	sw_json_begin(&json, NULL);
	sw_json_put_moment(&json, "time", (int64_t)record->wall.ns);
	if (record->fields != NULL) {
		sw_line_fields_json(record->fields, &json);
	} else {
		sw_json_put_number(&json, "priority", record->priority);
		sw_json_put_text(&json, "text", record->text);
	}
	if (!sw_json_end(&json))
		return -EMSGSIZE;
	return sw_sink_file_append(sink, json.bytes, json.end);
}

const struct sw_sink_type sw_sink_json = {
	.name = "json",
	.open = sw_sink_file_open,
	.write = write_json,
};
