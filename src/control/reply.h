/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply: lines of JSON to a client, in a buffer of fixed size.
 *
 * base/json.h writes the members.  Before each line the caller must ask whether
 * there is room for it.
 */
#ifndef SYNWARD_CONTROL_REPLY_H
#define SYNWARD_CONTROL_REPLY_H

#include "base/json.h"
#include "report/line.h"

/* Bytes of the buffer, and the longest line. */
#define SW_REPLY_SIZE 65536u
#define SW_REPLY_LINE 8192u

struct sw_reply {
	struct sw_json json;
	size_t start; /* of the bytes that are not sent yet */
};

/* => false when memory is short */
bool sw_reply_init(struct sw_reply *reply);
void sw_reply_free(struct sw_reply *reply);

/* Is there room for one more line?  Moves unsent bytes to the front. */
bool sw_reply_room(struct sw_reply *reply);
static inline bool
sw_reply_empty(const struct sw_reply *reply)
{
	return reply->start == reply->json.end;
}

/* Writes proto, src, sport, dst, dport, or id for a protocol without ports. */
void sw_reply_ends(struct sw_json *json, const struct sw_endpoints *ends);

#endif
