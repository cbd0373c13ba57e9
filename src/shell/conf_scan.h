/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_scan: looks a text over before libConfuse reads it.
 *
 * libConfuse is lenient where a configuration should not be: it closes what
 * the file left open, skips bytes it does not know, and puts environment
 * variables in.  Whatever it would take another way than it looks is found
 * here.
 */
#ifndef SYNWARD_SHELL_CONF_SCAN_H
#define SYNWARD_SHELL_CONF_SCAN_H

#include "shell/conf_error.h"

struct sw_scan_result {
	size_t sound; /* bytes that may be read: all, or those before
			 what is wrong */
	int line;     /* of what is wrong; 0 = nothing is */
	struct sw_fault fault;
};

/* Comments in the text become spaces. */
void sw_conf_scan(char *text, size_t length, struct sw_scan_result *result);

#endif
