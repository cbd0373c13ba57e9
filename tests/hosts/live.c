/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live: no live connection is cut.
 *
 * Conversations between modelled hosts, with packets hidden from the engine,
 * lost, doubled, delayed, overtaken and fragmented, each judged by what its
 * hosts know.  Needs no rights.
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trial.h"

enum { EXIT_RIGHT, EXIT_WRONG, EXIT_USAGE };

struct options {
	uint64_t packets, seed;
	unsigned show;
	const char *grade; /* NULL: each */
	bool one, trace, help;
};

static const char help[] =
    "usage: live [--packets N] [--seed S] [--grade G] [--show N]\n"
    "            [--one] [--trace]\n"
    "\n"
    "Conversations between modelled hosts through synward's engine, of which\n"
    "no packet may be dropped, no timer be wrong, and each must end.\n"
    "\n"
    "  --packets N  of each grade (100000)\n"
    "  --seed S     of the first conversation (1); the next has S + 1\n"
    "  --grade G    only this grade of tracking\n"
    "  --show N     tell of the first N findings\n"
    "  --one        only the conversation of the seed\n"
    "  --trace      print each packet, and the entry after it\n"
    "\n"
    "Exit status: 0 nothing is wrong, 1 something is, 2 usage.\n";

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
		{ "packets", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "grade", required_argument, NULL, 'g' },
		{ "show", required_argument, NULL, 'w' },
		{ "one", no_argument, NULL, 'o' },
		{ "trace", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sw_flow_policy flow_policy;
	uint64_t show = 0;
	bool right = true;
	int option;

	while (right &&
	       (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (option == 'p')
			right = read_number(optarg, &options->packets);
		else if (option == 's')
			right = read_number(optarg, &options->seed);
		else if (option == 'w')
			right = read_number(optarg, &show);
		else if (option == 'g')
			right =
			    gate_grade(options->grade = optarg, &flow_policy);
		else if (option == 'o')
			options->one = true;
		else if (option == 't')
			options->trace = true;
		else if (option == 'h')
			options->help = true;
		else
			right = false;
	}
	options->show = (unsigned)show;
	return right && optind == argc;
}

static bool
run(const char *grade, const struct options *options)
{
	static struct trial trial;
	struct sw_flow_policy flow_policy;
	uint64_t seed = options->seed;

	if (!gate_grade(grade, &flow_policy) ||
	    !trial_open(&trial, &flow_policy)) {
		fprintf(stderr, "live: no memory\n");
		return false;
	}
	trial.show = options->show;
	trial.trace = options->trace;
	do
		trial_run(&trial, seed++);
	while (!options->one && trial.tally.packets < options->packets);
	trial_close(&trial);
	return trial_print(&trial, grade);
}

int
main(int argc, char **argv)
{
	struct options options = { .packets = 100000, .seed = 1 };
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
