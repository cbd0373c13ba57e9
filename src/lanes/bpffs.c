/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mount name space belongs to each thread, once it shares no directories
 * with the others.  So a thread can work among the files of process 1 while the
 * rest of the process stays where it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lanes/bpffs.h"

struct run {
	int (*work)(void *context);
	void *context;
	int result;
};

static void
enter_first(void)
{
	int fd = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct stat first, own;

	if (fd < 0)
		return;
	if (fstat(fd, &first) == 0 && stat("/proc/self/ns/mnt", &own) == 0 &&
	    first.st_ino != own.st_ino && unshare(CLONE_FS) == 0)
		(void)!setns(fd, CLONE_NEWNS);
	close(fd);
}

static void *
run_there(void *context)
{
	struct run *run = context;

	enter_first();
	run->result = run->work(run->context);
	return NULL;
}

int
sw_bpffs_run(int (*work)(void *context), void *context)
{
	struct run run = { .work = work, .context = context };
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run_there, &run);

	if (error != 0)
		return -error;
	pthread_join(thread, NULL);
	return run.result;
}

int
sw_bpffs_mount(const char *path)
{
	struct statfs fs;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (statfs(path, &fs) < 0)
		return -errno;
	if ((unsigned long)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		"mode=0700") < 0)
		return -errno;
	return 0;
}
