/* SPDX-License-Identifier: Apache-2.0 */
/*
 * related_oracle: conversations of a client, a server and a stranger, and what
 * must hold of them: see related_oracle.c.
 */
#ifndef SYNWARD_PROOF_RELATED_ORACLE_H
#define SYNWARD_PROOF_RELATED_ORACLE_H

#include "synward/engine.h"

enum {
	STEPS = 18,
	WITHIN = 60000, /* ms */
	SLACK = 40,	/* ms: two ticks */
	LAN = 1,
	WAN,
	GUEST,
};

enum related_link { PARENT, CHILD, OTHER_PORT, OTHER_SOURCE, BY_CLIENT, LINKS };
enum related_sender { CLIENT, SERVER, STRANGER };

/* How the rules deny what no parent allows. */
enum related_set {
	BY_DEFAULT,
	BY_LATER_RULE,
	BY_EARLIER_RULE,
	UNRELATED,
	SETS
};

enum related_claim {
	HOLDS,
	FITS,
	HAS_PARENT,
	IN_TIME,
	AFTER,
	LEADS,
	PASSES,
	CLAIMS
};

struct related_step {
	uint8_t link, sender, flags;
	bool good; /* its numbers are those of a host in step */
	uint32_t pause, at, seq, ack;
	bool passed;
};

struct related_talk {
	unsigned n, set, tracking, number;
	uint8_t family;
	struct related_step step[STEPS];
};

struct related_tally {
	uint64_t talks, packets, passed, children, broken[CLAIMS];
};

/* The ports of each link: the client's, the server's. */
extern const uint16_t related_ports[LINKS][2];

/* related_oracle_talks.c */

/* How many letters the alphabet of short conversations has. */
unsigned related_letters(void);
/* Adds a segment with the numbers that its host would use. */
void related_say(struct related_talk *talk, uint8_t link, uint8_t sender,
    uint8_t flags, uint32_t pause);
void
related_say_letter(struct related_talk *talk, unsigned letter, uint32_t pause);
/* Adds the first segments of the parent's handshake. */
void related_open_parent(struct related_talk *talk, unsigned segments);
/* A random conversation. */
void related_draw(struct related_talk *talk, uint64_t *seed);

/* related_oracle_model.c */

const char *related_claim_name(enum related_claim claim);
/* The first claim that the finished conversation breaks; counts children. */
enum related_claim
related_judge(const struct related_talk *talk, struct related_tally *tally);
void related_print(const struct related_talk *talk, enum related_claim claim);

#endif
