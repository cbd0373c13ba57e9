/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A successor does not ask the kernel: what its predecessor ended would begin
 * again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "daemon/daemon.h"
#include "daemon/first_start.h"
#include "net/kernel_flows.h"
#include "state/learning.h"

static bool
is_first(const struct sw_daemon *daemon)
{
	return daemon->inherited.parts == 0;
}

void
sw_first_start(struct sw_daemon *daemon)
{
	struct sw_endpoints *openers = NULL;
	long n;

	if (!is_first(daemon))
		return;
	if (daemon->conf->hook.learn > 0)
		sw_learning_begin(
		    daemon, daemon->conf->hook.learn, daemon->started);
	n = sw_kernel_flows_list(&openers);
	if (n > 0)
		n = sw_shards_know(
		    daemon->shards, openers, (size_t)n, daemon->started);
	daemon->kernel_flows = n;
	free(openers);
}

void
sw_first_start_tell(const struct sw_daemon *daemon)
{
	long n = daemon->kernel_flows;
	uint32_t left = sw_learning_left(daemon, daemon->started);

	if (left > 0)
		sw_log_say(daemon->log, LOG_NOTICE,
		    "first start: learning for %u s: TCP connections that are "
		    "open already are taken up as they talk",
		    left);

	if (n > 0)
		sw_log_say(daemon->log, LOG_NOTICE,
		    "first start: the kernel tracks %ld connection%s, taken "
		    "over as %s packets come where the rules allow %s",
		    n, n == 1 ? "" : "s", n == 1 ? "its" : "their",
		    n == 1 ? "it" : "them");
	else if (n == -ENOSYS)
		sw_log_say(daemon->log, LOG_INFO,
		    "first start: built without libnetfilter_conntrack, so "
		    "connections that are open now are cut");
	else if (n < 0)
		sw_log_say(daemon->log, LOG_WARNING,
		    "first start: the kernel does not list its connections "
		    "(%s), so those that are open now are cut",
		    strerror((int)-n));
}
