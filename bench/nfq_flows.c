/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nfq_flows: sends traffic of many flows through several gateways in turns,
 * and counts what arrives.
 *
 * usage: nfq_flows [-6] [-u | -n] [-w WINDOW] [-c CORES] FLOWS MS ROUNDS
 *        NAME=CLIENT,SERVER[,PROCESS|hole]...
 *
 * Opens FLOWS connections through each gateway by real handshakes and sends a
 * few bytes over each, so that none is new any more.  Then it sends single
 * bytes over all of them, in both directions, for MS milliseconds through each
 * gateway in each of ROUNDS rounds.  Every other round takes them in the
 * opposite order, so that none always comes behind the same neighbour.
 *
 * CLIENT and SERVER are network namespaces with an interface eth0, PROCESS
 * reads the gateway's queue; a hole is a gateway that throws all away.
 * -6: IPv6.  -u: UDP.  -n: new connections instead, opened, used for a byte
 * each way, and closed.  -w: packets on their way at most.  -c 0,1: the cores
 * of the sender and of the gateways.
 *
 * Prints of each turn: the gateway's name, packets a second that arrived (of
 * -n: connections), how many percent of the time the sender had to wait for
 * the gateway, packets lost, ns a packet for which the gateway's core and the
 * queue's reader were busy; and at the start of each gateway "strict" when it
 * let no segment through that is far outside of its window, else "lax".
 */
#include <sched.h>

#include "gateway.h"
#include "meter.h"

enum {
	GATEWAYS = 16,
	WINDOW = 256,
	WARM_UP = 5, /* one part in so many of a turn is not counted */
	PASSES = 8,  /* before the first turn, so that no flow is new */
	STRIDE = 1000003,
};

struct plan {
	struct frame_kind kind;
	bool open_only;
	uint32_t flows, ms, rounds, window;
	unsigned sender, core;
	unsigned n;
	struct gateway gateways[GATEWAYS];
};

struct batch {
	uint8_t frames[GATEWAY_BATCH][FRAME_MAX];
	uint32_t length[GATEWAY_BATCH];
};

/* Sends one step of n flows, GATEWAY_BATCH at most.  flow: => the i-th */
static void
send_step(const struct plan *plan, struct gateway *gateway,
    const uint32_t flow[], unsigned n, enum frame_step step,
    const uint32_t pass[])
{
	struct batch batch;

	for (unsigned i = 0; i < n; i++)
		batch.length[i] = frame_make(
		    batch.frames[i], &plan->kind, flow[i], step, pass[i]);
	gateway_send(gateway, frame_sender(step), batch.frames, batch.length, n,
	    plan->window);
}

/* Each step of a batch of connections arrives before the next is sent. */
static void
open_flows(const struct plan *plan, struct gateway *gateway)
{
	static const enum frame_step tcp[] = { FRAME_SYN, FRAME_SYNACK,
		FRAME_ACK };
	static const enum frame_step udp[] = { FRAME_DATA, FRAME_REPLY };
	const enum frame_step *steps = plan->kind.udp ? udp : tcp;
	unsigned n_steps = plan->kind.udp ? 2 : 3, n;
	static const uint32_t first_pass[GATEWAY_BATCH];
	uint32_t flow[GATEWAY_BATCH];

	for (uint32_t from = 0; from < plan->flows; from += n) {
		for (n = 0; n < GATEWAY_BATCH && from + n < plan->flows; n++)
			flow[n] = from + n;
		for (unsigned i = 0; i < n_steps; i++)
			send_step(plan, gateway, flow, n, steps[i], first_pass);
	}
	gateway_settle(gateway);
	if (gateway->lost > 0) {
		fprintf(stderr, "%s: %llu packets of %u handshakes lost\n",
		    gateway->name, (unsigned long long)gateway->lost,
		    plan->flows);
		exit(1);
	}
}

/* Does it look at windows? */
static void
try_junk(const struct plan *plan, struct gateway *gateway)
{
	static const uint32_t first_pass[GATEWAY_BATCH];
	uint32_t flow[GATEWAY_BATCH];

	for (unsigned i = 0; i < GATEWAY_BATCH; i++)
		flow[i] = i % plan->flows;
	send_step(plan, gateway, flow, GATEWAY_BATCH, FRAME_JUNK, first_pass);
	gateway_settle(gateway);
	/* Some neighbour discovery may arrive in their place. */
	printf("%s %s\n", gateway->name,
	    gateway->lost > GATEWAY_BATCH / 2 ? "strict" : "lax");
	gateway->lost = 0;
}

/* A byte from each client of a batch and one from each server. */
static void
send_data(const struct plan *plan, struct gateway *gateway)
{
	uint32_t flow[GATEWAY_BATCH], pass[GATEWAY_BATCH];

	for (unsigned i = 0; i < GATEWAY_BATCH; i++) {
		uint64_t place = gateway->cursor % plan->flows;

		/* Neighbours in time are none in memory. */
		flow[i] = (uint32_t)(place * STRIDE % plan->flows);
		pass[i] = (uint32_t)(gateway->cursor / plan->flows);
		gateway->cursor++;
	}
	send_step(plan, gateway, flow, GATEWAY_BATCH, FRAME_DATA, pass);
	send_step(plan, gateway, flow, GATEWAY_BATCH, FRAME_REPLY, pass);
}

static void
send_lives(const struct plan *plan, struct gateway *gateway)
{
	static const uint32_t first_pass[GATEWAY_BATCH];
	uint32_t flow[GATEWAY_BATCH];

	for (unsigned i = 0; i < GATEWAY_BATCH; i++)
		flow[i] = (plan->flows + gateway->opened++) % FRAME_FLOWS;
	for (enum frame_step step = 0; step < FRAME_STEPS; step++)
		send_step(plan, gateway, flow, GATEWAY_BATCH, step, first_pass);
}

static void
send_for(const struct plan *plan, struct gateway *gateway, uint64_t ns)
{
	uint64_t end = meter_now() + ns;

	do {
		if (plan->open_only)
			send_lives(plan, gateway);
		else
			send_data(plan, gateway);
	} while (meter_now() < end);
}

static void
age_flows(const struct plan *plan, struct gateway *gateway)
{
	while (gateway->cursor < (uint64_t)plan->flows * PASSES)
		send_data(plan, gateway);
	gateway_settle(gateway);
	gateway->lost = 0;
}

/* What passed until now. */
struct reading {
	uint64_t time, packets, connections, waits, lost, core, reader;
};

static struct reading
read_all(const struct plan *plan, const struct gateway *gateway)
{
	return (struct reading){ meter_now(),
		gateway->hole ? gateway->sent : gateway_arrived(gateway),
		gateway->opened, gateway->waits, gateway->lost,
		gateway_core_ns(plan->core), gateway_reader_ns(gateway) };
}

static void
take_turn(const struct plan *plan, struct gateway *gateway)
{
	uint64_t ns = (uint64_t)plan->ms * 1000000u;
	struct reading a, b;
	double seconds, packets;

	send_for(plan, gateway, ns / WARM_UP);
	a = read_all(plan, gateway);
	send_for(plan, gateway, ns);
	b = read_all(plan, gateway);
	gateway_settle(gateway);
	seconds = (double)(b.time - a.time) / 1e9;
	packets = (double)(b.packets - a.packets);
	printf("%s %.0f %.1f %llu %.0f %.0f\n", gateway->name,
	    (plan->open_only ? (double)(b.connections - a.connections)
			     : packets) /
		seconds,
	    (double)(b.waits - a.waits) / seconds / 1e7,
	    (unsigned long long)(gateway->lost - a.lost),
	    (double)(b.core - a.core) / packets,
	    (double)(b.reader - a.reader) / packets);
	fflush(stdout);
}

static void
run(struct plan *plan)
{
	for (unsigned i = 0; i < plan->n; i++) {
		struct gateway *gateway = &plan->gateways[i];

		if (gateway->hole || plan->open_only)
			continue;
		open_flows(plan, gateway);
		if (!plan->kind.udp)
			try_junk(plan, gateway);
		age_flows(plan, gateway);
	}
	for (uint32_t round = 0; round < plan->rounds; round++)
		for (unsigned i = 0; i < plan->n; i++)
			take_turn(plan,
			    &plan->gateways[round % 2 ? plan->n - 1 - i : i]);
}

static void
pin(unsigned core)
{
	cpu_set_t cores;

	CPU_ZERO(&cores);
	CPU_SET(core, &cores);
	if (sched_setaffinity(0, sizeof cores, &cores) < 0)
		perror("affinity");
}

static int
usage(void)
{
	fputs("usage: nfq_flows [-6] [-u | -n] [-w WINDOW] [-c SENDER,GATEWAY] "
	      "FLOWS MS ROUNDS NAME=CLIENT,SERVER[,PROCESS|hole]...\n",
	    stderr);
	return 2;
}

static bool
read_options(struct plan *plan, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "6unw:c:")) >= 0)
		switch (option) {
		case '6':
			plan->kind.v6 = true;
			break;
		case 'u':
			plan->kind.udp = true;
			break;
		case 'n':
			plan->open_only = true;
			break;
		case 'w':
			plan->window = (uint32_t)atoi(optarg);
			break;
		case 'c':
			if (sscanf(optarg, "%u,%u", &plan->sender,
				&plan->core) == 2)
				break;
			return false;
		default:
			return false;
		}
	return plan->window >= GATEWAY_BATCH &&
	       !(plan->open_only && plan->kind.udp);
}

int
main(int argc, char **argv)
{
	static struct plan plan = { .window = WINDOW, .core = 1 };

	if (!read_options(&plan, argc, argv) || argc - optind < 4 ||
	    argc - optind > 3 + GATEWAYS)
		return usage();
	plan.flows = (uint32_t)atoi(argv[optind]);
	plan.ms = (uint32_t)atoi(argv[optind + 1]);
	plan.rounds = (uint32_t)atoi(argv[optind + 2]);
	if (plan.flows < 1 || plan.flows > FRAME_FLOWS || plan.ms < 1)
		return usage();
	for (int i = optind + 3; i < argc; i++)
		gateway_open(&plan.gateways[plan.n++], argv[i]);
	pin(plan.sender);
	run(&plan);
	return 0;
}
