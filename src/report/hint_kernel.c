/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The timeouts are the kernel's, unless a rule of ours has its own, as of one
 * for which the firewall has a policy of timeouts: then that rule is to be
 * changed, and the firewall's policy with it.  A connection that is silent for
 * more than a day is possible in the kernel, whose own default is five.
 */
#include <stdio.h>

#include "report/hint_kernel.h"
#include "synward/diagnose.h"

#define DAY INT64_C(86400)

static enum sw_hint_kernel_outcome
outcome_of(int n, size_t size)
{
	return n > 0 && (size_t)n < size ? SW_HINT_KERNEL_WRITTEN
					 : SW_HINT_KERNEL_NONE;
}

static int64_t
sufficient(int64_t silence)
{
	uint32_t seconds = sw_hint_customary(silence);

	return seconds > 0 ? seconds : (silence / DAY + 1) * DAY;
}

static enum sw_hint_kernel_outcome
hint_timeouts(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT],
    const struct sw_kernel_settings *kernel, char *text, size_t size)
{
	enum sw_timeout names[2];
	int64_t silences[2];
	unsigned n = sw_hint_too_short(event, longest, names, silences);
	int used = 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t own = names[i] == SW_TIMEOUT_UNACKNOWLEDGED
				   ? event->refused.unacknowledged
				   : event->refused.state_timeout;

		if (own != 0 && own != kernel->timeouts[names[i]])
			return SW_HINT_KERNEL_OTHER;
		used += snprintf(text + used, size - (size_t)used, "%s%s=%lld",
		    i == 0 ? "sysctl " : " ",
		    sw_kernel_tracker_sysctl(names[i]),
		    (long long)sufficient(silences[i]));
		if ((size_t)used >= size)
			return SW_HINT_KERNEL_NONE;
	}
	return outcome_of(used, size);
}

/* Which of the two tables was full? */
static bool
was_ours(const struct sw_event *event)
{
	return event->refused.message == SW_MESSAGE_TABLE_FULL ||
	       (event->refused.has_flow && event->info.how != SW_END_NOT);
}

static enum sw_hint_kernel_outcome
hint_room(const struct sw_event *event, const struct sw_kernel_settings *kernel,
    char *text, size_t size)
{
	if (was_ours(event))
		return SW_HINT_KERNEL_OTHER;
	if (kernel->max == 0)
		return SW_HINT_KERNEL_NONE;
	return outcome_of(
	    snprintf(text, size, "sysctl net.netfilter.nf_conntrack_max=%llu",
		(unsigned long long)kernel->max * 2),
	    size);
}

enum sw_hint_kernel_outcome
sw_hint_kernel(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT],
    const struct sw_kernel_settings *kernel, char *text, size_t size)
{
	switch ((enum sw_cause)event->judgement.cause) {
	case SW_CAUSE_IDLE_EXPIRED:
	case SW_CAUSE_KEEPALIVE_DEAD:
	case SW_CAUSE_EMBRYONIC_LATE:
	case SW_CAUSE_LATE_CLOSE:
		return hint_timeouts(event, longest, kernel, text, size);
	case SW_CAUSE_EVICTED:
		return hint_room(event, kernel, text, size);
	case SW_CAUSE_OUT_OF_WINDOW:
		if (kernel->liberal || event->refused.wrong_tag)
			return SW_HINT_KERNEL_NONE;
		return outcome_of(
		    snprintf(text, size,
			"sysctl "
			"net.netfilter.nf_conntrack_tcp_be_liberal=1"),
		    size);
	case SW_CAUSE_BAD_FLAGS:
	case SW_CAUSE_DENIED_BEFORE:
	case SW_CAUSE_AFTER_RESET:
	case SW_CAUSE_GAP:
	case SW_CAUSE_ASYMMETRIC:
	case SW_CAUSE_BACKSCATTER:
	case SW_CAUSE_ACK_SCAN:
	case SW_CAUSE_NOT_TCP:
	case SW_CAUSE_PORT_REUSE:
	case SW_CAUSE_OPENS_NOTHING:
	case SW_CAUSE_UNKNOWN:
	case SW_CAUSE_COUNT:
		break;
	}
	return SW_HINT_KERNEL_NONE;
}
