/* SPDX-License-Identifier: Apache-2.0 */
/*
 * related_oracle: does a related connection ever open that should not?
 *
 * A client, a server and a stranger with the server's addresses at another
 * interface send segments of a parent (client to server, port 21) and of
 * connections beside it.  A rule allows the parent, and beside it only what
 * the server opens from its port 20 to the client's port 2000; all else is
 * denied.  The model does not read the engine's policy.  Of each conversation
 * these claims are checked:
 *
 *	fits	a SYN beside the parent passes only from the server's port 20
 *		to the client's port 2000, by the parent's interface, under
 *		a rule that allows it
 *	parent	and only once both hosts have opened the parent
 *	within	and only within 60 s of the parent's last packet
 *	after	and not after the parent has been closed or reset
 *	leads	nothing else is the first to pass beside the parent
 *	passes	and where all of that holds, it does pass
 */
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "related_oracle.h"

static const int16_t tcp = IPPROTO_TCP;
static const struct sw_port_range control = { 21, 21, false },
				  data = { 20, 20, false },
				  called = { 2000, 2000, false };
static const struct sw_related related = { .protos = &tcp,
	.n_protos = 1,
	.source_ports = &data,
	.n_source_ports = 1,
	.to_ports = &called,
	.n_to_ports = 1,
	.within = WITHIN / 1000,
	.limit = 16 };

static struct sw_rule
deny_all(const struct sw_flow_policy *deny)
{
	struct sw_rule rule = { .slot = 2, .flow_policy = *deny };

	strcpy(rule.name, "no");
	rule.ports = &called;
	rule.n_ports = 1;
	return rule;
}

static struct sw_policy *
policy_of(unsigned set, unsigned tracking)
{
	struct sw_flow_policy allow = { .timeouts = *sw_profile("rfc5382"),
		.tracking = (uint8_t)tracking,
		.log = true };
	struct sw_flow_policy deny = allow;
	struct sw_rule rules[2], ftp = { .slot = 1,
		.ports = &control,
		.n_ports = 1,
		.related = &related,
		.n_related = set != UNRELATED,
		.flow_policy = allow };
	size_t n = 0;

	deny.deny = SW_DENY_DROP;
	strcpy(ftp.name, "ftp");
	if (set == BY_EARLIER_RULE)
		rules[n++] = deny_all(&deny);
	rules[n++] = ftp;
	if (set == BY_LATER_RULE)
		rules[n++] = deny_all(&deny);
	return sw_policy_compile(rules, n, &deny);
}

/* The ports of each link: the client's, the server's. */
const uint16_t related_ports[LINKS][2] = {
	[PARENT] = { 40000, 21 },
	[CHILD] = { 2000, 20 },
	[OTHER_PORT] = { 2001, 20 },
	[OTHER_SOURCE] = { 2000, 1020 },
	[BY_CLIENT] = { 20, 2000 },
};

static struct sw_addr
address(const struct related_talk *talk, bool client)
{
	struct sw_addr addr = { { client ? 10 : 11 } };
	unsigned last = talk->family == SW_IPV6 ? 15 : 3;

	for (unsigned i = 0; i < 3; i++)
		addr.b[last - i] = (uint8_t)(talk->number >> 8 * i);
	return addr;
}

static struct sw_packet
packet_of(const struct related_talk *talk, const struct related_step *step)
{
	bool client = step->sender == CLIENT;
	struct sw_packet packet = { .length = 40, .ttl = 64 };

	packet.in = client ? LAN : step->sender == STRANGER ? GUEST : WAN;
	packet.out = client ? WAN : LAN;
	packet.ends = (struct sw_endpoints){ .src = address(talk, client),
		.dst = address(talk, !client),
		.sport = related_ports[step->link][!client],
		.dport = related_ports[step->link][client],
		.family = talk->family,
		.proto = IPPROTO_TCP };
	packet.tcp.flags = step->flags;
	packet.tcp.kind = (uint8_t)sw_tcp_kind(step->flags);
	packet.tcp.seq = step->seq;
	packet.tcp.ack = step->flags & SW_ACK ? step->ack : 0;
	packet.tcp.window = 65535;
	return packet;
}

static void
drain(struct sw_engine *engine)
{
	struct sw_event event;

	while (sw_engine_take(engine, &event))
		;
}

static void
forget(struct sw_engine *engine, struct related_talk *talk, struct sw_time now)
{
	for (uint8_t link = 0; link < LINKS; link++) {
		struct related_step step = { .link = link, .sender = CLIENT };
		struct sw_packet packet = packet_of(talk, &step);

		sw_engine_kill(engine, &packet.ends, now, false);
	}
	drain(engine);
}

/* Half of the conversations have nobody look at what has expired. */
static void
run(struct sw_engine *engine, struct related_talk *talk, struct sw_time *now)
{
	for (unsigned i = 0; i < talk->n; i++) {
		struct related_step *step = &talk->step[i];
		struct sw_packet packet;

		now->ns += step->pause * SW_NS_PER_MS;
		step->at = (uint32_t)(now->ns / SW_NS_PER_MS);
		if (talk->number & 1)
			sw_engine_sweep(engine, *now, sw_engine_slots(engine));
		packet = packet_of(talk, step);
		step->passed = sw_engine_step(engine, &packet, *now) == SW_PASS;
		drain(engine);
	}
	forget(engine, talk, *now);
}

struct world {
	struct sw_policy *policy;
	struct sw_engine *engine;
	struct sw_time now;
	struct related_talk talk;
	unsigned show;
	struct related_tally tally;
};

static void
world_open(struct world *world, unsigned set, unsigned tracking)
{
	struct sw_limits limits = { .max_flows = 64,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 64,
		.key = "the oracle's key" };

	world->now.ns = 1000 * SW_NS_PER_SECOND;
	world->talk = (struct related_talk){ .set = set, .tracking = tracking };
	world->policy = policy_of(set, tracking);
	world->engine = world->policy == NULL ? NULL
					      : sw_engine_create(&limits, NULL,
						    world->policy, world->now);
	if (world->engine == NULL) {
		fputs("related-oracle: memory is short\n", stderr);
		exit(EXIT_FAILURE);
	}
}

static void
begin(struct world *world)
{
	world->talk.n = 0;
	world->talk.number++;
	world->talk.family = world->talk.number & 2 ? SW_IPV6 : SW_IPV4;
}

static void
finish(struct world *world)
{
	struct related_tally *tally = &world->tally;
	enum related_claim claim;

	run(world->engine, &world->talk, &world->now);
	claim = related_judge(&world->talk, tally);
	tally->talks++;
	tally->packets += world->talk.n;
	for (unsigned i = 0; i < world->talk.n; i++)
		tally->passed += world->talk.step[i].passed;
	tally->broken[claim]++;
	if (claim != HOLDS && world->show > 0) {
		world->show--;
		related_print(&world->talk, claim);
	}
}

/* All words of two segments after each part of a handshake, and the child's
 * handshake after them. */
static void
run_short(struct world *world)
{
	for (unsigned word = 0;
	     word < related_letters() * related_letters() * 4; word++) {
		begin(world);
		related_open_parent(&world->talk, word % 4);
		related_say_letter(
		    &world->talk, word / 4 % related_letters(), 10);
		related_say_letter(
		    &world->talk, word / 4 / related_letters(), 10);
		related_say(&world->talk, CHILD, SERVER, SW_SYN, 10);
		related_say(&world->talk, CHILD, CLIENT, SW_SYN | SW_ACK, 10);
		finish(world);
	}
}

static void
run_random(struct world *world, unsigned long talks, uint64_t seed)
{
	for (unsigned long i = 0; i < talks; i++) {
		begin(world);
		related_draw(&world->talk, &seed);
		finish(world);
	}
}

static void
run_world(struct world *world, unsigned set, unsigned tracking,
    unsigned long talks, unsigned long seed)
{
	world_open(world, set, tracking);
	run_short(world);
	run_random(world, talks,
	    (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) + set * 4 + tracking);
	sw_engine_destroy(world->engine);
	sw_policy_destroy(world->policy);
}

static int
report(const struct related_tally *tally, const char *find)
{
	bool found = false;

	printf("%llu conversations, %llu segments, %llu passed, %llu children; "
	       "%llu violations\n",
	    (unsigned long long)tally->talks,
	    (unsigned long long)tally->packets,
	    (unsigned long long)tally->passed,
	    (unsigned long long)tally->children,
	    (unsigned long long)(tally->talks - tally->broken[HOLDS]));
	for (unsigned i = FITS; i < CLAIMS; i++) {
		if (tally->broken[i] == 0)
			continue;
		printf("%s: %llu\n", related_claim_name(i),
		    (unsigned long long)tally->broken[i]);
		found |=
		    find != NULL && strcmp(find, related_claim_name(i)) == 0;
	}
	if (find != NULL)
		return found ? EXIT_SUCCESS : EXIT_FAILURE;
	return tally->broken[HOLDS] == tally->talks && tally->children > 0
		   ? EXIT_SUCCESS
		   : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "talks", required_argument, NULL, 't' },
		{ "seed", required_argument, NULL, 's' },
		{ "find", required_argument, NULL, 'f' },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long talks = 20000, seed = 1;
	struct world world = { .show = 3 };
	const char *find = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
		switch (option) {
		case 't':
			talks = strtoul(optarg, NULL, 10);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 10);
			break;
		case 'f':
			find = optarg;
			break;
		default:
			fputs("usage: related-oracle [--talks N] [--seed N] "
			      "[--find CLAIM]\n",
			    stderr);
			return 2;
		}
	for (unsigned set = 0; set < SETS; set++)
		for (unsigned t = SW_TRACK_NORMAL; t <= SW_TRACK_STRICT; t++)
			run_world(&world, set, t, talks, seed);
	return report(&world.tally, find);
}
