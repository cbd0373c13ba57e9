/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replaces process/confine.c in builds with sanitizers, because their run-time
 * reads and writes files of its own.
 */

#include "process/confine.h"

int
sw_confine_worker(const struct sw_conf *conf, const char *conf_file)
{
	(void)conf;
	(void)conf_file;
	return 0;
}

int
sw_confine_parent(
    const struct sw_conf *conf, const char *conf_file, const char *program)
{
	(void)program;
	return sw_confine_worker(conf, conf_file);
}
