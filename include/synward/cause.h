/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause: the names of what synward says about a refused packet.
 *
 * Three lists, each in one X-macro: messages (what happened), causes (why,
 * in cause.def with every text that goes with one) and evidence keys (what
 * the judgement rests on).
 */
#ifndef SYNWARD_CAUSE_H
#define SYNWARD_CAUSE_H

#include <stdbool.h>
#include <stdint.h>

#define SW_MESSAGE_MAP(X)                            \
	X(NOT_SYN, "Not a Valid SYN Packet")         \
	X(BAD_FLAGS, "Invalid TCP flags")            \
	X(OUT_OF_WINDOW, "Out of window")            \
	X(IDLE_RESET, "Connection idle reset")       \
	X(TABLE_FULL, "Table full")                  \
	X(DENIED, "Denied by rule")                  \
	X(NOT_OPENING, "Not a Valid Opening Packet") \
	X(MALFORMED, "Malformed packet")

enum sw_message {
#define X(name, text) SW_MESSAGE_##name,
	SW_MESSAGE_MAP(X)
#undef X
	    SW_MESSAGE_COUNT
};

enum sw_cause {
#define SW_CAUSE(name, ...) SW_CAUSE_##name,
#include "synward/cause.def"
#undef SW_CAUSE
	SW_CAUSE_COUNT
};

enum sw_confidence {
	SW_CONF_LOW,
	SW_CONF_MEDIUM,
	SW_CONF_HIGH,
};

/* Evidence: key=value of a log line, a JSON member of the same name.  X(name,
 * key, unit): unit is printed after the value in a log line. */
#define SW_EVIDENCE_MAP(X)                                                  \
	X(IDLE, "idle", "s")	   /* silence before this packet */         \
	X(TIMEOUT, "timeout", "s") /* timeout that was in force */          \
	X(AGO, "ago", "s")	   /* since the entry ended */              \
	X(TARGETS, "targets", "")  /* distinct address:port of a source */  \
	X(PACKETS, "packets", "")  /* of this tuple or group */             \
	X(FLOWS, "flows", "") /* similar ones that support the judgement */ \
	X(CLIENTS, "clients", "")                                           \
	X(SERVERS, "servers", "")                                           \
	X(INTERVAL, "interval", "s") /* between repeats */                  \
	X(AHEAD, "ahead", "")	     /* bytes right of the window */        \
	X(BEHIND, "behind", "")	     /* bytes left of the window */         \
	X(LIMIT, "limit", "")	     /* limit that was reached */           \
	X(GAP, "gap", "s")	     /* since packets passed unseen */      \
	X(REPEAT, "repeat", "") /* number of repeats of the same segment */ \
	X(UNSEEN, "unseen", "") /* bytes that passed elsewhere */

enum sw_evidence_key {
#define X(name, key, unit) SW_EVIDENCE_##name,
	SW_EVIDENCE_MAP(X)
#undef X
	    SW_EVIDENCE_COUNT
};

/* All texts about a cause, one row of cause.def. */
struct sw_cause_text {
	const char *name;    /* "idle-expired": log, label, explain */
	const char *id;	     /* journal MESSAGE_ID, 32 hex digits */
	const char *summary; /* one line, under 70 characters */
	const char *meaning; /* a paragraph: what happened */
	const char *check;   /* what to look at */
	const char *change;  /* what to change; "" when nothing helps */
};

/* => never NULL for a cause below SW_CAUSE_COUNT; static storage. */
const struct sw_cause_text *sw_cause_text(enum sw_cause cause);

/* The cause of that name, or SW_CAUSE_COUNT. */
enum sw_cause sw_cause_by_name(const char *name);

const char *sw_cause_message_text(enum sw_message message);

/* The name that readers of JSON may still know the message by, or NULL. */
const char *sw_cause_message_alias(enum sw_message message);

/* Did the packet belong to no flow and open none?  TCP and other protocols
 * have a message of their own for that. */
static inline bool
sw_message_is_orphan(enum sw_message message)
{
	return message == SW_MESSAGE_NOT_SYN ||
	       message == SW_MESSAGE_NOT_OPENING;
}

const char *sw_cause_confidence_text(enum sw_confidence confidence);
const char *sw_cause_evidence_name(enum sw_evidence_key key);
const char *sw_cause_evidence_unit(enum sw_evidence_key key);

#endif
