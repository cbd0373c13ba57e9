/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_reply: lines of JSON in a buffer of fixed size.
 *
 * A line is begun, given members one by one, and ended; it then stands in
 * the buffer whole or not at all.  Whoever writes lines asks first whether
 * there is room for one more.
 */
#ifndef SYNWARD_CONTROL_REPLY_H
#define SYNWARD_CONTROL_REPLY_H

#include <jansson.h>

#include "report/line.h"

/* Bytes of the buffer, and bytes no line of ours is longer than. */
#define SW_REPLY_SIZE 65536u
#define SW_REPLY_LINE 8192u

struct sw_reply {
	char *bytes; /* SW_REPLY_SIZE of them */
	size_t start, end;
	size_t line; /* where the line in work begins */
	bool comma;  /* a member stands before the next */
	bool broken; /* the line in work did not fit */
	bool gaps;   /* memory was short: something was left out */
};

/* => false when memory is short */
bool sw_reply_init(struct sw_reply *reply);
void sw_reply_free(struct sw_reply *reply);

/* Is there room for one more line?  Moves what is there to the front. */
bool sw_reply_room(struct sw_reply *reply);
static inline bool
sw_reply_empty(const struct sw_reply *reply)
{
	return reply->start == reply->end;
}

/* Begins an object; kind NULL: without a member "kind". */
void sw_reply_begin(struct sw_reply *reply, const char *kind);
/* => false: the line was longer than the buffer and is left out */
bool sw_reply_end(struct sw_reply *reply);

/* Members; key NULL inside an array. */
void sw_reply_text(struct sw_reply *reply, const char *key, const char *text);
void sw_reply_number(struct sw_reply *reply, const char *key, int64_t number);
void sw_reply_count(struct sw_reply *reply, const char *key, uint64_t number);
void sw_reply_bool(struct sw_reply *reply, const char *key, bool value);
/* Nanoseconds, written as seconds with three digits behind the point. */
void sw_reply_seconds(struct sw_reply *reply, const char *key, uint64_t ns);
/* A moment of the wall clock: six digits. */
void sw_reply_moment(struct sw_reply *reply, const char *key, int64_t ns);
void sw_reply_open(struct sw_reply *reply, const char *key, char bracket);
void sw_reply_close(struct sw_reply *reply, char bracket);
/* All members of an object; NULL: memory was short.  => object stays the caller's */
void sw_reply_members(struct sw_reply *reply, const json_t *object);

/* proto, src, sport, dst, dport: the ports where the protocol has some. */
void sw_reply_ends(struct sw_reply *reply, const struct sw_endpoints *ends);

#endif
