/* SPDX-License-Identifier: Apache-2.0 */
/* Makes cases of packets that follow one another (recall.h). */
#include "recall.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"

struct recall recall;

#define START UINT64_C(1000000) /* ms */

struct sw_time
recall_at(uint64_t ms)
{
	return (struct sw_time){ (START + ms) * SW_NS_PER_MS };
}

void
recall_begin(void)
{
	recall.memory = calloc(1, sizeof(*recall.memory));
	ck_assert_ptr_nonnull(recall.memory);
	memcpy(
	    recall.memory->key, "a key for tests!", sizeof(recall.memory->key));
	recall.memory->max_flows = 77;
	sw_gaps_begin(&recall.memory->gaps, recall_at(0));
	recall.event = (struct sw_event){ 0 };
}

void
recall_end(void)
{
	free(recall.memory);
}

struct sw_refusal *
recall_packet(unsigned from, uint16_t sport, unsigned to, uint16_t dport,
    const char *flags)
{
	struct sw_refusal *refused = &recall.event.refused;
	char src[16], dst[16];

	snprintf(src, sizeof(src), "10.0.0.%u", from);
	snprintf(dst, sizeof(dst), "10.0.0.%u", to);
	recall.event =
	    (struct sw_event){ .kind = SW_EVENT_REFUSED, .in = 1, .out = 2 };
	refused->ends = build_ends(src, sport, dst, dport, 6);
	refused->tcp_flags = build_flags(flags);
	refused->seq = 1000;
	refused->ack = 5000;
	refused->length = 60;
	refused->message = SW_MESSAGE_NOT_SYN;
	return refused;
}

void
recall_make(uint64_t ms)
{
	recall.event.time = recall_at(ms);
	sw_case_make(recall.memory, &recall.event, &recall.c);
}

void
recall_make_and_close(uint64_t ms, enum sw_cause cause)
{
	recall_make(ms);
	sw_case_close(&recall.c, cause);
}

void
recall_tell(enum sw_end how, enum sw_state state, uint64_t ms)
{
	struct sw_flow_info *info = &recall.event.info;

	recall.event.refused.has_flow = true;
	recall.event.refused.from_opener = true;
	info->opener = recall.event.refused.ends;
	info->opened = recall_at(0);
	info->seen = recall_at(ms);
	info->how = (uint8_t)how;
	info->state = (uint8_t)state;
	info->timeout = 60;
	info->side[0].next = 1000;
	info->side[1].next = 5000;
}
