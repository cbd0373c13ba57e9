/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes are sent from the front of the buffer and written at its end; when room
 * for a line is needed, the rest moves to the front.
 */
#include <stdlib.h>
#include <string.h>

#include "control/reply.h"

bool
sw_reply_init(struct sw_reply *reply)
{
	char *bytes = malloc(SW_REPLY_SIZE);

	*reply = (struct sw_reply){ .json = sw_json_to_buffer(
					bytes, SW_REPLY_SIZE) };
	return bytes != NULL;
}

void
sw_reply_free(struct sw_reply *reply)
{
	free(reply->json.bytes);
	reply->json.bytes = NULL;
}

bool
sw_reply_room(struct sw_reply *reply)
{
	struct sw_json *json = &reply->json;

	if (reply->start > 0) {
		memmove(json->bytes, json->bytes + reply->start,
		    json->end - reply->start);
		json->end -= reply->start;
		reply->start = 0;
	}
	return SW_REPLY_SIZE - json->end >= SW_REPLY_LINE;
}

void
sw_reply_ends(struct sw_json *json, const struct sw_endpoints *ends)
{
	sw_line_ends_json(ends, json);
	if (!sw_proto_has_ports(ends->proto) && sw_packet_icmp_id(ends) != 0)
		sw_json_put_count(json, "id", sw_packet_icmp_id(ends));
}
