/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synwardctl: inspect and control synwardd.
 *
 * Options of the program are before the command; all later arguments belong
 * to the command.  If the reader of a pipe exits, the program ends quietly, as
 * other programs do.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/command.h"

static bool
wants_color(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no != NULL && no[0] != '\0')
		return false;
	return isatty(STDOUT_FILENO) && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

static int
unknown_command(const char *name)
{
	const struct sw_command *near = sw_help_near_command(name);

	if (near != NULL)
		return sw_command_fail(SW_EXIT_USAGE,
		    "unknown command '%s'; did you mean '%s'?", name,
		    near->name);
	return sw_command_fail(SW_EXIT_USAGE,
	    "unknown command '%s'; synwardctl --help lists all commands", name);
}

/* => status of the program; a full disk is an error, a closed pipe none */
static int
finish(int code)
{
	bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return code;
	/* The stream does not keep the reason of an earlier failure, and its
	 * buffer may be empty: another byte fails for the same reason. */
	if (errno == 0 && write(STDOUT_FILENO, "\n", 1) == 1)
		errno = 0;
	if (errno == EPIPE)
		return code;
	return sw_command_fail(SW_EXIT_FAILURE, "standard output: %s",
	    errno != 0 ? strerror(errno) : "not all output could be written");
}

/* If a standard stream is closed at the start, a later socket or file could
 * get its number.  So each of them becomes a stream that cannot be used. */
static void
occupy_streams(void)
{
	static const int useless[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", useless[fd]) != fd)
			_exit(SW_EXIT_FAILURE);
}

static int
run(struct sw_ctl *ctl, int argc, char **argv)
{
	int parsed;

	ctl->command = sw_table_find_command(argv[0]);
	if (ctl->command == NULL)
		return unknown_command(argv[0]);
	parsed = sw_command_parse(ctl, argc, argv);
	if (parsed < 0)
		return SW_EXIT_USAGE;
	if (parsed > 0) {
		sw_help_command(ctl->command, stdout);
		return finish(SW_EXIT_OK);
	}
	return finish(ctl->command->run(ctl));
}

int
main(int argc, char **argv)
{
	struct sw_ctl ctl = { .color = wants_color() };
	char program[] = "synwardctl";
	int option;

	occupy_streams();
	if (argc > 0) /* getopt() puts it before its complaints */
		argv[0] = program;
	signal(SIGPIPE, SIG_DFL);
	while ((option = getopt(argc, argv, "+s:jhV-:")) != -1) {
		if (option == 's' && *optarg == '\0') {
			return sw_command_fail(
			    SW_EXIT_USAGE, "-s needs the path of a socket");
		} else if (option == 's') {
			ctl.socket = optarg;
		} else if (option == 'j' ||
			   (option == '-' && strcmp(optarg, "json") == 0)) {
			ctl.json = true;
		} else if (option == 'V' ||
			   (option == '-' && strcmp(optarg, "version") == 0)) {
			puts("synwardctl " SYNWARD_VERSION);
			return finish(SW_EXIT_OK);
		} else if (option == 'h' ||
			   (option == '-' && strcmp(optarg, "help") == 0)) {
			sw_help_all(stdout);
			return finish(SW_EXIT_OK);
		} else {
			sw_help_all(stderr);
			return SW_EXIT_USAGE;
		}
	}
	if (optind < argc)
		return run(&ctl, argc - optind, argv + optind);
	sw_help_all(stderr);
	return SW_EXIT_USAGE;
}
