/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: another program, its input and its output.
 */
#ifndef SYNWARD_CTL_RUN_H
#define SYNWARD_CTL_RUN_H

struct sw_ran {
	int status;   /* exit status, 127 when there is no such program, 128
			 when it was ended by a signal */
	char *output; /* what it wrote to standard output; never NULL */
	char *errors; /* to standard error, as above */
};

/*
 * Runs argv[0] found in PATH, without a shell, and waits for its end.
 * input: given to its standard input; NULL: nothing
 * => the caller owns the result: sw_run_free()
 */
struct sw_ran sw_run(const char *const argv[], const char *input);
void sw_run_free(struct sw_ran *ran);

/* The same when only the status is of interest. */
int sw_run_quietly(const char *const argv[], const char *input);

#endif
