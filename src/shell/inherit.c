/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three kinds of things are left: a block that describes the table (see
 * legacy.h), the blocks of its shards, and the queues' sockets, under the
 * names legacy, shard-N and queue-N.
 *
 * The describing block is kept last.  A process that dies while it makes a
 * table leaves none, and blocks without it are let go.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <syslog.h>

#include "shell/brood.h"
#include "shell/clock.h"
#include "shell/daemon.h"
#include "shell/handover.h"
#include "shell/inherit.h"
#include "shell/loan.h"
#include "shell/nfq.h"
#include "shell/procqueue.h"
#include "shell/raw.h"

enum { NAME = 32, EVENTS = 16384 /* of each shard's ring */ };

static int
adopt_legacy(struct sw_daemon *daemon)
{
	int fd = sw_handover_take(daemon->handover, "legacy"), error;

	if (fd < 0)
		return -ENOENT;
	error = sw_legacy_adopt(&daemon->legacy, fd);
	if (error < 0)
		return error;
	error = sw_legacy_load_names(&daemon->legacy, daemon->slots);
	if (error < 0)
		sw_legacy_close(&daemon->legacy);
	return error;
}

int
sw_inherit_begin(struct sw_daemon *daemon)
{
	int error;

	daemon->handover = sw_handover_receive();
	daemon->slots = sw_slots_create();
	if (daemon->handover == NULL || daemon->slots == NULL)
		return -ENOMEM;
	daemon->account = sw_handover_take(daemon->handover, SW_LOAN_QUEUES);
	if (daemon->account < 0)
		daemon->account = sw_procqueue_open();
	error = adopt_legacy(daemon);
	if (error == 0 || error == -ENOENT)
		return 0;
	daemon->inherited.fresh = "what was left is damaged or of a build "
				  "with another layout";
	/* Half of the names may have been given slots. */
	sw_slots_destroy(daemon->slots);
	daemon->slots = sw_slots_create();
	return daemon->slots == NULL ? -ENOMEM : 0;
}

/* Does the table that was left have the size asked for? */
static bool
fits(struct sw_daemon *daemon, const struct sw_limits *limits, uint32_t n)
{
	struct sw_limits left;

	if (daemon->legacy.memory.base == NULL)
		return false;
	sw_legacy_limits(&daemon->legacy, &left);
	if (left.max_flows == limits->max_flows &&
	    left.tombstones == limits->tombstones &&
	    sw_legacy_shards(&daemon->legacy) == n)
		return true;
	daemon->inherited.fresh = "another size of table or number of queues "
				  "is configured";
	return false;
}

/* Sets the key and, for a table that goes on, the descriptors. */
static int
choose_table(
    struct sw_daemon *daemon, struct sw_limits *limits, uint32_t n, int fds[])
{
	char name[NAME];

	for (uint32_t i = 0; i < n; i++)
		fds[i] = -1;
	if (fits(daemon, limits, n)) {
		struct sw_limits left;

		sw_legacy_limits(&daemon->legacy, &left);
		memcpy(limits->key, left.key, sizeof limits->key);
		for (uint32_t i = 0; i < n; i++) {
			snprintf(name, sizeof name, "shard-%u", i);
			fds[i] = sw_handover_take(daemon->handover, name);
		}
		return 0;
	}
	if (getrandom(limits->key, sizeof limits->key, 0) < 0)
		return -errno;
	sw_legacy_close(&daemon->legacy);
	daemon->inherited.made = true;
	return sw_legacy_create(&daemon->legacy, limits, n);
}

static void
keep_shards(struct sw_daemon *daemon)
{
	char name[NAME];

	for (uint32_t i = 0; i < daemon->shards->n; i++) {
		struct sw_shard *shard = &daemon->shards->list[i];
		uint32_t torn;

		daemon->inherited.flows +=
		    sw_engine_restored(shard->engine, &torn);
		daemon->inherited.torn += torn;
		if (shard->inherited)
			continue;
		snprintf(name, sizeof name, "shard-%u", i);
		sw_handover_keep(name, shard->memory.fd);
	}
}

int
sw_inherit_table(struct sw_daemon *daemon)
{
	const struct sw_conf_table *table = &daemon->conf->table;
	uint32_t n = sw_shards_for(daemon->conf->queue.count);
	struct sw_limits limits = { .max_flows = table->max_flows,
		.max_embryonic = table->max_embryonic,
		.max_src_flows = table->max_src_flows,
		.tombstones = table->tombstones,
		.events = EVENTS };
	int *fds = calloc(n, sizeof *fds), error;

	if (fds == NULL)
		return -ENOMEM;
	error = choose_table(daemon, &limits, n, fds);
	if (error == 0) {
		daemon->shards = sw_shards_open(
		    &limits, daemon->conf->queue.count, daemon->policy, fds);
		error = -errno;
	}
	free(fds);
	if (daemon->shards == NULL)
		return error;
	keep_shards(daemon);
	sw_legacy_save_names(&daemon->legacy, daemon->slots);
	/* Kept once: to keep it again would be to let go of it for a moment. */
	return daemon->inherited.made
		   ? sw_handover_keep("legacy", daemon->legacy.memory.fd)
		   : 0;
}

int
sw_inherit_queue(struct sw_daemon *daemon, struct sw_nfq **nfq,
    const struct sw_nfq_config *config, char *why, size_t size)
{
	char name[NAME];
	uint32_t freed = 0;
	int fd, error;

	snprintf(name, sizeof name, "queue-%u", config->number);
	fd = sw_handover_take(daemon->handover, name);
	if (fd >= 0 && sw_nfq_adopt(nfq, fd, config, &freed, why, size) == 0) {
		daemon->inherited.queues++;
		daemon->inherited.freed += freed;
		return 0;
	}
	if (fd >= 0) {
		fprintf(stderr, "synwardd: %s\n", why);
		sw_handover_forget(name);
	}
	error = sw_nfq_open(nfq, config, why, size);
	if (error == 0)
		sw_handover_keep(name, sw_nfq_fd(*nfq));
	return error;
}

int
sw_inherit_raw(struct sw_daemon *daemon, int fds[2])
{
	fds[0] = sw_handover_take(daemon->handover, SW_LOAN_RAW_IPV4);
	if (fds[0] < 0)
		return sw_raw_sockets(fds);
	fds[1] = sw_handover_take(daemon->handover, SW_LOAN_RAW_IPV6);
	return 0;
}

void
sw_inherit_end(struct sw_daemon *daemon)
{
	sw_handover_discard(daemon->handover);
	sw_handover_close(daemon->handover);
	daemon->handover = NULL;
}

void
sw_inherit_tell(const struct sw_daemon *daemon)
{
	const struct sw_inherited *found = &daemon->inherited;
	const char *before = getenv(SW_BROOD_BEFORE);
	uint64_t ns = sw_clock_now().ns - daemon->started.ns;

	if (found->fresh != NULL)
		sw_log_say(daemon->log, LOG_WARNING,
		    "the table begins empty: %s", found->fresh);
	if (found->queues == 0 && found->flows == 0 && before == NULL)
		return;
	sw_log_say(daemon->log, LOG_WARNING,
	    "took over %u flows (%u torn ones dropped) and %u queues (%u "
	    "packets brought back) in %.1f ms%s%s",
	    found->flows, found->torn, found->queues, found->freed,
	    (double)ns / 1e6, before == NULL ? "" : ": ",
	    before == NULL ? "" : before);
}
