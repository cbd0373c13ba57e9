/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue_proc: what the kernel reports about packet queues in /proc.
 */
#ifndef SYNWARD_NET_QUEUE_PROC_H
#define SYNWARD_NET_QUEUE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_queue_proc {
	uint32_t port; /* netlink port of the reader */
	uint32_t waiting;
	uint32_t queue_dropped; /* lost because the queue was full */
	uint32_t user_dropped;	/* lost because its socket was full */
	uint32_t last_id;	/* the last packet's id; 0: no packet yet */
};

/* Opens the kernel's table of the queues in this network namespace, which only
 * root may read.
 * => a descriptor or -errno */
int sw_queue_proc_open(void);

/* Finds a queue in the table's text.
 * => false when it is not listed */
bool sw_queue_proc_find(
    const char *text, uint16_t number, struct sw_queue_proc *queue);

/* Sum of the packets that wait in all queues of the table's text. */
uint64_t sw_queue_proc_waiting(const char *text);

/* Reads a small /proc file from its start (cut at size - 1).
 * => the length or -errno */
long sw_queue_proc_read(int fd, char *text, size_t size);

/* Looks up a queue in the table.
 * => false when it is not listed, or fd is -1 */
bool sw_queue_proc_look(int fd, uint16_t number, struct sw_queue_proc *queue);

/*
 * Writes who reads the queue, for example: process 4711 (suricata).  When the
 * processes' descriptors cannot be read, it guesses from the netlink port.
 * => false when nobody reads the queue, or the table cannot be read
 */
bool sw_queue_proc_holder(int fd, uint16_t number, char *text, size_t size);

#endif
