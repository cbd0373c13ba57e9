/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup_kind: what kind of packet was looked up.
 */
#ifndef SYNWARD_ENGINE_LOOKUP_KIND_H
#define SYNWARD_ENGINE_LOOKUP_KIND_H

#include <netinet/in.h>

#include "engine/internal.h"
#include "engine/sctp/sctp.h"

static inline bool
sw_lookup_is_tcp(const struct sw_lookup *p)
{
	return p->packet->ends.proto == IPPROTO_TCP;
}

static inline bool
sw_lookup_is_sctp(const struct sw_lookup *p)
{
	return p->packet->ends.proto == IPPROTO_SCTP;
}

static inline bool
sw_lookup_is_icmp(const struct sw_lookup *p)
{
	return sw_proto_is_icmp(p->packet->ends.proto);
}

/* A SYN/ACK that this host sends.  Where the SYN did not pass the queue, as with
 * the kernel's SYNPROXY, it answers for another host. */
static inline bool
sw_lookup_answers_here(const struct sw_lookup *p)
{
	return p->packet->local && !p->packet->in && sw_lookup_is_tcp(p) &&
	       p->packet->tcp.kind == SW_TCP_SYNACK;
}

/* Does it ask the other side for a connection of its own? */
static inline bool
sw_lookup_calls(const struct sw_lookup *p)
{
	if (sw_lookup_is_sctp(p))
		return sw_sctp_has(&p->packet->sctp, SW_SCTP_INIT);
	return sw_lookup_is_tcp(p) && p->packet->tcp.kind == SW_TCP_SYN;
}

/* An SCTP HEARTBEAT opens a path, or belongs to what passes untracked. */
static inline bool
sw_lookup_probes(const struct sw_lookup *p)
{
	return sw_lookup_is_sctp(p) && sw_sctp_probes(&p->packet->sctp);
}

static inline bool
sw_lookup_bad_flags(const struct sw_lookup *p)
{
	return sw_lookup_is_tcp(p) && p->packet->tcp.kind == SW_TCP_BAD;
}

/* Might it belong to the middle of a connection? */
static inline bool
sw_lookup_in_the_middle(const struct sw_lookup *p)
{
	if (sw_lookup_is_sctp(p))
		return sw_sctp_is_in_the_middle(&p->packet->sctp);
	return sw_lookup_is_tcp(p) && p->packet->tcp.kind == SW_TCP_ACK;
}

#endif
