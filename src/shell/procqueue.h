/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procqueue: what the kernel tells of its packet queues in /proc.
 */
#ifndef SYNWARD_SHELL_PROCQUEUE_H
#define SYNWARD_SHELL_PROCQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SW_PROCQUEUE_FILE "/proc/self/net/netfilter/nfnetlink_queue"

struct sw_procqueue {
	uint32_t port; /* netlink port of its reader */
	uint32_t waiting;
	uint32_t queue_dropped; /* the queue was full */
	uint32_t user_dropped;	/* the reader's socket was full */
	uint32_t last_id;	/* given to a packet; 0 = to none yet */
};

/* Finds a queue in the text of SW_PROCQUEUE_FILE.  => false: not there */
bool sw_procqueue_find(
    const char *text, uint16_t number, struct sw_procqueue *queue);

/* Reads a small /proc file whole (cut at size - 1).  => length or -errno */
long sw_procqueue_slurp(const char *path, char *text, size_t size);

/* The same, looked up now.  => false: not there */
bool sw_procqueue_look(uint16_t number, struct sw_procqueue *queue);

/*
 * Writes who reads the queue, such as: process 4711 (suricata)
 * or, when nobody may be looked at who has the socket open, what the netlink
 * port lets suppose.
 * => false when nobody reads it
 */
bool sw_procqueue_holder(uint16_t number, char *text, size_t size);

#endif
