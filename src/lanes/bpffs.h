/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpffs: a file system for pins, of our own.
 */
#ifndef SYNWARD_LANES_BPFFS_H
#define SYNWARD_LANES_BPFFS_H

/* Runs work(context) in a thread that sees the files of process 1, so that
 * what it mounts is seen by the tools that change rules.  Where that is not
 * permitted the thread sees the files of this process.
 * => what work returned, or -errno */
int sw_bpffs_run(int (*work)(void *context), void *context);

/* Makes sure that a bpf file system is mounted there, for root only.
 * => 0 or -errno */
int sw_bpffs_mount(const char *path);

#endif
