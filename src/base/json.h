/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: a writer of JSON, one object per line, one member at a time.
 *
 * All JSON of this project is written here.  Lists may have a million flows or
 * packets, so nothing is allocated: bytes are appended to a buffer of fixed
 * size or to a stream.  A buffer contains whole lines only: a line that does
 * not fit is removed again.
 */
#ifndef SYNWARD_BASE_JSON_H
#define SYNWARD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sw_json {
	FILE *out;   /* NULL: write into the buffer */
	char *bytes; /* size of the buffer */
	size_t size, end;
	size_t line; /* offset of the current line */
	bool comma;  /* the next member needs a comma */
	bool cut;    /* the current line did not fit */
};

static inline struct sw_json
sw_json_to_buffer(char *bytes, size_t size)
{
	return (struct sw_json){ .bytes = bytes, .size = size };
}

/* Writes to a stream; ferror() reports whether the stream took all of it. */
static inline struct sw_json
sw_json_to_stream(FILE *out)
{
	return (struct sw_json){ .out = out };
}

/* Begins a line with an object; with kind NULL it has no member "kind". */
void sw_json_begin(struct sw_json *json, const char *kind);
/* Ends the object and its line.
 * => false when the buffer had no room for the line, which is removed */
bool sw_json_end(struct sw_json *json);

/*
 * Members.  A key is plain ASCII, or NULL inside an array.  In text that is not
 * UTF-8 the offending bytes are written as \xNN.
 */
void sw_json_put_text(struct sw_json *json, const char *key, const char *text);
void sw_json_put_number(struct sw_json *json, const char *key, int64_t number);
void sw_json_put_count(struct sw_json *json, const char *key, uint64_t number);
void sw_json_put_bool(struct sw_json *json, const char *key, bool value);
void sw_json_put_null(struct sw_json *json, const char *key);
/* Writes 17 digits; the number must not be infinite or NaN. */
void sw_json_put_real(struct sw_json *json, const char *key, double number);
/* Writes nanoseconds as seconds with three digits after the point. */
void sw_json_put_seconds(struct sw_json *json, const char *key, uint64_t ns);
/* Writes nanoseconds of the wall clock with six digits; a negative time is
 * written as 0. */
void sw_json_put_moment(struct sw_json *json, const char *key, int64_t ns);
/* Begins and ends an object '{' '}' or an array '[' ']'. */
void sw_json_open(struct sw_json *json, const char *key, char bracket);
void sw_json_close(struct sw_json *json, char bracket);

#endif
