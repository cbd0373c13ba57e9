/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Four kinds of things are left: a block that describes the table (see
 * shards/saved_state.h), the blocks of its shards, a block of what was reported
 * (see report/saved_reports.h), and the queues' sockets, under the names legacy,
 * shard-N, reports and queue-N.
 *
 * When memory is short the start fails, and the descriptors stay stored for
 * the next start.
 *
 * The describing block is stored last and once: storing it again would remove
 * it for a moment.  A process that dies while it makes a table leaves no such
 * block, and shards' blocks without it are discarded.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdstore.h"
#include "base/stderr_line.h"
#include "daemon/daemon.h"
#include "daemon/fast_path.h"
#include "daemon/takeover.h"
#include "net/nfqueue.h"
#include "net/queue_proc.h"
#include "net/raw_socket.h"
#include "process/privileged_fds.h"
#include "process/spawn.h"
#include "shards/rule_slots.h"

enum { NAME = 32, EVENTS = 16384 /* size of each shard's ring */ };

static int
adopt_saved_state(struct sw_daemon *daemon)
{
	int fd = sw_fdstore_take(daemon->fdstore, "legacy"), error;

	if (fd < 0)
		return -ENOENT;
	error = sw_saved_state_adopt(&daemon->saved_state, fd);
	if (error < 0)
		return error;
	error = sw_saved_state_load_names(&daemon->saved_state, daemon->slots);
	if (error < 0)
		sw_saved_state_close(&daemon->saved_state);
	return error;
}

/* named: rules have the slots that the reports know them by. */
static void
adopt_reports(struct sw_daemon *daemon, bool named)
{
	int fd = sw_fdstore_take(daemon->fdstore, "reports"), error;

	if (fd < 0)
		return;
	if (!named) {
		close(fd);
		daemon->inherited.forgot = "the names of their rules are lost";
		return;
	}
	error = sw_saved_reports_adopt(&daemon->reports, fd);
	daemon->inherited.reports = error == 0;
	if (error < 0)
		daemon->inherited.forgot =
		    error == -EINVAL ? "what was left of them is damaged or of "
				       "a build with another layout"
				     : strerror(-error);
}

int
sw_takeover_reports(struct sw_daemon *daemon)
{
	struct sw_saved_totals totals;
	int error = 0;

	if (!daemon->inherited.reports)
		error = sw_saved_reports_create(&daemon->reports);
	/* A block of the former layout has become a new one, too. */
	if (error == 0)
		error = sw_fdstore_keep("reports", daemon->reports.memory.fd);
	if (error < 0 || !daemon->inherited.reports)
		return error;
	if (sw_saved_reports_totals(&daemon->reports, &totals))
		sw_shards_continue(daemon->shards, &totals.packets);
	return 0;
}

int
sw_takeover_begin(struct sw_daemon *daemon)
{
	int error;

	daemon->fdstore = sw_fdstore_receive();
	daemon->slots = sw_rule_slots_create();
	if (daemon->fdstore == NULL || daemon->slots == NULL)
		return -ENOMEM;
	sw_fast_path_inherit(daemon);
	daemon->account =
	    sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_QUEUES);
	if (daemon->account < 0)
		daemon->account = sw_queue_proc_open();
	error = adopt_saved_state(daemon);
	adopt_reports(daemon, error == 0);
	if (error == 0 || error == -ENOENT)
		return 0;
	if (error == -ENOMEM)
		return error;
	daemon->inherited.fresh = "what was left is damaged or of a build "
				  "with another layout";
	/* Half of the names may have been given slots. */
	sw_rule_slots_destroy(daemon->slots);
	daemon->slots = sw_rule_slots_create();
	return daemon->slots == NULL ? -ENOMEM : 0;
}

/* Two names for one block would make two tables in the same memory. */
static bool
is_known(const int fds[], uint32_t n, int fd)
{
	struct stat st, other;

	if (fstat(fd, &st) < 0)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (fds[i] >= 0 && fstat(fds[i], &other) == 0 &&
		    st.st_ino == other.st_ino && st.st_dev == other.st_dev)
			return true;
	return false;
}

/* Takes the predecessor's blocks, -1 for a missing one. */
static void
take_shards(struct sw_daemon *daemon, uint32_t n, int fds[])
{
	char name[NAME];

	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "shard-%u", i);
		fds[i] = sw_fdstore_take(daemon->fdstore, name);
		if (fds[i] >= 0 && is_known(fds, i, fds[i])) {
			close(fds[i]);
			fds[i] = -1;
		}
	}
}

static void
count_found(struct sw_daemon *daemon, const struct sw_shards *shards)
{
	daemon->inherited.parts = shards->n;
	for (uint32_t i = 0; i < shards->n; i++) {
		uint32_t torn;

		daemon->inherited.parts_lost += shards->list[i].is_new;
		daemon->inherited.flows +=
		    sw_engine_restored(shards->list[i].engine, &torn);
		daemon->inherited.torn += torn;
	}
}

/* => the shards; they use the predecessor's blocks if left is true */
static struct sw_shards *
open_shards(struct sw_daemon *daemon, const struct sw_limits *limits,
    uint32_t n, bool left)
{
	int *fds = calloc(n, sizeof *fds);
	struct sw_shards *shards;

	if (fds == NULL)
		return NULL;
	if (left)
		take_shards(daemon, n, fds);
	shards = sw_shards_open(limits, n, daemon->policy, left ? fds : NULL);
	free(fds);
	if (left && shards != NULL) {
		count_found(daemon, shards);
		sw_fast_path_recall(daemon, shards);
	}
	return shards;
}

static void
keep_shards(struct sw_daemon *daemon)
{
	char name[NAME];

	for (uint32_t i = 0; i < daemon->shards->n; i++) {
		struct sw_shard *shard = &daemon->shards->list[i];

		if (shard->inherited)
			continue;
		snprintf(name, sizeof name, "shard-%u", i);
		sw_fdstore_keep(name, shard->memory.fd);
	}
}

/* Continues with the predecessor's table. */
static int
go_on(struct sw_daemon *daemon, const struct sw_limits *limits, uint32_t n)
{
	daemon->shards = open_shards(daemon, limits, n, true);
	if (daemon->shards == NULL)
		return -errno;
	keep_shards(daemon);
	sw_saved_state_renew(&daemon->saved_state);
	return 0;
}

/* What the lanes of the flows that were left had carried. */
static void
count_recalled(struct sw_daemon *daemon, struct sw_shards *left)
{
	struct sw_counts counts;

	sw_shards_counts(left, &counts);
	sw_shards_continue(
	    daemon->shards, &(struct sw_counts){ .passed = counts.passed,
				.bytes_passed = counts.bytes_passed,
				.offload = counts.offload });
}

/* Imports the flows of a table of another size into ours. */
static void
move_flows(struct sw_daemon *daemon, const struct sw_limits *were, uint32_t n)
{
	struct sw_shards *left = open_shards(daemon, were, n, true);

	if (left == NULL) {
		daemon->inherited.fresh =
		    "no memory to move the flows that were left";
		return;
	}
	daemon->inherited.moved = true;
	daemon->inherited.flows =
	    sw_shards_import(daemon->shards, left, &daemon->inherited.unfit);
	count_recalled(daemon, left);
	sw_shards_destroy(left);
}

/* were: limits of the predecessor's table, which had this many shards; 0: there
 * is none. */
static int
begin_new(struct sw_daemon *daemon, const struct sw_limits *limits, uint32_t n,
    const struct sw_limits *were, uint32_t shards_left)
{
	int error;

	daemon->shards = open_shards(daemon, limits, n, false);
	if (daemon->shards == NULL)
		return -errno;
	if (shards_left > 0)
		move_flows(daemon, were, shards_left);
	sw_saved_state_close(&daemon->saved_state);
	error = sw_saved_state_create(&daemon->saved_state, limits, n);
	if (error < 0)
		return error;
	keep_shards(daemon);
	return sw_fdstore_keep("legacy", daemon->saved_state.memory.fd);
}

int
sw_takeover_table(struct sw_daemon *daemon)
{
	const struct sw_conf_table *table = &daemon->conf->table;
	uint32_t n = sw_shards_for(daemon->conf->queue.count), left = 0;
	struct sw_limits were = { 0 };
	struct sw_limits limits = { .max_flows = table->max_flows,
		.max_embryonic = sw_conf_embryonic(table),
		.max_src_flows = table->max_src_flows,
		.tombstones = table->tombstones,
		.events = EVENTS };
	int error;

	if (daemon->saved_state.memory.base != NULL) {
		left = sw_saved_state_shards(&daemon->saved_state);
		sw_saved_state_limits(&daemon->saved_state, &were);
		were.events = EVENTS;
		memcpy(limits.key, were.key, sizeof limits.key);
	} else if (getrandom(limits.key, sizeof limits.key, 0) < 0) {
		return -errno;
	}
	if (left == n && were.max_flows == limits.max_flows &&
	    were.tombstones == limits.tombstones)
		error = go_on(daemon, &limits, n);
	else
		error = begin_new(daemon, &limits, n, &were, left);
	if (error < 0)
		return error;
	sw_saved_state_save_names(&daemon->saved_state, daemon->slots);
	sw_shards_settle_zones(daemon->shards);
	return 0;
}

int
sw_takeover_queue(struct sw_daemon *daemon, struct sw_nfqueue **nfq,
    const struct sw_nfqueue_config *config, char *why, size_t size)
{
	char name[NAME];
	uint32_t freed = 0;
	int fd, error = -ENOENT;

	snprintf(name, sizeof name, "queue-%u", config->number);
	fd = sw_fdstore_take(daemon->fdstore, name);
	if (fd >= 0)
		error = sw_nfqueue_adopt(nfq, fd, config, &freed, why, size);
	if (error == 0) {
		daemon->inherited.queues++;
		daemon->inherited.freed += freed;
	}
	if (error == 0 || error == -ENOMEM)
		return error;
	if (fd >= 0) {
		sw_stderr_line("synwardd: %s", why);
		sw_fdstore_forget(name);
	}
	error = sw_nfqueue_open(nfq, config, why, size);
	if (error == 0)
		sw_fdstore_keep(name, sw_nfqueue_fd(*nfq));
	return error;
}

int
sw_takeover_raw(struct sw_daemon *daemon, int fds[2])
{
	fds[0] = sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_RAW_IPV4);
	fds[1] = sw_fdstore_take(daemon->fdstore, SW_PRIVILEGED_FDS_RAW_IPV6);
	if (fds[1] >= 0 && !sw_raw_socket_is(fds[1], AF_INET6)) {
		close(fds[1]);
		fds[1] = -1;
	}
	if (fds[0] >= 0 && sw_raw_socket_is(fds[0], AF_INET))
		return 0;
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return sw_raw_socket_sockets(fds);
}

void
sw_takeover_end(struct sw_daemon *daemon)
{
	sw_fdstore_discard(daemon->fdstore);
	sw_fdstore_close(daemon->fdstore);
	daemon->fdstore = NULL;
}

void
sw_takeover_tell(const struct sw_daemon *daemon)
{
	const struct sw_takeover_found *found = &daemon->inherited;
	const char *before = getenv(SW_SPAWN_BEFORE);
	uint64_t ns = sw_clock_now().ns - daemon->started.ns;

	if (found->fresh != NULL)
		sw_log_say(daemon->log, LOG_WARNING,
		    "the table begins empty: %s", found->fresh);
	if (found->forgot != NULL)
		sw_log_say(daemon->log, LOG_WARNING,
		    "events, drops, incidents and counters begin empty: %s",
		    found->forgot);
	if (found->parts_lost > 0)
		sw_log_say(daemon->log, LOG_WARNING,
		    "%u of the table's %u parts begin empty: what was left of "
		    "them is missing, damaged or of a build with another "
		    "layout",
		    found->parts_lost, found->parts);
	if (found->queues == 0 && found->flows == 0 && before == NULL)
		return;
	if (found->moved)
		sw_log_say(daemon->log, LOG_WARNING,
		    "the table has another size: %u flows moved, %u had no "
		    "room",
		    found->flows, found->unfit);
	sw_log_say(daemon->log, LOG_WARNING,
	    "took over %u flows (%u torn ones dropped) and %u queues (%u "
	    "packets brought back) in %.1f ms%s%s",
	    found->flows, found->torn, found->queues, found->freed,
	    (double)ns / 1e6, before == NULL ? "" : ": ",
	    before == NULL ? "" : before);
}
