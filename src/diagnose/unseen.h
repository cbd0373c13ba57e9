/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unseen: pairs of hosts between which packets passed that nobody could read.
 *
 * A capture may end inside the headers of a packet.  What follows between its
 * two hosts, or in its connection if its ports were read, cannot be explained
 * without it: a SYN that was cut leaves the same trace as one that took another
 * route.
 */
#ifndef SYNWARD_DIAGNOSE_UNSEEN_H
#define SYNWARD_DIAGNOSE_UNSEEN_H

#include "diagnose/case.h"

struct sw_unseen;

/* => NULL when memory is short; the caller owns the result */
struct sw_unseen *sw_unseen_create(const uint8_t key[16]);
void sw_unseen_destroy(struct sw_unseen *unseen);

/* Notes a packet; a protocol or ports that could not be read are 0.  ends: NULL
 * when not even the addresses are known.  when never decreases.
 * => false when an older pair was forgotten for it */
bool sw_unseen_note(struct sw_unseen *unseen, const struct sw_endpoints *ends,
    struct sw_time when);

/* May the refusal be due to such a packet?  Then gap is the cause, whatever
 * else was found, unless that does not depend on what passed before.
 * unseen: NULL when there was none
 * => whether *judgement was changed */
bool sw_unseen_judge(const struct sw_unseen *unseen, const struct sw_case *c,
    struct sw_judgement *judgement);

#endif
