/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts: fragments of UDP datagrams, stepped through a table of fragments as
 * the engine does, and a letter for each answer.
 */
#ifndef SYNWARD_SUPPORT_PARTS_H
#define SYNWARD_SUPPORT_PARTS_H

#include <netinet/in.h>

#include "build.h"
#include "engine/table/fragment.h"
#include "synward/cause.h"

static const uint8_t key[16] = "fixed for tests";

static inline struct sw_time
at_ms(uint64_t ms)
{
	return (struct sw_time){ .ns = ms * SW_NS_PER_MS };
}

/* A fragment of UDP datagram id: bytes begin up to end. */
static inline struct sw_packet
part(bool ip6, uint32_t id, uint32_t begin, uint32_t end, bool more)
{
	return build_packet(&(struct build){
	    .src = ip6 ? "fd00::1" : "10.0.0.1",
	    .dst = ip6 ? "fd00::2" : "10.0.0.2",
	    .proto = IPPROTO_UDP,
	    .sport = 1000,
	    .dport = 2049,
	    .raw = begin > 0,
	    .payload_length = end - begin - (begin > 0 ? 0 : 8),
	    .fragment = true,
	    .more = more,
	    .offset = (uint16_t)begin,
	    .fragment_id = id,
	});
}

/* passes: what is done with a first fragment, and with one whose first has
 * not come. */
static inline struct sw_fragment_answer
step(struct sw_fragments *fragments, const struct sw_packet *packet,
    uint64_t ms, bool passes)
{
	struct sw_fragment_answer answer =
	    sw_fragments_step(fragments, packet, at_ms(ms));
	struct sw_fragment_first first = {
		.packet = *packet,
		.passed = passes,
		.final = !passes,
		.message = passes ? 0 : SW_MESSAGE_DENIED,
	};

	if (answer.kind == SW_FRAGMENT_FIRST &&
	    !sw_fragments_resolve(fragments, &first, at_ms(ms)) && passes) {
		answer.kind = SW_FRAGMENT_BAD;
		answer.fault = SW_PARSE_FRAGMENT_ROOM;
	}
	if (answer.kind == SW_FRAGMENT_EARLY) {
		answer.fault =
		    sw_fragments_expect(fragments, packet, at_ms(ms));
		if (answer.fault != SW_PARSE_OK)
			answer.kind = SW_FRAGMENT_BAD;
	}
	return answer;
}

/* A letter for an answer: W whole, F first, E before its first, L later of a
 * passed first, D later of a refused first, C complete, o orphan, r repeat,
 * v overlap, e endless, h headers, n no room. */
static inline char
letter(const struct sw_fragment_answer *answer)
{
	static const char faults[SW_PARSE_COUNT] = {
		[SW_PARSE_FRAGMENT_ORPHAN] = 'o',
		[SW_PARSE_FRAGMENT_REPEAT] = 'r',
		[SW_PARSE_FRAGMENT_OVERLAP] = 'v',
		[SW_PARSE_FRAGMENT_ENDLESS] = 'e',
		[SW_PARSE_FRAGMENT_HEADERS] = 'h',
		[SW_PARSE_FRAGMENT_ROOM] = 'n',
	};

	switch (answer->kind) {
	case SW_FRAGMENT_WHOLE:
		return 'W';
	case SW_FRAGMENT_FIRST:
		return 'F';
	case SW_FRAGMENT_EARLY:
		return 'E';
	case SW_FRAGMENT_LATER:
		return answer->first.passed ? 'L' : 'D';
	case SW_FRAGMENT_COMPLETE:
		return 'C';
	case SW_FRAGMENT_BAD:
		break;
	}
	return faults[answer->fault] ? faults[answer->fault] : '?';
}

static inline char
step_letter(struct sw_fragments *fragments, struct sw_packet p, uint64_t ms,
    bool passes)
{
	struct sw_fragment_answer answer = step(fragments, &p, ms, passes);

	return letter(&answer);
}

#endif
