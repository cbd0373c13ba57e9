/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon pins its program in a bpf file system of its own when it starts.
 * Rules name the file; the kernel keeps the program as long as a rule or the
 * daemon uses it, so that up finds it again after down.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ctl/hook/hook.h"
#include "engine/table/lane.h"
#include "lanes/bpffs.h"

#define BPFFS_MAGIC 0xcafe4a11

static bool
is_there(void)
{
	return access(SW_HOOK_PIN, F_OK) == 0;
}

static int
pin_set(void *context)
{
	return sw_lane_set_pin(context);
}

/* For the host, and where this process has other files, for these. */
static void
pin_again(unsigned queue)
{
	uint64_t instance = sw_lane_set_instance((uint16_t)queue);
	struct sw_lane_set set;
	int error;

	if (!sw_lane_set_search(instance, &set))
		return;
	error = sw_bpffs_run(pin_set, &set);
	if (error == 0 && !is_there())
		error = sw_lane_set_pin(&set);
	sw_lane_set_close(&set);
	if (error < 0)
		fprintf(stderr,
		    "synwardctl: the fast path is off: cannot pin the program "
		    "in " SW_HOOK_BPFFS ": %s\n",
		    strerror(-error));
}

/* Whose the program is, its control block tells. */
static bool
is_of_another(unsigned queue)
{
	struct sw_lane_control control;

	if (!sw_lane_set_pinned_control(&control) ||
	    control.instance == sw_lane_set_instance((uint16_t)queue))
		return false;
	fprintf(stderr,
	    "synwardctl: the fast path is off: the program in " SW_HOOK_BPFFS
	    " is that of another synwardd, for queue %u in network namespace "
	    "%llu\n",
	    sw_lane_set_queue(control.instance),
	    sw_lane_set_network(control.instance));
	return true;
}

bool
sw_hook_pin_prepare(unsigned queue)
{
	if (!is_there())
		pin_again(queue);
	return is_there() && !is_of_another(queue);
}

/* Is this file system ours to remove, and not just a directory? */
static bool
is_mounted(void)
{
	struct statfs fs;

	return statfs(SW_HOOK_BPFFS, &fs) == 0 &&
	       (unsigned long)fs.f_type == BPFFS_MAGIC;
}

/* The kernel may have put files of its own there, which it keeps. */
static void
unlink_all(void)
{
	DIR *pins = opendir(SW_HOOK_BPFFS);
	struct dirent *pin;

	while (pins != NULL && (pin = readdir(pins)) != NULL)
		if (pin->d_name[0] != '.')
			unlinkat(dirfd(pins), pin->d_name, 0);
	if (pins != NULL)
		closedir(pins);
}

int
sw_hook_pin_remove(void)
{
	if (!is_mounted())
		return SW_EXIT_OK;
	unlink_all();
	if (umount2(SW_HOOK_BPFFS, MNT_DETACH) < 0)
		return sw_command_fail(SW_EXIT_FAILURE,
		    "cannot unmount " SW_HOOK_BPFFS ": %s", strerror(errno));
	rmdir(SW_HOOK_BPFFS);
	return SW_EXIT_OK;
}

bool
sw_hook_pin_is_used(const char *nft, const char *iptables, const char **why)
{
	bool there = is_there();
	bool used = strstr(iptables, SW_HOOK_PIN) != NULL;

	if (used && there)
		*why = "the daemon's program chooses the packets for the queue";
	else if (used)
		*why = SW_HOOK_PIN " is gone; run synwardctl hook up, or "
				   "iptables may refuse to change this table";
	else if (!there)
		*why = "there is no program at " SW_HOOK_PIN
		       "; synwardd loads it when it starts, then run "
		       "synwardctl hook up";
	else if (*nft != '\0')
		*why = "a rule of nftables cannot use " SW_HOOK_PIN
		       "; run synwardctl hook up --with=iptables";
	else
		*why = "the rules do not use " SW_HOOK_PIN
		       "; run synwardctl hook up";
	return used && there;
}
