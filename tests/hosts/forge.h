/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge: what somebody tries who sees nothing of a connection but knows its
 * ends: segments of one side or of both, that agree with each other at
 * numbers that are not the hosts', and after them what would end, shorten or
 * begin anew.
 */
#ifndef SYNWARD_HOSTS_FORGE_H
#define SYNWARD_HOSTS_FORGE_H

#include "victim.h"

/* What goes before.  X(name, text) */
#define FORGE_LEAD_MAP(X)                                             \
	X(NOTHING, "nothing")                                         \
	X(ONE_SIDE, "data of one side")                               \
	X(PAIR, "a pair that agrees")                                 \
	X(CHAIN, "a conversation that agrees")                        \
	X(SLOW, "a conversation that agrees and takes half a minute") \
	X(JUMP, "a conversation that jumps within its own reach")     \
	X(FAR, "a conversation that jumps far, time stamps going on") \
	X(ACKS, "bare acknowledgements that agree")                   \
	X(SHUT, "acknowledgements that shut the window")              \
	X(HANDSHAKE, "a handshake")                                   \
	X(RIGHT_ACK, "wrong numbers with right acknowledgements")     \
	X(DISAGREE, "both sides, who do not agree")

enum forge_lead {
#define X(name, text) FORGE_LEAD_##name,
	FORGE_LEAD_MAP(X)
#undef X
	    FORGE_LEADS
};

/* What shall hurt.  X(name, text, steps) */
#define FORGE_BLOW_MAP(X)                                    \
	X(NOTHING, "nothing", "")                            \
	X(RST, "RST", ">R")                                  \
	X(RST_BACK, "RST/ACK of the other side", "<RA")      \
	X(RST_BOTH, "RST of both sides", ">R<R>RA<RA")       \
	X(FIN, "FIN", ">FA<A")                               \
	X(FIN_BOTH, "FINs that are answered", ">FA<A<FA>A")  \
	X(SYN, "SYN", ">S")                                  \
	X(SYN_BACK, "SYN of the other side", "<S")           \
	X(SYNACK, "SYN/ACK", "<SA>A")                        \
	X(SYN_RST, "SYN that is refused", ">S<RA")           \
	X(SYN_SYNACK, "SYN that is answered", ">S<SA>A>A<A") \
	X(FLOOD, "all of them", ">R<R>RA<RA>S<SA>FA<FA>A<A")

enum forge_blow {
#define X(name, text, steps) FORGE_BLOW_##name,
	FORGE_BLOW_MAP(X)
#undef X
	    FORGE_BLOWS
};

#define FORGE_KINDS (FORGE_LEADS * FORGE_BLOWS)

const char *forge_lead_text(enum forge_lead lead);
const char *forge_blow_text(enum forge_blow blow);

struct forge_note {
	uint64_t pace; /* us between two segments */
	const char *numbers;
	bool stamped;
};

/* Tries one kind on the victim, which lives on meanwhile, until it is hurt;
 * numbers, pace and time stamps are drawn.  => how it was tried */
struct forge_note
forge_try(struct victim *victim, enum forge_lead lead, enum forge_blow blow);

#endif
