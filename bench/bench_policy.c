/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_policy: what the number of rules costs a new connection.
 *
 * Matches the same openers against policies of 10, 100, 1,000 and 10,000
 * rules alike in kind, and against a search of rule after rule, in turns in
 * the same run, and prints each as a ratio to 10 rules.  Addresses are drawn
 * anew for every opener, so branch predictors and caches learn nothing.
 *
 * Then the same for all that a new connection costs: its SYN goes through
 * the engine, from the packet's fields to the entry in the table.
 *
 * At last rules whose addresses are sets: 1,000 rules over 100 sets of 1,000
 * prefixes against 1,000 rules with a prefix each, and ten rules over a set
 * of 100,000 prefixes against ten rules; and how long they take to compile.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "meter.h"
#include "synward/engine.h"

enum {
	OPENERS = 1 << 14,
	ROUNDS = 40,
	COMPILES = 3,
	PLAIN = 4, /* without sets; these are compared with each other */
	SIZES = 6,
	THOUSAND = 2, /* of the first ones */
};

static const struct size {
	size_t rules, sets, prefixes; /* prefixes of each set */
	unsigned peer;		      /* that it is compared with */
} sizes[SIZES] = {
	{ 10, 0, 0, 0 },
	{ 100, 0, 0, 0 },
	{ 1000, 0, 0, 0 },
	{ 10000, 0, 0, 0 },
	{ 1000, 100, 1000, THOUSAND },
	{ 10, 1, 100000, 0 },
};

struct lists {
	struct sw_addr_range from, to;
	struct sw_addr_list from_list, to_list;
	struct sw_port_range port;
};

static const int16_t tcp = IPPROTO_TCP, udp = IPPROTO_UDP;

struct bench {
	struct sw_addr_range *ranges; /* of the sets */
	double compiled;	      /* seconds */
	struct sw_rule *rules;
	struct lists *lists;
	struct sw_policy *policy;
	double best;	  /* ns a match, the best round */
	double best_open; /* ns a new connection, likewise */
};

static struct sw_addr_range
prefix(uint8_t a, uint8_t b, uint8_t c, uint8_t d, unsigned bits)
{
	struct sw_addr_range range = { { { a, b, c, d } }, { { a, b, c, d } },
		SW_IPV4 };

	for (unsigned bit = bits; bit < 32; bit++) {
		range.first.b[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
		range.last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
	return range;
}

/* A server network and a port, now and then a client network. */
static void
draw_rule(uint64_t *seed, struct sw_rule *rule, struct lists *lists)
{
	uint64_t r = meter_draw(seed);

	rule->protos = r % 4 == 0 ? &udp : &tcp;
	rule->n_protos = 1;
	lists->to =
	    prefix(10, (uint8_t)(r >> 8) % 16, (uint8_t)(r >> 16), 0, 24);
	lists->from = prefix(172, (uint8_t)(r >> 24) % 64, 0, 0, 16);
	lists->to_list = (struct sw_addr_list){ &lists->to, 1, false };
	lists->from_list = (struct sw_addr_list){ &lists->from, 1, false };
	lists->port.first = (uint16_t)(1 + (r >> 32) % 1024);
	lists->port.last = (uint16_t)(lists->port.first + (r >> 48) % 16);
	rule->to = &lists->to_list;
	rule->n_to = 1;
	rule->from = &lists->from_list;
	rule->n_from = r % 3 == 0;
	rule->ports = &lists->port;
	rule->n_ports = 1;
}

/* Hosts and small networks, all over where openers go: a third of these
 * addresses is in a set. */
static void
draw_sets(uint64_t *seed, struct bench *bench, const struct size *size)
{
	size_t n = size->sets * size->prefixes;

	bench->ranges = calloc(n, sizeof *bench->ranges);
	if (bench->ranges == NULL)
		exit(EXIT_FAILURE);
	for (size_t i = 0; i < n; i++) {
		uint64_t r = meter_draw(seed);

		bench->ranges[i] =
		    prefix(10, (uint8_t)r % 16, (uint8_t)(r >> 8),
			(uint8_t)(r >> 16), 29 + (unsigned)(r >> 24) % 4);
	}
}

static void
bench_make(struct bench *bench, const struct size *size)
{
	struct sw_flow_policy otherwise = { .log = true };
	uint64_t seed = UINT64_C(0x1234567887654321), begin;
	size_t n = size->rules;

	bench->rules = calloc(n, sizeof *bench->rules);
	bench->lists = calloc(n, sizeof *bench->lists);
	if (bench->rules == NULL || bench->lists == NULL)
		exit(EXIT_FAILURE);
	for (size_t i = 0; i < n; i++) {
		draw_rule(&seed, &bench->rules[i], &bench->lists[i]);
		bench->rules[i].slot = (uint16_t)(i + 1);
	}
	if (size->sets > 0)
		draw_sets(&seed, bench, size);
	for (size_t i = 0; size->sets > 0 && i < n; i++)
		bench->lists[i].to_list = (struct sw_addr_list){
			bench->ranges + i % size->sets * size->prefixes,
			size->prefixes, false
		};
	bench->compiled = 1e30;
	for (unsigned i = 0; i < COMPILES; i++) {
		double seconds;

		sw_policy_destroy(bench->policy);
		begin = meter_now();
		bench->policy = sw_policy_compile(bench->rules, n, &otherwise);
		seconds = (double)(meter_now() - begin) / 1e9;
		if (seconds < bench->compiled)
			bench->compiled = seconds;
	}
	if (bench->policy == NULL)
		exit(EXIT_FAILURE);
	bench->best = bench->best_open = 1e30;
}

static void
draw_openers(uint64_t *seed, struct sw_endpoints *openers)
{
	for (unsigned i = 0; i < OPENERS; i++) {
		uint64_t r = meter_draw(seed);

		openers[i] = (struct sw_endpoints){
			.family = SW_IPV4,
			.proto = IPPROTO_TCP,
			.src.b = { 172, (uint8_t)r % 64, (uint8_t)(r >> 8) },
			.dst.b = { 10, (uint8_t)(r >> 16) % 16,
			    (uint8_t)(r >> 24), (uint8_t)(r >> 32) },
			.dport = (uint16_t)(1 + (r >> 40) % 1040),
		};
	}
}

static uint32_t
bench_round(struct bench *bench, const struct sw_endpoints *openers)
{
	uint64_t begin = meter_now();
	const struct sw_way way = { .in = 1, .out = 2 };
	double ns;
	uint32_t met = 0;

	for (unsigned i = 0; i < OPENERS; i++)
		met += sw_policy_match(bench->policy, &openers[i], &way) != 0;
	ns = (double)(meter_now() - begin) / OPENERS;
	if (ns < bench->best)
		bench->best = ns;
	return met;
}

static const struct sw_packet syn = { .length = 60,
	.in = 1,
	.out = 2,
	.tcp = { .kind = SW_TCP_SYN, .flags = SW_SYN, .window = 512 } };

/* Each opener's SYN begins a flow in a table with room for all of them; they
 * come in batches, as they do from the queue. */
static void
open_round(struct bench *bench, const struct sw_endpoints *openers)
{
	struct sw_limits limits = { .max_flows = 2 * OPENERS,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 16 };
	struct sw_packet packets[SW_BATCH_MAX];
	const struct sw_packet *batch[SW_BATCH_MAX];
	enum sw_verdict verdicts[SW_BATCH_MAX];
	struct sw_time now = { 0 };
	struct sw_engine *engine =
	    sw_engine_create(&limits, NULL, bench->policy, now);
	double begin, ns;

	if (engine == NULL)
		exit(EXIT_FAILURE);
	for (unsigned i = 0; i < SW_BATCH_MAX; i++) {
		packets[i] = syn;
		batch[i] = &packets[i];
	}
	begin = meter_now();
	for (unsigned i = 0; i < OPENERS; i += SW_BATCH_MAX) {
		for (unsigned k = 0; k < SW_BATCH_MAX; k++)
			packets[k].ends = openers[i + k];
		sw_engine_batch(engine, batch, SW_BATCH_MAX, now, verdicts);
	}
	ns = (double)(meter_now() - begin) / OPENERS;
	if (ns < bench->best_open)
		bench->best_open = ns;
	sw_engine_destroy(engine);
}

static bool
linear_holds(const struct sw_rule *rule, const struct sw_endpoints *opener)
{
	return rule->protos[0] == opener->proto &&
	       opener->dport >= rule->ports->first &&
	       opener->dport <= rule->ports->last &&
	       memcmp(rule->to->ranges->first.b, opener->dst.b, 3) == 0 &&
	       (rule->n_from == 0 ||
		   memcmp(rule->from->ranges->first.b, opener->src.b, 2) == 0);
}

/* The peer: the same rules one by one, each test as cheap as can be. */
static double
linear_round(const struct bench *bench, size_t n,
    const struct sw_endpoints *openers, uint32_t *met)
{
	uint64_t begin = meter_now();

	*met = 0;
	for (unsigned i = 0; i < OPENERS; i++)
		for (size_t k = 0; k < n; k++)
			if (linear_holds(&bench->rules[k], &openers[i])) {
				++*met;
				break;
			}
	return (double)(meter_now() - begin) / OPENERS;
}

static void
print_sets(const struct bench *bench)
{
	printf("policy: rules whose addresses are sets, against as many "
	       "without\n");
	for (unsigned i = PLAIN; i < SIZES; i++) {
		const struct bench *peer = &bench[sizes[i].peer];

		printf("%6zu rules, %3zu sets of %6zu: match %.1f ns %.2f x, "
		       "connection %.1f ns %.2f x, compiled in %.2f s\n",
		    sizes[i].rules, sizes[i].sets, sizes[i].prefixes,
		    bench[i].best, bench[i].best / peer->best,
		    bench[i].best_open, bench[i].best_open / peer->best_open,
		    bench[i].compiled);
	}
}

int
main(void)
{
	static const char row[] = "%6zu rules %8.1f ns  %6.2f x\n";
	struct sw_endpoints *openers = calloc(OPENERS, sizeof *openers);
	struct bench bench[SIZES] = { 0 };
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	uint32_t met[SIZES], linear;
	double ns;

	if (openers == NULL)
		return EXIT_FAILURE;
	for (unsigned i = 0; i < SIZES; i++)
		bench_make(&bench[i], &sizes[i]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		draw_openers(&seed, openers);
		for (unsigned i = 0; i < SIZES; i++)
			met[i] = bench_round(&bench[i], openers);
		for (unsigned i = 0; i < SIZES; i++)
			open_round(&bench[i], openers);
	}
	ns = linear_round(
	    &bench[THOUSAND], sizes[THOUSAND].rules, openers, &linear);
	printf("policy: one match, IPv4, best of %d rounds\n", ROUNDS);
	for (unsigned i = 0; i < PLAIN; i++)
		printf(row, sizes[i].rules, bench[i].best,
		    bench[i].best / bench[0].best);
	printf("%6zu one by one %5.1f ns  %6.2f x\n", sizes[THOUSAND].rules, ns,
	    ns / bench[0].best);
	printf("policy: one new connection, IPv4, best of %d rounds\n", ROUNDS);
	for (unsigned i = 0; i < PLAIN; i++)
		printf(row, sizes[i].rules, bench[i].best_open,
		    bench[i].best_open / bench[0].best_open);
	print_sets(bench);
	for (unsigned i = 0; i < SIZES; i++) {
		sw_policy_destroy(bench[i].policy);
		free(bench[i].rules);
		free(bench[i].lists);
		free(bench[i].ranges);
	}
	free(openers);
	return met[THOUSAND] == linear ? EXIT_SUCCESS : EXIT_FAILURE;
}
