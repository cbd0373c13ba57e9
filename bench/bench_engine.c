/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_engine: what a packet costs in the engine, from its bytes to its
 * verdict.
 *
 * usage: bench_engine [-4 | -6] [FLOWS ...]
 *
 * For each number of flows, in one run and in turns: the memory's own floor,
 * the engine (parse, find, window check, state, counters; in batches), and
 * liburcu's hash table doing the same step.  Packets are made outside the
 * clock.  Then misses, expiry, and bytes a flow.
 */
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/internal.h"
#include "engine/table/flow_table.h"
#include "load.h"
#include "peer_rcu.h"

enum { TURNS = 8, TURN_CHUNKS = 48, PEER_CHUNKS = 16, SLICE = 128 };

struct bench {
	struct load load;
	struct meter_lines lines;
	struct peer_rcu *peer;
	struct wire_progress *other; /* of the peer, or of the engine */
	struct meter floor, floor2, step, zipf, rcu, absent, orphan, insert,
	    expire;
	double floor_ns, floor2_ns, worst_us;
	uint32_t slow; /* slices above 100 us */
	uint32_t put_aside;
};

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench_engine: %s\n", what);
	exit(1);
}

/* The chosen flows' packets of a kind: to the engine and to the peer. */
static void
both_step(struct bench *bench, struct meter *meter)
{
	struct load *load = &bench->load;

	meter_start(meter);
	load_step(load);
	meter_stop(meter);
	load_drain(load);
	for (uint32_t k = 0; k < METER_CHUNK; k++)
		peer_rcu_step(bench->peer, load->bytes[k], load->length[k], 1);
	demand(load_passed(load) == METER_CHUNK, "a flow was refused");
}

/* All flows, through their handshakes. */
static void
establish(struct bench *bench)
{
	struct load *load = &bench->load;
	static struct meter rest;

	for (uint32_t i = 0; i < load->flows; i += METER_CHUNK) {
		load_sequence(load, i);
		load_packets(load, WIRE_SYN, 0);
		both_step(bench, &bench->insert);
		load_packets(load, WIRE_SYNACK, 1);
		both_step(bench, &rest);
		load_packets(load, WIRE_ACK, 0);
		both_step(bench, &rest);
		for (unsigned k = 0; k < 4; k++) {
			load_packets(load, k < 2 ? WIRE_DATA : WIRE_ACK, k & 1);
			both_step(bench, &rest);
		}
	}
}

static void
turn_engine(struct bench *bench, struct meter *meter, bool zipf)
{
	struct load *load = &bench->load;

	for (unsigned i = 0; i < TURN_CHUNKS; i++) {
		load_choose(load, zipf);
		load_traffic(load);
		meter_start(meter);
		load_step(load);
		meter_stop(meter);
		demand(load_passed(load) == METER_CHUNK,
		    "an established flow's packet was refused");
	}
}

/* Engine and peer each have their own traffic. */
static void
swap_progress(struct bench *bench)
{
	struct wire_progress *other = bench->other;

	bench->other = bench->load.progress;
	bench->load.progress = other;
}

static void
turn_peer(struct bench *bench)
{
	struct load *load = &bench->load;
	uint32_t passed;

	swap_progress(bench);
	for (unsigned i = 0; i < PEER_CHUNKS; i++) {
		load_choose(load, false);
		load_traffic(load);
		passed = 0;
		meter_start(&bench->rcu);
		for (uint32_t k = 0; k < METER_CHUNK; k++)
			passed += peer_rcu_step(
			    bench->peer, load->bytes[k], load->length[k], 2);
		meter_stop(&bench->rcu);
		demand(passed == METER_CHUNK, "the peer refused a packet");
	}
	swap_progress(bench);
}

/* Up to the knowledge that there is no flow. */
static void
turn_absent(struct bench *bench)
{
	struct load *load = &bench->load;
	uint32_t found = 0;

	for (unsigned i = 0; i < TURN_CHUNKS; i++) {
		load_choose(load, false);
		load_strangers(load);
		load_traffic(load);
		meter_start(&bench->absent);
		for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH)
			found += load_look_up(load, b);
		meter_stop(&bench->absent);
	}
	demand(found == 0, "a stranger had a flow");
}

/* To the end: refused, with its event. */
static void
turn_orphan(struct bench *bench)
{
	struct load *load = &bench->load;

	for (unsigned i = 0; i < TURN_CHUNKS; i++) {
		load_choose(load, false);
		load_strangers(load);
		load_traffic(load);
		meter_start(&bench->orphan);
		load_step(load);
		meter_stop(&bench->orphan);
		demand(load_passed(load) == 0, "an orphan passed");
		load_drain(load);
	}
}

/* How often was the processor taken from us so far? */
static long
times_put_aside(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

/* => ns the slice took; UINT64_MAX when another process was let run in it,
 * for the cold caches that leaves behind say nothing of the engine */
static uint64_t
time_slice(struct load *load)
{
	long aside = times_put_aside();
	uint64_t before = meter_cpu(), took;

	sw_engine_sweep(load->engine, load->now, SLICE);
	took = meter_cpu() - before;
	load_drain(load);
	return times_put_aside() == aside ? took : UINT64_MAX;
}

/* Everything is over: how long does a slice take at worst? */
static void
expire(struct bench *bench)
{
	struct load *load = &bench->load;
	uint32_t slots = sw_engine_slots(load->engine);
	uint64_t worst = 0;

	load->now.ns += 8000 * SW_NS_PER_SECOND;
	for (uint32_t seen = 0; seen < slots; seen += SLICE) {
		uint64_t took = time_slice(load);

		if (took == UINT64_MAX) {
			bench->put_aside++;
			continue;
		}
		worst = took > worst ? took : worst;
		bench->slow += took > 100000;
		if ((seen >= slots / 2) == (load->family == SW_IPV6))
			meter_note(&bench->expire, took);
	}
	demand(load_live(load) == 0, "a flow outlived its time");
	bench->worst_us = (double)worst / 1e3;
}

static void
print_times(struct bench *bench)
{
	const struct load *load = &bench->load;
	double floor = bench->floor_ns;
	double step = meter_result(&bench->step, METER_CHUNK);
	double rcu = meter_result(&bench->rcu, METER_CHUNK);

	printf(
	    "%8u v%u %6.1f %6.1f %6.1f %5.2f x %6.1f %7.1f %5.1f x %6.1f %7.1f "
	    "%7.1f %7.1f %7.1f %u, %u\n",
	    load->flows, load->family, floor, bench->floor2_ns, step,
	    step / floor, meter_result(&bench->zipf, METER_CHUNK), rcu,
	    rcu / step, meter_result(&bench->absent, METER_CHUNK),
	    meter_result(&bench->orphan, METER_CHUNK),
	    meter_result(&bench->insert, METER_CHUNK),
	    meter_result(&bench->expire, SLICE), bench->worst_us, bench->slow,
	    bench->put_aside);
	fflush(stdout);
}

static void
turn_floor(struct bench *bench)
{
	bench->lines.second = false;
	meter_lines_turn(
	    &bench->lines, &bench->floor, &bench->load.seed, TURN_CHUNKS);
	bench->lines.second = true;
	meter_lines_turn(
	    &bench->lines, &bench->floor2, &bench->load.seed, TURN_CHUNKS);
}

static void
bench_run(uint8_t family, uint32_t flows)
{
	static struct bench bench;
	struct load *load = &bench.load;

	memset(&bench, 0, sizeof(bench));
	load_open(load, family, flows - flows % METER_CHUNK, 100);
	bench.peer = peer_rcu_create(load->flows, load->limits.key);
	meter_lines_open(&bench.lines, load->flows);
	establish(&bench);
	bench.other = calloc(load->flows, sizeof(*bench.other));
	demand(bench.other, "no memory");
	memcpy(bench.other, load->progress, load->flows * sizeof(*bench.other));
	for (unsigned i = 0; i < TURNS; i++) {
		turn_floor(&bench);
		turn_engine(&bench, &bench.step, false);
		turn_peer(&bench);
		turn_engine(&bench, &bench.zipf, true);
		turn_absent(&bench);
		turn_orphan(&bench);
	}
	bench.floor_ns = meter_result(&bench.floor, METER_CHUNK);
	bench.floor2_ns = meter_result(&bench.floor2, METER_CHUNK);
	meter_lines_close(&bench.lines);
	peer_rcu_destroy(bench.peer);
	free(bench.other);
	expire(&bench);
	print_times(&bench);
	load_close(load);
}

static void
print_sizes(void)
{
	double bucket = 2.0 / 10 * sizeof(struct sw_bucket);
	double hot4 = bucket + SW_RECORD_IPV4 + 4;
	double hot6 = bucket + SW_RECORD_IPV6 + 4;

	printf("\nbytes a flow, table full: IPv4 %.1f hot and %zu of counters, "
	       "IPv6 %.1f hot with its counters; %zu of memoirs each\n",
	    hot4, sizeof(struct sw_flow_counters), hot6,
	    sizeof(struct sw_flow_history));
	printf("the peer: %.1f and its table, the engine in all: %.1f\n",
	    (double)peer_rcu_flow_size(),
	    hot4 + sizeof(struct sw_flow_counters) +
		sizeof(struct sw_flow_history));
}

int
main(int argc, char **argv)
{
	static const uint32_t usual[] = { 1024, 65536, 1048576, 10000000 };
	bool family[2] = { true, true };
	int option;

	while ((option = getopt(argc, argv, "46")) != -1) {
		if (option == '?')
			return 2;
		family[option == '4'] = false;
	}
	meter_go_first();
	printf(
	    "ns a packet; floor: two random cache lines, read and written; "
	    "prefetched to level 1, to level 2\n"
	    "   flows     floor  level2   step   /floor   zipf  rculfh  /step "
	    "absent  orphan  insert  expire  worst slice, us; above 100, put "
	    "aside\n");
	for (unsigned f = 0; f < 2; f++) {
		uint8_t of = f == 0 ? SW_IPV4 : SW_IPV6;

		if (!family[f])
			continue;
		for (unsigned i = 0; optind == argc && i < 4; i++)
			bench_run(of, usual[i]);
		for (int i = optind; i < argc; i++)
			bench_run(of, meter_count(argv[i]));
	}
	print_sizes();
	return 0;
}
