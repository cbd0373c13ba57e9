/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icmp: messages that have no flow of their own.
 */
#ifndef SYNWARD_ENGINE_ICMP_H
#define SYNWARD_ENGINE_ICMP_H

#include "engine/internal.h"

/* Concerns a link alone (neighbour and router discovery, MLD, RFC 4890): no
 * packet answers it, so it neither needs a flow nor leaves one. */
bool sw_icmp_concerns_link(const struct sw_packet *packet);

/* The same, on a link of this host, which is one of the packet's ends: the
 * engine passes it without asking the policy. */
bool sw_icmp_stands_alone(const struct sw_packet *packet);

/* An ICMP error that quotes a packet of a live flow, plausibly, or of one a
 * rule leaves untracked: passes.  It refreshes nothing. */
bool sw_icmp_passes(struct sw_engine *engine, const struct sw_lookup *p);

#endif
