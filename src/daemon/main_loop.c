/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers on sd-event for signals, timers and the interfaces' socket, each a
 * short function.  Nothing here blocks, and no packet waits for it: the sweep
 * holds a shard's lock for one short slice at a time.
 *
 *	every 50 ms	a twentieth of every shard is swept
 *	every second	the kernel's counters are read, the status is
 *			sent
 *	watchdog/3	the watchdog is fed, if every thread is alive
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/notify.h"
#include "daemon/beside.h"
#include "daemon/fast_path.h"
#include "daemon/main_loop.h"
#include "net/route_watch.h"
#include "state/health.h"
#include "state/plug_watch.h"
#include "state/signs.h"

enum {
	SWEEP_US = 50000,
	SWEEP_PARTS = 20,
	SECOND_US = 1000000,
	ACCURACY_US = 5000,
	STATUS = 256,
};

/* Arms a timer again.
 * => the result of sd_event_source_set_enabled() */
static int
again(sd_event_source *source, uint64_t us)
{
	sd_event_source_set_time_relative(source, us);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int
on_sweep(sd_event_source *source, uint64_t usec, void *context)
{
	struct sw_daemon *daemon = context;

	(void)usec;
	sw_shards_sweep(daemon->shards, SWEEP_PARTS);
	sw_fast_path_read_some(daemon);
	sw_fast_path_note_routes(daemon, false);
	return again(source, SWEEP_US);
}

/* A worker cannot start another parent, because its sandbox forbids starting
 * programs.  It goes on alone; the log and the status say so. */
static void
look_for_parent(struct sw_daemon *daemon)
{
	if (daemon->alone || daemon->parent == 0 || getppid() == daemon->parent)
		return;
	daemon->alone = true;
	sw_log_say(daemon->log, LOG_ERR,
	    "the parent process, %d, is gone: this worker goes on, but nothing "
	    "replaces it if it dies; restart synwardd with the service manager",
	    (int)daemon->parent);
}

static int
on_second(sd_event_source *source, uint64_t usec, void *context)
{
	struct sw_daemon *daemon = context;
	char status[STATUS], notify[STATUS + 8];

	(void)usec;
	sw_fast_path_renew_lease(daemon);
	sw_health_read_queues(daemon);
	look_for_parent(daemon);
	sw_beside_follow_kernel(daemon);
	if (daemon->tap_stats == NULL)
		sw_plug_watch(daemon, sw_clock_now());
	sw_signs_update(daemon, sw_clock_now());
	sw_health_text(daemon, status, sizeof status);
	snprintf(notify, sizeof notify, "STATUS=%s", status);
	sw_notify_tell(notify);
	return again(source, SECOND_US);
}

static uint64_t
watchdog_us(void)
{
	uint64_t us = 0;

	return sd_watchdog_enabled(0, &us) > 0 ? us / 3 : 0;
}

static int
on_watchdog(sd_event_source *source, uint64_t usec, void *context)
{
	(void)usec;
	if (sw_health_alive(context))
		sw_notify_tell("WATCHDOG=1");
	return again(source, watchdog_us());
}

static int
on_hangup(
    sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct sw_daemon *daemon = context;
	struct sw_conf_errors errors = { 0 };
	char notify[64];

	(void)source;
	(void)info;
	snprintf(notify, sizeof notify, "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)sw_clock_read(CLOCK_MONOTONIC) / 1000);
	sw_notify_tell(notify);
	sw_daemon_reload(daemon, &errors);
	sw_conf_errors_free(&errors);
	sw_notify_tell("READY=1");
	return 0;
}

static int
on_end(
    sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct sw_daemon *daemon = context;

	(void)source;
	sw_log_say(daemon->log, LOG_INFO, "SIG%s: ending",
	    sigabbrev_np((int)info->ssi_signo));
	sw_daemon_quit(daemon, SW_EXIT_OK);
	return 0;
}

static int
on_links(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct sw_daemon *daemon = context;

	(void)source;
	(void)fd;
	(void)events;
	if (sw_ifaces_read(daemon->ifaces) &&
	    sw_daemon_reload_rules(daemon) < 0)
		sw_log_say(daemon->log, LOG_ERR,
		    "no memory to compile the rules for changed interfaces");
	sw_beside_listen(daemon);
	return 0;
}

static int
on_routes(sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source;
	(void)events;
	sw_fast_path_note_routes(context, sw_route_watch_read(fd));
	return 0;
}

int
sw_main_loop_block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	return 0;
}

static int
add_timer(struct sw_daemon *daemon, uint64_t us, sd_event_time_handler_t on)
{
	if (us == 0)
		return 0;
	return sd_event_add_time_relative(
	    daemon->loop, NULL, CLOCK_MONOTONIC, us, ACCURACY_US, on, daemon);
}

int
sw_main_loop_watch_routes(struct sw_daemon *daemon)
{
	int fd = sw_route_watch_open();

	if (fd < 0)
		return fd;
	daemon->routes_fd = fd;
	return sd_event_add_io(
	    daemon->loop, NULL, fd, EPOLLIN, on_routes, daemon);
}

int
sw_main_loop_attach(struct sw_daemon *daemon, int ifaces_fd)
{
	sd_event *loop = daemon->loop;
	int error;

	if ((error = sd_event_add_signal(
		 loop, NULL, SIGHUP, on_hangup, daemon)) < 0 ||
	    (error = sd_event_add_signal(loop, NULL, SIGTERM, on_end, daemon)) <
		0 ||
	    (error = sd_event_add_signal(loop, NULL, SIGINT, on_end, daemon)) <
		0 ||
	    (error = sd_event_add_io(
		 loop, NULL, ifaces_fd, EPOLLIN, on_links, daemon)) < 0 ||
	    (error = add_timer(daemon, SWEEP_US, on_sweep)) < 0 ||
	    (error = add_timer(daemon, SECOND_US, on_second)) < 0 ||
	    (error = add_timer(daemon, watchdog_us(), on_watchdog)) < 0)
		return error;
	return 0;
}
