/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_oracle: does anything that the policy denies ever open?
 *
 * Two hosts, the inside and the outside, send segments through an engine, in
 * every mode and under every rule set of a small world.  The model of the
 * world does not read the engine's policy: each rule set says in a function
 * of its own what it denies.  Of each conversation four claims are checked:
 *
 *	opens	no SYN whose own direction is denied passes, nor do the
 *		three segments that complete its handshake
 *	leads	before the side that may open has had a packet pass, no
 *		packet of the other side does
 *	ways	a packet that comes from an interface which the rules deny
 *		passes only where flows may roam
 *	marks	a packet that was denied leaves nothing behind: without it,
 *		every later packet has the same verdict
 */
#ifndef SYNWARD_PROOF_POLICY_ORACLE_H
#define SYNWARD_PROOF_POLICY_ORACLE_H

#include "synward/engine.h"

enum {
	ORACLE_MODES = 28,
	ORACLE_SETS = 7,
	ORACLE_PORTS = 3,
	ORACLE_STEPS = 16, /* of one conversation at most */
};

enum oracle_side {
	ORACLE_INSIDE,
	ORACLE_OUTSIDE,
};

/* Interfaces: each side has its own, and there is a third. */
enum oracle_interface {
	ORACLE_LAN = 1,
	ORACLE_WAN,
	ORACLE_GUEST,
};

/* A segment of a conversation. */
struct oracle_step {
	uint8_t side;	/* enum oracle_side */
	uint8_t flags;	/* enum sw_tcp_flag */
	bool guest;	/* comes in by the third interface */
	uint32_t pause; /* ms before it */
	uint32_t seq, ack, payload;
	bool passed, denied; /* denied: refused with that message */
};

struct oracle_talk {
	uint8_t mode, set, ports, family;
	uint32_t number; /* makes its addresses unlike all others' */
	unsigned n;
	struct oracle_step step[ORACLE_STEPS];
};

enum oracle_claim {
	ORACLE_HOLDS,
	ORACLE_OPENS,
	ORACLE_COMPLETES, /* the worst kind of opens */
	ORACLE_LEADS,
	ORACLE_WAYS,
	ORACLE_MARKS,
	ORACLE_CLAIMS
};

/* policy_oracle_world.c */

#define ORACLE_NAME 40
void oracle_mode_name(unsigned mode, char name[ORACLE_NAME]);
const char *oracle_set_name(unsigned set);
/* => the caller's: sw_policy_destroy() */
struct sw_policy *oracle_policy(unsigned mode, unsigned set);
/* Do the rules deny what this side sends through this interface to open? */
bool oracle_denies(unsigned set, enum oracle_side side, bool guest);
/* Do they deny any packet from this interface, whatever it belongs to? */
bool oracle_denies_way(unsigned set, enum oracle_side side, bool guest);
struct sw_flow_policy oracle_treatment(unsigned mode);
struct sw_packet
oracle_packet(const struct oracle_talk *talk, const struct oracle_step *step);

/* policy_oracle_claims.c */

const char *oracle_claim_name(enum oracle_claim claim);
/* The first claim that the finished conversation breaks, marks apart. */
enum oracle_claim oracle_judge(const struct oracle_talk *talk);
/* Prints the conversation, a segment a line. */
void oracle_print(const struct oracle_talk *talk, enum oracle_claim claim);

/* policy_oracle_talks.c: what is said */

/* How many symbols the alphabet of short conversations has. */
unsigned oracle_symbols(void);
/* Writes step n of the conversation as this symbol, with the numbers that
 * its host would use after what has been said. */
void oracle_write(struct oracle_talk *talk, unsigned n, unsigned symbol);
/* A random conversation. */
void oracle_draw(struct oracle_talk *talk, uint64_t *seed);

#endif
