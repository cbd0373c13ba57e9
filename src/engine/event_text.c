/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts for the numbers in an event.
 *
 * The letters of the TCP flags are in the order of their bits on the wire,
 * which is the order in which people read them: FA, SA, RA, FPA.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "synward/event.h"

enum {
	FLAG_BITS = 8,
	FLAG_BITS_WITHOUT_ECN = 6,
};

static const char letters[FLAG_BITS + 1] = "FSRPAUEW";

static const char *const chunk_names[SW_SCTP_CHUNKS] = {
	[SW_SCTP_DATA] = "DATA",
	[SW_SCTP_INIT] = "INIT",
	[SW_SCTP_INIT_ACK] = "INIT ACK",
	[SW_SCTP_SACK] = "SACK",
	[SW_SCTP_HEARTBEAT] = "HEARTBEAT",
	[SW_SCTP_HEARTBEAT_ACK] = "HEARTBEAT ACK",
	[SW_SCTP_ABORT] = "ABORT",
	[SW_SCTP_SHUTDOWN] = "SHUTDOWN",
	[SW_SCTP_SHUTDOWN_ACK] = "SHUTDOWN ACK",
	[SW_SCTP_ERROR] = "ERROR",
	[SW_SCTP_COOKIE_ECHO] = "COOKIE ECHO",
	[SW_SCTP_COOKIE_ACK] = "COOKIE ACK",
	[SW_SCTP_ECNE] = "ECNE",
	[SW_SCTP_CWR] = "CWR",
	[SW_SCTP_SHUTDOWN_COMPLETE] = "SHUTDOWN COMPLETE",
	[SW_SCTP_OTHER] = "other",
};

static const char *const states[SW_STATE_COUNT] = {
#define X(name, text, timeout) [SW_STATE_##name] = text,
	SW_STATE_MAP(X)
#undef X
};

static const char *const ends[SW_END_COUNT] = {
#define X(name, text) [SW_END_##name] = text,
	SW_END_MAP(X)
#undef X
};

const char *
sw_event_state_text(enum sw_state state)
{
	return states[state];
}

const char *
sw_event_end_text(enum sw_end how)
{
	return ends[how];
}

bool
sw_event_parent(const struct sw_flow_info *info, struct sw_endpoints *parent)
{
	if (info->parent_proto == 0)
		return false;
	*parent = info->parent_reversed
		      ? sw_packet_endpoints_reverse(&info->opener)
		      : info->opener;
	parent->proto = info->parent_proto;
	parent->sport = info->parent_sport;
	parent->dport = info->parent_dport;
	return true;
}

/* The timeout in force is only known by its length, so after a reload it may be
 * unknown. */
bool
sw_event_cut_short(const struct sw_event *event)
{
	const struct sw_refusal *refused = &event->refused;

	return refused->has_flow && event->info.unanswered &&
	       event->info.timeout == refused->unacknowledged &&
	       refused->unacknowledged <= refused->state_timeout;
}

bool
sw_event_answers_late(const struct sw_event *event)
{
	const struct sw_refusal *refused = &event->refused;
	const struct sw_flow_info *info = &event->info;

	return refused->has_flow && refused->opens && !refused->from_opener &&
	       refused->ends.proto != IPPROTO_TCP &&
	       refused->ends.proto != IPPROTO_SCTP &&
	       refused->ends.proto == info->opener.proto &&
	       info->how == SW_END_TIMEOUT;
}

uint16_t
sw_event_own_rule(const struct sw_event *event)
{
	const struct sw_flow_info *info = &event->info;
	bool is_its_own = event->kind == SW_EVENT_REFUSED &&
			  event->refused.has_flow &&
			  info->how == SW_END_TIMEOUT &&
			  event->refused.ends.proto == info->opener.proto;

	return is_its_own ? info->rule : event->rule;
}

void
sw_event_flags_text(uint8_t flags, bool with_ecn, char *text)
{
	unsigned bits = with_ecn ? FLAG_BITS : FLAG_BITS_WITHOUT_ECN;
	char *at = text;

	for (unsigned i = 0; i < bits; i++)
		if (flags & 1u << i)
			*at++ = letters[i];
	if (at == text)
		*at++ = '-';
	*at = '\0';
}

void
sw_event_chunks_text(uint16_t chunks, char *text)
{
	size_t used = 0;

	memcpy(text, "-", 2);
	for (unsigned i = 0; i < SW_SCTP_CHUNKS; i++)
		if (chunks >> i & 1)
			used += (size_t)snprintf(text + used,
			    SW_CHUNKS_TEXT_MAX - used, "%s%s", used ? ", " : "",
			    chunk_names[i]);
}
