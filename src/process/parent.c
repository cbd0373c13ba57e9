/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that only root can open are opened here, once, and passed to each
 * worker.  So no worker ever has the privilege to open more, and the parent
 * gives that privilege up as well.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/fdset.h"
#include "base/fdstore.h"
#include "base/stderr_line.h"
#include "lanes/lane_maps.h"
#include "process/confine.h"
#include "process/parent.h"
#include "process/privileged_fds.h"
#include "process/privileges.h"
#include "process/sandbox.h"
#include "process/supervisor.h"

enum { PATH = 4096, ARGUMENTS = 8 };

struct command {
	char program[PATH];
	char mode[9], c[3], f[3], v[3];
	char *argv[ARGUMENTS];
};

static int
fail(const char *what, int error)
{
	sw_stderr_line("synwardd: cannot %s: %s", what, strerror(-error));
	return SW_EXIT_FAILURE;
}

/* Builds the worker's command line: this program, our options and --worker. */
static int
make_command(const struct sw_parent *parent, struct command *command)
{
	size_t n = 0;
	ssize_t length;

	*command = (struct command){
		.mode = "--worker", .c = "-c", .f = "-f", .v = "-v"
	};
	length = readlink(
	    "/proc/self/exe", command->program, sizeof command->program - 1);
	if (length < 0)
		return -errno;
	command->argv[n++] = command->program;
	command->argv[n++] = command->mode;
	if (parent->conf_file != NULL) {
		command->argv[n++] = command->c;
		command->argv[n++] = parent->conf_file;
	}
	if (parent->foreground)
		command->argv[n++] = command->f;
	if (parent->verbose)
		command->argv[n++] = command->v;
	return 0;
}

static int
hold_privileged_fds(struct sw_fdset *fdset, const struct sw_conf *conf)
{
	struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST];
	int error;

	if (sw_fdset_holds(fdset, conf->source.tap
				      ? SW_PRIVILEGED_FDS_TAP
				      : SW_PRIVILEGED_FDS_RAW_IPV4))
		return 0;
	error = sw_privileged_fds_open(fds, conf);
	for (int i = 0; error == 0 && i < SW_PRIVILEGED_FDS_MOST; i++)
		if (fds[i].fd >= 0)
			sw_fdset_hold(fdset, fds[i].name, fds[i].fd);
	return error;
}

static int
acquire_privileges(struct sw_fdset *fdset, const struct sw_conf *conf)
{
	int error;

	sw_fdset_receive(fdset);
	error = hold_privileged_fds(fdset, conf);
	if (error < 0)
		return fail(
		    conf->source.tap ? "open a tap" : "open a raw socket",
		    error);
	error = sw_privileges_resolve();
	return error < 0 ? fail("drop privileges", error) : SW_EXIT_OK;
}

/* The first worker may ask the kernel for the connections that it knows; its
 * successors have all they need, because a tap takes no privilege to read. */
static void
give_up_all(void)
{
	int error = sw_privileges_drop(false);

	if (error < 0)
		fail("drop privileges", error);
}

struct first {
	struct sw_parent *parent;
	const struct command *command;
};

/* Only the first worker may have to find out who already reads its queue, which
 * takes a look at all processes. */
static void
on_ready(void *context)
{
	const struct first *first = context;
	struct sw_parent *parent = first->parent;
	int error;

	error = sw_confine_parent(
	    parent->conf, parent->conf_file, first->command->program);
	/* The worker has logged already that this kernel cannot do it. */
	if (error < 0 && error != -ENOSYS && error != -EOPNOTSUPP)
		fail("close the rest of the file system", error);
	if (parent->conf->source.tap)
		give_up_all();
	sw_conf_free(parent->conf);
	parent->conf = NULL;
}

static int
supervise(struct sw_parent *parent, struct sw_fdset *fdset)
{
	struct command command;
	struct first first = { .parent = parent, .command = &command };
	int error;
	struct sw_supervisor_run with = { .program = command.program,
		.argv = command.argv,
		.fdset = fdset,
		.ready = on_ready,
		.context = &first };

	error = make_command(parent, &command);
	if (error < 0)
		return fail("find this program's file", error);
	error = sw_sandbox_parent();
	if (error < 0)
		return fail("limit system calls", error);
	return sw_supervisor_run(&with);
}

int
sw_parent_run(struct sw_parent *parent)
{
	struct sw_fdset *fdset = calloc(1, sizeof *fdset);
	int code;

	if (fdset == NULL) {
		sw_conf_free(parent->conf);
		return fail("start", -ENOMEM);
	}
	code = acquire_privileges(fdset, parent->conf);
	if (code == SW_EXIT_OK)
		code = supervise(parent, fdset);
	if (!sw_fdstore_is_kept())
		sw_lane_maps_end(sw_fdset_find(fdset, SW_PRIVILEGED_FDS_USED));
	sw_conf_free(parent->conf);
	sw_fdset_release_all(fdset);
	free(fdset);
	return code;
}
