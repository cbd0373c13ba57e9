/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reload: the new configuration is loaded and compiled beside the old one.
 * Only when nothing can fail any more is it put in force: every shard
 * adopts the new policy under its own lock, flows stay and find their rule
 * under the slot its name keeps; with on-reload = recheck, those that the new
 * rules deny end.  Any error leaves the old one as it was.
 *
 * What was bound at start (queues, table, control socket) stays bound; a change
 * of these is reported and takes effect at the next start.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/clock.h"
#include "base/landlock.h"
#include "conf/check.h"
#include "conf/origin.h"
#include "daemon/beside.h"
#include "daemon/daemon.h"
#include "daemon/fast_path.h"
#include "daemon/last_good_conf.h"

static void
refuse(struct sw_daemon *daemon, const struct sw_conf_errors *errors)
{
	daemon->reload.successful = false;
	daemon->reload.failures++;
	daemon->reload.errors = errors->n;
	daemon->reload.error[0] = '\0';
	if (errors->n > 0)
		memcpy(daemon->reload.error, errors->list[0].text,
		    sizeof daemon->reload.error);
	for (size_t i = 0; i < errors->n; i++)
		sw_log_say(daemon->log, LOG_ERR, "configuration: %s",
		    errors->list[i].text);
	sw_log_say(daemon->log, LOG_ERR,
	    "configuration not taken (%zu error%s): number %llu stays in "
	    "force",
	    errors->n, errors->n == 1 ? "" : "s",
	    (unsigned long long)daemon->reload.generation);
}

static bool
same_bindings(const struct sw_conf *a, const struct sw_conf *b)
{
	return a->source.tap == b->source.tap &&
	       a->source.nflog == b->source.nflog &&
	       a->queue.first == b->queue.first &&
	       a->queue.count == b->queue.count &&
	       a->queue.fail_open == b->queue.fail_open &&
	       a->queue.copy_range == b->queue.copy_range &&
	       a->queue.spin == b->queue.spin &&
	       a->table.max_flows == b->table.max_flows &&
	       a->table.max_embryonic == b->table.max_embryonic &&
	       a->table.max_src_flows == b->table.max_src_flows &&
	       a->table.tombstones == b->table.tombstones &&
	       a->offload.lanes == b->offload.lanes &&
	       strcmp(a->control.socket, b->control.socket) == 0 &&
	       strcmp(a->control.group, b->control.group) == 0 &&
	       strcmp(a->control.read_group, b->control.read_group) == 0;
}

/* Switches every part that uses rules to another policy. */
static void
adopt(struct sw_daemon *daemon, struct sw_policy *policy,
    const struct sw_conf_log *log)
{
	sw_shards_adopt(daemon->shards, policy);
	sw_fast_path_shut(daemon);
	sw_reporter_adopt(daemon->reporter, policy, log);
	sw_policy_destroy(daemon->policy);
	daemon->policy = policy;
}

/* Refuses log files in directories that the process could not write to at its
 * start. */
static bool
can_log(const struct sw_conf *conf, struct sw_conf_errors *errors)
{
	int k = sw_schema_find("log", "to");
	struct sw_blame blame =
	    sw_origin_blame(conf->origins, conf->origins->key[k]);

	blame.key = "log.to";
	for (size_t i = 0; i < conf->log.n_to; i++) {
		const char *path = conf->log.to[i].path;

		if (*path == '\0' || !sw_landlock_bars_writing(path))
			continue;
		sw_conf_error_complain(errors, &blame,
		    "log.to = %s: it is outside the directories that synwardd "
		    "may write since its start; restart synwardd to write this "
		    "file",
		    path);
	}
	return errors->n == 0;
}

/* Do both state the same values, from the same places?  When memory is short
 * they count as different. */
static bool
is_same(const struct sw_conf *a, const struct sw_conf *b)
{
	size_t length_a = 0, length_b = 0;
	char *text_a = sw_conf_dump_text(a, true, &length_a);
	char *text_b = sw_conf_dump_text(b, true, &length_b);
	bool same = text_a != NULL && text_b != NULL && length_a == length_b &&
		    memcmp(text_a, text_b, length_a) == 0;

	free(text_a);
	free(text_b);
	return same;
}

/* => 0, or -errno with the old configuration in force; slots that new names
 *    were given stay assigned, which does no harm */
static int
put_in_force(struct sw_daemon *daemon, struct sw_conf *conf)
{
	struct sw_policy *policy = NULL;
	bool same = is_same(conf, daemon->conf);
	int error;

	sw_reporter_lock(daemon->reporter);
	error = sw_conf_compile_slots(conf, daemon->slots);
	if (error == 0) {
		policy = sw_conf_compile_here(conf, daemon->ifaces);
		error = policy == NULL ? -ENOMEM : 0;
	}
	if (error == 0) {
		sw_saved_state_save_names(&daemon->saved_state, daemon->slots);
		adopt(daemon, policy, &conf->log);
		if (!same)
			sw_observe_stats_clear(
			    daemon->observe_stats, sw_clock_now());
	}
	sw_reporter_unlock(daemon->reporter);
	return error;
}

void
sw_daemon_recheck(struct sw_daemon *daemon)
{
	uint64_t ended;

	if (!daemon->conf->recheck)
		return;
	ended = sw_shards_recheck(daemon->shards);
	sw_reporter_wake(daemon->reporter);
	sw_log_say(daemon->log, ended > 0 ? LOG_NOTICE : LOG_INFO,
	    "configuration %llu denies %llu of the flows, which have ended",
	    (unsigned long long)daemon->reload.generation,
	    (unsigned long long)ended);
}

void
sw_daemon_warn_of_interfaces(const struct sw_daemon *daemon)
{
	struct sw_conf_errors warnings = { 0 };
	size_t n;
	struct sw_iface *links = sw_ifaces_list(daemon->ifaces, &n);

	if (links == NULL)
		return;
	sw_conf_check_ifaces(daemon->conf, links, n, false, &warnings);
	for (size_t i = 0; i < warnings.n; i++)
		sw_log_say(daemon->log, LOG_WARNING, "configuration: %s",
		    warnings.list[i].text);
	sw_conf_errors_free(&warnings);
	free(links);
}

static void
note_success(struct sw_daemon *daemon)
{
	daemon->reload.generation++;
	daemon->reload.successful = true;
	daemon->reload.errors = 0;
	daemon->reload.error[0] = '\0';
	sw_log_say(daemon->log, LOG_INFO,
	    "configuration %llu in force: %zu rule%s",
	    (unsigned long long)daemon->reload.generation,
	    daemon->conf->n_rules, daemon->conf->n_rules == 1 ? "" : "s");
}

static void
fail(struct sw_daemon *daemon, int error)
{
	daemon->reload.successful = false;
	daemon->reload.failures++;
	daemon->reload.errors = 1;
	strncpy(daemon->reload.error, strerror(-error),
	    sizeof daemon->reload.error - 1);
	sw_log_say(daemon->log, LOG_ERR, "configuration not taken: %s",
	    daemon->reload.error);
}

int
sw_daemon_reload(struct sw_daemon *daemon, struct sw_conf_errors *errors)
{
	struct sw_conf *conf = sw_conf_load(daemon->conf_file, errors);
	int error;

	daemon->reload.when =
	    (int64_t)(sw_clock_read(CLOCK_REALTIME) / SW_NS_PER_SECOND);
	if (conf == NULL || !can_log(conf, errors)) {
		sw_conf_free(conf);
		refuse(daemon, errors);
		return -EINVAL;
	}
	error = sw_beside_read_kernel(daemon, conf);
	if (error == 0)
		error = put_in_force(daemon, conf);
	if (error < 0) {
		sw_conf_free(conf);
		fail(daemon, error);
		return error;
	}
	if (!same_bindings(conf, daemon->conf))
		sw_log_say(daemon->log, LOG_WARNING,
		    "changes of source.from, source.nflog, queue, table, "
		    "control or "
		    "offload.lanes take effect at the next start");
	sw_fast_path_adopt(daemon, &conf->offload);
	sw_log_reopen(daemon->log, &conf->log);
	sw_conf_free(daemon->conf);
	daemon->conf = conf;
	sw_beside_listen(daemon);
	if (sw_last_good_conf_keep(conf) < 0)
		sw_log_say(daemon->log, LOG_WARNING,
		    "this configuration could not be kept: after a crash, "
		    "with a file that is not good, the one before would hold");
	note_success(daemon);
	sw_daemon_recheck(daemon);
	sw_daemon_warn_of_interfaces(daemon);
	return 0;
}

int
sw_daemon_reload_rules(struct sw_daemon *daemon)
{
	struct sw_policy *policy =
	    sw_conf_compile_here(daemon->conf, daemon->ifaces);

	if (policy == NULL)
		return -ENOMEM;
	sw_reporter_lock(daemon->reporter);
	adopt(daemon, policy, NULL);
	sw_reporter_unlock(daemon->reporter);
	return 0;
}
