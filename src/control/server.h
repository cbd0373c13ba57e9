/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: the socket at which synwardctl asks.
 *
 * A stream socket in the file system.  Who calls is known from the kernel
 * before a byte is read: root and the configured group may ask and change,
 * the read group may ask, others are told so and sent away.  One line of
 * request (protocol/request.h) is answered by lines of JSON:
 *
 *	{"synward":1,"version":"0.1.0","command":"status"}
 *	{"kind":"status", ...}
 *	{"end":true,"code":0}
 *
 * code is the exit code synwardctl shall end with; with a code above 0 the
 * last line has a member "error".  All of it runs in the main loop, in small
 * turns; no packet ever waits for a client.
 */
#ifndef SYNWARD_CONTROL_SERVER_H
#define SYNWARD_CONTROL_SERVER_H

#include "state/state.h"

/* Loads the configuration again, whole or not at all: sw_daemon_reload(). */
typedef int
sw_control_reload(struct sw_daemon *daemon, struct sw_conf_errors *errors);

/*
 * Opens the socket the configuration names; who asks, waits.
 * => 0 and daemon->control is set, or -errno and the reason in why
 */
int sw_control_server_open(struct sw_daemon *daemon, sw_control_reload *reload,
    char *why, size_t size);

/* Answers from daemon->loop.  => 0, or -errno and daemon->control is gone */
int sw_control_server_start(struct sw_daemon *daemon);
void sw_control_server_stop(struct sw_control *control);

#endif
