/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hint_kernel: the setting of the kernel's own tracker that would have changed
 * the outcome, in the form that sysctl(8) takes.
 */
#ifndef SYNWARD_REPORT_HINT_KERNEL_H
#define SYNWARD_REPORT_HINT_KERNEL_H

#include "net/kernel_tracker.h"
#include "synward/event.h"

enum sw_hint_kernel_outcome {
	SW_HINT_KERNEL_WRITTEN,
	SW_HINT_KERNEL_NONE,  /* no setting would */
	SW_HINT_KERNEL_OTHER, /* a rule's own value would, not the kernel's */
};

/* longest: as for sw_hint().
 * => WRITTEN with "sysctl net.netfilter.NAME=VALUE" in text */
enum sw_hint_kernel_outcome sw_hint_kernel(const struct sw_event *event,
    const uint32_t longest[SW_TIMEOUT_COUNT],
    const struct sw_kernel_settings *kernel, char *text, size_t size);

#endif
