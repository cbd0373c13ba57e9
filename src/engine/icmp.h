/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp: ICMP messages without a flow of their own.
 */
#ifndef SYNWARD_ENGINE_ICMP_H
#define SYNWARD_ENGINE_ICMP_H

#include "engine/internal.h"

/* Is the message about a link only (neighbour and router discovery, MLD, RFC
 * 4890)?  No packet answers it, so it neither needs nor creates a flow. */
bool sw_icmp_concerns_link(const struct sw_packet *packet);

/* Is it such a message on a link of this host, which is one of the packet's
 * ends?  The engine passes it without the policy. */
bool sw_icmp_stands_alone(const struct sw_packet *packet);

/* Does an ICMP error quote, with plausible numbers, a packet of a live flow, or
 * one that a rule leaves untracked?  It refreshes nothing. */
bool sw_icmp_passes(struct sw_engine *engine, const struct sw_lookup *p);

#endif
