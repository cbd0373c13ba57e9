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
	SIZES = 4,
};

static const size_t sizes[SIZES] = { 10, 100, 1000, 10000 };

struct lists {
	struct sw_prefix from, to;
	struct sw_port_range port;
};

struct bench {
	struct sw_rule *rules;
	struct lists *lists;
	struct sw_policy *policy;
	double best;	  /* ns a match, the best round */
	double best_open; /* ns a new connection, likewise */
};

/* A server network and a port, now and then a client network. */
static void
draw_rule(uint64_t *seed, struct sw_rule *rule, struct lists *lists)
{
	uint64_t r = meter_draw(seed);

	rule->proto = r % 4 == 0 ? IPPROTO_UDP : IPPROTO_TCP;
	lists->to = (struct sw_prefix){ .family = SW_IPV4,
		.bits = 24,
		.addr = {
		    { 10, (uint8_t)(r >> 8) % 16, (uint8_t)(r >> 16) } } };
	lists->from = (struct sw_prefix){ .family = SW_IPV4,
		.bits = 16,
		.addr = { { 172, (uint8_t)(r >> 24) % 64 } } };
	lists->port.first = (uint16_t)(1 + (r >> 32) % 1024);
	lists->port.last = (uint16_t)(lists->port.first + (r >> 48) % 16);
	rule->to = &lists->to;
	rule->n_to = 1;
	rule->from = &lists->from;
	rule->n_from = r % 3 == 0;
	rule->ports = &lists->port;
	rule->n_ports = 1;
}

static void
bench_make(struct bench *bench, size_t n)
{
	struct sw_flow_policy otherwise = { .log = true };
	uint64_t seed = UINT64_C(0x1234567887654321);

	bench->rules = calloc(n, sizeof *bench->rules);
	bench->lists = calloc(n, sizeof *bench->lists);
	if (bench->rules == NULL || bench->lists == NULL)
		exit(EXIT_FAILURE);
	for (size_t i = 0; i < n; i++) {
		draw_rule(&seed, &bench->rules[i], &bench->lists[i]);
		bench->rules[i].slot = (uint16_t)(i + 1);
	}
	bench->policy = sw_policy_compile(bench->rules, n, &otherwise);
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
	double ns;
	uint32_t met = 0;

	for (unsigned i = 0; i < OPENERS; i++)
		met += sw_policy_match(bench->policy, &openers[i], 1, 2) != 0;
	ns = (double)(meter_now() - begin) / OPENERS;
	if (ns < bench->best)
		bench->best = ns;
	return met;
}

/* Each opener's SYN begins a flow in a table with room for all of them. */
static void
open_round(struct bench *bench, const struct sw_endpoints *openers)
{
	struct sw_limits limits = { .max_flows = 2 * OPENERS,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 16 };
	struct sw_packet packet = { .length = 60,
		.in = 1,
		.out = 2,
		.tcp = { .kind = SW_TCP_SYN, .flags = SW_SYN, .window = 512 } };
	struct sw_time now = { 0 };
	struct sw_engine *engine =
	    sw_engine_create(&limits, NULL, bench->policy, now);
	double begin, ns;

	if (engine == NULL)
		exit(EXIT_FAILURE);
	begin = meter_now();
	for (unsigned i = 0; i < OPENERS; i++) {
		packet.ends = openers[i];
		sw_engine_step(engine, &packet, now);
	}
	ns = (double)(meter_now() - begin) / OPENERS;
	if (ns < bench->best_open)
		bench->best_open = ns;
	sw_engine_destroy(engine);
}

static bool
linear_holds(const struct sw_rule *rule, const struct sw_endpoints *opener)
{
	return rule->proto == opener->proto &&
	       opener->dport >= rule->ports->first &&
	       opener->dport <= rule->ports->last &&
	       memcmp(rule->to->addr.b, opener->dst.b, 3) == 0 &&
	       (rule->n_from == 0 ||
		   memcmp(rule->from->addr.b, opener->src.b, 2) == 0);
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
		bench_make(&bench[i], sizes[i]);
	for (unsigned round = 0; round < ROUNDS; round++) {
		draw_openers(&seed, openers);
		for (unsigned i = 0; i < SIZES; i++)
			met[i] = bench_round(&bench[i], openers);
		for (unsigned i = 0; i < SIZES; i++)
			open_round(&bench[i], openers);
	}
	ns = linear_round(&bench[2], sizes[2], openers, &linear);
	printf("policy: one match, IPv4, best of %d rounds\n", ROUNDS);
	for (unsigned i = 0; i < SIZES; i++)
		printf(row, sizes[i], bench[i].best,
		    bench[i].best / bench[0].best);
	printf("%6zu one by one %5.1f ns  %6.2f x\n", sizes[2], ns,
	    ns / bench[0].best);
	printf("policy: one new connection, IPv4, best of %d rounds\n", ROUNDS);
	for (unsigned i = 0; i < SIZES; i++)
		printf(row, sizes[i], bench[i].best_open,
		    bench[i].best_open / bench[0].best_open);
	for (unsigned i = 0; i < SIZES; i++) {
		sw_policy_destroy(bench[i].policy);
		free(bench[i].rules);
		free(bench[i].lists);
	}
	free(openers);
	return met[2] == linear ? EXIT_SUCCESS : EXIT_FAILURE;
}
