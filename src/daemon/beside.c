/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tap's socket is opened by root before this process exists (see
 * process/privileged_fds.h), and kept by the supervisor: a worker that dies
 * leaves its successor the ring with all packets that nobody has read.
 *
 * Interfaces are given by names and patterns, and may come and go.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fdstore.h"
#include "conf/value.h"
#include "daemon/beside.h"
#include "daemon/daemon.h"
#include "log/log.h"
#include "pipeline/tap_worker.h"
#include "process/privileged_fds.h"
#include "state/state.h"

int
sw_beside_read_kernel(struct sw_daemon *daemon, struct sw_conf *conf)
{
	if (!conf->source.tap)
		return 0;
	if (daemon->tracker == NULL)
		daemon->tracker = sw_kernel_tracker_open();
	if (daemon->tracker == NULL)
		return -ENOMEM;
	sw_kernel_tracker_read(daemon->tracker, &daemon->kernel);
	if (daemon->kernel.is_there)
		sw_conf_take_timeouts(conf, daemon->kernel.timeouts);
	return 0;
}

/* Names the first one that has changed. */
static void
log_timeouts(const struct sw_daemon *daemon, const uint32_t before[])
{
	for (unsigned t = 0; t < SW_TIMEOUT_COUNT; t++) {
		uint32_t now = daemon->kernel.timeouts[t];

		if (now == before[t])
			continue;
		sw_log_say(daemon->log, LOG_NOTICE,
		    "the kernel's timeouts have changed: %s was %u, is %u",
		    sw_kernel_tracker_sysctl(t), before[t], now);
		return;
	}
}

void
sw_beside_follow_kernel(struct sw_daemon *daemon)
{
	struct sw_kernel_settings before = daemon->kernel;

	if (daemon->tap_stats == NULL || daemon->tracker == NULL)
		return;
	sw_kernel_tracker_read(daemon->tracker, &daemon->kernel);
	sw_reporter_set_kernel(daemon->reporter, &daemon->kernel);
	if (!daemon->kernel.is_there ||
	    !sw_conf_take_timeouts(daemon->conf, daemon->kernel.timeouts))
		return;
	log_timeouts(daemon, before.timeouts);
	if (sw_daemon_reload_rules(daemon) < 0)
		sw_log_say(daemon->log, LOG_ERR,
		    "no memory to compile the rules for changed timeouts");
}

/* => the descriptor, or -errno */
static int
take_socket(struct sw_daemon *daemon)
{
	int fd = sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_TAP);

	if (fd >= 0 && sw_tap_is(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	fd = sw_tap_socket();
	if (fd >= 0)
		sw_fdstore_keep(SW_PRIVILEGED_FDS_TAP, fd);
	return fd;
}

int
sw_beside_open(struct sw_daemon *daemon, char *why, size_t size)
{
	int fd = take_socket(daemon), error = fd < 0 ? fd : 0;

	daemon->tap_stats = aligned_alloc(
	    _Alignof(struct sw_tap_stats), sizeof(struct sw_tap_stats));
	if (daemon->tap_stats == NULL) {
		if (fd >= 0)
			close(fd);
		error = -ENOMEM;
	} else {
		memset(daemon->tap_stats, 0, sizeof *daemon->tap_stats);
	}
	if (error == 0)
		error = sw_tap_open(&daemon->tap, fd);
	if (error == 0)
		error = sw_local_addrs_open(&daemon->local);
	if (error < 0)
		snprintf(why, size, "cannot open the tap: %s%s",
		    strerror(-error),
		    error == -EPERM ? "; start synwardd again, because only a "
				      "start can open one"
				    : "");
	return error;
}

/* => the group's socket, or -errno with the reason in nflog_off */
static int
take_group(struct sw_daemon *daemon)
{
	int fd = sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_NFLOG);
	int why = sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_NFLOG_WHY);
	ssize_t n;

	if (fd >= 0 && sw_nflog_is(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	if (why >= 0) {
		n = pread(
		    why, daemon->nflog_off, sizeof daemon->nflog_off - 1, 0);
		daemon->nflog_off[n > 0 ? n : 0] = '\0';
		close(why);
		return -EBUSY;
	}
	fd = sw_nflog_socket(daemon->conf->source.nflog);
	if (fd >= 0)
		sw_fdstore_keep(SW_PRIVILEGED_FDS_NFLOG, fd);
	else
		snprintf(daemon->nflog_off, sizeof daemon->nflog_off, "%s%s",
		    strerror(-fd),
		    fd == -EPERM ? "; only a start of synwardd can open it"
				 : "");
	return fd;
}

int
sw_beside_open_log(struct sw_daemon *daemon)
{
	struct sw_nflog *nflog;
	int fd;

	if (daemon->conf->source.nflog == 0 || (fd = take_group(daemon)) < 0)
		return 0;
	if (sw_nflog_open(&nflog, fd) < 0)
		return -ENOMEM;
	daemon->kernel_log = sw_kernel_log_create(nflog, daemon->shards);
	if (daemon->kernel_log == NULL)
		sw_nflog_close(nflog);
	return daemon->kernel_log == NULL ? -ENOMEM : 0;
}

/* Is that one of the interfaces to listen on? */
static bool
is_named(const struct sw_conf_feed *source, const char *name)
{
	bool named = false;

	for (size_t i = 0; i < source->n_interfaces; i++) {
		const char *written = source->interfaces[i];

		if (!sw_net_names_interface(written, name))
			continue;
		if (*written == '!')
			return false;
		named = true;
	}
	return named;
}

static size_t
find_links(const struct sw_conf_feed *source, const struct sw_iface *list,
    size_t n, struct sw_tap_link links[SW_TAP_LINKS])
{
	size_t found = 0;

	for (size_t i = 0; i < n && found < SW_TAP_LINKS; i++)
		if (is_named(source, list[i].name))
			links[found++] =
			    (struct sw_tap_link){ list[i].index, list[i].port };
	return found;
}

static size_t
find_vlans(struct sw_ifaces *ifaces, const struct sw_tap_link links[],
    size_t n_links, struct sw_tap_vlan vlans[SW_TAP_VLANS])
{
	struct sw_iface_vlan list[SW_TAP_VLANS];
	size_t n = sw_ifaces_vlans(ifaces, list, SW_TAP_VLANS);

	for (size_t i = 0; i < n; i++) {
		vlans[i] = (struct sw_tap_vlan){ list[i].parent, list[i].index,
			list[i].vlan, false };
		for (size_t k = 0; k < n_links; k++)
			vlans[i].heard |= links[k].index == list[i].index;
	}
	return n;
}

static void
tell_links(struct sw_daemon *daemon, const struct sw_tap_link links[], size_t n)
{
	uint32_t indices[SW_TAP_LINKS];

	for (size_t i = 0; i < n; i++)
		indices[i] = links[i].index;
	sw_reporter_set_links(daemon->reporter, indices, n);
}

void
sw_beside_listen(struct sw_daemon *daemon)
{
	const struct sw_conf_feed *source = &daemon->conf->source;
	struct sw_tap_link links[SW_TAP_LINKS];
	struct sw_tap_vlan vlans[SW_TAP_VLANS];
	size_t n, n_links, n_vlans;
	struct sw_iface *list;
	int error;

	if (daemon->tap_worker == NULL)
		return;
	list = sw_ifaces_list(daemon->ifaces, &n);
	if (list == NULL)
		return;
	n_links = find_links(source, list, n, links);
	n_vlans = find_vlans(daemon->ifaces, links, n_links, vlans);
	free(list);
	tell_links(daemon, links, n_links);
	error = sw_tap_worker_listen(daemon->tap_worker, links, n_links,
	    sw_conf_hears_one(daemon->conf), vlans, n_vlans);
	if (error < 0)
		sw_log_say(daemon->log, LOG_ERR,
		    "cannot listen on the interfaces: %s", strerror(-error));
	atomic_store_explicit(&daemon->tap_stats->links,
	    error < 0 ? 0 : n_links, memory_order_relaxed);
}

int
sw_beside_start(struct sw_daemon *daemon)
{
	struct sw_tap_worker_config config = { .tap = daemon->tap,
		.local = daemon->local,
		.shards = daemon->shards,
		.reporter = daemon->reporter,
		.stats = daemon->tap_stats };

	daemon->tap_worker = sw_tap_worker_start(&config);
	if (daemon->tap_worker == NULL)
		return -errno;
	daemon->tap = NULL;
	daemon->local = NULL;
	sw_reporter_set_kernel(daemon->reporter, &daemon->kernel);
	sw_beside_listen(daemon);
	return 0;
}

void
sw_beside_stop(struct sw_daemon *daemon)
{
	sw_tap_worker_stop(daemon->tap_worker);
	sw_tap_close(daemon->tap);
	sw_local_addrs_close(daemon->local);
	sw_kernel_tracker_close(daemon->tracker);
	daemon->tracker = NULL;
	daemon->tap_worker = NULL;
	daemon->tap = NULL;
	daemon->local = NULL;
}
