/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forger: who sees nothing gains nothing.
 *
 * Each kind of forgery on each connection, against one that is spared: no
 * true packet may be dropped, no entry end or have less time left, and under
 * strict no window be moved.  Needs no rights.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forge.h"

enum { EXIT_RIGHT, EXIT_WRONG, EXIT_USAGE };

struct options {
	uint64_t connections, seed;
	unsigned show;
	const char *grade; /* NULL: each */
	bool help;
};

struct books {
	uint64_t connections, tries, forged, forged_passed, packets;
	uint64_t virtual_seconds, hurt;
	uint64_t by_hurt[HURTS], by_kind[VICTIM_KINDS];
	uint64_t by_lead[FORGE_LEADS], by_blow[FORGE_BLOWS];
	unsigned show;
};

static const char help[] =
    "usage: forger [--connections N] [--seed S] [--grade G] [--show N]\n"
    "\n"
    "Forges segments of connections that it does not see, through synward's\n"
    "engine, and compares each connection with one that is spared.\n"
    "\n"
    "  --connections N  of each grade (1000)\n"
    "  --seed S         of the first connection (1); the next has S + 1\n"
    "  --grade G        only this grade of tracking\n"
    "  --show N         tell of the first N that were hurt\n"
    "\n"
    "Exit status: 0 nobody was hurt, 1 somebody was, 2 usage.\n";

static bool
read_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && *text >= '0' && *text <= '9' && !*end;
}

static bool
read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "connections", required_argument, NULL, 'c' },
		{ "seed", required_argument, NULL, 's' },
		{ "grade", required_argument, NULL, 'g' },
		{ "show", required_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sw_flow_policy flow_policy;
	uint64_t show = 0;
	bool right = true;
	int option;

	while (right &&
	       (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (option == 'c')
			right = read_number(optarg, &options->connections);
		else if (option == 's')
			right = read_number(optarg, &options->seed);
		else if (option == 'w')
			right = read_number(optarg, &show);
		else if (option == 'g')
			right =
			    gate_grade(options->grade = optarg, &flow_policy);
		else if (option == 'h')
			options->help = true;
		else
			right = false;
	}
	options->show = (unsigned)show;
	return right && optind == argc;
}

/* --- one connection --- */

/* Each kind once, in an order of its own. */
static void
shuffle(struct victim *victim, uint16_t kinds[FORGE_KINDS])
{
	for (unsigned i = 0; i < FORGE_KINDS; i++) {
		unsigned j = victim_draw(victim, i + 1);

		kinds[i] = kinds[j];
		kinds[j] = (uint16_t)i;
	}
}

static void
print_view(const char *life, const struct gate_view *view)
{
	const struct sw_side *side = view->side;

	printf("    %-8s %s, %" PRIu64 ".%03" PRIu64 " s of %u s left;"
	       " next %u %u, ack %u %u, edge %u %u\n",
	    life,
	    view->exists ? sw_event_state_text((enum sw_state)view->state)
			 : "gone",
	    view->left_ms / 1000, view->left_ms % 1000, view->timeout,
	    side[0].next, side[1].next, side[0].ack, side[1].ack, side[0].edge,
	    side[1].edge);
}

static void
tell(const struct victim *victim, uint64_t seed, unsigned kind,
    const struct forge_note *note)
{
	printf("  seed %" PRIu64 ", %s, %s, hosts %s: %s\n", seed,
	    victim_kind_text(victim->kind),
	    victim->timestamps ? "time stamps" : "no time stamps",
	    victim->silent ? "silent" : "answer",
	    victim_hurt_text(victim->hurt));
	printf("    after %s, then %s; numbers %s, %s, %.3f s apart\n",
	    forge_lead_text((enum forge_lead)(kind / FORGE_BLOWS)),
	    forge_blow_text((enum forge_blow)(kind % FORGE_BLOWS)),
	    note->numbers, note->stamped ? "stamped" : "not stamped",
	    (double)note->pace / HOST_SECOND);
	print_view("attacked", &victim->view[ATTACKED]);
	print_view("spared", &victim->view[SPARED]);
}

static void
count_hurt(struct books *books, const struct victim *victim, uint64_t seed,
    unsigned kind, const struct forge_note *note)
{
	books->hurt++;
	books->by_hurt[victim->hurt]++;
	books->by_kind[victim->kind]++;
	books->by_lead[kind / FORGE_BLOWS]++;
	books->by_blow[kind % FORGE_BLOWS]++;
	if (!books->show)
		return;
	books->show--;
	tell(victim, seed, kind, note);
}

static void
attack(struct victim *victim, struct books *books, uint64_t seed)
{
	uint16_t kinds[FORGE_KINDS];
	struct forge_note note = { .numbers = "none" };
	unsigned i = 0;

	victim->kind = (enum victim_kind)(seed % VICTIM_KINDS);
	victim->timestamps = seed / VICTIM_KINDS % 2;
	victim->silent = seed / VICTIM_KINDS / 2 % 2;
	victim_begin(victim, seed);
	shuffle(victim, kinds);
	for (; i < FORGE_KINDS && !victim->hurt; i++, books->tries++)
		note =
		    forge_try(victim, (enum forge_lead)(kinds[i] / FORGE_BLOWS),
			(enum forge_blow)(kinds[i] % FORGE_BLOWS));
	victim_end(victim);
	books->connections++;
	if (victim->hurt)
		count_hurt(books, victim, seed, i ? kinds[i - 1] : 0, &note);
}

/* --- a grade --- */

static void
print_figure(uint64_t n, const char *what, const char *more)
{
	printf("  %10" PRIu64 "  %s%s\n", n, what, more);
}

static void
print_hurts(const struct books *books)
{
	for (unsigned i = 1; i < HURTS; i++)
		if (books->by_hurt[i])
			print_figure(books->by_hurt[i], "",
			    victim_hurt_text((enum hurt)i));
	for (unsigned i = 0; i < VICTIM_KINDS; i++)
		if (books->by_kind[i])
			print_figure(books->by_kind[i], "of ",
			    victim_kind_text((enum victim_kind)i));
	for (unsigned i = 0; i < FORGE_LEADS; i++)
		if (books->by_lead[i])
			print_figure(books->by_lead[i], "after ",
			    forge_lead_text((enum forge_lead)i));
	for (unsigned i = 0; i < FORGE_BLOWS; i++)
		if (books->by_blow[i])
			print_figure(books->by_blow[i], "by ",
			    forge_blow_text((enum forge_blow)i));
}

static bool
print_books(const struct books *books, const char *grade)
{
	printf("\n%s: %" PRIu64 " connections, %" PRIu64
	       " attacks of %d kinds, %" PRIu64 " forged segments\n",
	    grade, books->connections, books->tries, FORGE_KINDS,
	    books->forged);
	print_figure(books->forged_passed, "of them passed", "");
	print_figure(books->packets, "true packets, of both lives", "");
	print_figure(
	    books->virtual_seconds, "seconds of a connection's life", "");
	print_figure(books->hurt, "connections hurt", "");
	print_hurts(books);
	return !books->hurt;
}

static bool
run(const char *grade, const struct options *options)
{
	static struct victim victim;
	struct books books = { .show = options->show };
	struct sw_flow_policy flow_policy;

	if (!gate_grade(grade, &flow_policy) ||
	    !victim_open(&victim, &flow_policy)) {
		fprintf(stderr, "forger: no memory\n");
		return false;
	}
	for (uint64_t i = 0; i < options->connections; i++)
		attack(&victim, &books, options->seed + i);
	books.forged = victim.forged;
	books.forged_passed = victim.forged_passed;
	books.packets = victim.packets;
	books.virtual_seconds = victim.road[SPARED].now / HOST_SECOND;
	victim_close(&victim);
	return print_books(&books, grade);
}

int
main(int argc, char **argv)
{
	struct options options = { .connections = 1000, .seed = 1 };
	bool right = true;

	if (!read_options(argc, argv, &options)) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	if (options.help) {
		fputs(help, stdout);
		return EXIT_RIGHT;
	}
	for (unsigned i = 0; gate_grades[i]; i++)
		if (!options.grade || !strcmp(options.grade, gate_grades[i]))
			right &= run(gate_grades[i], &options);
	return right ? EXIT_RIGHT : EXIT_WRONG;
}
