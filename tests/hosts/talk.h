/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk: what two programs have to say to each other, and the weather on the
 * road meanwhile: drawn from a seed, for longer than any timeout.
 */
#ifndef SYNWARD_HOSTS_TALK_H
#define SYNWARD_HOSTS_TALK_H

#include "road.h"

/* What they do most of the time.  X(name, text) */
#define TALK_MAP(X)                           \
	X(QUESTIONS, "questions and answers") \
	X(BULK, "bulk one way")               \
	X(BOTH, "both talk")                  \
	X(QUIET, "silent but for keepalives") \
	X(SHUT, "windows that shut")          \
	X(HALF, "half closed")

enum talk_kind {
#define X(name, text) TALK_##name,
	TALK_MAP(X)
#undef X
	    TALK_KINDS
};

/* How it ends. */
#define TALK_END_MAP(X)                      \
	X(OPENER, "the opener closes")       \
	X(OTHER, "the other closes")         \
	X(TOGETHER, "both close at once")    \
	X(RESET_OPENER, "the opener resets") \
	X(RESET_OTHER, "the other resets")

enum talk_end {
#define X(name, text) TALK_END_##name,
	TALK_END_MAP(X)
#undef X
	    TALK_ENDS
};

/* What goes by unseen. */
#define TALK_UNSEEN_MAP(X)                                 \
	X(NOTHING, "nothing unseen")                       \
	X(ONCE, "an episode unseen, once")                 \
	X(OFTEN, "episodes unseen, again and again")       \
	X(SOME, "some packets unseen, all the time")       \
	X(MANY, "every third packet unseen, all the time") \
	X(SIDE, "one side unseen for good")

enum talk_unseen {
#define X(name, text) TALK_UNSEEN_##name,
	TALK_UNSEEN_MAP(X)
#undef X
	    TALK_UNSEENS
};

struct talk {
	enum talk_kind kind;
	enum talk_end end;
	enum talk_unseen unseen;
	uint8_t side;  /* the one that acts */
	bool together; /* simultaneous open */
	bool ip6;
	uint64_t lasts;	     /* us */
	uint32_t pause_most; /* ms */
	unsigned turns_most;
	struct road_weather weather; /* between the episodes */
	unsigned episode;	     /* turns left of it */
};

const char *talk_kind_text(enum talk_kind kind);
const char *talk_unseen_text(enum talk_unseen unseen);

/* Draws a talk, its hosts and weather.  seen: the gate sees all of it. */
void talk_begin(struct talk *talk, struct road *road, bool seen);

/* Plays it to its end, until the hosts have closed or all patience is over. */
void talk_play(struct talk *talk, struct road *road);

#endif
