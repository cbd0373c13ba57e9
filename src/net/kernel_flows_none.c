/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For builds without libnetfilter_conntrack.
 */
#include <errno.h>

#include "net/kernel_flows.h"

long
sw_kernel_flows_list(struct sw_endpoints **openers)
{
	*openers = NULL;
	return -ENOSYS;
}
