/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine: which files and directories the daemon's processes can reach once
 * they are started (see base/landlock.h).  Builds with sanitizers are not
 * confined.
 */
#ifndef SYNWARD_PROCESS_CONFINE_H
#define SYNWARD_PROCESS_CONFINE_H

#include "conf/conf.h"

/* For a worker, before it starts threads: grants what a reload, reopening a log
 * and the shutdown need.  conf_file: NULL is the default one.
 * => 0 or -errno; -ENOSYS or -EOPNOTSUPP when the kernel has no Landlock */
int sw_confine_worker(const struct sw_conf *conf, const char *conf_file);

/* For the parent: grants the same, and what starting this program and its start
 * need.
 * => like sw_confine_worker() */
int sw_confine_parent(
    const struct sw_conf *conf, const char *conf_file, const char *program);

#endif
