/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof: is the tracker at least as right as the kernel's?
 *
 * Feeds the same packets to synward's engine and to the kernel this runs on
 * and compares verdict, state and timer after each.
 */

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "associations.h"
#include "cases.h"
#include "datagrams.h"
#include "free.h"
#include "gate.h"
#include "peers.h"
#include "report.h"
#include "scenes.h"
#include "tapes.h"

#define TALK 60 /* segments of a random conversation */

enum { EXIT_SAME, EXIT_DIFFERS, EXIT_USAGE, EXIT_SKIPPED = 77 };

struct options {
	uint64_t packets, seed;
	unsigned show;
	bool normal, strict, loose, resync, list, help, capture, free, sctp;
	char **files; /* captures, up to a NULL */
};

static const char help[] =
    "usage: proof [--packets N] [--seed S] [--grade normal|strict]\n"
    "             [--show N]\n"
    "       proof --capture [--grade normal|strict] [--show N] FILE...\n"
    "       proof --free [--packets N] [--seed S] [--show N]\n"
    "             [--grade normal|strict|loose|resync]\n"
    "       proof --free --capture [--grade normal|loose] [--show N] FILE...\n"
    "       proof --sctp [--packets N] [--seed S] [--show N]\n"
    "       proof --list | --help\n"
    "\n"
    "Compares synward's engine with this machine's nf_conntrack, packet by\n"
    "packet, in a network namespace of its own.  Needs root.\n"
    "\n"
    "First each kind of segment in each state, then random conversations.\n"
    "\n"
    "  --packets N  random packets, shared by the grades (1000000)\n"
    "  --seed S     of the random packets (1)\n"
    "  --grade G    only tracking = normal, or only strict\n"
    "  --show N     print what led to the first N unexplained differences\n"
    "  --free       conversations of modelled hosts, with packets hidden from\n"
    "               both, to their end: nothing is put right on the way\n"
    "  --sctp       SCTP associations, every chunk in every state first\n"
    "  --capture    the TCP conversations of these captures instead\n"
    "  --list       print the differences that are meant, and why\n"
    "\n"
    "Exit status: 0 no difference but those of doc/DIFFERENCES.md, 1 there\n"
    "are others, 2 usage, 77 skipped: this kernel or user can not do it.\n";

static bool
read_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && *text >= '0' && *text <= '9' && !*end;
}

static bool
read_grade(const char *text, struct options *options)
{
	options->normal = !strcmp(text, "normal");
	options->strict = !strcmp(text, "strict");
	options->loose = !strcmp(text, "loose");
	options->resync = !strcmp(text, "resync");
	return options->normal || options->strict || options->loose ||
	       options->resync;
}

static bool
read_options(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
		{ "packets", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ "grade", required_argument, NULL, 'g' },
		{ "show", required_argument, NULL, 'w' },
		{ "capture", no_argument, NULL, 'c' },
		{ "free", no_argument, NULL, 'f' },
		{ "sctp", no_argument, NULL, 'a' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t show = 0;
	bool right = true;
	int option;

	while (right &&
	       (option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (option == 'p')
			right = read_number(optarg, &options->packets);
		else if (option == 's')
			right = read_number(optarg, &options->seed);
		else if (option == 'g')
			right = read_grade(optarg, options);
		else if (option == 'w')
			right = read_number(optarg, &show);
		else if (option == 'c')
			options->capture = true;
		else if (option == 'f')
			options->free = true;
		else if (option == 'a')
			options->sctp = true;
		else if (option == 'l')
			options->list = true;
		else if (option == 'h')
			options->help = true;
		else
			right = false;
	}
	options->show = (unsigned)show;
	options->files = argv + optind;
	/* Only in a free run the kernel picks up what is under way. */
	right &= options->free || options->normal || options->strict;
	right &= !options->sctp || (!options->free && !options->capture);
	if (options->free && options->capture)
		right &= options->normal || options->loose;
	return right && options->capture == (optind < argc);
}

static void
list(void)
{
	for (unsigned i = 0; i < differences_n; i++)
		printf("%s: %s\n", differences[i].name, differences[i].why);
	for (unsigned i = 1; datagrams_differences[i][0]; i++)
		printf("%s: %s\n", datagrams_differences[i][0],
		    datagrams_differences[i][1]);
	for (unsigned i = 0; associations_differences[i][0]; i++)
		printf("%s: %s\n", associations_differences[i][0],
		    associations_differences[i][1]);
}

static void
talk(struct compare *compare, struct peers *peers, struct report *report)
{
	compare_begin(compare, IPPROTO_TCP, FAMILY_BY_TURNS);
	peers_begin(peers);
	report_conversation(report);
	for (int i = 0; i < TALK; i++) {
		struct segment segment = peers_next(peers);
		struct outcome outcome = compare_step(compare, &segment);

		if (!report_go_on(report, compare, &outcome))
			return;
	}
}

/* => no difference but those that are meant */
static bool
play(struct compare *compare, struct report *report,
    const struct options *options)
{
	bool heard = true;

	for (char **file = options->files; *file; file++)
		heard &= tapes_play(compare, report, *file);
	return report_print(report) && heard;
}

static bool
invent(struct compare *compare, struct report *report,
    const struct options *options)
{
	struct peers peers = { .random = options->seed *
					     UINT64_C(0x9e3779b97f4a7c15) +
					 report->tracking + 1 };
	struct coverage coverage = { 0 };
	uint64_t random;
	bool same;

	same = scenes_run(compare, report);
	cases_run(compare, report, &coverage);
	random = report->packets;
	while (report->packets - random < options->packets)
		talk(compare, &peers, report);
	same &= report_print(report);
	same &= cases_print(&coverage);
	return datagrams_run(compare) && same;
}

static int
prove_associations(const struct options *options)
{
	struct compare *compare = compare_open(SW_TRACK_NORMAL, false);
	bool same;

	if (!compare) {
		fprintf(stderr, "proof: skipped\n");
		return EXIT_SKIPPED;
	}
	same = associations_run(
	    compare, options->packets, options->seed, options->show);
	compare_close(compare);
	return same ? EXIT_SAME : EXIT_DIFFERS;
}

static int
prove(enum sw_tracking tracking, const struct options *options)
{
	static const char *const titles[] = { [SW_TRACK_NORMAL] = "normal",
		[SW_TRACK_LOOSE] = "loose",
		[SW_TRACK_STRICT] = "strict" };
	struct compare *compare = compare_open(tracking, options->free);
	static struct report report;
	bool same;

	if (!compare) {
		fprintf(stderr, "proof: skipped\n");
		return EXIT_SKIPPED;
	}
	memset(&report, 0, sizeof(report));
	report.tracking = tracking;
	report.title = titles[tracking];
	report.free = options->free;
	report.show = options->show;
	same = options->capture ? play(compare, &report, options)
				: invent(compare, &report, options);
	compare_close(compare);
	return same ? EXIT_SAME : EXIT_DIFFERS;
}

/* A grade after the other, each with its share of the packets. */
static int
prove_freely(const struct options *options)
{
	const bool wanted[] = { options->normal, options->loose,
		options->strict, options->resync };
	int worst = EXIT_SAME;

	for (unsigned i = 0; gate_grades[i]; i++) {
		enum free_outcome outcome;

		if (!wanted[i])
			continue;
		outcome = free_run(gate_grades[i], options->packets,
		    options->seed, options->show);
		if (outcome == FREE_SKIPPED)
			return EXIT_SKIPPED;
		if (outcome == FREE_WRONG)
			worst = EXIT_DIFFERS;
	}
	return worst;
}

int
main(int argc, char **argv)
{
	struct options options = { .packets = 1000000,
		.seed = 1,
		.normal = true,
		.strict = true,
		.loose = true,
		.resync = true };
	int normal = EXIT_SAME, strict = EXIT_SAME, loose = EXIT_SAME;

	if (!read_options(argc, argv, &options)) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	if (options.help || options.list) {
		options.help ? (void)fputs(help, stdout) : list();
		return EXIT_SAME;
	}
	if (options.sctp)
		return prove_associations(&options);
	if (options.free && !options.capture)
		return prove_freely(&options);
	/* Strict may drop what a liberal kernel passes. */
	if (options.free)
		options.strict = false;
	if (options.free && options.loose)
		loose = prove(SW_TRACK_LOOSE, &options);
	if (options.normal && options.strict)
		options.packets = (options.packets + 1) / 2;
	if (options.normal)
		normal = prove(SW_TRACK_NORMAL, &options);
	if (options.strict)
		strict = prove(SW_TRACK_STRICT, &options);
	if (loose > normal)
		normal = loose;
	return normal > strict ? normal : strict;
}
