/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a flow: a letter for each kind of packet that a side shows
 * for the first time.
 */

#include "engine/track_letters.h"

#include <netinet/in.h>

/* Adds the letters of the set that its side shows for the first time, in
 * the order of the bits; capitals are the opener's. */
void
sw_track_letters_write(
    struct sw_engine *engine, uint32_t index, unsigned direction, unsigned set)
{
	static const char letters[] = "SHADFRW";
	struct sw_flow *flow = sw_flows_at(engine->flows, index);
	struct sw_flow_history *history;

	set &= ~(unsigned)flow->letters[direction];
	if (!set)
		return;
	flow->letters[direction] |= (uint8_t)set;
	history = sw_flows_history(engine->flows, index);
	for (; set && history->letters < sizeof(history->history);
	     set &= set - 1)
		history->history[history->letters++] =
		    (char)(letters[__builtin_ctz(set)] |
			   (direction ? 0x20 : 0));
}

/* What a segment shows: its kind, data, or both; an ACK with data only
 * counts as data.  A SYN precedes the data it carries, a FIN follows them. */
static unsigned
letters_of(const struct sw_tcp_segment *segment)
{
	static const uint8_t of_kind[SW_TCP_KINDS][2] = {
		[SW_TCP_SYN] = { SW_TRACK_LETTER_S,
		    SW_TRACK_LETTER_S | SW_TRACK_LETTER_D },
		[SW_TCP_SYNACK] = { SW_TRACK_LETTER_H,
		    SW_TRACK_LETTER_H | SW_TRACK_LETTER_D },
		[SW_TCP_FIN] = { SW_TRACK_LETTER_F,
		    SW_TRACK_LETTER_F | SW_TRACK_LETTER_D },
		[SW_TCP_ACK] = { SW_TRACK_LETTER_A, SW_TRACK_LETTER_D },
		[SW_TCP_RST] = { SW_TRACK_LETTER_R, SW_TRACK_LETTER_R },
	};
	unsigned shut = (segment->window == 0) & (segment->kind == SW_TCP_ACK);

	return of_kind[segment->kind][segment->payload != 0] |
	       (shut ? SW_TRACK_LETTER_W : 0u);
}

/* The same of SCTP, whose chunks have their like in TCP. */
static unsigned
letters_of_chunks(uint16_t chunks)
{
	static const uint8_t letter[SW_SCTP_CHUNKS] = {
		[SW_SCTP_INIT] = SW_TRACK_LETTER_S,
		[SW_SCTP_INIT_ACK] = SW_TRACK_LETTER_H,
		[SW_SCTP_DATA] = SW_TRACK_LETTER_D,
		[SW_SCTP_SHUTDOWN] = SW_TRACK_LETTER_F,
		[SW_SCTP_SHUTDOWN_ACK] = SW_TRACK_LETTER_F,
		[SW_SCTP_SHUTDOWN_COMPLETE] = SW_TRACK_LETTER_F,
		[SW_SCTP_ABORT] = SW_TRACK_LETTER_R,
	};
	unsigned set = 0;

	for (unsigned i = 0; i < SW_SCTP_CHUNKS; i++)
		if (chunks >> i & 1)
			set |= letter[i] ? letter[i] : SW_TRACK_LETTER_A;
	return set;
}

void
sw_track_letters_note(struct sw_engine *engine, const struct sw_lookup *p,
    uint32_t index, unsigned direction)
{
	unsigned set = SW_TRACK_LETTER_D;

	if (p->packet->ends.proto == IPPROTO_TCP)
		set = letters_of(&p->packet->tcp);
	else if (p->packet->ends.proto == IPPROTO_SCTP)
		set = letters_of_chunks(p->packet->sctp.chunks);
	sw_track_letters_write(engine, index, direction, set);
}
