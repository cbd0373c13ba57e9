/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sets of maps are searched at start: those that the predecessor used,
 * whose lanes may be newer than its records, and those that were lent to us,
 * if the start was that of the whole daemon.  The former are shut and copied
 * back; the latter, or else the former, begin empty, with new keys.
 *
 * Descriptors that are lent have the name of those in use from then on, because
 * systemd keeps a descriptor under one name only: under another it would be
 * ignored, and the next lending would replace it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdstore.h"
#include "daemon/daemon.h"
#include "daemon/fast_path.h"
#include "daemon/main_loop.h"
#include "lanes/lane_program.h"
#include "process/privileged_fds.h"

/* Between two times that changed routes shut all lanes. */
enum { ROUTES_NS = 100000000 };

static const char *const used[SW_LANE_MAPS] = {
	[SW_LANE_MAP_CONTROL] = SW_PRIVILEGED_FDS_USED,
	[SW_LANE_MAP_LANES] = "used-lanes",
	[SW_LANE_MAP_STAMPS] = "used-stamps",
};

static const char *const lent[SW_LANE_MAPS] = {
	[SW_LANE_MAP_CONTROL] = SW_PRIVILEGED_FDS_CONTROL,
	[SW_LANE_MAP_LANES] = SW_PRIVILEGED_FDS_LANES,
	[SW_LANE_MAP_STAMPS] = SW_PRIVILEGED_FDS_STAMPS,
};

static void
close_all(const int fds[SW_LANE_MAPS])
{
	for (int i = 0; i < SW_LANE_MAPS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* => false when not all are there */
static bool
take(struct sw_daemon *daemon, const char *const names[SW_LANE_MAPS],
    int fds[SW_LANE_MAPS])
{
	bool all = true;

	for (int i = 0; i < SW_LANE_MAPS; i++) {
		fds[i] = sw_fdstore_take(daemon->fdstore, names[i]);
		all &= fds[i] >= 0;
	}
	if (!all)
		close_all(fds);
	return all;
}

void
sw_fast_path_inherit(struct sw_daemon *daemon)
{
	int fds[SW_LANE_MAPS];

	if (take(daemon, used, fds))
		sw_lane_maps_open(&daemon->left_lanes, fds);
}

void
sw_fast_path_recall(struct sw_daemon *daemon, struct sw_shards *shards)
{
	if (daemon->left_lanes.is_open)
		sw_shards_use_lanes(shards, &daemon->left_lanes.at, 0);
	daemon->inherited.lanes = sw_shards_recall_lanes(shards);
	sw_shards_use_lanes(shards, NULL, 0);
}

static void __attribute__((format(printf, 2, 3)))
stay_off(struct sw_daemon *daemon, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(
	    daemon->lanes_off, sizeof daemon->lanes_off, format, arguments);
	va_end(arguments);
	sw_lane_maps_close(&daemon->lanes);
	for (int i = 0; i < SW_LANE_MAPS; i++)
		sw_fdstore_forget(used[i]);
}

/* The text that came in place of maps.  => false: none came */
static bool
read_why(struct sw_daemon *daemon)
{
	int fd = sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_WHY);
	char text[sizeof daemon->lanes_off];
	ssize_t n = 0;

	if (fd < 0)
		return false;
	n = pread(fd, text, sizeof text, 0);
	close(fd);
	stay_off(daemon, "%.*s", (int)(n > 0 ? n : 0), text);
	return true;
}

/* For a daemon that was lent nothing.  => false: lanes_off says why not */
static bool
load_maps(struct sw_daemon *daemon, int fds[SW_LANE_MAPS])
{
	struct sw_lane_program program;

	sw_privileged_fds_load(&program, daemon->conf);
	memcpy(fds, program.set.maps, sizeof program.set.maps);
	daemon->lane_code = program.set.code;
	if (program.why[0] != '\0')
		stay_off(daemon, "%s", program.why);
	return program.why[0] == '\0';
}

/* => false: there are none, and lanes_off says why */
static bool
find_maps(struct sw_daemon *daemon, int fds[SW_LANE_MAPS])
{
	daemon->lane_code =
	    sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_PROGRAM);
	if (take(daemon, lent, fds))
		return true;
	if (read_why(daemon))
		return false;
	if (daemon->left_lanes.is_open) {
		memcpy(
		    fds, daemon->left_lanes.fds, sizeof daemon->left_lanes.fds);
		/* They stay open. */
		daemon->left_lanes.is_open = false;
		return true;
	}
	if (daemon->parent == 0 &&
	    sw_fdstore_peek(SW_PRIVILEGED_FDS_RAW_IPV4) < 0)
		return load_maps(daemon, fds);
	stay_off(daemon, "the start of synwardd has not loaded the program; "
			 "restart it");
	return false;
}

static void
keep(const struct sw_lane_maps *maps)
{
	for (int i = 0; i < SW_LANE_MAPS; i++) {
		sw_fdstore_forget(lent[i]);
		sw_fdstore_keep(used[i], maps->fds[i]);
	}
}

void
sw_fast_path_start(struct sw_daemon *daemon)
{
	int fds[SW_LANE_MAPS], error;
	bool found = daemon->tap_stats == NULL && find_maps(daemon, fds);

	sw_lane_maps_close(&daemon->left_lanes);
	if (daemon->tap_stats != NULL)
		stay_off(daemon, "source.from = tap");
	if (!found)
		return;
	if (daemon->conf->offload.lanes == 0) {
		close_all(fds);
		stay_off(daemon, "offload { lanes = 0 }");
		return;
	}
	error = sw_main_loop_watch_routes(daemon);
	if (error < 0) {
		close_all(fds);
		stay_off(daemon, "the kernel does not report its routes: %s",
		    strerror(-error));
		return;
	}
	error = sw_lane_maps_open(&daemon->lanes, fds);
	if (error == 0)
		error = sw_lane_maps_renew(&daemon->lanes);
	if (error == 0 && !sw_shards_use_lanes(daemon->shards,
			      &daemon->lanes.at, daemon->conf->offload.after)) {
		sw_shards_use_lanes(daemon->shards, NULL, 0);
		error = -ENOMEM;
	}
	if (error == -EINVAL)
		stay_off(daemon, "the program in the kernel is of another "
				 "version; restart synwardd");
	else if (error < 0)
		stay_off(daemon, "cannot map the program's memory: %s",
		    strerror(-error));
	if (error < 0)
		return;
	keep(&daemon->lanes);
	sw_fast_path_renew_lease(daemon);
}

void
sw_fast_path_stop(struct sw_daemon *daemon)
{
	if (!sw_fdstore_is_kept() && daemon->lanes.is_open)
		sw_lane_maps_end(daemon->lanes.fds[SW_LANE_MAP_CONTROL]);
	if (daemon->lane_code > 0)
		close(daemon->lane_code);
	if (daemon->routes_fd > 0)
		close(daemon->routes_fd);
	sw_lane_maps_close(&daemon->lanes);
	sw_lane_maps_close(&daemon->left_lanes);
}

void
sw_fast_path_renew_lease(struct sw_daemon *daemon)
{
	uint64_t lease = daemon->conf->offload.lease * SW_NS_PER_SECOND;

	sw_lane_maps_allow(
	    &daemon->lanes, (struct sw_time){ sw_clock_now().ns + lease });
}

void
sw_fast_path_read_some(struct sw_daemon *daemon)
{
	if (!sw_shards_sync_lanes(
		daemon->shards, daemon->lanes.n, &daemon->lanes_read))
		daemon->lanes_read = 0;
}

void
sw_fast_path_shut(struct sw_daemon *daemon)
{
	sw_lane_maps_shut(&daemon->lanes);
}

void
sw_fast_path_note_routes(struct sw_daemon *daemon, bool changed)
{
	uint64_t now = sw_clock_now().ns;

	daemon->routes_changed |= changed;
	if (!daemon->routes_changed || now - daemon->routes_at < ROUTES_NS)
		return;
	daemon->routes_changed = false;
	daemon->routes_at = now;
	sw_fast_path_shut(daemon);
}

void
sw_fast_path_adopt(
    struct sw_daemon *daemon, const struct sw_conf_offload *offload)
{
	if (!daemon->lanes.is_open ||
	    offload->after == daemon->conf->offload.after)
		return;
	sw_shards_set_after(daemon->shards, offload->after);
}
