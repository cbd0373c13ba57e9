/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_table: flow table, expiry and grave by themselves.
 *
 * usage: bench_table [-6] [FLOWS ...]
 *
 * For each number of flows: ns an operation, in batches of 32 with prefetch
 * as the engine uses them, and how often the memory's own floor that is.
 */
#include <netinet/in.h>
#include <stdbool.h>

#include "engine/table/expiry.h"
#include "engine/table/flow.h"
#include "engine/table/tombstone.h"
#include "meter.h"
#include "wire.h"

static const uint8_t key[16] = "sixteen bytes ok";

struct table {
	uint8_t family;
	uint32_t n;
	double floor;
	uint64_t seed;
	size_t size;
	void *memory;
	struct sw_flows *flows;
	struct meter meter;
	struct sw_tuple tuple[METER_CHUNK];
	uint64_t hash[METER_CHUNK];
	uint32_t index[METER_CHUNK];
	struct sw_guess guess[METER_CHUNK];
};

/* Tuple i of the table; 64 servers. */
static void
make_tuple(struct sw_tuple *tuple, uint8_t family, uint32_t i)
{
	struct sw_endpoints ends = wire_ends(family, i, 0);

	sw_tuple_make(tuple, &ends);
}

static void
report(const struct table *t, const char *what, double ns)
{
	printf("%9u  %-22s %8.1f ns %7.2f x floor\n", t->n, what, ns,
	    ns / t->floor);
}

/* A chunk of tuples: from first on, or random ones below n when first is
 * n; those of the misses begin at n. */
static void
prepare(struct table *t, uint32_t first, bool miss)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++) {
		uint32_t n =
		    first < t->n ? first + i : meter_below(&t->seed, t->n);

		make_tuple(&t->tuple[i], t->family, miss ? n + t->n : n);
	}
}

static void
hash_batch(struct table *t, uint32_t from)
{
	for (uint32_t i = from; i < from + METER_BATCH; i++) {
		t->hash[i] = sw_tuple_hash(&t->tuple[i], key);
		sw_flows_prefetch(t->flows, t->hash[i]);
	}
	for (uint32_t i = from; i < from + METER_BATCH; i++)
		t->guess[i] = sw_flows_guess(t->flows, t->hash[i]);
	for (uint32_t i = from; i < from + METER_BATCH; i++)
		sw_flows_prefetch_guess(t->flows, t->guess[i]);
}

static void
find_chunk(struct table *t)
{
	for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH) {
		hash_batch(t, b);
		for (uint32_t i = b; i < b + METER_BATCH; i++)
			t->index[i] = sw_flows_resolve(
			    t->flows, &t->tuple[i], t->hash[i], t->guess[i]);
	}
}

static void
check_found(const struct table *t, bool miss)
{
	for (uint32_t i = 0; i < METER_CHUNK; i++)
		if ((t->index[i] == SW_FLOW_NONE) != miss) {
			fprintf(stderr, "bench_table: a lookup went wrong\n");
			exit(1);
		}
}

static void
bench_find(struct table *t, bool miss)
{
	for (uint32_t round = 0; round < 1024; round++) {
		prepare(t, t->n, miss);
		meter_start(&t->meter);
		find_chunk(t);
		meter_stop(&t->meter);
		check_found(t, miss);
	}
	report(t, miss ? "miss" : "hit", meter_result(&t->meter, METER_CHUNK));
}

/* A hit and what every packet changes: record and ledger. */
static void
bench_touch(struct table *t)
{
	for (uint32_t round = 0; round < 1024; round++) {
		prepare(t, t->n, false);
		meter_start(&t->meter);
		for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH) {
			hash_batch(t, b);
			for (uint32_t i = b; i < b + METER_BATCH; i++) {
				uint32_t index = sw_flows_resolve(t->flows,
				    &t->tuple[i], t->hash[i], t->guess[i]);

				sw_flows_at(t->flows, index)->seen++;
				sw_flows_counters(t->flows, index)
				    ->packets[0]++;
			}
		}
		meter_stop(&t->meter);
	}
	report(
	    t, "hit, record and ledger", meter_result(&t->meter, METER_CHUNK));
}

static void
bench_insert(struct table *t)
{
	for (uint32_t n = 0; n < t->n; n += METER_CHUNK) {
		prepare(t, n, false);
		meter_start(&t->meter);
		for (uint32_t b = 0; b < METER_CHUNK; b += METER_BATCH) {
			hash_batch(t, b);
			for (uint32_t i = b; i < b + METER_BATCH; i++)
				t->index[i] = sw_flows_insert(
				    t->flows, &t->tuple[i], t->hash[i]);
		}
		meter_stop(&t->meter);
		check_found(t, false);
		for (uint32_t i = 0; i < METER_CHUNK; i++) {
			sw_flows_at(t->flows, t->index[i])->state =
			    SW_STATE_ESTABLISHED;
			sw_flows_set_deadline(t->flows, t->index[i], 1000);
		}
	}
	report(t, "insert", meter_result(&t->meter, METER_CHUNK));
}

static void
bench_remove(struct table *t)
{
	for (uint32_t n = 0; n < t->n; n += METER_CHUNK) {
		prepare(t, n, false);
		find_chunk(t);
		meter_start(&t->meter);
		for (uint32_t i = 0; i < METER_CHUNK; i++)
			sw_flows_remove(t->flows, t->index[i]);
		meter_stop(&t->meter);
	}
	report(t, "remove", meter_result(&t->meter, METER_CHUNK));
}

/* One look at every deadline of a full table, none of them due. */
static void
bench_sweep(struct table *t)
{
	struct sw_expiry expiry = { 0 };

	for (uint32_t round = 0; round < 64; round++) {
		uint32_t slots = sw_flows_slots(t->flows);

		meter_start(&t->meter);
		if (sw_expiry_next(&expiry, t->flows, 500, &slots) !=
		    SW_FLOW_NONE)
			exit(1);
		meter_stop(&t->meter);
	}
	report(t, "sweep, a flow", meter_result(&t->meter, t->n));
}

/* The table in the hands of a new process. */
static void
bench_restore(struct table *t)
{
	uint32_t restored = 0, torn;
	double ns;

	for (uint32_t round = 0; round < 6; round++) {
		sw_flow_open_close(t->flows);
		meter_start(&t->meter);
		t->flows =
		    sw_flows_open(t->memory, t->n, key, &restored, &torn);
		meter_stop(&t->meter);
	}
	ns = meter_result(&t->meter, 1);
	printf("%9u  %-22s %8.1f ms, %u flows\n", t->n, "restore", ns / 1e6,
	    restored);
}

static void
bench_grave(struct table *t)
{
	void *memory = meter_block(sw_tombstones_memory(t->n));
	struct sw_tombstones *tombstones = sw_tombstones_open(memory, t->n);
	struct sw_flow_info info = { .state = SW_STATE_ESTABLISHED,
		.how = SW_END_TIMEOUT };
	uint32_t found = 0;

	for (uint32_t n = 0; n < 2 * t->n; n += METER_CHUNK) {
		prepare(t, n % t->n, n >= t->n);
		meter_start(&t->meter);
		for (uint32_t i = 0; i < METER_CHUNK; i++)
			sw_tombstones_add(tombstones, &t->tuple[i],
			    sw_tuple_hash(&t->tuple[i], key), &info);
		meter_stop(&t->meter);
	}
	report(t, "grave, bury", meter_result(&t->meter, METER_CHUNK));
	for (uint32_t miss = 0; miss < 2; miss++) {
		for (uint32_t round = 0; round < 512; round++) {
			prepare(t, t->n, miss == 0);
			meter_start(&t->meter);
			for (uint32_t i = 0; i < METER_CHUNK; i++)
				found +=
				    sw_tombstones_find(tombstones, &t->tuple[i],
					sw_tuple_hash(&t->tuple[i], key),
					(struct sw_time){ 1 }, &info);
			meter_stop(&t->meter);
		}
		report(t, miss ? "grave, miss" : "grave, hit",
		    meter_result(&t->meter, METER_CHUNK));
	}
	if (found != 512 * METER_CHUNK)
		exit(1);
	sw_tombstones_close(tombstones);
	munmap(memory, sw_tombstones_memory(t->n));
}

static void
bench(uint8_t family, uint32_t n)
{
	static struct table t;
	uint32_t restored, torn;

	memset(&t, 0, sizeof(t));
	t.seed = 88172645463325252u;
	t.family = family;
	t.n = n - n % METER_CHUNK;
	t.floor = meter_floor(t.n, &t.seed);
	t.size = sw_flow_open_memory(t.n);
	t.memory = meter_block(t.size);
	t.flows = sw_flows_open(t.memory, t.n, key, &restored, &torn);
	report(&t, "floor", t.floor);
	bench_insert(&t);
	bench_find(&t, false);
	bench_find(&t, true);
	bench_touch(&t);
	bench_sweep(&t);
	bench_restore(&t);
	bench_remove(&t);
	bench_grave(&t);
	sw_flow_open_close(t.flows);
	munmap(t.memory, t.size);
}

int
main(int argc, char **argv)
{
	static const uint32_t usual[] = { 1024, 65536, 1048576, 10000000 };
	uint8_t family = SW_IPV4;
	int at = 1;

	if (argc > 1 && strcmp(argv[1], "-6") == 0) {
		family = SW_IPV6;
		at++;
	}
	if (at == argc)
		for (unsigned i = 0; i < 4; i++)
			bench(family, usual[i]);
	for (; at < argc; at++)
		bench(family, meter_count(argv[at]));
	return 0;
}
