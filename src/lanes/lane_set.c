/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each pin is made under another name first and moved over the old one, because
 * a table of legacy iptables cannot be changed while a pin it names is missing.
 * So a start that ends half-way leaves pins of two sets; the kernel knows which
 * maps a program uses, and only a whole set is believed.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/table/lane.h"
#include "lanes/bpffs.h"
#include "lanes/lane_maps.h"
#include "lanes/lane_set.h"

enum { PATH = 128 };

#define PROGRAM "needs_daemon"

static const char *const map_names[SW_LANE_MAPS] = {
	[SW_LANE_MAP_CONTROL] = "control",
	[SW_LANE_MAP_LANES] = "lanes",
	[SW_LANE_MAP_STAMPS] = "stamps",
};

const char *
sw_lane_set_map_name(enum sw_lane_map map)
{
	return map_names[map];
}

uint64_t
sw_lane_set_instance(uint16_t queue)
{
	struct stat net;

	if (stat("/proc/self/ns/net", &net) < 0)
		net.st_ino = 0;
	return (uint64_t)queue << SW_LANE_NET_BITS ^ net.st_ino;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
sw_lane_set_close(struct sw_lane_set *set)
{
	close_fd(&set->code);
	for (int i = 0; i < SW_LANE_MAPS; i++)
		close_fd(&set->maps[i]);
}

/* => the map's number, or 0 */
static uint32_t
number_of(int map)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof info;

	return map >= 0 && bpf_obj_get_info_by_fd(map, &info, &size) == 0
		   ? info.id
		   : 0;
}

/* The numbers of the maps that a program of ours uses.
 * => false for another's program */
static bool
read_maps(int code, uint32_t numbers[SW_LANE_MAPS])
{
	struct bpf_prog_info info = { .nr_map_ids = SW_LANE_MAPS,
		.map_ids = (uintptr_t)numbers };
	uint32_t size = sizeof info;

	return bpf_obj_get_info_by_fd(code, &info, &size) == 0 &&
	       info.nr_map_ids == SW_LANE_MAPS &&
	       strcmp(info.name, PROGRAM) == 0;
}

static bool
is_among(uint32_t number, const uint32_t numbers[SW_LANE_MAPS])
{
	for (int i = 0; i < SW_LANE_MAPS; i++)
		if (numbers[i] == number)
			return number != 0;
	return false;
}

static bool
is_whole(const struct sw_lane_set *set)
{
	uint32_t numbers[SW_LANE_MAPS] = { 0 };

	if (set->code < 0 || !read_maps(set->code, numbers))
		return false;
	for (int i = 0; i < SW_LANE_MAPS; i++)
		if (!is_among(number_of(set->maps[i]), numbers))
			return false;
	return true;
}

static int
open_pin(const char *name)
{
	char path[PATH];

	snprintf(path, sizeof path, SW_LANE_BPFFS "/%s", name);
	return bpf_obj_get(path);
}

/* => false: it is no control block of our layout */
static bool
read_control(int map, struct sw_lane_control *control)
{
	return sw_lane_maps_peek(map, control) &&
	       control->magic == SW_LANE_MAGIC &&
	       control->version == SW_LANE_VERSION;
}

bool
sw_lane_set_pinned_control(struct sw_lane_control *control)
{
	int fd = open_pin(map_names[SW_LANE_MAP_CONTROL]);
	bool there = read_control(fd, control);

	close_fd(&fd);
	return there;
}

bool
sw_lane_set_open_pinned(struct sw_lane_set *set)
{
	set->code = open_pin(PROGRAM);
	for (int i = 0; i < SW_LANE_MAPS; i++)
		set->maps[i] = open_pin(map_names[i]);
	if (is_whole(set))
		return true;
	sw_lane_set_close(set);
	return false;
}

/* Puts the map among those of the set, by its name. */
static void
place_map(struct sw_lane_set *set, uint32_t number)
{
	int fd = bpf_map_get_fd_by_id(number);
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof info;

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0)
		for (int i = 0; i < SW_LANE_MAPS; i++)
			if (set->maps[i] < 0 &&
			    strcmp(info.name, map_names[i]) == 0) {
				set->maps[i] = fd;
				return;
			}
	close_fd(&fd);
}

bool
sw_lane_set_is_leased(const struct sw_lane_control *control)
{
	return (int32_t)(control->alive_until - sw_time_tick(sw_clock_now())) >
	       0;
}

/* Is that a program for this instance, in use?  Fills the set. */
static bool
open_number(uint32_t number, uint64_t instance, struct sw_lane_set *set)
{
	uint32_t numbers[SW_LANE_MAPS] = { 0 };
	struct sw_lane_control control;

	*set = SW_LANE_SET_NONE;
	set->code = bpf_prog_get_fd_by_id(number);
	if (set->code >= 0 && read_maps(set->code, numbers))
		for (int i = 0; i < SW_LANE_MAPS; i++)
			place_map(set, numbers[i]);
	if (is_whole(set) &&
	    read_control(set->maps[SW_LANE_MAP_CONTROL], &control) &&
	    control.instance == instance && sw_lane_set_is_leased(&control))
		return true;
	sw_lane_set_close(set);
	return false;
}

/* Numbers rise with time. */
bool
sw_lane_set_search(uint64_t instance, struct sw_lane_set *set)
{
	struct sw_lane_set found;
	uint32_t number = 0;

	*set = SW_LANE_SET_NONE;
	while (bpf_prog_get_next_id(number, &number) == 0)
		if (open_number(number, instance, &found)) {
			sw_lane_set_close(set);
			*set = found;
		}
	return set->code >= 0;
}

static int
pin(int fd, const char *name)
{
	char path[PATH], beside[PATH];

	snprintf(path, sizeof path, SW_LANE_BPFFS "/%s", name);
	snprintf(beside, sizeof beside, SW_LANE_BPFFS "/%s_new", name);
	if (unlink(beside) < 0 && errno != ENOENT)
		return -errno;
	if (bpf_obj_pin(fd, beside) < 0)
		return -errno;
	return rename(beside, path) < 0 ? -errno : 0;
}

/* Maps first: a program that is found has its maps beside it. */
int
sw_lane_set_pin(const struct sw_lane_set *set)
{
	int error = sw_bpffs_mount(SW_LANE_BPFFS);

	for (int i = 0; error == 0 && i < SW_LANE_MAPS; i++)
		error = pin(set->maps[i], map_names[i]);
	return error == 0 ? pin(set->code, PROGRAM) : error;
}
