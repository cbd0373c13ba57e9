/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map of the control block names its layout and the number of lanes; it is
 * believed only as far as the kernel maps that number.  In a block of another
 * layout magic and epoch are where they always were.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/table/lane.h"
#include "lanes/lane_maps.h"

static void *
map(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

bool
sw_lane_maps_peek(int fd, struct sw_lane_control *control)
{
	struct sw_lane_control *at = fd < 0 ? NULL : map(fd, sizeof *at);

	if (at == NULL)
		return false;
	*control = *at;
	munmap(at, sizeof *at);
	return true;
}

bool
sw_lane_maps_stamp(int fd, const struct sw_lane_control *control)
{
	struct sw_lane_control *at = map(fd, sizeof *at);

	if (at == NULL)
		return false;
	*at = *control;
	munmap(at, sizeof *at);
	return true;
}

/* Knows of no lanes yet. */
static int
open_control(struct sw_lane_maps *maps)
{
	struct sw_lane_control *control =
	    map(maps->fds[SW_LANE_MAP_CONTROL], sizeof *control);

	if (control == NULL)
		return -errno;
	maps->at.control = control;
	if (control->magic != SW_LANE_MAGIC)
		return -EINVAL;
	sw_lane_maps_shut(maps);
	if (control->version != SW_LANE_VERSION || control->sets == 0 ||
	    control->sets > SW_LANE_SETS_MOST ||
	    (control->sets & (control->sets - 1)) != 0)
		return -EINVAL;
	return 0;
}

static int
open_lanes(struct sw_lane_maps *maps)
{
	maps->n = maps->at.control->sets * SW_LANE_WAYS;
	maps->at.lane =
	    map(maps->fds[SW_LANE_MAP_LANES], maps->n * sizeof *maps->at.lane);
	if (maps->at.lane == NULL)
		return -errno;
	maps->at.stamps = map(
	    maps->fds[SW_LANE_MAP_STAMPS], maps->n * sizeof *maps->at.stamps);
	return maps->at.stamps == NULL ? -errno : 0;
}

int
sw_lane_maps_open(struct sw_lane_maps *maps, const int fds[SW_LANE_MAPS])
{
	int error;

	*maps = (struct sw_lane_maps){ .is_open = true };
	memcpy(maps->fds, fds, sizeof maps->fds);
	error = open_control(maps);
	if (error == 0)
		error = open_lanes(maps);
	if (error < 0)
		sw_lane_maps_close(maps);
	return error;
}

static void
unmap(void *at, size_t size)
{
	if (at != NULL)
		munmap(at, size);
}

void
sw_lane_maps_close(struct sw_lane_maps *maps)
{
	unmap(maps->at.lane, maps->n * sizeof *maps->at.lane);
	unmap(maps->at.stamps, maps->n * sizeof *maps->at.stamps);
	unmap(maps->at.control, sizeof *maps->at.control);
	for (int i = 0; maps->is_open && i < SW_LANE_MAPS; i++)
		if (maps->fds[i] >= 0)
			close(maps->fds[i]);
	*maps = (struct sw_lane_maps){ .n = 0 };
}

void
sw_lane_maps_shut(struct sw_lane_maps *maps)
{
	if (maps->at.control != NULL)
		__atomic_add_fetch(
		    &maps->at.control->epoch, 1, __ATOMIC_SEQ_CST);
}

/* The program, on another processor, may be inside one still. */
static void
wait_for(const struct sw_lane *lane)
{
	for (unsigned i = 0; i < 1u << 24; i++)
		if (!(__atomic_load_n(&lane->gate, __ATOMIC_ACQUIRE) &
			SW_GATE_BUSY))
			return;
}

int
sw_lane_maps_renew(struct sw_lane_maps *maps)
{
	uint64_t *key = maps->at.control->key;

	sw_lane_maps_shut(maps);
	for (uint32_t i = 0; i < maps->n; i++)
		wait_for(&maps->at.lane[i]);
	memset(maps->at.lane, 0, maps->n * sizeof *maps->at.lane);
	if (getrandom(key, sizeof maps->at.control->key, 0) !=
	    sizeof maps->at.control->key)
		return -EIO;
	return 0;
}

void
sw_lane_maps_allow(struct sw_lane_maps *maps, struct sw_time until)
{
	if (maps->at.control != NULL)
		__atomic_store_n(&maps->at.control->alive_until,
		    sw_time_tick(until), __ATOMIC_RELAXED);
}

void
sw_lane_maps_end(int fd)
{
	struct sw_lane_control *control =
	    fd < 0 ? NULL : map(fd, sizeof *control);

	if (control == NULL)
		return;
	__atomic_add_fetch(&control->epoch, 1, __ATOMIC_SEQ_CST);
	if (control->version == SW_LANE_VERSION)
		__atomic_store_n(&control->alive_until,
		    sw_time_tick(sw_clock_now()) - 1, __ATOMIC_RELAXED);
	munmap(control, sizeof *control);
}
