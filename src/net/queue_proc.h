/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procqueue: what the kernel tells of its packet queues in /proc.
 */
#ifndef SYNWARD_NET_QUEUE_PROC_H
#define SYNWARD_NET_QUEUE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_queue_proc {
	uint32_t port; /* netlink port of its reader */
	uint32_t waiting;
	uint32_t queue_dropped; /* the queue was full */
	uint32_t user_dropped;	/* the reader's socket was full */
	uint32_t last_id;	/* given to a packet; 0 = to none yet */
};

/* Opens the kernel's account of the queues of this network namespace, which
 * root alone may.  => a descriptor or -errno */
int sw_queue_proc_open(void);

/* Finds a queue in its text.  => false: not there */
bool sw_queue_proc_find(
    const char *text, uint16_t number, struct sw_queue_proc *queue);

/* Packets that wait in all queues of its text together. */
uint64_t sw_queue_proc_waiting(const char *text);

/* Reads a small /proc file whole, from its start (cut at size - 1).
 * => length or -errno */
long sw_queue_proc_read(int fd, char *text, size_t size);

/* Looks a queue up in the account.  => false: not there, or fd is -1 */
bool sw_queue_proc_look(int fd, uint16_t number, struct sw_queue_proc *queue);

/*
 * Writes who reads the queue, such as: process 4711 (suricata)
 * or, when nobody may be looked at who has the socket open, what the netlink
 * port lets suppose.
 * => false when nobody reads it, or the account cannot be read
 */
bool sw_queue_proc_holder(int fd, uint16_t number, char *text, size_t size);

#endif
