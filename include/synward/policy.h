/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what may open a flow, and how its flow is treated.
 *
 * An ordered list of rules, first match wins, is compiled once into a
 * structure that answers in time nearly independent of their number.  A
 * compiled policy never changes; a reload compiles another.  A rule keeps
 * its slot (a small number) over reloads by its name, and a flow remembers
 * the slot only: it is never left with a dangling rule.  Slot 0 is the
 * default rule; a slot whose rule is gone answers as the default.
 */
#ifndef SYNWARD_POLICY_H
#define SYNWARD_POLICY_H

#include "synward/packet.h"

#define SW_RULE_NAME_MAX 64  /* with the closing NUL */
#define SW_RULE_SLOTS 65535u /* slots 0..65534 */
#define SW_RULE_DEFAULT 0

/* Values of a rule's proto besides IPPROTO_*. */
#define SW_PROTO_ANY (-1)
#define SW_PROTO_ICMP (-2) /* ICMP and ICMPv6 */

/* Timeouts in seconds, by their names in the configuration.  Each is for a
 * state except UNACKNOWLEDGED, which applies in any TCP state while one side
 * waits for the other, if it is shorter. */
#define SW_TIMEOUT_MAP(X)                                   \
	X(SYN_SENT, "syn_sent")                             \
	X(SYN_RECV, "syn_recv")                             \
	X(ESTABLISHED, "established")                       \
	X(FIN_WAIT, "fin_wait")                             \
	X(CLOSE_WAIT, "close_wait")                         \
	X(LAST_ACK, "last_ack")                             \
	X(TIME_WAIT, "time_wait")                           \
	X(CLOSE, "close")                                   \
	X(UNACKNOWLEDGED, "unacknowledged")                 \
	X(UNREPLIED_UDP, "unreplied_udp")                   \
	X(UDP, "udp")                                       \
	X(ICMP, "icmp")                                     \
	X(OTHER, "other")                                   \
	X(SCTP_CLOSED, "sctp_closed")                       \
	X(SCTP_COOKIE_WAIT, "sctp_cookie_wait")             \
	X(SCTP_COOKIE_ECHOED, "sctp_cookie_echoed")         \
	X(SCTP_ESTABLISHED, "sctp_established")             \
	X(SCTP_SHUTDOWN_SENT, "sctp_shutdown_sent")         \
	X(SCTP_SHUTDOWN_RECD, "sctp_shutdown_recd")         \
	X(SCTP_SHUTDOWN_ACK_SENT, "sctp_shutdown_ack_sent") \
	X(SCTP_HEARTBEAT_SENT, "sctp_heartbeat_sent")

enum sw_timeout {
#define X(name, text) SW_TIMEOUT_##name,
	SW_TIMEOUT_MAP(X)
#undef X
	    SW_TIMEOUT_COUNT
};

struct sw_timeouts {
	uint32_t seconds[SW_TIMEOUT_COUNT];
};

const char *sw_profile_timeout_text(enum sw_timeout timeout);

/* A named set of timeouts.
 * => NULL when there is none of that name */
const struct sw_timeouts *sw_profile(const char *name);
/* The name of profile i, or NULL past the last. */
const char *sw_profile_name(unsigned i);

enum sw_tracking {
	SW_TRACK_NORMAL,
	SW_TRACK_LOOSE,
	SW_TRACK_STRICT,
	SW_TRACK_OFF,
};

enum sw_on_idle {
	SW_IDLE_EXPIRE,
	SW_IDLE_RESET,
	SW_IDLE_PROBE,
};

enum sw_on_orphan {
	SW_ORPHAN_DROP,
	SW_ORPHAN_RESET,
	SW_ORPHAN_ACCEPT,
};

enum sw_deny {
	SW_DENY_NOT,
	SW_DENY_DROP,
	SW_DENY_REJECT, /* and tell the sender */
};

struct sw_prefix {
	struct sw_addr addr; /* host bits zero */
	uint8_t family;
	uint8_t bits; /* 0..32, 0..128 */
};

/* Addresses from first to last, of one family. */
struct sw_addr_range {
	struct sw_addr first, last;
	uint8_t family;
};

/*
 * A list of addresses of a rule.  The rule matches what is in one of its
 * lists and in none of those with except.  Where it has only such lists, it
 * matches all other addresses of the families that they name.  Rules that
 * share the memory of a list share its cost.
 */
struct sw_addr_list {
	const struct sw_addr_range *ranges;
	size_t n;
	bool except;
};

/* Of ports with except, as of addresses. */
struct sw_port_range {
	uint16_t first, last;
	bool except;
};

/* Interfaces by index.  0 is no interface: only a rule that names none
 * matches it. */
struct sw_iface_list {
	const uint32_t *only, *except;
	size_t n_only, n_except;
	bool named; /* some are named in only, even if none of them exists */
};

/* A packet's mark must have this value in these bits; or another one. */
struct sw_mark_match {
	uint32_t value, mask; /* mask 0: any mark */
	bool except;
};

/* The different masks of all rules together, at most. */
#define SW_MARK_MASKS 8

/* How a flow under a rule is treated. */
struct sw_flow_policy {
	struct sw_timeouts timeouts;
	uint8_t tracking;  /* enum sw_tracking */
	uint8_t on_idle;   /* enum sw_on_idle */
	uint8_t on_orphan; /* enum sw_on_orphan */
	uint8_t deny;	   /* enum sw_deny */
	bool observe;	   /* log "would drop", pass */
	bool log;	   /* false: count only */
	bool resync; /* strict: take up numbers that the hosts have proven */
	bool roam;   /* flows may change their interfaces */
	bool queued; /* every packet visits the engine: no lane */
	/* Report what passes outside the windows (SW_ACTION_NOTED), because a
	 * strict tracker beside this one drops it. */
	bool watched;
};

/* Which host of a parent may open a child. */
enum sw_by {
	SW_BY_SERVER,
	SW_BY_CLIENT, /* who opened the parent */
	SW_BY_EITHER,
};

/*
 * What may be opened between the two hosts of a flow of the rule, its parent.
 * Nothing of a packet's payload is read, so this says all that is known of a
 * child before it is there.
 */
struct sw_related {
	const int16_t *protos; /* as of a rule */
	size_t n_protos;
	/* The child's.  No source ports: any.  to_same: only the port that
	 * the called host uses in the parent. */
	const struct sw_port_range *source_ports, *to_ports;
	size_t n_source_ports, n_to_ports;
	bool to_same;
	uint8_t by;	 /* enum sw_by */
	uint32_t within; /* seconds after the parent's last packet */
	uint16_t limit;	 /* children of a parent at the same time */
};

/* The most of these in one rule. */
#define SW_RELATED_MAX 8

/*
 * A rule as the configuration states it.  Empty lists match anything.
 * => the arrays stay the caller's; sw_policy_compile() copies them
 */
struct sw_rule {
	char name[SW_RULE_NAME_MAX];
	uint16_t slot;
	const int16_t *protos; /* IPPROTO_*, SW_PROTO_ANY or SW_PROTO_ICMP */
	size_t n_protos;
	const struct sw_addr_list *from, *to;
	size_t n_from, n_to;
	/* Of the opener's source and destination.  A rule with ports matches
	 * only protocols that have them. */
	const struct sw_port_range *source_ports, *ports;
	size_t n_source_ports, n_ports;
	struct sw_iface_list in, out, phys_in, phys_out;
	struct sw_mark_match mark;
	const struct sw_related *related; /* up to SW_RELATED_MAX */
	size_t n_related;
	struct sw_flow_policy flow_policy;
};

/* What a rule looks at beside the ends of a flow. */
enum sw_rule_look {
	SW_LOOKS_AT_IN = 0x01,
	SW_LOOKS_AT_OUT = 0x02,
	SW_LOOKS_AT_PHYS = 0x04, /* phys_in or phys_out */
	SW_LOOKS_AT_MARK = 0x08,
};

struct sw_policy;

/*
 * Compiles rules, in order, and the flow_policy of what no rule names.
 * => NULL when out of memory, or where there are more masks than
 *    SW_MARK_MASKS
 * => the caller owns the result: sw_policy_destroy()
 */
struct sw_policy *sw_policy_compile(const struct sw_rule *rules, size_t n,
    const struct sw_flow_policy *otherwise);
void sw_policy_destroy(struct sw_policy *policy);

/* An interface of a zone.  Zones are numbered from 1. */
struct sw_zone_link {
	uint32_t index;
	uint8_t zone;
};

/* Each interface once, in the order of their numbers; before the policy is in
 * force.  => false when memory is short */
bool sw_policy_set_zones(
    struct sw_policy *policy, const struct sw_zone_link *links, size_t n);
/* The names of zones 1 to n.  => false when memory is short */
bool sw_policy_name_zones(
    struct sw_policy *policy, const char *const names[], uint8_t n);
bool sw_policy_has_zones(const struct sw_policy *policy);
/* => NULL for 0, and for a zone that the policy does not have */
const char *sw_policy_zone_name(const struct sw_policy *policy, uint8_t zone);
/* The zone of a packet that goes this way, the same in both directions: that
 * of its interfaces, or the lower one of two.  => 0: none */
uint8_t
sw_policy_zone(const struct sw_policy *policy, const struct sw_way *way);
bool sw_policy_same_zones(const struct sw_policy *a, const struct sw_policy *b);

/* The slot of the first rule that matches a flow opened by these ends that
 * way (interface 0 = not known, matches no named interface). */
uint16_t sw_policy_match(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way);

/* The same for a packet that opens.  Rules with tracking = off match it in
 * either direction, except a TCP SYN and an ICMP request: these are known to
 * open, so only the rule of their own direction decides.  An opening packet of
 * any other protocol looks like a reply. */
uint16_t sw_policy_match_opening(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way);
/* Has what a match of these ends will look at brought near. */
void sw_policy_prefetch(
    const struct sw_policy *policy, const struct sw_endpoints *opener);
/* Would the policy let some packet between these hosts through, if it opened
 * a flow and had the right ports?  For fragments, which show none.  Only the
 * first rules that match are looked at: of a very long list of denials
 * nothing is known, so the answer is no. */
bool sw_policy_might_pass(const struct sw_policy *policy,
    const struct sw_endpoints *opener, const struct sw_way *way);
/* Do packets under this rule pass without a flow?  Denied ones do not. */
bool sw_policy_untracks(const struct sw_policy *policy, uint16_t slot);
/* Is there a rule in this slot, rather than the default? */
bool sw_policy_names(const struct sw_policy *policy, uint16_t slot);
/* Does this rule come before the other in order?  The default is last. */
bool sw_policy_stands_before(
    const struct sw_policy *policy, uint16_t slot, uint16_t other);

/* Is there an earlier rule that denies packets between these ends, arriving as
 * these do, once they leave by another interface? */
bool sw_policy_denies_leaving(const struct sw_policy *policy,
    const struct sw_endpoints *ends, const struct sw_way *way);

/* => valid as long as the policy */
const struct sw_flow_policy *
sw_policy_flow_policy(const struct sw_policy *policy, uint16_t slot);
/* No timeout of any rule is shorter, seconds. */
uint32_t sw_policy_shortest(const struct sw_policy *policy);
/* Does any rule, or the default, have tracking = loose? */
bool sw_policy_loose(const struct sw_policy *policy);
/* What the rule in this slot looks at, of enum sw_rule_look; 0 for what no
 * rule names.  And what any rule does. */
uint8_t sw_policy_looks(const struct sw_policy *policy, uint16_t slot);
uint8_t sw_policy_looks_any(const struct sw_policy *policy);
/* What flows of the rule in this slot allow between their hosts; its number
 * is 0 where that is nothing.  => valid as long as the policy */
const struct sw_related *
sw_policy_related(const struct sw_policy *policy, uint16_t slot, size_t *n);
/* Does any rule allow such things? */
bool sw_policy_relates(const struct sw_policy *policy);
/* "default" for slot 0 and for slots without a rule. */
const char *sw_policy_rule_name(const struct sw_policy *policy, uint16_t slot);

#endif
