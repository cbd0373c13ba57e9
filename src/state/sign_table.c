/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each sign has a function that measures it (a condition, or a running count of
 * what was lost) and one that writes a sentence.
 *
 * A line of the log about lost lines would be lost as well, and be news again;
 * such signs are quiet.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/counter.h"
#include "state/learning.h"
#include "state/sign_beside.h"
#include "state/sign_table.h"

enum { WARM_UP_S = 10 };

#define WRITE(...) snprintf(told->text, SW_SIGN_TEXT, __VA_ARGS__)

static uint64_t
is_alone(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->daemon->alone;
}

static void
write_alone(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	(void)n;
	WRITE("the parent process is gone: nothing replaces this worker if it "
	      "dies; restart synwardd with the service manager, or end process "
	      "%d and start synwardd again",
	    (int)getpid());
}

static uint64_t
count_unbound(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->unbound > 0;
}

static void
write_unbound(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	WRITE("the kernel does not list %zu of our queues: packets for them "
	      "are dropped, or pass unseen",
	    view->unbound);
}

static uint64_t
is_refused(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return !view->daemon->reload.successful;
}

static void
write_refused(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	WRITE("the last reload was refused; configuration %" PRIu64
	      " stays in force",
	    view->daemon->reload.generation);
}

static uint64_t
is_unplugged(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->daemon->plug.why != SW_PLUG_IN && view->uptime > WARM_UP_S;
}

static void
write_unplugged(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	const struct sw_plug *plug = &view->daemon->plug;
	static const char *const families[] = { "", "IPv4 ", "IPv6 ", "" };
	unsigned queue = view->daemon->conf->queue.first;

	(void)n;
	snprintf(told->command, SW_SIGN_COMMAND, "%s",
	    plug->why == SW_PLUG_NO_RULE ? "hook up" : "hook show");
	if (plug->why == SW_PLUG_NO_RULE)
		WRITE("no rule sends %spackets to queue %u%s, so they pass "
		      "unwatched",
		    families[plug->missing & 3], queue,
		    plug->missing != 0 ? " any more" : "");
	else
		WRITE("no packet has come to queue %u for %" PRIu64
		      " s, in which %" PRIu64
		      " were forwarded: a rule before ours takes them, "
		      "which synwardctl hook show names",
		    queue, sw_plug_silence(plug), sw_plug_missed(plug));
}

static uint64_t
is_silent(const struct sw_sign_view *view, bool was)
{
	return view->verdicts == 0 && view->uptime > WARM_UP_S &&
	       !is_unplugged(view, was);
}

static void
write_silent(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	bool tap = view->daemon->tap_stats != NULL;

	(void)n;
	snprintf(told->command, SW_SIGN_COMMAND, "%s",
	    tap ? "dump-config" : "hook show");
	if (tap)
		WRITE("no packet has been forwarded since the start: check "
		      "whether source.interfaces names the interfaces through "
		      "which the gateway forwards");
	else
		WRITE("no packet has arrived since the start: check whether "
		      "the queue rule is installed");
}

static uint64_t
count_queue_full(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->queue_dropped;
}

static void
write_queue_full(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("the kernel dropped %" PRIu64
	      " packets because a queue was full: use more queues "
	      "(queue.count)",
	    n);
}

static uint64_t
count_socket_full(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->user_dropped;
}

static void
write_socket_full(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("the kernel dropped %" PRIu64
	      " packets because our socket was full: use more queues "
	      "(queue.count)",
	    n);
}

/* From 90 % to 80 %, so that one flow more or less is no news. */
static bool
is_nearly_full(uint64_t used, uint64_t limit, bool was)
{
	return used * 10 > limit * (was ? 8 : 9);
}

static uint64_t
is_table_full(const struct sw_sign_view *view, bool was)
{
	const struct sw_counts *counts = &view->counts;

	return is_nearly_full(counts->flows, counts->flow_limit, was);
}

static void
write_table_full(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	const struct sw_counts *counts = &view->counts;

	(void)n;
	WRITE("the table is %u %% full: raise table.max-flows",
	    counts->flow_limit > 0
		? (unsigned)((uint64_t)counts->flows * 100 / counts->flow_limit)
		: 0);
}

static uint64_t
embryonic_limit(const struct sw_sign_view *view)
{
	return sw_conf_embryonic_limit(
	    &view->daemon->conf->table, view->counts.flow_limit);
}

static uint64_t
is_half_open(const struct sw_sign_view *view, bool was)
{
	return is_nearly_full(
	    view->counts.embryonic, embryonic_limit(view), was);
}

static void
write_half_open(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	WRITE("%u flows are half open, the limit is %" PRIu64
	      ": this may be a SYN flood",
	    view->counts.embryonic, embryonic_limit(view));
}

static uint64_t
count_log_lost(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->log.lost_all;
}

/* Names the first sink that fails now, and why. */
static void
write_log_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	const struct sw_log_counts *log = &view->log;
	int length = WRITE("%" PRIu64 " log line%s lost by %s", n,
	    n == 1 ? " was" : "s were", n == 1 ? "its sink" : "their sinks");
	char name[SW_LOG_NAME];

	for (size_t i = 0; i < log->n; i++)
		if (log->failing[i]) {
			snprintf(told->text + length,
			    SW_SIGN_TEXT - (size_t)length, "; %s fails: %s",
			    sw_log_sink_name(&log->to[i], name), log->why[i]);
			return;
		}
}

static uint64_t
count_reports_lost(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->counts.refusals_lost;
}

static void
write_reports_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("%" PRIu64 " drops were counted without a cause: they came "
	      "faster than they could be judged",
	    n);
}

static uint64_t
count_twice(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->counts.twice;
}

static void
write_twice(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("%" PRIu64 " resets came to the queue twice and passed: a second "
	      "rule seems to send packets to it",
	    n);
}

static uint64_t
count_parents_lost(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->counts.parents_lost;
}

static void
write_parents_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("%" PRIu64 " flows found no room among the parents of related "
	      "connections, which are then denied",
	    n);
}

static uint64_t
has_incidents(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->reporter.incidents > 0;
}

static void
write_incidents(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	size_t open = view->reporter.incidents;

	(void)n;
	WRITE("%zu incident%s open", open, open == 1 ? " is" : "s are");
}

static uint64_t
is_learning(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return sw_learning_left(view->daemon, view->now) > 0;
}

static void
write_learning(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	uint32_t left = sw_learning_left(view->daemon, view->now);

	(void)n;
	WRITE("learning for another %um %02us: TCP connections that were open "
	      "before are taken up as they talk",
	    left / 60, left % 60);
}

static uint64_t
is_observing(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->daemon->conf->otherwise.observe;
}

static void
write_observing(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	WRITE("observe mode: nothing is dropped; %" PRIu64
	      " packets would have been",
	    view->counts.would_drop);
}

static uint64_t
has_drops(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->busiest != SW_CAUSE_COUNT;
}

static void
write_drops(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	snprintf(told->command, SW_SIGN_COMMAND, "explain %s",
	    sw_cause_text(view->busiest)->name);
	WRITE("most drops: %s, %" PRIu64 " packets: %s",
	    sw_cause_text(view->busiest)->name,
	    view->reporter.judged.drops[view->busiest],
	    sw_cause_text(view->busiest)->summary);
}

/* clang-format off */
static const struct sw_sign_row rows[] = {
	{ "parent-gone", SW_SIGN_BAD, SW_SIGN_HOLDS, true, false, "parent process gone",
	  is_alone, write_alone, "" },
	{ "queue-not-bound", SW_SIGN_BAD, SW_SIGN_HOLDS, false, false, "queue not bound",
	  count_unbound, write_unbound, "hook show" },
	{ "unplugged", SW_SIGN_BAD, SW_SIGN_HOLDS, false, false, "unplugged",
	  is_unplugged, write_unplugged, "hook up" },
	{ "configuration-refused", SW_SIGN_BAD, SW_SIGN_HOLDS, true, false,
	  "configuration not taken", is_refused, write_refused, "check" },
	{ "no-packets", SW_SIGN_BAD, SW_SIGN_HOLDS, false, false, "no packets",
	  is_silent, write_silent, "hook show" },
	{ "tap-deaf", SW_SIGN_BAD, SW_SIGN_HOLDS, false, false, "no interface to tap",
	  sw_sign_beside_is_deaf, sw_sign_beside_write_deaf, "dump-config" },
	{ "queue-full", SW_SIGN_BAD, SW_SIGN_LOSES, false, false, "queue full",
	  count_queue_full, write_queue_full, "dump-config" },
	{ "socket-full", SW_SIGN_BAD, SW_SIGN_LOSES, false, false, "socket full",
	  count_socket_full, write_socket_full, "dump-config" },
	{ "table-full", SW_SIGN_BAD, SW_SIGN_HOLDS, false, false, "table nearly full",
	  is_table_full, write_table_full, "top" },
	{ "kernel-full", SW_SIGN_BAD, SW_SIGN_LOSES, false, false, "kernel's table full",
	  sw_sign_beside_count_kernel_full, sw_sign_beside_write_kernel_full, "explain evicted" },
	{ "log-lost", SW_SIGN_BAD, SW_SIGN_LOSES, true, true, "log lines lost",
	  count_log_lost, write_log_lost, "status --json" },
	{ "reporter-behind", SW_SIGN_BAD, SW_SIGN_LOSES, true, false, "reporter behind",
	  count_reports_lost, write_reports_lost, "drops" },
	{ "tap-lost", SW_SIGN_WARN, SW_SIGN_LOSES, false, true, "tap behind",
	  sw_sign_beside_count_tap_lost, sw_sign_beside_write_tap_lost, "status --json" },
	{ "half-open", SW_SIGN_WARN, SW_SIGN_HOLDS, false, false, "many half-open flows",
	  is_half_open, write_half_open, "flows assured=no" },
	{ "queued-twice", SW_SIGN_WARN, SW_SIGN_LOSES, false, false, "packets queued twice",
	  count_twice, write_twice, "hook show" },
	{ "parents-full", SW_SIGN_WARN, SW_SIGN_LOSES, false, false, "too many parents",
	  count_parents_lost, write_parents_lost, "dump-config" },
	{ "incidents", SW_SIGN_WARN, SW_SIGN_TELLS, true, false, "incidents",
	  has_incidents, write_incidents, "drops" },
	{ "learning", SW_SIGN_INFO, SW_SIGN_TELLS, true, false, "learning",
	  is_learning, write_learning, "flows" },
	{ "observing", SW_SIGN_INFO, SW_SIGN_TELLS, true, false, "observe mode",
	  is_observing, write_observing, "report" },
	{ "nflog-off", SW_SIGN_WARN, SW_SIGN_HOLDS, true, false, "log group not read",
	  sw_sign_beside_lacks_group, sw_sign_beside_write_lacks_group, "hook show --kernel" },
	{ "nflog-lost", SW_SIGN_WARN, SW_SIGN_LOSES, false, true, "kernel's log lost",
	  sw_sign_beside_count_log_lost, sw_sign_beside_write_log_lost, "status --json" },
	{ "kernel-differs", SW_SIGN_INFO, SW_SIGN_TELLS, true, false, "kernel differs",
	  sw_sign_beside_differs, sw_sign_beside_write_differs, "drops" },
	{ "kernel-missing", SW_SIGN_INFO, SW_SIGN_HOLDS, true, false, "no kernel tracker",
	  sw_sign_beside_lacks_kernel, sw_sign_beside_write_lacks_kernel, "dump-config" },
	{ "drops", SW_SIGN_INFO, SW_SIGN_TELLS, true, false, "drops",
	  has_drops, write_drops, "explain" },
};
/* clang-format on */

const struct sw_sign_row *
sw_sign_table(size_t *n)
{
	*n = sizeof rows / sizeof rows[0];
	return rows;
}
