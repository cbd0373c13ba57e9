/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_flood: what others cost those who are established.
 *
 * usage: bench_flood [FLOWS]
 *
 * First: packets of established flows, before and while as many half-open
 * flows again are flooded in, chunk about.  Then: two shards, each with half
 * of the flows and a core of its own, against one shard with all of them.
 */
#include <pthread.h>
#include <sched.h>

#include "load.h"

enum { CHUNKS = 400 };

static void
demand(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench_flood: %s\n", what);
	exit(1);
}

static void
establish(struct load *load)
{
	static const struct {
		enum wire_kind kind;
		unsigned direction;
	} life[] = { { WIRE_SYN, 0 }, { WIRE_SYNACK, 1 }, { WIRE_ACK, 0 },
		{ WIRE_DATA, 0 }, { WIRE_DATA, 1 }, { WIRE_ACK, 0 },
		{ WIRE_ACK, 1 } };

	for (uint32_t i = 0; i < load->flows; i += METER_CHUNK) {
		load_sequence(load, i);
		for (unsigned k = 0; k < sizeof(life) / sizeof(*life); k++) {
			load_packets(load, life[k].kind, life[k].direction);
			load_step(load);
			load_drain(load);
			demand(load_passed(load) == METER_CHUNK,
			    "a flow was refused");
		}
	}
}

static void
established_chunk(struct load *load, struct meter *meter)
{
	uint64_t before;

	load_choose(load, false);
	load_traffic(load);
	before = meter_cpu();
	load_step(load);
	meter_note(meter, meter_cpu() - before);
	demand(load_passed(load) == METER_CHUNK,
	    "an established flow's packet was refused");
}

static void
flood_chunk(struct load *load, uint32_t number, struct meter *meter)
{
	uint64_t before;

	load_sequence(load, number * METER_CHUNK);
	load_strangers(load);
	load_packets(load, WIRE_SYN, 0);
	before = meter_cpu();
	load_step(load);
	meter_note(meter, meter_cpu() - before);
	load_drain(load);
}

static void
bench_flood(uint32_t flows)
{
	static struct load load;
	static struct meter calm, flooded, syn;
	double before, during;

	load_open(&load, SW_IPV4, flows, 250);
	establish(&load);
	for (unsigned i = 0; i < CHUNKS; i++)
		established_chunk(&load, &calm);
	for (uint32_t i = 0; i < flows / METER_CHUNK; i++) {
		flood_chunk(&load, i, &syn);
		established_chunk(&load, &flooded);
	}
	demand(
	    load_live(&load) > flows + flows / 2, "the flood did not get in");
	before = meter_result(&calm, METER_CHUNK);
	during = meter_result(&flooded, METER_CHUNK);
	printf(
	    "%u established flows: %.1f ns a packet, %.1f while %u half-open "
	    "ones come in: %.2f x (goal <= 1.3); a SYN %.1f ns\n",
	    flows, before, during, load_live(&load) - flows, during / before,
	    meter_result(&syn, METER_CHUNK));
	load_close(&load);
}

struct shard {
	struct load load;
	struct meter meter;
	unsigned core;
	pthread_barrier_t *start;
};

static void *
run_shard(void *context)
{
	struct shard *shard = context;
	cpu_set_t cores;

	CPU_ZERO(&cores);
	CPU_SET(shard->core, &cores);
	sched_setaffinity(0, sizeof(cores), &cores);
	establish(&shard->load);
	pthread_barrier_wait(shard->start);
	for (unsigned i = 0; i < CHUNKS; i++)
		established_chunk(&shard->load, &shard->meter);
	pthread_barrier_wait(shard->start);
	return NULL;
}

/* => packets a ns of n shards together */
static double
shards_rate(unsigned n, uint32_t flows)
{
	struct shard *shards = calloc(n, sizeof(*shards));
	pthread_t thread[2];
	pthread_barrier_t start;
	double rate = 0;

	demand(shards, "no memory");
	pthread_barrier_init(&start, NULL, n);
	for (unsigned i = 0; i < n; i++) {
		load_open(&shards[i].load, SW_IPV4, flows / n, 100);
		shards[i].load.seed += i;
		shards[i].core = i;
		shards[i].start = &start;
		demand(pthread_create(
			   &thread[i], NULL, run_shard, &shards[i]) == 0,
		    "no thread");
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(thread[i], NULL);
		rate += 1 / meter_result(&shards[i].meter, METER_CHUNK);
		load_close(&shards[i].load);
	}
	free(shards);
	return rate;
}

int
main(int argc, char **argv)
{
	uint32_t flows = argc > 1 ? meter_count(argv[1]) : 1048576;
	double one, two;

	meter_go_first();
	flows -= flows % (2 * METER_CHUNK);
	bench_flood(flows);
	one = shards_rate(1, flows);
	two = shards_rate(2, flows);
	printf(
	    "one shard %.1f, two on two cores %.1f million packets a second: "
	    "%.2f x (goal >= 1.9)\n",
	    one * 1e3, two * 1e3, two / one);
	return 0;
}
