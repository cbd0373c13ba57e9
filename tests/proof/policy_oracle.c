/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The oracle's program: has the conversations run, counts, and tells.
 *
 * Two engines go side by side.  The first gets every packet; the second gets
 * those that the first did not deny, and must decide each as the first did.
 * All short conversations of the alphabet are run, then random ones, in each
 * mode and with each rule set.  No two have an address in common, and at the
 * end of each its flow is forgotten.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy_oracle.h"

#define SHOWN_MOST 1000000

struct options {
	unsigned long talks; /* random ones in each mode */
	unsigned long depth; /* segments of the short ones */
	unsigned long seed;
	unsigned long show;
	const char *find; /* the claim that must be found broken */
};

struct twins {
	struct sw_policy *policy;
	struct sw_engine *all, *rest;
	struct sw_time now;
	uint32_t number;
};

struct tally {
	uint64_t talks, packets, passed, denied;
	uint64_t broken[ORACLE_CLAIMS];
};

static struct sw_engine *
engine_new(const struct sw_policy *policy, struct sw_time now)
{
	struct sw_limits limits = { .max_flows = 16,
		.max_embryonic = 100,
		.tombstones = 16,
		.events = 64,
		.key = "the oracle's key" };
	struct sw_engine *engine = sw_engine_create(&limits, NULL, policy, now);

	if (engine == NULL) {
		fputs("policy-oracle: memory is short\n", stderr);
		exit(EXIT_FAILURE);
	}
	return engine;
}

static struct twins
twins_new(unsigned mode, unsigned set)
{
	struct twins twins = { .policy = oracle_policy(mode, set),
		.now = { 1000 * SW_NS_PER_SECOND } };

	if (twins.policy == NULL) {
		fputs("policy-oracle: memory is short\n", stderr);
		exit(EXIT_FAILURE);
	}
	twins.all = engine_new(twins.policy, twins.now);
	twins.rest = engine_new(twins.policy, twins.now);
	return twins;
}

static void
twins_free(struct twins *twins)
{
	sw_engine_destroy(twins->all);
	sw_engine_destroy(twins->rest);
	sw_policy_destroy(twins->policy);
}

/* => was the packet denied? */
static bool
take_events(struct sw_engine *engine)
{
	struct sw_event event;
	bool denied = false;

	while (sw_engine_take(engine, &event))
		denied |= event.kind == SW_EVENT_REFUSED &&
			  event.refused.message == SW_MESSAGE_DENIED;
	return denied;
}

/* So that time ends what it ends before the packet, in both. */
static void
wait_for(struct twins *twins, uint32_t ms)
{
	twins->now.ns += ms * SW_NS_PER_MS;
	if (ms < 100)
		return;
	sw_engine_sweep(twins->all, twins->now, sw_engine_slots(twins->all));
	sw_engine_sweep(twins->rest, twins->now, sw_engine_slots(twins->rest));
	take_events(twins->all);
	take_events(twins->rest);
}

/* => false when the second engine decided otherwise */
static bool
run_step(struct twins *twins, const struct oracle_talk *talk,
    struct oracle_step *step)
{
	struct sw_packet packet = oracle_packet(talk, step);
	bool passed;

	wait_for(twins, step->pause);
	step->passed =
	    sw_engine_step(twins->all, &packet, twins->now) == SW_PASS;
	step->denied = take_events(twins->all);
	if (step->denied && !step->passed)
		return true;
	passed = sw_engine_step(twins->rest, &packet, twins->now) == SW_PASS;
	take_events(twins->rest);
	return passed == step->passed;
}

static void
forget(struct twins *twins, const struct oracle_talk *talk)
{
	struct sw_packet packet = oracle_packet(talk, &talk->step[0]);

	sw_engine_kill(twins->all, &packet.ends, twins->now, false);
	sw_engine_kill(twins->rest, &packet.ends, twins->now, false);
	take_events(twins->all);
	take_events(twins->rest);
}

static enum oracle_claim
run_talk(struct twins *twins, struct oracle_talk *talk)
{
	enum oracle_claim claim;
	bool alike = true;

	talk->number = ++twins->number;
	for (unsigned i = 0; i < talk->n; i++)
		alike &= run_step(twins, talk, &talk->step[i]);
	forget(twins, talk);
	claim = oracle_judge(talk);
	return claim == ORACLE_HOLDS && !alike ? ORACLE_MARKS : claim;
}

static void
count(struct tally *tally, const struct oracle_talk *talk,
    enum oracle_claim claim, struct options *options)
{
	tally->talks++;
	tally->packets += talk->n;
	for (unsigned i = 0; i < talk->n; i++) {
		tally->passed += talk->step[i].passed;
		tally->denied += talk->step[i].denied;
	}
	tally->broken[claim]++;
	if (claim == ORACLE_HOLDS || options->show == 0)
		return;
	options->show--;
	oracle_print(talk, claim);
}

/* Each word of so many letters. */
static void
run_short(struct twins *twins, struct oracle_talk *talk,
    struct options *options, struct tally *tally)
{
	unsigned long words = 1;

	for (unsigned i = 0; i < options->depth; i++)
		words *= oracle_symbols();
	for (unsigned long word = 0; word < words; word++) {
		unsigned long rest = word;

		talk->n = (unsigned)options->depth;
		talk->ports = (uint8_t)(word % ORACLE_PORTS);
		talk->family = word / ORACLE_PORTS & 1 ? SW_IPV6 : SW_IPV4;
		for (unsigned n = 0; n < talk->n; n++) {
			oracle_write(
			    talk, n, (unsigned)(rest % oracle_symbols()));
			rest /= oracle_symbols();
		}
		count(tally, talk, run_talk(twins, talk), options);
	}
}

static void
run_random(struct twins *twins, struct oracle_talk *talk,
    struct options *options, struct tally *tally)
{
	uint64_t seed = (options->seed + 1) * UINT64_C(0x9e3779b97f4a7c15) +
			talk->mode * ORACLE_SETS + talk->set;

	for (unsigned long i = 0; i < options->talks / ORACLE_SETS; i++) {
		talk->ports = (uint8_t)(i % ORACLE_PORTS);
		talk->family = i / ORACLE_PORTS & 1 ? SW_IPV6 : SW_IPV4;
		oracle_draw(talk, &seed);
		count(tally, talk, run_talk(twins, talk), options);
	}
}

static struct tally
run_mode(unsigned mode, struct options *options)
{
	struct tally tally = { 0 };

	for (unsigned set = 0; set < ORACLE_SETS; set++) {
		struct oracle_talk talk = { .mode = (uint8_t)mode,
			.set = (uint8_t)set };
		struct twins twins = twins_new(mode, set);

		if (options->depth > 0)
			run_short(&twins, &talk, options, &tally);
		run_random(&twins, &talk, options, &tally);
		twins_free(&twins);
	}
	return tally;
}

static uint64_t
violations(const struct tally *tally)
{
	return tally->talks - tally->broken[ORACLE_HOLDS];
}

static void
add(struct tally *sum, const struct tally *tally)
{
	sum->talks += tally->talks;
	sum->packets += tally->packets;
	sum->passed += tally->passed;
	sum->denied += tally->denied;
	for (unsigned i = 0; i < ORACLE_CLAIMS; i++)
		sum->broken[i] += tally->broken[i];
}

static void
print_row(const char *name, const struct tally *tally)
{
	printf("%-26s %11llu %11llu %11llu %11llu %10llu\n", name,
	    (unsigned long long)tally->talks,
	    (unsigned long long)tally->packets,
	    (unsigned long long)tally->passed,
	    (unsigned long long)tally->denied,
	    (unsigned long long)violations(tally));
}

static struct tally
run_all(struct options *options)
{
	struct tally sum = { 0 };

	printf("%-26s %11s %11s %11s %11s %10s\n", "mode", "talks", "packets",
	    "passed", "denied", "violations");
	for (unsigned mode = 0; mode < ORACLE_MODES; mode++) {
		struct tally tally = run_mode(mode, options);
		char name[ORACLE_NAME];

		oracle_mode_name(mode, name);
		print_row(name, &tally);
		add(&sum, &tally);
	}
	print_row("all", &sum);
	for (unsigned i = ORACLE_OPENS; i < ORACLE_CLAIMS; i++)
		if (sum.broken[i] > 0)
			printf("%s: %llu\n", oracle_claim_name(i),
			    (unsigned long long)sum.broken[i]);
	return sum;
}

static int
usage(FILE *out)
{
	fputs("usage: policy-oracle [--talks N] [--depth N] [--seed N] "
	      "[--show N] [--find CLAIM]\n"
	      "  --talks N   random conversations in each mode (20000)\n"
	      "  --depth N   segments of the short ones, 0 to 5 (3)\n"
	      "  --seed N    of the random ones (1)\n"
	      "  --show N    violations to print (3)\n"
	      "  --find CLAIM  succeed only where this claim is broken\n",
	    out);
	for (unsigned i = ORACLE_OPENS; i < ORACLE_CLAIMS; i++)
		fprintf(out, "  %s\n", oracle_claim_name(i));
	return out == stdout ? EXIT_SUCCESS : 2;
}

static bool
number(const char *text, unsigned long most, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	       *value <= most;
}

static bool
claim_known(const char *name)
{
	for (unsigned i = ORACLE_OPENS; i < ORACLE_CLAIMS; i++)
		if (strcmp(oracle_claim_name(i), name) == 0)
			return true;
	return false;
}

static bool
read_option(struct options *options, int option)
{
	switch (option) {
	case 't':
		return number(optarg, 1u << 24, &options->talks);
	case 'd':
		return number(optarg, 5, &options->depth);
	case 's':
		return number(optarg, UINT32_MAX, &options->seed);
	case 'w':
		return number(optarg, SHOWN_MOST, &options->show);
	case 'f':
		options->find = optarg;
		return claim_known(optarg);
	default:
		return false;
	}
}

/* => false when the claim that had to be found broken was not, or where one
 * was found broken unasked */
static bool
as_expected(const struct options *options, const struct tally *sum)
{
	if (options->find == NULL)
		return violations(sum) == 0;
	for (unsigned i = ORACLE_OPENS; i < ORACLE_CLAIMS; i++)
		if (strcmp(oracle_claim_name(i), options->find) == 0)
			return sum->broken[i] > 0;
	return false;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "talks", required_argument, NULL, 't' },
		{ "depth", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 's' },
		{ "show", required_argument, NULL, 'w' },
		{ "find", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = {
		.talks = 20000, .depth = 3, .seed = 1, .show = 3
	};
	struct tally sum;
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'h')
			return usage(stdout);
		if (!read_option(&options, option))
			return usage(stderr);
	}
	if (optind < argc)
		return usage(stderr);
	sum = run_all(&options);
	return as_expected(&options, &sum) ? EXIT_SUCCESS : EXIT_FAILURE;
}
