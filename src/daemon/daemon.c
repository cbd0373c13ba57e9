/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start and end, each a straight sequence of steps.
 *
 * Order matters.  Everything that needs a capability is opened first, then all
 * capabilities but one are dropped, then most of the file system is closed, and
 * only then threads are started, because capabilities and restrictions belong
 * to threads.  Until the log runs, errors go to stderr, where the user or
 * journald reads them.
 *
 * The end is the same sequence in reverse.  Every step accepts missing parts,
 * so the same function takes down a start that failed half-way.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdstore.h"
#include "base/stderr_line.h"
#include "control/server.h"
#include "daemon/beside.h"
#include "daemon/fast_path.h"
#include "daemon/first_start.h"
#include "daemon/last_good_conf.h"
#include "daemon/main_loop.h"
#include "net/nfqueue.h"
#include "net/raw_socket.h"
#include "net/reverse_route.h"
#include "net/synproxy.h"
#include "pipeline/worker.h"
#include "process/confine.h"
#include "process/privileges.h"
#include "process/sandbox.h"
#include "shards/rule_slots.h"
#include "state/health.h"
#include "state/signs.h"

enum {
	BUDGET = 250000, /* judgements per second */
	REASON = 512,
	SOURCE = 64,
};

static int __attribute__((format(printf, 2, 3)))
fail(int exit_code, const char *format, ...)
{
	va_list arguments;
	char why[REASON];

	va_start(arguments, format);
	vsnprintf(why, sizeof why, format, arguments);
	va_end(arguments);
	sw_stderr_line("synwardd: %s", why);
	return exit_code;
}

static int
start_rules(struct sw_daemon *daemon, int *ifaces_fd)
{
	daemon->ifaces = sw_ifaces_create();
	if (daemon->ifaces == NULL || sw_takeover_begin(daemon) < 0)
		return fail(SW_EXIT_FAILURE, "out of memory");
	*ifaces_fd = sw_ifaces_open(daemon->ifaces);
	if (*ifaces_fd < 0)
		return fail(SW_EXIT_FAILURE, "cannot list interfaces: %s",
		    strerror(-*ifaces_fd));
	if (sw_beside_read_kernel(daemon, daemon->conf) < 0)
		return fail(SW_EXIT_FAILURE, "out of memory");
	if (sw_conf_compile_slots(daemon->conf, daemon->slots) < 0)
		return fail(
		    SW_EXIT_CONFIG, "more than %u rules", SW_RULE_SLOTS);
	daemon->policy = sw_conf_compile_here(daemon->conf, daemon->ifaces);
	if (daemon->policy == NULL)
		return fail(SW_EXIT_FAILURE, "no memory for the rules");
	return SW_EXIT_OK;
}

static int
start_table(struct sw_daemon *daemon)
{
	int error = sw_takeover_table(daemon);

	if (error < 0)
		return fail(SW_EXIT_FAILURE, "no memory for %u flows: %s",
		    daemon->conf->table.max_flows, strerror(-error));
	sw_first_start(daemon);
	error = sw_takeover_reports(daemon);
	if (error < 0)
		return fail(SW_EXIT_FAILURE, "no memory for reports: %s",
		    strerror(-error));
	return SW_EXIT_OK;
}

/* Binds every queue.  The workers that will read them do not run yet; packets
 * that arrive in the meantime wait in the kernel. */
static int
open_queues(struct sw_daemon *daemon)
{
	const struct sw_conf_queue *queue = &daemon->conf->queue;
	char why[REASON];

	for (size_t i = 0; i < daemon->n_queues; i++) {
		struct sw_nfqueue_config config = {
			.number = (uint16_t)(queue->first + i),
			.copy_range = queue->copy_range,
			.fail_open = queue->fail_open,
			.account = daemon->account,
		};

		daemon->queues[i].number = config.number;
		if (sw_takeover_queue(
			daemon, &daemon->nfqs[i], &config, why, sizeof why) < 0)
			return fail(SW_EXIT_FAILURE, "%s", why);
	}
	return SW_EXIT_OK;
}

static int
start_tap(struct sw_daemon *daemon)
{
	char why[REASON];

	if (sw_beside_open(daemon, why, sizeof why) < 0)
		return fail(SW_EXIT_FAILURE, "%s", why);
	if (sw_beside_open_log(daemon) < 0)
		return fail(SW_EXIT_FAILURE, "out of memory");
	return SW_EXIT_OK;
}

/* Of a tap there are none. */
static int
start_queues(struct sw_daemon *daemon)
{
	size_t n = daemon->conf->source.tap ? 0 : daemon->conf->queue.count;

	daemon->nfqs = calloc(n + 1, sizeof(struct sw_nfqueue *));
	daemon->workers = calloc(n + 1, sizeof(struct sw_worker *));
	daemon->queues = aligned_alloc(
	    _Alignof(struct sw_queue_stats), (n + 1) * sizeof *daemon->queues);
	daemon->health = sw_health_create(n);
	daemon->signs = sw_signs_create();
	if (daemon->nfqs == NULL || daemon->workers == NULL ||
	    daemon->queues == NULL || daemon->health == NULL ||
	    daemon->signs == NULL)
		return fail(SW_EXIT_FAILURE, "out of memory");
	memset(daemon->queues, 0, n * sizeof *daemon->queues);
	daemon->n_queues = n;
	return daemon->conf->source.tap ? start_tap(daemon)
					: open_queues(daemon);
}

static int
start_sender(struct sw_daemon *daemon)
{
	int fds[2], error;

	if (daemon->conf->source.tap)
		return SW_EXIT_OK; /* it touches nothing */
	error = sw_takeover_raw(daemon, fds);
	sw_own_mark_learn(&daemon->own);
	sw_forwarded_open(&daemon->forwarded);
	daemon->synproxy = sw_synproxy_open();
	if (error == 0)
		error = sw_raw_socket_open(&daemon->raw, fds);
	if (error < 0)
		return fail(SW_EXIT_FAILURE, "cannot open a raw socket: %s",
		    strerror(-error));
	return SW_EXIT_OK;
}

static int
start_reporter(struct sw_daemon *daemon)
{
	struct sw_reporter_config config = { .shards = daemon->shards,
		.slots = daemon->slots,
		.ifaces = daemon->ifaces,
		.raw = daemon->raw,
		.reports = &daemon->reports,
		.observe_stats = sw_observe_stats_create(daemon->started),
		.queues = daemon->queues,
		.n_queues = daemon->n_queues,
		.synproxy = daemon->synproxy,
		.tap = daemon->tap_stats,
		.kernel_log = daemon->kernel_log,
		.budget = BUDGET };

	daemon->observe_stats = config.observe_stats;
	if (daemon->observe_stats == NULL)
		return fail(SW_EXIT_FAILURE, "no memory for observations");
	daemon->log = sw_log_start(&daemon->conf->log, daemon->foreground);
	if (daemon->log == NULL)
		return fail(SW_EXIT_FAILURE, "cannot start the log: %s",
		    strerror(errno));
	config.log = daemon->log;
	/* A tap does not know through which interface a packet leaves, nor by
	 * which ones working connections are balanced. */
	if (daemon->tap_stats == NULL)
		daemon->route = sw_reverse_route_open(daemon->ifaces);
	if (daemon->route != NULL) {
		config.route = sw_reverse_route_back;
		config.route_context = daemon->route;
	}
	daemon->reporter =
	    sw_reporter_start(&config, daemon->policy, &daemon->conf->log);
	if (daemon->reporter == NULL)
		return fail(SW_EXIT_FAILURE, "cannot start the reporter: %s",
		    strerror(errno));
	return SW_EXIT_OK;
}

static int
start_workers(struct sw_daemon *daemon)
{
	int error;

	for (size_t i = 0; i < daemon->n_queues; i++) {
		struct sw_worker_config config = {
			.nfq = daemon->nfqs[i],
			.shards = daemon->shards,
			.reporter = daemon->reporter,
			.stats = &daemon->queues[i],
			.own = daemon->own,
			.spin_ns = daemon->conf->queue.spin * 1000u,
		};

		daemon->workers[i] = sw_worker_start(&config);
		if (daemon->workers[i] == NULL)
			return fail(SW_EXIT_FAILURE,
			    "cannot start a worker: %s", strerror(errno));
		daemon->nfqs[i] = NULL;
	}
	if (daemon->tap != NULL && (error = sw_beside_start(daemon)) < 0)
		return fail(SW_EXIT_FAILURE, "cannot start the tap: %s",
		    strerror(-error));
	return SW_EXIT_OK;
}

static int
start_loop(struct sw_daemon *daemon, int ifaces_fd)
{
	int error = sw_main_loop_block_signals();

	if (error == 0)
		error = sd_event_new(&daemon->loop);
	if (error >= 0)
		error = sw_main_loop_attach(daemon, ifaces_fd);
	if (error < 0)
		return fail(SW_EXIT_FAILURE, "cannot start the loop: %s",
		    strerror(-error));
	return SW_EXIT_OK;
}

static int
drop_privileges(const struct sw_daemon *daemon)
{
	int error = sw_privileges_drop(!daemon->conf->source.tap);

	if (error < 0)
		return fail(SW_EXIT_FAILURE, "cannot drop privileges: %s",
		    strerror(-error));
	return SW_EXIT_OK;
}

/* Packets matter more than the control socket: without it, or without being
 * confined, the daemon goes on. */
static void
start_rest(struct sw_daemon *daemon, char why[REASON], int confined)
{
	int error = 0;

	if (daemon->control != NULL &&
	    (error = sw_control_server_start(daemon)) < 0)
		snprintf(why, REASON, "%s", strerror(-error));
	if (daemon->control == NULL)
		sw_log_say(daemon->log, LOG_ERR,
		    "no control socket, synwardctl cannot ask: %s", why);
	if (confined < 0)
		sw_log_say(daemon->log, LOG_WARNING,
		    "the kernel's Landlock is not available (%s): only owner "
		    "and mode protect files from this process",
		    strerror(-confined));
}

static int
start_sandbox(void)
{
	int error = sw_sandbox_worker();

	if (error < 0)
		return fail(SW_EXIT_FAILURE, "cannot limit system calls: %s",
		    strerror(-error));
	return SW_EXIT_OK;
}

static const char *
name_source(const struct sw_daemon *daemon, char text[SOURCE])
{
	const struct sw_conf_queue *queue = &daemon->conf->queue;
	uint64_t links;

	if (daemon->tap_stats != NULL) {
		links = sw_counter_get(&daemon->tap_stats->links);
		snprintf(text, SOURCE,
		    "tap on %d interface%s, it only observes", (int)links,
		    links == 1 ? "" : "s");
	} else if (queue->count > 1) {
		snprintf(text, SOURCE, "queues %u to %u", queue->first,
		    queue->first + queue->count - 1u);
	} else {
		snprintf(text, SOURCE, "queue %u", queue->first);
	}
	return text;
}

static void
announce(const struct sw_daemon *daemon)
{
	const struct sw_conf *conf = daemon->conf;
	char source[SOURCE];

	sw_log_say(daemon->log, LOG_INFO,
	    "synwardd " SYNWARD_VERSION
	    " started: %s, at most %u flows, %zu rule%s",
	    name_source(daemon, source), conf->table.max_flows, conf->n_rules,
	    conf->n_rules == 1 ? "" : "s");
	if (!sw_sandbox_exists)
		sw_log_say(daemon->log, LOG_WARNING,
		    "this build is for tests: it has no sandbox, system calls "
		    "and files are not limited");
	if (daemon->nflog_off[0] != '\0')
		sw_log_say(daemon->log, LOG_ERR,
		    "what the firewall logs to group %u is not read: %s",
		    daemon->conf->source.nflog, daemon->nflog_off);
	sw_takeover_tell(daemon);
	sw_first_start_tell(daemon);
	if (daemon->lanes_off[0] != '\0' && daemon->conf->offload.lanes > 0 &&
	    daemon->tap_stats == NULL)
		sw_log_say(daemon->log, LOG_NOTICE,
		    "fast path: off (%s): every packet goes through the queue",
		    daemon->lanes_off);
	if (!daemon->reload.successful)
		sw_log_say(daemon->log, LOG_ERR,
		    "the configuration file is not good (%s): the last good "
		    "one stays in force",
		    daemon->reload.error);
}

int
sw_daemon_start(struct sw_daemon *daemon)
{
	int ifaces_fd = -1, confined, code;
	char why[REASON];

	daemon->started = sw_clock_now();
	daemon->saved_state.memory.fd = -1;
	daemon->reports.memory.fd = -1;
	daemon->account = -1;
	daemon->forwarded = (struct sw_forwarded){ -1, -1 };
	daemon->synproxy = -1;
	daemon->started_wall =
	    (int64_t)(sw_clock_read(CLOCK_REALTIME) / SW_NS_PER_SECOND);
	daemon->reload.when = daemon->started_wall;
	if ((code = start_rules(daemon, &ifaces_fd)) != SW_EXIT_OK ||
	    (code = start_table(daemon)) != SW_EXIT_OK ||
	    (code = start_queues(daemon)) != SW_EXIT_OK ||
	    (code = start_sender(daemon)) != SW_EXIT_OK ||
	    (code = start_loop(daemon, ifaces_fd)) != SW_EXIT_OK)
		return code;
	sw_fast_path_start(daemon);
	if ((code = drop_privileges(daemon)) != SW_EXIT_OK)
		return code;
	sw_control_server_open(daemon, sw_daemon_reload, why, sizeof why);
	confined = sw_confine_worker(daemon->conf, daemon->conf_file);
	if ((code = start_reporter(daemon)) != SW_EXIT_OK ||
	    (code = start_workers(daemon)) != SW_EXIT_OK)
		return code;
	start_rest(daemon, why, confined);
	sw_last_good_conf_take(daemon->fdstore);
	sw_takeover_end(daemon);
	sw_last_good_conf_keep(daemon->conf);
	if ((code = start_sandbox()) != SW_EXIT_OK)
		return code;
	announce(daemon);
	sw_health_read_queues(daemon);
	sw_signs_update(daemon, sw_clock_now());
	sw_daemon_recheck(daemon); /* of flows that were taken over */
	sw_daemon_warn_of_interfaces(daemon);
	return SW_EXIT_OK;
}

static void
stop_workers(struct sw_daemon *daemon)
{
	for (size_t i = 0; i < daemon->n_queues; i++)
		if (daemon->workers[i] != NULL)
			sw_worker_ask_stop(daemon->workers[i]);
	for (size_t i = 0; i < daemon->n_queues; i++) {
		sw_worker_stop(daemon->workers[i]);
		sw_nfqueue_close(daemon->nfqs[i]);
	}
	daemon->n_queues = 0;
	sw_beside_stop(daemon);
}

void
sw_daemon_stop(struct sw_daemon *daemon)
{
	sw_control_server_stop(daemon->control);
	stop_workers(daemon);
	sw_reporter_stop(daemon->reporter);
	sw_kernel_log_destroy(daemon->kernel_log);
	if (daemon->log != NULL) {
		sw_log_say(daemon->log, LOG_INFO, "synwardd ended");
		sw_log_stop(daemon->log);
	}
	sd_event_unref(daemon->loop);
	sw_observe_stats_destroy(daemon->observe_stats);
	sw_reverse_route_close(daemon->route);
	sw_raw_socket_close(daemon->raw);
	sw_fast_path_stop(daemon);
	sw_shards_destroy(daemon->shards);
	sw_saved_state_close(&daemon->saved_state);
	sw_saved_reports_close(&daemon->reports);
	if (daemon->account >= 0)
		close(daemon->account);
	sw_forwarded_close(&daemon->forwarded);
	if (daemon->synproxy >= 0)
		close(daemon->synproxy);
	sw_fdstore_close(daemon->fdstore);
	if (daemon->policy != NULL)
		sw_policy_destroy(daemon->policy);
	if (daemon->slots != NULL)
		sw_rule_slots_destroy(daemon->slots);
	sw_ifaces_destroy(daemon->ifaces);
	sw_health_destroy(daemon->health);
	sw_signs_destroy(daemon->signs);
	free(daemon->nfqs);
	free(daemon->workers);
	free(daemon->queues);
	free(daemon->tap_stats);
	sw_conf_free(daemon->conf);
}

void
sw_daemon_quit(struct sw_daemon *daemon, int exit_code)
{
	daemon->exit_code = exit_code;
	sd_event_exit(daemon->loop, 0);
}
