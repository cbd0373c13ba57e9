/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: JSON, one object per line, written member by member.
 *
 * All JSON this project puts out is written here, because lists of a million
 * flows or packets are: no allocation, only bytes appended to a buffer of
 * fixed size or to a stream.  A buffer holds whole lines only: a line that
 * has no room is taken back.
 */
#ifndef SYNWARD_BASE_JSON_H
#define SYNWARD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sw_json {
	FILE *out;   /* NULL: into the buffer */
	char *bytes; /* size of them */
	size_t size, end;
	size_t line; /* where the current line begins */
	bool comma;  /* a member stands before the next */
	bool cut;    /* the current line had no room */
};

static inline struct sw_json
sw_json_to_buffer(char *bytes, size_t size)
{
	return (struct sw_json){ .bytes = bytes, .size = size };
}

/* Whether the stream took all of it ferror() says. */
static inline struct sw_json
sw_json_to_stream(FILE *out)
{
	return (struct sw_json){ .out = out };
}

/* Begins a line with an object; kind NULL: without a member "kind". */
void sw_json_begin(struct sw_json *json, const char *kind);
/* Ends object and line.
 * => false: the buffer had no room for the line, which is left out */
bool sw_json_end(struct sw_json *json);

/*
 * Members; a key is plain ASCII, NULL inside an array.  A text that is not
 * UTF-8 is written with its odd bytes as \xNN.
 */
void sw_json_put_text(struct sw_json *json, const char *key, const char *text);
void sw_json_put_number(struct sw_json *json, const char *key, int64_t number);
void sw_json_put_count(struct sw_json *json, const char *key, uint64_t number);
void sw_json_put_bool(struct sw_json *json, const char *key, bool value);
void sw_json_put_null(struct sw_json *json, const char *key);
/* 17 digits; neither infinite nor NaN. */
void sw_json_put_real(struct sw_json *json, const char *key, double number);
/* Nanoseconds, written as seconds with three digits after the point. */
void sw_json_put_seconds(struct sw_json *json, const char *key, uint64_t ns);
/* Nanoseconds of the wall clock, negative ones as 0: six digits. */
void sw_json_put_moment(struct sw_json *json, const char *key, int64_t ns);
/* Begins and ends an object '{' '}' or an array '[' ']'. */
void sw_json_open(struct sw_json *json, const char *key, char bracket);
void sw_json_close(struct sw_json *json, char bracket);

#endif
