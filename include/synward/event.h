/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: the facts that the engine reports.
 *
 * While the engine steps packets, it appends events to a ring of fixed size.
 * After the verdicts have left, the caller takes the events out, lets
 * diagnose.h add the judgement, and turns them into log lines, counters,
 * resets and answers to queries.  An event holds values only, no pointers.
 */
#ifndef SYNWARD_EVENT_H
#define SYNWARD_EVENT_H

#include "synward/cause.h"
#include "synward/packet.h"
#include "synward/time.h"

#define SW_HISTORY_MAX 16 /* with the closing NUL */

/* States of a flow; those of TCP and of SCTP are named as the Linux kernel
 * names them; TCP's come first, SCTP's last.  X(name, text, timeout): the timeout in force there. */
#define SW_STATE_MAP(X)                                                 \
	X(NONE, "none", CLOSE)                                          \
	X(SYN_SENT, "syn_sent", SYN_SENT)                               \
	X(SYN_RECV, "syn_recv", SYN_RECV)                               \
	X(ESTABLISHED, "established", ESTABLISHED)                      \
	X(FIN_WAIT, "fin_wait", FIN_WAIT)                               \
	X(CLOSE_WAIT, "close_wait", CLOSE_WAIT)                         \
	X(LAST_ACK, "last_ack", LAST_ACK)                               \
	X(TIME_WAIT, "time_wait", TIME_WAIT)                            \
	X(CLOSE, "close", CLOSE)                                        \
	X(SYN_SENT2, "syn_sent2", SYN_SENT) /* simultaneous open */     \
	X(UDP_UNREPLIED, "unreplied_udp", UNREPLIED_UDP)                \
	X(UDP, "udp", UDP)                                              \
	X(ICMP, "icmp", ICMP)                                           \
	X(OTHER, "other", OTHER)                                        \
	X(SCTP_CLOSED, "sctp_closed", SCTP_CLOSED)                      \
	X(SCTP_COOKIE_WAIT, "sctp_cookie_wait", SCTP_COOKIE_WAIT)       \
	X(SCTP_COOKIE_ECHOED, "sctp_cookie_echoed", SCTP_COOKIE_ECHOED) \
	X(SCTP_ESTABLISHED, "sctp_established", SCTP_ESTABLISHED)       \
	X(SCTP_SHUTDOWN_SENT, "sctp_shutdown_sent", SCTP_SHUTDOWN_SENT) \
	X(SCTP_SHUTDOWN_RECD, "sctp_shutdown_recd", SCTP_SHUTDOWN_RECD) \
	X(SCTP_SHUTDOWN_ACK_SENT, "sctp_shutdown_ack_sent",             \
	    SCTP_SHUTDOWN_ACK_SENT)                                     \
	X(SCTP_HEARTBEAT_SENT, "sctp_heartbeat_sent", SCTP_HEARTBEAT_SENT)

enum sw_state {
#define X(name, text, timeout) SW_STATE_##name,
	SW_STATE_MAP(X)
#undef X
	    SW_STATE_COUNT
};

/*
 * A state in four bits, which tell it where the protocol is known: a record
 * or a tombstone has no more room.  => from such bits, SW_STATE_COUNT when no
 * state has them
 */
static inline uint8_t
sw_state_nibble(enum sw_state state)
{
	return (uint8_t)(state < SW_STATE_SCTP_CLOSED
			     ? state
			     : state - SW_STATE_SCTP_CLOSED + 1);
}

static inline enum sw_state
sw_state_from_nibble(uint8_t nibble, bool sctp)
{
	unsigned states = SW_STATE_COUNT - SW_STATE_SCTP_CLOSED;

	if (sctp && nibble > 0 && nibble <= states)
		return (enum sw_state)(SW_STATE_SCTP_CLOSED + nibble - 1);
	return nibble < SW_STATE_SCTP_CLOSED ? (enum sw_state)nibble
					     : SW_STATE_COUNT;
}

/* How a flow's entry ended. */
#define SW_END_MAP(X)                                                          \
	X(NOT, "open") /* it has not */                                        \
	X(TIMEOUT, "timeout")                                                  \
	X(RESET, "reset")     /* an exact RST; later packets are after it */   \
	X(REFUSED, "refused") /* RST was the only answer to the SYN */         \
	X(CLOSED, "closed")   /* FINs both ways, time_wait/close ended */      \
	X(REUSED, "reused")   /* a new SYN took the tuple over */              \
	X(EVICTED, "evicted") /* made room in a full table */                  \
	X(KILLED, "killed")   /* by the administrator */                       \
	X(DENIED, "denied")   /* never opened: its SYN was denied by a rule */ \
	X(FULL, "full")	      /* never opened: no room for its SYN */          \
	X(MALFORMED, "malformed") /* never opened: its SYN was malformed */    \
	X(REVOKED, "revoked")	  /* denied by a policy that came later */

enum sw_end {
#define X(name, text) SW_END_##name,
	SW_END_MAP(X)
#undef X
	    SW_END_COUNT
};

/* One side of a flow.  Sequence numbers are of TCP only. */
struct sw_side {
	uint32_t next; /* next sequence number it will send: max(seq+len) */
	uint32_t ack;  /* highest acknowledgement it sent */
	uint32_t edge; /* right edge granted to it by the other side */
	uint64_t packets, bytes; /* IP bytes; 0 from a tombstone */
};

/* What is known about a flow, which is live or has left a tombstone. */
struct sw_flow_info {
	struct sw_endpoints opener; /* src opened towards dst */
	/* Of a related connection: the ports and protocol of its parent, and
	 * who opened it; see sw_event_parent().  Zeros from a tombstone. */
	uint8_t parent_proto;
	bool parent_reversed; /* the parent's opener is dst */
	uint16_t parent_sport, parent_dport;
	/* ns 0 if unknown; from a tombstone only as precise as a tick */
	struct sw_time opened;
	struct sw_time seen; /* last packet that refreshed it */
	struct sw_time ended;
	uint32_t timeout; /* seconds in force at the end */
	uint32_t in, out; /* interfaces of the opener's first packet */
	uint32_t back_in; /* interface of the first reply, 0 = none came */
	/* Of the opener's first packet: ports of a bridge, and its mark; zeros
	 * when taken from the tombstones. */
	uint32_t phys_in, phys_out, mark;
	uint16_t rule; /* slot, see policy.h */
	uint8_t state; /* enum sw_state */
	uint8_t how;   /* enum sw_end */
	uint8_t ender; /* 0 the opener, 1 the other: who sent the FIN
			     or RST that ended it */
	bool assured;  /* was established in both directions */
	bool probing;
	/* enum sw_lane_reason; FAST: its plain packets pass in the kernel */
	uint8_t lane;
	/* one side waited for the other; unknown from a tombstone of an older
	 * version */
	bool unanswered;
	bool lost; /* both hosts use numbers outside its windows */
	struct sw_time lost_since;    /* ns 0 from a tombstone */
	struct sw_side side[2];	      /* 0 the opener, 1 the other */
	char history[SW_HISTORY_MAX]; /* "ShADadFf" */
};

enum sw_action {
	SW_ACTION_DROP,
	SW_ACTION_WOULD_DROP, /* observe mode: it would have been dropped */
	SW_ACTION_RESET,      /* dropped, and the sender gets an RST */
	SW_ACTION_REJECT,     /* dropped by action = reject: the sender gets an
				 RST or an ICMP error */
	SW_ACTION_ACCEPT,     /* on-orphan = accept: it passed */
	/* It passed, outside the windows of its flow, as a policy with `watched`
	 * asks. */
	SW_ACTION_NOTED,
	SW_ACTION_KERNEL, /* the kernel's firewall dropped it */
	SW_ACTION_COUNT
};

struct sw_evidence {
	uint8_t key; /* enum sw_evidence_key */
	int64_t value;
};

#define SW_EVIDENCE_MAX 6

/* What diagnose.h found. */
struct sw_judgement {
	uint8_t cause;	    /* enum sw_cause */
	uint8_t confidence; /* enum sw_confidence */
	uint8_t evidences;
	struct sw_evidence evidence[SW_EVIDENCE_MAX];
	uint32_t advice; /* a value that suffices, for sw_hint(); or 0 */
};

enum sw_event_kind {
	SW_EVENT_OPENED,
	SW_EVENT_ESTABLISHED,
	SW_EVENT_ENDED,
	SW_EVENT_REFUSED, /* a packet was dropped, or would have been */
	SW_EVENT_SEND, /* the caller must send .send, see engine/packet/segment.h */
	SW_EVENT_UNREACHABLE, /* the caller must send .unreachable, see
				 engine/packet/unreachable.h */
};

/* Why a denied packet did not become a related connection, from far to near:
 * of several parents the nearest counts. */
enum sw_kin_why {
	SW_KIN_NONE,   /* its hosts have no flow that could be a parent */
	SW_KIN_THIRD,  /* a host with which its receiver's SIP flow is not */
	SW_KIN_DENIED, /* a rule before the parent's denies it */
	SW_KIN_SILENT, /* the parent's rule allows nothing related */
	SW_KIN_UNFIT,  /* the rule allows other ports, protocols or openers */
	SW_KIN_ASTRAY, /* by other interfaces than the parent */
	SW_KIN_EARLY,  /* the parent was not answered */
	SW_KIN_LATE,   /* the parent was silent for too long */
	SW_KIN_FULL,   /* the parent has as many children as it may have */
	SW_KIN_ALLOWED,
	SW_KIN_COUNT
};

/* Services that are known to open further connections. */
enum sw_service {
	SW_SERVICE_FTP = 21,
	SW_SERVICE_TFTP = 69,
	SW_SERVICE_PPTP = 1723,
	SW_SERVICE_SIP = 5060,
};

/* Beside the kernel's firewall: what that did with the packet, as far as a
 * group to which it logs its drops shows. */
enum sw_kernel_word {
	SW_KERNEL_SILENT,  /* no group is read, or it is not known yet */
	SW_KERNEL_AGREES,  /* it dropped what would have been dropped here */
	SW_KERNEL_ALONE,   /* it dropped what passes here */
	SW_KERNEL_UNSEEN,  /* it dropped what was not seen here */
	SW_KERNEL_PASSED,  /* it logged nothing, so it passed */
	SW_KERNEL_UNCLEAR, /* so much came that it could not be compared */
	SW_KERNEL_WORDS
};

/* Why the two differ. */
enum sw_kernel_why {
	SW_KERNEL_STRICT = 0x01,  /* tcp_be_liberal = 0 */
	SW_KERNEL_LOOSE = 0x02,	  /* tcp_loose = 1 */
	SW_KERNEL_CROWDED = 0x04, /* it made room in a full table */
	SW_KERNEL_RULED = 0x08,	  /* a rule of its denies the opening */
	SW_KERNEL_INVALID = 0x10, /* the rule says that it found no state */
};

/* A refused packet. */
struct sw_refusal {
	struct sw_endpoints ends; /* as in the packet */
	uint32_t length;	  /* IP bytes */
	uint32_t payload;	  /* TCP payload bytes */
	uint32_t seq, ack;
	uint32_t tsval, tsecr;
	uint16_t window;
	bool has_timestamp;
	uint8_t tcp_flags;
	uint16_t chunks; /* of SCTP: a bit for each enum sw_sctp_chunk */
	bool wrong_tag;	 /* SCTP of a live flow, with a tag that is not its */
	uint8_t ttl;
	uint8_t icmp_type, icmp_code;
	struct sw_endpoints quote; /* of an ICMP error; family 0: none */
	uint8_t malformed;	   /* enum sw_parse */
	uint8_t kernel;		   /* enum sw_kernel_word */
	uint16_t copied;	   /* bytes in the copy, if that is COPY */
	uint8_t message;	   /* enum sw_message */
	uint8_t action;		   /* enum sw_action */
	bool opens;		   /* an opening packet */
	bool answers;		   /* an ICMP reply: a host may have asked */
	bool opens_nothing;	   /* neither, and no TCP */
	bool quiet;		   /* its rule says log = false: only count */
	/* info below is of this tuple: from a tombstone, or of the live flow
	 * (info.how NOT); for an ICMP error, of the tuple it quotes */
	bool has_flow;
	bool from_opener; /* it travels in info.opener's direction */
	/* a SYN of this tuple was denied recently, or it or its answer was
	 * dropped as malformed */
	bool was_denied;
	uint8_t why;	/* enum sw_kernel_why, bits */
	int32_t beyond; /* out of window: bytes right (+) or left (-) */
	/* out of window: bytes that passed elsewhere, as both hosts show; 0:
	 * unknown */
	uint32_t unseen;
	/* With a flow: seconds of silence that its rule now allows in its
	 * state, and while one side waits. */
	uint32_t state_timeout, unacknowledged;
	uint32_t limit;	 /* TABLE_FULL: the limit that was reached */
	bool per_source; /* TABLE_FULL: the limit is for one address */
	/* DENIED: the flow that could have been its parent */
	uint8_t kin;	      /* enum sw_kin_why */
	bool kin_from_client; /* the parent's opener sent the packet */
	/* LATE: seconds of the parent's silence; FULL: its limit */
	uint16_t kin_detail;
	uint16_t kin_sport; /* from which the parent was opened */
	uint8_t kin_proto;  /* of the parent */
	uint16_t kin_port;  /* to which the parent was opened */
	uint16_t kin_rule;  /* slot of the parent's rule */
	/* number of what the kernel's rule says of the packet, from 1 in the
	 * process that saw it; 0: nothing */
	uint16_t prefix;
};

/* A segment that the caller must send; engine/packet/segment.h makes its
 * bytes. */
struct sw_send {
	struct sw_endpoints ends;
	uint32_t seq, ack;
	uint8_t flags;
	bool answer;  /* to a packet that was refused */
	uint32_t out; /* interface towards its receiver, 0 = by routing */
};

/* Bytes of a refused packet that an ICMP error quotes, at most: the headers
 * of any packet but one with many extension headers. */
#define SW_QUOTE_MAX 128

/* An ICMP error that the caller must send. */
struct sw_unreachable {
	struct sw_endpoints ends; /* its own: from the refused packet's
				     destination to its source */
	uint32_t out;	/* interface towards its receiver, 0 = by route */
	uint8_t quoted; /* bytes of quote */
	uint8_t quote[SW_QUOTE_MAX];
};

struct sw_event {
	uint8_t kind; /* enum sw_event_kind */
	struct sw_time time;
	uint32_t in, out;
	uint32_t phys_in, phys_out, mark; /* REFUSED: of the packet */
	uint16_t rule;			  /* slot, see policy.h */
	union {
		struct sw_refusal refused;
		struct sw_send send[2]; /* SEND; flags 0 = not used */
		struct sw_unreachable unreachable;
	};
	struct sw_flow_info info;
	struct sw_judgement judgement; /* after sw_diagnose_judge() */
	/* interface of our route back to the sender; 0 = the caller did not
	 * ask */
	uint32_t route;
	bool route_doubted; /* policy routing may decide otherwise */
};

/* The ends of a related connection's parent, from its opener.
 * => false when the flow is none, or its parent is not known */
bool
sw_event_parent(const struct sw_flow_info *info, struct sw_endpoints *parent);

const char *sw_event_state_text(enum sw_state state);
const char *sw_event_end_text(enum sw_end how);

/*
 * Was the packet refused because it answers too late?  Without TCP's flags an
 * answer looks like a request, and a rule judges it as one.
 */
bool sw_event_answers_late(const struct sw_event *event);

/*
 * The rule of the flow that the event is about.  A late packet may be judged
 * by another rule (event->rule), such as one that names its interfaces, but
 * how long its flow was kept is decided by the flow's own rule.
 * => a slot
 */
uint16_t sw_event_own_rule(const struct sw_event *event);

/* Was the timeout of the story that for what is not acknowledged, and not
 * that of its state? */
bool sw_event_cut_short(const struct sw_event *event);

/*
 * Writes the flag letters of a log line in their fixed order, F S R P A U
 * and, when asked, E W; "-" for none.
 * => text holds at least 9 bytes
 */
void sw_event_flags_text(uint8_t flags, bool with_ecn, char *text);

#define SW_CHUNKS_TEXT_MAX 192

/* The same of SCTP: "COOKIE ECHO, DATA", in the order of their numbers.
 * => text holds at least SW_CHUNKS_TEXT_MAX bytes */
void sw_event_chunks_text(uint16_t chunks, char *text);

#endif
