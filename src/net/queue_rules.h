/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_rules: does any rule of nftables send packets to our queues?
 *
 * The rules of iptables-nft are rules of nftables; those of iptables-legacy are
 * not, and are not seen.
 */
#ifndef SYNWARD_NET_QUEUE_RULES_H
#define SYNWARD_NET_QUEUE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_queue_range {
	uint16_t first, count;
};

/* Families whose packets a rule sends to a queue. */
enum { SW_QUEUE_RULES_IPV4 = 1, SW_QUEUE_RULES_IPV6 = 2 };

/* Asks the kernel for all rules; needs CAP_NET_ADMIN.
 * => the families of which some packets are sent to a queue of the range, 0 for
 *    none, or -errno */
int sw_queue_rules_find(const struct sw_queue_range *queues);

/* For sw_queue_rules_find(): reads a part of the kernel's answer.  *done is set
 * at the end of the list, to 0 or -errno.
 * => the families, as above */
int sw_queue_rules_scan(const void *messages, size_t length,
    const struct sw_queue_range *queues, int *done);

#endif
