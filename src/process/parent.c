/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes root to open is opened here, once, and given to each worker: so
 * no worker ever has the privilege to open more, and neither has the parent
 * from here on.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit_code.h"
#include "base/fdset.h"
#include "base/stderr_line.h"
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

/* This program, with our options and one more. */
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
hold_loans(struct sw_fdset *keeper)
{
	struct sw_privileged_fds loans[SW_LOAN_MOST];
	int error;

	if (sw_fdset_holds(keeper, SW_LOAN_RAW_IPV4))
		return 0;
	error = sw_privileged_fds_open(loans);
	for (int i = 0; error == 0 && i < SW_LOAN_MOST; i++)
		if (loans[i].fd >= 0)
			sw_fdset_hold(keeper, loans[i].name, loans[i].fd);
	return error;
}

static int
settle(struct sw_fdset *keeper)
{
	int error;

	sw_fdset_receive(keeper);
	error = hold_loans(keeper);
	if (error < 0)
		return fail("open a raw socket", error);
	error = sw_privilege_settle();
	return error < 0 ? fail("drop privileges", error) : SW_EXIT_OK;
}

struct first {
	struct sw_parent *parent;
	const struct command *command;
};

/* The first worker may have to tell who reads its queue already, which takes
 * a look at all processes; no later one has. */
static void
on_ready(void *context)
{
	const struct first *first = context;
	struct sw_parent *parent = first->parent;
	int error;

	error = sw_confine_parent(
	    parent->conf, parent->conf_file, first->command->program);
	/* The worker has told if this kernel cannot. */
	if (error < 0 && error != -ENOSYS && error != -EOPNOTSUPP)
		fail("close the rest of the file system", error);
	sw_conf_free(parent->conf);
	parent->conf = NULL;
}

static int
supervise(struct sw_parent *parent, struct sw_fdset *keeper)
{
	struct command command;
	struct first first = { .parent = parent, .command = &command };
	int error;
	struct sw_supervisor_run with = { .program = command.program,
		.argv = command.argv,
		.keeper = keeper,
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
	struct sw_fdset *keeper = calloc(1, sizeof *keeper);
	int code;

	if (keeper == NULL) {
		sw_conf_free(parent->conf);
		return fail("start", -ENOMEM);
	}
	code = settle(keeper);
	if (code == SW_EXIT_OK)
		code = supervise(parent, keeper);
	sw_conf_free(parent->conf);
	sw_fdset_release_all(keeper);
	free(keeper);
	return code;
}
