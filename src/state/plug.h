/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plug: do packets still come to the queue?
 *
 * Somebody may flush the rules, or put a rule before ours; traffic then passes
 * unwatched while everything in this process looks well.  Once a second the
 * caller says what came and what the kernel forwarded, and every few seconds
 * for which families there are rules.  Silence alone is no evidence, because a
 * gateway may be idle.  Evidence is
 *
 *	no rule		there was one for this family, and now there is none;
 *			or there never was one, and no packet comes
 *	passed by	packets were forwarded in a silence that lasts, on a
 *			gateway where nearly all that was forwarded had come
 *			to the queue before
 */
#ifndef SYNWARD_STATE_PLUG_H
#define SYNWARD_STATE_PLUG_H

#include <stdbool.h>
#include <stdint.h>

#include "synward/time.h"

enum sw_plug_why { SW_PLUG_IN, SW_PLUG_NO_RULE, SW_PLUG_PASSED_BY };

struct sw_plug_sample {
	struct sw_time now;
	uint64_t fed;	    /* packets that came, ever */
	bool counts;	    /* forwarded is known */
	uint64_t forwarded; /* ever */
};

struct sw_plug {
	enum sw_plug_why why;
	bool begun;
	bool blind;  /* packets come although no rule is seen */
	int had;     /* families that had a rule, as in net/queue_rules.h */
	int missing; /* of these: those that have none now */
	struct sw_time asked;	      /* when the rules were read */
	struct sw_plug_sample last;   /* the newest one */
	struct sw_plug_sample fed_at; /* the last with a new packet */
	/* In seconds in which packets came: how many came, and how many were
	 * forwarded. */
	uint64_t came, went;
};

void sw_plug_step(struct sw_plug *plug, const struct sw_plug_sample *sample);

/* have: families that have a rule; below 0: not known */
void sw_plug_rules(struct sw_plug *plug, int have, struct sw_time now);

/* How many packets were forwarded since the last one came. */
uint64_t sw_plug_missed(const struct sw_plug *plug);
/* The seconds of this silence. */
uint64_t sw_plug_silence(const struct sw_plug *plug);

#endif
