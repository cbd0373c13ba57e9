/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify: messages from a process to the process that started it.
 *
 * The receiving end implements sd_notify(): it reads one message at a time,
 * with the descriptors attached to it.  The sending end never waits unless
 * asked to.
 */
#ifndef SYNWARD_BASE_NOTIFY_H
#define SYNWARD_BASE_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SW_NOTIFY_TEXT 4096
#define SW_NOTIFY_FDS 16

struct sw_notify {
	char text[SW_NOTIFY_TEXT]; /* lines NAME=VALUE */
	int fds[SW_NOTIFY_FDS];	   /* owned by the receiver */
	unsigned n_fds;
};

/* The environment variable with the number of the worker's end. */
#define SW_NOTIFY_END "SYNWARD_NOTICES"

/* Opens a pair: ends[0] receives, ends[1] is for those who send.
 * => 0 or -errno */
int sw_notify_open(int ends[2]);

/* Reads the next message of process `from` and skips those of others.  Does not
 * wait.
 * => false when there is none */
bool sw_notify_receive(int fd, pid_t from, struct sw_notify *notify);

/* Does the message contain this line? */
bool sw_notify_says(const struct sw_notify *notify, const char *line);

/* Copies the value of NAME=VALUE.
 * => false when there is none or it does not fit */
bool sw_notify_value(
    const struct sw_notify *notify, const char *name, char *value, size_t size);

/* Does the process that started us want notifications? */
bool sw_notify_is_heard(void);

/* Sends a message to the process that started us and drops it when the receiver
 * has no room, so that a hanging receiver cannot hang us.  Main thread only. */
void sw_notify_tell(const char *text);

/* Sends a message, with a descriptor unless fd is -1, and waits for room.
 * => 0 or -errno */
int sw_notify_send(const char *text, int fd);

/* Forwards a message with its descriptors to the process that started us. */
void sw_notify_forward(const struct sw_notify *notify);
void sw_notify_close(struct sw_notify *notify);

#endif
