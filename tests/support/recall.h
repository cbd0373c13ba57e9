/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recall: what the diagnosis remembers, and refused packets that come one
 * after the other; each is written, then made a case.
 */
#ifndef SYNWARD_SUPPORT_RECALL_H
#define SYNWARD_SUPPORT_RECALL_H

#include "diagnose/case.h"

/* Of one test at a time. */
extern struct recall {
	struct sw_recollection *memory;
	struct sw_event event;
	struct sw_case c;
} recall;

void recall_begin(void);
void recall_end(void);

/* ms after the start, which is a gap. */
struct sw_time recall_at(uint64_t ms);

/* Writes the next packet: from 10.0.0.FROM to another host, by interface 1
 * to 2, without a story.  => it, to be changed */
struct sw_refusal *recall_packet(unsigned from, uint16_t sport, unsigned to,
    uint16_t dport, const char *flags);

/* Its tuple has this story, opened by its sender and last heard of at that
 * moment, whose next bytes are 1,000 and 5,000. */
void recall_tell(enum sw_end how, enum sw_state state, uint64_t ms);

/* Makes it a case; and keeps that verdict. */
void recall_make(uint64_t ms);
void recall_make_and_close(uint64_t ms, enum sw_cause cause);

#endif
