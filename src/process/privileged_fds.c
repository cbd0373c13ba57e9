/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit that grants its processes nothing but CAP_NET_ADMIN runs the program
 * once as root before (--lend); that run opens the descriptors and leaves them
 * in systemd's descriptor store.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fdstore.h"
#include "conf/conf.h"
#include "lanes/lane_program.h"
#include "net/nflog.h"
#include "net/queue_proc.h"
#include "net/raw_socket.h"
#include "net/tap.h"
#include "process/privileged_fds.h"

void
sw_privileged_fds_load(
    struct sw_lane_program *program, const struct sw_conf *conf)
{
	*program = (struct sw_lane_program){ .lanes = conf->offload.lanes,
		.queue = conf->queue.first };
	sw_lane_program_load(program);
}

/* In place of a descriptor: what the store has under the name stays there. */
enum { LEFT = -2 };

/* A text in a descriptor.  => -1 when there is none, or no memory */
static int
text_fd(const char *text)
{
	int fd = *text == '\0' ? -1 : memfd_create("synward-why", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void
open_lanes(struct sw_privileged_fds loans[5], const struct sw_conf *conf)
{
	static const char *const names[SW_LANE_MAPS] = {
		[SW_LANE_MAP_CONTROL] = SW_PRIVILEGED_FDS_CONTROL,
		[SW_LANE_MAP_LANES] = SW_PRIVILEGED_FDS_LANES,
		[SW_LANE_MAP_STAMPS] = SW_PRIVILEGED_FDS_STAMPS,
	};
	struct sw_lane_program program;

	sw_privileged_fds_load(&program, conf);
	for (int i = 0; i < SW_LANE_MAPS; i++)
		loans[i] =
		    (struct sw_privileged_fds){ names[i], program.set.maps[i] };
	loans[SW_LANE_MAPS] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_PROGRAM,
		    program.set.code };
	loans[SW_LANE_MAPS + 1] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_WHY,
		    text_fd(program.why) };
}

bool
sw_privileged_fds_are_lent(const struct sw_conf *conf)
{
	return sw_fdstore_peek(conf->source.tap
				   ? SW_PRIVILEGED_FDS_TAP
				   : SW_PRIVILEGED_FDS_RAW_IPV4) >= 0;
}

/* A group that cannot be read is no reason not to start: the daemon says why. */
static void
open_nflog(struct sw_privileged_fds fds[2], uint16_t group)
{
	char why[160];
	int fd = sw_nflog_socket(group);

	/* It may be our predecessor's socket, in the store, that reads it. */
	fds[0].fd = fd == -EBUSY ? LEFT : fd < 0 ? -1 : fd;
	if (fd >= 0)
		return;
	snprintf(why, sizeof why, "%s",
	    fd == -EBUSY ? "another program reads it: end that, or log to "
			   "another group"
			 : strerror(-fd));
	fds[1].fd = text_fd(why);
}

/* The other names are there without a descriptor, so that a store forgets what
 * an earlier start had kept under them. */
static int
open_tap(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST],
    const struct sw_conf *conf)
{
	static const char *const names[SW_PRIVILEGED_FDS_MOST] = {
		SW_PRIVILEGED_FDS_TAP,
		SW_PRIVILEGED_FDS_NFLOG,
		SW_PRIVILEGED_FDS_NFLOG_WHY,
		SW_PRIVILEGED_FDS_RAW_IPV4,
		SW_PRIVILEGED_FDS_RAW_IPV6,
		SW_PRIVILEGED_FDS_QUEUES,
		SW_PRIVILEGED_FDS_PROGRAM,
		SW_PRIVILEGED_FDS_CONTROL,
		SW_PRIVILEGED_FDS_LANES,
		SW_PRIVILEGED_FDS_STAMPS,
		SW_PRIVILEGED_FDS_WHY,
	};

	for (int i = 0; i < SW_PRIVILEGED_FDS_MOST; i++)
		fds[i] = (struct sw_privileged_fds){ names[i], -1 };
	fds[0].fd = sw_tap_socket();
	if (fds[0].fd < 0)
		return fds[0].fd;
	if (conf->source.nflog > 0)
		open_nflog(&fds[1], conf->source.nflog);
	return 0;
}

static int
open_for_queue(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST],
    const struct sw_conf *conf)
{
	int raw[2], error = sw_raw_socket_sockets(raw);

	if (error < 0)
		return error;
	fds[0] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_RAW_IPV4, raw[0] };
	fds[1] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_RAW_IPV6, raw[1] };
	fds[2] = (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_QUEUES,
		sw_queue_proc_open() };
	open_lanes(&fds[3], conf);
	fds[SW_PRIVILEGED_FDS_MOST - 3] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_NFLOG, -1 };
	fds[SW_PRIVILEGED_FDS_MOST - 2] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_NFLOG_WHY, -1 };
	fds[SW_PRIVILEGED_FDS_MOST - 1] =
	    (struct sw_privileged_fds){ SW_PRIVILEGED_FDS_TAP, -1 };
	return 0;
}

int
sw_privileged_fds_open(struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST],
    const struct sw_conf *conf)
{
	return conf->source.tap ? open_tap(fds, conf)
				: open_for_queue(fds, conf);
}

/* What an earlier start had kept does not stay beside what this one has. */
int
sw_privileged_fds_keep(const struct sw_conf *conf)
{
	struct sw_privileged_fds fds[SW_PRIVILEGED_FDS_MOST];
	int error = sw_privileged_fds_open(fds, conf);

	if (error < 0)
		return error;
	for (int i = 0; i < SW_PRIVILEGED_FDS_MOST; i++) {
		if (fds[i].fd == LEFT)
			continue;
		if (fds[i].fd < 0) {
			sw_fdstore_forget(fds[i].name);
			continue;
		}
		if (error == 0)
			error = sw_fdstore_keep(fds[i].name, fds[i].fd);
		close(fds[i].fd);
	}
	return error;
}
