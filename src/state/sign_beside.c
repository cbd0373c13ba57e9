/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing here is about packets that are lost to their hosts: a tap that falls
 * behind, or a log that does, only makes what is said less complete.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/counter.h"
#include "state/sign_beside.h"

#define WRITE(...) snprintf(told->text, SW_SIGN_TEXT, __VA_ARGS__)

uint64_t
sw_sign_beside_is_deaf(const struct sw_sign_view *view, bool was)
{
	const struct sw_tap_stats *tap = view->daemon->tap_stats;

	(void)was;
	return tap != NULL && sw_counter_get(&tap->links) == 0;
}

void
sw_sign_beside_write_deaf(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	(void)n;
	WRITE("none of source.interfaces exists now, so nothing is followed");
}

uint64_t
sw_sign_beside_count_tap_lost(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->tap_lost;
}

void
sw_sign_beside_write_tap_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("%" PRIu64 " packets passed and were not followed, because they "
	      "came faster than they could be read; what cannot be explained "
	      "without them gets the cause gap",
	    n);
}

uint64_t
sw_sign_beside_count_kernel_full(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->daemon->kernel.dropped;
}

void
sw_sign_beside_write_kernel_full(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	uint32_t max = view->daemon->kernel.max;

	WRITE("the kernel's own tracker dropped %" PRIu64
	      " packets, because its table has room for %u connections: "
	      "sysctl net.netfilter.nf_conntrack_max=%" PRIu64,
	    n, max, (uint64_t)max * 2);
}

uint64_t
sw_sign_beside_lacks_kernel(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->daemon->tap_stats != NULL &&
	       !view->daemon->kernel.is_there;
}

void
sw_sign_beside_write_lacks_kernel(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	(void)n;
	WRITE("the kernel's own tracker was not loaded at the start: timeouts "
	      "are those of profile linux, until synwardd is restarted");
}

uint64_t
sw_sign_beside_lacks_group(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->daemon->nflog_off[0] != '\0';
}

void
sw_sign_beside_write_lacks_group(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	WRITE("what the firewall logs to group %u is not read: %s",
	    view->daemon->conf->source.nflog, view->daemon->nflog_off);
}

uint64_t
sw_sign_beside_count_log_lost(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->kernel.lost;
}

void
sw_sign_beside_write_log_lost(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)view;
	WRITE("%" PRIu64 " packets that the firewall logged were lost before "
	      "they could be read, so their drops have no line",
	    n);
}

/* Drops by a rule of the firewall are no difference: rules are its own. */
uint64_t
sw_sign_beside_differs(const struct sw_sign_view *view, bool was)
{
	(void)was;
	return view->kernel.by_word[SW_KERNEL_ALONE] +
		   view->kernel.by_word[SW_KERNEL_PASSED] >
	       0;
}

void
sw_sign_beside_write_differs(
    const struct sw_sign_view *view, uint64_t n, struct sw_sign_told *told)
{
	(void)n;
	WRITE("the kernel dropped %" PRIu64 " packets that pass here, and "
	      "passed %" PRIu64 " that would be dropped here; their lines say "
	      "why",
	    view->kernel.by_word[SW_KERNEL_ALONE],
	    view->kernel.by_word[SW_KERNEL_PASSED]);
}
