/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp: messages that have no flow of their own.
 */
#ifndef SYNWARD_ENGINE_ICMP_H
#define SYNWARD_ENGINE_ICMP_H

#include "engine/core.h"

/* Concerns the link alone (neighbour and router discovery, MLD, RFC 4890):
 * never refused. */
bool sw_icmp_stands_alone(const struct sw_packet *packet);

/* An ICMP error that quotes a packet of a live flow, plausibly, or of one a
 * rule leaves untracked: passes.  It refreshes nothing. */
bool sw_icmp_passes(struct sw_engine *engine, const struct sw_passage *p);

#endif
