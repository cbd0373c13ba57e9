/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control_reply: lines of JSON to a client, in a buffer of fixed size.
 *
 * Members are written by json.h.  Code that writes lines asks first
 * whether there is room for one more.
 */
#ifndef SYNWARD_CONTROL_REPLY_H
#define SYNWARD_CONTROL_REPLY_H

#include "base/json.h"
#include "report/line.h"

/* Bytes of the buffer, and bytes no line of ours is longer than. */
#define SW_REPLY_SIZE 65536u
#define SW_REPLY_LINE 8192u

struct sw_reply {
	struct sw_json json;
	size_t start; /* of the bytes that are not sent yet */
};

/* => false when memory is short */
bool sw_reply_init(struct sw_reply *reply);
void sw_reply_free(struct sw_reply *reply);

/* Is there room for one more line?  Moves what is there to the front. */
bool sw_reply_room(struct sw_reply *reply);
static inline bool
sw_reply_empty(const struct sw_reply *reply)
{
	return reply->start == reply->json.end;
}

/* proto, src, sport, dst, dport, or id where the protocol has no ports. */
void sw_reply_ends(struct sw_json *json, const struct sw_endpoints *ends);

#endif
