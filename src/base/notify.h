/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice: what a process tells the one that started it.
 *
 * The receiving end of sd_notify(): a socket, and one message at a time with
 * the descriptors that came along; and a sending end that never waits.
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
	int fds[SW_NOTIFY_FDS];	   /* the receiver's to close */
	unsigned n_fds;
};

/* In a worker's environment: the number of its end. */
#define SW_NOTIFY_END "SYNWARD_NOTICES"

/* Opens a pair: one to receive from, and one for those who send.
 * => 0 or -errno */
int sw_notify_open(int ends[2]);

/* Takes the next message this process sent; those of others are passed
 * over.  Does not wait.  => false when there is none */
bool sw_notify_receive(int fd, pid_t from, struct sw_notify *notify);

/* Is this line in it? */
bool sw_notify_says(const struct sw_notify *notify, const char *line);

/* Copies the value of NAME=VALUE.  => false: there is none, or no room */
bool sw_notify_value(
    const struct sw_notify *notify, const char *name, char *value, size_t size);

/* Does whoever started us want to be told? */
bool sw_notify_is_heard(void);

/* Tells whoever started us, if that has room for it: one who hangs shall not
 * make us hang.  The main thread's. */
void sw_notify_tell(const char *text);

/* The same, with a descriptor when it is not -1, and waits for room.
 * => 0 or -errno */
int sw_notify_send(const char *text, int fd);

/* Passes it on, with its descriptors, to whoever started us. */
void sw_notify_forward(const struct sw_notify *notify);
void sw_notify_close(struct sw_notify *notify);

#endif
