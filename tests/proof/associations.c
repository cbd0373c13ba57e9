/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation is a list of packets; where their tags and the hosts' ports
 * come from is said by small models of both hosts.  After a difference in
 * what either tracker holds the conversation is over, because what follows
 * would say nothing about either.
 */

#include "associations.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "chunks.h"
#include "differences_sctp.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define TALK 40 /* packets of a random conversation */
#define HISTORY 64

enum tag {
	TAG_RIGHT,   /* that of the association, or of the handshake */
	TAG_OTHER,   /* that of the other direction */
	TAG_FOREIGN, /* never told */
	TAG_ZERO,
	TAGS
};

/* What a packet shall be; the tags are filled in when it is sent. */
struct plan {
	uint8_t side;
	uint8_t type; /* of the first chunk */
	uint8_t tag;  /* enum tag */
	uint8_t flags;
	uint8_t bundled; /* type of a second chunk plus one; 0: none */
	uint16_t length; /* that the chunk states; 0: the true one */
	bool again;	 /* INIT, INIT ACK: with a tag that was not told yet */
	uint32_t pause;
};

struct play {
	struct compare *compare;
	struct sw_endpoints opener;
	uint64_t random;
	uint32_t told[2]; /* tags of packets to each side, as last told */
	uint32_t told_before[2];
	uint32_t next_tag;
	struct chunks history[HISTORY];
	uint8_t sides[HISTORY];
	unsigned sent, show;
	bool beside;
	uint64_t packets, chunks, conversations;
	uint64_t known[SCTP_DIFFERENCES];
	uint64_t strange;
};

static uint32_t
draw(struct play *play, uint32_t below)
{
	play->random =
	    play->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)((play->random >> 33) % below);
}

static void
begin(struct play *play)
{
	play->opener =
	    *compare_begin(play->compare, IPPROTO_SCTP, FAMILY_BY_TURNS);
	play->next_tag = 0x10000000u + draw(play, 1u << 24) * 16;
	for (int i = 0; i < 2; i++)
		play->told[i] = play->told_before[i] = 0;
	play->sent = 0;
	play->beside = false;
	play->conversations++;
}

static void
tell(struct play *play, uint8_t receiver_of, uint32_t tag)
{
	if (play->told[receiver_of] == tag)
		return;
	play->told_before[receiver_of] = play->told[receiver_of];
	play->told[receiver_of] = tag;
}

/* INIT and INIT ACK tell the tag for packets from the other side. */
static uint32_t
initiate_tag(struct play *play, const struct plan *plan)
{
	if (plan->again || !play->told[!plan->side])
		tell(play, !plan->side, ++play->next_tag);
	return play->told[!plan->side];
}

static uint32_t
verification_tag(struct play *play, const struct plan *plan)
{
	switch (plan->tag) {
	case TAG_RIGHT:
		return play->told[plan->side];
	case TAG_OTHER:
		return play->told[!plan->side];
	case TAG_FOREIGN:
		return play->told_before[plan->side]
			   ? play->told_before[plan->side]
			   : 0x77777777;
	default:
		return 0;
	}
}

static struct chunks
packet_of(struct play *play, const struct plan *plan)
{
	const struct sw_endpoints *opener = &play->opener;
	struct chunks chunks = {
		.sport = plan->side ? opener->dport : opener->sport,
		.dport = plan->side ? opener->sport : opener->dport,
		.n = 1,
	};

	chunks.tag = verification_tag(play, plan);
	if (plan->type == SW_SCTP_INIT && plan->tag == TAG_RIGHT)
		chunks.tag = 0;
	chunks.chunk[0] =
	    (struct chunk){ .type = plan->type, .flags = plan->flags };
	if (plan->type == SW_SCTP_INIT || plan->type == SW_SCTP_INIT_ACK)
		chunks.chunk[0].tag = initiate_tag(play, plan);
	chunks.chunk[0].length = plan->length;
	if (plan->bundled)
		chunks.chunk[chunks.n++] =
		    (struct chunk){ .type = (uint8_t)(plan->bundled - 1) };
	return chunks;
}

static void
show(const struct play *play, const struct sctp_outcome *o)
{
	char text[SW_CHUNKS_TEXT_MAX];

	for (unsigned i = 0; i < play->sent && i < HISTORY; i++) {
		const struct chunks *c = &play->history[i];

		printf("    %c %08" PRIx32, play->sides[i] ? '<' : '>', c->tag);
		for (unsigned j = 0; j < c->n; j++)
			printf(" %u%s(%" PRIx32 ")", c->chunk[j].type,
			    c->chunk[j].flags & 1 ? "T" : "", c->chunk[j].tag);
		printf("\n");
	}
	for (unsigned side = 0; side < 2; side++)
		printf("    our tags of %u: %08" PRIx32 ", aside %08" PRIx32
		       " %08" PRIx32 "\n",
		    side, o->outcome.flow.sctp[side].tag,
		    o->outcome.flow.sctp[side].aside,
		    o->outcome.flow.sctp[side].former);
	sw_event_chunks_text(o->sctp.chunks, text);
	printf("  %s from %u, malformed %u: ours %s, %s -> %s %u s; kernel %s, "
	       "%s -> %s %u s\n",
	    text, o->outcome.segment.side, o->malformed,
	    o->outcome.passed[OURS] ? "passed" : "dropped",
	    sw_event_state_text(o->outcome.before[OURS].state),
	    sw_event_state_text(o->outcome.after[OURS].state),
	    o->outcome.after[OURS].timeout,
	    o->outcome.passed[KERNEL] ? "passed" : "dropped",
	    sw_event_state_text(o->outcome.before[KERNEL].state),
	    sw_event_state_text(o->outcome.after[KERNEL].state),
	    o->outcome.after[KERNEL].timeout);
}

/* => the name of what parts them, or SCTP_DIFFERENCES */
static enum sctp_difference
name_difference(struct play *play, struct sctp_outcome *o, const uint8_t *bytes,
    size_t length)
{
	enum sctp_difference difference = sctp_difference_of(o);

	if (difference != SCTP_DIFFERENCES || !o->outcome.passed[OURS] ||
	    o->outcome.passed[KERNEL])
		return difference;
	o->outcome.passed[KERNEL] =
	    compare_late(play->compare, o->outcome.segment.side, bytes, length);
	return sctp_difference_of(o);
}

/* Does the kernel hold other tags than we do from here on?  An INIT that opens
 * anew leaves it with those from before, and each
 * learns from packets that the other drops. */
static bool
parts(const struct sctp_outcome *o)
{
	enum sw_state state = o->outcome.before[OURS].state;
	bool anew = (state == SW_STATE_SCTP_HEARTBEAT_SENT ||
			state == SW_STATE_SCTP_CLOSED) &&
		    sw_sctp_has(&o->sctp, SW_SCTP_INIT);

	return anew || o->outcome.passed[KERNEL] != o->outcome.passed[OURS];
}

/* => does the conversation go on? */
static bool
judge(struct play *play, struct sctp_outcome *o, const uint8_t *bytes,
    size_t length)
{
	enum sctp_difference difference =
	    name_difference(play, o, bytes, length);

	if (difference == SCTP_DIFFERENCES && !sctp_agrees(o)) {
		if (play->strange++ < play->show)
			show(play, o);
		return false;
	}
	if (difference == SCTP_DIFFERENCES)
		return !parts(o);
	play->known[difference]++;
	return sctp_holds_same(o) && !parts(o) &&
	       compare_realign(play->compare, &o->outcome);
}

/* Has an INIT or its answer passed into a live association? */
static bool
goes_beside(const struct sctp_outcome *o)
{
	enum sw_state state = o->outcome.before[OURS].state;

	return (sw_sctp_has(&o->sctp, SW_SCTP_INIT) ||
		   sw_sctp_has(&o->sctp, SW_SCTP_INIT_ACK)) &&
	       state >= SW_STATE_SCTP_COOKIE_ECHOED &&
	       state <= SW_STATE_SCTP_SHUTDOWN_ACK_SENT;
}

static size_t
datagram_bytes(const struct play *play, uint8_t side, const uint8_t *upper,
    size_t length, uint8_t *bytes)
{
	int family = play->opener.family == SW_IPV6 ? AF_INET6 : AF_INET;
	char text[2][INET6_ADDRSTRLEN];
	struct build build = { .src = text[side],
		.dst = text[!side],
		.proto = IPPROTO_SCTP,
		.raw = true,
		.payload = upper,
		.payload_length = length };

	inet_ntop(family, play->opener.src.b, text[0], INET6_ADDRSTRLEN);
	inet_ntop(family, play->opener.dst.b, text[1], INET6_ADDRSTRLEN);
	return build_bytes(&build, bytes);
}

static bool
is_known(const struct play *play, uint32_t tag)
{
	return tag == play->told[0] || tag == play->told[1] ||
	       tag == play->told_before[0] || tag == play->told_before[1];
}

static bool
transmit(struct play *play, const struct plan *plan)
{
	struct chunks chunks = packet_of(play, plan);
	static uint8_t bytes[BUILD_MAX];
	uint8_t upper[CHUNKS_BYTES];
	struct sctp_outcome o = { .beside = play->beside,
		.known = is_known(play, chunks.tag) };
	struct sw_packet packet;
	size_t length = chunks_bytes(&chunks, upper);

	length = datagram_bytes(play, plan->side, upper, length, bytes);
	if (play->sent < HISTORY) {
		play->history[play->sent] = chunks;
		play->sides[play->sent] = plan->side;
	}
	play->sent++;
	play->packets++;
	play->chunks += chunks.n;
	o.malformed = sw_packet_parse(bytes, length, (uint32_t)length, &packet);
	o.sctp = packet.sctp;
	o.outcome = compare_bytes(
	    play->compare, plan->side, plan->pause, bytes, length);
	play->beside |= goes_beside(&o);
	return judge(play, &o, bytes, length);
}

/* What leads to each state; a path is the last. */
static const struct plan handshake[] = {
	{ .side = 0, .type = SW_SCTP_INIT },
	{ .side = 1, .type = SW_SCTP_INIT_ACK },
	{ .side = 0, .type = SW_SCTP_COOKIE_ECHO },
	{ .side = 1, .type = SW_SCTP_COOKIE_ACK },
};
static const struct plan ending[][3] = {
	{ { .side = 0, .type = SW_SCTP_SHUTDOWN },
	    { .side = 1, .type = SW_SCTP_SHUTDOWN_ACK },
	    { .side = 0, .type = SW_SCTP_SHUTDOWN_COMPLETE } },
	{ { .side = 1, .type = SW_SCTP_SHUTDOWN },
	    { .side = 0, .type = SW_SCTP_SHUTDOWN_ACK },
	    { .side = 1, .type = SW_SCTP_SHUTDOWN_COMPLETE } },
};
static const struct plan path[] = {
	{ .side = 0, .type = SW_SCTP_HEARTBEAT },
	{ .side = 1, .type = SW_SCTP_HEARTBEAT_ACK },
};

enum { SETTINGS = 5 + 3 + 3 + 2 };

/* A path's tags are told elsewhere. */
static bool
reach_path(struct play *play, unsigned steps)
{
	play->told[0] = ++play->next_tag;
	play->told[1] = ++play->next_tag;
	for (unsigned i = 0; i < steps; i++)
		if (!transmit(play, &path[i]))
			return false;
	return true;
}

static bool
reach(struct play *play, unsigned setting)
{
	unsigned first = setting < 5 ? setting : 4;

	begin(play);
	if (setting >= 11)
		return reach_path(play, setting - 10);
	for (unsigned i = 0; i < first; i++)
		if (!transmit(play, &handshake[i]))
			return false;
	for (unsigned i = 5; i < setting + 1 && setting >= 5; i++) {
		bool other = setting >= 8;

		if (other && i < 8)
			continue;
		if (!transmit(play, &ending[other][(i - 5) % 3]))
			return false;
	}
	return true;
}

/* One of all packets that are told apart. */
#define VARIANTS (2u * 17u * TAGS * 2u * 2u)

static struct plan
variant(unsigned n)
{
	static const uint8_t types[17] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15, 192 };
	struct plan plan = { .side = n % 2 };

	n /= 2;
	plan.type = types[n % 17];
	n /= 17;
	plan.tag = (uint8_t)(n % TAGS);
	n /= TAGS;
	plan.flags = n % 2;
	plan.again = n / 2 % 2;
	return plan;
}

/* The flag and the fresh tag mean nothing to most chunks. */
static bool
is_idle_variant(const struct plan *plan)
{
	bool reflects = plan->type == SW_SCTP_ABORT ||
			plan->type == SW_SCTP_SHUTDOWN_COMPLETE;
	bool tells =
	    plan->type == SW_SCTP_INIT || plan->type == SW_SCTP_INIT_ACK;

	return (plan->flags && !reflects) || (plan->again && !tells);
}

static void
play_pair(struct play *play, unsigned setting, unsigned one, unsigned two)
{
	struct plan first = variant(one), second = variant(two);

	if (reach(play, setting) && transmit(play, &first))
		transmit(play, &second);
}

static void
play_each(struct play *play)
{
	for (unsigned setting = 0; setting < SETTINGS; setting++)
		for (unsigned one = 0; one < VARIANTS; one++) {
			struct plan plan = variant(one);

			if (is_idle_variant(&plan))
				continue;
			if (reach(play, setting))
				transmit(play, &plan);
		}
}

/* After every chunk with a right tag any other. */
static void
play_pairs(struct play *play)
{
	for (unsigned setting = 0; setting < SETTINGS; setting++)
		for (unsigned one = 0; one < VARIANTS; one++) {
			struct plan first = variant(one);

			if (is_idle_variant(&first) || first.tag != TAG_RIGHT)
				continue;
			for (unsigned two = 0; two < VARIANTS; two++) {
				struct plan second = variant(two);

				if (!is_idle_variant(&second) &&
				    second.tag < TAG_FOREIGN)
					play_pair(play, setting, one, two);
			}
		}
}

static const uint32_t pauses[] = { 0, 0, 0, 0, 0, 0, 0, 0, 10, 20, 40, 210 };

static struct plan
random_plan(struct play *play, unsigned turn)
{
	struct plan plan;

	if (turn < COUNT(handshake) && draw(play, 8))
		plan = handshake[turn];
	else
		plan = variant(draw(play, VARIANTS));
	if (draw(play, 4))
		plan.tag = TAG_RIGHT;
	if (draw(play, 4))
		plan.flags = 0;
	if (draw(play, 3))
		plan.again = false;
	if (plan.type > SW_SCTP_INIT_ACK && !draw(play, 4))
		plan.bundled = (uint8_t)(1 + draw(play, 16));
	if (!draw(play, 64))
		plan.length = (uint16_t)(1 + draw(play, 40));
	plan.pause = pauses[draw(play, COUNT(pauses))];
	return plan;
}

static void
play_random(struct play *play, uint64_t packets)
{
	uint64_t end = play->packets + packets;

	while (play->packets < end) {
		bool goes_on = true;

		begin(play);
		for (unsigned i = 0; i < TALK && goes_on; i++) {
			struct plan plan = random_plan(play, i);

			goes_on = transmit(play, &plan);
		}
	}
}

bool
associations_run(
    struct compare *compare, uint64_t packets, uint64_t seed, unsigned show)
{
	static struct play play;

	memset(&play, 0, sizeof(play));
	play.compare = compare;
	play.random = seed;
	play.show = show;
	play_each(&play);
	play_pairs(&play);
	play_random(&play, packets);
	printf("\nSCTP: %" PRIu64 " packets, %" PRIu64 " chunks, %" PRIu64
	       " conversations\n",
	    play.packets, play.chunks, play.conversations);
	for (unsigned i = 0; i < SCTP_DIFFERENCES; i++)
		printf("%10" PRIu64 "  %s\n", play.known[i],
		    associations_differences[i][0]);
	printf("%10" PRIu64 "  unexplained\n", play.strange);
	return !play.strange;
}
