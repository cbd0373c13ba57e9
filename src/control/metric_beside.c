/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon beside the kernel's firewall counts.
 */
#include "control/metric.h"

bool
sw_metric_beside_packets(const struct sw_metric_sample *sample)
{
	const struct sw_tap_stats *tap = sample->daemon->tap_stats;

	if (tap == NULL)
		return false;

	const struct {
		const char *name;
		const sw_counter *counter;
	} rows[] = { { "followed", &tap->packets }, { "lost", &tap->lost },
		{ "local", &tap->local }, { "not_ip", &tap->not_ip },
		{ "cut", &tap->cut }, { "again", &tap->again } };

	if (sample->i >= sizeof rows / sizeof rows[0])
		return false;
	return sw_metric_put_count(sample, "what", rows[sample->i].name,
	    sw_counter_get(rows[sample->i].counter));
}

bool
sw_metric_beside_drops(const struct sw_metric_sample *sample)
{
	struct sw_kernel_counts counts;

	if (sample->i >= SW_CAUSE_COUNT ||
	    !sw_reporter_kernel_counts(sample->daemon->reporter, &counts))
		return false;
	return sw_metric_put_count(sample, "cause",
	    sw_cause_text((enum sw_cause)sample->i)->name,
	    counts.drops[sample->i]);
}

bool
sw_metric_beside_compared(const struct sw_metric_sample *sample)
{
	static const char *const names[SW_KERNEL_WORDS] = {
		[SW_KERNEL_AGREES] = "agree",
		[SW_KERNEL_ALONE] = "kernel_alone",
		[SW_KERNEL_UNSEEN] = "unseen",
		[SW_KERNEL_PASSED] = "kernel_passed",
		[SW_KERNEL_UNCLEAR] = "unclear",
	};
	uint64_t word = sample->i + 1; /* 0 is "silent" */
	struct sw_kernel_counts counts;

	if (word >= SW_KERNEL_WORDS ||
	    !sw_reporter_kernel_counts(sample->daemon->reporter, &counts))
		return false;
	return sw_metric_put_count(
	    sample, "result", names[word], counts.by_word[word]);
}
