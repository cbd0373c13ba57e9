/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parent: turns the process that was started into the supervising parent.
 */
#ifndef SYNWARD_PROCESS_PARENT_H
#define SYNWARD_PROCESS_PARENT_H

#include <stdbool.h>

struct sw_conf;

struct sw_parent {
	char *conf_file;      /* absolute, or NULL */
	struct sw_conf *conf; /* as it was read at the start */
	bool foreground;
	bool verbose;
};

/* => takes ownership of parent->conf
 * => the exit code of the program, once it ends */
int sw_parent_run(struct sw_parent *parent);

#endif
