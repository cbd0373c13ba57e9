/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine: which files and directories the daemon's processes keep, once
 * they are started (see base/landlock.h).  Builds with sanitizers keep all.
 */
#ifndef SYNWARD_PROCESS_CONFINE_H
#define SYNWARD_PROCESS_CONFINE_H

#include "conf/conf.h"

/* For a worker, before it has threads: what a reload, a log that is opened
 * anew and the end take.  conf_file: NULL is the default one.
 * => 0 or -errno; -ENOSYS, -EOPNOTSUPP: this kernel cannot */
int sw_confine_worker(const struct sw_conf *conf, const char *conf_file);

/* For the parent: the same, and what starting this program takes, and what
 * it opens while it starts.  => likewise */
int sw_confine_parent(
    const struct sw_conf *conf, const char *conf_file, const char *program);

#endif
