/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synwardd: the command line, the configuration, and the daemon's life.
 *
 * The process that is started first becomes the supervising parent
 * (process/parent.h), which executes the same program again as its worker
 * (--worker).
 */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/fdstore.h"
#include "base/notify.h"
#include "base/stderr_line.h"
#include "daemon/daemon.h"
#include "daemon/last_good_conf.h"
#include "process/parent.h"
#include "process/privileged_fds.h"
#include "process/privileges.h"

enum task { RUN, CHECK, DUMP, LEND };

struct options {
	char *conf_file; /* NULL: the default one */
	enum task task;
	bool foreground;
	bool verbose;
	bool single; /* without a supervising parent */
	bool worker; /* started by a supervising parent */
};

enum {
	LONG_CHECK = 256,
	LONG_DUMP,
	LONG_HELP,
	LONG_VERSION,
	LONG_SINGLE,
	LONG_WORKER,
	LONG_LEND,
	REASON = 512,
};

static const struct option long_options[] = {
	{ "check-config", no_argument, NULL, LONG_CHECK },
	{ "dump-config", no_argument, NULL, LONG_DUMP },
	{ "help", no_argument, NULL, LONG_HELP },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ "single", no_argument, NULL, LONG_SINGLE },
	{ "lend", no_argument, NULL, LONG_LEND },
	{ "worker", no_argument, NULL, LONG_WORKER },
	{ 0 },
};

static const char usage[] =
    "usage: synwardd [-c FILE] [-f] [-v] [--single]\n"
    "       synwardd --check-config | --dump-config [-c FILE]\n"
    "       synwardd --help | --version\n";

static const char help[] =
    "\n"
    "  -c FILE         read FILE instead of " SW_CONF_FILE "\n"
    "  -f              log to stderr as well\n"
    "  -v              log more details\n"
    "  --single        no parent process: nothing replaces a dead worker\n"
    "  --check-config  list all errors of the configuration and exit\n"
    "  --dump-config   print every value and its origin and exit\n";

static _Noreturn void
misused(void)
{
	fputs(usage, stderr);
	exit(SW_EXIT_USAGE);
}

/* Continuing without the name would read another file. */
static _Noreturn void
out_of_memory(void)
{
	fputs("synwardd: out of memory\n", stderr);
	exit(SW_EXIT_FAILURE);
}

static _Noreturn void
tell(const char *text, const char *more)
{
	fputs(text, stdout);
	fputs(more, stdout);
	exit(fflush(stdout) == 0 ? SW_EXIT_OK : SW_EXIT_FAILURE);
}

/* Messages, status and workers name the file independently of the directory.  A
 * symbolic link is kept, because conf.d is read beside it. */
static void
make_absolute(struct options *options)
{
	char *path = NULL, *here;

	if (options->conf_file == NULL || *options->conf_file == '/')
		return;
	here = getcwd(NULL, 0);
	if (here != NULL &&
	    asprintf(&path, "%s/%s", here, options->conf_file) >= 0) {
		free(options->conf_file);
		options->conf_file = path;
	}
	free(here);
}

static void
read_option(int option, struct options *options)
{
	switch (option) {
	case 'c':
		free(options->conf_file);
		options->conf_file = strdup(optarg);
		if (options->conf_file == NULL)
			out_of_memory();
		break;
	case 'f':
		options->foreground = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case LONG_CHECK:
		options->task = CHECK;
		break;
	case LONG_DUMP:
		options->task = DUMP;
		break;
	case LONG_SINGLE:
		options->single = true;
		break;
	case LONG_LEND:
		options->task = LEND;
		break;
	case LONG_WORKER:
		options->worker = true;
		break;
	case LONG_HELP:
		tell(usage, help);
	case LONG_VERSION:
		tell("synwardd " SYNWARD_VERSION, "\n");
	default:
		misused();
	}
}

static struct options
read_options(int argc, char **argv)
{
	struct options options = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "c:fv", long_options, NULL)) !=
	       -1)
		read_option(option, &options);
	if (optind < argc)
		misused();
	return options;
}

/* A worker that replaces another cannot wait for a reader of standard error. */
static void
complain(const struct options *options, const struct sw_conf_errors *errors)
{
	if (!options->worker)
		sw_conf_errors_print(errors, stderr);
	for (size_t i = 0; options->worker && i < errors->n; i++)
		sw_stderr_line("%s", errors->list[i].text);
}

/* => NULL after printing each error */
static struct sw_conf *
load(const struct options *options, struct sw_daemon_reload *reload)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf = sw_conf_load(options->conf_file, &errors);

	complain(options, &errors);
	reload->successful = conf != NULL;
	reload->errors = errors.n;
	if (errors.n > 0)
		snprintf(reload->error, sizeof reload->error, "%s",
		    errors.list[0].text);
	sw_conf_errors_free(&errors);
	if (conf == NULL && options->task == RUN)
		conf = sw_last_good_conf_load();
	return conf;
}

static void
print_warnings(const struct sw_conf *conf)
{
	struct sw_conf_errors warnings;

	sw_conf_warn(conf, &warnings);
	sw_conf_errors_print(&warnings, stderr);
	sw_conf_errors_free(&warnings);
}

static int
show(struct sw_conf *conf, enum task task)
{
	if (task == DUMP) {
		sw_conf_dump(conf, stdout);
	} else {
		print_warnings(conf);
		puts("the configuration is good");
	}
	sw_conf_free(conf);
	return fflush(stdout) == 0 ? SW_EXIT_OK : SW_EXIT_FAILURE;
}

static int
live(const struct options *options, struct sw_conf *conf,
    const struct sw_daemon_reload *reload)
{
	struct sw_daemon daemon = { .conf_file = options->conf_file,
		.foreground = options->foreground,
		.verbose = options->verbose,
		.parent = options->worker ? getppid() : 0,
		.reload = *reload,
		.conf = conf };
	int code = sw_daemon_start(&daemon);

	if (code == SW_EXIT_OK) {
		sw_notify_send("READY=1", -1);
		if (sd_event_loop(daemon.loop) < 0)
			daemon.exit_code = SW_EXIT_FAILURE;
		code = daemon.exit_code;
		sw_notify_tell("STOPPING=1");
	}
	sw_daemon_stop(&daemon);
	return code;
}

static int
run(const struct options *options, struct sw_conf *conf,
    const struct sw_daemon_reload *reload)
{
	char why[REASON];

	struct sw_parent parent = { .conf_file = options->conf_file,
		.conf = conf,
		.foreground = options->foreground,
		.verbose = options->verbose };

	if (!(conf->source.tap && sw_privileged_fds_are_lent(conf)) &&
	    !sw_privileges_check(
		!options->worker && !sw_privileged_fds_are_lent(conf), why,
		sizeof why)) {
		fprintf(stderr, "synwardd: %s\n", why);
		sw_conf_free(conf);
		return SW_EXIT_NOT_PERMITTED;
	}
	if (options->worker || options->single)
		return live(options, conf, reload);
	return sw_parent_run(&parent);
}

/* For a unit, as root: see process/privileged_fds.h.  A configuration that is
 * not good is the daemon's to complain of; then the default decides what is
 * lent. */
static int
lend(const char *conf_file)
{
	struct sw_conf_errors errors = { 0 };
	struct sw_conf *conf = sw_conf_load(conf_file, &errors);
	int error;

	sw_conf_errors_free(&errors);
	if (conf == NULL)
		conf = sw_conf_parse("", "default", &errors);
	error = conf == NULL ? -ENOMEM : sw_privileged_fds_keep(conf);
	sw_conf_errors_free(&errors);
	sw_conf_free(conf);

	if (error == 0)
		return SW_EXIT_OK;
	fprintf(stderr, "synwardd: cannot lend: %s\n", strerror(-error));
	return SW_EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
	struct options options = read_options(argc, argv);
	struct sw_daemon_reload reload = { .generation = 1 };
	struct sw_conf *conf;
	int code;

	if (options.task == LEND) {
		code = lend(options.conf_file);
		free(options.conf_file);
		return code;
	}

	if (options.task == RUN)
		make_absolute(&options);
	conf = load(&options, &reload);
	if (conf == NULL)
		code = SW_EXIT_CONFIG;
	else if (options.task != RUN)
		code = show(conf, options.task);
	else
		code = run(&options, conf, &reload);
	free(options.conf_file);
	return code;
}
