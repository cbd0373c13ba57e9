/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon beside the kernel's firewall counts.
 */
#include "control/metric.h"

bool
sw_metric_beside_packets(const struct sw_metric_sample *sample)
{
	const struct sw_tap_stats *tap = sample->daemon->tap_stats;
	static const char *const names[] = { "followed", "lost", "local",
		"not_ip", "cut", "again" };
	const sw_counter *counters[] = { &tap->packets, &tap->lost, &tap->local,
		&tap->not_ip, &tap->cut, &tap->again };

	if (tap == NULL || sample->i >= sizeof names / sizeof names[0])
		return false;
	return sw_metric_put_count(sample, "what", names[sample->i],
	    sw_counter_get(counters[sample->i]));
}
